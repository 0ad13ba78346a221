"""The federation's independent opinions (tư vấn, phản biện và giám định xã hội) and the experts it names for them."""

from enum import StrEnum

from piccolo.columns import JSONB, Boolean, Date, Integer, Text, Timestamptz, Varchar
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from grants.calls.tables import Call, Topic
from grants.people.tables import Organisation, Person
from grants.projects.tables import Project
from grants.proposals.tables import Proposal
from grants.shell.tables import belongs_to, may_belong_to, one_of


class Opinion(Table):
    """An opinion asked of the federation on a topic, a call, an application, a project or a named policy paper. Never a vote.

    `subject`: what it is on, in words that give no applicant away; `given`: a document that goes with the request.
    Once filed it stays as it was filed.
    """

    class Kind(StrEnum):
        ADVICE = "advice"
        CRITIQUE = "critique"
        ASSESSMENT = "assessment"

    class State(StrEnum):
        REQUESTED = "requested"
        ACCEPTED = "accepted"
        DECLINED = "declined"
        FILED = "filed"
        RECEIVED = "received"

    class Conclusion(StrEnum):
        AGREE = "agree"
        AGREE_IF = "agree_if"
        DISAGREE = "disagree"

    kind = Varchar(12)
    topic = may_belong_to(Topic)
    call = may_belong_to(Call)
    proposal = may_belong_to(Proposal)
    project = may_belong_to(Project)
    paper = Varchar(500)
    subject = Varchar(900)
    question = Text()
    given_filename = Varchar(200)
    given_stored = Varchar(120)
    due = Date(default=None)
    state = Varchar(10, default=State.REQUESTED, index=True)
    asked_by = belongs_to(Person)
    asked_at = Timestamptz()
    association = may_belong_to(Organisation)
    answered_by = may_belong_to(Person)
    answered_at = Timestamptz(null=True, default=None)
    reason = Varchar(500)
    number = Varchar(60)
    dated = Date(null=True, default=None)
    conclusion = Varchar(10, null=True, default=None)
    words = Text()
    filename = Varchar(200)
    stored = Varchar(120)
    size = Integer(default=0)
    sha256 = Varchar(64)
    filed_by = may_belong_to(Person)
    filed_at = Timestamptz(null=True, default=None)
    received_by = may_belong_to(Person)
    received_at = Timestamptz(null=True, default=None)

    known_kind = one_of("kind", Kind)
    known_state = one_of("state", State)
    known_conclusion = one_of("conclusion", Conclusion)
    about_one_thing = Check("num_nonnulls(topic, call, proposal, project, nullif(paper, '')) = 1 AND subject <> '' AND question <> ''")
    opinion_declined_says_why = Check("state <> 'declined' OR reason <> ''")
    filed_is_a_document = Check(
        "(state IN ('filed', 'received')) = (number <> '' AND dated IS NOT NULL AND conclusion IS NOT NULL AND words <> '' "
        "AND stored <> '' AND filed_by IS NOT NULL)"
    )
    received_by_the_office = Check("(state = 'received') = (received_by IS NOT NULL AND received_at IS NOT NULL)")
    asker_does_not_file = Check("filed_by IS NULL OR filed_by <> asked_by")


class OpinionExpert(Table):
    """An expert whom the federation names for an opinion; `ties`: what the records say ties them to it without excluding them."""

    opinion = belongs_to(Opinion)
    person = belongs_to(Person)
    leads = Boolean(default=False)
    ties = JSONB(default="[]")
    at = Timestamptz()

    one_place_an_opinion = Unique([opinion, person])
