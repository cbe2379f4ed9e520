"""Refusals of an import; nothing of a file that is refused is in the book."""

from __future__ import annotations

from bankcore.errors import InputError, Rejection

__all__ = ["BadJournal", "ImportIncomplete", "NotRepresented", "TypesUnknown"]


class BadJournal(InputError):
    """A journal of another program cannot be read."""

    sentence = "{file}, line {line}: {reason}"
    remedy = "Correct the line named and give the file again; nothing of it was written."
    file: str
    line: int
    reason: str


class TypesUnknown(InputError):
    """The type of some accounts can be told neither by their names nor by a declaration."""

    sentence = "{count} accounts have no type that could be told: {accounts}; say for each root which it is"
    remedy = "Give `--type ROOT=TYPE` for each root that is named, or `--type '*=TYPE'` for all others."
    count: int
    accounts: str


class NotRepresented(InputError):
    """Something of a journal has no place in a book, and a strict import was asked for."""

    sentence = "{count} things have no place in the book, the first in {file}, line {line}: {reason}"
    remedy = "Look at the list by `--check`; leave `--strict` out to import what can be."
    count: int
    file: str
    line: int
    reason: str


class ImportIncomplete(Rejection):
    """The book refused some transactions of a journal; the others are written."""

    sentence = (
        "{count} of {transactions} transactions were refused, the first in {file}, line {line}: {reason}"
    )
    remedy = "Mend what the list names and import the file again: what is in the book is not posted twice."
    count: int
    transactions: int
    file: str
    line: int
    reason: str
