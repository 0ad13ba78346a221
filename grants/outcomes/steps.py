"""What comes next with an output, a right or a transfer: verified by the office, put right by the team, or done."""

from grants.outcomes.tables import Output, Right, Transfer
from grants.people.people import person, titled
from grants.projects import projects
from grants.projects.tables import Project
from grants.rules.steps import Step
from grants.shell.language import _


async def next_step(row: Output | Right | Transfer, project: Project) -> Step:
    """Who enters never verifies; what was asked to be put right waits for who entered it."""
    if row.verified_at:
        return Step("", _("Kết quả đã được xác nhận và công khai"))
    if row.remark:
        return Step(titled(await person(row.entered_by)), _("Sửa kết quả theo ý kiến rồi gửi lại"))
    after = _("Xác nhận thì kết quả được công khai; cần sửa thì người ghi được báo bằng thư.")
    return Step(titled(await projects.officer_of(project)), _("Xem và xác nhận kết quả"), after=after)
