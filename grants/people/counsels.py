"""What independent opinions said on a thing, for the page on which it is decided: read by the offices, never by applicants."""

from types import SimpleNamespace

from grants.people.people import holds
from grants.people.tables import Counsel, Organisation, Person, Role
from grants.shell.changes import add, now
from grants.shell.database import rows
from grants.shell.language import N_, _

SEES = (Role.OFFICER, Role.LEADER, Role.AUDITOR)
CONCLUSIONS = {
    "agree": (N_("Đồng ý"), "good"), "agree_if": (N_("Đồng ý, với điều kiện chỉnh sửa"), "warn"), "disagree": (N_("Không đồng ý"), "bad"),
}


def conclusion(code: str) -> tuple[str, str]:
    """What an opinion concludes, in words with its tone."""
    words, tone = CONCLUSIONS[code]
    return _(words), tone


async def write_down(on: Counsel.On, thing: int, *, opinion: int, association: Organisation | int, by: Person, **said) -> Counsel:
    """Keep what an opinion said; called by the verb that receives it, in its transaction. `said`: number, dated, conclusion, words."""
    body = association if isinstance(association, int) else association.id
    return await add(Counsel(on=on, thing=thing, opinion=opinion, association=body, at=now(), **said), by=by, did="recorded")


async def of(on: str, thing: int, *, by: Person | None) -> list[SimpleNamespace]:
    """The opinions received on a thing, the latest first, for the offices; nobody else learns that there are any."""
    found = await rows(
        "SELECT c.opinion, c.number, c.dated, c.conclusion, c.words, o.name AS association FROM counsel c "
        'JOIN organisation o ON o.id = c.association WHERE c."on" = $1 AND c.thing = $2 ORDER BY c.dated DESC, c.id DESC', str(on), thing,
    ) if by and holds(by, *SEES) else []
    return [SimpleNamespace(**row | {"tag": conclusion(row["conclusion"])}) for row in found]
