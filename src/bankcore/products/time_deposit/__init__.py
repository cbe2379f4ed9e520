"""Time deposits (定期存款): what points can buy, together with their redemption, in one transaction.

>>> TIME_DEPOSIT.rules[OpenDeposit].__name__, DepositTerms().months
('open_deposit', 3)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from bankcore.amounts import Amount
from bankcore.ledger.ports import Books
from bankcore.products.forms import title
from bankcore.products.product import Plan, Product, Table
from bankcore.products.time_deposit.commands import OpenDeposit, OpenProgramme
from bankcore.products.time_deposit.deposits import (
    daily,
    deposits,
    open_deposit,
    open_programme,
    payable,
    principal,
    terms_of,
)
from bankcore.products.time_deposit.terms import DepositTerms

__all__ = ["TIME_DEPOSIT", "DepositTerms", "OpenDeposit", "OpenProgramme"]

_RULES: Mapping[type[Any], Callable[[Any, Any, Books], Plan]] = {
    OpenProgramme: open_programme,
    OpenDeposit: open_deposit,
}


def _terms(command: Any, books: Books) -> DepositTerms:
    """The programme's terms; a programme still to be opened brings its own."""
    return command.terms if isinstance(command, OpenProgramme) else terms_of(books, command.programme)


def money_is_there_until_paid(books: Books) -> Iterator[str]:
    """A deposit holds its principal until it is paid back, then nothing, and never interest overnight."""
    for record in deposits(books):
        programme, deposit = record.id.split(":")
        held = books.balance(principal(programme, deposit))
        owed = books.balance(payable(programme, deposit))
        if owed or held != (0 if record.data["paid_on"] else record.data["principal"]):
            yield f"{record.id}: {dict(record.data)}, holds {held}, interest {owed}"


def list_deposits(books: Books) -> Table:
    """Every deposit with its maturity."""
    rows = []
    for record in deposits(books):
        (programme, deposit), data = record.id.split(":"), record.data
        placed = Amount(data["principal"], terms_of(books, programme).unit)
        days = (data["opened_on"], data["matures_on"], data["paid_on"])
        rows.append((programme, deposit, data["customer"], placed, *days))
    columns = ("programme", "deposit", "customer", "principal", "opened", "matures", "paid")
    return Table("Deposits", columns, tuple(rows))


TIME_DEPOSIT = Product(
    name="time-deposit",
    summary="deposits for a fixed time",
    commands={title(command): command for command in _RULES},
    terms=_terms,
    rules=_RULES,
    daily=daily,
    invariants={"F1": money_is_there_until_paid},
    reports={"deposits": list_deposits},
)
