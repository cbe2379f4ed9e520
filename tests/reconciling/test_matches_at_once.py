"""Several people decide one match at the same time, each on a connection of their own: one of them does."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Barrier

import pytest
from tests.ledger.making import CNY, DAY, move
from tests.reconciling.test_matches import CASH, LI, NOON, stated

from bankcore.errors import BankcoreError
from bankcore.ledger.accounts import Account
from bankcore.ledger.evidence.audit import verify
from bankcore.ledger.ledger import Ledger
from bankcore.ledger.transactions import Book
from bankcore.matches import confirm, decided, matches, open_entries, propose
from bankcore.product.actor import Actor
from bankcore.reconciliation import reconcile_account
from bankcore.stores.open import open_store

_PEOPLE = 4


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "postgres":
        pytest.importorskip("psycopg")
        url: str = request.getfixturevalue("postgres_url")
    else:
        url = str(tmp_path / "bank.db")
    with closing(open_store(url, create=True)) as store:
        ledger = Ledger.create(store, Book(1, "main", CNY, DAY), clock=lambda: NOON)
        ledger.open([Account(CASH, "asset", CNY), Account("trade", "equity", CNY)], key="open")
        for number, quantity in enumerate((500, 700), start=1):
            ledger.post(move(f"k{number}", "trade", CASH, quantity))
    return url


def at_once(place: str, act: str) -> list[str]:
    """What each person's decision of the first match ended with."""
    gate = Barrier(_PEOPLE)

    def decide(number: int) -> str:
        with closing(open_store(place)) as store:
            ledger = Ledger(store, store.books()[0], lambda: NOON)
            found = reconcile_account(ledger.reader, CASH, [stated(500, 9)])
            actor = Actor.parse(f"officer:p{number}")
            gate.wait()
            try:
                if act == "propose":
                    return (
                        "done" if propose(ledger, CASH, found, key=f"p{number}", actor=actor) else "nothing"
                    )
                match, version, *_ = matches(ledger.books, CASH).rows[0]
                confirm(ledger, CASH, match, version, key=f"c{number}", actor=actor)
            except BankcoreError as error:
                return error.code
            return "done"

    with ThreadPoolExecutor(_PEOPLE) as people:
        return [*people.map(decide, range(_PEOPLE))]


def test_one_of_many_proposes_and_one_confirms(place: str) -> None:
    assert Counter(at_once(place, "propose")) == {"done": 1, "nothing": _PEOPLE - 1}
    outcome = Counter(at_once(place, "confirm"))
    assert outcome["done"] == 1
    assert set(outcome) <= {"done", "nothing_proposed", "same_person"}  # its proposer is among them
    with closing(open_store(place)) as store:
        ledger = Ledger(store, store.books()[0], lambda: NOON)
        (row,) = matches(ledger.books, CASH).rows
        assert (row[1], row[2]) == (2, "approved")  # two versions: proposed, confirmed
        assert [it[0] for it in open_entries(ledger.books, CASH, DAY).rows] == ["book", "statement"]
        assert len(decided(ledger.reader, CASH).confirmed) == 1
        again = reconcile_account(ledger.reader, CASH, [stated(500, 9)])
        assert propose(ledger, CASH, again, key="x", actor=LI) == ()
        ledger.reverse(int(row[3]), key="back", effective_on=DAY)
        assert matches(ledger.books, CASH).rows[0][2] == "open again"
        assert verify(ledger.reader, ledger.book).findings == ()
