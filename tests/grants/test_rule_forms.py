"""A rule set in forms: every value comes back as it stands, each wrong one is told at its box, sources go with their values."""

import copy
import json

import pytest

from grants.rules import boxes, editing
from grants.rules.content import PanelRule, Rules, rules_of
from grants.rules.differences import differences, source_differences
from grants.rules.kinds import kind_of
from grants.rules.sections import BY_KEY, SECTIONS
from grants.rules.shipped import CODES, rule_set
from grants.rules.values import Part, Source
from grants.shell.language import english, speaking

OLD, NEW = (rule_set(code)["content"] for code in CODES)


def typed_anew(key: str, content: dict = OLD, **boxes: str) -> tuple[dict, dict[str, str]]:
    """The rule set with a section saved as it stands but for these boxes ("__" for a dot), and what is said against it."""
    stands = editing.prefilled(content, BY_KEY[key])
    return editing.revised(content, BY_KEY[key], stands | {name.replace("__", "."): text for name, text in boxes.items()})


def parts(part: type[Part] = Rules) -> set[type[Part]]:
    """A class of the rule set and all that its fields are made of."""
    below = [kind_of(field).of for name, field in part.model_fields.items() if (part, name) not in ((Rules, "panels"), (Rules, "sources"))]
    below += [PanelRule, Source] if part is Rules else []
    return {part}.union(*(parts(one) for one in below if isinstance(one, type) and issubclass(one, Part)))


def test_every_field_has_a_title_in_both_languages():
    fields = [field for part in parts() for field in part.model_fields.values()]
    assert len(fields) > 100
    assert [field.title for field in fields if not field.title or not english().get(field.title)] == []
    hints = [field.json_schema_extra["hint"] for field in fields]
    assert [hint for hint in hints if hint and not english().get(hint)] == []


def test_every_part_of_a_rule_set_is_edited_in_exactly_one_section():
    names = [path.split(".")[0] for section in SECTIONS for path in section.paths]
    assert set(names) == set(Rules.model_fields) - {"sources"}
    paths = [path for section in SECTIONS for path in section.paths]
    assert len(set(paths)) == len(paths)


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.key)
def test_a_section_saved_as_it_stands_changes_nothing(code, section):
    content = rule_set(code)["content"]
    made, errors = typed_anew(section.key, content)
    assert errors == {}
    assert rules_of(made) == rules_of(content)
    if not section.panel:  # a panel is written with the fields that the shipped file leaves at what they are by default
        assert made == content


def test_a_whole_scheme_typed_into_an_empty_form_is_the_same_json():
    bare = copy.deepcopy(OLD)
    scheme = bare["schemes"].pop()
    bare["task_types"] = [one for one in bare["task_types"] if one["scheme"] != scheme["code"]]
    bare["documents"] = [one for one in bare["documents"] if "pilot_production" not in one["task_types"]]
    row = {"schemes__2__was": "", "schemes__2__content_criteria": "2"}
    row |= {f"schemes__2__{name}": str(scheme[name]) for name in ("code", "vi", "en", "total")}
    for place, criterion in enumerate(scheme["criteria"]):
        at = f"schemes__2__criteria__{9 - place}"  # whatever the order in which the rows stand: they have numbers
        row |= {f"{at}__was": "", f"{at}__comment_required": "on"}
        row |= {f"{at}__{name}": str(value) for name, value in criterion.items() if name != "comment_required"}
    made, errors = typed_anew("schemes", bare, **row)
    assert errors == {}
    assert made["schemes"] == OLD["schemes"]
    assert made["sources"] == bare["sources"]


@pytest.mark.parametrize(("section", "box", "text", "says"), [
    ("count", "count.pass_mark", "70,5", "Hãy gõ một số nguyên."),
    ("count", "count.pass_mark", "", "Hãy điền mục này."),
    ("count", "count.pass_mark", "-1", "Số quá nhỏ: từ 0 trở lên."),
    ("count", "count.pass_mark", "9" * 12, "Số quá lớn: tối đa 1000."),
    ("count", "count.pass_mark", "٧٠", "Hãy gõ một số nguyên."),
    ("count", "count.decimals", "7", "Số quá lớn: tối đa 6."),
    ("count", "count.zero_share", "một phần tư", "Hãy gõ một tỷ lệ như 2/3, 30% hoặc 0,8."),
    ("count", "count.zero_share", "1e9", "Hãy gõ một tỷ lệ như 2/3, 30% hoặc 0,8."),
    ("count", "count.zero_share", "1/0", "Tỷ lệ không chia cho 0 được."),
    ("count", "count.zero_share", "-1/4", "Tỷ lệ phải từ 0 đến 100%."),
    ("advances", "advances.first_most", "300%", "Tỷ lệ phải từ 0 đến 100%."),
    ("count", "count.deviation_base", "mean", "Giá trị này không có trong danh sách."),
    ("count", "count.ties.1", "lower_state_funding", "Mục này đã chọn ở trên."),
    ("lump_sum", "lump_sum.actual_cost_most_amount", "1.5 tỷ",
     "Số này có hai cách hiểu. Hãy gõ phần lẻ sau dấu phẩy như 1,5 tỷ, hoặc gõ đủ chữ số."),
    ("lump_sum", "lump_sum.actual_cost_most_amount", "", "Hãy gõ số tiền, ví dụ 1.850.000.000 hoặc 1,85 tỷ."),
    ("call", "call.minimum_open.value", "-4", "Số quá nhỏ: từ 0 trở lên."),
    ("call", "call.minimum_open.value", "", "Hãy điền mục này."),
    ("call", "call.minimum_open.unit", "working_days", "Giá trị này không có trong danh sách."),
    ("call", "call.source.tag", "X", "Giá trị này không có trong danh sách."),
    ("regime", "regime.transition", "", "Hãy điền mục này."),
    ("regime", "regime.transition", "a\x00b", "Mục này có ký tự không đọc được. Hãy xoá rồi gõ lại."),
    ("regime", "regime.transition", "ư" * 2001, "Tối đa 2000 ký tự."),
    ("regime", "regime.texts.1.number", "29/2013/QH13", "Mục này đã có ở trên."),
    ("regime", "task_types.0.vi", "hai\ndòng", "Mục này chỉ nhận chữ trên một dòng, không nhận ký tự điều khiển."),
    ("regime", "task_types.0.scheme", "art", "Thang điểm này không có trong bộ quy tắc."),
    ("documents", "documents.0.task_types.art", "on", "Loại hình này không có trong bộ quy tắc."),
    ("documents", "documents.0.code", "Đơn", "Mã chỉ gồm chữ thường không dấu, chữ số và gạch dưới, bắt đầu bằng chữ."),
    ("schemes", "schemes.0.total", "99", "Điểm tối đa của các tiêu chí cộng lại là 100, không bằng tổng điểm."),
    ("schemes", "schemes.0.criteria.1.number", "8", "Tiêu chí phải đánh số liên tục 1, 2, 3…"),
    ("schemes", "schemes.0.content_criteria", "7", "Hãy ghi số thứ tự của những tiêu chí có trong thang điểm này."),
    ("schemes", "schemes.0.content_criteria", "hai", "Hãy ghi các số, cách nhau bằng dấu phẩy."),
    ("rates", "rates.3.amount", "5.000", "Hãy ghi mức tiền hoặc tỷ lệ, chỉ một trong hai."),
    ("limits", "limits.2.code", "topic_brief", "Mục này đã có ở trên."),
    ("panels-selection", "panels.selection.most_members", "6", "Số nhiều nhất không được nhỏ hơn số ít nhất."),
    ("panels-selection", "panels.selection.quorum.share", "3/2", "Tỷ lệ phải từ 0 đến 100%."),
    ("panels-selection", "panels.selection.seats.1.seat", "chair", "Mục này đã có ở trên."),
    ("panels-topic", "panels.topic.vote.share", "quá nửa", "Hãy gõ một tỷ lệ như 2/3, 30% hoặc 0,8."),
])
def test_each_wrong_value_is_told_in_a_sentence_at_its_box(section, box, text, says):
    errors = typed_anew(section, **{box: text})[1]
    told = {"schemes.0.criteria.1.number": "schemes.0.criteria"}.get(box, box).replace(".task_types.art", ".task_types")
    assert errors == {told: says}
    with speaking("en"):
        english_errors = typed_anew(section, **{box: text})[1]
    assert list(english_errors) == [told] and english_errors[told] != says


def test_what_another_section_rests_on_cannot_be_taken_out_and_the_form_says_which():
    errors = typed_anew("schemes", schemes__2__gone="on")[1]
    assert errors == {"": "Loại hình nhiệm vụ › Dự án sản xuất thử nghiệm: Thang điểm này không có trong bộ quy tắc."}
    place = next(place for place, one in enumerate(OLD["limits"]) if one["code"] == "final_file")
    assert typed_anew("limits", **{f"limits.{place}.gone": "on"})[1] == {"limits": "Không bỏ được thời hạn mà hệ thống đang dùng để tính."}


def test_shares_amounts_and_terms_are_typed_as_an_office_types_them():
    made, errors = typed_anew("lump_sum", lump_sum__actual_cost_most_share="12,5 %", lump_sum__actual_cost_most_amount="1,5 tỷ")
    assert errors == {}
    rules = rules_of(made)
    assert (str(rules.lump_sum.actual_cost_most_share), rules.lump_sum.actual_cost_most_amount) == ("1/8", 1_500_000_000)
    assert editing.prefilled(made, BY_KEY["lump_sum"])["lump_sum.actual_cost_most_share"] == "12,5%"
    answers, errors = typed_anew("limits", answers_to_reviews__value="3", answers_to_reviews__unit="working_days")
    assert errors == {} and answers["answers_to_reviews"] == {"value": 3, "unit": "working_days"}
    vote = typed_anew("panels-topic", panels__topic__vote__share="")[0]
    assert vote["panels"]["topic"]["vote"] is None


def test_a_new_item_without_a_code_is_given_one_out_of_its_name_and_needs_no_source_where_its_list_has_one():
    row = {"was": "", "vi": "Thù lao chủ nhiệm", "en": "Lead", "group": "remuneration", "amount": "1 triệu", "per": "paper"}
    made, errors = typed_anew("rates", **{f"rates.90.{name}": text for name, text in row.items()})
    assert errors == {}
    assert [one for one in made["rates"] if one not in OLD["rates"]] == [
        {"code": "thu_lao_chu_nhiem", "vi": "Thù lao chủ nhiệm", "en": "Lead", "group": "remuneration", "amount": 1_000_000, "share": None,
         "per": "paper"}
    ]
    assert made["sources"] == OLD["sources"]


def test_a_source_goes_with_its_item_to_its_new_number_and_away_with_it():
    content = copy.deepcopy(OLD)
    own = {"basis": "QĐ 1", "tag": "S", "unverified": False}
    content["sources"] |= {"schemes.applied.criteria.6": own, "rates.pi_month.amount": own}
    scheme = {"schemes.0.criteria.1.gone": "on", "schemes.0.total": "76", "schemes.0.content_criteria": "2"}
    made, errors = typed_anew("schemes", content, **scheme, **{f"schemes.0.criteria.{at}.number": str(at) for at in (2, 3, 4, 5)})
    assert errors == {}
    applied = {key: source for key, source in made["sources"].items() if key.startswith("schemes.applied")}
    assert applied == {"schemes.applied.criteria.5": own}
    gone, errors = typed_anew("rates", content, **{"rates.0.gone": "on"})
    assert errors == {} and "rates.pi_month.amount" not in gone["sources"]


def test_a_source_is_written_where_it_was_changed_and_follows_the_one_above_where_it_was_not():
    decree = {"basis": "QĐ 24/2026/QĐ-UBND", "tag": "S", "unverified": False}
    typed = {"count.pass_mark": "75", "count.pass_mark.source.basis": decree["basis"]}
    made, errors = typed_anew("count", **typed)
    assert errors == {}
    assert made["sources"] == OLD["sources"] | {"count.pass_mark": decree}
    whole, errors = typed_anew("count", made, **{"count.source.basis": decree["basis"]})
    rules = rules_of(whole)
    assert errors == {} and rules.source("count.bonus_percent").basis == decree["basis"]
    assert rules.source("count.decimals").basis == "Văn bản không nêu cách làm tròn"
    verified = typed_anew("count", **{"count.decimals.source.unverified": ""})[0]
    assert rules_of(verified).source("count.decimals").unverified is False and rules_of(OLD).source("count.decimals").unverified


def test_a_value_without_any_source_is_not_taken():
    alone = {"call.source.basis": "", "call.minimum_open.source.basis": ""}
    made, errors = typed_anew("call", **alone)
    assert errors == {"call.minimum_open.source.basis": "Hãy ghi căn cứ."}
    assert made["sources"]["call.second_notice"] == OLD["sources"]["call"]  # left as it was shown, it keeps what it showed


def test_a_rule_kept_before_it_was_known_is_written_with_its_source():
    older = {name: value for name, value in OLD.items() if name != "reminders"}
    older["sources"] = {key: source for key, source in OLD["sources"].items() if key != "reminders"}
    made, errors = typed_anew("reminders", older, reminders__before="4")
    assert errors == {} and made["reminders"] == {"before": 4, "after": 1, "officer_after": 2}
    assert made["sources"]["reminders"] == {"basis": "Mặc định của hệ thống", "tag": "D", "unverified": True}


def test_differences_are_told_in_words_and_a_changed_value_with_its_old_source_is_pointed_out():
    new = typed_anew("count", count__pass_mark="75")[0]
    new = typed_anew("rates", new, rates__0__amount="45 triệu", rates__0__source__basis="NQ 5/2026/NQ-HĐND", rates__1__gone="on")[0]
    told = [(one.where, one.before, one.after, one.same_source) for one in differences(rules_of(OLD), rules_of(new))]
    assert told == [
        ("Cách tính điểm › Điểm trung bình tối thiểu", "70", "75", True),
        ("Định mức chi › Thù lao chủ nhiệm › Mức tiền tối đa", "40.000.000 ₫", "45.000.000 ₫", False),
        ("Định mức chi › Thù lao chức danh khác so với chủ nhiệm", "có", "bỏ", False),
    ]
    cited = [(one.where, one.after) for one in source_differences(rules_of(OLD), rules_of(new))]
    assert cited == [("Định mức chi › Thù lao chủ nhiệm", "NQ 5/2026/NQ-HĐND (đọc trong văn bản)")]
    assert len(list(differences(rules_of(OLD), rules_of(NEW)))) > 20
    assert list(differences(rules_of(NEW), rules_of(NEW))) == []


def test_beside_a_value_stands_what_the_set_before_says_only_where_that_is_something_else():
    section = BY_KEY["lump_sum"]
    new = typed_anew("lump_sum", lump_sum__actual_cost_most_amount="1,5 tỷ")[0]
    laid = boxes.Sheet(new, section, editing.prefilled(new, section), {}, OLD).laid_out()
    notes = {group.items[0].name: group.items[0].notes for group in laid[0].items}
    assert notes == {
        "lump_sum.actual_cost_most_share": "", "lump_sum.actual_cost_most_amount": "Bộ trước: 1.000.000.000 ₫.",
        "lump_sum.saving_to_development_fund": "",
    }


def test_the_code_of_an_item_that_is_there_is_told_and_a_ground_is_chosen_out_of_a_list():
    def shown(key: str, typed: dict[str, str]) -> dict[str, tuple[str, bool]]:
        rows = boxes.Sheet(OLD, BY_KEY[key], typed, {}).laid_out()[0].rows
        return {row.items[0].name: (row.items[0].kind, row.items[0].readonly) for row in rows}

    rates = editing.prefilled(OLD, BY_KEY["rates"])
    found = shown("rates", rates | boxes.new_row(rates, "rates"))
    assert list(found.values()) == [("line", True)] * len(OLD["rates"]) + [("line", False)]
    bars = shown("eligibility-bars", editing.prefilled(OLD, BY_KEY["eligibility-bars"]))
    assert set(bars.values()) == {("choice", False)}


def test_a_version_of_a_section_does_not_change_when_another_section_is_saved():
    stands = {section.key: editing.stand(OLD, section) for section in SECTIONS}
    made = typed_anew("count", count__pass_mark="75")[0]
    changed = {section.key for section in SECTIONS if editing.stand(made, section) != stands[section.key]}
    assert changed == {"count"}
    assert json.loads(json.dumps(made))["call"] == OLD["call"]
