"""The left menu: at most seven entries for a role; the one that is open shows what lies under it."""

from dataclasses import dataclass, field
from functools import cache

from grants.people.tables import Person, Role
from grants.shell.language import N_, _, language

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

ALLOCATIONS = ("/allocations", N_("Phân bổ kinh phí"))
RESERVATIONS = ("/reservations", N_("Giữ chỗ kinh phí"))
AWARDS = ("/awards", N_("Phê duyệt nhiệm vụ"))
APPRAISALS = ("/appraisals", N_("Thẩm định kinh phí"))
TOPICS = ("/topics", N_("Danh mục đề xuất"))
ENTRIES_OF_LEDGER = ("/budget/entries", N_("Sổ cái"))
FEES = ("/fees", N_("Thù lao hội đồng và nhận xét"))
OPINIONS = ("/opinions", N_("Ý kiến liên hiệp hội"))
PAY_LISTS = ("/pay-lists", N_("Danh sách chi thù lao"))

ENTRIES: dict[Role, list[tuple[str, str]]] = {
    R.OFFICER: [DESK, CALLS, APPLICATIONS, PANELS, PROJECTS, ESTIMATES, RESULTS],
    R.FINANCE: [DESK, BUDGET, ALLOCATIONS, ESTIMATES, PAYMENTS, PROJECTS, APPLICATIONS],
    R.TREASURER: [DESK, PAYMENTS, PROJECTS],
    R.LEADER: [DESK, OVERVIEW, AWARDS, APPLICATIONS, PROJECTS, BUDGET, ESTIMATES],
    R.ASSOCIATION: [DESK, EXPERTS, PANELS, OPINIONS, CALLS],
    R.EXPERT: [DESK, BALLOTS, PANELS],
    R.SIGNATORY: [DESK, APPLICATIONS, PROJECTS, CALLS],
    R.RESEARCHER: [DESK, APPLICATIONS, PROJECTS, CALLS, RESULTS],
    R.AUDITOR: [DESK, EVENTS, BUDGET, APPLICATIONS, PROJECTS, PANELS, RULES],
    R.ADMIN: [DESK, PEOPLE, RULES, EVENTS],
}

# What lies under an entry, shown while one is there: the page and, where not all who see the entry may open it, its roles.
OFFICES = (R.OFFICER, R.FINANCE, R.LEADER, R.AUDITOR)
UNDER: dict[str, list[tuple[tuple[str, str], tuple[Role, ...]]]] = {
    "/calls": [(TOPICS, ()), (ALLOCATIONS, OFFICES)],
    "/proposals": [(APPRAISALS, OFFICES), (AWARDS, OFFICES)],
    "/budget": [(ALLOCATIONS, OFFICES), (RESERVATIONS, OFFICES), (AWARDS, OFFICES), (ENTRIES_OF_LEDGER, OFFICES)],
    "/overview": [(RESULTS, ())],
    "/panels": [(OPINIONS, (R.OFFICER, R.AUDITOR)), (FEES, (R.OFFICER, R.AUDITOR)), (PAY_LISTS, (R.OFFICER, R.AUDITOR))],
    "/ballots": [(OPINIONS, (R.EXPERT,)), (FEES, (R.EXPERT,))],
    "/payments": [(FEES, (R.FINANCE, R.TREASURER)), (PAY_LISTS, (R.FINANCE, R.TREASURER))],
}

EVERYBODY = [
    ("/open/calls", N_("Thông báo tuyển chọn")),
    ("/open/projects", N_("Nhiệm vụ")),
    ("/open/results", N_("Kết quả")),
    ("/help", N_("Trợ giúp")),
]


@dataclass(frozen=True)
class Place:
    """An entry of the menu; `under`: what lies under it, while it or one of those is open."""

    label: str
    href: str
    current: bool
    under: list["Place"] = field(default_factory=list)


def menu(person: Person | None, path: str) -> list[Place]:
    """The entries for the person's roles, or for everybody, the one that holds this page marked."""
    roles = None if person is None else tuple(role for role in ENTRIES if any(post.role == role for post in person.posts))
    entries, lower = laid_out(roles)
    return said(roles, holding(path, [*entries, *(entry for them in lower.values() for entry in them)]), language())


@cache
def laid_out(roles: tuple[Role, ...] | None) -> tuple[list[tuple[str, str]], dict[str, list[tuple[str, str]]]]:
    """The entries for these roles (None: for everybody), and by address what lies under each."""
    entries = dict.fromkeys(entry for role in roles or () for entry in ENTRIES[role])
    entries = list(entries or dict.fromkeys(EVERYBODY if roles is None else [DESK, APPLICATIONS, CALLS]))[:7]
    return entries, {href: lying_under(href, roles or (), entries) for href, _label in entries}


@cache
def said(roles: tuple[Role, ...] | None, here: str, _language: str) -> list[Place]:
    """The entries in the reader's language, the one at `here` marked and open."""
    entries, lower = laid_out(roles)
    return [
        Place(_(label), href, href == here, shown_under(lower[href], here) if here in {href, *dict(lower[href])} else [])
        for href, label in entries
    ]


def lying_under(href: str, roles: tuple[Role, ...], entries: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """What lies under an entry for these roles, without what has an entry of its own or lies under an earlier one."""
    earlier = [one for one, _label in entries[:[each for each, _l in entries].index(href)]]
    taken = {*entries, *(entry for one in earlier for entry, _roles in UNDER.get(one, ()))}
    return [entry for entry, may in UNDER.get(href, ()) if entry not in taken and (not may or set(may) & set(roles))]


def holding(path: str, entries: list[tuple[str, str]]) -> str:
    """The entry that a page belongs to: the longest of those that its address begins with."""
    return max((href for href, _label in entries if path == href or path.startswith(f"{href}/")), key=len, default="")


def shown_under(entries: list[tuple[str, str]], here: str) -> list[Place]:
    return [Place(_(label), href, href == here) for href, label in entries]
