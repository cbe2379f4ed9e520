"""One operation on a loan in the making: what becomes due, what is paid, and the loan as that leaves it."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

from attrs import evolve

from bankcore.ledger.accounts import AccountPath
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Record, Transaction
from bankcore.product import chart
from bankcore.product.history import Event
from bankcore.product.parties import Contract
from bankcore.product.plan import Plan
from bankcore.product.voucher import Voucher
from bankcore.products.loan.coverage import guarantors
from bankcore.products.loan.effective import Carrying, effective_rate
from bankcore.products.loan.instalments import Instalment, Schedule
from bankcore.products.loan.loans import DUE, INTEREST, PRINCIPAL, UNEARNED_FEE, Arrear, Loan, State
from bankcore.rates import Rate, round_half_up

__all__ = ["Draft", "to_date"]


class Draft:
    """The loan's record is written once in each transaction, with notes of due dates."""

    def __init__(self, books: Books, loan: Loan) -> None:
        self.books, self.today, self.loan = books, books.today, loan
        self.done: list[Transaction] = []
        self.principal, self.interest, self.unearned = (
            it(*loan.ids) for it in (PRINCIPAL, INTEREST, UNEARNED_FEE)
        )
        self._begin()

    def _begin(self) -> None:
        self.loan = evolve(self.loan, event=None)
        self._before, self._days = self.loan, set[date]()
        self._event: Event | None = None
        self._voucher = Voucher("loan", self.books, self.loan.terms, self.loan.id)

    def tell(self, what: str, amount: int, value_on: date | None = None, **more: Any) -> None:
        """Say what this transaction does to the loan, for what becomes known late."""
        self._event = Event(what, self.today, value_on or self.today, amount, **more)

    def notify(self, topic: str, **data: str) -> None:
        """Tell the borrower."""
        self._voucher.notify(self.loan.borrower, topic, self.loan.name, programme=self.loan.programme, **data)

    def move(self, debit: AccountPath, credit: AccountPath, quantity: int) -> None:
        """Debit one account and credit the other."""
        self._voucher.move(debit, credit, quantity)

    # --- what becomes due -----------------------------------------------------------------------------

    def charge(self) -> None:
        """The instalments whose due dates have come: interest is earned, and principal is owed."""
        while (due := self.loan.plan.next_due) is not None and due <= self.today:
            self._accrue(due)
            plan = self.loan.plan
            instalment = plan.next()
            arrear = Arrear(due, due, instalment.principal, instalment.interest)
            self.loan = evolve(
                self.loan,
                schedule=plan.after(instalment).at,
                arrears=(*self.loan.arrears, *((arrear,) if arrear.owed else ())),
            )
            self._earn_fee(instalment)

    def _accrue(self, day: date) -> None:
        """Earn the interest of the running period before a day: the rounded exact sum less what is posted."""
        plan, due = self.loan.plan.earned_to(day).posted()
        self.move(self.interest, chart.INTEREST_INCOME(), due)
        self.loan = evolve(self.loan, schedule=plan.at)

    def accrue(self) -> None:
        """The interest of the running period, and of what its instalment earns of the fee the same share."""
        loan, plan = self.loan, self.loan.plan
        if (due := plan.next_due) is None:
            return
        day = min(self.today, due)
        if loan.carrying is not None and loan.unearned:
            instalment, begin = plan.next(), plan.elapsed(plan.due_on(plan.at.number - 1))
            share = (plan.elapsed(day) - begin) / (plan.elapsed(due) - begin)
            rest = plan.after(instalment).left
            after = rest - loan.carrying.after(instalment.payment).amount if rest else Fraction(0)
            before = plan.left - loan.carrying.amount
            self._earn_down_to(before + share * (after - before))
        self._accrue(day)

    def accrue_penalty(self) -> None:
        """Post the penalty of the days before today: the rounded exact sum less what is posted."""
        loan = self.loan.penalised(self.today)
        penalty, due = loan.penalty.post()
        self.loan = evolve(loan, penalty=penalty, unpaid_penalty=loan.unpaid_penalty + due)
        if due:
            self.move(self.interest, chart.PENALTY_INCOME(), due)
            self.finish("penalty", f"penalty of loan {loan.name}")

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
            self._earn_down_to(loan.plan.left - carrying.amount)
            self.loan = evolve(self.loan, carrying=carrying)

    def _earn_down_to(self, exact: Fraction) -> None:
        """What is unearned falls to the rounded sum, never below nothing, and never rises."""
        unearned = min(max(round_half_up(exact), 0), self.loan.unearned)
        self._earn(self.loan.unearned - unearned)

    def _earn(self, quantity: int) -> None:
        self.move(self.unearned, chart.INTEREST_INCOME(), quantity)
        self.loan = evolve(self.loan, unearned=self.loan.unearned - quantity)

    # --- what is paid ---------------------------------------------------------------------------------

    def pay(self, amount: int, closing: bool | None = None) -> None:
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
        demand = chart.DEMAND(self.loan.borrower)
        if amount:
            self.tell("pay", amount, closing=closing)
        self.move(demand, self.interest, penalty + sum(interest))
        self.move(demand, self.principal, sum(principal))
        rest = (
            evolve(arrear, interest=arrear.interest - i, principal=arrear.principal - p)
            for arrear, i, p in zip(self.loan.arrears, interest, principal, strict=True)
        )
        self.loan = evolve(
            self.loan,
            unpaid_penalty=self.loan.unpaid_penalty - penalty,
            arrears=tuple(arrear for arrear in rest if arrear.owed),
        )
        self.end_if_nothing_is_owed()

    def prepay(self, amount: int, keep: str) -> None:
        """Interest to date and principal before it is due; the fee is earned, its schedule is no more."""
        self._accrue(self.today)
        plan, demand = self.loan.plan, chart.DEMAND(self.loan.borrower)
        self.tell("prepay", plan.at.receivable + amount, detail=keep)
        self.move(demand, self.interest, plan.at.receivable)
        self.move(demand, self.principal, amount)
        self.earn_rest_of_fee()
        self.loan = evolve(self.loan, schedule=plan.prepaid(amount, keep).at).giving_back(amount, self.today)
        self.end_if_nothing_is_owed()

    # --- what changes ---------------------------------------------------------------------------------

    def reprice(self, rate: Rate) -> None:
        """Another rate from today on; what is left is divided anew."""
        self.accrue()
        self.tell("reprice", 0, detail=str(rate), closing=True)
        loan, terms = self.loan, evolve(self.loan.terms, rate=rate)
        assert loan.disbursed_on is not None
        known = loan.rates or ((loan.disbursed_on, loan.terms.rate),)
        self._divide(evolve(loan, terms=terms, rates=(*known, (self.today, rate))), loan.plan.anew(terms))

    def extend(self, months: int) -> None:
        """So many months more; what is left is divided anew."""
        self.accrue()
        self.tell("extend", months)
        longer = evolve(self.loan, extended=(self.loan.extended or 0) + months)
        self._divide(longer, self.loan.plan.anew(months=months))

    def _divide(self, loan: Loan, schedule: Schedule) -> None:
        """Another schedule, by whose payments the rest of the fee is earned at a rate found anew."""
        carrying = loan.carrying
        if carrying is not None and loan.unearned:
            payments = [it.payment for it in schedule.rest()]
            rate = effective_rate(round_half_up(carrying.amount), payments)
            carrying = Carrying(rate, carrying.amount)
        self.loan = evolve(loan, schedule=schedule.at, carrying=carrying)

    @property
    def interest_to_date(self) -> int:
        """Interest of the running period up to the day, paid or not."""
        return self.loan.plan.earned_to(self.today).posted()[0].at.receivable

    def become(self, loan: Loan, paid: int, penalty: int) -> None:
        """The loan as it had to be, with the difference: so much is paid, and so much penalty more earned."""
        was, demand = self.loan, chart.DEMAND(self.loan.borrower)
        debits = {
            demand: paid,
            self.principal: loan.principal_left - was.principal_left,
            self.interest: loan.interest_owed - was.interest_owed,
            self.unearned: was.unearned - loan.unearned,
            chart.PENALTY_INCOME(): -penalty,
        }
        debits[chart.INTEREST_INCOME()] = -sum(debits.values())
        more = {path: quantity for path, quantity in debits.items() if quantity > 0}
        self._voucher.post(more, {path: -quantity for path, quantity in debits.items() if quantity < 0})
        self.loan = evolve(loan, version=was.version, state=was.state, ended_on=None)
        self.end_if_nothing_is_owed()

    def waive(self, amount: int) -> None:
        """Penalty that is not paid is given up; a loan of which nothing else was owed is repaid."""
        self.tell("waive", amount)
        self.move(chart.PENALTY_INCOME(), self.interest, amount)
        self.loan = evolve(self.loan, unpaid_penalty=self.loan.unpaid_penalty - amount)
        self.end_if_nothing_is_owed()

    def end_if_nothing_is_owed(self) -> None:
        """The loan is repaid once nothing of it is left or owed."""
        if not self.loan.plan.left and not self.loan.owed:
            self.end(State.REPAID)

    def end(self, state: State) -> None:
        """The loan is over; one that is lost is still claimed."""
        self.loan = evolve(self.loan, state=state, ended_on=self.today)
        if state is not State.WRITTEN_OFF:
            self.release()

    def release(self) -> None:
        """The loan binds its borrower and its guarantors no more."""
        ids, books = self.loan.ids, self.books
        self._voucher.put(Contract.ended(books, self.loan.borrower, "loan", *ids))
        for it in guarantors(books, self.loan):
            self._voucher.put(Contract.ended(books, it.guarantor, "loan", *ids, "guarantee"))

    # --- what is written ------------------------------------------------------------------------------

    def come_back(self, day: date) -> None:
        """Note that the close of a day is to look at the loan."""
        self._days.add(day)

    def finish(self, kind: str, text: str, *records: Record) -> None:
        """Everything since the last transaction as one, where there is anything."""
        loan = evolve(self.loan, event=None)
        next_due = loan.next_due
        if next_due is not None and next_due != self._before.next_due:
            self.come_back(next_due)
        if loan != self._before or self._event:
            self._voucher.keep(evolve(loan, event=self._event))
            self.loan = loan.written()
        notes = (DUE.note(self.books, loan.programme, loan.name, day) for day in sorted(self._days))
        self._voucher.put(*notes, *records)
        if not self._voucher.is_empty:
            self.done.append(self._voucher.transaction(kind, text))
        self._begin()

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
