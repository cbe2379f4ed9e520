"""Time deposits (定期存款): what points can buy, together with their redemption, in one transaction.

>>> TIME_DEPOSIT.rules[OpenDeposit].__name__, DepositTerms().months
('open_deposit', 3)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from bankcore.amounts import Amount
from bankcore.ledger.books import Books
from bankcore.products.forms import title
from bankcore.products.product import Plan, Product, Table
from bankcore.products.time_deposit.commands import OpenDeposit, OpenProgramme, WithdrawEarly
from bankcore.products.time_deposit.deposits import (
    daily,
    deposits,
    earned,
    open_deposit,
    open_programme,
    payable,
    principal,
    terms_of,
    withdraw_early,
)
from bankcore.products.time_deposit.terms import DepositTerms

__all__ = ["TIME_DEPOSIT", "DepositTerms", "OpenDeposit", "OpenProgramme", "WithdrawEarly"]

_RULES: Mapping[type[Any], Callable[[Any, Any, Books], Plan]] = {
    OpenProgramme: open_programme,
    OpenDeposit: open_deposit,
    WithdrawEarly: withdraw_early,
}


def _terms(command: Any, books: Books) -> DepositTerms:
    """The programme's terms; a programme still to be opened brings its own."""
    return command.terms if isinstance(command, OpenProgramme) else terms_of(books, command.programme)


def money_is_there_until_paid(books: Books) -> Iterator[str]:
    """F1: a deposit holds what is left of it until it is paid back, and never interest overnight."""
    for record in deposits(books):
        programme, deposit = record.id.split(":")
        held = books.balance(principal(programme, deposit))
        owed = books.balance(payable(programme, deposit))
        if owed or held != record.data["left"] or bool(held) is bool(record.data["paid_on"]):
            yield f"{record.id}: {dict(record.data)}, holds {held}, interest {owed}"


def interest_is_exact(books: Books) -> Iterator[str]:
    """F2: the interest paid on a deposit is the exact sum of all it earned, rounded once."""
    for record in deposits(books):
        if due := earned(record).due():
            yield f"{record.id}: {dict(record.data)}, {due} too little"


def list_deposits(books: Books) -> Table:
    """Every deposit: what was placed, what is left, the interest paid, and its days."""
    rows = []
    for record in deposits(books):
        (programme, deposit), data = record.id.split(":"), record.data
        unit, fen = terms_of(books, programme).unit, (data["principal"], data["left"], earned(record).posted)
        days = (data["opened_on"], data["matures_on"], data["paid_on"])
        rows.append((programme, deposit, data["customer"], *(Amount(it, unit) for it in fen), *days))
    columns = (
        "programme",
        "deposit",
        "customer",
        "principal",
        "left",
        "interest",
        "opened",
        "matures",
        "paid",
    )
    return Table("Deposits", columns, tuple(rows))


TIME_DEPOSIT = Product(
    name="time-deposit",
    summary="deposits for a fixed time",
    commands={title(command): command for command in _RULES},
    terms=_terms,
    rules=_RULES,
    daily=daily,
    invariants={"F1": money_is_there_until_paid, "F2": interest_is_exact},
    reports={"deposits": list_deposits},
)
