"""What a reconciliation found: matches, open items with their age, the difference explained."""

from __future__ import annotations

from datetime import date
from enum import Enum
from typing import Final

from attrs import frozen

from bankcore.amounts import Amount
from bankcore.reconciling.items import Kind, Match, Sureness
from bankcore.reconciling.statements import BankStatement
from bankcore.tables import Table
from bankcore.units import Unit

__all__ = ["PARTS", "Known", "OpenItem", "Reconciliation", "Row", "State"]

_GAP: Final = "the statement does not add up by"
_BEFORE: Final = "opening balances differ by"
PARTS: Final = (
    _BEFORE,
    _GAP,
    "entries that the book lacks",
    "postings that the statement lacks",
    "matched postings of other days",
    "matched with other statements",
)


class State(Enum):
    """How a reconciliation ends."""

    RECONCILED = "reconciled"  # each item has its counterpart, and no match is ambiguous
    OPEN = "open items"
    NOT_ADDING_UP = "the statement does not add up"


@frozen
class Known:
    """A posting of the account, as the statement would show it."""

    number: int
    day: date
    quantity: int
    key: str = ""
    text: str = ""
    references: tuple[str, ...] = ()
    reverses: int = 0
    corrects: int = 0


@frozen
class Row:
    """One side of a match or an open item, for people: number of the transaction, or line in the file."""

    name: str
    place: int
    day: date
    amount: Amount
    reference: str
    text: str


@frozen
class OpenItem:
    """An item without a counterpart; `age` is its days until the end of the statements."""

    in_book: bool
    row: Row
    kind: Kind
    age: int
    counterpart: tuple[str, ...]
    hint: str


@frozen
class Reconciliation:
    """What `reconcile` found.

    `explained` are the parts, by name, that make the difference between the statement's closing balance and
    the book's; they always sum to it.  Without a closing balance there is neither.  `repeated` counts
    entries that an overlapping statement had already.
    """

    unit: Unit
    since: date
    until: date
    statements: tuple[BankStatement, ...]
    matches: tuple[Match, ...]
    rows: dict[tuple[bool, str], Row]  # by side (whether in the book) and name
    open: tuple[OpenItem, ...]
    opening: int | None
    closing: int | None
    book_opening: int
    book_closing: int
    explained: tuple[tuple[str, int], ...]
    repeated: int
    notes: tuple[str, ...]

    @property
    def difference(self) -> int | None:
        """The statement's closing balance less the book's."""
        return None if self.closing is None else self.closing - self.book_closing

    @property
    def state(self) -> State:
        """The worst of what was found."""
        parts = dict(self.explained)
        if any(it.adds_up is False for it in self.statements) or parts.get(_GAP):
            return State.NOT_ADDING_UP
        doubtful = any(it.sureness is Sureness.AMBIGUOUS for it in self.matches)
        return State.OPEN if self.open or doubtful or parts.get(_BEFORE) else State.RECONCILED

    def tables(self) -> tuple[Table, ...]:
        """Open items, matches, statements and the difference as tables."""
        return (self._open_table(), self._match_table(), self._statement_table(), self._difference_table())

    def _open_table(self) -> Table:
        columns = (
            "side",
            "item",
            "day",
            "age",
            "amount",
            "reference",
            "text",
            "finding",
            "counterpart",
            "hint",
        )
        rows = (
            ("book" if it.in_book else "statement", it.row.place, it.row.day, it.age, it.row.amount,
             it.row.reference, it.row.text, it.kind.value, self._places(it), it.hint)
            for it in self.open
        )  # fmt: skip
        return Table("open items", columns, tuple(rows))

    def _places(self, item: OpenItem) -> str:
        sides = [not item.in_book] if item.kind is not Kind.SUM_AMBIGUOUS else [True, False]
        found = (self.rows.get((side, name)) for name in item.counterpart for side in sides)
        return " ".join(str(row.place) for row in found if row)

    def _match_table(self) -> Table:
        def places(in_book: bool, names: tuple[str, ...]) -> str:
            return " ".join(str(self.rows[in_book, name].place) for name in names)

        rows = []
        for it in self.matches:
            side, names = (False, it.theirs) if it.theirs else (True, it.ours)
            total = sum(self.rows[side, name].amount.quantity for name in names)
            amount = Amount(total, self.unit)
            rows.append((places(True, it.ours), places(False, it.theirs), amount, it.days, it.sureness.value,
                         it.reason))  # fmt: skip
        return Table("matches", ("book", "statement", "amount", "days", "sureness", "reason"), tuple(rows))

    def _statement_table(self) -> Table:
        words = {True: "yes", False: "no", None: "not stated"}
        rows = (
            (it.identification, it.account, it.line, it.opening and it.opening.amount, len(it.entries),
             it.total, it.closing and it.closing.amount, words[it.adds_up])
            for it in self.statements
        )  # fmt: skip
        columns = ("statement", "account", "line", "opening", "entries", "sum", "closing", "adds up")
        return Table("statements", columns, tuple(rows))

    def _difference_table(self) -> Table:
        rows = tuple((name, Amount(quantity, self.unit)) for name, quantity in self.explained)
        return Table("explained", ("part", "amount"), rows)
