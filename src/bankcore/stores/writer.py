"""The writer of one book of a SQLite file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bankcore.ledger.additions import Additions
from bankcore.ledger.ports import Head
from bankcore.ledger.transactions import Book
from bankcore.stores.connection import Connection
from bankcore.stores.reader import SqliteReader

__all__ = ["SqliteWriter"]

# The driver looks for an adapter of whatever is not exactly an int, a str or a bytearray, which costs as
# much as eight numbers; so no row holds a None, and a digest is written as a bytearray.
_INSERTS: Final = {
    "transactions": 'INSERT INTO "transaction" VALUES ({book}, ?, ?, ?, ?)',
    "postings": "INSERT INTO posting VALUES ({book}, ?, ?, ?, ?, ?, ?, ?)",
    "records": "INSERT INTO record VALUES ({book}, ?, ?, ?, ?, ?, ?)",
    "accounts": "INSERT INTO account VALUES ({book}, ?, ?, ?, ?, ?, ?)",
    "holds": "INSERT INTO hold VALUES ({book}, ?, nullif(?, ''))",
    "held": "INSERT INTO pending_posting VALUES ({book}, ?, ?, ?, ?)",
    "resolutions": "INSERT INTO resolution VALUES ({book}, ?, ?)",
    "links": "INSERT INTO link VALUES ({book}, ?, ?, ?)",
    "members": "INSERT INTO member VALUES ({book}, ?, ?)",
    "personal": "INSERT INTO personal VALUES ({book}, ?, ?, ?, ?)",
    "balances": "INSERT OR REPLACE INTO balance VALUES ({book}, ?, ?, ?, ?, ?, ?, ?)",
    "pages": "INSERT OR REPLACE INTO seal_page VALUES ({book}, ?, ?, ?)",
}
_LIVE: Final = "INSERT INTO live_hold VALUES ({book}, ?, nullif(?, ''))"
_ENDED: Final = "DELETE FROM live_hold WHERE book_id = {book} AND number = ?"
_HEADS: Final = "INSERT OR REPLACE INTO record_head VALUES ({book}, ?, ?, ?)"


class SqliteWriter(SqliteReader):
    """The writer: a reader of the write connection that can append.

    `head` is the end of the journal, where it is known.
    """

    def __init__(self, connection: Connection, book: Book, head: Head | None) -> None:
        super().__init__(connection, book)
        self._head = head

    def head(self) -> Head:
        if self._head is None:
            self._head = super().head()
        return self._head

    def append(self, added: Additions) -> None:
        self._head = None
        for name, insert in _INSERTS.items():
            if rows := getattr(added, name):
                self._many(insert, rows)
        if added.holds:
            self._many(_LIVE, added.holds)
        if added.resolutions:
            self._many(_ENDED, [(resolved,) for _, resolved in added.resolutions])
        if added.records:
            self._many(_HEADS, [row[:3] for row in added.records])

    def _many(self, sql: str, rows: Sequence[Sequence[object]]) -> None:
        self._connection.many(sql.format(book=self._id), rows)
