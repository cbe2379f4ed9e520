"""An enterprise platform (企业交易平台): supply and demand, trade over escrow, entitlements.

After the document CN113706286A.  Enterprises whose facts two people have looked at publish what they
sell and want; a match that one side accepts is a trade, paid into escrow at the bank and released as
deliveries are accepted:

>>> from fractions import Fraction
>>> from bankcore.rates import round_half_up
>>> released = round_half_up(88_888_88 * Fraction(2, 3))
>>> released, round_half_up(EnterpriseTerms().fee.fraction * released)
(5925925, 14815)

The deposit modes that go with it are the product `deposit_modes`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bankcore.ledger.books import Books
from bankcore.product.command import title
from bankcore.product.plan import Plan
from bankcore.product.product import Product
from bankcore.products.enterprise.activity import visit
from bankcore.products.enterprise.commands import (
    ApproveEnterprise,
    ChangeTerms,
    OpenProgramme,
    PayCashIn,
    PayFee,
    RegisterEnterprise,
    RejectEnterprise,
    Visit,
)
from bankcore.products.enterprise.members import pay_fee
from bankcore.products.enterprise.parties import (
    approve_enterprise,
    change_terms,
    open_programme,
    pay_cash_in,
    register_enterprise,
    reject_enterprise,
)
from bankcore.products.enterprise.registry import terms_on
from bankcore.products.enterprise.terms import EnterpriseTerms
from bankcore.products.platform.commands import (
    AcceptDelivery,
    AcceptMatch,
    ApproveResolution,
    CancelTrade,
    DisputeTrade,
    FundEscrow,
    ProposeResolution,
    PublishDemand,
    PublishSupply,
    RateTrade,
    RejectResolution,
    WithdrawDispute,
    WithdrawOffer,
)
from bankcore.products.platform.daily import daily
from bankcore.products.platform.disputes import (
    approve_resolution,
    dispute_trade,
    propose_resolution,
    reject_resolution,
    withdraw_dispute,
)
from bankcore.products.platform.escrow import accept_delivery, cancel_trade, fund_escrow
from bankcore.products.platform.invariants import INVARIANTS
from bankcore.products.platform.offers import accept_match, publish, withdraw_offer
from bankcore.products.platform.ratings import rate_trade
from bankcore.products.platform.reports import REPORTS, facts_of, matches

__all__ = [
    "PLATFORM",
    "AcceptDelivery",
    "AcceptMatch",
    "ApproveEnterprise",
    "ApproveResolution",
    "CancelTrade",
    "ChangeTerms",
    "DisputeTrade",
    "EnterpriseTerms",
    "FundEscrow",
    "OpenProgramme",
    "PayCashIn",
    "PayFee",
    "ProposeResolution",
    "PublishDemand",
    "PublishSupply",
    "RateTrade",
    "RegisterEnterprise",
    "RejectEnterprise",
    "RejectResolution",
    "Visit",
    "WithdrawDispute",
    "WithdrawOffer",
    "facts_of",
    "matches",
]

_RULES: Mapping[type[Any], Callable[[Any, Any, Books], Plan]] = {
    OpenProgramme: open_programme,
    ChangeTerms: change_terms,
    RegisterEnterprise: register_enterprise,
    ApproveEnterprise: approve_enterprise,
    RejectEnterprise: reject_enterprise,
    PayCashIn: pay_cash_in,
    Visit: visit,
    PublishSupply: publish,
    PublishDemand: publish,
    WithdrawOffer: withdraw_offer,
    AcceptMatch: accept_match,
    FundEscrow: fund_escrow,
    AcceptDelivery: accept_delivery,
    CancelTrade: cancel_trade,
    DisputeTrade: dispute_trade,
    WithdrawDispute: withdraw_dispute,
    ProposeResolution: propose_resolution,
    ApproveResolution: approve_resolution,
    RejectResolution: reject_resolution,
    RateTrade: rate_trade,
    PayFee: pay_fee,
}


def _terms(command: Any, books: Books) -> EnterpriseTerms:
    """The terms in force today; a platform still to be opened brings its own."""
    if isinstance(command, OpenProgramme):
        return command.terms
    return terms_on(books, command.programme, books.today)


PLATFORM = Product(
    name="platform",
    summary="enterprise platform with escrow",
    commands={title(command): command for command in _RULES},
    terms=_terms,
    rules=_RULES,
    daily=daily,
    invariants=INVARIANTS,
    reports=REPORTS,
)
