"""Velocity limits, laid out as a sheet."""

from __future__ import annotations

from collections.abc import Iterable

from bankcore.amounts import Amount
from bankcore.ledger.velocity import VelocityLimit
from bankcore.render.forms import Sheet
from bankcore.tables import Table

__all__ = ["velocity_limits"]


def velocity_limits(limits: Iterable[tuple[VelocityLimit, int]]) -> Sheet:
    """Velocity limits with the number of the binding version; without an amount the flow is unlimited."""
    columns = ("limit", "root", "flow", "per", "most", "each", "version", "reason", "unit")
    rows = tuple(
        (
            v.name,
            v.root,
            v.flow,
            v.per,
            None if v.most is None else Amount(v.most, v.unit),
            v.each,
            version,
            v.reason,
            v.unit,
        )
        for v, version in limits
    )
    return Sheet(tables=(Table("limits", columns, rows),))
