"""The golden books: what was written in a format once is read for ever, and can be written on.

`python tests/stores/golden/make.py` makes the book of format 1 anew, as long as that format may change.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.stores.golden import make

from bankcore.errors import VelocityLimitBreached
from bankcore.ledger.evidence.audit import verify
from bankcore.ledger.evidence.proofs import prove_balance, prove_transaction
from bankcore.ledger.evidence.seals import seals
from bankcore.ledger.ledger import Ledger
from bankcore.ledger.personal import seeded
from bankcore.ledger.reading.statements import statement
from bankcore.stores.memory import MemoryStore
from bankcore.stores.sqlite import SqliteStore

THIRD = date(2024, 5, 3)
SAID: dict[str, Any] = json.loads((make.HERE / "format-1.json").read_text("utf-8"))


@pytest.fixture
def golden(tmp_path: Path) -> Path:
    file = tmp_path / "format-1.db"
    file.write_bytes(gzip.decompress((make.HERE / "format-1.db.gz").read_bytes()))
    return file


@pytest.fixture
def ledger(golden: Path) -> Iterator[Ledger]:
    store = SqliteStore(golden)
    (book,) = store.books()
    clock = make.Clock()
    clock.now = datetime(2024, 5, 3, 12, tzinfo=UTC)
    yield Ledger(store, book, clock, salts=seeded("golden"))
    store.close()


def test_it_says_what_it_said(ledger: Ledger, golden: Path) -> None:
    assert make.told(ledger.store) == SAID
    assert len(gzip.compress(golden.read_bytes(), 9)) < 20_000


def test_it_is_sound_with_every_seal_that_was_kept(ledger: Ledger) -> None:
    kept = [bytes.fromhex(digest) for digest in SAID["seals"]]
    found = verify(ledger.reader, ledger.book, kept).require()
    assert (found.transactions, len(kept)) == (SAID["head"][0], 2)
    assert [seal.through for seal in seals(ledger.reader)] == [make.FIRST, make.SECOND]


def test_its_balances_and_lines_are_those_of_its_history(ledger: Ledger) -> None:
    ann, bob = ledger.balance(make.ANN), ledger.balance(make.BOB)
    assert (ann.net, bob.net, bob.incoming, ann.held) == (102_691, 49_658, 40, 40)
    assert ledger.balance(make.POINTS).net == 0
    assert ledger.balance(make.CASH, on=make.FIRST).net == 150_000
    day = statement(ledger.reader, make.ANN, make.SECOND, make.SECOND)
    assert [line.key for line in day.lines] == ["wrong", "undo", "short", "right", "fee"]
    assert [hold.transaction.key for hold in ledger.holds()] == ["still held"]
    assert "too much" not in SAID["keys"]
    assert ledger.entry(2).transaction.description == "opening deposit, 开户"


def test_what_was_erased_is_gone_and_what_was_not_is_told(ledger: Ledger) -> None:
    with ledger.reader as reader:
        erased, kept = reader.record("lead", "l-1"), reader.record("lead", "l-2")
    assert erased is not None
    assert kept is not None
    assert erased.data["place"] == "宁波"
    assert len(erased.data["personal"]) == 64
    assert kept.data["personal"] == {"name": "Li Na"}


def test_its_proofs_are_made_today(ledger: Ledger) -> None:
    number = SAID["keys"].index("undo") + 1
    kept = seals(ledger.reader)
    digests = [seal.digest().hex() for seal in kept]
    assert digests == SAID["seals"]
    assert prove_transaction(ledger.reader, ledger.book, number).seal.digest().hex() == SAID["seals"][1]
    assert (
        prove_balance(ledger.reader, ledger.book, make.BOB, make.FIRST).seal.digest().hex()
        == SAID["seals"][0]
    )


def test_it_is_written_on(ledger: Ledger) -> None:
    again = make.moving("fund ann", make.ANN, make.CASH, 100_000, make.FIRST)
    again = again._replace(description="opening deposit, 开户", actor="teller:7")
    assert (ledger.post(again).number, ledger.post(again).replayed) == (2, True)
    with pytest.raises(VelocityLimitBreached):
        ledger.post(make.moving("too much", make.CASH, make.ANN, 70_000, THIRD))
    held = SAID["keys"].index("still held") + 1
    assert ledger.capture(held, key="taken", effective_on=THIRD).number == SAID["head"][0] + 1
    ledger.post(make.moving("new", make.ANN, make.CASH, 1, THIRD))
    ledger.close_period(THIRD, key="close 3")
    assert verify(ledger.reader, ledger.book).require().transactions == SAID["head"][0] + 3
    assert [seal.previous.hex() for seal in seals(ledger.reader)][1:] == SAID["seals"]


def test_the_same_history_makes_the_same_book_today() -> None:
    """No promise for ever, as bankcore may learn to write otherwise; but then somebody wanted it so."""
    store, clock = MemoryStore(), make.Clock()
    book = store.add("golden", make.CNY, make.FIRST)
    make.write(Ledger(store, book, clock, salts=seeded("golden")), clock)
    made = make.told(store)
    made["records"] = [row for row in made["records"] if row[1] != "l-1"]  # in which nothing was erased
    assert made == {**SAID, "records": [row for row in SAID["records"] if row[1] != "l-1"]}
