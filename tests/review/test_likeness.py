"""How near two texts are, and in which words: the mathematics itself; how it is asked for stands in test_assignment."""

from review.solvers import likeness


def test_words_are_found_with_and_without_accents_and_a_different_accent_is_no_reason():
    written = {"fields": [], "text": "Phòng trừ tuyến trùng hại cà phê bằng phân bón hữu cơ"}
    experts = [
        {"fields": [], "text": "tuyen trung, ca phe"}, {"fields": [], "text": "tuyến trùng, cà phê"},
        {"fields": [], "text": "bốn phần, trung học"},
    ]
    said = likeness.answer({"applications": [written], "experts": experts})
    bare, accented, other = said["value"][0]
    assert accented >= bare > 2 * other
    assert [set(said["reasons"][0][n]["words"]) for n in "01"] == [{"cà phê", "tuyến trùng"}] * 2
    assert said["reasons"][0]["2"]["words"] == []


def test_no_pair_of_words_crosses_a_full_stop_or_a_comma():
    written = {"fields": [], "text": "Giống cà phê, chè xanh. Lúa nước (cá lóc) vùng trũng"}
    experts = [{"fields": [], "text": "phê chè; xanh lúa; nước cá"}, {"fields": [], "text": "nuôi cá lóc, trồng cà phê"}]
    said = likeness.answer({"applications": [written], "experts": experts})
    assert [set(said["reasons"][0][n]["words"]) for n in "01"] == [set(), {"cá lóc", "cà phê"}]


def test_a_lone_syllable_is_no_reason_unless_the_code_list_knows_it_and_its_terms_come_first():
    written = {"fields": [], "text": "Đất và nước cho luân canh lúa tôm ven biển, dùng GIS; toán cho thuỷ sản"}
    expert = {"fields": [], "text": "Bản đồ đất bằng GIS. Nước. Lúa. Toán. Tôm. Nuôi thuỷ sản ven biển"}
    question = {"applications": [written], "experts": [expert], "terms": ["Thú y", "Thuỷ sản", "Toán và thống kê"]}
    (reasons,) = likeness.answer(question)["reasons"]
    assert reasons["0"]["words"][0] == "thuỷ sản" and set(reasons["0"]["words"]) == {"thuỷ sản", "toán", "ven biển", "gis"}
