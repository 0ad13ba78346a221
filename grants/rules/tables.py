"""Rule sets with their periods, the code lists that applications refer to, and holidays."""

from piccolo.columns import JSONB, Boolean, Date, Integer, Varchar
from piccolo.constraints import Check
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
    basis = Varchar(200)


class Field(Table):
    """A field of science (lĩnh vực), two levels by code."""

    code = Varchar(10, unique=True)
    name = Varchar(200)
    name_en = Varchar(200)


class Holiday(Table):
    """A day on which offices are closed, or (working) a day off that is worked instead; struck: it no longer counts, since then."""

    day = Date(unique=True, default=None)
    name = Varchar(120)
    working = Boolean(default=False)
    basis = Varchar(300)
    unverified = Boolean(default=False)
    struck_on = Date(null=True, default=None)
