"""The ledger under random histories, on both stores at once, against a model of plain dicts."""

from __future__ import annotations

import tempfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from attrs import evolve
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, rule
from tests.ledger.conftest import BOOK, NOON
from tests.ledger.making import DAY, move

from bankcore.errors import BankcoreError
from bankcore.ledger.accounts import Account, AccountPath, Status
from bankcore.ledger.audit import verify
from bankcore.ledger.ledger import Ledger
from bankcore.ledger.reports import trial_balance
from bankcore.ledger.seals import seals
from bankcore.ledger.transactions import EXPIRY, Receipt, Transaction
from bankcore.stores.memory import MemoryStore
from bankcore.stores.sqlite import SqliteStore

NAMES = ("cash", "a", "b", "c", "points", "issued")
UNITS = dict.fromkeys(NAMES, "CNY/2") | {"points": "POINT/0", "issued": "POINT/0"}
quantities = st.integers(1, 50) | st.integers(-2, 2) | st.just(2**62)
paths = st.sampled_from(NAMES)
keys = st.integers(1, 30).map(str)


class Histories(RuleBasedStateMachine):
    """Every step is taken on memory and on a SQLite file and must end alike."""

    receipts = Bundle("receipts")
    pending = Bundle("pending")

    @initialize()
    def start(self) -> None:
        self.now = NOON
        self.folder = tempfile.TemporaryDirectory()
        self.file = Path(self.folder.name) / "book.db"
        self.ledgers = [self.made(MemoryStore()), self.made(SqliteStore(self.file, create=True))]
        self.balances = dict.fromkeys(NAMES, 0)
        self.floors: dict[str, int | None] = {
            "cash": None,
            "a": 0,
            "b": -20,
            "c": 0,
            "points": 0,
            "issued": None,
        }
        self.content: dict[str, Transaction] = {}
        self.number = 1
        self.holds: dict[int, Transaction] = {}  # that nothing resolved yet, expired or not

    def made(self, store: Any) -> Ledger:
        ledger = Ledger.create(store, BOOK, clock=self.clock)
        ledger.open(
            [
                Account("cash", "asset", "CNY/2"),
                Account("a", "liability", "CNY/2", floor=0),
                Account("b", "liability", "CNY/2", floor=-20),
                Account("c", "liability", "CNY/2", floor=0, ceiling=40),
                Account("points", "liability", "POINT/0", floor=0),
                Account("issued", "asset", "POINT/0"),
            ],
            key="open",
        )
        return ledger

    def clock(self) -> datetime:
        return self.now

    def both(self, act: Any) -> Any:
        """What happened, the same on both stores."""
        outcomes = []
        for ledger in self.ledgers:
            try:
                outcomes.append(act(ledger))
            except BankcoreError as error:
                outcomes.append(error.as_dict())
        assert outcomes[0] == outcomes[1]
        return outcomes[0]

    def sign(self, name: str) -> int:
        return 1 if name in ("cash", "issued") else -1

    def take(self, t: Transaction, outcome: Any) -> None:
        """Hold an accepted transaction against the model."""
        if not isinstance(outcome, Receipt):
            return
        if outcome.replayed:
            assert self.content[t.key] == t
            return
        assert t.key not in self.content
        self.expire(outcome.number)
        self.number += 1
        assert outcome.number == self.number
        self.content[t.key] = t
        if t.resolves is not None:
            assert self.is_live(self.holds[t.resolves], outcome.recorded_at)
            del self.holds[t.resolves]
        if t.pending:
            self.holds[outcome.number] = t
            return
        sums: dict[str, int] = {}
        for p in t.postings:
            self.balances[p.account] += p.quantity * self.sign(p.account)
            sums[p.unit] = sums.get(p.unit, 0) + p.quantity
        assert not any(sums.values())

    def expire(self, before: int) -> None:
        """Take the expiries that the ledger recorded by itself; each must be due."""
        while self.number + 1 < before:
            self.number += 1
            entry = self.ledgers[0].entry(self.number)
            assert entry.transaction.kind == EXPIRY
            held = self.holds.pop(entry.transaction.resolves or 0)
            assert not self.is_live(held, entry.recorded_at)

    def is_live(self, held: Transaction, now: datetime) -> bool:
        return held.expires_at is None or now < held.expires_at

    def held(self, name: str) -> int:
        """What live holds would take out of an account."""
        legs = (p for t in self.holds.values() if self.is_live(t, self.now) for p in t.postings)
        return sum(
            -p.quantity * self.sign(name)
            for p in legs
            if p.account == name and p.quantity * self.sign(name) < 0
        )

    @rule(
        target=pending,
        key=keys,
        source=paths,
        to=paths,
        quantity=quantities,
        hours=st.none() | st.integers(-1, 20),
    )
    def hold(self, key: str, source: str, to: str, quantity: int, hours: int | None) -> Any:
        expires_at = None if hours is None else self.now + timedelta(hours=hours)
        t = move(key, source, to, quantity, UNITS[source], pending=True, expires_at=expires_at)
        outcome = self.both(lambda ledger: ledger.post(t))
        self.take(t, outcome)
        return outcome.number if isinstance(outcome, Receipt) else multiple()

    @rule(key=keys, number=pending, part=st.none() | st.integers(0, 30))
    def resolve(self, key: str, number: int, part: int | None) -> None:
        held = self.ledgers[0].entry(number).transaction.postings
        legs = (
            None
            if part is None
            else tuple(evolve(p, quantity=part if p.quantity > 0 else -part) for p in held if part)
        )
        outcome = self.both(lambda ledger: ledger.capture(number, key=key, effective_on=DAY, postings=legs))
        if isinstance(outcome, Receipt):
            self.take(self.ledgers[0].entry(outcome.number).transaction, outcome)

    @rule(target=receipts, key=keys, source=paths, to=paths, quantity=quantities)
    def post(self, key: str, source: str, to: str, quantity: int) -> Any:
        t = move(key, source, to, quantity, UNITS[source])
        before = dict(self.balances)
        outcome = self.both(lambda ledger: ledger.post(t))
        self.take(t, outcome)
        if isinstance(outcome, Receipt):
            for name, floor in self.floors.items():
                assert floor is None or self.balances[name] >= min(floor, before[name])
                if outcome.replayed is False and floor is not None and self.balances[name] < before[name]:
                    assert self.balances[name] - self.held(name) >= floor
            return outcome.number
        return multiple()

    @rule(batch=st.lists(st.tuples(keys, paths, paths, quantities), max_size=4), atomic=st.booleans())
    def post_many(self, batch: list[tuple[str, str, str, int]], atomic: bool) -> None:
        transactions = [move(key, source, to, quantity, UNITS[to]) for key, source, to, quantity in batch]

        def act(ledger: Ledger) -> list[Any]:
            verdicts = ledger.post_many(transactions, atomic=atomic)
            return [v.as_dict() if isinstance(v, BankcoreError) else v for v in verdicts]

        outcome = self.both(act)
        if isinstance(outcome, list):
            for transaction, verdict in zip(transactions, outcome, strict=True):
                self.take(transaction, verdict)

    @rule(key=keys, number=receipts)
    def reverse(self, key: str, number: int) -> None:
        outcome = self.both(lambda ledger: ledger.reverse(number, key=key, effective_on=ledger.books.today))
        if isinstance(outcome, Receipt):
            self.take(self.ledgers[0].entry(outcome.number).transaction, outcome)

    @rule(key=keys, name=st.sampled_from(["a", "b", "c"]), floor=st.integers(-30, 10))
    def change_limit(self, key: str, name: str, floor: int) -> None:
        outcome = self.both(lambda ledger: ledger.change(AccountPath(name), key=key, reason="r", floor=floor))
        if isinstance(outcome, Receipt) and not outcome.replayed:
            self.take(self.ledgers[0].entry(outcome.number).transaction, outcome)
            self.floors[name] = floor

    @rule(key=keys, name=paths, status=st.sampled_from(Status))
    def change_status(self, key: str, name: str, status: Status) -> None:
        outcome = self.both(
            lambda ledger: ledger.change(AccountPath(name), key=key, reason="r", status=status)
        )
        if isinstance(outcome, Receipt) and not outcome.replayed:
            self.take(self.ledgers[0].entry(outcome.number).transaction, outcome)

    @rule(key=keys, days=st.integers(-1, 3))
    def close_period(self, key: str, days: int) -> None:
        through = self.ledgers[0].books.today + timedelta(days=days)
        outcome = self.both(lambda ledger: ledger.close_period(through, key=key))
        if isinstance(outcome, Receipt) and not outcome.replayed:
            self.take(self.ledgers[0].entry(outcome.number).transaction, outcome)

    @rule(hours=st.integers(-5, 30))
    def let_time_pass(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule()
    def reopen(self) -> None:
        self.ledgers[1].store.close()
        self.ledgers[1] = Ledger(SqliteStore(self.file), BOOK, clock=self.clock)

    @rule(name=paths, days=st.integers(-1, 5), back=st.integers(0, 9))
    def ask(self, name: str, days: int, back: int) -> None:
        day = DAY + timedelta(days=days)
        self.both(lambda ledger: ledger.reader.totals(AccountPath(name), day))
        self.both(lambda ledger: list(ledger.reader.totals_through(self.number - back, day)))
        self.both(lambda ledger: list(seals(ledger.reader)))
        for ledger in self.ledgers:
            assert list(ledger.reader.totals_through(2**62)) == list(ledger.reader.standings())

    @invariant()
    def balances_agree(self) -> None:
        for ledger in self.ledgers:
            assert {name: ledger.balance(name).net for name in NAMES} == self.balances
            assert trial_balance(ledger.reader).balanced
        heads = [ledger.reader.head() for ledger in self.ledgers]
        assert heads[0] == heads[1]
        self.expire(heads[0].number + 1)
        for ledger in self.ledgers:
            assert {name: ledger.balance(name).held for name in NAMES} == {
                name: self.held(name) for name in NAMES
            }

    def teardown(self) -> None:
        for ledger in self.ledgers:
            verify(ledger.reader, BOOK).require()
            ledger.store.close()
        self.folder.cleanup()


TestHistories = Histories.TestCase
