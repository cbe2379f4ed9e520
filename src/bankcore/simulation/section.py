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
from typing import Any, TypeVar

from bankcore.errors import BankcoreError
from bankcore.errors.nearest import choices, nearest
from bankcore.simulation.language import NEEDED, TOP, WORDS, Language
from bankcore.simulation.refusals import BadScenario

__all__ = ["Section", "shown"]

T = TypeVar("T")

_LONGEST = 60  # characters of a value that a refusal repeats


class Section:
    """One table and its place in the file; where its `language` is given it has no other keys.

    With a list `found` all that is wrong with its keys is put there: a `strict` table then raises the last of
    it, another leaves out those keys and names them in `bad`.  Without a list the first is raised.
    """

    def __init__(
        self,
        place: str,
        data: object,
        language: Language | None = None,
        found: list[BadScenario] | None = None,
        *,
        strict: bool = True,
    ) -> None:
        if not isinstance(data, Mapping):
            raise BadScenario(place, f"a table is needed, not {shown(data)}")
        self.place, self.found = place, found
        self.bad: set[str] = set()
        self.meant: set[str] = set()  # what those of no language may be meant for
        self._left = dict(data)
        self._language = language
        self._known: dict[str, None] = {}  # the keys read so far, or all of the language
        if language is not None:
            self._known = dict.fromkeys(language.keys)
            if wrong := self._wrong(language):
                self._report(wrong, strict)

    def _wrong(self, language: Language) -> dict[str, BadScenario]:
        """The keys that are missing, of a wrong type, or not of the language."""
        wrong = {}
        for key in language.keys.values():
            if key.name in self._left:
                error = self._misfit(key.name, key.kinds, self._left[key.name])
            else:
                lacking = self.refusal(key.name, key.absent or "it is missing")
                error = lacking if key.default is NEEDED else None
            if error:
                wrong[key.name] = error
        others = [] if language.further else [key for key in self._left if key not in language.keys]
        return wrong | {key: self._unknown(key) for key in others}

    def _report(self, wrong: Mapping[str, BadScenario], strict: bool) -> None:
        if self.found is None:
            raise next(iter(wrong.values()))
        *before, last = wrong.values()
        self.found += before
        if strict:
            raise last
        self.found.append(last)
        self.bad = {*wrong}
        self.meant = {near for key in wrong if key not in self._known for near in nearest(key, self._known)}
        self._left = {key: value for key, value in self._left.items() if key not in wrong}

    def __contains__(self, key: str) -> bool:
        if self._language is None:
            self._known[key] = None
        return key in self._left

    def take(self, key: str, *kinds: type[Any], default: Any = NEEDED) -> Any:
        """Take out the value of a key; raises BadScenario unless it is of one of the kinds.

        With a language its kinds and its default are meant, and KeyError is raised for a key that it has not.
        """
        if self._language is not None:
            default = self._language.keys[key].default
        if key not in self:
            if default is NEEDED:
                raise self.refusal(key, "it is missing")
            return default
        value = self._left.pop(key)
        if self._language is None and (error := self._misfit(key, kinds, value)):
            raise error
        return value

    def _misfit(self, key: str, kinds: tuple[type[Any], ...], value: object) -> BadScenario | None:
        """The refusal of another type than these, exactly: no bool for an int, no datetime for a date."""
        if not kinds or type(value) in kinds:
            return None
        needed = " or ".join(WORDS[kind] for kind in kinds)
        hint = ": a date has no quotes" if date in kinds and isinstance(value, str) else ""
        if self._language is TOP and isinstance(value, (dict, list)):
            hint = f": write {f'[[{key}]]' if list in kinds else f'[{key}.NAME]'}"
        return self.refusal(key, f"{needed} is needed, not {shown(value)}{hint}")

    def read(self, key: str, parse: Callable[[Any], T], value: object) -> T:
        """The value of this key parsed by `parse`; its refusal names the place."""
        try:
            return parse(value)
        except BankcoreError as error:
            raise self.refusal(key, str(error)) from None

    def section(self, key: str, language: Language | None = None) -> Section:
        """Take out a table, empty where the key is absent."""
        return Section(f"{self.place}, field {key}", self.take(key, default={}), language, self.found)

    def rest(self) -> Iterator[tuple[str, Any]]:
        """Take out everything that is left."""
        left, self._left = self._left, {}
        return iter(left.items())

    def end(self) -> None:
        """Raises BadScenario where a key was not read."""
        for key in self._left:
            raise self._unknown(key)

    def _unknown(self, key: str) -> BadScenario:
        return self.refusal(key, f"there is no such field here; {choices(key, self._known)}")

    def refusal(self, key: str, reason: str) -> BadScenario:
        """The error that names this key."""
        return BadScenario(f"{self.place}, field {key}", reason)


def shown(value: object) -> str:
    """A value as shown in a refusal, cut short."""
    if type(value) is int and value.bit_length() > _LONGEST * 4:
        return "a huge number"  # Python refuses to print the longest
    text = str(value) if isinstance(value, (bool, date)) else repr(value)
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "..."
