"""One operation on a loan in the making: what becomes due, what is paid, and the loan as that leaves it."""

from __future__ import annotations

from collections import Counter
from datetime import date

from attrs import evolve

from bankcore.ledger.accounts import AccountPath
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Record, Transaction
from bankcore.product.plan import Plan
from bankcore.products.loan import accounts, registry
from bankcore.products.loan.instalments import Instalment
from bankcore.products.loan.loans import Arrear, Loan, State
from bankcore.rates import round_half_up

__all__ = ["Draft", "to_date"]


class Draft:
    """Legs add up by account and side; the loan's record is written once, with notes of due dates."""

    def __init__(self, books: Books, loan: Loan) -> None:
        self.books, self.today, self.loan, self._before = books, books.today, loan, loan
        self.done: list[Transaction] = []
        self._days: set[date] = set()
        self._debit: Counter[AccountPath] = Counter()
        self._credit: Counter[AccountPath] = Counter()
        self.principal, self.interest, self.unearned = (
            path(loan.programme, loan.id)
            for path in (accounts.principal, accounts.interest, accounts.unearned_fee)
        )

    def move(self, debit: AccountPath, credit: AccountPath, quantity: int) -> None:
        """Debit one account and credit the other."""
        self._debit[debit] += quantity
        self._credit[credit] += quantity

    # --- what becomes due -----------------------------------------------------------------------------

    def charge(self) -> None:
        """The instalments whose due dates have come: interest is earned, and principal is owed."""
        while (due := self.loan.plan.next_due) is not None and due <= self.today:
            instalment = self.loan.plan.next()
            self.move(self.interest, accounts.INTEREST_INCOME, instalment.interest)
            arrear = Arrear(due, due, instalment.principal, instalment.interest)
            self.loan = evolve(
                self.loan,
                schedule=self.loan.plan.after(instalment),
                arrears=(*self.loan.arrears, *((arrear,) if arrear.owed else ())),
            )
            self._earn_fee(instalment)

    def accrue_penalty(self) -> None:
        """Post the penalty of the days before today: the rounded exact sum less what is posted."""
        loan = self.loan.penalised(self.today)
        penalty, due = loan.penalty.post()
        self.loan = evolve(loan, penalty=penalty, unpaid_penalty=loan.unpaid_penalty + due)
        if due:
            self.move(self.interest, accounts.PENALTY_INCOME, due)
            self.finish("penalty", f"penalty of loan {loan.id}")

    def earn_rest_of_fee(self) -> None:
        """What is left of the fee becomes income."""
        self._earn(self.loan.unearned)

    def _earn_fee(self, instalment: Instalment) -> None:
        """What the effective rate gives beyond the interest, rounded cumulatively; the rest at the end.

        Interest is rounded for itself, so a fee of a few fen would at times run back or below nothing.
        """
        loan = self.loan
        if not loan.plan.left:
            self.earn_rest_of_fee()
        elif loan.carrying is not None and loan.unearned:
            carrying = loan.carrying.after(instalment.payment)
            unearned = round_half_up(loan.plan.left - carrying.amount)
            self._earn(loan.unearned - min(max(unearned, 0), loan.unearned))
            self.loan = evolve(self.loan, carrying=carrying)

    def _earn(self, quantity: int) -> None:
        self.move(self.unearned, accounts.INTEREST_INCOME, quantity)
        self.loan = evolve(self.loan, unearned=self.loan.unearned - quantity)

    # --- what is paid ---------------------------------------------------------------------------------

    def pay(self, amount: int) -> None:
        """Out of the demand account, at most what is owed: penalty, then interest, then principal.

        Interest and principal of the oldest instalments are paid first.
        """
        penalty = min(amount, self.loan.unpaid_penalty)
        left = amount - penalty
        paid: list[list[int]] = []
        for kind in ("interest", "principal"):
            paid.append([])
            for arrear in self.loan.arrears:
                paid[-1].append(min(left, getattr(arrear, kind)))
                left -= paid[-1][-1]
        interest, principal = paid
        self._repay(penalty + sum(interest), sum(principal))
        rest = (
            evolve(arrear, interest=arrear.interest - i, principal=arrear.principal - p)
            for arrear, i, p in zip(self.loan.arrears, interest, principal, strict=True)
        )
        self.loan = evolve(
            self.loan,
            unpaid_penalty=self.loan.unpaid_penalty - penalty,
            arrears=tuple(arrear for arrear in rest if arrear.owed),
        )
        self._end()

    def prepay(self, amount: int, keep: str) -> None:
        """Interest to date and principal before it is due; the fee is earned, its schedule is no more."""
        interest = self.loan.plan.interest_to(self.today)
        self.move(self.interest, accounts.INTEREST_INCOME, interest)
        self._repay(interest, amount)
        self.loan = evolve(self.loan, schedule=self.loan.plan.prepaid(amount, self.today, keep))
        self.earn_rest_of_fee()
        self._end()

    def _repay(self, interest: int, principal: int) -> None:
        demand = accounts.demand(self.loan.borrower)
        self.move(demand, self.interest, interest)
        self.move(demand, self.principal, principal)

    def _end(self) -> None:
        if not self.loan.plan.left and not self.loan.owed:
            self.end(State.REPAID)

    def end(self, state: State) -> None:
        """The loan is over."""
        self.loan = evolve(self.loan, state=state, ended_on=self.today)

    # --- what is written ------------------------------------------------------------------------------

    def come_back(self, day: date) -> None:
        """Note that the close of a day is to look at the loan."""
        self._days.add(day)

    def finish(self, kind: str, text: str, *records: Record) -> None:
        """Everything since the last transaction as one, where there is anything."""
        loan, next_due = self.loan, self.loan.next_due
        if next_due is not None and next_due != self._before.next_due:
            self.come_back(next_due)
        notes = (registry.due(self.books, loan.programme, loan.id, day) for day in sorted(self._days))
        written = () if loan == self._before else (loan.written(),)
        if records := (*written, *notes, *records):
            transaction = registry.operation(
                self.books,
                loan.terms,
                loan.record.id,
                kind,
                text,
                debit=self._debit,
                credit=self._credit,
                records=records,
            )
            self.done.append(transaction)
        self.loan = evolve(loan, record=written[0]) if written else loan
        self._before, self._days = self.loan, set()
        self._debit, self._credit = Counter(), Counter()

    @property
    def plan(self) -> Plan:
        """All transactions."""
        return Plan(tuple(self.done))


def to_date(loan: Loan, books: Books) -> Draft:
    """The loan with penalty up to today, and with what is due today."""
    draft = Draft(books, loan)
    draft.accrue_penalty()
    draft.charge()
    return draft
