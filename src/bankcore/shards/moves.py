"""Moves of whole books from one store to another, and the directory's note of them.

The directory first notes where a book goes, then the book moves, then the directory has its new place.  So
whoever is refused with book_moved finds the book, and whoever was killed in between can be carried on.
Payments in transit are not concerned: their steps have keys made from names, and go on wherever a book is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

from bankcore.bank import Bank
from bankcore.errors import BankcoreError, UnknownName
from bankcore.ledger.rules import Rule
from bankcore.product.refusals import AlreadyTaken, NotFound
from bankcore.products.parties.places import Place, book_moved, book_moving
from bankcore.shards.places import PlacedBooks
from bankcore.stores.backup import Standing
from bankcore.stores.moving import Mover

__all__ = ["Moves"]

_ACTOR = "system:move"


class Moves:
    """The moves of the books of a directory.  Each can be repeated after an interruption, by anybody."""

    def __init__(self, directory: Bank, books: PlacedBooks) -> None:
        self._directory, self._books = directory, books

    def move(self, book: str, to: str, progress: Callable[[int], object] = lambda added: None) -> Standing:
        """Move a book to a place while it is served, and have the directory say so; the state that it has.

        Raises NotFound for a book without a place, AlreadyTaken where it is already there or is moving
        elsewhere, and the errors of `Mover.run`.
        """
        known = self._place(book)
        if known.moving_to not in ("", to) or known.place == to:
            raise AlreadyTaken("move" if known.moving_to else "place", book)
        self._note(known, to, book_moving(book, to))
        with self._moving(book, known.place, to) as mover:
            found = mover.run(progress)
        self._note(self._place(book), to, book_moved(book, to))
        self._books.refresh()
        return found

    def give_up(self, book: str) -> bool:
        """Leave a book where it is, if it was not opened in its new place; whether it had been closed.

        Raises NotFound where it is not moving, and the errors of `Mover.give_up`.
        """
        known = self._place(book)
        if not known.moving_to:
            raise NotFound("move", book)
        with self._moving(book, known.place, known.moving_to) as mover:
            closed = mover.give_up()
        self._note(known, "", book_moving(book, ""))
        return closed

    def settle(self) -> list[str]:
        """Have the directory say where those books are that have moved; which moves are not over, and why."""
        waiting = []
        for it in Place.every(self._directory.ledger.books):
            try:
                if it.moving_to and not self._settled(it):
                    waiting.append(f"book {it.id}: it is moving to {it.moving_to}")
            except BankcoreError as error:
                waiting.append(f"book {it.id}: {error}")
        return waiting

    def _settled(self, it: Place) -> bool:
        with self._moving(it.id, it.place, it.moving_to) as mover:
            over = mover.is_over
        if over:
            self._note(it, it.moving_to, book_moved(it.id, it.moving_to))
        return over

    def _place(self, book: str) -> Place:
        return Place.existing(self._directory.ledger.books, book)

    @contextmanager
    def _moving(self, name: str, place: str, to: str) -> Iterator[Mover]:
        with closing(self._books.open_store(place)) as source:
            known = {book.name: book for book in source.books()}
            if name not in known:
                raise UnknownName("book", name, ", ".join(known))
            with closing(self._books.open_store(to, create=True)) as target:
                yield Mover(source, target, known[name], self._books.clock)

    def _note(self, known: Place, to: str, rule: Rule) -> None:
        """Write what the directory says next of a book."""
        key = f"transit/place/{known.id}/{known.version + 1}"
        self._directory.ledger.execute(key, {"book": known.id, "to": to}, rule, actor=_ACTOR)
