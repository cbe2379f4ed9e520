"""`verify` tests limits at every instant of both orders, and velocity limits, without asking the rules."""

from __future__ import annotations

from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.ledger.conftest import ACCOUNTS, BOOK, NOON
from tests.ledger.forging import edited, forge, found_in, write
from tests.ledger.making import CNY, DAY, evolve, leg, move

from bankcore.errors import BankcoreError
from bankcore.ledger.accounts import Account, AccountPath
from bankcore.ledger.evidence.audit import verify
from bankcore.ledger.evidence.tracks import Held, Instant, Timeline
from bankcore.ledger.ledger import Ledger
from bankcore.ledger.transactions import Record, Transaction
from bankcore.ledger.velocity import Flow, Per, VelocityLimit
from bankcore.stores.memory import MemoryStore
from bankcore.stores.sqlite import SqliteStore
from bankcore.testing.reference import ReferenceLedger


def on(days: int) -> date:
    return DAY + timedelta(days=days)


def deposit(key: str, path: str, quantity: int, days: int = 0, **fields: Any) -> Transaction:
    return move(key, path, "cash", quantity, effective_on=on(days), **fields)


def withdrawal(key: str, path: str, quantity: int, days: int = 0, **fields: Any) -> Transaction:
    return move(key, "cash", path, quantity, effective_on=on(days), **fields)


# --- one order, not the other -------------------------------------------------------------------------


def test_a_hold_taken_away_leaves_the_holds_and_postings_beside_it() -> None:
    timeline, gone, stays = Timeline(), Held(1, 5, (-3, 2)), Held(2, 5, (-2, 1))
    timeline.post(5, 10)
    timeline.hold(gone)
    timeline.post(5, -4)
    timeline.hold(stays)
    timeline.free(gone)
    assert list(timeline.instants(4, (4, 7), 0)) == [
        Instant(5, (4, 7), False),
        Instant(5, (6, 10), False),  # 10 was posted, then 4 taken
        Instant(4, (0, 0), False),
    ]
    assert [each.before for each in timeline.instants(4, (4, 7), 2)] == [True, True]


def test_only_the_effective_order_is_broken_at_the_value_date(ledger: Ledger) -> None:
    """The money is there when it is taken, but not on the day it is said to have been taken."""
    ledger.post(deposit("1", "a", 100, 2))
    assert forge(ledger, withdrawal("x", "a", 70, 1)) == (("limit_broken", "a", 3, -70, 0, on(1)),)


def test_only_a_later_instant_of_the_effective_order_is_broken(ledger: Ledger) -> None:
    ledger.post(deposit("1", "a", 100))
    ledger.post(withdrawal("2", "a", 60, 3))
    ledger.post(withdrawal("3", "a", 30, 5))
    ledger.post(deposit("4", "a", 500, 9))
    found = forge(ledger, withdrawal("x", "a", 11, 1))
    assert found == (("limit_broken", "a", 6, -1, 0, on(5)),)
    assert forge(ledger, withdrawal("y", "a", 31, 1))[1:] == (("limit_broken", "a", 7, -2, 0, on(3)),)


def test_every_transaction_of_a_later_date_is_an_instant(ledger: Ledger) -> None:
    ledger.post(deposit("1", "a", 10))
    ledger.post(withdrawal("2", "a", 10, 1))
    ledger.post(deposit("3", "a", 10, 1))
    assert forge(ledger, withdrawal("x", "a", 1)) == (("limit_broken", "a", 5, -1, 0, on(1)),)


def test_only_the_order_of_the_journal_is_broken(ledger: Ledger) -> None:
    """Later a back-dated deposit makes the effective order sound; the journal's stays broken."""
    write(ledger, withdrawal("x", "a", 70, 5))
    ledger.post(deposit("1", "a", 100, 1))
    assert found_in(ledger) == (("limit_broken", "a", 2, -70, 0, None),)


def test_a_ceiling_is_broken_on_a_later_date(ledger: Ledger) -> None:
    ledger.post(deposit("1", "b", 900_00))
    ledger.post(deposit("2", "b", 100_00, 4))
    ledger.post(withdrawal("3", "b", 500_00, 6))
    assert forge(ledger, deposit("x", "b", 1, 2)) == (("limit_broken", "b", 5, 1_000_01, 1_000_00, on(4)),)


def test_a_limit_of_a_debit_account_is_tested_on_its_own_side(ledger: Ledger) -> None:
    ledger.open([Account("till", "asset", CNY, floor=0, ceiling=50)], key="till")
    ledger.post(move("1", "cash", "till", 40, effective_on=on(3)))
    found = forge(ledger, move("x", "till", "cash", 30, effective_on=on(1)))
    assert found == (("limit_broken", "till", 4, -30, 0, on(1)),)
    found = forge(ledger, move("y", "cash", "till", 45, effective_on=on(2)))
    assert found[1:] == (("limit_broken", "till", 5, 55, 50, None),)


def test_a_posting_is_tested_against_what_is_held_later(ledger: Ledger) -> None:
    ledger.post(deposit("1", "a", 100))
    ledger.post(withdrawal("2", "a", 80, 5, pending=True))
    ledger.post(deposit("3", "a", 300, 7))
    assert forge(ledger, withdrawal("x", "a", 30, 2)) == (("limit_broken", "a", 5, -10, 0, on(5)),)


def test_a_hold_is_tested_on_its_value_date(ledger: Ledger) -> None:
    ledger.post(deposit("1", "a", 100, 5))
    assert forge(ledger, withdrawal("x", "a", 30, 2, pending=True)) == (
        ("limit_broken", "a", 3, -30, 0, on(2)),
    )
    ledger.post(deposit("2", "b", 999_00, 4))
    ledger.post(withdrawal("3", "b", 500_00, 6))
    incoming = deposit("y", "b", 2_00, 3, pending=True)
    assert forge(ledger, incoming)[1:] == (("limit_broken", "b", 6, 1_001_00, 1_000_00, on(4)),)


def test_a_capture_before_its_hold_is_tested_where_the_hold_did_not_count(ledger: Ledger) -> None:
    ledger.post(deposit("1", "a", 100))
    ledger.post(withdrawal("2", "a", 100, 1))
    ledger.post(deposit("3", "a", 50, 3))
    ledger.post(withdrawal("4", "a", 50, 5, pending=True))
    captured = Transaction(
        key="x",
        kind="hold.capture",
        effective_on=on(2),
        resolves=5,
        postings=(leg("a", 50), leg("cash", -50)),
    )
    assert forge(ledger, captured) == (("limit_broken", "a", 6, -50, 0, on(2)),)


def test_a_capture_that_takes_no_more_than_was_held_breaks_nothing(ledger: Ledger) -> None:
    ledger.post(deposit("1", "a", 100))
    ledger.post(withdrawal("2", "a", 90, 5, pending=True))
    ledger.post(withdrawal("3", "a", 10, 6))
    ledger.capture(3, key="4", effective_on=on(5))
    verify(ledger.reader, BOOK).require()


def test_a_limit_made_tighter_breaks_no_earlier_instant_and_binds_from_then_on(ledger: Ledger) -> None:
    ledger.post(deposit("1", "a", 10))
    ledger.post(deposit("2", "a", 90, 3))
    ledger.change(AccountPath("a"), key="floor", reason="review", floor=50)
    ledger.post(deposit("3", "a", 5))  # on this date it still lies below, but less
    verify(ledger.reader, BOOK).require()
    assert forge(ledger, withdrawal("x", "a", 1)) == (("limit_broken", "a", 6, 14, 50, on(0)),)


def test_what_was_posted_before_there_was_a_limit_counts(ledger: Ledger) -> None:
    ledger.change(AccountPath("a"), key="none", reason="review", floor=None)
    ledger.post(deposit("2", "a", 100, 4))
    ledger.post(withdrawal("3", "a", 80, 6))
    ledger.change(AccountPath("a"), key="floor", reason="review", floor=0)
    assert forge(ledger, withdrawal("x", "a", 30, 5)) == (("limit_broken", "a", 6, -10, 0, None),)
    ledger.post(deposit("4", "a", 500, 7))
    assert forge(ledger, withdrawal("y", "a", 60, 4))[1:] == (("limit_broken", "a", 8, -70, 0, on(6)),)


def test_a_date_that_was_closed_is_behind_every_later_posting(ledger: Ledger) -> None:
    ledger.post(deposit("1", "a", 100))
    ledger.post(deposit("2", "a", 100, 4))
    ledger.post(withdrawal("3", "a", 10, 2))
    ledger.close_period(on(2), key="close")
    ledger.post(withdrawal("4", "a", 90, 3))
    assert forge(ledger, withdrawal("x", "a", 1, 3)) == (("limit_broken", "a", 7, -1, 0, on(3)),)


def test_what_is_posted_after_an_account_is_watched_counts(ledger: Ledger) -> None:
    """The account is watched from the first back-dated posting on; its dates grow with what follows."""
    ledger.post(deposit("1", "a", 15))
    ledger.post(deposit("2", "a", 1, 3))
    ledger.post(withdrawal("3", "a", 1, 1))
    for t in (deposit("4", "a", 5, 3), withdrawal("5", "a", 19, 3), deposit("6", "a", 100, 3)):
        ledger.post(t)
    assert forge(ledger, withdrawal("x", "a", 2, 1)) == (("limit_broken", "a", 8, -1, 0, on(3)),)


def test_the_highest_instant_of_a_date_counts_for_a_ceiling(ledger: Ledger) -> None:
    ledger.post(deposit("1", "b", 900_00))
    ledger.post(withdrawal("2", "b", 1, 3))
    ledger.post(deposit("3", "b", 1, 1))
    for t in (withdrawal("4", "b", 5, 3), deposit("5", "b", 100_05, 3), withdrawal("6", "b", 50_00, 3)):
        ledger.post(t)
    assert forge(ledger, deposit("x", "b", 2, 1)) == (("limit_broken", "b", 8, 1_000_02, 1_000_00, on(3)),)


def test_a_released_hold_is_in_no_instant(ledger: Ledger) -> None:
    ledger.post(deposit("1", "a", 100))
    ledger.post(deposit("2", "a", 500, 5))
    ledger.post(withdrawal("3", "a", 1, 1))
    ledger.post(deposit("4", "a", 2, 4))
    number = ledger.post(withdrawal("5", "a", 50, 4, pending=True)).number
    ledger.post(deposit("6", "a", 7, 4))
    ledger.release(number, key="7", effective_on=DAY)
    assert forge(ledger, withdrawal("x", "a", 120, 1)) == (("limit_broken", "a", 9, -21, 0, on(1)),)
    assert forge(ledger, withdrawal("y", "a", 400, 5))[1:] == ()


def test_a_hold_of_a_closed_date_is_let_go_of(ledger: Ledger) -> None:
    ledger.post(deposit("1", "a", 100))
    ledger.post(deposit("2", "a", 100, 5))
    ledger.post(withdrawal("3", "a", 1, 1))
    number = ledger.post(withdrawal("4", "a", 50, 1, pending=True)).number
    ledger.close_period(on(1), key="close")
    ledger.post(withdrawal("5", "a", 49, 2))
    ledger.release(number, key="6", effective_on=on(2))
    ledger.post(withdrawal("7", "a", 50, 2))
    verify(ledger.reader, BOOK).require()
    assert forge(ledger, withdrawal("x", "a", 1, 2)) == (("limit_broken", "a", 10, -1, 0, on(2)),)


def test_a_hold_stands_between_the_postings_of_its_date(ledger: Ledger) -> None:
    ledger.post(deposit("1", "a", 96))
    ledger.post(deposit("2", "a", 5, 3))
    ledger.post(withdrawal("3", "a", 100, 3, pending=True))
    ledger.post(deposit("4", "a", 100, 3))
    assert forge(ledger, withdrawal("x", "a", 2, 1)) == (("limit_broken", "a", 6, -1, 0, on(3)),)


def test_the_posting_that_makes_an_account_watched_counts_once(ledger: Ledger) -> None:
    ledger.post(deposit("1", "a", 10))
    ledger.post(deposit("2", "a", 100, 5))
    ledger.post(withdrawal("3", "a", 5, 2))
    assert forge(ledger, withdrawal("x", "a", 12, 1)) == (("limit_broken", "a", 5, -2, 0, on(1)),)


def test_a_capture_may_break_a_limit_that_was_made_tighter_before_its_hold(ledger: Ledger) -> None:
    """Where nothing but the hold itself lies later."""
    ledger.post(deposit("1", "a", 100))
    ledger.post(withdrawal("2", "a", 50, 5, pending=True))
    ledger.change(AccountPath("a"), key="floor", reason="review", floor=60)
    captured = Transaction(
        key="x",
        kind="hold.capture",
        effective_on=on(2),
        resolves=3,
        postings=(leg("a", 50), leg("cash", -50)),
    )
    assert forge(ledger, captured) == (("limit_broken", "a", 5, 50, 60, on(2)),)


# --- chains -------------------------------------------------------------------------------------------


def test_one_overdraft_is_one_cause_until_it_is_mended(ledger: Ledger) -> None:
    for key in ("1", "2", "3"):
        write(ledger, withdrawal(key, "a", 5))
    ledger.post(deposit("4", "a", 100))
    write(ledger, withdrawal("5", "a", 90))
    verified = verify(ledger.reader, BOOK)
    assert [each.fields()["number"] for each in verified.findings] == [2, 6]
    assert verified.follows == (2, 0)


def test_an_overdraft_mended_to_the_last_unit_is_mended(ledger: Ledger) -> None:
    write(ledger, withdrawal("1", "a", 5))
    ledger.post(deposit("2", "a", 5))
    write(ledger, withdrawal("3", "a", 5))
    verified = verify(ledger.reader, BOOK)
    assert [each.fields()["number"] for each in verified.findings] == [2, 4]
    assert verified.follows == (0, 0)


def test_the_legs_of_a_transaction_on_one_account_count_together(ledger: Ledger) -> None:
    ledger.post(deposit("1", "a", 2))
    legs = (leg("a", 10), leg("cash", -4), leg("a", -6))
    assert forge(ledger, evolve(withdrawal("2", "a", 4), postings=legs)) == (
        ("limit_broken", "a", 3, -2, 0, None),
    )


def test_the_legs_of_a_hold_on_one_account_are_let_go_of_together(ledger: Ledger) -> None:
    ledger.post(deposit("1", "a", 20))
    legs = (leg("a", 5), leg("a", 5), leg("cash", -10))
    ledger.post(evolve(withdrawal("2", "a", 10, pending=True), postings=legs))
    ledger.change(AccountPath("a"), key="3", reason="risk", floor=15)
    ledger.capture(3, key="4", effective_on=DAY)
    verify(ledger.reader, BOOK).require()


# --- velocity limits ----------------------------------------------------------------------------------


@pytest.fixture
def wallets(ledger: Ledger) -> Ledger:
    """Two wallets with 1,000 each, and one that is no wallet."""
    ledger.open([Account(path, "liability", CNY, floor=0) for path in ("w:1", "w:2", "wx")], key="wallets")
    for path in ("w:1", "w:2", "wx"):
        ledger.post(move(f"fund {path}", path, "cash", 1_000))
    return ledger


def limited(ledger: Ledger, key: str = "limit", **changes: Any) -> VelocityLimit:
    fields: dict[str, Any] = {"root": "w", "unit": CNY, "flow": Flow.OUT, "per": Per.DAY, "most": 100}
    limit = VelocityLimit("atm", **{**fields, **changes})
    ledger.limit(limit, key=key)
    return limit


def broken(number: int, account: str, used: int, most: int, per: str, since: date) -> tuple[object, ...]:
    return ("velocity_limit_broken", "atm", number, account, used, most, per, since, CNY)


def test_only_a_velocity_limit_is_broken(wallets: Ledger) -> None:
    """What flowed before the limit was made counts; what goes beyond it once is one cause."""
    wallets.post(withdrawal("1", "w:1", 30))
    limited(wallets)
    wallets.post(withdrawal("2", "w:2", 70))
    write(wallets, withdrawal("wx", "wx", 500))
    found = forge(wallets, withdrawal("x", "w:1", 1))
    assert found == (broken(10, "w", 101, 100, "day", DAY),)
    write(wallets, withdrawal("y", "w:2", 1))
    verified = verify(wallets.reader, BOOK)
    assert (len(verified.findings), verified.follows) == (1, (1,))
    assert "limit atm, w: 1.01 CNY of 1.00 CNY per day" in str(verified.findings[0])


def test_a_limit_of_each_account_is_tested_by_account(wallets: Ledger) -> None:
    limited(wallets, each=True, per=Per.MONTH)
    wallets.post(withdrawal("1", "w:1", 100))
    wallets.post(withdrawal("2", "w:2", 60, 3))
    assert forge(wallets, withdrawal("x", "w:2", 50, 30)) == (broken(9, "w:2", 110, 100, "month", DAY),)


def test_a_version_binds_from_then_on_and_the_one_before_no_more(wallets: Ledger) -> None:
    limited(wallets, most=50)
    wallets.post(withdrawal("1", "w:1", 50))
    limited(wallets, "year", per=Per.YEAR, most=200)
    wallets.post(withdrawal("2", "w:1", 100))
    limited(wallets, "lifted", most=None)
    wallets.post(withdrawal("3", "w:1", 300))
    verify(wallets.reader, BOOK).require()
    limited(wallets, "again", per=Per.YEAR, most=460)
    assert forge(wallets, withdrawal("x", "w:1", 11)) == (
        broken(13, "w", 461, 460, "year", date(2024, 1, 1)),
    )


def test_a_hold_counts_until_it_ends(wallets: Ledger) -> None:
    limited(wallets)
    held = wallets.post(withdrawal("1", "w:1", 70, pending=True)).number
    wallets.release(held, key="2", effective_on=DAY)
    wallets.post(withdrawal("3", "w:1", 100))
    verify(wallets.reader, BOOK).require()
    other = wallets.post(withdrawal("4", "w:1", 80, 1, pending=True)).number
    wallets.capture(other, key="5", effective_on=on(1), postings=(leg("w:1", 60), leg("cash", -60)))
    assert forge(wallets, withdrawal("x", "w:1", 50, 1, pending=True)) == (
        broken(12, "w", 110, 100, "day", on(1)),
    )


def test_what_comes_back_makes_no_room(wallets: Ledger) -> None:
    limited(wallets)
    number = wallets.post(withdrawal("1", "w:1", 100)).number
    wallets.reverse(number, key="2", effective_on=DAY)
    assert forge(wallets, withdrawal("x", "w:1", 1)) == (broken(9, "w", 101, 100, "day", DAY),)


def test_closed_periods_are_forgotten_and_open_ones_are_not() -> None:
    """More periods than are kept without a look, of which some hundreds are closed then."""
    ledger = Ledger.create(MemoryStore(), BOOK, clock=lambda: NOON)
    ledger.open([*ACCOUNTS, Account("w:1", "liability", CNY)], key="open")
    limited(ledger, each=True)
    ledger.limit(VelocityLimit("month", "w", CNY, Flow.OUT, Per.MONTH, most=150), key="month")
    ledger.post_many([withdrawal(str(n), "w:1", 1, n) for n in range(1_050)])
    ledger.close_period(on(1_000), key="close")  # in the middle of January
    found = forge(ledger, withdrawal("x", "w:1", 100, 1_049))
    assert found == (broken(1_055, "w:1", 101, 100, "day", on(1_049)),)
    write(ledger, withdrawal("y", "w:1", 99, 1_001))
    write(ledger, withdrawal("z", "w:1", 22, 1_002))
    month = ("velocity_limit_broken", "month", 1_057, "w", 152, 150, "month", date(2027, 1, 1), CNY)
    assert found_in(ledger)[1:] == (month,)


def test_a_limit_that_the_store_lost_binds_from_its_line_on(tmp_path: Path) -> None:
    """What flowed before is not counted then, but the rows that are missing are found."""
    with closing(SqliteStore(tmp_path / "sound.db", create=True)) as store:
        ledger = Ledger.create(store, BOOK, clock=lambda: NOON)
        ledger.open([*ACCOUNTS, Account("w:1", "liability", CNY)], key="open")
        limited(ledger, most=10)
        write(ledger, withdrawal("x", "w:1", 11))
    lost = [(f"DELETE FROM {table} WHERE kind = 'limit'", ()) for table in ("record", "record_head")]
    with closing(SqliteStore(edited(tmp_path / "sound.db", *lost))) as store:
        found = found_in(Ledger(store, BOOK, clock=lambda: NOON))
    assert ("broken_chain", 2, "record limit atm: version 1 is not stored") in found
    assert broken(3, "w", 11, 10, "day", DAY) in found


# --- against the model ----------------------------------------------------------------------------------

NAMES = ("a", "b", "w:1", "w:2")
OPEN = (
    Account("cash", "asset", CNY),
    Account("a", "liability", CNY, floor=0),
    Account("b", "asset", CNY, floor=-20, ceiling=30),
    Account("w:1", "liability", CNY, floor=-30, ceiling=60),
    Account("w:2", "liability", CNY),
)
small = st.integers(1, 9) | st.integers(1, 30)
dates = st.sampled_from((0, 1, 1, 2, 2, 3, 40))  # few, so that much lies before and beside each other
bound = st.none() | st.integers(-30, 30)
rarely = st.sampled_from((False, False, False, True))


def steps_on(*names: str) -> st.SearchStrategy[Any]:
    """What may happen to some accounts, the usual more often than the rest."""
    paths = st.sampled_from(names)
    moves = st.tuples(st.just("move"), paths, small, dates, st.booleans(), rarely)
    return st.one_of(
        moves, moves, moves,
        st.tuples(st.just("swap"), paths, st.sampled_from(NAMES), small, dates, st.booleans()),
        st.tuples(st.just("resolve"), st.integers(0, 9), st.integers(0, 30), dates),
        st.tuples(st.just("bounds"), paths, bound, bound),
        st.tuples(
            st.just("limit"), st.sampled_from(("x", "y")), st.sampled_from(("", "w", "w:1")),
            st.sampled_from(Flow), st.sampled_from(Per), st.none() | st.integers(0, 60), st.booleans(),
        ),
        st.tuples(st.just("close"), st.sampled_from((0, 0, 0, 1))),
    )  # fmt: skip


def histories(steps: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(st.tuples(steps, rarely), min_size=15, max_size=30)


def wanted(step: tuple[Any, ...], model: ReferenceLedger, key: str) -> Transaction | None:
    """The transaction of a step, whether the rules allow it or not."""
    match step:
        case ("move", path, quantity, days, outgoing, pending):
            ends = (path, "cash") if outgoing else ("cash", path)
            return move(key, *ends, quantity, effective_on=on(days), pending=pending)
        case ("swap", path, other, quantity, days, pending):
            return move(key, path, other, quantity, effective_on=on(days), pending=pending)
        case ("resolve", place, part, days) if model.live:
            number = [*model.live][place % len(model.live)]
            held = model.live[number].postings
            legs = tuple(evolve(p, quantity=part if p.quantity > 0 else -part) for p in held if part)
            return Transaction(key=key, kind="x", effective_on=on(days), resolves=number, postings=legs)
        case ("limit", name, root, flow, per, most, each):
            version = sum(r.id == name for t in model.entries for r in t.records) + 1
            limit = VelocityLimit(name, root, CNY, flow, per, most=most, each=each)
            record = Record("limit", name, limit.as_data(), version)
            return Transaction(key=key, kind="x", effective_on=on(50), records=(record,))
    return None


@given(histories(steps_on("a")) | histories(steps_on("b")) | histories(steps_on(*NAMES)))
@settings(max_examples=4 * settings.default.max_examples)  # type: ignore[union-attr]
def test_a_transaction_breaks_a_limit_where_the_model_refuses_it(history: list[tuple[Any, bool]]) -> None:
    """A program that may skip the rules writes some of what they refuse: just that is found."""
    ledger, model = Ledger.create(MemoryStore(), BOOK, clock=lambda: NOON), ReferenceLedger()
    ledger.open(OPEN, key="open")
    write(ledger, deposit("fund", "a", 30))
    for entry in ledger.reader.entries():
        model.add(entry.transaction)
    told = 0
    for key, (step, forced) in enumerate(history):
        t = wanted(step, model, str(key))
        number = ledger.reader.head().number
        if t is None:
            administer(ledger, step, str(key))
            for entry in ledger.reader.entries(number):
                model.add(entry.transaction)
        elif model.closed is None or t.effective_on > model.closed:
            refused = model._floors(t) or model._ceilings(t) or model._flows(t)
            if refused and forced:
                assert contradictions(ledger) == told
            if forced or not refused:
                write(ledger, t)
                model.add(t)
            if refused and forced:
                before, told = told, contradictions(ledger)
                assert told > before, t
    assert contradictions(ledger) == told


def contradictions(ledger: Ledger) -> int:
    verified = verify(ledger.reader, BOOK)
    assert {each.code for each in verified.findings} <= {"limit_broken", "velocity_limit_broken"}
    return len(verified.findings) + sum(verified.follows)


def administer(ledger: Ledger, step: tuple[Any, ...], key: str) -> None:
    try:
        if step[0] == "bounds":
            _, path, floor, ceiling = step
            ledger.change(AccountPath(path), key=key, reason="r", floor=floor, ceiling=ceiling)
        elif step[0] == "close":
            ledger.close_period(on(step[1]), key=key)
    except BankcoreError:
        pass  # a floor above a ceiling, a period closed already
