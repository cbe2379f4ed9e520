"""Who may pay: suspension and the identity limit hold on every way by which money leaves an account."""

from __future__ import annotations

from datetime import date, timedelta

from tests.products.counter import Counter
from tests.products.holders import cny

from bankcore.product.deferrals import Deferral
from bankcore.products.current import (
    CashIn,
    ChangeTerms,
    CloseAccount,
    OpenAccount,
    OpenProgramme,
    PlaceStandingOrder,
    Transfer,
)
from bankcore.products.parties import RegisterParty, RestoreParty, SuspendParty

FIRST = date(2024, 1, 1)


def newcomer(amount: str) -> Counter:
    """A counter at which zhao, whom nobody has identified, has an account with so much."""
    book = Counter()
    book.do(RegisterParty("zhao"))
    book.do(OpenAccount("std", "zhao"))
    book.do(CashIn("zhao", cny(amount)))
    return book


def order(party: str, amount: str, **fields: object) -> PlaceStandingOrder:
    return PlaceStandingOrder(party, "rent", "wang", cny(amount), FIRST, period="day", **fields)  # type: ignore[arg-type]


def why(book: Counter, day: date) -> list[str]:
    return [it.code for it in Deferral.every(book.bank.ledger.books, day.isoformat())]


def test_who_is_suspended_closes_no_account_and_an_officer_does() -> None:
    book = Counter()
    book.pay_in("li", "500.00")
    book.do(SuspendParty("li", "by order"))
    book.refused("party_suspended", Transfer("li", "wang", cny("1.00")), "customer:li")
    book.refused("party_suspended", CloseAccount("li", into="wang"), "customer:li")
    book.do(CloseAccount("li", into="wang"), "officer:han")
    assert book.demand("wang") == 500_00


def test_who_is_not_identified_closes_no_account_with_more_than_the_limit() -> None:
    book = newcomer("50,000.01")
    book.refused("not_identified", CloseAccount("zhao", into="wang"), "customer:zhao")
    book.refused("not_identified", CloseAccount("zhao"))
    book.do(Transfer("zhao", "li", cny("0.01")), "customer:zhao")
    book.do(CloseAccount("zhao", into="wang"), "customer:zhao")
    assert book.demand("wang") == 50_000_00


def test_who_is_not_identified_orders_no_more_than_the_limit_at_once() -> None:
    book = newcomer("90,000.00")
    book.refused("not_identified", order("zhao", "50,000.01"), "customer:zhao")
    book.do(order("zhao", "60,000.00", cap=cny("40,000.00")), "customer:zhao")
    book.close_until(FIRST + timedelta(days=1))
    assert book.demand("wang") == 40_000_00


def test_an_order_waits_while_the_limit_is_below_it() -> None:
    book = newcomer("1,000.00")
    book.do(order("zhao", "100.00"))
    book.do(ChangeTerms("std", {"identity_above": "99.00"}, FIRST + timedelta(days=1)))
    book.close_until(FIRST + timedelta(days=2))
    assert (book.demand("wang"), why(book, book.today - timedelta(days=1))) == (100_00, ["not_identified"])


def test_an_order_waits_while_its_payer_is_suspended() -> None:
    book = Counter()
    book.pay_in("li", "1,000.00")
    book.do(order("li", "100.00", until=FIRST + timedelta(days=1)))
    book.do(SuspendParty("li", "by order"))
    book.close_until(FIRST + timedelta(days=3))
    assert (book.demand("wang"), why(book, FIRST)) == (0, ["party_suspended"])
    book.do(RestoreParty("li", "x"))
    book.close_until(FIRST + timedelta(days=4))
    assert book.demand("wang") == 200_00


def test_an_account_opened_again_falls_dormant_by_its_own_programme() -> None:
    book = Counter(dormant_years=1)
    book.do(OpenProgramme("long", {"dormant_years": 10}))  # type: ignore[arg-type]
    book.do(CloseAccount("wang", "li"))
    book.do(OpenAccount("long", "wang"))
    book.close_until(date(2025, 1, 3))
    assert [book.account(it).status for it in ("li", "wang")] == ["dormant", "normal"]


def test_an_order_that_runs_keeps_an_account_awake() -> None:
    book = Counter(dormant_years=1)
    book.pay_in("li", "1,000.00")
    book.do(PlaceStandingOrder("li", "rent", "wang", cny("1.00"), FIRST, until=date(2025, 3, 1)))
    book.close_until(date(2025, 3, 1))
    assert [book.account(it).status for it in ("li", "wang")] == ["normal", "dormant"]
    book.close_until(date(2025, 4, 2))
    assert book.account().status == "dormant"
