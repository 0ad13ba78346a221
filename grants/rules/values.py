"""The kinds of values a rule set is made of, each with its bounds and a sentence for what it cannot be.

Shares are exact (`Fraction`, written "2/3", "0.8" or "30/100"), money is whole đồng, points are whole: a decimal number
in the JSON is refused. `told()` gives a field its title, which its form, the overview and the differences all show.
"""

import re
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer

from grants.shell.dates import DAY, Unit, add_months
from grants.shell.forms import many_lines, one_line
from grants.shell.language import N_, _
from grants.shell.money import MOST

RATIO = re.compile(r"-?[0-9]+([./][0-9]+)?")  # not "1e999999999", which would be worked out to its last digit


class Unsound(ValueError):
    """What does not hold together, in a sentence, and `at` which field below the part that found it."""

    def __init__(self, sentence: str, at: str = ""):
        super().__init__(sentence)
        self.at = at


def hold(held: object, sentence: str, at: str = "") -> None:
    """Go on only if the parts hold together."""
    if not held:
        raise Unsound(sentence, at)


def exact(value: Any) -> Fraction:
    """An exact share out of 1, "2/3" or "0.8"; never out of a binary decimal number."""
    if isinstance(value, Fraction):
        return value
    if isinstance(value, bool) or not isinstance(value, int | str) or len(str(value)) > 20 or not RATIO.fullmatch(str(value)):
        raise ValueError(_("Hãy gõ một tỷ lệ như 2/3, 30% hoặc 0,8."))
    try:
        return Fraction(value)
    except ZeroDivisionError:
        raise ValueError(_("Tỷ lệ không chia cho 0 được.")) from None


def part_of_a_whole(share: Fraction) -> Fraction:
    if not 0 <= share <= 1:
        raise ValueError(_("Tỷ lệ phải từ 0 đến 100%."))
    return share


def times(share: Fraction) -> Fraction:
    if not 0 <= share <= 100:
        raise ValueError(_("Tỷ lệ phải từ 0 đến 100 lần."))
    return share


def code(text: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,59}", text):
        raise ValueError(_("Mã chỉ gồm chữ thường không dấu, chữ số và gạch dưới, bắt đầu bằng chữ."))
    return text


class Mark(str):
    """How a value is typed where its type does not say it: "money", "share", "long" text, "ordered" choices."""


@dataclass(frozen=True)
class Among:
    """The value is the code of an item of this list of the same rule set."""

    items: str


Exact = Annotated[Fraction, BeforeValidator(exact), PlainSerializer(str, return_type=str), Mark("share")]
Share = Annotated[Exact, AfterValidator(part_of_a_whole)]
Times = Annotated[Exact, AfterValidator(times)]
Points = Annotated[int, Field(ge=0, le=1_000)]
Count = Annotated[int, Field(ge=0, le=10_000)]
Number = Annotated[int, Field(ge=1, le=1_000)]
Money = Annotated[int, Field(ge=0, le=MOST), Mark("money")]
Code = Annotated[str, AfterValidator(code)]
Words = Annotated[str, AfterValidator(one_line), Field(min_length=1, max_length=500)]
Prose = Annotated[str, AfterValidator(many_lines), Field(min_length=1, max_length=2_000), Mark("long")]


def told(title: str, *, hint: str = "", checked: bool = True, default: Any = ...) -> Any:
    """A field with the title that people read. Not `checked`: no verb enforces it yet, and its page says so beside the value."""
    return Field(default=default, title=title, json_schema_extra={"checked": checked, "hint": hint})


class Part(BaseModel):
    """One part of a rule set: cannot be changed, knows no field that is not written here, guesses no type."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Source(Part):
    """Where a value comes from. `tag`: S the text itself, P a public page, B common knowledge, D our default."""

    basis: Words = told(N_("Căn cứ"))
    tag: Literal["S", "P", "B", "D"] = told(N_("Biết được từ đâu"))
    unverified: bool = told(N_("Chưa kiểm chứng"))


class Named(Part):
    """Something with a code for the machine and a name for people."""

    code: Code = told(N_("Mã"), hint=N_("Mã để hệ thống nhận ra mục này; để trống thì đặt theo tên."))
    vi: Words = told(N_("Tên"))
    en: Words = told(N_("Tên tiếng Anh"))


class Term(Part):
    """A length of time: 7 working days, 6 months; `Calendar.due(start, term.value, term.unit)` says when it ends."""

    value: Count = told(N_("Số"))
    unit: Unit = told(N_("Đơn vị"))


class Span(Term):
    """A length of time by the calendar alone: days or months."""

    unit: Literal[Unit.DAYS, Unit.MONTHS] = told(N_("Đơn vị"))

    def after(self, day: date) -> date:
        """The day that lies this long after `day`; a month's end stays within the month."""
        return add_months(day, self.value) if self.unit == Unit.MONTHS else day + self.value * DAY


def distinct(items: tuple, at: str, *names: str) -> None:
    """No two items of a list have the same code, number or seat; the field `at` names the list."""
    seen = set()
    for place, item in enumerate(items):
        key = tuple(getattr(item, name) for name in names)
        hold(key not in seen, _("Mục này đã có ở trên."), f"{at}.{place}.{names[-1]}")
        seen.add(key)
