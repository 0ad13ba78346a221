"""The left menu: at most seven entries for a role."""

from dataclasses import dataclass

from grants.people.tables import Person, Role
from grants.shell.language import N_, _

R = Role
DESK = ("/desk", N_("Việc cần làm"))
APPLICATIONS = ("/proposals", N_("Hồ sơ"))
CALLS = ("/calls", N_("Thông báo tuyển chọn"))
PANELS = ("/panels", N_("Hội đồng"))
PROJECTS = ("/projects", N_("Nhiệm vụ"))
BUDGET = ("/budget", N_("Ngân sách"))
OVERVIEW = ("/overview", N_("Tổng quan"))
BALLOTS = ("/ballots", N_("Phiếu của tôi"))
EXPERTS = ("/experts", N_("Chuyên gia"))
PAYMENTS = ("/payments", N_("Tạm ứng, thanh toán"))
RESULTS = ("/outcomes", N_("Kết quả"))
EVENTS = ("/events", N_("Nhật ký"))
PEOPLE = ("/people", N_("Người dùng"))
RULES = ("/rules", N_("Bộ quy tắc"))
ESTIMATES = ("/estimates", N_("Dự toán năm"))

ENTRIES: dict[Role, list[tuple[str, str]]] = {
    R.OFFICER: [DESK, CALLS, APPLICATIONS, PANELS, PROJECTS, ESTIMATES, RESULTS],
    R.FINANCE: [DESK, BUDGET, ESTIMATES, PAYMENTS, PROJECTS, APPLICATIONS, CALLS],
    R.TREASURER: [DESK, PAYMENTS, PROJECTS],
    R.LEADER: [DESK, OVERVIEW, APPLICATIONS, PROJECTS, BUDGET, ESTIMATES, RESULTS],
    R.ASSOCIATION: [DESK, EXPERTS, PANELS, CALLS],
    R.EXPERT: [DESK, BALLOTS, PANELS],
    R.SIGNATORY: [DESK, APPLICATIONS, PROJECTS, CALLS],
    R.RESEARCHER: [DESK, APPLICATIONS, PROJECTS, CALLS, RESULTS],
    R.AUDITOR: [DESK, EVENTS, BUDGET, APPLICATIONS, PROJECTS, PANELS, RULES],
    R.ADMIN: [DESK, PEOPLE, RULES, EVENTS],
}

EVERYBODY = [
    ("/open/calls", N_("Thông báo tuyển chọn")),
    ("/open/projects", N_("Nhiệm vụ")),
    ("/open/results", N_("Kết quả")),
    ("/help", N_("Trợ giúp")),
]


@dataclass(frozen=True)
class Place:
    label: str
    href: str
    current: bool


def menu(person: Person | None, path: str) -> list[Place]:
    """The entries for the person's roles, or for everybody, the one that holds this page marked."""
    roles = [role for role in ENTRIES if any(post.role == role for post in person.posts)] if person else []
    entries = dict.fromkeys(entry for role in roles for entry in ENTRIES[role])
    entries = entries or dict.fromkeys([DESK, APPLICATIONS, CALLS] if person else EVERYBODY)
    here = max((href for href, _label in entries if path == href or path.startswith(f"{href}/")), key=len, default="")
    return [Place(_(label), href, href == here) for href, label in list(entries)[:7]]
