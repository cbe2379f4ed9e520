"""Current accounts (活期账户): one for each party, opened under the terms of a programme.

| operation | debit | credit | amount |
| --- | --- | --- | --- |
| open | | | |
| close | interest | demand account | what it earned, to the day before |
| close | demand account | cash, or another party's demand account | all of it |

Every `bank:demand:<party>` is such an account.

>>> DemandTerms.from_data({"rate": "0.2%", "rate_rule": "settlement-day"}).accrue.value
'month-end'
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from enum import Enum
from fractions import Fraction
from typing import ClassVar

from attrs import evolve, frozen

from bankcore.amounts import Amount
from bankcore.errors import ProductRejection
from bankcore.ledger.accounts import Account, Status
from bankcore.ledger.books import Books
from bankcore.product import chart, fields, programme, term
from bankcore.product.actor import Role
from bankcore.product.agenda import Agenda
from bankcore.product.facts import Facts, kept
from bankcore.product.parties import Contract, Party, acting_for, active_party, may_see
from bankcore.product.plan import Plan
from bankcore.product.product import Noun
from bankcore.product.programme import Programme
from bankcore.product.refusals import AlreadyTaken, NotFound, NotIdentified
from bankcore.product.schedules import later_by
from bankcore.product.terms import Terms
from bankcore.product.voucher import Voucher
from bankcore.rates import Rate
from bankcore.tables import Table

__all__ = [
    "AccountDormant", "AccountLost", "Accrue", "ChangeTerms", "DemandTerms", "OpenAccount", "OpenProgramme",
    "RateRule",
]  # fmt: skip

noun = Noun(__name__)
INTEREST = chart.liability("current:interest:{party}")  # accrued and not paid
DORMANCY = Agenda("current.dormancy", "account")  # programme:date:party


# --- terms and facts ------------------------------------------------------------------------------


class RateRule(Enum):
    """What a change of the rate within a quarter means."""

    SEGMENTED = "segmented"  # each day earns at its own rate (分段计息)
    SETTLEMENT_DAY = "settlement-day"  # the whole quarter at the rate of the day on which it is settled


class Accrue(Enum):
    """On which days interest that is not paid yet enters the books."""

    MONTH_END = "month-end"
    QUARTER_END = "quarter-end"
    DAILY = "daily"
    EVENTS = "events"  # only when it is paid


@frozen(kw_only=True)
class DemandTerms(Terms):
    """What the bank offers.  Raises BadTerms for a value out of bounds."""

    rate: Rate = term.rate("0.35%", "5%", "yearly rate, 0 to 5%, by ACT/360 on the closing balance")
    base_unit: int = term.amount(1, "interest is earned on whole multiples of this amount", least=1)
    rate_rule: RateRule = term.choice(RateRule.SEGMENTED, "what a change of the rate in a quarter means")
    accrue: Accrue = term.choice(Accrue.MONTH_END, "when interest enters the books before it is paid")
    dormant_years: int = term.count(3, 1, 30, "years without an act of the owner until it is dormant")
    identity_above: int = term.amount(50_000_00, "who pays out more at once must be identified")
    retry_days: int = term.count(30, 0, 366, "days that a standing order tries to pay what was due on one")
    value_back: int = term.count(30, 0, 92, "days by which the value date of cash and transfers may lie back")


PROGRAMMES = Programme("current", DemandTerms, keeps=("unit", "base_unit", "rate_rule"), history=True)


@frozen
class Shift:
    """Money booked on one day that earns from an earlier one; negative for money that left earlier."""

    value_on: date
    booked_on: date
    quantity: int


@frozen(kw_only=True)
class CurrentAccount(Facts):
    """What is kept about an account besides its balance; amounts are minor units.

    `since` is the first day whose interest is not paid, `accrued` what is in the books of it, `carried` an
    exact sum below zero from before; `frozen` are the court orders that freeze it whole, `found` the status
    that somebody else had given the account in the ledger before its state bound it there; `in_transit` is
    the number of its payments on their way to other books.
    """

    KIND: ClassVar = "current.account"  # party
    programme: str
    opened_on: date
    since: date
    acted_on: date
    accrued: int = 0
    carried: Fraction = Fraction(0)
    shifts: tuple[Shift, ...] = ()
    lost_on: date | None = None
    dormant_on: date | None = None
    frozen: tuple[str, ...] = ()
    closed_on: date | None = None
    found: Status | None = kept(None, absent=True)
    in_transit: int | None = kept(None, absent=True)

    @classmethod
    def of_party(cls, books: Books, party: str) -> CurrentAccount:
        """The open account of a party; raises NotFound."""
        account = cls.find(books, party)
        if account is None or account.closed_on is not None:
            raise NotFound("account", party)
        return account

    @property
    def status(self) -> str:
        """What people call its state; of several the strictest."""
        states = {
            "closed": self.closed_on,
            "frozen": self.frozen,
            "lost": self.lost_on,
            "dormant": self.dormant_on,
        }
        return next((name for name, holds in states.items() if holds), "normal")

    @property
    def takes_debits(self) -> bool:
        """Whether its owner may dispose of it."""
        return self.status == "normal"


def terms_for(command: object, books: Books) -> DemandTerms:
    """The terms for a command: of the programme that it names, or that the account is in.

    The account is that of the `party`, unless its class names another field in `account`.
    """
    if hasattr(command, "programme"):
        return PROGRAMMES.of(command, books)
    party = getattr(command, getattr(command, "account", "party"))
    return PROGRAMMES.today(books, CurrentAccount.of_party(books, party).programme)


def voucher_of(books: Books, terms: DemandTerms, party: str) -> Voucher:
    """A voucher of an account."""
    return PROGRAMMES.voucher(books, terms, party)


def restated(voucher: Voucher, before: CurrentAccount, after: CurrentAccount, reason: str) -> None:
    """Keep an account, and have the ledger refuse debits or take them again as its state says.

    A status that somebody else gave the account in the ledger stays.
    """
    path = chart.DEMAND(after.id)
    now = voucher.books.accounts([path])[path].status
    if before.takes_debits and not after.takes_debits:
        if now in _BOUND:
            voucher.write("account", path, status=_BOUND[now].value, reason=reason)
        after = evolve(after, found=None if now is Status.OPEN else now)
    elif after.takes_debits and not before.takes_debits:
        found = before.found or Status.OPEN
        if _BOUND.get(found) is now:
            voucher.write("account", path, status=found.value, reason=reason)
        after = evolve(after, found=None)
    voucher.keep(after)


# What an account is in the ledger while its state takes no debits; all else takes none already.
_BOUND = {Status.OPEN: Status.DEBITS_FROZEN, Status.CREDITS_FROZEN: Status.FROZEN}


# --- refusals -------------------------------------------------------------------------------------


class AccountLost(ProductRejection):
    """The card or passbook was reported lost (挂失): no debits until it is replaced."""

    sentence = "account {party} was reported lost on {lost_on}"
    party: str
    lost_on: date


class AccountDormant(ProductRejection):
    """Nobody used it for years (久悬): no debits until its owner revives it."""

    sentence = "account {party} is dormant since {dormant_on}"
    party: str
    dormant_on: date


def check_debits(account: CurrentAccount) -> None:
    """Raise AccountLost, AccountDormant; what a court froze is refused by the ledger."""
    if account.lost_on is not None:
        raise AccountLost(account.id, account.lost_on)
    if account.dormant_on is not None:
        raise AccountDormant(account.id, account.dormant_on)


def check_identity(terms: DemandTerms, books: Books, party: str, amount: int) -> None:
    """Raise NotIdentified for a party that nobody identified and that pays out more than `identity_above`."""
    if amount > terms.identity_above and not Party.existing(books, party).is_identified:
        raise NotIdentified(party)


# --- commands and their rules -----------------------------------------------------------------------


@frozen
class OpenProgramme(programme.OpenProgramme):
    """Offer current accounts under some terms (开办活期)."""

    terms: DemandTerms = fields.of_terms("its terms", DemandTerms)


@frozen
class ChangeTerms(programme.ChangeTerms):
    """Change terms of the accounts of a programme, such as the rate, from a day on (变更条款)."""


@frozen
class OpenAccount:
    """Open a party's current account (开户), by an officer or by the party."""

    may: ClassVar[Mapping[Role, str]] = {Role.OFFICER: "", Role.CUSTOMER: "party"}
    programme: str = fields.id_("the programme of accounts")
    party: str = fields.id_("whose account it is")


@noun.rule(OpenProgramme)
def open_programme(terms: DemandTerms, command: OpenProgramme, books: Books) -> Plan:
    """Keep the terms.  Refuses: UnitMismatch, AlreadyTaken."""
    voucher = PROGRAMMES.voucher(books, terms, command.programme)
    own = (chart.CASH, chart.INTEREST_EXPENSE, chart.COURT)
    voucher.open(*(it.account(unit=terms.unit, on=books.today) for it in own))
    PROGRAMMES.open(voucher, command.programme, terms)
    return voucher.plan("open", f"current accounts {command.programme}")


noun.rule(ChangeTerms)(PROGRAMMES.change)


@noun.rule(OpenAccount)
def open_account(terms: DemandTerms, command: OpenAccount, books: Books) -> Plan:
    """Open the demand account, or take over one that is there already; a closed one is opened again.

    Refuses, in this order: NotFound, PartyErased, PartySuspended, AlreadyTaken,
    UnitMismatch.
    """
    acting_for(books, command.party)
    party, today = active_party(books, command.party).id, books.today
    known = CurrentAccount.find(books, party)
    if known is not None and known.closed_on is None:
        raise AlreadyTaken("account", party)
    voucher = voucher_of(books, terms, party)
    for template in (chart.DEMAND, INTEREST):
        _open(voucher, template.account(party, unit=terms.unit, on=today, party=party))
    version = known.version if known else 0
    voucher.keep(
        CurrentAccount(
            id=party,
            version=version,
            programme=command.programme,
            opened_on=today,
            since=today,
            acted_on=today,
        )
    )
    voucher.put(
        Contract.opened(books, party, "current", command.programme),
        DORMANCY.note(books, command.programme, party, later_by(today, terms.dormant_years)),
    )
    return voucher.plan("account", f"account of {party}")


def _open(voucher: Voucher, account: Account) -> None:
    """Open an account, or open it again; raises UnitMismatch."""
    known = voucher.books.account(account.path)
    if known is None or known.unit != account.unit:
        voucher.open(account)
    elif known.status is Status.CLOSED:
        voucher.reopen(account.path, "opened again")


# --- invariants and reports -------------------------------------------------------------------------


@noun.invariant("Q1")
def accounts_are_in_the_ledger(books: Books) -> Iterator[str]:
    """An open account is open in the ledger, a closed one is closed and empty."""
    for account in CurrentAccount.every(books):
        path = chart.DEMAND(account.id)
        found = books.account(path)
        closed = found is None or found.status is Status.CLOSED
        if closed is (account.closed_on is None) or (closed and found and books.balance(path)):
            yield f"{account.id}: {account.status}, in the ledger {found}"


@noun.invariant("Q2")
def interest_is_in_the_books(books: Books) -> Iterator[str]:
    """What an account has accrued stands on its interest account."""
    for account in CurrentAccount.every(books):
        if (held := books.balance(INTEREST(account.id))) != account.accrued:
            yield f"{account.id}: accrued {account.accrued}, in the books {held}"


@noun.invariant("Q3")
def states_bind_the_ledger(books: Books) -> Iterator[str]:
    """What is lost, dormant or frozen whole takes no debits from anybody."""
    for account in CurrentAccount.every(books):
        found = books.account(chart.DEMAND(account.id))
        bound = account.closed_on is None and not account.takes_debits
        if bound and found is not None and found.status.takes_debits:
            yield f"{account.id}: {account.status}, and the ledger takes debits"


@noun.report("accounts")
def list_accounts(books: Books) -> Table:
    """The accounts that the asker may see: state, balance, accrued interest, and their days."""
    rows = []
    for it in CurrentAccount.every(books):
        if may_see(books, it.id):
            unit = PROGRAMMES.today(books, it.programme).unit
            money = (Amount(books.balance(chart.DEMAND(it.id)), unit), Amount(it.accrued, unit))
            rows.append((it.id, it.programme, it.status, *money, it.opened_on, it.acted_on, it.closed_on))
    columns = ("party", "programme", "status", "balance", "accrued", "opened", "last act", "closed")
    return Table("Accounts", columns, tuple(rows))


@noun.report("statement")
def list_postings(books: Books) -> Table:
    """Every posting of the accounts that the asker may see, by value date, with who gave it."""
    rows = []
    for it in CurrentAccount.every(books):
        if not may_see(books, it.id):
            continue
        path, balance = chart.DEMAND(it.id), 0
        unit = PROGRAMMES.today(books, it.programme).unit
        for moved in books.later(path, date.min):
            entry = books.entry(moved.number)
            if entry is None or moved.pending:
                continue
            t, quantity = entry.transaction, -moved.quantity
            balance += quantity
            sides = (Amount(max(-quantity, 0), unit), Amount(max(quantity, 0), unit), Amount(balance, unit))
            rows.append((it.id, moved.number, moved.effective_on, t.kind, t.description, *sides, t.actor))
    columns = ("party", "number", "value date", "kind", "description", "debit", "credit", "balance", "actor")
    return Table("Statement", columns, tuple(rows))


def used(account: CurrentAccount, today: date) -> CurrentAccount:
    """The account after an act of its owner."""
    return evolve(account, acted_on=today)
