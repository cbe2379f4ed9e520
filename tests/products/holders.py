"""Parties with current accounts, and their money, for banks that no driver drives."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bankcore.amounts import Amount
from bankcore.bank import Bank
from bankcore.ledger.accounts import Account, AccountPath
from bankcore.ledger.transactions import Transaction, legs
from bankcore.product import chart
from bankcore.products.current import CashIn, OpenProgramme
from bankcore.testing import registration
from bankcore.units import Unit

CNY = Unit("CNY/2")
NO_INTEREST: dict[str, Any] = {"rate": "0%"}


def cny(amount: str | int) -> Amount:
    """Yuan as text, or an int of fen."""
    return Amount.parse(amount, CNY) if isinstance(amount, str) else Amount(amount, CNY)


def holders(*parties: str) -> Iterator[Any]:
    """As `registration`, in a book that has no current accounts yet."""
    yield OpenProgramme("std", NO_INTEREST)  # type: ignore[arg-type]
    yield from registration(*parties)


def cash(party: str, amount: str) -> CashIn:
    """Cash over the counter, in yuan."""
    return CashIn(party, cny(amount))


def endow(bank: Bank) -> None:
    """Give the vault the bank's own money, out of which interest can be taken in cash."""
    bank.ledger.open([Account(AccountPath("bank:capital"), "equity", CNY)], key="capital")
    sides = {"debit": {chart.CASH(): 1_000_000_00}, "credit": {AccountPath("bank:capital"): 1_000_000_00}}
    paid = Transaction(kind="opening", effective_on=bank.today, postings=legs(CNY, **sides), key="endow")
    bank.ledger.post(paid)
