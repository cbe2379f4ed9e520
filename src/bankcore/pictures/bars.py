"""Bars: rows with a name, a bar and an exact figure, in groups; a funnel; what falls due on two sides.

Each function makes a Vega-Lite spec of a table; the columns it needs are in its docstring.
"""

from __future__ import annotations

from typing import Any, Final

from attrs import frozen

from bankcore.amounts import Amount
from bankcore.pictures.frames import GRID, INK, MUTED, TONES, Frame, Spec, marks, place, rules, spec, texts
from bankcore.pictures.scales import figure, fitted, reduced
from bankcore.tables import Table

__all__ = ["bars", "funnel", "sides"]

_LABEL: Final = 38  # half characters of the longest name that is shown whole
_NARROW: Final = 30


def quantity(value: Amount | int) -> int:
    """The whole number that a figure is drawn by."""
    return value.quantity if isinstance(value, Amount) else value


@frozen
class _Row:
    """A line of a chart of bars: a heading where it has no value."""

    text: str
    y: int
    value: int = 0
    figure: str = ""
    tone: str = ""


def bars(table: Table, frame: Frame) -> Spec:
    """Rows of `group`, `name`, `value` (an amount or a number) and `tone`; groups get a heading."""
    rows, height = _rows(table, frame)
    values = [it.value for it in rows]
    divisor, low, high = reduced(values), min([0, *values]), max([1, *values])
    names, figures = [it.text for it in rows if it.tone], [it.figure for it in rows]
    left, right = (0, 0) if frame.narrow else (frame.room(names) + 12, frame.room(figures) + 14)
    width, thick, below = frame.width - left - right, 12 if frame.narrow else 14, 17 if frame.narrow else 0
    x = place("v", low // divisor, -(-high // divisor), (0, width))
    y, y2 = place("y", 0, height, (0, height)), {"field": "y2"}
    drawn = [
        {"v": it.value // divisor, "o": 0, "y": it.y + below - thick // 2, "y2": it.y + below + thick // 2,
         "tone": TONES[it.tone]}
        for it in rows
        if it.tone
    ]  # fmt: skip
    tone = {"field": "tone", "type": "nominal", "scale": None}
    named = [{"text": it.text, "y": it.y} for it in rows if it.tone]
    heads = [{"text": it.text, "y": it.y} for it in rows if not it.tone]
    told = [{"text": it.figure, "y": it.y} for it in rows if it.figure]
    whole = {"y": {"value": 0}, "y2": {"value": height}}
    beside = {"x": {"value": 0 if frame.narrow else -10}, "y": y}
    layers = [
        marks("bar", drawn, {"x": x, "x2": {"field": "o"}, "y": y, "y2": y2, "color": tone}, cornerRadius=1),
        *([] if frame.narrow else [rules([{"v": 0}], {"x": x, **whole}, stroke="#c3ccd4")]),
        texts(named, beside, align="left" if frame.narrow else "right"),
        texts(heads, {"x": {"value": -left}, "y": y}, align="left", fontWeight=600, fill=MUTED),
        texts(told, {"x": {"value": width + right}, "y": y}, align="right"),
    ]
    return spec(width, height, layers, left=left, right=right)


def _rows(table: Table, frame: Frame) -> tuple[list[_Row], int]:
    pitch, head = (44, 34) if frame.narrow else (26, 30)
    rows, y, group = list[_Row](), 0, ""
    for its, name, value, tone in table.rows:
        if its != group:
            rows.append(_Row(its, y + head // 2 - (3 if frame.narrow else -2)))
            y, group = y + head, its
        at = y + (9 if frame.narrow else pitch // 2)
        short = fitted(name, _NARROW if frame.narrow else _LABEL)
        rows.append(_Row(short, at, quantity(value), figure(value), tone))
        y += pitch
    return rows, y


def funnel(table: Table, frame: Frame) -> Spec:
    """Rows of `name` and `count`, each a part of the first; bars stand in the middle of each other."""
    first = max(table.rows[0][1], 1)
    names = [name for name, _ in table.rows]
    told = [f"{count:,} · {(200 * count + first) // (2 * first)}%" for _, count in table.rows]
    left, right = frame.room(names) + 14, frame.room(told) + 14
    pitch, thick, width = 38, 26, frame.width - left - right
    height = pitch * len(names)
    x, y = place("a", -first, first, (0, width)), place("y", 0, height, (0, height))
    drawn = [
        {
            "a": -count,
            "b": count,
            "y": at * pitch + (pitch - thick) // 2,
            "y2": at * pitch + (pitch + thick) // 2,
        }
        for at, (_, count) in enumerate(table.rows)
    ]
    middles = [at * pitch + pitch // 2 for at in range(len(names))]
    layers = [
        marks("bar", [{"a": -first, "b": first, "y": it["y"], "y2": it["y2"]} for it in drawn],
              {"x": x, "x2": {"field": "b"}, "y": y, "y2": {"field": "y2"}}, fill="#eef2f5", cornerRadius=3),
        marks("bar", drawn, {"x": x, "x2": {"field": "b"}, "y": y, "y2": {"field": "y2"}},
              fill=TONES["asset"], cornerRadius=3),
        texts([{"text": it, "y": at} for it, at in zip(names, middles, strict=True)],
              {"x": {"value": -left}, "y": y}, align="left"),
        texts([{"text": it, "y": at} for it, at in zip(told, middles, strict=True)],
              {"x": {"value": width + right}, "y": y}, align="right"),
    ]  # fmt: skip
    return spec(width, height, layers, left=left, right=right)


def sides(table: Table, frame: Frame) -> Spec:
    """Rows of `name`, `side` (`in` or `out`), `value` and `tone`: what goes out left of the middle.

    The figure at the end of a bar is the sum of its side.
    """
    names = [*dict.fromkeys(row[0] for row in table.rows)]
    pitch, thick, left = 34, 16, frame.room(names) + 14
    width, height = frame.width - left, pitch * len(names)
    drawn, ends = _stacked(table, names, pitch, thick)
    divisor = reduced(it[side] for it in drawn for side in "ab")
    for it in drawn:
        it["a"], it["b"] = it["a"] // divisor, it["b"] // divisor
    sums = _sums(table, names, pitch, divisor)
    rooms = [max((frame.room([it["text"]]) for it in its), default=0) + 10 for its in sums]
    low, high = (end // divisor for end in ends)
    x = place("a", low, max(high, low + 1), (rooms[0] if low else 1, width - (rooms[1] if high else 1)))
    y, whole = place("y", 0, height, (0, height)), {"y": {"value": 0}, "y2": {"value": height}}
    middle = [{"text": it, "y": at * pitch + pitch // 2} for at, it in enumerate(names)]
    stripes = [{"y": (at + 1) * pitch} for at in range(len(names) - 1)]
    tone = {"field": "tone", "type": "nominal", "scale": None}
    layers = [
        rules(stripes, {"y": y, "x": {"value": -left}, "x2": {"value": width}}, stroke=GRID),
        marks("bar", drawn, {"x": x, "x2": {"field": "b"}, "y": y, "y2": {"field": "y2"}, "color": tone}),
        rules([{"a": 0}], {"x": x, **whole}, stroke=INK),
        texts(middle, {"x": {"value": -left}, "y": y}, align="left"),
        *(texts(its, {"x": x, "y": y}, align=align, dx=dx, fontSize=11, fill=MUTED)
          for its, align, dx in zip(sums, ("right", "left"), (-6, 6), strict=True)),
    ]  # fmt: skip
    return spec(width, height, layers, left=left)


def _sums(table: Table, names: list[str], pitch: int, divisor: int) -> list[list[dict[str, Any]]]:
    """The figure at the end of each bar, those of the left side and those of the right."""
    found: list[list[dict[str, Any]]] = [[], []]
    for at, name in enumerate(names):
        for side in (0, 1):
            values = [row[2] for row in table.rows if row[0] == name and (row[1] == "in") == bool(side)]
            sum_ = sum(map(quantity, values))
            if sum_:
                whole = Amount(sum_, values[0].unit) if isinstance(values[0], Amount) else sum_
                end = sum_ // divisor
                found[side].append(
                    {"text": figure(whole), "a": end if side else -end, "y": at * pitch + pitch // 2}
                )
    return found


def _stacked(
    table: Table, names: list[str], pitch: int, thick: int
) -> tuple[list[dict[str, Any]], tuple[int, int]]:
    """The bars of both sides, each on the end of the one before, and the two outermost ends."""
    reached: dict[tuple[str, str], int] = {}
    drawn = []
    for name, side, value, tone in table.rows:
        start = reached.get((name, side), 0)
        end = start + (quantity(value) if side == "in" else -quantity(value))
        reached[name, side] = end
        at = names.index(name) * pitch + pitch // 2
        drawn.append({"a": start, "b": end, "y": at - thick // 2, "y2": at + thick // 2, "tone": TONES[tone]})
    return drawn, (min([0, *reached.values()]), max([0, *reached.values()]))
