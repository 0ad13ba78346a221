"""What a person sent that could not be taken: their session or page was too old, or things had moved on. None of it is lost."""

import json
from collections.abc import Iterable
from urllib.parse import urlsplit

from litestar import Request
from litestar.datastructures import UploadFile
from litestar.types import Scope
from litestar.utils.scope.state import ScopeState

from grants.shell.text import legible, nfc

SECRET = {"password", "again", "old", "current_password", "current_code"}
NOT_TYPED = SECRET | {"_csrf_token", "kept", "back", "page", "next"}
SHORTEST_TEXT = 12  # below this it is a choice or a number, which nobody needs to read again


def sent(scope: Scope | None) -> str:
    """What the refused form held, as text that a hidden field carries; empty when nobody typed anything.

    Only what came with our own token is read: it was checked before anybody asked who is signed in (else see `from_our_page`).
    """
    form = ScopeState.from_scope(scope).form if scope else None
    if not isinstance(form, dict):
        return ""
    hidden = NOT_TYPED if SECRET.isdisjoint(form) else NOT_TYPED | {"code"}  # beside a password it is of the second factor, else a call's
    pairs = [
        (name, value) for name, values in form.items() for value in (values if isinstance(values, list) else [values])
        if name not in hidden and isinstance(value, str)
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
    """What of it is worth reading again: the texts as they are kept, without choices and numbers."""
    written = [legible(nfc(value.strip().replace("\r\n", "\n"))) for _name, value in pairs]
    return [text for text in written if len(text) >= SHORTEST_TEXT and len(text.split()) > 1]


def from_our_page(request: Request) -> bool:
    """Whether the form stood in a page of ours: the browser itself says from where a form is sent."""
    told = urlsplit(request.headers.get("origin") or request.headers.get("referer", "")).netloc
    return bool(told) and told == request.headers.get("host")


def holds_secrets(request: Request) -> bool:
    """Whether a password or a code was in it, which nobody shows or sends again."""
    form = ScopeState.from_scope(request.scope).form
    return isinstance(form, dict) and not SECRET.isdisjoint(form)


def came_from(request: Request) -> str:
    """The page on which it was typed."""
    return urlsplit(request.headers.get("referer", "")).path or "/desk"
