"""Parties with current accounts, which the products ask for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bankcore.products.current import DemandTerms, OpenAccount, OpenProgramme
from bankcore.products.parties import IdentifyParty, RegisterParty

__all__ = ["holders"]


def holders(*parties: str) -> Iterator[Any]:
    """Commands that register persons and open their accounts, which earn nothing."""
    yield OpenProgramme("std", DemandTerms.from_data({"rate": "0%"}))
    for party in parties:
        yield RegisterParty(party)
        yield IdentifyParty(party, "passport", party)
        yield OpenAccount("std", party)
