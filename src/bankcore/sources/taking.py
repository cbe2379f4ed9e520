"""Importing the leads of a source: each row is one command, under a key made of its content.

The key is a hash keyed by the secret of the book, as it remains after personal data in the row is erased.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256

from attrs import frozen

from bankcore.bank import Bank
from bankcore.errors import BadMapping, BankcoreError
from bankcore.ledger.personal import keyed
from bankcore.ledger.transactions import canonical_json
from bankcore.products.branch.intake import FIELDS, lead_from
from bankcore.sources.source import LeadSource

__all__ = ["Taken", "Turned", "take_leads"]


@frozen
class Turned:
    """A row that was refused: its place in the source, from 1 on, and why."""

    row: int
    error: BankcoreError


@frozen
class Taken:
    """The outcome of a source's rows."""

    rows: int
    acquired: int  # merged ones included
    replayed: int  # the same rows were imported before
    turned: tuple[Turned, ...]


def take_leads(
    source: LeadSource, bank: Bank, programme: str, columns: Mapping[str, str] | None = None
) -> Taken:
    """Import every lead with consent; a refused row does not stop those after it.

    `columns` names the column of a field (`lead`, `identity`, `name`, `contact`, `consent`, `kind`,
    `branch`) where it has another name.  Raises BadMapping for another field, and errors of the source.
    """
    columns = columns or {}
    for field, column in columns.items():
        if field not in (*FIELDS, "consent") or not isinstance(column, str):
            raise BadMapping(str(field), f"one of {', '.join((*FIELDS, 'consent'))} is needed")
    rows = acquired = replayed = 0
    secret = bank.ledger.reader.secret()
    turned: list[Turned] = []
    for rows, row in enumerate(source.rows(), start=1):
        said = canonical_json({"programme": programme, "source": source.name, **_kept(row, columns)})
        digest = keyed(secret, sha256(said.encode(errors="surrogatepass")).hexdigest())
        try:
            command = lead_from(row, programme, source.name, columns)
            receipts = bank.handle(command, f"lead/{digest[:40]}")
        except BankcoreError as error:
            turned.append(Turned(rows, error))
            continue
        acquired += not receipts[0].replayed
        replayed += receipts[0].replayed
    return Taken(rows, acquired, replayed, tuple(turned))


def _kept(row: Mapping[str, str], columns: Mapping[str, str]) -> dict[str, str]:
    """The part of a row that makes the lead: other columns may change without making it a new row."""
    names = [columns.get(field, field) for field in (*FIELDS, "consent")]
    return {f"row.{name}": row[name] for name in names if name in row}
