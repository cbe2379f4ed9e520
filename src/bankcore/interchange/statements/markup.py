"""XML as a tree with lines, without definitions: no entity of a file's own is ever expanded."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from xml.parsers import expat

from attrs import define, field

from bankcore.readers import Refuse

__all__ = ["Element", "tree"]

_DEEPEST: Final = 64


@define
class Element:
    """An element: name without namespace, line, attributes, text and children."""

    name: str
    space: str
    line: int
    attributes: dict[str, str]
    children: list[Element] = field(factory=list)
    pieces: list[str] = field(factory=list)

    @property
    def text(self) -> str:
        """Its own text, with blanks collapsed."""
        return " ".join("".join(self.pieces).split())

    def all(self, *names: str) -> Iterator[Element]:
        """The elements at the end of a path of names."""
        if not names:
            yield self
            return
        for child in self.children:
            if child.name == names[0]:
                yield from child.all(*names[1:])

    def first(self, *names: str) -> Element | None:
        """The first element at the end of a path of names."""
        return next(self.all(*names), None)

    def said(self, *names: str) -> str:
        """The text of the first element at the end of a path, empty where there is none."""
        found = self.first(*names)
        return found.text if found else ""


def tree(data: bytes, refuse: Refuse) -> Element:
    """The root of an XML document; what is not well-formed or defines anything is refused with its line."""
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    top = Element("", "", 1, {})
    path = [top]

    def defined(*_: object) -> None:
        raise refuse(f"line {parser.CurrentLineNumber}: a document type is not read")

    def begun(name: str, attributes: dict[str, str]) -> None:
        space, _, local = name.rpartition(" ")
        element = Element(local, space, parser.CurrentLineNumber, attributes)
        path[-1].children.append(element)
        path.append(element)
        if len(path) > _DEEPEST:
            raise refuse(f"line {parser.CurrentLineNumber}: it is nested deeper than {_DEEPEST} levels")

    parser.StartDoctypeDeclHandler = defined
    parser.StartElementHandler = begun
    parser.EndElementHandler = lambda _: path.pop()
    parser.CharacterDataHandler = lambda text: path[-1].pieces.append(text)
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise refuse(f"line {error.lineno}: it is not XML ({expat.ErrorString(error.code)})") from None
    except (LookupError, ValueError) as error:  # of an encoding that is unknown or has several bytes
        raise refuse(f"line {parser.CurrentLineNumber}: its encoding cannot be read ({error})") from None
    return top.children[0]
