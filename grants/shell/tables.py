"""What the frame keeps: sessions, links by mail, sign-in attempts, letters; and how one row points to another."""

from collections.abc import Sequence
from functools import cache

from piccolo.columns import Boolean, Bytea, ForeignKey, Integer, LazyTableReference, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.constraints import Check
from piccolo.query.methods.objects import Objects
from piccolo.query.methods.select import Select
from piccolo.querystring import QueryString
from piccolo.table import Table

_whole = ForeignKey.__getattribute__
_own = frozenset(name for name in dir(ForeignKey) if not name.startswith("_"))


def _attribute(self: ForeignKey, name: str) -> object:
    """What every reference has itself is given at once: Piccolo looks through dir() first, half a millisecond a page."""
    if name in _own and name not in object.__getattribute__(self, "__dict__"):
        return object.__getattribute__(self, name)
    return _whole(self, name)


ForeignKey.__getattribute__ = _attribute
_selected = Objects.default_querystrings.fget


@cache
def _columns(table: type[Table]) -> QueryString:
    engine = table._meta.db.engine_type
    return QueryString(", ".join(str(column.get_select_string(engine_type=engine)) for column in table._meta.columns))


def _whole_rows(self: Objects) -> Sequence[QueryString]:
    """Whole rows are selected by a list of columns written once: Piccolo puts it together, column by column, for every query."""
    if self.prefetch_delegate.fk_columns:
        return _selected(self)
    select = Select(table=self.table, columns_list=[_columns(self.table)])
    for part in ("as_of", "limit", "where", "offset", "output", "order_by", "lock_rows"):
        setattr(select, f"{part}_delegate", getattr(self, f"{part}_delegate"))
    return select.querystrings


Objects.default_querystrings = property(_whole_rows)


def belongs_to(table: type[Table] | str, **options) -> ForeignKey:
    """A reference that must be there and whose target cannot be deleted from under it."""
    target = LazyTableReference(table, app_name="grants") if isinstance(table, str) else table
    return ForeignKey(target, null=False, default=None, on_delete=OnDelete.restrict, index=True, **options)


def may_belong_to(table: type[Table] | str, **options) -> ForeignKey:
    """A reference that may be empty."""
    target = LazyTableReference(table, app_name="grants") if isinstance(table, str) else table
    return ForeignKey(target, null=True, default=None, on_delete=OnDelete.restrict, index=True, **options)


def one_of(column: str, states) -> Check:
    """The database's own guard that a column holds one of the states."""
    listed = ", ".join(f"'{state.value}'" for state in states)
    return Check(f'"{column}" IN ({listed})')


class Session(Table):
    """A signed-in browser. Only the hash of its token is kept."""

    token = Bytea(unique=True)
    person = belongs_to("Person")
    opened_at = Timestamptz()
    seen_at = Timestamptz()
    ends_at = Timestamptz()
    second_factor = Boolean(default=False)


class Link(Table):
    """A link sent by mail that works once: to confirm an address, set a password, join a team."""

    token = Bytea(unique=True)
    purpose = Varchar(20)
    person = may_belong_to("Person")
    subject = Integer(null=True, default=None)
    ends_at = Timestamptz()
    used_at = Timestamptz(null=True, default=None)


class Attempt(Table):
    """A try to sign in that has not succeeded, to register or to get a new password, by account and address, for the throttle."""

    what = Varchar(20)
    account = Varchar(254, index=True)
    address = Varchar(45, index=True)
    at = Timestamptz()


class Letter(Table):
    """The outbox: what a person is told, on their desk in the language they read it in, and by mail in `language`."""

    person = may_belong_to("Person")
    address = Varchar(254)
    subject = Varchar(300)
    body = Text()
    subject_en = Varchar(300)
    body_en = Text()
    language = Varchar(2, default="vi")
    link = Varchar(300)
    written_at = Timestamptz(index=True)
    sent_at = Timestamptz(null=True, default=None)
    read_at = Timestamptz(null=True, default=None)
    tries = Integer(default=0)
    next_try_at = Timestamptz(index=True)
    trouble = Varchar(300)

    has_words = Check("subject <> '' AND body <> '' AND address <> ''")
