"""A loan as its record holds it.

It goes SIGNED, LENT, REPAID, or ends WRITTEN_OFF or REVERSED.
"""

from __future__ import annotations

import json
from datetime import date, timedelta
from enum import Enum
from functools import lru_cache

from attrs import evolve, frozen

from bankcore.calendars import parse_date
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Record, canonical_json
from bankcore.product import records
from bankcore.products.lendings import LOAN
from bankcore.products.loan.effective import Carrying
from bankcore.products.loan.instalments import Schedule
from bankcore.products.loan.refusals import BorrowerDiffers, LoanNotRunning
from bankcore.products.loan.terms import LoanTerms
from bankcore.rates import Accrual, fraction_text, parse_fraction

__all__ = ["Arrear", "Loan", "State", "loan_in", "running"]


class State(Enum):
    """Where a loan stands."""

    SIGNED = "signed"
    LENT = "lent"
    REPAID = "repaid"
    WRITTEN_OFF = "written-off"
    REVERSED = "reversed"


@frozen
class Arrear:
    """What is unpaid of an instalment that is due; `since` is the first day without penalty so far."""

    due_on: date
    since: date
    principal: int
    interest: int

    @property
    def owed(self) -> int:
        """Principal and interest."""
        return self.principal + self.interest


@frozen(kw_only=True)
class Loan:
    """A contract and what became of it; quantities are minor units.

    `unpaid_penalty` is posted and not paid; `unearned` is what is left of the `fee` to become income,
    `carrying` what the loan is worth at its effective rate while there is a fee to earn.
    """

    record: Record
    borrower: str
    network: str
    push: str
    amount: int
    months: int
    terms: LoanTerms
    signed_on: date
    state: State = State.SIGNED
    disbursed_on: date | None = None
    ended_on: date | None = None
    schedule: Schedule | None = None
    arrears: tuple[Arrear, ...] = ()
    penalty: Accrual = Accrual()
    unpaid_penalty: int = 0
    fee: int = 0
    unearned: int = 0
    carrying: Carrying | None = None
    lost: int = 0
    recovered: int = 0

    @classmethod
    def read(cls, record: Record) -> Loan:
        """The loan that `written` made."""
        data = record.data
        terms = _terms(canonical_json(data["terms"]))
        names = (
            "borrower", "network", "push", "amount", "months", "unpaid_penalty", "fee", "unearned", "lost",
            "recovered",
        )  # fmt: skip
        schedule, carrying = data["schedule"], data["carrying"]
        return cls(
            record=record,
            **{name: data[name] for name in names},
            terms=terms,
            signed_on=parse_date(data["signed_on"]),
            state=State(data["state"]),
            disbursed_on=parse_date(data["disbursed_on"]) if data["disbursed_on"] else None,
            ended_on=parse_date(data["ended_on"]) if data["ended_on"] else None,
            schedule=Schedule.from_data(terms, schedule) if schedule else None,
            arrears=tuple(
                Arrear(parse_date(due), parse_date(since), principal, interest)
                for due, since, principal, interest in data["arrears"]
            ),
            penalty=Accrual(parse_fraction(data["penalty"][0]), data["penalty"][1]),
            carrying=Carrying(*map(parse_fraction, carrying)) if carrying else None,
        )

    def written(self) -> Record:
        """The record's next version, as this loan says."""
        data = {
            "borrower": self.borrower,
            "unit": str(self.terms.unit),
            "network": self.network,
            "push": self.push,
            "amount": self.amount,
            "months": self.months,
            "terms": self.terms.as_data(),
            "signed_on": self.signed_on.isoformat(),
            "state": self.state.value,
            "disbursed": self.amount if self.disbursed_on else 0,
            "disbursed_on": _text(self.disbursed_on),
            "ended_on": _text(self.ended_on),
            "overdue_since": _text(self.oldest_due),
            "schedule": self.schedule.as_data() if self.schedule else None,
            "arrears": [
                [_text(it.due_on), _text(it.since), it.principal, it.interest] for it in self.arrears
            ],
            "penalty": [fraction_text(self.penalty.exact), self.penalty.posted],
            "unpaid_penalty": self.unpaid_penalty,
            "fee": self.fee,
            "unearned": self.unearned,
            "carrying": self.carrying and [*map(fraction_text, (self.carrying.rate, self.carrying.amount))],
            "lost": self.lost,
            "recovered": self.recovered,
        }
        return Record(self.record.kind, self.record.id, data, self.record.version + 1)

    @property
    def programme(self) -> str:
        return self.record.id.partition(":")[0]

    @property
    def id(self) -> str:
        return self.record.id.partition(":")[2]

    @property
    def plan(self) -> Schedule:
        """The schedule of a loan that was disbursed."""
        assert self.schedule is not None
        return self.schedule

    @property
    def next_due(self) -> date | None:
        """The due date of the next instalment, if there is one."""
        return self.schedule.next_due if self.schedule else None

    @property
    def oldest_due(self) -> date | None:
        """The due date of the oldest instalment that is not paid in full."""
        return self.arrears[0].due_on if self.arrears else None

    @property
    def owed(self) -> int:
        """What is due and unpaid: penalty posted, interest and principal."""
        return self.unpaid_penalty + sum(arrear.owed for arrear in self.arrears)

    def days_overdue(self, today: date) -> int:
        """Days since the oldest unpaid due date."""
        return (today - self.oldest_due).days if self.oldest_due else 0

    def penalised(self, until: date) -> Loan:
        """With the exact penalty of the days before `until`: none in the grace, then from the due date on."""
        exact, arrears = self.penalty, []
        for arrear in self.arrears:
            if until > arrear.due_on + timedelta(days=self.terms.grace_days):
                exact = exact.add(arrear.owed * self.terms.penalty(arrear.since, until))
                arrear = evolve(arrear, since=until)
            arrears.append(arrear)
        return evolve(self, penalty=exact, arrears=tuple(arrears))


def loan_in(books: Books, programme: str, loan: str) -> Loan:
    """The loan; raises NotFound."""
    return Loan.read(records.existing(books, LOAN, programme, loan))


def running(books: Books, programme: str, loan: str, borrower: str = "") -> Loan:
    """A loan that is disbursed and not ended, of this borrower where one is named.

    Raises NotFound, BorrowerDiffers, LoanNotRunning.
    """
    found = loan_in(books, programme, loan)
    if borrower and found.borrower != borrower:
        raise BorrowerDiffers(loan, borrower)
    if found.state is not State.LENT:
        raise LoanNotRunning(loan, found.state.value)
    return found


@lru_cache(maxsize=256)
def _terms(text: str) -> LoanTerms:
    """Reading terms takes longer than a rule, and many contracts have the same."""
    return LoanTerms.from_data(json.loads(text))


def _text(day: date | None) -> str | None:
    return day.isoformat() if day else None
