"""The close of a day goes on where accounts refuse; what waits is told, and made up for afterwards."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.products.trouble import free, stop, troubles

from bankcore.amounts import Amount
from bankcore.errors import AccountFrozen
from bankcore.ledger.accounts import AccountPath
from bankcore.product import records
from bankcore.product.deferrals import Deferral
from bankcore.products.wallet import DeclarePool, Sweep
from bankcore.products.wallet.accruals import ACCRUAL, YieldState, accrual_of
from bankcore.products.wallet.yields import Payout
from bankcore.units import Unit

FIRST = date(2024, 5, 1)
CLIENTS, MERCHANTS = ("a", "b", "c"), ("m", "n")
POCKETS = [f"wallet:o:client:{it}:yield" for it in CLIENTS]
MONEY = ["wallet:o:reserve", "wallet:o:service"]
QUIET = ["bank:cash", "wallet:o:cash-due", "wallet:o:client:a:principal"]  # a close moves none of them
SALES = [*(f"wallet:o:takings:{it}" for it in MERCHANTS), *(f"bank:demand:{it}" for it in MERCHANTS)]


def busy(mall: Any, **terms: Any) -> Any:
    """Three clients earn, two merchants are settled daily, and the reserve is topped up from own sales."""
    book = mall(
        CLIENTS,
        ("own", *MERCHANTS),
        fund="1,850.00",
        bonus_tiers=[["0", "0%"]],
        eligible=["principal"],
        yield_rate="3.65%",
        threshold="50.00",
        sweep="top-up",
        settlement="daily",
        merchant_fee="0.38%",
        **terms,
    )
    for client, amount in zip(CLIENTS, ("1,000.00", "500.00", "300.00"), strict=True):
        book.recharge(client, amount)
        book.buy(client, "10.01", "own")
        for merchant in MERCHANTS:
            book.buy(client, "3.33", merchant)
    if terms.get("yield_mode") == "pool":
        book.do(DeclarePool("o", Amount(1_00, Unit("CNY/2")), FIRST, FIRST + timedelta(days=2)))
    return book


def told(book: Any, day: date) -> set[str]:
    """What the close of a day says that it deferred."""
    return {it.thing for it in Deferral.every(book.books, day.isoformat())}


def waiting(book: Any, day: date) -> set[str]:
    """Clients who should have been paid at the close of a day, and were not."""
    found = set()
    for record in records.every(book.books, ACCRUAL):
        if YieldState.from_data(record.data).payable(day.isoformat()):
            found.add(record.id.split(":")[3])
    return found


@settings(max_examples=25)
@pytest.mark.traced
@given(
    troubled=troubles(*POCKETS, *MONEY, *SALES, *QUIET),
    starts=st.integers(0, 3),
    lasts=st.integers(1, 4),
    page=st.sampled_from([1, 2, 1_000]),
    mode=st.sampled_from(["rate", "pool"]),
)
@example({"wallet:o:client:b:yield": "in", "wallet:o:service": "frozen"}, 1, 3, 2, "rate")
@example({"wallet:o:reserve": "out"}, 1, 2, 1_000, "pool")
@example({"bank:demand:m": "closed"}, 0, 2, 1_000, "rate")
def test_nobody_s_account_stops_the_close_and_nothing_is_lost(
    mall: Any, troubled: dict[str, str], starts: int, lasts: int, page: int, mode: str
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(records, "PAGE", page)
        book, quiet = busy(mall, yield_mode=mode), busy(mall, yield_mode=mode)
        begins = FIRST + timedelta(days=starts)
        ends = begins + timedelta(days=lasts)
        book.close_until(begins)
        stop(book.bank, troubled)
        book.close_until(ends)
        quiet.close_until(ends)
        # what was closed without the product of current accounts, that product notices
        assert {it.product for it in book.bank.broken_invariants()} <= {"current"}
        last = ends - timedelta(days=1)
        payout = Payout.existing(book.books, "o", last.isoformat())
        late = {f"o/yield/{client}" for client in waiting(book, last)}
        assert (late if payout.paid else set()) == {it for it in told(book, last) if it[:8] == "o/yield/"}
        if not troubled.keys() & {*MONEY}:
            assert late <= {f"o/yield/{path.split(':')[3]}" for path in troubled if path in POCKETS}
            for client in CLIENTS:
                if f"o/yield/{client}" not in late:
                    assert book.pockets(client) == quiet.pockets(client)
        head = book.bank.ledger.reader.head()
        assert book.bank.close_day(last).transactions == 0
        assert book.bank.ledger.reader.head() == head
        free(book.bank, troubled)
        for it in (book, quiet):
            it.close()
    assert book.balances() == quiet.balances()
    assert book.sound()


def test_a_batch_that_the_reserve_may_not_pay_is_carried_and_the_reason_told(mall: Any) -> None:
    book = busy(mall)
    book.close()
    stop(book.bank, {"wallet:o:reserve": "debits frozen"})
    book.close()
    assert not Payout.existing(book.books, "o", "2024-05-02").paid
    [kept] = Deferral.every(book.books)
    assert (kept.thing, kept.code) == ("o/yield", "account_frozen")
    free(book.bank, {"wallet:o:reserve": "debits frozen"})
    stop(book.bank, {"wallet:o:reserve": "out"}, key="limit")
    book.close()
    [_, kept] = Deferral.every(book.books)
    assert (kept.thing, kept.code) == ("o/yield", "reserve_short")
    assert book.pockets("a")["yield"] == 0


def test_a_refused_page_pays_each_client_alone_and_says_whom_not(mall: Any) -> None:
    book = busy(mall)
    stop(book.bank, {"wallet:o:client:b:yield": "frozen", "bank:demand:n": "frozen"})
    book.close()
    book.join("new")
    book.recharge("new", "10.00")  # nothing is due to it yet, but its first day counts
    book.close()
    assert told(book, date(2024, 5, 2)) == {"o/yield/b", "o/settle/n"}
    assert [book.pockets(it)["yield"] > 0 for it in CLIENTS] == [True, False, True]
    payout = Payout.existing(book.books, "o", "2024-05-02")
    assert (payout.paid, payout.withheld) == (True, 5)
    assert book.balance("bank:demand:m") > 0 == book.balance("bank:demand:n")
    assert accrual_of(book.books, AccountPath("wallet:o:client:new:yield"))[1].earned == Fraction(1, 10)
    assert book.sound()


def test_a_refused_sweep_is_told_and_tried_again(mall: Any) -> None:
    book = busy(mall)
    book.close()
    stop(book.bank, {"wallet:o:service": "frozen"})
    book.close()
    assert "o/sweep" in told(book, date(2024, 5, 2))
    free(book.bank, {"wallet:o:service": "frozen"})
    book.close()
    assert book.reserve() == 50_00
    assert not told(book, date(2024, 5, 3))


def test_a_frozen_service_fund_stops_no_recharge_and_refuses_a_sweep_on_command(mall: Any) -> None:
    book = busy(mall)
    stop(book.bank, {"wallet:o:service": "frozen"})
    book.recharge("a", "1.00")
    assert book.reserve() == 49_00
    with pytest.raises(AccountFrozen):
        book.do(Sweep("o"))
