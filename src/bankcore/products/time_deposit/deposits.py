"""Time deposits (整存整取): whole units of money, held until they mature, interest item by item.

A deposit keeps the exact sum of all it ever earned and what was paid of it, so parts withdrawn early,
the maturity and the days after it are rounded together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import partial

from bankcore.amounts import Amount
from bankcore.calendars import parse_date
from bankcore.errors import UnitMismatch
from bankcore.ledger.accounts import Account, AccountPath, AccountType
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Record, Transaction, open_account
from bankcore.products import operations
from bankcore.products.product import Plan, Step
from bankcore.products.records import every, existing, fresh, minor_units, pages, terms_on
from bankcore.products.refusals import AlreadyTaken, NotFound
from bankcore.products.time_deposit import commands
from bankcore.products.time_deposit.refusals import (
    DepositPaid,
    DepositTooSmall,
    NotWholeUnits,
    WithdrawalExceeds,
)
from bankcore.products.time_deposit.terms import DepositTerms
from bankcore.rates import Accrual, fraction_text, parse_fraction

__all__ = [
    "DEPOSIT", "DUE", "EXPENSE", "TERMS", "daily", "deposits", "earned", "open_deposit", "open_programme",
    "payable", "principal", "terms_of", "withdraw_early",
]  # fmt: skip

DEPOSIT = "time-deposit.deposit"  # programme:deposit
DUE = "time-deposit.due"  # programme:date:deposit, the day whose close pays it back
TERMS = "time-deposit.terms"  # programme
EXPENSE = AccountPath("bank:interest-expense")
operation = partial(operations.operation, "time-deposit")


def principal(programme: str, deposit: str) -> AccountPath:
    """The money placed."""
    return AccountPath(f"time-deposit:{programme}:{deposit}:principal")


def payable(programme: str, deposit: str) -> AccountPath:
    """Interest accrued and not paid."""
    return AccountPath(f"time-deposit:{programme}:{deposit}:interest")


def terms_of(books: Books, programme: str) -> DepositTerms:
    """The terms of a programme in force today; raises NotFound."""
    return terms_on(DepositTerms, books, TERMS, programme, books.today)


def open_programme(terms: DepositTerms, command: commands.OpenProgramme, books: Books) -> Plan:
    """Keep the terms.  Refuses: AlreadyTaken, UnitMismatch."""
    programme = command.programme
    fresh(books, TERMS, programme)
    known = books.account(EXPENSE)
    if known is not None and known.unit != terms.unit:
        raise UnitMismatch(known.unit, terms.unit, EXPENSE)
    expense = Account(EXPENSE, AccountType.EXPENSE, terms.unit, opened_on=books.today)
    opened = () if known else (open_account(expense),)
    records = (*opened, Record(TERMS, programme, {"schedule": [[books.today.isoformat(), terms.as_data()]]}))
    return Plan((operation(books, terms, programme, "open", f"deposits {programme}", {}, {}, records),))


def open_deposit(terms: DepositTerms, command: commands.OpenDeposit, books: Books) -> Plan:
    """Demand account to principal.

    Refuses, in this order: UnitMismatch, NotWholeUnits, DepositTooSmall, AlreadyTaken.
    """
    programme, deposit, customer, amount = (
        command.programme, command.deposit, command.customer, command.amount,
    )  # fmt: skip
    _whole_units(terms, amount)
    if amount.quantity < terms.least:
        raise DepositTooSmall(amount.quantity, terms.least, terms.unit)
    paths = (principal(programme, deposit), payable(programme, deposit))
    fresh(books, DEPOSIT, programme, deposit)
    if any(map(books.account, paths)):
        raise AlreadyTaken("deposit", deposit)
    due = terms.matures_on(books.today).isoformat()
    placed = {"principal": amount.quantity, "left": amount.quantity, "interest": ["0/1", 0]}
    data = {"customer": customer, "opened_on": books.today.isoformat(), **placed}
    accounts = (
        Account(it, AccountType.LIABILITY, terms.unit, floor=0, opened_on=books.today, party=customer)
        for it in paths
    )
    records = (
        *map(open_account, accounts),
        Record(DEPOSIT, f"{programme}:{deposit}", {**data, "matures_on": due, "paid_on": None}),
        Record(DUE, f"{programme}:{due}:{deposit}", {}),
    )
    debit, credit = {_demand(customer): amount.quantity}, {paths[0]: amount.quantity}
    text = f"deposit {deposit} of {customer}"
    return Plan((operation(books, terms, programme, "place", text, debit, credit, records),))


def withdraw_early(terms: DepositTerms, command: commands.WithdrawEarly, books: Books) -> Plan:
    """Principal with its interest to the demand account: at the demand rate, if it has not matured.

    Refuses, in this order: NotFound also for somebody else's, DepositPaid, UnitMismatch, NotWholeUnits,
    WithdrawalExceeds, DepositTooSmall for what would be left.
    """
    programme, deposit, customer = command.programme, command.deposit, command.customer
    record = existing(books, DEPOSIT, programme, deposit)
    held = record.data["left"]
    if record.data["customer"] != customer:
        raise NotFound("deposit", deposit)
    if record.data["paid_on"]:
        raise DepositPaid(deposit, record.data["paid_on"])
    taken = held if command.amount is None else _whole_units(terms, command.amount)
    if taken > held:
        raise WithdrawalExceeds(deposit, held, taken, terms.unit)
    if 0 < held - taken < terms.least:
        raise DepositTooSmall(held - taken, terms.least, terms.unit)
    record, interest = _paid(terms, record, taken, books.today)
    debit = {principal(programme, deposit): taken, EXPENSE: interest}
    credit = {_demand(customer): taken + interest}
    text = f"{Amount(taken, terms.unit)} of deposit {deposit} withdrawn"
    return Plan((operation(books, terms, programme, "withdraw", text, debit, credit, (record,)),))


def earned(record: Record) -> Accrual:
    """The exact sum of the interest that a deposit earned, and what was paid of it."""
    exact, posted = record.data["interest"]
    return Accrual(parse_fraction(exact), posted)


def daily(books: Books, day: date) -> Iterator[Step]:
    """The steps of a day's close: one for each page of deposits that mature."""
    for programme in pages(books, TERMS):
        for record in programme:
            terms = terms_of(books, record.id)
            for page in pages(books, DUE, f"{record.id}:{day}"):
                yield Step(f"{record.id}/mature/{page[0].id.rpartition(':')[2]}", _mature(terms, page))


def deposits(books: Books) -> Iterator[Record]:
    """All deposits, by programme and id."""
    return every(books, DEPOSIT)


def _mature(terms: DepositTerms, page: list[Record]) -> Callable[[Books], Plan]:
    def rule(books: Books) -> Plan:
        return Plan(tuple(it for due in page for it in _pay_back(terms, due, books)))

    return rule


def _pay_back(terms: DepositTerms, due: Record, books: Books) -> Iterator[Transaction]:
    """Interest, then what is left to the demand account; a frozen one is asked again the next day."""
    programme, _, deposit = due.id.split(":")
    record = existing(books, DEPOSIT, programme, deposit)
    if record.data["paid_on"]:
        return
    customer, placed = record.data["customer"], record.data["left"]
    demand = books.account(_demand(customer))
    if demand is None or not demand.status.takes_credits:
        tomorrow = (books.today + timedelta(days=1)).isoformat()
        later = (Record(DUE, f"{programme}:{tomorrow}:{deposit}", {}),)
        yield operation(books, terms, programme, "wait", f"deposit {deposit} waits", {}, {}, later)
        return
    record, interest = _paid(terms, record, placed, books.today)
    owed, held = payable(programme, deposit), principal(programme, deposit)
    text = f"interest of deposit {deposit}"
    if interest:
        yield operation(books, terms, programme, "accrue", text, {EXPENSE: interest}, {owed: interest})
    yield operation(
        books,
        terms,
        programme,
        "mature",
        f"deposit {deposit} of {customer} matures",
        {held: placed, owed: interest},
        {_demand(customer): placed + interest},
        (record,),
    )


def _paid(terms: DepositTerms, record: Record, taken: int, today: date) -> tuple[Record, int]:
    """The deposit once so much of it is paid back, and the interest that is paid with it."""
    exact = terms.interest(taken, parse_date(record.data["opened_on"]), today)
    interest, due = earned(record).add(exact).post()
    left = record.data["left"] - taken
    changes = {"left": left, "interest": [fraction_text(interest.exact), interest.posted]}
    return record.next(**changes, paid_on=None if left else today.isoformat()), due


def _whole_units(terms: DepositTerms, amount: Amount) -> int:
    """Minor units of an amount; raises UnitMismatch, NotWholeUnits."""
    quantity = minor_units(terms, amount)
    if quantity % 10**terms.unit.scale:
        raise NotWholeUnits(quantity, terms.unit)
    return quantity


def _demand(customer: str) -> AccountPath:
    return AccountPath(f"bank:demand:{customer}")
