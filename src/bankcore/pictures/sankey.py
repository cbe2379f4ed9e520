"""Flows between groups of accounts: what was debited on the left, what was credited on the right.

A ribbon is as wide as its amount, a group as high as its ribbons together: widths are exact fractions of
the whole.  Vega-Lite has no such chart, so the ribbons are laid out here, and drawn as paths of Vega.

>>> from bankcore.amounts import Amount
>>> yuan = lambda quantity: Amount(quantity, "CNY/2")
>>> flows = Table("flows", ("from", "to", "amount"), (("a", "x", yuan(100)), ("a", "y", yuan(200))))
>>> laid = layout(flows, 300)
>>> [str(it.width) for it in laid.ribbons], [str(it.height) for it in laid.groups]
(['200', '100'], ['300', '200', '100'])
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, Final

from attrs import frozen

from bankcore.pictures.frames import INK, TONES, Frame, Spec
from bankcore.pictures.scales import fitted
from bankcore.tables import Table

__all__ = ["Group", "Layout", "Ribbon", "layout", "sankey"]

_SLOT: Final = 19  # pixels that a group takes at least, so that names never overlap
_GAP: Final = 5
_NODE: Final = 9  # the width of a group's bar
_COLOURS: Final = ("asset", "liability", "profit", "equity", "expense", "income", "second", "loss", "quiet")


@frozen
class Group:
    """A group of accounts on one side: where its bar begins, and how high it is."""

    name: str
    left: bool
    top: Fraction
    height: Fraction


@frozen
class Ribbon:
    """A flow: where it leaves and arrives, its width, and the place of the group it comes from."""

    debited: str
    credited: str
    start: Fraction
    end: Fraction
    width: Fraction
    origin: int


@frozen
class Layout:
    """Groups of both sides and the ribbons between them, in pixels."""

    groups: tuple[Group, ...]
    ribbons: tuple[Ribbon, ...]
    height: Fraction


def layout(table: Table, height: int, last: str = "") -> Layout:
    """Lay out rows of `debited`, `credited` and `amount`; together the ribbons are `height` pixels wide.

    Groups stand by what flows, the largest first, and the group called `last` after all others.
    """
    sums: dict[tuple[bool, str], int] = {}
    for debited, credited, amount in table.rows:
        for key in ((True, debited), (False, credited)):
            sums[key] = sums.get(key, 0) + amount.quantity
    pixel = Fraction(height, sum(amount.quantity for *_, amount in table.rows))
    groups: dict[tuple[bool, str], Group] = {}
    ends = []
    for left in (True, False):
        y = Fraction(0)
        names = sorted((it for it in sums if it[0] is left), key=lambda it: (it[1] == last, -sums[it], it))
        for key in names:
            high = sums[key] * pixel
            slot = max(high, Fraction(_SLOT))
            groups[key] = Group(key[1], left, y + (slot - high) / 2, high)
            y += slot + _GAP
        ends.append(y - _GAP)
    order = [key[1] for key in groups if key[0]]
    reached = {key: group.top for key, group in groups.items()}
    ribbons = []
    rows = sorted(table.rows, key=lambda it: (groups[True, it[0]].top, groups[False, it[1]].top))
    for debited, credited, amount in rows:
        width = amount.quantity * pixel
        start, end = reached[True, debited], reached[False, credited]
        ribbons.append(Ribbon(debited, credited, start, end, width, order.index(debited)))
        reached[True, debited], reached[False, credited] = start + width, end + width
    return Layout(tuple(groups.values()), tuple(ribbons), max(ends))


def sankey(table: Table, frame: Frame) -> Spec:
    """A Vega spec of rows of `debited`, `credited` and `amount`, all of one unit."""
    laid = layout(table, 300 if frame.narrow else 380, frame.words("others"))
    places = 20 if frame.narrow else 38
    names = {it.name: fitted(it.name, places) for it in laid.groups}
    room = [
        0 if frame.narrow else frame.room(names[it.name] for it in laid.groups if it.left is left) + 8
        for left in (True, False)
    ]
    first, last = room[0], frame.width - room[1]
    high = _whole(laid.height)
    ribbons = [
        {"path": _path(it, first + _NODE, last - _NODE), "tone": TONES[_COLOURS[it.origin % len(_COLOURS)]]}
        for it in laid.ribbons
    ]
    tones = {it.debited: TONES[_COLOURS[it.origin % len(_COLOURS)]] for it in laid.ribbons}
    nodes = [
        {
            "x": first if it.left else last - _NODE,
            "y": _decimal(it.top),
            "h": _decimal(max(it.height, Fraction(1))),
            "tone": tones[it.name] if it.left else INK,
        }
        for it in laid.groups
    ]
    return {
        "$schema": "https://vega.github.io/schema/vega/v5.json",
        "width": frame.width,
        "height": high + 8,
        "padding": 0,
        "autosize": "none",
        "background": None,
        "config": {"aria": False},
        "data": [
            {"name": "ribbons", "values": ribbons},
            {"name": "groups", "values": nodes},
            {"name": "names", "values": _names(laid, names, first, last, frame.narrow)},
        ],
        "marks": [
            _mark(
                "path",
                "ribbons",
                path="path",
                fill="tone",
                stroke="tone",
                fillOpacity=Fraction(38, 100),
                strokeOpacity=Fraction(1, 2),
                strokeWidth=Fraction(2, 5),
            ),  # a hair is seen, too
            _mark("rect", "groups", x="x", y=_number("y", 4), height=_number("h"), fill="tone", width=_NODE),
            *(_labels(halo, frame.narrow) for halo in ((True, False) if frame.narrow else (False,))),
        ],
    }


def _names(laid: Layout, names: Mapping[str, str], first: int, last: int, inside: bool) -> list[Spec]:
    """The names of the groups, beside their bars or, on a narrow page, upon the ribbons."""
    off = _NODE + 5 if inside else -7
    return [
        {
            "text": names[it.name],
            "x": first + off if it.left else last - off,
            "y": _decimal(it.top + it.height / 2),
            "align": "left" if it.left is inside else "right",
        }
        for it in laid.groups
    ]


def _mark(kind: str, data: str, **channels: Any) -> Spec:
    """Marks whose channels are fields (as text), numbers, or channels as Vega has them."""
    made = {
        name: it if isinstance(it, dict) else {"field": it} if isinstance(it, str) else {"signal": str(it)}
        for name, it in channels.items()
    }
    return {"type": kind, "from": {"data": data}, "encode": {"update": made}}


def _number(field: str, more: int = 0) -> Spec:
    """The channel of a decimal number that is kept as text."""
    return {"signal": f"toNumber(datum.{field}) + {more}"}


def _labels(halo: bool, inside: bool) -> Spec:
    channels: Spec = {name: {"field": name} for name in ("text", "x", "align")}
    channels |= {
        "y": _number("y", 4),
        "baseline": {"value": "middle"},
        "fontSize": {"value": 11 if inside else 12},
        "fill": {"value": INK},
        "limit": {"value": 0},
    }
    if halo:
        channels |= {
            "stroke": {"value": "#ffffff"},
            "strokeWidth": {"value": 3},
            "opacity": {"signal": "4/5"},
        }
    return {"type": "text", "from": {"data": "names"}, "encode": {"update": channels}}


def _path(it: Ribbon, first: int, last: int) -> str:
    """The outline of a ribbon: two curves, level at both ends."""
    middle = Fraction(first + last, 2)
    a, b, c, d = (_decimal(y + 4) for y in (it.start, it.end, it.end + it.width, it.start + it.width))
    bend = _decimal(middle)
    return f"M{first},{a}C{bend},{a} {bend},{b} {last},{b}L{last},{c}C{bend},{c} {bend},{d} {first},{d}Z"


def _whole(it: Fraction) -> int:
    return -(-it.numerator // it.denominator)


def _decimal(it: Fraction) -> str:
    """A fraction of pixels to thousandths, as text."""
    thousandths = it.numerator * 1000 // it.denominator
    return f"{thousandths // 1000}.{thousandths % 1000:03}"
