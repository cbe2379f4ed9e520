"""Data that is at hand as canonical JSON is written as the same data in a mapping would be."""

from __future__ import annotations

from tests.ledger.conftest import BOOK, NOON
from tests.ledger.making import DAY

from bankcore.ledger.ledger import Ledger
from bankcore.ledger.personal import seeded
from bankcore.ledger.transactions import JsonData, Record, Transaction, canonical_json
from bankcore.stores.memory import MemoryStore

PLAIN = {"due": 8, "name": "现金", "who": {"personal": {"born": "1980-02-03"}}}


def digest_of(record: Record) -> bytes:
    ledger = Ledger.create(MemoryStore(), BOOK, clock=lambda: NOON, salts=seeded("j"))
    return ledger.post(Transaction(key="k", kind="note", effective_on=DAY, records=(record,))).digest


def test_both_give_one_digest() -> None:
    text = canonical_json(PLAIN)
    assert digest_of(Record("n", "x", JsonData(text))) == digest_of(Record("n", "x", PLAIN))


def test_it_is_a_mapping() -> None:
    data = JsonData('{"due":8,"paid":2}')
    assert (len(data), list(data), data["due"], data.get("pool")) == (2, ["due", "paid"], 8, None)
    assert data == {"due": 8, "paid": 2}
    record = Record("n", "x", data)
    assert record.json is data.text
    assert record.next(due=9).json == '{"due":9,"paid":2}'
