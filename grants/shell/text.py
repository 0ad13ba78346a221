"""Text as people here type it, look for it and order it: one Unicode form, search without accents, Vietnamese order."""

import re
import unicodedata

from grants.shell.language import _

TONES = {"\u0300": "1", "\u0309": "2", "\u0303": "3", "\u0301": "4", "\u0323": "5"}  # huyền hỏi ngã sắc nặng
# A letter with its own place in the alphabet sorts behind every "a" + letter, because "{" and "|" follow "z".
SHAPES = {"a\u0306": "a{", "a\u0302": "a|", "e\u0302": "e{", "o\u0302": "o{", "o\u031b": "o|", "u\u031b": "u{"}
MARKS_ABOVE = re.compile("[\u0300\u0301\u0302\u0303\u0306\u0309]{2,}")
PIECE = re.compile(r"(?P<number>\d{1,99})|(?P<letter>[^\W\d_])(?P<marks>[\u0300-\u036f]*)|(?P<gap>.)", re.DOTALL)

# Written in one of these ways, meant as the same: Đ and the Icelandic Ð of old fonts; apostrophes of Ê Đê and M'nông.
ALIKE = dict.fromkeys(map(ord, "'\u2018\u2019\u02bc\u02b9\u2032"), None)
ALIKE |= dict.fromkeys(map(ord, "ðɖ"), "đ") | {ord("ƀ"): "b", ord("ł"): "l", ord("ø"): "o"}
ALIKE |= dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2212"), "-") | dict.fromkeys(map(ord, "“”„«»"), '"')
NOT_SHOWN = {"Mn", "Me", "Cf", "Cc", "Cs"}

COMPOUND_FAMILIES = {"tôn thất", "tôn nữ", "âu dương"}
HIGHLAND_MARK = re.compile(r"(?:[YH](?= )|H['\u2019\u02bc])(?= ?\w)")  # Y before a man's name, H or H' before a woman's
CLANS_OF_TWO = {"niê", "buôn"}  # Niê Kđăm, Buôn Yă: Ê Đê clan names whose first word never stands as a given name
WEIGHTS_OF_TAX_CODE = (31, 29, 23, 19, 17, 13, 7, 5, 3)


def nfc(text: str) -> str:
    """The text in the one Unicode form that is stored (dựng sẵn), also when a tone was typed before its ^ or ˘."""
    apart = unicodedata.normalize("NFD", text)
    in_order = MARKS_ABOVE.sub(lambda run: "".join(sorted(run[0], key=TONES.__contains__)), apart)
    return unicodedata.normalize("NFC", in_order)


def _apart(text: str) -> str:
    """Lower case, each mark behind its letter, look-alikes made one."""
    lower = unicodedata.normalize("NFKD", text.replace("\u00b4", "'")).casefold()
    return unicodedata.normalize("NFKD", lower).translate(ALIKE)


def fold(text: str) -> str:
    """The text as it is searched: lower case, without accents, đ → d, one space between words, no apostrophes.

    A table keeps `fold(title + " " + …)` in a `folded` column with a trigram index (`gin (folded gin_trgm_ops)`),
    written by the verb that writes the text; a query is `folded LIKE like_pattern(typed)`. Never fold in SQL:
    `unaccent` knows neither tổ hợp input nor look-alikes, and is not immutable.
    """
    bare = (c for c in _apart(text).replace("đ", "d") if c.isspace() or unicodedata.category(c) not in NOT_SHOWN)
    return " ".join("".join(bare).split())


def like_pattern(typed: str) -> str:
    """What a person typed, as a LIKE pattern over a folded column: "50% cà" → "%50\\% ca%"."""
    return "%" + re.sub(r"([\\%_])", r"\\\1", fold(typed)) + "%"


def forbidden(text: str, multiline: bool = False) -> str | None:
    """The first character that no text may hold (NUL and other controls, half characters), or None.

    Line ends and tabs are allowed only in text of several lines.
    """
    allowed = "\n\r\t" if multiline else ""
    return next((c for c in text if unicodedata.category(c) in {"Cc", "Cs"} and c not in allowed), None)


def legible(text: str) -> str:
    """The text without the characters that no page can show, so that what was typed can stand in the form again."""
    if text.isprintable():
        return text
    return "".join(c for c in text if unicodedata.category(c) not in {"Cc", "Cs"} or c in "\n\r\t")


def split_name(full_name: str) -> tuple[str, str, str]:
    """(họ, đệm, tên) of a full name, as a first guess that the person may correct.

    "Nguyễn Thị Minh Khai" → ("Nguyễn", "Thị Minh", "Khai"). Ê Đê and M'nông names that begin with Y or H' end with
    the clan: "Y Thanh Niê Kđăm" → ("Niê Kđăm", "Y", "Thanh"), "H'Hen Niê" → ("Niê", "H'", "Hen").
    """
    words = nfc(full_name).split()
    if mark := HIGHLAND_MARK.match(" ".join(words)):
        return _split_highland(mark[0], " ".join(words)[mark.end():].split())
    if len(words) < 2:
        return "", "", " ".join(words)
    head = 2 if len(words) > 2 and " ".join(words[:2]).lower() in COMPOUND_FAMILIES else 1
    return " ".join(words[:head]), " ".join(words[head:-1]), words[-1]


def _split_highland(mark: str, words: list[str]) -> tuple[str, str, str]:
    tail = 2 if len(words) > 2 and words[-2].lower() in CLANS_OF_TWO else 1
    clan = words[-tail:] if len(words) > 1 else []
    return " ".join(clan), mark, " ".join(words[: len(words) - len(clan)])


def collate_key(text: str) -> str:
    """An ASCII string whose plain order (COLLATE "C") is the Vietnamese order of the texts.

    Word by word through a ă â b c d đ e ê … y z; numbers by value and before letters; case, punctuation and
    apostrophes ignored; tones (ngang huyền hỏi ngã sắc nặng) only where all letters are equal, one a syllable,
    so that hòa and hoà are the same.
    """
    letters, tones = [""], [""]
    for piece in PIECE.finditer(_apart(text)):
        if piece["gap"]:
            if letters[-1] and unicodedata.category(piece["gap"]) not in NOT_SHOWN - {"Cc"}:
                letters.append("")
                tones.append("")
        elif piece["number"]:
            value = str(int(piece["number"]))
            letters[-1] += f"{len(value):02d}{value}"
        else:
            letters[-1] += _weight(piece["letter"], piece["marks"])
            tones[-1] += "".join(TONES.get(mark, "") for mark in piece["marks"])
    toned = "-".join(tones).rstrip("-")
    return "-".join(letters).rstrip("-") + ("!" + toned if toned else "")


def _weight(letter: str, marks: str) -> str:
    """A letter's place in the alphabet; letters of other scripts come after z."""
    if letter == "đ":
        return "d{"
    if not letter.isascii():
        return f"~{ord(letter):06x}"
    return max((SHAPES.get(letter + mark, letter) for mark in marks), default=letter)


def name_key(family: str, middle: str, given: str) -> str:
    """The sort key of a name already split: by tên, then họ, then đệm, each with its tones."""
    return " ".join(map(collate_key, (given, family, middle))).rstrip()


def sort_key(full_name: str) -> str:
    """The sort key of a full name, for a stored column ordered by code point: by tên, then họ, then đệm."""
    return name_key(*split_name(full_name))


def read_orcid(text: str) -> str:
    """An ORCID iD out of what was typed, with or without hyphens or the address: "0000-0002-1694-233X".

    Raises ValueError with a sentence. The last character checks the others (ISO 7064 MOD 11-2).
    """
    bare = re.sub(r"^(https?://)?(www\.)?orcid\.org/", "", text.strip(), flags=re.IGNORECASE).rstrip("/")
    digits = re.sub(r"[\s\u2010-\u2014-]", "", bare).upper()
    if not re.fullmatch("[0-9]{15}[0-9X]", digits):
        raise ValueError(_("ORCID gồm 16 ký tự, ví dụ 0000-0002-1825-0097."))
    total = 0
    for digit in digits[:15]:
        total = (total + int(digit)) * 2
    if digits[15] != "0123456789X"[(12 - total) % 11]:
        raise ValueError(_("ORCID này có chữ số gõ sai. Hãy đối chiếu lại với trang orcid.org của bạn."))
    return "-".join(digits[at:at + 4] for at in (0, 4, 8, 12))


def read_tax_code(text: str) -> str:
    """An organisation's tax code (mã số thuế): ten digits, the last a check digit; "0100109106-001" for a unit of it.

    Raises ValueError with a sentence.
    """
    digits = re.sub(r"[\s.\u2010-\u2014-]", "", text)
    if not re.fullmatch("[0-9]{10}([0-9]{3})?", digits):
        raise ValueError(_("Mã số thuế gồm 10 chữ số; đơn vị phụ thuộc thêm gạch nối và 3 chữ số, như 0100109106-001."))
    total = sum(weight * int(digit) for weight, digit in zip(WEIGHTS_OF_TAX_CODE, digits, strict=False))
    if 10 - total % 11 != int(digits[9]) or digits[2:9] == "0000000" or digits[10:] == "000":
        raise ValueError(_("Mã số thuế này có chữ số gõ sai. Hãy đối chiếu lại với giấy chứng nhận đăng ký thuế."))
    return "-".join(filter(None, (digits[:10], digits[10:])))
