"""A source's row as the command that takes up its lead.

>>> row = {"shop": "s1", "uscc": "91330100MA27XXXX0X", "consent": "yes"}
>>> command = lead_from(row, "net", "map", {"lead": "shop", "identity": "uscc"})
>>> command.lead, command.source, command.consent
('s1', 'map', True)
"""

from __future__ import annotations

from collections.abc import Mapping

from bankcore.products.branch.acquisition import AcquireLead

__all__ = ["FIELDS", "lead_from"]

FIELDS = ("lead", "identity", "name", "contact", "kind", "branch")  # of a lead, beside its consent
_YES = {"1", "true", "y", "yes", "同意", "是"}


def lead_from(row: Mapping[str, str], programme: str, source: str, columns: Mapping[str, str]) -> AcquireLead:
    """Read a row; `columns` names the column of a field where it is called otherwise.

    What a row lacks is empty, its consent then is none.  Raises BadCommand for what cannot be read.
    """
    values = {field: row.get(columns.get(field, field), "").strip() for field in FIELDS}
    values |= {"full_name": values.pop("name"), "kind": values["kind"] or "firm"}
    consent = row.get(columns.get("consent", "consent"), "").strip().lower() in _YES
    return AcquireLead(programme, source=source, consent=consent, **values)
