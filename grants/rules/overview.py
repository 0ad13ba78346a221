"""A rule set laid out for reading: sections of rows, each with its value in words and the source it rests on."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from fractions import Fraction

from pydantic.fields import FieldInfo

from grants.rules.content import ConflictRule, PanelKind, PanelRule, Rate, Regime, Rules, Scheme, Seat
from grants.rules.sections import SECTIONS, Section
from grants.rules.values import Part, Source
from grants.rules.words import called, is_checked, name_of, said, share, term, title
from grants.shell import money
from grants.shell.language import _, either, language


@dataclass(frozen=True)
class Row:
    label: str
    value: str
    source: Source


@dataclass(frozen=True)
class Described:
    """A section laid out; `key` is the section (`sections.SECTIONS`) it is edited in, `anchor` its place on the page."""

    key: str
    title: str
    rows: tuple[Row, ...]
    anchor: str


def describe(rules: Rules) -> Iterator[Described]:
    """The whole rule set in the order of the process, in the reader's language."""
    for section in SECTIONS:
        if section.key == "schemes":
            for place, scheme in enumerate(rules.schemes):
                name = _("Thang điểm: {name}").format(name=either(scheme.vi, scheme.en))
                yield Described(section.key, name, tuple(_criteria(rules, scheme)), f"schemes-{place}" if place else "schemes")
        else:
            yield Described(section.key, section.title, tuple(rows_of(rules, section)), section.key)


def rows_of(rules: Rules, section: Section) -> Iterator[Row]:
    """The rows of one section; plain fields where nothing else is said of it."""
    if section.panel:
        return _panel(rules, section.panel, rules.panels[section.panel])
    lists = {
        "regime": _texts, "eligibility-bars": _bars, "documents": _documents, "topic_items": _topic_items, "conflicts": _conflicts,
        "limits": _limits, "expense_groups": _expense_groups, "rates": _rates, "retention": _retention,
    }
    if section.key in lists:
        return lists[section.key](rules)
    return _fields(rules, section.key, getattr(rules, section.key))


def _texts(rules: Rules) -> Iterator[Row]:
    for text in rules.regime.texts:
        yield Row(text.number, text.title, rules.source(f"regime.texts.{text.number}"))
    yield Row(title(Regime.model_fields["transition"]), rules.regime.transition, rules.source("regime.transition"))
    for name in ("task_types", "funding_modes"):
        names = ", ".join(either(item.vi, item.en) for item in getattr(rules, name))
        yield Row(title(Rules.model_fields[name]), told(Rules.model_fields[name], names), rules.source(name))


def told(field: FieldInfo, value: str) -> str:
    """The value in words; beside a rule that nobody enforces, that it is so."""
    return value if is_checked(field) else f"{value}. {_('Hệ thống chưa kiểm tra quy định này.')}"


def _fields(rules: Rules, path: str, part: Part, without: Collection[str] = ("bars",)) -> Iterator[Row]:
    """The plain fields of a part, but for those told elsewhere."""
    for name, field in type(part).model_fields.items():
        value = getattr(part, name)
        if name not in without:
            shown = money.show(value, language()) if name.endswith("_amount") and value is not None else said(value)
            yield Row(title(field), told(field, shown), rules.source(f"{path}.{name}"))


def _bars(rules: Rules) -> Iterator[Row]:
    for bar in rules.eligibility.bars:
        shown = _("đang áp dụng") if bar.on else _("không áp dụng")
        if bar.term:
            shown = f"{shown}, {term(bar.term)}"
        source = rules.source(f"eligibility.bars.{bar.name_in_paths}")
        yield Row(name_of(bar), shown, source)


def _documents(rules: Rules) -> Iterator[Row]:
    for paper in rules.documents:
        parts = [paper.form or "", _("bắt buộc") if paper.required else _("nếu có")]
        if paper.only_after_recommendation:
            parts.append(_("nộp sau khi được kiến nghị"))
        source = rules.source(f"documents.{paper.code}.required")
        yield Row(either(paper.vi, paper.en), "; ".join(part for part in parts if part), source)


def _panel(rules: Rules, kind: PanelKind, rule: PanelRule) -> Iterator[Row]:
    path = f"panels.{kind}"
    size = _("{least} đến {most} người") if rule.least_members < rule.most_members else _("{least} người")
    members = size.format(least=rule.least_members, most=rule.most_members)
    yield Row(_("Số thành viên"), members, rules.source(f"{path}.least_members"))
    seats = ", ".join(f"{wanted.least} {called(wanted.seat)}" for wanted in rule.seats)
    yield Row(title(PanelRule.model_fields["seats"]), seats, rules.source(f"{path}.seats"))
    named = ", ".join(f"{seat.at_least} {called(seat.seat)}" for seat in rule.quorum.named)
    quorum = _("ít nhất {share} thành viên, trong đó có {named}").format(share=rule.quorum.share, named=named)
    yield Row(title(PanelRule.model_fields["quorum"]), quorum, rules.source(f"{path}.quorum"))
    elsewhere = {"least_members", "most_members", "seats", "quorum", "vote", "product_team", "product_team_forms"}
    said_where_set = ("from_roster", "representatives", "sat_before")
    yield from _fields(rules, path, rule, without=elsewhere | {name for name in said_where_set if not getattr(rule, name)})
    if rule.product_team:
        team = _("{n} người, khi có sản phẩm dạng {forms}").format(n=rule.product_team, forms=", ".join(rule.product_team_forms))
        yield Row(_("Tổ chuyên gia kiểm tra sản phẩm"), team, rules.source(f"{path}.product_team_forms"))
    if rule.vote:
        more = _("quá {share} số {base}") if rule.vote.strictly else _("ít nhất {share} số {base}")
        value = more.format(share=rule.vote.share, base=called(rule.vote.base))
        yield Row(title(PanelRule.model_fields["vote"]), value, rules.source(f"{path}.vote"))


def _conflicts(rules: Rules) -> Iterator[Row]:
    return (_conflict(rules, rule) for rule in rules.conflicts)


def _conflict(rules: Rules, rule: ConflictRule) -> Row:
    panels = ", ".join(called(panel) for panel in rule.panels)
    seats = _("mọi chức danh") if set(rule.seats) == set(Seat) else ", ".join(called(seat) for seat in rule.seats)
    parts = [called(rule.effect), panels, seats]
    if rule.within:
        parts.append(_("trong {term} gần nhất").format(term=term(rule.within)))
    if rule.may_be_overruled:
        parts.append(_("có thể chấp nhận ngoại lệ, ghi lý do"))
    return Row(called(rule.kind), "; ".join(parts), rules.source(f"conflicts.{rule.code}"))


def _topic_items(rules: Rules) -> Iterator[Row]:
    for place, one in enumerate(rules.topic_items, 1):
        yield Row(f"{place}. {either(one.vi, one.en)}", _("đạt hoặc không đạt"), rules.source(f"topic_items.{one.code}"))


def _criteria(rules: Rules, scheme: Scheme) -> Iterator[Row]:
    for one in scheme.criteria:
        name = f"{one.number}. {either(one.vi, one.en)}"
        source = rules.source(f"schemes.{scheme.code}.criteria.{one.number}.most")
        yield Row(name, _("tối đa {points} điểm").format(points=one.most), source)


def _limits(rules: Rules) -> Iterator[Row]:
    """The time limits, and whether, and how long, a team may answer its reviews in writing."""
    for limit in rules.limits:
        words = {
            "after": _("trong {term} kể từ {trigger}"),
            "before": _("ít nhất {term} trước {trigger}"),
            "lasting": _("{term} kể từ {trigger}"),
        }[limit.side]
        value = words.format(term=term(limit.term), trigger=either(limit.trigger_vi, limit.trigger_en))
        yield Row(either(limit.vi, limit.en), value, rules.source(f"limits.{limit.code}"))
    answers = term(rules.answers_to_reviews) if rules.answers_to_reviews else _("không có bước này")
    yield Row(title(Rules.model_fields["answers_to_reviews"]), answers, rules.source("answers_to_reviews"))


def _expense_groups(rules: Rules) -> Iterator[Row]:
    for group in rules.expense_groups:
        yield Row(str(group.number), either(group.vi, group.en), rules.source(f"expense_groups.{group.number}"))


def _rates(rules: Rules) -> Iterator[Row]:
    return (_rate(rules, rate) for rate in rules.rates)


def _rate(rules: Rules, rate: Rate) -> Row:
    value = share(rate.share) if rate.amount is None else money.show(rate.amount, language())
    if rate.group == "coefficient" or rate.code == "external_expert_times":
        value = _("{times} lần").format(times=rate.share if rate.share.denominator == 1 else _decimal(rate.share))
    elif rate.amount is not None:
        value = f"{value} / {called(rate.per)}"
    return Row(either(rate.vi, rate.en), value, rules.source(f"rates.{rate.code}"))


def _decimal(share: Fraction) -> str:
    """4/5 as "0,8"; what tenths do not hold stays a fraction."""
    tenths = share * 10
    if tenths.denominator > 1:
        return str(share)
    return f"{tenths.numerator // 10}{',' if language() == 'vi' else '.'}{tenths.numerator % 10}"


def _retention(rules: Rules) -> Iterator[Row]:
    for kept in rules.retention:
        years = _("chưa có") if kept.years is None else _("{n} năm").format(n=kept.years)
        value = _("vĩnh viễn") if kept.permanent else years
        yield Row(either(kept.vi, kept.en), value, rules.source(f"retention.{kept.code}"))
