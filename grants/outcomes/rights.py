"""Intellectual property rights: how long each kind lasts, and whether something was published before it was filed."""

from datetime import date, timedelta

from grants.outcomes.tables import Output, Right, RightTerm
from grants.people.people import today
from grants.people.tables import Organisation
from grants.projects.tables import Project
from grants.proposals.tables import Product
from grants.rules import shipped
from grants.shell.changes import require
from grants.shell.dates import add_months, show_date
from grants.shell.language import _, language


def reference_rows() -> list[dict]:
    """The terms that come with the product (seed/rules/right_terms.json), as columns of `RightTerm`."""
    return [term | {"valid_from": date.fromisoformat(term["valid_from"])} for term in shipped.table("right_terms")["terms"]]


async def check(right: Right, project: Project) -> None:
    """Dates in order, the owner known, one number once; the end of protection follows from the term in force."""
    require(project.starts_on <= right.filed_on <= today(), _("Ngày nộp đơn phải từ ngày bắt đầu nhiệm vụ đến hôm nay."), "filed_on")
    granted = right.granted_on
    require(granted is None or right.filed_on <= granted <= today(), _("Ngày cấp phải từ ngày nộp đơn đến hôm nay."), "granted_on")
    require(await Organisation.exists().where(Organisation.id == right.owner), _("Hãy chọn chủ sở hữu trong danh sách."))
    same = (Right.kind == right.kind) & (Right.number == right.number)
    others = same & (Right.id != right.id) if right._exists_in_db else same
    require(not await Right.exists().where(others), _("Số đơn hoặc số bằng này đã được ghi."))
    right.expires_on = await expiry(right)


async def term_of(kind: str, on: date) -> RightTerm | None:
    """The term in force for a kind of right filed on a day."""
    return await RightTerm.objects().where(
        (RightTerm.kind == kind) & (RightTerm.valid_from <= on) & (RightTerm.valid_to.is_null() | (RightTerm.valid_to >= on))
    ).order_by(RightTerm.valid_from, ascending=False).first()


async def expiry(right: Right) -> date | None:
    """The last day of protection: so many years from filing or from grant, as the law in force at filing says.

    None where the law counts no years, where the grant is still awaited, or where no term is known.
    """
    term = await term_of(right.kind, right.filed_on)
    if term is None or term.years is None:
        return None
    start = right.filed_on if term.counted_from == RightTerm.From.FILED else right.granted_on
    return add_months(start, 12 * term.years) - timedelta(days=1) if start else None


async def disclosure_warning(project: Project) -> str | None:
    """Published before filing? Novelty is lost then, but for the period of grace (Luật Sở hữu trí tuệ Đ60)."""
    published = await first_day(Output.produced_on, Output, (Output.project == project.id) & (Output.form == Product.Form.PUBLICATION))
    filed = await first_day(Right.filed_on, Right, Right.project == project.id)
    if published and filed and published < filed:
        return _("Kết quả đã công bố ngày {published}, trước khi nộp đơn ngày {filed}: hãy kiểm tra tính mới "
                 "(Luật Sở hữu trí tuệ Đ60).").format(
            published=show_date(published, language()), filed=show_date(filed, language())
        )
    promised = await Product.exists().where((Product.proposal == project.proposal) & (Product.form == Product.Form.RIGHT))
    if promised and not filed:
        return _("Nhiệm vụ đặt hàng sản phẩm dạng IV nhưng chưa ghi đơn nào: hãy nộp đơn trước khi công bố kết quả.")
    return None


async def first_day(day, table, where) -> date | None:
    found = await table.select(day.as_alias("day")).where(where).order_by(day).first()
    return found["day"] if found else None
