"""The kinds of terms that only a wealth programme has."""

from __future__ import annotations

from typing import Any

from bankcore.calendars import Period
from bankcore.product import term
from bankcore.products.wallet.accounts import POCKETS
from bankcore.rates import Rate, Tiers

__all__ = ["bonus_tiers", "interval", "pockets"]

_LONGEST_INTERVAL = {"D": 366, "M": 12, "Y": 1}
_MOST_BONUS = Rate.parse("20%").fraction


def bonus_tiers(default: list[tuple[int, str]], help: str) -> Any:
    """Tiers of modest rates."""
    return term.tiers(default, help, _are_modest, "rates from 0 to 20% are needed")


def interval(default: str, help: str) -> Any:
    """A period of 1 day to 12 months."""
    check = term.within(
        Period, lambda period: period.count <= _LONGEST_INTERVAL[period.unit], "1 day to 12 months are needed"
    )
    return term.term(
        Period.parse(default), help, check, lambda text, _: Period.parse(text), lambda period, _: str(period)
    )


def pockets(help: str) -> Any:
    """Names of pockets, all by default."""
    check = term.within(
        tuple,
        lambda names: all(name in POCKETS and names.count(name) == 1 for name in names),
        f"different names among {', '.join(POCKETS)} are needed",
    )
    return term.term(
        POCKETS, help, check, lambda names, _: tuple(names) if isinstance(names, list) else names,
        lambda names, _: list(names),
    )  # fmt: skip


def _are_modest(tiers: Tiers) -> bool:
    return all(0 <= rate.fraction <= _MOST_BONUS for _, rate in tiers.steps)
