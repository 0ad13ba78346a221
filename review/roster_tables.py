"""The roster of experts: their entries, nominations, publications, and where they are paid."""

from piccolo.columns import Date, Integer, Text, Timestamptz, Varchar
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from grants.calls.tables import Call
from grants.people.tables import Organisation, Person
from grants.shell.tables import belongs_to


class Expert(Table):
    """A person on the roster that the federation of associations keeps."""

    person = belongs_to(Person, unique=True)
    association = belongs_to(Organisation)
    load = Integer(default=6)
    refreshed_on = Date(null=True, default=None)
    languages = Varchar(200)
    away_until = Date(null=True, default=None)
    joined_on = Date(default=None)
    retired_on = Date(null=True, default=None)
    consented_at = Timestamptz(null=True, default=None)

    sane_load = Check("load BETWEEN 0 AND 60")


class Nomination(Table):
    """The federation names an expert for a call's panel."""

    call = belongs_to(Call)
    expert = belongs_to(Expert)
    by = belongs_to(Person)
    at = Timestamptz()
    reason = Varchar(500)

    one_nomination_each = Unique([call, expert])


class NominationRequest(Table):
    """The officer asks the federation to name experts for a call's panel: at least how many, until when."""

    call = belongs_to(Call, unique=True)
    wanted = Integer()
    due = Date(default=None)
    note = Varchar(500)
    by = belongs_to(Person)
    at = Timestamptz()

    some_are_wanted = Check("wanted BETWEEN 1 AND 60")


class Publication(Table):
    """A publication, patent or project of an expert, as they listed it or as it was imported."""

    person = belongs_to(Person)
    year = Integer()
    title = Varchar(500)
    place = Varchar(300)
    authors = Varchar(500)
    doi = Varchar(200)
    folded = Text()

    has_title = Check("title <> '' AND year BETWEEN 1900 AND 2200")


class PayDetail(Table):
    """Where an expert is paid and how they are taxed: for who pays and themselves, for nobody else."""

    person = belongs_to(Person, unique=True)
    bank = Varchar(200)
    bank_account = Varchar(40, secret=True)
    tax_number = Varchar(14, secret=True)

    has_account = Check("bank_account <> '' AND bank <> ''")
