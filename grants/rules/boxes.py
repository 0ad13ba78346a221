"""The form of a section laid out: boxes in groups and rows, what each is called, and what other versions say there."""

from dataclasses import dataclass, field

from pydantic.fields import FieldInfo

from grants.rules.editing import found
from grants.rules.kinds import Json, Kind, field_at, fields_of, kind_at, kind_of, name_in_paths
from grants.rules.sections import Section
from grants.rules.sheets import row_places, written
from grants.rules.values import Part
from grants.rules.words import CALLED, called, title
from grants.shell import money
from grants.shell.language import _, either, language

SHORT = 3  # an item of so few boxes needs no folding
BRIEF = ("form", "amount", "share", "most", "total", "term", "years", "effect", "panels", "within")


@dataclass(frozen=True)
class Box:
    """One value. `notes`: what it was in the set before, or is in a version saved meanwhile; `readonly`: a code that verbs know."""

    name: str
    label: str
    kind: str
    required: bool = True
    options: tuple[tuple[str, str], ...] = ()
    notes: str = ""
    readonly: bool = False


@dataclass(frozen=True)
class Beside:
    """The source beside a value: its box, and whether it stands open because something in it is wrong."""

    name: str
    open: bool = False


@dataclass(frozen=True)
class Group:
    """Values that belong together under one label, with the source beside them where they have one of their own.

    `root`: the section itself, or one of the parts it is made of; `quiet`: the page's title says the label already.
    """

    name: str
    label: str
    items: tuple
    source: Beside | None = None
    root: bool = False
    quiet: bool = False
    kind: str = "group"


@dataclass(frozen=True)
class Row(Group):
    """An item of a list: folded under its title, open where it is new or something is wrong in it; a short one is a line."""

    brief: str = ""
    open: bool = False
    folded: bool = True
    kind: str = "row"


@dataclass(frozen=True)
class Rows:
    name: str
    label: str
    rows: tuple[Row, ...]
    source: Beside | None = None
    hint: str = ""
    root: bool = False
    quiet: bool = False
    kind: str = "rows"

    @property
    def next(self) -> str:
        """The box of the row that would be added."""
        return f"{self.name}.{int(self.rows[-1].name.rpartition('.')[2]) + 1 if self.rows else 0}"


@dataclass
class Sheet:
    """What is laid out: the typed boxes of a section of a rule set, beside the one before it and, after a clash, the one saved."""

    content: Json
    section: Section
    typed: dict[str, str]
    errors: dict[str, str]
    before: Json | None = None
    clash: bool = False
    others: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def laid_out(self) -> list:
        versions = [(_("Bộ trước: {value}."), self.before)] if self.before else []
        versions += [(_("Bản vừa lưu: {value}."), self.content)] if self.clash else []
        for words, content in versions:
            boxes = {}
            for path in self.section.paths:
                boxes |= written(kind_at(path), path, found(content, path), row=name_in_paths)
            self.others.append((words, boxes))
        return [self.part_at(path) for path in self.section.paths]

    def part_at(self, path: str) -> Group | Rows | Box:
        of, kind = field_at(path), kind_at(path)
        label = title(of) if of else self.section.title
        if kind.name == "part":
            items, quiet = self.fields(kind.of, path, path, cited=True), label == self.section.title
            return Group(path, label, items, self.beside(path), root=True, quiet=quiet)
        return self.laid(kind, path, path, label, hint=hint_of(of), cited=True)

    def fields(self, part: type[Part], name: str, path: str, *, cited: bool = False) -> tuple:
        return tuple(
            self.laid(kind_of(of), f"{name}.{one}", f"{path}.{one}", title(of), hint=hint_of(of), cited=cited)
            for one, of in fields_of(part, name).items()
        )

    def laid(self, kind: Kind, name: str, path: str, label: str, *, hint: str = "", cited: bool = False):
        """`name`: the box; `path`: the same by the items' names, which is how other versions know it."""
        source = self.beside(name) if cited else None
        if kind.name == "rows":
            items = name in self.section.paths  # then each has a source of its own
            rows = tuple(self.row(kind.of, f"{name}.{at}", path, cited=items) for at in row_places(self.typed, name))
            return Rows(name, label, rows, source, hint, root=items, quiet=label == self.section.title)
        if kind.name == "part":
            return Group(name, label, self.fields(kind.of, name, path), source)
        notes = " ".join(filter(None, (hint, *self.notes(kind, name, path))))
        fixed = kind.name == "line" and name.endswith((".code", ".trigger")) and self.typed.get(f"{name.rpartition('.')[0]}.was")
        box = Box(name, label, kind.name, not kind.optional, self.options(kind), notes, bool(fixed))
        return Group(name, "", (box,), source, kind="cited") if cited else box

    def row(self, part: type[Part], name: str, path: str, *, cited: bool) -> Row:
        was = self.typed.get(f"{name}.was", "")
        items = self.fields(part, name, f"{path}.{was}")
        label = self.row_title(name) or _("Dòng mới")
        opened, folded = not was or self.is_wrong(name), cited or len(part.model_fields) > SHORT
        return Row(name, label, items, self.beside(name) if cited else None, brief=self.brief(items), open=opened, folded=folded)

    def beside(self, name: str) -> Beside:
        return Beside(name, self.is_wrong(f"{name}.source"))

    def is_wrong(self, name: str) -> bool:
        return any(box == name or box.startswith(f"{name}.") for box in self.errors)

    def row_title(self, name: str) -> str:
        """What a row is called, out of what is typed in it."""
        said = {one: self.typed.get(f"{name}.{one}", "") for one in ("number", "vi", "en", "title", "who", "code", "kind", "seat")}
        if said["who"]:
            return f"{CALLED.get(said['who'], '') and called(said['who'])}: {CALLED.get(said['code'], '') and called(said['code'])}"
        if said["seat"] or said["kind"]:
            return _(CALLED.get(said["seat"] or said["kind"], ""))
        words = either(said["vi"], said["en"]) or said["en"] or said["title"]
        return f"{said['number']}. {words}" if said["number"] and said["vi"] else f"{said['number']} {words}".strip()

    def brief(self, items: tuple) -> str:
        """The values that tell most of a row, beside its title."""
        told = {box.name.rpartition(".")[2]: box for box in items if isinstance(box, Box)}
        words = []
        for box in (told[one] for one in BRIEF if one in told):
            if found := self.in_words(box.kind, box.name, self.typed):
                words.append(f"{box.label}: {found}" if box.kind == "number" else found)
        return "; ".join(words)

    def options(self, kind: Kind) -> tuple[tuple[str, str], ...]:
        if kind.among:
            return tuple((one["code"], either(one["vi"], one["en"])) for one in self.content[kind.among])
        if kind.name == "term":
            return kind_options(kind_of(kind.of.model_fields["unit"]))
        return kind_options(kind)

    def notes(self, kind: Kind, name: str, path: str) -> list[str]:
        """What the other versions say where it differs from what stands here."""
        here, found = self.in_words(kind.name, name, self.typed), []
        for words, boxes in self.others:
            there = self.in_words(kind.name, path, boxes)
            if there != here and (path in boxes or any(box.startswith(f"{path}.") for box in boxes)):
                found.append(words.format(value=there or _("để trống")))
        return found

    def in_words(self, kind: str, name: str, boxes: dict[str, str]) -> str:
        """What stands in a box of one version, as people say it."""
        text = boxes.get(name, "")
        if kind == "term":
            value, unit = boxes.get(f"{name}.value", ""), boxes.get(f"{name}.unit", "")
            return f"{value} {_(CALLED.get(unit, ''))}".strip() if value else ""
        if kind in ("choices", "ordered"):
            chosen = [(box.removeprefix(f"{name}."), text) for box, text in boxes.items() if box.startswith(f"{name}.") and text]
            chosen = [one if kind == "choices" else text for one, text in chosen if "." not in one]
            return ", ".join(_(CALLED.get(one, one)) for one in chosen)
        if kind == "tick":
            return _("có") if text else _("không")
        if kind == "money" and text.isascii() and text.isdigit():
            return money.show(int(text), language())
        return _(CALLED.get(text, text)) if kind == "choice" else text


def new_row(typed: dict[str, str], rows: str) -> dict[str, str]:
    """The boxes of one more row of a list, empty but for its number."""
    places = row_places(typed, rows)
    row = f"{rows}.{places[-1] + 1 if places else 0}"
    last = f"{rows}.{places[-1]}" if places else ""
    numbered = f"{last}.number" in typed and f"{last}.title" not in typed
    return {f"{row}.was": "", **({f"{row}.number": str(len(places) + 1)} if numbered else {})}


def hint_of(of: FieldInfo) -> str:
    return _(of.json_schema_extra["hint"]) if of.json_schema_extra["hint"] else ""


def kind_options(kind: Kind) -> tuple[tuple[str, str], ...]:
    return tuple((one, called(one)) for one in kind.options)
