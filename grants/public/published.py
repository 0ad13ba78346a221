"""What everybody may read: the only queries of the public pages, each naming the columns that it lets out."""

from datetime import date
from urllib.parse import quote

from piccolo.columns import BigInt, Date, Text, Varchar
from piccolo.columns.combination import Combinable
from piccolo.table import Table

from grants.calls import calls
from grants.calls.tables import AskedDocument, Call, Funding
from grants.outcomes.tables import Output, Right, Transfer
from grants.outcomes.words import MODES, RIGHTS, SORTS
from grants.projects import projects
from grants.projects.tables import Project, Slice
from grants.proposals.drafts import FORMS
from grants.shell.changes import now
from grants.shell.database import rows
from grants.shell.language import N_, _
from grants.shell.lists import Column, Filter, Listing, chosen, search, year
from grants.shell.searches import WORDS, as_typed, patterns
from grants.shell.tables import belongs_to

FOUND_AT_MOST = 10


def call_path(code: str) -> str:
    return f"/open/calls/{quote(code, safe='')}"


def project_path(code: str) -> str:
    return f"/open/projects/{quote(code, safe='')}"


# --- lists -----------------------------------------------------------------------------------------------------------

def call_columns() -> list:
    return [
        Call.id, Call.code, Call.year, Call.title, Call.title_en, Call.summary, Call.summary_en, Call.scheme, Call.opens_at,
        Call.deadline, Call.state, Call.money, Call.ceiling, Call.most_months, Call.places, Call.rule_set,
    ]


def receiving() -> Combinable:
    """Calls that take applications now."""
    return (Call.state == Call.State.PUBLISHED) & (Call.opens_at <= now()) & (Call.deadline >= now())


def by_time(value: str) -> Combinable | None:
    return {"open": receiving(), "coming": Call.opens_at > now(), "past": Call.deadline < now()}.get(value)


CALLS = Listing(
    "thong-bao", Call,
    [
        Column("title", N_("Thông báo"), Call.title, english=Call.title_en),
        Column("code", N_("Mã số"), Call.code, "code"),
        Column("opens_at", N_("Nhận hồ sơ từ"), Call.opens_at, "date"),
        Column("deadline", N_("Hạn nộp"), Call.deadline, "time"),
        Column("money", N_("Kinh phí"), Call.money, "money", total=True),
    ],
    order="-deadline",
    filters=[
        search(Call.folded),
        Filter("time", N_("Thời gian"), by_time, lambda: [
            ("open", _("Đang nhận hồ sơ")), ("coming", _("Sắp nhận hồ sơ")), ("past", _("Đã hết hạn"))
        ]),
        year("year", N_("Năm"), Call.year),
    ],
    href=lambda row: call_path(row["code"]),
)

PROJECTS = Listing(
    "nhiem-vu", Project,
    [
        Column("title", N_("Nhiệm vụ"), Project.title, english=Project.title_en),
        Column("code", N_("Mã số"), Project.code, "code"),
        Column("organisation", N_("Tổ chức chủ trì"), Project.lead_organisation.name, english=Project.lead_organisation.name_en,
               sort_by=Project.lead_organisation.sort_key),
        Column("year", N_("Năm tuyển chọn"), Project.proposal.call.year, "number"),
        Column("approved", N_("Kinh phí nhà nước"), Project.approved, "money", total=True),
        Column("state", N_("Tình trạng"), Project.state, "status", says=projects.status),
    ],
    order="-code",
    filters=[
        search(Project.folded),
        chosen("state", N_("Tình trạng"), Project.state, lambda: [(s.value, projects.label(s)) for s in Project.State]),
        year("year", N_("Năm tuyển chọn"), Project.proposal.call.year),
    ],
    href=lambda row: project_path(row["code"]),
)


def of_project(table) -> list[Column]:
    return [
        Column("project", N_("Nhiệm vụ"), table.project.title, english=table.project.title_en),
        Column("organisation", N_("Tổ chức chủ trì"), table.project.lead_organisation.name,
               english=table.project.lead_organisation.name_en, sort_by=table.project.lead_organisation.sort_key),
    ]


def to_project(row: dict) -> str:
    return project_path(row["project.code"])


OUTPUTS = Listing(
    "san-pham", Output,
    [
        Column("title", N_("Sản phẩm"), Output.title),
        Column("form", N_("Dạng"), Output.form, says=lambda form: _(FORMS[form])),
        *of_project(Output),
        Column("produced_on", N_("Ngày có"), Output.produced_on, "date"),
    ],
    order="-produced_on",
    filters=[
        search(Output.folded),
        chosen("form", N_("Dạng"), Output.form, lambda: [(form.value, _(words)) for form, words in FORMS.items()]),
    ],
    href=to_project, extra=[Output.project.code],
)
RIGHTS_GRANTED = Listing(
    "quyen-so-huu-tri-tue", Right,
    [
        Column("title", N_("Đối tượng"), Right.title),
        Column("kind", N_("Loại quyền"), Right.kind, says=lambda kind: _(RIGHTS[kind])),
        Column("number", N_("Số đơn hoặc số văn bằng"), Right.number, "code"),
        *of_project(Right),
        Column("filed_on", N_("Ngày nộp đơn"), Right.filed_on, "date"),
        Column("granted_on", N_("Ngày cấp"), Right.granted_on, "date"),
    ],
    order="-filed_on",
    filters=[
        search(Right.folded),
        chosen("kind", N_("Loại quyền"), Right.kind, lambda: [(kind.value, _(words)) for kind, words in RIGHTS.items()]),
    ],
    href=to_project, extra=[Right.project.code],
)
TRANSFERS = Listing(
    "chuyen-giao", Transfer,
    [
        Column("title", N_("Công nghệ"), Transfer.title),
        Column("mode", N_("Hình thức"), Transfer.mode, says=lambda mode: _(MODES[mode])),
        Column("territory", N_("Phạm vi lãnh thổ"), Transfer.territory),
        *of_project(Transfer),
        Column("signed_on", N_("Ngày ký"), Transfer.signed_on, "date"),
    ],
    order="-signed_on", filters=[search(Transfer.folded)], href=to_project, extra=[Transfer.project.code],
)


class Result(Table, tablename="verified_result"):
    """A view (migrations/views.sql): verified outputs, rights and transfers in one list, by the day made, filed or signed."""

    id = BigInt(primary_key=True)
    sort = Varchar(9)
    project = belongs_to(Project)
    title = Varchar(300)
    kind = Varchar(20)
    day = Date()
    folded = Text()




def in_year(typed: str) -> Combinable | None:
    if not (typed.isascii() and typed.isdigit() and len(typed) == 4 and typed >= "1900"):
        return None
    return (Result.day >= date(int(typed), 1, 1)) & (Result.day <= date(int(typed), 12, 31))


EVERYTHING = Listing(
    "ket-qua", Result,
    [
        Column("title", N_("Kết quả"), Result.title),
        Column("kind", N_("Loại kết quả"), Result.sort, says=lambda sort: _(SORTS[sort])),
        *of_project(Result),
        Column("day", N_("Ngày có, nộp đơn hoặc ký"), Result.day, "date"),
    ],
    order="-day",
    filters=[
        search(Result.folded),
        chosen("kind", N_("Loại kết quả"), Result.sort, lambda: [(sort, _(words)) for sort, words in SORTS.items()]),
        Filter("year", N_("Năm"), in_year),
    ],
    href=to_project, extra=[Result.project.code],
)
RESULTS = {"outputs": OUTPUTS, "rights": RIGHTS_GRANTED, "transfers": TRANSFERS}


def verified(table) -> Combinable:
    """Results are public once somebody other than who entered them has verified them."""
    return table.verified_at.is_not_null()


# --- one thing -------------------------------------------------------------------------------------------------------

async def call(code: str) -> dict | None:
    """A published call by its code."""
    return await Call.select(*call_columns()).where(calls.is_public() & (Call.code == code)).first()


async def sources(call: int) -> list[Funding]:
    """What a call has of each source, and the most that one application may ask of it."""
    return await Funding.objects().where((Funding.call == call) & (Funding.money > 0)).order_by(Funding.id)


async def documents(call: int) -> list[dict]:
    """The papers that a call asks for."""
    asked = AskedDocument
    return await asked.select(asked.name, asked.name_en, asked.form_code, asked.required).where(asked.call == call).order_by(asked.id)


async def project(code: str) -> dict | None:
    """A funded project by its code, with its decision; no person's name."""
    found = await rows(
        """
        SELECT p.id, p.code, p.title, p.title_en, p.summary, a.summary_en, p.approved, p.state, p.starts_on, p.ends_on,
               p.agreement_number, p.agreed_on, p.grade, p.graded_on, p.result_certificate, o.name AS organisation,
               o.name_en AS organisation_en, c.code AS call_code, c.title AS call_title, c.title_en AS call_title_en,
               w.decision_number, w.decided_on
        FROM project p JOIN proposal a ON a.id = p.proposal JOIN call c ON c.id = a.call
        JOIN organisation o ON o.id = p.lead_organisation LEFT JOIN award w ON w.proposal = a.id
        WHERE p.code = $1
        """,
        code,
    )
    return found[0] if found else None


async def money_of(project: int) -> list[dict]:
    """A project's approved money by year and source, in đồng."""
    return await Slice.select(Slice.year, Slice.source, Slice.approved).where(Slice.project == project).order_by(Slice.year).order_by(
        Slice.source)


async def results_of(project: int) -> list[dict]:
    """A project's verified results: sort, title, kind, day."""
    return await rows(
        """
        SELECT 'outputs' AS sort, title, form AS kind, produced_on AS day FROM output WHERE project = $1 AND verified_at IS NOT NULL
        UNION ALL SELECT 'rights', title, kind, filed_on FROM "right" WHERE project = $1 AND verified_at IS NOT NULL
        UNION ALL SELECT 'transfers', title, mode, signed_on FROM transfer WHERE project = $1 AND verified_at IS NOT NULL
        ORDER BY 4, 2
        """,
        project,
    )


# --- front page and search -------------------------------------------------------------------------------------------

async def open_calls() -> list[dict]:
    """Calls that take applications now, the nearest deadline first."""
    return await Call.select(*call_columns()).where(receiving()).order_by(Call.deadline).limit(FOUND_AT_MOST)


async def funded_lately() -> list[dict]:
    """The five projects funded last, with their decision."""
    return await rows(
        """
        SELECT p.code, p.title, p.title_en, p.approved, o.name AS organisation, o.name_en AS organisation_en, w.decided_on
        FROM award w JOIN project p ON p.proposal = w.proposal JOIN organisation o ON o.id = p.lead_organisation
        ORDER BY w.decided_on DESC, w.id DESC LIMIT 5
        """
    )


async def figures() -> dict:
    """Projects and state money (đồng) so far, projects that run, organisations that lead, verified results, the last seal."""
    found = await rows(
        """
        SELECT p.*, o.outputs, r.rights, t.transfers, s.at AS sealed_at, s.hash AS seal
        FROM (SELECT count(*) AS projects, coalesce(sum(approved), 0)::bigint AS money, count(DISTINCT lead_organisation) AS leads,
                     count(*) FILTER (WHERE state IN ('awarded', 'running', 'suspended')) AS running FROM project) p,
             (SELECT count(*) AS outputs FROM output WHERE verified_at IS NOT NULL) o,
             (SELECT count(*) AS rights FROM "right" WHERE verified_at IS NOT NULL) r,
             (SELECT count(*) AS transfers FROM transfer WHERE verified_at IS NOT NULL) t
             LEFT JOIN (SELECT at, hash FROM seal ORDER BY id DESC LIMIT 1) s ON true
        """
    )
    return found[0]


SEARCH = """
    (SELECT 'calls' AS sort, t.code, t.title, t.title_en, t.deadline, NULL::bigint AS approved, NULL AS about FROM call t
     WHERE {every_word} AND t.state IN ('published', 'closed') ORDER BY {amiss}, t.id DESC LIMIT {most})
    UNION ALL
    (SELECT 'projects', t.code, t.title, t.title_en, NULL, t.approved, o.name FROM project t
     JOIN organisation o ON o.id = t.lead_organisation WHERE {every_word} ORDER BY {amiss}, t.id DESC LIMIT {most})
"""
SEARCH_RESULTS = """
    UNION ALL
    (SELECT '{sort}', p.code, t.title, NULL, NULL, NULL, p.title FROM "{table}" t JOIN project p ON p.id = t.project
     WHERE {every_word} AND t.verified_at IS NOT NULL ORDER BY {amiss}, t.id DESC LIMIT {most})
"""


async def search_for(typed: str) -> dict[str, list[dict]]:
    """What a search without accents finds of calls, projects and verified results, ten of each at most, in one statement.

    First those whose title has the words just as typed: who looks for «voi» means elephants before lime («vôi»).
    Each: code (of the call or project), title, title_en, deadline, approved (đồng), about (organisation or project).
    """
    found = {"calls": [], "projects": []} | {sort: [] for sort in RESULTS}
    wanted = patterns(typed)
    if not wanted:
        return found
    every_word = " AND ".join(f"t.folded LIKE ${n}" for n in range(1, len(wanted) + 1))
    words, title = as_typed(typed), WORDS.format("t.title")
    amiss = " + ".join(f"(strpos({title}, ${n}) = 0)::int" for n in range(len(wanted) + 1, len(wanted) + len(words) + 1))
    parts = [SEARCH.format(every_word=every_word, amiss=amiss, most=FOUND_AT_MOST)]
    for sort, listing in RESULTS.items():
        table = listing.table._meta.tablename
        parts.append(SEARCH_RESULTS.format(sort=sort, table=table, every_word=every_word, amiss=amiss, most=FOUND_AT_MOST))
    for row in await rows("".join(parts), *wanted, *words):
        found[row["sort"]].append(row)
    return found
