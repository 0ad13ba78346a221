"""Amounts in whole đồng (int, never float): shown, read, written in words, shared out."""

import re
from collections.abc import Sequence
from operator import index as whole  # lets only whole numbers through: a float is a TypeError

from grants.shell.language import _
from grants.shell.language import language as read_in
from grants.shell.text import fold

MOST = 10**15  # đồng; far above a province's yearly budget, and safe in a bigint sum of thousands
BILLION, MILLION = 10**9, 10**6
SCALES = {
    "vi": ((BILLION, "tỷ"), (MILLION, "triệu")),
    "en": ((10**12, "trillion VND"), (BILLION, "billion VND"), (MILLION, "million VND")),
}
UNITS = {"ty": BILLION, "ti": BILLION, "trieu": MILLION, "tr": MILLION, "nghin": 1000, "ngan": 1000, "k": 1000}
ENGLISH_UNITS = {"trillion": 10**12, "billion": BILLION, "million": MILLION, "thousand": 1000}
CURRENCY = re.compile(r"\s*(?:₫|vnd|dong|d)$|^₫\s*")
GROUPED = re.compile(r"[0-9]+|[0-9]{1,3}([., ])[0-9]{3}(?:\1[0-9]{3})*")
NO_CENTS = re.compile(r"([0-9]{1,3}(?:[. ][0-9]{3})+),00|([0-9]{1,3}(?:[, ][0-9]{3})+)\.00")
PART = re.compile(r"([0-9][0-9., ]*?) ?([a-z]+)(?: |$)")
PARTS = re.compile(f"(?:{PART.pattern})+")
ONES = ["không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín"]


def _grouped(number: int, language: str) -> str:
    return f"{number:,}" if language == "en" else f"{number:,}".replace(",", ".")


def _rounded(number: int, by: int) -> int:
    """`number / by`, halves away from zero."""
    return (2 * abs(number) + by) // (2 * by) * (-1 if number < 0 else 1)


def _decimal(hundredths: int, language: str) -> str:
    """185 → "1,85"; 200 → "2"; hundredths ≥ 0."""
    units, rest = divmod(hundredths, 100)
    point = "." if language == "en" else ","
    return _grouped(units, language) + (f"{point}{rest:02d}".rstrip("0") if rest else "")


def show(amount: int, language: str = "vi") -> str:
    """1850000000 → "1.850.000.000 ₫", in English "1,850,000,000 VND"."""
    return _grouped(whole(amount), language) + (" VND" if language == "en" else " ₫")


def short(amount: int, language: str = "") -> str:
    """For headings and letters, by default as the reader speaks: "1,85 tỷ", "250 triệu"; in English "1.85 billion VND".

    At most two decimals, halves away from zero; below one million as `show`.
    """
    size, language = abs(whole(amount)), language or read_in()
    for unit, name in SCALES[language]:
        # 999 995 000 rounds up to 1000,00 triệu, which is said "1 tỷ".
        if size >= unit or (unit > MILLION and _rounded(size * 100, unit // 1000) >= 100_000):
            return ("-" if amount < 0 else "") + f"{_decimal(_rounded(size * 100, unit), language)} {name}"
    return show(amount, language)


def percent(part: int, total: int, language: str = "vi") -> str:
    """"42,5 %" ("42.5%" in English), at most one decimal, halves away from zero; "–" where the total is 0."""
    if whole(total) == 0:
        return "–"
    tenths = _rounded(whole(part) * 1000 * (1 if total > 0 else -1), abs(total))
    return ("-" if tenths < 0 else "") + _decimal(abs(tenths) * 10, language) + ("%" if language == "en" else " %")


def rate(hundredths: int, language: str = "vi") -> str:
    """A rate in hundredths of a percent, exactly: 455 → "4,55 %" ("4.55%" in English)."""
    return _decimal(hundredths, language) + ("%" if language == "en" else " %")


def read(text: str | int) -> int:
    """The đồng in what a person typed, 0 to 10**15. Raises ValueError with a sentence.

    Understood: "1.850.000.000", "1 850 000 000 đ", "1,850,000,000", "1,85 tỷ", "250tr", "1 tỷ 850 triệu",
    "1.85 billion VND". Refused, because a factor of a thousand hangs on the reader: a point before a unit
    ("1.5 tỷ", "1.500 tỷ" – say "1,5 tỷ" or "1500 tỷ") and a comma with exactly three digits before one ("1,500 tỷ").
    Without a unit the amount is in đồng and has no decimals, except ",00" as spreadsheets write it.
    """
    amount = text if isinstance(text, int) else _read(text)
    if amount > MOST:
        raise ValueError(_("Số tiền quá lớn: tối đa {most}.").format(most=show(MOST)))
    if amount < 0:
        raise ValueError(_("Số tiền không được âm."))
    return amount


def _read(text: str) -> int:
    typed = CURRENCY.sub("", fold(text)).strip()
    if not typed:
        raise ValueError(_("Hãy gõ số tiền, ví dụ 1.850.000.000 hoặc 1,85 tỷ."))
    if len(typed) > 60 or any(c.isnumeric() and not c.isascii() for c in text):
        raise _unread()
    if typed.startswith("-"):
        raise ValueError(_("Số tiền không được âm."))
    return _with_units(PART.findall(typed)) if PARTS.fullmatch(typed) else _plain(typed)


def _unread() -> ValueError:
    return ValueError(_("Không đọc được số tiền này. Hãy gõ như 1.850.000.000 hoặc 1,85 tỷ."))


def _plain(typed: str) -> int:
    """A number without a unit: whole đồng."""
    if NO_CENTS.fullmatch(typed):
        typed = typed[:-3]
    if GROUPED.fullmatch(typed):
        return int(re.sub("[., ]", "", typed))
    if re.fullmatch("[0-9]+[.,][0-9]+", typed):
        raise ValueError(_("Số tiền tính bằng đồng nên không có phần lẻ; nếu là triệu hay tỷ, hãy gõ rõ, như 1,85 tỷ."))
    raise _unread()


def _with_units(parts: list[tuple[str, str]]) -> int:
    """"1,85 tỷ" or "1 tỷ 850 triệu": each further part whole, under a thousand, of a smaller unit."""
    total, last = 0, None
    for number, name in parts:
        unit = UNITS.get(name) or ENGLISH_UNITS.get(name)
        if unit is None or (last and not (unit < last and number.isdigit() and int(number) < 1000)):
            raise _unread()
        total += _scaled(number, unit, *(".", ",") if name in ENGLISH_UNITS else (",", "."))
        last = unit
    return total


def _scaled(number: str, unit: int, point: str, group: str) -> int:
    """`number` of `unit`s with decimals behind `point`; refuses what could be read in two ways."""
    head, found, decimals = number.partition(point)
    point_as_group = re.fullmatch("[1-9][0-9]{0,2}", head) and re.fullmatch("[0-9]{3}", decimals)
    group_as_point = not found and head.count(group) == 1
    if point == "," and (point_as_group or group_as_point):
        raise ValueError(_("Số này có hai cách hiểu. Hãy gõ phần lẻ sau dấu phẩy như 1,5 tỷ, hoặc gõ đủ chữ số."))
    if not GROUPED.fullmatch(head) or (found and not decimals.isdigit()):
        raise _unread()
    amount, rest = divmod(int(re.sub("[., ]", "", head) + decimals) * unit, 10 ** len(decimals))
    if rest:
        raise ValueError(_("Số tiền này lẻ hơn một đồng."))
    return amount


def in_words(amount: int) -> str:
    """The amount as official papers write it: 1005021 → "Một triệu không trăm linh năm nghìn … đồng".

    As taught and as invoices have it: "linh" (not "lẻ"), "nghìn" (not "ngàn"), "tỷ"; mốt, tư, lăm after "mươi",
    but "mười bốn", "linh bốn"; empty groups are not said; above a thousand tỷ, "một nghìn tỷ", "hai triệu tỷ".
    """
    said = " ".join(_words(abs(whole(amount))))
    return ("Âm " + said if amount < 0 else said[0].upper() + said[1:]) + " đồng"


def _words(number: int, after_more: bool = False) -> list[str]:
    """The words of a number; `after_more` when higher digits were said, so that empty hundreds are said too."""
    for unit, name in ((BILLION, "tỷ"), (MILLION, "triệu"), (1000, "nghìn")):
        if number >= unit:
            high, low = divmod(number, unit)
            return [*_words(high, after_more), name, *(_words(low, after_more=True) if low else [])]
    return _below_thousand(number, after_more)


def _below_thousand(number: int, after_more: bool) -> list[str]:
    hundreds, rest = divmod(number, 100)
    tens, ones = divmod(rest, 10)
    said = [ONES[hundreds], "trăm"] if hundreds or after_more else []
    if tens == 0:
        return [*said, *(["linh"] if said and ones else []), *([ONES[ones]] if ones or not said else [])]
    said += ["mười"] if tens == 1 else [ONES[tens], "mươi"]
    special = {5: "lăm"} if tens == 1 else {1: "mốt", 4: "tư", 5: "lăm"}
    return [*said, special.get(ones, ONES[ones])] if ones else said


def shares(total: int, weights: Sequence[int]) -> list[int]:
    """`total` đồng split by `weights` without losing one: largest remainders first, then the earlier share.

    Raises ValueError for a negative total or weight, or when all weights are 0.
    """
    weights = [whole(weight) for weight in weights]
    if whole(total) < 0 or min(weights, default=0) < 0 or not sum(weights):
        raise ValueError(_("Không chia được: cần số tiền không âm và ít nhất một tỷ lệ lớn hơn 0."))
    given, remainders = zip(*(divmod(total * weight, sum(weights)) for weight in weights), strict=True)
    missing = total - sum(given)
    luckiest = set(sorted(range(len(weights)), key=lambda at: -remainders[at])[:missing])
    return [amount + (at in luckiest) for at, amount in enumerate(given)]
