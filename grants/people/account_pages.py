"""Pages of one's own account: registering, signing in and out, password, second factor, language."""

import base64
import io
from functools import partial

import segno
from litestar import Request, Response, get, post
from litestar.datastructures import Cookie
from litestar.response import Redirect, Template
from pydantic import Field, model_validator

from grants.people import accounts, organisations, people
from grants.people.tables import Organisation, Person
from grants.shell import kept_text, sessions
from grants.shell.changes import Refused
from grants.shell.config import settings
from grants.shell.forms import Email, Form, Invalid, Line, MaybeId, MaybeLine, Name, Typed, read
from grants.shell.language import LANGUAGES, _
from grants.shell.web import Token, page, see, submitted

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
    return await registering(Typed())


async def registering(typed: Typed, status_code: int = 200) -> Template:
    return page(
        "account/register.html", form=without_passwords(typed), organisations=await organisations.choices(), status_code=status_code
    )


@post("/register")
async def register(request: Request) -> Template | Redirect:
    async def open_account(*, by: None, email: str, full_name: str, password: str, again: str, organisation: int | None) -> str:
        chosen = await Organisation.objects().where(Organisation.id == organisation).first() if organisation else None
        await accounts.register(
            email=email, full_name=full_name, password=password, organisation=chosen, address=address_of(request)
        )
        return _("Chúng tôi đã gửi thư đến {email}. Hãy mở liên kết trong thư.").format(email=email)

    sent = partial(told, _("Đã gửi thư xác nhận"))
    return await submitted(request, Registration, open_account, shown=registering, to=sent, at="email")


def without_passwords(typed: Typed) -> Typed:
    """The form again, with what nobody shows left out; a sentence about both passwords stands at the second."""
    for name in kept_text.SECRET:
        typed.values.pop(name, None)
    if "" in typed.errors:
        typed.errors["again"] = typed.errors.pop("")
    return typed


def told(title: str, text: str, *, signs_in: bool = False) -> Template:
    """A page that says what happened, and leads to signing in; or to the letter just sent, which in the demo is read on a page."""
    href, label = ("/sign-in", _("Đăng nhập")) if signs_in or settings().production else ("/letters", _("Mở hộp thư minh hoạ"))
    return page("message.html", title=title, text=text, href=href, label=label, tone="good")


@get("/confirm/{token:str}")
async def confirm_form(token: Token) -> Template:
    return page("account/confirm.html", token=token)


@post("/confirm/{token:str}")
async def confirm(token: Token) -> Template:
    await accounts.confirm(token)
    return told(_("Đã xác nhận địa chỉ"), _("Tài khoản của bạn dùng được từ bây giờ."), signs_in=True)


@get("/password")
async def ask_password_form() -> Template:
    return await asking_password(Typed())


async def asking_password(typed: Typed, status_code: int = 200) -> Template:
    return page("account/ask_password.html", form=typed, status_code=status_code)


@post("/password")
async def ask_password(request: Request) -> Template | Redirect:
    async def ask(*, by: None, email: str) -> str:
        await accounts.ask_for_password(email, address=address_of(request))
        return _("Nếu {email} có tài khoản, thư đặt mật khẩu đang trên đường đến.").format(email=email)

    return await submitted(request, Address, ask, shown=asking_password, to=partial(told, _("Hãy xem hộp thư")), at="email")


@get("/password/{token:str}")
async def set_password_form(token: Token) -> Template:
    return await setting_password(token, Typed())


async def setting_password(token: str, typed: Typed, status_code: int = 200) -> Template:
    return page("account/set_password.html", form=without_passwords(typed), token=token, status_code=status_code)


@post("/password/{token:str}")
async def set_password(request: Request, token: Token) -> Template | Redirect:
    async def set_new(*, by: None, password: str, again: str) -> str:
        await accounts.set_password(token, password)
        return _("Mọi phiên đăng nhập cũ đã kết thúc.")

    done = partial(told, _("Đã đặt mật khẩu mới"), signs_in=True)
    return await submitted(request, Password, set_new, shown=partial(setting_password, token), to=done, at="password")


@get("/account")
async def account(request: Request) -> Template:
    return await security(request, Typed())


async def security(request: Request, typed: Typed, status_code: int = 200) -> Template:
    """The page for password and second factor, with a secret as QR code: the one just tried, else a fresh one."""
    secret = "" if "secret" in typed.errors else typed.values.get("secret", "")
    secret = secret or sessions.new_totp_secret()
    drawn = io.BytesIO()
    segno.make(sessions.totp_address(secret, request.user.email)).save(drawn, kind="png", scale=5)
    return page(
        "account/security.html", form=without_passwords(typed), secret=secret, person=request.user, status_code=status_code,
        qr="data:image/png;base64," + base64.b64encode(drawn.getvalue()).decode(),
        must=accounts.must_set_second_factor(request.user), shortest=accounts.SHORTEST,
    )


@post("/account/password")
async def change_password(request: Request) -> Template | Redirect:
    async def change(*, by: Person, old: str, password: str, again: str) -> str:
        await accounts.change_password(by, old=old, new=password, address=address_of(request))
        return _("Mọi phiên đăng nhập đã kết thúc. Hãy đăng nhập lại.")

    done = partial(told, _("Đã đổi mật khẩu"), signs_in=True)
    return await submitted(request, NewPassword, change, shown=partial(security, request), to=done, at="old")


@post("/account/second-factor")
async def set_second_factor(request: Request) -> Template | Redirect:
    async def turn_on(*, by: Person, secret: str, code: str, current_password: str, current_code: str) -> str:
        await accounts.set_second_factor(
            by, secret=secret, code=code, password=current_password, current_code=current_code, address=address_of(request)
        )
        return _("Lần đăng nhập sau, hãy gõ thêm mã sáu số.")

    done = partial(told, _("Đã bật xác thực hai bước"), signs_in=True)
    return await submitted(request, SecondFactor, turn_on, shown=partial(security, request), to=done, at="code")


ROUTES = [
    sign_in_form, sign_in, session_left, sign_out, choose_language, register_form, register, confirm_form, confirm, ask_password_form,
    ask_password, set_password_form, set_password, account, change_password, set_second_factor,
]
