"""Outputs, intellectual property rights and technology-transfer contracts; each verified by someone else.

In each: `remark` is what the officer asks to put right, empty once it is corrected; `folded` is what a search finds it by.
"""

from enum import StrEnum

from piccolo.columns import BigInt, Boolean, Date, Integer, Text, Timestamptz, Varchar
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from grants.people.tables import Organisation, Person
from grants.projects.tables import Project
from grants.proposals.tables import Product
from grants.shell.tables import belongs_to, may_belong_to, one_of


class Output(Table):
    """A produced result, set against the product that was ordered where there is one."""

    project = belongs_to(Project)
    product = may_belong_to(Product)
    form = Varchar(3)
    title = Varchar(300)
    identifier = Varchar(200)
    quantity = Integer(default=1)
    quality = Varchar(500)
    produced_on = Date(default=None)
    entered_by = belongs_to(Person)
    entered_at = Timestamptz()
    verified_by = may_belong_to(Person)
    verified_at = Timestamptz(null=True, default=None)
    remark = Varchar(1000)
    folded = Text()

    known_form = one_of("form", Product.Form)
    someone_else_verifies = Check("verified_by IS NULL OR (verified_by <> entered_by AND verified_at IS NOT NULL)")
    some_quantity = Check("quantity > 0 AND title <> ''")


class Right(Table):
    """An intellectual property right out of a project."""

    class Kind(StrEnum):
        PATENT = "patent"
        UTILITY_SOLUTION = "utility_solution"
        INDUSTRIAL_DESIGN = "industrial_design"
        TRADEMARK = "trademark"
        PLANT_VARIETY = "plant_variety"
        TREE_VARIETY = "tree_variety"
        COPYRIGHT = "copyright"

    project = belongs_to(Project)
    kind = Varchar(20)
    title = Varchar(300)
    number = Varchar(60)
    filed_on = Date(default=None)
    granted_on = Date(null=True, default=None)
    expires_on = Date(null=True, default=None)
    owner = belongs_to(Organisation)
    entered_by = belongs_to(Person)
    entered_at = Timestamptz()
    verified_by = may_belong_to(Person)
    verified_at = Timestamptz(null=True, default=None)
    remark = Varchar(1000)
    folded = Text()

    known_kind = one_of("kind", Kind)
    someone_else_verifies = Check("verified_by IS NULL OR (verified_by <> entered_by AND verified_at IS NOT NULL)")
    one_number_once = Unique([kind, number])
    in_order = Check("title <> '' AND number <> '' AND (granted_on IS NULL OR granted_on >= filed_on)")


class RightTerm(Table):
    """How long a kind of right lasts, by law, for a period of filing days. No years: the law counts none from a day."""

    class From(StrEnum):
        FILED = "filed"
        GRANTED = "granted"

    kind = Varchar(20)
    years = Integer(null=True, default=None)
    counted_from = Varchar(8, default=From.FILED)
    basis = Varchar(200)
    unverified = Boolean(default=False)
    valid_from = Date(default=None)
    valid_to = Date(null=True, default=None)

    known_kind = one_of("kind", Right.Kind)
    known_start = one_of("counted_from", From)
    one_term_a_day = Unique([kind, valid_from])
    sane_years = Check("(years IS NULL OR years BETWEEN 1 AND 100) AND basis <> ''")
    right_period = Check("valid_to IS NULL OR valid_to >= valid_from")


class Transfer(Table):
    """A technology-transfer contract (Luật Chuyển giao công nghệ 07/2017 Đ23, Đ31)."""

    class Mode(StrEnum):
        ASSIGNMENT = "assignment"
        LICENCE = "licence"
        JOINT = "joint"

    project = belongs_to(Project)
    title = Varchar(300)
    contract_number = Varchar(60)
    recipient = Varchar(300)
    mode = Varchar(12)
    territory = Varchar(200)
    signed_on = Date(default=None)
    value = BigInt()
    registration_number = Varchar(60)
    registered_on = Date(null=True, default=None)
    note = Text()
    entered_by = belongs_to(Person)
    entered_at = Timestamptz()
    verified_by = may_belong_to(Person)
    verified_at = Timestamptz(null=True, default=None)
    remark = Varchar(1000)
    folded = Text()

    known_mode = one_of("mode", Mode)
    someone_else_verifies = Check("verified_by IS NULL OR (verified_by <> entered_by AND verified_at IS NOT NULL)")
    one_contract_once = Unique([project, contract_number])
    in_order = Check("title <> '' AND contract_number <> '' AND recipient <> '' AND value >= 0")
