"""Looking for words: without accents, and yet what is written just as it was typed comes first."""

from collections.abc import Callable, Sequence

from piccolo.columns import Column
from piccolo.columns.combination import Combinable, WhereRaw
from piccolo.querystring import QueryString

from grants.shell.text import fold, legible, like_pattern, nfc

MOST_WORDS = 8
# A text as words between spaces, to find a word as it was typed, its accents too.
WORDS = """(' ' || translate(lower({}), '.,;:!?()[]«»"“”–-/', '                  ') || ' ')"""
FOLDED = r"translate(lower(regexp_replace(normalize({}, NFKD), '[\u0300-\u036f]', '', 'g')), U&'\0111\0110', 'dd') LIKE {{}}"


def patterns(typed: str) -> list[str]:
    """What was typed as LIKE patterns over a folded column, one a word; at most eight words."""
    return [like_pattern(word) for word in fold(typed).split()[:MOST_WORDS]]


def containing(column: Column) -> Callable[[str], Combinable | None]:
    """A search without accents: every word typed must occur in the folded column."""
    return lambda typed: every(column.like(pattern) for pattern in patterns(typed))


def containing_unfolded(columns: Sequence[Column]) -> Callable[[str], Combinable | None]:
    """The same over texts that are kept only as they are written: for a few hundred rows."""
    where = FOLDED.format(together(columns))
    return lambda typed: every(WhereRaw(where, pattern) for pattern in patterns(typed))


def together(columns: Sequence[Column]) -> str:
    """The texts of the columns as one, in SQL."""
    return f"concat_ws(' ', {', '.join(column._meta.get_full_name(with_alias=False) for column in columns)})"


def every(conditions) -> Combinable | None:
    found = None
    for one in conditions:
        found = one if found is None else found & one
    return found


def as_typed(typed: str) -> list[str]:
    """The words with their accents, as they are looked for between spaces."""
    return [f" {word} " for word in legible(nfc(typed)).lower().split()[:MOST_WORDS]]


def amiss(columns: Sequence[Column], typed: str) -> QueryString | None:
    """How many of the words do not stand in the columns just as typed: who looks for «voi» means elephants before lime («vôi»)."""
    words = as_typed(typed)
    if not words or not columns:
        return None
    text = WORDS.format(together(columns))
    return QueryString(" + ".join(f"(strpos({text}, {{}}) = 0)::int" for _word in words), *words)
