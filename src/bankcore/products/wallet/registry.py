"""The programme's records: terms, clients, merchants, bindings, recharges, purchases and counts.

A record's id is the programme's followed by its own, joined by a colon; an accrual's is the path of
the yield pocket it belongs to.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import date
from functools import lru_cache
from typing import Any

from bankcore.amounts import Amount
from bankcore.errors import UnitMismatch
from bankcore.ledger.accounts import AccountPath, Status
from bankcore.ledger.ports import Books
from bankcore.ledger.transactions import Record, canonical_json
from bankcore.products.schedules import in_force
from bankcore.products.wallet.accounts import POCKETS, clients_root
from bankcore.products.wallet.refusals import AlreadyRegistered, ClientClosed, NotRegistered
from bankcore.products.wallet.terms import WalletTerms

__all__ = [
    "ACCRUAL",
    "BINDING",
    "CLIENT",
    "MERCHANT",
    "PAGE",
    "PAYOUT",
    "POOL",
    "PURCHASE",
    "RECHARGE",
    "RESERVE",
    "SETTLEMENT",
    "SWEEP",
    "TALLY",
    "TERMS",
    "closed",
    "count",
    "counts_of",
    "every",
    "existing",
    "fresh",
    "holdings",
    "open_client",
    "pages",
    "programmes",
    "quantity",
    "terms_on",
    "written",
]

ACCRUAL = "wallet.accrual"
BINDING = "wallet.binding"
CLIENT = "wallet.client"
MERCHANT = "wallet.merchant"
PAYOUT = "wallet.payout"
POOL = "wallet.pool"
PURCHASE = "wallet.purchase"
RECHARGE = "wallet.recharge"
RESERVE = "wallet.reserve"
SETTLEMENT = "wallet.settlement"
SWEEP = "wallet.sweep"
TALLY = "wallet.tally"
TERMS = "wallet.terms"

PAGE = 1_000  # records read at a time


# --- reading --------------------------------------------------------------------------------------


def pages(books: Books, kind: str, root: str = "") -> Iterator[list[Record]]:
    """The latest versions of the records below `root` in id order, a page at a time."""
    after = ""
    while page := list(books.records(kind, root, after, PAGE)):
        yield page
        after = page[-1].id


def every(books: Books, kind: str, root: str = "") -> Iterator[Record]:
    """The latest versions of the records below `root`, in id order."""
    return (record for page in pages(books, kind, root) for record in page)


def programmes(books: Books) -> list[str]:
    """The ids of all programmes, ascending."""
    return [record.id for record in every(books, TERMS)]


def holdings(books: Books, programme: str) -> Iterator[tuple[str, dict[str, int]]]:
    """Each client of a programme with the balances of all pockets, by pocket; no other accounts there."""
    root, whose = clients_root(programme), ""
    held: dict[str, int] = {}
    for path, balance in books.balances(root):
        client, _, name = path.removeprefix(f"{root}:").partition(":")
        if name in POCKETS:
            held, whose = held if client == whose else {}, client
            held[name] = balance
            if len(held) == len(POCKETS):
                yield client, held


def existing(books: Books, kind: str, *id: str) -> Record:
    """The record; raises NotRegistered."""
    record = books.record(kind, ":".join(id))
    if record is None:
        raise NotRegistered(_noun(kind), id[-1])
    return record


def fresh(books: Books, kind: str, *id: str) -> str:
    """The id of a record still to be made; raises AlreadyRegistered."""
    joined = ":".join(id)
    if books.record(kind, joined) is not None:
        raise AlreadyRegistered(_noun(kind), id[-1])
    return joined


def open_client(books: Books, programme: str, client: str) -> Record:
    """The record of a client who takes part; raises NotRegistered, ClientClosed."""
    record = existing(books, CLIENT, programme, client)
    if record.data["closed_on"]:
        raise ClientClosed(client)
    return record


def quantity(terms: WalletTerms, amount: Amount) -> int:
    """The amount in minor units of the programme; raises UnitMismatch."""
    if amount.unit != terms.unit:
        raise UnitMismatch(terms.unit, amount.unit, "amount")
    return amount.quantity


def _noun(kind: str) -> str:
    return "programme" if kind == TERMS else kind.removeprefix("wallet.")


# --- terms ----------------------------------------------------------------------------------------


def terms_on(books: Books, programme: str, day: date) -> WalletTerms:
    """The terms in force on a day that is not closed; raises NotRegistered."""
    record = existing(books, TERMS, programme)
    return _read(canonical_json(in_force(record.data["schedule"], day)))


@lru_cache(maxsize=256)
def _read(text: str) -> WalletTerms:
    """Reading terms takes longer than a rule; the text of a schedule's entry seldom changes."""
    return WalletTerms.from_data(json.loads(text))


# --- writing --------------------------------------------------------------------------------------


def written(books: Books, kind: str, *id: str, **data: Any) -> Record:
    """The next version of a record, or its first, with exactly this data."""
    stored = books.record(kind, ":".join(id))
    return Record(kind, ":".join(id), data, 1 if stored is None else stored.version + 1)


def closed(books: Books, paths: Iterable[AccountPath], reason: str) -> tuple[Record, ...]:
    """The account records that close empty accounts today."""
    today = books.today.isoformat()
    stored = (existing(books, "account", path) for path in paths)
    return tuple(record.next(status=Status.CLOSED.value, closed_on=today, reason=reason) for record in stored)


def count(books: Books, programme: str, client: str, **changes: int) -> tuple[Record, ...]:
    """The client's counts moved on: bonus granted, vested, forfeited; principal undone, in minor units."""
    if not any(changes.values()):
        return ()
    counts = counts_of(books, programme, client)
    moved = {name: counts[name] + changes.get(name, 0) for name in counts}
    return (written(books, TALLY, programme, client, **moved),)


def counts_of(books: Books, programme: str, client: str) -> dict[str, int]:
    """What `count` has counted; zeros at first."""
    stored = books.record(TALLY, f"{programme}:{client}")
    return dict(stored.data) if stored else {"granted": 0, "vested": 0, "forfeited": 0, "undone": 0}
