"""Payments between books, carried on from wherever they stand by a recovery that anybody may run any time.

A payment has at most four commits, two in each book, each under a key made from its name.  The receiver's
book decides once; the payer's book acts on that decision, and on nothing else.  So a step that is repeated,
late or out of order changes nothing, and a payment is never half for longer than a recovery needs to reach
both books.
"""

from __future__ import annotations

from collections.abc import Iterator

from attrs import asdict, frozen

from bankcore.bank import Bank
from bankcore.errors import BankcoreError
from bankcore.products.current.remittances import (
    Decided,
    Incoming,
    Outgoing,
    Remittance,
    open_incoming,
    open_outgoing,
)
from bankcore.products.current.transit import arrive, clear, end
from bankcore.shards.books import Books

__all__ = ["Recovery", "Transfers"]


@frozen
class Recovery:
    """What a recovery did: payments that arrived, that came back, and what still waits, with the reason."""

    arrived: int
    returned: int
    waiting: tuple[str, ...]


class Transfers:
    """The payments between some books."""

    def __init__(self, books: Books) -> None:
        self._books = books

    # --- the steps, each by itself ------------------------------------------------------------------

    def arrive(self, message: Remittance) -> Incoming:
        """Have the receiver's book decide on a payment; what it decided, now or before.

        Raises UnknownName, DayClosing, and the errors of the store.
        """
        self._books.take(message.book, f"{message}/arrive", asdict(message), arrive(message))
        return _decision(self._books.named(message.book), message)

    def end(self, message: Remittance, decision: Incoming) -> Outgoing:
        """Tell the payer's book of a decision; how the payment ended there, now or before.

        Raises UnknownName, DayClosing, the refusal of suspense, and the errors of the store.
        """
        self._books.take(
            message.source, f"{message}/end", {"why": decision.why}, *end(message.item, decision.why)
        )
        return Outgoing.existing(self._books.named(message.source).ledger.books, message.item)

    def clear(self, message: Remittance) -> None:
        """Tell the receiver's book that the payer's has settled.

        Raises UnknownName, DayClosing, and the errors of the store.
        """
        self._books.take(message.book, f"{message}/clear", {}, clear(message))

    # --- all of them --------------------------------------------------------------------------------

    def carry(self, source: str, item: str) -> Outgoing:
        """Carry a payment of a book as far as it goes: to its end, where both books can be reached.

        Raises the errors of the steps.
        """
        sent = Outgoing.existing(self._books.named(source).ledger.books, item)
        message = sent.remittance(source)
        ended = self.end(message, self.arrive(message)) if sent.is_open else sent
        if ended.settled_on is not None:
            self.clear(message)
        return ended

    def recover(self) -> Recovery:
        """Carry every open payment of every book as far as it goes.

        A book that cannot be reached, or closes a day, keeps back its own payments only.
        """
        arrived, returned, waiting = 0, 0, []
        for name, bank in self._books:
            try:
                items = list(_open(name, bank))
            except BankcoreError as error:
                waiting.append(f"book {name}: {error}")
                continue
            for source, item in items:
                try:
                    ended = self.carry(source, item)
                except BankcoreError as error:
                    waiting.append(f"payment {source}/{item}: {error}")
                else:
                    arrived += ended.settled_on is not None
                    returned += ended.returned_on is not None
        return Recovery(arrived, returned, tuple(waiting))


def _open(name: str, bank: Bank) -> Iterator[tuple[str, str]]:
    """The source and item of each open payment of a book: those it sent, and those that came."""
    yield from ((name, it.id) for it in open_outgoing(bank.ledger.books))
    for came in open_incoming(bank.ledger.books):
        _, source, *item = came.ids
        yield source, ":".join(item)


def _decision(bank: Bank, message: Remittance) -> Incoming:
    decision = Decided.on(bank.ledger.books, message.source, message.item)
    assert decision is not None  # the step that was just taken, now or before, has written it
    return decision
