"""Consumption points (消费积分) of many providers on one unified card, and providers' credit points.

After the document CN204731835U.  A provider agrees with a class of consumers how many points its
orders earn; the order pays the provider, remits the points to the consumer's card and puts money
behind them, all in one transaction:

>>> from bankcore.amounts import Amount
>>> order = PlaceOrder("card", "g1", "c001", "o1", Amount.parse("33.33", "CNY/2"))
>>> rule = POINTS.rules[PlaceOrder]  # (terms, command, books) -> Plan
>>> rule.__name__, PointsTerms.from_data({"value": "4/5"}).worth(49)
('place_order', 39)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bankcore.ledger.books import Books
from bankcore.product.command import title
from bankcore.product.plan import Plan
from bankcore.product.product import Product
from bankcore.products.points.agreements import sign_agreement
from bankcore.products.points.commands import (
    ChangeTerms,
    CloseCard,
    ConfirmIdentity,
    DepositCash,
    GrantPoints,
    JoinFamily,
    MergeCards,
    OpenProgramme,
    PlaceOrder,
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
)
from bankcore.products.points.expiry import daily
from bankcore.products.points.funds import settle_fund
from bankcore.products.points.invariants import INVARIANTS
from bankcore.products.points.orders import grant_points, place_order, refund_order, submit_order
from bankcore.products.points.parties import (
    change_terms,
    close_card,
    confirm_identity,
    deposit_cash,
    join_family,
    open_programme,
    register_consumer,
    register_provider,
)
from bankcore.products.points.redemptions import redeem, repay_debt
from bankcore.products.points.registry import terms_of
from bankcore.products.points.reports import REPORTS, remittances_of
from bankcore.products.points.rights import revise_right, sell_with_points
from bankcore.products.points.terms import AgreementTerms, PointsTerms
from bankcore.products.points.transfers import merge_cards, transfer_points

__all__ = [
    "POINTS",
    "AgreementTerms",
    "ChangeTerms",
    "CloseCard",
    "ConfirmIdentity",
    "DepositCash",
    "GrantPoints",
    "JoinFamily",
    "MergeCards",
    "OpenProgramme",
    "PlaceOrder",
    "PointsTerms",
    "Redeem",
    "RefundOrder",
    "RegisterConsumer",
    "RegisterProvider",
    "RepayDebt",
    "ReviseRight",
    "SellWithPoints",
    "SettleFund",
    "SignAgreement",
    "SubmitOrder",
    "TransferPoints",
    "remittances_of",
]

_RULES: Mapping[type[Any], Callable[[Any, Any, Books], Plan]] = {
    OpenProgramme: open_programme,
    ChangeTerms: change_terms,
    RegisterConsumer: register_consumer,
    RegisterProvider: register_provider,
    ConfirmIdentity: confirm_identity,
    JoinFamily: join_family,
    SignAgreement: sign_agreement,
    DepositCash: deposit_cash,
    PlaceOrder: place_order,
    SubmitOrder: submit_order,
    RefundOrder: refund_order,
    GrantPoints: grant_points,
    Redeem: redeem,
    TransferPoints: transfer_points,
    RepayDebt: repay_debt,
    SettleFund: settle_fund,
    SellWithPoints: sell_with_points,
    ReviseRight: revise_right,
    MergeCards: merge_cards,
    CloseCard: close_card,
}


def _terms(command: Any, books: Books) -> PointsTerms:
    """The programme's terms; a programme still to be opened brings its own."""
    return command.terms if isinstance(command, OpenProgramme) else terms_of(books, command.programme)


POINTS = Product(
    name="points",
    summary="consumption points on one unified card",
    commands={title(command): command for command in _RULES},
    terms=_terms,
    rules=_RULES,
    daily=daily,
    invariants=INVARIANTS,
    reports=REPORTS,
)
