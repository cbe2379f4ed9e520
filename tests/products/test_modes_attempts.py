"""The close of a day is stopped by nobody's account: what cannot be posted waits, and is done once."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import date, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.products.exchange import cny
from tests.products.firms import Firms

from bankcore.errors import AccountChangeRefused
from bankcore.ledger.accounts import AccountPath, Status
from bankcore.ledger.velocity import VelocityLimit
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
TROUBLES = ("frozen", "debits frozen", "credits frozen", "floor", "ceiling", "in", "out")
KINDS = ("platform.release", "platform.mature", "platform.expire")


def busy() -> Firms:
    """A release, a maturity, a quarter's interest of two kinds and an expiry fall into the days to come."""
    book = Firms("es", opened_on=date(2024, 3, 20), fee="0", life_months=1)
    book.cash("612,345.67")
    book.open("SALES", release="on-the-date", release_months=3, share="50%")
    book.receive("100.00")
    book.open("FIN", months=[3], floor="580,000.00")
    book.open("PROC")
    book.top_up("PROC", "1,000.00")
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


def put(book: Firms, path: str, trouble: str, begins: bool) -> None:
    """Forbid an account something, or allow it again; where the ledger sees no sense in it, nothing."""
    ledger, key = book.bank.ledger, f"{path}/{trouble}/{begins}"
    account = ledger.books.account(AccountPath(path))
    assert account is not None
    if trouble in ("in", "out"):
        most = 0 if begins else None
        ledger.limit(
            VelocityLimit(f"{path}/{trouble}", path, account.unit, trouble, "day", most=most), key=key
        )
        return
    balance = ledger.books.balance(AccountPath(path))
    changes = {
        "floor": {"floor": balance if begins else None if path.endswith("expense") else 0},
        "ceiling": {"ceiling": balance if begins else None},
    }
    status = {"status": Status(trouble) if begins and trouble in TROUBLES[:3] else Status.OPEN}
    with suppress(AccountChangeRefused):
        ledger.change(AccountPath(path), key=key, reason="court", **changes.get(trouble, status))


def run(troubles: Sequence[tuple[str, str]], days: int) -> Firms:
    book = busy()
    for path, trouble in troubles:
        put(book, path, trouble, True)
    book.close_until(BEGIN + timedelta(days=days))
    assert book.sound()
    for path, trouble in troubles:
        put(book, path, trouble, False)
    book.close_until(END)
    return book


def entries(book: Firms) -> list[str]:
    return sorted(it.transaction.kind for it in book.entries(*KINDS))


def wealth(book: Firms) -> int:
    """The enterprise's money without the interest that it was paid, in fen."""
    paths = ("bank:demand:e", *(f"platform:p:mode:e:{mode}" for mode in ("SALES", "FIN", "PROC")))
    return sum(map(book.balance, paths)) - book.balance("bank:interest-expense")


@settings(max_examples=max(settings.default.max_examples // 4, 5), deadline=None)
@given(
    troubles=st.lists(
        st.tuples(st.sampled_from(ACCOUNTS), st.sampled_from(TROUBLES)), max_size=3, unique=True
    ),
    days=st.integers(1, 14),
)
@example(troubles=[("bank:demand:e", "frozen")], days=9)
@example(troubles=[("bank:interest-expense", "out"), ("bank:interest-expense", "in")], days=5)
@example(troubles=[("platform:p:mode:e:FIN", "debits frozen")], days=13)
@example(troubles=[("platform:p:entitlement-liability", "frozen")], days=14)
def test_no_account_stops_a_close_and_all_is_done_once_it_is_free(
    troubles: list[tuple[str, str]], days: int
) -> None:
    plain, book = run([], 1), run(troubles, days)
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
    book.freeze()
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


def test_a_receipt_reaches_an_account_that_may_not_be_debited_and_nothing_is_set_aside() -> None:
    book = Firms()
    book.open("SALES", share="50%")
    book.freeze(status=Status.DEBITS_FROZEN)
    book.receive("100.00")
    assert (book.demand_of("e"), book.held("SALES")) == (100_00, 0)
    book.freeze(status=Status.OPEN)
    book.receive("100.00")
    assert (book.demand_of("e"), book.held("SALES")) == (150_00, 50_00)
    assert book.sound()
