"""All totals as they were known after any transaction, and as of any value date, on every store."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.ledger.conftest import BOOK, NOON
from tests.ledger.making import DAY, leg, move

from bankcore.ledger.accounts import Account, AccountPath, Side
from bankcore.ledger.balances import Standing
from bankcore.ledger.ledger import Ledger
from bankcore.ledger.ports import Reader
from bankcore.units import Unit

LATER = DAY + timedelta(days=1)


def by_path(reader: Reader) -> list[Standing]:
    """The totals of all accounts as they are now."""
    rows = sorted(reader.standings(), key=lambda row: row[1])
    return [
        Standing(id, AccountPath(path), Unit(unit), Side(side), *rest) for id, path, unit, side, *rest in rows
    ]


def history(ledger: Ledger) -> dict[int, list[Standing]]:
    """A history with back-dating, holds of every end and late accounts; the standings after each number."""
    seen = {ledger.reader.head().number: by_path(ledger.reader)}
    soon = NOON + timedelta(hours=1)
    for act in (
        lambda: ledger.post(move("1", "a", "cash", 700, effective_on=LATER)),
        lambda: ledger.post(move("2", "a", "cash", 100)),
        lambda: ledger.post(move("3", "cash", "a", 50, pending=True)),
        lambda: ledger.post(move("4", "cash", "a", 60, pending=True, effective_on=LATER)),
        lambda: ledger.open([Account("a:b", "asset", "CNY/2"), Account("ab", "asset", "CNY/2")], key="5"),
        lambda: ledger.capture(4, key="6", effective_on=LATER, postings=(leg("a", 20), leg("cash", -20))),
        lambda: ledger.post(move("7", "a:b", "a:b", 3)),
        lambda: ledger.release(5, key="8", effective_on=DAY),
        lambda: ledger.post(move("9", "points", "issued", 4, "POINT/0", pending=True, expires_at=soon)),
    ):
        act()
        seen[ledger.reader.head().number] = by_path(ledger.reader)
    return seen


def expected(reader: Reader, number: int, on: Any, root: str) -> list[Standing]:
    """The same by walking the journal with nothing but a dict."""
    totals: dict[str, list[Any]] = {}
    entries = [entry for entry in reader.entries() if entry.number <= number]
    resolved = {entry.transaction.resolves for entry in entries}
    for entry in entries:
        t = entry.transaction
        for r in t.records:
            account = Account.from_data(r.id, r.data)
            if r.version == 1:
                totals[r.id] = [
                    len(totals) + 1,
                    account.path,
                    account.unit,
                    account.normal_side,
                    0,
                    0,
                    0,
                    0,
                    0,
                ]
        if t.effective_on > on or entry.number in resolved:
            continue
        for p, (sequence, _) in zip(t.postings, entry.positions or [(0, 0)] * len(t.postings), strict=True):
            row = totals[p.account]
            row[(7 if t.pending else 5) + (p.quantity < 0)] += abs(p.quantity)
            row[4] = max(row[4], sequence)
    return [Standing(*totals[path]) for path in sorted(totals) if AccountPath(path).within(root)]


def test_the_totals_after_a_transaction_are_those_of_that_moment(ledger: Ledger) -> None:
    seen = history(ledger)
    assert sorted(seen) == list(range(1, 11))
    for number, standings in seen.items():
        assert list(ledger.reader.totals_through(number)) == standings
    assert list(ledger.reader.totals_through(2**80)) == seen[10]
    assert list(ledger.reader.totals_through(0)) == list(ledger.reader.totals_through(-(2**80))) == []
    assert seen[10][0] == Standing(
        2, AccountPath("a"), Unit("CNY/2"), Side.CREDIT, 3, debits=20, credits=800, pending_debits=0,
        pending_credits=0,
    )  # fmt: skip


def test_only_value_dates_that_are_asked_for_count(ledger: Ledger) -> None:
    history(ledger)
    for number in range(12):
        for on in (DAY - timedelta(days=1), DAY, LATER):
            for root in ("", "a", "points", "nobody"):
                found = list(ledger.reader.totals_through(number, on, root))
                assert found == expected(ledger.reader, number, on, root), (number, on, root)


def test_standings_of_what_moved_or_was_opened(ledger: Ledger) -> None:
    """By id, whatever the numbers asked for; a hold moves its accounts when it is made and when it ends."""
    history(ledger)
    now = {row[0]: row for row in ledger.reader.standings()}
    assert list(now) == list(range(1, 11))
    cash, a, points, issued = (
        next(id for id, row in now.items() if row[1] == path) for path in ("cash", "a", "points", "issued")
    )
    for after, beyond, expected in (
        (0, 0, range(1, 11)),
        (-1, -1, range(1, 11)),
        (0, 8, sorted({cash, a, points, issued, 9, 10})),
        (0, 10, sorted({cash, a, points, issued, 9})),
        (5, 8, sorted({cash, a, points, issued, 9, 10})),
        (6, 10, sorted({cash, a, points, issued, 9})),
        (7, 10, sorted({cash, a, points, issued, 9})),
        (8, 10, sorted({cash, a, points, issued})),
        (9, 10, sorted({points, issued})),
        (10, 10, []),
        (2**62, 2**62, []),
    ):
        assert list(ledger.reader.standings(after, beyond)) == [now[id] for id in expected], (after, beyond)


def test_the_totals_of_many_accounts(ledger: Ledger) -> None:
    """More than a store reads at a time."""
    ledger.open([Account(f"x:{n:04}", "asset", "CNY/2") for n in range(2_100)], key="many")
    ledger.post_many([move(f"m{n}", "cash", f"x:{n:04}", n + 1) for n in range(0, 2_100, 7)])
    standings = by_path(ledger.reader)
    assert len(standings) == 2_108
    assert list(ledger.reader.totals_through(ledger.reader.head().number)) == standings


def test_the_digests_of_a_span(ledger: Ledger) -> None:
    history(ledger)
    digests = [entry.digest for entry in ledger.reader.entries()]
    for after in (-1, 0, 3, 10, 11):
        for through in (-1, 0, 3, 7, 10, 2**80):
            assert list(ledger.reader.digests(after, through)) == digests[max(after, 0) : max(through, 0)]
    assert BOOK.genesis() not in digests
