"""Transactions: balanced postings and versioned records, written together or not at all.

>>> from datetime import date
>>> cny = Unit.parse("CNY/2")
>>> cash, reserve = AccountPath.parse("bank:cash"), AccountPath.parse("wallet:mall:reserve")
>>> funding = Transaction(
...     key="fund-1", kind="fund", effective_on=date(2024, 5, 1),
...     postings=legs(cny, debit={cash: 10_000}, credit={reserve: 10_000}),
... )
>>> [posting.quantity for posting in funding.postings]
[10000, -10000]
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from functools import cached_property, lru_cache
from hashlib import sha256
from json.encoder import encode_basestring_ascii as quoted
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from attrs import evolve, field, frozen

from bankcore.amounts import MAX_QUANTITY
from bankcore.errors import BadTransaction
from bankcore.ledger.accounts import Account, AccountPath
from bankcore.units import Unit

__all__ = [
    "ERASURE",
    "EXPIRY",
    "EXPIRY_KEY",
    "FINGERPRINT",
    "MOVE",
    "PERIOD",
    "PERSONAL",
    "Book",
    "Entry",
    "Hold",
    "JsonData",
    "PersonalRow",
    "Position",
    "Posting",
    "Receipt",
    "Record",
    "RecordText",
    "Transaction",
    "canonical_json",
    "day_text",
    "fingerprint_of",
    "legs",
    "open_account",
    "quoted",
]

PERIOD: Final = ("period", "closed")  # the record whose `through` is the last closed date
_DEEPEST: Final = 100  # levels of nested lists and mappings; far below the limit of parsers
EXPIRY: Final = "hold.expiry"  # the kind of the ledger's own record that a hold expired
EXPIRY_KEY: Final = "expiry/"
PERSONAL: Final = "personal"  # the name of personal data in details and records
FINGERPRINT: Final = "fingerprint"  # in the personal data of a record: the key for finding it
ERASURE: Final = "erasure"  # the record that the personal data of another are erased
MOVE: Final = ("move", "book")  # the record that the book is closed here, or open again after all
_PLAIN: Final = frozenset({str, int, bool, type(None)})
_NUL: Final = "\\u0000"  # as JSON writes it
_encode: Final = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False, check_circular=False
).encode  # a cycle is nested too deeply, which is refused before
NO_DETAILS: Final[Mapping[str, Any]] = MappingProxyType({})


@frozen
class Book:
    """A book: the unit of atomicity, order, idempotency and sealing.

    `zone` names the time zone (IANA) in which its business days are days, such as `Asia/Shanghai`.
    """

    id: int
    name: str
    base_unit: Unit
    opened_on: date
    zone: str = "UTC"

    def __attrs_post_init__(self) -> None:
        if type(self.id) is not int or not 0 <= self.id <= MAX_QUANTITY:
            raise BadTransaction("book", "its id is a whole number of 63 bits")
        if not isinstance(self.name, str) or not self.name or not is_storable(self.name):
            raise BadTransaction("book", "its name is a text")
        if type(self.opened_on) is not date:
            raise BadTransaction("book", "it opens on a date")
        if not isinstance(self.zone, str) or not self.zone or not is_storable(self.zone):
            raise BadTransaction("book", "its time zone is a name")

    def genesis(self) -> bytes:
        """The digest to which the first transaction of the book is chained."""
        opened = self.opened_on.isoformat()
        fields = ("bankcore book 1", str(self.id), self.name, str(self.base_unit), opened, self.zone)
        return sha256("".join(f"{len(text)}:{text}," for text in fields).encode()).digest()


class Posting(NamedTuple):
    """One leg: `quantity` minor units of `unit` on `account`, a debit positive, a credit negative."""

    account: AccountPath
    quantity: int
    unit: Unit


class JsonData(Mapping[str, Any]):
    """Data of a record given as canonical JSON, as `canonical_json` writes it; parsed only on access.

    It is not checked: code that writes it without `canonical_json` must give the same text.
    """

    __slots__ = ("_data", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self._data: Mapping[str, Any] | None = None

    def _read(self) -> Mapping[str, Any]:
        if self._data is None:
            self._data = json.loads(self.text)
        return self._data

    def __getitem__(self, name: str) -> Any:
        return self._read()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._read())

    def __len__(self) -> int:
        return len(self._read())


def hidden(value: object) -> str:
    """Personal data in a `repr`, which may end up in a log: not shown, and nothing where there are none."""
    return repr(value) if not value else "'***'"


def _shown(data: object) -> str:
    """Data in a `repr`, without those that are personal, at any depth."""
    if isinstance(data, Mapping):
        items = ((it, hidden(value) if it == PERSONAL else _shown(value)) for it, value in data.items())
        return f"{{{', '.join(f'{it!r}: {shown}' for it, shown in items)}}}"
    return f"[{', '.join(map(_shown, data))}]" if isinstance(data, (list, tuple)) else repr(data)


@frozen
class Record:
    """One version of a fact that is not money (a binding, an agreement, an exact remainder).

    `data` is plain: text, whole numbers, booleans, None, lists and mappings of these; a fraction is
    written as text.  Versions of one (kind, id) are counted 1, 2, 3, ... without a gap.
    """

    kind: str
    id: str
    data: Mapping[str, Any] = field(repr=_shown)
    version: int = 1

    @cached_property
    def json(self) -> str:
        """The data as canonical JSON; raises BadTransaction where it is not plain."""
        return self.data.text if type(self.data) is JsonData else canonical_json(self.data)

    @cached_property
    def account(self) -> Account:
        """The account that a record of kind "account" describes; raises BadTransaction, BadAccountPath."""
        return Account.from_data(AccountPath.parse(self.id), self.data)

    def next(self, **changes: Any) -> Record:
        """The following version, with some of its data changed."""
        return evolve(self, data={**self.data, **changes}, version=self.version + 1)


class _Fields(NamedTuple):
    kind: str
    effective_on: date
    postings: tuple[Posting, ...] = ()
    key: str = ""
    description: str = ""
    agreement: str = ""
    actor: str = ""
    records: tuple[Record, ...] = ()
    details: Mapping[str, Any] = NO_DETAILS
    reverses: int | None = None
    corrects: int | None = None
    pending: bool = False
    expires_at: datetime | None = None
    resolves: int | None = None
    group: str = ""
    up_to: bool = False


class Transaction(_Fields):
    """A transaction as requested: two or more postings over any number of units, records, or both.

    `effective_on` is the value date.  `agreement` names the contract it belongs to, `details` holds
    plain data, `reverses` and `corrects` are numbers of earlier transactions of the book.  `key` is
    the caller's idempotency key, unique in the book for ever.

    A `pending` transaction holds its postings instead of making them, until another one `resolves` it
    (with postings it captures, without it releases) or until the instant `expires_at`.

    Transactions of one `group` are consecutive and are written all or not at all.  With `up_to` the two
    legs give the most that may move; the journal has the amount that the limits allowed.

    A tuple, as it is made by the million; the rarer fields come last.  `t._replace(key="k")` gives a
    changed copy.
    """

    @cached_property
    def details_json(self) -> str:
        """The details as canonical JSON, or empty text; raises BadTransaction where they are not plain."""
        return canonical_json(self.details) if self.details else ""

    def __repr__(self) -> str:
        """What is set, without personal data."""
        usual = self._field_defaults
        given = {name: it for name, it in self._asdict().items() if name not in usual or it != usual[name]}
        shown = (f"{name}={_shown(it) if name == 'details' else repr(it)}" for name, it in given.items())
        return f"Transaction({', '.join(shown)})"


RecordText = tuple[str, int, str]  # id, version, data as canonical JSON
# A place (0 for the details, then the records from 1), the salt as hexadecimal digits, the data as JSON.
PersonalRow = tuple[int, str, str]
Position = tuple[int, int]  # of a posting: its sequence in the account, the balance after it


class Entry(NamedTuple):
    """A transaction of the journal; `positions` runs parallel to its postings, but holds have none.

    `digest` is that of the previous transaction's digest followed by the text `line`; `personal` is the
    data to which the line only commits.
    """

    number: int
    recorded_at: datetime
    digest: bytes
    transaction: Transaction
    positions: tuple[Position, ...]
    line: str
    personal: tuple[PersonalRow, ...] = ()

    def __repr__(self) -> str:
        """The number, the instant, the beginning of the digest, and the transaction without personal data."""
        when = timestamp(self.recorded_at)
        return f"Entry({self.number}, {when}, {self.digest.hex()[:12]}..., {self.transaction!r})"


@frozen
class Hold:
    """A pending transaction and its outcome: `resolved_by` is the number that resolved it, or None."""

    number: int
    transaction: Transaction
    resolved_by: int | None = None

    def is_live(self, now: datetime) -> bool:
        """Whether it is still live at an instant; from the instant of expiry on it is not."""
        expires_at = self.transaction.expires_at
        return self.resolved_by is None and (expires_at is None or now < expires_at)


class Receipt(NamedTuple):
    """The confirmation that a transaction is in the journal; `replayed` when the key was used before.

    `erasure_pending` when it erased personal data whose bytes cannot be overwritten yet, because of a
    reader of an older state.
    """

    number: int
    key: str
    recorded_at: datetime
    digest: bytes
    replayed: bool = False
    erasure_pending: bool = False

    def as_dict(self) -> dict[str, Any]:
        """The receipt as plain data."""
        return {
            "number": self.number,
            "key": self.key,
            "recorded_at": timestamp(self.recorded_at),
            "digest": self.digest.hex(),
            "replayed": self.replayed,
            **({"erasure_pending": True} if self.erasure_pending else {}),
        }


def legs(
    unit: Unit, *, debit: Mapping[AccountPath, int], credit: Mapping[AccountPath, int]
) -> tuple[Posting, ...]:
    """Postings from a debit and a credit column; a zero gives no leg, an account may be in both."""
    debits = (Posting(path, quantity, unit) for path, quantity in debit.items() if quantity)
    credits = (Posting(path, -quantity, unit) for path, quantity in credit.items() if quantity)
    return (*debits, *credits)


def fingerprint_of(record: Record) -> str | None:
    """The keyed hash in the personal data of a record, by which it can be found."""
    personal = record.data.get(PERSONAL)
    return personal.get(FINGERPRINT) if isinstance(personal, Mapping) else None


def open_account(account: Account, version: int = 1) -> Record:
    """The record that opens an account, or, with a later version, changes it."""
    return Record("account", account.path, account.as_data(), version)


def canonical_json(data: Mapping[str, Any]) -> str:
    """The one text of plain data: keys sorted, no spaces, no escapes beyond JSON's own.

    Raises BadTransaction where a value is not plain; a float is never plain.
    """
    try:
        check_plain(data)
        text = _encode(data if type(data) is dict else dict(data))
        if _NUL in text and _holds_nul(data):
            raise ValueError("it contains a NUL")
        return text
    except (TypeError, ValueError, RecursionError) as error:
        raise BadTransaction("data", str(error)) from None


def _holds_nul(value: object) -> bool:
    """Whether plain data contains a NUL itself, not the letters by which JSON writes it."""
    if isinstance(value, str):
        return "\0" in value
    if isinstance(value, Mapping):
        return any(_holds_nul(key) or _holds_nul(inner) for key, inner in value.items())
    return isinstance(value, (list, tuple)) and any(map(_holds_nul, value))


def is_storable(text: str) -> bool:
    """Whether every store can keep the text: it has no half of a surrogate pair and no NUL."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in text


def check_plain(value: object, depth: int = 0) -> None:
    """Raise TypeError for anything but plain data: a float, an object, a key that is not text."""
    if type(value) in _PLAIN:
        return
    if depth > _DEEPEST:
        raise TypeError(f"it is nested more than {_DEEPEST} deep")
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if not isinstance(key, str):
                raise TypeError(f"a key of type {type(key).__name__} is not text")
            check_plain(inner, depth + 1)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            check_plain(inner, depth + 1)
    elif not isinstance(value, (str, int)):
        raise TypeError(f"a value of type {type(value).__name__} is not plain data")


@lru_cache(100)  # the instant of a commit is that of all its transactions
def timestamp(moment: datetime) -> str:
    """An instant as text: UTC, microseconds, a Z at the end; text order is time order."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


day_text: Final = lru_cache(1_000)(date.isoformat)  # a date as text; few recur in many transactions
