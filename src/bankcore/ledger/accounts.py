"""Accounts: their names, what they hold and their limits.

An account has a type, a unit, a normal side and, on that side, a floor and a ceiling.  It is never
edited: opening, freezing, a new limit and closing are versions of its record in the journal, each
with its reason.

>>> cash = Account(AccountPath.parse("bank:cash"), AccountType.ASSET, Unit.parse("CNY/2"), floor=0)
>>> cash.normal_side.value, cash.status.value
('debit', 'open')
>>> AccountPath.parse("wallet:mall:reserve").within(AccountPath.parse("wallet:mall"))
True
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from enum import Enum
from types import MappingProxyType
from typing import Any, Final, NoReturn

from attrs import field, fields, frozen

from bankcore.amounts import check_quantity
from bankcore.errors import BadAccountPath, BadTransaction, UnknownName
from bankcore.tables import visible
from bankcore.units import Unit

__all__ = ["Account", "AccountPath", "AccountType", "Side", "Status", "Word", "read_details"]

_WORD = re.compile(r"(?<=[a-z])(?=[A-Z])")
_MARKS = re.compile(r"(\w)([^\w:.\-]+)")
_SEGMENTS = re.compile(r"[\w.\-]+(:[\w.\-]+)*")
_LONGEST_PATH = 200
_NO_DETAILS: Final[Mapping[str, Any]] = MappingProxyType({})
_DEEPEST: Final = 100  # levels of nested mappings and lists, as in every record


class Word(Enum):
    """An enumeration written by its values; any other word raises UnknownName."""

    @classmethod
    def _missing_(cls, value: object) -> NoReturn:
        kind = _WORD.sub(" ", cls.__name__).lower()
        raise UnknownName(kind, str(value), ", ".join(word.value for word in cls))


class Side(Word):
    """The two sides of an account; `sign` is the sign of the side in storage."""

    DEBIT = "debit"
    CREDIT = "credit"

    @property
    def sign(self) -> int:
        return 1 if self is Side.DEBIT else -1


class AccountType(Word):
    """The five types of double entry, and memorandum accounts, which balance among themselves."""

    ASSET = "asset"
    LIABILITY = "liability"
    EQUITY = "equity"
    INCOME = "income"
    EXPENSE = "expense"
    MEMORANDUM = "memorandum"

    @property
    def normal_side(self) -> Side:
        """The side that increases an account of this type (a contra account names the other)."""
        debit = (AccountType.ASSET, AccountType.EXPENSE, AccountType.MEMORANDUM)
        return Side.DEBIT if self in debit else Side.CREDIT


class Status(Word):
    """Which postings an account takes."""

    OPEN = "open"
    DEBITS_FROZEN = "debits frozen"
    CREDITS_FROZEN = "credits frozen"
    FROZEN = "frozen"
    CLOSED = "closed"

    @property
    def takes_debits(self) -> bool:
        """Whether an account in this status may be debited."""
        return self in (Status.OPEN, Status.CREDITS_FROZEN)

    @property
    def takes_credits(self) -> bool:
        """Whether an account in this status may be credited."""
        return self in (Status.OPEN, Status.DEBITS_FROZEN)


class AccountPath(str):
    """The name of an account: segments of letters with their marks, digits, `_`, `-`, `.` joined by `:`."""

    __slots__ = ()

    @classmethod
    def parse(cls, text: object) -> AccountPath:
        """Read a path.

        Raises BadAccountPath for empty segments, other characters, more than 200 of them, or text
        that is not in Unicode normal form C (two names that look the same must be the same).
        """
        if isinstance(text, cls):
            return text
        if not isinstance(text, str):
            raise BadAccountPath(text, "it is not a text")
        if len(text) > _LONGEST_PATH:
            raise BadAccountPath(text[:40] + "...", f"it has over {_LONGEST_PATH} characters")
        if not _SEGMENTS.fullmatch(text if text.isascii() else _MARKS.sub(_joined, text)):
            raise BadAccountPath(text, "segments of letters, digits, '_', '-', '.' joined by ':' are needed")
        if not unicodedata.is_normalized("NFC", text):
            raise BadAccountPath(text, "it is not in Unicode normal form C")
        return cls(text)

    def within(self, root: str) -> bool:
        """Whether this account is `root` or is below it."""
        return not root or self == root or self.startswith(root + ":")


def _joined(found: re.Match[str]) -> str:
    """A letter alone where only combining marks that can be seen follow it, as in scripts of India."""
    letter, marks = found.groups()
    combining = all(unicodedata.category(it) in ("Mn", "Mc") and visible(it) == it for it in marks)
    return letter if combining else found.group()


def _read_path(text: object) -> AccountPath:
    return AccountPath.parse(text)


def _kept(data: Any, depth: int = 0) -> Any:
    """The same plain data, made immutable."""
    if isinstance(data, Mapping | list | tuple) and depth > _DEEPEST:
        raise BadTransaction("account", f"details are nested more than {_DEEPEST} deep")
    if isinstance(data, Mapping):
        return MappingProxyType({name: _kept(value, depth + 1) for name, value in data.items()})
    if isinstance(data, list | tuple):
        return tuple([_kept(value, depth + 1) for value in data])
    return data


def _plain(data: Any) -> Any:
    """The data that `_kept` made immutable, copied into new mappings and lists."""
    if isinstance(data, Mapping):
        return {name: _plain(value) for name, value in data.items()}
    return [_plain(value) for value in data] if isinstance(data, tuple) else data


def read_details(details: Any) -> Any:
    """Details as an account keeps them: the same plain data, made immutable."""
    return _NO_DETAILS if details == {} else _kept(details)


@frozen
class Account:
    """One version of an account's description, immutable, `details` included.

    `floor` and `ceiling` are minor units on the normal side; None is unlimited.  `party` names the
    customer or institution it belongs to, `reason` says why this version was made.  A closed account
    may be reopened; then it accepts value dates from `reopened_on` on.
    """

    path: AccountPath = field(converter=_read_path)
    type: AccountType = field(converter=AccountType)
    unit: Unit = field(converter=Unit)
    normal_side: Side = field(kw_only=True, converter=Side)
    floor: int | None = field(default=None, kw_only=True)
    ceiling: int | None = field(default=None, kw_only=True)
    status: Status = field(default=Status.OPEN, converter=Status, kw_only=True)
    opened_on: date | None = field(default=None, kw_only=True)
    closed_on: date | None = field(default=None, kw_only=True)
    reopened_on: date | None = field(default=None, kw_only=True)
    party: str = field(default="", kw_only=True)
    details: Mapping[str, Any] = field(default=_NO_DETAILS, kw_only=True, converter=read_details)
    reason: str = field(default="", kw_only=True)

    @normal_side.default
    def _(self) -> Side:
        return self.type.normal_side

    def __attrs_post_init__(self) -> None:
        for limit in (self.floor, self.ceiling):
            if limit is not None:
                check_quantity(limit)
        if self.floor is not None and self.ceiling is not None and self.floor > self.ceiling:
            raise BadTransaction(
                "account", f"{self.path}: floor {self.floor} is above ceiling {self.ceiling}"
            )
        for day in (self.opened_on, self.closed_on, self.reopened_on):
            if day is not None and type(day) is not date:  # a datetime is an instance of date, too
                raise BadTransaction("account", f"{self.path}: a date is needed, not {type(day).__name__}")
        if not isinstance(self.party, str) or not isinstance(self.reason, str):
            raise BadTransaction("account", f"{self.path}: party and reason are texts")
        if not isinstance(self.details, Mapping):
            raise BadTransaction("account", f"{self.path}: details are a mapping")

    @classmethod
    def of(cls, *fields: Any) -> Account:
        """The account from all its fields in order, already of the right types, as a store keeps them.

        Nothing is converted or checked: stores read accounts by the thousand, and checked them on writing.
        """
        account = object.__new__(cls)
        for put, value in zip(_PUT, fields, strict=True):
            put(account, value)
        return account

    @property
    def plain_details(self) -> dict[str, Any]:
        """The details as new mappings and lists."""
        details: dict[str, Any] = _plain(self.details)
        return details

    def as_data(self) -> dict[str, Any]:
        """The account as the plain data of its record."""
        reopened = {"reopened_on": self.reopened_on.isoformat()} if self.reopened_on else {}
        return {
            "type": self.type.value,
            "unit": str(self.unit),
            "normal_side": self.normal_side.value,
            "floor": self.floor,
            "ceiling": self.ceiling,
            "status": self.status.value,
            "opened_on": self.opened_on.isoformat() if self.opened_on else None,
            "closed_on": self.closed_on.isoformat() if self.closed_on else None,
            "party": self.party,
            "details": self.plain_details,
            "reason": self.reason,
            **reopened,
        }

    @classmethod
    def from_data(cls, path: str, data: Mapping[str, Any]) -> Account:
        """The account from the data of a record that `as_data` made; raises BadTransaction for other data."""
        try:
            day = {
                name: date.fromisoformat(text) if text else None
                for name, text in (
                    ("opened_on", data["opened_on"]),
                    ("closed_on", data["closed_on"]),
                    ("reopened_on", data.get("reopened_on")),
                )
            }
            return cls(path=path, **{**data, **day})
        except (KeyError, TypeError, ValueError) as error:
            raise BadTransaction("account", f"{path}: {error}") from None


# The setters of an account's fields, which bypass the guard of a frozen class.
_PUT = tuple(getattr(Account, field.name).__set__ for field in fields(Account))
