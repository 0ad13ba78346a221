"""A section of a rule set in a form: what stands in it, which version it is, and the rule set with it written anew."""

import copy
import hashlib
import json

from pydantic import ValidationError

from grants.rules.citations import nearest, stray_sources, unsourced
from grants.rules.content import Rules, rules_of
from grants.rules.kinds import Json, default, field_at, fields_of, kind_at, name_in_paths
from grants.rules.sections import Section
from grants.rules.sheets import Reading, written
from grants.rules.values import Source
from grants.rules.words import title
from grants.shell import forms
from grants.shell.language import _, either

PARTS = {"value", "unit", "basis", "tag", "unverified"}  # boxes that stand below a box of their own


# --- what stands in the form -----------------------------------------------------------------------------------------

def found(content: Json, path: str) -> object:
    """The JSON at a section's path; what an older rule set does not hold, as it is meant."""
    part = content
    for name in path.split("."):
        if name not in part:
            return default(field_at(path))
        part = part[name]
    return part


def prefilled(content: Json, section: Section) -> dict[str, str]:
    """Box → what stands in it, the sources beside the values with it."""
    typed, rules = {}, rules_of(content)
    for path in section.paths:
        typed |= written(kind_at(path), path, found(content, path))
        for unit, name in units(content, path).items():
            typed |= source_boxes(name, rules.source(unit))
    for at, key in enumerate(wider(content, section)):
        typed |= source_boxes(f"wider.{at}", rules.sources[key])
    return typed


def source_boxes(name: str, source: Source) -> dict[str, str]:
    name = f"{name}.source"
    return {f"{name}.basis": source.basis, f"{name}.tag": source.tag, f"{name}.unverified": "on" if source.unverified else ""}


def units(content: Json, path: str) -> dict[str, str]:
    """What has a source of its own beside it, path → box: the section's part, then each of its fields or items."""
    value = found(content, path)
    if isinstance(value, list):
        below = {f"{path}.{name_in_paths(item, place)}": f"{path}.{place - 1}" for place, item in enumerate(value, 1)}
    else:
        kind = kind_at(path)
        below = {f"{path}.{name}": f"{path}.{name}" for name in fields_of(kind.of, path)} if kind.name == "part" else {}
    return {path: path} | below


def wider(content: Json, section: Section) -> list[str]:
    """The sources that are written for deeper values, or with "*" for many at once."""
    own = {unit for path in section.paths for unit in units(content, path)}
    return sorted(
        key for key in content["sources"]
        if key not in own and any(touches(key, path) and key.count(".") > path.count(".") for path in section.paths)
    )


def touches(key: str, path: str) -> bool:
    """Whether a source's path and a section's are on one line: one is the beginning of the other."""
    return all(one in ("*", other) for one, other in zip(key.split("."), path.split("."), strict=False))


def stand(content: Json, section: Section) -> str:
    """Which version of the section this is; its page carries it back with what is typed."""
    sources = {key: source for key, source in content["sources"].items() if any(touches(key, path) for path in section.paths)}
    whole = json.dumps([[found(content, path) for path in section.paths], sources], sort_keys=True)
    return hashlib.sha256(whole.encode()).hexdigest()[:16]


# --- what was typed --------------------------------------------------------------------------------------------------

def revised(content: Json, section: Section, typed: dict[str, str]) -> tuple[Json, dict[str, str]]:
    """The rule set with what was typed in place of the section, and the sentence at each box that stands against it.

    What does not hold together with another section is said above the form.
    """
    reading, made = Reading(typed), copy.deepcopy(content)
    for path in section.paths:
        *above, last = path.split(".")
        part = made[above[0]] if above else made
        kind = kind_at(path)
        value = reading.read(kind, path, tuple(path.split(".")), old=path, new=path)
        part[last] = part.get(last, {}) | value if kind.name == "part" else value  # a part may have a field of another section
    made["sources"] = carried(content["sources"], reading.moved)
    boxes = write_sources(content, section, reading, made["sources"])
    check(made, reading, boxes, {path.split(".")[0] for path in section.paths})
    return made, reading.errors


def carried(sources: dict[str, Json], moved: list[tuple[str, str]]) -> dict[str, Json]:
    """The sources, each following its item: to its new code or number, or away with it."""
    kept = {}
    for key, source in sources.items():
        above = [(old, new) for old, new in moved if key == old or key.startswith(f"{old}.")]
        old, new = max(above, default=("", ""), key=lambda one: len(one[0]))
        if not old or new:
            kept[f"{new}{key[len(old):]}"] = source
    return kept


def write_sources(content: Json, section: Section, reading: Reading, sources: dict[str, Json]) -> dict[str, str]:
    """Write the sources typed beside the values where they differ from those shown; gives back unit → box.

    From the top down: a source left as it was shown keeps following the one above it.
    """
    before, boxes = rules_of(content), {}
    for path in section.paths:
        below = [(f"{path}.{now}", box, f"{path}.{was}" if was else "") for now, box, was in reading.items.get(path, [])]
        for unit, box, was in [(path, path, path), *(below or [(unit, box, unit) for unit, box in units(content, path).items()][1:])]:
            boxes[unit] = box
            write_source(unit, box, before.source(was) if was else None, reading, sources)
    for at, key in enumerate(wider(content, section)):
        if key in sources:
            write_source(key, f"wider.{at}", before.sources[key], reading, sources)
    return boxes


def write_source(path: str, box: str, shown: Source | None, reading: Reading, sources: dict[str, Json]) -> None:
    """One source: left empty, or the same as what stands above it, nothing is written at its own path."""
    typed = {
        "basis": reading.said(f"{box}.source.basis"), "tag": reading.said(f"{box}.source.tag"),
        "unverified": bool(reading.said(f"{box}.source.unverified")),
    }
    if shown and typed == shown.model_dump() and nearest(sources, path):
        return
    sources.pop(path, None)
    if typed["basis"] and typed != nearest(sources, path):
        sources[path] = typed
        reading.names["sources", path] = f"{box}.source"


def check(made: Json, reading: Reading, boxes: dict[str, str], roots: set[str]) -> None:
    """Whether the whole holds together and cites its sources; a source whose value is gone goes with it."""
    try:
        rules = rules_of(made)
    except ValidationError as problem:
        for error in problem.errors():
            reading.wrong(*placed(error, reading.names, made))
        return
    for key in stray_sources(rules, *roots):
        del made["sources"][key]
    for path in unsourced(rules, *roots):
        above = max((unit for unit in boxes if path == unit or path.startswith(f"{unit}.")), key=len, default="")
        reading.wrong(f"{boxes[above]}.source.basis" if above else "", _("Hãy ghi căn cứ."))


def placed(error: dict, names: dict[tuple, str], made: Json) -> tuple[str, str]:
    """The box that a problem is about, and its sentence; of another section, with the place in words and no box."""
    at = getattr(error.get("ctx", {}).get("error"), "at", "")
    loc = (*error["loc"], *(int(one) if one.isdigit() else one for one in at.split(".") if one))
    for cut in range(len(loc), 0, -1):
        if box := names.get(loc[:cut]):
            return (f"{box}.{loc[cut]}" if loc[cut:] and loc[cut] in PARTS else box), forms.sentence(error)
    place = [title(Rules.model_fields[loc[0]])] if loc else []
    if len(loc) > 1 and isinstance(loc[1], int):
        item = made[loc[0]][loc[1]]
        place.append(either(item["vi"], item["en"]))
    return "", f"{' › '.join(place)}: {forms.sentence(error)}"
