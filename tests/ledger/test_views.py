"""A book in its two times: what it knew at an instant, counting value dates up to a day."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.ledger.conftest import ACCOUNTS, BOOK, NOON
from tests.ledger.making import CNY, DAY, leg, move, told

from bankcore.errors import (
    AccountNotYetOpen,
    BadDate,
    BankcoreError,
    BookNotYetOpen,
    InstantInFuture,
    NothingKnown,
    UnknownAccount,
)
from bankcore.ledger.accounts import Account, AccountPath, Status
from bankcore.ledger.ledger import Ledger
from bankcore.ledger.ports import Store
from bankcore.ledger.reading.financials import balance_sheet, income_statement
from bankcore.ledger.reading.statements import balance_on, balances, statement, trial_balance
from bankcore.ledger.transactions import EXPIRY, Entry
from bankcore.stores.memory import MemoryStore
from bankcore.stores.sqlite import SqliteStore

HOUR = timedelta(hours=1)
A = AccountPath("a")


class Clock:
    """Time that stands still until it is told to go on."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now

    def wait(self, hours: float = 1) -> datetime:
        self.now += HOUR * hours
        return self.now


def on(days: int) -> date:
    return DAY + timedelta(days=days)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def timed(store: Store, clock: Clock) -> Ledger:
    ledger = Ledger.create(store, BOOK, clock)
    ledger.open(ACCOUNTS, key="open")
    return ledger


def test_a_back_dated_posting_counts_on_its_date_and_is_known_since_it_was_recorded(
    timed: Ledger, clock: Clock
) -> None:
    clock.wait()
    timed.post(move("1", "a", "cash", 700, effective_on=on(2)))
    first = clock.now
    clock.wait()
    timed.post(move("2", "a", "cash", 50, effective_on=on(1)))
    second = clock.now
    clock.wait()
    asked = [(day, at) for day in (0, 1, 2) for at in (first, second - timedelta(microseconds=1), second)]
    assert [timed.balance("a", on=on(day), known_at=at).net for day, at in asked] == [
        0, 0, 0,
        0, 0, 50,
        700, 700, 750,
    ]  # fmt: skip
    assert timed.balance("a", known_at=first).net == 700
    assert timed.balance("a", on=on(1)).net == 50
    assert timed.balance("a", known_at=NOON).net == 0


def test_statement_and_trial_balance_are_of_what_was_known(timed: Ledger, clock: Clock) -> None:
    timed.post(move("1", "a", "cash", 700))
    first = clock.now
    clock.wait()
    timed.post(move("2", "cash", "a", 200))
    then = statement(timed.reader, "a", known_at=first)
    assert ([line.key for line in then.lines], then.closing, then.known_at) == (["1"], 700, first)
    assert [line.key for line in statement(timed.reader, "a", known_at=clock.now).lines] == ["1", "2"]
    known = trial_balance(timed.reader, known_at=first)
    assert (known.balanced, known.known_at, [t.debits for t in known.totals]) == (True, first, [700, 0, 0])
    assert [t.debits for t in trial_balance(timed.reader).totals] == [500, 0, 0]


def test_balance_sheet_and_income_are_of_what_was_known(timed: Ledger, clock: Clock) -> None:
    timed.open([Account(f"bank:fees:{name}", "income", "CNY/2") for name in ("card", "wire")], key="fees")
    timed.post(move("1", "bank:fees:card", "cash", 30, effective_on=on(1)))
    first = clock.wait(0.5)
    clock.wait(0.5)
    timed.post(move("2", "bank:fees:wire", "cash", 5, effective_on=on(1)))
    timed.post(move("3", "bank:fees:wire", "cash", 2))
    last = clock.wait()
    for at, earned, of_the_day in ((first, 30, 30), (last, 37, 35)):  # no transaction is as late as `last`
        sheet = balance_sheet(timed.reader, None, last, at)
        assert (sheet.on, sheet.profit, sheet.known_at) == (None, ((CNY, earned),), at)
        income = income_statement(timed.reader, on(1), on(1), last, at)
        assert (income.since, income.until, income.known_at) == (on(1), on(1), at)
        assert [(it.root, it.quantity) for it in income.items] == [("bank:fees", of_the_day)]
        assert balance_on(timed.reader, "cash", on(1), last, at).net == earned


def test_an_account_is_described_as_it_was_known(timed: Ledger, clock: Clock) -> None:
    clock.wait()
    timed.change(A, key="1", reason="credit line", floor=-100)
    clock.wait()
    timed.change(A, key="2", reason="court", status=Status.FROZEN)
    described = [
        (account.floor, account.status, account.reason)
        for hours in range(3)
        for account in (timed.balance("a", known_at=NOON + HOUR * hours).account,)
    ]
    assert described == [
        (0, Status.OPEN, ""),
        (-100, Status.OPEN, "credit line"),
        (-100, Status.FROZEN, "court"),
    ]


def test_a_hold_is_known_until_it_is_resolved_or_expires(timed: Ledger, clock: Clock) -> None:
    timed.post(move("1", "a", "cash", 700))
    clock.wait()
    soon, late = NOON + HOUR * 3, NOON + HOUR * 4
    timed.post(move("2", "cash", "a", 60, pending=True, expires_at=soon, effective_on=on(1)))
    timed.post(move("3", "cash", "a", 5, pending=True, expires_at=late))
    timed.post(move("4", "cash", "a", 300, pending=True))
    clock.wait()
    timed.capture(5, key="5", effective_on=on(0))
    clock.wait(5)

    def held(hours: float, **more: Any) -> int:
        return timed.balance("a", known_at=NOON + HOUR * hours, **more).held

    standing = [0, 365, 65, 5, 0, 0, 0]
    assert [held(hours) for hours in range(7)] == standing
    assert held(2.99) == 65
    timed.post(move("6", "a", "cash", 1))  # only now the expiries are recorded
    assert [held(hours) for hours in range(7)] == standing
    assert [held(hours, on=on(0)) for hours in range(7)] == [0, 305, 5, 5, 0, 0, 0]


def test_a_hold_counts_from_its_value_date(timed: Ledger, clock: Clock) -> None:
    timed.post(move("1", "a", "cash", 700))
    timed.post(move("2", "cash", "a", 60, pending=True, effective_on=on(1)))
    timed.post(move("3", "cash", "a", 7, pending=True, expires_at=NOON + HOUR, effective_on=on(2)))
    assert [timed.balance("a", on=on(day)).held for day in range(3)] == [0, 60, 67]
    assert [timed.balance("a", on=on(day)).available for day in range(3)] == [700, 640, 633]
    clock.wait()
    assert [timed.balance("a", on=on(day)).held for day in range(3)] == [0, 60, 60]
    assert [b.held for b in balances(timed.reader, "a", on(2))] == [67]
    assert [b.held for b in balances(timed.reader, "a", on(2), clock.now)] == [60]


# --- what cannot be answered ------------------------------------------------------------------------


SOON = NOON + HOUR + timedelta(microseconds=1)  # too soon to be known
BEFORE = NOON - timedelta(microseconds=1)
Ask = Callable[[Ledger, datetime, dict[str, Any]], object]
QUESTIONS: dict[str, Ask] = {
    "balance": lambda ledger, now, asked: ledger.balance("a", **asked),
    "balances": lambda ledger, now, asked: list(balances(ledger.reader, now=now, **asked)),
    "trial balance": lambda ledger, now, asked: trial_balance(ledger.reader, now=now, **asked),
    "statement": lambda ledger, now, asked: statement(
        ledger.reader, "a", None, asked.get("on"), now, asked.get("known_at")
    ),
}


@pytest.mark.parametrize("ask", QUESTIONS.values(), ids=QUESTIONS)
@pytest.mark.parametrize(
    ("asked", "refusal", "fields"),
    [
        ({"known_at": SOON}, InstantInFuture, [SOON, NOON + HOUR]),
        ({"known_at": BEFORE}, NothingKnown, [BEFORE]),
        ({"known_at": datetime(2024, 5, 1, 12)}, BadDate, [datetime(2024, 5, 1, 12)]),
        ({"known_at": DAY}, BadDate, [DAY]),
        ({"known_at": "2024-05-01T12:00:00Z"}, BadDate, ["2024-05-01T12:00:00Z"]),
        ({"on": on(-1)}, BookNotYetOpen, [DAY, on(-1)]),
        ({"on": on(-1), "known_at": NOON}, BookNotYetOpen, [DAY, on(-1)]),
        ({"on": NOON}, BadDate, [NOON]),
        ({"on": "2024-05-01"}, BadDate, ["2024-05-01"]),
    ],
)
def test_a_question_the_book_cannot_answer_is_refused(
    timed: Ledger,
    clock: Clock,
    ask: Ask,
    asked: dict[str, Any],
    refusal: type[BankcoreError],
    fields: list[object],
) -> None:
    clock.wait()
    with pytest.raises(refusal) as refused:
        ask(timed, clock.now, asked)
    assert told(refused.value) == fields


def test_without_a_clock_the_last_transaction_is_the_present(timed: Ledger) -> None:
    assert len(list(balances(timed.reader, known_at=NOON))) == len(ACCOUNTS)
    with pytest.raises(InstantInFuture) as refusal:
        trial_balance(timed.reader, known_at=NOON + HOUR)
    assert (refusal.value.now, refusal.value.transient) == (NOON, True)


def test_a_clock_that_went_back_hides_nothing(timed: Ledger, clock: Clock) -> None:
    clock.wait()
    timed.post(move("1", "a", "cash", 700))
    recorded, clock.now = clock.now, NOON
    assert timed.balance("a", known_at=recorded).net == 700


def test_nothing_is_known_of_an_empty_book(store: Store, clock: Clock) -> None:
    ledger = Ledger.create(store, BOOK, clock)
    with pytest.raises(NothingKnown):
        trial_balance(ledger.reader, known_at=NOON)
    assert trial_balance(ledger.reader, DAY).balances == ()


def test_accounts_are_refused_before_they_were_known_or_open(timed: Ledger, clock: Clock) -> None:
    before = clock.now
    clock.wait()
    timed.open(
        [
            Account("late:x", "liability", "CNY/2", opened_on=on(2)),
            Account("late:y", "liability", "CNY/2", opened_on=on(3)),
        ],
        key="late",
    )
    for question in (
        lambda path: timed.balance(path, known_at=before),
        lambda path: statement(timed.reader, path, known_at=before),
        lambda path: list(balances(timed.reader, path, known_at=before)),
    ):
        with pytest.raises(UnknownAccount):
            question("late:x")
    for known_at in (None, clock.now):
        with pytest.raises(AccountNotYetOpen) as refusal:
            timed.balance("late:x", on=on(1), known_at=known_at)
        assert told(refusal.value) == ["late:x", on(2), on(1)]
        with pytest.raises(AccountNotYetOpen):
            statement(timed.reader, "late:x", until=on(1), known_at=known_at)
        with pytest.raises(AccountNotYetOpen):
            list(balances(timed.reader, "late", on(1), known_at=known_at))
        assert [b.account.path for b in balances(timed.reader, "late", on(2), known_at=known_at)] == [
            "late:x"
        ]
        assert len(list(balances(timed.reader, on=on(1), known_at=known_at))) == len(ACCOUNTS)
        with pytest.raises(UnknownAccount):  # there is something below it, but no such account
            timed.balance("late", known_at=known_at)


def test_accounts_are_told_as_known(timed: Ledger) -> None:
    timed.change(A, key="1", reason="twice", floor=-1)
    timed.open([Account("a:b", "asset", "CNY/2"), Account("a-b", "asset", "CNY/2")], key="2")

    def known(number: int, root: str = "") -> list[tuple[str, int | None]]:
        return [(account.path, account.floor) for account in timed.reader.accounts_through(number, root)]

    assert known(0) == known(-1) == []
    assert sorted(known(1)) == sorted((account.path, account.floor) for account in ACCOUNTS)
    assert (known(1, "a"), known(2, "a")) == ([("a", 0)], [("a", -1)])
    assert known(3, "a") == known(99, "a") == known(2**70, "a") == [("a", -1), ("a:b", None)]
    assert known(3, "nothing") == []


# --- against a model --------------------------------------------------------------------------------


days = st.integers(0, 3)
hours = st.integers(0, 2)
acts = st.one_of(
    st.tuples(st.just("post"), hours, days, st.integers(-60, 90).filter(bool)),
    st.tuples(st.just("hold"), hours, days, st.integers(1, 60), st.integers(0, 4)),
    st.tuples(st.sampled_from(["capture", "release"]), hours, days, st.integers(0, 12)),
    st.tuples(st.just("correct"), hours, days, st.integers(0, 12), st.integers(1, 90)),
    st.tuples(st.just("open"), hours, days),
)


def _do(ledger: Ledger, clock: Clock, key: str, act: tuple[Any, ...]) -> None:
    what, _, day, *more = act
    try:
        if what == "post":
            ledger.post(move(key, "a", "cash", more[0], effective_on=on(day)))
        elif what == "hold":
            expires_at = clock.now + HOUR * more[1] if more[1] else None
            ledger.post(
                move(key, "cash", "a", more[0], effective_on=on(day), pending=True, expires_at=expires_at)
            )
        elif what == "capture":
            ledger.capture(more[0], key=key, effective_on=on(day))
        elif what == "release":
            ledger.release(more[0], key=key, effective_on=on(day))
        elif what == "correct":
            postings = (leg("cash", more[1]), leg("a", -more[1]))
            ledger.correct(more[0], postings, key=key, effective_on=on(day))
        else:
            ledger.open([Account(f"new{key}", "asset", "CNY/2", opened_on=on(day))], key=key)
    except BankcoreError:
        pass  # a refusal leaves no trace, in no time


def _model(entries: list[Entry], day: date | None, known_at: datetime) -> dict[str, list[int]]:
    """Debits, credits, pending debits and credits by account: the list of transactions, added up."""
    known = [entry for entry in entries if entry.recorded_at <= known_at]
    resolved = {e.transaction.resolves for e in known if e.transaction.kind != EXPIRY}
    totals: dict[str, list[int]] = {}
    for entry in known:
        t = entry.transaction
        for r in t.records:
            if day is None or date.fromisoformat(r.data["opened_on"]) <= day:
                totals[r.id] = [0, 0, 0, 0]
        lapsed = t.expires_at is not None and t.expires_at <= known_at
        if (day is not None and t.effective_on > day) or (t.pending and (lapsed or entry.number in resolved)):
            continue
        for p in t.postings:
            totals[p.account][2 * t.pending + (p.quantity < 0)] += abs(p.quantity)
    return totals


@contextmanager
def _both(clock: Clock) -> Iterator[list[Ledger]]:
    with TemporaryDirectory() as folder:
        file = SqliteStore(Path(folder) / "book.db", create=True, durability="normal")
        ledgers = [Ledger.create(store, BOOK, clock) for store in (MemoryStore(), file)]
        for ledger in ledgers:
            ledger.open([Account("cash", "asset", "CNY/2"), Account("a", "liability", "CNY/2")], key="open")
        yield ledgers
        file.close()


@given(st.lists(acts, max_size=8))
def test_every_question_is_answered_as_a_list_of_transactions_would(history: list[tuple[Any, ...]]) -> None:
    clock = Clock()
    with _both(clock) as ledgers:
        for place, act in enumerate(history):
            clock.wait(act[1])
            for ledger in ledgers:
                _do(ledger, clock, str(place), act)
        clock.wait()
        first, second = ([*ledger.reader.entries()] for ledger in ledgers)
        assert first == second
        expiries = {e.transaction.expires_at for e in first if e.transaction.expires_at}
        instants = {e.recorded_at for e in first} | {at for at in expiries if at <= clock.now} | {clock.now}
        for known_at in sorted(instants):
            for day in (None, *map(on, range(4))):
                expected = _model(first, day, known_at)
                for ledger in ledgers:
                    _compare(ledger, clock.now, day, known_at, expected)


def _compare(
    ledger: Ledger, now: datetime, day: date | None, known_at: datetime, expected: dict[str, list[int]]
) -> None:
    reader = ledger.reader
    found = {b.account.path: b for b in balances(reader, "", day, now, known_at)}
    assert {path: _totals(b) for path, b in found.items()} == expected
    if day in (None, on(1)):  # through every other door
        assert ledger.balance("a", on=day, known_at=known_at) == found[A]
        assert statement(reader, "a", None, day, now, known_at).closing == found[A].net
        assert trial_balance(reader, day, now, known_at).balanced
    if known_at == now:
        assert {b.account.path: b for b in balances(reader, "", day, now)} == found
        assert ledger.balance("a", on=day) == found[A]
        assert day is None or balance_on(reader, "a", day, now) == found[A]


def _totals(b: Any) -> list[int]:
    return [b.debits, b.credits, b.pending_debits, b.pending_credits]


def test_the_zone_of_the_question_does_not_matter(timed: Ledger, clock: Clock) -> None:
    clock.wait()
    timed.post(move("1", "a", "cash", 5))
    for known_at in (
        clock.now,
        clock.now.astimezone(UTC),
        datetime.fromisoformat("2024-05-01T21:00:00+08:00"),
    ):
        assert timed.balance("a", known_at=known_at).net == 5
