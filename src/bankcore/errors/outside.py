"""Errors of input from outside: the command line, files, mappings and rows."""

from __future__ import annotations

from bankcore.errors.roots import InputError

__all__ = [
    "BadFile",
    "BadMapping",
    "BadRow",
    "BadRows",
    "BadUsage",
    "LibraryMissing",
    "NotExportable",
    "RowRepeated",
]


class BadUsage(InputError):
    """The command line itself cannot be read: an option is unknown or missing."""

    sentence = "{reason}"
    remedy = "Read the command's help: `-h`."
    reason: str


class BadFile(InputError):
    sentence = "{path} cannot be used: {reason}"
    remedy = "Mend the file, or give another path."
    path: str
    reason: str


class BadMapping(InputError):
    sentence = "{place}: {reason}"
    remedy = "Correct the map at the place named."
    place: str
    reason: str


class BadRow(InputError):
    sentence = "line {line}, column {column}: {reason}"
    line: int
    column: str
    reason: str


class BadRows(InputError):
    """A file was read to its end, and nothing of it was written; the first faults are named."""

    sentence = "{count} of {rows} rows cannot be used, and nothing was written: {faults}"
    remedy = "Correct the rows named and give the whole file again."
    count: int
    rows: int
    faults: str


class RowRepeated(InputError):
    """Two rows of one file say the same, which is no retry of the first."""

    sentence = "row {row} says the same as row {first} of the same file"
    remedy = "Take one of the two rows out, or correct it."
    row: int
    first: int


class LibraryMissing(InputError):
    """An optional part of bankcore was not installed."""

    sentence = "{library} is needed for this: pip install 'bankcore[{extra}]'"
    remedy = "Install the extra that is named."
    library: str
    extra: str


class NotExportable(InputError):
    """A format of another program has no place for something of the book."""

    sentence = "{what} cannot be written as {format}: {reason}"
    remedy = "Choose another format."
    what: str
    format: str
    reason: str
