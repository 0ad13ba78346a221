"""The demo's budget years in motion: units get their estimate, codes are adjusted, supplements come, and finished years are closed."""

from datetime import date

from budget import adjustments, corrections, grounds, reservations, year_end, years
from budget.grounds import Act
from budget.tables import Entry, Reservation
from budget.year_tables import Adjustment
from seed.diary import Diary, moment, read
from seed.year_money import FINANCE, SECOND, allocate_to, latest

OFFICER, LEADER = "officer@grants.test", "leader@grants.test"
CLOSED = (2024, 2025)  # years of the demo that are over
ELSEWHERE = {2024: 11_200_000_000, 2025: 11_000_000_000, 2026: 10_000_000_000}  # đồng for projects begun before this system
SOCIAL = {2025: 2_000_000_000, 2026: 5_000_000_000}  # đồng moved to the code of the social sciences


def note_closings(diary: Diary) -> None:
    """What happens to a year's money beside calls and projects."""
    for year in read("budget")["years"]:
        if year["decision"]:
            note_handovers(diary, year)
        for said in year["adjustments"]:
            note_supplement(diary, year, said)
        if year["year"] in SOCIAL:
            note_transfer(diary, year["year"])
    for year in CLOSED:
        note_close(diary, year)
    note_corrections(diary)


async def decided(diary: Diary, kind: str, *, number: str, on: str, by: str, ground: str = "", **said) -> Adjustment:
    """An adjustment from its proposal by the officer to its decision."""
    known = await grounds.of_act(kind, date.fromisoformat(on))
    basis = next(one for one in known if one.code == (ground or kind))
    asked = await adjustments.propose(kind, ground=basis.id, by=await diary.who(OFFICER), **said)
    await adjustments.approve(await latest(asked), number=number, on=date.fromisoformat(on), by=await diary.who(by))
    return asked


def note_handovers(diary: Diary, year: dict) -> None:
    """In January units that keep their own books are given what was estimated for them."""
    n, day = year["year"], f"{year['year']}-01-10"

    async def hand_over() -> None:
        for stream, code, purposes in (("capital", "417-100-101", {"infrastructure"}), ("recurrent", "417-100-103", {"management"})):
            amount = sum(
                line["decided"] for line in year["lines"]
                if line["stream"] == stream and line["purpose"] in purposes and not line["key"].endswith("-review")  # the fees stay
            )
            await decided(
                diary, "handover", number=f"{n - 2010}/QĐ-STC", on=day, by=FINANCE[stream], stream=stream, year=n, amount=amount,
                source=f"code:{code}", reason="Giao dự toán cho các đơn vị trực thuộc và chủ đầu tư.",
            )
        await decided(
            diary, "handover", number=f"{n - 2009}/QĐ-STC", on=day, by=FINANCE["recurrent"], stream="recurrent", year=n,
            amount=ELSEWHERE[n], source="code:417-100-101",
            reason="Nhiệm vụ chuyển tiếp ký hợp đồng trước khi dùng hệ thống, giao đơn vị chủ trì.",
        )

    diary.on(moment(day, 9), hand_over)


def note_supplement(diary: Diary, year: dict, said: dict) -> None:
    async def supplement() -> None:
        code = "417-100-103" if said["line"].endswith("-ops") else "417-100-101"
        await decided(
            diary, "supplement", number=said["decision"]["number"], on=said["decision"]["date"], by=LEADER, ground="supplement-merger",
            stream="recurrent", year=year["year"], amount=said["amount"], target=f"code:{code}", reason=said["reason"],
        )
        await decided(
            diary, "handover", number="0471/QĐ-STC", on=said["decision"]["date"], by=FINANCE["recurrent"], stream="recurrent",
            year=year["year"], amount=said["amount"], source=f"code:{code}", reason="Giao đơn vị tiếp nhận từ tỉnh Phú Yên.",
        )

    diary.on(moment(said["on"], 15), supplement)


def note_transfer(diary: Diary, year: int) -> None:
    """Calls in the social sciences are given out of their own khoản."""
    day = f"{year}-01-12"

    async def transfer() -> None:
        await decided(
            diary, "transfer", number=f"{year - 2004}/QĐ-STC", on=day, by=FINANCE["recurrent"], stream="recurrent", year=year,
            amount=SOCIAL[year], source="code:417-100-101", target="code:417-100-102",
            reason="Bố trí cho nhiệm vụ khoa học xã hội và nhân văn.",
        )

    diary.on(moment(day, 10), transfer)


def note_close(diary: Diary, year: int) -> None:
    """January: the year is adjusted, what is held in vain let go, remainders carried over or cancelled, the year closed by two."""
    async def adjust() -> None:
        await years.adjust(await years.of(year), by=await diary.who(FINANCE["recurrent"]))
        for held in await Reservation.objects().where((Reservation.year == year) & (Reservation.state == Reservation.State.APPROVED)):
            await reservations.free(held, reason="Hết năm ngân sách.", by=await diary.who(FINANCE[held.stream]))

    async def settle() -> None:
        known = {one.code: one.id for act in (Act.CARRY_OVER, Act.CANCEL) for one in await grounds.of_act(act, date(year + 1, 1, 20))}
        chosen = {one.account: becomes(one, known) for one in await year_end.left(year) if one.free}
        if chosen:
            await year_end.propose(year, chosen, by=await diary.who(OFFICER))
        for n, stream in enumerate(FINANCE):
            if any(row["stream"] == stream for row in await year_end.waiting(year)):
                await year_end.confirm(
                    year, stream, number=f"{41 + n}/QĐ-STC", on=date(year + 1, 1, 26), by=await diary.who(who_for(stream, year)),
                )

    async def close() -> None:
        if await year_end.left(year) or await year_end.held_payments(year):
            return
        await years.ask_to_close(await years.of(year), by=await diary.who(OFFICER))
        await years.close(await years.of(year), by=await diary.who(FINANCE["recurrent"]))

    diary.on(moment(f"{year + 1}-01-06", 9), adjust)
    diary.on(moment(f"{year + 1}-01-26", 9), settle)
    diary.on(moment(f"{year + 1}-01-30", 16), close)


def who_for(stream: str, year: int) -> str:
    return FINANCE[stream]


def becomes(one: year_end.Left, known: dict[str, int]) -> tuple[str, int]:
    """Running agreements, advances and the fund go on; what was not used of the rest is cancelled."""
    if one.stage == "advanced":
        return Act.CARRY_OVER.value, known["carry-advance"]
    if one.stream == "fund":
        return Act.CARRY_OVER.value, known["carry-fund"]
    if one.stage == "committed":
        return Act.CARRY_OVER.value, known["carry-running"]
    if one.stage == "allocated":
        return Act.CARRY_OVER.value, known["carry-call"]
    return Act.CANCEL.value, known["cancel-unspent"]


def note_corrections(diary: Diary) -> None:
    """A call is given the same money twice and the second time taken back by two; a clearance entered in error waits for the second."""
    said = {"paper": "correction_note", "reason": "Phân bổ hai lần cho cùng một đề nghị.", "number": "01/PĐC-STC", "on": date(2026, 11, 6)}

    async def twice() -> None:
        given = {
            "stream": "recurrent", "year": 2026, "amount": 60_000_000, "on": "2026-11-05", "made_by": OFFICER,
            "approved_by": FINANCE["recurrent"],
        }  # fmt: skip
        await allocate_to(diary, {"key": "xh-2026"}, given)
        posted = await Entry.objects().where(Entry.kind == Entry.Kind.ALLOCATION).order_by(Entry.id, ascending=False).first()
        row = await corrections.propose(posted, amount=posted.amount, by=await diary.who(FINANCE["recurrent"]), **said)
        await corrections.approve(row, by=await diary.who(SECOND))

    async def waits() -> None:
        cleared = await Entry.objects().where(Entry.kind == Entry.Kind.CLEARANCE).order_by(Entry.id, ascending=False).first()
        about = {"reason": "Hồ sơ kèm theo là của đợt tạm ứng khác.", "number": "02/PĐC-STC", "on": date(2026, 11, 20)}
        await corrections.propose(cleared, amount=cleared.amount, by=await diary.who(SECOND), **said | about)

    diary.on(moment("2026-11-06", 9), twice)
    diary.on(moment("2026-11-20", 9), waits)
