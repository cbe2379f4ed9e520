"""What other packages sell: products that they name in the entry-point group `bankcore.products`.

A package says in its `pyproject.toml`

    [project.entry-points."bankcore.products"]
    meal-card = "meal_card:MEAL_CARD"

and its product stands beside the others after it was installed: commands, scenarios, reports, invariants and
the close of a day.  Nothing of it is imported before somebody asks for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from bankcore.errors import ProductTwice

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

__all__ = ["GROUP", "homes", "summaries"]

GROUP: Final = "bankcore.products"


def homes() -> Mapping[str, str]:
    """Where each product is, in the order of names; raises ProductTwice for two of one name."""
    found: dict[str, str] = {}
    for point in _points():
        if found.setdefault(point.name, point.value) != point.value:
            raise ProductTwice(point.name)
    return found


def summaries() -> Mapping[str, str]:
    """What the package of each product says of itself, by the product's name."""
    return {it.name: it.dist.metadata["Summary"] or "" for it in _points() if it.dist is not None}


def _points() -> list[EntryPoint]:
    from importlib.metadata import entry_points  # takes longer to import than the whole command line

    return sorted(entry_points(group=GROUP), key=lambda it: it.name)
