"""Amounts in đồng: shown, read, in words, shared out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grants.shell import money
from grants.shell.language import speaking

amounts = st.one_of(st.integers(0, 10_000), st.integers(0, money.MOST), st.integers(0, 999).map(lambda n: n * 10**9))


# --- shown ---

@pytest.mark.parametrize(("amount", "vietnamese", "english"), [
    (0, "0 ₫", "0 VND"),
    (999, "999 ₫", "999 VND"),
    (1_850_000_000, "1.850.000.000 ₫", "1,850,000,000 VND"),
    (-1_850_000, "-1.850.000 ₫", "-1,850,000 VND"),
])
def test_amounts_are_shown_in_full(amount, vietnamese, english):
    assert money.show(amount) == vietnamese
    assert money.show(amount, language="en") == english


@pytest.mark.parametrize(("amount", "vietnamese", "english"), [
    (0, "0 ₫", "0 VND"),
    (999_999, "999.999 ₫", "999,999 VND"),
    (1_000_000, "1 triệu", "1 million VND"),
    (250_000_000, "250 triệu", "250 million VND"),
    (999_994_999, "999,99 triệu", "999.99 million VND"),
    (999_995_000, "1 tỷ", "1 billion VND"),
    (1_850_000_000, "1,85 tỷ", "1.85 billion VND"),
    (1_850_500_000, "1,85 tỷ", "1.85 billion VND"),
    (1_854_999_999, "1,85 tỷ", "1.85 billion VND"),
    (1_855_000_000, "1,86 tỷ", "1.86 billion VND"),
    (1_800_000_000, "1,8 tỷ", "1.8 billion VND"),
    (1_050_000_000, "1,05 tỷ", "1.05 billion VND"),
    (2_000_000_000, "2 tỷ", "2 billion VND"),
    (-1_855_000_000, "-1,86 tỷ", "-1.86 billion VND"),
    (-500, "-500 ₫", "-500 VND"),
    (999_995_000_000, "1.000 tỷ", "1 trillion VND"),
    (1_234_560_000_000, "1.234,56 tỷ", "1.23 trillion VND"),
])
def test_amounts_are_short_in_headings(amount, vietnamese, english):
    assert money.short(amount) == vietnamese
    assert money.short(amount, language="en") == english


@pytest.mark.parametrize(("part", "whole", "vietnamese", "english"), [
    (425, 1000, "42,5 %", "42.5%"),
    (1, 3, "33,3 %", "33.3%"),
    (2, 3, "66,7 %", "66.7%"),
    (1, 2000, "0,1 %", "0.1%"),
    (1, 2001, "0 %", "0%"),
    (7, 7, "100 %", "100%"),
    (-1, 8, "-12,5 %", "-12.5%"),
    (30, 20, "150 %", "150%"),
    (12_345, 100, "12.345 %", "12,345%"),
    (0, 5, "0 %", "0%"),
    (5, 0, "–", "–"),
])
def test_percentages(part, whole, vietnamese, english):
    assert money.percent(part, whole) == vietnamese
    assert money.percent(part, whole, language="en") == english


@pytest.mark.parametrize("call", [money.show, money.short, money.in_words, lambda x: money.percent(x, 1),
                                  lambda x: money.shares(x, [1]), lambda x: money.shares(1, [x])])
def test_money_is_never_a_float(call):
    with pytest.raises(TypeError):
        call(1.5)


# --- read ---

@pytest.mark.parametrize(("typed", "amount"), [
    ("0", 0),
    ("1.850.000.000", 1_850_000_000),
    ("1 850 000 000", 1_850_000_000),
    ("1\u00a0850\u202f000 000", 1_850_000_000),
    ("1850000000 đ", 1_850_000_000),
    ("1850000000đ", 1_850_000_000),
    ("1,850,000,000", 1_850_000_000),
    ("1.850.000.000 ₫", 1_850_000_000),
    ("₫1,850,000,000", 1_850_000_000),
    ("1.850.000.000 VNĐ", 1_850_000_000),
    ("1.850.000.000 đồng", 1_850_000_000),
    ("1.850.000.000 đo\u0302\u0300ng", 1_850_000_000),
    ("1.850.000.000,00", 1_850_000_000),
    ("1,850,000,000.00", 1_850_000_000),
    ("1 850 000,00", 1_850_000),
    ("  1.850 ", 1_850),
    ("1,85 tỷ", 1_850_000_000),
    ("1,85 TỈ ĐỒNG", 1_850_000_000),
    ("1,85ty", 1_850_000_000),
    ("0,5 tỷ", 500_000_000),
    ("0,500 tỷ", 500_000_000),
    ("1500 tỷ", 1_500_000_000_000),
    ("1 500 tỷ", 1_500_000_000_000),
    ("1.500,5 tỷ", 1_500_500_000_000),
    ("1.500.000 triệu", 1_500_000_000_000),
    ("250 triệu", 250_000_000),
    ("250tr", 250_000_000),
    ("250,5 triệu đồng", 250_500_000),
    ("30 nghìn", 30_000),
    ("30 ngàn đồng", 30_000),
    ("30k", 30_000),
    ("1 tỷ 850 triệu", 1_850_000_000),
    ("1 tỷ 850 triệu 500 nghìn đồng", 1_850_500_000),
    ("1,23456789 tỷ", 1_234_567_890),
    ("1.85 billion VND", 1_850_000_000),
    ("1,500 billion", 1_500_000_000_000),
    ("1.000.000.000.000.000", money.MOST),
    (1_850_000, 1_850_000),
])
def test_what_people_type_is_read(typed, amount):
    assert money.read(typed) == amount


@pytest.mark.parametrize(("typed", "why"), [
    *((typed, "Hãy gõ số tiền") for typed in ("", "  đ ", "\u200b")),
    *((typed, "hai cách hiểu") for typed in ("1.5 tỷ", "1.85 tỷ", "1.500 tỷ", "1,500 tỷ", "250,000 triệu", "1,500tr")),
    *((typed, "không có phần lẻ") for typed in ("1,5", "1.5", "1850000.00", "1850,5 đ")),
    *((typed, "âm") for typed in ("-5", "−5.000.000 ₫", "- 1,5 tỷ", -1)),
    *((typed, "quá lớn") for typed in ("1.000.000.000.000.001", "1000001 tỷ", 10**15 + 1, "9" * 60)),
    ("1,2345678901 tỷ", "lẻ hơn một đồng"),
    *((typed, "Không đọc được") for typed in (
        "9" * 5000, "tỷ", "một tỷ", "1e5", "12 3", "1.85.000", "1.850,000", "1 tỷ 2", "1tr5", "5 triệu 1 tỷ",
        "1 tỷ 1,5 triệu", "1 tỷ 1000 triệu", "1,5,5 tỷ", "100 USD", "5²", "١٢", "1_000", "0x10", "5/2")),
])
def test_what_is_no_clear_amount_is_refused_with_a_sentence(typed, why):
    with pytest.raises(ValueError, match=why) as refused:
        money.read(typed)
    assert str(refused.value).endswith(".")


@given(amounts, st.sampled_from(["vi", "en"]))
def test_what_is_shown_can_be_typed_back(amount, language):
    assert money.read(money.show(amount, language)) == amount


@given(st.integers(1, 999), st.integers(0, 99), st.sampled_from([10**6, 10**9]), st.sampled_from(["vi", "en"]))
def test_a_short_amount_can_be_typed_back(units, hundredths, unit, language):
    amount = units * unit + hundredths * unit // 100
    assert money.read(money.short(amount, language)) == amount


@given(st.text(st.sampled_from("0123456789.,  -tỷriệukđ₫")))
def test_whatever_is_typed_gives_an_amount_or_a_sentence(typed):
    try:
        assert 0 <= money.read(typed) <= money.MOST
    except ValueError as refused:
        assert str(refused)[0].isupper() and str(refused).endswith(".")


@given(st.text())
def test_no_text_breaks_the_reading(typed):
    try:
        money.read(typed)
    except ValueError as refused:
        assert "tiền" in str(refused) or "Số này" in str(refused)


# --- in words ---

@pytest.mark.parametrize(("amount", "words"), [
    (0, "Không đồng"),
    (1, "Một đồng"),
    (4, "Bốn đồng"),
    (5, "Năm đồng"),
    (10, "Mười đồng"),
    (11, "Mười một đồng"),
    (14, "Mười bốn đồng"),
    (15, "Mười lăm đồng"),
    (20, "Hai mươi đồng"),
    (21, "Hai mươi mốt đồng"),
    (24, "Hai mươi tư đồng"),
    (25, "Hai mươi lăm đồng"),
    (44, "Bốn mươi tư đồng"),
    (55, "Năm mươi lăm đồng"),
    (91, "Chín mươi mốt đồng"),
    (100, "Một trăm đồng"),
    (101, "Một trăm linh một đồng"),
    (104, "Một trăm linh bốn đồng"),
    (105, "Một trăm linh năm đồng"),
    (110, "Một trăm mười đồng"),
    (111, "Một trăm mười một đồng"),
    (115, "Một trăm mười lăm đồng"),
    (121, "Một trăm hai mươi mốt đồng"),
    (555, "Năm trăm năm mươi lăm đồng"),
    (1000, "Một nghìn đồng"),
    (1001, "Một nghìn không trăm linh một đồng"),
    (1005, "Một nghìn không trăm linh năm đồng"),
    (1010, "Một nghìn không trăm mười đồng"),
    (2402, "Hai nghìn bốn trăm linh hai đồng"),
    (10_001, "Mười nghìn không trăm linh một đồng"),
    (10_010, "Mười nghìn không trăm mười đồng"),
    (11_115, "Mười một nghìn một trăm mười lăm đồng"),
    (15_000, "Mười lăm nghìn đồng"),
    (20_005, "Hai mươi nghìn không trăm linh năm đồng"),
    (21_000, "Hai mươi mốt nghìn đồng"),
    (24_312, "Hai mươi tư nghìn ba trăm mười hai đồng"),
    (100_000, "Một trăm nghìn đồng"),
    (1_000_000, "Một triệu đồng"),
    (1_000_005, "Một triệu không trăm linh năm đồng"),
    (1_000_015, "Một triệu không trăm mười lăm đồng"),
    (1_000_021, "Một triệu không trăm hai mươi mốt đồng"),
    (1_001_001, "Một triệu không trăm linh một nghìn không trăm linh một đồng"),
    (1_004_000, "Một triệu không trăm linh bốn nghìn đồng"),
    (1_010_000, "Một triệu không trăm mười nghìn đồng"),
    (1_100_000, "Một triệu một trăm nghìn đồng"),
    (2_500_000, "Hai triệu năm trăm nghìn đồng"),
    (15_015_015, "Mười lăm triệu không trăm mười lăm nghìn không trăm mười lăm đồng"),
    (44_544_454, "Bốn mươi tư triệu năm trăm bốn mươi tư nghìn bốn trăm năm mươi tư đồng"),
    (100_000_001, "Một trăm triệu không trăm linh một đồng"),
    (435_900_000, "Bốn trăm ba mươi lăm triệu chín trăm nghìn đồng"),
    (1_005_021, "Một triệu không trăm linh năm nghìn không trăm hai mươi mốt đồng"),
    (145_001_000, "Một trăm bốn mươi lăm triệu không trăm linh một nghìn đồng"),
    (1_000_000_000, "Một tỷ đồng"),
    (1_000_000_001, "Một tỷ không trăm linh một đồng"),
    (1_000_001_000, "Một tỷ không trăm linh một nghìn đồng"),
    (1_021_000_000, "Một tỷ không trăm hai mươi mốt triệu đồng"),
    (1_850_000_000, "Một tỷ tám trăm năm mươi triệu đồng"),
    (21_000_000_000, "Hai mươi mốt tỷ đồng"),
    (92_500_000_000, "Chín mươi hai tỷ năm trăm triệu đồng"),
    (105_000_000_000, "Một trăm linh năm tỷ đồng"),
    (10**12, "Một nghìn tỷ đồng"),
    (1_100_000_000_000, "Một nghìn một trăm tỷ đồng"),
    (1_005_000_000_000, "Một nghìn không trăm linh năm tỷ đồng"),
    (1_230_950_880_055, "Một nghìn hai trăm ba mươi tỷ chín trăm năm mươi triệu "
                        "tám trăm tám mươi nghìn không trăm năm mươi lăm đồng"),
    (10**15, "Một triệu tỷ đồng"),
    (2 * 10**15, "Hai triệu tỷ đồng"),
    (10**15 + 5, "Một triệu tỷ không trăm linh năm đồng"),
    (-250_000, "Âm hai trăm năm mươi nghìn đồng"),
])
def test_amounts_in_words(amount, words):
    assert money.in_words(amount) == words


def heard(words: str) -> int:
    """The number someone hears: units add up, mươi, trăm, nghìn, triệu multiply, and tỷ multiplies all before it."""
    values = {word: value for value, word in enumerate(["không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín", "mười"])}
    values |= {"mốt": 1, "tư": 4, "lăm": 5, "linh": 0}
    billions = millions = below = ones = 0
    for word in words.split():
        if word in values:
            below, ones = below + ones, values[word]
        elif word in ("mươi", "trăm"):
            below, ones = below + ones * {"mươi": 10, "trăm": 100}[word], 0
        elif word in ("nghìn", "triệu"):
            millions, below, ones = millions + (below + ones) * {"nghìn": 1000, "triệu": 10**6}[word], 0, 0
        elif word == "tỷ":
            billions, millions, below, ones = (billions + millions + below + ones) * 10**9, 0, 0, 0
        else:
            raise AssertionError(word)
    return billions + millions + below + ones


@given(amounts)
def test_who_hears_the_words_writes_the_same_amount(amount):
    words = money.in_words(amount)
    assert heard(words.removesuffix(" đồng").lower()) == amount
    assert words[0].isupper() and words[1:].islower() and "  " not in words


@given(amounts)
def test_the_words_keep_the_spelling_rules(amount):
    words = money.in_words(amount).lower().split()
    for before, word in zip(words, words[1:], strict=False):
        assert not (before == "mươi" and word in ("một", "bốn", "năm"))
        assert not (word in ("mốt", "tư") and before != "mươi")
        assert not (word == "lăm" and before not in ("mươi", "mười"))
        assert not (word == "mươi" and before in ("không", "một"))
        assert not (word == "linh" and before != "trăm")


# --- shared out ---

def test_an_amount_is_shared_without_losing_a_dong():
    assert money.shares(100, [1, 1, 1]) == [34, 33, 33]
    assert money.shares(10, [0, 1]) == [0, 10]
    assert money.shares(1_000_000_001, [60, 40]) == [600_000_001, 400_000_000]
    assert money.shares(0, [3, 4]) == [0, 0]
    assert money.shares(7, [1, 2, 4, 1]) == [1, 2, 3, 1]


@given(st.integers(0, money.MOST), st.lists(st.integers(0, 10**12), min_size=1, max_size=12).filter(any))
def test_shares_add_up_and_are_each_within_a_dong_of_their_due(total, weights):
    given_out = money.shares(total, weights)
    assert sum(given_out) == total
    for share, weight in zip(given_out, weights, strict=True):
        assert abs(share * sum(weights) - total * weight) < sum(weights)
        assert weight or share == 0


@pytest.mark.parametrize(("total", "weights"), [(-1, [1]), (1, []), (1, [0, 0]), (1, [2, -1])])
def test_what_cannot_be_shared_is_refused(total, weights):
    with pytest.raises(ValueError, match="Không chia được"):
        money.shares(total, weights)


def test_a_reader_of_english_is_spoken_to_in_the_language_of_the_catalogue():
    with speaking("en"), pytest.raises(ValueError) as refused:
        money.read("1.500 tỷ")
    assert str(refused.value).startswith("This can be read in two ways")


@pytest.mark.parametrize(("hundredths", "vi", "en"), [
    (450, "4,5 %", "4.5%"), (455, "4,55 %", "4.55%"), (0, "0 %", "0%"), (10_000, "100 %", "100%"), (5, "0,05 %", "0.05%"),
])
def test_a_rate_is_said_exactly_in_each_language(hundredths, vi, en):
    assert (money.rate(hundredths), money.rate(hundredths, "en")) == (vi, en)
