"""Programmes of certificates (存单众筹计划): the terms on which many may buy one together.

Opening one writes its terms and opens the accounts of the bank that it needs; no money moves.

>>> terms = CertificateTerms.from_data({"products": {"CD6": [6, "1.55%"]}})
>>> terms.products, str(terms.tiers.rate_for(10_000_00)), terms.as_data()["demand_rate"]
((('CD6', 6, Rate(fraction=Fraction(31, 2000))),), '140%', '0.35%')
"""

from __future__ import annotations

import re
from datetime import date
from enum import Enum
from itertools import pairwise
from typing import Any

from attrs import frozen

from bankcore.errors import BadTerms
from bankcore.ledger.books import Books
from bankcore.product import chart, fields, programme, term
from bankcore.product.accruals import Accrue, accrue_term
from bankcore.product.business_days import PastCalendar, past_calendar_term
from bankcore.product.plan import Plan
from bankcore.product.product import Noun
from bankcore.product.programme import Programme
from bankcore.product.terms import Terms
from bankcore.rates import Rate, Tiers
from bankcore.units import Unit

__all__ = ["CertificateTerms", "ChangeTerms", "OpenProgramme"]

noun = Noun(__name__)


# --- the kinds of terms that only certificates have ---------------------------------------------------

_TERMS = (3, 6, 12, 24, 36, 60)  # months
_MOST_RATE = Rate.parse("24%").fraction
_WORD = re.compile(r"[\w.\-]{1,40}")


def _multipliers(default: list[tuple[int, str]], help: str) -> Any:
    """What the base rate is multiplied by, from totals on; a larger total never earns a lower rate."""
    return term.tiers(default, help, _rise, "factors from 0 to 10 that never fall are needed")


def _offers(default: str, help: str) -> Any:
    """Products by code, written as a table of code to [months, base rate]."""
    check = term.within(tuple, _are_offers, f"each code needs [months of {_TERMS}, rate of 0 to 24%]")

    def read(value: Any, _: Unit) -> Any:
        if not isinstance(value, dict):
            return value
        return tuple((code, *_offer(offer)) for code, offer in value.items())

    def write(value: tuple[tuple[str, int, Rate], ...], _: Unit) -> dict[str, list[Any]]:
        return {code: [months, str(rate)] for code, months, rate in value}

    return term.term((("CD12", 12, Rate.parse(default)),), help, check, read, write)


def _words(default: tuple[str, ...], help: str) -> Any:
    """A list of different names."""
    check = term.within(
        tuple,
        lambda names: names and all(_is_word(name) and names.count(name) == 1 for name in names),
        "different names are needed",
    )
    return term.term(
        default, help, check, lambda names, _: tuple(names) if isinstance(names, list) else names,
        lambda names, _: list(names),
    )  # fmt: skip


def _rise(tiers: Tiers) -> bool:
    factors = [rate.fraction for _, rate in tiers.steps]
    return factors[0] >= 0 and factors[-1] <= 10 and all(low <= high for low, high in pairwise(factors))


def _offer(offer: Any) -> tuple[Any, Any]:
    if not isinstance(offer, list) or len(offer) != 2:
        raise BadTerms("products", "each code needs [months, base rate]")
    return offer[0], Rate.parse(offer[1])


def _are_offers(offers: tuple[Any, ...]) -> bool:
    return bool(offers) and all(
        _is_word(code)
        and type(months) is int
        and months in _TERMS
        and type(rate) is Rate
        and 0 <= rate.fraction <= _MOST_RATE
        for code, months, rate in offers
    )


def _is_word(value: object) -> bool:
    return isinstance(value, str) and bool(_WORD.fullmatch(value))


# --- terms --------------------------------------------------------------------------------------------


class Profile(Enum):
    """Legal profiles; CN forbids third parties that are paid for deposits."""

    NONE = "none"
    CN = "cn"


class Withdrawal(Enum):
    """What running orders do once the permission of their initiator is withdrawn."""

    GO_ON = "go-on"
    STOP = "stop"  # they take no confirmations, until it is given again


@frozen(kw_only=True)
class CertificateTerms(Terms):
    """What the bank offers; amounts are minor units of `unit`, defaults those of CNY/2.

    Raises BadTerms for a value out of bounds, SteppedEarlyRate for a table of early-exit rates.
    """

    profile: Profile = term.choice(Profile.NONE, "legal profile")
    products: tuple[tuple[str, int, Rate], ...] = _offers("1.75%", "products by code: months and base rate")
    tiers: Tiers = _multipliers(
        [(0, "100%"), (10_000_00, "140%")], "what the base rate is multiplied by, as [from total, factor]"
    )
    channels: tuple[str, ...] = _words(("counter", "mobile", "partner"), "channels that are admitted")
    min_opening: int = term.amount(50_00, "least total of a certificate", least=1)
    max_total: int = term.amount(5_000_000_00, "largest total of a certificate", least=1)
    whole: int = term.amount(1_00, "a certificate's total is a multiple of this", least=1)
    demand_rate: Rate = term.rate("0.35%", "5%", "yearly demand rate, 0 to 5%")
    early_rate: str = term.early_rate("what an early exit earns: demand")
    accrue: Accrue = accrue_term()
    withdrawal: Withdrawal = term.choice(Withdrawal.GO_ON, "what orders do whose initiator may no more")
    terminals: bool = term.flag(False, "whether confirmations need a registered terminal")
    calendar: str = term.calendar("WEEKENDS", "business calendar")
    past_calendar: PastCalendar = past_calendar_term()
    reconfirm_days: int = term.count(5, 1, 30, "business days to agree to a changed configuration")
    transfer_fee: Rate = term.rate("0.1%", "5%", "fee on a share's principal when it is sold, 0 to 5%")
    withholding: Rate = term.rate("0%", "50%", "tax withheld from interest, 0 to 50%")
    insured: int = term.amount(500_000_00, "what deposit insurance covers of one depositor")

    @property
    def offer(self) -> dict[str, tuple[int, Rate]]:
        """Months and base rate by product code."""
        return {code: (months, rate) for code, months, rate in self.products}


PROGRAMMES = Programme("certificate", CertificateTerms)


# --- commands and their rules -------------------------------------------------------------------------


@frozen
class OpenProgramme(programme.OpenProgramme):
    """Offer certificates on these terms (开办存单众筹)."""

    terms: CertificateTerms = fields.of_terms("its terms", CertificateTerms)


@frozen
class ChangeTerms(programme.ChangeTerms):
    """Change some terms from a date on (变更条款); open certificates keep their rate."""

    effective_on: date | None = fields.day("first day of the new terms; today if not given", None)


@noun.rule(OpenProgramme)
def open_programme(terms: CertificateTerms, command: OpenProgramme, books: Books) -> Plan:
    """Keep the terms and open the bank's accounts.  Refuses: UnitMismatch, AlreadyTaken."""
    voucher = PROGRAMMES.voucher(books, terms, command.programme)
    bank = (chart.INTEREST_EXPENSE, chart.FEE_INCOME, chart.WITHHOLDING_TAX)
    voucher.open(*(it.account(unit=terms.unit, on=books.today) for it in bank))
    PROGRAMMES.open(voucher, command.programme, terms)
    return voucher.plan("open", f"open programme {command.programme}")


noun.rule(ChangeTerms)(PROGRAMMES.change)
