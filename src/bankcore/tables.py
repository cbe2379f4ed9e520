"""Tables: the result of a report, with a title and plain values."""

from __future__ import annotations

from typing import Any

from attrs import evolve, frozen

from bankcore.errors import UnknownName

__all__ = ["Table"]


@frozen
class Table:
    """A report: titled columns and plain rows; amounts are `Amount`s.

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
