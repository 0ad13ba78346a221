"""What a person sent when their session had ended: it travels through the sign-in page and comes back to be sent again."""

import json
from collections.abc import Iterable
from urllib.parse import urlsplit

from litestar import Request
from litestar.datastructures import UploadFile
from litestar.utils.scope.state import ScopeState

NOT_TYPED = {"_csrf_token", "password", "again", "old", "current_password", "code", "current_code"}
SHORTEST_TEXT = 12  # below this it is a choice or a number, which nobody needs to read again


def sent(request: Request) -> str:
    """What the refused form held, as text that a hidden field carries; empty when nobody typed anything.

    Only what came with our own token is read: the token was checked before anybody asked who is signed in.
    """
    form = ScopeState.from_scope(request.scope).form
    if not isinstance(form, dict):
        return ""
    pairs = [
        (name, value) for name, values in form.items() for value in (values if isinstance(values, list) else [values])
        if name not in NOT_TYPED and isinstance(value, str)
    ]
    return json.dumps(pairs, ensure_ascii=False) if any(value.strip() for _name, value in pairs) else ""


def lost_files(request: Request) -> bool:
    """Whether a file was sent too; a file does not travel, it has to be chosen again."""
    form = ScopeState.from_scope(request.scope).form
    return isinstance(form, dict) and any(isinstance(value, UploadFile) and value.filename for value in form.values())


def pairs_of(kept: str) -> list[tuple[str, str]]:
    """The names and values out of the hidden field; nothing where it is not one of ours."""
    try:
        found = json.loads(kept)
        return [(name, value) for name, value in found if isinstance(name, str) and isinstance(value, str) and name not in NOT_TYPED]
    except (ValueError, TypeError):
        return []


def texts(pairs: Iterable[tuple[str, str]]) -> list[str]:
    """What of it is worth reading again: the texts, without choices and numbers."""
    return [value for _name, value in pairs if len(value.strip()) >= SHORTEST_TEXT]


def came_from(request: Request) -> str:
    """The page on which it was typed."""
    return urlsplit(request.headers.get("referer", "")).path or "/desk"
