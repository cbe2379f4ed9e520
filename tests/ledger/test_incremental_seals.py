"""A close hashes again only what moved, and its seal is the one made from scratch."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.ledger.conftest import ACCOUNTS, BOOK, NOON
from tests.ledger.making import DAY, move
from tests.ledger.second_opinion import netstrings, tree_hash
from tests.ledger.test_queue import Gate, gate, gated, waiting

from bankcore.errors import HashPageDamaged, SealBroken
from bankcore.ledger.accounts import Account
from bankcore.ledger.evidence import seals as seal_module
from bankcore.ledger.evidence.audit import verify
from bankcore.ledger.evidence.seals import Seal, seal_journal, seals
from bankcore.ledger.ledger import Ledger
from bankcore.ledger.ports import Reader
from bankcore.stores.memory import MemoryStore
from bankcore.stores.sqlite import SqliteStore

__all__ = ["gate", "gated"]  # fixtures

LATER = DAY + timedelta(days=1)
BEYOND = DAY + timedelta(days=900)


def from_scratch(reader: Reader, seal: Seal) -> bytes:
    """The root over all balances at a seal, by the second implementation."""
    leaves = [
        netstrings(s.path)
        + f"{s.unit},{s.normal_side.value},{s.sequence},{s.debits},{s.credits},"
        f"{s.pending_debits},{s.pending_credits},".encode()
        for s in sorted(reader.totals_through(seal.last))
    ]
    return tree_hash(leaves)


def check(ledger: Ledger) -> list[Seal]:
    found = list(seals(ledger.reader))
    for seal in found:
        assert seal.balances_root == from_scratch(ledger.reader, seal), seal.number
    verify(ledger.reader, BOOK, [seal.digest() for seal in found]).require()
    return found


steps = st.tuples(
    st.sampled_from(("open", "post", "post", "hold", "capture", "release", "close", "close")),
    st.integers(0, 2**16),
)


@given(st.lists(steps, max_size=20))
def test_every_seal_of_a_history_is_the_one_made_from_scratch(history: Sequence[tuple[str, int]]) -> None:
    """Accounts come in an order that is not that of their paths, and by more than a page."""
    with TemporaryDirectory() as folder:
        kept = SqliteStore(Path(folder) / "book.db", create=True)
        heads = []
        for store, many in ((MemoryStore(), seal_module._MANY), (MemoryStore(), 0), (kept, 0)):
            ledger = Ledger.create(store, BOOK, clock=lambda: NOON)
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(seal_module, "_MANY", many)  # 0: what did not move is never hashed again
                play(ledger, history)
            heads.append(ledger.reader.head())
        kept.close()
    assert heads[0] == heads[1] == heads[2]


def play(ledger: Ledger, history: Sequence[tuple[str, int]]) -> None:
    ledger.open(ACCOUNTS[:1], key="open")
    names, held, day = ["cash"], list[int](), DAY
    for key, (act, n) in enumerate(history):
        one, other = names[n % len(names)], names[n // 7 % len(names)]
        if act == "open":
            new = [f"x:{(len(names) + i) * 7919 % 10007:05}" for i in range(n % 40 + 1)]
            ledger.open([Account(name, "asset", "CNY/2") for name in new], key=f"{key}")
            names += new
        elif act == "post":
            ledger.post(move(f"{key}", one, other, n + 1, effective_on=BEYOND))
        elif act == "hold":
            held.append(
                ledger.post(move(f"{key}", one, other, n + 1, effective_on=BEYOND, pending=True)).number
            )
        elif act == "close":
            ledger.close_period(day, key=f"{key}")
            day += timedelta(days=1)
        elif held:
            end = ledger.capture if act == "capture" else ledger.release
            end(held.pop(n % len(held)), key=f"{key}", effective_on=BEYOND)
    check(ledger)


def test_closes_that_share_a_commit_with_others(gate: Gate, gated: Ledger) -> None:
    """The second close stands on the first, which is not stored yet, and on accounts that are not either."""
    with gate.shut(), ThreadPoolExecutor(4) as pool:
        gated.submit(move("first", "a", "cash", 1))
        assert gate.reached.wait(30)
        new = [Account(f"new:{n}", "asset", "CNY/2") for n in range(40)]
        acts: list[Callable[[], Any]] = [
            lambda: gated.open(new, key="open more"),
            lambda: gated.close_period(DAY, key="one"),
            lambda: gated.post(move("second", "new:1", "cash", 6, effective_on=BEYOND)),
            lambda: gated.close_period(LATER, key="two"),
        ]
        done = []
        for count, act in enumerate(acts, start=1):
            done.append(pool.submit(act))
            waiting(gated, count)
        gate.open.set()
        assert [future.result(30) for future in done]
    assert gate.commits == 2
    first, second = check(gated)
    assert (first.accounts, second.accounts, second.last - first.last) == (48, 48, 2)


def test_a_close_that_is_refused_leaves_no_page(ledger: Ledger) -> None:
    ledger.close_period(DAY, key="one")
    before = dict(ledger.reader.pages(0, range(9)))
    ledger.post(move("1", "a", "cash", 7, effective_on=LATER))
    with pytest.raises(Exception, match="closed"):
        ledger.close_period(DAY, key="again")
    assert ledger.reader.pages(0, range(9)) == before
    ledger.close_period(LATER, key="two")
    assert ledger.reader.pages(0, range(9)) != before
    check(ledger)


def test_only_the_pages_of_what_moved_are_made_again(ledger: Ledger) -> None:
    ledger.open([Account(f"x:{n:03}", "asset", "CNY/2") for n in range(500)], key="many")
    ledger.close_period(DAY, key="one")
    assert ledger.reader.counts()["pages"] == 32 + 2 + 1
    still = seal_journal(BOOK, ledger.reader, LATER, ledger.reader.head())
    assert still.pages == {}
    ledger.post(move("1", "x:100", "x:101", 7, effective_on=LATER))
    moved = seal_journal(BOOK, ledger.reader, LATER, ledger.reader.head())
    assert sorted(moved.pages) == [(0, (8 + 100) // 16), (1, 0), (2, 0)]


# --- damage -----------------------------------------------------------------------------------------


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A book of 308 accounts, sealed."""
    store = SqliteStore(tmp_path / "book.db", create=True)
    ledger = Ledger.create(store, BOOK, clock=lambda: NOON)
    ledger.open(ACCOUNTS, key="open")
    ledger.open([Account(f"x:{n:03}", "asset", "CNY/2") for n in range(300)], key="many")
    ledger.close_period(DAY, key="one")
    store.close()
    return tmp_path / "book.db"


DAMAGE = {
    "a bit": "UPDATE seal_page SET hashes = flipped(hashes) WHERE level = {} AND page = {}",
    "a hash less": "UPDATE seal_page SET hashes = substr(hashes, 33) WHERE level = {} AND page = {}",
    "a page lost": "DELETE FROM seal_page WHERE level = {} AND page = {}",
}


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("name", [(0, 0), (0, 19), (1, 0), (1, 1), (2, 0)])
def test_a_damaged_page_is_found_and_the_next_close_makes_it_anew(
    file: Path, name: tuple[int, int], damage: str
) -> None:
    with closing(sqlite3.connect(file)) as db:
        db.create_function("flipped", 1, lambda page: page[:-1] + bytes([page[-1] ^ 1]))
        assert db.execute(DAMAGE[damage].format(*name)).rowcount == 1
        db.commit()
    store = SqliteStore(file)
    ledger = Ledger(store, BOOK, clock=lambda: NOON)
    first = verify(ledger.reader, BOOK).findings[0]
    assert isinstance(first, HashPageDamaged)
    assert (first.level, first.page) == name
    ledger.post(move("1", "x:299", "cash", 7, effective_on=LATER))  # on the first page and on the last
    ledger.close_period(LATER, key="two")
    check(ledger)
    store.close()


def test_a_page_too_many_is_found(file: Path) -> None:
    with closing(sqlite3.connect(file)) as db:
        db.execute("INSERT INTO seal_page VALUES (1, 3, 0, zeroblob(32))")
        db.commit()
    store = SqliteStore(file)
    (found,) = verify(store.reading(1), BOOK).findings
    assert "24 pages are stored, the journal has 23" in str(found)
    store.close()


def test_accounts_with_a_gap_cannot_be_sealed(file: Path) -> None:
    """Nor a place in the tree be guessed: the book is damaged."""
    with closing(sqlite3.connect(file)) as db:
        db.execute("DROP TRIGGER account_no_delete")
        db.execute("DELETE FROM account WHERE account_id = 20")
        db.execute("DELETE FROM seal_page")
        db.commit()
    store = SqliteStore(file)
    ledger = Ledger(store, BOOK, clock=lambda: NOON)
    ledger.post(move("1", "x:299", "cash", 7, effective_on=LATER))
    with pytest.raises(HashPageDamaged):
        ledger.close_period(LATER, key="two")
    assert len(list(seals(ledger.reader))) == 1
    store.close()


def test_a_balance_changed_by_hand_is_not_sealed_where_nothing_moved(file: Path) -> None:
    """The kept hash is of what was true; a seal from scratch would have taken over the change."""
    with closing(sqlite3.connect(file)) as db:
        db.execute("UPDATE balance SET debits = debits + 5 WHERE account_id = 20")
        db.commit()
    store = SqliteStore(file)
    ledger = Ledger(store, BOOK, clock=lambda: NOON)
    ledger.close_period(LATER, key="two")
    found = verify(ledger.reader, BOOK).findings
    assert found
    assert not any(isinstance(each, SealBroken) for each in found)
    store.close()
