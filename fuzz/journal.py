"""Transactions from the file of `bankcore post --json-file`, in a book with two accounts."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from bankcore.bank import Bank
from bankcore.interchange.transactions import read_forms, transaction_of
from bankcore.ledger.accounts import Account
from bankcore.stores.memory import MemoryStore

SEEDS = (
    '{"key": "k1", "kind": "capital", "effective_on": "2024-05-01", "postings": [{"account": "cash", '
    '"debit": "100.00"}, {"account": "pool", "credit": "100.00"}], "details": {"a": [1]}}',
    '[{"postings": [], "pending": true, "expires_at": "2024-05-02T00:00:00+08:00", "reverses": 1}]',
    '{"key": 1, "actor": "customer:1", "description": null, "corrects": "x"}\n{"agreement": "a"}',
    '{"group": "g", "up_to": true, "postings": [{"account": "cash", "debit": "1"}, '
    '{"account": "pool", "credit": "1"}]}',
)


def _bank() -> Bank:
    clock = datetime(2024, 5, 1, tzinfo=UTC)
    bank = Bank.create(MemoryStore(), opened_on=date(2024, 5, 1), clock=lambda: clock)
    accounts = [Account("cash", "asset", "CNY/2"), Account("pool", "liability", "CNY/2", floor=0)]
    bank.ledger.open(accounts, key="open")
    return bank


def read(text: str) -> Any:
    bank = _bank()
    forms = [form for _, form in read_forms("fuzzed", text)]
    given = [transaction_of(bank.ledger, form, {"key": str(n), "actor": ""}) for n, form in enumerate(forms)]
    return bank.ledger.post_many(given, atomic=True)
