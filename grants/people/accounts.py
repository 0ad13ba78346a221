"""Accounts: registering, confirming the address, signing in, passwords, the second factor."""

from grants.people import people
from grants.people.tables import Membership, Organisation, Person, Role
from grants.shell import mail, sessions
from grants.shell.changes import add, changing, now, require
from grants.shell.config import settings
from grants.shell.database import DB, rows
from grants.shell.language import _, language
from grants.shell.tables import Link
from grants.shell.text import fold, nfc, sort_key

SHORTEST = 12
NEED_SECOND_FACTOR = {Role.OFFICER, Role.FINANCE, Role.TREASURER, Role.LEADER, Role.ADMIN}


async def register(*, email: str, full_name: str, password: str, organisation: Organisation | None, address: str) -> None:
    """Open an account as researcher; it works once the address is confirmed by the link in the letter.

    An address that already has an account gets a letter saying so: the page answers the same to everyone.
    """
    async with sessions.alike():
        await open_account(email.strip().lower(), full_name, password, organisation, address)


async def open_account(email: str, full_name: str, password: str, organisation: Organisation | None, address: str) -> None:
    require(await sessions.attempt("register", email, address), too_often())
    hashed = await sessions.password_hash(password)
    async with DB.transaction():
        await rows("SELECT pg_advisory_xact_lock(hashtext($1))", email)  # two at once: the second finds the first one's account
        if there := await people.by_email(email):
            await mail.tell(
                there, lambda: _("Bạn đã có tài khoản"), lambda: _("Có người vừa đăng ký bằng địa chỉ này, nhưng bạn đã có "
                "tài khoản. Nếu quên mật khẩu, hãy đặt lại mật khẩu."), link="/password",
            )
            return
        person = named(Person(email=email, password=hashed, language=language(), fields=[]), full_name)
        await add(person, by=None, did="registered")
        if organisation:
            await add(
                Membership(person=person.id, organisation=organisation.id, role=Role.RESEARCHER, valid_from=people.today()),
                by=None, did="joined",
            )
        token = await sessions.make_link("confirm", person=person.id)
        await mail.tell(
            person, lambda: _("Xác nhận địa chỉ thư của bạn"),
            lambda: _("Mở liên kết này trong ba ngày để xác nhận địa chỉ và bắt đầu dùng tài khoản."), link=f"/confirm/{token}",
        )


def too_often() -> str:
    return _("Đã gửi yêu cầu quá nhiều lần. Hãy đợi 15 phút rồi thử lại.")


def named(person: Person, full_name: str) -> Person:
    """Give the person a name, with the keys by which lists sort and searches find it."""
    person.full_name = nfc(" ".join(full_name.split()))
    person.sort_key, person.folded = sort_key(person.full_name), fold(f"{person.full_name} {person.email}")
    return person


async def confirm(token: str) -> Person:
    """Confirm the address behind the link. Raises `Refused` when the link is used or too old."""
    link = await living(token, "confirm")
    async with changing(await people.person(link.person), by=None, did="confirmed") as person:
        require(await sessions.use_link(link), _("Liên kết này đã dùng rồi."))
        person.confirmed_at = now()
    return person


async def living(token: str, purpose: str) -> Link:
    link = await sessions.link_of(purpose, token)
    require(link, _("Liên kết này đã dùng rồi hoặc đã hết hạn. Hãy yêu cầu liên kết mới."))
    return link


async def sign_in(email: str, password: str, *, address: str, code: str = "") -> str:
    """Check the password (and the second factor where the person has one) and open a session; returns its token.

    Raises `Refused`, in the same words whether the account, the password or the code is wrong.
    """
    email = email.strip().lower()
    tried = await counted(email, address)
    person = await people.by_email(email)
    fits = await sessions.password_fits(person.password if person and not person.closed_at else "", password)
    require(fits and await second_factor_fits(person, code), _("Địa chỉ thư, mật khẩu hoặc mã xác thực không đúng."))
    await sessions.succeeded(tried)
    require(person.confirmed_at, _("Bạn chưa xác nhận địa chỉ thư. Hãy mở liên kết trong thư chúng tôi đã gửi."))
    require(not (settings().production and person.demo), _("Tài khoản minh hoạ không dùng được ở đây."))
    return await sessions.open_session(person.id, second_factor=bool(person.totp))


async def counted(email: str, address: str) -> int:
    """Note one more try at the password or the second factor of an account, before it is looked at."""
    tried = await sessions.attempt("sign-in", email, address)
    require(tried, _("Đã thử sai quá nhiều lần. Hãy đợi 15 phút rồi thử lại, hoặc đặt lại mật khẩu."))
    return tried


async def second_factor_fits(person: Person, code: str) -> bool:
    """A code works once: the step it belongs to must be later than the last one used."""
    if not person.totp:
        return True
    step = sessions.totp_step(person.totp, code)
    if step is None or step <= person.totp_used:
        return False
    async with changing(person, by=person, did="second_factor_used") as person:
        require(step > person.totp_used, _("Mã này đã dùng rồi."))
        person.totp_used = step
    return True


async def ask_for_password(email: str, *, address: str) -> None:
    """Send a link to set a new password; the page answers the same whether the account exists or not."""
    async with sessions.alike():
        await send_password_link(email.strip().lower(), address)


async def send_password_link(email: str, address: str) -> None:
    require(await sessions.attempt("password", email, address), too_often())
    if (person := await people.by_email(email)) and not person.closed_at:
        async with DB.transaction():
            token = await sessions.make_link("password", person=person.id, days=1)
            await mail.tell(
                person, lambda: _("Đặt mật khẩu mới"),
                lambda: _("Mở liên kết này trong một ngày để đặt mật khẩu mới. Nếu bạn không yêu cầu, hãy bỏ qua thư này."),
                link=f"/password/{token}",
            )


async def set_password(token: str, password: str) -> None:
    """Set a new password with a link; every session of the person ends, and failures to sign in are forgotten."""
    link = await living(token, "password")
    hashed = await sessions.password_hash(password)
    async with changing(await people.person(link.person), by=None, did="password_set") as person:
        require(await sessions.use_link(link), _("Liên kết này đã dùng rồi."))
        person.password = hashed
        person.confirmed_at = person.confirmed_at or now()
        await sessions.close_all(person.id)
        await sessions.forget_attempts(person.email)


async def change_password(person: Person, *, old: str, new: str, address: str) -> None:
    """Change one's own password; every session ends, this one too."""
    tried = await counted(person.email, address)
    require(await sessions.password_fits(person.password, old), _("Mật khẩu hiện nay không đúng."))
    await sessions.succeeded(tried)
    hashed = await sessions.password_hash(new)
    async with changing(person, by=person, did="password_changed") as person:
        person.password = hashed
        await sessions.close_all(person.id)


async def set_second_factor(person: Person, *, secret: str, code: str, password: str, current_code: str, address: str) -> None:
    """Turn the second factor on, proved by a code of the new secret; or replace it.

    An open session is not enough: the password is asked, and a code of the present secret where there is one.
    """
    step = sessions.totp_step(secret, code)
    require(step is not None, _("Mã không đúng. Hãy kiểm tra giờ trên điện thoại rồi thử mã mới."))
    tried = await counted(person.email, address)
    fits = await sessions.password_fits(person.password, password)
    require(fits and await second_factor_fits(person, current_code), _("Mật khẩu hoặc mã đang dùng không đúng."))
    await sessions.succeeded(tried)
    async with changing(person, by=person, did="second_factor_set") as person:
        person.totp, person.totp_used = secret, step
        await sessions.close_all(person.id)


async def reset_second_factor(person: Person, *, reason: str, by: Person) -> None:
    """Take a lost second factor off an account, so that its owner signs in by password and sets a new one.

    The owner is told by letter who did it and why, and every session of the account ends.
    """
    require(people.holds(by, Role.ADMIN), _("Chỉ quản trị hệ thống mới gỡ xác thực hai bước."))
    require(by.id != person.id, _("Không ai tự gỡ xác thực hai bước của mình."))
    require(reason, _("Hãy nêu lý do."))
    async with changing(person, by=by, did="second_factor_reset", reason=reason) as person:
        require(person.totp, _("Tài khoản này không bật xác thực hai bước."))
        person.totp, person.totp_used = "", 0
        await sessions.close_all(person.id)
        await mail.tell(
            person, lambda: _("Xác thực hai bước của bạn đã được gỡ"),
            lambda: _("{admin} đã gỡ xác thực hai bước của tài khoản bạn. Lý do: {reason}. Hãy đăng nhập bằng mật khẩu và bật lại xác thực "
                      "hai bước. Nếu bạn không yêu cầu việc này, hãy đổi mật khẩu ngay và báo cho cơ quan quản lý hệ thống.").format(
                admin=people.titled(by), reason=reason),
            link="/account",
        )


async def close(person: Person, *, by: Person) -> None:
    """Close an account: nobody signs in with it any more; what the person did and signed stays."""
    require(people.holds(by, Role.ADMIN), _("Chỉ quản trị hệ thống mới khoá tài khoản."))
    require(by.id != person.id, _("Không ai tự khoá tài khoản của mình."))
    async with changing(person, by=by, did="account_closed") as person:
        require(person.closed_at is None, _("Tài khoản này đã khoá."))
        person.closed_at = now()
        await sessions.close_all(person.id)


async def reopen(person: Person, *, by: Person) -> None:
    """Let a closed account be used again."""
    require(people.holds(by, Role.ADMIN), _("Chỉ quản trị hệ thống mới mở lại tài khoản."))
    async with changing(person, by=by, did="account_reopened") as person:
        require(person.closed_at is not None, _("Tài khoản này đang dùng được."))
        person.closed_at = None


def must_set_second_factor(person: Person) -> bool:
    """In production officers, finance, the treasurer, leaders and admins work only with a second factor."""
    return settings().production and people.holds(person, *NEED_SECOND_FACTOR) and not person.session["second_factor"]
