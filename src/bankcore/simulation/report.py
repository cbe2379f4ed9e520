"""The end report of a simulation, made from the book alone and from the counts of the run.

Accounts are shown in groups: the patterns given in the scenario, and for all others the path with
`*` for every segment that is the id of a member of a population.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from itertools import groupby
from typing import Any

from attrs import define, field

from bankcore.amounts import Amount
from bankcore.ledger.accounts import Account, AccountType
from bankcore.ledger.books import Books
from bankcore.ledger.evidence.audit import Verification
from bankcore.ledger.ports import Reader
from bankcore.ledger.reading.financials import balance_sheet, income_statement
from bankcore.ledger.reading.statements import trial_balance
from bankcore.ledger.transactions import Entry, Posting
from bankcore.product.notices import NOTICE
from bankcore.simulation.population import Population
from bankcore.simulation.scenario import Scenario
from bankcore.simulation.steps import in_group
from bankcore.tables import Table
from bankcore.units import Unit

__all__ = ["Flow", "checks", "facts", "flows", "groups_of", "matching", "tables", "told"]

_POINTS = 12  # of a level over time, in addition to the last day

Flow = tuple[str, str, int]  # debited account, credited account, quantity


def facts(
    scenario: Scenario, seed: int, counts: Mapping[str, Any], verification: Verification
) -> Mapping[str, Any]:
    """The single lines of the report."""
    people = (f"{it.size} {it.name} {_ids(it)}" for it in scenario.populations)
    return {
        "scenario": scenario.title,
        "seed": seed,
        "days": f"{len(scenario.days)}, {scenario.start} to {scenario.end}, all closed",
        "populations": ", ".join(people),
        **counts,
        "book digest": verification.digest.hex(),
    }


def _ids(population: Population) -> str:
    first, *others = population.ids
    return f"{first} to {others[-1]}" if others else first


def checks(verification: Verification, invariants: int) -> Table:
    """The checks of the book that held, from a verification without findings."""
    v = verification
    rows = (
        ("products' invariants", invariants, "hold after every day"),
        ("transactions", v.transactions, "balance in every unit; each digest continues the one before"),
        ("postings", v.postings, "numbered without a gap; each balance follows from the one before"),
        ("records", v.records, "every version follows the one before"),
        ("accounts", v.accounts, "stand where their postings put them, always within their limits"),
        ("seals", v.seals, "say what the journal says; each follows the one before"),
    )
    return Table("verified", ("what", "count", "holds"), rows)


def tables(
    scenario: Scenario, done: Mapping[str, int], refused: Mapping[tuple[str, str], int], reader: Reader
) -> tuple[Table, ...]:
    """The report's tables: balances, flows, levels over time, commands."""
    groups = _Groups(scenario)
    tally = _Tally(groups, {path: _Level() for path in scenario.watch})
    accounts = {str(state.account.path): state.account for state in reader.accounts()}
    for entry in reader.entries():
        tally.add(entry, accounts)
    return (
        _balances(groups, ((state.account, state.net) for state in reader.accounts())),
        *_financials(reader),
        _flows(groups, tally.flows),
        *_levels(scenario, tally.levels, accounts),
        _commands(done, refused),
    )


def matching(books: Books, pattern: str) -> Iterator[int]:
    """The balances, on their normal sides, of all accounts whose path matches a pattern."""
    root = pattern.partition("*")[0].removesuffix(":")
    return (balance for path, balance in books.balances(root) if in_group(path, pattern))


def told(books: Books, pattern: str) -> int:
    """How many notices there are whose party and topic match a pattern, such as `li:overdue`."""
    root = pattern.partition("*")[0].removesuffix(":")
    records = books.records(NOTICE, root)
    return sum(it.version for it in records if in_group(":".join(it.id.split(":", 2)[:2]), pattern))


def flows(postings: Iterable[Posting]) -> Iterator[Flow]:
    """Pair the debits of one layer with its credits, both in their given order.

    Every debit and every credit is used up exactly, so the pairs sum to both columns.
    """
    legs = list(postings)
    credits = [p for p in legs if p.quantity < 0]
    rests = [-p.quantity for p in credits]
    place = 0
    for debit in legs:
        left = debit.quantity
        while left > 0:
            moved = min(left, rests[place])
            yield debit.account, credits[place].account, moved
            left -= moved
            rests[place] -= moved
            place += not rests[place]


def groups_of(scenario: Scenario) -> Callable[[str], str]:
    """The group of an account's path in the report of a scenario."""
    return _Groups(scenario).of


class _Groups:
    """The group of each account, and the order in which groups are shown."""

    def __init__(self, scenario: Scenario) -> None:
        self._named = scenario.groups
        self._ids = {id for population in scenario.populations for id in population.ids}
        self._known: dict[str, str] = {}
        self._places = {name: place for place, (name, _) in enumerate(scenario.groups)}

    def of(self, path: str) -> str:
        """The name of an account's group."""
        if path not in self._known:
            named = (name for name, pattern in self._named if in_group(path, pattern))
            own = ":".join("*" if part in self._ids else part for part in path.split(":"))
            self._known[path] = next(named, own)
        return self._known[path]

    def place(self, name: str) -> tuple[int, str]:
        """The sort key of a group: the named ones first, in the order of the scenario."""
        return self._places.get(name, len(self._places)), name


@define
class _Level:
    """One account over time, a debit positive: closing balances by day, extremes, and their days."""

    now: int = 0
    closing: dict[date, int] = field(factory=dict)
    extremes: list[tuple[int, date]] = field(factory=list)

    def move(self, quantity: int, day: date) -> None:
        self.now += quantity
        self.closing[day] = self.now

    def settle(self, day: date) -> None:
        """Update the extremes with the level after a whole transaction."""
        found = sorted([*self.extremes, (self.now, day)], key=lambda it: it[0])
        self.extremes = [found[0], found[-1]]


@define
class _Tally:
    """The figures collected in one pass over the journal."""

    groups: _Groups
    levels: dict[str, _Level]
    flows: dict[tuple[str, str, Unit], list[int]] = field(factory=dict)

    def add(self, entry: Entry, accounts: Mapping[str, Account]) -> None:
        t = entry.transaction
        if not t.postings or t.pending:  # a hold moves nothing
            return
        moved = []
        for p in t.postings:
            if p.account in self.levels:
                self.levels[p.account].move(p.quantity, t.effective_on)
                moved.append(p.account)
        for path in moved:
            self.levels[path].settle(t.effective_on)
        legs = sorted(t.postings, key=lambda p: _layer(p, accounts))
        for (unit, _), layer in groupby(legs, key=lambda p: _layer(p, accounts)):
            for debit, credit, quantity in flows(layer):
                cell = self.flows.setdefault((self.groups.of(debit), self.groups.of(credit), unit), [0, 0])
                cell[0] += 1
                cell[1] += quantity


def _layer(p: Posting, accounts: Mapping[str, Account]) -> tuple[Unit, bool]:
    return p.unit, accounts[p.account].type is AccountType.MEMORANDUM


# --- tables ------------------------------------------------------------------------------------


def _commands(done: Mapping[str, int], refused: Mapping[tuple[str, str], int]) -> Table:
    rows = []
    for command in sorted({*done, *(command for command, _ in refused)}):
        codes = {code: count for (name, code), count in sorted(refused.items()) if name == command}
        why = ", ".join(f"{code} {count}" for code, count in codes.items())
        rows.append((command, done.get(command, 0), sum(codes.values()), why))
    return Table("commands", ("command", "done", "refused", "refused with"), tuple(rows))


def _balances(groups: _Groups, balances: Iterable[tuple[Account, int]]) -> Table:
    sums: Counter[tuple[str, str, Unit]] = Counter()
    counts: Counter[tuple[str, str, Unit]] = Counter()
    for account, balance in balances:
        key = groups.of(account.path), account.normal_side.value, account.unit
        sums[key] += balance
        counts[key] += 1
    rows = (
        (name, side, counts[name, side, unit], Amount(sums[name, side, unit], unit), unit)
        for name, side, unit in sorted(sums, key=lambda key: (groups.place(key[0]), key))
    )
    return Table("balances", ("accounts", "side", "count", "balance", "unit"), tuple(rows))


def _financials(reader: Reader) -> Iterator[Table]:
    """The bank's balance sheet and income statement, and the proof that every unit balances."""
    columns = ("type", "accounts", "amount", "unit")
    yield Table("balance sheet", columns, balance_sheet(reader).rows)
    yield Table("income statement", columns, income_statement(reader).rows)
    totals = (
        (
            "memorandum" if it.memorandum else "on balance",
            Amount(it.debits, it.unit),
            Amount(it.credits, it.unit),
            it.unit,
        )
        for it in trial_balance(reader).totals
    )
    yield Table("every unit balances", ("layer", "debit", "credit", "unit"), tuple(totals))


def _flows(groups: _Groups, flows: Mapping[tuple[str, str, Unit], list[int]]) -> Table:
    """The flow matrix, one row for each cell that is not empty."""
    cells = sorted(
        flows.items(), key=lambda cell: (groups.place(cell[0][0]), groups.place(cell[0][1]), cell[0])
    )
    rows = (
        (debit, credit, times, Amount(quantity, unit), unit)
        for (debit, credit, unit), (times, quantity) in cells
    )
    return Table("flows", ("debited", "credited", "times", "amount", "unit"), tuple(rows))


def _levels(
    scenario: Scenario, levels: Mapping[str, _Level], accounts: Mapping[str, Account]
) -> Iterator[Table]:
    """The level of each watched account at the close of some days, and its extremes."""
    days = scenario.days
    shown = {*days[:: -(-len(days) // _POINTS)], days[-1]}
    for path, level in levels.items():
        if path not in accounts:
            yield Table(
                f"level of {path}", ("at", "day", "level", "unit"), (("never opened", None, None, None),)
            )
            continue
        sign, unit = accounts[path].normal_side.sign, accounts[path].unit
        rows: list[tuple[Any, ...]] = []
        balance = 0
        for day in days:
            balance = level.closing.get(day, balance)
            if day in shown:
                rows.append(("close", day, Amount(balance * sign, unit), unit))
        extremes = [(quantity * sign, day) for quantity, day in level.extremes]
        for word, (quantity, day) in zip(
            ("lowest", "highest"), sorted(extremes, key=lambda it: it[0]), strict=False
        ):
            rows.append((word, day, Amount(quantity, unit), unit))
        yield Table(f"level of {path}", ("at", "day", "level", "unit"), tuple(rows))
