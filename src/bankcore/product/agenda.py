"""What falls due when: notes with the day before the thing in their ids.

The close of a day reads what is due on it and nothing else, a page at a time.  What the ledger refuses
(an account that is frozen or closed, a limit) is due again the next day, and everybody else is served.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta

from attrs import frozen

from bankcore.errors import BadDate
from bankcore.ledger.books import Books
from bankcore.ledger.rules import Attempt
from bankcore.ledger.transactions import Record, Transaction
from bankcore.product import records
from bankcore.product.deferrals import deferred
from bankcore.product.plan import Plan, Step

__all__ = ["Agenda", "Serve"]

Serve = Callable[[Books, str, str], Iterable[Transaction]]


@frozen
class Agenda:
    """The notes of one kind, with ids `programme:day:thing`.

    `noun` is what people call the thing.

    >>> Agenda("time-deposit.due", "deposit").kind
    'time-deposit.due'
    """

    kind: str
    noun: str

    def note(self, books: Books, programme: str, thing: str, on: date) -> Record:
        """The note that something is due on a day."""
        return records.written(books, self.kind, programme, on.isoformat(), thing)

    def postponed(self, books: Books, programme: str, thing: str) -> Record:
        """The note that it is due again tomorrow; raises BadDate where no day follows."""
        if books.today == date.max:
            raise BadDate(books.today, "no day follows")
        return self.note(books, programme, thing, books.today + timedelta(days=1))

    def steps(
        self, books: Books, day: date, programmes: Iterable[str], name: str, serve: Serve
    ) -> Iterator[Step]:
        """A step of the day's close for each page of what is due in each programme.

        `serve` gives the transactions of one thing, none where nothing is to be done; it sees what was done
        for those before it, such as another of the same party.  They are written together; where the ledger
        refuses one of them, the thing is due again tomorrow.
        """
        for programme in programmes:
            for page in records.pages(books, self.kind, f"{programme}:{day}"):
                things = [note.id.rpartition(":")[2] for note in page]
                rules = (self._rule(programme, thing, serve) for thing in things)
                yield Step(f"{programme}/{name}/{things[0]}", *rules)

    def _rule(self, programme: str, thing: str, serve: Serve) -> Callable[[Books], Plan]:
        def rule(books: Books) -> Plan:
            transactions = tuple(serve(books, programme, thing))
            return Plan((self._attempt(books, programme, thing, transactions),) if transactions else ())

        return rule

    def _attempt(
        self, books: Books, programme: str, thing: str, transactions: tuple[Transaction, ...]
    ) -> Attempt:
        again = self.postponed(books, programme, thing)
        text, agreement = f"{self.noun} {thing} waits", transactions[0].agreement
        product = self.kind.partition(".")[0]
        return Attempt(
            transactions, deferred(books, product, f"{programme}/{thing}", text, again, agreement=agreement)
        )
