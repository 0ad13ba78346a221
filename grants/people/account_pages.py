"""Pages of one's own account: registering, signing in and out, password, second factor, language."""

import base64
import io

import segno
from litestar import Request, Response, get, post
from litestar.datastructures import Cookie
from litestar.response import Redirect, Template
from pydantic import Field, model_validator

from grants.people import accounts, organisations, people
from grants.people.tables import Organisation
from grants.shell import kept_text, sessions
from grants.shell.changes import Refused
from grants.shell.config import settings
from grants.shell.forms import Email, Form, Invalid, Line, MaybeId, MaybeLine, Name, Typed, read
from grants.shell.language import LANGUAGES, _
from grants.shell.web import Token, page, see

COOKIE = "session"


class SignIn(Form):
    email: Line
    password: str = Field(min_length=1, max_length=200)
    code: MaybeLine = ""
    next: str = "/desk"
    kept: str = ""
    back: str = Field(default="", max_length=500)
    page: str = Field(default="", max_length=500)


class Password(Form):
    password: str = Field(min_length=accounts.SHORTEST, max_length=200)
    again: str = Field(max_length=200)

    @model_validator(mode="after")
    def same(self):
        if self.password != self.again:
            raise ValueError(_("Hai lần gõ mật khẩu không giống nhau."))
        return self


class Registration(Password):
    full_name: Name
    email: Email
    organisation: MaybeId = None


class NewPassword(Password):
    old: str = Field(min_length=1, max_length=200)


class Address(Form):
    email: Email


class SecondFactor(Form):
    secret: str = Field(pattern=r"^[A-Z2-7]{32}$")
    code: Line
    current_password: str = Field(min_length=1, max_length=200)
    current_code: MaybeLine = ""


def address_of(request: Request) -> str:
    """Where the request comes from: the last address on its way that is not a proxy we trust."""
    direct = request.client.host if request.client else ""
    told = [part.strip() for part in request.headers.get("x-forwarded-for", "").split(",") if part.strip()]
    way = [*told, direct]
    while len(way) > 1 and settings().trusts(way[-1]):
        way.pop()
    return way[-1][:45]


def session_cookie(token: str) -> Cookie:
    return Cookie(COOKIE, value=token, path="/", httponly=True, samesite="lax", secure=settings().secure_cookies)


def safe(path: str) -> str:
    """A place in this house to go on to, never another site. Browsers leave tabs and line ends out, so «/⇥/» is «//»."""
    return path if path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable() else "/desk"


@get("/sign-in")
async def sign_in_form(request: Request) -> Template | Redirect:
    if request.scope.get("user"):
        return see("/desk")
    return page("account/sign_in.html", form=Typed({"next": request.query_params.get("next", "")}), files=False)


@post("/sign-in")
async def sign_in(request: Request) -> Template | Redirect:
    try:
        form = await read(SignIn, request)
        token = await accounts.sign_in(form.email, form.password, address=address_of(request), code=form.code)
    except Invalid as invalid:
        invalid.values.pop("password", None)
        return page("account/sign_in.html", form=invalid, files=False, status_code=422)
    except Refused as refused:
        typed = form.model_dump(include={"email", "next", "kept", "back", "page"})
        return page("account/sign_in.html", form=Typed(typed, {"email": str(refused)}), files=False, status_code=422)
    answer = await given_back(request, form, token) if form.kept else see(safe(form.next))
    answer.cookies.append(session_cookie(token))
    return answer


async def given_back(request: Request, form: SignIn, token: str) -> Template:
    """What was typed before the session ended, to be sent again to where it was meant for."""
    request.scope["user"] = await people.behind(token)
    pairs = kept_text.pairs_of(form.kept)
    return page(
        "account/kept.html", action=safe(form.back), pairs=pairs, texts=kept_text.texts(pairs), came_from=safe(form.page or "/desk"),
        why=_("Phiên làm việc trước đã hết khi bạn gửi. Bạn đã đăng nhập lại; bấm nút dưới đây để gửi tiếp đúng nội dung đã gõ."),
        files=False,
    )


@get("/session")
async def session_left(request: Request) -> Response:
    """How many seconds the session lasts from now; asking keeps it alive, as any page does."""
    return Response(str(sessions.seconds_left(request.user.session)), media_type="text/plain")


@post("/sign-out")
async def sign_out(request: Request) -> Redirect:
    await sessions.close_session(request.cookies.get(COOKIE, ""))
    answer = see("/")
    answer.delete_cookie(COOKIE)
    return answer


@post("/language")
async def choose_language(request: Request) -> Redirect:
    posted = await request.form()
    answer = see(safe(str(posted.get("back", "/"))))
    chosen = posted.get("language")
    answer.cookies.append(Cookie(
        "language", value=chosen if chosen in LANGUAGES else "vi", path="/", max_age=31_536_000, samesite="lax", httponly=True,
        secure=settings().secure_cookies,
    ))
    return answer


@get("/register")
async def register_form() -> Template:
    return page("account/register.html", form=Typed(), organisations=await organisations.choices())


@post("/register")
async def register(request: Request) -> Template:
    try:
        form = await read(Registration, request)
    except Invalid as invalid:
        return page(
            "account/register.html", form=without_passwords(invalid), organisations=await organisations.choices(),
            status_code=422,
        )
    chosen = await Organisation.objects().where(Organisation.id == form.organisation).first() if form.organisation else None
    try:
        await accounts.register(
            email=form.email, full_name=form.full_name, password=form.password, organisation=chosen, address=address_of(request)
        )
    except Refused as refused:
        typed = {"full_name": form.full_name, "email": form.email, "organisation": str(form.organisation or "")}
        return page(
            "account/register.html", form=Typed(typed, {"email": str(refused)}), organisations=await organisations.choices(),
            status_code=429,
        )
    return told(_("Đã gửi thư xác nhận"), _("Chúng tôi đã gửi thư đến {email}. Hãy mở liên kết trong thư.").format(email=form.email))


def without_passwords(invalid: Invalid) -> Invalid:
    for name in ("password", "again", "old"):
        invalid.values.pop(name, None)
    if "" in invalid.errors:
        invalid.errors["again"] = invalid.errors.pop("")
    return invalid


def told(title: str, text: str, href: str = "/sign-in", label: str = "") -> Template:
    """A page that says what happened; in the demo letters are read on a page."""
    if not settings().production and not label:
        href, label = "/letters", _("Mở hộp thư minh hoạ")
    return page("message.html", title=title, text=text, href=href, label=label or _("Đăng nhập"), tone="good")


@get("/confirm/{token:str}")
async def confirm_form(token: Token) -> Template:
    return page("account/confirm.html", token=token)


@post("/confirm/{token:str}")
async def confirm(token: Token) -> Template:
    await accounts.confirm(token)
    return told(_("Đã xác nhận địa chỉ"), _("Tài khoản của bạn dùng được từ bây giờ."), "/sign-in", _("Đăng nhập"))


@get("/password")
async def ask_password_form() -> Template:
    return page("account/ask_password.html", form=Typed())


@post("/password")
async def ask_password(request: Request) -> Template:
    try:
        form = await read(Address, request)
        await accounts.ask_for_password(form.email, address=address_of(request))
    except Invalid as invalid:
        return page("account/ask_password.html", form=invalid, status_code=422)
    except Refused as refused:
        return page("account/ask_password.html", form=Typed({"email": form.email}, {"email": str(refused)}), status_code=429)
    return told(_("Hãy xem hộp thư"), _("Nếu {email} có tài khoản, thư đặt mật khẩu đang trên đường đến.").format(email=form.email))


@get("/password/{token:str}")
async def set_password_form(token: Token) -> Template:
    return page("account/set_password.html", form=Typed(), token=token)


@post("/password/{token:str}")
async def set_password(request: Request, token: Token) -> Template:
    try:
        form = await read(Password, request)
    except Invalid as invalid:
        return page("account/set_password.html", form=without_passwords(invalid), token=token, status_code=422)
    await accounts.set_password(token, form.password)
    return told(_("Đã đặt mật khẩu mới"), _("Mọi phiên đăng nhập cũ đã kết thúc."), "/sign-in", _("Đăng nhập"))


@get("/account")
async def account(request: Request) -> Template:
    return security(request, Typed())


def security(request: Request, form: Typed, *, secret: str = "", status_code: int = 200) -> Template:
    """The page for password and second factor, with a fresh secret as QR code."""
    secret = secret or sessions.new_totp_secret()
    drawn = io.BytesIO()
    segno.make(sessions.totp_address(secret, request.user.email)).save(drawn, kind="png", scale=5)
    return page(
        "account/security.html", form=form, secret=secret, person=request.user, status_code=status_code,
        qr="data:image/png;base64," + base64.b64encode(drawn.getvalue()).decode(),
        must=accounts.must_set_second_factor(request.user), shortest=accounts.SHORTEST,
    )


@post("/account/password")
async def change_password(request: Request) -> Template:
    try:
        form = await read(NewPassword, request)
        await accounts.change_password(request.user, old=form.old, new=form.password, address=address_of(request))
    except Invalid as invalid:
        return security(request, without_passwords(invalid), status_code=422)
    except Refused as refused:
        return security(request, Typed({}, {"old": str(refused)}), status_code=422)
    return told(_("Đã đổi mật khẩu"), _("Mọi phiên đăng nhập đã kết thúc. Hãy đăng nhập lại."), "/sign-in", _("Đăng nhập"))


@post("/account/second-factor")
async def set_second_factor(request: Request) -> Template:
    try:
        form = await read(SecondFactor, request)
        await accounts.set_second_factor(
            request.user, secret=form.secret, code=form.code, password=form.current_password, current_code=form.current_code,
            address=address_of(request),
        )
    except Invalid as invalid:
        invalid.values.pop("current_password", None)
        return security(request, invalid, secret=secret_typed(invalid), status_code=422)
    except Refused as refused:
        return security(request, Typed({}, {"code": str(refused)}), secret=form.secret, status_code=422)
    return told(_("Đã bật xác thực hai bước"), _("Lần đăng nhập sau, hãy gõ thêm mã sáu số."), "/sign-in", _("Đăng nhập"))


def secret_typed(invalid: Invalid) -> str:
    return "" if "secret" in invalid.errors else invalid.values.get("secret", "")


ROUTES = [
    sign_in_form, sign_in, session_left, sign_out, choose_language, register_form, register, confirm_form, confirm, ask_password_form,
    ask_password, set_password_form, set_password, account, change_password, set_second_factor,
]
