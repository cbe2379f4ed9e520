"""Lines: how the audit reads the line of a transaction, without trusting its writer.

`ledger.encoding` describes the line.  Most lines end with their postings and are read by one call of
`parse`; the rest of the few others is `Extras`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final, NamedTuple

from bankcore.errors import BankcoreError
from bankcore.ledger.accounts import Account, AccountPath
from bankcore.ledger.evidence.seals import SEAL, Seal
from bankcore.ledger.transactions import NO_DETAILS, PERIOD, timestamp
from bankcore.ledger.velocity import VELOCITY, VelocityLimit

__all__ = ["NO_EXTRAS", "UNREADABLE", "Extras", "Version", "check_moment", "day_of", "extras_of", "parse"]

UNREADABLE: Final = (BankcoreError, LookupError, RecursionError, TypeError, ValueError)
_KINDS: Final = {
    "reverses": int, "corrects": int, "pending": int, "expires_at": str, "resolves": int, "group": str,
    "up_to": int,
}  # fmt: skip


_READ: Final[Mapping[str, Callable[[str, Mapping[str, Any]], object]]] = {
    "account": lambda id, data: Account.from_data(AccountPath.parse(id), data),
    PERIOD[0]: lambda _, data: date.fromisoformat(data["through"]),
    SEAL[0]: lambda _, data: Seal.from_data(data),
    VELOCITY: VelocityLimit.from_data,
}


class Version(NamedTuple):
    """A version of a record; `means` is its meaning to the ledger itself, such as an Account, or None."""

    kind: str
    id: str
    version: int
    text: str
    means: Any


class Extras(NamedTuple):
    """Records, details as text, and the rarer fields by name."""

    versions: Sequence[Version] = ()
    details: str = ""
    rest: Mapping[str, Any] = NO_DETAILS


NO_EXTRAS: Final = Extras()


def _no_float(text: str) -> Any:
    raise ValueError(f"{text} is not a whole number")


_decoder: Final = json.JSONDecoder(parse_float=_no_float, parse_constant=_no_float)
parse: Final = _decoder.raw_decode  # also returns where it ended: nothing may follow


def extras_of(
    records: Sequence[Sequence[Any]] = (), details: str = "", rest: Sequence[tuple[str, Any]] = ()
) -> Extras:
    """The part of a line after the postings; raises ValueError where it is malformed."""
    if details:
        _mapping(details)
    versions = [_version(*record) for record in records]
    named = dict(rest)
    for name, value in named.items():
        if type(value) is not _KINDS.get(name):
            raise ValueError(f"{name} is {value!r}")
    if "expires_at" in named:
        check_moment(named["expires_at"])
    return Extras(versions, details, named)


def _version(kind: str, id: str, version: int, text: str) -> Version:
    if (type(kind), type(id), type(version)) != (str, str, int):
        raise ValueError(f"{kind!r} {id!r} {version!r} is not a version of a record")
    data, read = _mapping(text), _READ.get(kind)
    return Version(kind, id, version, text, read and read(id, data))


def _mapping(text: str) -> Mapping[str, Any]:
    data, end = parse(text)
    if type(data) is not dict or end != len(text):
        raise ValueError(f"{text!r} is not a mapping")
    return data


def check_moment(text: str) -> None:
    """Raise ValueError for an instant that is not in bankcore's notation."""
    if timestamp(datetime.fromisoformat(text)) != text:
        raise ValueError(f"{text!r} is not an instant as bankcore writes it")


def day_of(text: str) -> int:
    """A date as a number of days; raises ValueError where it is not in bankcore's notation."""
    day = date.fromisoformat(text)
    if day.isoformat() != text:
        raise ValueError(f"{text!r} is not a date as bankcore writes it")
    return day.toordinal()
