"""The reads of seals from a book: the accounts that moved, and the pages of the balance tree."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from types import ModuleType
from typing import Any, Final

from bankcore.ledger.balances import StandingRow
from bankcore.stores.rows import number_of

__all__ = ["read_pages", "standings"]

_AT_ONCE: Final = 1_000

# Returns checked rows of a query; the parameters of the first argument give the types of the columns.
Ask = Callable[[Callable[..., Any], str, tuple[object, ...]], list[Any]]


def standings(
    ask: Ask, sql: ModuleType, book: int, after: int, beyond: int, accounts: int
) -> Iterator[StandingRow]:
    """By account id: those moved by transactions after number `after`, then the accounts above `beyond`."""
    moved = [id for (id,) in ask(number_of, sql.MOVED, (book, after, beyond))] if beyond > 0 else []
    for first in range(0, len(moved), _AT_ONCE):
        yield from ask(_standing, sql.STANDINGS_OF, (book, json.dumps(moved[first : first + _AT_ONCE])))
    for first in range(max(beyond, 0), accounts, _AT_ONCE):
        yield from ask(_standing, sql.STANDINGS_BETWEEN, (book, first, first + _AT_ONCE))


def read_pages(ask: Ask, sql: ModuleType, book: int, level: int, numbers: Sequence[int]) -> dict[int, bytes]:
    """Those of the pages of a level that exist, by number."""
    return dict(ask(_page, sql.PAGES, (book, level, json.dumps([*numbers]))))


def _standing(id: int, path: str, unit: str, normal_side: str, *totals: int) -> None:
    """What the columns hold."""


def _page(number: int, hashes: bytes) -> None:
    """What the columns hold."""
