"""The sections of many runs: how what was measured is distributed, and what a search tried."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any, Final

from bankcore.pictures.bars import bars
from bankcore.pictures.lines import ranges
from bankcore.pictures.sections import Chart, Section, Shown
from bankcore.pictures.words import Words
from bankcore.simulation.grids import Point, WhatIf, quantile
from bankcore.simulation.search import Answer
from bankcore.simulation.settings import shown
from bankcore.tables import Table

__all__ = ["search_section", "what_if_sections"]

_SHARES: Final = tuple(Fraction(percent, 100) for percent in (5, 25, 50, 75, 95))


def what_if_sections(found: WhatIf, words: Words) -> Iterator[Section]:
    """One section for each measure: its range at every point, and the quantiles of the grid."""
    whole = found.table()
    place = whole.columns.index("measure")
    for measure in found.points[0].measures:
        title = words.measure(measure)
        drawn = tuple((_title(point, words), *_range(point.figures(measure)))
                      for point in found.points if point.figures(measure))  # fmt: skip
        rows = tuple(row[:place] + row[place + 1 :] for row in whole.rows if row[place] == measure)
        if not drawn:
            continue
        text = words.say("what-if", measure=title, runs=len(found.points[0].runs), points=len(found.points))
        legend = (("asset", words.say("half-of-runs")), ("second", words.say("most-runs")),
                  ("quiet", words.say("all-runs")))  # fmt: skip
        table = Table("ranges", ("name", "lowest", "5%", "25%", "50%", "75%", "95%", "highest"), drawn)
        varies = len({it for row in drawn for it in row[1:]}) > 1
        charts = (Chart(title, text, ranges, table, legend),) if varies else ()
        columns = _short(tuple(it for it in whole.columns if it != "measure"))
        yield Section(title, text, charts, (Shown(Table("quantiles", columns, rows)),))


def _title(point: Point, words: Words) -> str:
    """The values of a point, each by the last part of its path."""
    named = (f"{path.rpartition('.')[2]} = {shown(value)}" for path, value in point.settings.items())
    return words.name(", ".join(named)) or words("as written")


def _short(columns: tuple[str, ...]) -> tuple[str, ...]:
    """Columns with paths of settings by their last parts, where these are different."""
    last = tuple(it.rpartition(".")[2] for it in columns)
    return last if len({*last}) == len(last) else columns


def _range(ascending: Sequence[Any]) -> tuple[Any, ...]:
    return ascending[0], *(quantile(ascending, share) for share in _SHARES), ascending[-1]


def search_section(answer: Answer, words: Words) -> Section:
    """In how many runs the condition held at each value that was tried."""
    value = words.say("none-found") if answer.value is None else shown(answer.value)
    text = words.say("search", path=words.name(answer.path), condition=words.name(str(answer.condition)),
                     share=str(answer.share), value=value)  # fmt: skip
    drawn = tuple(
        (words("held"), shown(it.value), it.held, "asset" if it.enough else "quiet") for it in answer.tried
    )
    legend = (("asset", words.say("enough")), ("quiet", words.say("not-enough")))
    chart = Chart(
        words("search"), text, bars, Table("tried", ("group", "name", "value", "tone"), drawn), legend
    )
    return Section(words("search"), text, (chart,), (Shown(answer.table()),))
