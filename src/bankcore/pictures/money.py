"""The sections of every book: balance sheet, income statement, flows between groups of accounts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any, Final

from bankcore.amounts import Amount
from bankcore.bank import Bank
from bankcore.ledger.accounts import AccountType
from bankcore.ledger.ports import Reader
from bankcore.ledger.reading.financials import balance_sheet, income_statement
from bankcore.pictures.bars import bars
from bankcore.pictures.sankey import sankey
from bankcore.pictures.scales import figure
from bankcore.pictures.sections import MOST_ROWS, Chart, Section, Shown, gathered, main_unit, money, total
from bankcore.pictures.words import Words, grouped
from bankcore.simulation.report import flows as pairs
from bankcore.tables import Table
from bankcore.units import Unit

__all__ = ["flow_table", "flows_section", "money_sections"]

_MOST_BARS: Final = 9  # of one type
_MOST_FLOWS: Final = 28
_ITEMS: Final = ("type", "accounts", "amount", "unit")
_PATHS: Final = frozenset({"accounts", "debited", "credited"})
_TERMS: Final = frozenset({"type"})


def money_sections(bank: Bank, words: Words) -> Iterator[Section]:
    """Balance sheet and income statement, as the reports of these names have them; none of an empty book."""
    reader, base = bank.ledger.reader, bank.ledger.book.base_unit
    sheet, income = balance_sheet(reader), income_statement(reader)
    if sheet.rows:
        yield _balance_sheet(sheet.rows, base, words)
    if income.items:
        yield _income_statement(income.rows, base, words)


def _balance_sheet(rows: Sequence[tuple[Any, ...]], base: Unit, words: Words) -> Section:
    unit = main_unit(base, (row[2] for row in rows)) or base
    sums = {type: total((row[2] for row in rows if row[0] == type), unit) for type in
            ("asset", "liability", "equity", "profit")}  # fmt: skip
    told = {type: money(amount, words.plain(unit.code)) for type, amount in sums.items()}
    own = money(total((sums["equity"], sums["profit"]), unit), words.plain(unit.code))
    text = words.say("balance-sheet", assets=told["asset"], liabilities=told["liability"], own=own)
    chart = Chart(words("balance sheet"), text, bars, _bars(rows, unit, words))
    names = {"assets": "asset", "liabilities": "liability", "profit so far": "profit"}
    figures = tuple((name, told[type]) for name, type in names.items())
    table = Table("balance sheet", _ITEMS, tuple(rows))
    return Section(words("balance sheet"), text, (chart,), (Shown(table, _PATHS, _TERMS),), figures)


def _income_statement(rows: Sequence[tuple[Any, ...]], base: Unit, words: Words) -> Section:
    unit = main_unit(base, (row[2] for row in rows)) or base
    told = {type: money(total((row[2] for row in rows if row[0] == type), unit), words.plain(unit.code))
            for type in ("income", "expense", "profit")}  # fmt: skip
    text = words.say("income-statement", **told)
    chart = Chart(words("income statement"), text, bars, _bars(rows, unit, words))
    table = Table("income statement", _ITEMS, tuple(rows))
    return Section(words("income statement"), text, (chart,), (Shown(table, _PATHS, _TERMS),))


def _bars(rows: Sequence[tuple[Any, ...]], unit: Unit, words: Words) -> Table:
    """The rows of a statement in one unit: the largest of each type, and the sum of its others."""
    made: list[tuple[Any, ...]] = []
    for type, its in groupby((row for row in rows if row[3] == unit), key=lambda row: row[0]):
        largest = sorted(its, key=lambda row: (-abs(row[2].quantity), row[1]))

        def rest(others: Sequence[Any], type: str = type) -> tuple[Any, ...]:
            return type, "", total((row[2] for row in others), unit), unit

        for _, root, amount, _ in gathered(largest, _MOST_BARS, rest):
            name = words.path(root) if root else words("profit" if type == "profit" else "others")
            tone = type if type != "profit" else "profit" if amount.quantity >= 0 else "loss"
            made.append((words(type) if type != "profit" else words("result"), name, amount, tone))
    return Table("bars", ("group", "name", "value", "tone"), tuple(made))


# --- flows ---------------------------------------------------------------------------------------------


def flow_table(reader: Reader, group: Callable[[str], str] = grouped) -> Table:
    """What was debited to one group of accounts and credited to another, on the balance sheet.

    Each debit of a transaction is paired with its credits in their order, so that the rows of a group sum
    to all that was debited, or credited, to its accounts.  Holds move nothing; memorandum accounts are
    left out.
    """
    states = [*reader.accounts()]
    on_balance = {str(it.account.path) for it in states if it.account.type is not AccountType.MEMORANDUM}
    groups = {str(it.account.path): group(it.account.path) for it in states}
    cells: dict[tuple[str, str, Unit], list[int]] = {}
    for entry in reader.entries():
        t = entry.transaction
        if t.pending:
            continue
        legs = sorted((it for it in t.postings if it.account in on_balance), key=lambda it: it.unit)
        for unit, layer in groupby(legs, key=lambda it: it.unit):
            for debited, credited, quantity in pairs(layer):
                cell = cells.setdefault((groups[debited], groups[credited], unit), [0, 0])
                cell[0] += 1
                cell[1] += quantity
    rows = ((debited, credited, times, Amount(quantity, unit), unit)
            for (debited, credited, unit), (times, quantity) in sorted(cells.items()))  # fmt: skip
    return Table("flows", ("debited", "credited", "times", "amount", "unit"), tuple(rows))


def flows_section(flows: Table, base: Unit, words: Words) -> Section | None:
    """The section of a table of flows; None where nothing moved."""
    if not flows.rows:
        return None
    unit = main_unit(base, (row[3] for row in flows.rows)) or base
    largest = sorted(flows.rows, key=lambda row: (row[4] != unit, row[4], -row[3].quantity, row[:2]))
    moved = [row for row in largest if row[4] == unit and row[3].quantity]

    def rest_of(rows: Sequence[Any]) -> tuple[Any, ...]:
        return words("others"), words("others"), total((row[2] for row in rows), unit)

    named = [(words.path(row[0]), words.path(row[1]), row[3]) for row in moved]
    chart_rows = gathered(named, _MOST_FLOWS, rest_of)
    sum_ = money(total((row[3] for row in moved), unit), words.plain(unit.code))
    text = words.say("flows", amount=sum_, groups=len({row[0] for row in moved} | {row[1] for row in moved}))
    chart = Chart(
        words("flows"), text, sankey, Table("flows", ("debited", "credited", "amount"), tuple(chart_rows))
    )
    shown, note = largest[:MOST_ROWS], ""
    if rest := largest[MOST_ROWS:]:
        note = words.say("more-rows", count=len(rest), sums=words.listed(_sums(rest, words)))
    table = Table("flows", flows.columns, tuple(shown))
    return Section(
        words("flows"), text, (chart,) if moved else (), (Shown(table, _PATHS, frozenset(), note),)
    )


def _sums(rows: Iterable[tuple[Any, ...]], words: Words) -> Iterator[str]:
    """What some rows sum to, in each unit."""
    for unit, its in groupby(rows, key=lambda row: row[4]):
        yield f"{figure(total((row[3] for row in its), unit))} {words.plain(unit.code)}"
