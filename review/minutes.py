"""Minutes of a session (form B2-6-BBHĐ): generated out of the vote, read over as a draft, then locked for good."""

import json

from grants.people import organisations
from grants.people.people import titled
from grants.people.tables import Person, Role
from grants.shell.changes import add, changing, now, require
from grants.shell.dates import local, show_date, show_on_paper, show_time
from grants.shell.language import N_, _, speaking
from review import deliberations, fees, matters, meetings, panels, preliminary, product_teams, resolutions, revotes, standings
from review.ballots import rules_for
from review.tables import Minutes, Panel

KINDS = {
    "topic": N_("xác định nhiệm vụ khoa học và công nghệ"),
    "selection": N_("tuyển chọn, giao trực tiếp nhiệm vụ khoa học và công nghệ"),
    "final_evaluation": N_("đánh giá, nghiệm thu nhiệm vụ khoa học và công nghệ"),
}


async def drafted(panel: Panel, *, by: Person, remarks: str = "") -> dict:
    """What the minutes say, all of it in words and printed numbers, in Vietnamese: nothing is computed again later."""
    with speaking("vi"):
        judged = of_matters if matters.is_on_matters(panel) else of_applications
        return await of_session(panel) | await judged(panel, by=by) | {"remarks": remarks}


async def of_applications(panel: Panel, *, by: Person) -> dict:
    """The part of the minutes that a selection panel fills: the ranking with every step, application by application."""
    found, scheme = await standings.lines(panel, by=by)
    ranking, matrix = standings.ranking_table(found), standings.matrix_table(found, scheme)
    return {
        "ranking": {"heads": ranking[0], "rows": ranking[1]}, "matrix": {"heads": matrix[0], "rows": matrix[1]},
        "criteria": standings.criteria(scheme), "preliminary": await preliminary.in_words(panel),
        "applications": [
            {"reference": one.reference, "title": one.title, "conclusion": one.conclusion, "reasons": one.reasons,
             "steps": one.steps, "sheets": dict(zip(("heads", "rows"), standings.sheet_table(one, scheme, named=False), strict=True))}
            for one in found
        ],
    }


async def of_matters(panel: Panel, *, by: Person) -> dict:
    """The part of the minutes that a council on topics or a project fills: what it resolved, matter by matter."""
    found = await resolutions.lines(panel, by=by)
    summary = resolutions.summary_table(found)
    return {"summary": {"heads": summary[0], "rows": summary[1]}, "preliminary": resolutions.which_counted(found), "matters": [
        {"code": one["code"], "title": one["title"], "conclusion": one["verdict"][0], "steps": one["steps"], "brief": one["brief"],
         "sheets": {"heads": one["heads"][:3], "rows": [row[:3] for row in one["rows"]]},
         "products": await product_teams.said(panel, one["matter"])}
        for one in found
    ]}


async def of_session(panel: Panel) -> dict:
    """The part that all minutes share: who was there, who counted, what was voted on, who disagreed."""
    members, attendance = await meetings.progress(panel), await meetings.attendance(panel)
    board, motions, dissents, call = await deliberations.record(panel)
    return {
        "office": vars(await organisations.acting(Role.OFFICER, local(panel.counted_at or now()).date(), panel.officer)),
        "panel": panel.name, "call": call, "kind": _(KINDS[panel.kind]), "decision": panel.decision_number,
        "decided_on": show_date(panel.decided_on), "place": panel.place,
        "opened_at": show_time(panel.opened_at), "counted_at": show_time(panel.counted_at), "day": show_on_paper(panel.counted_at),
        "members": [[titled(as_person(one)), said_part(one), said_presence(one)] for one in members],
        "present": attendance.present, "of": attendance.members, "needed": attendance.needed,
        "chair": next((titled(as_person(one)) for one in presiding(members)), ""),
        "secretary": next((titled(as_person(one)) for one in members if one["part"] == "secretary"), ""),
        "board": [titled(as_person(one)) for one in board], "revotes": [one["words"] for one in await revotes.notices(panel)],
        "motions": [[one.words, deliberations.outcome(one)] for one in motions],
        "dissents": [[titled(as_person(one)), one["words"]] for one in dissents],
    }


def as_person(row: dict) -> Person:
    return Person(full_name=row["full_name"], degree=row["degree"], academic_rank=row["academic_rank"])


def presiding(members: list[dict]) -> list[dict]:
    """The chair, or the vice chair who was authorised."""
    return [one for one in members if one["present"] and (one["part"] == "chair" or (one["part"] == "vice_chair" and one["delegation"]))]


def said_part(member: dict) -> str:
    """What a member sits as, and whom they represent."""
    part = panels.part_name(member["part"])
    return _("{part}, đại diện {organisation}").format(part=part, organisation=member["represents"]) if member["represents"] else part


def said_presence(member: dict) -> str:
    """How a member took part."""
    if not member["present"]:
        return _("Vắng mặt")
    there = _("Có mặt, trực tuyến") if member["remote"] else _("Có mặt")
    return f"{there} ({_('giấy uỷ quyền số {number}').format(number=member['delegation'])})" if member["delegation"] else there


async def lock(panel: Panel, *, remarks: str, by: Person) -> Minutes:
    """Lock the minutes and close the panel. Nothing can change them from here on."""
    async with changing(panel, by=by, did="closed") as panel:
        require(await meetings.can_run(by, panel), _("Chỉ cán bộ phụ trách và thư ký khoa học lập biên bản."))
        require(panel.state == Panel.State.COUNTED, _("Chỉ lập biên bản sau khi kiểm phiếu, và chỉ một lần."))
        content = json.dumps(await drafted(panel, by=by, remarks=remarks), ensure_ascii=False)
        kept = await add(Minutes(panel=panel.id, content=content, locked_at=now(), locked_by=by.id), by=by, did="locked")
        await resolutions.carry_over(panel, by=by)
        await fees.of_panel(panel, (await rules_for(panel.id))[0], by=by)
        panels.move(panel, Panel.State.CLOSED)
        panel.closed_at = now()
    return kept


async def of(panel: Panel) -> dict | None:
    """The locked minutes' content; None before they are locked."""
    found = await Minutes.select(Minutes.content).where(Minutes.panel == panel.id).first()
    return json.loads(found["content"]) if found else None
