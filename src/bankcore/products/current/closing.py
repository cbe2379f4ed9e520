"""Closing (销户): the account pays its interest to the day before, gives all it holds, and is closed.

It is refused while anything hangs on it: a contract of any product, a standing order, a payment on
its way to another book, an order of a court.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from fractions import Fraction
from typing import ClassVar

from attrs import evolve, frozen

from bankcore.errors import ActorNotPermitted, BadCommand
from bankcore.ledger.books import Books
from bankcore.product import chart, fields
from bankcore.product.actor import Role
from bankcore.product.parties import Contract, acting_for, active_party, open_contracts
from bankcore.product.plan import Plan
from bankcore.product.product import Noun
from bankcore.product.refusals import ContractsOpen
from bankcore.products.current.accounts import (
    CurrentAccount,
    DemandTerms,
    check_debits,
    check_identity,
    voucher_of,
)
from bankcore.products.current.courts import live_orders
from bankcore.products.current.interest import paid

__all__ = ["CloseAccount"]

noun = Noun(__name__)


@frozen
class CloseAccount:
    """Close a current account (销户); a teller pays in cash, or all goes to another party's account."""

    may: ClassVar[Mapping[Role, str]] = {Role.OFFICER: "", Role.CUSTOMER: "party"}
    party: str = fields.id_("whose account it is")
    into: str = fields.id_("who is paid what is on it; cash by a teller if not given", default="")


@noun.rule(CloseAccount)
def close(terms: DemandTerms, command: CloseAccount, books: Books) -> Plan:
    """Interest to the demand account, all of that away, and the account is closed.

    Refuses, in this order: ActorNotPermitted, also for cash without a teller, NotFound, PartySuspended unless
    an officer closes it, ContractsOpen, AccountLost, AccountDormant, BadCommand where the account is paid to
    itself, NotFound for the receiver, NotIdentified above the term.
    """
    actor = acting_for(books, command.party)
    if not command.into and actor.role is not Role.OFFICER:
        raise ActorNotPermitted(str(actor), "close-account in cash")
    account, today = CurrentAccount.of_party(books, command.party), books.today
    if actor.role is not Role.OFFICER:
        active_party(books, account.id)
    if bound := ", ".join(_bound(books, account)):
        raise ContractsOpen(account.id, bound)
    check_debits(account)
    if command.into == account.id:
        raise BadCommand("into", "another party is needed")
    to = chart.DEMAND(CurrentAccount.of_party(books, command.into).id) if command.into else chart.CASH()
    voucher, path = voucher_of(books, terms, account.id), chart.DEMAND(account.id)
    after = account
    if account.since < today:
        after = paid(voucher, account, today - timedelta(days=1), today)
    left = books.balance(path) + voucher.moved(path)
    check_identity(terms, books, account.id, left)
    voucher.move(path, to, left)
    voucher.close(path, "closed by its owner")
    voucher.keep(evolve(after, closed_on=today, carried=Fraction(0), shifts=()))
    voucher.put(Contract.ended(books, account.id, "current", account.programme))
    return voucher.plan("close", f"account of {account.id} is closed")


def _bound(books: Books, account: CurrentAccount) -> list[str]:
    """What hangs on an account, by name."""
    own = ("current", account.programme)
    found = (it.ids for it in open_contracts(books, account.id))
    bound = [
        f"{product} {thing}"
        for _, product, thing in found
        if (product, thing) != own and product != "parties"
    ]
    bound += [f"{account.in_transit} payments in transit"] if account.in_transit else []
    return [*bound, *(f"court order {order}" for order in live_orders(books, account.id))]
