"""Customised deposit modes (自定义存款模式): what enterprises of a platform keep money in, each for its use.

After the document CN113706286A, which names six modes and leaves their rules open; they are data here,
so a bank edits them or adds its own.  An enterprise opens a mode, customises it within its bounds from
the next day on, and ends it early by its rule once it has seen the cost:

>>> from fractions import Fraction
>>> from bankcore.rates import round_half_up
>>> sales = ModeTerms.from_data(SHIPPED["SALES"])
>>> choices = Choices.from_data({**sales.usual().as_data(), "share": "12.5%", "target": "170.00"})
>>> list(sales.beyond(choices)), round_half_up((1_234_56 + 99_99 + 4) * choices.share.fraction)
([], 16682)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bankcore.ledger.books import Books
from bankcore.product.command import title
from bankcore.product.plan import Plan
from bankcore.product.product import Product
from bankcore.products.deposit_modes.choices import Choices
from bankcore.products.deposit_modes.claims import decide_claim, file_claim, pay_claim
from bankcore.products.deposit_modes.commands import (
    BreakDeposit,
    ChangeMode,
    CustomiseMode,
    DecideClaim,
    DecideCustomisation,
    EndMode,
    FileClaim,
    GiveNotice,
    OfferMode,
    OpenMode,
    PayClaim,
    PlaceIdle,
    Receive,
    RecommendModes,
    Spend,
    TopUp,
    Visit,
    WithdrawFromMode,
)
from bankcore.products.deposit_modes.daily import daily
from bankcore.products.deposit_modes.endings import break_deposit, end_mode
from bankcore.products.deposit_modes.invariants import INVARIANTS
from bankcore.products.deposit_modes.money import give_notice, receive, spend, top_up, withdraw
from bankcore.products.deposit_modes.offers import (
    change_mode,
    customise_mode,
    decide_customisation,
    offer_mode,
    open_mode,
)
from bankcore.products.deposit_modes.placements import place_now
from bankcore.products.deposit_modes.reports import REPORTS
from bankcore.products.deposit_modes.shipped import SHIPPED
from bankcore.products.deposit_modes.suggestions import recommend_modes, visit
from bankcore.products.deposit_modes.terms import ModeTerms
from bankcore.products.enterprise.programmes import PROGRAMMES, EnterpriseTerms

__all__ = [
    "DEPOSIT_MODES",
    "SHIPPED",
    "BreakDeposit",
    "ChangeMode",
    "Choices",
    "CustomiseMode",
    "DecideClaim",
    "DecideCustomisation",
    "EndMode",
    "FileClaim",
    "GiveNotice",
    "ModeTerms",
    "OfferMode",
    "OpenMode",
    "PayClaim",
    "PlaceIdle",
    "Receive",
    "RecommendModes",
    "Spend",
    "TopUp",
    "Visit",
    "WithdrawFromMode",
]

_RULES: Mapping[type[Any], Callable[[Any, Any, Books], Plan]] = {
    OfferMode: offer_mode,
    ChangeMode: change_mode,
    Visit: visit,
    RecommendModes: recommend_modes,
    OpenMode: open_mode,
    CustomiseMode: customise_mode,
    DecideCustomisation: decide_customisation,
    Receive: receive,
    TopUp: top_up,
    GiveNotice: give_notice,
    WithdrawFromMode: withdraw,
    Spend: spend,
    FileClaim: file_claim,
    DecideClaim: decide_claim,
    PayClaim: pay_claim,
    PlaceIdle: place_now,
    BreakDeposit: break_deposit,
    EndMode: end_mode,
}


def _terms(command: Any, books: Books) -> EnterpriseTerms:
    """The platform's terms in force today."""
    return PROGRAMMES.today(books, command.programme)


DEPOSIT_MODES = Product(
    name="deposit-modes",
    summary="customised deposit modes of enterprises",
    commands={title(command): command for command in _RULES},
    terms=_terms,
    rules=_RULES,
    daily=daily,
    invariants=INVARIANTS,
    reports=REPORTS,
    roots=("platform",),
)
