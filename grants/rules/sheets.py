"""A part of a rule set as it stands in a form and back: JSON ⇄ what is typed, box by box.

A box is named by its path; in lists the row's place stands for the item: "rates.3.amount". Beside each row ".was" says which
item it shows (empty in a new row) and ".gone" is ticked where it is taken out.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from grants.rules.kinds import Json, Kind, default, fields_of, kind_of, name_in_paths
from grants.rules.values import Part
from grants.shell import money
from grants.shell.language import _, language
from grants.shell.text import fold, forbidden, nfc

MOST_ROWS = 300


# --- JSON → typed ----------------------------------------------------------------------------------------------------

def by_place(_item: Json, place: int) -> str:
    return str(place - 1)


def written(kind: Kind, name: str, value: Any, *, row: Callable[[Json, int], str] = by_place) -> Iterator[tuple[str, str]]:
    """Box → what stands in it. `row` names the rows: by their place, or by `name_in_paths` to compare two rule sets."""
    match kind.name:
        case "part" if value is not None:
            for one, of in fields_of(kind.of, name).items():
                yield from written(kind_of(of), f"{name}.{one}", value.get(one, default(of)), row=row)
        case "rows":
            for place, item in enumerate(value, 1):
                yield f"{name}.{row(item, place)}.was", name_in_paths(item, place)
                yield from written(Kind("part", kind.of), f"{name}.{row(item, place)}", item, row=row)
        case "term":
            yield f"{name}.value", "" if value is None else str(value["value"])
            yield f"{name}.unit", "" if value is None else value["unit"]
        case "choices":
            yield from ((f"{name}.{one}", "on") for one in value)
        case "ordered":
            yield from ((f"{name}.{place}", one) for place, one in enumerate(value))
        case "part":
            return
        case _:
            yield name, in_box(kind, value)


def in_box(kind: Kind, value: Any) -> str:
    if value is None or value is False:
        return ""
    if kind.name == "share":
        return share_in_box(str(value))
    return ", ".join(map(str, value)) if kind.name == "several" else "on" if value is True else str(value)


def share_in_box(text: str) -> str:
    """"30/100" as "30%", "0.8" as "0,8"; "2/3" as it is."""
    if hundredths := re.fullmatch(r"(\d+)/(100+)", text):
        text = f"{int(hundredths[1]) * 100 / int(hundredths[2]):g}%"
    return text if language() == "en" else text.replace(".", ",")


# --- typed → JSON ----------------------------------------------------------------------------------------------------

@dataclass
class Reading:
    """What was typed, as it is read: the sentences at boxes that cannot be, and where each value came from.

    `names`: path in the JSON → box. `items`: list's box → (what the row is called now, its box, what it was called).
    `moved`: items' paths (old, new), the new one empty where the item was taken out.
    """

    typed: dict[str, str]
    errors: dict[str, str] = field(default_factory=dict)
    names: dict[tuple, str] = field(default_factory=dict)
    items: dict[str, list[tuple[str, str, str]]] = field(default_factory=dict)
    moved: list[tuple[str, str]] = field(default_factory=list)

    def said(self, name: str) -> str:
        text = self.typed.get(name, "").replace("\r\n", "\n").strip()
        if forbidden(text, multiline=True):
            self.wrong(name, _("Mục này có ký tự không đọc được. Hãy xoá rồi gõ lại."))
            return ""
        return nfc(text)

    def wrong(self, name: str, sentence: str) -> None:
        self.errors.setdefault(name, sentence)

    def read(self, kind: Kind, name: str, path: tuple, *, old: str, new: str) -> Any:
        """The JSON value of a box, group or list. `old` and `new`: its path by the items' names, before and now."""
        self.names[path] = name
        if kind.name == "rows":
            return self.rows(kind.of, name, path, old, new)
        if kind.name == "part":
            return self.part(kind, name, path, old, new)
        return getattr(self, kind.name)(kind, name)

    def part(self, kind: Kind, name: str, path: tuple, old: str, new: str) -> Json | None:
        """A group; one that may be left out is there when its first box is filled."""
        fields = fields_of(kind.of, name)
        if kind.optional and not self.said(f"{name}.{next(iter(fields))}"):
            return None
        return {
            one: self.read(kind_of(of), f"{name}.{one}", (*path, one), old=f"{old}.{one}", new=f"{new}.{one}")
            for one, of in fields.items()
        }

    def rows(self, part: type[Part], name: str, path: tuple, old: str, new: str) -> list[Json]:
        """The items of a list without those taken out, by their numbers where they have some."""
        places = row_places(self.typed, name)
        if len(places) > MOST_ROWS:
            self.wrong(name, _("Tối đa {count} dòng.").format(count=MOST_ROWS))
        kept, taken = [], set()
        for place in places[:MOST_ROWS]:
            row, was = f"{name}.{place}", self.said(f"{name}.{place}.was")
            if self.said(f"{row}.gone"):
                self.moved += [(f"{old}.{was}", "")] if was else []
            else:
                kept.append((self.identity(part, row, taken), row, was))
        if "number" in part.model_fields and "title" not in part.model_fields:
            kept.sort(key=lambda one: int(one[0]))
        self.items[name] = kept
        return [self.item(part, *one, path=(*path, at), old=old, new=new) for at, one in enumerate(kept)]

    def item(self, part: type[Part], identity: str, row: str, was: str, *, path: tuple, old: str, new: str) -> Json:
        if was and was != identity:
            self.moved.append((f"{old}.{was}", f"{new}.{identity}"))
        found = self.read(Kind("part", part), row, path, old=f"{old}.{was}", new=f"{new}.{identity}")
        if "trigger" in found:
            found["trigger"] = found["trigger"] or code_out_of(found["trigger_vi"])
        return found | ({"code": identity} if "code" in found and "who" not in found else {})

    def identity(self, part: type[Part], row: str, taken: set[str]) -> str:
        """What the row is called in paths; a code that was left empty is made out of the name."""
        fields = part.model_fields
        if "who" in fields:
            return f"{self.said(f'{row}.who')}_{self.said(f'{row}.code')}"
        if "code" in fields:
            found = self.said(f"{row}.code") or self.free_code(row, taken)
        elif "title" in fields:
            found = self.said(f"{row}.number")
        elif "number" in fields:
            found = str(self.number(Kind("number"), f"{row}.number") or 0)
        else:
            found = self.said(f"{row}.seat")
        taken.add(found)
        return found

    def free_code(self, row: str, taken: set[str]) -> str:
        made = code_out_of(self.said(f"{row}.vi") or self.said(f"{row}.kind"))
        all_codes = taken | {self.said(name) for name in self.typed if name.endswith(".code")}
        return next(one for one in (made, *(f"{made}_{n}" for n in range(2, 999))) if one not in all_codes)

    # one box

    def tick(self, _kind: Kind, name: str) -> bool:
        return bool(self.said(name))

    def line(self, kind: Kind, name: str) -> str | None:
        text = self.said(name)
        if not text and not kind.optional and not name.endswith(("code", "trigger")):
            self.wrong(name, _("Hãy điền mục này."))
        return text or (None if kind.optional else "")

    long = choice = line

    def number(self, kind: Kind, name: str) -> int | None:
        text = self.said(name)
        if re.fullmatch(r"-?[0-9]{1,12}", text):
            return int(text)
        if text or not kind.optional:
            self.wrong(name, _("Hãy gõ một số nguyên.") if text else _("Hãy điền mục này."))
        return None

    def money(self, kind: Kind, name: str) -> int | None:
        text = self.said(name)
        if kind.optional and not text:
            return None
        try:
            return money.read(text)
        except ValueError as problem:
            self.wrong(name, str(problem))

    def share(self, kind: Kind, name: str) -> str | None:
        """"30%" is kept as "30/100", "0,8" as "0.8"."""
        text = self.line(kind, name)
        if text is None:
            return None
        plain = re.sub(r"\s", "", text).replace(",", ".")
        if percent := re.fullmatch(r"([0-9]{1,5})(?:\.([0-9]{1,4}))?%", plain):
            decimals = percent[2] or ""
            return f"{int(percent[1] + decimals)}/100{'0' * len(decimals)}"
        return plain

    def several(self, kind: Kind, name: str) -> list:
        items = [one.strip() for one in re.split("[,;]", self.said(name)) if one.strip()]
        if kind.of is not int:
            return items
        if not all(re.fullmatch("[0-9]{1,9}", one) for one in items):
            self.wrong(name, _("Hãy ghi các số, cách nhau bằng dấu phẩy."))
            return []
        return [int(one) for one in items]

    def choices(self, kind: Kind, name: str) -> list[str]:
        """The options that are ticked, in the order of the list; one that is not in it is the model's to refuse."""
        ticked = [one.removeprefix(f"{name}.") for one in self.typed if one.startswith(f"{name}.") and self.typed[one]]
        return sorted((one for one in ticked if "." not in one), key=lambda one: (*kind.options, one).index(one))

    def ordered(self, kind: Kind, name: str) -> list[str]:
        places = [f"{name}.{place}" for place in range(len(kind.options))]
        chosen = [(box, self.said(box)) for box in places if self.said(box)]
        for at, (box, one) in enumerate(chosen):
            if one in [other for _box, other in chosen[:at]]:
                self.wrong(box, _("Mục này đã chọn ở trên."))
        return [one for _box, one in chosen]

    def term(self, kind: Kind, name: str) -> Json | None:
        if kind.optional and not self.said(f"{name}.value"):
            return None
        return {"value": self.number(Kind("number"), f"{name}.value"), "unit": self.said(f"{name}.unit")}


def code_out_of(name: str) -> str:
    """"Thù lao chủ nhiệm" → "thu_lao_chu_nhiem"."""
    words = re.sub(r"[^a-z0-9]+", "_", fold(name)).strip("_")[:50].strip("_")
    return words if words[:1].isalpha() else f"n_{words}".rstrip("_")


def row_places(typed: dict[str, str], name: str) -> list[int]:
    """The places of the rows that a form holds of a list, in order."""
    found = {match[1] for box in typed if (match := re.match(rf"{re.escape(name)}\.([0-9]{{1,6}})\.", box))}
    return sorted(int(place) for place in found)
