"""Days and times in Vietnam (+07): shown, read, and time limits counted in days, months and working days."""

import calendar
import re
from collections.abc import Set
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from enum import StrEnum

from grants.shell.language import _
from grants.shell.text import nfc

VIETNAM = timezone(timedelta(hours=7), "Asia/Ho_Chi_Minh")  # no summer time, so a fixed offset needs no zone files
DAY = timedelta(days=1)
WEEKDAYS = {
    "vi": ("thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"]
YEARS = range(1900, 2101)
ON_A_DAY = re.compile(r"(?<!\d)(?:(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})|(\d{4})-(\d{2})-(\d{2}))(?!\d)", re.ASCII)
AT_A_TIME = re.compile(r"(\d{1,2}) ?(?::|h|g|giờ) ?(\d{2})?(?: ?phút)?", re.ASCII)


class Unit(StrEnum):
    """What a rule counts a time limit in."""

    DAYS = "days"
    WORKING_DAYS = "working_days"
    MONTHS = "months"


def local(moment: datetime) -> datetime:
    """The moment on a clock in Vietnam. Raises ValueError for a time that does not say its zone."""
    if moment.tzinfo is None:
        raise ValueError("a moment needs its time zone")
    return moment.astimezone(VIETNAM)


def day_of(value: date | datetime) -> date:
    """The day in Vietnam on which a moment falls; a date is itself."""
    return local(value).date() if isinstance(value, datetime) else value


def end_of(day: date) -> datetime:
    """The last second of a day: a time limit ends at 24:00 of its last day (Bộ luật Dân sự 2015, Đ148 k6)."""
    return datetime.combine(day, time(23, 59, 59), VIETNAM)


def budget_year(value: date | datetime) -> int:
    """The budget year, 1 January to 31 December in Vietnam (Luật Ngân sách nhà nước)."""
    return day_of(value).year


# --- shown ---

def show_date(value: date | datetime, language: str = "vi") -> str:
    """"30/11/2026"; in English "30 November 2026", because 03/11 would be read as March."""
    day = day_of(value)
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}" if language == "en" else f"{day:%d/%m}/{day.year:04d}"


def show_time(moment: datetime, language: str = "vi") -> str:
    """"17:05 ngày 30/11/2026"; in English "17:05, 30 November 2026"."""
    return f"{local(moment):%H:%M}{',' if language == 'en' else ' ngày'} {show_date(moment, language)}"


def show_hour(moment: datetime) -> str:
    """"17:05", for what happened today."""
    return f"{local(moment):%H:%M}"


def show_deadline(deadline: date | datetime, language: str = "vi") -> str:
    """"17:00 thứ Hai, ngày 30/11/2026"; in English "17:00 on Monday, 30 November 2026". A date alone has no hour."""
    weekday = WEEKDAYS[language][day_of(deadline).weekday()]
    hour = show_hour(deadline) + (" on " if language == "en" else " ") if isinstance(deadline, datetime) else ""
    return f"{hour}{weekday},{'' if language == 'en' else ' ngày'} {show_date(deadline, language)}"


def show_on_paper(day: date | datetime) -> str:
    """The day at the head of a paper for signature, "ngày 05 tháng 02 năm 2026": NĐ 30/2020, phụ lục I.

    Days below ten and the months January and February are written with a 0 before them.
    """
    day = day_of(day)
    month = f"{day:%m}" if day.month < 3 else str(day.month)
    return f"ngày {day:%d} tháng {month} năm {day.year}"


# --- read ---

def read_date(typed: str | date) -> date:
    """A day as typed, "30/11/2026" (also "30-11-2026", "30.11.2026"), or from a date input, "2026-11-30".

    Raises ValueError with a sentence.
    """
    if isinstance(typed, date):
        return day_of(typed)
    found = ON_A_DAY.fullmatch(nfc(typed).strip())
    if not found:
        raise ValueError(_("Hãy gõ ngày theo dạng ngày/tháng/năm, ví dụ 30/11/2026."))
    return _day_named(found)


def _day_named(found: re.Match) -> date:
    year, month, day = map(int, found.group(3, 2, 1) if found[1] else found.group(4, 5, 6))
    if year not in YEARS:
        raise ValueError(_("Năm phải từ 1900 đến 2100."))
    if not 1 <= month <= 12:
        raise ValueError(_("Tháng phải từ 1 đến 12. Hãy gõ ngày trước, tháng sau."))
    if not 1 <= day <= calendar.monthrange(year, month)[1]:
        raise ValueError(_("Tháng {month}/{year} không có ngày {day}.").format(month=month, year=year, day=day))
    return date(year, month, day)


def read_datetime(typed: str | datetime) -> datetime:
    """A moment in Vietnam: "17:00 30/11/2026", "17h30 ngày 30/11/2026", or "2026-11-30T17:00" from an input.

    The hour must be said, before or after the day. Raises ValueError with a sentence.
    """
    if isinstance(typed, datetime):
        return local(typed)
    text = " ".join(re.sub(r"(?<=\d)T(?=\d)|\bngày\b|,", " ", nfc(typed)).lower().split())
    text = re.sub(r"(:\d\d):00(\.0+)?$", r"\1", text)  # seconds, as some browsers send them
    found = ON_A_DAY.search(text)
    hour = AT_A_TIME.fullmatch((text[:found.start()] + text[found.end():]).strip()) if found else None
    if not hour:
        raise ValueError(_("Hãy gõ giờ và ngày, ví dụ 17:00 30/11/2026."))
    if int(hour[1]) > 23 or int(hour[2] or 0) > 59:
        raise ValueError(_("Giờ phải từ 00:00 đến 23:59."))
    return datetime.combine(_day_named(found), time(int(hour[1]), int(hour[2] or 0)), VIETNAM)


# --- counted ---

@dataclass(frozen=True)
class Calendar:
    """Which days the office works: Monday to Friday, without public holidays, with the weekend days it works instead.

    Both sets are data, from the yearly notice on holidays and swapped days (hoán đổi ngày nghỉ).
    """

    holidays: Set[date] = frozenset()
    swapped_workdays: Set[date] = frozenset()

    def is_working_day(self, day: date) -> bool:
        return day in self.swapped_workdays or (day.weekday() < 5 and day not in self.holidays)

    def next_working_day(self, day: date) -> date:
        """`day` itself if the office works on it, else the first working day after it."""
        while not self.is_working_day(day):
            day += DAY
        return day

    def add_working_days(self, start: date, n: int) -> date:
        """The nth working day after `start`, which does not count itself; before it for a negative n; `start` for 0."""
        day, left = start, abs(n)
        while left:
            day += DAY if n > 0 else -DAY
            left -= self.is_working_day(day)
        return day

    def working_days_between(self, after: date, until: date) -> int:
        """How many working days lie behind `after`, up to and with `until`; negative when `until` is the earlier."""
        if until < after:
            return -self.working_days_between(until, after)
        weeks, rest = divmod((until - after).days, 7)
        usual = weeks * 5 + sum((until - at * DAY).weekday() < 5 for at in range(rest))
        off = sum(after < day <= until and day.weekday() < 5 for day in self.holidays - self.swapped_workdays)
        return usual - off + sum(after < day <= until and day.weekday() > 4 for day in self.swapped_workdays)

    def due(self, trigger: date | datetime, length: int, unit: Unit | str = Unit.WORKING_DAYS) -> date:
        """The last day of a time limit of `length` days, working days or months that `trigger` sets off.

        The day of the trigger is not counted (Bộ luật Dân sự 2015, Đ147 k2); months end on the same day of the month,
        or its last (Đ148 k3); a limit that ends on a day off ends on the next working day (Đ148 k5).
        """
        if length < 0:
            raise ValueError("a time limit runs forward")
        day, unit = day_of(trigger), Unit(unit)
        if unit is Unit.WORKING_DAYS:
            return self.next_working_day(self.add_working_days(day, length))
        return self.next_working_day(day + length * DAY if unit is Unit.DAYS else add_months(day, length))


def add_months(day: date, n: int) -> date:
    """The same day n months later, or the last day of that month where there is none."""
    year, month = divmod(day.year * 12 + day.month - 1 + n, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def left(deadline: date | datetime, now: datetime, days: Calendar, language: str = "vi") -> str:
    """How long there is still: "còn 3 ngày làm việc", "hạn hôm nay", "quá hạn 2 ngày làm việc".

    A date ends with its day. Where only days off lie between, days of the calendar are counted: "còn 2 ngày".
    """
    today, last = day_of(now), day_of(deadline)
    if last == today:
        return _today(deadline, now, language)
    working = abs(days.working_days_between(today, last))
    count = working or abs((last - today).days)
    if language == "en":
        noun = ("working day" if working else "day") + ("s" if count > 1 else "")
        return f"{count} {noun} {'left' if last > today else 'overdue'}"
    return f"{'còn' if last > today else 'quá hạn'} {count} {'ngày làm việc' if working else 'ngày'}"


def _today(deadline: date | datetime, now: datetime, language: str) -> str:
    if isinstance(deadline, datetime) and deadline < now:
        hour = show_hour(deadline)
        return f"closed at {hour} today" if language == "en" else f"hết hạn lúc {hour} hôm nay"
    return "due today" if language == "en" else "hạn hôm nay"
