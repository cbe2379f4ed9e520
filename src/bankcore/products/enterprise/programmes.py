"""Programmes of enterprises: the terms under which firms trade, pay fees and earn entitlements.

Platform and deposit modes serve the enterprises of one programme, which is opened here once.

>>> terms = EnterpriseTerms.from_data({"fee": "0.3%"})
>>> str(terms.fee), terms.as_data()["face"], terms.earned(1_234_56)
('0.3%', '2.50', Fraction(11574, 3125))
>>> terms.expiry_of(date(2024, 4, 30))
datetime.date(2024, 10, 31)
"""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Final

from attrs import frozen

from bankcore.calendars import add_months, month_end
from bankcore.ledger.accounts import AccountType, Side
from bankcore.ledger.books import Books
from bankcore.product import chart, fields, programme, term
from bankcore.product.plan import Plan
from bankcore.product.product import Noun
from bankcore.product.programme import Programme
from bankcore.product.terms import Terms
from bankcore.rates import Rate
from bankcore.units import Unit

__all__ = ["ChangeTerms", "EnterpriseTerms", "OpenProgramme"]

noun = Noun(__name__)

ENT: Final = Unit("ENT/0")
ENTITLEMENT_LIABILITY = chart.liability("platform:{programme}:entitlement-liability")
INTEREST = chart.liability("platform:{programme}:interest:{enterprise}")  # accrued, paid the day after
ENTITLEMENTS: Final = {  # of an enterprise; those issued stand on the debit side
    state: chart.Template(
        f"platform:{{programme}}:entitlement:{{enterprise}}:{state}",
        AccountType.LIABILITY,
        Side.DEBIT if state == "issued" else None,
    )
    for state in ("live", "issued", "redeemed", "expired")
}


@frozen(kw_only=True)
class EnterpriseTerms(Terms):
    """What is asked of enterprises and granted to them.  Raises BadTerms for a value out of bounds."""

    fee: Rate = term.rate("0.25%", "3%", "platform fee on what a seller receives, 0 to 3%")
    entitlements: int = term.count(3, 0, 1_000, "entitlements for each `traded`, 0 to 1000")
    traded: int = term.amount(1_000_00, "settled trade that earns so many entitlements", least=1)
    face: int = term.amount(2_50, "what an entitlement pays of a fee", least=1)
    life_months: int = term.count(6, 1, 600, "months that entitlements live, to the end of the last")
    delivery_days: int = term.count(30, 1, 366, "days to deliver in, if a trade names no deadline")

    def earned(self, settled: int) -> Fraction:
        """The exact entitlements on a settled sum in minor units."""
        return Fraction(settled * self.entitlements, self.traded)

    def expiry_of(self, granted_on: date) -> date:
        """The last day on which entitlements granted on a day can be used."""
        return month_end(add_months(granted_on, self.life_months))


PROGRAMMES: Final = Programme("platform", EnterpriseTerms)


@frozen
class OpenProgramme(programme.OpenProgramme):
    """Open a programme for enterprises (开办企业平台)."""

    terms: EnterpriseTerms = fields.of_terms("its terms", EnterpriseTerms)


@frozen
class ChangeTerms(programme.ChangeTerms):
    """Change terms from a day on; what is agreed stays as it is (变更条款)."""


@noun.rule(OpenProgramme)
def open_programme(terms: EnterpriseTerms, command: OpenProgramme, books: Books) -> Plan:
    """Open the accounts of the bank and of the programme.  Refuses: UnitMismatch, AlreadyTaken."""
    voucher, today = PROGRAMMES.voucher(books, terms, command.programme), books.today
    banks = (chart.FEE_INCOME, chart.MARKETING_EXPENSE)
    liability = ENTITLEMENT_LIABILITY.account(command.programme, unit=terms.unit, on=today)
    voucher.open(*(it.account(unit=terms.unit, on=today) for it in banks), liability)
    PROGRAMMES.open(voucher, command.programme, terms)
    return voucher.plan("open", f"open platform {command.programme}")


noun.rule(ChangeTerms)(PROGRAMMES.change)
