"""The expert team (tổ chuyên gia) of a final evaluation council: members who check measurable products before the session.

TT 11/2014/TT-BKHCN (forms 5 and 6); how many they are and which products are measured stands in the rule set.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import SimpleNamespace

from grants.people import people
from grants.people.people import titled
from grants.people.tables import Person
from grants.rules.content import PanelRule
from grants.shell import mail
from grants.shell.changes import add, changing, now, remove, require
from grants.shell.database import rows
from grants.shell.dates import show_date
from grants.shell.language import _
from review import panels
from review.matter_tables import Matter, ProductChecker, ProductReport
from review.tables import Panel, Seat


@dataclass(frozen=True)
class Checked:
    """What the team found of one product: how many there are, and in words of what quality."""

    found: int
    words: str


# --- reading ---

async def measured(panel: Panel, rule: PanelRule) -> list[dict]:
    """The products that the team checks: those of the forms that the rule set names; none where it wants no team."""
    return await rows(
        "SELECT o.id, o.form, o.name, o.unit, o.quantity, o.quality FROM product o JOIN project j ON j.proposal = o.proposal "
        "WHERE j.id = $1 AND o.form = ANY($2) ORDER BY o.form, o.id", panel.project, list(rule.product_team_forms),
    ) if rule.product_team and panel.project else []


async def of(matter: int) -> list[SimpleNamespace]:
    """The team: person, name; its head first."""
    found = await rows(
        "SELECT c.person, w.full_name, w.degree, w.academic_rank FROM product_checker c JOIN person w ON w.id = c.person "
        "WHERE c.matter = $1 ORDER BY c.id", matter,
    )
    return [SimpleNamespace(person=row["person"], name=titled(SimpleNamespace(**row))) for row in found]


async def report_of(matter: int) -> ProductReport | None:
    return await ProductReport.objects().where(ProductReport.matter == matter).first()


def read(report: ProductReport | SimpleNamespace) -> dict:
    """A report as pages and minutes show it: lines (product, ordered, found, what was found), conclusion, day."""
    heads = [(_("Sản phẩm"), "text"), (_("Đặt hàng"), "text"), (_("Kiểm tra thấy"), "number"), (_("Nhận xét về chất lượng"), "long")]
    lines = [[one["name"], one["ordered"], one["found"], one["words"]] for one in json.loads(report.found)]
    return {"heads": heads, "rows": lines, "conclusion": report.conclusion, "filed_on": show_date(report.filed_at)}


async def said(panel: Panel, matter: int) -> dict | None:
    """The team and its report for the members and the minutes; None where there is no team. One statement."""
    found = await rows(
        "SELECT w.full_name, w.degree, w.academic_rank, r.id, r.found, r.conclusion, r.filed_at FROM product_checker c "
        "JOIN person w ON w.id = c.person LEFT JOIN product_report r ON r.matter = c.matter WHERE c.matter = $1 ORDER BY c.id", matter,
    ) if panel.project else []
    if not found:
        return None
    report = read(SimpleNamespace(**found[0])) if found[0]["id"] else None
    return {"members": [titled(SimpleNamespace(**row)) for row in found], "report": report}


# --- who may ---

async def heads(person: Person, matter: int) -> bool:
    """Whether this person heads the team of a matter."""
    found = await of(matter)
    return bool(found) and found[0].person == person.id


# --- the steps ---

async def name(matter: Matter, members: Collection[int], *, by: Person) -> None:
    """Name the team out of the council's members; the first one heads it. Who was named before is released."""
    panel = await Panel.objects().where(Panel.id == matter.panel).first()
    async with changing(panel, by=by, did="assigned", matter=matter.id, checkers=list(members)) as panel:
        await panels.require_change(by, panel, _("Không đổi được tổ chuyên gia ở bước này."))
        rule = await panels.rule_of(panel)
        require(await measured(panel, rule), _("Nhiệm vụ này không có sản phẩm phải đo kiểm, không cần tổ chuyên gia."))
        require(await report_of(matter.id) is None, _("Tổ chuyên gia đã báo cáo, không đổi được nữa."))
        require(len(set(members)) == rule.product_team, _("Tổ chuyên gia có {n} người.").format(n=rule.product_team))
        sitting = {seat.person for seat in await Seat.objects().where(Seat.panel == panel.id)}
        require(set(members) <= sitting, _("Tổ chuyên gia chọn trong các thành viên của hội đồng."))
        for one in await ProductChecker.objects().where(ProductChecker.matter == matter.id):
            await remove(one, by=by, did="unassigned")
        for person in members:
            await add(ProductChecker(matter=matter.id, person=person), by=by, did="assigned")
        if panel.state != Panel.State.FORMING:
            await tell(panel, matter.id, members)


async def tell(panel: Panel, matter: int, members: Collection[int]) -> None:
    """The team is asked to check and report before the session."""
    for n, person in enumerate(members):
        await mail.tell(
            await people.person(person), lambda: _("Kiểm tra sản phẩm trước phiên họp"),
            lambda n=n: (_("Bạn là tổ trưởng tổ chuyên gia của {panel}: hãy kiểm tra sản phẩm và nộp báo cáo trước phiên họp.") if n == 0
                         else _("Bạn ở tổ chuyên gia của {panel}: hãy cùng tổ trưởng kiểm tra sản phẩm trước phiên họp.")).format(
                panel=panel.name
            ),
            link=f"/panels/{panel.id}/matters/{matter}/products",
        )


async def file(matter: Matter, checked: Mapping[int, Checked], *, conclusion: str, by: Person) -> ProductReport:
    """The head files what the team found of every product, once and before the session."""
    panel = await Panel.objects().where(Panel.id == matter.panel).first()
    async with changing(panel, by=by, did="products_checked", matter=matter.id) as panel:
        require(await heads(by, matter.id), _("Chỉ tổ trưởng tổ chuyên gia mới nộp báo cáo."))
        require(panel.state == Panel.State.INVITED, _("Báo cáo nộp sau giấy mời và trước phiên họp."))
        require(await report_of(matter.id) is None, _("Tổ chuyên gia đã nộp báo cáo, không nộp lại được."))
        wanted = await measured(panel, await panels.rule_of(panel))
        lacking = [one["name"] for one in wanted if one["id"] not in checked or not checked[one["id"]].words.strip()]
        require(not lacking, _("Chưa ghi kết quả kiểm tra: {names}.").format(names="; ".join(lacking)))
        found = [
            {"product": one["id"], "name": one["name"], "ordered": f"{one['quantity']} {one['unit']}: {one['quality']}",
             "found": checked[one["id"]].found, "words": checked[one["id"]].words.strip()}
            for one in wanted
        ]
        row = ProductReport(
            matter=matter.id, found=json.dumps(found, ensure_ascii=False), conclusion=conclusion.strip(), filed_by=by.id, filed_at=now()
        )
        await mail.tell(
            await people.person(panel.officer), lambda: _("Tổ chuyên gia đã báo cáo kết quả kiểm tra sản phẩm"),
            lambda: panel.name, link=f"/panels/{panel.id}/matters/{matter.id}/products",
        )
        return await add(row, by=by, did="filed")


# --- what still stands against it ---

async def faults(panel: Panel, rule: PanelRule, matter: int) -> list[str]:
    """Why the council cannot be invited yet: measurable products without a team of members."""
    team = [one.person for one in await of(matter)]
    sitting = {seat.person for seat in await Seat.objects().where(Seat.panel == panel.id)}
    complete = len(team) == rule.product_team and set(team) <= sitting
    wanted = await measured(panel, rule)
    return [_("Cần tổ chuyên gia {n} người để kiểm tra sản phẩm.").format(n=rule.product_team)] if wanted and not complete else []


async def unreported(panel: Panel) -> list[str]:
    """Why the session cannot be opened yet: the team has not reported."""
    found = await rows(
        "SELECT 1 FROM matter m WHERE m.panel = $1 AND EXISTS (SELECT FROM product_checker c WHERE c.matter = m.id) "
        "AND NOT EXISTS (SELECT FROM product_report r WHERE r.matter = m.id)", panel.id,
    )
    return [_("Tổ chuyên gia chưa nộp báo cáo kết quả kiểm tra sản phẩm.")] if found else []


async def release(panel: Panel, person: int, *, by: Person) -> None:
    """Who leaves the council leaves the team; not once it has reported."""
    for one in await ProductChecker.objects().where(
        ProductChecker.matter.is_in(Matter.select(Matter.id).where(Matter.panel == panel.id)) & (ProductChecker.person == person)
    ):
        require(await report_of(one.matter) is None, _("Tổ chuyên gia đã báo cáo, không đổi được nữa."))
        await remove(one, by=by, did="unassigned")
