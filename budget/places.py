"""Accounts in words: the stage, stream and year of their money, and what it is for."""

from budget import ledger, streams
from grants.shell.database import rows
from grants.shell.language import _


async def of(ids: list[int]) -> list[dict]:
    """The accounts in the given order, as a page draws them."""
    found = {row["id"]: row for row in await rows(
        "SELECT a.*, c.code, p.reference FROM ledger_account a LEFT JOIN call c ON c.id = a.call LEFT JOIN proposal p ON p.id = a.proposal "
        "WHERE a.id = ANY($1)", ids,
    )}  # fmt: skip
    return [
        one | {"stage": _(ledger.STAGES[one["stage"]]), "stage_code": one["stage"], "stream": streams.badge(one["stream"])}
        for one in (found[id] for id in ids)
    ]


def called(one: dict) -> str:
    """An account in one line: «Đã phân bổ, thông báo 2026-01, năm 2026»."""
    of = _("hồ sơ {reference}").format(reference=one["reference"]) if one["proposal"] else (
        _("thông báo {code}").format(code=one["code"]) if one["call"] else one["classification"])
    return ", ".join(filter(None, [one["stage"], of, _("năm {year}").format(year=one["year"])]))
