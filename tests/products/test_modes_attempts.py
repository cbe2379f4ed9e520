"""The close of a day is stopped by nobody's account: what cannot be posted waits, and is done once."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.products.firms import Firms
from tests.products.holders import cny
from tests.products.trouble import free, stop, troubles

from bankcore.ledger.accounts import Status
from bankcore.product.deferrals import Deferral

BEGIN, END = date(2024, 6, 19), date(2024, 7, 5)
ACCOUNTS = (
    "bank:demand:e",
    "bank:interest-expense",
    "bank:marketing-expense",
    "bank:fee-income",
    "bank:cash",
    "platform:p:mode:e:SALES",
    "platform:p:mode:e:FIN",
    "platform:p:mode:e:PROC",
    "platform:p:interest:e",
    "platform:p:entitlement:e:live",
    "platform:p:entitlement:e:expired",
    "platform:p:entitlement-liability",
)
KINDS = ("platform.release", "platform.mature", "platform.expire")


def busy() -> Firms:
    """A release, a maturity, a quarter's interest of two kinds and an expiry fall into the days to come."""
    book = Firms("es", opened_on=date(2024, 3, 20), fee="0", life_months=1)
    book.cash("612,345.67")
    book.take("PROC")
    book.fill("PROC", "1,000.00")
    book.take("SALES", release="on-the-date", release_months=3, share="50%")
    book.cash("100.00")
    book.take("FIN", months=[3], floor="580,000.00")
    book.close_until(date(2024, 5, 20))
    book.match("n", "900.00", "e", "s")
    book.fund("n", "e")
    book.accept("n", buyer="e")
    book.match("m", "1,100.00", "e", "s")
    book.fund("m", "e")
    book.accept("m", buyer="e")
    book.close_until(BEGIN)
    assert (book.live("e"), book.held("SALES"), book.held("FIN")) == (6, 50_00, 30_000_00)
    return book


def run(given: dict[str, str], days: int) -> Firms:
    book = busy()
    stop(book.bank, given)
    book.close_until(BEGIN + timedelta(days=days))
    assert book.sound()
    free(book.bank, given)
    book.close_until(END)
    return book


def entries(book: Firms) -> list[str]:
    return sorted(it.transaction.kind for it in book.entries(*KINDS))


def wealth(book: Firms) -> int:
    """The enterprise's money without the interest that it was paid, in fen."""
    paths = ("bank:demand:e", *(f"platform:p:mode:e:{mode}" for mode in ("SALES", "FIN", "PROC")))
    return sum(map(book.balance, paths)) - book.balance("bank:interest-expense")


@settings(max_examples=max(settings.default.max_examples // 4, 5), deadline=None)
@given(forbidden=troubles(*ACCOUNTS), days=st.integers(1, 14))
@example(forbidden={"bank:demand:e": "frozen"}, days=9)
@example(forbidden={"bank:interest-expense": "in"}, days=5)
@example(forbidden={"platform:p:mode:e:FIN": "debits frozen"}, days=13)
@example(forbidden={"platform:p:entitlement-liability": "frozen"}, days=14)
@example(forbidden={"platform:p:interest:e": "closed"}, days=3)
def test_no_account_stops_a_close_and_all_is_done_once_it_is_free(
    forbidden: dict[str, str], days: int
) -> None:
    plain, book = run({}, 1), run(forbidden, days)
    assert book.sound()
    assert entries(book) == entries(plain)  # nothing is lost, and nothing done twice
    assert wealth(book) == wealth(plain)
    assert book.balance("platform:p:interest:e") == 0
    for name in ("live", "issued", "expired"):
        path = f"platform:p:entitlement:e:{name}"
        assert book.balance(path) == plain.balance(path)
    for path in ("bank:marketing-expense", "platform:p:entitlement-liability", "platform:p:mode:e:SALES"):
        assert book.balance(path) == plain.balance(path)


def test_what_waits_is_told_by_day_with_its_reason() -> None:
    book = busy()
    book.freeze("bank:demand:e")
    book.close_until(date(2024, 6, 22))
    told = {it.thing: it.code for it in Deferral.every(book.books, "2024-06-20")}
    assert told == {
        "p/e/SALES/release": "account_frozen",
        "p/e/FIN/mature.1": "account_frozen",
    }
    assert {it.product for it in Deferral.every(book.books)} == {"deposit-modes"}
    assert "p/e/SALES/pay" in {it.thing for it in Deferral.every(book.books, "2024-06-21")}


@pytest.mark.parametrize("path", ["bank:marketing-expense", "platform:p:entitlement:s:live"])
def test_entitlements_that_cannot_be_granted_are_granted_at_the_first_close_that_can(path: str) -> None:
    book = Firms("bs")
    book.trade("t", "1,000.00")
    book.freeze(path)
    book.accept("t")
    assert (book.state("t"), book.live("s")) == ("settled", 0)
    assert book.sound()
    book.close_until(date(2024, 5, 4))
    assert book.live("s") == 0
    book.trade("u", "1,000.00")
    book.freeze(path, Status.OPEN)
    book.accept("u")
    assert (book.live("s"), book.live("b")) in ((6, 6), (6, 3))  # with the next trade's, if there is one
    book.close_until(date(2024, 5, 5))
    assert (book.live("s"), book.live("b")) == (6, 6)
    assert book.balance("platform:p:entitlement-liability") == 12 * cny("2.50").quantity
    assert book.bank.close_day(date(2024, 5, 4)).transactions == 0
    assert book.sound()


def test_a_receipt_reaches_an_account_that_may_not_be_debited_and_is_set_aside_later() -> None:
    book = Firms()
    book.take("SALES", share="50%")
    book.freeze("bank:demand:e", status=Status.DEBITS_FROZEN)
    book.receive("100.00")
    assert (book.demand_of("e"), book.held("SALES")) == (100_00, 0)
    book.freeze("bank:demand:e", status=Status.OPEN)
    book.receive("100.00")
    assert (book.demand_of("e"), book.held("SALES")) == (100_00, 100_00)
    assert book.sound()


@settings(max_examples=max(settings.default.max_examples // 4, 5), deadline=None)
@given(forbidden=troubles("bank:demand:e", "platform:p:mode:e:SALES"), days=st.integers(1, 4))
@example(forbidden={"bank:demand:e": "out"}, days=2)
@example(forbidden={"bank:demand:e": "floored", "platform:p:mode:e:SALES": "closed"}, days=1)
def test_whatever_is_refused_the_share_of_a_receipt_is_set_aside_once(
    forbidden: dict[str, str], days: int
) -> None:
    book = Firms("e", modes=["SALES"])
    book.take("SALES", share="12.5%")
    book.cash("100.03")
    stop(book.bank, forbidden)
    for _ in range(days):
        book.receive()
    assert book.sound()
    free(book.bank, forbidden)
    book.receive()
    assert (book.held("SALES"), len(book.entries("platform.set-aside"))) == (12_50, 1)
    assert book.sound()
