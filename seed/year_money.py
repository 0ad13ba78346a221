"""The demo's budget years: estimated, agreed, decided; then what each call is given and what each year adds to projects."""

from datetime import date
from functools import partial

from budget import allocations, estimate_decisions, estimates, reservations
from grants.proposals.tables import Proposal
from seed.diary import Diary, moment, read

FINANCE = {"capital": "capital@grants.test", "recurrent": "recurrent@grants.test", "fund": "y.duc.buon.krong@grants.test"}
SECOND = "tran.thi.minh.ha@grants.test"  # beside the finance officer of the recurrent stream


async def latest(row):
    """The row as it stands now."""
    return await type(row).objects().where(type(row).id == row.id).first()


def note_years(diary: Diary) -> None:
    for year in read("budget")["years"]:
        note_year(diary, year)


CODES = {"infrastructure": "417-100-101", "management": "417-100-103", "fund_contribution": "417-100-103"}


def code_of(purpose: str, stream: str) -> str:
    """Research projects of the natural sciences, but for what capital builds and what units and the fund are given."""
    return CODES.get(purpose, "417-100-101")


def note_year(diary: Diary, year: dict) -> None:
    key = f"estimate-{year['year']}"

    async def propose() -> None:
        officer = await diary.who(year["proposed_by"])
        estimate = diary.things[key] = await estimates.open_estimate(year["year"], by=officer)
        drawn = await estimates.lines_of(estimate)
        for line in year["lines"]:
            less = diary.things[f"{line['key']}-drawn"] = taken(line, year["lines"], drawn)
            diary.things[line["key"]] = await estimates.propose_line(
                estimate, stream=line["stream"], purpose=line["purpose"], name=line["name"], proposed=line["proposed"] - less, by=officer,
                classification=code_of(line["purpose"], line["stream"]),
            )
        await estimates.submit(estimate, by=officer)

    async def agree() -> None:
        estimate = diary.things[key]
        for line in await estimates.lines_of(estimate):
            if line.working:
                await estimates.agree(line, line.proposed, by=await diary.who(year["agreed_by"][line.stream]))
        for line in year["lines"]:
            if line["agreed"] is None:
                continue
            settled = line["agreed"] if line["decided"] is None else line["decided"]
            reason = line["decision_reason"] if settled != line["agreed"] else line["reason"]
            by = await diary.who(year["agreed_by"][line["stream"]])
            await estimates.agree(
                diary.things[line["key"]], settled - diary.things[f"{line['key']}-drawn"], reason=reason or "", by=by
            )
        for stream in ("capital", "recurrent"):
            if all(line["agreed"] is not None for line in year["lines"] if line["stream"] == stream):
                await estimates.submit_stream(estimate, stream, by=await diary.who(year["agreed_by"][stream]))

    async def decide(streams: list[str], decision: dict) -> None:
        await estimate_decisions.decide(
            await latest(diary.things[key]), streams=streams, number=decision["number"], on=date.fromisoformat(decision["date"]),
            by=await diary.who(year["decided_by"]),
        )

    diary.on(moment(year["proposed_on"]), propose)
    diary.on(moment(year["agreed_on"]), agree)
    for streams, decision in decisions(year):
        diary.on(moment(decision["date"], 16), partial(decide, streams, decision))


def decisions(year: dict) -> list[tuple[list[str], dict]]:
    """Both streams by one decision, or the public investments by their own."""
    if not year["decision"]:
        return []
    if own := year.get("capital_decision"):
        return [(["capital"], own), (["recurrent"], year["decision"])]
    return [(["capital", "recurrent"], year["decision"])]


def taken(line: dict, lines: list[dict], drawn: list) -> int:
    """What of a line's amount the system has drawn in by itself: a stream's first line for continuing work, or else for new work."""
    bearing = [one for wanted in ("continuing", "new") for one in lines if one["stream"] == line["stream"] and one["purpose"] == wanted]
    return sum(one.proposed for one in drawn if one.stream == line["stream"]) if bearing and bearing[0] is line else 0


def note_allocations(diary: Diary, call: dict) -> None:
    for given in call["allocation"]:
        def allocate(given=given):
            return allocate_to(diary, call, given)

        diary.on(moment(given["on"], 10), allocate)


def call_code(key: str, stream: str) -> str:
    """Calls in the social sciences have their own khoản; the fund's money carries no code."""
    return "" if stream == "fund" else "417-100-102" if key.startswith("xh") else "417-100-101"


async def allocate_to(diary: Diary, call: dict, given: dict) -> None:
    asked = await allocations.propose(
        await latest(diary.things[call["key"]]), stream=given["stream"], year=given["year"], amount=given["amount"],
        classification=call_code(call["key"], given["stream"]), by=await diary.who(given["made_by"]),
    )
    number = f"{len(diary.things) + 11:03d}/QĐ-SKHCN"
    await allocations.approve(asked, number=number, on=date.fromisoformat(given["on"]), by=await diary.who(given["approved_by"]))


def note_later_years(diary: Diary) -> None:
    """Each January the running projects' slices of the new year are asked for and approved."""
    for year in (2025, 2026):
        async def commit() -> None:
            officer = await diary.who("officer@grants.test")
            running = await Proposal.objects().where(Proposal.state == Proposal.State.AWARDED).order_by(Proposal.id)
            for proposal in running:
                if await reservations.missing(proposal):
                    for asked in await reservations.request(proposal, by=officer):
                        await reservations.approve(asked, by=await diary.who(FINANCE[asked.stream]))

        diary.on(moment(f"{year}-01-20", 10), commit)


async def reserve(diary: Diary, proposal: Proposal, *, by) -> None:
    """Before the award: every stream's finance holds its part."""
    for asked in await reservations.request(proposal, by=by):
        await reservations.approve(asked, by=await diary.who(FINANCE[asked.stream]))


