"""Repayments (还款): what is due, collected or paid by hand, and principal before it is due.

| operation | debit | credit | amount |
| --- | --- | --- | --- |
| close of a day | interest | interest income | of each instalment that falls due |
| | unearned-fee | interest income | what the effective rate gives |
| | interest | penalty income | the exact sum so far, rounded once |
| close, repay | demand account | interest, then principal | at most what is due |
| prepay | demand account | interest, principal | interest to date, and any principal |

>>> PaymentExceeds("l1", 100_00, 100_01, "CNY/2").code
'payment_exceeds'
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from attrs import frozen

from bankcore.amounts import Amount
from bankcore.errors import BadDate, ProductRejection
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Transaction
from bankcore.product import chart, fields
from bankcore.product.plan import Plan, Step
from bankcore.product.product import Noun, Phase
from bankcore.products.loan.draft import Draft, to_date
from bankcore.products.loan.late import known_late, late_payment
from bankcore.products.loan.loans import DUE, Loan, OfBorrower, State, running
from bankcore.products.loan.programmes import PROGRAMMES, LoanTerms, Posting

__all__ = ["NothingDue", "PaymentExceeds", "Prepay", "Repay", "RepayEarly"]

noun = Noun(__name__)
_LATE = "the day as of which it is paid, by an officer; today if not given"


# --- refusals ---------------------------------------------------------------------------------------


class NothingDue(ProductRejection):
    """What is paid before it is due is a prepayment."""

    sentence = "nothing of loan {loan} is due before {due_on}"
    loan: str
    due_on: date


class PaymentExceeds(ProductRejection):
    sentence = "of loan {loan} {owed} can be paid so, {amount} offered"
    quantities = ("owed", "amount")
    loan: str
    owed: int
    amount: int
    unit: str = ""


# --- commands and their rules -----------------------------------------------------------------------


@frozen
class Repay(OfBorrower):
    """Pay what is due by hand: penalty, then interest, then principal (还款)."""

    amount: Amount = fields.amount("what is paid, at most what is due")
    value_on: date | None = fields.day(_LATE, None)


@frozen
class Prepay(OfBorrower):
    """Repay principal before it is due, after all that is due and interest to date (提前还款)."""

    amount: Amount = fields.amount("principal not yet due")
    keep: str = fields.choice("what stays as it was: term or payment", ("term", "payment"), "term")
    value_on: date | None = fields.day(_LATE, None)


@frozen
class RepayEarly(OfBorrower):
    """Repay all that is left, with interest to date (提前结清)."""

    value_on: date | None = fields.day(_LATE, None)


@noun.rule(Repay)
def repay(terms: LoanTerms, command: Repay, books: Books) -> Plan:
    """Penalty up to the day and what is due on it count as owed.

    Refuses, in this order: UnitMismatch, NotFound, BorrowerDiffers, LoanNotRunning, ActorNotPermitted,
    BadCommand or PeriodClosed for the value date, NothingDue, PaymentExceeds; the demand account's floor
    refuses where there is too little.
    """
    amount = terms.minor_units(command.amount)
    loan = running(books, command.programme, command.loan, command.borrower)

    def due(draft: Draft) -> int:
        owed, next_due = draft.loan.owed, draft.loan.next_due
        if not owed and next_due is not None:
            raise NothingDue(loan.name, next_due)
        if amount > owed:
            raise PaymentExceeds(loan.name, owed, amount, terms.unit)
        return amount

    if (value_on := late_payment(loan, books, command.value_on)) is not None:
        draft = known_late(loan, books, value_on, "pay", due)
    else:
        draft = to_date(loan, books)
        draft.pay(due(draft))
    draft.finish("repay", f"repayment of loan {loan.name}")
    return draft.plan


@noun.rule(Prepay)
def prepay(terms: LoanTerms, command: Prepay, books: Books) -> Plan:
    """All that is due first, then interest to date and principal; the rest is divided anew.

    Refuses, in this order: UnitMismatch, NotFound, BorrowerDiffers, LoanNotRunning, ActorNotPermitted,
    BadCommand or PeriodClosed for the value date, PaymentExceeds beyond the principal not yet due; the demand
    account's floor refuses where there is too little.
    """
    amount = terms.minor_units(command.amount)
    return _prepaid(terms, command, books, amount, command.keep)


@noun.rule(RepayEarly)
def repay_early(terms: LoanTerms, command: RepayEarly, books: Books) -> Plan:
    """All that is due, interest to date, and all principal.

    Refuses: NotFound, BorrowerDiffers, LoanNotRunning; and as `prepay` for the value date and for too little
    money.
    """
    return _prepaid(terms, command, books, None, "term")


def _prepaid(
    terms: LoanTerms, command: Prepay | RepayEarly, books: Books, amount: int | None, keep: str
) -> Plan:
    """What is due is a repayment of its own, before the prepayment."""
    loan = running(books, command.programme, command.loan, command.borrower)

    def principal(draft: Draft) -> int:
        left = draft.loan.plan.left
        if amount is not None and amount > left:
            raise PaymentExceeds(loan.name, left, amount, terms.unit)
        return left if amount is None else amount

    if (value_on := late_payment(loan, books, command.value_on)) is not None:

        def money(draft: Draft) -> int:
            return draft.loan.owed + draft.interest_to_date + principal(draft)

        draft = known_late(loan, books, value_on, "prepay", money, keep)
        draft.finish("prepay", f"prepayment of loan {loan.name}")
        return draft.plan
    draft = to_date(loan, books)
    wanted = principal(draft)
    draft.pay(draft.loan.owed)
    draft.finish("repay", f"repayment of loan {loan.name}")
    if wanted:
        draft.prepay(wanted, keep)
        draft.finish("prepay", f"prepayment of loan {loan.name}")
    return draft.plan


# --- the close of a day -----------------------------------------------------------------------------


@noun.daily(Phase.DUE)
def collect(books: Books, day: date) -> Iterator[Step]:
    """Charge and collect what is due; what an account refuses waits for the next day.

    Raises BadDate for the last day there is.
    """
    if day == date.max and any(PROGRAMMES.ids(books)):
        raise BadDate(day, "no day follows on which what is overdue could be collected")
    return DUE.steps(books, day, PROGRAMMES.ids(books), "due", _serve)


def _serve(books: Books, programme: str, id: str) -> Sequence[Transaction]:
    """Charge what is due, collect as far as the demand account reaches, and come back for what is left."""
    loan = Loan.existing(books, programme, id)
    if loan.state is not State.LENT:
        return ()
    draft, every_day = Draft(books, loan), loan.terms.posting is Posting.DAILY
    there = _within_reach(books, loan)
    if there != 0 or every_day:
        draft.accrue_penalty()
    draft.charge()
    owed = draft.loan.owed
    draft.pay(owed if there is None else min(there, owed), closing=True)
    since = draft.loan.overdue_since
    if since is not None and since != loan.overdue_since:
        draft.notify("overdue", since=since.isoformat(), owed=str(Amount(draft.loan.owed, loan.unit)))
    if draft.loan.owed and (loan.terms.automatic or every_day):
        draft.come_back(draft.today + timedelta(days=1))
    draft.finish("close", f"loan {loan.name} at the close of {draft.today}")
    return draft.done


def _within_reach(books: Books, loan: Loan) -> int | None:
    """The most that can be collected from the demand account; None where nothing limits it."""
    path = chart.DEMAND(loan.borrower)
    if not loan.terms.automatic or not books.accounts([path])[path].status.takes_debits:
        return 0
    reach = books.available(path)
    return None if reach is None else max(reach, 0)
