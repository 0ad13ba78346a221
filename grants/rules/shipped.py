"""The rule sets and reference tables that come with the product, read out of seed/rules/*.json."""

import json
from datetime import date
from functools import reduce
from typing import Any

from grants.rules.content import rules_of
from grants.shell.config import ROOT

FOLDER = ROOT / "seed" / "rules"
CODES = ("tt20-2023", "nd267-2025")

Json = dict[str, Any]


def rule_set(code: str) -> Json:
    """The columns of a shipped RuleSet row: code, name, name_en, basis, valid_from, valid_to, content (checked)."""
    file = table(code)
    content = _taken_over(file) if "takes_over" in file else _whole(file)
    rules_of(content)      # refuses a file that does not hold together
    return {
        "code": file["code"], "name": file["name"], "name_en": file["name_en"], "basis": file["basis"],
        "valid_from": date.fromisoformat(file["valid_from"]),
        "valid_to": date.fromisoformat(file["valid_to"]) if file["valid_to"] else None,
        "content": content,
    }


def table(name: str) -> Json:
    """One reference file as it stands: "fields", "holidays", "budget_codes", "rate_norms", "expense_groups"."""
    return json.loads((FOLDER / f"{name.removesuffix('.json')}.json").read_text(encoding="utf-8"))


def _whole(file: Json) -> Json:
    """A rule set with the tables it names (rates, expense groups), each bringing its sources along."""
    parts = [file, *(table(name) for name in file["tables"])]
    content = reduce(lambda all_, part: all_ | part["content"], parts, {})
    return content | {"sources": reduce(lambda all_, part: all_ | part["sources"], parts, {})}


def _taken_over(file: Json) -> Json:
    """The earlier rule set with the named paths replaced; all that is only taken over counts as unverified."""
    content = rule_set(file["takes_over"])["content"]
    sources = {
        path: {"basis": f"{file['taken_over_basis']}: {source['basis']}", "tag": "D", "unverified": True}
        for path, source in content.pop("sources").items()
        if not any(path == new or path.startswith(f"{new}.") for new in file["content"])
    }
    for path, value in file["content"].items():
        *above, last = path.split(".")
        reduce(lambda part, name: part[name], above, content)[last] = value
    return content | {"sources": sources | file["sources"]}
