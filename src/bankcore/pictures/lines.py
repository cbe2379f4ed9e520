"""Lines over days, and ranges of what many runs gave; each function makes a Vega-Lite spec of a table."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Final

from bankcore.amounts import Amount
from bankcore.pictures.bars import quantity
from bankcore.pictures.frames import INK, MUTED, TONES, Frame, Spec, marks, place, rules, spec, texts
from bankcore.pictures.scales import brief, fitted, reduced, ticks
from bankcore.tables import Table

__all__ = ["course", "level", "ranges"]

_MOST: Final = 366  # points of a line; of more days the lowest of each few are drawn
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def level(table: Table, frame: Frame) -> Spec:
    """Rows of `day`, `level` and `limit` by day: a level, and what it should not fall below."""
    rows = _thinned(table.rows)
    scale = rows[0][1].unit.scale
    grid, x, y, width, height, left = _axes(
        frame, [row[0] for row in rows], [it.quantity for row in rows for it in row[1:3]], scale,
    )  # fmt: skip
    divisor = reduced(it.quantity for row in rows for it in row[1:3])
    points = [
        {"x": day.toordinal(), "y": its.quantity // divisor, "limit": limit.quantity // divisor, "o": 0}
        for day, its, limit in rows
    ]
    points.append({**points[-1], "x": points[-1]["x"] + 1})  # the last day has its width, too
    short = [it for it in points[:-1] if it["y"] < it["limit"]]
    limits = {**y, "field": "limit"}
    area = {"x": x, "y": y, "y2": {"field": "o"}}
    layers = [
        *grid,
        marks("area", points, area, fill=TONES["asset"], fillOpacity=0.12, interpolate="step-after"),
        marks("line", points, {"x": x, "y": limits}, stroke=TONES["limit"], strokeWidth=1.8,
              strokeDash=[6, 4], interpolate="step-after"),
        marks("line", points, {"x": x, "y": y}, stroke=TONES["asset"], strokeWidth=2,
              interpolate="step-after"),
        marks("circle", short, {"x": x, "y": y}, fill=TONES["loss"], size=26, opacity=1),
    ]  # fmt: skip
    return spec(width, height, layers, left=left, right=14, top=10, bottom=28)


def course(table: Table, frame: Frame) -> Spec:
    """Rows of `day`, `name`, `value` (hundredths) and `tone`: a line with a dot a day for each name."""
    days = sorted({row[0] for row in table.rows})
    grid, x, y, width, height, left = _axes(frame, days, [row[2] for row in table.rows], 2, tall=180)
    layers = list(grid)
    for name, tone in dict.fromkeys((row[1], row[3]) for row in table.rows):
        points = [{"x": row[0].toordinal(), "y": row[2]} for row in table.rows if row[1] == name]
        looks = {"stroke": TONES[tone], "strokeWidth": 1.6}
        layers += [
            marks("line", points, {"x": x, "y": y}, **looks),
            marks("circle", points, {"x": x, "y": y}, fill=TONES[tone], size=34, opacity=1),
        ]
    return spec(width, height, layers, left=left, right=14, top=10, bottom=28)


def ranges(table: Table, frame: Frame) -> Spec:
    """Rows of `name`, and the lowest, 5%, 25%, 50%, 75%, 95% and highest figure of one measure."""
    figures = [cell for row in table.rows for cell in row[1:]]
    quantities = [quantity(it) for it in figures]
    unit_scale = figures[0].unit.scale if isinstance(figures[0], Amount) else 0
    marked = ticks(min(quantities), max(quantities), 3 if frame.narrow else 5)
    divisor = reduced(marked)
    names = [fitted(str(row[0]), 44 if frame.narrow else 34, keep_end=False) for row in table.rows]
    left = 0 if frame.narrow else frame.room(names) + 16
    pitch, below = (56, 24) if frame.narrow else (40, 0)
    width, height = frame.width - left - 24, pitch * len(names)
    x = place("a", marked[0] // divisor, marked[-1] // divisor, (0, width))
    y = place("y", 0, height, (0, height))
    layers = [
        rules([{"a": it // divisor} for it in marked], {"x": x, "y": {"value": 0}, "y2": {"value": height}}),
        texts([{"a": it // divisor, "text": brief(it, unit_scale, frame.words.language)} for it in marked],
              {"x": x, "y": {"value": height + 14}}, align="center", fill=MUTED, fontSize=11),
        texts([{"text": it, "y": at * pitch + (12 if frame.narrow else pitch // 2)}
               for at, it in enumerate(names)],
              {"x": {"value": -left}, "y": y}, align="left"),
    ]  # fmt: skip
    middles = [at * pitch + pitch // 2 + below // 2 for at in range(len(names))]
    for low, high, thick, looks in (
        (1, 7, 2, {"fill": TONES["quiet"]}),
        (2, 6, 10, {"fill": TONES["second"]}),
        (3, 5, 18, {"fill": TONES["asset"]}),
    ):
        drawn = [
            {"a": quantity(row[low]) // divisor, "b": quantity(row[high]) // divisor, "y": at - thick // 2,
             "y2": at + thick // 2}
            for row, at in zip(table.rows, middles, strict=True)
        ]  # fmt: skip
        layers.append(
            marks("bar", drawn, {"x": x, "x2": {"field": "b"}, "y": y, "y2": {"field": "y2"}}, minBandSize=1,
                  stroke=looks["fill"], strokeWidth=1, **looks)
        )  # fmt: skip
    medians = [
        {"a": quantity(row[4]) // divisor, "y": at - 12, "y2": at + 12}
        for row, at in zip(table.rows, middles, strict=True)
    ]
    layers += [
        rules(medians, {"x": x, "y": y, "y2": {"field": "y2"}}, stroke="#ffffff", strokeWidth=4),
        rules(medians, {"x": x, "y": y, "y2": {"field": "y2"}}, stroke=INK, strokeWidth=2),
    ]
    return spec(width, height, layers, left=left + 10, right=14, top=4, bottom=28)


# --- axes ---------------------------------------------------------------------------------------------


def _axes(
    frame: Frame, days: Sequence[date], quantities: Sequence[int], scale: int, *,
    tall: int = 240,
) -> tuple[list[Spec], Spec, Spec, int, int, int]:  # fmt: skip
    """Grid and labels; the channels of a day's number and of a quantity; width, height, left margin."""
    marked = ticks(min([0, *quantities]), max(quantities), 4)
    divisor = reduced(quantities)
    labels = [brief(it, scale, frame.words.language) for it in marked]
    left, height = frame.room(labels) + 10, tall
    width = frame.width - left - 14
    first, last = days[0].toordinal(), days[-1].toordinal() + 1
    x = place("x", first, last, (0, width))
    y = place("y", marked[0] // divisor, marked[-1] // divisor, (height, 0))
    at = _days(days[0], days[-1], 4 if frame.narrow else 8, frame.words.language)
    shown = [
        (day, text) for day, text in at if (day.toordinal() - first) * width <= (last - first) * (width - 20)
    ]
    grid = [
        rules([{"y": it // divisor} for it in marked], {"y": y, "x": {"value": 0}, "x2": {"value": width}}),
        texts([{"y": it // divisor, "text": text} for it, text in zip(marked, labels, strict=True)],
              {"y": y, "x": {"value": -8}}, align="right", fill=MUTED, fontSize=11),
        rules([{"x": day.toordinal()} for day, _ in shown],
              {"x": x, "y": {"value": height}, "y2": {"value": height + 5}}, stroke=MUTED),
        texts([{"x": day.toordinal(), "text": text} for day, text in shown],
              {"x": x, "y": {"value": height + 17}}, align="left", dx=-2, fill=MUTED, fontSize=11),
    ]  # fmt: skip
    return grid, x, y, width, height, left


def _days(first: date, last: date, most: int, language: str) -> list[tuple[date, str]]:
    """At most so many days with their names: beginnings of months, or days where there are few."""
    span = (last - first).days + 1
    if span <= 62:
        step = -(-span // most)
        days = [first + timedelta(days=nth) for nth in range(0, span, step)]
        if language == "zh":
            return [(day, f"{day.month}月{day.day}日") for day in days]
        return [(day, f"{day.day} {_MONTHS[day.month - 1]}") for day in days]
    months = [
        date(number // 12, number % 12 + 1, 1)
        for number in range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    ]
    months = [day for day in months if first <= day <= last] or [first]
    step = next(it for it in (1, 2, 3, 6, 12, 24, 60, 120, 1200) if len(months) <= it * most)
    chosen = [day for day in months if (day.year * 12 + day.month - 1) % step == 0] or months[:1]
    named: list[tuple[date, str]] = []
    for nth, day in enumerate(chosen):
        new = nth == 0 or chosen[nth - 1].year != day.year
        if language == "zh":
            named.append((day, f"{day.year}年{day.month}月" if new else f"{day.month}月"))
        else:
            named.append((day, f"{_MONTHS[day.month - 1]} {day.year}" if new else _MONTHS[day.month - 1]))
    return named


def _thinned(rows: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """At most about 366 of the rows: the lowest of each few, and the first and last."""
    few = -(-len(rows) // _MOST)
    if few == 1:
        return list(rows)
    lowest = [min(rows[at : at + few], key=lambda row: row[1].quantity) for at in range(0, len(rows), few)]
    return [*dict.fromkeys([rows[0], *lowest, rows[-1]])]
