"""Headers, the default-deny guard, error pages, what every template knows, static files."""

import logging
import secrets
from collections.abc import Callable
from contextvars import ContextVar
from datetime import timedelta
from http import HTTPStatus
from typing import Annotated, Any
from urllib.parse import quote

from litestar import MediaType, Request, Response
from litestar.exceptions import ClientException, HTTPException, NotAuthorizedException, PermissionDeniedException, ValidationException
from litestar.params import PathParameter
from litestar.response import Redirect, Template
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from litestar.utils.scope.state import ScopeState
from markupsafe import Markup, escape

from grants.shell import changes, dates, kept_text, marks, money
from grants.shell.config import VERSION, settings
from grants.shell.events import request_id
from grants.shell.forms import Form, Invalid, Typed, again, read
from grants.shell.language import _, language, speaking
from grants.shell.summary import named
from grants.shell.templates import Engine

logger = logging.getLogger("grants.web")

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


def page(template: str, *, status_code: int = 200, **context) -> Template:
    """A whole page out of a template."""
    return Template(template, context=context, status_code=status_code, media_type=MediaType.HTML)


def fragment(template: str, *, status_code: int = 200, **context) -> Template:
    """A part of a page for htmx to swap in."""
    return page(template, status_code=status_code, **context)


def see(path: str) -> Redirect:
    """After a change: look at the result (303)."""
    return Redirect(path, status_code=HTTPStatus.SEE_OTHER)


async def submitted(
    request: Request, shape: type[Form], verb: Callable, *, shown: Callable, to: str | Callable[[Any], str], at: str = ""
) -> Template | Redirect:
    """A form handed in: read, done by the verb, and one looks at the result, at `to` or at the address that `to` makes of it.

    What cannot be read (422) and what a rule refuses (409) comes back by `shown(typed, status code)` with everything typed;
    the rule's sentence stands above the form, or at the field `at`.
    """
    try:
        form = await read(shape, request)
        result = await verb(by=request.user, **form.model_dump())
    except Invalid as invalid:
        return await shown(invalid, HTTPStatus.UNPROCESSABLE_ENTITY)
    except changes.Refused as refused:
        return await shown(again(form, refused, at), HTTPStatus.CONFLICT)
    return see(to(result) if callable(to) else to)


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


# --- what went wrong -------------------------------------------------------------------------------------------------

def trouble(title: str, text: str, status_code: int, href: str = "/", label: str = "") -> Template:
    return page("error.html", title=title, text=text, href=href, label=label or _("Về trang đầu"), status_code=status_code)


def on_refused(request: Request, refused: changes.Refused) -> Template:
    """A rule said no: its sentence, and the way back."""
    back = request.headers.get("referer", "/")
    return trouble(_("Không thực hiện được"), str(refused), HTTPStatus.CONFLICT, back, _("Quay lại"))


def on_http(request: Request, problem: HTTPException) -> Response | Template | Redirect:
    """Errors with a meaning: not signed in, not allowed, not there, too large."""
    code = problem.status_code
    if code == HTTPStatus.UNAUTHORIZED and request.method != "GET" and (ended := session_ended(request)):
        return ended
    if code == HTTPStatus.UNAUTHORIZED and request.headers.get("hx-request") == "true":
        return Response("", media_type=MediaType.TEXT, status_code=code)  # the sign-in page never takes the place of a part of a page
    if code == HTTPStatus.UNAUTHORIZED:
        wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return see(f"/sign-in?next={quote(wanted if request.method == 'GET' else '/', safe='')}")
    if code == HTTPStatus.FORBIDDEN and request.method != "GET" and "CSRF" in str(problem.detail):
        return trouble(
            _("Trang đã để quá lâu"), _("Hãy quay lại, tải lại trang rồi gửi lần nữa. Những gì đã lưu vẫn còn."),
            code, request.headers.get("referer", "/"), _("Quay lại"),
        )
    if code == HTTPStatus.FORBIDDEN:
        return trouble(_("Bạn không có quyền vào trang này"), _("Trang này dành cho vai trò khác với vai trò của bạn."), code)
    if code in (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED) or is_about_path(problem):
        return trouble(_("Không tìm thấy trang này"), _("Địa chỉ sai, hoặc mục này không có hay không dành cho bạn."), 404)
    if code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return trouble(_("Nội dung gửi lên quá lớn"), _("Mỗi tệp tối đa 20 MB."), code)
    if code < 500:
        return trouble(_("Yêu cầu không đọc được"), _("Hãy quay lại và thử lần nữa."), code)
    return on_anything(request, problem)


def session_ended(request: Request) -> Template | None:
    """Somebody sent what they had typed after their session had ended: they sign in and get it back. None when nothing was typed."""
    if request.headers.get("hx-request") == "true":
        return fragment("account/_ended.html", status_code=HTTPStatus.CONFLICT)
    kept = kept_text.sent(request)
    if not kept:
        return None
    typed = Typed({"kept": kept, "back": request.url.path, "page": kept_text.came_from(request)})
    return page("account/sign_in.html", form=typed, files=kept_text.lost_files(request), status_code=HTTPStatus.UNAUTHORIZED)


def is_about_path(problem: HTTPException) -> bool:
    """Whether an id in the address cannot be one: too large, too long. It answers like an id that never was."""
    return isinstance(problem, ValidationException) and any(one.get("source") == "path" for one in problem.extra or [])


def on_anything(request: Request, problem: Exception) -> Response:
    """Anything else: logged with the id of the request, and a page that says nothing of it."""
    if type(problem) in (LookupError, UnicodeDecodeError):  # a part of a form in an encoding nobody knows, or not in its own
        return on_http(request, ClientException())
    logger.error("%s %s [%s]", request.method, request.url.path, request_id.get(), exc_info=problem)
    text = _("Có lỗi ở phía chúng tôi. Dữ liệu đã lưu vẫn còn. Mã yêu cầu: {id}").format(id=request_id.get())
    try:
        return trouble(_("Hệ thống gặp lỗi"), text, 500)
    except Exception:
        return Response(text, media_type=MediaType.TEXT, status_code=500)


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
        "now": changes.now,
        "hour_in": lambda seconds: dates.show_hour(changes.now() + timedelta(seconds=seconds)),
    } | more)
