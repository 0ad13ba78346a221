"""Handing in: the snapshot that is kept, the number, the letters; taking back and withdrawing until the deadline."""

import hashlib
import json
from types import SimpleNamespace

from grants.calls import calls
from grants.calls.tables import Call
from grants.people.people import person, titled
from grants.people.tables import Person
from grants.proposals import proposals
from grants.proposals.names import names_behind, struck
from grants.proposals.proposals import State
from grants.proposals.tables import Proposal, Submission
from grants.proposals.tasks import Lack, missing
from grants.shell import mail
from grants.shell.changes import add, changing, now, require
from grants.shell.database import rows
from grants.shell.language import _


async def ask_to_certify(proposal: Proposal, *, by: Person) -> None:
    """Tell the head of the lead organisation that the application is ready to be read and certified."""
    async with changing(proposal, by=by, did="certification_asked") as proposal:
        require(await proposals.can_write(by, proposal), _("Bạn chỉ được đọc hồ sơ này."))
        require(proposal.signatory and proposal.certified_at is None, _("Chưa chọn thủ trưởng ký, hoặc hồ sơ đã được xác nhận."))
        lacking = await missing_besides_certification(proposal)
        require(not lacking, _("Chưa gửi được: {reasons}").format(reasons=said(lacking)))
        lead = await person(proposal.lead)
        await mail.tell(
            await person(proposal.signatory), lambda: _("Xin xác nhận hồ sơ «{title}»").format(title=proposal.title),
            lambda: _("{lead} xin thủ trưởng đọc và xác nhận hồ sơ «{title}» của tổ chức.").format(
                lead=titled(lead), title=proposal.title
            ),
            link=f"/proposals/{proposal.id}/certification",
        )


async def missing_besides_certification(proposal: Proposal) -> list[Lack]:
    call = await proposals.call_of(proposal)
    return [lack for lack in await missing(proposal, call) if lack.task != "certification"]


def said(lacking: list[Lack]) -> str:
    return "; ".join(lack.words for lack in lacking)


async def certify(proposal: Proposal, *, by: Person) -> None:
    """The head of the lead organisation confirms that it stands behind the application."""
    async with changing(proposal, by=by, did="certified") as proposal:
        require(
            proposals.can_certify(by, proposal), _("Chỉ thủ trưởng tổ chức chủ trì được ghi trong hồ sơ mới xác nhận được.")
        )
        lacking = await missing_besides_certification(proposal)
        require(not lacking, _("Hồ sơ chưa xong để xác nhận: {reasons}").format(reasons=said(lacking)))
        proposal.certified_at, proposal.certified_by = now(), by.id
        await mail.tell(
            await person(proposal.lead), lambda: _("Tổ chức chủ trì đã xác nhận hồ sơ"),
            lambda: _("Hồ sơ «{title}» đã được xác nhận, có thể nộp.").format(title=proposal.title),
            link=f"/proposals/{proposal.id}",
        )


async def hand_back(proposal: Proposal, *, reason: str, by: Person) -> None:
    """The head does not certify and says why; the lead person is told."""
    async with changing(proposal, by=by, did="certification_refused", reason=reason) as proposal:
        require(
            proposals.can_certify(by, proposal), _("Chỉ thủ trưởng tổ chức chủ trì được ghi trong hồ sơ mới xác nhận được.")
        )
        require(reason, _("Hãy ghi điều cần sửa."))
        await mail.tell(
            await person(proposal.lead), lambda: _("Tổ chức chủ trì trả lại hồ sơ"),
            lambda: _("Hồ sơ «{title}» chưa được xác nhận. Lý do: {reason}").format(title=proposal.title, reason=reason),
            link=f"/proposals/{proposal.id}",
        )


async def submit(proposal: Proposal, *, by: Person) -> Submission:
    """Hand the application in. From here on its team can read it, not change it; a snapshot is kept.

    Raises `Refused` after the deadline by the server's clock, or with everything that is missing.
    """
    async with changing(proposal, by=by, did="submitted") as proposal:
        call = await proposals.call_of(proposal)
        require(proposal.lead == by.id, _("Chỉ chủ nhiệm mới nộp được hồ sơ."))
        require(call.deadline and now() <= call.deadline, _("Đã hết hạn nộp hồ sơ."))
        require(calls.is_open(call), _("Thông báo này không nhận hồ sơ vào lúc này."))
        lacking = await missing(proposal, call)
        require(not lacking, _("Chưa nộp được: {reasons}").format(reasons=said(lacking)))
        proposals.move(proposal, State.SUBMITTED)
        proposal.submitted_at = now()
        proposal.reference = proposal.reference or await next_reference(call)
        await proposals.searchable(proposal)
        kept = await keep_snapshot(proposal, by=by)
        await tell_handed_in(proposal, by)
    return kept


async def next_reference(call: Call) -> str:
    """The next number of the call's register, such as HS-2026-01-007; the call's row is held while it is taken."""
    await rows("SELECT id FROM call WHERE id = $1 FOR NO KEY UPDATE", call.id)
    taken = await rows("SELECT count(*) AS n FROM proposal WHERE call = $1 AND reference IS NOT NULL", call.id)
    return f"{call.code}-{taken[0]['n'] + 1:03d}"


async def keep_snapshot(proposal: Proposal, *, by: Person) -> Submission:
    """Keep what is handed in, as it is now, with its fingerprint."""
    number = 1 + await Submission.count().where(Submission.proposal == proposal.id)
    content = json.dumps(await content_of(proposal), ensure_ascii=False, sort_keys=True)
    kept = Submission(
        proposal=proposal.id, number=number, at=now(), by=by.id, content=content,
        sha256=hashlib.sha256(content.encode()).hexdigest(), blind_title=struck(proposal.title, await names_behind(content)),
    )
    return await add(kept, by=by, did="kept")


LISTS = {
    "sections": "SELECT code, text FROM section WHERE proposal = $1",
    "team": "SELECT t.person, t.full_name, t.part, t.months, o.name AS organisation FROM team_member t "
            "LEFT JOIN organisation o ON o.id = t.organisation WHERE t.proposal = $1 ORDER BY t.id",
    "partners": "SELECT o.id, o.name, p.task FROM partner p JOIN organisation o ON o.id = p.organisation "
                "WHERE p.proposal = $1 ORDER BY p.id",
    "products": "SELECT id, form, name, unit, quantity, quality FROM product WHERE proposal = $1 ORDER BY form, id",
    "budget": 'SELECT b.id, g.number AS "group", g.name AS group_name, b.year, b.source, b.note, b.requested FROM budget_line b '
              'JOIN expense_group g ON g.id = b."group" WHERE b.proposal = $1 ORDER BY g.number, b.year, b.id',
    "documents": "SELECT d.id, a.code, d.filename, d.stored, d.size, d.sha256 FROM document d "
                 "LEFT JOIN asked_document a ON a.id = d.asked WHERE d.proposal = $1 ORDER BY d.id",
}
ALL_LISTS = "SELECT " + ", ".join(f"(SELECT coalesce(json_agg(one), '[]') FROM ({sql}) one) AS {name}" for name, sql in LISTS.items())


BEHIND = (
    "SELECT id, academic_rank, degree, full_name, (SELECT name FROM organisation WHERE id = $2) AS organisation "
    "FROM person WHERE id = ANY($1)"
)


async def content_of(proposal: Proposal) -> dict:
    """Everything an application holds, as plain values: general, team, partners, narrative, products, budget, documents.

    Names and ties to persons stand under "lead", "lead_organisation", "team", "partners", "signatory" and nowhere else.
    """
    behind = await rows(BEHIND, [proposal.lead, proposal.signatory], proposal.lead_organisation)
    who = {row["id"]: {"id": row["id"], "name": titled(SimpleNamespace(**row))} for row in behind}
    organisation = {"id": proposal.lead_organisation, "name": behind[0]["organisation"]}
    lists = {name: json.loads(found) for name, found in (await rows(ALL_LISTS, proposal.id))[0].items()}
    return lists | {
        "reference": proposal.reference, "title": proposal.title, "title_en": proposal.title_en,
        "summary": proposal.summary, "summary_en": proposal.summary_en, "field": proposal.field,
        "keywords": proposal.keywords, "months": proposal.months,
        "starts_on": proposal.starts_on.isoformat() if proposal.starts_on else None,
        "requested": proposal.requested, "requested_state": proposal.requested_state,
        "lead": who[proposal.lead],
        "lead_organisation": organisation if proposal.lead_organisation else None,
        "signatory": who[proposal.signatory] if proposal.signatory else None,
        "sections": {one["code"]: one["text"] for one in lists["sections"]},
    }


async def tell_handed_in(proposal: Proposal, by: Person) -> None:
    for reader in {by.id, proposal.signatory} - {None}:
        await mail.tell(
            await person(reader), lambda: _("Đã nhận hồ sơ {reference}").format(reference=proposal.reference),
            lambda: _("Hồ sơ «{title}» đã được nhận. Số tiếp nhận: {reference}.").format(
                title=proposal.title, reference=proposal.reference
            ),
            link=f"/proposals/{proposal.id}/receipt",
        )


async def reopen(proposal: Proposal, *, by: Person) -> None:
    """Take a handed-in application back to change it, until the deadline; it must be handed in again."""
    async with changing(proposal, by=by, did="reopened") as proposal:
        require(proposal.lead == by.id, _("Chỉ chủ nhiệm mới lấy lại được hồ sơ."))
        require(calls.is_open(await proposals.call_of(proposal)), _("Đã hết hạn nộp, không lấy lại được nữa."))
        proposals.move(proposal, State.DRAFT)


async def withdraw(proposal: Proposal, *, by: Person) -> None:
    """Withdraw an application; until the deadline, by its lead."""
    async with changing(proposal, by=by, did="withdrawn") as proposal:
        call = await proposals.call_of(proposal)
        require(proposal.lead == by.id, _("Chỉ chủ nhiệm mới rút được hồ sơ."))
        require(proposal.state == State.DRAFT or now() <= call.deadline, _("Đã hết hạn nộp, không rút được nữa."))
        proposals.move(proposal, State.WITHDRAWN)
