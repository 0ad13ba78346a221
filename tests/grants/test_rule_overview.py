"""A rule set as people read it: every value in words, in both languages, each row with its source."""

import pytest

from grants.rules.content import PanelKind, Rules, rules_of
from grants.rules.overview import describe
from grants.rules.shipped import CODES, rule_set
from grants.shell.language import speaking


def rules(code: str) -> Rules:
    return rules_of(rule_set(code)["content"])


def rows(code: str, spoken: str = "vi") -> dict[str, dict[str, str]]:
    with speaking(spoken):
        return {section.title: {row.label: row.value for row in section.rows} for section in describe(rules(code))}


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("spoken", ["vi", "en"])
def test_every_row_says_something_and_cites_its_source(code, spoken):
    with speaking(spoken):
        sections = list(describe(rules(code)))
    assert len(sections) == 26
    for section in sections:
        assert section.rows
        for row in section.rows:
            assert row.label.strip() and row.value.strip() and row.source.basis.strip()


@pytest.mark.parametrize("code", CODES)
def test_no_two_rows_of_a_section_have_the_same_label(code):
    for section in describe(rules(code)):
        labels = [row.label for row in section.rows]
        if not section.title.startswith(("Xung đột", "Căn cứ")):
            assert sorted(set(labels)) == sorted(labels)


def test_numbers_are_said_as_an_office_says_them():
    found = rows("tt20-2023")
    assert found["Cách tính điểm"]["Điểm trung bình tối thiểu"] == "70"
    assert found["Cách tính điểm"]["Khi bằng điểm, lần lượt xét"] == (
        "đề nghị ngân sách ít hơn, có nhiệm vụ xếp loại xuất sắc, điểm nội dung cao hơn"
    )
    assert found["Cách tính điểm"]["Không đạt khi tỷ lệ cho 0 điểm ở một tiêu chí quá"] == "1/4"
    assert found["Tạm ứng"]["Tạm ứng lần đầu tối đa"] == "50%"
    assert found["Mức trần"]["Ngân sách nhà nước tối đa cho một nhiệm vụ"] == "chưa có"
    assert found["Hội đồng tuyển chọn"]["Số thành viên"] == "7 đến 9 người"
    assert found["Hội đồng tuyển chọn"]["Họp khi có mặt"] == (
        "ít nhất 2/3 thành viên, trong đó có 1 chủ tịch, 2 ủy viên phản biện"
    )
    assert found["Hội đồng xác định nhiệm vụ"]["Thông qua khi"] == "quá 3/4 số phiếu"
    assert found["Thời hạn"]["Mở hồ sơ"] == "trong 7 ngày làm việc kể từ khi hết hạn nộp hồ sơ"
    assert found["Định mức chi"]["Thù lao chủ nhiệm"] == "40.000.000 ₫ / người/tháng"
    assert found["Định mức chi"]["Hệ số thành viên chính"] == "0,8 lần"
    assert found["Lưu giữ hồ sơ"]["Hồ sơ kết quả thực hiện nhiệm vụ"] == "vĩnh viễn"


def test_a_rule_that_nobody_enforces_says_so_and_one_that_is_enforced_does_not():
    found, english = rows("tt20-2023"), rows("tt20-2023", "en")
    assert found["Mức trần"]["Thời gian chuẩn bị nghiệm thu tối đa (tháng)"] == "3. Hệ thống chưa kiểm tra quy định này."
    assert found["Mức trần"]["Gia hạn tối đa (tháng)"] == "12"
    assert found["Tạm ứng"]["Tạm ứng lần đầu tối đa"] == "50%"
    assert "The system does not check this rule yet." in str(english)
    unchecked = sum(value.endswith("Hệ thống chưa kiểm tra quy định này.") for section in found.values() for value in section.values())
    assert unchecked == 5 + len(PanelKind)  # the absent member's opinion is said of each kind of panel


def test_in_english_nothing_vietnamese_is_left_but_the_names_of_laws_and_forms():
    found = rows("tt20-2023", "en")
    del found["Legal basis"]
    found["Documents asked for"] = dict.fromkeys(found["Documents asked for"], "")
    marked = set("ăâđêôơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ")
    words = [word for title, pairs in found.items() for word in (title, *pairs, *pairs.values())]
    assert [word for word in words if marked & set(word.lower())] == []
