"""The writer of one book of a SQLite file."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Final

from bankcore.errors import StoreDamaged
from bankcore.ledger.additions import Additions
from bankcore.ledger.ports import Head, HeadMoved, KeyTaken
from bankcore.ledger.transactions import Book
from bankcore.stores import erasing
from bankcore.stores.connection import Connection
from bankcore.stores.moves import BEYOND, PREFIX, row_of
from bankcore.stores.reader import SqliteReader

__all__ = ["AFTER_SMALL", "SqliteWriter"]

# Pages of log after which SQLite moves them into the file.  A long log takes longer to sync, so it is kept
# short; but large commits change the same pages repeatedly, and a later checkpoint moves each only once.
AFTER_SMALL: Final = 1_000
_AFTER_LARGE: Final = 4_000
_LARGE: Final = 500  # transactions

# The driver looks for an adapter of anything not exactly an int, a str or a bytearray, which costs as much
# as eight numbers; so no row contains a None, and a digest is written as a bytearray.
_STATEMENTS: Final = {
    "transactions": 'INSERT INTO "transaction" VALUES ({book}, ?, ?, ?, ?)',
    "postings": "INSERT INTO posting VALUES ({book}, ?, ?, ?, ?, ?, ?, ?)",
    "records": "INSERT INTO record VALUES ({book}, ?, ?, ?, ?, ?, ?)",
    "accounts": (
        "INSERT INTO account VALUES ({book}, ?, ?, ?, ?, ?, ?, ?, nullif(?, ''), nullif(?, ''), "
        "nullif(?, ''), nullif(?, ''), nullif(?, ''), ?, ?, ?)"
    ),
    "descriptions": (
        "UPDATE account SET status = ?, floor = nullif(?, ''), ceiling = nullif(?, ''), "
        "opened_on = nullif(?, ''), closed_on = nullif(?, ''), reopened_on = nullif(?, ''), party = ?, "
        "details = ?, reason = ? WHERE book_id = {book} AND path = ?"
    ),
    "holds": "INSERT INTO hold VALUES ({book}, ?, nullif(?, ''))",
    "held": "INSERT INTO pending_posting VALUES ({book}, ?, ?, ?, ?)",
    "resolutions": "INSERT INTO resolution VALUES ({book}, ?, ?)",
    "links": "INSERT INTO link VALUES ({book}, ?, ?, ?)",
    "members": "INSERT INTO member VALUES ({book}, ?, ?)",
    "personal": "INSERT INTO personal VALUES ({book}, ?, ?, ?, ?)",
    "balances": "INSERT OR REPLACE INTO balance VALUES ({book}, ?, ?, ?, ?, ?, ?, ?)",
    "pages": "INSERT OR REPLACE INTO seal_page VALUES ({book}, ?, ?, ?)",
    "live": "INSERT INTO live_hold VALUES ({book}, ?, nullif(?, ''))",
    "ended": "DELETE FROM live_hold WHERE book_id = {book} AND number = ?",
    "heads": "INSERT OR REPLACE INTO record_head VALUES ({book}, ?, ?, ?)",
}
_RARE: Final = (
    "records",
    "accounts",
    "descriptions",
    "holds",
    "held",
    "resolutions",
    "links",
    "members",
    "personal",
    "pages",
)

_UNMOVED: Final = "DELETE FROM consumer WHERE book_id = ? AND name >= ? AND name < ?"
_MOVED: Final = "INSERT INTO consumer VALUES (?, ?, ?)"

# Not every driver has the extended code that distinguishes this constraint; the text names the columns.
_KEY_TAKEN: Final = "UNIQUE constraint failed: transaction.book_id, transaction.key"


class SqliteWriter(SqliteReader):
    """The writer: a reader of the write connection that can append.

    `head` is the end of the journal, where it is known.
    """

    def __init__(self, connection: Connection, book: Book, head: Head | None) -> None:
        super().__init__(connection, book)
        self.end = head  # of the journal, as far as it is known
        self._many: Callable[..., None] = connection.many
        self._sql = _statements(book.id)

    def close(self) -> None:
        self.end, self._rows, self._many = None, self._refuse, self._refuse

    def head(self) -> Head:
        if self.end is None:
            self.end = super().head()
        return self.end

    def append(self, added: Additions) -> None:
        if added.before is not None and added.before.number != (self.end or self.head()).number:
            raise HeadMoved
        self.end = added.after
        spacing = AFTER_SMALL if len(added.transactions) < _LARGE else _AFTER_LARGE
        if self._connection.spacing not in (0, spacing):
            self._connection.space_checkpoints(spacing)
        many, sql = self._many, self._sql
        try:
            many(sql["transactions"], added.transactions)
        except StoreDamaged as error:
            if error.reason == _KEY_TAKEN:
                raise KeyTaken from error
            raise
        many(sql["postings"], added.postings)
        many(sql["balances"], added.balances)
        for name in _RARE:
            if rows := getattr(added, name):
                many(sql[name], rows)
        if added.holds:
            many(sql["live"], added.holds)
        if added.resolutions:
            many(sql["ended"], [(resolved,) for _, resolved in added.resolutions])
        if added.records:
            many(sql["heads"], [row[:3] for row in added.records])
        if added.secret:
            self._connection.run(erasing.DRAWN, (self.book.id, added.secret))
        if added.erased:
            erasing.erase(self._connection, self.book.id, added.erased)
        for move in added.moves:
            self._connection.run(_UNMOVED, (self.book.id, PREFIX, BEYOND))
            self._connection.run(_MOVED, (self.book.id, *row_of(move)))
            self.end = None  # so that the next commit looks at the move


@lru_cache(100)
def _statements(book: int) -> dict[str, str]:
    """The SQL that adds rows to one book, by the name of the rows."""
    return {name: sql.format(book=book) for name, sql in _STATEMENTS.items()}
