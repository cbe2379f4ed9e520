"""The close of a day: intervals, payouts, pools, settlements, and runs that are killed anywhere."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from bankcore.amounts import Amount, largest_remainder
from bankcore.bank import Bank
from bankcore.calendars import Period
from bankcore.errors import BadDate, CalendarExhausted
from bankcore.ledger.accounts import Account, Status
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import canonical_json
from bankcore.product import records
from bankcore.product.plan import Step
from bankcore.product.product import Phase
from bankcore.products.current import CURRENT
from bankcore.products.parties import PARTIES
from bankcore.products.wallet import (
    WALLET,
    ChangeTerms,
    CloseClient,
    DeclarePool,
    OpenProgramme,
    WalletTerms,
    preview_yield,
)
from bankcore.products.wallet.accruals import DayRules, YieldState, is_interval_end, payouts_cut_on
from bankcore.products.wallet.programmes import PROGRAMMES
from bankcore.rates import round_half_up
from bankcore.units import Unit

CNY = Unit("CNY/2")
FLAT = {"bonus_tiers": [["0", "0%"]]}
CLIENTS = ("c1", "c10", "c2", "c-1", "c.1", "d", "z")


def yields(book: Any, client: str = "a") -> dict[str, int]:
    """What was posted to a client's yield pocket, by day."""
    path = f"wallet:o:client:{client}:yield"
    return {
        entry.transaction.effective_on.isoformat(): -leg.quantity
        for entry in book.entries()
        for leg in entry.transaction.postings
        if leg.account == path and entry.transaction.kind == "wallet.yield"
    }


def pool(amount: int, start: date, end: date) -> DeclarePool:
    return DeclarePool("o", Amount(amount, CNY), start, end)


# --- intervals ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("interval", "ends"),
    [
        ("1D", ["2024-02-01", "2024-02-02"]),
        ("7D", ["2024-02-07", "2024-02-14"]),
        ("1M", ["2024-02-29", "2024-03-31", "2024-04-30"]),
        ("3M", ["2024-04-30", "2024-07-31", "2024-10-31"]),
        ("1Y", ["2025-01-31", "2026-01-31"]),
    ],
)
def test_intervals_are_counted_from_the_original_day(interval: str, ends: list[str]) -> None:
    registered_on, period = date(2024, 1, 31), Period.parse(interval)
    days = (registered_on + timedelta(days=n) for n in range(-40, 800))
    found = (day.isoformat() for day in days if is_interval_end(registered_on, period, day))
    assert [next(found) for _ in ends] == ends


@pytest.mark.parametrize(
    ("roll", "day", "expected"),
    [
        # 2024-05-04 and -05 are a weekend; 2024-06-29 and -30 end a month.
        ("following", "2024-05-04", [("2024-05-04", "2024-05-06")]),
        ("following", "2024-05-06", [("2024-05-06", "2024-05-06")]),
        ("preceding", "2024-05-03", [(f"2024-05-0{n}", "2024-05-03") for n in (3, 4, 5)]),
        ("preceding", "2024-05-04", []),
        ("modified_following", "2024-06-28", [(f"2024-06-{n}", "2024-06-28") for n in (28, 29, 30)]),
        ("calendar", "2024-05-04", [("2024-05-04", "2024-05-04")]),
    ],
)
def test_payouts_roll(roll: str, day: str, expected: list[tuple[str, str]]) -> None:
    cut = payouts_cut_on(WalletTerms.from_data({"roll": roll}), date.fromisoformat(day))
    assert [(end.isoformat(), paid_on.isoformat()) for end, paid_on in cut] == expected


def test_a_monthly_payout_comes_at_the_end_of_the_clients_month(mall: Any) -> None:
    book = mall(fund="10,000.00", opened_on=date(2024, 1, 31), interval="1M", yield_rate="3.65%", **FLAT)
    book.recharge("a", "1,000.00")
    book.close_until(date(2024, 5, 2))
    # 29, 31 and 30 days at 10 fen a day, and the yield itself earns
    assert yields(book) == {"2024-02-29": 2_90, "2024-03-31": 3_11, "2024-04-30": 3_02}


def test_weekend_payouts_wait_for_monday_and_lose_nothing(mall: Any) -> None:
    book = mall(fund="10,000.00", roll="following", yield_rate="3.65%", eligible=["principal"], **FLAT)
    book.recharge("a", "1,000.00")
    book.close_until(date(2024, 5, 8))
    # ends on Saturday, Sunday and Monday are paid together on Monday, the 6th
    assert yields(book) == {"2024-05-02": 10, "2024-05-03": 10, "2024-05-06": 30, "2024-05-07": 10}


def test_weekend_payouts_come_on_friday_as_if_matured(mall: Any) -> None:
    book = mall(
        fund="10,000.00", roll="preceding", interval="2D", yield_rate="3.65%", eligible=["principal"], **FLAT
    )
    book.recharge("a", "1,000.00")
    book.close_until(date(2024, 5, 8))
    # the interval of the 1st and 2nd ends on Friday, the 3rd; that ending on Sunday too, for no day more
    assert yields(book) == {"2024-05-03": 20, "2024-05-07": 40}


def test_a_change_of_rate_counts_from_its_day_inside_the_exact_sum(mall: Any) -> None:
    book = mall(fund="10,000.00", interval="10D", yield_rate="3.65%", eligible=["principal"], **FLAT)
    book.recharge("a", "1,000.00")
    book.do(ChangeTerms("o", {"yield_rate": "7.30%"}, date(2024, 5, 5)))
    book.do(ChangeTerms("o", {"yield_rate": "0%"}, date(2024, 5, 8)))
    book.do(ChangeTerms("o", {"yield_rate": "14.60%"}, date(2024, 5, 7)))
    book.close_until(date(2024, 5, 12))
    # four days at 10 fen, two at 20, one at 40, three at none
    assert yields(book) == {"2024-05-11": 1_20}
    schedule = book.books.record("wallet.terms", "o").data["schedule"]
    assert [start for start, _ in schedule] == ["2024-05-01", "2024-05-05", "2024-05-07", "2024-05-08"]
    book.do(ChangeTerms("o", {"yield_rate": "1%"}, date(2024, 6, 1)))
    schedule = book.books.record("wallet.terms", "o").data["schedule"]
    assert [start for start, _ in schedule] == [
        *("2024-05-01", "2024-05-05", "2024-05-07", "2024-05-08"),  # the past stays, for late entries
        "2024-06-01",
    ]


def test_terms_changed_twice_for_one_day_overlay_each_other(mall: Any) -> None:
    book = mall()
    book.do(ChangeTerms("o", {"yield_rate": "4%"}))
    book.do(ChangeTerms("o", {"preset": "1.00"}))
    terms = PROGRAMMES.today(book.books, "o")
    assert (str(terms.yield_rate), terms.preset) == ("4%", 1_00)


def test_a_change_outlasts_a_later_change_of_other_terms(mall: Any) -> None:
    book = mall()
    book.do(ChangeTerms("o", {"merchant_fee": "1%", "preset": "5.00"}, date(2024, 6, 1)))
    book.do(ChangeTerms("o", {"yield_rate": "4%", "preset": "6.00"}, date(2024, 5, 3)))
    for day, expected in ((date(2024, 5, 31), ("0.6%", "4%", 6_00)), (date(2024, 6, 1), ("1%", "4%", 5_00))):
        book.close_until(day)
        book.do(ChangeTerms("o", {"max_due": "1.00"}))
        terms = PROGRAMMES.today(book.books, "o")
        assert (str(terms.merchant_fee), str(terms.yield_rate), terms.preset) == expected


def test_a_day_beyond_the_calendar_is_refused_before_it_begins(mall: Any) -> None:
    book = mall(opened_on=date(2027, 12, 30), roll="following", calendar="CN-SSE")
    with pytest.raises(CalendarExhausted):
        book.close_days(3)
    before = book.bank.ledger.reader.head()
    with pytest.raises(CalendarExhausted):
        book.close()
    assert book.bank.ledger.reader.head() == before
    book.do(ChangeTerms("o", {"past_calendar": "weekends"}))
    book.close_days(3)
    assert book.books.today == date(2028, 1, 2)


def test_the_last_day_there_is_stays_open(mall: Any) -> None:
    book = mall(fund="10.00", opened_on=date(9999, 12, 30))
    book.recharge("a", "1.00")
    with pytest.raises(BadDate):
        book.bank.close_day(date.max)
    with pytest.raises(BadDate):
        preview_yield(book.books, "o", "a", date.max)
    assert book.books.today == date.max
    book.fund("1.00")


def test_an_empty_pocket_keeps_what_it_earned_before(mall: Any) -> None:
    book = mall(fund="10,000.00", interval="7D", yield_rate="3.65%", **FLAT)
    book.recharge("a", "1,000.00")
    book.close_days(3)
    book.withdraw("a", "1,000.00")
    book.close_days(5)
    assert yields(book) == {"2024-05-08": 30}


def test_a_client_without_money_gets_no_new_record(mall: Any) -> None:
    book = mall(clients=("a", "b"), fund="10.00")
    book.recharge("a", "1.00")
    book.close_days(5)
    assert book.books.record("wallet.accrual", "wallet:o:client:b:yield").version == 1
    assert book.books.record("wallet.accrual", "wallet:o:client:a:yield").version == 6


# --- short reserves -------------------------------------------------------------------------------


def test_a_short_batch_is_carried_whole_and_paid_when_the_reserve_suffices(mall: Any) -> None:
    book = mall(clients=("a", "b"), fund="2,000.00", yield_rate="3.65%", eligible=["principal"], **FLAT)
    book.recharge("a", "1,000.00")
    book.recharge("b", "1,000.00")
    book.close_days(3)
    assert yields(book) == yields(book, "b") == {}
    book.fund("0.39")
    book.close()
    assert yields(book) == {}  # 20 fen a day each would fit for one client, but the batch is one
    book.fund("0.41")
    book.close()
    assert yields(book) == yields(book, "b") == {"2024-05-05": 40}
    assert book.reserve() == 0
    assert book.sound()


def frozen(book: Any, path: str, status: Status = Status.FROZEN) -> None:
    book.keys += 1
    book.bank.ledger.change(path, key=f"freeze-{book.keys}", reason="court", status=status)


def test_a_frozen_pocket_is_paid_when_it_thaws(mall: Any) -> None:
    book = mall(clients=("a", "b"), fund="10,000.00", yield_rate="3.65%", eligible=["principal"], **FLAT)
    book.recharge("a", "1,000.00")
    book.recharge("b", "1,000.00")
    frozen(book, "wallet:o:client:a:yield")
    book.close_days(3)
    assert (yields(book), yields(book, "b")) == ({}, {"2024-05-02": 10, "2024-05-03": 10})
    fen = [tuple(cell.quantity for cell in row[2:]) for row in book.bank.report("wallet", "yield").rows]
    assert fen == [(20, 10, 10), (30, 10, 20)]
    frozen(book, "wallet:o:client:a:yield", Status.DEBITS_FROZEN)
    book.close()
    assert yields(book) == {"2024-05-04": 30}
    assert book.sound()


def test_two_frozen_chunks_withhold_together(mall: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "PAGE", 1)
    book = mall(clients=("a", "b"), fund="10,000.00", interval="2D", yield_rate="3.65%", **FLAT)
    for client in ("a", "b"):
        book.recharge(client, "1,000.00")
        frozen(book, f"wallet:o:client:{client}:yield")
    book.close_days(2)
    for client in ("a", "b"):
        book.withdraw(client, "1,000.00")
    book.close_days(1)  # nothing accrues any more, and what is due waits
    fen = [tuple(cell.quantity for cell in row[2:]) for row in book.bank.report("wallet", "yield").rows]
    assert fen == [(40, 0, 40)]


def test_a_frozen_reserve_carries_the_batch_over(mall: Any) -> None:
    book = mall(fund="10,000.00", yield_rate="3.65%", eligible=["principal"], **FLAT)
    book.recharge("a", "1,000.00")
    frozen(book, "wallet:o:reserve")
    book.close_days(3)
    assert yields(book) == {}
    frozen(book, "wallet:o:reserve", Status.CREDITS_FROZEN)
    book.close()
    assert yields(book) == {"2024-05-04": 30}


@pytest.mark.parametrize("account", ["service", "reserve"])
def test_a_frozen_account_stops_the_sweep_alone(mall: Any, account: str) -> None:
    book = mall(fund="100.00", threshold="100.00", yield_rate="0%", **FLAT)
    book.recharge("a", "20.00")
    book.buy("a", "5.00")
    frozen(
        book, f"wallet:o:{account}", Status.DEBITS_FROZEN if account == "service" else Status.CREDITS_FROZEN
    )
    book.recharge("a", "10.00")
    book.close()
    assert (book.reserve(), book.service()) == (70_00, 5_00)
    frozen(book, f"wallet:o:{account}", Status.OPEN)
    book.close()
    assert (book.reserve(), book.service()) == (75_00, 0)


def test_the_monitor_runs_before_the_batch_and_after_it(mall: Any) -> None:
    book = mall(fund="1,000.00", threshold="0.05", preset="0.30", yield_rate="3.65%", **FLAT)
    book.recharge("a", "1,000.00")
    assert book.reserve() == 0
    book.close()
    book.post({"bank:cash": 1_00}, {"wallet:o:service": 1_00})
    book.close()
    assert yields(book) == {"2024-05-02": 10}
    assert (book.reserve(), book.service()) == (20, 70)
    kinds = [entry.transaction.kind for entry in book.entries()][-2:]
    assert kinds == ["wallet.sweep", "wallet.yield"]


# --- restarts -------------------------------------------------------------------------------------


class Killed(Exception):
    """The process ends here."""


def busy(mall: Any, **terms: Any) -> Any:
    book = mall(
        clients=CLIENTS,
        merchants=("own", "m", "n"),
        fund="10,700.00",
        threshold="7,000.00",
        preset="60.00",
        settlement="DAILY",
        **terms,
    )
    for number, client in enumerate(CLIENTS):
        book.recharge(client, f"{500 + number}.{number}1")
        book.buy(client, "20.00", "m")
        book.buy(client, "17.77", "own")
    book.buy("d", "5.00", "n")
    return book


def killed_after(steps: int) -> Any:
    """The product, its close of a day cut off behind a number of steps."""

    def daily(books: Books, day: date) -> Iterator[Step]:
        for count, step in enumerate(WALLET.daily(books, day)):
            if count == steps:
                raise Killed
            yield step

    return evolve(WALLET, daily=daily, works=((Phase.SETTLEMENT, daily),))


@pytest.mark.parametrize("mode", ["rate", "pool"])
def test_a_close_killed_after_any_step_goes_on_to_the_same_journal(
    mall: Any, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    monkeypatch.setattr(records, "PAGE", 3)

    def prepared() -> Any:
        book = busy(mall, yield_mode=mode)
        if mode == "pool":
            book.do(pool(33_33, date(2024, 5, 1), date(2024, 5, 3)))
        book.close_days(2)
        return book

    whole = prepared()
    steps = len(list(WALLET.daily(whole.books, whole.books.today)))
    assert steps > 5
    whole.close()
    expected = whole.bank.ledger.reader.head()
    for count in range(steps + 1):
        book = prepared()
        first = Bank(book.bank.ledger, [PARTIES, CURRENT, killed_after(count)])
        if count < len(list(WALLET.daily(book.books, book.books.today))):
            with pytest.raises(Killed):
                first.close_day(book.books.today)
        book.close_until(date(2024, 5, 4))
        assert book.bank.ledger.reader.head() == expected, count
        assert book.sound()


@pytest.mark.parametrize("mode", ["rate", "pool"])
def test_the_size_of_a_chunk_changes_no_balance(
    mall: Any, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    balances = []
    for size in (1, 2, 3, 1_000):
        monkeypatch.setattr(records, "PAGE", size)
        book = busy(mall, yield_mode=mode)
        if mode == "pool":
            book.do(pool(33_33, date(2024, 5, 1), date(2024, 5, 3)))
        book.close_days(6)
        assert book.sound()
        balances.append(book.balances())
    assert balances[0] == balances[1] == balances[2] == balances[3]


def test_other_accounts_below_a_client_earn_nothing(mall: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "PAGE", 1)
    book = mall(clients=("a", "b"), fund="10,000.00", yield_rate="3.65%", **FLAT)
    others = [f"wallet:o:client:{name}" for name in ("a:safe", "a:zoo", "a:yield:old", "b:a")]
    book.bank.ledger.open([Account(path, "liability", CNY, floor=0) for path in others], key="others")
    book.post({"bank:cash": 4_000_00}, dict.fromkeys(others, 1_000_00))
    book.recharge("a", "1,000.00")
    book.recharge("b", "2,000.00")
    book.close_days(2)
    assert (yields(book), yields(book, "b")) == ({"2024-05-02": 10}, {"2024-05-02": 20})
    assert [row[-1].quantity for row in book.bank.report("wallet", "clients").rows] == [1_000_10, 2_000_20]


def test_a_day_closed_twice_posts_nothing_new(mall: Any) -> None:
    book = busy(mall)
    book.close_days(2)
    head = book.bank.ledger.reader.head()
    assert book.bank.close_day(date(2024, 5, 2)).days == ()
    assert book.bank.ledger.reader.head() == head


def test_each_phase_goes_through_the_programmes_in_the_order_of_their_ids(mall: Any) -> None:
    book = mall(clients=("a", "b"))
    book.do(OpenProgramme("b"))
    names = [step.name for step in WALLET.daily(book.books, book.books.today)]
    assert names == ["b/payout", "o/payout", "o/yield/a", "b/reserve", "o/reserve"]


# --- pools ----------------------------------------------------------------------------------------


def test_pools_follow_each_other_and_a_short_one_keeps_its_weights(mall: Any) -> None:
    book = mall(clients="ab", fund="200.00", yield_mode="pool", eligible=["principal"], **FLAT)
    book.recharge("a", "100.00")
    book.do(pool(1_00, date(2024, 5, 1), date(2024, 5, 3)))
    book.do(pool(3_00, date(2024, 5, 3), date(2024, 5, 4)))
    book.close()
    book.recharge("b", "100.00")  # a has weight 2, b has 1; then each has 1
    book.close_until(date(2024, 5, 5))
    assert yields(book) == yields(book, "b") == {}
    book.fund("4.00")
    book.close()
    assert (yields(book), yields(book, "b")) == ({"2024-05-05": 67 + 1_50}, {"2024-05-05": 33 + 1_50})
    assert book.sound()


def test_a_pool_nobody_has_a_part_in_is_void(mall: Any) -> None:
    book = mall(fund="10.00", yield_mode="pool")
    book.do(pool(1_00, date(2024, 5, 1), date(2024, 5, 3)))
    book.close_days(4)
    assert book.books.record("wallet.pool", "o:2024-05-01").data["state"] == "void"
    assert book.reserve() == 10_00


def test_who_leaves_before_the_end_leaves_the_pool(mall: Any) -> None:
    book = mall(clients="ab", fund="300.00", yield_mode="pool", **FLAT)
    for client in "ab":
        book.recharge(client, "100.00")
    book.do(pool(1_00, date(2024, 5, 1), date(2024, 5, 4)))
    book.close_days(2)
    book.do(CloseClient("o", "a"))
    book.close_days(2)
    assert (yields(book), yields(book, "b")) == ({}, {"2024-05-04": 1_00})


def test_who_leaves_before_a_late_payout_takes_the_share_along(mall: Any) -> None:
    book = mall(clients="ab", fund="200.99", yield_mode="pool", **FLAT)
    for client in "ab":
        book.recharge(client, "100.00")
    book.do(pool(1_00, date(2024, 5, 1), date(2024, 5, 4)))
    book.close_days(4)
    book.do(CloseClient("o", "a"))
    assert book.balance("bank:demand:a") == 100_50
    book.fund("0.01")
    book.close()
    assert yields(book, "b") == {"2024-05-05": 50}
    assert book.reserve() == 0
    assert book.sound()


def test_a_pool_paid_on_the_next_business_day(mall: Any) -> None:
    book = mall(fund="200.00", yield_mode="pool", roll="following", **FLAT)
    book.recharge("a", "100.00")
    book.do(pool(1_00, date(2024, 5, 1), date(2024, 5, 4)))
    book.close_until(date(2024, 5, 8))
    assert yields(book) == {"2024-05-06": 1_00}


def test_a_chunk_without_a_part_in_the_pool(mall: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "PAGE", 1)
    book = mall(clients="ab", fund="200.00", yield_mode="pool")
    book.recharge("b", "100.00")
    book.do(pool(1_00, date(2024, 5, 1), date(2024, 5, 3)))
    book.close_days(3)
    assert (yields(book), yields(book, "b")) == ({}, {"2024-05-03": 1_00})


@given(
    total=st.integers(0, 10**6),
    held=st.lists(st.integers(0, 1_000_00), min_size=len(CLIENTS), max_size=len(CLIENTS)).filter(any),
)
def test_a_pool_is_paid_to_the_last_fen(mall: Any, total: int, held: list[int]) -> None:
    book = mall(clients=CLIENTS, fund="1,000,000.00", yield_mode="pool", **FLAT)
    for client, amount in zip(CLIENTS, held, strict=True):
        if amount:
            book.recharge(client, amount)
    book.do(pool(total + 1, date(2024, 5, 1), date(2024, 5, 2)))
    book.close_days(2)
    by_id = sorted(zip(CLIENTS, held, strict=True))
    shares = largest_remainder(total + 1, [amount for _, amount in by_id])
    assert [book.pockets(client)["yield"] for client, _ in by_id] == shares


# --- settlements ----------------------------------------------------------------------------------


def test_daily_settlement_pays_every_third_party(mall: Any) -> None:
    book = mall(
        merchants=("m", "n", "own"), fund="1,000.00", settlement="daily", merchant_fee="1%", yield_rate="0%"
    )
    book.recharge("a", "400.00")
    book.buy("a", "100.00", "m")
    book.buy("a", "50.50", "n")
    book.buy("a", "10.00", "own")
    book.close_days(2)
    assert (book.balance("bank:demand:m"), book.balance("bank:demand:n")) == (99_00, 49_99)
    assert book.service() == 10_00 + 1_00 + 51


def test_daily_settlement_waits_for_a_frozen_merchant(mall: Any) -> None:
    book = mall(
        merchants=("own", "m", "n"), fund="100.00", settlement="daily", yield_rate="0%", merchant_fee="0"
    )
    book.recharge("a", "20.00")
    book.buy("a", "5.00", "m")
    book.buy("a", "6.00", "n")
    frozen(book, "bank:demand:m")
    book.close()
    assert (book.balance("bank:demand:m"), book.balance("bank:demand:n")) == (0, 6_00)
    frozen(book, "bank:demand:m", Status.DEBITS_FROZEN)
    book.close()
    assert book.balance("bank:demand:m") == 5_00


def test_daily_settlement_waits_where_the_service_fund_is_short(mall: Any) -> None:
    book = mall(
        merchants=("m",),
        fund="100.00",
        threshold="90.00",
        settlement="daily",
        ring_fence_third_party=False,
        merchant_fee="0%",
        yield_rate="0%",
    )
    book.recharge("a", "20.00")
    book.buy("a", "15.00", "m")
    assert book.service() == 15_00
    book.close()  # the monitor sweeps 15.00 first: that is what ring-fencing would prevent
    assert (book.service(), book.balance("bank:demand:m")) == (0, 0)
    book.post({"bank:cash": 15_00}, {"wallet:o:service": 15_00})
    book.close()
    assert (book.service(), book.balance("bank:demand:m")) == (0, 15_00)


# --- exactness ------------------------------------------------------------------------------------


@pytest.mark.traced
@given(
    rate=st.fractions(0, Fraction(15, 100), max_denominator=10**6),
    balances=st.lists(st.integers(0, 10**9), min_size=1, max_size=60),
    interval=st.sampled_from(["1D", "3D", "1M"]),
    late=st.sets(st.integers(0, 60)),
)
def test_posted_yield_is_the_rounded_exact_sum(
    rate: Fraction, balances: list[int], interval: str, late: set[int]
) -> None:
    terms = WalletTerms.from_data(
        {"yield_rate": f"{rate.numerator}/{rate.denominator}", "interval": interval}
    )
    first, exact, at_end = date(2024, 1, 31), Fraction(0), Fraction(0)
    state = YieldState(first.isoformat())
    for number, balance in enumerate(balances):
        day = first + timedelta(days=number)
        payment = 0 if number in late else state.payable(day.isoformat())
        if number not in late:
            assert abs(state.paid + payment - at_end) <= Fraction(1, 2)
        pool = first.isoformat() if number % 3 == 0 else ""
        closed = state.closed(DayRules.of(terms, day, pool), balance, payment)
        assert closed.as_json() == canonical_json(closed.as_data())
        state = YieldState.from_json(closed.as_json())
        assert state == closed == YieldState.from_data(closed.as_data())
        exact += balance * rate / 365
        if is_interval_end(first, Period.parse(interval), day + timedelta(days=1)):
            at_end = exact
        assert state.earned == exact
        assert state.paid + state.due == round_half_up(at_end)


def test_a_preview_is_what_will_be_posted(mall: Any) -> None:
    book = mall(fund="10,000.00", interval="7D", yield_rate="4.30%")
    book.recharge("a", "1,234.56")
    book.do(ChangeTerms("o", {"yield_rate": "2%"}, date(2024, 5, 20)))
    book.close_days(3)
    through = date(2024, 6, 10)
    expected = preview_yield(book.books, "o", "a", through)
    assert preview_yield(book.books, "o", "a", date(2024, 5, 1)) == Amount(0, CNY)
    book.close_until(through + timedelta(days=1))
    assert expected.quantity == book.pockets("a")["yield"] > 0


def test_a_client_registered_later_has_days_of_his_own(mall: Any) -> None:
    book = mall(fund="10,000.00", interval="7D", yield_rate="3.65%", eligible=["principal"], **FLAT)
    book.close_days(3)
    book.join("late")
    book.recharge("late", "1,000.00")
    book.recharge("a", "1,000.00")
    book.close_until(date(2024, 5, 13))
    assert (yields(book), yields(book, "late")) == ({"2024-05-08": 40}, {"2024-05-11": 70})
