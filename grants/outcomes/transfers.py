"""Technology-transfer contracts and the day by which they must be registered."""

from datetime import date

from grants.outcomes.tables import Transfer
from grants.people.people import today
from grants.projects import projects
from grants.projects.tables import Project
from grants.rules import rules
from grants.shell.changes import require
from grants.shell.language import _


async def check(transfer: Transfer, project: Project) -> None:
    """Signed since the project began; registered, if it is, with number and day after the signature."""
    since = project.starts_on
    require(since <= transfer.signed_on <= today(), _("Ngày ký phải từ ngày bắt đầu nhiệm vụ đến hôm nay."), "signed_on")
    registered = transfer.registered_on
    require(bool(transfer.registration_number) == bool(registered), _("Đăng ký chuyển giao cần cả số và ngày cấp."))
    in_order = registered is None or transfer.signed_on <= registered <= today()
    require(in_order, _("Ngày đăng ký phải từ ngày ký đến hôm nay."), "registered_on")
    same = (Transfer.project == project.id) & (Transfer.contract_number == transfer.contract_number)
    others = same & (Transfer.id != transfer.id) if transfer._exists_in_db else same
    require(not await Transfer.exists().where(others), _("Hợp đồng số này đã được ghi cho nhiệm vụ."))


async def registration_due(transfer: Transfer, project: Project) -> date | None:
    """The last day to register the contract (Luật Chuyển giao công nghệ 07/2017 Đ31: 90 days after signing).

    None when it is registered, or when the project's result has its registration certificate.
    """
    if transfer.registered_on or project.result_certificate:
        return None
    term = (await projects.rules_of(project)).limit("transfer_registration")
    return (await rules.calendar()).due(transfer.signed_on, term.value, term.unit)
