"""The rows of a CSV file as transactions, read one by one."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from attrs import frozen

from bankcore.errors import BadFile, BadMapping, BadRow, BankcoreError
from bankcore.errors.nearest import choices
from bankcore.ledger.accounts import AccountPath
from bankcore.ledger.transactions import Posting, Transaction
from bankcore.replay.lines import WHOLE_LINE, Lines
from bankcore.replay.mapping import NEWEST, Mapping
from bankcore.replay.tables import COUNTER, Target, When
from bankcore.units import Unit

__all__ = ["Row", "read_rows"]

T = TypeVar("T")


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
    place: int  # in the order of posting, from 1 on
    unit: Unit


def read_rows(
    path: Path,
    mapping: Mapping,
    progress: Callable[[int], object] | None = None,
    *,
    zone: str = "UTC",
    left_out: Callable[[], object] | None = None,
) -> Iterator[Row]:
    """The rows of a .csv or .csv.gz file, the oldest first; `progress` is called with the bytes read so far.

    Instants are days in the time zone.  `left_out` is called for each row that the map leaves out.  A file
    with its newest rows first is read whole.  Raises BadFile, BadMapping where the file lacks a column of the
    map, and BadRow.
    """
    counter, place = _Counter(mapping), 0
    for line, row in _in_order(path, mapping, _records(path, mapping, progress), zone):
        if mapping.when.holds(row):
            place += 1
            yield _row(line, place, counter.numbered(row), mapping, zone)
        elif left_out is not None:
            left_out()


def _records(
    path: Path, mapping: Mapping, progress: Callable[[int], object] | None
) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows of the file by column, with the line on which each ends."""
    lines = Lines(path, mapping.encoding, mapping.skip, progress)
    records = csv.reader(lines, delimiter=mapping.delimiter, strict=True)
    header = [*mapping.header]
    if not header:
        found = next((values for values in iter(lambda: _next(records, lines), None) if values), None)
        if found is None:
            raise BadFile(str(path), "it is empty")
        header = [name.strip() for name in found]
    _check_header(header, mapping)
    while (values := _next(records, lines)) is not None:
        if not values:
            continue
        if len(values) != len(header):
            column = header[len(values)] if len(values) < len(header) else WHOLE_LINE
            raise BadRow(lines.number, column, f"there are {len(values)} values for {len(header)} columns")
        yield lines.number, dict(zip(header, values, strict=True))


def _in_order(
    path: Path, mapping: Mapping, records: Iterator[tuple[int, dict[str, str]]], zone: str
) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows, the oldest first; raises BadRow where they are not sorted as the map says."""
    columns, said = mapping.order, ", ".join(mapping.order)
    if mapping.direction:
        columns, said = (mapping.day,), f"{mapping.day}, the {mapping.direction.replace('-', ' ')}"
    if mapping.direction == NEWEST:
        records = reversed([*records])
    before: tuple[Any, ...] = ()
    for line, row in records:
        if mapping.when.holds(row):
            place = tuple(_rank(line, row, column, mapping, zone) for column in columns)
            if place < before:
                raise BadRow(line, columns[0], f"the file is not sorted by {said}")
            before = place
        yield line, row


def _next(records: Any, lines: Lines) -> list[str] | None:
    try:
        return next(records, None)
    except csv.Error as error:
        raise BadRow(lines.number, WHOLE_LINE, str(error)) from None


def _check_header(header: list[str], mapping: Mapping) -> None:
    for place, column in mapping.columns:
        if column not in header:
            raise BadMapping(place, f"the file has no column {column!r}; {choices(column, header, 'it has')}")
        if header.count(column) > 1:
            raise BadRow(1, column, "the column occurs twice")
    if COUNTER in header and COUNTER in mapping.key.columns:
        raise BadMapping("key", "the file has a column 'n', so {n} cannot number its rows")


class _Counter:
    """Numbers the rows of equal keys, where the key of the map has `{n}`."""

    def __init__(self, mapping: Mapping) -> None:
        self._key = mapping.key
        self._met: dict[str, int] = {}

    def numbered(self, row: dict[str, str]) -> dict[str, str]:
        """The row with its number among those of an equal key."""
        if COUNTER not in self._key.columns:
            return row
        key = self._key.fill({**row, COUNTER: ""})
        self._met[key] = number = self._met.get(key, 0) + 1
        return {**row, COUNTER: str(number)}


def _rank(line: int, row: dict[str, str], column: str, mapping: Mapping, zone: str) -> tuple[int, str]:
    """Days sort by date, whole numbers by value and before all other texts."""
    if column == mapping.day:
        return (_day(line, row, mapping, zone).toordinal(), "")
    text = row[column]
    return (int(text), "") if text.isascii() and text.isdecimal() and len(text) < 19 else (1 << 63, text)


def _day(line: int, row: dict[str, str], mapping: Mapping, zone: str) -> date:
    return _read(line, row, mapping.day, lambda text: mapping.read_date(text, zone))


def _row(line: int, place: int, row: dict[str, str], mapping: Mapping, zone: str) -> Row:
    target, stated = mapping.account, mapping.balance
    day, unit = _day(line, row, mapping, zone), _unit(line, row, mapping)
    key = mapping.key.fill(row)
    path = _path(line, row, target)
    quantity = _quantity(line, row, mapping, unit)
    contra = next((contra for contra in mapping.contras if contra.when.holds(row)), None)
    if contra is None:
        raise _unmapped(line, row, "contra", tuple(contra.when for contra in mapping.contras))
    moves = [(contra.target, quantity)]

    def read_amount(text: str) -> int:
        return mapping.read_amount(text, unit)

    normal = target.type.normal_side.sign
    for fee in mapping.fees:
        if row[fee.column].strip():
            moves.append((fee.target, -fee.sign * _read(line, row, fee.column, read_amount) * normal))
    if stated is not None and stated.delta is not None and stated.rounding is not None:
        moves.append((stated.rounding, _read(line, row, stated.delta, read_amount) * normal))
    postings: list[Posting] = []
    targets = [(path, target)]
    for other, moved in moves:
        if moved:
            opposite = _path(line, row, other)
            postings += (Posting(path, moved, unit), Posting(opposite, -moved, unit))
            targets.append((opposite, other))
    if mapping.opening is not None:
        targets.append((AccountPath.parse(mapping.opening.path.fill({})), mapping.opening))
    transaction = Transaction(
        key=key,
        kind=contra.kind,
        effective_on=day,
        postings=tuple(postings),
        description=" ".join(mapping.description.fill(row).split()),
    )
    balance = None if stated is None else _read(line, row, stated.column, read_amount)
    return Row(line, path, transaction, tuple(targets if postings else ()), balance, place, unit)


def _unit(line: int, row: dict[str, str], mapping: Mapping) -> Unit:
    """The unit of a row; a currency that the map does not know is refused."""
    name = row[mapping.currency].strip() if mapping.currency else ""
    if name not in mapping.units:
        known = choices(name, mapping.units)
        raise BadRow(line, mapping.currency, f"[amount.units] of the map has no {name!r}; {known}")
    return mapping.units[name]


def _quantity(line: int, row: dict[str, str], mapping: Mapping, unit: Unit) -> int:
    """The row's effect on its account, a debit positive.

    Without sign rules the amount's own sign is used; a positive amount increases the account.
    """
    (column, side), *_ = mapping.amounts
    if side is not None:
        return _sided(line, row, mapping, unit)
    quantity, marked = _read(line, row, column, lambda text: mapping.notation.read(text, unit))
    if mapping.notation.marks:
        if marked is None or quantity < 0:
            raise BadRow(line, column, "an amount without a sign and with the mark of its side is needed")
        return quantity * marked.sign
    if not mapping.signs:
        return quantity * mapping.account.type.normal_side.sign
    sign = next((sign for sign in mapping.signs if sign.when.holds(row)), None)
    if sign is None:
        raise _unmapped(line, row, "sign", tuple(sign.when for sign in mapping.signs))
    if quantity < 0:
        raise BadRow(line, column, "a negative amount contradicts the sign rules of the map")
    return quantity * sign.side.sign


def _sided(line: int, row: dict[str, str], mapping: Mapping, unit: Unit) -> int:
    """The row's effect where credits and debits have separate columns; one of them is empty or 0."""
    given = [(column, side.sign) for column, side in mapping.amounts if side and row[column].strip()]
    quantities = [
        _read(line, row, column, lambda text: mapping.read_amount(text, unit)) * sign
        for column, sign in given
    ]
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
