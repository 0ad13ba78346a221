"""The roster of experts that the federation of associations keeps: who joins, agrees, carries how much, and leaves."""

from datetime import date

from piccolo.columns.combination import Combinable
from piccolo.query import Objects

from grants.people import people
from grants.people.accounts import named
from grants.people.people import holds, today
from grants.people.tables import Membership, Organisation, Person, Role, Tie
from grants.shell import mail, sessions
from grants.shell.changes import add, changing, now, require
from grants.shell.database import DB, rows
from grants.shell.dates import show_date
from grants.shell.language import _, language
from review import fees
from review.roster_tables import Expert, PayDetail, Publication
from review.tables import Interest

SEE_ALL = (Role.ASSOCIATION, Role.OFFICER, Role.AUDITOR)
DAYS_TO_SET_A_PASSWORD = 14


def seen_by(person: Person) -> Combinable:
    """The roster is for the federation, the officers and the auditor; an expert sees only their own entry."""
    return Expert.id > 0 if holds(person, *SEE_ALL) else Expert.person == person.id


def visible_to(person: Person) -> Objects:
    """The experts a person may know of. Every page loads through this."""
    return Expert.objects().where(seen_by(person))


def can_keep(person: Person) -> bool:
    return holds(person, Role.ASSOCIATION)


def can_see_work(person: Person) -> bool:
    """Workload and punctuality: never for applicants, not for the expert either."""
    return holds(person, *SEE_ALL)


def can_consent(person: Person, expert: Expert) -> bool:
    return person.id == expert.person and not expert.retired_on


async def associations() -> list[tuple[str, str]]:
    """The federation and its member associations for a selection: (id, name) in Vietnamese order."""
    found = await rows(
        "SELECT id, name FROM organisation WHERE kind IN ('association', 'federation') AND valid_to IS NULL ORDER BY sort_key, id"
    )
    return [(str(row["id"]), row["name"]) for row in found]


async def invite(
    *, email: str, full_name: str, association: Organisation, by: Person, workplace: Organisation | None = None,
    academic_rank: str = "", degree: str = "", position: str = "", fields: list[str] | None = None, load: int = 6,
) -> Expert:
    """Bring somebody without an account onto the roster: they set a password by the link in the letter."""
    require(can_keep(by), _("Chỉ liên hiệp hội mới quản lý danh sách chuyên gia."))
    async with DB.transaction():
        require(not await people.by_email(email), _("Địa chỉ thư này đã có tài khoản."))
        person = Person(
            email=email, password="", academic_rank=academic_rank, degree=degree, position=position, fields=fields or []
        )
        await add(named(person, full_name), by=by, did="invited")
        if workplace:
            post = Membership(
                person=person.id, organisation=workplace.id, role=Role.RESEARCHER, position=position, valid_from=today()
            )
            await add(post, by=by, did="joined")
        token = await sessions.make_link("password", person=person.id, days=DAYS_TO_SET_A_PASSWORD)
        await mail.tell(
            person, lambda: _("Mời tham gia danh sách chuyên gia của tỉnh"),
            lambda: _("{association} giới thiệu bạn vào danh sách chuyên gia. Mở liên kết này trong {days} ngày để đặt "
                      "mật khẩu và dùng tài khoản.").format(association=association.name, days=DAYS_TO_SET_A_PASSWORD),
            link=f"/password/{token}",
        )
        return await enrol(person, association=association, load=load, by=by)


async def enrol(person: Person, *, association: Organisation, by: Person, load: int = 6) -> Expert:
    """Put a person with an account on the roster, or back on it; they are asked to agree to the use of their details.

    `load`: how many applications they review in depth at a time.
    """
    require(can_keep(by), _("Chỉ liên hiệp hội mới quản lý danh sách chuyên gia."))
    require_association(association)
    async with DB.transaction():
        await rows("SELECT 1 FROM person WHERE id = $1 FOR NO KEY UPDATE", person.id)
        expert = await Expert.objects().where(Expert.person == person.id).first()
        require(expert is None or expert.retired_on, _("Người này đã có trong danh sách chuyên gia."))
        if expert is None:
            expert = Expert(person=person.id, association=association.id, load=load, joined_on=today())
            await add(expert, by=by, did="enrolled")
        else:
            async with changing(expert, by=by, did="returned") as expert:
                expert.association, expert.load, expert.retired_on, expert.consented_at = association.id, load, None, None
        await admit(person.id, association.id, by=by)
        await mail.tell(
            person, lambda: _("Bạn có tên trong danh sách chuyên gia của tỉnh"),
            lambda: _("{association} đã đưa bạn vào danh sách chuyên gia. Hãy xem thông tin của bạn và cho biết bạn có đồng ý "
                      "để tỉnh dùng thông tin đó hay không.").format(association=association.name),
            link=f"/experts/{expert.id}",
        )
    return expert


def require_association(organisation: Organisation) -> None:
    require(
        organisation.kind in (Organisation.Kind.ASSOCIATION, Organisation.Kind.FEDERATION),
        _("Chuyên gia thuộc một hội thành viên hoặc liên hiệp hội."),
    )


async def admit(person: int, association: int, *, by: Person) -> None:
    """The expert's post is held for this association from today on, and for no other."""
    there = False
    for post in await open_posts(person):
        if post.organisation == association:
            there = True
            if post.valid_to is not None:
                async with changing(post, by=by, did="appointed") as post:
                    post.valid_to = None
        elif post.valid_to is None:
            async with changing(post, by=by, did="dismissed") as post:
                post.valid_to = today()
    if not there:
        post = Membership(person=person, organisation=association, role=Role.EXPERT, valid_from=today())
        await add(post, by=by, did="appointed")
    await sessions.close_all(person)


async def open_posts(person: int) -> list[Membership]:
    return await Membership.objects().where(
        (Membership.person == person) & (Membership.role == Role.EXPERT.value)
        & (Membership.valid_to.is_null() | (Membership.valid_to >= today()))
    ).order_by(Membership.id)


async def revise(expert: Expert, *, association: Organisation, load: int, by: Person) -> None:
    """Change an expert's association and the number of applications they review in depth at a time."""
    async with changing(expert, by=by, did="revised") as expert:
        require(can_keep(by), _("Chỉ liên hiệp hội mới quản lý danh sách chuyên gia."))
        require(not expert.retired_on, _("Chuyên gia này đã thôi tham gia."))
        require_association(association)
        if expert.association != association.id:
            await admit(expert.person, association.id, by=by)
        expert.association, expert.load = association.id, load


async def consent(expert: Expert, *, by: Person) -> None:
    """Agree that the province uses one's details to name one to panels; without it nobody is nominated."""
    async with changing(expert, by=by, did="consented") as expert:
        require(can_consent(by, expert), _("Chỉ chính chuyên gia mới cho phép dùng thông tin của mình."))
        expert.consented_at = expert.consented_at or now()


async def withdraw_consent(expert: Expert, *, by: Person) -> None:
    """Take the agreement back: from here on one is not nominated any more; panels already founded go on."""
    async with changing(expert, by=by, did="consent_withdrawn") as expert:
        require(can_consent(by, expert), _("Chỉ chính chuyên gia mới rút lại đồng ý của mình."))
        expert.consented_at = None


async def retire(expert: Expert, *, reason: str, by: Person) -> None:
    """Take an expert off the roster; what they judged stays. Not while they sit on a panel that has not finished."""
    async with changing(expert, by=by, did="retired", reason=reason) as expert:
        require(can_keep(by), _("Chỉ liên hiệp hội mới quản lý danh sách chuyên gia."))
        require(not expert.retired_on, _("Chuyên gia này đã thôi tham gia."))
        require(reason.strip(), _("Hãy ghi lý do thôi tham gia."))
        sits_on = await rows(
            "SELECT p.name FROM seat s JOIN panel p ON p.id = s.panel WHERE s.person = $1 AND p.state <> 'closed'", expert.person
        )
        require(
            not sits_on,
            _("Chuyên gia đang tham gia {panel}. Hãy đợi hội đồng kết thúc hoặc thay người.").format(
                panel=sits_on[0]["name"] if sits_on else ""
            ),
        )
        expert.retired_on = today()
        for post in await open_posts(expert.person):
            async with changing(post, by=by, did="dismissed") as post:
                post.valid_to = today()
        await sessions.close_all(expert.person)


async def require_ready(person: int) -> Expert:
    """The person's entry on the roster, if they may be named to a panel now. Raises `Refused`."""
    expert = await Expert.objects(Expert.person).where(Expert.person == person).first()
    require(expert and not expert.retired_on, _("Người này không có trong danh sách chuyên gia đang tham gia."))
    require(
        not expert.away_until or expert.away_until < today(),
        _("{name} báo vắng đến hết ngày {day}.").format(
            name=expert.person.full_name, day=show_date(expert.away_until, language()) if expert.away_until else ""
        ),
    )
    require(
        expert.consented_at,
        _("{name} chưa đồng ý cho dùng thông tin trong danh sách chuyên gia.").format(name=expert.person.full_name),
    )
    return expert


async def workload(person: int) -> dict:
    """What an expert has been asked and has done: panels, ballots by state, how many in time, days to answer.

    `in_time` counts ballots handed in before the session began; `days` is the mean from the offer to the answer.
    """
    found = await rows(
        """
        SELECT (SELECT count(*) FROM seat s JOIN panel p ON p.id = s.panel WHERE s.person = $1 AND p.state <> 'closed') AS panels,
               (SELECT count(*) FROM assigned_reviewer r JOIN panel p ON p.id = r.panel
                WHERE r.person = $1 AND p.state IN ('forming', 'invited', 'in_session')) AS reviewing,
               count(*) AS offered,
               count(*) FILTER (WHERE b.state = 'offered') AS unanswered,
               count(*) FILTER (WHERE b.state IN ('accepted', 'given')) AS accepted,
               count(*) FILTER (WHERE b.state = 'declined') AS declined,
               count(*) FILTER (WHERE b.state = 'given') AS given,
               count(*) FILTER (WHERE b.state = 'given' AND (p.meets_at IS NULL OR b.given_at <= p.meets_at)) AS in_time,
               round((avg(extract(epoch FROM b.answered_at - b.offered_at)) / 86400)::numeric, 1) AS days
        FROM ballot b JOIN panel p ON p.id = b.panel WHERE b.judge = $1
        """,
        person,
    )
    return found[0]


async def refresh(expert: Expert, *, languages: str, away_until: date | None, by: Person) -> None:
    """Once a year an expert says that their entry is right: which languages they read, and until when they are away."""
    async with changing(expert, by=by, did="refreshed") as expert:
        require(can_consent(by, expert), _("Chỉ chính chuyên gia mới xác nhận thông tin của mình."))
        require(away_until is None or away_until >= today(), _("Ngày vắng phải từ hôm nay trở đi."))
        expert.languages, expert.away_until, expert.refreshed_on = languages.strip(), away_until, today()


# --- pay details, kept apart ---

def can_keep_pay(person: Person, expert: Expert) -> bool:
    return person.id == expert.person and not expert.retired_on


def can_see_pay(person: Person, expert: Expert) -> bool:
    """Where an expert is paid is for themselves and who pays; not for officers, not for the federation."""
    return person.id == expert.person or holds(person, Role.FINANCE, Role.TREASURER)


async def pay_of(expert: Expert) -> PayDetail | None:
    return await PayDetail.objects().where(PayDetail.person == expert.person).first()


async def keep_pay(expert: Expert, *, bank: str, bank_account: str, tax_number: str, by: Person) -> None:
    """An expert's own account and tax number. The audit trail keeps that they changed, not what they are."""
    require(can_keep_pay(by, expert), _("Chỉ chính chuyên gia mới ghi tài khoản của mình."))
    await fees.keep_account(bank=bank, bank_account=bank_account, tax_number=tax_number, by=by)


# --- duplicates ---

async def merge(duplicate: Expert, kept: Expert, *, by: Person) -> None:
    """Two entries of one person become one: posts, ties, publications and declarations count for the one that stays.

    What the duplicate judged stays as it was; its entry is retired. Not while it sits on a panel that has not finished.
    """
    require(can_keep(by), _("Chỉ liên hiệp hội mới quản lý danh sách chuyên gia."))
    require(duplicate.id != kept.id and not kept.retired_on, _("Hãy chọn mục còn tham gia để giữ lại."))
    async with DB.transaction():
        gone, stays = duplicate.person, kept.person
        await retire(duplicate, reason=_("Gộp vào một mục khác của cùng người"), by=by)
        held = {(one.organisation, one.role, one.valid_from) for one in await Membership.objects().where(Membership.person == stays)}
        for post in await Membership.objects().where((Membership.person == gone) & (Membership.role != Role.EXPERT.value)):
            if (post.organisation, post.role, post.valid_from) not in held:
                row = Membership(person=stays, organisation=post.organisation, role=Role.RESEARCHER, position=post.position,
                                 valid_from=post.valid_from, valid_to=post.valid_to)
                await add(row, by=by, did="merged")
        for tie in await Tie.objects().where((Tie.person == gone) | (Tie.other == gone)):
            other = tie.other if tie.person == gone else tie.person
            again = Tie.exists().where((Tie.person == stays) & (Tie.other == other) & (Tie.kind == tie.kind))
            if other != stays and not await again:
                row = Tie(person=stays, other=other, kind=tie.kind, since=tie.since, until=tie.until, note=tie.note)
                await add(row, by=by, did="merged")
        for one in await Publication.objects().where(Publication.person == gone):
            async with changing(one, by=by, did="merged") as one:
                one.person = stays
        for said in await Interest.objects().where(Interest.person == gone):
            if not await Interest.exists().where((Interest.person == stays) & (Interest.proposal == said.proposal)):
                row = Interest(person=stays, proposal=said.proposal, conflict=said.conflict, fact=said.fact, declared_at=said.declared_at)
                await add(row, by=by, did="merged")
