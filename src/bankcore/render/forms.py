"""The output forms: text for people, JSON and CSV for programs.

Text shows the facts and all tables with formatted amounts, JSON the same with amounts as minor
units, unit and decimal text, CSV the first table (or the facts, where there is none) in plain decimals
with the unit in a column.  `Sheet.part` selects another table of the sheet, or the facts.

Every cell and sentence for people goes through `bankcore.tables.visible`, so that no text from outside
can act on a terminal or look like another line.  JSON escapes the same characters in its own way, so a
program reads the text as it was given.

>>> from bankcore.units import Unit
>>> sheet = Sheet({"account": "bank:cash", "balance": Amount(123456, Unit("CNY/2"))})
>>> print(write(sheet, Form.TEXT), end="")
account  bank:cash
balance  1,234.56 CNY
>>> print(write(sheet, Form.CSV), end="")
account,balance,unit
bank:cash,1234.56,CNY/2
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import Enum
from itertools import islice
from typing import Any, Final

from attrs import field, frozen

from bankcore.amounts import Amount
from bankcore.errors import BankcoreError, UnknownName, VerificationFailed
from bankcore.ledger.transactions import timestamp
from bankcore.render.grids import grid
from bankcore.tables import Table, csv_line, json_text, visible

__all__ = ["HIDDEN", "Form", "Sheet", "refusal", "write"]

HIDDEN: Final = frozenset({"unit", "digest"})  # amounts include their unit, digests are long
_SHOWN: Final = 20  # findings that text lists


class Form(Enum):
    """The three output forms."""

    TEXT = "text"
    JSON = "json"
    CSV = "csv"


@frozen
class Sheet:
    """A result, independent of the form; names are words with spaces, cells plain values or amounts."""

    facts: Mapping[str, Any] = field(factory=dict)
    tables: tuple[Table, ...] = ()
    hidden: frozenset[str] = HIDDEN  # columns omitted in text

    def part(self, name: str) -> Sheet:
        """One table only, by its title or its name in JSON, or the `facts`; raises UnknownName."""
        parts = {_name(table.title): Sheet({}, (table,), self.hidden) for table in self.tables}
        if self.facts:
            parts = {"facts": Sheet(self.facts), **parts}
        if _name(name) not in parts:
            raise UnknownName("table", name, ", ".join(parts))
        return parts[_name(name)]


def write(sheet: Sheet, form: Form, *, raw: bool = False) -> str:
    """The sheet in one of the forms, ending with a line break; in `raw` CSV formulas stay formulas."""
    if form is Form.CSV:
        return _csv(sheet, raw)
    return _text(sheet) if form is Form.TEXT else _as_json(sheet)


def refusal(error: BankcoreError, form: Form, near: Sequence[str] = ()) -> str:
    """A refusal for standard error: JSON if requested, a line of text otherwise; `near` are names like it."""
    if form is Form.JSON:
        return _json({"error": error.as_dict() | ({"nearest": [*near]} if near else {})})
    meant = f"; nearest: {', '.join(map(visible, near))}" if near else ""
    lines = [f"error [{error.code}]: {visible(str(error))}{meant}"]
    if isinstance(error, VerificationFailed):
        for finding, follows in islice(error.causes(), _SHOWN):
            more = f" ({follows} more result from it)" if follows else ""
            lines.append(f"  [{finding.code}] {visible(str(finding))}{more}")
        if (left := len(error.findings) - _SHOWN) > 0:
            lines.append(f"  ... and {left} more, which --json lists")
    return "\n".join(lines) + "\n"


def _text(sheet: Sheet) -> str:
    facts = [
        (visible(name), _word(value)) for name, value in sheet.facts.items() if value not in (None, "", {})
    ]
    parts = [grid(facts)] if facts else []
    silent = bool(facts) and any(table.rows for table in sheet.tables)
    for table in sheet.tables:
        title = visible(table.title)
        heading = f"{title}\n" if len(sheet.tables) > 1 else ""
        if table.rows:
            parts.append(heading + _grid(table, sheet.hidden))
        elif not silent:
            parts.append(f"no {title}")
    return "\n\n".join(parts) + "\n"


def _grid(table: Table, hidden: frozenset[str]) -> str:
    places = [place for place, column in enumerate(table.columns) if column not in hidden]
    rows = [[_word(row[place]) for place in places] for row in table.rows]
    heads = [visible(table.columns[place]) for place in places]
    numeric = [all(_is_figure(row[place]) for row in table.rows) for place in places]
    return grid(rows, heads, numeric)


def _is_figure(cell: Any) -> bool:
    return cell is None or (isinstance(cell, (Amount, int)) and not isinstance(cell, bool))


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value) if isinstance(value, Amount) else visible(_raw(value))


def _csv(sheet: Sheet, raw: bool) -> str:
    table = sheet.tables[0] if sheet.tables else Table("", tuple(sheet.facts), (tuple(sheet.facts.values()),))
    columns, rows = table.columns, table.rows
    units = [" ".join({cell.unit: None for cell in row if isinstance(cell, Amount)}) for row in rows]
    if any(units) and "unit" not in columns:
        columns, rows = (*columns, "unit"), tuple((*row, unit) for row, unit in zip(rows, units, strict=True))
    lines = [map(_name, columns), *(map(_raw, row) for row in rows)]
    return "".join(csv_line(line, raw=raw) for line in lines)


def _raw(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Amount):
        return value.decimal()
    plain = _plain(value)
    if isinstance(plain, (dict, list)):
        return json_text(plain)
    return "" if plain is None else str(plain)


def _as_json(sheet: Sheet) -> str:
    data = {_name(name): _plain(value) for name, value in sheet.facts.items()}
    for table in sheet.tables:
        names = [_name(column) for column in table.columns]
        data[_name(table.title)] = [dict(zip(names, map(_plain, row), strict=True)) for row in table.rows]
    return _json(data)


def _json(data: Mapping[str, Any]) -> str:
    return json_text(data, indent=2) + "\n"


def _plain(value: Any) -> Any:
    if isinstance(value, Amount):
        return {"quantity": value.quantity, "unit": str(value.unit), "decimal": value.decimal()}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return timestamp(value)
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value if value is None or isinstance(value, (bool, int)) else str(value)


def _name(title: str) -> str:
    return title.replace(" ", "_").replace("-", "_")
