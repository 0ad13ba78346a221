"""Every word that people read is said through `_()`, stands in both languages, and fits its gaps."""

import ast
import re
from pathlib import Path

import pytest
from jinja2 import nodes

from grants.shell.config import ROOT
from grants.shell.language import _, speaking
from tests import catalogues
from tests.catalogues import JINJA, is_marked, modules, places, said, templates

VIETNAMESE = re.compile(r"[\u00c0-\u024f\u1ea0-\u1ef9]")
LETTERS = re.compile(r"[^\W\d_]{2,}")
# Papers for signature are Vietnamese by law in either language of the interface (NĐ 30/2020, the circulars' own forms).
PAPER = re.compile(r"{% extends \"document.html\" %}|law's own and stay Vietnamese")
# Words that are the same everywhere: the name of a language stands in that language; formats have no Vietnamese.
SAME = {"Tiếng Việt", "English", "XLSX", "CSV", "PDF", "ORCID", "QR", "VND", "SHA", "GS", "PGS", "TS", "ThS", "JSON", "API", "KB", "MB"}
# Where Vietnamese is what the code works on, not what it says.
MATTER = {
    "grants/shell/text.py": "the alphabet, clans and compound family names",
    "grants/shell/money.py": "amounts in words, as a paper for signature writes them",
    "grants/shell/dates.py": "the weekdays and the words of a written date",
    "grants/shell/language.py": "a language is named in itself",
    "grants/proposals/openings.py": "a finding is kept word for word in the record of the opening session",
    "budget/record_words.py": "purposes and grounds that are kept word for word in the record",
    "budget/treasury.py": "what a statement's line differs in is kept word for word in the record",
    "budget/treasury_files.py": "the headings of the files that the treasury and banks hand over",
}
# What is kept or recognised as it stands, in either language.
AS_IT_STANDS = {
    "KH&CN Đắk Lắk",  # the issuer's name in an authenticator app
    "Hội đồng tuyển chọn ",  # a panel's official name
    "ĐN-",  # a payment request's own number
    "ĐC-",  # a correction's
    "^[A-Za-z0-9Đđ./-]+$",
}


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


def translations() -> dict[str, list[str]]:
    """Sentence → its English in each catalogue that has it."""
    found: dict[str, list[str]] = {}
    for catalogue in catalogues.catalogues().values():
        for message in catalogue:
            if message.id and message.string:
                found.setdefault(message.id, []).append(message.string)
    return found


def test_every_sentence_has_its_english():
    there = translations()
    missing = {sentence: relative(files[0]) for sentence, files in said().items() if sentence not in there}
    assert missing == {}, f"{len(missing)} sentences; `make language`, then translate what is empty"


def test_no_sentence_has_two_translations():
    assert {sentence: found for sentence, found in translations().items() if len(set(found)) > 1} == {}


def test_no_catalogue_keeps_what_nobody_says():
    assert sorted(set(translations()) - set(said())) == []


def test_a_translation_has_the_same_gaps():
    wrong = {vi: en for vi, found in translations().items() for en in found if places(vi) != places(en)}
    assert wrong == {}


def test_an_english_word_follows_its_number():
    """«1 application waits», «2 applications wait»: the word after a gap for a number is given in both forms."""
    loose = re.compile(r"{(count|n)} (?:working |valid |lead |unread )?[a-z]{3,}(?<!s)s\b(?<!is)(?<!us)(?<!as)")
    assert {vi: en for vi, found in translations().items() for en in found if loose.search(en)} == {}
    with speaking("en"):
        said = _("{count} việc đang chờ bạn, việc gần hạn nhất ở trên.")
        said = [said.format(count=n).split(",")[0] for n in (0, 1, 2)]
        assert said == ["0 things wait for you", "1 thing waits for you", "2 things wait for you"]


def test_english_is_english():
    """No Vietnamese word is left in a translation, but names and the words in which amounts are typed."""
    amounts = {"đồng", "tỷ", "triệu", "nghìn"}
    wrong = [
        (word, en) for found in translations().values() for en in found for word in re.findall(r"[^\W\d_]+", en)
        if VIETNAMESE.search(word) and word[0].islower() and word not in amounts
    ]
    assert wrong == []


def marked_inside(tree) -> set[int]:
    return {id(call.args[0]) for call in tree.find_all(nodes.Call)
            if isinstance(call.node, nodes.Name) and call.node.name == "_" and call.args}


def is_paper(path: Path) -> bool:
    """Whether it is a paper for signature, which is Vietnamese whoever reads it."""
    return path.name == "document.html" or bool(PAPER.search(path.read_text()))


@pytest.mark.parametrize(
    "path", [path for path in templates() if not is_paper(path)], ids=lambda path: str(path.relative_to(ROOT / "templates"))
)
def test_a_template_says_every_word_through_the_catalogue(path):
    """Text between tags, attributes that are read, and texts inside expressions; papers for signature apart."""
    tree = JINJA.parse(path.read_text())
    text = "\n".join(piece.data for piece in tree.find_all(nodes.TemplateData))
    between = re.sub(r"<(script|style)\b.*?</\1>|<!doctype[^>]*>|&\w+;", " ", text, flags=re.S | re.I)
    assert VIETNAMESE.findall(between.replace("·", "")) == [], between
    assert bare_words(path) == []
    marked = marked_inside(tree)
    bare = [c.value for c in tree.find_all(nodes.Const) if isinstance(c.value, str) and VIETNAMESE.search(c.value)
            and id(c) not in marked and c.value not in SAME]
    assert bare == []


def bare_words(path: Path) -> list[str]:
    """Words that stand in the template itself, outside expressions and tags, in whatever language."""
    source = re.sub(r"{#.*?#}|{%.*?%}|{{.*?}}", "\0", path.read_text(), flags=re.S)
    source = re.sub(r"<(script|style)\b.*?</\1>|<!--.*?-->", " ", source, flags=re.S)
    outside = re.sub(r"<[^>]*>|[\w-]+=(\"[^\"]*\"|'[^']*')", " ", source)
    return [word for word in LETTERS.findall(re.sub(r"&\w+;", " ", outside)) if word not in SAME]


def literals(path: Path) -> list[tuple[int, str]]:
    """Vietnamese texts of a module that do not pass through `_()` or `N_()`; docstrings aside."""
    tree = ast.parse(path.read_text())
    spared = {id(inner) for node in ast.walk(tree) if is_marked(node) for inner in ast.walk(node.args[0])}
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            spared.add(id(node.value))
    return [
        (node.lineno, node.value) for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in spared and VIETNAMESE.search(node.value)
    ]


@pytest.mark.parametrize("path", [p for p in modules() if relative(p) not in MATTER], ids=relative)
def test_a_module_says_every_vietnamese_word_through_the_catalogue(path):
    assert [found for found in literals(path) if found[1] not in SAME | AS_IT_STANDS] == []


@pytest.mark.parametrize("path", modules(), ids=relative)
def test_a_sentence_is_whole_before_it_is_translated(path):
    """No f-string, no sum and no format inside `_()`: such a sentence is in no catalogue."""
    wrong = [
        node.lineno for node in ast.walk(ast.parse(path.read_text()))
        if is_marked(node) and isinstance(node.args[0], ast.JoinedStr | ast.BinOp)
        or is_marked(node) and isinstance(node.args[0], ast.Call) and isinstance(node.args[0].func, ast.Attribute)
        and node.args[0].func.attr == "format"
    ]
    assert wrong == []


def test_every_gap_is_filled_where_the_sentence_is_said():
    """`require(…, _("còn {days} ngày"))` without `.format` would show the braces to people."""
    wrong = []
    for path in modules():
        for call in ast.walk(ast.parse(path.read_text())):
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") in ("require", "Refused", "ValueError"):
                wrong += [(relative(path), one.lineno) for one in call.args if with_gaps(one)]
    for path in templates():
        for shown in JINJA.parse(path.read_text()).find_all(nodes.Output):
            wrong += [
                (relative(path), one.lineno) for one in shown.nodes if isinstance(one, nodes.Call) and isinstance(one.node, nodes.Name)
                and one.node.name == "_" and isinstance(one.args[0], nodes.Const) and places(one.args[0].value)
            ]
    assert wrong == []


def with_gaps(node: ast.AST) -> bool:
    return is_marked(node) and isinstance(node.args[0], ast.Constant) and bool(places(node.args[0].value))
