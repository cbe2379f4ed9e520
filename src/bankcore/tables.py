"""Tables: the result of a report, with a title and plain values; for notebooks and data frames, too."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from enum import Enum
from html import escape
from typing import TYPE_CHECKING, Any

from attrs import evolve, frozen

from bankcore.amounts import Amount
from bankcore.errors import LibraryMissing, UnknownName

if TYPE_CHECKING:
    import pandas
    import pyarrow

__all__ = ["Table", "csv_line"]

_UNIT = "unit"  # the column that says what amounts are in


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
    return f"<td>{'' if value is None else escape(str(_exact(value)))}</td>"


def csv_line(cells: Iterable[object]) -> str:
    """Cells as a line of CSV; None is empty, and a text with any sign of a line's end is put in quotes.

    >>> csv_line(["a,b", None, 7])
    '"a,b",,7\\n'
    """
    import csv
    import io

    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow("" if it is None else it for it in cells)
    return out.getvalue().removesuffix("\r\n") + "\n"
