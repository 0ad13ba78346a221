"""Days and times in Vietnam, and time limits in days, months and working days."""

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grants.shell import dates, language, money, text
from grants.shell.dates import Calendar, Unit

DAY = timedelta(days=1)
# Lễ 30/4 and 1/5/2026 fall on Thursday and Friday; a made-up swap works Saturday 9/5 for Monday 4/5 off.
SPRING = Calendar(holidays={date(2026, 4, 30), date(2026, 5, 1), date(2026, 5, 4)}, swapped_workdays={date(2026, 5, 9)})
PLAIN = Calendar()
days_of_spring = st.dates(date(2026, 3, 1), date(2026, 7, 1))
calendars = st.builds(Calendar, st.sets(days_of_spring, max_size=12), st.sets(days_of_spring, max_size=6))


def at(day: int, month: int, hour: int = 8, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=dates.VIETNAM)


# --- shown ---

def test_days_and_hours_are_those_of_vietnam():
    late = datetime(2026, 12, 31, 17, 30, tzinfo=UTC)
    assert dates.local(late).isoformat() == "2027-01-01T00:30:00+07:00"
    assert dates.day_of(late) == date(2027, 1, 1)
    assert dates.budget_year(late) == 2027
    assert dates.budget_year(late - timedelta(minutes=31)) == dates.budget_year(date(2026, 12, 31)) == 2026
    assert dates.show_date(late) == "01/01/2027"
    assert dates.show_hour(late) == "00:30"


def test_dates_and_times_are_shown_in_both_languages():
    moment = datetime(2026, 11, 3, 10, 5, tzinfo=UTC)
    assert dates.show_date(date(2026, 3, 5)) == "05/03/2026"
    assert dates.show_date(date(2026, 3, 5), language="en") == "5 March 2026"
    assert dates.show_time(moment) == "17:05 ngày 03/11/2026"
    assert dates.show_time(moment, language="en") == "17:05, 3 November 2026"


def test_a_deadline_is_shown_with_its_weekday():
    deadline = datetime(2026, 11, 30, 10, 0, tzinfo=UTC)
    assert dates.show_deadline(deadline) == "17:00 thứ Hai, ngày 30/11/2026"
    assert dates.show_deadline(deadline, language="en") == "17:00 on Monday, 30 November 2026"
    assert dates.show_deadline(date(2026, 11, 29)) == "Chủ nhật, ngày 29/11/2026"
    assert dates.show_deadline(date(2026, 11, 29), language="en") == "Sunday, 29 November 2026"
    assert dates.show_deadline(dates.end_of(date(2026, 11, 28))) == "23:59 thứ Bảy, ngày 28/11/2026"


def test_a_time_without_a_zone_is_refused():
    for show in (dates.local, dates.show_date, dates.show_time, dates.show_deadline, dates.budget_year):
        with pytest.raises(ValueError, match="time zone"):
            show(datetime(2026, 11, 30, 17, 0))


# --- read ---

@pytest.mark.parametrize("typed", ["30/11/2026", " 30/11/2026 ", "30-11-2026", "30.11.2026", "2026-11-30",
                                   date(2026, 11, 30), datetime(2026, 11, 29, 18, 0, tzinfo=UTC)])
def test_a_date_is_read_in_the_usual_forms(typed):
    assert dates.read_date(typed) == date(2026, 11, 30) and type(dates.read_date(typed)) is date


@pytest.mark.parametrize(("typed", "why"), [
    ("", "ngày/tháng/năm"), ("30/11", "ngày/tháng/năm"), ("30/11/26", "ngày/tháng/năm"), ("hôm nay", "ngày/tháng/năm"),
    ("2026/11/30", "ngày/tháng/năm"), ("2026-11-30T17:00", "ngày/tháng/năm"), ("٣٠/11/2026", "ngày/tháng/năm"),
    ("130/11/2026", "ngày/tháng/năm"), ("30/11/20261", "ngày/tháng/năm"),
    ("11/30/2026", "ngày trước, tháng sau"), ("1/0/2026", "từ 1 đến 12"),
    ("31/11/2026", "Tháng 11/2026 không có ngày 31."), ("29/2/2026", "Tháng 2/2026 không có ngày 29."),
    ("0/2/2026", "không có ngày 0"), ("2026-02-30", "không có ngày 30"),
    ("1/1/1899", "1900"), ("0001-01-01", "1900"), ("1/1/9999", "2100"),
])
def test_what_is_no_date_is_refused_with_a_sentence(typed, why):
    with pytest.raises(ValueError, match=re.escape(why)):
        dates.read_date(typed)


def test_the_29th_of_february_is_there_in_a_leap_year():
    assert dates.read_date("29/2/2028") == date(2028, 2, 29)


@pytest.mark.parametrize("typed", [
    "17:05 30/11/2026", "30/11/2026 17:05", "17h05 30/11/2026", "17g05 ngày 30/11/2026", "17:05, 30/11/2026",
    "17 giờ 05 phút ngày 30/11/2026", "2026-11-30T17:05", "2026-11-30T17:05:00", "2026-11-30 17:05",
    "17:05  ngày 30-11-2026", "17 gio\u031b\u0300 05 nga\u0300y 30/11/2026", datetime(2026, 11, 30, 10, 5, tzinfo=UTC),
])
def test_a_moment_is_read_in_the_usual_forms(typed):
    assert dates.read_datetime(typed).isoformat() == "2026-11-30T17:05:00+07:00"


def test_a_full_hour_needs_no_minutes():
    assert dates.read_datetime("17h 30/11/2026") == dates.read_datetime("17 giờ ngày 30/11/2026") == at(30, 11, 17)


@pytest.mark.parametrize(("typed", "why"), [
    ("", "giờ và ngày"), ("30/11/2026", "giờ và ngày"), ("17:00", "giờ và ngày"), ("17:5 30/11/2026", "giờ và ngày"),
    ("17 30/11/2026", "giờ và ngày"), ("30/11/202617:00", "giờ và ngày"), ("17:0030/11/2026", "giờ và ngày"),
    ("17:00 1230/11/2026", "giờ và ngày"), ("17:00 30/11/2026 x", "giờ và ngày"),
    ("24:00 30/11/2026", "23:59"), ("17:60 30/11/2026", "23:59"), ("2026-11-31T17:00", "không có ngày 31"),
])
def test_what_is_no_moment_is_refused_with_a_sentence(typed, why):
    with pytest.raises(ValueError, match=re.escape(why)):
        dates.read_datetime(typed)


@given(st.datetimes(datetime(1950, 1, 1), datetime(2099, 12, 31), timezones=st.just(dates.VIETNAM)))
def test_what_is_shown_can_be_typed_back(moment):
    minute = moment.replace(second=0, microsecond=0)
    assert dates.read_date(dates.show_date(minute)) == minute.date() == dates.read_date(minute.date().isoformat())
    assert dates.read_datetime(dates.show_time(minute)) == minute
    assert dates.read_datetime(minute.strftime("%Y-%m-%dT%H:%M")) == minute


@given(st.text() | st.text(st.sampled_from("0123456789/-:.Th ")))
def test_no_text_breaks_the_reading(typed):
    for read in (dates.read_date, dates.read_datetime):
        try:
            read(typed)
        except ValueError as refused:
            assert str(refused)[0].isupper() and str(refused).endswith(".")


# --- counted ---

def test_the_office_works_monday_to_friday_except_holidays_and_on_swapped_days():
    working = [day for day in range(27, 31) if SPRING.is_working_day(date(2026, 4, day))]
    working += [day for day in range(1, 12) if SPRING.is_working_day(date(2026, 5, day))]
    assert working == [27, 28, 29, 5, 6, 7, 8, 9, 11]


def test_working_days_are_counted_from_the_day_after():
    assert SPRING.add_working_days(date(2026, 4, 28), 1) == date(2026, 4, 29)
    assert SPRING.add_working_days(date(2026, 4, 28), 2) == date(2026, 5, 5)
    assert SPRING.add_working_days(date(2026, 5, 8), 1) == date(2026, 5, 9)
    assert SPRING.add_working_days(date(2026, 5, 2), 1) == date(2026, 5, 5)
    assert SPRING.add_working_days(date(2026, 5, 2), 0) == date(2026, 5, 2)
    assert SPRING.add_working_days(date(2026, 5, 5), -1) == date(2026, 4, 29)


@given(calendars, days_of_spring, st.integers(-40, 40))
def test_adding_and_counting_working_days_agree(days, start, n):
    end = days.add_working_days(start, n)
    assert n == 0 or days.is_working_day(end)
    if n > 0:
        assert days.working_days_between(start, end) == n
    elif n < 0:
        assert days.working_days_between(end - DAY, start - DAY) == -n


@given(calendars, days_of_spring, days_of_spring)
def test_counting_working_days_agrees_with_counting_one_by_one(days, one, other):
    first, last = min(one, other), max(one, other)
    count = sum(days.is_working_day(first + n * DAY) for n in range(1, (last - first).days + 1))
    assert days.working_days_between(first, last) == count
    assert days.working_days_between(last, first) == -count


@pytest.mark.parametrize(("trigger", "length", "unit", "last"), [
    (date(2026, 4, 20), 5, "days", date(2026, 4, 25 + 2)),         # ends on a Saturday → Monday
    (date(2026, 4, 20), 4, "days", date(2026, 4, 24)),
    (date(2026, 4, 20), 10, "days", date(2026, 5, 5)),             # ends on 30/4 → after the holidays, weekend and swap
    (date(2026, 4, 9), 30, "days", date(2026, 5, 9)),              # ends on a Saturday that is worked
    (date(2026, 4, 24), 5, "working_days", date(2026, 5, 6)),      # 27, 28, 29/4, 5, 6/5
    (date(2026, 4, 25), 5, "working_days", date(2026, 5, 6)),      # a Saturday's letter counts from Monday all the same
    (date(2026, 1, 31), 1, "months", date(2026, 3, 2)),            # 28/2 is a Saturday
    (date(2027, 11, 30), 3, "months", date(2028, 2, 29)),
    (date(2026, 3, 30), 1, "months", date(2026, 5, 5)),            # 30/4
    (date(2026, 1, 15), 12, "months", date(2027, 1, 15)),
    (date(2026, 5, 2), 0, "days", date(2026, 5, 5)),
    (datetime(2026, 4, 23, 18, 0, tzinfo=UTC), 5, "working_days", date(2026, 5, 6)),  # already the 24th in Vietnam
])
def test_a_time_limit_ends_on_a_working_day(trigger, length, unit, last):
    assert SPRING.due(trigger, length, unit) == SPRING.due(trigger, length, Unit(unit)) == last


def test_a_time_limit_runs_forward_in_a_known_unit():
    assert PLAIN.due(date(2026, 4, 20), 3) == date(2026, 4, 23)
    with pytest.raises(ValueError):
        PLAIN.due(date(2026, 4, 20), -1)
    with pytest.raises(ValueError):
        PLAIN.due(date(2026, 4, 20), 1, "weeks")


@given(calendars, days_of_spring, st.integers(0, 60), st.sampled_from(Unit))
def test_a_time_limit_is_never_cut_short(days, trigger, length, unit):
    last = days.due(trigger, length, unit)
    assert days.is_working_day(last)
    if unit is Unit.DAYS:
        assert last >= trigger + length * DAY
        assert not any(days.is_working_day(trigger + n * DAY) for n in range(length, (last - trigger).days))
    if unit is Unit.WORKING_DAYS and length:
        assert days.working_days_between(trigger, last) == length


def test_months_end_on_the_same_day_or_the_last():
    assert dates.add_months(date(2026, 1, 31), 1) == date(2026, 2, 28)
    assert dates.add_months(date(2026, 12, 15), 1) == date(2027, 1, 15)
    assert dates.add_months(date(2028, 2, 29), 12) == date(2029, 2, 28)
    assert dates.add_months(date(2026, 3, 31), -1) == date(2026, 2, 28)
    assert dates.add_months(date(2026, 1, 10), -1) == date(2025, 12, 10)


@pytest.mark.parametrize(("deadline", "now", "vietnamese", "english"), [
    (at(29, 4, 17), at(24, 4), "còn 3 ngày làm việc", "3 working days left"),
    (at(5, 5, 17), at(29, 4), "còn 1 ngày làm việc", "1 working day left"),
    (date(2026, 4, 29), at(24, 4, 23), "còn 3 ngày làm việc", "3 working days left"),
    (at(29, 4, 17), at(29, 4, 16, 59), "hạn hôm nay", "due today"),
    (at(29, 4, 17), at(29, 4, 17), "hạn hôm nay", "due today"),
    (at(29, 4, 17), at(29, 4, 17, 1), "hết hạn lúc 17:00 hôm nay", "closed at 17:00 today"),
    (date(2026, 4, 29), at(29, 4, 23, 59), "hạn hôm nay", "due today"),
    (at(28, 4, 17), at(5, 5), "quá hạn 2 ngày làm việc", "2 working days overdue"),
    (at(29, 4, 17), at(5, 5), "quá hạn 1 ngày làm việc", "1 working day overdue"),
    (at(3, 5, 17), at(1, 5), "còn 2 ngày", "2 days left"),
    (at(30, 4, 17), at(1, 5), "quá hạn 1 ngày", "1 day overdue"),
    (at(30, 4, 17), datetime(2026, 4, 29, 17, 0, tzinfo=UTC), "hạn hôm nay", "due today"),
])
def test_how_long_there_is_still(deadline, now, vietnamese, english):
    assert dates.left(deadline, now, SPRING) == vietnamese
    assert dates.left(deadline, now, SPRING, language="en") == english


# --- both languages ---

def test_every_sentence_of_the_three_modules_is_translated_with_its_places():
    sources = "".join(Path(module.__file__).read_text(encoding="utf-8") for module in (dates, money, text))
    said = set(re.findall(r'_\("([^"]+)"\)', sources))
    assert len(said) > 15
    for sentence in said:
        english = language.english()[sentence]
        assert sorted(re.findall(r"{\w+}", sentence)) == sorted(re.findall(r"{\w+}", english))
        assert english != sentence


@pytest.mark.parametrize(("day", "written"), [
    (date(2026, 2, 5), "ngày 05 tháng 02 năm 2026"),
    (date(2026, 3, 9), "ngày 09 tháng 3 năm 2026"),
    (date(2026, 12, 31), "ngày 31 tháng 12 năm 2026"),
])
def test_a_day_at_the_head_of_a_paper_is_written_as_decree_30_says(day, written):
    assert dates.show_on_paper(day) == written
