"""Certificates of deposit bought by many (存单众筹): small sums that together reach a better rate.

After the document CN113034187A.  One asks for an order; those invited put money into escrow; with the
confirmation that reaches the target the certificate opens at the tier of its total, and is paid at
maturity in proportion to the shares:

>>> from datetime import date
>>> from bankcore.products.certificate.interest import by_term
>>> from bankcore.rates import Rate
>>> terms = CertificateTerms()
>>> rate = Rate(terms.products[0][2].fraction * terms.tiers.rate_for(10_000_00).fraction)
>>> str(rate), by_term(10_000_00, rate, date(2021, 3, 27), date(2022, 3, 27))
('2.45%', Fraction(24500, 1))

Alone each of three would have earned 1.75%.  A share can be left early at the demand rate where the
others keep their tier, or sold; the certificate can be redeemed by consent of all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bankcore.ledger.books import Books
from bankcore.product.command import title
from bankcore.product.plan import Plan
from bankcore.product.product import Product
from bankcore.products.certificate.commands import (
    BuyShare,
    CancelOrder,
    ChangeConfig,
    ChangeTerms,
    Confirm,
    Consent,
    Deposit,
    Exit,
    FreezeShare,
    InitiateOrder,
    IssueLink,
    Leave,
    OfferShare,
    OpenProgramme,
    PermitThirdParty,
    Reconfirm,
    RedeemEarly,
    RegisterCustomer,
    RegisterThirdParty,
    ReleaseShare,
)
from bankcore.products.certificate.config import OrderConfig
from bankcore.products.certificate.confirmations import confirm, consent, leave, reconfirm
from bankcore.products.certificate.daily import daily
from bankcore.products.certificate.exits import exit_share, redeem_early
from bankcore.products.certificate.invariants import INVARIANTS
from bankcore.products.certificate.parties import (
    change_terms,
    deposit,
    open_programme,
    permit_third_party,
    register_customer,
    register_third_party,
)
from bankcore.products.certificate.registry import terms_on
from bankcore.products.certificate.reports import REPORTS, my_shares
from bankcore.products.certificate.requests import cancel_order, change_config, initiate_order, issue_link
from bankcore.products.certificate.terms import CertificateTerms
from bankcore.products.certificate.transfers import buy_share, freeze_share, offer_share, release_share

__all__ = [
    "CERTIFICATE",
    "BuyShare",
    "CancelOrder",
    "CertificateTerms",
    "ChangeConfig",
    "ChangeTerms",
    "Confirm",
    "Consent",
    "Deposit",
    "Exit",
    "FreezeShare",
    "InitiateOrder",
    "IssueLink",
    "Leave",
    "OfferShare",
    "OpenProgramme",
    "OrderConfig",
    "PermitThirdParty",
    "Reconfirm",
    "RedeemEarly",
    "RegisterCustomer",
    "RegisterThirdParty",
    "ReleaseShare",
    "my_shares",
]

_RULES: Mapping[type[Any], Callable[[Any, Any, Books], Plan]] = {
    OpenProgramme: open_programme,
    ChangeTerms: change_terms,
    RegisterCustomer: register_customer,
    RegisterThirdParty: register_third_party,
    PermitThirdParty: permit_third_party,
    Deposit: deposit,
    InitiateOrder: initiate_order,
    IssueLink: issue_link,
    ChangeConfig: change_config,
    CancelOrder: cancel_order,
    Confirm: confirm,
    Reconfirm: reconfirm,
    Leave: leave,
    Consent: consent,
    Exit: exit_share,
    OfferShare: offer_share,
    BuyShare: buy_share,
    RedeemEarly: redeem_early,
    FreezeShare: freeze_share,
    ReleaseShare: release_share,
}


def _terms(command: Any, books: Books) -> CertificateTerms:
    """The terms in force today; a programme still to be opened brings its own."""
    if isinstance(command, OpenProgramme):
        return command.terms
    return terms_on(books, command.programme, books.today)


CERTIFICATE = Product(
    name="crowdfund",
    summary="certificates of deposit bought by many",
    commands={title(command): command for command in _RULES},
    terms=_terms,
    rules=_RULES,
    daily=daily,
    invariants=INVARIANTS,
    reports=REPORTS,
)
