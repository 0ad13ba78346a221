"""In what two rule sets differ, in words: each changed value with what it was, what came and what went, and changed sources."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from grants.rules.citations import name_in_paths
from grants.rules.content import Rules
from grants.rules.values import Part, Source, Term
from grants.rules.words import called, cited, name_of, said, title
from grants.shell import money
from grants.shell.language import _, language


@dataclass(frozen=True)
class Difference:
    """`where` in words; `same_source`: the value is another one, and cites what the old one cited."""

    path: str
    where: str
    before: str
    after: str
    same_source: bool = False


def differences(old: Rules, new: Rules) -> Iterator[Difference]:
    """The changed values, in the order of the process."""
    for path, before, after in _changed("", old, new):
        same = bool(before and after) and old.source(path) == new.source(path)
        yield Difference(path, path_in_words(new if after else old, path), before or "–", after or _("bỏ"), same)


def source_differences(old: Rules, new: Rules) -> Iterator[Difference]:
    """The sources that are others now, or are verified now, or no longer."""
    for key in sorted(old.sources.keys() | new.sources.keys()):
        before, after = old.sources.get(key), new.sources.get(key)
        if before != after:
            yield Difference(key, path_in_words(new if after else old, key), _source(before), _source(after))


def _source(source: Source | None) -> str:
    if source is None:
        return _("theo căn cứ chung")
    return f"{cited(source)}, {_('chưa kiểm chứng')}" if source.unverified else cited(source)


def _changed(path: str, old: Any, new: Any) -> Iterator[tuple[str, str, str]]:
    """(path, before, after) of what differs; of an item that came or went only its name."""
    if old == new:
        return
    if isinstance(old, Rules):
        for name in Rules.model_fields:
            if name != "sources":
                yield from _changed(name, getattr(old, name), getattr(new, name))
    elif isinstance(old, Part) and type(old) is type(new) and not isinstance(old, Term):
        for name in type(old).model_fields:
            yield from _changed(f"{path}.{name}", getattr(old, name), getattr(new, name))
    elif isinstance(old, dict):
        for key in new:
            yield from _changed(f"{path}.{key}", old[key], new[key])
    elif _is_list(old) or _is_list(new):
        yield from _items(path, old, new)
    else:
        yield path, _value(path, old), _value(path, new)


def _is_list(value: Any) -> bool:
    return isinstance(value, tuple) and bool(value) and isinstance(value[0], BaseModel)


def _items(path: str, old: tuple, new: tuple) -> Iterator[tuple[str, str, str]]:
    before = {name_in_paths(item, place): item for place, item in enumerate(old, 1)}
    after = {name_in_paths(item, place): item for place, item in enumerate(new, 1)}
    for name, item in after.items():
        if name in before:
            yield from _changed(f"{path}.{name}", before[name], item)
        else:
            yield f"{path}.{name}", "", _("thêm mới")
    yield from ((f"{path}.{name}", _("có"), "") for name in before if name not in after)


def _value(path: str, value: Any) -> str:
    if isinstance(value, int) and not isinstance(value, bool) and path.endswith("amount"):
        return money.show(value, language())
    if isinstance(value, Part) and not isinstance(value, Term):
        return ", ".join(f"{title(field)}: {said(getattr(value, name))}" for name, field in type(value).model_fields.items())
    return said(value) or _("để trống")


def path_in_words(rules: Rules, path: str) -> str:
    """"rates.pi_month.amount" as "Định mức chi › Thù lao chủ nhiệm › Mức tiền tối đa"; "*" as every item."""
    part, words = rules, []
    for name in path.split("."):
        if isinstance(part, Part):
            words.append(title(type(part).model_fields[name]))
            part = getattr(part, name)
        elif name == "*":
            words.append(_("mọi mục"))
            part = next(iter(part.values() if isinstance(part, dict) else part), None)
        elif isinstance(part, dict):
            words.append(called(name))
            part = part[name]
        else:
            part = next((item for place, item in enumerate(part or (), 1) if name_in_paths(item, place) == name), None)
            words.append(name_of(part) if part else name)
    return " › ".join(words)
