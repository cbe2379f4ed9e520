"""Money of current accounts: cash at the counter, and transfers between parties.

| operation | debit | credit |
| --- | --- | --- |
| cash in (存现) | cash | demand account |
| cash out (取现) | demand account | cash |
| transfer (转账) | demand account | the receiver's demand account |

Cash is witnessed by a teller.  A customer debits only himself or a firm that he represents; the other is
only a receiver.  What becomes known late may have a value date some days back: the entry is of today, and
the interest is reckoned from that day.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import ClassVar

from attrs import evolve, frozen

from bankcore.amounts import Amount
from bankcore.errors import ActorNotPermitted, BadCommand
from bankcore.ledger.accounts import AccountPath
from bankcore.ledger.books import Books
from bankcore.product import chart, fields
from bankcore.product.actor import Role
from bankcore.product.parties import acting_for, active_party
from bankcore.product.plan import Plan
from bankcore.product.product import Noun
from bankcore.product.value_dates import late_day
from bankcore.product.voucher import Voucher
from bankcore.products.current.accounts import (
    CurrentAccount,
    DemandTerms,
    Shift,
    check_debits,
    check_identity,
    used,
    voucher_of,
)

__all__ = ["CashIn", "CashOut", "Transfer"]

noun = Noun(__name__)


@frozen
class CashIn:
    """Take cash in over the counter (存现)."""

    may: ClassVar[Mapping[Role, str]] = {Role.OFFICER: ""}
    party: str = fields.id_("whose account is credited")
    amount: Amount = fields.amount("how much")
    value_on: date | None = fields.day("from when it earns; today if not given", default=None)


@frozen
class CashOut:
    """Pay cash out over the counter (取现)."""

    may: ClassVar[Mapping[Role, str]] = {Role.OFFICER: ""}
    party: str = fields.id_("whose account is debited")
    amount: Amount = fields.amount("how much")
    value_on: date | None = fields.day("from when it earns no more; today if not given", default=None)


@frozen
class Transfer:
    """Pay another party (转账)."""

    may: ClassVar[Mapping[Role, str]] = {Role.CUSTOMER: "party", Role.OFFICER: ""}
    party: str = fields.id_("who pays")
    receiver: str = fields.id_("who is paid")
    amount: Amount = fields.amount("how much")
    value_on: date | None = fields.day("for interest, by an officer; today if not given", default=None)


@noun.rule(CashIn)
def deposit_cash(terms: DemandTerms, command: CashIn, books: Books) -> Plan:
    """Cash to demand account.

    Refuses, in this order: NotFound, UnitMismatch, BadCommand or PeriodClosed for the value date.
    """
    account, amount = CurrentAccount.of_party(books, command.party), terms.minor_units(command.amount)
    after = _shifted(terms, books, account, amount, command.value_on)
    voucher = voucher_of(books, terms, account.id)
    voucher.move(chart.CASH(), chart.DEMAND(account.id), amount)
    voucher.keep(*_changed(account, after if account.dormant_on else used(after, books.today)))
    return voucher.plan("cash-in", f"cash of {account.id}")


@noun.rule(CashOut)
def withdraw_cash(terms: DemandTerms, command: CashOut, books: Books) -> Plan:
    """Demand account to cash.  Refuses as `pay` does."""
    return pay(terms, books, command.party, chart.CASH(), command.amount, command.value_on)


@noun.rule(Transfer)
def transfer(terms: DemandTerms, command: Transfer, books: Books) -> Plan:
    """Demand account to demand account.

    Refuses, in this order: ActorNotPermitted, BadCommand for oneself, NotFound for the receiver, and as
    `pay` does.
    """
    actor = acting_for(books, command.party)
    if command.receiver == command.party:
        raise BadCommand("receiver", "another party than the payer is needed")
    if command.value_on is not None and actor.role is Role.CUSTOMER:
        raise ActorNotPermitted(str(actor), "transfer with a value date")
    receiver = CurrentAccount.of_party(books, command.receiver)
    path = chart.DEMAND(receiver.id)
    return pay(terms, books, command.party, path, command.amount, command.value_on, receiver)


def pay(
    terms: DemandTerms, books: Books, party: str, to: AccountPath, money: Amount,
    value_on: date | None, receiver: CurrentAccount | None = None,
) -> Plan:  # fmt: skip
    """Debit an account for cash or for a receiver.  Refuses as `debited` does."""
    voucher, account, amount = debited(terms, books, party, to, money, value_on)
    voucher.keep(*account)
    if receiver is None:
        return voucher.plan("cash-out", f"cash of {party}")
    voucher.keep(*_changed(receiver, _shifted(terms, books, receiver, amount, value_on)))
    voucher.notify(receiver.id, "payment-received", party, amount=str(money))
    return voucher.plan("transfer", f"{party} pays {receiver.id}")


def debited(
    terms: DemandTerms, books: Books, party: str, to: AccountPath, money: Amount, value_on: date | None = None
) -> tuple[Voucher, tuple[CurrentAccount, ...], int]:
    """A voucher that debits an account, what is to be kept of it, and the minor units.

    Refuses, in this order: NotFound, PartyErased, PartySuspended, AccountLost, AccountDormant, UnitMismatch,
    NotIdentified above the term, BadCommand or PeriodClosed for the value date.
    """
    account = CurrentAccount.of_party(books, active_party(books, party).id)
    check_debits(account)
    amount = terms.minor_units(money)
    check_identity(terms, books, party, amount)
    voucher = voucher_of(books, terms, party)
    voucher.move(chart.DEMAND(party), to, amount)
    after = used(_shifted(terms, books, account, -amount, value_on), books.today)
    return voucher, _changed(account, after), amount


def _shifted(
    terms: DemandTerms, books: Books, account: CurrentAccount, quantity: int, value_on: date | None
) -> CurrentAccount:
    """The account with money that earns from an earlier day on; raises BadCommand, PeriodClosed."""
    late = late_day(value_on, books.today, terms.value_back, account.opened_on)
    if late is None:
        return account
    return evolve(account, shifts=(*account.shifts, Shift(late, books.today, quantity)))


def _changed(before: CurrentAccount, after: CurrentAccount) -> tuple[CurrentAccount, ...]:
    """What is to be kept: nothing where nothing changed."""
    return () if before == after else (after,)
