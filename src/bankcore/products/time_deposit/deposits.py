"""Time deposits (整存整取): whole units of money, held until they mature, interest item by item.

| operation | debit | credit | amount |
| --- | --- | --- | --- |
| place | demand account | principal | whole units |
| accrue | interest expense | interest | what the term earned so far, rounded once |
| withdraw early | principal, interest | demand account | at the demand rate |
| | | interest expense | what had accrued on it above that |
| mature | principal, interest | demand account | |

A deposit keeps the exact sum of all it ever earned and what was paid of it, so parts withdrawn early,
the maturity and the days after it are rounded together.

A deposit keeps the rate at which it was placed; before and after its term the demand rate of the day on which
it is paid counts.

>>> placed = Deposit(id="y:t", customer="c", opened_on=date(2024, 5, 31), matures_on=date(2024, 8, 31),
...                  pay_on=date(2024, 8, 31), rate=Rate.parse("1.35%"), principal=98_00, left=98_00)
>>> placed.term.paid(98_00, Rate.parse("0.35%"), date(2024, 8, 31))
Fraction(1323, 40)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import ClassVar

from attrs import evolve, frozen

from bankcore.amounts import Amount
from bankcore.calendars import add_months
from bankcore.errors import ProductRejection
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Transaction
from bankcore.product import chart, fields
from bankcore.product.accruals import Accruals, Accrue, pay_interest
from bankcore.product.actor import Role
from bankcore.product.agenda import Agenda
from bankcore.product.business_days import tell_calendar_end
from bankcore.product.facts import Facts
from bankcore.product.interest import Term
from bankcore.product.parties import Contract, account_of, acting_for, active_party
from bankcore.product.plan import Plan, Step
from bankcore.product.product import Noun, Phase
from bankcore.product.refusals import AlreadyTaken, NotFound, TermsMoved
from bankcore.product.voucher import Voucher
from bankcore.products.time_deposit.programmes import PROGRAMMES, DepositTerms
from bankcore.rates import Accrual, Rate, round_half_up
from bankcore.tables import Table

__all__ = [
    "DepositPaid", "DepositTooSmall", "NotWholeUnits", "OpenDeposit", "TermNotOffered", "WithdrawEarly",
    "WithdrawalExceeds",
]  # fmt: skip

noun = Noun(__name__)
DUE = Agenda("time-deposit.due", "deposit")  # programme:date:deposit
ACCRUALS = Accruals("time-deposit.accrue", "interest of deposit")
PRINCIPAL = chart.liability("time-deposit:{programme}:{deposit}:principal")
INTEREST = chart.liability("time-deposit:{programme}:{deposit}:interest")  # accrued and not paid


# --- facts ------------------------------------------------------------------------------


@frozen(kw_only=True)
class Deposit(Facts):
    """What is kept about a deposit; amounts are minor units.

    `interest` is all that was ever paid or is to be, exact and paid; `accrued` is posted and not paid.
    """

    KIND: ClassVar = "time-deposit.deposit"  # programme:deposit
    customer: str
    opened_on: date
    rate: Rate
    principal: int
    left: int
    interest: Accrual = Accrual()
    accrued: int = 0
    matures_on: date
    pay_on: date
    paid_on: date | None = None

    @property
    def term(self) -> Term:
        """The time for which it is held."""
        return Term(self.rate, self.opened_on, self.matures_on)

    def paid(self, terms: DepositTerms, taken: int, today: date) -> tuple[Deposit, int]:
        """The deposit once so much of it is paid back, and the interest that is paid with it."""
        exact = self.term.paid(taken, terms.demand_rate, self._counted(today))
        interest, due = self.interest.add(exact).post()
        left = self.left - taken
        return evolve(self, left=left, interest=interest, paid_on=None if left else today), due

    def accruing(self, terms: DepositTerms, today: date) -> Deposit:
        """The deposit with what is left accrued to a day, if it accrues on days at all."""
        if not self.left or terms.accrue is Accrue.EVENTS:
            return evolve(self, accrued=0)
        earned = self.term.accrued(self.left, terms.demand_rate, self._counted(today))
        return evolve(self, accrued=round_half_up(self.interest.exact + earned) - self.interest.posted)

    def _counted(self, today: date) -> date:
        """To which day interest counts: what is rolled back and paid has matured (视同到期)."""
        return max(today, self.matures_on) if today >= self.pay_on else today


# --- refusals -------------------------------------------------------------------------------------


class NotWholeUnits(ProductRejection):
    sentence = "a deposit is of whole units of money, not {amount}"
    quantities = ("amount",)
    amount: int
    unit: str = ""


class TermNotOffered(ProductRejection):
    sentence = "deposits of {programme} are for {offered} months, not {months}"
    programme: str
    months: int
    offered: str


class DepositTooSmall(ProductRejection):
    sentence = "a deposit holds at least {least}, not {amount}"
    quantities = ("least", "amount")
    amount: int
    least: int
    unit: str = ""


class DepositPaid(ProductRejection):
    sentence = "deposit {deposit} was paid back on {paid_on}"
    deposit: str
    paid_on: date


class WithdrawalExceeds(ProductRejection):
    sentence = "deposit {deposit} holds {held}, {amount} asked"
    quantities = ("held", "amount")
    deposit: str
    held: int
    amount: int
    unit: str = ""


# --- commands and their rules -----------------------------------------------------------------------


@frozen
class OpenDeposit:
    """Place money from the demand account as a time deposit, held until it matures (存入定期)."""

    may: ClassVar[Mapping[Role, str]] = {Role.CUSTOMER: "customer"}
    programme: str = fields.id_("the programme of deposits")
    deposit: str = fields.id_("id of the deposit")
    customer: str = fields.id_("whose demand account pays and is paid")
    amount: Amount = fields.amount("whole units of money")
    months: int | None = fields.count("the term; the programme's own if not given", default=None)
    at: Rate | None = fields.rate("the rate that was seen; any if not given", default=None)


@frozen
class WithdrawEarly:
    """Take a deposit, or a part of it, before it matures, at the demand rate (提前支取)."""

    may: ClassVar[Mapping[Role, str]] = {Role.CUSTOMER: "customer"}
    programme: str = fields.id_("the programme of deposits")
    deposit: str = fields.id_("id of the deposit")
    customer: str = fields.id_("whose deposit it is")
    amount: Amount | None = fields.amount("whole units of money; all of it if not given", default=None)


@noun.rule(OpenDeposit)
def open_deposit(terms: DepositTerms, command: OpenDeposit, books: Books) -> Plan:
    """Demand account to principal.

    Refuses, in this order: UnitMismatch, NotWholeUnits, DepositTooSmall, TermNotOffered, TermsMoved,
    PartySuspended for who acts for the customer, NotFound, PartyErased, PartySuspended, NoCurrentAccount,
    AlreadyTaken, CalendarExhausted.
    """
    amount, today = _whole_units(terms, command.amount), books.today
    ids = (command.programme, command.deposit)
    if amount < terms.least:
        raise DepositTooSmall(amount, terms.least, terms.unit)
    months = command.months or terms.months
    if months not in terms.offered:
        offered = ", ".join(map(str, sorted(terms.offered)))
        raise TermNotOffered(command.programme, months, offered)
    rate = terms.offered[months]
    if command.at is not None and command.at.fraction != rate.fraction:
        raise TermsMoved(f"the rate of {command.programme}", str(rate), str(command.at))
    acting_for(books, command.customer)
    customer = active_party(books, command.customer).id
    account = account_of(books, customer)
    id, matures_on = Deposit.fresh(books, *ids), add_months(today, months)
    pay_on = terms.pay_on(matures_on)
    if any(map(books.account, (PRINCIPAL(*ids), INTEREST(*ids)))):
        raise AlreadyTaken("deposit", command.deposit)
    voucher = PROGRAMMES.voucher(books, terms, command.programme)
    voucher.open(
        *(it.account(*ids, unit=terms.unit, on=today, party=customer) for it in (PRINCIPAL, INTEREST))
    )
    deposit = Deposit(
        id=id,
        customer=customer,
        opened_on=today,
        principal=amount,
        left=amount,
        rate=rate,
        matures_on=matures_on,
        pay_on=pay_on,
    )
    voucher.keep(deposit)
    tell_calendar_end(voucher, terms.calendar, terms.roll, customer, id, pay_on)
    voucher.put(*ACCRUALS.next(books, *ids, accrue=terms.accrue))
    voucher.put(DUE.note(books, *ids, pay_on), Contract.opened(books, customer, "time-deposit", *ids))
    voucher.move(account, PRINCIPAL(*ids), amount)
    return voucher.plan("place", f"deposit {command.deposit} of {customer}")


@noun.rule(WithdrawEarly)
def withdraw_early(terms: DepositTerms, command: WithdrawEarly, books: Books) -> Plan:
    """Principal with its interest to the demand account: at the demand rate, if it has not matured.

    What had accrued on it is released, and what is left accrues to the day.

    Refuses, in this order: PartySuspended for who acts for the customer, NotFound also for somebody else's,
    DepositPaid, UnitMismatch, NotWholeUnits,
    WithdrawalExceeds, DepositTooSmall for what would be left.
    """
    acting_for(books, command.customer)
    ids = (command.programme, command.deposit)
    deposit = Deposit.existing(books, *ids)
    if deposit.customer != command.customer:
        raise NotFound("deposit", command.deposit)
    if deposit.paid_on:
        raise DepositPaid(command.deposit, deposit.paid_on)
    taken = deposit.left if command.amount is None else _whole_units(terms, command.amount)
    if taken > deposit.left:
        raise WithdrawalExceeds(command.deposit, deposit.left, taken, terms.unit)
    if 0 < deposit.left - taken < terms.least:
        raise DepositTooSmall(deposit.left - taken, terms.least, terms.unit)
    before = deposit.accrued
    deposit, interest = deposit.paid(terms, taken, books.today)
    deposit = deposit.accruing(terms, books.today)
    demand = chart.DEMAND(deposit.customer)
    voucher = PROGRAMMES.voucher(books, terms, command.programme)
    voucher.move(PRINCIPAL(*ids), demand, taken)
    pay_interest(voucher, INTEREST(*ids), before - deposit.accrued, {demand: interest})
    _keep(voucher, deposit)
    return voucher.plan("withdraw", f"{Amount(taken, terms.unit)} of deposit {command.deposit} withdrawn")


def _keep(voucher: Voucher, deposit: Deposit) -> None:
    """Keep a deposit; once it is paid back, it binds its customer no more."""
    voucher.keep(deposit)
    if deposit.paid_on:
        voucher.put(Contract.ended(voucher.books, deposit.customer, "time-deposit", *deposit.ids))


def _whole_units(terms: DepositTerms, amount: Amount) -> int:
    """Minor units of an amount; raises UnitMismatch, NotWholeUnits."""
    quantity = terms.minor_units(amount)
    if quantity % 10**terms.unit.scale:
        raise NotWholeUnits(quantity, terms.unit)
    return quantity


# --- the close of a day -----------------------------------------------------------------------------


@noun.daily(Phase.ACCRUAL)
def accrue(books: Books, day: date) -> Iterator[Step]:
    """What each deposit earned up to the day; what is refused accrues tomorrow."""
    return ACCRUALS.accruing(books, day, PROGRAMMES.ids(books), _accrue)


def _accrue(books: Books, programme: str, deposit: str) -> Iterator[Transaction]:
    ids, terms = (programme, deposit), PROGRAMMES.today(books, programme)
    before = Deposit.existing(books, *ids)
    if before.paid_on:
        return
    after = before.accruing(terms, books.today)
    voucher = PROGRAMMES.voucher(books, terms, programme)
    voucher.move(chart.INTEREST_EXPENSE(), INTEREST(*ids), after.accrued - before.accrued)
    voucher.keep(after)
    voucher.put(*ACCRUALS.next(books, *ids, accrue=terms.accrue))
    yield voucher.transaction("accrue", f"interest of deposit {deposit}")


@noun.daily(Phase.DUE)
def mature(books: Books, day: date) -> Iterator[Step]:
    """Pay back what matures, in pages; what cannot be paid today is due tomorrow."""
    return DUE.steps(books, day, PROGRAMMES.ids(books), "mature", _pay_back)


def _pay_back(books: Books, programme: str, deposit: str) -> Iterator[Transaction]:
    """Interest, then what is left to the demand account."""
    ids, terms = (programme, deposit), PROGRAMMES.today(books, programme)
    before = Deposit.existing(books, *ids)
    if before.paid_on:
        return
    after, interest = before.paid(terms, before.left, books.today)
    after = evolve(after, accrued=0)
    if interest != before.accrued:
        accrual = PROGRAMMES.voucher(books, terms, programme)
        accrual.move(chart.INTEREST_EXPENSE(), INTEREST(*ids), interest - before.accrued)
        yield accrual.transaction("accrue", f"interest of deposit {deposit}")
    payment = PROGRAMMES.voucher(books, terms, programme)
    payment.move(PRINCIPAL(*ids), chart.DEMAND(before.customer), before.left)
    payment.move(INTEREST(*ids), chart.DEMAND(before.customer), interest)
    _keep(payment, after)
    yield payment.transaction("mature", f"deposit {deposit} of {before.customer} matures")


# --- invariants and reports -------------------------------------------------------------------------


@noun.invariant("F1")
def money_is_there_until_paid(books: Books) -> Iterator[str]:
    """A deposit holds what is left of it until it is paid back, and the interest that accrued."""
    for deposit in Deposit.every(books):
        held, owed = books.balance(PRINCIPAL(*deposit.ids)), books.balance(INTEREST(*deposit.ids))
        if owed != deposit.accrued or held != deposit.left or bool(held) is bool(deposit.paid_on):
            yield f"{deposit.id}: {deposit.data}, holds {held}, interest {owed}"


@noun.invariant("F2")
def interest_is_exact(books: Books) -> Iterator[str]:
    """The interest paid on a deposit is the exact sum of all it earned, rounded once."""
    for deposit in Deposit.every(books):
        if due := deposit.interest.due():
            yield f"{deposit.id}: {deposit.data}, {due} too little"


@noun.report("deposits", {Role.CUSTOMER: "customer"})
def list_deposits(books: Books) -> Table:
    """Every deposit: what was placed, what is left, the interest paid, and its days."""
    rows = []
    for it in Deposit.every(books):
        programme, deposit = it.ids
        unit = PROGRAMMES.today(books, programme).unit
        fen = (Amount(quantity, unit) for quantity in (it.principal, it.left, it.accrued, it.interest.posted))
        days = (it.opened_on, it.matures_on, it.pay_on, it.paid_on)
        rows.append((programme, deposit, it.customer, str(it.rate), *fen, *days))
    columns = (
        "programme",
        "deposit",
        "customer",
        "rate",
        "principal",
        "left",
        "accrued",
        "interest",
        "opened",
        "matures",
        "pay day",
        "paid",
    )
    return Table("Deposits", columns, tuple(rows))
