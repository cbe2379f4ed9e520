"""What falls due when: notes with the day before the thing in their ids.

The close of a day reads what is due on it and nothing else, a page at a time.  What the ledger refuses
(an account that is frozen or closed, a limit) is due again the next day, and everybody else is served.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import Any

from attrs import frozen

from bankcore.errors import BadDate
from bankcore.ledger.books import Books
from bankcore.ledger.rules import Attempt
from bankcore.ledger.transactions import Record, Transaction
from bankcore.product import records
from bankcore.product.deferrals import deferred
from bankcore.product.plan import Plan, Step

__all__ = ["Agenda", "Serve", "ServeAll"]

Serve = Callable[[Books, str, str], Iterable[Transaction]]
ServeAll = Callable[[Books, str, Sequence[str]], Iterable[Transaction]]


@frozen
class Agenda:
    """The notes of one kind, with ids `programme:day:thing`.

    `noun` is what people call the thing; a step of the close serves at most `page` of them.

    >>> Agenda("time-deposit.due", "deposit").kind
    'time-deposit.due'
    """

    kind: str
    noun: str
    page: int = records.PAGE

    def note(self, books: Books, programme: str, thing: str, on: date, **data: Any) -> Record:
        """The note that something is due on a day."""
        return records.written(books, self.kind, programme, on.isoformat(), thing, **data)

    def postponed(self, books: Books, programme: str, thing: str) -> Record:
        """Today's note, for tomorrow; raises BadDate where no day follows."""
        if books.today == date.max:
            raise BadDate(books.today, "no day follows")
        note = books.record(self.kind, f"{programme}:{books.today}:{thing}")
        data = {} if note is None else note.data
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
        """A step of the day's close for each page of what is due in each programme.

        `serve` gives the transactions of one thing, none where nothing is to be done.  They are written
        together; where the ledger refuses one of them, the thing is due again tomorrow.

        Things that share accounts or records are faster served in common: `together` gives the transactions
        of a whole page.  Only where the ledger refuses one of those is each thing served alone, on what was
        done for those before it.
        """
        for programme in programmes:
            for page in records.pages(books, self.kind, f"{programme}:{day}", size=self.page):
                things = [note.id.rpartition(":")[2] for note in page]
                rules = [self._rule(programme, things, serve)]
                if together is not None:
                    rules = [self._whole(programme, page, things, together)]
                    rules += [self._alone(programme, page[0], thing, serve) for thing in things]
                yield Step(f"{programme}/{name}/{things[0]}", *rules)

    def _whole(
        self, programme: str, page: Sequence[Record], things: Sequence[str], together: ServeAll
    ) -> Callable[[Books], Plan]:
        """The page as one attempt; a new version of its first note says that the ledger refused it."""

        def rule(books: Books) -> Plan:
            plan = Plan(tuple(together(books, programme, things)))
            refused = Transaction(
                kind=f"{self.kind.partition('.')[0]}.wait",
                effective_on=books.today,
                description=f"{self.noun} {things[0]} and those after it are served one by one",
                agreement=programme,
                records=(page[0].next(),),
            )
            return plan.attempted([refused])

        return rule

    def _alone(self, programme: str, first: Record, thing: str, serve: Serve) -> Callable[[Books], Plan]:
        """The rule of one thing of a page that was refused."""
        one_by_one = self._rule(programme, [thing], serve)

        def rule(books: Books) -> Plan:
            note = books.record(first.kind, first.id)
            return Plan() if note is None or note.version == first.version else one_by_one(books)

        return rule

    def _rule(self, programme: str, things: Sequence[str], serve: Serve) -> Callable[[Books], Plan]:
        def rule(books: Books) -> Plan:
            served = ((thing, tuple(serve(books, programme, thing))) for thing in things)
            return Plan(tuple(self._attempt(books, programme, *it) for it in served if it[1]))

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
