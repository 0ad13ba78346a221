"""What kind of box each field of a rule set is typed in, told from the classes in `content`: there is no second list of fields."""

from dataclasses import dataclass, replace
from enum import Enum
from fractions import Fraction
from functools import cache
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from grants.rules.content import Eligibility, PanelRule, Rules
from grants.rules.values import Among, Mark, Part, Term

Json = dict[str, Any]


@dataclass(frozen=True)
class Kind:
    """How a value is typed.

    name: tick, number, money, share, line, long, term, choice (one of `options`), choices (any of them), ordered (some of
    them, one after another), several (a line with commas; `of` is int or str), part (the fields of `of`), rows (items of `of`).
    `among`: the options are the codes of that list of the same rule set.
    """

    name: str
    of: Any = None
    options: tuple[str, ...] = ()
    optional: bool = False
    among: str = ""


@cache
def kind_of(field: FieldInfo) -> Kind:
    return told_from(field.annotation, tuple(field.metadata))


def told_from(annotation: Any, marks: tuple = ()) -> Kind:
    origin = get_origin(annotation)
    if origin is Annotated:
        base, *more = get_args(annotation)
        return told_from(base, (*more, *marks))
    if origin in (Union, UnionType):
        return replace(told_from(get_args(annotation)[0], marks), optional=True)
    mark = next((str(one) for one in marks if isinstance(one, Mark)), "")
    among = next((one.items for one in marks if isinstance(one, Among)), "")
    if origin is tuple:
        return of_items(told_from(get_args(annotation)[0]), mark, among)
    return single(annotation, mark, among)


def of_items(item: Kind, mark: str, among: str) -> Kind:
    """The kind of a list of such items."""
    if item.name == "part":
        return Kind("rows", item.of)
    if among or item.name == "choice":
        return Kind(mark or "choices", options=item.options, among=among)
    return Kind("several", int if item.name == "number" else str)


def single(annotation: Any, mark: str, among: str) -> Kind:
    if get_origin(annotation) is Literal:
        return Kind("choice", options=tuple(str(one) for one in get_args(annotation)))
    if issubclass(annotation, Enum):
        return Kind("choice", options=tuple(one.value for one in annotation))
    if issubclass(annotation, Part):
        return Kind("term" if issubclass(annotation, Term) else "part", annotation)
    if among:
        return Kind("choice", among=among)
    return Kind(mark or {bool: "tick", int: "number", Fraction: "share", str: "line"}[annotation])


def field_at(path: str) -> FieldInfo | None:
    """The field that a section's path leads to; None for a panel, which is an item of its own."""
    first, _dot, below = path.partition(".")
    if first == "panels":
        return None
    return (Eligibility if below else Rules).model_fields[below or first]


def kind_at(path: str) -> Kind:
    """The kind of what a section's path leads to: "call", "rates", "eligibility.bars", "panels.topic"."""
    field = field_at(path)
    return kind_of(field) if field else Kind("part", PanelRule)


def fields_of(part: type[Part], path: str = "") -> dict[str, FieldInfo]:
    """The fields of a part, in their order, but for those that have a section of their own."""
    return {name: field for name, field in part.model_fields.items() if f"{path}.{name}" != "eligibility.bars"}


def default(field: FieldInfo) -> Any:
    """What an older rule set means where it does not know the field, as JSON."""
    value = field.get_default()
    return value.model_dump(mode="json") if isinstance(value, Part) else list(value) if isinstance(value, tuple) else value


def name_in_paths(item: Json, place: int) -> str:
    """What an item is called in paths: as `citations` names it, out of the JSON."""
    if "who" in item:
        return f"{item['who']}_{item['code']}"
    return str(next((item[name] for name in ("code", "number", "seat") if item.get(name)), place))
