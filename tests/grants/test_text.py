"""Vietnamese text: one Unicode form, search without accents, Vietnamese order, identifiers."""

import functools
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grants.shell import text

# The alphabet as a dictionary prints it: a row a letter, its tones in the order ngang huyền hỏi ngã sắc nặng.
ALPHABET = [
    "aàảãáạ", "ăằẳẵắặ", "âầẩẫấậ", "b", "c", "d", "đ", "eèẻẽéẹ", "êềểễếệ", "f", "g", "h", "iìỉĩíị", "j", "k", "l",
    "m", "n", "oòỏõóọ", "ôồổỗốộ", "ơờởỡớợ", "p", "q", "r", "s", "t", "uùủũúụ", "ưừửữứự", "v", "w", "x", "yỳỷỹýỵ", "z",
]
PLACE = {letter: (row, tone) for row, letters in enumerate(ALPHABET) for tone, letter in enumerate(letters)}
LETTERS = "".join(ALPHABET)
NAMES = """Nguyễn Văn An|Nguyễn Thị Ân|Trần Bình|Lê Thị Bình|Trần Văn Bình|Phạm Đăng Đạt|Phạm Dũng|Đỗ Đức|Vũ Hà
Lê Hạ|Lê Hoa|Lê Hòa|Lê Hoà|Trịnh Thị Hương|Trịnh Thị Hường|Lý Thường Kiệt|Nguyễn Thị Minh Khai|Bùi Ý|Y Thanh Niê
H'Hen Niê|Y Bhit Êban|Tôn Nữ Thị Ninh|Đặng Thùy Trâm|Đặng Thuỳ Trâm|Ngô Ưng|Ngô Út|Hồ Xuân Hương"""
NAMES = NAMES.replace("\n", "|").split("|")

words = st.text(st.sampled_from(LETTERS), min_size=1, max_size=4)
phrases = st.lists(words, min_size=0, max_size=4).map(" ".join)
few = st.text(st.sampled_from("aáàđ "), max_size=4).map(str.split).map(" ".join)


def apart(typed: str) -> str:
    return unicodedata.normalize("NFD", typed)


def compare(one: str, other: str) -> int:
    """The slow, obvious order: the letters of both texts word by word, and only then their tones word by word."""
    rows, tones = [], []
    for typed in (one, other):
        places = [[PLACE[letter] for letter in word] for word in typed.lower().split()]
        rows.append([[row for row, _ in word] for word in places])
        tones.append([[tone for _, tone in word if tone] for word in places])
    mine, yours = (rows[0], tones[0]), (rows[1], tones[1])
    return (mine > yours) - (mine < yours)


def compare_names(one: tuple[str, ...], other: tuple[str, ...]) -> int:
    """By tên, then họ, then đệm."""
    for part in (2, 0, 1):
        if order := compare(one[part], other[part]):
            return order
    return 0


def sign(one: str, other: str) -> int:
    return (one > other) - (one < other)


# --- one form, and search ---

def test_text_is_kept_in_one_unicode_form():
    assert text.nfc(apart("Đắk Lắk, Buôn Ma Thuột")) == "Đắk Lắk, Buôn Ma Thuột"
    assert text.nfc("Viê\u0323t") == text.nfc("Vie\u0323\u0302t") == text.nfc("Vie\u0302\u0323t") == "Việt"


def test_a_tone_typed_before_the_hat_is_the_same_letter():
    assert text.nfc("tie\u0301\u0302ng o\u0300\u0302 a\u0301\u0306") == "tiếng ồ ắ"


@pytest.mark.parametrize(("typed", "folded"), [
    ("Nghiên cứu chọn giống CÀ PHÊ vối", "nghien cuu chon giong ca phe voi"),
    ("  Đắk\u00a0Lắk \n ", "dak lak"),
    ("\u00d0ak Lak", "dak lak"),
    ("M'Drắk, M’Đrắk, Ea H'Leo", "mdrak, mdrak, ea hleo"),
    ("Hoà Bình = Hòa Bình", "hoa binh = hoa binh"),
    ("ƀuôn Čư M’gar, Bkrông ŏ ĭ ŭ", "buon cu mgar, bkrong o i u"),
    ("khí CO₂ – 5 m²", "khi co2 - 5 m2"),
    ("Ưu tiên ơn NGƯỜI đừng ĐƯỢC", "uu tien on nguoi dung duoc"),
    ("nul\x00 va\u200b \ud800half", "nul va half"),
    ("", ""),
])
def test_search_ignores_accents_case_form_and_spaces(typed, folded):
    assert text.fold(typed) == folded
    assert text.fold(apart(typed)) == folded


def test_every_vietnamese_letter_folds_to_a_plain_one():
    for letters in ALPHABET:
        folded = {text.fold(form) for letter in letters for form in (letter, letter.upper(), apart(letter))}
        assert folded == {apart(letters[0]).replace("đ", "d")[0]}


@given(st.text())
def test_folding_and_normalising_twice_change_nothing_more(typed):
    assert text.fold(text.fold(typed)) == text.fold(typed)
    assert text.nfc(text.nfc(typed)) == text.nfc(typed)
    assert text.fold(unicodedata.normalize("NFC", typed)) == text.fold(apart(typed)) == text.fold(text.nfc(typed))


@given(phrases)
def test_the_way_it_was_typed_never_matters(typed):
    assert text.nfc(typed) == typed
    assert text.fold(apart(typed)) == text.fold(typed.upper()) == text.fold(typed)
    assert text.collate_key(apart(typed)) == text.collate_key(typed.upper()) == text.collate_key(typed)
    assert text.fold(typed).isascii()


def test_what_is_typed_into_search_is_taken_literally():
    assert text.like_pattern(" 50% Cà_phê \\ ") == "%50\\% ca\\_phe \\\\%"


def test_control_characters_are_found():
    assert text.forbidden("Nguyễn Văn An, 5 m² – “tốt”") is None
    assert text.forbidden("a\x00b\x01") == "\x00"
    assert text.forbidden("a\ud800") == "\ud800"
    assert text.forbidden("hai\ndòng") == "\n" and text.forbidden("cột\tcột") == "\t"
    assert text.forbidden("hai\r\n\tdòng", multiline=True) is None
    assert text.forbidden("hai\n\x0bdòng", multiline=True) == "\x0b"


# --- names ---

@pytest.mark.parametrize(("full", "parts"), [
    ("Nguyễn Thị Minh Khai", ("Nguyễn", "Thị Minh", "Khai")),
    ("  Lê   Lợi ", ("Lê", "", "Lợi")),
    ("Hà", ("", "", "Hà")),
    ("", ("", "", "")),
    ("Tôn Nữ Thị Ninh", ("Tôn Nữ", "Thị", "Ninh")),
    ("Tôn Thất Tùng", ("Tôn Thất", "", "Tùng")),
    ("Tôn Nữ", ("Tôn", "", "Nữ")),
    ("Y Thanh Niê Kđăm", ("Niê Kđăm", "Y", "Thanh")),
    ("Y Bhit Mlô", ("Mlô", "Y", "Bhit")),
    ("Y Moan", ("", "Y", "Moan")),
    ("H'Hen Niê", ("Niê", "H'", "Hen")),
    ("H’ Lim Êban", ("Êban", "H’", "Lim")),
    ("H Bé Niê", ("Niê", "H", "Bé")),
    ("Lý Ý Y", ("Lý", "Ý", "Y")),
    ("Ý Lan", ("Ý", "", "Lan")),
    ("Hồ Hoa", ("Hồ", "", "Hoa")),
])
def test_a_name_is_split_into_family_middle_and_given(full, parts):
    assert text.split_name(full) == text.split_name(apart(full)) == parts


@given(st.lists(words.map(str.title), max_size=5))
def test_no_word_of_a_name_is_lost(parts):
    family, middle, given_name = text.split_name(" ".join(parts))
    assert sorted(" ".join([family, middle, given_name]).split()) == sorted(parts)


# --- order ---

def test_the_alphabet_is_in_vietnamese_order():
    keys = [text.collate_key(letters[0]) for letters in ALPHABET]
    assert keys == sorted(keys) and len(set(keys)) == len(ALPHABET) == 33


def test_tones_are_in_vietnamese_order():
    for letters in ALPHABET:
        keys = [text.collate_key("m" + letter) for letter in letters]
        assert keys == sorted(keys) and len(set(keys)) == len(letters)


def test_a_list_of_people_is_ordered_by_given_name():
    people = """Nguyễn Thị Ái|Nguyễn Văn An|Trần Thị An|Lê Ân|Lê Bảo|Lê Đình Bảo|Y Bhit Êban|Đặng Bình|Lê Thị Bình
        Lê Văn Bình|Phan Chi|Võ Dũng|Võ Đan|Bùi Đức|Vũ Hoa|An Hòa|Trịnh Hương|Lê Hường|Y Thanh Niê"""
    expected = [name.strip() for name in people.replace("\n", "|").split("|")]
    assert sorted(sorted(expected), key=text.sort_key) == sorted(reversed(expected), key=text.sort_key) == expected


def test_tones_break_ties_only_and_within_one_part_of_the_name():
    assert text.sort_key("Vũ Hoa") < text.sort_key("An Hòa") < text.sort_key("An Hoan")
    assert text.sort_key("Lê Hòa") == text.sort_key("Lê Hoà")
    assert text.collate_key("cà phê") < text.collate_key("ca trù")
    assert text.collate_key("Án") < text.collate_key("An Bình") < text.collate_key("Án Bình") < text.collate_key("Anh")
    assert text.collate_key("hòa") < text.collate_key("hoá")


def test_what_is_not_seen_does_not_change_the_order():
    assert text.collate_key("Đắk\u200b L\u00adắk…") == text.collate_key("Đắk  Lắk") != text.collate_key("Đắklắk")
    assert text.collate_key("Đắk\nLắk") == text.collate_key("(Đắk-Lắk)") == text.collate_key("ĐẮK LẮK")
    assert text.sort_key("H'Hen Niê") == text.sort_key("H’Hen Niê") == text.sort_key("H' HEN NIÊ")


def test_titles_and_organisations_are_ordered_like_names_with_numbers_by_value():
    expected = ["9 dự án", "Dự án 2", "Dự án 10", "Dự án 10a", "Dự án số 1", "Đề tài A", "“Đề tài B”", "Sở KH&CN",
                "Sở KH&ĐT", "Trường Đại học Tây Nguyên", "Viện KHKT Nông Lâm nghiệp Tây Nguyên", "Viện Vệ sinh dịch tễ",
                "Яблоко"]
    assert sorted(reversed(expected), key=text.collate_key) == expected


@given(st.integers(0, 10**30), st.integers(0, 10**30))
def test_numbers_are_ordered_by_value(one, other):
    assert sign(text.collate_key(f"TT {one:03}"), text.collate_key(f"TT {other}")) == (one > other) - (one < other)


@given(st.one_of(phrases, few), st.one_of(phrases, few))
def test_keys_are_in_the_order_of_the_slow_comparison(one, other):
    assert sign(text.collate_key(one), text.collate_key(other)) == compare(one, other)


@given(st.tuples(few, few, few), st.tuples(few, few, few))
def test_name_keys_are_in_the_order_of_the_slow_comparison(one, other):
    assert sign(text.name_key(*one), text.name_key(*other)) == compare_names(one, other)


@given(st.lists(st.sampled_from(NAMES), max_size=12))
def test_real_names_are_in_the_order_of_the_slow_comparison(names):
    plain = functools.cmp_to_key(lambda one, other: compare_names(*(
        tuple(part.replace("'", "") for part in text.split_name(name)) for name in (one, other))))
    assert sorted(names, key=text.sort_key) == sorted(names, key=plain)


@given(st.text())
def test_any_text_has_a_key_of_plain_printable_characters(one):
    key = text.sort_key(one)
    assert key.isascii() and (key == "" or key.isprintable())
    assert text.collate_key(one + " ") == text.collate_key(one)
    assert text.collate_key(apart(one)) == text.collate_key(one)


# --- identifiers ---

@pytest.mark.parametrize(("typed", "stored"), [
    ("0000-0002-1825-0097", "0000-0002-1825-0097"),
    ("0000-0001-5109-3700", "0000-0001-5109-3700"),
    ("https://orcid.org/0000-0002-1694-233X", "0000-0002-1694-233X"),
    ("http://www.orcid.org/0000-0002-1694-233x/", "0000-0002-1694-233X"),
    (" 000000021694233X ", "0000-0002-1694-233X"),
    ("0000\u20130002\u20131825\u20130097", "0000-0002-1825-0097"),
])
def test_an_orcid_is_read_in_every_usual_form(typed, stored):
    assert text.read_orcid(typed) == stored


@pytest.mark.parametrize("typed", ["", "0000-0002-1825-009", "0000-0002-1825-00977", "X000-0002-1825-0097",
                                   "https://example.org/0000-0002-1825-0097", "\u0660000-0002-1825-0097"])
def test_what_is_no_orcid_is_refused(typed):
    with pytest.raises(ValueError, match="16 ký tự"):
        text.read_orcid(typed)


@given(st.integers(0, 14), st.integers(1, 9))
def test_any_single_wrong_digit_of_an_orcid_is_found(at, by):
    right = "000000021694233X"
    wrong = right[:at] + str((int(right[at]) + by) % 10) + right[at + 1:]
    assert text.read_orcid(right)
    with pytest.raises(ValueError, match="gõ sai"):
        text.read_orcid(wrong)


@pytest.mark.parametrize(("typed", "stored"), [
    ("0100109106", "0100109106"),
    ("0100233488", "0100233488"),
    ("0314409058-002", "0314409058-002"),
    ("0312687878001", "0312687878-001"),
    ("01.00.112.437", "0100112437"),
])
def test_tax_codes_are_read(typed, stored):
    assert text.read_tax_code(typed) == stored


@pytest.mark.parametrize(("typed", "why"), [
    ("", "10 chữ số"), ("010010910", "10 chữ số"), ("0100109106-01", "10 chữ số"), ("066099001234", "10 chữ số"),
    ("0100233480", "gõ sai"), ("0100109106-000", "gõ sai"), ("0100901106", "gõ sai"),
])
def test_wrong_tax_codes_are_refused(typed, why):
    with pytest.raises(ValueError, match=why):
        text.read_tax_code(typed)
