"""Pages of the roster: the list, joining, an expert's entry, leaving; and nominations for a call."""

from datetime import date
from decimal import Decimal
from functools import partial
from typing import Literal

from litestar import Request, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.response import Redirect, Template
from piccolo.columns.combination import Combinable
from pydantic import Field, field_validator

from grants.people import organisations, people, profiles
from grants.people.people import titled
from grants.people.tables import Membership, Organisation, Person, Role
from grants.rules import rules
from grants.shell import lists
from grants.shell.changes import require
from grants.shell.database import rows
from grants.shell.forms import Email, Form, MaybeId, MaybeLine, Text, Typed, shown
from grants.shell.language import N_, _, language
from grants.shell.web import Id, page, see, submitted
from review import experts, panels
from review.roster_tables import Expert

STANDING = {
    "active": N_("Đang tham gia"),
    "waiting": N_("Chờ chuyên gia đồng ý"),
    "retired": N_("Đã thôi tham gia"),
}


class OfAssociation(Form):
    association: MaybeId = Field(default=None, validate_default=True)

    @field_validator("association")
    @classmethod
    def is_chosen(cls, association: int | None) -> int:
        if association is None:
            raise ValueError(_("Hãy chọn hội."))
        return association


class NewExpert(OfAssociation):
    email: Email
    full_name: MaybeLine = Field(default="", max_length=120)
    academic_rank: Literal["", "PGS", "GS"] = ""
    degree: Literal["", "TSKH", "TS", "ThS", "CN", "KS", "BS", "CKI", "CKII"] = ""
    position: MaybeLine = Field(default="", max_length=200)
    workplace: MaybeId = None
    field: MaybeLine = ""
    load: int = Field(default=6, ge=1, le=60)


class Entry(OfAssociation):
    load: int = Field(ge=1, le=60)


class Reason(Form):
    reason: Text = Field(max_length=500)


def standing(value: str) -> Combinable | None:
    """Experts who take part, who have not agreed yet, or who left."""
    return {
        "active": Expert.retired_on.is_null() & Expert.consented_at.is_not_null(),
        "waiting": Expert.retired_on.is_null() & Expert.consented_at.is_null(),
        "retired": Expert.retired_on.is_not_null(),
    }.get(value)


def taking_part(retired_on: date | None) -> tuple[str, str]:
    return (_("Đã thôi tham gia"), "neutral") if retired_on else (_("Đang tham gia"), "good")


async def roster() -> lists.Listing:
    """The list of experts, with the fields and associations of today as filters."""
    fields, associations = await rules.fields(), await experts.associations()
    names = dict(fields)

    def in_field(chosen: str) -> Combinable | None:
        found = None
        for code in names:
            if chosen and code.startswith(chosen):
                one = Expert.person.fields.any(code)
                found = one if found is None else found | one
        return found

    def in_words(codes: list[str]) -> str:
        return "; ".join(names.get(code, code).removeprefix(f"{code} ") for code in codes)

    def of_association(chosen: str) -> Combinable | None:
        return Expert.association == int(chosen) if chosen in dict(associations) else None

    return lists.Listing(
        name="chuyen-gia",
        table=Expert,
        columns=[
            lists.Column("name", N_("Họ và tên"), Expert.person.full_name, sort_by=Expert.person.sort_key),
            lists.Column("rank", N_("Học hàm"), Expert.person.academic_rank),
            lists.Column("degree", N_("Học vị"), Expert.person.degree),
            lists.Column("fields", N_("Lĩnh vực"), Expert.person.fields, says=in_words, sortable=False),
            lists.Column("association", N_("Hội"), Expert.association.short_name, sort_by=Expert.association.sort_key),
            lists.Column("load", N_("Tối đa"), Expert.load, "number"),
            lists.Column("consented", N_("Đồng ý từ"), Expert.consented_at, "date"),
            lists.Column("retired", N_("Trạng thái"), Expert.retired_on, "status", says=taking_part),
        ],
        order="name",
        filters=[
            lists.search(Expert.person.folded),
            lists.Filter("field", N_("Lĩnh vực"), in_field, lambda: fields),
            lists.Filter("association", N_("Hội"), of_association, lambda: associations),
            lists.Filter("standing", N_("Tham gia"), standing, lambda: [(key, _(words)) for key, words in STANDING.items()]),
        ],
        href=lambda row: f"/experts/{row['id']}",
        extra=[Expert.id],
    )


async def visible(request: Request, id: int) -> Expert:
    if expert := await experts.visible_to(request.user).where(Expert.id == id).first():
        return expert
    raise NotFoundException


@get("/experts")
async def index(request: Request) -> Response:
    return await (await roster()).answer(
        request, experts.seen_by(request.user), "review/experts/list.html", can_keep=experts.can_keep(request.user)
    )


@get("/experts/new")
async def new() -> Template:
    return await joining(Typed({"load": "6"}))


async def joining(form: Typed, status_code: int = 200) -> Template:
    return page(
        "review/experts/new.html", form=form, status_code=status_code, associations=await experts.associations(),
        workplaces=await organisations.choices(), fields=await rules.fields(),
        ranks=profiles.titles(profiles.RANKS), degrees=profiles.titles(profiles.DEGREES),
    )


@post("/experts")
async def create(request: Request) -> Template | Redirect:
    return await submitted(request, NewExpert, brought, shown=joining, to=lambda expert: f"/experts/{expert.id}", at="email")


async def brought(*, email: str, association: int, load: int, workplace: int | None, field: str, by: Person, **who) -> Expert:
    """Somebody with an account is enrolled; somebody without is invited."""
    there, joined = await people.by_email(email), await organisation(association)
    require(there or who["full_name"], _("Địa chỉ này chưa có tài khoản. Hãy điền họ và tên để mời."))
    if there:
        return await experts.enrol(there, association=joined, load=load, by=by)
    known = {code for code, _words in await rules.fields()}
    return await experts.invite(
        email=email, association=joined, by=by, load=load, workplace=await organisation(workplace) if workplace else None,
        fields=[field] if field in known else [], **who,
    )


@get("/experts/{id:int}")
async def show(request: Request, id: Id) -> Template:
    expert = await visible(request, id)
    person = await people.person(expert.person)
    names = dict(await rules.fields())
    sees_work = experts.can_see_work(request.user)
    association = await Organisation.objects().where(Organisation.id == expert.association).first()
    posts = await Membership.select(Membership.organisation.name, Membership.position).where(
        people.current_posts() & (Membership.person == person.id) & (Membership.role != Role.EXPERT.value)
    ).order_by(Membership.id)
    return page(
        "review/experts/show.html", expert=expert, person=person, name=titled(person), association=association.name,
        fields=[names.get(code, code).removeprefix(f"{code} ") for code in person.fields],
        workplaces=list(dict.fromkeys(post["organisation.name"] for post in posts)),
        work=await experts.workload(person.id) if sees_work else None,
        panels=await panels_of(person.id) if sees_work else [], decimal=spoken,
        can_keep=experts.can_keep(request.user) and not expert.retired_on,
        can_consent=experts.can_consent(request.user, expert), can_see_pay=experts.can_see_pay(request.user, expert),
    )


def spoken(number: Decimal) -> str:
    """"2,5"; in English "2.5"."""
    return f"{number:.1f}".replace(".", "," if language() == "vi" else ".")


async def panels_of(person: int) -> list[list]:
    """The panels an expert was called to, the newest first: name, part, meeting, ballots offered and given."""
    found = await rows(
        """
        SELECT p.id, p.name, s.part, p.meets_at, count(b.id) AS offered,
               count(b.id) FILTER (WHERE b.state = 'given') AS given
        FROM seat s JOIN panel p ON p.id = s.panel LEFT JOIN ballot b ON b.panel = p.id AND b.judge = s.person
        WHERE s.person = $1 GROUP BY p.id, p.name, s.part, p.meets_at ORDER BY p.id DESC LIMIT 30
        """,
        person,
    )
    counted = ("meets_at", "offered", "given")
    return [[(r["name"], f"/panels/{r['id']}"), panels.part_name(r["part"]), *(r[name] for name in counted)] for r in found]


async def organisation(id: int) -> Organisation:
    found = await Organisation.objects().where((Organisation.id == id) & people.visible_organisations()).first()
    require(found, _("Không có tổ chức này."))
    return found


@get("/experts/{id:int}/edition")
async def edit(request: Request, id: Id) -> Template:
    return await editing(request, id)


async def editing(
    request: Request, id: int, form: Typed | None = None, status_code: int = 200, leaving: Typed | None = None
) -> Template:
    expert = await visible(request, id)
    return page(
        "review/experts/edit.html", expert=expert, person=await people.person(expert.person),
        form=form or shown(expert, "association", "load"), leaving=leaving or Typed(),
        associations=await experts.associations(), status_code=status_code,
    )


async def revised(expert: Expert, *, association: int, load: int, by: Person) -> None:
    await experts.revise(expert, association=await organisation(association), load=load, by=by)


@post("/experts/{id:int}/edition")
async def revise(request: Request, id: Id) -> Template | Redirect:
    verb = partial(revised, await visible(request, id))
    return await submitted(request, Entry, verb, shown=partial(editing, request, id), to=f"/experts/{id}", at="association")


@post("/experts/{id:int}/retirement")
async def retire(request: Request, id: Id) -> Template | Redirect:
    verb = partial(experts.retire, await visible(request, id))

    async def again(leaving: Typed, status_code: int) -> Template:
        return await editing(request, id, None, status_code, leaving)

    return await submitted(request, Reason, verb, shown=again, to=f"/experts/{id}", at="reason")


@post("/experts/{id:int}/consent")
async def consent(request: Request, id: Id) -> Redirect:
    await experts.consent(await visible(request, id), by=request.user)
    return see(f"/experts/{id}")


@post("/experts/{id:int}/consent-withdrawal")
async def withdraw_consent(request: Request, id: Id) -> Redirect:
    await experts.withdraw_consent(await visible(request, id), by=request.user)
    return see(f"/experts/{id}")


ROUTES = [
    index, new, create, show, edit, revise, retire, consent, withdraw_consent,
]
