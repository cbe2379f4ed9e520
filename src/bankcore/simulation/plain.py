"""Steps of a scenario that need no product: opening accounts, and postings between them.

    [[step]]
    on = 2024-05-01
    do = "open"
    with = { account = "shop:sales", type = "income" }

    [[step]]
    on = 2024-05-01
    do = "post"
    with = { debit = "bank:demand:c1", credit = "shop:sales", amount = "12.00", text = "coffee" }

A population with `parties = "person"` is registered, identified and has current accounts from the first day
on, so that `transfer` can pay from one member to another.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from attrs import frozen

from bankcore.amounts import Amount
from bankcore.ledger.accounts import Account, AccountPath, AccountType
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Transaction, legs, open_account
from bankcore.product import fields
from bankcore.product.actor import Role
from bankcore.product.plan import Plan
from bankcore.product.product import Noun, Product
from bankcore.product.refusals import AlreadyTaken

__all__ = ["PLAIN", "Open", "Post"]

noun = Noun(__name__)


@frozen
class Open:
    """Open an account of the ledger, in the unit of the book."""

    may: ClassVar[Mapping[Role, str]] = {Role.OFFICER: ""}
    account: str = fields.text("its path")
    type: str = fields.choice("its type", tuple(it.value for it in AccountType), default="liability")
    floor: Amount | None = fields.amount("the lowest balance; no limit if not given", least=0, default=None)


@frozen
class Post:
    """Debit one account and credit another."""

    may: ClassVar[Mapping[Role, str]] = {Role.OFFICER: ""}
    debit: str = fields.text("the account that is debited")
    credit: str = fields.text("the account that is credited")
    amount: Amount = fields.amount("how much")
    text: str = fields.text("what for", default="")


@noun.rule(Open)
def open(terms: None, command: Open, books: Books) -> Plan:
    """Refuses: BadAccountPath, AlreadyTaken."""
    path = AccountPath.parse(command.account)
    if books.account(path) is not None:
        raise AlreadyTaken("account", path)
    floor = None if command.floor is None else command.floor.quantity
    kind = AccountType(command.type)
    account = Account(path, kind, books.book.base_unit, floor=floor, opened_on=books.today)
    record = open_account(account)
    return Plan((Transaction(kind="open", effective_on=books.today, records=(record,)),))


@noun.rule(Post)
def post(terms: None, command: Post, books: Books) -> Plan:
    """Refuses: BadAccountPath, and the refusals of the ledger."""
    debit, credit = AccountPath.parse(command.debit), AccountPath.parse(command.credit)
    quantity, unit = command.amount.quantity, command.amount.unit
    postings = legs(unit, debit={debit: quantity}, credit={credit: quantity})
    moved = Transaction(kind="post", effective_on=books.today, postings=postings, description=command.text)
    return Plan((moved,))


PLAIN = Product.of("plain", "accounts and postings of the ledger", noun)
