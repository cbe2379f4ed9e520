"""The financial statements of a book: balance sheet and income statement, in each unit.

Pure functions of a reader.  Accounts are summed at their roots, the first parts of their paths; a
contra account counts against its type.  Profit is the balance of income and expense accounts: it moves
to equity only where somebody posts it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime, timedelta

from attrs import frozen

from bankcore.amounts import Amount
from bankcore.calendars.dates import check_period
from bankcore.ledger.accounts import AccountType
from bankcore.ledger.balances import Balance
from bankcore.ledger.ports import Reader
from bankcore.ledger.reading.views import view
from bankcore.units import Unit

__all__ = ["BalanceSheet", "IncomeStatement", "Item", "balance_sheet", "income_statement"]

_STOCKS = (AccountType.ASSET, AccountType.LIABILITY, AccountType.EQUITY)
_FLOWS = (AccountType.INCOME, AccountType.EXPENSE)

Row = tuple[str, str, Amount, Unit]  # type, root, amount, unit
_Sums = Counter[tuple[AccountType, str, Unit]]


@frozen
class Item:
    """The total of all accounts of a type at and below a root, in minor units on the type's normal side."""

    type: AccountType
    root: str
    unit: Unit
    quantity: int


@frozen
class BalanceSheet:
    """Assets, liabilities, equity, and the profit so far that is not in equity yet.

    `profit` and `balanced` are by unit: assets less liabilities, equity and profit are zero.
    """

    on: date | None
    items: tuple[Item, ...]
    profit: tuple[tuple[Unit, int], ...]
    known_at: datetime | None = None

    @property
    def rows(self) -> tuple[Row, ...]:
        """The items, followed by the profit."""
        return _rows(self.items, self.profit)

    @property
    def balanced(self) -> bool:
        """Whether assets equal liabilities, equity and profit in every unit."""
        left = Counter({unit: -profit for unit, profit in self.profit})
        for item in self.items:
            left[item.unit] += item.quantity if item.type is AccountType.ASSET else -item.quantity
        return not any(left.values())


@frozen
class IncomeStatement:
    """Income and expense of the value dates from `since` through `until`, and their difference."""

    since: date | None
    until: date | None
    items: tuple[Item, ...]
    profit: tuple[tuple[Unit, int], ...]
    known_at: datetime | None = None

    @property
    def rows(self) -> tuple[Row, ...]:
        """The items, followed by the profit."""
        return _rows(self.items, self.profit)


def balance_sheet(
    reader: Reader,
    on: date | None = None,
    now: datetime | None = None,
    known_at: datetime | None = None,
    depth: int = 2,
) -> BalanceSheet:
    """The balance sheet counting value dates through `on`, by the first `depth` parts of the paths.

    Memorandum accounts are left out.  Raises the errors of `view`.
    """
    sums = _sums(view(reader, on, known_at, now).balances(), depth)
    return BalanceSheet(on, _items(sums, _STOCKS), _profit(sums), known_at)


def income_statement(
    reader: Reader,
    since: date | None = None,
    until: date | None = None,
    now: datetime | None = None,
    known_at: datetime | None = None,
    depth: int = 2,
) -> IncomeStatement:
    """Income and expense of a period, by the first `depth` parts of the accounts' paths.

    Raises BadPeriod where `until` is before `since`, and the errors of `view`.
    """
    check_period(since, until)
    sums = _sums(view(reader, until, known_at, now).balances(), depth)
    if since is not None and since > reader.book.opened_on:
        sums.subtract(_sums(view(reader, since - timedelta(days=1), known_at, now).balances(), depth))
    return IncomeStatement(since, until, _items(sums, _FLOWS), _profit(sums), known_at)


def _sums(balances: Iterable[Balance], depth: int) -> _Sums:
    """Debits less credits, on the normal side of the type."""
    sums: _Sums = Counter()
    for it in balances:
        account = it.account
        root = ":".join(account.path.split(":")[:depth])
        sums[account.type, root, account.unit] += (it.debits - it.credits) * account.type.normal_side.sign
    return sums


def _items(sums: _Sums, types: tuple[AccountType, ...]) -> tuple[Item, ...]:
    """The items of some types, in the order of the types; empty ones are left out."""
    found = (Item(*names, quantity) for names, quantity in sums.items() if quantity and names[0] in types)
    return tuple(sorted(found, key=lambda it: (types.index(it.type), it.root, it.unit)))


def _profit(sums: _Sums) -> tuple[tuple[Unit, int], ...]:
    """Income less expense, by unit; units without either are left out."""
    profit: Counter[Unit] = Counter()
    for (type, _, unit), quantity in sums.items():
        if type in _FLOWS:
            profit[unit] += quantity if type is AccountType.INCOME else -quantity
    return tuple(sorted(profit.items()))


def _rows(items: Iterable[Item], profit: Iterable[tuple[Unit, int]]) -> tuple[Row, ...]:
    return (
        *((it.type.value, it.root, Amount(it.quantity, it.unit), it.unit) for it in items),
        *(("profit", "", Amount(quantity, unit), unit) for unit, quantity in profit),
    )
