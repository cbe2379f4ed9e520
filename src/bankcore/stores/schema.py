"""The tables and views of a SQLite book in journal format 1, and the conditions that their rows must meet.

The journal is append-only in the database itself: triggers abort every UPDATE and DELETE, except for the
columns of an account that repeat its latest record.  The line of a transaction is the hashed text; postings,
records, holds and links repeat parts of it in rows for look-ups.  `personal` has the data that lines only
commit to, and can be erased; `consumer` the progress of readers of the feed.  `balance`, `record_head`,
`live_hold` and `seal_page` are derived, overwritten, and can be rebuilt.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from functools import cache
from typing import Final

from bankcore.stores.conditions import conditions
from bankcore.stores.engine import driver
from bankcore.stores.views import create_views

__all__ = [
    "APPLICATION_ID",
    "DEFINITIONS",
    "FOREIGN_ROWS",
    "OF_LITESTREAM",
    "VERSION",
    "establish",
    "expected_definitions",
]

APPLICATION_ID: Final = int.from_bytes(b"BKCR", "big")  # bytes 68 to 71 of the file
VERSION: Final = 7  # of the file; earlier ones predate the release of journal format 1

_JOURNAL: Final = (
    "book",
    "transaction",
    "account",
    "posting",
    "hold",
    "resolution",
    "pending_posting",
    "record",
    "link",
    "member",
)

_DERIVED: Final = ("balance", "record_head", "live_hold", "personal", "consumer", "seal_page")

_TABLES: Final = (
    """CREATE TABLE book(
        book_id INTEGER NOT NULL PRIMARY KEY,
        name TEXT NOT NULL,
        base_unit TEXT NOT NULL,
        opened_on TEXT NOT NULL,
        zone TEXT NOT NULL
    ) WITHOUT ROWID, STRICT""",
    """CREATE TABLE "transaction"(
        book_id INTEGER NOT NULL,
        number INTEGER NOT NULL CHECK (number > 0),
        key TEXT NOT NULL,
        digest BLOB NOT NULL CHECK (length(digest) = 32),
        line TEXT NOT NULL,
        PRIMARY KEY (book_id, number),
        UNIQUE (book_id, key)
    ) WITHOUT ROWID, STRICT""",
    """CREATE TABLE account(
        book_id INTEGER NOT NULL,
        account_id INTEGER NOT NULL CHECK (account_id > 0),
        path TEXT NOT NULL,
        type TEXT NOT NULL,
        unit TEXT NOT NULL,
        normal_side TEXT NOT NULL,
        opened_by INTEGER NOT NULL,
        status TEXT NOT NULL,
        floor INTEGER,
        ceiling INTEGER,
        opened_on TEXT,
        closed_on TEXT,
        reopened_on TEXT,
        party TEXT NOT NULL,
        details TEXT NOT NULL,
        reason TEXT NOT NULL,
        PRIMARY KEY (book_id, path),
        UNIQUE (book_id, account_id)
    ) WITHOUT ROWID, STRICT""",
    """CREATE TABLE posting(
        book_id INTEGER NOT NULL,
        account_id INTEGER NOT NULL,
        sequence INTEGER NOT NULL CHECK (sequence > 0),
        number INTEGER NOT NULL,
        quantity INTEGER NOT NULL,
        balance INTEGER NOT NULL,
        debits INTEGER NOT NULL,
        horizon INTEGER NOT NULL,
        PRIMARY KEY (book_id, account_id, sequence)
    ) WITHOUT ROWID, STRICT""",
    """CREATE TABLE hold(
        book_id INTEGER NOT NULL,
        number INTEGER NOT NULL,
        expires_at TEXT,
        PRIMARY KEY (book_id, number)
    ) WITHOUT ROWID, STRICT""",
    """CREATE TABLE resolution(
        book_id INTEGER NOT NULL,
        number INTEGER NOT NULL,
        resolves INTEGER NOT NULL,
        PRIMARY KEY (book_id, number),
        UNIQUE (book_id, resolves)
    ) WITHOUT ROWID, STRICT""",
    """CREATE TABLE pending_posting(
        book_id INTEGER NOT NULL,
        number INTEGER NOT NULL,
        leg INTEGER NOT NULL CHECK (leg > 0),
        account_id INTEGER NOT NULL,
        quantity INTEGER NOT NULL,
        PRIMARY KEY (book_id, number, leg)
    ) WITHOUT ROWID, STRICT""",
    """CREATE TABLE record(
        book_id INTEGER NOT NULL,
        kind TEXT NOT NULL,
        id TEXT NOT NULL,
        version INTEGER NOT NULL CHECK (version > 0),
        number INTEGER NOT NULL,
        place INTEGER NOT NULL CHECK (place > 0),
        data TEXT NOT NULL,
        PRIMARY KEY (book_id, kind, id, version)
    ) WITHOUT ROWID, STRICT""",
    """CREATE TABLE link(
        book_id INTEGER NOT NULL,
        verb TEXT NOT NULL CHECK (verb IN ('reverses', 'corrects')),
        target INTEGER NOT NULL,
        number INTEGER NOT NULL,
        PRIMARY KEY (book_id, verb, target, number)
    ) WITHOUT ROWID, STRICT""",
    "CREATE UNIQUE INDEX link_reverses ON link(book_id, target) WHERE verb = 'reverses'",
    """CREATE TABLE member(
        book_id INTEGER NOT NULL,
        group_name TEXT NOT NULL,
        number INTEGER NOT NULL,
        PRIMARY KEY (book_id, group_name, number)
    ) WITHOUT ROWID, STRICT""",
    """CREATE TABLE personal(
        book_id INTEGER NOT NULL,
        number INTEGER NOT NULL,
        place INTEGER NOT NULL CHECK (place >= 0),
        salt TEXT NOT NULL,
        data TEXT NOT NULL,
        PRIMARY KEY (book_id, number, place)
    ) WITHOUT ROWID, STRICT""",
    """CREATE INDEX personal_fingerprint ON personal(
            book_id, iif(json_valid(data), json_extract(data, '$[0].fingerprint'), NULL))
        WHERE iif(json_valid(data), json_extract(data, '$[0].fingerprint'), NULL) IS NOT NULL""",
    """CREATE TABLE balance(
        book_id INTEGER NOT NULL,
        account_id INTEGER NOT NULL,
        sequence INTEGER NOT NULL,
        debits INTEGER NOT NULL CHECK (debits >= 0),
        credits INTEGER NOT NULL CHECK (credits >= 0),
        pending_debits INTEGER NOT NULL CHECK (pending_debits >= 0),
        pending_credits INTEGER NOT NULL CHECK (pending_credits >= 0),
        version INTEGER NOT NULL,
        PRIMARY KEY (book_id, account_id)
    ) WITHOUT ROWID, STRICT""",
    """CREATE TABLE live_hold(
        book_id INTEGER NOT NULL,
        number INTEGER NOT NULL,
        expires_at TEXT,
        PRIMARY KEY (book_id, number)
    ) WITHOUT ROWID, STRICT""",
    "CREATE INDEX live_hold_due ON live_hold(book_id, expires_at)",
    """CREATE TABLE record_head(
        book_id INTEGER NOT NULL,
        kind TEXT NOT NULL,
        id TEXT NOT NULL,
        version INTEGER NOT NULL,
        PRIMARY KEY (book_id, kind, id)
    ) WITHOUT ROWID, STRICT""",
    """CREATE TABLE consumer(
        book_id INTEGER NOT NULL,
        name TEXT NOT NULL,
        number INTEGER NOT NULL CHECK (number >= 0),
        PRIMARY KEY (book_id, name)
    ) WITHOUT ROWID, STRICT""",
    """CREATE TABLE seal_page(
        book_id INTEGER NOT NULL,
        level INTEGER NOT NULL CHECK (level >= 0),
        page INTEGER NOT NULL CHECK (page >= 0),
        hashes BLOB NOT NULL,
        PRIMARY KEY (book_id, level, page)
    ) WITHOUT ROWID, STRICT""",
)


# The columns of an account that never change; the others repeat its latest record.
_FIXED: Final = {"account": " OF book_id, account_id, path, type, unit, normal_side, opened_by"}


def _guards(*tables: str) -> Iterator[str]:
    for table in tables:
        for event in ("update", "delete"):
            columns = _FIXED.get(table, "") if event == "update" else ""
            yield (
                f'CREATE TRIGGER {table}_no_{event} BEFORE {event.upper()}{columns} ON "{table}" '
                f"BEGIN SELECT raise(ABORT, 'the {table} rows of a book are append-only'); END"
            )


# The quoting of a view's name depends on the version of sqlite-utils that made it; the rest does not.
DEFINITIONS: Final = """
    SELECT name, iif(type = 'view', 'VIEW' || substr(sql, instr(sql, name) + length(name) + 1), sql)
    FROM sqlite_schema WHERE name NOT GLOB 'sqlite_*'"""

OF_LITESTREAM: Final = {  # tables that Litestream, a replicator, keeps in each file that it watches
    "_litestream_lock": "CREATE TABLE _litestream_lock (id INTEGER)",
    "_litestream_seq": "CREATE TABLE _litestream_seq (id INTEGER PRIMARY KEY, seq INTEGER)",
}

FOREIGN_ROWS: Final = conditions(
    (*_JOURNAL[1:], *_DERIVED),
    book="?1",
    differs="IS NOT",
    same_expiry="h.expires_at IS l.expires_at",
    most="LIMIT 1000",
)


def establish(conn: driver.Connection) -> None:
    """Create the tables and views of an empty file, inside the caller's transaction."""
    for statement in (*_TABLES, *_guards(*_JOURNAL)):
        conn.execute(statement)
    create_views(conn)
    conn.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    conn.execute(f"PRAGMA user_version = {VERSION}")


@cache
def expected_definitions() -> dict[str, str]:
    """Name and SQL of every table, index, trigger and view of a new file."""
    with closing(driver.connect(":memory:")) as conn:
        establish(conn)
        return dict(conn.execute(DEFINITIONS))
