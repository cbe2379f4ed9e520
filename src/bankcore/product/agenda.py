"""What falls due when: notes with the day before the thing in their ids.

The close of a day reads what is due on it and nothing else, a page at a time.  What the ledger refuses
(an account that is frozen or closed, a limit) is due again the next day, and everybody else is served.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import Any

from attrs import frozen

from bankcore.errors import BadDate, LedgerRejection
from bankcore.ledger.books import Books
from bankcore.ledger.rules import Attempt
from bankcore.ledger.transactions import Record, Transaction
from bankcore.product import records
from bankcore.product.deferrals import deferred
from bankcore.product.plan import Plan, Step

__all__ = ["Agenda", "Serve", "ServeAll"]

Serve = Callable[[Books, str, str], Iterable[Transaction]]
ServeAll = Callable[[Books, str, Sequence[Record]], Iterable[Transaction]]
Rule = Callable[[Books], Plan]


@frozen
class Agenda:
    """The notes of one kind, with ids `programme:day:thing`; with a part, `programme:day:part:thing`.

    Agendas of one kind have a `part` each.  `noun` is what people call the thing, whose id may have colons; a
    step of the close serves at most `page` of them, or as many as are read at a time.

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

    def postponed(self, books: Books, programme: str, thing: str) -> Record:
        """Today's note, for tomorrow; raises BadDate where no day follows."""
        if books.today == date.max:
            raise BadDate(books.today, "no day follows")
        note = books.record(self.kind, f"{self._root(programme, books.today)}:{thing}")
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

        `serve` gives the transactions of one thing, none where nothing is to be done; it sees what was done
        for those before it, such as another of the same party.  They are written together; where the ledger
        refuses one of them, the thing is due again tomorrow.

        Things that share accounts or records are faster served in common: `together` gives the transactions
        of a whole page of notes.  Only where the ledger refuses one of those is each thing served alone.
        """
        for programme in programmes:
            for page in records.pages(books, self.kind, self._root(programme, day), size=self.page):
                things = [self.thing(note) for note in page]
                rules = [self._rule(programme, thing, serve) for thing in things]
                if together is not None:
                    rules = _in_common(programme, page, together, rules)
                yield Step(f"{programme}/{name}/{things[0]}", *rules)

    def thing(self, note: Record) -> str:
        """The id of the thing that a note is about."""
        return note.id.split(":", 3 if self.part else 2)[-1]

    def _root(self, programme: str, day: date) -> str:
        return f"{programme}:{day}:{self.part}" if self.part else f"{programme}:{day}"

    def _rule(self, programme: str, thing: str, serve: Serve) -> Rule:
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
        its = "/".join(filter(None, (programme, self.part, *thing.split(":"))))
        return Attempt(transactions, deferred(books, product, its, text, again, agreement=agreement))


def _in_common(
    programme: str, page: Sequence[Record], together: ServeAll, alone: Iterable[Rule]
) -> list[Rule]:
    """The rules of one step: the page as one attempt, and each thing alone if the ledger refused that."""
    refused: list[LedgerRejection] = []

    def note(refusal: LedgerRejection) -> tuple[Transaction, ...]:
        refused.append(refusal)
        return ()

    def whole(books: Books) -> Plan:
        refused.clear()  # a step that was not written may be run again
        return Plan(tuple(together(books, programme, page))).attempted(note)

    def unless_served(rule: Rule) -> Rule:
        return lambda books: rule(books) if refused else Plan()

    return [whole, *map(unless_served, alone)]
