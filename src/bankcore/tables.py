"""Tables: the result of a report, with a title and plain values; for notebooks and data frames, too.

Also the ways of a text out: `visible` for people, `csv_line` and `json_text` for programs.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from enum import Enum
from html import escape
from typing import TYPE_CHECKING, Any, Final
from unicodedata import category

from attrs import evolve, frozen

from bankcore.amounts import Amount
from bankcore.errors import LibraryMissing, UnknownName

if TYPE_CHECKING:
    import pandas
    import pyarrow

__all__ = ["Table", "csv_line", "json_text", "undefused", "visible"]

_UNIT: Final = "unit"  # the column that says what amounts are in
_SHORT: Final = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_CONTROLS: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_IGNORED: Final = re.compile(  # Default_Ignorable_Code_Point of Unicode beyond those categories, and a blank
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2065\u2800\u3164\ufe00-\ufe0f\uffa0"
    "\ufdd0-\ufdef\ufff0-\ufff8\ufffe\uffff\U000e0000-\U000e0fff]"
)
# What Excel, LibreOffice and Google Sheets may compute, also in full width, and blanks before it.
_FORMULA: Final = re.compile(r"'*\s*[=+\-@\t\r\n＝＋－＠]")
_NUMBER: Final = re.compile(r"[+-]?[0-9][0-9,]*(\.[0-9]+)?(%|/[0-9]+)?")
_QUOTED: Final = re.compile(r'[,"\x00-\x1f\x7f-\x9f\u2028\u2029]|^\s|\s$')


@frozen
class Table:
    """A report: titled columns and plain rows; amounts are `Amount`s.

    In a notebook it is shown as a table.

    >>> Table("Lots", ("card", "left"), (("c1", 5), ("c2", 7))).where("card", "c2").rows
    (('c2', 7),)
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]

    def where(self, column: str, text: str) -> Table:
        """Only the rows that show this text in a column, such as one customer's; raises UnknownName."""
        if column not in self.columns:
            raise UnknownName("column", column, ", ".join(self.columns))
        place = self.columns.index(column)
        return evolve(self, rows=tuple(row for row in self.rows if str(row[place]) == text))

    def to_dicts(self) -> list[dict[str, Any]]:
        """The rows by column, exactly: amounts as Decimal, whole numbers as int, dates as dates.

        Amounts name their unit in the column `unit`, which is added where the table has none.  Rates and
        fractions are text.

        >>> Table("Lots", ("card", "left"), (("c1", Amount.parse("5.50", "CNY/2")),)).to_dicts()
        [{'card': 'c1', 'left': Decimal('5.50'), 'unit': 'CNY/2'}]
        """
        units = [" ".join({str(it.unit): None for it in row if isinstance(it, Amount)}) for row in self.rows]
        dicts = [dict(zip(self.columns, map(_exact, row), strict=True)) for row in self.rows]
        if any(units) and _UNIT not in self.columns:
            dicts = [{**row, _UNIT: unit} for row, unit in zip(dicts, units, strict=True)]
        return dicts

    def to_pandas(self) -> pandas.DataFrame:
        """The rows of `to_dicts` as a data frame; amounts stay exact, as objects.

        Raises LibraryMissing where pandas is not installed.
        """
        try:
            import pandas
        except ImportError:
            raise LibraryMissing("pandas", "pandas") from None
        dicts = self.to_dicts()
        return pandas.DataFrame(dicts, columns=[*(dicts[0] if dicts else self.columns)], dtype=object)

    def to_arrow(self) -> pyarrow.Table:
        """The rows of `to_dicts` as an Arrow table; amounts are decimals, a column of several kinds is text.

        Raises LibraryMissing where pyarrow is not installed.
        """
        try:
            import pyarrow
        except ImportError:
            raise LibraryMissing("pyarrow", "arrow") from None
        dicts = self.to_dicts()
        columns: dict[str, Any] = {}
        for name in dicts[0] if dicts else self.columns:
            cells = [row[name] for row in dicts]
            kinds = {type(cell) for cell in cells if cell is not None}
            if len(kinds) > 1 or not kinds <= {bool, date, Decimal, int, str}:
                cells = [None if cell is None else str(cell) for cell in cells]
            columns[name] = pyarrow.array(cells)
        return pyarrow.table(columns)

    def _repr_html_(self) -> str:
        """The table for a notebook; everything in it is escaped."""
        head = "".join(f"<th>{escape(column)}</th>" for column in self.columns)
        body = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in self.rows)
        caption = f"<caption>{escape(self.title)}</caption>"
        return f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _exact(value: Any) -> Any:
    if isinstance(value, Amount):
        return Decimal(value.decimal())
    if isinstance(value, Enum):
        return value.value
    return value if value is None or isinstance(value, (bool, int, date)) else str(value)


def _cell(value: Any) -> str:
    if isinstance(value, (Amount, int)) and not isinstance(value, bool):
        return f'<td style="text-align: right">{escape(str(value))}</td>'
    return f"<td>{'' if value is None else escape(visible(str(_exact(value))))}</td>"


def _hidden(character: str) -> bool:
    """Whether a character shows nothing by itself: it controls a terminal, a line's end or its direction."""
    return category(character) in _CONTROLS or _IGNORED.match(character) is not None


def visible(text: str) -> str:
    r"""A text as one line for people: what could not be seen, or would act on a terminal, as its escape.

    >>> print(visible("rent\x1b[31m\n\u202edetrever"))
    rent\x1b[31m\n\u202edetrever
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_escape(it) if _hidden(it) else it for it in text)


def _escape(character: str) -> str:
    code = ord(character)
    width, letter = (2, "x") if code < 1 << 8 else (4, "u") if code < 1 << 16 else (8, "U")
    return _SHORT.get(character) or f"\\{letter}{code:0{width}x}"


def csv_line(cells: Iterable[object], *, raw: bool = False) -> str:
    r"""Cells as a line of CSV that ends with a line feed; None is empty.

    A text that a spreadsheet would take for a formula gets an apostrophe in front, unless it is asked `raw`;
    numbers such as -3.00 are none.  `undefused` takes it away again.

    >>> csv_line(["a,b", None, 7, "-3.00", "=1+1"])
    '"a,b",,7,-3.00,\'=1+1\n'
    """
    texts = ["" if it is None else str(it) for it in cells]
    if not raw:
        texts = [f"'{it}" if _FORMULA.match(it) and not _NUMBER.fullmatch(it) else it for it in texts]
    if len(texts) == 1 and not texts[0]:
        return '""\n'  # an empty line would be no row
    return ",".join(map(_quoted, texts)) + "\n"


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if _QUOTED.search(text) else text


def undefused(text: str) -> str:
    """A cell without the apostrophe that `csv_line` puts before a formula; any other as it is.

    >>> undefused("'=1+1"), undefused("'t was")
    ('=1+1', "'t was")
    """
    return text[1:] if text[:1] == "'" and _FORMULA.match(text) else text


def json_text(data: Any, indent: int | None = None) -> str:
    r"""Data as JSON in which what a terminal could act on is escaped; other characters stay as they are.

    >>> print(json_text({"户": "\x7f\u202e"}))
    {"户": "\u007f\u202e"}
    """
    text = json.dumps(data, ensure_ascii=False, indent=indent)
    if text.isascii() and "\x7f" not in text:
        return text
    return "".join(json.dumps(it)[1:-1].replace("\x7f", "\\u007f") if _is_raw(it) else it for it in text)


def _is_raw(character: str) -> bool:
    return character != "\n" and _hidden(character)  # the line's end is that of `indent`
