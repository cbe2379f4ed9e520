"""All that a book says, personal data among it: no repr shows that."""

from __future__ import annotations

from collections.abc import Iterable

from bankcore.ledger.ports import Reader
from bankcore.ledger.transactions import Record, canonical_json


def said(reader: Reader) -> str:
    """Every line of the journal with the personal data beside it, and the data of its records and details."""
    found = []
    for it in reader.entries():
        found += [it.line, str(it.personal), it.transaction.details_json, data_of(it.transaction.records)]
    return "\n".join(found)


def data_of(records: Iterable[Record]) -> str:
    """The data of records, as text."""
    return "\n".join(canonical_json(it.data) for it in records)
