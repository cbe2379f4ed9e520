"""Copies of mutable data: the data of records and the details of transactions.

A book in memory keeps its own copy and gives readers another, so that a reader cannot change the book.
"""

from __future__ import annotations

from typing import Any

from attrs import evolve

from bankcore.ledger.transactions import Entry, Hold, Record, Transaction

__all__ = ["entry_copy", "hold_copy", "record_copy"]


def record_copy(record: Record) -> Record:
    """The record with a copy of its data."""
    return evolve(record, data=_own(record.data))


def entry_copy(entry: Entry) -> Entry:
    """The entry with copies of its details and records."""
    transaction = _transaction_copy(entry.transaction)
    return entry if transaction is entry.transaction else entry._replace(transaction=transaction)


def hold_copy(hold: Hold) -> Hold:
    """The hold with a copy of its transaction."""
    return evolve(hold, transaction=_transaction_copy(hold.transaction))


def _transaction_copy(t: Transaction) -> Transaction:
    if not t.details and not t.records:
        return t
    return t._replace(details=_own(t.details), records=tuple([record_copy(r) for r in t.records]))


def _own(data: Any) -> Any:
    if type(data) is dict:
        return {name: _own(value) for name, value in data.items()}
    return [_own(value) for value in data] if type(data) is list else data
