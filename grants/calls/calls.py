"""Calls: drawn up by an officer, tried out, published, closed. The rule set is pinned and never changes."""

from datetime import date, datetime

from piccolo.columns.combination import Combinable

from grants.calls.tables import AskedDocument, Call, Funding, Programme, Topic
from grants.people.people import holds, person, today
from grants.people.tables import Person, Role
from grants.rules import rules, words
from grants.rules.content import Rules
from grants.rules.tables import RuleSet
from grants.shell import mail
from grants.shell.changes import add, changing, now, remove, require
from grants.shell.database import DB
from grants.shell.dates import local
from grants.shell.language import N_, _
from grants.shell.text import fold

State = Call.State
WORDS = {
    State.DRAFT: (N_("Đang soạn"), "neutral"),
    State.DRY_RUN: (N_("Chạy thử"), "progress"),
    State.PUBLISHED: (N_("Đã công bố"), "good"),
    State.CLOSED: (N_("Đã đóng"), "neutral"),
    State.CANCELLED: (N_("Đã huỷ"), "bad"),
}
NEXT = {
    State.DRAFT: {State.DRY_RUN, State.CANCELLED},
    State.DRY_RUN: {State.DRAFT, State.PUBLISHED, State.CANCELLED},
    State.PUBLISHED: {State.CLOSED, State.CANCELLED},
    State.CLOSED: set(),
    State.CANCELLED: set(),
}
SOURCES = ("capital", "recurrent", "fund")
KEEPS_CALLS = (Role.OFFICER, Role.LEADER, Role.FINANCE, Role.AUDITOR, Role.ASSOCIATION, Role.ADMIN)


def label(state: str) -> str:
    return _(WORDS[State(state)][0])


def status(state: str) -> tuple[str, str]:
    """The state in words with its tone, as lists and tags show it."""
    return label(state), WORDS[State(state)][1]


def move(call: Call, to: State) -> None:
    require(
        to in NEXT[State(call.state)],
        _("Thông báo đang ở bước «{here}», không thể chuyển sang «{there}».").format(here=label(call.state), there=label(to)),
    )
    call.state = to


def is_public() -> Combinable:
    """Calls that everyone may read."""
    return Call.state.is_in([State.PUBLISHED.value, State.CLOSED.value])


def seen_by(person: Person | None) -> Combinable:
    """The calls a person may know exist: the published ones; those who keep calls, all."""
    return Call.id > 0 if person and holds(person, *KEEPS_CALLS) else is_public()


def visible_to(person: Person | None):
    """The calls a person may know exist. Every page loads through this."""
    return Call.objects().where(seen_by(person))


def can_draft(person: Person) -> bool:
    return holds(person, Role.OFFICER)


def can_change(person: Person, call: Call) -> bool:
    return holds(person, Role.OFFICER) and call.state in (State.DRAFT, State.DRY_RUN)


def is_open(call: Call) -> bool:
    """Whether applications may be drafted and handed in now, by the server's clock."""
    return call.state == State.PUBLISHED and call.opens_at <= now() <= call.deadline


def may_apply(person: Person | None) -> bool:
    """Researchers and heads of organisations apply, and who has no post here yet; offices do not."""
    return person is None or not person.posts or holds(person, Role.RESEARCHER, Role.SIGNATORY)


async def rules_of(call: Call) -> Rules:
    """The rules that the call has pinned."""
    return await rules.pinned(call.rule_set)


async def draft(
    *, by: Person, code: str, year: int, title: str, scheme: str, programme: Programme | None = None,
    topic: Topic | None = None, rule_set: RuleSet | None = None, ceilings: dict[str, int | None] | None = None, **more,
) -> Call:
    """Draw up a call under the rules in force today, asking for the documents those rules name.

    `more`: title_en, summary, summary_en, opens_at, deadline, ceiling (đồng), most_months, places.
    `ceilings`: the most that one application may ask of a source, in đồng.
    """
    require(can_draft(by), _("Chỉ cán bộ quản lý nhiệm vụ mới soạn thông báo."))
    require_approved(topic)
    require(
        programme is None or programme.first_year <= year <= programme.last_year,
        _("Chương trình này không có trong năm {year}.").format(year=year), "programme",
    )
    rule_set = rule_set or await rules.in_force(local(now()).date())
    async with DB.transaction():
        require(not await Call.exists().where(Call.code == code), _("Mã thông báo này đã có."))
        call = Call(
            code=code, year=year, title=title, scheme=scheme, rule_set=rule_set.id, officer=by.id,
            programme=programme.id if programme else None, topic=topic.id if topic else None, **more,
        )
        await add(searchable(call), by=by, did="drafted")
        await ask_for_documents(call, by=by)
        await limit_sources(call, ceilings or {}, by=by)
    return call


async def limit_sources(call: Call, ceilings: dict[str, int | None], *, by: Person) -> None:
    """Write down the most that one application may ask of each source; None for no limit."""
    known = await funding_of(call)
    for source, most in ceilings.items():
        require(source in SOURCES and (most is None or most > 0), _("Mức tối đa theo nguồn phải lớn hơn 0."))
        if most is not None or source in known:
            await fund(call, source, by=by, ceiling=most)


def require_approved(topic: Topic | None) -> None:
    """A call may name only a topic of the approved list; its proposer may earn the bonus."""
    require(
        topic is None or topic.state == Topic.State.APPROVED,
        _("Chỉ nhiệm vụ đã được phê duyệt trong danh mục mới được thông báo tuyển chọn."),
    )


def searchable(call: Call) -> Call:
    call.folded = fold(f"{call.code} {call.title} {call.title_en} {call.summary}")
    return call


async def ask_for_documents(call: Call, *, by: Person) -> None:
    """Ask for what the pinned rules name for this kind of task, with the application."""
    pinned = await rules_of(call)
    types = [kind.code for kind in pinned.task_types if kind.scheme == call.scheme][:1]
    require(types, _("Bộ quy tắc không có bộ tiêu chí này."))
    for paper in pinned.documents_for(types[0]):
        asked = AskedDocument(
            call=call.id, code=paper.code, name=paper.vi, name_en=paper.en, form_code=paper.form or "", required=paper.required
        )
        await add(asked, by=by, did="asked_for")


async def revise(call: Call, *, by: Person, ceilings: dict[str, int | None] | None = None, **typed) -> None:
    """Change what a draft says; a published call stays as it is. `ceilings` by source, in đồng."""
    async with changing(call, by=by, did="revised") as call:
        require(can_change(by, call), _("Thông báo đã công bố thì không sửa được nữa."))
        if typed.get("topic"):
            require_approved(await Topic.objects().where(Topic.id == typed["topic"]).first())
        for name, value in typed.items():
            setattr(call, name, value)
        searchable(call)
        await limit_sources(call, ceilings or {}, by=by)


async def require_document(call: Call, asked: AskedDocument, *, required: bool, by: Person) -> None:
    """Make a document obligatory or not."""
    async with changing(call, by=by, did="documents_changed") as call:
        require(can_change(by, call), _("Thông báo đã công bố thì không sửa được nữa."))
        async with changing(asked, by=by, did="requirement_changed") as asked:
            asked.required = required


async def drop_document(call: Call, asked: AskedDocument, *, by: Person) -> None:
    """No longer ask for a document."""
    async with changing(call, by=by, did="documents_changed") as call:
        require(can_change(by, call), _("Thông báo đã công bố thì không sửa được nữa."))
        await remove(asked, by=by, did="no_longer_asked_for")


def missing_for_publication(call: Call, rules: Rules, *, on: datetime) -> list[str]:
    """What still stands against publication, in words."""
    missing = []
    if not (call.title_en and call.summary and call.summary_en):
        missing.append(_("Thiếu tóm tắt, hoặc tên và tóm tắt tiếng Anh."))
    if not (call.opens_at and call.deadline):
        missing.append(_("Thiếu ngày mở hoặc hạn nộp."))
    elif call.deadline <= on:
        missing.append(_("Hạn nộp đã qua."))
    elif local(call.deadline).date() < rules.call.minimum_open.after(local(max(call.opens_at, on)).date()):
        missing.append(_("Thông báo phải mở ít nhất {term}.").format(term=words.term(rules.call.minimum_open)))
    if call.money <= 0:
        missing.append(_("Chưa có kinh phí được duyệt phân bổ cho thông báo này."))
    return missing


async def try_out(call: Call, *, by: Person) -> None:
    """Dry run: everything works as for applicants, but only officers see it."""
    async with changing(call, by=by, did="tried_out") as call:
        require(holds(by, Role.OFFICER), _("Chỉ cán bộ quản lý nhiệm vụ mới chạy thử thông báo."))
        move(call, State.DRY_RUN)


async def take_back(call: Call, *, by: Person) -> None:
    """From the dry run back to the draft."""
    async with changing(call, by=by, did="taken_back") as call:
        require(holds(by, Role.OFFICER), _("Chỉ cán bộ quản lý nhiệm vụ mới sửa thông báo."))
        move(call, State.DRAFT)


async def publish(call: Call, *, by: Person) -> None:
    """Publish: from here on the call and its rule set stay as they are."""
    async with changing(call, by=by, did="published") as call:
        require(holds(by, Role.OFFICER), _("Chỉ cán bộ quản lý nhiệm vụ mới công bố thông báo."))
        missing = missing_for_publication(call, await rules_of(call), on=now())
        require(not missing, " ".join(missing))
        move(call, State.PUBLISHED)


async def cancel(call: Call, *, by: Person) -> None:
    """Give a call up before it was published; it holds no money and takes none from here on."""
    async with changing(call, by=by, did="given_up") as call:
        require(holds(by, Role.OFFICER), _("Chỉ cán bộ quản lý nhiệm vụ mới huỷ thông báo."))
        require(call.state in (State.DRAFT, State.DRY_RUN), _("Thông báo đã công bố thì không huỷ được ở đây."))
        require(call.money == 0, _("Thông báo đã được phân bổ kinh phí, chưa huỷ được."))
        move(call, State.CANCELLED)


async def close(call: Call, *, by: Person) -> None:
    """Close the call after its deadline: the opening session can begin."""
    async with changing(call, by=by, did="closed") as call:
        require(holds(by, Role.OFFICER), _("Chỉ cán bộ quản lý nhiệm vụ mới đóng thông báo."))
        require(call.deadline and now() > call.deadline, _("Chưa đến hạn nộp, chưa đóng được."))
        move(call, State.CLOSED)


async def set_money(call: Call, amounts: dict[str, int], *, by: Person) -> None:
    """Write down what is allocated to the call, in đồng by source; called by the approved allocation in the same transaction."""
    async with changing(call, by=by, did="money_set") as call:
        require(all(amount >= 0 for amount in amounts.values()), _("Số tiền không được âm."))
        require(call.state != State.CANCELLED, _("Thông báo đã huỷ, không nhận kinh phí nữa."))
        call.money = sum(amounts.values())
        for source, amount in amounts.items():
            await fund(call, source, by=by, money=amount)


async def fund(call: Call, source: str, *, by: Person, **typed) -> None:
    """Write down what the call has of a source (money), or the most one application may ask of it (ceiling), in đồng."""
    there = await Funding.objects().where((Funding.call == call.id) & (Funding.source == source)).first()
    if there is None:
        await add(Funding(call=call.id, source=source, **typed), by=by, did="recorded")
    elif any(getattr(there, name) != value for name, value in typed.items()):
        async with changing(there, by=by, did="changed") as there:
            for name, value in typed.items():
                setattr(there, name, value)


async def funding_of(call: Call) -> dict[str, Funding]:
    """What is written down of each source of a call."""
    return {one.source: one for one in await Funding.objects().where(Funding.call == call.id).order_by(Funding.id)}


def funded(funding: dict[str, Funding]) -> list[str]:
    """The sources that applications may ask of: those the call has money of; every source as long as it has none at all."""
    return [source for source in SOURCES if source in funding and funding[source].money] or list(SOURCES)


async def approve_topic(topic: Topic, *, by: Person, decision_number: str, decided_on: date) -> None:
    """The leader approves a topic for the year's list (danh mục nhiệm vụ)."""
    async with changing(topic, by=by, did="approved") as topic:
        require(holds(by, Role.LEADER), _("Chỉ lãnh đạo tỉnh mới phê duyệt danh mục."))
        require(topic.state == Topic.State.SUGGESTED, _("Đề xuất này đã có quyết định."))
        topic.state, topic.decision_number, topic.decided_on = Topic.State.APPROVED, decision_number, decided_on


async def advise_on_topic(topic: Topic, *, favour: bool, brief: str, by: Person) -> None:
    """What the identification council says of a topic, with its brief; called when its minutes are locked.

    A topic it speaks against is closed; one it is in favour of waits for the leader.
    """
    async with changing(topic, by=by, did="advised") as topic:
        require(topic.state == Topic.State.SUGGESTED, _("Đề xuất này đã có quyết định."))
        topic.advice, topic.advised_on, topic.brief = "favour" if favour else "against", today(), brief
        if not favour:
            topic.state = Topic.State.REFUSED
        if topic.suggested_by:
            await mail.tell(
                await person(topic.suggested_by), lambda: _("Ý kiến của hội đồng về đề xuất của bạn"),
                lambda: (_("Hội đồng đề nghị thực hiện «{title}».") if favour else _("Hội đồng không đề nghị thực hiện «{title}».")).format(
                    title=topic.title
                ),
                link=f"/topics/{topic.id}",
            )


async def suggest_topic(
    *, by: Person, title: str, need: str, title_en: str = "", required_results: str = "", programme: int | None = None
) -> Topic:
    """Anyone with an account may suggest a topic, at any time of the year (NĐ 95/2014 Đ14)."""
    topic = Topic(
        title=title, title_en=title_en, need=need, required_results=required_results, programme=programme,
        suggested_by=by.id, proposer=by.posts[0].organisation if by.posts else None,
    )
    return await add(topic, by=by, did="suggested")
