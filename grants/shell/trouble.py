"""What a person reads when something went wrong: the sentence, what they had typed, and a place to go on from."""

import logging
from http import HTTPStatus
from urllib.parse import quote

from litestar import MediaType, Request, Response
from litestar.datastructures import Cookie
from litestar.exceptions import ClientException, HTTPException, ValidationException
from litestar.middleware.csrf import generate_csrf_token
from litestar.response import Redirect, Template
from litestar.utils.scope.state import ScopeState

from grants.shell import changes, kept_text
from grants.shell.config import settings
from grants.shell.events import request_id
from grants.shell.forms import Typed
from grants.shell.language import _
from grants.shell.web import Over, fragment, page, see

logger = logging.getLogger("grants.web")


def trouble(title: str, text: str, status_code: int, href: str = "/", label: str = "", **more) -> Template:
    """`up`: places to go on from besides, the nearest first; only one that the reader may open is shown."""
    return page("error.html", title=title, text=text, href=href, label=label or _("Về trang đầu"), status_code=status_code, **more)


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
        return token_too_old(request)
    if code == HTTPStatus.FORBIDDEN:
        return trouble(
            _("Bạn không có quyền vào trang này"), _("Trang này dành cho vai trò khác với vai trò của bạn."), code, up=above(request)
        )
    if code in (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED) or is_about_path(problem):
        return not_there(request, problem)
    if code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return trouble(_("Nội dung gửi lên quá lớn"), _("Mỗi tệp tối đa 20 MB."), code)
    if code < 500:
        return trouble(_("Yêu cầu không đọc được"), _("Hãy quay lại và thử lần nữa."), code)
    return on_anything(request, problem)


def not_there(request: Request, problem: HTTPException) -> Template | Redirect:
    """Nothing is here for this reader, whether it is another's or never was; a step that is over leads to what it was a step of.

    An address that only takes a form is reached by going back or loading again: it leads to the page that it is a part of.
    """
    if request.method == "GET" and isinstance(problem, Over):
        return see(problem.at)
    if request.method == "GET" and problem.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        return see(next((address for _words, address in above(request)), "/"))
    text = _("Địa chỉ sai, việc ở đây đã xong, hoặc mục này không có hay không dành cho bạn.")
    return trouble(_("Không tìm thấy trang này"), text, 404, up=above(request))


def above(request: Request) -> list[tuple[str, str]]:
    """The pages above this address, the nearest first."""
    parts = request.url.path.strip("/").split("/")[:12]
    addresses = ["/" + "/".join(parts[:n]) for n in range(len(parts) - 1, 0, -1)]
    return [(_("Mở trang cấp trên"), address) for address in addresses if request.app.state.is_page(address)]


def session_ended(request: Request) -> Template | None:
    """Somebody sent what they had typed after their session had ended: they sign in and get it back. None when nothing was typed."""
    if request.headers.get("hx-request") == "true":
        return fragment("account/_ended.html", status_code=HTTPStatus.CONFLICT)
    kept = kept_text.sent(request.scope)
    if not kept:
        return None
    typed = Typed({"kept": kept, "back": request.url.path, "page": kept_text.came_from(request)})
    return page("account/sign_in.html", form=typed, files=kept_text.lost_files(request), status_code=HTTPStatus.UNAUTHORIZED)


def token_too_old(request: Request) -> Template:
    """The proof that a form is ours is another one by now: what stood in our own page can be sent again with the new one.

    Only our own page's form is shown again; what another site sends here is not even repeated.
    """
    kept = kept_text.pairs_of(kept_text.sent(request.scope)) if kept_text.from_our_page(request) else []
    if not kept or kept_text.holds_secrets(request):
        answer = trouble(
            _("Trang đã để quá lâu"), _("Hãy quay lại, tải lại trang rồi gửi lần nữa. Những gì đã lưu vẫn còn."), HTTPStatus.FORBIDDEN,
            request.headers.get("referer", "/"), _("Quay lại"), unsaid=lambda body: kept_text.texts(kept),
        )
    else:
        answer = page(
            "account/kept.html", action=request.url.path, pairs=kept, texts=kept_text.texts(kept), came_from=kept_text.came_from(request),
            why=_("Trang để quá lâu nên lần gửi vừa rồi chưa tới nơi. Bấm nút dưới đây để gửi tiếp đúng nội dung đã gõ."),
            files=kept_text.lost_files(request), status_code=HTTPStatus.FORBIDDEN,
        )
    answer.cookies.append(fresh_token(request))
    return answer


def fresh_token(request: Request) -> Cookie:
    """A proof that fits from now on, also where the browser still holds one that no longer does."""
    token = ScopeState.from_scope(request.scope).csrf_token = generate_csrf_token(settings().secret)
    return Cookie("csrftoken", value=token, path="/", httponly=True, samesite="lax", secure=settings().secure_cookies)


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
