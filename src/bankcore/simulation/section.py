"""A table of a scenario file, read key by key; every refusal names the place.

>>> step = Section("mall: step 3", {"do": "sweep", "chanse": "1/2"})
>>> step.take("do", str)
'sweep'
>>> step.end()
Traceback (most recent call last):
    ...
bankcore.simulation.refusals.BadScenario: mall: step 3, field chanse: there is no such field here; known: do
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any, Final, TypeVar

from bankcore.errors import BankcoreError
from bankcore.simulation.refusals import BadScenario

__all__ = ["Section", "shown"]

T = TypeVar("T")

_NEEDED: Final = object()
_LONGEST = 60  # characters of a value that a refusal repeats
_WORDS: Final = {
    str: "text",
    int: "a whole number",
    bool: "true or false",
    date: "a date",
    list: "a list",
    dict: "a table",
}


class Section:
    """One table and its place in the file."""

    def __init__(self, place: str, data: object) -> None:
        if not isinstance(data, Mapping):
            raise BadScenario(place, f"a table is needed, not {shown(data)}")
        self.place = place
        self._left = dict(data)
        self._known: dict[str, None] = {}  # the keys read so far

    def __contains__(self, key: str) -> bool:
        self._known[key] = None
        return key in self._left

    def take(self, key: str, *kinds: type[Any], default: Any = _NEEDED) -> Any:
        """Take out the value of a key; raises BadScenario unless it is of one of the kinds."""
        if key not in self:
            if default is _NEEDED:
                raise self.refusal(key, "it is missing")
            return default
        value = self._left.pop(key)
        if kinds and type(value) not in kinds:  # exact types: no bool for an int, no datetime for a date
            needed = " or ".join(_WORDS[kind] for kind in kinds)
            hint = ": a date has no quotes" if date in kinds and isinstance(value, str) else ""
            raise self.refusal(key, f"{needed} is needed, not {shown(value)}{hint}")
        return value

    def read(self, key: str, parse: Callable[[Any], T], value: object) -> T:
        """The value of this key parsed by `parse`; its refusal names the place."""
        try:
            return parse(value)
        except BankcoreError as error:
            raise self.refusal(key, str(error)) from None

    def section(self, key: str) -> Section:
        """Take out a table, empty where the key is absent."""
        return Section(f"{self.place}, field {key}", self.take(key, default={}))

    def sections(self, key: str, kind: str) -> Iterator[tuple[str, Section]]:
        """Take out a table of tables, each called `kind name`."""
        for name, data in self.take(key, dict, default={}).items():
            yield name, Section(f"{self.place}: {kind} {name}", data)

    def rest(self) -> Iterator[tuple[str, Any]]:
        """Take out everything that is left."""
        left, self._left = self._left, {}
        return iter(left.items())

    def end(self) -> None:
        """Raises BadScenario where a key was not read."""
        for key in self._left:
            raise self.refusal(key, f"there is no such field here; known: {', '.join(self._known)}")

    def refusal(self, key: str, reason: str) -> BadScenario:
        """The error that names this key."""
        return BadScenario(f"{self.place}, field {key}", reason)


def shown(value: object) -> str:
    """A value as shown in a refusal, cut short."""
    if type(value) is int and value.bit_length() > _LONGEST * 4:
        return "a huge number"  # Python refuses to print the longest
    text = str(value) if isinstance(value, (bool, date)) else repr(value)
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "..."
