"""Reports of a book: statement, trial balance, chart of accounts, balance as of a date.

Each is a pure function of a reader; quantities are minor units on an account's normal side.  With
`known_at` the figures are as recorded at that instant, which must not be after `now`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from attrs import frozen

from bankcore.amounts import Amount
from bankcore.calendars.dates import check_date, check_period
from bankcore.ledger.accounts import Account, AccountType
from bankcore.ledger.balances import Balance
from bankcore.ledger.ports import Line, Reader
from bankcore.ledger.reading.views import view
from bankcore.tables import Table
from bankcore.units import Unit

__all__ = ["Statement", "Total", "TrialBalance", "balance_on", "balances", "statement", "trial_balance"]


@frozen
class Statement:
    """An account's postings between two value dates, in journal order, with opening and closing balances."""

    account: Account
    since: date | None
    until: date | None
    opening: int
    lines: tuple[Line, ...]
    closing: int
    known_at: datetime | None = None

    def table(self) -> Table:
        """The opening balance, the postings and the closing balance as a table of Amounts."""
        unit = self.account.unit

        def row(text: str, balance: int) -> tuple[object, ...]:
            return (None, None, "", text, "", None, Amount(balance, unit))

        lines = (
            (it.number, it.effective_on, it.kind, it.description, it.actor, Amount(it.quantity, unit),
             Amount(it.balance, unit))
            for it in self.lines
        )  # fmt: skip
        columns = ("number", "effective on", "kind", "description", "actor", "amount", "balance")
        rows = (row("opening", self.opening), *lines, row("closing", self.closing))
        return Table(f"statement of {self.account.path}", columns, rows)

    def _repr_html_(self) -> str:
        """The statement for a notebook."""
        return self.table()._repr_html_()


@frozen
class Total:
    """The two columns of one unit; memorandum accounts balance apart."""

    unit: Unit
    memorandum: bool
    debits: int
    credits: int


@frozen
class TrialBalance:
    """Every account's balance in its debit or credit column, and the totals, equal in each unit."""

    on: date | None
    balances: tuple[Balance, ...]
    totals: tuple[Total, ...]
    known_at: datetime | None = None

    @property
    def balanced(self) -> bool:
        """Whether debits equal credits in every unit."""
        return all(total.debits == total.credits for total in self.totals)

    def table(self) -> Table:
        """Every account with its balance in its column, and the totals, as a table of Amounts."""
        rows = [_in_columns(b.account.path, b.debits - b.credits, b.account.unit) for b in self.balances]
        for total in self.totals:
            name = (
                f"total of memorandum accounts in {total.unit}"
                if total.memorandum
                else f"total in {total.unit}"
            )
            rows.append((name, Amount(total.debits, total.unit), Amount(total.credits, total.unit)))
        return Table("trial balance", ("account", "debit", "credit"), tuple(rows))

    def _repr_html_(self) -> str:
        """The trial balance for a notebook."""
        return self.table()._repr_html_()


def _in_columns(name: str, net: int, unit: Unit) -> tuple[object, ...]:
    """A row with a balance in its column; one of zero is in neither."""
    debit, credit = Amount(max(net, 0), unit), Amount(max(-net, 0), unit)
    return (name, debit or None, credit or None)


def balances(
    reader: Reader,
    root: str = "",
    on: date | None = None,
    now: datetime | None = None,
    known_at: datetime | None = None,
) -> Iterator[Balance]:
    """The balances at and below `root` in path order: the chart of accounts with its figures.

    With `now`, holds that have expired by then no longer count, even if their expiry is not recorded yet.
    Raises UnknownAccount where there is none, BadAccountPath, and the errors of `view`.
    """
    return view(reader, on, known_at, now).balances(root)


def balance_on(
    reader: Reader, path: str, on: date, now: datetime | None = None, known_at: datetime | None = None
) -> Balance:
    """An account's balance counting value dates up to and including `on`.

    Raises UnknownAccount, AccountNotYetOpen, and the errors of `view`.
    """
    check_date(on)
    return view(reader, on, known_at, now).balance(path)


def statement(
    reader: Reader,
    path: str,
    since: date | None = None,
    until: date | None = None,
    now: datetime | None = None,
    known_at: datetime | None = None,
) -> Statement:
    """The account's postings with value dates from `since` through `until`.

    The opening balance counts the value dates before `since`; each line has the running balance.
    Raises BadPeriod where `until` is before `since`, and the errors of `balance_on`.
    """
    check_period(since, until)
    seen = view(reader, until, known_at, now)
    account = seen.balance(path).account
    sign = account.normal_side.sign
    opening = 0
    lines: list[Line] = []
    for line in reader.lines(account.path):
        if seen.through is not None and line.number > seen.through:
            break
        quantity = line.quantity * sign
        if since is not None and line.effective_on < since:
            opening += quantity
        elif until is None or line.effective_on <= until:
            lines.append(line._replace(quantity=quantity))
    running = opening
    for place, line in enumerate(lines):
        running += line.quantity
        lines[place] = line._replace(balance=running)
    return Statement(account, since, until, opening, tuple(lines), running, known_at)


def trial_balance(
    reader: Reader, on: date | None = None, now: datetime | None = None, known_at: datetime | None = None
) -> TrialBalance:
    """All accounts, with the totals of both columns in each unit; raises the errors of `view`."""
    rows = tuple(balances(reader, "", on, now, known_at))
    totals: dict[tuple[str, bool], list[int]] = {}
    for balance in rows:
        memorandum = balance.account.type is AccountType.MEMORANDUM
        columns = totals.setdefault((balance.account.unit, memorandum), [0, 0])
        columns[0] += max(balance.debits - balance.credits, 0)
        columns[1] += max(balance.credits - balance.debits, 0)
    return TrialBalance(
        on,
        rows,
        tuple(
            Total(Unit(unit), memorandum, *columns) for (unit, memorandum), columns in sorted(totals.items())
        ),
        known_at,
    )
