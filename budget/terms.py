"""How a project is paid: lump sum to the final product, lump sum in part, or at actual cost (TTLT 27/2015). Amounts are đồng.

Of a lump sum the treasury checks agreement and list of completed work only; a line at actual cost is paid against vouchers.
"""

from budget.payment_tables import ActualLine, Terms
from grants.people.tables import Person
from grants.projects import projects
from grants.projects.tables import Project
from grants.proposals.tables import Source
from grants.shell.changes import add, changing, now, remove, require
from grants.shell.database import DB, rows
from grants.shell.language import N_, _
from grants.shell.money import show

Method = Terms.Method
METHODS = {
    Method.FULL: N_("Khoán chi đến sản phẩm cuối cùng"),
    Method.PARTIAL: N_("Khoán chi từng phần"),
    Method.ACTUAL: N_("Chi theo thực tế, có chứng từ"),
}
STATE = (Source.CAPITAL.value, Source.RECURRENT.value, Source.FUND.value)


def label(method: str) -> str:
    return _(METHODS[Method(method)])


async def of(project: Project) -> Terms | None:
    return await Terms.objects().where(Terms.project == project.id).first()


async def can_record(person: Person, project: Project) -> bool:
    """The officer, until money has been asked for on these terms: afterwards they stay (TTLT 27/2015 Đ6)."""
    return projects.keeps(person, project) and not await asked_for(project)


async def asked_for(project: Project) -> bool:
    found = await rows("SELECT EXISTS (SELECT FROM payment WHERE project = $1 AND state <> 'refused') AS there", project.id)
    return found[0]["there"]


async def lines(project: Project) -> list[dict]:
    """The state-money lines as approved: id, year, source, name of the group, note, approved, actual (paid against vouchers)."""
    return await rows(
        """
        SELECT l.id, l.year, l.source, g.name, g.name_en, l.note, coalesce(l.approved, l.appraised, 0)::bigint AS approved,
            a.id IS NOT NULL AS actual
        FROM budget_line l JOIN expense_group g ON g.id = l."group" LEFT JOIN actual_cost_line a ON a.line = l.id
        WHERE l.proposal = $1 AND l.source = ANY($2) AND coalesce(l.approved, l.appraised, 0) > 0 ORDER BY l.year, g.number, l.id
        """,
        project.proposal, list(STATE),
    )


async def record(
    project: Project, *, method: str, actual: list[int], account_number: str = "", bank: str = "", by: Person
) -> Terms:
    """Write down how the agreement pays: which lines at actual cost, and into which deposit account of the organisation."""
    require(projects.keeps(by, project), _("Chỉ cán bộ quản lý nhiệm vụ mới ghi phương thức chi."))
    async with DB.transaction():
        await projects.locked(project.id)
        require(not await asked_for(project), _("Đã có đề nghị chi theo phương thức này, không đổi được nữa."))
        known = {line["id"]: line["approved"] for line in await lines(project)}
        wanted = list(known) if method == Method.ACTUAL else [id for id in actual if id in known]
        await require_fitting(project, method, sum(known[id] for id in wanted))
        terms = await of(project)
        if terms is None:
            terms = Terms(
                project=project.id, method=method, account_number=account_number, bank=bank, recorded_by=by.id, recorded_at=now()
            )
            await add(terms, by=by, did="recorded")
        else:
            async with changing(terms, by=by, did="recorded") as terms:
                terms.method, terms.account_number, terms.bank = method, account_number, bank
                terms.recorded_by, terms.recorded_at = by.id, now()
            for line in await ActualLine.objects().where(ActualLine.terms == terms.id):
                await remove(line, by=by, did="struck")
        for id in wanted:
            await add(ActualLine(terms=terms.id, line=id), by=by, did="marked")
    return terms


async def require_fitting(project: Project, method: str, at_cost: int) -> None:
    """A lump sum to the final product bears purchases at actual cost only under both limits of the pinned rules."""
    if method != Method.FULL:
        return
    rules = (await projects.rules_of(project)).lump_sum
    most = min(int(project.approved * rules.actual_cost_most_share), rules.actual_cost_most_amount)
    require(
        at_cost <= most,
        _("Khoán đến sản phẩm cuối cùng chỉ khi phần không khoán tối đa {most}; các mục đã chọn là {sum}.").format(
            most=show(most), sum=show(at_cost)
        ),
    )


async def split(project: Project) -> dict[str, tuple[int, int]]:
    """Stream → (lump sum, at actual cost) of the approved state money, in đồng."""
    found: dict[str, tuple[int, int]] = {}
    for line in await lines(project):
        lump, actual = found.get(line["source"], (0, 0))
        found[line["source"]] = (lump, actual + line["approved"]) if line["actual"] else (lump + line["approved"], actual)
    return found
