"""Nominations: the federation names experts for a call's panel, out of how their fields meet the applications'."""

from dataclasses import dataclass
from datetime import date
from types import SimpleNamespace

from grants.calls.tables import Call
from grants.people.people import holding, holds, person, titled, today
from grants.people.tables import Person, Role
from grants.shell import mail
from grants.shell.changes import add, changing, now, remove, require
from grants.shell.database import DB, rows
from grants.shell.dates import show_date
from grants.shell.language import _, either, language
from grants.shell.text import fold
from review import experts, panels
from review.roster_tables import Expert, Nomination, NominationRequest

NAMED_FOR = (Call.State.PUBLISHED, Call.State.CLOSED)


@dataclass(frozen=True)
class Candidate:
    """An expert beside a call: which of the applications' fields are theirs, and how busy they are."""

    expert: int
    person: int
    name: str
    association: str
    fields: list[str]
    meets: list[str]
    near: bool
    load: int
    reviewing: int
    consented: bool
    nomination: int | None
    reason: str

    @property
    def match(self) -> tuple[str, str]:
        """How well the fields meet, in words with a tone."""
        if self.meets:
            return _("Đúng lĩnh vực"), "good"
        return (_("Gần lĩnh vực"), "progress") if self.near else (_("Khác lĩnh vực"), "neutral")


def can_nominate(person: Person) -> bool:
    return holds(person, Role.ASSOCIATION)


async def fields_of(call: Call) -> list[tuple[str, str, int]]:
    """The fields of the applications handed in to a call: code, name, how many."""
    found = await rows(
        "SELECT f.code, f.name, f.name_en, count(*) AS n FROM proposal p JOIN field f ON f.code = p.field "
        "WHERE p.call = $1 AND p.state NOT IN ('draft', 'withdrawn', 'ineligible') "
        "GROUP BY f.code, f.name, f.name_en ORDER BY n DESC, f.code",
        call.id,
    )
    return [(row["code"], either(row["name"], row["name_en"]), row["n"]) for row in found]


async def candidates(call: Call, *, typed: str = "", only_nominated: bool = False) -> list[Candidate]:
    """The experts on the roster beside a call: those whose fields meet the applications' come first.

    `typed` looks for a name or address, with or without accents.
    """
    found = await rows(
        """
        SELECT (SELECT array_agg(DISTINCT w.field) FROM proposal w WHERE w.call = $1
                AND w.state NOT IN ('draft', 'withdrawn', 'ineligible')) AS wanted,
               e.id, e.person, e.load, e.consented_at IS NOT NULL AS consented, o.short_name AS association,
               p.full_name, p.academic_rank, p.degree, p.fields, p.folded, n.id AS nomination, n.reason,
               (SELECT count(*) FROM assigned_reviewer r JOIN panel l ON l.id = r.panel
                WHERE r.person = e.person AND l.state IN ('forming', 'invited', 'in_session')) AS reviewing
        FROM expert e JOIN person p ON p.id = e.person JOIN organisation o ON o.id = e.association
        LEFT JOIN nomination n ON n.expert = e.id AND n.call = $1
        WHERE e.retired_on IS NULL AND (n.id IS NOT NULL OR NOT $2) ORDER BY p.sort_key, e.id
        """,
        call.id, only_nominated,
    )
    names = {row["code"]: either(row["name"], row["name_en"]) for row in await rows("SELECT code, name, name_en FROM field")}
    words = fold(typed).split()
    beside = [candidate(row, set(row["wanted"] or ()), names) for row in found if all(word in row["folded"] for word in words)]
    return sorted(beside, key=lambda one: (-len(one.meets), not one.near))


def candidate(row: dict, wanted: set[str], names: dict[str, str]) -> Candidate:
    meets = [code for code in row["fields"] if code in wanted]
    return Candidate(
        expert=row["id"], person=row["person"], name=titled(SimpleNamespace(**row)), association=row["association"],
        fields=[names.get(code, code) for code in row["fields"]], meets=[names.get(code, code) for code in meets],
        near=any(code[:1] == other[:1] for code in row["fields"] for other in wanted), load=row["load"],
        reviewing=row["reviewing"], consented=row["consented"], nomination=row["nomination"], reason=row["reason"] or "",
    )


def can_ask(person: Person, call: Call) -> bool:
    return holds(person, Role.OFFICER) and call.state in NAMED_FOR


async def request_of(call: Call) -> NominationRequest | None:
    return await NominationRequest.objects().where(NominationRequest.call == call.id).first()


async def ask(call: Call, *, wanted: int, due: date, by: Person, note: str = "") -> None:
    """Ask the federation to name at least `wanted` experts for the call's panel until `due`; it is told, and has it on its desk.

    Asked again, the new number and day hold.
    """
    require(can_ask(by, call), _("Chỉ cán bộ quản lý nhiệm vụ đề nghị đề cử, cho thông báo đã công bố."))
    require(due >= today(), _("Ngày cần có đề cử không được ở quá khứ."))
    await panels.require_no_part_in(by, call)
    async with DB.transaction():
        await rows("SELECT 1 FROM call WHERE id = $1 FOR NO KEY UPDATE", call.id)
        asked = {"wanted": wanted, "due": due, "note": note, "by": by.id, "at": now()}
        there = await request_of(call)
        if there is None:
            await add(NominationRequest(call=call.id, **asked), by=by, did="asked")
        else:
            async with changing(there, by=by, did="asked") as there:
                there.wanted, there.due, there.note, there.by, there.at = asked.values()
        for reader in await holding(Role.ASSOCIATION):
            await mail.tell(
                reader, lambda: _("Đề nghị giới thiệu chuyên gia cho hội đồng"),
                lambda: _("Cơ quan quản lý đề nghị giới thiệu ít nhất {count} chuyên gia cho thông báo {call}, "
                          "trước hết ngày {day}.").format(count=wanted, call=call.code, day=show_date(due, language())),
                link=f"/calls/{call.id}/nominations",
            )


async def nominate(call: Call, chosen: list[Expert], *, reason: str = "", by: Person) -> None:
    """Name experts for the call's panel; the call's officer is told once."""
    require(can_nominate(by), _("Chỉ liên hiệp hội mới đề cử chuyên gia."))
    require(call.state in NAMED_FOR, _("Chỉ đề cử cho thông báo đã công bố."))
    require(chosen, _("Hãy chọn ít nhất một chuyên gia."))
    await panels.require_no_part_in(by, call)
    async with DB.transaction():
        for expert in chosen:
            await rows("SELECT 1 FROM expert WHERE id = $1 FOR NO KEY UPDATE", expert.id)
            ready = await experts.require_ready(expert.person)
            again = Nomination.exists().where((Nomination.call == call.id) & (Nomination.expert == expert.id))
            require(not await again, _("{name} đã được đề cử rồi.").format(name=ready.person.full_name))
            await add(Nomination(call=call.id, expert=expert.id, by=by.id, at=now(), reason=reason), by=by, did="nominated")
        await mail.tell(
            await person(call.officer), lambda: _("Có đề cử chuyên gia cho hội đồng"),
            lambda: _("Liên hiệp hội đề cử {count} chuyên gia cho thông báo {call}.").format(count=len(chosen), call=call.code),
            link=f"/calls/{call.id}/nominations",
        )


async def withdraw(nomination: Nomination, *, by: Person) -> None:
    """Take a nomination back, as long as the expert does not sit on the call's panel."""
    require(can_nominate(by), _("Chỉ liên hiệp hội mới rút đề cử."))
    await panels.require_no_part_in(by, await Call.objects().get(Call.id == nomination.call))
    async with DB.transaction():
        seated = await rows(
            "SELECT 1 FROM seat s JOIN panel p ON p.id = s.panel JOIN expert e ON e.person = s.person "
            "WHERE p.call = $1 AND e.id = $2",
            nomination.call, nomination.expert,
        )
        require(not seated, _("Chuyên gia đã tham gia hội đồng, không rút đề cử được nữa."))
        await remove(nomination, by=by, did="withdrawn")
