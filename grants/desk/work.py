"""What a kind of work is that may wait for a person: a query of id, about, n (how many), waiting (who for) and due.

In a query $1 is the person, $2 now, $3 today, $4 the organisations the person is a finance officer for.
"""

import re
from dataclasses import dataclass

from grants.proposals import proposals
from grants.shell.language import N_

SKHCN = N_("Cơ quan quản lý")
APPLICANTS = N_("Người nộp hồ sơ")
PANEL = N_("Hội đồng")
END_OF_DAY = "(({}::date + time '23:59:59') AT TIME ZONE interval '7 hours')"
MY_STREAMS = "(SELECT stream FROM answering($3) WHERE organisation = ANY($4))"


OWN = f"({proposals.OWN.format('$1', '$1', '$1')})"


def in_state(state: str) -> str:
    """How many applications of each call are in a state, out of the tally, but those the person has a part in: call, n."""
    own = f"SELECT call, -1 FROM proposal WHERE state = '{state}' AND id IN {OWN}"
    tally = f"SELECT call, n FROM proposal_tally WHERE state = '{state}' UNION ALL {own}"
    return f"(SELECT call, sum(n) AS n FROM ({tally}) AS t GROUP BY call HAVING sum(n) > 0)"


@dataclass(frozen=True)
class Work:
    """One kind of work. `limit`: the rule set's time limit that runs from what the query calls due."""

    what: str
    href: str
    sql: str
    about: str = "{about}"
    waiting: str = ""
    limit: str = ""


KEPT_IN_BOTH = re.compile(r"\b([cpjt]\.|^)title\b")  # of calls, applications, projects and topics


def a_row(about: str, *, id: str = "id", n: str = "0", waiting: str = "NULL", due: str = "NULL") -> str:
    """The columns that every kind of work answers with; what it is about in English too, where its title is kept in English."""
    english = KEPT_IN_BOTH.sub(r"coalesce(nullif(\1title_en, ''), \1title)", about)
    return (
        f"SELECT {id}::bigint AS id, {about}::text AS about, {english}::text AS about_en, {n}::bigint AS n, "
        f"{waiting}::text AS waiting, {due}::timestamptz AS due"
    )
