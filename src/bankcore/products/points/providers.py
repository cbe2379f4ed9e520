"""Providers (提供方) of goods or services, and the money behind their points.

A provider's fund is what its live points are worth, at every moment.  Prepaid, the order fills it;
postpaid, the bank advances the money up to a cap, until the provider settles.

| operation | debit | credit | amount |
| --- | --- | --- | --- |
| fill, prepaid | demand account | fund | worth of the new live points |
| fill, postpaid | advance | fund | the same |
| give back | fund | advance, then demand account | worth of points that are live no more |
| settle | demand account | advance | what the provider repays |
| credit points | credit issued | credit | floor of the exact sum |

>>> FUND("card", "g1")
'points:card:provider:g1:fund'
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import ClassVar

from attrs import define, evolve, frozen

from bankcore.amounts import Amount
from bankcore.errors import BalanceFloorBreached, ProductRejection
from bankcore.ledger.accounts import Side
from bankcore.ledger.books import Books
from bankcore.product import chart, fields
from bankcore.product.actor import Role
from bankcore.product.facts import Facts
from bankcore.product.plan import Plan
from bankcore.product.product import Noun
from bankcore.products import standings
from bankcore.products.points.programmes import (
    CREDIT_POINT,
    POINT,
    PROGRAMMES,
    Funding,
    PointsTerms,
    PointsVoucher,
)
from bankcore.rates import Accrual, round_down
from bankcore.tables import Table

__all__ = ["FundShort", "RegisterProvider", "SettleFund"]

noun = Noun(__name__)
FUND = chart.liability("points:{programme}:provider:{provider}:fund")  # the money behind live points
ADVANCE = chart.asset("points:{programme}:provider:{provider}:advance")  # the bank's, if postpaid
ISSUED = chart.liability("points:{programme}:provider:{provider}:issued", normal_side=Side.DEBIT)  # net
CREDIT = chart.liability("points:{programme}:provider:{provider}:credit")  # the provider's own points
CREDIT_ISSUED = chart.liability(
    "points:{programme}:provider:{provider}:credit-issued", normal_side=Side.DEBIT
)


@frozen(kw_only=True)
class Provider(Facts):
    """What is kept about a provider.

    `live` are the points of it on cards, `credit` the exact sum of its own credit points, `breakage` what
    the bank earned of all its points that ever expired, in minor units.
    """

    KIND: ClassVar = standings.PROVIDER  # programme:provider
    person: str
    live: int = 0
    credit: Fraction = Fraction(0)
    breakage: Accrual = Accrual()


@define
class FundShort(ProductRejection):
    sentence = "provider {provider} can put {available} behind its points, {needed} needed"
    quantities = ("available", "needed")
    provider: str
    available: int
    needed: int
    unit: str = ""


# --- the money behind points, for whatever makes or ends them ----------------------------------------


def fill(voucher: PointsVoucher, provider: str, points: int, income: int = 0) -> int:
    """Put money behind new live points; `income` reaches the provider in the same transaction.

    Returns what the fund got.  Raises FundShort.
    """
    added = _moved(voucher, provider, points)
    terms, programme, books = voucher.terms, voucher.programme, voucher.books
    available: int | None
    if terms.funding is Funding.PREPAID:
        source = chart.DEMAND(voucher.existing(Provider, programme, provider).person)
        available = books.available(source)
        available = None if available is None else available + income
    else:
        source = ADVANCE(programme, provider)
        available = terms.funding_cap - books.balance(source)
    if available is not None and available < added:
        raise FundShort(provider, available, added, terms.unit)
    voucher.move(source, FUND(programme, provider), added)
    return added


def drawn(voucher: PointsVoucher, provider: str, points: int) -> int:
    """What leaves the fund when points stop being live; the caller says where it goes."""
    return -_moved(voucher, provider, -points)


def give_back(voucher: PointsVoucher, provider: str, amount: int) -> None:
    """Return money out of the fund to the provider; an advance of the bank is repaid first."""
    fund, advance = FUND(voucher.programme, provider), ADVANCE(voucher.programme, provider)
    owed = min(amount, voucher.books.balance(advance))
    person = voucher.existing(Provider, voucher.programme, provider).person
    voucher.move(fund, advance, owed)
    voucher.move(fund, chart.DEMAND(person), amount - owed)


def earn_credit(voucher: PointsVoucher, provider: str, exact: Fraction) -> int:
    """Add to the provider's exact credit, and move its credit points to the floor of that.

    Returns the credit points by which they change.
    """
    before = voucher.existing(Provider, voucher.programme, provider)
    after = evolve(before, credit=before.credit + exact)
    voucher.keep(after)
    change = round_down(after.credit) - round_down(before.credit)
    own, contra = CREDIT(voucher.programme, provider), CREDIT_ISSUED(voucher.programme, provider)
    debit, credit = (contra, own) if change > 0 else (own, contra)
    voucher.move(debit, credit, abs(change), CREDIT_POINT)
    return change


def _moved(voucher: PointsVoucher, provider: str, points: int) -> int:
    """How the fund changes with so many more live points."""
    before = voucher.existing(Provider, voucher.programme, provider)
    after = evolve(before, live=before.live + points)
    voucher.keep(after)
    return voucher.terms.worth(after.live) - voucher.terms.worth(before.live)


# --- commands and their rules -----------------------------------------------------------------------


@frozen
class RegisterProvider:
    """Register a provider of goods or services (提供方注册)."""

    may: ClassVar[Mapping[Role, str]] = {Role.OPERATOR: "programme", Role.OFFICER: ""}
    programme: str = fields.id_("the points programme")
    provider: str = fields.id_("the provider of goods or services")
    person: str = fields.id_("who owns it; the provider's own id if not given", "")


@frozen
class SettleFund:
    """Repay what the bank advanced into a provider's fund (结清垫款)."""

    may: ClassVar[Mapping[Role, str]] = {Role.MERCHANT: "provider", Role.OFFICER: ""}
    programme: str = fields.id_("the points programme")
    provider: str = fields.id_("the provider of goods or services")
    amount: Amount = fields.amount("what is repaid")


@noun.rule(RegisterProvider)
def register_provider(terms: PointsTerms, command: RegisterProvider, books: Books) -> Plan:
    """Open a provider's accounts.  Refuses: AlreadyTaken, UnitMismatch."""
    ids, on, person = (command.programme, command.provider), books.today, command.person or command.provider
    provider = Provider(id=Provider.fresh(books, *ids), person=person)
    voucher = PointsVoucher(books, terms, command.programme)
    voucher.open(
        chart.DEMAND.account(person, unit=terms.unit, on=on, party=person),
        *(it.account(*ids, unit=terms.unit, on=on, party=person) for it in (FUND, ADVANCE)),
        ISSUED.account(*ids, unit=POINT, on=on, party=person),
        *(it.account(*ids, unit=CREDIT_POINT, on=on, party=person) for it in (CREDIT, CREDIT_ISSUED)),
    )
    voucher.keep(provider)
    return voucher.plan("register-provider", f"provider {command.provider}")


@noun.rule(SettleFund)
def settle_fund(terms: PointsTerms, command: SettleFund, books: Books) -> Plan:
    """The provider's demand account repays the bank's advance.

    Refuses: UnitMismatch, NotFound, BalanceFloorBreached for more than was advanced.
    """
    amount = terms.minor_units(command.amount)
    provider = Provider.existing(books, command.programme, command.provider)
    advance = ADVANCE(command.programme, command.provider)
    if amount > (owed := books.balance(advance)):
        raise BalanceFloorBreached(advance, owed, 0, 0, amount, terms.unit)
    voucher = PointsVoucher(books, terms, command.programme)
    voucher.move(chart.DEMAND(provider.person), advance, amount)
    return voucher.plan("settle-fund", f"provider {command.provider} repays the advance")


@noun.report("providers", {Role.MERCHANT: "provider", Role.OPERATOR: "programme"})
def list_providers(books: Books) -> Table:
    """What each provider issued, what of it is live, the fund behind it, credit points and advances."""
    rows = []
    for programme, terms in PROGRAMMES.offered(books):
        for provider in Provider.every(books, programme):
            back, issued = reversed(books.gross(ISSUED(*provider.ids)))
            counts = (issued, back, provider.live, books.balance(CREDIT(*provider.ids)))
            money = (Amount(books.balance(it(*provider.ids)), terms.unit) for it in (FUND, ADVANCE))
            rows.append((*provider.ids, *counts, *money))
    columns = ("programme", "provider", "issued", "clawed back", "live", "credit points", "fund", "advanced")
    return Table("Providers", columns, tuple(rows))
