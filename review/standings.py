"""What the count found, read back for pages, exports and minutes: one reading for all, so that they agree."""

import json
from collections import defaultdict
from dataclasses import dataclass, field
from fractions import Fraction

from grants.people.people import holds
from grants.people.tables import Person, Role
from grants.rules.content import Rules, Scheme
from grants.shell.database import rows
from grants.shell.language import _, either
from review.ballots import rules_for
from review.reasons import number, restored, say
from review.tables import Panel


@dataclass(frozen=True)
class Sheet:
    """One ballot on the count sheet, known by its number; `judge` is filled only for those who may know it."""

    number: int
    points: dict[int, int]
    total: int
    deviation: str
    valid: bool
    judge: str = ""
    preliminary: int | None = None


@dataclass(frozen=True)
class Line:
    """One application after the count, every number as it is printed, with the sentences it came by.

    `result_steps` are those that speak of no single ballot and of no other application: what its own team reads.
    """

    proposal: int
    reference: str
    title: str
    rank: int | None
    recommended: bool
    mean: str
    bonus: str
    score: str
    steps: list[str]
    result_steps: list[str]
    reasons: list[str]
    criteria: dict[int, str]
    sheets: list[Sheet] = field(default_factory=list)

    @property
    def valid(self) -> int:
        return sum(sheet.valid for sheet in self.sheets)

    @property
    def conclusion(self) -> str:
        return _("Kiến nghị thực hiện") if self.recommended else _("Không kiến nghị")


def sees_judges(person: Person, rules: Rules, panel: Panel) -> bool:
    """Who gave which ballot: in a secret vote only the auditor may know."""
    return holds(person, Role.AUDITOR) or not rules.panels[panel.kind].secret_ballot


async def lines(panel: Panel, *, by: Person, only: int | None = None) -> tuple[list[Line], Scheme]:
    """The panel's ranking from the top (or one application of it), and the scheme it was scored by; empty before the count."""
    rules, scheme = await rules_for(panel.id)
    found = await rows(
        "SELECT s.*, r.reference, CASE WHEN $3 THEN k.blind_title ELSE r.title END AS title "
        "FROM standing s JOIN proposal r ON r.id = s.proposal LEFT JOIN LATERAL "
        "(SELECT blind_title FROM submission WHERE proposal = r.id ORDER BY number DESC LIMIT 1) k ON true "
        "WHERE s.panel = $1 AND ($2::int IS NULL OR s.proposal = $2) ORDER BY s.rank NULLS LAST, r.reference, r.id",
        panel.id, only, rules.panels[panel.kind].names_hidden,
    )
    given = await ballots_by_number(panel, named=sees_judges(by, rules, panel))
    return [line(row, given[row["proposal"]], rules, scheme) for row in found], scheme


async def ballots_by_number(panel: Panel, *, named: bool) -> dict[int, dict[int, dict]]:
    """The counted ballots, proposal → number → points and total; the judge's name only if it may be known."""
    found: dict[int, dict[int, dict]] = defaultdict(dict)
    for row in await rows(
        "SELECT b.proposal, b.number, b.total, k.total AS preliminary, json_object_agg(c.criterion, c.points) AS points, "
        "CASE WHEN $2 THEN p.full_name ELSE '' END AS judge FROM ballot b JOIN score c ON c.ballot = b.id "
        "JOIN person p ON p.id = b.judge LEFT JOIN preliminary_score k ON k.ballot = b.id WHERE b.panel = $1 AND b.number IS NOT NULL "
        "GROUP BY b.id, p.id, k.id ORDER BY b.proposal, b.number",
        panel.id, named,
    ):
        found[row["proposal"]][row["number"]] = row | {"points": {int(k): v for k, v in json.loads(row["points"]).items()}}
    return found


def line(row: dict, given: dict[int, dict], rules: Rules, scheme: Scheme) -> Line:
    decimals, kept = rules.count.decimals, json.loads(row["steps"])
    ties = [restored(tie["reason"]) for tie in kept["ties"]]
    sheets = [
        Sheet(one["judge"], given[one["judge"]]["points"], one["total"], away(one["deviation"], rules), one["valid"],
              given[one["judge"]]["judge"], given[one["judge"]]["preliminary"])
        for one in kept["ballots"]
    ]
    return Line(
        proposal=row["proposal"], reference=row["reference"], title=row["title"], rank=row["rank"], recommended=row["recommended"],
        mean=printed(row["mean"], decimals), bonus=printed(kept["bonus"], decimals), score=printed(row["score"], decimals),
        steps=[say(restored(step), decimals) for step in kept["steps"]] + [say(tie, decimals) for tie in ties],
        result_steps=[say(restored(step), decimals) for step in kept["steps"] if not step["code"].startswith("ballot_")],
        reasons=[say(restored(reason), decimals) for reason in json.loads(row["reasons"]) + kept["flags"]],
        criteria=means([sheet for sheet in sheets if sheet.valid], scheme, decimals), sheets=sheets,
    )


def away(kept: str, rules: Rules) -> str:
    """How far a ballot is from the mean, in percent of it or in points as the rule has it."""
    percent = rules.count.deviation_base == "relative_to_mean"
    return f"{number(Fraction(kept), 2)}%" if percent else number(Fraction(kept), 2)


def printed(kept: str | None, decimals: int) -> str:
    """An exact number "a/b" as it is printed, «78,33»; a dash where there is none."""
    return "–" if kept is None else number(Fraction(kept), decimals)


def means(valid: list[Sheet], scheme: Scheme, decimals: int) -> dict[int, str]:
    """The mean of the valid ballots for each criterion, as printed."""
    return {
        one.number: number(Fraction(sum(sheet.points[one.number] for sheet in valid), len(valid)), decimals) if valid else "–"
        for one in scheme.criteria
    }


def criteria(scheme: Scheme) -> list[str]:
    """The criteria with their maxima: «1. Tổng quan (12)»."""
    return [f"{one.number}. {either(one.vi, one.en)} ({one.most})" for one in scheme.criteria]


def criterion_heads(scheme: Scheme) -> list[tuple[str, str]]:
    return [(_("TC {number}").format(number=one.number), "number") for one in scheme.criteria]


def ranking_table(found: list[Line]) -> tuple[list[tuple[str, str]], list[list]]:
    """The ranking as a table (form B2-5-THKP): heads with their kinds, and rows; page, export and minutes print this one."""
    heads = [
        (_("Xếp hạng"), "number"), (_("Mã hồ sơ"), "code"), (_("Tên nhiệm vụ"), "text"), (_("Phiếu hợp lệ"), "number"),
        (_("Điểm trung bình"), "number"), (_("Điểm cộng"), "number"), (_("Điểm xếp hạng"), "number"), (_("Kết luận"), "text"),
    ]
    return heads, [
        [one.rank if one.rank is not None else "–", one.reference, one.title, f"{one.valid}/{len(one.sheets)}", one.mean, one.bonus,
         one.score, one.conclusion]
        for one in found
    ]


def matrix_table(found: list[Line], scheme: Scheme) -> tuple[list[tuple[str, str]], list[list]]:
    """Each application's mean on each criterion."""
    heads = [(_("Mã hồ sơ"), "code"), *criterion_heads(scheme), (_("Điểm trung bình"), "number")]
    return heads, [[one.reference, *(one.criteria[c.number] for c in scheme.criteria), one.mean] for one in found]


def sheet_heads(scheme: Scheme, *, named: bool) -> list[tuple[str, str]]:
    return [
        (_("Phiếu số"), "number"), *criterion_heads(scheme),
        (_("Tổng điểm"), "number"), (_("Chênh lệch"), "number"), (_("Tính hợp lệ"), "text"),
        *([(_("Thành viên hội đồng"), "text")] if named else []),
    ]


def sheet_table(one: Line, scheme: Scheme, *, named: bool) -> tuple[list[tuple[str, str]], list[list]]:
    """The count sheet of one application (form B2-4-KPĐG), a row a ballot."""
    return sheet_heads(scheme, named=named), [
        [sheet.number, *(sheet.points[c.number] for c in scheme.criteria), sheet.total, sheet.deviation,
         _("Hợp lệ") if sheet.valid else _("Không hợp lệ"), *([sheet.judge] if named else [])]
        for sheet in one.sheets
    ]


def preliminary_table(found: list[Line]) -> tuple[list[tuple[str, str]], list[list]]:
    """What the counted ballots said before the session, which does not count, beside what they say now."""
    heads = [(_("Mã hồ sơ"), "code"), (_("Phiếu số"), "number"), (_("Điểm sơ bộ"), "number"), (_("Điểm được tính"), "number")]
    return heads, [
        [one.reference, sheet.number, sheet.preliminary, sheet.total]
        for one in found for sheet in one.sheets if sheet.preliminary is not None
    ]


async def reviews(panel: Panel, proposal: int) -> list[str]:
    """The written reviews that were counted, by the numbers of their ballots and without names."""
    found = await rows(
        "SELECT review FROM ballot WHERE panel = $1 AND proposal = $2 AND number IS NOT NULL AND review <> '' ORDER BY number",
        panel.id, proposal,
    )
    return [row["review"] for row in found]
