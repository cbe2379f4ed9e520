"""The feed: every transaction of a book, and every notice in it, in order and at least once.

A consumer continues after the last transaction that it acknowledged.  If it is killed between its work and
the acknowledgement it gets the same items again, and recognises them by `Notice.id`, or by an entry's
number.  A consumer that keeps its own position, in the transaction in which it does its work, has no name
here and passes `after`.

>>> from datetime import date
>>> from bankcore import Bank, MemoryStore
>>> from bankcore.products.parties import RegisterParty, SuspendParty
>>> bank = Bank.create(MemoryStore(), opened_on=date(2024, 5, 1))
>>> for key, command in enumerate([RegisterParty("li"), SuspendParty("li", "asked by the court")]):
...     receipts = bank.handle(command, key=str(key))
>>> feed = Feed(bank.ledger, "mailer")
>>> [(notice.party, notice.topic, notice.id) for notice in feed.notices()]
[('li', 'suspended', '2/2')]
>>> feed.acknowledge(2)
>>> list(Feed(bank.ledger, "mailer").notices())
[]
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import date
from typing import Any, Final

from attrs import frozen

from bankcore.amounts import MAX_QUANTITY
from bankcore.calendars import parse_date
from bankcore.errors import BadConsumer, BadDate
from bankcore.ledger.ledger import Ledger
from bankcore.ledger.transactions import Entry, Record
from bankcore.product.notices import NOTICE

__all__ = ["Feed", "Notice", "deliver", "notices_of"]

_CONSUMER: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")


@frozen
class Notice:
    """A message to a party on a subject under a topic; `data` is plain, without personal data.

    `number` is the transaction in which it was written, `place` its place there; together they are its `id`,
    the same on every delivery.

    >>> Notice(7, 0, "li", "overdue", "l1", date(2024, 5, 1), {}).id
    '7/0'
    """

    number: int
    place: int
    party: str
    topic: str
    subject: str
    on: date
    data: Mapping[str, Any]

    @property
    def id(self) -> str:
        """The transaction's number and the place in it."""
        return f"{self.number}/{self.place}"

    def as_data(self) -> dict[str, Any]:
        """The notice as plain data."""
        head = {"id": self.id, "party": self.party, "topic": self.topic, "subject": self.subject}
        return head | {"on": self.on.isoformat(), "data": dict(self.data)}


class Feed:
    """The feed of a ledger to a consumer, whose position the book keeps.

    Without a consumer it begins after transaction `after` and keeps nothing.  Raises BadConsumer for an
    invalid name or number.  Two processes that read as the same consumer both get everything.
    """

    def __init__(self, ledger: Ledger, consumer: str = "", *, after: int = 0) -> None:
        if not isinstance(consumer, str) or (consumer and not _CONSUMER.fullmatch(consumer)):
            raise BadConsumer(consumer, "1 to 40 small letters, digits, '.', '_' or '-' are needed")
        if type(after) is not int or not 0 <= after <= MAX_QUANTITY:
            raise BadConsumer(consumer, f"it begins after the number of a transaction, not {after!r}")
        self._ledger, self.consumer, self._after = ledger, consumer, after

    def __repr__(self) -> str:
        return f"Feed({self._ledger.book.name!r}, {self.consumer!r})"

    @property
    def position(self) -> int:
        """The number of the last transaction that the consumer has acknowledged."""
        kept = self._ledger.store.consumers(self._ledger.book.id).get(self.consumer, 0)
        return max(kept, self._after)

    def entries(self) -> Iterator[Entry]:
        """Every transaction after the position, in order, without a gap."""
        with self._ledger.reader as reader:
            yield from reader.entries(self.position)

    def notices(self, topics: Collection[str] = ()) -> Iterator[Notice]:
        """Every notice after the position, in order; of some topics where they are named."""
        for entry in self.entries():
            yield from notices_of(entry, topics)

    def acknowledge(self, number: int) -> None:
        """Acknowledge everything through transaction `number`; the position never goes back.

        Raises BadConsumer where the feed has no consumer, or the book no such transaction.
        """
        if not self.consumer:
            raise BadConsumer("", "only a consumer with a name has a position")
        with self._ledger.reader as reader:
            last = reader.head().number
        if type(number) is not int or not 0 <= number <= last:
            raise BadConsumer(self.consumer, f"there is no transaction {number!r}, the last is {last}")
        self._ledger.store.advance(self._ledger.book.id, self.consumer, number)

    def run(self, each: Callable[[Entry], object], *, every: int = 100) -> int:
        """Do something with every transaction there is, and then go on after them; how many there were.

        A consumer's position moves after each `every` transactions and at the end, so after an interruption
        at most so many are given again.
        """
        count = 0
        for count, entry in enumerate(self.entries(), start=1):
            each(entry)
            self._after = entry.number
            if count % every == 0:
                self._keep()
        if count % every:
            self._keep()
        return count

    def _keep(self) -> None:
        if self.consumer:
            self.acknowledge(self._after)


def notices_of(entry: Entry, topics: Collection[str] = ()) -> Iterator[Notice]:
    """The notices that a transaction carries, of some topics where they are named, or of one.

    A record that only has the kind of a notice, and not its form, is none: it would stop every consumer.
    """
    wanted = (topics,) if isinstance(topics, str) else topics
    for place, record in enumerate(entry.transaction.records, start=1):
        notice = _read(entry.number, place, record) if record.kind == NOTICE else None
        if notice is not None and (not wanted or notice.topic in wanted):
            yield notice


def _read(number: int, place: int, record: Record) -> Notice | None:
    """The notice in a record, or None where it is not of the form of one."""
    ids, data = record.id.split(":", 2), dict(record.data)
    try:
        on = parse_date(data.pop("on", None))
    except BadDate:
        return None
    if len(ids) != 3:
        return None
    party, topic, subject = ids
    return Notice(number, place, party, topic, subject, on, data)


def deliver(feed: Feed, send: Callable[[Notice], object], topics: Collection[str] = ()) -> int:
    """Give the notices there are to a channel, such as one that sends mail; how many transactions were read.

    What was sent and not yet kept when the program was killed is sent again, under the same id.
    """

    def each(entry: Entry) -> None:
        for notice in notices_of(entry, topics):
            send(notice)

    return feed.run(each)
