"""The chart of a branch network: rewards, referral fees, and the budgets of campaigns.

What is left of a budget stands in a pair of memorandum accounts.

>>> budget("net", "spring"), owed("net", "u1", "reward")
('branch:net:campaign:spring:budget', 'branch:net:party:u1:reward-payable')
"""

from __future__ import annotations

from datetime import date

from bankcore.ledger.accounts import Account, AccountPath, AccountType, Side
from bankcore.units import Unit

__all__ = [
    "MARKETING",
    "REFERRALS",
    "bank_accounts",
    "budget",
    "budget_contra",
    "campaign_accounts",
    "demand",
    "demand_account",
    "due",
    "due_account",
    "owed",
    "owed_account",
]

MARKETING = AccountPath("bank:marketing-expense")
REFERRALS = AccountPath("bank:referral-expense")


def demand(party: str) -> AccountPath:
    """The demand account of a party at the bank."""
    return AccountPath(f"bank:demand:{party}")


def owed(programme: str, party: str, kind: str) -> AccountPath:
    """What a party was promised, `reward` or `referral`, and has not got yet."""
    return AccountPath(f"branch:{programme}:party:{party}:{kind}-payable")


def due(programme: str, party: str, kind: str) -> AccountPath:
    """What a party has to give back of a `reward` or `referral`; on the debit side."""
    return AccountPath(f"branch:{programme}:party:{party}:{kind}-receivable")


def budget(programme: str, campaign: str) -> AccountPath:
    """Memorandum: what is left of a campaign's budget."""
    return AccountPath(f"branch:{programme}:campaign:{campaign}:budget")


def budget_contra(programme: str, campaign: str) -> AccountPath:
    """The other side of `budget`."""
    return AccountPath(f"branch:{programme}:campaign:{campaign}:budget-contra")


def bank_accounts(unit: Unit, on: date) -> tuple[Account, ...]:
    """The expenses of rewards and of referral fees."""
    return tuple(Account(path, AccountType.EXPENSE, unit, opened_on=on) for path in (MARKETING, REFERRALS))


def campaign_accounts(programme: str, campaign: str, unit: Unit, on: date) -> tuple[Account, ...]:
    """The pair of a budget."""
    memo, contra = AccountType.MEMORANDUM, budget_contra(programme, campaign)
    return (
        Account(budget(programme, campaign), memo, unit, floor=0, opened_on=on, party=programme),
        Account(contra, memo, unit, normal_side=Side.CREDIT, floor=0, opened_on=on, party=programme),
    )


def demand_account(party: str, unit: Unit, on: date) -> Account:
    """A party's demand account."""
    return Account(demand(party), AccountType.LIABILITY, unit, floor=0, opened_on=on, party=party)


def owed_account(programme: str, party: str, kind: str, unit: Unit, on: date) -> Account:
    """What a party was promised."""
    path = owed(programme, party, kind)
    return Account(path, AccountType.LIABILITY, unit, floor=0, opened_on=on, party=party)


def due_account(programme: str, party: str, kind: str, unit: Unit, on: date) -> Account:
    """What a party has to give back."""
    return Account(due(programme, party, kind), AccountType.ASSET, unit, floor=0, opened_on=on, party=party)
