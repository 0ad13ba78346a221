"""Rule sets to read, each value with its source; copied to a new period and edited while nothing rests on them."""

import re
from functools import partial
from typing import Annotated

from litestar import Request, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.response import Redirect, Template
from piccolo.querystring import QueryString
from pydantic import AfterValidator, Field

from grants.rules import rule_sets
from grants.rules.content import rules_of
from grants.rules.overview import describe
from grants.rules.tables import RuleSet
from grants.rules.words import cited
from grants.shell.changes import now
from grants.shell.dates import local
from grants.shell.forms import Day, Form, Line, Typed
from grants.shell.language import N_, _, either
from grants.shell.lists import Column, Listing, search
from grants.shell.searches import containing_unfolded
from grants.shell.web import Id, page, submitted

PINNED = "(SELECT count(*) FROM call WHERE call.rule_set = rule_set.id)"
LIST = Listing(
    "bo-quy-tac", RuleSet,
    [
        Column("name", N_("Bộ quy tắc"), RuleSet.name, english=RuleSet.name_en),
        Column("code", N_("Mã"), RuleSet.code, "code"),
        Column("valid_from", N_("Có hiệu lực từ"), RuleSet.valid_from, "date"),
        Column("valid_to", N_("Đến"), RuleSet.valid_to, "date"),
        Column("calls", N_("Thông báo đang dùng"), QueryString(PINNED), "number", sortable=False),
    ],
    order="-valid_from", href=lambda row: f"/rules/{row['id']}", extra=[RuleSet.id],
    filters=[search((RuleSet.code, RuleSet.name, RuleSet.name_en), containing_unfolded)],
)


async def visible(id: int) -> RuleSet:
    """Rules are no secret: whoever is signed in may read all of them."""
    if found := await RuleSet.objects().where(RuleSet.id == id).first():
        return found
    raise NotFoundException


@get("/rules")
async def rule_list(request: Request) -> Response:
    return await LIST.answer(request, RuleSet.id > 0, "rules/list.html")


@get("/rules/{id:int}")
async def one(request: Request, id: Id) -> Template:
    found = await visible(id)
    sections = [
        (section, [
            [row.label, row.value, cited(row.source), (_("chưa kiểm chứng"), "warn") if row.source.unverified else ""]
            for row in section.rows
        ])
        for section in describe(rules_of(found.content))
    ]
    unverified = sum(line[3] != "" for _section, lines in sections for line in lines)
    pinned = await rule_sets.pins(found)
    return page(
        "rules/show.html", rule_set=found, sections=sections, unverified=unverified, pinned=pinned, either=either,
        may_keep=rule_sets.can_keep(request.user), status=status(found), opened=request.query_params.get("open"),
    )


def status(rule_set: RuleSet) -> tuple[str, str]:
    today = local(now()).date()
    if rule_set.valid_from > today:
        return _("Chưa đến ngày có hiệu lực"), "progress"
    if rule_set.valid_to is None or rule_set.valid_to >= today:
        return _("Đang có hiệu lực"), "good"
    return _("Hết hiệu lực"), "neutral"


def rule_code(typed: str) -> str:
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]*", typed):
        raise ValueError(_("Mã chỉ gồm chữ thường không dấu, chữ số và gạch nối."))
    return typed


class Copy(Form):
    code: Annotated[Line, Field(max_length=40), AfterValidator(rule_code)]
    name: Annotated[Line, Field(max_length=200)]
    name_en: Annotated[Line, Field(max_length=200)]
    basis: Annotated[Line, Field(max_length=500)]
    since: Day


@get("/rules/{id:int}/copy")
async def copy_form(id: Id) -> Template:
    found = await visible(id)
    return await copying(id, Typed({"name": found.name, "name_en": found.name_en}))


async def copying(id: int, form: Typed, status_code: int = 200) -> Template:
    return page("rules/copy.html", rule_set=await visible(id), form=form, status_code=status_code, either=either)


@post("/rules/{id:int}/copy")
async def copy(request: Request, id: Id) -> Template | Redirect:
    verb = partial(rule_sets.copy, await visible(id))
    return await submitted(request, Copy, verb, shown=partial(copying, id), to=lambda made: f"/rules/{made.id}", at="since")


ROUTES = [rule_list, one, copy_form, copy]
