"""The kinds of terms that only certificates have."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

from bankcore.errors import BadTerms
from bankcore.product import term
from bankcore.rates import Rate, Tiers
from bankcore.units import Unit

__all__ = ["multipliers", "offers", "words"]

_TERMS = (3, 6, 12, 24, 36, 60)  # months
_MOST_RATE = Rate.parse("24%").fraction
_WORD = re.compile(r"[\w.\-]{1,40}")


def multipliers(default: list[tuple[int, str]], help: str) -> Any:
    """What the base rate is multiplied by, from totals on; a larger total never earns a lower rate."""
    return term.tiers(default, help, _rise, "factors from 0 to 10 that never fall are needed")


def offers(default: str, help: str) -> Any:
    """Products by code, written as a table of code to [months, base rate]."""
    check = term.within(tuple, _are_offers, f"each code needs [months of {_TERMS}, rate of 0 to 24%]")

    def read(value: Any, _: Unit) -> Any:
        if not isinstance(value, dict):
            return value
        return tuple((code, *_offer(offer)) for code, offer in value.items())

    def write(value: tuple[tuple[str, int, Rate], ...], _: Unit) -> dict[str, list[Any]]:
        return {code: [months, str(rate)] for code, months, rate in value}

    return term.term((("CD12", 12, Rate.parse(default)),), help, check, read, write)


def words(default: tuple[str, ...], help: str) -> Any:
    """A list of different names."""
    check = term.within(
        tuple,
        lambda names: names and all(_is_word(name) and names.count(name) == 1 for name in names),
        "different names are needed",
    )
    return term.term(
        default, help, check, lambda names, _: tuple(names) if isinstance(names, list) else names,
        lambda names, _: list(names),
    )  # fmt: skip


def _rise(tiers: Tiers) -> bool:
    factors = [rate.fraction for _, rate in tiers.steps]
    return factors[0] >= 0 and factors[-1] <= 10 and all(low <= high for low, high in pairwise(factors))


def _offer(offer: Any) -> tuple[Any, Any]:
    if not isinstance(offer, list) or len(offer) != 2:
        raise BadTerms("products", "each code needs [months, base rate]")
    return offer[0], Rate.parse(offer[1])


def _are_offers(offers: tuple[Any, ...]) -> bool:
    return bool(offers) and all(
        _is_word(code)
        and type(months) is int
        and months in _TERMS
        and type(rate) is Rate
        and 0 <= rate.fraction <= _MOST_RATE
        for code, months, rate in offers
    )


def _is_word(value: object) -> bool:
    return isinstance(value, str) and bool(_WORD.fullmatch(value))
