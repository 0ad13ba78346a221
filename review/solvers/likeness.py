"""How near an expert is to an application: field codes, and TF-IDF over words and word pairs, with and without accents alike."""

import re
from itertools import groupby
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import TfidfVectorizer

from grants.shell.text import fold, nfc

UNIT = 1000  # the nearest that two can be
SAME, NEAR = 1.0, 0.5  # the same field; two fields of one branch (the first digit)
SAID = 5  # so many words are named as reasons
WORD = re.compile(r"[^\W_]+")
STOP = re.compile(r"[^\w\s'’ʼ-]")  # what ends a phrase: a full stop, a comma, a bracket
# What a Vietnamese syllable may look like without its accents: most words are two of them, so that one alone says little.
SYLLABLE = re.compile(r"(?:b|ch?|d|gh?|gi|h|kh?|l|m|n|ngh?|nh|ph?|qu?|r|s|th?|tr|v|x)?[aeiouy]{1,3}(?:ch?|m|nh?|ng|p|t)?")
SILENT = frozenset(Path(__file__).with_name("silent_words.txt").read_text(encoding="utf-8").split())
SILENT_BARE = frozenset(["va", "cac", "nhung", "trong", "duoc", "voi", "khong", "tren", "nay", "khi"])  # in a text without accents


def words(text: str) -> list[str]:
    return WORD.findall(nfc(text).lower())


def phrases(text: str) -> list[str]:
    """Words and word pairs as they are written; a stop ends a pair, and so does a word that says nothing."""
    found, parts = [], [words(part) for part in STOP.split(nfc(text))]
    silent = SILENT if any(word != fold(word) for part in parts for word in part) else SILENT_BARE
    for part in parts:
        before = ""
        for word in part:
            plain = fold(word)
            says = plain and word not in silent and not (plain.isdigit() and len(plain) < 4)
            found += [] if not says else [word, f"{before} {word}"] if before else [word]
            before = word if says else ""
    return found


def grams(text: str) -> list[str]:
    """What is counted: every phrase without accents, and each accented word once more as it is, since two accents make two words."""
    written = phrases(text)
    return [fold(one) for one in written] + [one for one in written if " " not in one and one != fold(one)]


def spellings(text: str) -> dict[str, str]:
    """Folded phrase → as this text first writes it."""
    found: dict[str, str] = {}
    for one in phrases(text):
        found.setdefault(fold(one), one)
    return found


def answer(question: dict) -> dict:
    """`applications`: [{fields, text}], `experts`: the same; `terms`: names of the code list. Every pair's value, 0 to 1000, and reasons.

    A value is the mean of the two likenesses, in thousandths. Reasons: application → expert → shared codes, shared
    words (terms of the code list and those that weigh most first), and each likeness by itself.
    """
    known = terms(question.get("terms", []))
    applications, experts = question["applications"], question["experts"]
    texts = [one["text"] for one in [*applications, *experts]]
    text, weights, names = by_text(texts, len(applications))
    field = by_field([one["fields"] for one in applications], [one["fields"] for one in experts])
    value = np.rint(UNIT * (field + text) / 2).astype(int)
    spelled = [spellings(one) for one in texts]
    reasons = [
        {
            str(e): {
                "codes": sorted(set(applications[a]["fields"]) & set(experts[e]["fields"])), "field": round(UNIT * float(field[a, e])),
                "text": round(UNIT * float(text[a, e])),
                "words": shared(weights, names, spelled, a, len(applications) + e, known),
            }
            for e in np.argsort(-value[a], kind="stable")[:question.get("reasons", 40)].tolist()
        }
        for a in range(len(applications))
    ]
    return {"value": value.tolist(), "reasons": reasons}


def by_text(texts: list[str], applications: int) -> tuple[np.ndarray, csr_matrix, list[str]]:
    """Cosine of the TF-IDF weights of each application with each expert, the weights, and what their columns are called."""
    if not any(grams(text) for text in texts):
        return np.zeros((applications, len(texts) - applications)), csr_matrix((len(texts), 1)), [""]
    counter = TfidfVectorizer(analyzer=grams, sublinear_tf=True)
    weights = counter.fit_transform(texts)
    cosine = (weights[:applications] @ weights[applications:].T).toarray()
    return np.clip(cosine, 0, 1), weights, counter.get_feature_names_out().tolist()


def by_field(wanted: list[list[str]], known: list[list[str]]) -> np.ndarray:
    return np.array([[nearness(these, those) for those in known] for these in wanted]).reshape(len(wanted), len(known))


def nearness(these: list[str], those: list[str]) -> float:
    if set(these) & set(those):
        return SAME
    return NEAR if {code[:1] for code in these} & {code[:1] for code in those} else 0.0


def terms(names: list[str]) -> frozenset[str]:
    """The terms in the names of a code list: «Toán học và thống kê» holds «toán học» and «thống kê»."""
    found = set()
    for part in (part for name in names for part in re.split(r"[,;()/]", name)):
        for silent, said in groupby(words(part), SILENT.__contains__):
            found |= set() if silent else {" ".join(said)}
    return frozenset(found)


def says_something(word: str, known: frozenset[str]) -> bool:
    """A single word is a reason when the code list knows it, or when it is no Vietnamese syllable: «GIS», «protein»."""
    return word in known or not SYLLABLE.fullmatch(fold(word))


def shared(
    weights: csr_matrix, names: list[str], spelled: list[dict[str, str]], one: int, other: int, known: frozenset[str]
) -> list[str]:
    """The phrases that make two texts alike: terms of the code list, then pairs, joined where they overlap, then single words.

    A word that the two write with different accents is no reason, unless one of the texts has no accents at all; nor is a
    lone syllable; nor a single word that weighs less than a third of the heaviest phrase. Else those that weigh most come first.
    """
    bare = any(all(plain == written for plain, written in spelled[text].items()) for text in (one, other))
    common = weights[one].multiply(weights[other]).tocoo()
    order, least = np.argsort(-common.data, kind="stable"), common.data.max(initial=0) / 3
    pairs: list[str] = []
    singles: list[str] = []
    for name, weight in ((names[common.col[place]], common.data[place]) for place in order.tolist()):
        mine, theirs = spelled[one].get(name), spelled[other].get(name)
        if mine is not None and theirs is not None and (mine == theirs or bare):
            said = max(mine, theirs, key=lambda text: len(text.encode()))
            if " " in said:
                pairs = joined(pairs, said)
            elif weight >= least and says_something(said, known):
                singles.append(said)
    inside = {word for phrase in pairs for word in phrase.split()}
    found = [*pairs, *(word for word in singles if word not in inside)]
    return sorted(found, key=lambda phrase: phrase not in known)[:SAID]


def joined(phrases: list[str], pair: str) -> list[str]:
    """The phrases with one more pair, laid onto one that ends or begins with its word: «trí tuệ» + «tuệ nhân» = «trí tuệ nhân»."""
    first, last = pair.split()
    for n, phrase in enumerate(phrases):
        if phrase.split()[-1] == first:
            return [*phrases[:n], f"{phrase} {last}", *phrases[n + 1:]]
        if phrase.split()[0] == last:
            return [*phrases[:n], f"{first} {phrase}", *phrases[n + 1:]]
    return [*phrases, pair]
