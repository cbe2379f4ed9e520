"""What a replay refuses; a file, a mapping or a row that cannot be read is refused with `bankcore.errors`."""

from __future__ import annotations

from bankcore.errors import Rejection

__all__ = [
    "PassedOver",
]


class PassedOver(Rejection):
    """A row that an earlier replay of the file refused; posting it now would change its place."""

    sentence = "row {key!r} was passed over before: later rows of account {account} are in the book"
    key: str
    account: str
