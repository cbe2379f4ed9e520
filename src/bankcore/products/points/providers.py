"""Providers (提供方) of goods or services: a role of a party, and the money behind its points.

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
from datetime import date
from fractions import Fraction
from typing import ClassVar

from attrs import evolve, field, frozen

from bankcore.amounts import Amount
from bankcore.errors import BalanceFloorBreached, ProductRejection
from bankcore.ledger.accounts import Side
from bankcore.ledger.books import Books
from bankcore.product import chart, fields
from bankcore.product.actor import Role
from bankcore.product.facts import Facts
from bankcore.product.parties import Contract, account_of, acting_for, identified_party
from bankcore.product.plan import Plan
from bankcore.product.product import Noun
from bankcore.product.refusals import AlreadyTaken, NotFound
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

__all__ = ["CloseProvider", "CreditLineOpen", "FundShort", "ProviderBound", "RegisterProvider", "SettleFund"]

noun = Noun(__name__)
FUND = chart.liability("points:{programme}:provider:{provider}:fund")  # the money behind live points
ADVANCE = chart.asset("points:{programme}:provider:{provider}:advance")  # the bank's, if postpaid
DEBT = chart.asset("points:{programme}:debt:{card}:{provider}")  # points owed after a refund
ISSUED = chart.liability("points:{programme}:provider:{provider}:issued", normal_side=Side.DEBIT)  # net
CREDIT = chart.liability("points:{programme}:provider:{provider}:credit")  # the provider's own points
CREDIT_ISSUED = chart.liability(
    "points:{programme}:provider:{provider}:credit-issued", normal_side=Side.DEBIT
)


@frozen(kw_only=True)
class Provider(Facts):
    """What is kept about a provider, which is named by its party.

    `live` are the points of it on cards, `credit` the exact sum of its own credit points, of which `waiting`
    do not count for limits before a day, `breakage` what
    the bank earned of all its points that ever expired, in minor units.
    """

    KIND: ClassVar = standings.PROVIDER  # programme:party
    registered_on: date
    closed_on: date | None = None
    live: int = 0
    credit: Fraction = Fraction(0)
    waiting: Mapping[str, int] = field(factory=dict)
    breakage: Accrual = Accrual()


@frozen(kw_only=True)
class Terminal(Facts):
    """A terminal, or another source of orders; see terminals."""

    KIND: ClassVar = "points.terminal"  # programme:provider:terminal
    kind: str
    registered_on: date
    removed_on: date | None = None


def open_provider(books: Books, programme: str, provider: str) -> Provider:
    """A provider that takes part; raises NotFound, also for one that left."""
    found = Provider.existing(books, programme, provider)
    if found.closed_on:
        raise NotFound("provider", provider)
    return found


class CreditLineOpen(ProductRejection):
    """Points that are counted for a credit line stay until it is repaid and closed."""

    sentence = "{holder} has a credit line; have it repaid, and its limit set to nothing"
    holder: str


class ProviderBound(ProductRejection):
    """What keeps a provider in the programme."""

    sentence = "provider {provider} has {live} live points, is owed {owed}, and owes the bank {advanced}"
    quantities = ("advanced",)
    provider: str
    live: int
    owed: int
    advanced: int
    unit: str = ""


def check_no_line(books: Books, programme: str, kind: str, party: str) -> None:
    """Raises CreditLineOpen."""
    if standings.has_line(books, programme, kind, party):
        raise CreditLineOpen(party)


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
        source = chart.DEMAND(provider)
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
    voucher.move(fund, advance, owed)
    voucher.move(fund, chart.DEMAND(provider), amount - owed)


def earn_credit(voucher: PointsVoucher, provider: str, exact: Fraction, counts_on: date) -> int:
    """Add to the provider's exact credit, and move its credit points to the floor of that.

    They count for limits from a day on.  Returns the credit points by which they change.
    """
    before = voucher.existing(Provider, voucher.programme, provider)
    change = round_down(before.credit + exact) - round_down(before.credit)
    waiting = standings.waits(before.waiting, counts_on, change, voucher.books.today)
    voucher.keep(evolve(before, credit=before.credit + exact, waiting=waiting))
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
    """Let a party give points for its goods or services, with its first terminal (提供方注册)."""

    may: ClassVar[Mapping[Role, str]] = {Role.OFFICER: ""}
    programme: str = fields.id_("the points programme")
    provider: str = fields.id_("the party that provides goods or services")
    terminal: str = fields.id_("its first terminal", "t1")


@frozen
class CloseProvider:
    """End a provider's part in the programme, once no points of it are left (提供方退出)."""

    may: ClassVar[Mapping[Role, str]] = {Role.MERCHANT: "provider", Role.OFFICER: ""}
    programme: str = fields.id_("the points programme")
    provider: str = fields.id_("the provider of goods or services")


@frozen
class SettleFund:
    """Repay what the bank advanced into a provider's fund (结清垫款)."""

    may: ClassVar[Mapping[Role, str]] = {Role.MERCHANT: "provider", Role.OFFICER: ""}
    programme: str = fields.id_("the points programme")
    provider: str = fields.id_("the provider of goods or services")
    amount: Amount = fields.amount("what is repaid")


@noun.rule(RegisterProvider)
def register_provider(terms: PointsTerms, command: RegisterProvider, books: Books) -> Plan:
    """Open a provider's accounts; one that left takes part again.

    Refuses, in this order: NotFound, PartyErased, PartySuspended, NotIdentified, NoCurrentAccount,
    AlreadyTaken, UnitMismatch.
    """
    ids, on = (command.programme, command.provider), books.today
    party = identified_party(books, command.provider).id
    account_of(books, party)
    known = Provider.find(books, *ids)
    if known is not None and not known.closed_on:
        raise AlreadyTaken("provider", party)
    voucher = PointsVoucher(books, terms, command.programme)
    if known is None:
        voucher.open(
            *(it.account(*ids, unit=terms.unit, on=on, party=party) for it in (FUND, ADVANCE)),
            ISSUED.account(*ids, unit=POINT, on=on, party=party),
            *(it.account(*ids, unit=CREDIT_POINT, on=on, party=party) for it in (CREDIT, CREDIT_ISSUED)),
        )
        known = Provider(id=":".join(ids), registered_on=on)
    first = Terminal.anew(books, *ids, command.terminal, kind="pos", registered_on=on)
    voucher.keep(evolve(known, closed_on=None), first)
    voucher.put(Contract.opened(books, party, "points", command.programme, "provider"))
    return voucher.plan("register-provider", f"provider {party}")


@noun.rule(CloseProvider)
def close_provider(terms: PointsTerms, command: CloseProvider, books: Books) -> Plan:
    """Nothing is posted; orders, agreements and refunds of the provider end.

    Refuses, in this order: PartySuspended, NotFound, ProviderBound, CreditLineOpen.
    """
    ids, party = (command.programme, command.provider), command.provider
    acting_for(books, party)
    provider = open_provider(books, *ids)
    debts = books.balances(DEBT.root(command.programme))
    owed = sum(points for path, points in debts if path.endswith(f":{party}"))
    advanced = books.balance(ADVANCE(*ids))
    if provider.live or owed or advanced:
        raise ProviderBound(party, provider.live, owed, advanced, terms.unit)
    check_no_line(books, command.programme, "provider", party)
    voucher = PointsVoucher(books, terms, command.programme)
    voucher.keep(evolve(provider, closed_on=books.today))
    voucher.put(Contract.ended(books, party, "points", command.programme, "provider"))
    return voucher.plan("close-provider", f"provider {party} leaves")


@noun.rule(SettleFund)
def settle_fund(terms: PointsTerms, command: SettleFund, books: Books) -> Plan:
    """The provider's demand account repays the bank's advance.

    Refuses: UnitMismatch, PartySuspended, NotFound, BalanceFloorBreached for more than was advanced.
    """
    amount = terms.minor_units(command.amount)
    acting_for(books, command.provider)
    open_provider(books, command.programme, command.provider)
    advance = ADVANCE(command.programme, command.provider)
    if amount > (owed := books.balance(advance)):
        raise BalanceFloorBreached(advance, owed, 0, 0, amount, terms.unit)
    voucher = PointsVoucher(books, terms, command.programme)
    voucher.move(chart.DEMAND(command.provider), advance, amount)
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
