"""An assignment's answer read for people: who beside what and why, what is proven, what a change costs, what cannot be met."""

import json
from dataclasses import dataclass, field
from fractions import Fraction

from grants.shell.database import rows
from grants.shell.language import _
from review.assignment import Wanted
from review.assignment_tables import AssignmentRun
from review.reasons import signed


@dataclass(frozen=True)
class Pair:
    """An expert beside an application. `price`: what the total loses if they are put in and all others may move; `why`: why not."""

    person: int
    name: str
    workplace: str
    value: int
    reason: str
    price: int | None = None
    why: str = ""
    chance: int | None = None


@dataclass(frozen=True)
class Line:
    """An application in an answer: who reviews it, who would stand in (best first), how well it is served."""

    id: int
    reference: str
    title: str
    title_en: str
    reviewers: list[Pair]
    alternates: list[Pair]
    lacking: int
    moved: bool = False

    @property
    def value(self) -> int:
        return sum(one.value for one in self.reviewers)


@dataclass
class Reading:
    """A run's inputs and one answer, read for a page."""

    inputs: dict
    answer: dict
    fields: dict[str, str]
    before: dict[int, set[int]] = field(default_factory=dict)

    def pair(self, a: int, e: int, price: int | None = None, why: str = "") -> Pair:
        one, chances = self.inputs["experts"][e], self.answer.get("chances", ())
        likely = next((percent for x, y, percent in chances if (x, y) == (a, e)), None)
        return Pair(one["id"], one["name"], one["organisation_name"], self.inputs["value"][a][e], self.reason(a, e), price, why, likely)

    def reason(self, a: int, e: int) -> str:
        """Which codes, which words."""
        found = self.inputs["reasons"][a].get(str(e))
        if found is None:
            return _("Ít điểm chung")
        said = []
        if found["codes"]:
            said.append(_("cùng lĩnh vực {names}").format(names=", ".join(self.fields.get(code, code) for code in found["codes"])))
        elif found["field"]:
            said.append(_("cùng nhóm lĩnh vực"))
        if found["words"]:
            said.append(_("cùng nói về: {words}").format(words=", ".join(found["words"])))
        words = "; ".join(said) or _("ít điểm chung")
        return words[:1].upper() + words[1:]

    def lines(self) -> list[Line]:
        held: dict[int, list[int]] = {}
        for a, e in self.answer["pairs"]:
            held.setdefault(a, []).append(e)
        return [self.line(a, one, held.get(a, [])) for a, one in enumerate(self.inputs["applications"])]

    def line(self, a: int, one: dict, experts: list[int]) -> Line:
        reviewers = sorted((self.pair(a, e) for e in experts), key=lambda pair: -pair.value)
        there = {pair.person for pair in reviewers}
        return Line(
            **one, reviewers=reviewers, alternates=[self.pair(a, e) for e in self.answer["alternates"][a]],
            lacking=self.inputs["demand"] - len(reviewers), moved=bool(self.before) and self.before.get(one["id"], set()) != there,
        )

    def others(self, application: int) -> list[Pair]:
        """Who else there is for an application: those who may be put in, the cheapest first; then those who may not, and why."""
        a = next(n for n, one in enumerate(self.inputs["applications"]) if one["id"] == application)
        there = {e for x, e in self.answer["pairs"] if x == a}
        price = {e: lost for x, e, lost in self.answer["prices"] if x == a}
        barred = {person: why for x, person, why in self.inputs["barred"] if x == application}
        found = [
            self.pair(a, e, price.get(e), barred.get(one["id"], ""))
            for e, one in enumerate(self.inputs["experts"]) if e not in there
        ]
        return sorted(found, key=lambda pair: (bool(pair.why), pair.price is None, pair.price or 0, -pair.value))


async def reading(run: AssignmentRun, answer: dict, previous: AssignmentRun | None = None) -> Reading:
    names = {row["code"]: row["name"] for row in await rows("SELECT code, name FROM field")}
    before: dict[int, set[int]] = {}
    if previous and previous.answer:
        then = json.loads(previous.answer)
        inputs = json.loads(previous.inputs)
        for a, e in then["pairs"]:
            before.setdefault(inputs["applications"][a]["id"], set()).add(inputs["experts"][e]["id"])
    return Reading(json.loads(run.inputs), answer, names, before)


def points(value: int) -> str:
    """A likeness or a sum of them as it is shown: thousandths as hundredths with one decimal, «57,8»."""
    return signed(Fraction(value, 10), 1)


def proof(wanted: Wanted, answer: dict) -> str:
    """What is proven of the answer, in words."""
    total, worst = points(answer["total"]), points(answer["worst"])
    if answer["method"] == "lot":
        return _("Bốc thăm, không cặp nào có khả năng quá {cap}%: tổng độ phù hợp trung bình tốt nhất là {bound}, "
                 "lần bốc này được {total}.").format(cap=wanted.cap, bound=points(answer["bound"]), total=total)
    if wanted.aim == "worst" and answer["method"] == "flow":
        return _(
            "Chưa tìm xong phương án đồng đều nhất trong thời hạn; đây là phương án có tổng lớn nhất ({total}), "
            "hồ sơ thấp nhất được {worst}."
        ).format(total=total, worst=worst)
    if wanted.aim == "worst":
        if answer["proven"]:
            return _("Hồ sơ có độ phù hợp thấp nhất được {worst}, không thể cao hơn; với mức đó tổng {total} là lớn nhất, "
                     "đã chứng minh.").format(worst=worst, total=total)
        return _("Hồ sơ có độ phù hợp thấp nhất được {worst}, không thể cao hơn; với mức đó tổng {total}, nhiều nhất có thể "
                 "là {bound}.").format(worst=worst, total=total, bound=points(answer["bound"]))
    if answer["method"] == "none":
        return _("Không tìm được phương án đáp ứng đủ các giới hạn.")
    if not answer["proven"]:
        return _("Tổng độ phù hợp {total}; tối đa có thể là {bound}.").format(total=total, bound=points(answer["bound"]))
    return _("Tổng độ phù hợp {total} là lớn nhất có thể trong các giới hạn, đã chứng minh.").format(total=total)


def unmet(inputs: dict, answer: dict, cap: int | None = None) -> list[str]:
    """What cannot be met: which applications, and whose limits stand in the way."""
    return [one_unmet(inputs, part, cap if answer["method"] == "lot" else None) for part in answer["short"]]


def one_unmet(inputs: dict, part: dict, cap: int | None) -> str:
    references = [inputs["applications"][a]["reference"] for a in part["applications"]]
    names = [inputs["experts"][e]["name"] for e in part["experts"]]
    ids = {inputs["applications"][a]["id"] for a in part["applications"]}
    barred = len({person for application, person, _why in inputs["barred"] if application in ids})
    values = {
        "applications": ", ".join(references), "needed": part["needed"], "room": part["room"], "people": "; ".join(names),
        "count": len(names), "barred": barred,
    }
    if not names:
        return _("Hồ sơ {applications} cần thêm {needed} phản biện nhưng không còn ai được phép nhận ({barred} người vướng xung đột "
                 "lợi ích hoặc đã từ chối).").format(**values)
    if part["room"] < part["needed"]:
        return _("Hồ sơ {applications} cần tất cả {needed} lượt phản biện, nhưng những người nhận được ({people}) "
                 "chỉ còn {room} lượt.").format(**values)
    if cap:
        return _("Hồ sơ {applications}: khi mỗi cặp có khả năng không quá {cap}% thì {count} người được phép nhận ({people}) là chưa đủ; "
                 "hãy nâng giới hạn hoặc thêm người.").format(**values, cap=cap)
    return _("Hồ sơ {applications} cần {needed} phản biện nhưng chỉ có {count} người được phép nhận ({people}), kể cả yêu cầu mỗi tổ chức "
             "nhiều nhất một người; {barred} người vướng xung đột lợi ích hoặc đã từ chối.").format(**values)
