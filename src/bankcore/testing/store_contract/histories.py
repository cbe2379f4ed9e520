"""A ledger on the store: whatever it writes and reads is the same as on bankcore's store in memory."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from bankcore.errors import Rejection
from bankcore.ledger.accounts import Account, AccountPath, AccountType, Side, Status
from bankcore.ledger.evidence.audit import verify
from bankcore.ledger.ledger import Ledger
from bankcore.ledger.personal import seeded
from bankcore.ledger.ports import Reader, Store
from bankcore.ledger.transactions import ERASURE, Book, Posting, Record, Transaction
from bankcore.ledger.velocity import VELOCITY, Flow, Per, VelocityLimit
from bankcore.stores.memory import MemoryStore
from bankcore.testing.store_contract.contract import CNY, DAY, Contract
from bankcore.units import Unit

__all__ = ["HistoriesContract"]

POINT = Unit("POINT/0")
CASH, ANN, BOB, DUE, CONTRA, POINTS, ISSUED = map(
    AccountPath, ("bank:cash", "client:安娜", "client:bob", "due", "due:contra", "points:安娜", "issued")
)
ACCOUNTS = [
    Account(CASH, AccountType.ASSET, CNY),
    Account(ANN, AccountType.LIABILITY, CNY, floor=0, party="安娜", details={"n": [1, None, True]}),
    Account(BOB, AccountType.LIABILITY, CNY, floor=-10_000, ceiling=5_000_000),
    Account(DUE, AccountType.MEMORANDUM, CNY, floor=0),
    Account(CONTRA, AccountType.MEMORANDUM, CNY, normal_side=Side.CREDIT, floor=0),
    Account(POINTS, AccountType.LIABILITY, POINT, floor=0),
    Account(ISSUED, AccountType.ASSET, POINT),
]
KINDS = ("account", "note", "lead", VELOCITY, ERASURE)


class HistoriesContract(Contract):
    """A ledger on the store, compared with one in memory."""

    def test_a_ledger_writes_and_reads_what_it_does_in_memory(self, store: Store) -> None:
        here, memory = _Ledgers(store), _Ledgers(MemoryStore())
        for step in zip(here.steps(), memory.steps(), strict=True):
            assert step[0] == step[1]
            with here.ledger.reader as mine, memory.ledger.reader as theirs:
                assert mine.head() == theirs.head()
        with here.ledger.reader as mine, memory.ledger.reader as theirs:
            answers = zip(_answers(mine), _answers(theirs), strict=True)
            for (name, given), (_, expected) in answers:
                assert given == expected, name
            assert verify(mine, here.ledger.book).findings == ()


class DurabilityContract(HistoriesContract):
    """Books that outlive the process; a subclass must define `reopen`."""

    @pytest.fixture
    def reopen(self, store: Store) -> Any:
        """A function that closes the store, opens its books again and gives the new store."""
        raise NotImplementedError(
            "define a fixture `reopen` that gives a function: it closes and opens the books"
        )

    def test_everything_is_there_when_the_books_are_opened_again(self, store: Store, reopen: Any) -> None:
        here = _Ledgers(store)
        for _ in here.steps():
            pass
        with here.ledger.reader as reader:
            before = [*_answers(reader)]
        again = reopen()
        (book,) = again.books()
        assert book == here.ledger.book
        with again.reading(book.id) as reader:
            for (name, given), (_, expected) in zip(_answers(reader), before, strict=True):
                assert given == expected, name
        ledger = Ledger(again, book, here, salts=seeded("contract"))
        assert ledger.post(here.moving("first", ANN, CASH, 100_000)).replayed
        assert not ledger.post(here.moving("after", ANN, CASH, 1, effective_on=_day(1))).replayed


class _Ledgers:
    """A ledger of a new book in a store, and a clock that goes on by a second at each look."""

    def __init__(self, store: Store) -> None:
        self.now = datetime(2024, 5, 1, 9, tzinfo=UTC)
        book = Book(1, "histories", CNY, DAY)
        store.create(book)
        self.ledger = Ledger(store, book, self, salts=seeded("contract"))

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now

    def moving(self, key: str, source: str, target: str, quantity: int, **fields: Any) -> Transaction:
        """Debit the target, credit the source."""
        unit = POINT if source in (POINTS, ISSUED) else CNY
        legs = (Posting(AccountPath(target), quantity, unit), Posting(AccountPath(source), -quantity, unit))
        given = {"key": key, "kind": "move", "effective_on": DAY, "postings": legs, **fields}
        return Transaction(**given)

    def steps(self) -> Iterator[object]:
        """A little of everything; after each step what it answered."""
        ledger, move = self.ledger, self.moving
        yield ledger.open(ACCOUNTS, key="open", actor="officer:1")
        yield ledger.post(move("first", ANN, CASH, 100_000))
        yield ledger.post(move("first", ANN, CASH, 100_000))
        yield ledger.post_many([move(f"fund {n}", BOB, CASH, n, effective_on=_day(n)) for n in (3, 1, 2)])
        yield ledger.post(move("due", CONTRA, DUE, 700, description="到期, due", actor="teller:7"))
        yield ledger.post(move("points", POINTS, ISSUED, 700, details={"by": ["app", 2]}, agreement="ag"))
        yield from self._records()
        yield from self._holds()
        limit = VelocityLimit("daily", AccountPath("client"), CNY, Flow.OUT, Per.DAY, most=60_000, each=True)
        yield ledger.limit(limit, key="limit")
        yield ledger.post_many([move(f"pair {n}", ANN, BOB, n, group="pair") for n in (1, 2)])
        wrong = ledger.post(move("wrong", ANN, BOB, 9_900))
        yield wrong, ledger.reverse(wrong.number, key="undo", effective_on=DAY)
        short, right = ledger.post(move("short", BOB, ANN, 300)), move("", BOB, ANN, 330).postings
        yield short, ledger.correct(short.number, right, key="right", effective_on=DAY)
        yield ledger.post(move("all points", ISSUED, POINTS, 10**9, up_to=True))
        yield ledger.change(BOB, key="freeze", reason="court", status=Status.FROZEN)
        yield _refusal(ledger, move("frozen", BOB, ANN, 1))
        yield ledger.change(BOB, key="thaw", reason="court", status=Status.OPEN)
        yield _refusal(ledger, move("too much", CASH, ANN, 70_000))
        yield ledger.close_account(POINTS, key="close", reason="left")
        yield ledger.close_period(DAY, key="period", actor="system:eod")
        yield ledger.post(move("next day", ANN, BOB, 123, effective_on=_day(1)))

    def _records(self) -> Iterator[object]:
        note = Record("note", "n", {"rate": "7/200", "deep": {"days": 30, "none": None}})
        yield self.ledger.post(Transaction(key="note", kind="note", effective_on=DAY, records=(note,)))
        leads = tuple(
            Record("lead", id, {"place": "宁波", "personal": {"name": name}})
            for id, name in (("l-1", "Zhang Wei"), ("l-2", "Li Na"))
        )
        newer = (note.next(rate="1/25"), *leads)
        yield self.ledger.post(Transaction(key="leads", kind="intake", effective_on=DAY, records=newer))
        erased = Record(ERASURE, "lead:l-1", {"kind": "lead", "id": "l-1"})
        yield self.ledger.post(Transaction(key="erase", kind="erase", effective_on=DAY, records=(erased,)))
        yield self.ledger.finish_erasure()

    def _holds(self) -> Iterator[object]:
        ledger, move = self.ledger, self.moving
        held = ledger.post(move("hold", ANN, CASH, 4_000, pending=True))
        part = (Posting(CASH, 2_500, CNY), Posting(ANN, -2_500, CNY))
        yield held, ledger.capture(held.number, key="capture", effective_on=DAY, postings=part)
        released = ledger.post(move("released", ANN, BOB, 5, pending=True))
        yield released, ledger.release(released.number, key="release", effective_on=DAY)
        yield ledger.post(
            move("expires", ANN, BOB, 7, pending=True, expires_at=self.now + timedelta(minutes=1))
        )
        self.now += timedelta(minutes=2)
        yield ledger.post(move("wakes", ANN, BOB, 8))
        yield ledger.post(move("lives", ANN, BOB, 9, pending=True, expires_at=self.now + timedelta(days=99)))


def _day(number: int) -> date:
    return DAY + timedelta(days=number)


def _refusal(ledger: Ledger, transaction: Transaction) -> object:
    try:
        return ledger.post(transaction)
    except Rejection as refusal:
        return refusal.as_dict()


def _answers(reader: Reader) -> Iterator[tuple[str, object]]:
    """What the book answers to each question of the port, by the question's name."""
    head = reader.head()
    numbers = range(head.number + 2)
    entries = list(reader.entries())
    keys = [entry.transaction.key for entry in entries]
    names = [(record.kind, record.id) for entry in entries for record in entry.transaction.records]
    yield "head", head
    yield "entries", entries
    yield "entry", [reader.entry(number) for number in numbers]
    yield "numbers", reader.numbers([*keys, "unused"])
    yield "accounts", list(reader.accounts())
    yield "states", reader.states([*(account.path for account in ACCOUNTS), AccountPath("nobody")])
    yield "nets", list(reader.nets())
    yield "latest_versions", reader.latest_versions([*names, ("note", "nothing")])
    yield "fetch", reader.fetch(keys, [ANN, BOB], names)
    yield "reversal", [reader.reversal(number) for number in numbers]
    yield "corrections", [reader.corrections(number) for number in numbers]
    yield "group", [reader.group("pair"), reader.group("none")]
    yield "hold", [reader.hold(number) for number in numbers]
    yield "holds", list(reader.holds())
    yield "next_expiry", reader.next_expiry()
    yield "due_holds", [reader.due_holds(datetime(year, 1, 1, tzinfo=UTC)) for year in (2024, 2025)]
    yield "later", [reader.later(path, day) for path in (ANN, BOB) for day in (_day(-1), DAY, _day(2))]
    yield "secret", reader.secret()
    for kind in KINDS:
        yield f"records {kind}", list(reader.records(kind))
        yield f"record_texts {kind}", list(reader.record_texts(kind))
    yield "versions", [list(reader.versions(*name)) for name in names]
    yield "lines", [list(reader.lines(account.path)) for account in ACCOUNTS]
    yield "totals", [reader.totals(path, _day(n)) for path in (ANN, BOB) for n in (-1, 0, 1, 2, 3)]
    for on in (None, DAY):
        yield f"totals_through {on}", [list(reader.totals_through(number, on)) for number in numbers]
    yield "accounts_through", [list(reader.accounts_through(number)) for number in numbers]
    yield from _evidence(reader, names)


def _evidence(reader: Reader, names: list[tuple[str, str]]) -> Iterator[tuple[str, object]]:
    """What the audit asks."""
    through = reader.head().number
    yield "journal", list(reader.journal())
    yield "digests", list(reader.digests(2, through))
    yield "standings", [list(reader.standings(after, 2)) for after in (0, through - 1)]
    yield "pages", [dict(reader.pages(level, range(9))) for level in range(3)]
    spans = [(standing.id, 1, standing.sequence) for standing in reader.totals_through(through)]
    yield "postings", list(reader.postings(spans))
    yield "personal", list(reader.personal(1, through))
    yield "record_rows", list(reader.record_rows([(kind, id, 1) for kind, id in names]))
    yield "rare_rows", sorted(reader.rare_rows())
    yield "counts", dict(reader.counts())
    yield "faults", list(reader.faults())
