"""Erasure in a SQLite file: personal data is removed from every page, and then the log is emptied.

SQLite overwrites deleted data only with `secure_delete`, and splitting a page may have left older copies of
a row in it.  So the table is rewritten in the transaction that erases: all its pages are freed, overwritten
with zeros, and filled again with the remaining rows.  The log still has the old pages until a checkpoint
empties it, which a reader of an older state prevents; a row of the table notes that this is pending.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from bankcore.stores.connection import Connection

__all__ = ["DRAWN", "FINGERPRINTED", "PENDING", "SECRET", "erase", "is_pending", "settle"]

# The rows without a transaction: the secret of the book, and the note that the log may have erased bytes.
SECRET: Final = "SELECT number, salt FROM personal WHERE book_id = ? AND number = 0 AND place = 0"
DRAWN: Final = "INSERT INTO personal VALUES (?, 0, 0, ?, '[]')"
PENDING: Final = "SELECT count(*) FROM personal WHERE number = 0 AND place = 1"
_NOTED: Final = "INSERT OR REPLACE INTO personal VALUES (?, 0, 1, '', '[]')"
_SETTLED: Final = "DELETE FROM personal WHERE number = 0 AND place = 1"
FINGERPRINTED: Final = """
    SELECT number, place FROM personal
    WHERE book_id = ? AND iif(json_valid(data), json_extract(data, '$[0].fingerprint'), NULL) = ?
    AND place > 0 ORDER BY number, place"""
_VERSIONS: Final = """
    SELECT r.number, r.place, t.key FROM record r JOIN "transaction" t
    ON t.book_id = r.book_id AND t.number = r.number WHERE r.book_id = ? AND r.kind = ? AND r.id = ?"""
_REQUEST: Final = """
    DELETE FROM personal WHERE book_id = ?1 AND place = 0 AND number = (
        SELECT number FROM "transaction" WHERE book_id = ?1 AND key = ?2) AND number > 0"""
_REWRITE: Final = (
    "CREATE TEMP TABLE kept AS SELECT * FROM main.personal",
    "DELETE FROM main.personal",  # of all rows, so that whole pages are freed
    "INSERT INTO main.personal SELECT * FROM temp.kept",
    "DROP TABLE temp.kept",
)


def erase(connection: Connection, book: int, names: Iterable[tuple[str, str]]) -> None:
    """Erase the personal data of all versions of some records, and of the requests that wrote them.

    The connection is inside a write transaction.
    """
    connection.rows("PRAGMA secure_delete = ON")
    for name in names:
        for number, place, key in connection.rows(_VERSIONS, (book, *name)):
            connection.run(
                "DELETE FROM personal WHERE book_id = ? AND number = ? AND place IN (0, ?)",
                (book, number, place),
            )
            connection.run(_REQUEST, (book, key.partition("#")[0]))
    for sql in _REWRITE:
        connection.run(sql)
    connection.run(_NOTED, (book,))


def is_pending(connection: Connection) -> bool:
    """Whether erased bytes may still be in the log."""
    return connection.rows(PENDING) != [(0,)]


def settle(connection: Connection) -> bool:
    """Empty the log; False while an older snapshot needs it.  Nobody else uses the connection."""
    connection.wait_inside(0)  # a reader may hold it for hours
    ((busy, *_),) = connection.rows("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.wait_inside()
    if not busy:
        with connection:
            connection.run(_SETTLED)
    return not busy
