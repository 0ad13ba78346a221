"""What a rule set may hold, and that the shipped ones are sound, cited and honest about what is not known."""

import copy
import json
from datetime import date
from fractions import Fraction

import pytest
from pydantic import ValidationError

from grants.rules.citations import leaves, stray_sources, unsourced
from grants.rules.content import PanelKind, rules_of
from grants.rules.shipped import CODES, rule_set, table

OLD = rule_set("tt20-2023")
NEW = rule_set("nd267-2025")


def changed(path: str, value: object) -> dict:
    """The old rule set's content with one value replaced."""
    content = copy.deepcopy(OLD["content"])
    part = content
    *above, last = [int(name) if name.isdigit() else name for name in path.split(".")]
    for name in above:
        part = part[name]
    part[last] = value
    return content


@pytest.mark.parametrize("code", CODES)
def test_every_value_cites_its_source_and_every_citation_has_a_value(code):
    rules = rules_of(rule_set(code)["content"])
    assert len(list(leaves(rules))) > 1000
    assert unsourced(rules) == []
    assert stray_sources(rules) == []
    assert all(rules.source(path).basis.strip() for path, _value in leaves(rules))


def test_a_value_without_a_source_and_a_source_without_a_value_are_named():
    content = copy.deepcopy(OLD["content"])
    del content["sources"]["lump_sum"]
    content["sources"]["count.passmark"] = content["sources"]["count"]
    rules = rules_of(content)
    assert unsourced(rules) == [
        "lump_sum.actual_cost_most_share", "lump_sum.actual_cost_most_amount", "lump_sum.saving_to_development_fund"
    ]
    assert stray_sources(rules) == ["count.passmark"]


@pytest.mark.parametrize("code", CODES)
def test_what_is_not_known_has_no_value_and_says_so(code):
    rules = rules_of(rule_set(code)["content"])
    unknown = [path for path, value in leaves(rules) if value is None and path.startswith("ceilings.")]
    assert {"ceilings.state_amount", "ceilings.months", "ceilings.state_share"} <= set(unknown)
    assert all(rules.source(path).unverified for path in unknown)


@pytest.mark.parametrize("code", CODES)
def test_no_value_is_a_binary_decimal_number(code):
    kinds = {type(value) for _path, value in leaves(rules_of(rule_set(code)["content"]))}
    assert float not in kinds


def test_the_nearest_citation_wins():
    rules = rules_of(OLD["content"])
    assert rules.source("count.pass_mark").basis == "TT 20/2023/TT-BKHCN Đ11"
    assert not rules.source("count.pass_mark").unverified
    assert rules.source("count.decimals").unverified
    assert rules.source("schemes.applied.criteria.2.most").unverified is False
    assert rules.source("schemes.applied.criteria.2.guidance_vi").unverified is True
    with pytest.raises(KeyError):
        rules.source("nothing.of.the.kind")


def test_the_periods_meet_without_gap_or_overlap():
    assert (OLD["valid_from"], OLD["valid_to"]) == (date(2023, 11, 27), date(2025, 9, 30))
    assert (NEW["valid_from"], NEW["valid_to"]) == (date(2025, 10, 1), None)


def test_the_three_scheme_tables_of_circular_20():
    schemes = {s.code: [c.most for c in s.criteria] for s in rules_of(OLD["content"]).schemes}
    assert schemes == {
        "applied": [12, 24, 16, 16, 16, 16],
        "social": [12, 12, 12, 20, 24, 20],
        "pilot": [8, 20, 12, 12, 16, 16, 16],
    }


def test_the_count_rule_of_circular_20():
    rule = rules_of(OLD["content"]).count
    assert (rule.deviation_limit, rule.deviation_base, rule.deviation_test) == (20, "relative_to_mean", "single")
    assert (rule.bonus_percent, rule.bonus_threshold, rule.pass_mark, rule.zero_share) == (10, 70, 70, Fraction(1, 4))
    assert list(rule.ties) == ["lower_state_funding", "excellent_project", "content_mean"]


@pytest.mark.parametrize(
    ("rules", "panel", "least", "most", "share", "named"),
    [
        (OLD, "topic", 7, 11, Fraction(2, 3), {"chair": 1, "reviewer": 2, "secretary": 1}),
        (OLD, "selection", 7, 9, Fraction(2, 3), {"chair": 1, "reviewer": 2}),
        (OLD, "appraisal", 5, 5, Fraction(4, 5), {"panel_representative": 1}),
        (OLD, "final_evaluation", 9, 9, Fraction(2, 3), {"chair": 1, "reviewer": 2, "secretary": 1}),
        (NEW, "selection", 7, 9, Fraction(2, 3), {"chair": 1, "reviewer": 2, "secretary": 1}),
    ],
)
def test_the_panels_of_the_handbook(rules, panel, least, most, share, named):
    rule = rules_of(rules["content"]).panels[PanelKind(panel)]
    assert (rule.least_members, rule.most_members, rule.quorum.share) == (least, most, share)
    assert {seat.seat: seat.at_least for seat in rule.quorum.named} == named


def test_what_the_new_rules_take_over_is_marked_unverified():
    new = rules_of(NEW["content"])
    assert new.count == rules_of(OLD["content"]).count
    assert new.source("count.pass_mark").unverified
    assert "TT 20/2023/TT-BKHCN Đ11" in new.source("count.pass_mark").basis
    assert new.rate("pi_month").amount == 40_000_000
    assert new.source("rates.pi_month.amount").unverified


def test_papers_are_asked_for_by_task_type_and_moment():
    rules = rules_of(OLD["content"])
    assert [paper.form for paper in rules.documents_for("pilot_production")][:2] == ["B1-1-ĐON", "B1-2c"]
    assert [paper.code for paper in rules.documents_for("pilot_production", recommended=True)] == ["quotations"]


def test_a_lead_organisations_expert_may_only_be_a_plain_member_of_the_final_panel():
    rules = rules_of(OLD["content"])
    assert rules.conflict("same_employer", "selection", "member").effect == "exclude"
    assert rules.conflict("same_employer", "final_evaluation", "chair").effect == "exclude"
    assert rules.conflict("same_employer", "final_evaluation", "member").effect == "warn"
    assert rules.conflict("rival_application", "final_evaluation", "member") is None


def test_bars_that_are_switched_off_do_not_count():
    assert set(rules_of(OLD["content"]).eligibility.bars_on("pi")) == {
        "unfinished_project_as_pi", "overdue_final_evaluation", "suspended_within"
    }
    switched = changed("eligibility.bars.5.on", False)
    assert set(rules_of(switched).eligibility.bars_on("pi")) == {"overdue_final_evaluation", "suspended_within"}


def test_panel_fees_are_found_by_panel_and_seat():
    rules = rules_of(OLD["content"])
    assert rules.rate("selection_chair").amount == 1_800_000
    assert rules.rate("selection_review_reviewer").amount == 1_000_000
    for panel in PanelKind:
        for seat in rules.panels[panel].seats:
            assert rules.rate(f"{panel}_{seat.seat}").amount > 0


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        ("count.pass_mark", 70.5, "int"),
        ("count.pass_mark", "70", "int"),
        ("count.pass_mark", True, "int"),
        ("count.zero_share", 0.25, "tỷ lệ như 2/3"),
        ("count.zero_share", "1/0", "chia cho 0"),
        ("count.zero_share", "-1/4", "từ 0 đến 100"),
        ("count.deviation_base", "points of the mean", "deviation_base"),
        ("count.bonus", 1, "Extra inputs"),
        ("schemes.0.criteria.0.most", 13, "cộng lại là 101"),
        ("schemes.0.criteria.0.number", 2, "liên tục 1, 2, 3"),
        ("schemes.0.content_criteria", [7], "có trong thang điểm"),
        ("task_types.0.scheme", "art", "không có trong bộ quy tắc"),
        ("rates.0.amount", None, "chỉ một trong hai"),
        ("panels.selection.papers_lead.unit", "week", "unit"),
        ("lump_sum.actual_cost_most_amount", -1, "greater than or equal to 0"),
    ],
)
def test_what_does_not_hold_together_is_refused(path, value, says):
    with pytest.raises(ValidationError, match=says):
        rules_of(changed(path, value))


def test_each_kind_of_panel_must_have_rules():
    content = copy.deepcopy(OLD["content"])
    del content["panels"]["topic"]
    with pytest.raises(ValidationError, match="từng loại hội đồng"):
        rules_of(content)


@pytest.mark.parametrize("code", CODES)
def test_stored_and_read_again_the_rules_are_the_same(code):
    rules = rules_of(rule_set(code)["content"])
    assert rules_of(rules.model_dump_json()) == rules
    assert rules_of(json.loads(rules.model_dump_json())) == rules


def test_rules_cannot_be_changed_by_whoever_reads_them():
    with pytest.raises(ValidationError, match="frozen"):
        rules_of(OLD["content"]).count.pass_mark = 60


def test_fields_form_two_levels_and_budget_codes_are_all_marked_unverified():
    fields = table("fields")["fields"]
    first = {field["code"] for field in fields if field["parent"] is None}
    assert first == set("123456")
    assert len(fields) == 6 + 46
    assert len({field["code"] for field in fields}) == len(fields)
    assert all(field["parent"] == field["code"][0] and field["parent"] in first for field in fields if field["parent"])
    assert all(code["unverified"] for code in table("budget_codes")["codes"])


def test_holidays_are_days_once_each_and_a_working_day_in_exchange_is_a_saturday():
    days = table("holidays")["holidays"]
    dates = [date.fromisoformat(day["date"]) for day in days]
    assert dates == sorted(set(dates))
    assert {day.year for day in dates} == {2023, 2024, 2025, 2026, 2027}
    for row, day in zip(days, dates, strict=True):
        assert row["kind"] in ("holiday", "working")
        assert row["kind"] == "holiday" or day.weekday() == 5
        assert "bù" not in row["vi"] or row["kind"] == "working" or day.weekday() < 5


@pytest.mark.parametrize("name", ["tt20-2023", "nd267-2025"])
def test_each_rule_file_says_what_law_it_stands_on(name):
    assert table(name)["basis"]


@pytest.mark.parametrize("name", ["expense_groups", "rate_norms", "fields", "holidays", "budget_codes"])
def test_each_reference_file_cites_its_source(name):
    assert table(name)["source"]
