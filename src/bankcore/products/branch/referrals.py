"""Referral fees: owed when a loan is disbursed, paid when it has lasted, taken back where it ended early.

>>> clawed_back(1_555_56, 61, 90)
50124
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import Any

from bankcore.errors import UnitMismatch
from bankcore.ledger.books import Books
from bankcore.product.plan import Plan
from bankcore.product.records import existing, fresh
from bankcore.product.refusals import NotFound, OverdueBlock
from bankcore.products.branch import accounts, commands, registry
from bankcore.products.branch.campaigns import person_of, take_back
from bankcore.products.branch.draft import Draft
from bankcore.products.branch.refusals import (
    NotEnded,
    ReferralNotDue,
    ReferralSettled,
    SelfReferral,
)
from bankcore.products.branch.terms import BranchTerms
from bankcore.products.lendings import Lending, lending_of
from bankcore.rates import round_half_up

__all__ = [
    "accrue_referral",
    "claw_back_referral",
    "clawed_back",
    "observe_referral",
    "pay_due_referral",
    "pay_referral",
]


def accrue_referral(terms: BranchTerms, command: commands.AccrueReferral, books: Books) -> Plan:
    """Owe the referrer a part of the amount disbursed, once for a loan over all networks.

    Refuses, in this order: AlreadyTaken for the referral or the loan, NotFound, UnitMismatch, SelfReferral.
    """
    programme, referral, lender, loan = command.programme, command.referral, command.lender, command.loan
    fresh(books, registry.REFERRAL, programme, referral)
    for network in registry.programmes(books):
        fresh(books, registry.REFERRED, network, lender, loan)
    lending = _lending(books, {"lender": lender, "loan": loan})
    if lending.unit != terms.unit:
        raise UnitMismatch(terms.unit, lending.unit, "loan")
    referrer = person_of(books, programme, command.referrer)
    if referrer == person_of(books, programme, lending.borrower):
        raise SelfReferral(referrer)
    draft, fee = Draft(books, terms, programme), terms.referral_fee(lending.disbursed)
    draft.open(
        accounts.demand_account(referrer, terms.unit, books.today),
        accounts.owed_account(programme, referrer, "referral", terms.unit, books.today),
    )
    draft.move(accounts.REFERRALS, accounts.owed(programme, referrer, "referral"), fee)
    due_on = registry.shifted(lending.disbursed_on, terms.referral_days)
    observed_until = registry.shifted(lending.disbursed_on, terms.observation_days)
    draft.write(
        registry.REFERRAL,
        referral,
        **{"referrer": referrer, "lender": lender, "loan": loan, "disbursed": lending.disbursed},
        **{"fee": fee, "clawed": 0, "kept": None, "state": "accrued", "due_on": due_on.isoformat()},
        **{"days": terms.observation_days, "observed_until": observed_until.isoformat()},
    )
    draft.write(registry.REFERRED, lender, loan, referral=referral)
    for day, what in ((due_on, "referral"), (observed_until, "observe")):
        draft.write(registry.DUE, max(day, books.today).isoformat(), what, referral)
    return draft.plan("accrue-referral", f"fee of referral {referral}")


def pay_referral(terms: BranchTerms, command: commands.PayReferral, books: Books) -> Plan:
    """Pay a fee from its day on; what its loan lost by ending early is taken back first.

    Refuses, in this order: NotFound, ReferralSettled, ReferralNotDue, OverdueBlock.
    """
    data = existing(books, registry.REFERRAL, command.programme, command.referral).data
    if data["state"] != "accrued":
        raise ReferralSettled(command.referral, data["state"])
    if books.today.isoformat() < data["due_on"]:
        raise ReferralNotDue(command.referral, date.fromisoformat(data["due_on"]))
    lending = _lending(books, data)
    if lending.overdue:
        raise OverdueBlock("loan", data["loan"], f"the fee of referral {command.referral} is not paid")
    draft = Draft(books, terms, command.programme)
    _pay(draft, command.referral, lending)
    return draft.plan("pay-referral", f"fee of referral {command.referral}")


def claw_back_referral(terms: BranchTerms, command: commands.ClawBackReferral, books: Books) -> Plan:
    """Take back the fee's part for the days that a loan did not last.

    What is not paid yet is owed no more; what was paid becomes a receivable.
    Refuses, in this order: NotFound, ReferralSettled if that was done, NotEnded.
    """
    data = existing(books, registry.REFERRAL, command.programme, command.referral).data
    if data["kept"] is not None:
        raise ReferralSettled(command.referral, "clawed back")
    draft = Draft(books, terms, command.programme)
    if not _claw_back(draft, command.referral, _lending(books, data)):
        raise NotEnded(data["loan"], data["days"])
    return draft.plan("claw-back-referral", f"fee of referral {command.referral}")


def pay_due_referral(draft: Draft, referral: str) -> None:
    """At the close of its day: pay, or look again tomorrow while a loan is overdue or an account frozen."""
    data = draft.data(registry.REFERRAL, referral)
    if data["state"] != "accrued":
        return
    lending = _lending(draft.books, data)
    account = draft.books.account(accounts.demand(data["referrer"]))
    if lending.overdue or account is None or not account.status.takes_credits:
        tomorrow = registry.shifted(draft.books.today, 1)
        draft.write(registry.DUE, tomorrow.isoformat(), "referral", referral)
    else:
        _pay(draft, referral, lending)


def observe_referral(draft: Draft, referral: str) -> None:
    """At the end of its observation: take back what nobody asked for before."""
    data = draft.data(registry.REFERRAL, referral)
    if data["kept"] is None:
        _claw_back(draft, referral, _lending(draft.books, data))


def clawed_back(fee: int, kept: int, days: int) -> int:
    """What of a fee is taken back for a loan that lasted `kept` of so many days, rounded half up."""
    return round_half_up(Fraction(fee * (days - kept), days))


def _pay(draft: Draft, referral: str, lending: Lending) -> None:
    if draft.data(registry.REFERRAL, referral)["kept"] is None:
        _claw_back(draft, referral, lending)
    data = draft.data(registry.REFERRAL, referral)
    referrer = data["referrer"]
    owed = accounts.owed(draft.programme, referrer, "referral")
    draft.move(owed, accounts.demand(referrer), data["fee"] - data["clawed"])
    draft.write(registry.REFERRAL, referral, state="paid")


def _claw_back(draft: Draft, referral: str, lending: Lending) -> bool:
    """Whether the loan ended inside the observation; then its fee is what the days kept earn."""
    data = draft.data(registry.REFERRAL, referral)
    kept = None if lending.ended_on is None else (lending.ended_on - lending.disbursed_on).days
    if kept is None or kept >= data["days"]:
        return False
    clawed = clawed_back(data["fee"], kept, data["days"])
    if data["state"] == "paid":
        take_back(draft, data["referrer"], "referral", clawed)
    else:
        draft.move(accounts.owed(draft.programme, data["referrer"], "referral"), accounts.REFERRALS, clawed)
    draft.write(registry.REFERRAL, referral, clawed=clawed, kept=kept)
    return True


def _lending(books: Books, data: Mapping[str, Any]) -> Lending:
    """The loan of a referral; raises NotFound."""
    lending = lending_of(books, data["lender"], data["loan"])
    if lending is None:
        raise NotFound("loan", data["loan"])
    return lending
