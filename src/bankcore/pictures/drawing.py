"""Charts drawn: a spec of Vega-Lite or Vega becomes SVG that stands in a page.

The engine (vl-convert) runs without network.  It sees no text: each is a mark of ours in the spec and is put
into the finished picture, which is read and written again with the elements and attributes named here, and no
others.  So whatever an account or a programme is called, the picture is the same but for that name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any, Final
from xml.etree import ElementTree

from bankcore.errors import LibraryMissing
from bankcore.pictures.frames import Spec
from bankcore.tables import visible

__all__ = ["check_installed", "draw"]

_SPACE: Final = "{http://www.w3.org/2000/svg}"
_KEPT: Final = frozenset({"g", "line", "path", "rect", "svg", "text"})
_ATTRIBUTES: Final = frozenset({
    "d", "display", "fill", "fill-opacity", "font-size", "font-weight", "height", "opacity", "stroke",
    "stroke-dasharray", "stroke-opacity", "stroke-width", "text-anchor", "transform", "viewBox", "width", "x",
    "x2", "y", "y2",
})  # fmt: skip
_LONG: Final = re.compile(r"(\.\d\d)\d+")  # hundredths of a pixel are enough
_MARK: Final = re.compile(r"T(\d+)T")


def draw(spec: Spec, name: str, title: str, about: str) -> str:
    """The SVG of a spec, with a title and a description for who cannot see it.

    `name` is the beginning of its ids, unique in a page.  Raises LibraryMissing without the extra `report`.
    """
    said: list[str] = []
    svg = _engine(spec)(_without_texts(spec, said))
    root = ElementTree.fromstring(svg)
    made = _copied(root, said)
    made.attrib |= {"role": "img", "aria-labelledby": f"{name}-title {name}-about"}
    made.attrib.pop("height", None)
    made.attrib["style"] = f"max-width:{made.attrib.pop('width')}px"
    for place, (tag, text) in enumerate((("title", title), ("desc", about))):
        child = ElementTree.Element(tag, {"id": f"{name}-{'about' if place else 'title'}"})
        child.text = visible(text)
        made.insert(place, child)
    return ElementTree.tostring(made, encoding="unicode")


def check_installed() -> None:
    """Raise LibraryMissing where the extra `report` is not installed."""
    for module, library in (("jinja2", "Jinja2"), ("vl_convert", "vl-convert-python")):
        try:
            import_module(module)
        except ImportError:
            raise LibraryMissing(library, "report") from None


def _engine(spec: Spec) -> Callable[[Spec], str]:
    check_installed()
    import vl_convert

    if "marks" in spec:
        return lambda it: str(vl_convert.vega_to_svg(it, allowed_base_urls=[]))
    return lambda it: str(vl_convert.vegalite_to_svg(it, allowed_base_urls=[]))


def _without_texts(part: Any, said: list[str]) -> Any:
    """A part of a spec in which the texts of data rows are marks, `T0T`, `T1T`; `said` gets the texts."""
    if isinstance(part, Mapping):
        return {
            key: [_row(row, said) for row in value] if key == "values" else _without_texts(value, said)
            for key, value in part.items()
        }
    return [_without_texts(it, said) for it in part] if isinstance(part, list) else part


def _row(row: Mapping[str, Any], said: list[str]) -> Mapping[str, Any]:
    if "text" not in row:
        return row
    said.append(row["text"])
    return {**row, "text": f"T{len(said) - 1}T"}


def _copied(element: ElementTree.Element, said: list[str]) -> ElementTree.Element:
    """An element with what is known of it, and below it; the texts put in."""
    tag = element.tag.removeprefix(_SPACE)
    kept = {key: _LONG.sub(r"\1", value) for key, value in element.attrib.items() if key in _ATTRIBUTES}
    made = ElementTree.Element(tag, kept)
    if tag == "text" and (mark := _MARK.fullmatch(element.text or "")):
        made.text = visible(said[int(mark[1])])
    children = (_copied(it, said) for it in element if it.tag.removeprefix(_SPACE) in _KEPT)
    made.extend(it for it in children if it.tag in ("text", "svg") or len(it) or _shows(it))
    return made


def _shows(element: ElementTree.Element) -> bool:
    """Whether an element without children draws anything: groups and backgrounds of the engine do not."""
    if element.tag == "g" or element.get("display") == "none":
        return False
    return element.get("fill", "none") != "none" or element.get("stroke", "none") != "none"
