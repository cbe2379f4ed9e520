"""Measures: what is asked of a run when it is over, as whole numbers or amounts.

| measure | what it is |
| --- | --- |
| `shortfall` | the most that the reserve of a wallet programme was below its threshold at a close |
| `failed-sweeps` | the closes at which it was, as the report of that name has them: the days short |
| `refused-sweeps` | the closes at which an account refused the sweep |
| `lowest-reserve` | the lowest balance of a reserve after any posting |
| `yield-cost` | the yield posted to clients |
| `balance:PATH` | the sum of the balances at the end; `*` in a path matches one segment |
| `lowest:PATH`, `highest:PATH` | the extreme balance of one account after any posting |
| `done:COMMAND`, `refused:CODE` | how many commands were done, or refused with a code |
| `PRODUCT.REPORT.COLUMN` | the sum of a column of a report at the end |

>>> read_measure("refused:reserve_short").name
'refused:reserve_short'
>>> read_measure("refused:reserve_shot")
Traceback (most recent call last):
    ...
bankcore.simulation.refusals.BadMeasure: refused:reserve_shot cannot be measured: no error has this code
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any, Final, TypeAlias

from attrs import frozen

from bankcore.amounts import Amount
from bankcore.bank import Bank
from bankcore.errors import BankcoreError
from bankcore.ledger.accounts import AccountPath
from bankcore.product.product import Product
from bankcore.products import PRODUCTS
from bankcore.simulation.expectations import error_codes, read_pattern
from bankcore.simulation.plain import PLAIN
from bankcore.simulation.refusals import BadMeasure, BadScenario
from bankcore.simulation.runner import Run
from bankcore.simulation.scenario import Scenario
from bankcore.simulation.section import Section
from bankcore.simulation.steps import in_group
from bankcore.stores.memory import MemoryStore
from bankcore.tables import Table

__all__ = ["Figure", "Measure", "read_measure", "usual_measures"]

Figure: TypeAlias = "Amount | int"

_FAILED: Final = "failed-sweeps"


@frozen
class Measure:
    """A figure of a run that is over, by its name."""

    name: str
    of: Callable[[Run], Figure]  # raises BadMeasure where the run has nothing to measure


def usual_measures(scenario: Scenario) -> tuple[str, ...]:
    """What is measured where nothing is named: the wallet's figures, else the levels of watched accounts.

    Raises BadMeasure where there are neither.
    """
    opened = {asked.command.__module__ for step in scenario.programmes for asked in step.asked}
    if any(module.startswith("bankcore.products.wallet.") for module in opened):
        return tuple(_WALLET)
    if not scenario.watch:
        raise BadMeasure("nothing", "name something to measure, such as balance:bank:cash")
    return tuple(f"{which}:{path}" for path in scenario.watch for which in ("lowest", "balance"))


def read_measure(name: str, products: Sequence[Product] = PRODUCTS) -> Measure:
    """A measure by its name; raises BadMeasure."""
    word, colon, of = name.partition(":")
    if name in _WALLET:
        return Measure(name, _WALLET[name])
    if colon and word in _OF:
        return Measure(name, _OF[word](name, of, products))
    if not colon and name.count(".") == 2:
        return Measure(name, _column(name, products))
    known = ", ".join((*_WALLET, *(f"{word}:..." for word in _OF), "PRODUCT.REPORT.COLUMN"))
    raise BadMeasure(name, f"known are {known}")


# --- the reserve of a wallet programme --------------------------------------------------------------


def _shortfall(run: Run) -> Figure:
    failed = _report(run, _FAILED)
    worst = [threshold - reserve for threshold, reserve in _cells(failed, "threshold", "reserve")]
    return max(worst, default=_zero(run))


def _refused_sweeps(run: Run) -> Figure:
    _zero(run)
    books = run.bank.ledger.books
    told = books.records("notice", "")
    return sum(it.version for it in told if in_group(":".join(it.id.split(":", 2)[:2]), "*:sweep-failed"))


def _lowest_reserve(run: Run) -> Figure:
    levels = [_extreme(min, f"wallet:{programme}:reserve", run) for programme in _programmes(run)]
    return min(levels)


def _yield_cost(run: Run) -> Figure:
    return _sum(_zero(run), [posted for (posted,) in _cells(_report(run, "yield"), "posted")])


def _programmes(run: Run) -> list[str]:
    found = [programme for (programme,) in _cells(_report(run, "reserve"), "programme")]
    if not found:
        raise BadMeasure("the reserve", "the run has no wallet programme")
    return found


def _zero(run: Run) -> Amount:
    """Nothing, in the unit of the reserve; raises BadMeasure where there is none."""
    path = f"wallet:{_programmes(run)[0]}:reserve"
    return Amount(0, run.bank.amount(path).unit)


def _report(run: Run, name: str) -> Table:
    return run.bank.report("wallet", name)


def _cells(table: Table, *columns: str) -> Iterator[tuple[Any, ...]]:
    places = [table.columns.index(column) for column in columns]
    return (tuple(row[place] for place in places) for row in table.rows)


_WALLET: Final[Mapping[str, Callable[[Run], Figure]]] = {
    "shortfall": _shortfall,
    _FAILED: lambda run: len(_report(run, _FAILED).rows) + 0 * _zero(run).quantity,
    "refused-sweeps": _refused_sweeps,
    "lowest-reserve": _lowest_reserve,
    "yield-cost": _yield_cost,
}


# --- any account, command or report -------------------------------------------------------------------


def _balance(name: str, of: str, _: Sequence[Product]) -> Callable[[Run], Figure]:
    try:
        pattern = read_pattern(Section(name, {}), "balance", of)
    except BadScenario as error:
        raise BadMeasure(name, error.reason) from None

    def measured(run: Run) -> Figure:
        root = pattern.partition("*")[0].removesuffix(":")
        paths = [path for path, _ in run.bank.ledger.books.balances(root) if in_group(path, pattern)]
        return _sum(Amount(0, run.scenario.unit), [run.bank.amount(path) for path in paths])

    return measured


def _level(which: Callable[..., Any], name: str, of: str, _: Sequence[Product]) -> Callable[[Run], Figure]:
    try:
        path = AccountPath.parse(of)
    except BankcoreError as error:
        raise BadMeasure(name, str(error)) from None
    return partial(_extreme, which, path)


def _extreme(which: Callable[..., Any], path: str, run: Run) -> Figure:
    """The lowest or highest balance of an account on its normal side, 0 where nothing was posted to it."""
    account = run.bank.ledger.books.account(AccountPath.parse(path))
    if account is None:
        raise BadMeasure(path, "the run has no such account")
    with run.bank.ledger.reader as reader:
        levels = [line.balance * account.normal_side.sign for line in reader.lines(account.path)]
    return Amount(which(levels, default=0), account.unit)


def _done(name: str, of: str, products: Sequence[Product]) -> Callable[[Run], Figure]:
    if of not in {title for product in (*products, PLAIN) for title in product.commands}:
        raise BadMeasure(name, "no command has this name")
    return lambda run: run.done[of]


def _refused(name: str, of: str, products: Sequence[Product]) -> Callable[[Run], Figure]:
    if tuple(products) and of not in error_codes():  # the codes of products that are loaded
        raise BadMeasure(name, "no error has this code")
    return lambda run: sum(count for (_, code), count in run.refused.items() if code == of)


def _column(name: str, products: Sequence[Product]) -> Callable[[Run], Figure]:
    product, report, column = name.split(".")
    try:
        empty = Bank.create(MemoryStore(), opened_on=date(2000, 1, 1), products=products)
        columns = empty.report(product, report).columns
    except BankcoreError as error:
        raise BadMeasure(name, str(error)) from None
    if column not in columns:
        raise BadMeasure(name, f"the report has the columns {', '.join(columns)}")

    def measured(run: Run) -> Figure:
        cells = [cell for (cell,) in _cells(run.bank.report(product, report), column) if cell is not None]
        if not all(type(cell) in (int, Amount) for cell in cells):
            raise BadMeasure(name, "the column has neither amounts nor whole numbers")
        amounts = any(isinstance(cell, Amount) for cell in cells)
        return _sum(cells[0] - cells[0] if amounts else 0, cells)

    return measured


def _sum(zero: Figure, figures: Sequence[Any]) -> Figure:
    """The sum of figures of one unit; raises UnitMismatch."""
    if figures and isinstance(figures[0], Amount):
        zero = Amount(0, figures[0].unit)
    return sum(figures, start=zero)


_OF: Final[Mapping[str, Callable[[str, str, Sequence[Product]], Callable[[Run], Figure]]]] = {
    "balance": _balance,
    "lowest": partial(_level, min),
    "highest": partial(_level, max),
    "done": _done,
    "refused": _refused,
}
