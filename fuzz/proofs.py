"""Proofs from the file of `bankcore prove check`: read, written again, checked."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

from bankcore.ledger.accounts import Account
from bankcore.ledger.evidence.proofs import Proof, prove_balance, prove_transaction
from bankcore.ledger.ledger import Ledger
from bankcore.ledger.transactions import Book, Transaction, legs
from bankcore.stores.memory import MemoryStore
from bankcore.units import Unit


def _seeds() -> tuple[str, ...]:
    """Proofs of an opening, of a hold and of a balance."""
    book = Book(1, "fuzzed", Unit("CNY/2"), date(2024, 5, 1))
    ledger = Ledger.create(MemoryStore(), book, clock=lambda: datetime(2024, 5, 1, tzinfo=UTC))
    cash, pool = Account("cash", "asset", "CNY/2"), Account("pool", "liability", "CNY/2")
    ledger.open([cash, pool], key="open")
    held = legs(book.base_unit, debit={cash.path: 5}, credit={pool.path: 5})
    ends = datetime(2024, 5, 2, tzinfo=UTC)
    given = {"kind": "hold", "effective_on": book.opened_on, "postings": held, "details": {"a": [1, None]}}
    ledger.post(Transaction(key="h", pending=True, expires_at=ends, group="g", **given))
    ledger.close_period(book.opened_on, key="close")
    proofs = [prove_transaction(ledger.reader, book, number) for number in (1, 2)]
    proofs.append(prove_balance(ledger.reader, book, "pool", book.opened_on))
    return tuple(json.dumps(proof.as_dict()) for proof in proofs)


SEEDS = _seeds()


def read(text: str) -> Proof:
    return Proof.parse(text)


def written(proof: Proof) -> str:
    return json.dumps(proof.as_dict())
