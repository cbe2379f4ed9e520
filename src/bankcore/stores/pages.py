"""The reads of seals from a SQLite book: the accounts that moved, and the pages of the balance tree."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from bankcore.ledger.balances import StandingRow
from bankcore.stores.rows import number_of

__all__ = ["read_pages", "standings"]

_AT_ONCE: Final = 1_000

# Returns checked rows of a query; the parameters of the first argument give the types of the columns.
Ask = Callable[[Callable[..., Any], str, tuple[object, ...]], list[Any]]

# The journal has the accounts that it moves, so posting need not record them elsewhere; a transaction that
# is resolved is a line of the journal, too.
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


def standings(ask: Ask, book: int, after: int, beyond: int, accounts: int) -> Iterator[StandingRow]:
    """By account id: those moved by transactions after number `after`, then the accounts above `beyond`."""
    moved = [id for (id,) in ask(number_of, _MOVED, (book, after, beyond))] if beyond > 0 else []
    for first in range(0, len(moved), _AT_ONCE):
        yield from ask(_standing, _OF, (book, json.dumps(moved[first : first + _AT_ONCE])))
    for first in range(max(beyond, 0), accounts, _AT_ONCE):
        yield from ask(_standing, _BETWEEN, (book, first, first + _AT_ONCE))


def read_pages(ask: Ask, book: int, level: int, numbers: Sequence[int]) -> dict[int, bytes]:
    """Those of the pages of a level that exist, by number."""
    return dict(ask(_page, _PAGES, (book, level, json.dumps([*numbers]))))


def _standing(id: int, path: str, unit: str, normal_side: str, *totals: int) -> None:
    """What the columns hold."""


def _page(number: int, hashes: bytes) -> None:
    """What the columns hold."""
