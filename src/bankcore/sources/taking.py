"""Importing the leads of a source: each row is one command, under a key made of its content.

The key is a hash keyed by the secret of the book, as it remains after personal data in the row is erased.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256

from attrs import frozen

from bankcore.bank import Bank
from bankcore.errors import BadMapping, BankcoreError, RowRepeated
from bankcore.errors.nearest import choices
from bankcore.ledger.personal import keyed
from bankcore.ledger.transactions import canonical_json
from bankcore.products.branch.intake import FIELDS, PROFILE, lead_from, profile_from
from bankcore.sources.source import LeadSource

_KNOWN = (*FIELDS, "consent", "as_of", *PROFILE)

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
    described: int = 0  # of which the source says what they are and want


def take_leads(
    source: LeadSource, bank: Bank, programme: str, columns: Mapping[str, str] | None = None
) -> Taken:
    """Import every lead with consent; a refused row does not stop those after it.

    `columns` names the column of a field (`lead`, `identity`, `name`, `contact`, `consent`, `kind`,
    `branch`, `as_of`, those of a profile) where it has another name.  A row that says the same as an earlier
    one is refused as RowRepeated.  Raises BadMapping for another field or a column that no row has, and
    errors of the source; then nothing is imported.
    """
    columns, given = columns or {}, [*source.rows()]
    names = dict.fromkeys(name for row in given for name in row)
    for field, column in columns.items():
        if field not in _KNOWN or not isinstance(column, str):
            raise BadMapping(str(field), f"there is no such field; {choices(str(field), _KNOWN)}")
        if given and column not in names:
            raise BadMapping(field, f"there is no column {column!r}; {choices(column, names, 'it has')}")
    acquired = replayed = described = 0
    met: dict[frozenset[tuple[str, str]], int] = {}
    secret = bank.ledger.reader.secret()
    turned: list[Turned] = []
    for number, row in enumerate(given, start=1):
        about = {"programme": programme, "source": source.name}
        try:
            command = lead_from(row, programme, source.name, columns)
            key = _key(secret, {**about, **_kept(row, columns, (*FIELDS, "consent"))})
            if (first := met.setdefault(_said(row, columns), number)) != number:
                raise RowRepeated(number, first)
            receipts = bank.handle(command, f"lead/{key}")
            acquired += not receipts[0].replayed
            replayed += receipts[0].replayed
            profile = profile_from(row, programme, source.name, columns)
            if profile is not None:
                key = _key(secret, {**about, **_kept(row, columns, ("lead", "as_of", *PROFILE))})
                described += not bank.handle(profile, f"profile/{key}")[0].replayed
        except BankcoreError as error:
            turned.append(Turned(number, error))
    return Taken(len(given), acquired, replayed, tuple(turned), described)


def _key(secret: str, said: Mapping[str, str]) -> str:
    digest = sha256(canonical_json(said).encode(errors="surrogatepass")).hexdigest()
    return keyed(secret, digest)[:40]


def _said(row: Mapping[str, str], columns: Mapping[str, str]) -> frozenset[tuple[str, str]]:
    """All that a row says of a lead and its profile."""
    return frozenset(_kept(row, columns, _KNOWN).items())


def _kept(row: Mapping[str, str], columns: Mapping[str, str], fields: tuple[str, ...]) -> dict[str, str]:
    """The part of a row that makes a command: other columns may change without making it a new row."""
    names = [columns.get(field, field) for field in fields]
    return {f"row.{name}": row[name] for name in names if name in row}
