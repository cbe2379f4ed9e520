"""The programme's records: terms, clients, merchants, bindings, recharges, purchases and counts.

A record's id is the programme's followed by its own, joined by a colon; an accrual's is the path of
the yield pocket it belongs to.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from bankcore.ledger.accounts import AccountPath, Status
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Record
from bankcore.product import records
from bankcore.product.records import existing, written
from bankcore.products.wallet.accounts import POCKETS, clients_root
from bankcore.products.wallet.refusals import ClientClosed
from bankcore.products.wallet.terms import WalletTerms

__all__ = [
    "ACCRUAL",
    "BINDING",
    "CLIENT",
    "MERCHANT",
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
    "holdings",
    "open_client",
    "terms_on",
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


# --- reading --------------------------------------------------------------------------------------


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


def open_client(books: Books, programme: str, client: str) -> Record:
    """The record of a client who takes part; raises NotFound, ClientClosed."""
    record = existing(books, CLIENT, programme, client)
    if record.data["closed_on"]:
        raise ClientClosed(client)
    return record


# --- terms ----------------------------------------------------------------------------------------


def terms_on(books: Books, programme: str, day: date) -> WalletTerms:
    """The terms in force on a day that is not closed; raises NotFound."""
    return records.terms_on(WalletTerms, books, TERMS, programme, day)


# --- writing --------------------------------------------------------------------------------------


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
