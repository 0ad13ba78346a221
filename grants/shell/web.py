"""Headers, the default-deny guard, pages and forms taken in, what every template knows."""

import secrets
from collections.abc import Callable
from contextvars import ContextVar
from datetime import timedelta
from http import HTTPStatus
from typing import Annotated, Any
from urllib.parse import quote

from litestar import MediaType, Request, Response
from litestar.exceptions import NotAuthorizedException, NotFoundException, PermissionDeniedException
from litestar.params import PathParameter
from litestar.response import Redirect, Template
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from litestar.utils.scope.state import ScopeState
from markupsafe import Markup, escape

from grants.shell import changes, dates, kept_text, marks, money
from grants.shell.config import VERSION, settings
from grants.shell.events import request_id
from grants.shell.forms import Form, Invalid, Typed, again, read
from grants.shell.language import language, speaking
from grants.shell.summary import named
from grants.shell.templates import Engine

Id = Annotated[int, PathParameter(gt=0, lt=2**31)]
Token = Annotated[str, PathParameter(max_length=100)]

POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
ENCODED = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
current: ContextVar[Scope | None] = ContextVar("current", default=None)


def frame(app: ASGIApp) -> ASGIApp:
    """Around every request: its id, its language, where templates find it; a HEAD is a GET without its body."""

    async def framed(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await app(scope, receive, send)
        if scope["method"] == "HEAD":
            scope["method"], send = "GET", without_body(send)
        scope["path"] = "".join(c if c.isprintable() else "\ufffd" for c in scope["path"])  # an address no page could show
        request_id.set(secrets.token_hex(8))
        current.set(scope)
        with speaking(Request(scope).cookies.get("language", "vi")):
            await app(scope, receive, send)

    return framed


def without_body(send: Send) -> Send:
    async def bare(message: Message) -> None:
        await send(message | {"body": b""} if message["type"] == "http.response.body" else message)

    return bare


async def secure(message: Message, scope: Scope) -> None:
    """Security headers on every answer, errors too; pages of a signed-in person are not kept by anyone."""
    if message["type"] != "http.response.start":
        return
    headers = message["headers"] = list(message["headers"])
    there = {name.lower() for name, _value in headers}
    wanted = [*ENCODED, (b"x-request-id", request_id.get().encode())]
    if settings().secure_cookies:
        wanted.append((b"strict-transport-security", b"max-age=31536000; includeSubDomains"))
    if not scope["path"].startswith("/static/"):
        wanted.append((b"cache-control", b"no-store" if scope.get("user") else b"no-cache"))
    headers += [header for header in wanted if header[0] not in there]


def guard(routes: dict[str, frozenset], may: Callable) -> Callable:
    """Who may call a route is decided in one table; what is not in it is open to nobody."""

    async def decide(connection, _handler) -> None:  # async, because litestar runs any other guard in a thread
        method = "GET" if connection.method == "HEAD" else connection.method
        allowed = routes.get(f"{method} {connection.scope['path_template']}")
        if allowed is None:
            raise PermissionDeniedException
        if not allowed:
            return
        if connection.scope.get("user") is None:
            raise NotAuthorizedException
        if not may(connection.scope["user"], allowed):
            raise PermissionDeniedException

    return decide


class Over(NotFoundException):
    """A page whose step is over, or not the reader's: who may see what it was a step of lands `at` that, anyone else was stopped before."""

    def __init__(self, at: str):
        super().__init__()
        self.at = at


def page(template: str, *, status_code: int = 200, **context) -> Template:
    """A whole page out of a template. One that says no (4xx) also shows what was typed and stands nowhere else on it."""
    if status_code >= HTTPStatus.BAD_REQUEST:
        context.setdefault("unsaid", unsaid)
    return Template(template, context=context, status_code=status_code, media_type=MediaType.HTML)


def unsaid(body: str) -> list[str]:
    """The texts just sent that the answer does not hold any more, so that nobody types them twice."""
    pairs = kept_text.pairs_of(kept_text.sent(current.get()))
    return [text for text in kept_text.texts(pairs) if str(escape(text)) not in body.replace("\r\n", "\n")]


def fragment(template: str, *, status_code: int = 200, **context) -> Template:
    """A part of a page for htmx to swap in."""
    return page(template, status_code=status_code, **context)


def see(path: str) -> Redirect:
    """After a change: look at the result (303)."""
    return Redirect(path, status_code=HTTPStatus.SEE_OTHER)


async def submitted(
    request: Request, shape: type[Form], verb: Callable, *, shown: Callable, to: str | Callable[[Any], str | Template], at: str = ""
) -> Template | Redirect:
    """A form handed in: read, done by the verb, and one looks at the result, at `to` or at the address or page that `to` makes of it.

    What cannot be read (422) and what a rule refuses (409) comes back by `shown(typed, status code)` with everything typed;
    the rule's sentence stands above the form, or at the field `at`.
    """
    try:
        form = await read(shape, request)
        result = await verb(by=request.user, **form.model_dump())
    except Invalid as invalid:
        return await shown(invalid, HTTPStatus.UNPROCESSABLE_ENTITY)
    except changes.Refused as refused:
        return await still_shown(shown, again(form, refused, at), refused)
    there = to(result) if callable(to) else to
    return see(there) if isinstance(there, str) else there


async def still_shown(shown: Callable, typed: Typed, refused: changes.Refused) -> Template:
    """The form again with the rule's «no»; where its page has gone with what changed meanwhile, the «no» on a page of its own."""
    try:
        return await shown(typed, HTTPStatus.CONFLICT)
    except NotFoundException:
        raise refused from None


async def autosaved(request: Request, shape: type[Form], verb: Callable, *, shown: Callable, to: str, at: str = "") -> Template | Redirect:
    """A form that also saves itself while it is written: such a save is answered by the line under the form alone.

    What the verb gives back, if it is text, is the version now kept: the page carries it along with what is typed next.
    """
    if request.headers.get("hx-request") != "true":
        return await submitted(request, shape, verb, shown=shown, to=to, at=at)
    kept = []

    async def keep(**typed) -> None:
        kept.append(await verb(**typed))

    answer = await submitted(request, shape, keep, shown=not_saved, to=to)
    if isinstance(answer, Template):
        return answer
    stand = kept[0] if isinstance(kept[0], str) else None
    return fragment("components/_saved.html", time=dates.show_hour(changes.now()), message=None, stand=stand)


async def not_saved(typed: Typed, status_code: int) -> Template:
    return fragment("components/_saved.html", time=None, message=next(iter(typed.errors.values())), status_code=status_code)


def attachment(content: bytes, filename: str, media_type: str) -> Response:
    """A file to save; never shown inline."""
    plain = filename.encode("ascii", "ignore").decode().replace('"', "") or "file"
    disposition = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(filename)}"
    return Response(content, media_type=media_type, headers={"content-disposition": disposition})


# --- what every template knows ---------------------------------------------------------------------------------------

def csrf_input() -> Markup:
    """The hidden field that proves a form is ours."""
    scope = current.get()
    token = ScopeState.from_scope(scope).csrf_token if scope else ""
    if scope and not isinstance(token, str):  # an address that leads nowhere never came to the middleware
        token = Request(scope).cookies.get("csrftoken", "")
    return Markup(f'<input type="hidden" name="_csrf_token" value="{escape(token)}">')


def path() -> str:
    scope = current.get()
    return scope["path"] if scope else "/"


def user() -> object | None:
    scope = current.get()
    return scope.get("user") if scope else None


def templates(**more) -> Engine:
    """The templates with what they all know: dates, money, the person, the menu."""
    return Engine({
        "marks": marks, "named": named, "csrf_input": csrf_input, "path": path,
        "demo": lambda: not settings().production, "version": lambda: VERSION,
        "show": lambda amount: money.show(amount, language=language()),
        "short": lambda amount: money.short(amount, language=language()),
        "day": lambda moment: dates.show_date(moment, language=language()) if moment else "–",
        "time": lambda moment: dates.show_time(moment, language=language()) if moment else "–",
        "deadline": lambda moment: dates.show_deadline(moment, language=language()) if moment else "–",
        "now": changes.now, "unsaid": lambda body: [],
        "hour_in": lambda seconds: dates.show_hour(changes.now() + timedelta(seconds=seconds)),
    } | more)
