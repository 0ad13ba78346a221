"""Writing a rule set, one section a page, in forms made out of its own classes; and in what it differs from the one before."""

import json

from litestar import Request, get, post
from litestar.exceptions import NotFoundException
from litestar.response import Redirect, Template
from pydantic import model_validator

from grants.rules import boxes, editing, rule_sets
from grants.rules.content import rules_of
from grants.rules.differences import differences, path_in_words, source_differences
from grants.rules.kinds import kind_of
from grants.rules.rule_pages import visible
from grants.rules.sections import BY_KEY, SECTIONS, Section
from grants.rules.values import Source
from grants.shell.forms import Form, Typed, posted
from grants.shell.language import _, either
from grants.shell.web import Id, Token, page, submitted


class Boxes(Form):
    """The boxes of a section, whichever it has, and the version of it that they were typed over."""

    boxes: dict[str, str]
    seen: str = ""

    @model_validator(mode="before")
    @classmethod
    def gathered(cls, given: dict) -> dict:
        """Texts alone, whatever else somebody may send."""
        boxes = {name: value for name, value in given.items() if isinstance(value, str)}
        return {"boxes": boxes, "seen": boxes.get("seen", "")}


def section_of(key: str) -> Section:
    if key in BY_KEY:
        return BY_KEY[key]
    raise NotFoundException


@get("/rules/{id:int}/sections/{key:str}")
async def section_form(id: Id, key: Token) -> Template:
    found, section = await visible(id), section_of(key)
    await rule_sets.still_open(found)
    return await sheet(id, section, Typed(editing.prefilled(json.loads(found.content), section)))


async def sheet(id: int, section: Section, form: Typed, status_code: int = 200) -> Template:
    """The section's form; beside each value its source, and what the set before says where that is something else."""
    found = await visible(id)
    earlier, content = await rule_sets.before(found), json.loads(found.content)
    stand, seen = editing.stand(content, section), form.values.get("seen")
    clash = status_code != 200 and seen != stand
    laid = boxes.Sheet(content, section, form.values, form.errors, earlier and json.loads(earlier.content), clash)
    at, rules = SECTIONS.index(section), rules_of(content)
    return page(
        "rules/section.html", rule_set=found, section=section, form=form, sheet=laid.laid_out(), stand=stand, clash=clash, either=either,
        wider=[(laid.beside(f"wider.{n}"), path_in_words(rules, key)) for n, key in enumerate(editing.wider(content, section))],
        tags=boxes.kind_options(kind_of(Source.model_fields["tag"])), earlier=SECTIONS[at - 1] if at else None,
        later=SECTIONS[at + 1] if at + 1 < len(SECTIONS) else None, back=address(id, section), status_code=status_code,
    )


def address(id: int, section: Section) -> str:
    """Where the section is read."""
    return f"/rules/{id}?open={section.key}#section-{section.key}"


@post("/rules/{id:int}/sections/{key:str}")
async def revise(request: Request, id: Id, key: Token) -> Template | Redirect:
    """Save the section; or, when it is a list's button that was pressed, give the form back with one more row."""
    found, section = await visible(id), section_of(key)
    typed = await posted(request)
    if (lengthened := typed.get("go") or "save") != "save":
        return await sheet(id, section, Typed(typed | boxes.new_row(typed, lengthened)))

    async def write(*, by, boxes: dict[str, str], seen: str) -> None:
        await rule_sets.revise(found, section, boxes, seen=seen, by=by)

    async def again(typed: Typed, status_code: int) -> Template:
        return await sheet(id, section, Typed(typed.values.get("boxes", typed.values), typed.errors), status_code)

    return await submitted(request, Boxes, write, shown=again, to=address(id, section))


@get("/rules/{id:int}/differences")
async def compared(id: Id) -> Template:
    """In what the rule set differs from the one in force until it, for whoever checks it."""
    found = await visible(id)
    earlier = await rule_sets.before(found)
    old, new = rules_of((earlier or found).content), rules_of(found.content)
    values = [
        [one.where, one.before, one.after, (_("căn cứ giữ nguyên"), "warn") if one.same_source else ""]
        for one in differences(old, new)
    ]
    sources = [[one.where, one.before, one.after] for one in source_differences(old, new)]
    return page("rules/differences.html", rule_set=found, earlier=earlier, values=values, sources=sources, either=either)


ROUTES = [section_form, revise, compared]
