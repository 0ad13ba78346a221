"""How near an expert is to an application: field codes, and TF-IDF over words and word pairs, with and without accents alike."""

import re

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import TfidfVectorizer

from grants.shell.text import fold, nfc

UNIT = 1000  # the nearest that two can be
SAME, NEAR = 1.0, 0.5  # the same field; two fields of one branch (the first digit)
SAID = 5  # so many words are named as reasons
WORD = re.compile(r"[^\W_]+")
SAY_NOTHING = """
va cua cac cho tren tai duoc trong la voi mot nhung de theo tu den khi nay do o ve co khong da dang se bang nhu hay hoac ra vao bi
boi cung con thi nen tung moi nhieu it rat hon qua sau truoc giua duoi ngoai so the and of in for to a on with by
"""
SILENT = frozenset(SAY_NOTHING.split())


def words(text: str) -> list[str]:
    return WORD.findall(nfc(text).lower())


def grams(text: str) -> list[str]:
    """Words and word pairs, folded; words that say nothing end a pair."""
    found, before = [], ""
    for word in map(fold, words(text)):
        if word in SILENT or not word or (word.isdigit() and len(word) < 4):
            before = ""
            continue
        found += [word, f"{before} {word}"] if before else [word]
        before = word
    return found


def spellings(texts: list[str]) -> dict[str, str]:
    """Folded word → as it was written with most accents, so that a reason is read as Vietnamese."""
    found: dict[str, str] = {}
    for text in texts:
        for word in words(text):
            plain = fold(word)
            if len(word.encode()) > len(found.get(plain, "").encode()):
                found[plain] = word
    return found


def answer(question: dict) -> dict:
    """`applications`: [{fields, text}], `experts`: the same. The value of every pair, 0 to 1000, and the reasons of the best.

    A value is the mean of the two likenesses, in thousandths. Reasons: application → expert → shared codes, shared
    words (those that weigh most first), and each likeness by itself.
    """
    applications, experts = question["applications"], question["experts"]
    texts = [one["text"] for one in [*applications, *experts]]
    text, weights, names = by_text(texts, len(applications))
    field = by_field([one["fields"] for one in applications], [one["fields"] for one in experts])
    value = np.rint(UNIT * (field + text) / 2).astype(int)
    spelled = spellings(texts)
    reasons = [
        {
            str(e): {
                "codes": sorted(set(applications[a]["fields"]) & set(experts[e]["fields"])), "field": round(UNIT * float(field[a, e])),
                "text": round(UNIT * float(text[a, e])), "words": shared(weights[a], weights[len(applications) + e], names, spelled),
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


def shared(mine: csr_matrix, theirs: csr_matrix, names: list[str], spelled: dict[str, str]) -> list[str]:
    """The words that make two texts alike, those that weigh most first, with their accents; none inside another."""
    common = mine.multiply(theirs).tocoo()
    found: list[str] = []
    for name in (names[column] for column in common.col[np.argsort(-common.data, kind="stable")].tolist()):
        if len(found) < SAID and not any(name in other or other in name for other in found):
            found.append(name)
    return [" ".join(spelled.get(word, word) for word in name.split()) for name in found]
