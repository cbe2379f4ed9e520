"""TOML tables read strictly: every entry has the right type, none is unknown."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from attrs import frozen

from bankcore.amounts import Amount
from bankcore.errors import BadMapping, BankcoreError
from bankcore.errors.nearest import choices
from bankcore.ledger.accounts import AccountPath, AccountType
from bankcore.units import Unit

__all__ = ["COUNTER", "Condition", "Table", "Target", "Template", "When"]

_COLUMN = re.compile(r"\{([^{}]+)\}")
_REQUIRED: Final = object()
_MOST_LINES: Final = 1_000_000
COUNTER: Final = "n"  # in the braces of a key: the number of the row among those of an equal key


@frozen
class Template:
    """Text with columns in braces, such as `client:{account_id}`; even parts are literal."""

    parts: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        return self.parts[1::2]

    def fill(self, row: dict[str, str]) -> str:
        """The text with the row's values in place of the columns."""
        parts = list(self.parts)
        parts[1::2] = [row[column] for column in self.columns]
        return "".join(parts)


@frozen
class Condition:
    """What a column must hold: one of some texts, none of others, a match, nothing or something."""

    among: frozenset[str] | None = None
    none_of: frozenset[str] = frozenset()
    pattern: re.Pattern[str] | None = None
    empty: bool | None = None

    def holds(self, text: str) -> bool:
        """Whether a cell meets the condition."""
        return (
            (self.among is None or text in self.among)
            and text not in self.none_of
            and (self.pattern is None or self.pattern.search(text) is not None)
            and (self.empty is None or self.empty == (not text.strip()))
        )


@frozen
class When:
    """Conditions on columns, all of which are met."""

    values: tuple[tuple[str, Condition], ...]

    def holds(self, row: dict[str, str]) -> bool:
        """Whether the row meets the condition; an empty condition is always met."""
        return all(condition.holds(row[column]) for column, condition in self.values)


@frozen
class Target:
    """An account that rows post to, and how it is opened when a row first names it."""

    path: Template
    type: AccountType
    floor: int | None = None


class Table:
    """A TOML table that is emptied as it is read; entries left at the end are unknown."""

    def __init__(self, place: str, data: Any, columns: list[tuple[str, str]]) -> None:
        if not isinstance(data, dict):
            raise BadMapping(place, "a table is needed")
        self.place = place
        self.rest = dict(data)
        self.columns = columns
        self._known: list[str] = []  # the entries that were asked for

    def at(self, name: str) -> str:
        return f"{self.place}.{name}" if self.place else name

    def take(self, name: str, default: Any = _REQUIRED) -> Any:
        self._known.append(name)
        value = self.rest.pop(name, default)
        if value is _REQUIRED:
            raise BadMapping(self.at(name), "it is missing")
        return value

    def end(self) -> None:
        for name in self.rest:
            raise BadMapping(self.at(name), f"there is no such entry; {choices(name, self._known)}")

    def text(self, name: str, default: Any = _REQUIRED) -> str:
        value = self.take(name, default)
        if not isinstance(value, str) or not (value or default == ""):
            raise BadMapping(self.at(name), f"text is needed, not {value!r}")
        return value

    def read(self, name: str, reader: Any, default: Any = _REQUIRED) -> Any:
        """A text through a function that refuses what it cannot read."""
        try:
            return reader(self.text(name, default))
        except BadMapping:
            raise
        except (BankcoreError, ValueError, re.error) as error:
            raise BadMapping(self.at(name), str(error)) from None

    def last(self, name: str, reader: Any) -> Any:
        value = self.read(name, reader)
        self.end()
        return value

    def table(self, name: str, default: Any = _REQUIRED) -> Table:
        return Table(self.at(name), self.take(name, default), self.columns)

    def tables(self, name: str, default: Any = _REQUIRED) -> Iterator[Table]:
        items = self.take(name, default)
        if not isinstance(items, list) or (default is _REQUIRED and not items):
            raise BadMapping(self.at(name), "a list of tables is needed")
        for place, data in enumerate(items, start=1):
            yield Table(f"{self.at(name)}[{place}]", data, self.columns)

    def column(self, name: str) -> str:
        column = self.text(name)
        self.columns.append((self.at(name), column))
        return column

    def texts(self, name: str, default: Any = _REQUIRED, *, of: str = "texts") -> tuple[str, ...]:
        value = self.take(name, default)
        texts = [value] if isinstance(value, str) and of == "texts" else value
        if not isinstance(texts, (list, tuple)) or not all(isinstance(text, str) for text in texts):
            raise BadMapping(self.at(name), f"a list of {of} is needed")
        return tuple(texts)

    def column_list(self, name: str) -> tuple[str, ...]:
        found = self.texts(name, (), of="columns")
        self.columns += ((self.at(name), column) for column in found)
        return found

    def number(self, name: str, default: int) -> int:
        value = self.take(name, default)
        if type(value) is not int or not 0 <= value <= _MOST_LINES:
            raise BadMapping(self.at(name), "a whole number is needed, 0 or more")
        return value

    def template(self, name: str, default: Any = _REQUIRED, *, counted: bool = False) -> Template:
        parts = _COLUMN.split(self.text(name, default))
        if any(brace in literal for literal in parts[::2] for brace in "{}"):
            raise BadMapping(self.at(name), "braces must contain the name of a column")
        template = Template(tuple(parts))
        self.columns += (
            (self.at(name), column) for column in template.columns if not (counted and column == COUNTER)
        )
        return template

    def when(self) -> When:
        table = self.table("when", {})
        values = []
        for column, value in table.rest.items():
            if isinstance(value, dict):
                condition = Table(table.at(column), value, self.columns).condition()
            else:
                condition = Condition(table.some(column))
            values.append((column, condition))
            self.columns.append((table.at(column), column))
        return When(tuple(values))

    def condition(self) -> Condition:
        """A condition written as a table: `equals`, `in`, `not`, `matches`, `empty`."""
        given = [self.some(name) for name in ("equals", "in") if name in self.rest]
        none_of = self.some("not") if "not" in self.rest else frozenset[str]()
        pattern = self.read("matches", re.compile) if "matches" in self.rest else None
        empty = self.take("empty", None)
        if empty is not None and not isinstance(empty, bool):
            raise BadMapping(self.at("empty"), "true or false is needed")
        for name in self.rest.keys() - {"equals", "in", "not"}:
            raise BadMapping(self.at(name), "one of equals, in, not, matches and empty is needed")
        among = frozenset.intersection(*given) if given else None
        if among is None and not none_of and pattern is None and empty is None:
            raise BadMapping(self.place, "one of equals, in, not, matches and empty is needed")
        return Condition(among, none_of, pattern, empty)

    def some(self, name: str) -> frozenset[str]:
        """A text or several, at least one."""
        value = self.rest[name]
        texts = value if isinstance(value, list) else [value]
        if not texts or not all(isinstance(text, str) for text in texts):
            raise BadMapping(self.at(name), "a text or a list of texts is needed")
        return frozenset(texts)

    def target(self, unit: Unit) -> Target:
        path = self.template("path")
        if not path.columns:
            self.read_path(path)
        kind = self.read("type", AccountType)
        floor = None
        if "floor" in self.rest:
            floor = self.read("floor", lambda text: Amount.parse(text, unit).quantity)
        self.end()
        return Target(path, kind, floor)

    def read_path(self, path: Template) -> None:
        try:
            AccountPath.parse(path.fill({}))
        except BankcoreError as error:
            raise BadMapping(self.at("path"), str(error)) from None
