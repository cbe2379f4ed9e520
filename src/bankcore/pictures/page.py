"""Pages: sections laid out as one HTML file that needs no script, no network and no fonts.

Every text is escaped by the template engine; only pictures that `drawing` made are put in as they are.
There is no clock and no chance in it: the same book gives the same bytes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.resources import files
from typing import Any, Final

from attrs import frozen

from bankcore.amounts import Amount
from bankcore.pictures.drawing import check_installed, draw
from bankcore.pictures.frames import TONES, Frame
from bankcore.pictures.scales import figure
from bankcore.pictures.sections import Chart, Section, Shown
from bankcore.pictures.words import Words
from bankcore.tables import visible

__all__ = ["OPENING", "Page", "html"]

OPENING: Final = "<!doctype html>\n<!-- made by bankcore -->\n"  # by which a page of ours is known
_WIDE, _NARROW = 860, 342
_NUMBER: Final = re.compile(r"-?[0-9][0-9,]*(\.[0-9]+)?%?")
_STATES: Final = frozenset({  # columns of words of ours, never of ids and texts
    "agrees", "confirmed by", "consent", "is", "kind", "kinds", "outcome", "said", "screening", "side",
    "state", "status", "step", "what",
})  # fmt: skip


@frozen
class Page:
    """What a page shows: a title, single lines by their terms, sections, what stands at its foot."""

    title: str
    facts: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]
    words: Words
    foot: str = ""


def html(page: Page) -> str:
    """The page as HTML; raises LibraryMissing without the extra `report`."""
    check_installed()
    from jinja2 import BaseLoader, Environment

    engine = Environment(
        loader=BaseLoader(), autoescape=True, finalize=_seen, trim_blocks=True, lstrip_blocks=True
    )
    package = files("bankcore") / "pictures"
    template = engine.from_string((package / "page.html").read_text(encoding="utf-8"))
    words = page.words
    figures = [(words(name), value) for section in page.sections for name, value in section.figures]
    made = template.render(
        language={"en": "en", "zh": "zh-CN"}[words.language],
        style=(package / "page.css").read_text(encoding="utf-8"),
        tones=TONES,
        title=page.title,
        facts=[(words(name), value) for name, value in page.facts],
        figures=figures,
        contents=words("contents"),
        sections=[_section(nth, it, words) for nth, it in enumerate(page.sections, start=1)],
        foot=page.foot,
    )
    return OPENING + made + "\n"


def _seen(value: Any) -> Any:
    """A text on one line without what cannot be seen; what is marked as safe stays as it is."""
    return visible(value) if type(value) is str else value


def _section(number: int, section: Section, words: Words) -> Mapping[str, Any]:
    charts = [_chart(f"s{number}c{nth}", chart, words) for nth, chart in enumerate(section.charts, start=1)]
    return {
        "id": f"s{number}",
        "title": section.title,
        "text": section.text,
        "charts": charts,
        "tables": [_table(shown, words) for shown in section.tables if shown.table.rows],
    }


def _chart(name: str, chart: Chart, words: Words) -> Mapping[str, Any]:
    """A chart in both widths, of which a style shows one."""
    drawn = [
        draw(chart.make(chart.table, Frame(words, width)), f"{name}{kind}", chart.title, chart.about)
        for kind, width in (("w", _WIDE), ("n", _NARROW))
    ]
    return {"title": chart.title, "legend": chart.legend, "wide": drawn[0], "narrow": drawn[1]}


def _table(shown: Shown, words: Words) -> Mapping[str, Any]:
    table = shown.table
    amounts = [cell for row in table.rows for cell in row if isinstance(cell, Amount)]
    units = {it.unit for it in amounts}
    single = len(units) == 1
    places = [place for place, column in enumerate(table.columns) if not (amounts and column == "unit")]
    numeric = {
        place
        for place in places
        if all(_is_figure(row[place]) for row in table.rows)
        and any(row[place] not in (None, "") for row in table.rows)
    }
    unit = words.plain(next(iter(units)).code) if single else ""

    def cell(row: tuple[Any, ...], place: int) -> tuple[str, str]:
        return _cell(row[place], place in numeric, table.columns[place], shown, single, words)

    return {
        "title": shown.title or words(table.title),
        "unit": words.say("in-unit", unit=unit) if unit else "",
        "columns": [(_heading(table.columns[place], words), place in numeric) for place in places],
        "rows": [[cell(row, place) for place in places] for row in table.rows],
        "note": shown.note,
    }


def _heading(column: str, words: Words) -> str:
    """A column's heading; the path of a setting stays as it is written."""
    return visible(column) if "." in column or "_" in column else words(column)


def _cell(cell: Any, numeric: bool, column: str, shown: Shown, single: bool, words: Words) -> tuple[str, str]:
    """A cell's text, and its class: a number, or a path, which may be broken on a phone."""
    kind = "n" if numeric else "p" if column in shown.paths else ""
    if cell is None or cell == "":
        return "–", kind
    if isinstance(cell, Amount):
        return figure(cell) if single else f"{figure(cell)} {words.plain(cell.unit.code)}", kind
    if isinstance(cell, bool):
        return words.plain("yes" if cell else "no"), kind
    if isinstance(cell, int):
        return figure(cell), kind
    if column in shown.paths:
        return words.path(str(cell)), kind
    if column == "unit":
        return words.plain(cell.code), kind
    if column in shown.commands:
        return words.command(str(cell)), kind
    if column in shown.terms:
        return words(str(cell)), kind
    return words.state(str(cell)) if column in _STATES else visible(str(cell)), kind


def _is_figure(cell: Any) -> bool:
    if isinstance(cell, str):
        return not cell or _NUMBER.fullmatch(cell) is not None
    return cell is None or (isinstance(cell, (Amount, int)) and not isinstance(cell, bool))
