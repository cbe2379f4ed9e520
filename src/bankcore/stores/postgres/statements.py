"""The statements that write a book in PostgreSQL: one for all new rows of a table, as arrays of columns."""

from __future__ import annotations

import re
from typing import Final

from bankcore.stores.postgres.queries import END, TRANSACTIONS

__all__ = [
    "ADDING",
    "ADVANCING",
    "DRAWN",
    "ENDED",
    "ERASING",
    "ERASING_BY_KEY",
    "HEAD",
    "HEADS",
    "KEYS",
    "LATEST",
    "LIVE",
    "LOCKING",
    "MOVED",
    "NOTED",
    "REWRITING",
    "SETTLED",
    "STARTING",
]

_B, _T, _Y = "bigint", "text", "bytea"


def _adding(table: str, types: tuple[str, ...], columns: str = "*", conflict: str = "") -> str:
    """SQL that adds to a table the rows of some arrays, for one book."""
    arrays = ", ".join(f"${n}::{type}[]" for n, type in enumerate(types, start=2))
    names = ", ".join(f"c{n}" for n in range(1, len(types) + 1))
    rows = f"SELECT $1::bigint AS book_id, {columns} FROM unnest({arrays}) AS r({names})"
    return f'INSERT INTO "{table}" {rows} {conflict}'.strip()


def _replacing(key: str, *columns: str) -> str:
    """SQL that updates the rows that are there."""
    changes = ", ".join(f"{column} = excluded.{column}" for column in columns)
    return f"ON CONFLICT (book_id, {key}) DO UPDATE SET {changes}"


_DESCRIBED = (
    "status = c1, floor = nullif(c2, '')::bigint, ceiling = nullif(c3, '')::bigint, "
    "opened_on = nullif(c4, ''), closed_on = nullif(c5, ''), reopened_on = nullif(c6, ''), "
    "party = c7, details = c8, reason = c9"
)

# By the name of the rows in `Additions`, in the order in which they are written.  The transactions come
# first: their keys are the fence of a commit on trust.
ADDING: Final = {
    "transactions": _adding("transaction", (_B, _T, _Y, _T)),
    "postings": _adding("posting", (_B,) * 7),
    "accounts": _adding(
        "account",
        (_B, _T, _T, _T, _T, _B, *(_T,) * 9),
        "c1, c2, c3, c4, c5, c6, c7, nullif(c8, '')::bigint, nullif(c9, '')::bigint, nullif(c10, ''), "
        "nullif(c11, ''), nullif(c12, ''), c13, c14, c15",
    ),
    "balances": _adding(
        "balance",
        (_B,) * 7,
        conflict=_replacing(
            "account_id", "sequence", "debits", "credits", "pending_debits", "pending_credits", "version"
        ),
    ),
    "records": _adding("record", (_T, _T, _B, _B, _B, _T)),
    "descriptions": (
        f"UPDATE account SET {_DESCRIBED} FROM unnest("
        + ", ".join(f"${n}::text[]" for n in range(2, 12))
        + ") AS r(c1, c2, c3, c4, c5, c6, c7, c8, c9, c10) WHERE book_id = $1::bigint AND path = c10"
    ),
    "holds": _adding("hold", (_B, _T), "c1, nullif(c2, '')"),
    "held": _adding("pending_posting", (_B,) * 4),
    "resolutions": _adding("resolution", (_B, _B)),
    "links": _adding("link", (_T, _B, _B)),
    "members": _adding("member", (_T, _B)),
    "personal": _adding("personal", (_B, _B, _T, _T)),
    "pages": _adding("seal_page", (_B, _B, _Y), conflict=_replacing("level, page", "hashes")),
}
KEYS: Final = _adding("used_key", (_B, _T), "c2, c1")  # where they have a table of their own
# Of these only the latest row counts, by the place of its key.
LATEST: Final = {"balances": 0, "descriptions": -1}
HEADS: Final = _adding("record_head", (_T, _T, _B), conflict=_replacing("kind, id", "version"))
LIVE: Final = _adding("live_hold", (_B, _T), "c1, nullif(c2, '')")
ENDED: Final = "DELETE FROM live_hold WHERE book_id = $1::bigint AND number = ANY($2::bigint[])"
HEAD: Final = """
    UPDATE head SET number = $3::bigint, digest = $4::bytea, recorded_at = $5::text, accounts = $6::bigint
    WHERE book_id = $1::bigint AND number = $2::bigint"""


def _joined(first: int, name: str) -> str:
    """A statement of `ADDING` that adds nothing unless `h` has a row, its arrays beginning at a parameter."""
    sql = ADDING[name].replace("FROM unnest(", "FROM h CROSS JOIN unnest(").replace(" *", " r.*")
    return re.sub(r"\$(\d+)", lambda n: "$1" if n[1] == "1" else f"${int(n[1]) - 2 + first}", sql)


# The usual commit, BEGIN and COMMIT included, as one statement: it changes the head, or nothing.
_WIDTHS: Final = {"transactions": 4, "postings": 7, "balances": 7}
PARTS: Final = (HEAD, *(ADDING[name] for name in _WIDTHS))
WHOLE: Final = f"""
    WITH h AS ({HEAD} RETURNING 1),
    t AS ({_joined(7, "transactions")}),
    p AS ({_joined(11, "postings")}),
    b AS ({_joined(18, "balances")})
    SELECT count(*) FROM h"""
_NOTHING: Final = (-1, 0, 0, b"", "", 0)  # parameters with which they do nothing
LOCKING: Final = f"{END} FOR UPDATE"
USUAL: Final = (
    (LOCKING, (-1,)),
    (TRANSACTIONS, (-1, 0, 0)),
    (WHOLE, (*_NOTHING, *["{}"] * sum(_WIDTHS.values()))),
    (HEAD, _NOTHING),
    *((ADDING[name], (-1, *["{}"] * width)) for name, width in _WIDTHS.items()),
)
STARTING: Final = (
    "INSERT INTO book VALUES ($1::bigint, $2::text, $3::text, $4::text, $5::text)",
    "INSERT INTO head VALUES ($1::bigint, 0, $2::bytea, '', 0)",
)
# The move of a book: its only row is changed, as the writing role deletes none.
MOVED: Final = (
    """UPDATE consumer SET name = $2::text, number = $3::bigint
    WHERE book_id = $1::bigint AND name >= '@move:' AND name < '@move;'""",
    """INSERT INTO consumer SELECT $1::bigint AS book_id, $2::text, $3::bigint WHERE NOT EXISTS (
        SELECT 1 FROM consumer WHERE book_id = $1::bigint AND name >= '@move:' AND name < '@move;')""",
)
# The position of a consumer: the lock on the head keeps out a move of the book, and no writer.
ADVANCING: Final = (
    "SELECT number FROM head WHERE book_id = $1::bigint FOR KEY SHARE",
    """INSERT INTO consumer VALUES ($1::bigint, $2::text, $3::bigint)
    ON CONFLICT (book_id, name) DO UPDATE SET number = greatest(consumer.number, excluded.number)""",
)
DRAWN: Final = "INSERT INTO personal VALUES ($1::bigint, 0, 0, $2::text, '[]')"
# Erasure: the data of all versions of a record, and the requests that wrote them.
ERASING: Final = (
    """DELETE FROM personal p USING record r
    WHERE p.book_id = $1::bigint AND r.book_id = $1::bigint AND r.kind = $2::text AND r.id = $3::text
    AND p.number = r.number AND p.place IN (0, r.place)""",
    """DELETE FROM personal p USING record r, "transaction" t, "transaction" asked
    WHERE p.book_id = $1::bigint AND r.book_id = $1::bigint AND r.kind = $2::text AND r.id = $3::text
    AND t.book_id = $1::bigint AND t.number = r.number
    AND asked.book_id = $1::bigint AND asked.key = split_part(t.key, '#', 1)
    AND p.number = asked.number AND p.place = 0""",
)
ERASING_BY_KEY: Final = (
    ERASING[0],
    """DELETE FROM personal p USING record r, "transaction" t, used_key asked
    WHERE p.book_id = $1::bigint AND r.book_id = $1::bigint AND r.kind = $2::text AND r.id = $3::text
    AND t.book_id = $1::bigint AND t.number = r.number
    AND asked.book_id = $1::bigint AND asked.key = split_part(t.key, '#', 1)
    AND p.number = asked.number AND p.place = 0""",
)
# The row that notes that the table still has to be rewritten.
NOTED: Final = "INSERT INTO personal VALUES ($1::bigint, 0, 1, '', '[]') ON CONFLICT DO NOTHING"
SETTLED: Final = "SELECT count(*) FROM personal WHERE number = 0 AND place = 1 AND book_id IS NOT NULL"
REWRITING: Final = (
    "CREATE TEMPORARY TABLE kept ON COMMIT DROP AS SELECT * FROM personal "
    "WHERE NOT (number = 0 AND place = 1) AND book_id IS NOT NULL",
    "TRUNCATE personal",
    "INSERT INTO personal SELECT * FROM kept WHERE book_id IS NOT NULL",
)
