"""The readers of outside text: one for each format, with the same rules everywhere.

Text is UTF-8, a mark at its beginning is taken away, and a NUL or half of a surrogate pair is refused.  A
name stands once in a table, numbers are whole and of at most 100 digits, and nothing is nested deeper than
64 levels.  Each reader is given `refuse`, which makes the error of its caller from a reason with its place.

>>> read_toml("rate = 0.1", ValueError)
Traceback (most recent call last):
ValueError: rate: 0.1 is a binary fraction; write it as text
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from typing import Any, Final, TypeAlias

from attrs import frozen

from bankcore.errors import BadFile

__all__ = ["Refuse", "check_text", "decoded", "read_csv", "read_json", "read_toml", "text_of"]

Refuse: TypeAlias = Callable[[str], Exception]

_LARGEST: Final = 1 << 28  # bytes of a file
_DEEPEST: Final = 64
_DIGITS: Final = 100
_HUGE: Final = 10**_DIGITS
_SHOWN: Final = 40  # characters of a value that are repeated
_LONGEST_REASON: Final = 200  # the end is kept, as it has the line
_MARKS: Final = {
    b"\xff\xfe\x00\x00": "UTF-32",  # before UTF-16, whose mark it begins with
    b"\x00\x00\xfe\xff": "UTF-32",
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
}
_UNREADABLE: Final = re.compile("[\x00\ud800-\udfff]")


@frozen
class _Literal:
    """A number as it was written that cannot be read exactly."""

    text: str
    reason: str


@frozen
class _Pairs:
    """An object in which a name occurs twice."""

    name: str


def decoded(data: bytes, refuse: Refuse) -> str:
    """The text of bytes in UTF-8, without the mark at its beginning."""
    for mark, name in _MARKS.items():
        if data.startswith(mark):
            raise refuse(f"it is {name} text; save it as UTF-8")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise refuse(f"line {line}: it is not UTF-8 text") from None
    return check_text(text, refuse)


def check_text(text: str, refuse: Refuse) -> str:
    """A text without the mark at its beginning; no NUL and no half of a surrogate pair is in it."""
    if bad := _UNREADABLE.search(text):
        line = text.count("\n", 0, bad.start()) + 1
        raise refuse(f"line {line}: {_named(bad.group())}")
    return text.removeprefix("\ufeff")


def read_toml(text: str, refuse: Refuse, fraction: Callable[[str], Any] | None = None) -> dict[str, Any]:
    """The tables of TOML; `fraction` reads a number with a decimal point, which is refused without it."""
    import tomllib  # here, because most commands read none

    try:
        data = tomllib.loads(check_text(text, refuse), parse_float=fraction or _fraction)
    except RecursionError:
        raise refuse("it is nested too deeply") from None
    except (ValueError, TypeError, OverflowError) as error:
        raise refuse(f"it is not TOML: {str(error)[-_LONGEST_REASON:]}") from None
    _check(data, "", 0, refuse)
    return data


def read_json(text: str, refuse: Refuse) -> Any:
    """The data of JSON: objects, lists, texts, whole numbers, true, false and null."""
    try:
        data = json.loads(
            check_text(text, refuse),
            object_pairs_hook=_object,
            parse_float=_fraction,
            parse_int=_whole,
            parse_constant=lambda name: _Literal(name, "is no number of JSON"),
        )
    except RecursionError:
        raise refuse("it is nested too deeply") from None
    except ValueError as error:
        raise refuse(f"it is not JSON ({str(error)[-_LONGEST_REASON:]})") from None
    _check(data, "", 0, refuse)
    return data


def read_csv(text: str, refuse: Refuse, *, even: bool = True) -> Iterator[tuple[int, list[str]]]:
    """The rows of CSV with the line on which each ends, the head first; empty lines are left out.

    The names of the head stand once each, and every row has a value for each; of rows that are not `even` the
    caller checks that.
    """
    rows = csv.reader(StringIO(check_text(text, refuse), newline=""), strict=True)
    head: list[str] | None = None
    while True:
        try:
            row = next(rows, None)
        except csv.Error as error:
            raise refuse(f"line {rows.line_num}: it is not CSV ({error})") from None
        if row is None:
            return
        if not row:
            continue
        if head is None:
            head = row
            twice = next((name for name in head if head.count(name) > 1), None)
            if twice is not None:
                raise refuse(f"line {rows.line_num}: the column {twice!r} occurs twice")
        elif even and len(row) != len(head):
            raise refuse(f"line {rows.line_num}: {len(row)} values for {len(head)} columns")
        yield rows.line_num, row


def _object(pairs: list[tuple[str, Any]]) -> Any:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    names = [name for name, _ in pairs]
    return _Pairs(next(name for name in names if names.count(name) > 1))


def _fraction(text: str) -> Any:
    return _Literal(text, "is a binary fraction; write it as text")


def _whole(text: str) -> Any:
    return (
        int(text) if len(text.lstrip("-")) <= _DIGITS else _Literal(text, f"has more than {_DIGITS} digits")
    )


def _check(value: Any, place: str, depth: int, refuse: Refuse) -> None:
    """Refuse what is not to be read, with the names that lead to it."""
    where = f"{place}: " if place else ""
    if depth > _DEEPEST:
        raise refuse(f"{where[:_SHOWN]} it is nested deeper than {_DEEPEST} levels")
    if isinstance(value, _Literal):
        raise refuse(f"{where}{_short(value.text)} {value.reason}")
    if isinstance(value, _Pairs):
        raise refuse(f"{where}the name {value.name!r} occurs twice in an object")
    if isinstance(value, str):
        if bad := _UNREADABLE.search(value):
            raise refuse(f"{where}{_named(bad.group())}")
    elif isinstance(value, dict):
        for name, item in value.items():
            _check(name, place, depth, refuse)
            _check(item, f"{place}.{_short(name)}" if place else _short(name), depth + 1, refuse)
    elif isinstance(value, list):
        for number, item in enumerate(value, start=1):
            _check(item, f"{place}[{number}]", depth + 1, refuse)
    elif isinstance(value, int) and abs(value) >= _HUGE:
        raise refuse(f"{where}the number has more than {_DIGITS} digits")


def _named(character: str) -> str:
    return "it has a NUL character" if character == "\0" else f"it has half of a character, {character!r}"


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


def text_of(path: Path) -> str:
    """The text of a file in UTF-8; raises BadFile."""
    try:
        if path.stat().st_size > _LARGEST:
            raise BadFile(str(path), "it is too large; split it")
        data = path.read_bytes()
    except (OSError, ValueError) as error:
        raise BadFile(str(path), getattr(error, "strerror", None) or str(error)) from None
    return decoded(data, lambda reason: BadFile(str(path), reason))
