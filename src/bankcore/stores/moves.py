"""The move of a book, as a store keeps it: one row beside the positions of the feed's consumers.

A book that was never moved has none.  The row's name begins with a character that no consumer's name has.
"""

from __future__ import annotations

import json
from typing import Final

from bankcore.errors import BookInCopy, BookMoved, MoveAbandoned
from bankcore.ledger.additions import Move
from bankcore.ledger.transactions import Book

__all__ = ["BEYOND", "PREFIX", "check_open", "move_of", "row_of"]

PREFIX: Final = "@move:"
BEYOND: Final = "@move;"  # sorted after every name with the prefix
_PHASES: Final = ("abandoned", "copy", "moved", "open")


def row_of(move: Move) -> tuple[str, int]:
    """The name and the number of the row of a move.

    >>> row_of(Move("moved", "/srv/mall.db", 1, 42))
    ('@move:["moved", "/srv/mall.db", 1]', 42)
    """
    return PREFIX + json.dumps(move[:3]), move.number


def move_of(name: str, number: int) -> Move:
    """A move from its row; raises ValueError for a row that bankcore did not write."""
    phase, place, attempt = json.loads(name.removeprefix(PREFIX))
    move = Move(phase, place, attempt, number)
    if phase not in _PHASES or type(attempt) is not int or row_of(move) != (name, number):
        raise ValueError(f"{name!r} is not the move of a book")
    return move


def check_open(move: Move | None, address: str, book: Book) -> None:
    """Raise BookMoved, BookInCopy or MoveAbandoned where the move of a book closes it."""
    if move is None or not move.closes:
        return
    if move.phase == "moved":
        raise BookMoved(address, book.name, move.place, move.number)
    raise (BookInCopy if move.phase == "copy" else MoveAbandoned)(address, book.name, move.place)
