"""Velocity limits: at most so much per day, month or year, by account or together."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.ledger.conftest import BOOK, NOON
from tests.ledger.making import CNY, DAY, move

from bankcore.errors import BadTransaction, StaleRead, VelocityLimitBreached
from bankcore.ledger.accounts import Account, AccountPath
from bankcore.ledger.evidence.audit import verify
from bankcore.ledger.ledger import Ledger
from bankcore.ledger.transactions import Receipt, Record, Transaction, open_account
from bankcore.ledger.velocity import Flow, Per, VelocityLimit
from bankcore.stores.memory import MemoryStore


def limited(ledger: Ledger, key: str = "limit", **changes: Any) -> VelocityLimit:
    fields: dict[str, Any] = {"root": "w", "unit": CNY, "flow": Flow.OUT, "per": Per.DAY, "most": 100}
    limit = VelocityLimit("atm", **{**fields, **changes})
    ledger.limit(limit, key=key)
    return limit


@pytest.fixture
def wallets(ledger: Ledger) -> Ledger:
    """Two wallets with 1,000 each, and one that is no wallet."""
    ledger.open([Account(path, "liability", CNY, floor=0) for path in ("w:1", "w:2", "wx")], key="wallets")
    for path in ("w:1", "w:2", "wx"):
        ledger.post(move(f"fund {path}", path, "cash", 1_000))
    return ledger


def spend(ledger: Ledger, key: str, path: str, quantity: int, days: int = 0, **fields: Any) -> Receipt:
    return ledger.post(move(key, "cash", path, quantity, effective_on=DAY + timedelta(days=days), **fields))


def test_accounts_together_flow_no_more_than_allowed(wallets: Ledger) -> None:
    spend(wallets, "before", "w:1", 30)  # what flowed before the limit counts too
    limited(wallets)
    spend(wallets, "1", "w:2", 50)
    with pytest.raises(VelocityLimitBreached) as refusal:
        spend(wallets, "2", "w:1", 21)
    assert refusal.value.fields() == {
        "limit": "atm", "account": "w:1", "used": 80, "most": 100, "per": "day", "since": DAY, "needed": 21,
        "unit": CNY,
    }  # fmt: skip
    assert "0.80 CNY of 1.00 CNY per day" in str(refusal.value)
    spend(wallets, "2", "w:1", 20)
    spend(wallets, "3", "wx", 500)
    spend(wallets, "4", "w:1", 100, days=1)
    wallets.post(move("in", "w:1", "cash", 900))
    verify(wallets.reader, BOOK).require()


def test_each_account_by_itself(wallets: Ledger) -> None:
    limited(wallets, each=True)
    spend(wallets, "1", "w:1", 100)
    spend(wallets, "2", "w:2", 100)
    with pytest.raises(VelocityLimitBreached):
        spend(wallets, "3", "w:1", 1)


def test_a_month_and_a_year_are_of_the_calendar(wallets: Ledger) -> None:
    limited(wallets, per=Per.MONTH)
    spend(wallets, "1", "w:1", 60)
    spend(wallets, "2", "w:1", 40, days=30)  # the last of May
    with pytest.raises(VelocityLimitBreached) as refusal:
        spend(wallets, "3", "w:1", 1, days=15)
    assert refusal.value.since == date(2024, 5, 1)
    spend(wallets, "3", "w:1", 100, days=31)
    limited(wallets, "another", per=Per.YEAR, most=200)
    with pytest.raises(VelocityLimitBreached) as refusal:
        spend(wallets, "4", "w:1", 1, days=200)
    assert refusal.value.since == date(2024, 1, 1)
    spend(wallets, "4", "w:1", 200, days=300)


def test_what_flows_in_may_be_limited(wallets: Ledger) -> None:
    limited(wallets, flow=Flow.IN, root="")
    tomorrow = DAY + timedelta(days=1)
    with pytest.raises(VelocityLimitBreached):
        wallets.post(
            move("1", "w:1", "cash", 51, effective_on=tomorrow)
        )  # into the wallet and into cash: 102
    receipt = wallets.post(move("1", "w:1", "cash", 500, up_to=True, effective_on=tomorrow))
    assert max(p.quantity for p in wallets.entry(receipt.number).transaction.postings) == 50


def test_a_limit_of_nothing_stops_and_no_limit_frees(wallets: Ledger) -> None:
    limited(wallets, most=0)
    with pytest.raises(VelocityLimitBreached):
        spend(wallets, "1", "w:1", 1)
    limited(wallets, "lifted", most=None)
    spend(wallets, "1", "w:1", 1_000)


def test_holds_count_until_they_end(wallets: Ledger) -> None:
    limited(wallets)
    held = spend(wallets, "1", "w:1", 70, pending=True)
    with pytest.raises(VelocityLimitBreached):
        spend(wallets, "2", "w:1", 31)
    wallets.capture(held.number, key="3", effective_on=DAY + timedelta(days=1))
    spend(wallets, "4", "w:1", 100)
    with pytest.raises(VelocityLimitBreached):
        spend(wallets, "5", "w:1", 31, days=1)
    other = spend(wallets, "6", "w:1", 30, days=1, pending=True)
    wallets.release(other.number, key="7", effective_on=DAY)
    spend(wallets, "8", "w:1", 30, days=1)


def test_a_capture_on_the_day_of_its_hold_counts_once(wallets: Ledger) -> None:
    limited(wallets)
    held = spend(wallets, "1", "w:1", 70, pending=True)
    wallets.capture(held.number, key="2", effective_on=DAY)
    with pytest.raises(VelocityLimitBreached) as refusal:
        spend(wallets, "3", "w:1", 31)
    assert refusal.value.used == 70


def test_a_capture_that_adds_nothing_goes_through_under_a_limit_made_tighter(wallets: Ledger) -> None:
    limited(wallets)
    held = spend(wallets, "1", "w:1", 70, pending=True)
    limited(wallets, "tighter", most=50)
    wallets.capture(held.number, key="2", effective_on=DAY)
    with pytest.raises(VelocityLimitBreached):
        spend(wallets, "3", "w:1", 1)
    verify(wallets.reader, BOOK).require()


def test_an_expired_hold_counts_no_more(wallets: Ledger) -> None:
    now = [NOON]
    ledger = Ledger(wallets.store, BOOK, clock=lambda: now[0])
    limited(ledger)
    spend(ledger, "1", "w:1", 70, pending=True, expires_at=NOON + timedelta(hours=1))
    spend(ledger, "2", "w:1", 30)
    now[0] += timedelta(hours=1)
    another = Ledger(wallets.store, BOOK, clock=lambda: now[0])  # which has counted nothing yet
    spend(another, "3", "w:1", 20)
    spend(ledger, "4", "w:1", 50)
    with pytest.raises(VelocityLimitBreached):
        spend(another, "5", "w:1", 1)


def test_a_refused_group_gives_its_flows_back(wallets: Ledger) -> None:
    limited(wallets)
    group = [move(str(n), "cash", "w:1", 60, group="g") for n in range(2)]
    codes = [getattr(v, "code", "new") for v in wallets.post_many([*group, move("x", "cash", "w:1", 100)])]
    assert codes == ["group_refused", "velocity_limit_breached", "new"]


def test_a_group_may_set_a_limit_and_be_undone(wallets: Ledger) -> None:
    limit = VelocityLimit("atm", "w", CNY, Flow.OUT, Per.DAY, most=10)
    group = [
        move("1", "cash", "w:1", 8, group="g"),
        Transaction(
            key="2", kind="x", effective_on=DAY, group="g", records=(Record("limit", "atm", limit.as_data()),)
        ),
        move("3", "cash", "w:1", 2, group="g"),
        move("4", "cash", "w:1", 1, group="g"),
    ]
    codes = [getattr(v, "code", "new") for v in wallets.post_many([*group, move("x", "cash", "w:1", 100)])]
    assert codes == ["group_refused"] * 3 + ["velocity_limit_breached", "new"]
    assert wallets.reader.record("limit", "atm") is None
    spend(wallets, "y", "w:1", 500)


def test_a_refused_opening_in_another_unit_frees_nothing(wallets: Ledger) -> None:
    limited(wallets)
    opened = open_account(Account("w:3", "liability", "POINT/0", opened_on=DAY))
    stale = Record("note", "n", {}, 7)
    with pytest.raises(StaleRead):
        wallets.post(Transaction(key="1", kind="x", effective_on=DAY, records=(opened, stale)))
    wallets.open([Account("w:3", "liability", CNY)], key="2")
    with pytest.raises(VelocityLimitBreached):
        spend(wallets, "3", "w:3", 101)


def test_of_two_limits_the_first_by_name_is_named_by_every_ledger(wallets: Ledger) -> None:
    for name in ("z", "m"):
        wallets.limit(VelocityLimit(name, "w", CNY, Flow.OUT, Per.DAY, most=10), key=name)
    for ledger in (wallets, Ledger(wallets.store, BOOK, clock=lambda: NOON)):
        with pytest.raises(VelocityLimitBreached) as refusal:
            spend(ledger, "1", "w:1", 11)
        assert refusal.value.limit == "m"


@pytest.mark.parametrize(
    ("per", "first", "last"),
    [
        (Per.DAY, date(2024, 2, 10), date(2024, 2, 10)),
        (Per.MONTH, date(2024, 2, 1), date(2024, 2, 29)),
        (Per.YEAR, date(2024, 1, 1), date(2024, 12, 31)),
    ],
)
def test_a_period_ends_where_the_next_begins(per: Per, first: date, last: date) -> None:
    limit = VelocityLimit("x", "", CNY, Flow.IN, per, most=1)
    for day in (first, last, date(2024, 2, 10)):
        assert (limit.first_day(day), limit.last_day(day)) == (first, last)


@pytest.mark.parametrize("each", [False, True])
def test_only_what_flowed_in_the_period_counts_and_all_of_it(wallets: Ledger, each: bool) -> None:
    for key, days in [("1", 30), ("2", 0), ("3", 31)]:  # the ends of May, and a day beyond
        spend(wallets, key, "w:1", 10, days=days)
    limited(wallets, per=Per.MONTH, each=each)
    with pytest.raises(VelocityLimitBreached) as refusal:
        spend(wallets, "4", "w:1", 91, days=50)
    assert refusal.value.used == 10
    with pytest.raises(VelocityLimitBreached) as refusal:
        spend(wallets, "5", "w:1", 81, days=30)
    assert refusal.value.used == 20
    receipt = spend(wallets, "6", "w:1", 500, days=30, up_to=True)
    assert max(p.quantity for p in wallets.entry(receipt.number).transaction.postings) == 80


def test_what_a_refused_group_opened_in_another_unit_frees_nothing(wallets: Ledger) -> None:
    limited(wallets)
    opened = open_account(Account("w:3", "liability", "POINT/0"))
    group = [
        Transaction(key="1", kind="x", effective_on=DAY, records=(opened,), group="g"),
        move("2", "cash", "w:1", 101, group="g"),
    ]
    assert [getattr(v, "code", "") for v in wallets.post_many(group)][1] == "velocity_limit_breached"
    wallets.open([Account("w:3", "liability", CNY)], key="3")
    with pytest.raises(VelocityLimitBreached):
        spend(wallets, "4", "w:3", 101)


def test_a_group_that_opens_and_limits_is_undone(wallets: Ledger) -> None:
    opened = open_account(Account("w:3", "liability", CNY))
    limit = VelocityLimit("atm", "w", CNY, Flow.OUT, Per.DAY, most=10)
    records = (opened, Record("limit", "atm", limit.as_data()))
    group = [
        Transaction(key="1", kind="x", effective_on=DAY, records=records, group="g"),
        move("2", "cash", "w:1", 11, group="g"),
    ]
    codes = [getattr(v, "code", "new") for v in wallets.post_many([*group, move("3", "cash", "w:1", 11)])]
    assert codes == ["group_refused", "velocity_limit_breached", "new"]


def test_a_limit_holds_in_the_first_year_of_the_calendar(ledger: Ledger) -> None:
    accounts = [Account(path, "liability", CNY, opened_on=date.min) for path in ("w:1", "old")]
    ledger.open(accounts, key="accounts")
    limited(ledger, per=Per.YEAR)
    with pytest.raises(VelocityLimitBreached) as refusal:
        ledger.post(move("1", "old", "w:1", 101, effective_on=date.min))
    assert refusal.value.since == date.min


def test_a_limit_is_set_on_the_business_date(ledger: Ledger) -> None:
    limited(ledger)
    made = ledger.entry(ledger.reader.head().number).transaction
    assert (made.kind, made.effective_on) == ("limit.set", DAY)


def test_what_is_no_limit_is_refused(ledger: Ledger) -> None:
    with pytest.raises(BadTransaction):
        ledger.limit("atm", key="1")  # type: ignore[arg-type]
    with pytest.raises(BadTransaction):
        VelocityLimit("x", "", CNY, Flow.IN, Per.DAY, most=-1)
    with pytest.raises(BadTransaction):
        VelocityLimit("x", "", CNY, Flow.IN, Per.DAY, most=1, each=1)  # type: ignore[arg-type]


flows = st.tuples(
    st.sampled_from(["w:1", "w:2"]), st.integers(-60, 60).filter(bool), st.integers(0, 40), st.booleans()
)


@given(st.lists(flows, max_size=12), st.sampled_from(Per), st.booleans(), st.booleans())
def test_no_period_ever_flows_more(
    history: list[tuple[str, int, int, bool]], per: Per, each: bool, at_once: bool
) -> None:
    """Against a model that adds up what was accepted."""
    ledger = Ledger.create(MemoryStore(), BOOK, clock=lambda: datetime(2024, 5, 1, tzinfo=NOON.tzinfo))
    names = ("w:1", "w:2")
    ledger.open([Account("cash", "asset", CNY), *(Account(n, "liability", CNY) for n in names)], key="open")
    limit = limited(ledger, per=per, each=each)
    wanted = [
        move(str(n), path, "cash", quantity, effective_on=DAY + timedelta(days=days), pending=pending)
        for n, (path, quantity, days, pending) in enumerate(history)
    ]
    verdicts = ledger.post_many(wanted) if at_once else [v for t in wanted for v in ledger.post_many([t])]
    used: dict[tuple[str, date], int] = {}
    for (path, quantity, days, _), verdict in zip(history, verdicts, strict=True):
        meter = path if each else "", limit.first_day(DAY + timedelta(days=days))
        flow = max(-quantity, 0)
        fits = used.get(meter, 0) + flow <= 100
        assert isinstance(verdict, Receipt) == fits
        used[meter] = used.get(meter, 0) + flow * fits
    assert AccountPath("w:1").within(limit.root)
