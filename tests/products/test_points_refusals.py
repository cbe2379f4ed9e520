"""Everything a points programme refuses, by code; a refusal leaves no trace."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from tests.products.club import Club
from tests.products.holders import cny

from bankcore.amounts import Amount
from bankcore.errors import BadCommand, BadTerms, BankcoreError, NotPositive
from bankcore.ledger.accounts import Account, AccountPath, AccountType, Status
from bankcore.products.points import (
    AgreementTerms,
    CloseCard,
    GrantPoints,
    JoinFamily,
    OpenProgramme,
    PlaceOrder,
    PointsTerms,
    Redeem,
    RefundOrder,
    RegisterConsumer,
    RegisterProvider,
    RepayDebt,
    ReviseRight,
    SellWithPoints,
    SettleFund,
    SignAgreement,
    SubmitOrder,
    TransferPoints,
    remittances_of,
)
from bankcore.testing import registration
from bankcore.units import Unit


def order(amount: str = "1.00", card: str = "c", provider: str = "g", id: str = "o") -> PlaceOrder:
    return PlaceOrder("p", provider, card, id, cny(amount))


def rich(book: Club) -> None:
    book.pay_in(c="1,000.00", g="1,000.00")


def bought(book: Club) -> None:
    rich(book)
    book.order("200.00", "o")


def indebted(book: Club) -> None:
    bought(book)
    book.redeem(150)
    book.refund("o", "200.00")


def second(book: Club) -> None:
    book.join("d")


def family(book: Club) -> None:
    bought(book)
    book.join("d")
    for card in "cd":
        book.do(JoinFamily("p", card, "f"))


def sold(book: Club) -> None:
    rich(book)
    book.do(SellWithPoints("p", "s", "c", cny("1,000.00"), 100, cny("100.00"), 90))


FAMILY = {"transfers": "family"}
ROLLING = {"expiry": "rolling", "expiry_months": 1}

# name: (terms, what happens before, command, code)
CASES: dict[str, tuple[dict[str, Any], Callable[[Any], Any], Any, str]] = {
    "programme twice": ({}, id, OpenProgramme("p"), "already_taken"),
    "card twice": ({}, id, RegisterConsumer("p", "c"), "already_taken"),
    "provider twice": ({}, id, RegisterProvider("p", "g"), "already_taken"),
    "unknown programme": ({}, id, RegisterProvider("q", "h"), "not_found"),
    "agreement of a stranger": ({}, id, SignAgreement("p", "x"), "not_found"),
    "agreement in another unit": ({}, id, SignAgreement("p", "g", terms={"unit": "USD/2"}), "bad_terms"),
    "order twice": ({}, bought, order(), "order_duplicate"),
    "order of a stranger": ({}, rich, order(card="x"), "not_found"),
    "order of nobody": ({}, rich, order(provider="x"), "not_found"),
    "order on a closed card": ({}, lambda b: b.do(CloseCard("p", "c")), order(), "card_closed"),
    "order in another unit": (
        {},
        rich,
        PlaceOrder("p", "g", "c", "o", Amount(100, Unit("USD/2"))),
        "unit_mismatch",
    ),
    "order at the own shop": (
        {},
        lambda b: (rich(b), b.do(RegisterConsumer("p", "g"))),
        order(card="g"),
        "self_dealing",
    ),
    "order without an agreement": (
        {},
        lambda b: (rich(b), b.join("d", consumer_class="gold")),
        order(card="d"),
        "agreement_missing",
    ),
    "order before the agreement begins": (
        {},
        lambda b: (
            rich(b),
            b.do(SignAgreement("p", "g", "gold", valid_from=date(2024, 6, 1))),
            b.join("d", consumer_class="gold"),
        ),
        order(card="d"),
        "agreement_missing",
    ),
    "order beyond the money": ({}, id, order(), "balance_floor_breached"),
    "order whose points cost more than it brings": (
        {"value": "200"},
        lambda b: b.pay_in(c="1.00"),
        order(),
        "fund_short",
    ),
    "order beyond the bank's advance": (
        {"funding": "postpaid", "funding_cap": "0.99"},
        lambda b: b.pay_in(c="100.00"),
        order("100.00"),
        "fund_short",
    ),
    "document without a number": (
        {},
        rich,
        SubmitOrder("p", {"provider": "g", "card": "c", "amount": "1.00"}),
        "bad_command",
    ),
    "grant to oneself": (
        {},
        lambda b: b.do(RegisterConsumer("p", "g")),
        GrantPoints("p", "g", "g", 1),
        "self_dealing",
    ),
    "grant without money": ({}, id, GrantPoints("p", "g", "c", 1), "fund_short"),
    "refund of nothing": ({}, rich, RefundOrder("p", "g", "o", cny("1.00")), "not_found"),
    "refund by another": (
        {},
        lambda b: (bought(b), *map(b.do, registration("h")), b.do(RegisterProvider("p", "h"))),
        RefundOrder("p", "h", "o", cny("1.00")),
        "order_of_other",
    ),
    "refund beyond the price": ({}, bought, RefundOrder("p", "g", "o", cny("200.01")), "refund_exceeds"),
    "refund after refunds": (
        {},
        lambda b: (bought(b), b.refund("o", "150.00")),
        RefundOrder("p", "g", "o", cny("50.01")),
        "refund_exceeds",
    ),
    "redeem too few": ({}, bought, Redeem("p", "c", 99), "below_min"),
    "redeem a part of a fen": ({"value": "4/5"}, bought, Redeem("p", "c", 101), "not_whole_fen"),
    "redeem more than there is": ({}, bought, Redeem("p", "c", 201), "points_short"),
    "redeem pending points": ({"pending_days": 1}, bought, Redeem("p", "c", 100), "points_short"),
    "redeem from a closed card": (
        {},
        lambda b: b.do(CloseCard("p", "c")),
        Redeem("p", "c", 100),
        "card_closed",
    ),
    "repay what is not owed": ({}, bought, RepayDebt("p", "c", "g", 1), "debt_short"),
    "repay more than is owed": ({}, indebted, RepayDebt("p", "c", "g", 151), "debt_short"),
    "repay a part of a fen": ({"value": "4/5"}, indebted, RepayDebt("p", "c", "g", 1), "not_whole_fen"),
    "transfer": ({}, lambda b: (bought(b), second(b)), TransferPoints("p", "c", "d", 1), "transfer_off"),
    "transfer to a stranger": (
        FAMILY,
        lambda b: (bought(b), second(b)),
        TransferPoints("p", "c", "d", 1),
        "transfer_off",
    ),
    "transfer to oneself": (FAMILY, family, TransferPoints("p", "c", "c", 1), "transfer_off"),
    "transfer of too many": (FAMILY, family, TransferPoints("p", "c", "d", 201), "points_short"),
    "transfer beyond the cap": (
        {**FAMILY, "transfer_cap": 100},
        lambda b: (family(b), b.do(TransferPoints("p", "c", "d", 60))),
        TransferPoints("p", "c", "d", 41),
        "over_cap",
    ),
    "close with a debt": ({}, indebted, CloseCard("p", "c", forfeit=True), "debt_open"),
    "close with points": ({}, bought, CloseCard("p", "c"), "points_left"),
    "sale twice": (
        {},
        sold,
        SellWithPoints("p", "s", "c", cny("1.00"), 10, cny("1.00"), 10),
        "already_taken",
    ),
    "sale with points beyond belief": (
        {},
        id,
        SellWithPoints("p", "s", "c", cny("1.00"), 10, cny("1.00"), 11),
        "right_refused",
    ),
    "right of no sale": ({}, id, ReviseRight("p", "s", 1), "not_found"),
    "right of more than all": ({}, sold, ReviseRight("p", "s", 101), "right_refused"),
    "right with more redeemed than expected": (
        {},
        lambda b: (sold(b), b.redeem(100)),
        ReviseRight("p", "s", 99),
        "right_refused",
    ),
    "sale to who has no card": (
        {},
        lambda b: [b.do(it) for it in registration("x")],
        SellWithPoints("p", "s", "x", cny("1.00"), 10, cny("1.00"), 10),
        "not_found",
    ),
    "sale to a closed card": (
        {},
        lambda b: b.do(CloseCard("p", "c")),
        SellWithPoints("p", "s", "c", cny("1.00"), 10, cny("1.00"), 10),
        "card_closed",
    ),
    "repay no advance": ({}, rich, SettleFund("p", "g", cny("1.00")), "balance_floor_breached"),
}


@pytest.mark.parametrize(("terms", "before", "command", "code"), CASES.values(), ids=CASES)
def test_refusals(terms: dict[str, Any], before: Callable[[Any], Any], command: Any, code: str) -> None:
    book = Club(**terms)
    before(book)
    fields = book.refused(code, command)
    assert fields["message"] != "bankcore refused"
    assert book.sound()


def test_points_of_yesterday_are_expired_before_the_close_takes_them_away() -> None:
    book = Club(**ROLLING, opened_on=date(2024, 4, 30))
    bought(book)
    book.close_until(date(2024, 6, 1))
    assert book.points() == 200
    assert book.refused("points_expired", Redeem("p", "c", 100))["expired"] == 200
    assert book.refused("points_short", Redeem("p", "c", 201))["available"] == 0
    book.close_until(date(2024, 6, 2))
    assert book.points() == 0
    assert book.sound()


@pytest.mark.parametrize(
    ("make", "error"),
    [
        (lambda: PointsTerms.from_data({"value": "0"}), BadTerms),
        (lambda: PointsTerms.from_data({"value": "one"}), BadTerms),
        (lambda: PointsTerms.from_data({"rate": "1"}), BadTerms),
        (lambda: PointsTerms.from_data([]), BadTerms),  # type: ignore[arg-type]
        (lambda: PointsTerms.from_data({"unit": "yuan"}), BadTerms),
        (lambda: PointsTerms(unit="CNY/2"), BadTerms),  # type: ignore[arg-type]
        (lambda: PointsTerms.from_data({"pending_days": 31}), BadTerms),
        (lambda: PointsTerms.from_data({"expiry": "never-ever"}), BadTerms),
        (lambda: PointsTerms.from_data({"funding": "postpaid"}), BadTerms),
        (lambda: PointsTerms.from_data({"funding_cap": "-0.01"}), BadTerms),
        (lambda: AgreementTerms.from_data({"rate": "10.01"}), BadTerms),
        (lambda: AgreementTerms.from_data({"credit_rate": "1.01"}), BadTerms),
        (lambda: AgreementTerms.from_data({"order_cap": "-1"}), BadTerms),
        (lambda: OpenProgramme("p", {"value": "0"}), BadTerms),
        (
            lambda: SignAgreement("p", "g", valid_from=date(2024, 5, 2), valid_until=date(2024, 5, 1)),
            BadCommand,
        ),
        (lambda: SignAgreement("p", "g", valid_from="2024-05-01"), BadCommand),  # type: ignore[arg-type]
        (lambda: SubmitOrder("p", "order"), BadCommand),  # type: ignore[arg-type]
        (lambda: PlaceOrder("p", "g", "c", "o", cny("-0.01")), NotPositive),
        (lambda: PlaceOrder("p", "g", "c", "o", 1), BadCommand),  # type: ignore[arg-type]
        (lambda: PlaceOrder("p", "", "c", "o", cny("1")), BadCommand),
        (lambda: Redeem("p", "c", 0), BadCommand),
        (lambda: Redeem("p", "c", True), BadCommand),
        (lambda: CloseCard("p", "c", "yes"), BadCommand),  # type: ignore[arg-type]
    ],
)
def test_unusable_terms_and_commands(make: Callable[[], Any], error: type[BankcoreError]) -> None:
    with pytest.raises(error):
        make()


def test_accounts_opened_by_hand_stand_in_the_way() -> None:
    book = Club()
    for command in registration("d", "e"):
        book.do(command)
    ledger, liability = book.bank.ledger, AccountType.LIABILITY
    ledger.open([Account(AccountPath("points:p:consumer:d:live"), liability, Unit("PT/0"))], key="hand-1")
    book.refused("already_taken", RegisterConsumer("p", "d"))
    ledger.open([Account(AccountPath("points:p:provider:e:fund"), liability, Unit("USD/2"))], key="hand-2")
    book.refused("unit_mismatch", RegisterProvider("p", "e"))


def test_a_frozen_card_takes_no_points() -> None:
    book = Club()
    rich(book)
    path = AccountPath("points:p:consumer:c:live")
    book.bank.ledger.change(path, key="lost", reason="lost", status=Status.FROZEN)
    book.refused("account_frozen", order())


def test_a_question_needs_a_side() -> None:
    with pytest.raises(BadCommand):
        list(remittances_of(Club().books, "p"))
