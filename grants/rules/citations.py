"""Where each value of a rule set comes from: a map from a value's path to its source.

A path names fields and, in lists, the item's code or number: "rates.pi_month.amount", "schemes.applied.criteria.2.most".
A source written for a shorter path holds for all below it; "*" stands for any one part of a path.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from pydantic import BaseModel

from grants.rules.values import Part, Source


def leaves(rules: Part, *roots: str) -> Iterator[tuple[str, Any]]:
    """Every single value of a rule set with its path, the sources themselves aside; `roots`: of these parts alone."""
    for name in roots or type(rules).model_fields:
        if name != "sources":
            yield from _leaves(name, getattr(rules, name))


def _leaves(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from _leaves(f"{path}.{name}", getattr(value, name))
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _leaves(f"{path}.{key}", item)
    elif isinstance(value, tuple) and value and isinstance(value[0], BaseModel):
        for place, item in enumerate(value, 1):
            yield from _leaves(f"{path}.{name_in_paths(item, place)}", item)
    else:
        yield path, value


def name_in_paths(item: Any, place: int) -> str:
    names = (getattr(item, name, None) for name in ("name_in_paths", "code", "number", "seat"))
    return str(next((name for name in names if name), place))


def nearest(sources: dict[str, Source], path: str) -> Source | None:
    """The source written for the longest beginning of the path; "*" in a source's path stands for any one part."""
    parts = path.split(".")
    fitting = [key for key in sources if key.startswith((parts[0], "*")) and _fits(key.split("."), parts)]
    return sources[max(fitting, key=lambda key: (key.count("."), -key.count("*")))] if fitting else None


def _fits(key: list[str], parts: list[str]) -> bool:
    return len(key) <= len(parts) and all(one in ("*", other) for one, other in zip(key, parts, strict=False))


def unsourced(rules: Part, *roots: str) -> list[str]:
    """The values that cite nothing. A rule set is only taken into use when there are none."""
    keys = _by_root(rules.sources)
    return [path for path, _value in leaves(rules, *roots) if not any(_fits(key, path.split(".")) for key in keys.get(_root(path), ()))]


def stray_sources(rules: Part, *roots: str) -> list[str]:
    """The citations that belong to no value: usually a slip of the pen in a path."""
    values = _by_root(path for path, _value in leaves(rules, *roots))
    return [
        key for key in rules.sources
        if not (roots and _root(key) not in roots) and not any(_fits(key.split("."), path) for path in values.get(_root(key), ()))
    ]


def _root(path: str) -> str:
    return path.partition(".")[0]


def _by_root(paths: Iterable[str]) -> dict[str, list[list[str]]]:
    """The paths in their parts, by the first: most of a rule set is never compared with the rest."""
    found = {}
    for path in paths:
        found.setdefault(_root(path), []).append(path.split("."))
    return found
