"""Refusals of accounts: whether they exist and are open, and their limits."""

from __future__ import annotations

from datetime import date

from bankcore.errors.roots import InputError, LedgerRejection

__all__ = [
    "AccountChangeRefused",
    "AccountClosed",
    "AccountExists",
    "AccountFrozen",
    "AccountInUse",
    "AccountNotEmpty",
    "AccountNotYetOpen",
    "BadAccountPath",
    "BalanceCeilingBreached",
    "BalanceFloorBreached",
    "BalanceOverflow",
    "UnknownAccount",
    "VelocityLimitBreached",
]


class BadAccountPath(InputError):
    sentence = "{text!r} is not an account path: {reason}"
    text: object
    reason: str


class UnknownAccount(LedgerRejection):
    sentence = "there is no account {account}"
    remedy = "Open the account first, or correct its path; `bankcore account list` shows all."
    account: str


class AccountExists(LedgerRejection):
    sentence = "account {account} exists already"
    remedy = "Use the account that is there, or choose another path."
    account: str


class AccountNotYetOpen(LedgerRejection):
    sentence = "account {account} opens on {opened_on}, after {effective_on}"
    remedy = "Take a value date on or after the opening day."
    account: str
    opened_on: date
    effective_on: date


class AccountClosed(LedgerRejection):
    sentence = "account {account} is closed"
    remedy = "Use another account, or reopen it: `bankcore account reopen`."
    account: str


class AccountFrozen(LedgerRejection):
    sentence = "account {account} is {status}"
    remedy = "An officer unfreezes the account when its reason is gone: `bankcore account unfreeze`."
    account: str
    status: str


class AccountNotEmpty(LedgerRejection):
    sentence = "account {account} still holds {balance} and cannot be closed"
    remedy = "Move the balance away first."
    quantities = ("balance",)
    account: str
    balance: int
    unit: str = ""


class AccountInUse(LedgerRejection):
    sentence = "account {account} has postings; an opening balance comes before all others"
    remedy = "Post an ordinary transaction instead of an opening balance."
    account: str


class AccountChangeRefused(LedgerRejection):
    sentence = "account {account} cannot change: {reason}"
    account: str
    reason: str


class BalanceFloorBreached(LedgerRejection):
    """The account lacks the funds (INSUFFICIENT_FUNDS); a retry can succeed after an inflow."""

    sentence = "account {account} has {available} available, {needed} needed (floor {limit})"
    remedy = "Pay money in first, ask for less, or use `--up-to`; an officer may change the floor."
    quantities = ("available", "held", "limit", "needed")
    account: str
    available: int
    held: int
    limit: int
    needed: int
    unit: str = ""
    on: date | None = None  # the first later value date that a back-dated posting would break

    def __str__(self) -> str:
        return super().__str__() + (f" on {self.on}" if self.on else "")


class BalanceCeilingBreached(LedgerRejection):
    sentence = "account {account} has room for {available}, {needed} needed (ceiling {limit})"
    remedy = "Ask for less, use `--up-to`, or have an officer change the ceiling."
    quantities = ("available", "held", "limit", "needed")
    account: str
    available: int
    held: int
    limit: int
    needed: int
    unit: str = ""
    on: date | None = None

    def __str__(self) -> str:
        return super().__str__() + (f" on {self.on}" if self.on else "")


class VelocityLimitBreached(LedgerRejection):
    """The flow of one period would exceed the limit; a retry can succeed in the next period."""

    sentence = "limit {limit}: {used} of {most} per {per} used since {since}, {needed} needed"
    remedy = "Wait for the next period, ask for less, or have an officer change the limit."
    quantities = ("used", "most", "needed")
    limit: str
    account: str
    used: int
    most: int
    per: str
    since: date
    needed: int
    unit: str = ""


class BalanceOverflow(LedgerRejection):
    sentence = "the gross total of account {account} would exceed 64 bits"
    remedy = "Open another account for further amounts; a gross total is never reset."
    account: str
