"""What seals need of a SQLite book: the accounts that moved, and the pages of the tree over balances."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Final

from bankcore.ledger.balances import StandingRow
from bankcore.stores.connection import Connection
from bankcore.stores.rows import checked, made, number_of

__all__ = ["read_pages", "standings"]

_AT_ONCE: Final = 1_000

# The journal names the accounts that it moves, so that posting need not note them anywhere else; what a
# transaction resolves is a line of the journal too.
_MOVED: Final = """
    SELECT DISTINCT a.account_id FROM (
        SELECT number FROM "transaction" WHERE book_id = ?1 AND number > ?2
        UNION ALL SELECT resolves FROM resolution WHERE book_id = ?1 AND number > ?2) n
    CROSS JOIN "transaction" t ON t.book_id = ?1 AND t.number = n.number
    CROSS JOIN json_each(t.line, '$[8]') l
    CROSS JOIN account a ON a.book_id = ?1 AND a.path = json_extract(l.value, '$[0]')
    WHERE a.account_id <= ?3 ORDER BY a.account_id"""
_STANDING: Final = """
    SELECT a.account_id, a.path, a.unit, a.normal_side, b.sequence, b.debits, b.credits, b.pending_debits,
        b.pending_credits
    FROM {} account a CROSS JOIN balance b ON b.book_id = a.book_id AND b.account_id = a.account_id
    WHERE a.book_id = ?1 AND {} ORDER BY a.account_id"""
_OF: Final = _STANDING.format("json_each(?2) j CROSS JOIN", "a.account_id = j.value")
_BETWEEN: Final = _STANDING.format("", "a.account_id > ?2 AND a.account_id <= ?3")
_PAGES: Final = """
    SELECT p.page, p.hashes FROM json_each(?3) j
    CROSS JOIN seal_page p ON p.book_id = ?1 AND p.level = ?2 AND p.page = j.value"""


def standings(
    connection: Connection, book: int, after: int, beyond: int, accounts: int
) -> Iterator[StandingRow]:
    """By account id: what transactions behind `after` moved, then the accounts above `beyond`."""
    place, rows = connection.place, connection.rows
    moved = made(number_of, rows(_MOVED, (book, after, beyond)), place) if beyond > 0 else []
    for first in range(0, len(moved), _AT_ONCE):
        some = json.dumps(moved[first : first + _AT_ONCE])
        yield from checked(_standing, rows(_OF, (book, some)), place)
    for first in range(max(beyond, 0), accounts, _AT_ONCE):
        yield from checked(_standing, rows(_BETWEEN, (book, first, first + _AT_ONCE)), place)


def read_pages(connection: Connection, book: int, level: int, numbers: Sequence[int]) -> dict[int, bytes]:
    """Those of the pages of a level that there are, by number."""
    found = connection.rows(_PAGES, (book, level, json.dumps([*numbers])))
    return dict(checked(_page, found, connection.place))


def _standing(id: int, path: str, unit: str, normal_side: str, *totals: int) -> None:
    """What the columns hold."""


def _page(number: int, hashes: bytes) -> None:
    """What the columns hold."""
