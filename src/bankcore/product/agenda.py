"""The agenda: notes of what falls due, whose ids have the day before the item.

The close of a day reads only the items due on it, a page at a time.  An item that the ledger refuses
(an account that is frozen or closed, a limit) is due again the next day, and all others are served.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import Any

from attrs import frozen

from bankcore.errors import BadDate, BankcoreError
from bankcore.ledger.books import Books
from bankcore.ledger.rules import Attempt
from bankcore.ledger.transactions import Record, Transaction
from bankcore.product import records
from bankcore.product.deferrals import deferred
from bankcore.product.plan import REFUSALS, Plan, Rule, Step, in_common

__all__ = ["Agenda", "Serve", "ServeAll"]

Serve = Callable[[Books, str, str], Iterable[Transaction]]
ServeAll = Callable[[Books, str, Sequence[Record]], Iterable[Transaction]]


@frozen
class Agenda:
    """The notes of one kind, with ids `programme:day:thing`; with a part, `programme:day:part:thing`.

    Several agendas of one kind have a `part` each.  `noun` is the name of the thing in texts; its id may have
    colons.  A step of the close serves at most `page` of them, by default as many as are read at a time.

    >>> Agenda("time-deposit.due", "deposit").kind
    'time-deposit.due'
    """

    kind: str
    noun: str
    page: int | None = None
    part: str = ""

    def note(self, books: Books, programme: str, thing: str, on: date, **data: Any) -> Record:
        """The note that something is due on a day."""
        return records.written(books, self.kind, self._root(programme, on), thing, **data)

    def postponed(self, books: Books, programme: str, thing: str, **data: Any) -> Record:
        """Today's note moved to tomorrow, with more data; raises BadDate where no day follows."""
        if books.today == date.max:
            raise BadDate(books.today, "no day follows")
        note = books.record(self.kind, f"{self._root(programme, books.today)}:{thing}")
        data = data if note is None else {**note.data, **data}
        return self.note(books, programme, thing, books.today + timedelta(days=1), **data)

    def steps(
        self,
        books: Books,
        day: date,
        programmes: Iterable[str],
        name: str,
        serve: Serve,
        together: ServeAll | None = None,
    ) -> Iterator[Step]:
        """A step of the day's close for each page of due items in each programme.

        `serve` returns the transactions of one thing, none where there is nothing to do; it sees the effects
        of those before it, such as another of the same party.  They are written together; where the ledger
        refuses one of them, or `serve` refuses, the thing is due again tomorrow.

        Things that share accounts or records are served faster together: `together` returns the transactions
        of a whole page of notes.  Only where one of those is refused is each thing served alone.
        """
        for programme in programmes:
            for page in self.pages(books, programme, day):
                things = [self.thing(note) for note in page]
                rules = [self.rule(programme, thing, serve) for thing in things]
                if together is not None:
                    rules = in_common(_page_rule(programme, page, together), rules)
                yield Step(f"{programme}/{name}/{things[0]}", *rules)

    def pages(self, books: Books, programme: str, day: date) -> Iterator[list[Record]]:
        """What is due on a day, a page at a time."""
        return records.pages(books, self.kind, self._root(programme, day), size=self.page)

    def thing(self, note: Record) -> str:
        """The id of the thing of a note."""
        return note.id.split(":", 3 if self.part else 2)[-1]

    def _root(self, programme: str, day: date) -> str:
        return f"{programme}:{day}:{self.part}" if self.part else f"{programme}:{day}"

    def attempt(
        self, books: Books, programme: str, thing: str, transactions: tuple[Transaction, ...], **data: Any
    ) -> Attempt:
        """The transactions of one thing as an attempt; if refused, it is due again tomorrow."""
        agreement = transactions[0].agreement if transactions else programme
        return Attempt(transactions, self._waits(books, programme, thing, agreement, **data))

    def rule(self, programme: str, thing: str, serve: Serve) -> Rule:
        """The rule that serves one thing; where its transactions are refused, it is due again tomorrow."""

        def rule(books: Books) -> Plan:
            try:
                transactions = tuple(serve(books, programme, thing))
            except REFUSALS as refusal:
                return Plan(self._waits(books, programme, thing, programme)(refusal))
            return Plan((self.attempt(books, programme, thing, transactions),) if transactions else ())

        return rule

    def _waits(
        self, books: Books, programme: str, thing: str, agreement: str, **data: Any
    ) -> Callable[[BankcoreError], tuple[Transaction, ...]]:
        again = self.postponed(books, programme, thing, **data)
        text, product = f"{self.noun} {thing} waits", self.kind.partition(".")[0]
        its = "/".join(filter(None, (programme, self.part, *thing.split(":"))))
        return deferred(books, product, its, text, again, agreement=agreement)


def _page_rule(programme: str, page: Sequence[Record], together: ServeAll) -> Rule:
    return lambda books: Plan(tuple(together(books, programme, page)))
