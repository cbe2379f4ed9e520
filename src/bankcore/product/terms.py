"""The base of a product's terms: immutable values that can be read from a TOML file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

from attrs import frozen

from bankcore.amounts import Amount
from bankcore.errors import UnitMismatch
from bankcore.product import term
from bankcore.units import Unit

__all__ = ["Terms"]


@frozen(kw_only=True)
class Terms:
    """The base of a class of terms: fields of the kinds in `term`, the first of them `unit`.

    Amounts are minor units of `unit`.  Creating terms raises BadTerms for a value out of bounds.
    """

    unit: Unit = term.unit("CNY/2", "unit of all amounts")

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """Terms from plain data as in TOML, absent ones by default.  Raises BadTerms."""
        return term.read(cls, data)

    def minor_units(self, amount: Amount) -> int:
        """Minor units of an amount in the terms' unit; raises UnitMismatch."""
        if amount.unit != self.unit:
            raise UnitMismatch(self.unit, amount.unit, "amount")
        return amount.quantity

    def as_data(self) -> dict[str, Any]:
        """The terms as plain data that `from_data` reads."""
        return term.written(self)
