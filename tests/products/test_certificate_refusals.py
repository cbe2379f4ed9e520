"""Everything that certificates refuse, by code; a refusal leaves no trace."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.products.circle import Circle
from tests.products.holders import cny

from bankcore.errors import BankcoreError, InputError
from bankcore.ledger.accounts import Account, AccountPath, AccountType
from bankcore.ledger.transactions import Transaction, open_account
from bankcore.product.actor import Actor
from bankcore.products.certificate import (
    BuyShare,
    CancelOrder,
    CertificateTerms,
    ChangeConfig,
    ChangeTerms,
    Confirm,
    Consent,
    Exit,
    FreezeShare,
    InitiateOrder,
    IssueLink,
    Leave,
    OfferShare,
    OpenProgramme,
    OrderConfig,
    PermitThirdParty,
    Reconfirm,
    RedeemEarly,
    RegisterThirdParty,
    ReleaseShare,
    RevokeLink,
)
from bankcore.products.certificate.orders import Order
from bankcore.products.current import CloseAccount
from bankcore.products.parties import (
    EraseParty,
    IdentifyParty,
    NameRepresentative,
    RegisterParty,
    SuspendParty,
)
from bankcore.rates import Rate
from bankcore.units import Unit

Act = Callable[[Any], Any]
DAY = date(2024, 1, 10)
USD = Unit("USD/2")


def partner(b: Circle, limit: str = "20,000.00", channels: str = "partner", paid: bool = False) -> None:
    b.register("shop")
    b.do(RegisterThirdParty("cd", "shop", channels, cny(limit), paid))


def initiate(
    initiator: str = "a", product: str = "CD12", channel: str = "mobile", **config: Any
) -> InitiateOrder:
    return InitiateOrder("cd", "k", initiator, product, channel, OrderConfig.from_data(config))


def opened(b: Circle, *amounts: str, **config: Any) -> None:
    b.filled(*(amounts or ("6,000.00", "4,000.00", "2,000.00")), **config)


def confirm(
    customer: str = "a", amount: str = "100.00", config: str = "", **more: str
) -> Callable[[Circle], Confirm]:
    """A confirmation of the order as it stands, or of another configuration."""
    return lambda b: Confirm("cd", "k", customer, cny(amount), config or digest(b), **more)


OPEN = "open-to-whoever-1"  # the nonce of a link with a place


def open_to_one(b: Circle, invited: str = "", **config: str) -> None:
    b.request(**config)
    b.invite(invited, nonce=OPEN, places=1)


def reconfirm(b: Circle) -> Reconfirm:
    return Reconfirm("cd", "k", "a", digest(b))


def digest(b: Circle) -> str:
    order = Order.find(b.books, "cd", "k")
    return order.digest if order else "0" * 64


# name: (terms, what happens before, command, code)
CASES: dict[str, tuple[dict[str, Any], Act, Any, str]] = {
    # --- parties
    "a second programme of one name": ({}, lambda b: None, OpenProgramme("cd"), "already_taken"),
    "no programme": ({}, lambda b: None, IssueLink("no", "k", "a", "n1", "x"), "not_found"),
    "a paid third party under Chinese law": (
        {"profile": "CN"},
        lambda b: b.register("shop"),
        RegisterThirdParty("cd", "shop", "partner", cny("1.00"), paid=True),
        "paid_intermediary",
    ),
    "a third party that is not identified": (
        {},
        lambda b: b.register("shop", identified=False),
        RegisterThirdParty("cd", "shop", "partner", cny("1.00")),
        "not_identified",
    ),
    "permission for one that is suspended": (
        {},
        lambda b: (
            partner(b),
            b.do(PermitThirdParty("cd", "shop", False)),
            b.do(SuspendParty("shop", "fraud")),
        ),
        PermitThirdParty("cd", "shop", True),
        "party_suspended",
    ),
    "a third party by a strange channel": (
        {},
        lambda b: b.register("shop"),
        RegisterThirdParty("cd", "shop", "partner,fax", cny("1.00")),
        "channel_not_admitted",
    ),
    "a third party twice": (
        {},
        partner,
        RegisterThirdParty("cd", "shop", "partner", cny("1.00")),
        "already_taken",
    ),
    "permission for nobody": ({}, lambda b: None, PermitThirdParty("cd", "shop", True), "not_found"),
    "terms of the past": ({}, lambda b: b.close(), ChangeTerms("cd", {}, DAY), "bad_terms"),
    "terms in another unit": ({}, lambda b: None, ChangeTerms("cd", {"unit": "USD/2"}), "bad_terms"),
    "stepped rates for early exits": (
        {},
        lambda b: None,
        ChangeTerms("cd", {"early_rate": [["3M", "1.10%"]]}),
        "stepped_early_rate",
    ),
    # --- requests
    "an order of a stranger": ({}, lambda b: None, initiate("x"), "initiator_unknown"),
    "an order of one who is not identified": (
        {},
        lambda b: b.register("x", identified=False),
        initiate("x"),
        "not_identified",
    ),
    "an order of one without an account": (
        {},
        lambda b: (b.do(RegisterParty("x")), b.do(IdentifyParty("x", "passport", "x"))),
        initiate("x"),
        "no_current_account",
    ),
    "a third party that changes beyond its limit": (
        {},
        lambda b: (partner(b), b.do(initiate("shop", channel="partner"), "operator:shop")),
        ChangeConfig("cd", "k", "shop", {"target": "20,001.00"}),
        "no_permission",
    ),
    "an account that closes under an order that one asked for": (
        {},
        lambda b: b.request(),
        CloseAccount("a"),
        "contracts_open",
    ),
    "an order of one name twice": ({}, lambda b: b.request(), initiate(), "already_taken"),
    "an unknown product": ({}, lambda b: None, initiate(product="CD3"), "product_not_admitted"),
    "an unknown channel": ({}, lambda b: None, initiate(channel="fax"), "channel_not_admitted"),
    "a target too small": ({}, lambda b: None, initiate(target="49.00"), "amount_not_admitted"),
    "a target too large": ({}, lambda b: None, initiate(target="5,000,001.00"), "amount_not_admitted"),
    "a target with fen": ({}, lambda b: None, initiate(target="100.01"), "amount_not_admitted"),
    "a target in another unit": (
        {},
        lambda b: None,
        initiate(unit="USD/2", target="100.00"),
        "unit_mismatch",
    ),
    "a third party without permission": (
        {},
        lambda b: (partner(b), b.do(PermitThirdParty("cd", "shop", False))),
        initiate("shop", channel="partner"),
        "no_permission",
    ),
    "a third party above its limit": (
        {},
        lambda b: partner(b, "9,999.99"),
        initiate("shop", channel="partner"),
        "no_permission",
    ),
    "a paid third party when Chinese law came to apply": (
        {},
        lambda b: (partner(b, paid=True), b.do(ChangeTerms("cd", {"profile": "cn"}))),
        initiate("shop", channel="partner"),
        "paid_intermediary",
    ),
    "a change to a maturity that the calendar does not know": (
        {"calendar": "CN-IB", "products": {"CD12": [60, "2%"]}},
        lambda b: b.order(),
        ChangeConfig("cd", "k", "a", {"roll": "following"}),
        "calendar_exhausted",
    ),
    "an exit on the day of maturity": (
        {},
        lambda b: (opened(b), b.close_until(date(2025, 1, 10))),
        Exit("cd", "k", "c"),
        "order_closed",
    ),
    "a third party by another channel": ({}, partner, initiate("shop"), "no_permission"),
    "a maturity that the calendar does not know": (
        {"calendar": "CN-IB", "products": {"CD60": [60, "2%"]}},
        lambda b: None,
        initiate(product="CD60", roll="following"),
        "calendar_exhausted",
    ),
    "a link to nothing": ({}, lambda b: None, IssueLink("cd", "k", "a", "n1", "a"), "not_found"),
    "a link that outlives the deadline": (
        {},
        lambda b: b.request(window=5),
        IssueLink("cd", "k", "a", "n1", "a", 0, DAY + timedelta(days=6)),
        "bad_command",
    ),
    "a link of yesterday": (
        {},
        lambda b: (b.request(), b.close()),
        IssueLink("cd", "k", "a", "n1", "a", 0, DAY),
        "bad_command",
    ),
    "a link to an open certificate": ({}, opened, IssueLink("cd", "k", "a", "n1", "a"), "order_closed"),
    "a change by somebody else": ({}, lambda b: b.order(), ChangeConfig("cd", "k", "b", {}), "no_permission"),
    "a change too late": ({}, opened, ChangeConfig("cd", "k", "a", {}), "order_closed"),
    "a change to a deadline that is past": (
        {},
        lambda b: (b.order(), b.close_days(5)),
        ChangeConfig("cd", "k", "a", {"window": 3, "lock": 1}),
        "bad_terms",
    ),
    "a change to a target too small": (
        {},
        lambda b: b.order(),
        ChangeConfig("cd", "k", "a", {"target": "1.00"}),
        "amount_not_admitted",
    ),
    "a change to an early lock": (
        {},
        lambda b: b.order(),
        ChangeConfig("cd", "k", "a", {"lock": 30}),
        "lock_after_deadline",
    ),
    "a cancellation by somebody else": (
        {},
        lambda b: b.order(),
        CancelOrder("cd", "k", "b"),
        "no_permission",
    ),
    "a cancellation too late": ({}, opened, CancelOrder("cd", "k", "a"), "order_closed"),
    # --- confirmations
    "a confirmation of nothing": ({}, lambda b: None, confirm(), "not_found"),
    "a confirmation before the link": ({}, lambda b: b.request(), confirm(), "order_closed"),
    "a confirmation after the deadline": (
        {},
        lambda b: (b.order(window=3), b.close_days(4)),
        confirm(),
        "order_closed",
    ),
    "a confirmation after the link": (
        {},
        lambda b: (b.request(), b.do(IssueLink("cd", "k", "a", "n1", "a", 0, DAY)), b.close()),
        confirm(),
        "link_expired",
    ),
    "a confirmation of an open certificate": ({}, opened, confirm(), "order_closed"),
    "a confirmation without invitation": ({}, lambda b: b.order("a,b"), confirm("c"), "not_invited"),
    "a confirmation of what was changed": (
        {},
        lambda b: b.order(),
        confirm(config="0" * 64),
        "config_changed",
    ),
    "a second confirmation": (
        {},
        lambda b: (b.order(), b.confirm("a", "1.00")),
        confirm(),
        "already_confirmed",
    ),
    "a link for nobody": ({}, lambda b: b.request(), IssueLink("cd", "k", "a", "n1"), "bad_command"),
    "a link for a stranger": (
        {},
        lambda b: b.request(),
        IssueLink("cd", "k", "a", "n1", "x"),
        "not_found",
    ),
    "a confirmation of a stranger": ({}, open_to_one, confirm("x", link=OPEN), "not_found"),
    "a confirmation of one without an account": (
        {},
        lambda b: (b.do(RegisterParty("x")), b.order("x")),
        confirm("x"),
        "no_current_account",
    ),
    "a confirmation of one who is suspended": (
        {},
        lambda b: (b.order(), b.deposit("a", "100.00"), b.do(SuspendParty("a", "fraud"))),
        confirm(),
        "party_suspended",
    ),
    "a confirmation from a frozen account": (
        {},
        lambda b: (b.order(), b.deposit("a", "100.00"), b.freeze("bank:demand:a")),
        confirm(),
        "account_frozen",
    ),
    "an account that closes under a confirmation": (
        {},
        lambda b: (b.order("b"), b.confirm("b", "100.00")),
        CloseAccount("b"),
        "contracts_open",
    ),
    "a party erased under a share": ({}, opened, EraseParty("b"), "contracts_open"),
    "a confirmation without a seat": (
        {},
        lambda b: (b.order(seats=2), b.confirm("a", "1.00"), b.confirm("b", "1.00")),
        confirm("c"),
        "seats_taken",
    ),
    "a free share too small": ({}, lambda b: b.order(), confirm(amount="0.99"), "amount_type_invalid"),
    "a free share between two steps": (
        {},
        lambda b: b.order(step="10.00"),
        confirm(amount="25.00"),
        "amount_type_invalid",
    ),
    "a fixed share of another amount": (
        {},
        lambda b: b.order(amount_type="fixed", share="500.00"),
        confirm(amount="500.01"),
        "amount_type_invalid",
    ),
    "an equal share that is taken": (
        {},
        lambda b: (b.order(amount_type="equal", seats=3), b.confirm("b", "3,333.34")),
        confirm(amount="3,333.34"),
        "amount_type_invalid",
    ),
    "more than the room": (
        {},
        lambda b: (b.order(target="100.00"), b.confirm("b", "99.00")),
        confirm(amount="1.01"),
        "over_target",
    ),
    "more than the demand account holds": (
        {},
        lambda b: (b.order(), b.deposit("a", "99.99")),
        confirm(),
        "balance_floor_breached",
    ),
    "a reconfirmation of nothing": ({}, lambda b: b.order(), reconfirm, "not_confirmed"),
    "a reconfirmation without need": (
        {},
        lambda b: (b.order(), b.confirm("a", "1.00")),
        reconfirm,
        "already_confirmed",
    ),
    "a reconfirmation of what was changed": (
        {},
        lambda b: (b.order(), b.confirm("a", "1.00"), b.change(seats=3)),
        Reconfirm("cd", "k", "a", "0" * 64),
        "config_changed",
    ),
    "a reconfirmation of a share that is no longer one": (
        {},
        lambda b: (b.order(), b.confirm("a", "1.00"), b.change(least_share="2.00")),
        reconfirm,
        "amount_type_invalid",
    ),
    "a reconfirmation beyond the target": (
        {},
        lambda b: (b.order(), b.confirm("a", "200.00"), b.change(target="100.00")),
        reconfirm,
        "over_target",
    ),
    "a reconfirmation beyond the target that could be partial": (
        {},
        lambda b: (b.order(), b.confirm("a", "200.00"), b.change(target="100.00", overflow="partial")),
        reconfirm,
        "over_target",
    ),
    "leaving what one is not in": ({}, lambda b: b.order(), Leave("cd", "k", "a"), "not_confirmed"),
    "leaving after the lock": (
        {},
        lambda b: (b.order(window=5, lock=2), b.confirm("a", "1.00"), b.close_days(4)),
        Leave("cd", "k", "a"),
        "locked",
    ),
    "leaving an open certificate": ({}, opened, Leave("cd", "k", "a"), "order_closed"),
    "leaving with a frozen share": (
        {},
        lambda b: (b.order(), b.confirm("a", "1.00"), b.freeze_share("a")),
        Leave("cd", "k", "a"),
        "share_frozen",
    ),
    "consent before there is a certificate": (
        {},
        lambda b: (b.order(), b.confirm("a", "1.00")),
        Consent("cd", "k", "a", "redemption"),
        "order_closed",
    ),
    "consent of somebody else": (
        {},
        lambda b: b.order(),
        Consent("cd", "k", "a", "open-lower"),
        "not_confirmed",
    ),
    # --- shares
    "an exit before there is a certificate": ({}, lambda b: b.order(), Exit("cd", "k", "a"), "order_closed"),
    "an exit of somebody else": (
        {},
        lambda b: opened(b, "9,000.00", "1,000.00"),
        Exit("cd", "k", "c"),
        "not_confirmed",
    ),
    "an exit that breaks the tier": ({}, opened, Exit("cd", "k", "b"), "tier_breach"),
    "an exit that leaves no certificate": (
        {},
        lambda b: opened(b, "60.00", "40.00"),
        Exit("cd", "k", "a", cny("50.01")),
        "tier_breach",
    ),
    "an exit that was ruled out": (
        {},
        lambda b: opened(b, early_exit="forbid"),
        Exit("cd", "k", "c"),
        "exit_forbidden",
    ),
    "a second exit": (
        {},
        lambda b: (opened(b), b.exit("c", "1.00")),
        Exit("cd", "k", "c", cny("1.00")),
        "exit_used",
    ),
    "an exit of more than the share": (
        {},
        opened,
        Exit("cd", "k", "c", cny("2,000.01")),
        "balance_floor_breached",
    ),
    "an exit with a frozen share": (
        {},
        lambda b: (opened(b), b.freeze_share("c")),
        Exit("cd", "k", "c"),
        "share_frozen",
    ),
    "an exit to a frozen account": (
        {},
        lambda b: (opened(b), b.freeze("bank:demand:c")),
        Exit("cd", "k", "c"),
        "account_frozen",
    ),
    "an offer above the certificate's rate": (
        {},
        opened,
        OfferShare("cd", "k", "b", Rate.parse("2.46%")),
        "rate_too_high",
    ),
    "an offer of a frozen share": (
        {},
        lambda b: (opened(b), b.freeze_share("b")),
        OfferShare("cd", "k", "b", Rate.parse("2%")),
        "share_frozen",
    ),
    "a purchase of what is not offered": (
        {},
        opened,
        BuyShare("cd", "k", "b", "a", Rate.parse("2%")),
        "not_offered",
    ),
    "a purchase of what is offered otherwise by now": (
        {},
        lambda b: (
            opened(b),
            b.do(OfferShare("cd", "k", "b", Rate.parse("0.1%"))),
            b.do(OfferShare("cd", "k", "b", Rate.parse("2%"))),
        ),
        BuyShare("cd", "k", "b", "a", Rate.parse("0.1%")),
        "terms_moved",
    ),
    "a purchase by a stranger": (
        {},
        lambda b: (opened(b), b.do(OfferShare("cd", "k", "b", Rate.parse("2%")))),
        BuyShare("cd", "k", "b", "x", Rate.parse("2%")),
        "not_found",
    ),
    "a purchase without the money": (
        {},
        lambda b: (opened(b), b.do(OfferShare("cd", "k", "b", Rate.parse("2%")))),
        BuyShare("cd", "k", "b", "a", Rate.parse("2%")),
        "balance_floor_breached",
    ),
    "a purchase from a frozen account": (
        {},
        lambda b: (opened(b), b.do(OfferShare("cd", "k", "b", Rate.parse("2%"))), b.freeze("bank:demand:a")),
        BuyShare("cd", "k", "b", "a", Rate.parse("2%")),
        "account_frozen",
    ),
    "a purchase of a share that its seller made larger": (
        {},
        lambda b: (
            opened(b),
            b.do(OfferShare("cd", "k", "b", Rate.parse("2%"))),
            b.deposit("b", "3,000.00"),
            b.sell("c", "b", "1%"),
        ),
        BuyShare("cd", "k", "b", "a", Rate.parse("2%")),
        "not_offered",
    ),
    "a purchase by one who is suspended": (
        {},
        lambda b: (
            opened(b),
            b.do(OfferShare("cd", "k", "b", Rate.parse("2%"))),
            b.do(SuspendParty("a", "fraud")),
        ),
        BuyShare("cd", "k", "b", "a", Rate.parse("2%")),
        "party_suspended",
    ),
    "a purchase of an offer that a freeze ended": (
        {},
        lambda b: (
            opened(b),
            b.do(OfferShare("cd", "k", "b", Rate.parse("2%"))),
            b.freeze_share("b"),
            b.release_share("b"),
        ),
        BuyShare("cd", "k", "b", "a", Rate.parse("2%")),
        "not_offered",
    ),
    "a redemption without consent": (
        {},
        lambda b: (opened(b), b.consent("redemption", "a", "c")),
        RedeemEarly("cd", "k", "a"),
        "consent_missing",
    ),
    "a redemption with a frozen share": (
        {},
        lambda b: (opened(b), b.consent("redemption"), b.freeze_share("b")),
        RedeemEarly("cd", "k", "a"),
        "share_frozen",
    ),
    "a redemption by somebody else": ({}, opened, RedeemEarly("cd", "k", "b"), "no_permission"),
    "a freeze of nothing": ({}, lambda b: b.order(), FreezeShare("cd", "k", "a", "court"), "not_confirmed"),
    "a freeze twice": (
        {},
        lambda b: (opened(b), b.freeze_share("a")),
        FreezeShare("cd", "k", "a", "court"),
        "share_frozen",
    ),
    "a release of nothing": ({}, lambda b: b.order(), ReleaseShare("cd", "k", "a"), "not_confirmed"),
}


@pytest.mark.parametrize("case", CASES)
def test_refusal(circle: Any, case: str) -> None:
    terms, before, command, code = CASES[case]
    book = circle(**terms)
    before(book)
    fields = book.refusal(lambda: book.do(command(book) if callable(command) else command))
    assert fields["code"] == code, fields
    assert fields["message"] != "bankcore refused"
    assert book.sound()


def test_who_consented_to_a_redemption_is_told_who_is_missing(circle: Any) -> None:
    book = circle()
    opened(book)
    book.consent("redemption", "b")
    assert book.refusal(book.redeem)["missing"] == "a, c"


def test_an_account_opened_by_hand_is_not_taken_for_escrow(circle: Any) -> None:
    book = circle()
    book.order()
    book.deposit("a", "100.00")
    path = AccountPath("certificate:cd:escrow:k:a")
    record = open_account(Account(path, AccountType.LIABILITY, "CNY/2", opened_on=DAY))
    book.bank.ledger.post(Transaction(kind="hand", effective_on=DAY, records=(record,), key="hand"))
    book.refused("already_taken", lambda: book.pay("a", "100.00"))


def test_a_confirmation_waits_for_no_close_that_is_late(circle: Any) -> None:
    """While the refunds of the deadline wait for a frozen account, nobody joins any more."""
    book = circle()
    book.order(window=3, lock=1)
    book.confirm("a", "100.00")
    book.freeze("certificate:cd:escrow:k:a")
    book.close_days(4)
    assert book.state() == "open"
    book.refused("order_closed", lambda: book.do(confirm("b")(book)))


def test_an_operator_speaks_for_a_third_party_only(circle: Any) -> None:
    """Whoever runs a server under the id of a customer is not that customer."""
    book = circle()
    fields = book.refusal(lambda: book.do(initiate("a"), "operator:a"))
    assert fields["code"] == "initiator_unknown"
    book.request()
    for command in (ChangeConfig("cd", "k", "a", {}), CancelOrder("cd", "k", "a")):
        book.refused("no_permission", lambda it=command: book.do(it, "operator:a"))


def test_who_acts_for_a_firm_keeps_to_the_permission_of_the_firm(circle: Any) -> None:
    book = circle()
    book.do(RegisterParty("firm", "firm"))
    book.do(IdentifyParty("firm", "business-licence", "1"))
    book.do(NameRepresentative("firm", "a"))
    book.do(RegisterThirdParty("cd", "firm", "mobile", cny("9,999.00")))
    fields = book.refusal(lambda: book.do(initiate("firm"), "customer:a"))
    assert fields["code"] == "no_permission"
    book.do(initiate("firm", target="9,000.00"), "customer:a")
    book.do(SuspendParty("a", "fraud"))
    fields = book.refusal(lambda: book.do(CancelOrder("cd", "k", "firm"), "customer:a"))
    assert fields["code"] == "party_suspended"


@pytest.mark.parametrize(
    ("command", "actor"),
    [
        (OpenProgramme("p"), "customer:a"),
        (initiate("a"), "customer:b"),
        (initiate("shop"), "operator:other"),
        (IssueLink("cd", "k", "a", "n1", "a"), "customer:b"),
        (RevokeLink("cd", "k", "a", "n1"), "merchant:a"),
        (Confirm("cd", "k", "a", cny("1.00"), "0" * 64), "customer:b"),
        (Exit("cd", "k", "a"), "officer:o"),
        (BuyShare("cd", "k", "a", "b", Rate.parse("2%")), "customer:a"),
        (FreezeShare("cd", "k", "a", "court"), "customer:a"),
    ],
)
def test_the_wrong_actor_is_refused(circle: Any, command: Any, actor: str) -> None:
    book = circle()
    code = book.refusal(lambda: book.bank.handle(command, "k", Actor.parse(actor)))["code"]
    assert code == "actor_not_permitted"


MALFORMED: list[tuple[Callable[[], Any], str]] = [
    (lambda: Confirm("cd", "k", "a", cny("0.00"), "0" * 64), "not_positive"),
    (lambda: Confirm("cd", "k", "a", cny("1.00"), "abc"), "bad_command"),
    (lambda: Confirm("cd", "k", "a", cny("1.00"), 7), "bad_command"),  # type: ignore[arg-type]
    (lambda: Exit("cd", "k", "a", 100), "bad_command"),  # type: ignore[arg-type]
    (lambda: Exit("cd", "k", "a", cny("-1.00")), "not_positive"),
    (lambda: IssueLink("cd", "k", "a", "n" * 15, places=1), "bad_command"),
    (lambda: IssueLink("cd", "k", "a", "n1", "a", -1), "bad_command"),
    (lambda: IssueLink("cd", "k", "a", "n1", "a,a"), "bad_command"),
    (lambda: IssueLink("cd", "k", "a", "n1", "e\u0301"), "bad_command"),
    (lambda: IssueLink("cd", "k", "a", "n1", 7), "bad_command"),  # type: ignore[arg-type]
    (lambda: BuyShare("cd", "k", "a", "a", Rate.parse("2%")), "bad_command"),
    (lambda: OfferShare("cd", "k", "a", "2%"), "bad_command"),  # type: ignore[arg-type]
    (lambda: OfferShare("cd", "k", "a", Rate.parse("-1%")), "bad_command"),
    (lambda: FreezeShare("cd", "k", "a", " "), "bad_command"),
    (lambda: FreezeShare("cd", "k", "a", "x" * 201), "bad_command"),
    (lambda: Consent("cd", "k", "a", "everything"), "bad_command"),
    (lambda: OpenProgramme("cd", {"early_rate": {"3M": "1%"}}), "stepped_early_rate"),  # type: ignore[arg-type]
    (lambda: OpenProgramme("cd", {"early_rate": "half"}), "bad_terms"),  # type: ignore[arg-type]
    (lambda: OpenProgramme("cd", {"tiers": [["0", "1"], ["5.00", "0.9"]]}), "bad_terms"),  # type: ignore[arg-type]
    (lambda: OpenProgramme("cd", {"tiers": [["0", "1"], ["0", "2"]]}), "bad_terms"),  # type: ignore[arg-type]
    (lambda: OpenProgramme("cd", {"products": {"CD7": [7, "1%"]}}), "bad_terms"),  # type: ignore[arg-type]
    (lambda: OpenProgramme("cd", {"products": {"CD7": [12.0, "1%"]}}), "bad_terms"),  # type: ignore[arg-type]
    (lambda: OpenProgramme("cd", {"products": {"CD7": "1%"}}), "bad_terms"),  # type: ignore[arg-type]
    (lambda: OpenProgramme("cd", {"products": []}), "bad_terms"),  # type: ignore[arg-type]
    (lambda: OpenProgramme("cd", {"channels": ["x", "x"]}), "bad_terms"),  # type: ignore[arg-type]
    (lambda: OpenProgramme("cd", {"channels": "x"}), "bad_terms"),  # type: ignore[arg-type]
    (lambda: initiate(lock=5, window=5), "lock_after_deadline"),
    (lambda: initiate(seats=201), "bad_terms"),
    (lambda: initiate(seats=1), "bad_terms"),
    (lambda: initiate(window=31), "bad_terms"),
    (lambda: initiate(amount_type="fixed"), "bad_terms"),
    (lambda: initiate(amount_type="fixed", share="3.00"), "bad_terms"),
    (lambda: initiate(amount_type="fixed", share="100.00"), "bad_terms"),  # a hundred seats
    (lambda: initiate(amount_type="equal", target="0.10"), "bad_terms"),
    (lambda: initiate(roll="modified_following"), "bad_terms"),
    (lambda: initiate(colour="red"), "bad_terms"),
]


@pytest.mark.parametrize(("make", "code"), MALFORMED)
def test_malformed_commands_are_refused_at_the_door(make: Callable[[], Any], code: str) -> None:
    with pytest.raises(BankcoreError) as caught:
        make()
    assert caught.value.code == code
    assert caught.value.exit_status == 2


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(["1", "5%"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from([CertificateTerms, OrderConfig]), st.data())
def test_any_term_is_taken_or_refused(made: Any, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from([field.name for field in attrs.fields(made)]))
    with suppress(InputError):
        terms = made.from_data({name: data.draw(VALUES)})
        assert made.from_data(terms.as_data()) == terms


def test_terms_and_configurations_are_read_back_as_written() -> None:
    terms = CertificateTerms.from_data(
        {"products": {"CD3": [3, "1.1%"], "CD6": [6, "1/30"]}, "whole": "10.00"}
    )
    assert CertificateTerms.from_data(terms.as_data()) == terms
    config = OrderConfig.from_data({"amount_type": "fixed", "share": "500.00", "rollover": "all"})
    assert OrderConfig.from_data(config.as_data()) == config
