"""The chart of a points programme: what its accounts are called and how they are opened.

Points and provider credit points are units of their own.  What a provider issued, and what a
consumer owes after a refund, stand on the debit side; everything else is owed.

>>> live("card", "c001"), fund("card", "g1")
('points:card:consumer:c001:live', 'points:card:provider:g1:fund')
"""

from __future__ import annotations

from datetime import date

from bankcore.ledger.accounts import Account, AccountPath, AccountType, Side
from bankcore.products.points.terms import CREDIT, POINT
from bankcore.units import Unit

__all__ = [
    "BREAKAGE",
    "CASH",
    "REVENUE",
    "ROUNDING",
    "advance",
    "bank_accounts",
    "consumer_accounts",
    "credit",
    "credit_issued",
    "debt",
    "debt_account",
    "debts_root",
    "demand",
    "expired",
    "fund",
    "issued",
    "live",
    "provider_accounts",
    "redeemed",
    "repaid",
    "right",
    "right_account",
]

CASH = AccountPath("bank:cash")
BREAKAGE = AccountPath("bank:breakage-income")
REVENUE = AccountPath("bank:revenue")
ROUNDING = AccountPath("bank:rounding")


def demand(person: str) -> AccountPath:
    """The demand account of a consumer or provider at the bank."""
    return AccountPath(f"bank:demand:{person}")


def live(programme: str, card: str) -> AccountPath:
    """The points on a card, over all providers."""
    return AccountPath(f"points:{programme}:consumer:{card}:live")


def redeemed(programme: str, card: str) -> AccountPath:
    """The points that the card's holder ever redeemed."""
    return AccountPath(f"points:{programme}:consumer:{card}:redeemed")


def expired(programme: str, card: str) -> AccountPath:
    """The points of the card that ever expired or were given up."""
    return AccountPath(f"points:{programme}:consumer:{card}:expired")


def repaid(programme: str, card: str) -> AccountPath:
    """Points debt that was ever bought back with money; on the debit side."""
    return AccountPath(f"points:{programme}:consumer:{card}:repaid")


def debts_root(programme: str, card: str) -> str:
    """The root of all points debts of a card."""
    return f"points:{programme}:debt:{card}"


def debt(programme: str, card: str, provider: str) -> AccountPath:
    """The points that a card owes to a provider after a refund; on the debit side."""
    return AccountPath(f"points:{programme}:debt:{card}:{provider}")


def issued(programme: str, provider: str) -> AccountPath:
    """The points that a provider issued, net of what it took back; on the debit side."""
    return AccountPath(f"points:{programme}:provider:{provider}:issued")


def fund(programme: str, provider: str) -> AccountPath:
    """The money behind a provider's live points."""
    return AccountPath(f"points:{programme}:provider:{provider}:fund")


def advance(programme: str, provider: str) -> AccountPath:
    """What the bank advanced into the fund of a provider that pays later."""
    return AccountPath(f"points:{programme}:provider:{provider}:advance")


def credit(programme: str, provider: str) -> AccountPath:
    """The provider's own credit points."""
    return AccountPath(f"points:{programme}:provider:{provider}:credit")


def credit_issued(programme: str, provider: str) -> AccountPath:
    """The other side of `credit`."""
    return AccountPath(f"points:{programme}:provider:{provider}:credit-issued")


def right(programme: str, sale: str) -> AccountPath:
    """The price of points that the bank granted with a sale and that are not redeemed yet."""
    return AccountPath(f"points:{programme}:right:{sale}")


def bank_accounts(unit: Unit, on: date) -> tuple[Account, ...]:
    """Cash, income from breakage and sales, and rounding."""
    return (
        Account(CASH, AccountType.ASSET, unit, floor=0, opened_on=on),
        Account(BREAKAGE, AccountType.INCOME, unit, opened_on=on),
        Account(REVENUE, AccountType.INCOME, unit, opened_on=on),
        Account(ROUNDING, AccountType.INCOME, unit, opened_on=on),
    )


def consumer_accounts(programme: str, card: str, person: str, unit: Unit, on: date) -> tuple[Account, ...]:
    """The person's demand account and the card's points accounts."""
    return (
        _owed(demand(person), unit, on, person),
        *(_owed(path(programme, card), POINT, on, person) for path in (live, redeemed, expired)),
        _contra(repaid(programme, card), POINT, on, person),
    )


def provider_accounts(
    programme: str, provider: str, person: str, unit: Unit, on: date
) -> tuple[Account, ...]:
    """The person's demand account, the fund and what stands behind it, and the two kinds of points."""
    return (
        _owed(demand(person), unit, on, person),
        _owed(fund(programme, provider), unit, on, person),
        Account(advance(programme, provider), AccountType.ASSET, unit, floor=0, opened_on=on, party=person),
        _contra(issued(programme, provider), POINT, on, person),
        _owed(credit(programme, provider), CREDIT, on, person),
        _contra(credit_issued(programme, provider), CREDIT, on, person),
    )


def debt_account(path: AccountPath, person: str, on: date) -> Account:
    """A points debt, opened when there is one."""
    return Account(path, AccountType.ASSET, POINT, floor=0, opened_on=on, party=person)


def right_account(path: AccountPath, unit: Unit, on: date) -> Account:
    """The liability of one sale with points."""
    return _owed(path, unit, on, "")


def _owed(path: AccountPath, unit: Unit, on: date, party: str) -> Account:
    return Account(path, AccountType.LIABILITY, unit, floor=0, opened_on=on, party=party)


def _contra(path: AccountPath, unit: Unit, on: date, party: str) -> Account:
    return Account(
        path, AccountType.LIABILITY, unit, normal_side=Side.DEBIT, floor=0, opened_on=on, party=party
    )
