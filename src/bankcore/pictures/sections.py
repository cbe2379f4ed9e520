"""Sections of a page: tables as the reports have them, and charts drawn from tables; no layout yet."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from attrs import field, frozen

from bankcore.amounts import Amount
from bankcore.pictures.frames import Frame, Spec
from bankcore.pictures.scales import figure
from bankcore.tables import Table
from bankcore.units import Unit

__all__ = ["MOST_ROWS", "Chart", "Section", "Shown", "gathered", "main_unit", "money", "total"]

MOST_ROWS: Final = 40  # of a table on a page


@frozen
class Chart:
    """A picture: a function from its table to a spec, the table, and what is said about it.

    `title` and `about` are for people, in the language of the page; `legend` are tones with their names.
    """

    title: str
    about: str
    make: Callable[[Table, Frame], Spec]
    table: Table
    legend: tuple[tuple[str, str], ...] = ()


@frozen
class Shown:
    """A table on a page.

    Cells of the columns `paths` are account paths, those of `terms` words of ours, those of `commands`
    commands of products.
    """

    table: Table
    paths: frozenset[str] = frozenset()
    terms: frozenset[str] = frozenset()
    note: str = ""
    title: str = ""  # for people, where it is not the table's
    commands: frozenset[str] = frozenset()


@frozen
class Section:
    """A part of a page: its title and a sentence for people, charts, tables."""

    title: str
    text: str
    charts: tuple[Chart, ...] = ()
    tables: tuple[Shown, ...] = ()
    figures: tuple[tuple[str, str], ...] = field(
        default=()
    )  # of the head of the page: a term, and what it is


def main_unit(base: Unit, amounts: Iterable[Amount]) -> Unit | None:
    """The unit of a chart: the base unit where an amount is in it, else the first one; None without any."""
    units = [it.unit for it in amounts]
    return base if base in units else units[0] if units else None


def total(amounts: Iterable[Amount], unit: Unit) -> Amount:
    """The sum of the amounts that are in a unit; of flows it may have more than 64 bits.

    >>> yuan, points = Unit("CNY/2"), Unit("PT/0")
    >>> str(total([Amount(5, yuan), Amount(7, points), Amount(10, yuan)], yuan))
    '0.15 CNY'
    """
    return Amount(sum(it.quantity for it in amounts if it.unit == unit), unit)


def money(amount: Amount, unit_name: str) -> str:
    """An amount in a sentence, such as 1,234.50 yuan."""
    return f"{figure(amount)} {unit_name}"


def gathered(rows: Sequence[tuple[Any, ...]], size: int, rest: Callable[[Sequence[Any]], Any]) -> list[Any]:
    """The first rows, and what `rest` makes of those beyond `size` rows; all where they are not more."""
    return list(rows) if len(rows) <= size else [*rows[: size - 1], rest(rows[size - 1 :])]
