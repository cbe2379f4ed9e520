"""Reports: balances, targets, the sheet of agreed deposits, costs of ending, recommendations, statements."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from bankcore.amounts import Amount
from bankcore.ledger.books import Books
from bankcore.product.records import every
from bankcore.products.deposit_modes.agreed import covered
from bankcore.products.deposit_modes.endings import ending
from bankcore.products.deposit_modes.registry import (
    AGREEMENT,
    MODE,
    OFFER,
    RECOMMENDATION,
    Mode,
    modes_of,
)
from bankcore.products.deposit_modes.suggestions import recommended
from bankcore.products.deposit_modes.terms import Fill
from bankcore.products.enterprise.enterprises import Enterprise
from bankcore.products.enterprise.programmes import PROGRAMMES
from bankcore.tables import Table

__all__ = ["REPORTS"]


def balances(books: Books) -> Table:
    """What each enterprise has in each mode."""
    rows = []
    for mode in _modes(books):
        state = mode.data["ended_on"] or "open"
        rows.append((*mode.id, _money(mode, mode.balance), mode.data["opened_on"], state))
    return Table("Balances", ("programme", "enterprise", "mode", "balance", "opened", "ended"), tuple(rows))


def totals(books: Books) -> Table:
    """What is in each mode, and how many have it open."""
    sums: Counter[tuple[str, str]] = Counter()
    opened: Counter[tuple[str, str]] = Counter()
    for mode in _modes(books):
        sums[mode.programme, mode.code] += mode.balance
        opened[mode.programme, mode.code] += mode.is_open
    rows = []
    for offer in every(books, OFFER):
        programme, code = offer.id.split(":")
        unit = PROGRAMMES.today(books, programme).unit
        key = (programme, code)
        rows.append((programme, code, opened[key], Amount(sums[key], unit)))
    return Table("Modes", ("programme", "mode", "open", "balance"), tuple(rows))


def targets(books: Books) -> Table:
    """How far set-aside money is from its target."""
    rows = []
    for mode in _modes(books):
        if mode.terms.fill is Fill.RECEIPTS:
            aside, target = int(mode.data["set_aside"]), mode.choices.target
            money = (_money(mode, aside), _money(mode, target), _money(mode, max(target - aside, 0)))
            rows.append((*mode.id, str(mode.choices.share), *money, mode.release_on))
    columns = ("programme", "enterprise", "mode", "share", "set aside", "target", "missing", "release")
    return Table("Targets", columns, tuple(rows))


def quarter_sheet(books: Books) -> Table:
    """The days of each agreed deposit with the balance in each tier; the last line reaches to yesterday."""
    rows = []
    for agreement in every(books, AGREEMENT):
        for data, since, until in covered(books, agreement.id):
            if (days := (until - since).days) > 0:
                unit = PROGRAMMES.today(books, data["programme"]).unit
                tier = min(data["balance"], data["quota"])
                money = (Amount(tier, unit), Amount(data["balance"] - tier, unit))
                rates = (data["demand_rate"], data["excess_rate"])
                rows.append((agreement.id, data["quarter"], data["since"], days, *money, *rates))
    columns = ("enterprise", "quarter", "from", "days", "up to quota", "over quota", "rate", "excess rate")
    return Table("Agreed deposits", columns, tuple(rows))


def endings(books: Books) -> Table:
    """What ending each open mode today would pay, and cost."""
    rows = []
    for mode in _modes(books):
        if mode.is_open:
            end = ending(books, mode)
            parts = (end.principal, end.interest, end.clawed_back, end.cost)
            rows.append((*mode.id, *(_money(mode, part) for part in parts)))
    columns = ("programme", "enterprise", "mode", "principal", "interest", "clawed back", "cost")
    return Table("Early ends", columns, tuple(rows))


def explained(books: Books) -> Table:
    """Today's recommendation for each enterprise, each score with its shares in words and figures."""
    rows: list[tuple[Any, ...]] = []
    for programme in PROGRAMMES.ids(books):
        for record in Enterprise.every(books, programme):
            enterprise = record.id.partition(":")[2]
            found = recommended(books, programme, enterprise)
            ranks = {score.mode: rank for rank, score in enumerate(found.offered, start=1)}
            for score in found.all:
                rank = ranks.get(score.mode, "")
                why = found.because or score.words()
                rows.append((programme, enterprise, score.mode, rank, str(score.score), why))
    columns = ("programme", "enterprise", "mode", "rank", "score", "why")
    return Table("Recommendations", columns, tuple(rows))


def hit_rate(books: Books) -> Table:
    """How many of the modes last recommended to enterprises they opened since."""
    offered: Counter[tuple[str, str]] = Counter()
    hits: Counter[tuple[str, str]] = Counter()
    for record in every(books, RECOMMENDATION):
        programme = record.id.partition(":")[0]
        for code in record.data["offered"]:
            mode = books.record(MODE, f"{record.id}:{code}")
            offered[programme, code] += 1
            hits[programme, code] += mode is not None and mode.data["opened_on"] >= record.data["on"]
    rows = ((*key, count, hits[key], f"{hits[key]}/{count}") for key, count in sorted(offered.items()))
    return Table("Hit rate", ("programme", "mode", "recommended", "opened", "rate"), tuple(rows))


def statements(books: Books) -> Table:
    """Every event of every mode with what it moved and the balance after it."""
    rows = []
    for mode in _modes(books):
        for record in books.versions(MODE, ":".join(mode.id)):
            data = record.data
            money = (_money(mode, data["moved"]), _money(mode, data["balance"]))
            rows.append((*mode.id, data["on"], data["event"], *money))
    columns = ("programme", "enterprise", "mode", "date", "event", "moved", "balance")
    return Table("Statements of modes", columns, tuple(rows))


def _modes(books: Books) -> Iterator[Mode]:
    return (mode for programme in PROGRAMMES.ids(books) for mode in modes_of(books, programme))


def _money(mode: Mode, quantity: int) -> Amount:
    return Amount(quantity, mode.terms.unit)


REPORTS: Mapping[str, Callable[[Books], Table]] = {
    "balances": balances,
    "modes": totals,
    "targets": targets,
    "agreed": quarter_sheet,
    "endings": endings,
    "recommendations": explained,
    "hit-rate": hit_rate,
    "statements": statements,
}
