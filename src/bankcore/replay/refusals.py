"""Refusals of a replay; unreadable files, mappings and rows raise errors of `bankcore.errors`."""

from __future__ import annotations

from bankcore.errors import Rejection

__all__ = [
    "BalancesDiffer",
    "PassedOver",
]


class BalancesDiffer(Rejection):
    """The rows were posted, but the book and the balances that the file states do not agree."""

    sentence = "{count} of {rows} stated balances differ from the book, the first in line {line}"
    count: int
    rows: int
    line: int


class PassedOver(Rejection):
    """A row that an earlier replay of the file refused; posting it now would change its order."""

    sentence = "row {key!r} was refused before, and later rows of account {account} are in the book"
    remedy = "Post the row by hand, or replay the file into a new book."
    key: str
    account: str
