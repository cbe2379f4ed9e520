"""Holds: money set aside, captured, released or expired, and never spent twice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

import pytest
from tests.ledger.conftest import ACCOUNTS, BOOK, NOON
from tests.ledger.making import DAY, evolve, leg, move, told

from bankcore.errors import (
    AccountFrozen,
    AccountNotEmpty,
    BadTransaction,
    BalanceCeilingBreached,
    BalanceFloorBreached,
    BalanceOverflow,
    CaptureExceedsHold,
    HoldExpired,
    HoldResolved,
    KeyConflict,
    NotAHold,
    ReversalOfHold,
    Unbalanced,
    UnknownTransaction,
)
from bankcore.ledger.accounts import Account, AccountPath, Status
from bankcore.ledger.evidence.audit import verify
from bankcore.ledger.ledger import Ledger
from bankcore.ledger.ports import Store
from bankcore.ledger.reading.statements import balances
from bankcore.ledger.transactions import EXPIRY, Receipt, Transaction

A = AccountPath("a")
HOUR = timedelta(hours=1)


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ledger(store: Store, clock: Clock) -> Iterator[Ledger]:
    """A ledger where `a` has 1,000."""
    ledger = Ledger.create(store, BOOK, clock=clock)
    ledger.open(ACCOUNTS, key="open")
    ledger.post(move("fund", "a", "cash", 1_000))
    yield ledger
    verify(ledger.reader, BOOK).require()


def hold(key: str, quantity: int, **fields: object) -> Transaction:
    """Set aside what `a` is to pay into cash."""
    return move(key, "cash", "a", quantity, pending=True, **fields)


def standing(ledger: Ledger, path: str = "a") -> tuple[int, int, int | None]:
    balance = ledger.balance(path)
    return balance.net, balance.held, balance.available


def test_a_hold_lowers_what_is_available_and_moves_nothing(ledger: Ledger) -> None:
    receipt = ledger.post(hold("h", 600))
    assert standing(ledger) == (1_000, 600, 400)
    assert {type(ledger.balance(path).held) for path in ("a", "cash")} == {int}
    assert ledger.post(hold("h", 600)) == evolve(receipt, replayed=True)
    cash = ledger.balance("cash")
    assert (cash.net, cash.held, cash.available) == (1_000, 600, None)
    assert list(ledger.reader.lines(A))[-1].key == "fund"
    for too_much in (move("x", "cash", "a", 401), hold("x", 401)):
        with pytest.raises(BalanceFloorBreached) as refusal:
            ledger.post(too_much)
        assert (refusal.value.available, refusal.value.held, refusal.value.needed) == (400, 600, 401)
    ledger.post(move("y", "cash", "a", 400))
    assert standing(ledger) == (600, 600, 0)


def test_what_is_coming_in_cannot_be_spent(ledger: Ledger) -> None:
    ledger.post(move("h", "b", "cash", 500, pending=True))
    b, cash = ledger.balance("b"), ledger.balance("cash")
    assert (b.net, b.incoming, b.held, b.available) == (0, 500, 0, 0)
    assert (cash.incoming, cash.held) == (500, 0)
    assert ledger.balance("line").available == 500_00
    with pytest.raises(BalanceFloorBreached):
        ledger.post(move("x", "cash", "b", 1))
    with pytest.raises(BalanceCeilingBreached) as refusal:
        ledger.post(move("y", "b", "cash", 1_000_00 - 499))
    assert (refusal.value.available, refusal.value.held) == (1_000_00 - 500, 500)


def test_what_is_coming_in_counts_towards_the_ceiling_of_an_asset_too(ledger: Ledger) -> None:
    ledger.open([Account("vault", "asset", "CNY/2", ceiling=100)], key="vault")
    ledger.post(move("h", "line", "vault", 60, pending=True))
    with pytest.raises(BalanceCeilingBreached) as refusal:
        ledger.post(move("x", "line", "vault", 41))
    assert (refusal.value.available, refusal.value.held, refusal.value.needed) == (40, 60, 41)


def test_what_an_asset_is_to_pay_out_cannot_be_spent(ledger: Ledger) -> None:
    ledger.open([Account("till", "asset", "CNY/2", floor=0)], key="till")
    ledger.post(move("1", "line", "till", 100))
    ledger.post(move("h", "till", "line", 60, pending=True))
    with pytest.raises(BalanceFloorBreached) as refusal:
        ledger.post(move("x", "till", "line", 41))
    assert (refusal.value.available, refusal.value.held, refusal.value.needed) == (40, 60, 41)


def test_all_of_a_hold_is_captured_once(ledger: Ledger) -> None:
    number = ledger.post(hold("h", 600)).number
    captured = ledger.capture(number, key="c", effective_on=DAY)
    made = ledger.entry(captured.number).transaction
    assert (made.kind, made.description, made.resolves) == ("hold.capture", "captures 3", number)
    assert made.postings == (leg("a", 600), leg("cash", -600))
    assert standing(ledger) == (400, 0, 400)
    assert ledger.capture(number, key="c", effective_on=DAY) == evolve(captured, replayed=True)
    for again in (ledger.capture, ledger.release):
        with pytest.raises(HoldResolved) as refusal:
            again(number, key="d", effective_on=DAY)
        assert refusal.value.resolved_by == captured.number
    (ended,) = ledger.holds(live=False)
    assert (ended.number, ended.resolved_by) == (number, captured.number)
    assert list(ledger.holds()) == []


def test_a_part_is_captured_and_the_rest_returns(ledger: Ledger) -> None:
    number = ledger.post(hold("h", 600)).number
    ledger.capture(number, key="c", effective_on=DAY, postings=(leg("a", 250), leg("cash", -250)))
    assert standing(ledger) == (750, 0, 750)


def test_a_capture_stays_within_the_legs(ledger: Ledger) -> None:
    number = ledger.post(hold("h", 600)).number
    beyond = [
        ((leg("a", 601), leg("cash", -601)), "a", 600, 601),
        ((leg("a", 300), leg("a", 301), leg("cash", -601)), "a", 600, 601),
        ((leg("line", 1), leg("cash", -1)), "line", 0, 1),
        ((leg("cash", 5), leg("a", -5)), "cash", 0, 5),
    ]
    for postings, account, held, needed in beyond:
        with pytest.raises(CaptureExceedsHold) as refusal:
            ledger.capture(number, key="c", effective_on=DAY, postings=postings)
        assert (refusal.value.account, refusal.value.held, refusal.value.needed) == (account, held, needed)
    with pytest.raises(Unbalanced):
        ledger.capture(number, key="c", effective_on=DAY, postings=(leg("a", 5), leg("cash", -4)))
    assert standing(ledger) == (1_000, 600, 400)


def test_a_hold_from_an_account_to_itself_needs_what_it_holds(ledger: Ledger) -> None:
    with pytest.raises(BalanceFloorBreached) as refusal:
        ledger.post(move("h", "a", "a", 1_001, pending=True))
    assert (refusal.value.available, refusal.value.needed) == (1_000, 1_001)
    ledger.post(move("h", "a", "a", 1_000, pending=True))
    assert standing(ledger) == (1_000, 1_000, 0)


def test_a_leg_is_captured_on_its_own_side_and_down_to_one_unit(ledger: Ledger) -> None:
    number = ledger.post(hold("h", 600)).number
    swapped = (leg("cash", 5), leg("a", -5))
    for postings, account, side in [(swapped, "cash", "debit"), (swapped[::-1], "a", "credit")]:
        with pytest.raises(CaptureExceedsHold) as refusal:
            ledger.capture(number, key="c", effective_on=DAY, postings=postings)
        assert (refusal.value.account, refusal.value.side, refusal.value.unit) == (account, side, "CNY/2")
    ledger.capture(number, key="c", effective_on=DAY, postings=(leg("a", 1), leg("cash", -1)))
    assert standing(ledger) == (999, 0, 999)


def test_a_released_hold_returns_everything(ledger: Ledger) -> None:
    number = ledger.post(hold("h", 600)).number
    receipt = ledger.release(number, key="r", effective_on=DAY)
    assert standing(ledger) == (1_000, 0, 1_000)
    made = ledger.entry(receipt.number).transaction
    assert (made.kind, made.description, made.resolves) == ("hold.release", "releases 3", number)
    assert made.postings == ()
    with pytest.raises(HoldResolved):
        ledger.capture(number, key="c", effective_on=DAY)


def test_only_a_hold_is_resolved(ledger: Ledger) -> None:
    with pytest.raises(NotAHold):
        ledger.release(2, key="r", effective_on=DAY)
    with pytest.raises(UnknownTransaction):
        ledger.post(Transaction(key="r", kind="x", effective_on=DAY, resolves=99))
    number = ledger.post(hold("h", 600)).number
    with pytest.raises(ReversalOfHold):
        ledger.reverse(number, key="x", effective_on=DAY)
    assert standing(ledger) == (1_000, 600, 400)


def test_one_hold_over_several_accounts_and_units(ledger: Ledger) -> None:
    ledger.post(move("p", "points", "issued", 50, "POINT/0"))
    points = (leg("points", 9, "POINT/0"), leg("issued", -9, "POINT/0"))
    both = Transaction(
        key="h",
        kind="order",
        effective_on=DAY,
        pending=True,
        postings=(leg("a", 300), leg("line", 200), leg("cash", -500), *points),
    )
    number = ledger.post(both).number
    assert [ledger.balance(path).held for path in ("a", "line", "points")] == [300, 200, 9]
    assert [h.number for h in ledger.holds("line")] == [number]
    assert list(ledger.holds("b")) == []
    ledger.capture(number, key="c", effective_on=DAY, postings=(leg("line", 200), leg("cash", -200)))
    assert [ledger.balance(path).net for path in ("a", "line", "points")] == [1_000, -200, 50]


# --- expiry -----------------------------------------------------------------------------------------


def test_from_its_instant_on_a_hold_is_gone_for_every_reader(ledger: Ledger, clock: Clock) -> None:
    ledger.post(hold("h", 600, expires_at=NOON + HOUR))
    clock.now = NOON + HOUR - timedelta(microseconds=1)
    assert standing(ledger) == (1_000, 600, 400)
    assert len(list(ledger.holds())) == 1
    clock.now = NOON + HOUR
    assert standing(ledger) == (1_000, 0, 1_000)
    assert list(ledger.holds()) == []
    assert ledger.books.available(A) == 1_000
    assert [b.held for b in balances(ledger.reader, "a")] == [600]
    assert [b.held for b in balances(ledger.reader, "a", now=clock.now)] == [0]
    assert ledger.reader.head().number == 3  # nobody has written yet


def test_the_next_commit_records_the_expiry_before_it_checks(ledger: Ledger, clock: Clock) -> None:
    number = ledger.post(hold("h", 600, expires_at=NOON + HOUR, agreement="card 7")).number
    clock.now = NOON + HOUR
    assert ledger.post(move("x", "cash", "a", 1_000)).number == number + 2
    expiry = ledger.entry(number + 1).transaction
    assert (expiry.kind, expiry.resolves, expiry.actor, expiry.agreement) == (
        EXPIRY,
        number,
        "system:ledger",
        "card 7",
    )
    assert ledger.balance("a").net == 0


@pytest.mark.parametrize("recorded", [False, True])
def test_an_expired_hold_cannot_be_captured(ledger: Ledger, clock: Clock, recorded: bool) -> None:
    number = ledger.post(hold("h", 600, expires_at=NOON + HOUR)).number
    clock.now = NOON + 2 * HOUR
    if recorded:
        ledger.post(move("x", "cash", "a", 1))
    for resolve in (ledger.capture, ledger.release):
        with pytest.raises(HoldExpired) as refusal:
            resolve(number, key="c", effective_on=DAY)
        assert refusal.value.expires_at == "2024-05-01T13:00:00.000000Z"


def test_a_replay_of_an_expired_hold_gives_its_receipt(ledger: Ledger, clock: Clock) -> None:
    first = ledger.post(hold("h", 600, expires_at=NOON + HOUR))
    clock.now = NOON + 2 * HOUR
    assert ledger.post(hold("h", 600, expires_at=NOON + HOUR)) == evolve(first, replayed=True)
    with pytest.raises(BadTransaction):
        ledger.post(hold("new", 600, expires_at=NOON + 2 * HOUR))


def test_the_same_instant_in_another_zone_is_the_same_content(ledger: Ledger) -> None:
    at = NOON + HOUR
    ledger.post(hold("h", 600, expires_at=at))
    assert ledger.post(hold("h", 600, expires_at=at.astimezone(timezone(8 * HOUR)))).replayed
    assert at.tzinfo is UTC
    with pytest.raises(KeyConflict) as conflict:
        ledger.post(hold("h", 600))
    assert told(conflict.value) == ["h", "expires_at", "2024-05-01T13:00:00.000000Z", ""]


def test_an_expiry_in_a_closed_period_is_dated_after_it(ledger: Ledger, clock: Clock) -> None:
    number = ledger.post(hold("h", 600, expires_at=NOON + HOUR)).number
    ledger.close_period(DAY, key="day")
    clock.now = NOON + HOUR
    ledger.post(move("x", "cash", "a", 1, effective_on=DAY + timedelta(days=1)))
    hold_now = ledger.reader.hold(number)
    assert hold_now is not None
    assert hold_now.resolved_by is not None
    assert ledger.entry(hold_now.resolved_by).transaction.effective_on == DAY + timedelta(days=1)


def test_a_clock_that_steps_back_does_not_revive_a_hold(ledger: Ledger, clock: Clock) -> None:
    number = ledger.post(hold("h", 600, expires_at=NOON + HOUR)).number
    clock.now = NOON + HOUR
    ledger.post(move("x", "cash", "a", 1))
    clock.now = NOON
    with pytest.raises(HoldExpired):
        ledger.capture(number, key="c", effective_on=DAY)


# --- beside other rules -----------------------------------------------------------------------------


def test_holds_and_captures_within_one_batch(ledger: Ledger) -> None:
    capture = Transaction(
        key="c", kind="x", effective_on=DAY, postings=(leg("a", 600), leg("cash", -600)), resolves=3
    )
    verdicts = ledger.post_many(
        [hold("h", 600), move("x", "cash", "a", 401), capture, evolve(capture, key="d")]
    )
    assert [v.number if isinstance(v, Receipt) else v.code for v in verdicts] == [
        3,
        "balance_floor_breached",
        4,
        "hold_resolved",
    ]
    assert standing(ledger) == (400, 0, 400)


def test_an_account_with_a_hold_is_not_closed(ledger: Ledger) -> None:
    ledger.post(move("h", "b", "cash", 5, pending=True))
    with pytest.raises(AccountNotEmpty):
        ledger.change(AccountPath("b"), key="x", reason="leaves", status=Status.CLOSED)


def test_a_freeze_stops_the_capture_but_not_the_release(ledger: Ledger) -> None:
    number = ledger.post(hold("h", 600)).number
    ledger.change(A, key="f", reason="court", status=Status.FROZEN)
    with pytest.raises(AccountFrozen):
        ledger.capture(number, key="c", effective_on=DAY)
    ledger.release(number, key="r", effective_on=DAY)


def test_a_tighter_limit_lets_a_hold_be_captured(ledger: Ledger) -> None:
    number = ledger.post(hold("h", 600)).number
    ledger.change(A, key="f", reason="review", floor=900)
    with pytest.raises(BalanceFloorBreached):
        ledger.post(move("x", "cash", "a", 1))
    ledger.capture(number, key="c", effective_on=DAY)
    assert ledger.balance("a").net == 400


def test_holds_count_towards_64_bits(ledger: Ledger) -> None:
    ledger.post(move("h", "line", "cash", 2**63 - 1_001, pending=True))
    with pytest.raises(BalanceOverflow):
        ledger.post(move("x", "line", "cash", 1))


def test_more_holds_than_a_page(ledger: Ledger, clock: Clock) -> None:
    ledger.post_many([hold(str(n), 1, expires_at=NOON + HOUR) for n in range(1_000)])
    assert standing(ledger) == (1_000, 1_000, 0)
    clock.now = NOON + HOUR
    ledger.post(move("x", "cash", "a", 1_000))
    assert sum(h.resolved_by is not None for h in ledger.holds(live=False)) == 1_000
