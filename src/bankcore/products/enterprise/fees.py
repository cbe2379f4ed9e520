"""Fees (平台费): what is charged, and the discount of those who hold a member deposit.

| operation | debit | credit | amount |
| --- | --- | --- | --- |
| pay a fee | demand account, entitlement liability | fee income | the fee less the discount |
| with entitlements | live | redeemed | whole entitlements |

A membership begins and ends with the deposit; its record sums up the fees charged meanwhile, so the
discount is rounded once over all of them, and what was used of it is known when it is clawed back.

>>> str(EntitlementsExceed(5_00, 2_00, "CNY/2"))
'the entitlements are worth 5.00 CNY, the fee is 2.00 CNY'
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

from attrs import evolve, frozen

from bankcore.amounts import Amount
from bankcore.errors import ProductRejection
from bankcore.ledger.books import Books
from bankcore.product import chart, fields
from bankcore.product.actor import Role
from bankcore.product.facts import Facts
from bankcore.product.plan import Plan
from bankcore.product.product import Noun
from bankcore.product.voucher import Voucher
from bankcore.products.enterprise.enterprises import continuing_enterprise
from bankcore.products.enterprise.entitlements import redeem
from bankcore.products.enterprise.programmes import ENTITLEMENT_LIABILITY, PROGRAMMES, EnterpriseTerms
from bankcore.rates import Rate, round_half_up
from bankcore.tables import Table

__all__ = ["EntitlementsExceed", "PayFee"]

noun = Noun(__name__)


@frozen(kw_only=True)
class Membership(Facts):
    """A discount on fees, and the fees and discounts since it began, in minor units."""

    KIND: ClassVar = "platform.membership"  # programme:enterprise, of who holds a member deposit
    active: bool
    rate: Rate
    fees: int = 0
    discounts: int = 0


@frozen(kw_only=True)
class Fees(Facts):
    """What an enterprise was charged so far, in minor units."""

    KIND: ClassVar = "platform.fees"  # programme:enterprise
    charged: int = 0
    discounts: int = 0
    entitlements: int = 0
    clawed_back: int = 0


class EntitlementsExceed(ProductRejection):
    sentence = "the entitlements are worth {worth}, the fee is {fee}"
    quantities = ("worth", "fee")
    worth: int
    fee: int
    unit: str = ""


# --- the discount of members ------------------------------------------------------------------------


def membership(books: Books, programme: str, enterprise: str) -> Membership | None:
    """The membership that has not ended, if there is one."""
    found = Membership.find(books, programme, enterprise)
    return found if found is not None and found.active else None


def begin_membership(voucher: Voucher, enterprise: str, discount: Rate) -> None:
    """Fees of the enterprise are discounted from now on."""
    id = (voucher.agreement, enterprise)
    known = voucher.find(Membership, *id)
    version = known.version if known else 0
    voucher.keep(Membership(id=":".join(id), version=version, active=True, rate=discount))


def end_membership(voucher: Voucher, enterprise: str, claw_back: bool) -> None:
    """Fees are discounted no more; the discounts used are paid back only if they are clawed back."""
    ending = membership(voucher.books, voucher.agreement, enterprise)
    if ending is not None:
        voucher.keep(evolve(ending, active=False))
        if claw_back and ending.discounts:
            _note(voucher, enterprise, clawed_back=ending.discounts)


def charge(voucher: Voucher, enterprise: str, fee: int) -> int:
    """Note a fee; returns what is to be paid of it after the discount of a member."""
    if not fee:
        return 0
    discount = 0
    member = voucher.find(Membership, voucher.agreement, enterprise)
    if member is not None and member.active:
        fees = member.fees + fee
        discount = round_half_up(member.rate.fraction * fees) - member.discounts
        voucher.keep(evolve(member, fees=fees, discounts=member.discounts + discount))
    _note(voucher, enterprise, charged=fee, discounts=discount)
    return fee - discount


def _note(voucher: Voucher, enterprise: str, **more: int) -> None:
    known = voucher.find(Fees, voucher.agreement, enterprise)
    known = known or Fees(id=f"{voucher.agreement}:{enterprise}")
    voucher.keep(evolve(known, **{name: getattr(known, name) + sum_ for name, sum_ in more.items()}))


# --- paying -----------------------------------------------------------------------------------------


@frozen
class PayFee:
    """Pay a fee of the platform, part of it with entitlements (缴纳平台费)."""

    may: ClassVar[Mapping[Role, str]] = {Role.CUSTOMER: "enterprise", Role.OFFICER: ""}
    programme: str = fields.id_("the platform")
    enterprise: str = fields.id_("the enterprise")
    amount: Amount = fields.amount("the fee before any discount")
    entitlements: int = fields.whole("entitlements that pay a part of it")


@noun.rule(PayFee)
def pay_fee(terms: EnterpriseTerms, command: PayFee, books: Books) -> Plan:
    """Demand account and entitlements to fee income, the discount of a member left out.

    Refuses, in this order: UnitMismatch, NotFound, NotApproved, PartySuspended, EntitlementsShort,
    EntitlementsExceed.
    """
    programme, enterprise = command.programme, command.enterprise
    fee = terms.minor_units(command.amount)
    continuing_enterprise(books, programme, enterprise)
    voucher = PROGRAMMES.voucher(books, terms, programme)
    due = charge(voucher, enterprise, fee)
    worth = redeem(voucher, enterprise, command.entitlements)
    if worth > due:
        raise EntitlementsExceed(worth, due, terms.unit)
    voucher.move(ENTITLEMENT_LIABILITY(programme), chart.FEE_INCOME(), worth)
    voucher.move(chart.DEMAND(enterprise), chart.FEE_INCOME(), due - worth)
    if worth:
        _note(voucher, enterprise, entitlements=worth)
    return voucher.plan("fee", f"fee of {enterprise}")


# --- invariants and reports -------------------------------------------------------------------------


@noun.invariant("D-discounts")
def discounts_are_cumulative(books: Books) -> Iterator[str]:
    """A member's discounts are the rate on all fees of the membership, rounded once."""
    for member in Membership.every(books):
        exact = member.rate.fraction * member.fees
        if member.discounts != round_half_up(exact):
            yield f"{member.id}: discounts of {member.discounts}, exactly {exact}"


@noun.report("fees", own={Role.CUSTOMER: "enterprise"})
def fees(books: Books) -> Table:
    """Fees of each enterprise: charged, discounted, paid with entitlements, in money, clawed back."""
    rows = []
    for programme in PROGRAMMES.ids(books):
        unit = PROGRAMMES.today(books, programme).unit
        for it in Fees.every(books, programme):
            money = it.charged - it.discounts - it.entitlements
            sums = (it.charged, it.discounts, it.entitlements, money, it.clawed_back)
            rows.append((*it.ids, *(Amount(sum_, unit) for sum_ in sums)))
    columns = ("programme", "enterprise", "charged", "discount", "in entitlements", "in money", "clawed back")
    return Table("Fees and discounts", columns, tuple(rows))
