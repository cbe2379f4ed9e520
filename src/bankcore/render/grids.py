"""Grids of text: aligned columns, measured in the character cells of a terminal.

A Chinese character takes two places, a combining accent none.

>>> print(grid([["现金", "1.00"], ["reserve", "23.45"]], ["account", "balance"], [False, True]))
account      balance
---------  ---------
现金            1.00
reserve        23.45
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from unicodedata import category, east_asian_width

__all__ = ["grid"]

_MARGIN = 2  # the space between columns


def grid(rows: Sequence[Sequence[str]], heads: Sequence[str] = (), figures: Sequence[bool] = ()) -> str:
    """Rows below their headings and a rule, if there are any; columns of figures are right-aligned."""
    lines = [line for row in rows for line in _lines(row)]
    widths = [_width(head) + _MARGIN for head in heads] or [0] * max(map(len, lines), default=0)
    for line in lines:
        widths = [max(width, _width(cell)) for width, cell in zip(widths, line, strict=True)]
    rule = [[*heads], ["-" * width for width in widths]] if heads else []
    right = figures or [False] * len(widths)
    return "\n".join(
        "  ".join(map(_padded, line, widths, right)).rstrip() for line in (*rule, *lines)
    )  # fmt: skip


def _lines(row: Sequence[str]) -> list[tuple[str, ...]]:
    """The lines of a row; a cell may have several."""
    cells = [cell.strip().splitlines() or [""] for cell in row]
    return list(zip_longest(*cells, fillvalue=""))


def _padded(cell: str, width: int, right: bool) -> str:
    blank = " " * (width - _width(cell))
    return blank + cell if right else cell + blank


def _width(text: str) -> int:
    """The number of character cells that a text takes."""
    return len(text) if text.isascii() else sum(map(_places, text))


def _places(character: str) -> int:
    if category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if east_asian_width(character) in "WF" else 1
