"""Credit lines: the worked example, what raises limits, what interest costs, and every refusal."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from tests.products.club import Club
from tests.products.holders import cny
from tests.products.people import HAN, LI
from tests.products.test_points_examples import compare, read_examples

from bankcore.amounts import Amount
from bankcore.errors import BadCommand, BadTerms
from bankcore.ledger.accounts import Account, AccountPath, AccountType, Status
from bankcore.product.actor import Actor, Role
from bankcore.products import points
from bankcore.products.credit import (
    ApproveLimit,
    CreditTerms,
    Draw,
    OpenLine,
    OpenProgramme,
    ProposeLimit,
    RaiseLimit,
    RejectLimit,
    Repay,
    SetLimit,
)
from bankcore.products.current import CloseAccount, OpenAccount
from bankcore.products.parties import (
    EraseParty,
    IdentifyParty,
    NameRepresentative,
    RegisterParty,
    RestoreParty,
    SuspendParty,
)
from bankcore.products.points import CloseCard
from bankcore.rates import round_half_up
from bankcore.units import Unit

C5 = {"due_day": 18, "due_months": 2, "posting": "due", "automatic": False}
CHART = {
    "CASH": "bank:cash",
    "DD:c": "bank:demand:c",
    "LIM:c": "credit:p:consumer:c:undrawn",
    "LIMX:c": "credit:p:consumer:c:undrawn-contra",
    "LOAN:c": "credit:p:consumer:c:loan",
    "INTREC:c": "credit:p:consumer:c:interest",
    "INTINC": "bank:interest-income",
    "PENINC": "bank:penalty-income",
}


def bank(earned: int = 0, opened_on: date = date(2024, 1, 31), limit_window: int = 0, **terms: Any) -> Club:
    """A club whose card c has so many points that count, and a credit line."""
    book = Club(opened_on=opened_on, limit_window=limit_window)
    book.pay_in(g="10,000.00", c=f"{earned + 100}.00")
    if earned:
        book.order(f"{earned}.00")
    book.do(OpenProgramme("p", {"automatic": False, **terms}))
    book.do(OpenLine("p", card="c"))
    return book


def draw(amount: str, card: str = "c") -> Draw:
    return Draw("p", cny(amount), card=card)


def repay(amount: str) -> Repay:
    return Repay("p", cny(amount), card="c")


def of(book: Club, name: str) -> int:
    return book.balance(f"credit:p:consumer:c:{name}")


def test_c5_limit_drawing_repayment_and_overdue(shared_data: Any) -> None:
    book = Club(opened_on=date(2023, 12, 31))
    book.pay_in(c="18,765.00")
    book.order("18,765.00")
    book.close_until(date(2024, 1, 31))
    opening = book.balances()
    first = book.bank.ledger.reader.head().number
    book.do(OpenProgramme("p", C5))
    book.do(OpenLine("p", card="c"))
    book.do(draw("4,321.09"))
    book.close_until(date(2024, 3, 18))
    book.do(repay("2,000.00"))
    book.close_until(date(2024, 4, 30))
    book.pay_in(c="500.00")
    book.do(repay("2,393.17"))
    example = read_examples(shared_data)["C5"]
    *earlier, overdue, last = example["postings"]  # ours accrues with the repayment, after the cash came in
    last["rows"] = overdue["rows"] + last["rows"]
    compare(book, {**example, "postings": [*earlier, last]}, CHART, first, opening)
    assert book.sound()


def test_posting_every_day_comes_to_the_same() -> None:
    books = [bank(18_765, **{**C5, "posting": posting}) for posting in ("due", "daily")]
    for book in books:
        book.do(draw("4,321.09"))
        book.close_until(date(2024, 3, 18))
        book.do(repay("2,000.00"))
        book.close_until(date(2024, 4, 30))
        book.do(repay("2,393.17"))
        assert book.sound()
    assert books[0].balances() == books[1].balances()
    assert len(books[0].entries()) < len(books[1].entries())


# --- limits -----------------------------------------------------------------------------------------


def test_a_limit_follows_the_points_at_the_close_but_never_below_what_is_drawn() -> None:
    book = bank(opened_on=date(2024, 5, 1))
    assert of(book, "undrawn") == 2_000_00
    book.pay_in(c="5,000.00")
    book.order("2,100.00", "o1")
    book.close_until(date(2024, 5, 2))
    assert of(book, "undrawn") == 3_000_00
    book.redeem(2_000)  # spent points count
    book.do(draw("2,400.00"))
    book.refund("o1", "1,100.00")
    book.refused("limit_exceeded", draw("100.01"))
    book.do(draw("50.00"))
    assert of(book, "undrawn") == 50_00
    book.refund("o1", "1,000.00")
    book.close_until(date(2024, 5, 3))
    assert of(book, "undrawn") == 0
    book.do(repay("1,000.00"))
    assert of(book, "undrawn") > 900_00  # until the close, but nobody can draw it
    book.refused("limit_exceeded", draw("600.00"))
    book.close_until(date(2024, 5, 4))
    assert of(book, "undrawn") == 2_000_00 - of(book, "loan")
    book.order("3,000.00", "o2")
    book.close_until(date(2024, 5, 5))
    assert of(book, "undrawn") == 3_500_00 - of(book, "loan")
    raised = [it.data["limit"] for it in book.books.versions("notice", "c:limit-raised:credit-p")]
    assert raised == ["3,000.00 CNY", "3,500.00 CNY"]
    assert book.sound()


def test_points_that_can_be_returned_raise_no_limit() -> None:
    """P3: an order that is refunded, and points that a shop gives away, bring nothing."""
    book = bank(opened_on=date(2024, 5, 1), limit_window=30)
    book.pay_in(c="40,000.00")
    book.grant(30_000)
    book.order("40,000.00", "o1")
    told = book.refused("nothing_to_raise", RaiseLimit("p", card="c"))
    assert (told["points"], told["limit"]) == (0, 2_000_00)
    book.close_until(date(2024, 5, 30))
    book.refused("nothing_to_raise", RaiseLimit("p", card="c"))
    book.refund("o1", "30,000.00")
    book.close_until(date(2024, 5, 31))
    book.do(RaiseLimit("p", card="c"))
    assert of(book, "undrawn") == 7_000_00
    book.refund("o1", "9,000.00")
    book.refused("limit_exceeded", draw("2,500.01"))
    book.do(draw("2,500.00"))
    assert of(book, "undrawn") == 0
    assert book.sound()


def test_the_window_lasts_as_long_as_points_are_pending() -> None:
    with pytest.raises(BadTerms, match="limit_window"):
        points.PointsTerms.from_data({"pending_days": 10, "limit_window": 9})


def test_credit_points_that_can_be_returned_raise_no_limit_of_the_provider() -> None:
    book = Club(agreed={"credit_rate": "1"}, limit_window=10)
    book.pay_in(c="5,000.00", g="100.00")
    book.do(OpenProgramme("p"))
    book.do(OpenLine("p", provider="g"))
    book.order("2,500.00", "o1")
    book.refused("nothing_to_raise", RaiseLimit("p", provider="g"))
    book.refund("o1", "1,500.00")
    book.close_until(date(2024, 5, 11))
    book.do(RaiseLimit("p", provider="g"))
    assert book.balance("credit:p:provider:g:undrawn") == 2_500_00
    assert book.sound()


def test_money_is_drawn_on_the_due_date_and_not_after() -> None:
    """P12: what is not in the report `overdue` is not refused as overdue."""
    book = bank()
    book.do(draw("100.00"))
    book.close_until(date(2024, 2, 20))
    assert book.bank.report("credit", "overdue").rows == ()
    book.do(draw("1.00"))
    assert book.bank.report("credit", "lines").rows[0][-1] == date(2024, 2, 20)
    book.close_until(date(2024, 2, 21))
    book.refused("overdue_block", draw("1.00"))
    assert [row[-2] for row in book.bank.report("credit", "overdue").rows] == [1]


def test_a_limit_is_raised_on_demand_up_to_the_cap() -> None:
    book = bank()
    book.pay_in(c="200,000.00")
    book.order("200,000.00")
    book.do(RaiseLimit("p", card="c"))
    assert of(book, "undrawn") == 50_000_00
    book.refused("nothing_to_raise", RaiseLimit("p", card="c"))


def test_a_providers_limit_grows_with_its_credit_points() -> None:
    book = Club(agreed={"credit_rate": "1"}, limit_window=0)
    book.pay_in(c="5,000.00", g="100.00")
    book.do(OpenProgramme("p"))
    book.order("1,500.00")
    book.do(OpenLine("p", provider="g"))
    assert book.balance("credit:p:provider:g:undrawn") == 2_500_00
    book.order("500.00")
    book.close_until(date(2024, 5, 2))
    assert book.balance("credit:p:provider:g:undrawn") == 3_000_00
    book.do(Draw("p", cny("3,000.00"), provider="g"))
    assert book.sound()


def test_a_decided_limit_stays_until_points_may_raise_it_again() -> None:
    book = bank(5_000)
    book.do(draw("1,000.00"))
    book.do(SetLimit("p", cny("1,000.00"), card="c"))
    book.close_until(date(2024, 2, 2))
    assert of(book, "undrawn") == 0
    book.refused("nothing_to_raise", RaiseLimit("p", card="c"))
    book.do(SetLimit("p", cny("1,000.00"), card="c", automatic=True))
    book.close_until(date(2024, 2, 3))
    assert of(book, "undrawn") == 3_500_00
    assert book.sound()


def test_two_officers_raise_a_limit_beyond_what_the_points_give() -> None:
    book = bank(5_000)
    book.refused("not_approved", SetLimit("p", cny("4,500.01"), card="c"), LI)
    book.do(SetLimit("p", cny("100.00"), card="c"))
    book.do(SetLimit("p", cny("4,500.00"), card="c"))  # what they give
    proposed = ProposeLimit("p", cny("9,000.00"), card="c")
    book.refused("nothing_proposed", ApproveLimit("p", 1, card="c"), HAN)
    book.do(proposed, actor=LI)
    assert book.bank.report("credit", "proposals").rows == (
        ("limit", "p:consumer:c", 1, "li", date(2024, 1, 31)),
    )
    book.refused("already_proposed", ProposeLimit("p", cny("9,500.00"), card="c"), HAN)
    book.refused("same_person", ApproveLimit("p", 1, card="c"), LI)
    book.refused("stale_proposal", ApproveLimit("p", 2, card="c"), HAN)
    book.do(ApproveLimit("p", 1, card="c"), actor=HAN)
    assert of(book, "undrawn") == 9_000_00
    book.do(SetLimit("p", cny("9,000.00"), card="c", automatic=True))  # as it is
    book.do(proposed, actor=LI)
    book.do(RejectLimit("p", 3, card="c"), actor=HAN)
    book.do(proposed, actor=LI)
    book.do(SetLimit("p", cny("8,000.00"), card="c"))
    book.refused("stale_proposal", ApproveLimit("p", 5, card="c"), HAN)  # the limit is another
    book.do(draw("8,000.00"))
    book.refused("limit_below_drawn", ProposeLimit("p", cny("7,999.99"), card="c"), LI)
    book.refused("limit_below_drawn", ProposeLimit("p", cny("50,000.01"), card="c"), LI)
    assert book.sound()


# --- interest ---------------------------------------------------------------------------------------


def test_a_repayment_within_the_grace_costs_no_penalty() -> None:
    for posting in ("daily", "due"):
        book = bank(posting=posting)
        book.do(draw("1,500.00"))
        book.close_until(date(2024, 2, 23))  # due on the 20th, three days of grace
        interest = round_half_up(150_000 * Fraction(73, 1000) * 23 / 360)
        book.refused("overdue_block", draw("1.00"))
        book.do(Repay("p", Amount(100_00, cny("1").unit), card="c"))
        assert book.balance("bank:penalty-income") == 0
        assert book.balance("bank:interest-income") == interest
        assert book.sound()


def test_a_day_later_the_whole_time_since_the_due_date_is_overdue() -> None:
    for posting in ("daily", "due"):
        book = bank(posting=posting)
        book.do(draw("1,500.00"))
        book.close_until(date(2024, 2, 24))
        book.do(repay("100.00"))
        rate = Fraction(73, 1000)
        assert book.balance("bank:interest-income") == round_half_up(150_000 * rate * 20 / 360)
        assert book.balance("bank:penalty-income") == round_half_up(150_000 * rate * 3 / 2 * 4 / 360)
        assert [row[-2] for row in book.bank.report("credit", "overdue").rows] == [4]
        assert book.sound()


def test_later_drawings_fall_due_with_the_first_and_a_paid_line_begins_anew() -> None:
    book = bank()
    book.do(draw("1,000.00"))
    book.close_until(date(2024, 2, 10))
    book.do(draw("500.00"))
    ((*_, due),) = book.bank.report("credit", "lines").rows
    assert due == date(2024, 2, 20)
    owed = of(book, "interest") + of(book, "loan")
    book.do(Repay("p", Amount(owed, cny("1").unit), card="c"))
    ((*_, percent, due),) = book.bank.report("credit", "lines").rows
    assert (percent, due) == (0, None)
    book.close_until(date(2024, 2, 15))
    book.do(draw("1.00"))
    assert book.bank.report("credit", "lines").rows[0][-1] == date(2024, 3, 20)
    assert book.bank.report("credit", "overdue").rows == ()
    assert book.sound()


def test_a_small_repayment_pays_interest_only() -> None:
    book = bank()
    book.do(draw("1,000.00"))
    book.close_until(date(2024, 2, 10))
    owing = of(book, "interest")
    book.do(Repay("p", Amount(owing - 1, cny("1").unit), card="c"))
    assert (of(book, "interest"), of(book, "loan")) == (1, 1_000_00)
    assert book.sound()


def test_a_frozen_line_catches_up() -> None:
    books = [bank(5_000), bank(5_000)]
    for book in books:
        book.do(draw("1,000.00"))
    path = AccountPath("credit:p:consumer:c:interest")
    books[0].bank.ledger.change(path, key="freeze", reason="court", status=Status.FROZEN)
    for book in books:
        book.close_until(date(2024, 3, 1))
    assert of(books[0], "interest") == 0
    books[0].bank.ledger.change(path, key="thaw", reason="court", status=Status.OPEN)
    for book in books:
        book.close_until(date(2024, 3, 2))
    assert books[0].balances() == books[1].balances()


# --- refusals ---------------------------------------------------------------------------------------

CASES: dict[str, tuple[Callable[[Club], Any], Any, str]] = {
    "programme twice": (id, OpenProgramme("p"), "line_open"),
    "line twice": (id, OpenLine("p", card="c"), "line_open"),
    "line of a stranger": (id, OpenLine("p", card="x"), "holder_unknown"),
    "line where none are offered": (id, OpenLine("q", card="c"), "not_found"),
    "drawing without a line": (id, Draw("p", cny("1.00"), provider="g"), "line_unknown"),
    "drawing in another unit": (id, Draw("p", Amount(1, Unit("USD/2")), card="c"), "unit_mismatch"),
    "drawing beyond the limit": (id, draw("2,000.01"), "limit_exceeded"),
    "drawing when overdue": (
        lambda b: (b.do(draw("1.00")), b.close_until(date(2024, 2, 21))),
        draw("1.00"),
        "overdue_block",
    ),
    "repaying too much": (lambda b: b.do(draw("1.00")), repay("1.01"), "repayment_exceeds"),
    "repaying nothing": (id, repay("0.01"), "repayment_exceeds"),
    "a limit below what is drawn": (
        lambda b: b.do(draw("100.00")),
        SetLimit("p", cny("99.99"), card="c"),
        "limit_below_drawn",
    ),
    "a limit above the cap": (id, SetLimit("p", cny("50,000.01"), card="c"), "limit_below_drawn"),
    "nothing to raise": (id, RaiseLimit("p", card="c"), "nothing_to_raise"),
}


@pytest.mark.parametrize(("before", "command", "code"), CASES.values(), ids=CASES)
def test_refusals(before: Callable[[Club], Any], command: Any, code: str) -> None:
    book = bank()
    before(book)
    book.refused(code, command)


@pytest.mark.parametrize(
    "terms",
    [
        {"rate": "24.1%"},
        {"overdue_factor": "1.2"},
        {"overdue_factor": "1.6"},
        {"due_day": 29},
        {"grace_days": 31},
        {"base": "50,000.01"},
        {"posting": "weekly"},
    ],
)
def test_unusable_terms(terms: dict[str, Any]) -> None:
    with pytest.raises(BadTerms):
        CreditTerms.from_data(terms)


@pytest.mark.parametrize("holder", [{}, {"card": "c", "provider": "g"}])
def test_a_line_has_one_holder(holder: dict[str, str]) -> None:
    with pytest.raises(BadCommand):
        OpenLine("p", **holder)


def test_terms_can_be_written_and_read() -> None:
    assert CreditTerms.from_data(CreditTerms().as_data()) == CreditTerms()


def test_accounts_opened_by_hand_stand_in_the_way() -> None:
    book = Club()
    book.do(OpenProgramme("p"))
    for path, unit, code in (
        ("credit:p:consumer:c:loan", "CNY/2", "line_open"),
        ("credit:p:provider:g:loan", "USD/2", "unit_mismatch"),
    ):
        account = Account(AccountPath(path), AccountType.ASSET, Unit(unit))
        book.bank.ledger.open([account], key=path)
        holder = {"card": "c"} if "consumer" in path else {"provider": "g"}
        book.refused(code, OpenLine("p", **holder))


# --- who may have a line, and whom it binds -----------------------------------------------------------


def test_a_line_is_for_identified_parties_with_a_current_account() -> None:
    book = bank()
    book.join("d")
    opening = OpenLine("p", card="d")
    book.do(SuspendParty("d", "fraud"))
    book.refused("party_suspended", opening)
    book.do(RestoreParty("d", "cleared"))
    book.do(opening)
    book.do(SuspendParty("c", "fraud"))
    book.refused("party_suspended", draw("1.00"))
    assert book.sound()


def test_what_is_drawn_keeps_account_and_party_until_it_is_repaid() -> None:
    book = bank()
    book.do(draw("10.00"))
    told = book.refused("contracts_open", CloseAccount("c"))
    assert told["contracts"] == "credit p/consumer/c, points p/card"
    book.refused("contracts_open", EraseParty("c"))
    book.do(repay("4.00"))
    assert book.refused("contracts_open", CloseAccount("c"))["contracts"].startswith("credit")
    book.do(repay("6.00"))
    assert book.refused("contracts_open", CloseAccount("c"))["contracts"] == "points p/card"
    book.do(SetLimit("p", cny("0.00"), card="c"))
    book.do(CloseCard("p", "c"))
    book.do(CloseAccount("c"))
    book.close_until(date(2024, 2, 1))  # which gives nothing to who left
    assert of(book, "undrawn") == 0
    assert book.sound()


def test_a_party_has_one_line_at_the_whole_bank() -> None:
    """C4: neither a second programme nor a shop of his own gives him the base limit again."""
    book = bank()
    book.do(points.OpenProgramme("q"))
    book.do(OpenProgramme("q"))
    for programme in "pq":
        book.do(points.RegisterProvider(programme, "c"))
    book.do(points.RegisterConsumer("q", "c"))
    others = (OpenLine("p", provider="c"), OpenLine("q", card="c"), OpenLine("q", provider="c"))
    for other in others:
        assert book.refused("line_open", other)["id"] == "p:consumer:c"
    book.do(SetLimit("p", cny("0.00"), card="c"))
    book.do(others[1])
    book.refused("line_open", others[0])
    assert book.sound()


def test_a_representative_who_is_suspended_binds_no_firm() -> None:
    book = bank()
    book.do(RegisterParty("f", "firm"))
    book.do(IdentifyParty("f", "business-licence", "f"))
    book.do(OpenAccount("std", "f"))
    book.do(points.RegisterConsumer("p", "f"))
    book.do(NameRepresentative("f", "c"))
    manager = Actor(Role.CUSTOMER, "c")
    for command in (OpenLine("p", card="f"), draw("5.00", card="f")):
        book.do(command, actor=manager)
    book.grant(5_000, card="f")
    book.do(SuspendParty("c", "fraud"))
    owed = Repay("p", cny("1.00"), card="f")
    for again in (OpenLine("p", card="f"), draw("5.00", card="f"), owed, RaiseLimit("p", card="f")):
        book.refused("party_suspended", again, manager)
    book.do(owed)


def test_a_line_of_a_provider_is_asked_for_by_the_provider() -> None:
    book = bank()
    book.do(OpenLine("p", provider="g"))
    assert book.bank.ledger.entry(book.bank.ledger.reader.head().number).transaction.actor == "merchant:g"
    book.refused("actor_not_permitted", Draw("p", cny("1.00"), provider="g"), Actor(Role.CUSTOMER, ""))
