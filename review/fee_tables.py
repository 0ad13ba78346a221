"""What members and experts are paid, and in which pay list it stands."""

from piccolo.columns import BigInt, Boolean, Integer, Timestamptz, Varchar
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from grants.people.tables import PayLine, Person
from grants.shell.tables import belongs_to, may_belong_to
from review.opinion_tables import Opinion
from review.tables import Panel


class Fee(Table):
    """What a member is paid for a session or a review, or an expert for an opinion, by the rate table, in đồng. Never altered.

    `unverified`: the rate is marked so in the rule set.
    """

    panel = may_belong_to(Panel)
    appraisal = may_belong_to("Appraisal")
    opinion = may_belong_to(Opinion)
    person = belongs_to(Person)
    rate = Varchar(60)
    times = Integer()
    each = BigInt()
    unverified = Boolean(default=False)
    at = Timestamptz()

    of_something = Check("num_nonnulls(panel, appraisal, opinion) = 1")
    some_money = Check("times > 0 AND each > 0")
    one_panel_fee_each = Unique([panel, person, rate])
    one_appraisal_fee_each = Unique([appraisal, person, rate])
    one_opinion_fee_each = Unique([opinion, person, rate])


class ListedFee(Table):
    """That a fee stands in a pay list, in its person's line: once, for ever. The application cannot alter it."""

    fee = belongs_to(Fee, unique=True)
    line = belongs_to(PayLine)
