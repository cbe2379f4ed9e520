"""A seal for every close: what it commits to, whose it is, and that it is alike on every store."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from attrs import fields
from tests.ledger.conftest import ACCOUNTS, BOOK, NOON
from tests.ledger.making import DAY, evolve, move, places_of

from bankcore.errors import BadSeal, BadTransaction, BankcoreError
from bankcore.ledger.accounts import Account, AccountPath, Side
from bankcore.ledger.balances import Standing
from bankcore.ledger.evidence.audit import verify
from bankcore.ledger.evidence.merkle import root
from bankcore.ledger.evidence.seals import SEAL, Seal, balance_leaf, parse_digest, seal_journal, seals
from bankcore.ledger.ledger import Ledger
from bankcore.ledger.posting.states import AccountState
from bankcore.ledger.transactions import PERIOD, Record, Transaction
from bankcore.stores.memory import MemoryStore
from bankcore.stores.sqlite import SqliteStore
from bankcore.testing.store_contract.contract import additions_of
from bankcore.units import Unit

EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"  # SHA-256 of nothing
GOLDEN = Seal(
    number=2,
    book=BOOK.genesis(),
    through=date(2024, 5, 2),
    first=4,
    last=9,
    transactions_root=bytes(range(32)),
    accounts=3,
    balances_root=bytes(range(32, 64)),
    head=bytes(range(64, 96)),
    previous=bytes(range(96, 128)),
)
LI = Standing(7, AccountPath("存款:li"), Unit("CNY/2"), Side.CREDIT, 3, 20, 800, 0, 50)


def test_golden_encodings() -> None:
    assert balance_leaf(LI.row).decode() == "5:存款:li,CNY/2,credit,3,20,800,0,50,"
    assert GOLDEN.digest().hex() == "fa2d20209439ff000f5f8b099f5bd19ffdb23d851eb6ebc6e1032ca0e4f75570"


def test_every_field_is_in_the_digest() -> None:
    others = {name.name: bytes(32) for name in fields(Seal)} | {
        "number": 3,
        "through": DAY,
        "first": 5,
        "last": 8,
        "accounts": 4,
    }
    assert len({evolve(GOLDEN, **{name: other}).digest() for name, other in others.items()}) == 10
    for name, other in {
        "path": AccountPath("存款"), "unit": Unit("USD/2"), "normal_side": Side.DEBIT, "sequence": 4,
        "debits": 21, "credits": 801, "pending_debits": 1, "pending_credits": 51,
    }.items():  # fmt: skip
        assert balance_leaf(LI._replace(**{name: other}).row) != balance_leaf(LI.row)


def test_a_seal_comes_back_from_its_record() -> None:
    assert Seal.from_data(GOLDEN.record.data) == GOLDEN
    assert (GOLDEN.record.kind, GOLDEN.record.id, GOLDEN.record.version) == (*SEAL, 2)


@pytest.mark.parametrize(
    "change",
    [
        {"more": 1},
        {"number": True},
        {"first": "4"},
        {"last": -1},
        {"last": 10**5_000},
        {"accounts": 3.0},
        {"through": "20240502"},
        {"through": None},
        {"head": "00"},
        {"head": None},
        {"head": "x" * 64},
        {"previous": "A" * 64},
        {"previous": " " + "a" * 63},
    ],
)
def test_what_is_no_seal_is_refused(ledger: Ledger, change: dict[str, Any]) -> None:
    data = {**GOLDEN.as_data(), **change}
    with pytest.raises(BankcoreError) as refused:
        Seal.from_data(data)
    assert refused.value.code in ("bad_seal", "bad_date")
    with pytest.raises(BankcoreError) as refused:
        ledger.post(Transaction(key="s", kind="s", effective_on=DAY, records=(Record(*SEAL, data),)))
    assert refused.value.code in ("bad_seal", "bad_date", "bad_transaction")


@pytest.mark.parametrize("text", ["", "ab", "0" * 63, "0" * 66, "F" * 64, 5, None])
def test_what_is_no_digest_is_no_seal(text: object) -> None:
    with pytest.raises(BadSeal) as refusal:
        parse_digest(text)
    assert refusal.value.text == text


# --- the seals of a journal -------------------------------------------------------------------------


def fill(ledger: Ledger) -> None:
    """Three closes: of a day with holds of every end, of a day with nothing, of five days at once."""
    ledger.post(move("1", "a", "cash", 700))
    ledger.post(move("2", "cash", "a", 60, pending=True))
    ledger.post(move("3", "cash", "a", 50, pending=True, expires_at=NOON + timedelta(days=1)))
    ledger.capture(3, key="4", effective_on=DAY)
    ledger.close_period(DAY, key="day 1")
    ledger.close_period(DAY + timedelta(days=1), key="day 2")
    ledger.open([Account("a:b", "asset", "CNY/2"), Account("0", "asset", "CNY/2")], key="more")
    ledger.post(move("5", "a:b", "cash", 5, effective_on=DAY + timedelta(days=9)))
    ledger.close_period(DAY + timedelta(days=6), key="day 7")


def by_id(ledger: Ledger, number: int) -> list[bytes]:
    """The leaves of all accounts after a transaction."""
    return [balance_leaf(s.row) for s in sorted(ledger.reader.totals_through(number))]


def test_a_seal_covers_all_that_stands_before_it(ledger: Ledger) -> None:
    fill(ledger)
    entries = list(ledger.reader.entries())
    digests = [BOOK.genesis(), *(entry.digest for entry in entries)]  # by number
    found = list(seals(ledger.reader))
    assert [(s.number, s.through - DAY, s.first, s.last, s.accounts) for s in found] == [
        (1, timedelta(0), 1, 5, 8),
        (2, timedelta(1), 6, 6, 8),
        (3, timedelta(6), 7, 9, 10),
    ]
    previous = BOOK.genesis()
    for seal in found:
        assert (seal.book, seal.previous) == (BOOK.genesis(), previous)
        assert seal.head == digests[seal.last]
        assert seal.transactions_root == root(digests[seal.first : seal.last + 1])
        assert seal.balances_root == root(by_id(ledger, seal.last))
        closing = entries[seal.last].transaction  # the transaction behind the last one covered
        assert [(r.kind, r.id) for r in closing.records] == [PERIOD, SEAL]
        assert closing.records[1] == seal.record
        previous = seal.digest()
    assert verify(ledger.reader, BOOK).require().seals == 3


def test_holds_stand_in_the_seal_as_they_stood(ledger: Ledger) -> None:
    fill(ledger)
    first = next(seals(ledger.reader))
    standings = {s.path: s for s in ledger.reader.totals_through(first.last)}
    assert (standings[AccountPath("a")].debits, standings[AccountPath("a")].pending_debits) == (60, 50)


def test_an_empty_book_can_be_sealed(store: Any) -> None:
    ledger = Ledger.create(store, BOOK, clock=lambda: NOON)
    ledger.close_period(DAY, key="day")
    (seal,) = seals(ledger.reader)
    assert (seal.first, seal.last, seal.accounts) == (1, 0, 0)
    assert seal.transactions_root.hex() == seal.balances_root.hex() == EMPTY
    assert seal.head == seal.previous == BOOK.genesis()
    verify(ledger.reader, BOOK).require()


def test_seals_are_alike_on_both_stores(tmp_path: Path) -> None:
    found = []
    for store in (MemoryStore(), SqliteStore(tmp_path / "book.db", create=True)):
        ledger = Ledger.create(store, BOOK, clock=lambda: NOON)
        ledger.open(ACCOUNTS, key="open")
        fill(ledger)
        found.append(list(seals(ledger.reader)))
        store.close()
    assert found[0] == found[1]


def test_an_expiry_that_the_close_records_is_sealed_by_it(store: Any) -> None:
    """The commit that closes the period writes the expiry first; the seal counts what is not stored yet."""
    now = [NOON]
    ledger = Ledger.create(store, BOOK, clock=lambda: now[0])
    ledger.open(ACCOUNTS, key="open")
    ledger.post(move("1", "a", "cash", 700))
    ledger.post(move("2", "cash", "a", 60, pending=True, expires_at=NOON + timedelta(hours=1)))
    now[0] += timedelta(hours=2)
    ledger.close_period(DAY, key="day")
    (seal,) = seals(ledger.reader)
    assert (seal.last, ledger.entry(4).transaction.kind) == (4, "hold.expiry")
    assert all(not s.pending_debits for s in ledger.reader.totals_through(4))
    assert seal.balances_root == root(by_id(ledger, 4))
    verify(ledger.reader, BOOK).require()


def test_what_a_commit_adds_is_sealed_with_what_is_stored(ledger: Ledger) -> None:
    """Accounts opened and moved, and even a seal made, by the transactions that are not stored yet."""
    fill(ledger)
    whole = ledger.reader
    expected = seal_journal(BOOK, whole, DAY, whole.head())
    pages = {(0, 0): whole.pages(0, [0])[0]}
    stored = MemoryStore()
    with stored_through(stored, ledger, 5) as reader:
        entries = list(whole.entries(after=5))
        touched = [stored.standing().row for stored in whole.accounts()]
        found = seal_journal(BOOK, reader, DAY, whole.head(), entries, touched, pages)
    assert found == expected


def stored_through(store: MemoryStore, ledger: Ledger, number: int) -> Any:
    """A store with the first transactions of a ledger's journal."""
    store.create(BOOK)
    with store.writing(BOOK.id) as writer:
        entries = [entry for entry in ledger.reader.entries() if entry.number <= number]
        moved = {s.path for s in ledger.reader.totals_through(number)}
        opened = [AccountState(*s) for s in ledger.reader.accounts() if s.account.path in moved]
        places = [places_of(ledger.reader, entry) for entry in entries]
        writer.append(additions_of(entries, places, opened, []))
    return store.writing(BOOK.id)


def test_a_close_is_replayed_with_its_seal(ledger: Ledger) -> None:
    ledger.post(move("1", "a", "cash", 700))
    first = ledger.close_period(DAY, key="day")
    again = ledger.close_period(DAY, key="day")
    assert (again.number, again.digest, again.replayed) == (first.number, first.digest, True)
    assert len(list(seals(ledger.reader))) == 1


def test_nobody_else_closes_or_seals(ledger: Ledger) -> None:
    ledger.close_period(DAY, key="day")
    (seal,) = seals(ledger.reader)
    through = DAY + timedelta(days=1)
    due = seal_journal(BOOK, ledger.reader, through, ledger.reader.head()).seal.record
    period = Record(*PERIOD, {"through": through.isoformat()}, 2)
    head = ledger.reader.head()
    for records in [(period,), (due,), (period, due), (due, period), (period, due, due), (seal.record,)]:
        t = Transaction(key="own", kind="period.close", effective_on=through, records=records)
        for post in (
            lambda t=t: ledger.post(t),
            lambda t=t: ledger.execute("own", {}, lambda books: (t,)),
            lambda t=t: ledger.post_many([t], atomic=True),
        ):
            with pytest.raises(BadTransaction, match="only the ledger itself"):
                post()
        riding = move("own", "a", "cash", 1, effective_on=through + timedelta(days=1), records=records)
        with pytest.raises(BadTransaction, match="only the ledger itself"):
            ledger.post(riding)
    assert ledger.reader.head() == head
    other = Record("seal", "week", due.data)
    with pytest.raises(BadTransaction, match="'day'"):
        ledger.post(Transaction(key="own", kind="x", effective_on=through, records=(other,)))
