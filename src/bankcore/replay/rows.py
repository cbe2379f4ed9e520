"""The rows of a CSV file as transactions, read one by one."""

from __future__ import annotations

import csv
import gzip
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any, Final, TypeVar

from attrs import frozen

from bankcore.errors import BadFile, BadMapping, BadRow, BankcoreError
from bankcore.ledger.accounts import AccountPath
from bankcore.ledger.transactions import Posting, Transaction
from bankcore.replay.mapping import Mapping
from bankcore.replay.tables import Target, When

__all__ = ["Row", "read_rows"]

T = TypeVar("T")

_LONGEST_LINE: Final = 1 << 20
_STRIDE: Final = 1 << 16  # bytes between two reports of progress
_WHOLE_LINE: Final = "(all)"  # in place of a column, where a line cannot be split into columns


@frozen
class Row:
    """One row: its line in the file, its transaction, the accounts that it needs.

    The transaction of a row with amount zero has no postings.  `balance` is the account's balance
    afterwards as stated by the bank, on its normal side.
    """

    line: int
    account: AccountPath
    transaction: Transaction
    targets: tuple[tuple[AccountPath, Target], ...]
    balance: int | None


def read_rows(path: Path, mapping: Mapping, progress: Callable[[int], object] | None = None) -> Iterator[Row]:
    """The rows of a .csv or .csv.gz file in its order; `progress` is called with the bytes read so far.

    Raises BadFile, BadMapping where the file lacks a column of the map, and BadRow.
    """
    records = csv.reader(_lines(path, mapping.encoding, progress), delimiter=mapping.delimiter, strict=True)
    header = next((values for values in iter(lambda: _next(records), None) if values), None)
    if header is None:
        raise BadFile(str(path), "it is empty")
    _check_header(header, mapping)
    before: tuple[tuple[int, str], ...] = ()
    while (values := _next(records)) is not None:
        line = records.line_num
        if not values:
            continue
        if len(values) != len(header):
            column = header[len(values)] if len(values) < len(header) else _WHOLE_LINE
            raise BadRow(line, column, f"there are {len(values)} values for {len(header)} columns")
        row = dict(zip(header, values, strict=True))
        place = tuple(_rank(row[column]) for column in mapping.order)
        if place < before:
            raise BadRow(line, mapping.order[0], f"the file is not sorted by {', '.join(mapping.order)}")
        before = place
        yield _row(line, row, mapping)


def _lines(path: Path, encoding: str, progress: Callable[[int], object] | None) -> Iterator[str]:
    number = told = 0
    try:
        with path.open("rb") as raw:
            stream: IO[bytes] | gzip.GzipFile = gzip.GzipFile(fileobj=raw) if path.suffix == ".gz" else raw
            while data := stream.readline(_LONGEST_LINE):
                number += 1
                yield _text(number, data, encoding)
                if progress is not None and (reached := raw.tell()) - told >= _STRIDE:
                    progress(reached - told)
                    told = reached
            if progress is not None:
                progress(raw.tell() - told)
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise BadFile(str(path), f"{reason} (after line {number})" if number else reason) from None


def _text(number: int, data: bytes, encoding: str) -> str:
    if len(data) == _LONGEST_LINE:
        raise BadRow(number, _WHOLE_LINE, f"the line has over {_LONGEST_LINE - 1} bytes")
    try:
        text = data.decode(encoding)
    except UnicodeError:
        raise BadRow(number, _WHOLE_LINE, f"it is not {encoding} text; [file] names the encoding") from None
    if "\0" in text:
        raise BadRow(number, _WHOLE_LINE, "it contains a NUL character")
    return text.removeprefix("\ufeff") if number == 1 else text


def _next(records: Any) -> list[str] | None:
    try:
        return next(records, None)
    except csv.Error as error:
        raise BadRow(records.line_num, _WHOLE_LINE, str(error)) from None


def _check_header(header: list[str], mapping: Mapping) -> None:
    for place, column in mapping.columns:
        if column not in header:
            raise BadMapping(place, f"the file has no column {column!r}; it has {', '.join(header)}")
        if header.count(column) > 1:
            raise BadRow(1, column, "the column occurs twice")


def _rank(text: str) -> tuple[int, str]:
    """Whole numbers sort by value, before all other texts."""
    return (int(text), "") if text.isascii() and text.isdecimal() and len(text) < 19 else (1 << 63, text)


def _row(line: int, row: dict[str, str], mapping: Mapping) -> Row:
    target, stated = mapping.account, mapping.balance
    day = _read(line, row, mapping.day, mapping.read_date)
    key = mapping.key.fill(row)
    path = _path(line, row, target)
    quantity = _quantity(line, row, mapping)
    contra = next((contra for contra in mapping.contras if contra.when.holds(row)), None)
    if contra is None:
        raise _unmapped(line, row, "contra", tuple(contra.when for contra in mapping.contras))
    moves = [(contra.target, quantity)]
    if stated is not None and stated.delta is not None and stated.rounding is not None:
        delta = _read(line, row, stated.delta, mapping.read_amount) * target.type.normal_side.sign
        moves.append((stated.rounding, delta))
    postings: list[Posting] = []
    targets = [(path, target)]
    for other, moved in moves:
        if moved:
            opposite = _path(line, row, other)
            postings += (Posting(path, moved, mapping.unit), Posting(opposite, -moved, mapping.unit))
            targets.append((opposite, other))
    transaction = Transaction(
        key=key,
        kind=contra.kind,
        effective_on=day,
        postings=tuple(postings),
        description=" ".join(mapping.description.fill(row).split()),
    )
    balance = None if stated is None else _read(line, row, stated.column, mapping.read_amount)
    return Row(line, path, transaction, tuple(targets if postings else ()), balance)


def _quantity(line: int, row: dict[str, str], mapping: Mapping) -> int:
    """The row's effect on its account, a debit positive.

    Without sign rules the amount's own sign is used; a positive amount increases the account.
    """
    (column, side), *_ = mapping.amounts
    if side is not None:
        return _sided(line, row, mapping)
    quantity = _read(line, row, column, mapping.read_amount)
    if not mapping.signs:
        return quantity * mapping.account.type.normal_side.sign
    sign = next((sign for sign in mapping.signs if sign.when.holds(row)), None)
    if sign is None:
        raise _unmapped(line, row, "sign", tuple(sign.when for sign in mapping.signs))
    if quantity < 0:
        raise BadRow(line, column, "a negative amount contradicts the sign rules of the map")
    return quantity * sign.side.sign


def _sided(line: int, row: dict[str, str], mapping: Mapping) -> int:
    """The row's effect where credits and debits have separate columns; one of them is empty or 0."""
    given = [(column, side.sign) for column, side in mapping.amounts if side and row[column].strip()]
    quantities = [_read(line, row, column, mapping.read_amount) * sign for column, sign in given]
    if not given or sum(map(bool, quantities)) > 1:
        columns = " and ".join(column for column, _ in mapping.amounts)
        raise BadRow(line, mapping.amounts[0][0], f"one of the columns {columns} must hold an amount")
    return sum(quantities)


def _path(line: int, row: dict[str, str], target: Target) -> AccountPath:
    try:
        return AccountPath.parse(target.path.fill(row))
    except BankcoreError as error:  # a path without columns was checked with the map
        raise BadRow(line, target.path.columns[0], str(error)) from None


def _read(line: int, row: dict[str, str], column: str, reader: Callable[[str], T]) -> T:
    try:
        return reader(row[column])
    except BankcoreError as error:
        raise BadRow(line, column, str(error)) from None


def _unmapped(line: int, row: dict[str, str], rules: str, whens: Sequence[When]) -> BadRow:
    columns = dict.fromkeys(column for when in whens for column, _ in when.values)
    found = ", ".join(f"{column} = {row[column]!r}" for column in columns)
    return BadRow(line, next(iter(columns)), f"no {rules} rule of the map matches {found}")
