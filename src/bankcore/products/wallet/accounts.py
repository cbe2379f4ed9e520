"""The chart of a wealth programme: what its accounts are called and how they are opened.

The programme's id is its operator's id.  Cash taken offline and not yet paid in stands in a pair of
memorandum accounts; everything else is what the bank owes.

>>> pocket("mall", "c001", "principal")
'wallet:mall:client:c001:principal'
"""

from __future__ import annotations

from datetime import date

from bankcore.ledger.accounts import Account, AccountPath, AccountType, Side
from bankcore.units import Unit

__all__ = [
    "CASH",
    "CASH_POCKETS",
    "POCKETS",
    "cash_due",
    "cash_due_contra",
    "client_accounts",
    "clients_root",
    "demand",
    "merchant_accounts",
    "pocket",
    "programme_accounts",
    "reserve",
    "service",
    "takings",
]

CASH = AccountPath("bank:cash")
POCKETS = ("bonus", "principal", "vested", "yield")  # in path order
CASH_POCKETS = ("yield", "principal")  # in the order a withdrawal empties them


def demand(party: str) -> AccountPath:
    """The demand account of a client or merchant at the bank."""
    return AccountPath(f"bank:demand:{party}")


def reserve(programme: str) -> AccountPath:
    """The operator's reserve (备付金), out of which all client money comes."""
    return AccountPath(f"wallet:{programme}:reserve")


def service(programme: str) -> AccountPath:
    """The service fund (服务金): takings of the own mall and fees, free for sweeping."""
    return AccountPath(f"wallet:{programme}:service")


def takings(programme: str, merchant: str) -> AccountPath:
    """What a third-party merchant took and was not yet paid; never swept."""
    return AccountPath(f"wallet:{programme}:takings:{merchant}")


def clients_root(programme: str) -> str:
    """The root of all pockets of a programme."""
    return f"wallet:{programme}:client"


def pocket(programme: str, client: str, name: str) -> AccountPath:
    """One of a client's pockets: principal, yield, vested bonus or (unvested) bonus."""
    return AccountPath(f"wallet:{programme}:client:{client}:{name}")


def cash_due(programme: str) -> AccountPath:
    """Memorandum: cash the operator took for recharges and has not paid in yet."""
    return AccountPath(f"wallet:{programme}:cash-due")


def cash_due_contra(programme: str) -> AccountPath:
    """The other side of `cash_due`."""
    return AccountPath(f"wallet:{programme}:cash-due-contra")


def programme_accounts(programme: str, unit: Unit, on: date) -> tuple[Account, ...]:
    """The bank's cash and the operator's accounts."""
    memo = AccountType.MEMORANDUM
    return (
        Account(CASH, AccountType.ASSET, unit, floor=0, opened_on=on),
        _liability(reserve(programme), unit, on, programme),
        _liability(service(programme), unit, on, programme),
        Account(cash_due(programme), memo, unit, floor=0, opened_on=on, party=programme),
        Account(
            cash_due_contra(programme),
            memo,
            unit,
            normal_side=Side.CREDIT,
            floor=0,
            opened_on=on,
            party=programme,
        ),
    )


def client_accounts(programme: str, client: str, unit: Unit, on: date) -> tuple[Account, ...]:
    """A client's demand account and pockets."""
    pockets = (_liability(pocket(programme, client, name), unit, on, client) for name in POCKETS)
    return (_liability(demand(client), unit, on, client), *pockets)


def merchant_accounts(programme: str, merchant: str, own: bool, unit: Unit, on: date) -> tuple[Account, ...]:
    """The demand and takings accounts of a third-party merchant; the operator's own mall needs none."""
    paths = () if own else (demand(merchant), takings(programme, merchant))
    return tuple(_liability(path, unit, on, merchant) for path in paths)


def _liability(path: AccountPath, unit: Unit, on: date, party: str) -> Account:
    return Account(path, AccountType.LIABILITY, unit, floor=0, opened_on=on, party=party)
