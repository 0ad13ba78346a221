"""Rule sets, rates, code lists and holidays, each with its period and its source."""

from piccolo.columns import JSONB, BigInt, Boolean, Date, Integer, Varchar
from piccolo.constraints import Check, Unique
from piccolo.table import Table


class RuleSet(Table):
    """The rules in force for a period; a call pins one and keeps it. Content: see `content.Rules`."""

    code = Varchar(40, unique=True)
    name = Varchar(200)
    name_en = Varchar(200)
    basis = Varchar(500)
    valid_from = Date(default=None)
    valid_to = Date(null=True, default=None)
    content = JSONB()

    has_name = Check("code <> '' AND name <> '' AND name_en <> ''")
    right_period = Check("valid_to IS NULL OR valid_to >= valid_from")


class ExpenseGroup(Table):
    """What money may be spent on (TT 03/2023/TT-BTC Đ3)."""

    number = Integer(unique=True)
    name = Varchar(200)
    name_en = Varchar(200)
    hint = Varchar(500)
    hint_en = Varchar(500)
    basis = Varchar(200)


class Field(Table):
    """A field of science (lĩnh vực), two levels by code."""

    code = Varchar(10, unique=True)
    name = Varchar(200)
    name_en = Varchar(200)


class RateNorm(Table):
    """The most that may be paid for something, in đồng, for a period."""

    code = Varchar(60)
    name = Varchar(300)
    name_en = Varchar(300)
    amount = BigInt()
    unit = Varchar(60)
    basis = Varchar(200)
    unverified = Boolean(default=False)
    valid_from = Date(default=None)
    valid_to = Date(null=True, default=None)

    one_rate_a_day = Unique([code, valid_from])
    not_negative = Check("amount >= 0")


class Holiday(Table):
    """A day on which offices are closed, or (working) a day off that is worked instead."""

    day = Date(unique=True, default=None)
    name = Varchar(120)
    working = Boolean(default=False)
    unverified = Boolean(default=False)
