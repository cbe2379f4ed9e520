"""A source's row as the command that takes up its lead, and the one that says what the source knows of it.

>>> row = {"shop": "s1", "uscc": "91330100MA27XXXX0X", "consent": "yes"}
>>> command = lead_from(row, "net", "map", {"lead": "shop", "identity": "uscc"})
>>> command.lead, command.source, command.consent
('s1', 'map', True)
>>> profile_from({"shop": "s1", "trade": "tea"}, "net", "map", {"lead": "shop", "industry": "trade"}).values
{'industry': 'tea'}
"""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from bankcore.calendars import parse_date
from bankcore.products.branch.acquisition import AcquireLead
from bankcore.products.branch.criteria import FirmProfile
from bankcore.products.branch.fragments import SupplyProfile

__all__ = ["FIELDS", "PROFILE", "lead_from", "profile_from"]

FIELDS = ("lead", "identity", "name", "contact", "kind", "branch")  # of a lead, beside its consent
PROFILE = tuple(it.name for it in attrs.fields(FirmProfile) if it.name != "unit")
_NUMBERS = ("least_months", "most_months", "east", "north")
_YES = {"1", "true", "y", "yes", "同意", "是"}


def lead_from(row: Mapping[str, str], programme: str, source: str, columns: Mapping[str, str]) -> AcquireLead:
    """Read a row; `columns` names the column of a field where it is called otherwise.

    What a row lacks is empty, its consent then is none.  Raises BadCommand for what cannot be read.
    """
    values = {field: row.get(columns.get(field, field), "").strip() for field in FIELDS}
    values |= {"full_name": values.pop("name"), "kind": values["kind"] or "firm"}
    consent = row.get(columns.get("consent", "consent"), "").strip().lower() in _YES
    return AcquireLead(programme, source=source, consent=consent, **values)


def profile_from(
    row: Mapping[str, str], programme: str, source: str, columns: Mapping[str, str]
) -> SupplyProfile | None:
    """What a row says of the profile, as of the day in its column `as_of`; None where it says nothing.

    Raises BadCommand, BadDate for what cannot be read.
    """
    found = {field: row.get(columns.get(field, field), "").strip() for field in ("lead", "as_of", *PROFILE)}
    lead, as_of = found.pop("lead"), found.pop("as_of")
    values = {field: _number(text) if field in _NUMBERS else text for field, text in found.items() if text}
    if not values:
        return None
    return SupplyProfile(programme, lead, source, values, parse_date(as_of) if as_of else None)


def _number(text: str) -> int | str:
    """A whole number; what is none is refused by the profile."""
    return int(text) if text.lstrip("-").isdecimal() else text
