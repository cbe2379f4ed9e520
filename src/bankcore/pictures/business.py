"""The sections of products: reserves, what matures, points, loans overdue, the funnel, queues.

Each is made of the reports that its docstring names, and is left out where these have no rows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Any, Final

from bankcore.amounts import Amount
from bankcore.bank import Bank
from bankcore.calendars.dates import parse_date
from bankcore.pictures.bars import bars, funnel, sides
from bankcore.pictures.lines import course, level
from bankcore.pictures.sections import MOST_ROWS, Chart, Section, Shown, main_unit, money, total
from bankcore.pictures.words import Words
from bankcore.tables import Table
from bankcore.units import Unit

__all__ = ["business_sections"]

_PROGRAMME: Final = "programme"
_RUNGS: Final = (  # the last day of each rung of the ladder, counted from the business date
    (30, "to 30 days"), (90, "31 to 90 days"), (180, "91 to 180 days"), (365, "181 days to 1 year"),
    (730, "1 to 2 years"), (1826, "2 to 5 years"), (None, "over 5 years"),
)  # fmt: skip
_AGES: Final = ("not overdue", "1-30 days", "31-60 days", "61-90 days", "over 90 days")


def business_sections(bank: Bank, words: Words) -> Iterator[Section]:
    """The sections that the book has, in their order on a page."""
    for make in (_reserve, _ladder, _points, _overdue, _funnel, _queues):
        if (section := make(bank, words)) is not None:
            yield section


def _report(bank: Bank, product: str, name: str) -> Table:
    """A report; an empty one where the bank does not sell the product, or cannot as it is installed."""
    if product not in bank.products.names or product in bank.unfit():
        return Table(name, (), ())
    return bank.report(product, name)


def _cells(table: Table, *columns: str) -> Iterator[tuple[Any, ...]]:
    if not table.rows:
        return
    places = [table.columns.index(column) for column in columns]
    for row in table.rows:
        yield tuple(row[place] for place in places)


def _name(words: Words, amount: Amount) -> str:
    return money(amount, words.plain(amount.unit.code))


# --- reserves ------------------------------------------------------------------------------------------


def _reserve(bank: Bank, words: Words) -> Section | None:
    """`wallet levels`, and `wallet reserve` for what stands there now."""
    now, closes = _report(bank, "wallet", "reserve"), _report(bank, "wallet", "levels")
    if not now.rows:
        return None
    charts, tables, said = [], [], []
    for programme, rows in groupby(_cells(closes, _PROGRAMME, "date", "reserve", "threshold", "service fund"),
                                   key=lambda row: row[0]):  # fmt: skip
        days = [row[1:] for row in rows]
        short = sum(row[1].quantity < row[2].quantity for row in days)
        lowest = min(days, key=lambda row: row[1].quantity)
        text = words.say("reserve", programme=words.name(programme), days=len(days), short=short,
                         lowest=_name(words, lowest[1]), on=lowest[0])  # fmt: skip
        drawn = Table("level", ("day", "level", "limit"), tuple(row[:3] for row in days))
        legend = (
            ("asset", words("reserve")),
            ("limit", words("threshold")),
            ("loss", words("below the threshold")),
        )
        title = words.say("reserve-of", programme=words.name(programme))
        charts.append(Chart(title, text, level, drawn, legend if short else legend[:2]))
        some = _chosen(days, lowest)
        note = words.say("some-days", shown=len(some), count=len(days)) if len(some) < len(days) else ""
        columns = ("date", "reserve", "threshold", "service fund")
        tables.append(Shown(Table("levels", columns, tuple(some)), note=note, title=title))
        said.append(text)
    return Section(words("reserve and threshold"), " ".join(said) or words.say("reserve-now"), tuple(charts),
                   (Shown(now), *tables))  # fmt: skip


def _chosen(days: Sequence[tuple[Any, ...]], lowest: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    """Some closes: evenly spread, the last one, and the lowest."""
    step = -(-len(days) // (MOST_ROWS // 2))
    kept = {row[0] for row in [*days[::step], days[-1], lowest]}
    return [row for row in days if row[0] in kept]


# --- what falls due --------------------------------------------------------------------------------------


def _ladder(bank: Bank, words: Words) -> Section | None:
    """Principal by due day: `certificate certificates`, `time-deposit deposits`, `loan schedules`."""
    due: list[tuple[str, date, Amount]] = []
    for amount, day in _cells(_report(bank, "certificate", "certificates"), "share", "matures"):
        due.append(("certificates", day, amount))
    for amount, day in _cells(_report(bank, "time-deposit", "deposits"), "left", "matures"):
        due.append(("time deposits", day, amount))
    for amount, day in _cells(_report(bank, "loan", "schedules"), "principal", "due"):
        due.append(("loans", day, amount))
    due = [it for it in due if it[2].quantity]
    unit = main_unit(bank.ledger.book.base_unit, (it[2] for it in due))
    if unit is None:
        return None
    today, sums = bank.today, Counter[tuple[int, str, Unit]]()
    for what, day, amount in due:
        sums[_rung(today, day), what, amount.unit] += amount.quantity
    kinds = [it for it in ("loans", "time deposits", "certificates") if any(key[1] == it for key in sums)]
    units = [unit, *sorted({key[2] for key in sums} - {unit})]
    rows = tuple(
        (label, *(Amount(sums[rung, kind, its], its) for kind in kinds), its)
        for its in units
        for rung, (_, label) in enumerate(_RUNGS)
        if its == unit or any(sums[rung, kind, its] for kind in kinds)
    )
    tones = {"loans": "asset", "time deposits": "liability", "certificates": "equity"}
    drawn = tuple(
        (words(label), "in" if kind == "loans" else "out", Amount(sums[rung, kind, unit], unit), tones[kind])
        for rung, (_, label) in enumerate(_RUNGS)
        for kind in kinds
    )
    sides_ = {side: total((row[2] for row in drawn if row[1] == side), unit) for side in ("in", "out")}
    text = words.say("ladder", on=today, **{side: _name(words, it) for side, it in sides_.items()})
    legend = tuple((tones[kind], words.say(f"ladder-{kind}".replace(" ", "-"))) for kind in kinds)
    chart = Chart(
        words("maturity ladder"), text, sides, Table("due", ("name", "side", "value", "tone"), drawn), legend
    )
    table = Table("maturity ladder", ("due in", *kinds, "unit"), rows)
    return Section(words("maturity ladder"), text, (chart,), (Shown(table, terms=frozenset({"due in"})),))


def _rung(today: date, day: date) -> int:
    days = (day - today).days
    return next(rung for rung, (last, _) in enumerate(_RUNGS) if last is None or days <= last)


# --- points ----------------------------------------------------------------------------------------------


def _points(bank: Bank, words: Words) -> Section | None:
    """`points providers` for issued, clawed back and live points; `points cards` for redeemed and expired."""
    sums: dict[str, Counter[str]] = {}
    for programme, issued, back, live in _cells(
        _report(bank, "points", "providers"), _PROGRAMME, "issued", "clawed back", "live"
    ):
        sums.setdefault(programme, Counter()).update({"issued": issued, "clawed back": back, "live": live})
    for programme, redeemed, expired in _cells(
        _report(bank, "points", "cards"), _PROGRAMME, "redeemed", "expired"
    ):
        sums.setdefault(programme, Counter()).update({"redeemed": redeemed, "expired": expired})
    sums = {programme: its for programme, its in sums.items() if its["issued"]}
    if not sums:
        return None
    kinds = ("issued", "redeemed", "expired", "clawed back", "live")
    tones = ("asset", "liability", "expense", "quiet", "profit")
    drawn = tuple(
        (words.name(programme), words(kind), its[kind], tone)
        for programme, its in sums.items()
        for kind, tone in zip(kinds, tones, strict=True)
    )
    whole = sum(sums.values(), start=Counter[str]())
    text = words.say("points", **{kind.replace(" ", "_"): f"{whole[kind]:,}" for kind in kinds})
    chart = Chart(words("points"), text, bars, Table("points", ("group", "name", "value", "tone"), drawn))
    rows = tuple((programme, *(its[kind] for kind in kinds)) for programme, its in sums.items())
    table = Table("points", (_PROGRAMME, *kinds), rows)
    return Section(words("points"), text, (chart,), (Shown(table),))


# --- loans overdue ---------------------------------------------------------------------------------------


def _overdue(bank: Bank, words: Words) -> Section | None:
    """`loan overdue`."""
    table = _report(bank, "loan", "overdue")
    if not table.rows:
        return None
    drawn = tuple(
        (words.name(programme), words(age), amount, f"age-{place}")
        for programme, *amounts in _cells(table, _PROGRAMME, *_AGES)
        for place, (age, amount) in enumerate(zip(_AGES, amounts, strict=True))
    )
    principals = [it for (it,) in _cells(table, "principal")]
    unit = main_unit(bank.ledger.book.base_unit, principals) or bank.ledger.book.base_unit
    late = total((row[2] for row in drawn if row[3] != "age-0"), unit)
    whole = total(principals, unit)
    share = 10_000 * late.quantity // whole.quantity if whole.quantity else 0
    text = words.say("overdue", principal=_name(words, whole), late=_name(words, late),
                     share=f"{share // 100}.{share % 100:02}%")  # fmt: skip
    rows = tuple(row for row in drawn if row[2].unit == unit)
    chart = Chart(words("loans overdue"), text, bars, Table("ages", ("group", "name", "value", "tone"), rows))
    return Section(words("loans overdue"), text, (chart,), (Shown(table),))


# --- branches --------------------------------------------------------------------------------------------


def _funnel(bank: Bank, words: Words) -> Section | None:
    """`branch funnel`."""
    table = _report(bank, "branch", "funnel")
    if not table.rows:
        return None
    steps = table.columns[3:]
    sums = Counter(dict.fromkeys(steps, 0))
    for counts in _cells(table, *steps):
        sums.update(dict(zip(steps, counts, strict=True)))
    text = words.say("funnel", first=f"{sums[steps[0]]:,}", last=f"{sums[steps[-1]]:,}")
    drawn = tuple((words(step), sums[step]) for step in steps)
    chart = Chart(words("funnel"), text, funnel, Table("funnel", ("name", "count"), drawn))
    return Section(words("funnel"), text, (chart,), (Shown(table),))


def _queues(bank: Bank, words: Words) -> Section | None:
    """`branch queues`."""
    table = _report(bank, "branch", "queues")
    if not table.rows:
        return None
    charts, tickets = [], 0
    columns = (_PROGRAMME, "branch", "date", "tickets", "mean wait", "mean service")
    rows = sorted(_cells(table, *columns), key=lambda row: row[:3])
    for (programme, branch), its in groupby(rows, key=lambda row: row[:2]):
        drawn: list[tuple[Any, ...]] = []
        for _, _, day, count, wait, service in its:
            tickets += count
            for name, minutes, tone in (("mean wait", wait, "loss"), ("mean service", service, "asset")):
                if minutes:
                    drawn.append((parse_date(str(day)), name, int(Decimal(minutes) * 100), tone))
        if not drawn:
            continue
        title = words.say("queues-of", programme=words.name(programme), branch=words.name(branch))
        legend = (("loss", words("mean wait")), ("asset", words("mean service")))
        about = words.say("queues-about", branch=words.name(branch))
        course_table = Table("course", ("day", "name", "value", "tone"), tuple(drawn))
        charts.append(Chart(title, about, course, course_table, legend))
    text = words.say("queues", tickets=f"{tickets:,}", days=len({row[2] for row in rows}))
    shown = table.rows[-MOST_ROWS:]
    note = (
        words.say("last-rows", shown=len(shown), count=len(table.rows))
        if len(shown) < len(table.rows)
        else ""
    )
    return Section(
        words("queue times"),
        text,
        tuple(charts[:6]),
        (Shown(Table(table.title, table.columns, shown), note=note),),
    )
