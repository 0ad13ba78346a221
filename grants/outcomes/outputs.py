"""Outputs: what a project produced, set against the product that was ordered."""

from grants.outcomes.tables import Output
from grants.people.people import today
from grants.projects.tables import Project
from grants.proposals.tables import Product
from grants.shell.changes import require
from grants.shell.database import rows
from grants.shell.language import _


async def check(output: Output, project: Project) -> None:
    """An output answers a product of its own project, in that product's form, and was produced within its time."""
    if output.product:
        product = await Product.objects().where((Product.id == output.product) & (Product.proposal == project.proposal)).first()
        require(product, _("Hãy chọn một sản phẩm trong danh mục đặt hàng của nhiệm vụ."))
        output.form = product.form
    in_time = project.starts_on <= output.produced_on <= today()
    require(in_time, _("Ngày hoàn thành phải từ ngày bắt đầu nhiệm vụ đến hôm nay."), "produced_on")


async def ordered_and_achieved(project: Project) -> list[dict]:
    """Each ordered product with how many were ordered, entered and verified: form, name, unit, ordered, entered, verified."""
    return await rows(
        """
        SELECT p.id, p.form, p.name, p.unit, p.quality, p.quantity AS ordered,
               coalesce(sum(o.quantity), 0)::int AS entered,
               coalesce(sum(o.quantity) FILTER (WHERE o.verified_at IS NOT NULL), 0)::int AS verified
        FROM product p LEFT JOIN output o ON o.product = p.id
        WHERE p.proposal = $1 GROUP BY p.id ORDER BY p.form, p.id
        """,
        project.proposal,
    )
