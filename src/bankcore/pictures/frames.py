"""What charts share: their colours, the frame they are drawn for, and the parts of a Vega-Lite spec.

Every text of a chart stands in its data under `text`, never in an expression: `drawing` puts them in when the
chart is drawn, so that no text from outside reaches the engine.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from attrs import frozen

from bankcore.pictures.scales import pixels
from bankcore.pictures.words import Words

__all__ = ["INK", "MUTED", "TONES", "Frame", "Spec", "marks", "rules", "spec", "texts"]

Spec = dict[str, Any]

INK: Final = "#17263a"
MUTED: Final = "#5d6c7c"
GRID: Final = "#e3e8ed"
TONES: Final[Mapping[str, str]] = {  # what a colour means is the same in every chart
    "asset": "#1f5f8b",
    "liability": "#2a9d8f",
    "equity": "#6b5b95",
    "profit": "#c58b1b",
    "loss": "#b23a48",
    "income": "#3f7f53",
    "expense": "#c06c3e",
    "limit": "#c58b1b",
    "quiet": "#9aa8b5",
    "second": "#6fb1d6",
    "age-0": "#3f7f53",
    "age-1": "#b7a531",
    "age-2": "#d98e2b",
    "age-3": "#cc5a34",
    "age-4": "#97233f",
}


@frozen
class Frame:
    """What a chart is drawn for: the words, and the width in pixels; a narrow one is for phones."""

    words: Words
    width: int

    @property
    def narrow(self) -> bool:
        """Whether there is no room beside what is drawn."""
        return self.width < 480

    @staticmethod
    def room(texts: Iterable[str]) -> int:
        """The pixels that the longest of some texts takes."""
        return max(map(pixels, texts), default=0) + 2


def spec(width: int, height: int, layers: Sequence[Spec], *, left: int = 0, right: int = 0,
         top: int = 4, bottom: int = 4) -> Spec:  # fmt: skip
    """A Vega-Lite spec whose plot is `width` by `height` pixels within margins that nothing changes."""
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "width": width,
        "height": height,
        "autosize": {"type": "none"},
        "padding": {"left": left, "top": top, "right": right, "bottom": bottom},
        "background": None,
        "config": {"aria": False, "view": {"stroke": None}, "font": "sans-serif"},
        "layer": [*layers],
    }


def place(field: str, low: int, high: int, pixels: tuple[int, int]) -> Spec:
    """A channel that puts whole numbers from `low` to `high` between two pixels."""
    scale = {"domain": [low, high], "range": [*pixels], "nice": False, "zero": False}
    return {"field": field, "type": "quantitative", "scale": scale, "axis": None}


def marks(kind: str, rows: Sequence[Mapping[str, Any]], channels: Spec, **looks: Any) -> Spec:
    """A layer of marks, one for each row or, for lines and areas, one through all."""
    return {"data": {"values": [*rows]}, "mark": {"type": kind, **looks}, "encoding": channels}


def texts(rows: Sequence[Mapping[str, Any]], channels: Spec, **looks: Any) -> Spec:
    """A layer of texts; each row has a `text`."""
    looks = {"fontSize": 12, "baseline": "middle", "fill": INK, "limit": 0, **looks}
    return marks("text", rows, {"text": {"field": "text"}, **channels}, **looks)


def rules(rows: Sequence[Mapping[str, Any]], channels: Spec, **looks: Any) -> Spec:
    """A layer of straight lines."""
    return marks("rule", rows, channels, **{"stroke": GRID, "strokeWidth": 1, **looks})
