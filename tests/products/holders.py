"""Parties with current accounts, which every other product asks for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bankcore.amounts import Amount
from bankcore.bank import Bank
from bankcore.ledger.accounts import Account, AccountPath
from bankcore.ledger.transactions import Transaction, legs
from bankcore.product import chart
from bankcore.products.current import CashIn, OpenAccount, OpenProgramme
from bankcore.products.parties import IdentifyParty, RegisterParty
from bankcore.units import Unit

CNY = Unit("CNY/2")
NO_INTEREST: dict[str, Any] = {"rate": "0%"}


def accounts(*parties: str, identified: bool = True, document: str = "passport") -> Iterator[Any]:
    """Commands that register persons and open their accounts in "std", which earn nothing."""
    for party in parties:
        yield RegisterParty(party)
        if identified:
            yield IdentifyParty(party, document, party)
        yield OpenAccount("std", party)


def firms(*parties: str, number: str = "{}") -> Iterator[Any]:
    """As `accounts`, of firms with business licences."""
    for party in parties:
        yield RegisterParty(party, "firm")
        yield IdentifyParty(party, "business-licence", number.format(party))
        yield OpenAccount("std", party)


def holders(*parties: str) -> Iterator[Any]:
    """As `accounts`, in a book that has none yet."""
    yield OpenProgramme("std", NO_INTEREST)  # type: ignore[arg-type]
    yield from accounts(*parties)


def cash(party: str, amount: str) -> CashIn:
    """Cash over the counter, in yuan."""
    return CashIn(party, Amount.parse(amount, "CNY/2"))


def endow(bank: Bank) -> None:
    """Give the vault the bank's own money, out of which interest can be taken in cash."""
    bank.ledger.open([Account(AccountPath("bank:capital"), "equity", CNY)], key="capital")
    sides = {"debit": {chart.CASH(): 1_000_000_00}, "credit": {AccountPath("bank:capital"): 1_000_000_00}}
    paid = Transaction(kind="opening", effective_on=bank.today, postings=legs(CNY, **sides), key="endow")
    bank.ledger.post(paid)
