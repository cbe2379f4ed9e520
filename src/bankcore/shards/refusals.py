"""Refusals of a bank of many books."""

from __future__ import annotations

from bankcore.errors import InputError

__all__ = ["BookNeeded"]


class BookNeeded(InputError):
    """The command names no party whose home could be looked up."""

    sentence = "the command {command} names no party: say which book it is for"
    remedy = "Name the book."
    command: str
