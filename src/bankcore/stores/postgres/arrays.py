"""Columns of many rows as PostgreSQL's own text for arrays, several times faster than a driver's list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bankcore.errors import BadTransaction

__all__ = ["array", "columns"]


def array(values: Sequence[Any]) -> str:
    """The text of an array of whole numbers, of texts without a NUL, or of bytes.

    >>> array([1, -2]), array(["a", 'b"', "c\\\\", ""]), array([b"ab"])
    ('{1,-2}', '{"a","b\\\\"","c\\\\\\\\",""}', '{"\\\\\\\\x6162"}')
    """
    kind = type(values[0])
    if kind is int:
        return f"{{{','.join(map(str, values))}}}"
    if kind in (bytes, bytearray):
        return '{"\\\\x' + '","\\\\x'.join([value.hex() for value in values]) + '"}'
    text = "\0".join(values)
    if text.count("\0") != len(values) - 1:
        raise BadTransaction("value", "a text contains a NUL")
    return '{"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\0", '","') + '"}'


def columns(rows: Sequence[Sequence[Any]]) -> list[str]:
    """The columns of some rows, each as an array; a column of optional numbers is one of texts.

    >>> columns([(1, "a", ""), (-2, "b", 3)])
    ['{1,-2}', '{"a","b"}', '{"","3"}']
    """
    if len(rows) == 2:  # the postings and balances of the usual transaction
        return [
            f"{{{one},{other}}}" if type(one) is type(other) is int else array(_texts((one, other)))
            for one, other in zip(*rows, strict=True)
        ]
    return [_numbers(column) or array(_texts(column)) for column in zip(*rows, strict=True)]


def _numbers(column: tuple[Any, ...]) -> str:
    """The array of a column of whole numbers, in a third of the time of one by one; nothing for another."""
    if type(column[0]) is not int:
        return ""
    said = repr(column)
    return "" if "'" in said else f"{{{said[1:-1].rstrip(',')}}}"


def _texts(column: Sequence[Any]) -> Sequence[Any]:
    mixed = "" in column and any(type(value) is int for value in column)
    return [str(value) for value in column] if mixed else column
