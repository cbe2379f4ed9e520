"""The rows of a SQLite book and the objects made from them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from inspect import signature
from itertools import islice
from types import UnionType
from typing import Any, Final, TypeVar, get_args, get_origin

from bankcore.errors import BankcoreError, StoreDamaged
from bankcore.ledger.accounts import Account, AccountPath, AccountType, Side, Status, read_details
from bankcore.ledger.additions import PostingRow, RecordRow
from bankcore.ledger.balances import Movement, Standing, StoredAccount
from bankcore.ledger.encoding import entry_of
from bankcore.ledger.personal import reveal
from bankcore.ledger.ports import Head, JournalRow, Line, RareRow
from bankcore.ledger.posting.shape import reserved_refusal
from bankcore.ledger.transactions import (
    NO_DETAILS,
    Book,
    Entry,
    PersonalRow,
    Record,
    RecordText,
    is_storable,
    timestamp,
)
from bankcore.units import Unit

__all__ = [
    "CHUNK",
    "account_of",
    "book_of",
    "checked",
    "chunks",
    "digest_of",
    "expiry_of",
    "head_of",
    "hold_of",
    "journal_of",
    "latest_of",
    "line_of",
    "made",
    "moment_of",
    "movement_of",
    "net_of",
    "nets_of",
    "newest_of",
    "number_of",
    "personal_of",
    "place_of",
    "posting_of",
    "rare_of",
    "record_of",
    "secret_of",
    "standing_of",
    "standing_with",
    "state_of",
    "stored_entry_of",
    "text_of",
    "totals_of",
    "used_of",
    "values",
    "version_of",
]

CHUNK: Final = 500  # values in one list
_SIDES: Final = {side.value: side for side in Side}  # several times faster than the enumeration
_STATUS: Final = {status.value: status for status in Status}
_TYPES: Final = {type.value: type for type in AccountType}
_decode: Final = json.JSONDecoder().raw_decode  # canonical text has no white space to skip

T = TypeVar("T")


def made(make: Callable[..., T], rows: Sequence[Sequence[Any]], place: str) -> list[T]:
    """An object from each row; raises StoreDamaged for a row that bankcore did not write."""
    if not rows:
        return []
    checked(make, rows, place)
    try:
        return [make(*row) for row in rows]
    except (ArithmeticError, BankcoreError, LookupError, RecursionError, TypeError, ValueError) as error:
        raise StoreDamaged(place, f"a row cannot be read: {error}") from error


Rows = TypeVar("Rows", bound=Sequence[Sequence[Any]])


def checked(make: Callable[..., Any], rows: Rows, place: str) -> Rows:
    """The rows, checked against the parameter types of `make`.

    The tables are strict, but a damaged page is not; then it raises StoreDamaged.
    """
    _columns(make, rows, place)
    return rows


def _columns(make: Callable[..., Any], rows: Sequence[Sequence[Any]], place: str) -> list[tuple[Any, ...]]:
    """The same, column by column."""
    columns = list(zip(*rows, strict=True))
    for values, kinds in zip(columns, _kinds(make, len(columns)), strict=True):
        if not kinds.issuperset(map(type, values)):
            found = next(value for value in values if type(value) not in kinds)
            raise StoreDamaged(place, f"a row cannot be read: it contains {found!r}")
    return columns


@lru_cache(maxsize=100)  # a new maker may be built for each query
def _kinds(make: Callable[..., Any], width: int) -> Sequence[frozenset[object]]:
    """The types that each column may have, by the parameters of a maker."""
    parameters = signature(make, eval_str=True).parameters.values()
    kinds = [frozenset(_types(p.annotation)) for p in parameters]
    return [*kinds, *kinds[-1:] * (width - len(kinds))][:width]


def _types(annotation: object) -> Sequence[object]:
    """The types of an annotation; of a list of something, list."""
    origin = get_origin(annotation)
    return get_args(annotation) if origin is UnionType else [origin or annotation]


def book_of(id: int, name: str, base_unit: str, opened_on: str, zone: str) -> Book:
    """A book from its row."""
    return Book(id, name, Unit.parse(base_unit), _day(opened_on), zone)


@lru_cache(100)
def moment_of(text: str) -> datetime:
    """An instant as `timestamp` wrote it; raises ValueError for any other notation."""
    moment = datetime.fromisoformat(text)
    if timestamp(moment) != text:
        raise ValueError(f"{text!r} is not an instant in bankcore's notation")
    return moment


@lru_cache(1_000)
def _day(text: str) -> date:
    day = date.fromisoformat(text)
    if day.isoformat() != text:
        raise ValueError(f"{text!r} is not a date in bankcore's notation")
    return day


_unit: Final = lru_cache(100)(Unit)


def stored_entry_of(number: int, key: str, digest: bytes, line: str, personal: list[Any]) -> Entry:
    """An entry from its row, and its personal data."""
    entry = entry_of(number, key, digest, line, personal)
    for record in entry.transaction.records:
        if (refusal := reserved_refusal(record)) is not None:
            raise refusal
    return entry


def journal_of(number: int, key: str, digest: bytes, line: str) -> JournalRow:
    """A transaction as stored."""
    return number, key, digest, line


def posting_of(
    account: int, sequence: int, number: int, quantity: int, balance: int, debits: int, horizon: int
) -> PostingRow:
    """A posting as stored."""
    return account, sequence, number, quantity, balance, debits, horizon


def record_of(kind: str, id: str, version: int, number: int, place: int, data: str) -> RecordRow:
    """A version of a record as stored."""
    return kind, id, version, number, place, data


def personal_of(number: int, place: int, salt: str, data: str) -> tuple[int, PersonalRow]:
    """The personal data at one place of a transaction, after its number."""
    return number, (place, salt, data)


def secret_of(number: int, secret: str) -> tuple[int, str]:
    """The secret of a book, after the number 0."""
    return number, secret


def place_of(number: int, place: int) -> tuple[int, int]:
    """A place of a transaction."""
    return number, place


def rare_of(name: str, number: int, text: str, target: int, quantity: int, leg: int) -> RareRow:
    """A row beside the lines, as the port describes it."""
    return name, number, text, target, quantity


def state_of(
    path: str, type: str, unit: str, normal_side: str, floor: int | None, ceiling: int | None, status: str,
    opened_on: str | None, closed_on: str | None, reopened_on: str | None, party: str, details: str,
    reason: str, id: int, version: int, sequence: int, debits: int, credits: int,
    pending_debits: int, pending_credits: int, horizon: int | None,
) -> StoredAccount:  # fmt: skip
    """An account from the columns of its description, its balance and its latest value date."""
    account = Account.of(
        AccountPath(path), _TYPES[type], _unit(unit), _SIDES[normal_side], floor, ceiling, _STATUS[status],
        None if opened_on is None else _day(opened_on), None if closed_on is None else _day(closed_on),
        None if reopened_on is None else _day(reopened_on), party, _details(details), reason,
    )  # fmt: skip
    return StoredAccount(
        id, account, version, sequence, debits, credits, pending_debits, pending_credits,
        date.min if horizon is None else date.fromordinal(horizon),
    )  # fmt: skip


@lru_cache(100)
def _details(text: str) -> Mapping[str, Any]:
    details: Mapping[str, Any] = read_details(_data(text) if text else {})
    return details


def movement_of(day: str, number: int, quantity: int, pending: int) -> Movement:
    """A posting or a held leg in the effective order."""
    return Movement(_day(day), number, quantity, bool(pending))


def account_of(path: str, data: str, version: int) -> Account:
    """An account from a version of its record."""
    return Account.from_data(path, _data(data))


def line_of(sequence: int, number: int, line: str, quantity: int, balance: int) -> Line:
    """A line of a statement from a posting and the line of its transaction."""
    said, _ = _decode(line)
    return Line(sequence, number, _day(said[4]), said[3], said[7], said[2], quantity, balance, said[6])


def latest_of(id: str, kind: str, data: str, version: int, personal: str | None) -> Record:
    """A record from its row, the id first, and its personal data."""
    return _record(kind, id, data, version, personal)


def text_of(id: str, version: int, data: str) -> RecordText:
    """A record from its row."""
    return id, version, data


def version_of(version: int, kind: str, id: str, data: str, personal: str | None) -> Record:
    """A record from its row, the version first, and its personal data."""
    return _record(kind, id, data, version, personal)


def _record(kind: str, id: str, data: str, version: int, personal: str | None) -> Record:
    said = _data(data)
    record = Record(kind, id, said if personal is None else reveal(said, personal), version)
    if (refusal := reserved_refusal(record)) is not None:
        raise refusal
    return record


def _data(text: str) -> Mapping[str, Any]:
    if not text:
        return NO_DETAILS
    data, end = _decode(text)
    if type(data) is not dict or end != len(text):
        raise ValueError(f"{text!r} is not a mapping")
    return data


def digest_of(number: int, digest: bytes) -> bytes:
    """A digest, from its row after the number of its transaction."""
    return digest


def standing_of(
    path: str, unit: str, normal_side: str, sequence: int, debits: int, credits: int, pending_debits: int,
    pending_credits: int, account: int,
) -> Standing:  # fmt: skip
    """An account's totals: sequence, gross, pending, and its id."""
    totals = (sequence, debits, credits, pending_debits, pending_credits)
    return Standing(account, AccountPath(path), _unit(unit), _SIDES[normal_side], *totals)


def standing_with(
    pending: Mapping[int, Sequence[int]], path: str, unit: str, normal_side: str, sequence: int, debits: int,
    credits: int, account: int,
) -> Standing:  # fmt: skip
    """An account's totals from its sequence, gross and id; the pending ones by account id."""
    held_debits, held_credits = pending.get(account, (0, 0))
    return standing_of(path, unit, normal_side, sequence, debits, credits, held_debits, held_credits, account)


def net_of(path: str, net: int) -> tuple[AccountPath, int]:
    """A path and its balance on the normal side."""
    return AccountPath(path), net


def nets_of(rows: Sequence[tuple[str, int]], place: str) -> list[tuple[AccountPath, int]]:
    """The same for many rows, column by column, as all balances of a book are read often."""
    paths, nets = _columns(net_of, rows, place)
    return list(zip(map(AccountPath, paths), nets, strict=True))


def head_of(number: int, digest: bytes, recorded_at: str, accounts: int) -> Head:
    """The end of the journal from its last transaction and the number of accounts."""
    return Head(number, digest, moment_of(recorded_at), accounts)


def expiry_of(text: str | None) -> datetime | None:
    """An instant, if there is one."""
    return None if text is None else moment_of(text)


def number_of(number: int) -> int:
    """The number of a transaction."""
    return number


def used_of(key: str, number: int) -> tuple[str, int]:
    """A key and the number of its transaction."""
    return key, number


def newest_of(kind: str, id: str, version: int) -> tuple[tuple[str, str], int]:
    """The kind and id of a record, and its latest version."""
    return (kind, id), version


def totals_of(debits: int, credits: int) -> tuple[int, int]:
    """Gross debits and credits."""
    return debits, credits


def hold_of(number: int, resolved_by: int | None) -> tuple[int, int | None]:
    """The number of a hold and of the transaction that resolved it."""
    return number, resolved_by


def chunks(texts: Iterable[str]) -> Iterator[list[str]]:
    """The texts in portions, without those that cannot be UTF-8 and so cannot be in a row."""
    rest = iter(texts)
    while some := list(islice(rest, CHUNK)):
        if not is_storable("".join(some)):
            some = [text for text in some if is_storable(text)]
        if some:
            yield some


def values(values: Sequence[object]) -> str:
    """One-column rows of parameters for a VALUES list, one for each value."""
    return ",".join(["(?)"] * len(values))
