"""Decisions that need two people: one proposes, another approves or rejects (maker and checker, 双人复核).

A product keeps one record for each decision, of a kind of its own.  Maker and checker are the actors of the
commands.  The checker names the version of the proposal that he saw, and a proposal lapses when its subject
changes, so that exactly what both have seen is carried out.

>>> @frozen(kw_only=True)
... class Waiver(Decision):
...     KIND = "loan.waiver"
...     what: str
>>> waiver = Waiver(id="sme:l1", state=OPEN, maker="li", made_on=date(2024, 5, 1), about=3, what="fee")
>>> waiver.is_open, waiver.record().version
(True, 1)
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, Self

from attrs import evolve, frozen

from bankcore.ledger.books import Books
from bankcore.product.actor import Actor, same_person
from bankcore.product.facts import Facts, kept
from bankcore.product.plan import Plan
from bankcore.product.programme import Programme
from bankcore.product.refusals import AlreadyProposed, NothingProposed, SamePerson, StaleProposal
from bankcore.tables import Table

__all__ = ["APPROVED", "OPEN", "REJECTED", "WITHDRAWN", "Decision", "Reason", "list_proposals"]

OPEN, APPROVED, REJECTED, WITHDRAWN = "open", "approved", "rejected", "withdrawn"


@frozen
class Reason:
    """What is proposed where the decision says all but the reason for it."""

    reason: str


@frozen(kw_only=True)
class Decision(Facts):
    """A proposal of one person that another decides; a product's own class adds `what` is proposed.

    `about` is the state of its subject when the proposal was made: the version of a record, or data.
    """

    state: str
    maker: str
    made_on: date
    about: Any
    checker: str | None = kept(None, absent=True)
    decided_on: date | None = kept(None, absent=True)

    @property
    def is_open(self) -> bool:
        """Whether it is proposed and not yet decided."""
        return self.state == OPEN

    @classmethod
    def proposed(cls, books: Books, *id: str, about: Any, what: Any) -> Self:
        """The decision as proposed by the actor; a new proposal replaces only an open one of his own.

        Raises AlreadyProposed.
        """
        known, maker = cls.find(books, *id), Actor.asking(books).id
        if known is not None and known.is_open and known.maker != maker:
            raise AlreadyProposed(known.maker, cls._subject(), id[-1])
        made: dict[str, Any] = {"about": about, "what": what, "maker": maker, "made_on": books.today}
        return cls(id=":".join(id), version=known.version if known else 0, state=OPEN, **made)

    @classmethod
    def approved(cls, books: Books, *id: str, seen: int, about: Any) -> Self:
        """The decision approved; its `what` is now to be carried out.

        Raises, in this order: NothingProposed, SamePerson, StaleProposal where the current version is not
        the one that was seen, or its subject is no longer as in `about`.
        """
        decided = cls._decided(books, *id, seen=seen, state=APPROVED)
        if decided.about != about:
            raise StaleProposal(seen, cls._subject(), id[-1], "its subject has changed")
        return decided

    @classmethod
    def rejected(cls, books: Books, *id: str, seen: int) -> Self:
        """The decision rejected; raises NothingProposed, SamePerson, StaleProposal."""
        return cls._decided(books, *id, seen=seen, state=REJECTED)

    @classmethod
    def rejecting(cls, programmes: Programme[Any], thing: str) -> Callable[[Any, Any, Books], Plan]:
        """The rule of a command that turns a proposal down; it names `programme`, the `thing` and `proposal`.

        Refuses, in this order: NothingProposed, SamePerson, StaleProposal.
        """

        def reject(terms: Any, command: Any, books: Books) -> Plan:
            ids = (command.programme, getattr(command, thing))
            voucher = programmes.voucher(books, terms, command.programme)
            voucher.keep(cls.rejected(books, *ids, seen=command.proposal))
            return voucher.plan("reject", f"{cls._subject()} of {ids[1]} is turned down")

        return reject

    @classmethod
    def _decided(cls, books: Books, *id: str, seen: int, state: str) -> Self:
        known, checker = cls.find(books, *id), Actor.asking(books).id
        if known is None or not known.is_open:
            raise NothingProposed(cls._subject(), id[-1])
        if same_person(known.maker, checker):
            raise SamePerson(checker, cls._subject(), id[-1])
        if known.version != seen:
            raise StaleProposal(seen, cls._subject(), id[-1], f"{known.version} has replaced it")
        return evolve(known, state=state, checker=checker, decided_on=books.today)

    @classmethod
    def _subject(cls) -> str:
        """The subject of the decision, from the kind of its record: `platform.registration`."""
        return cls.KIND.partition(".")[2]


def list_proposals(books: Books, *kinds: type[Decision]) -> Table:
    """The undecided proposals; `proposal` is the version that the checker has to name."""
    rows = tuple(
        (kind._subject(), it.id, it.version, it.maker, it.made_on)
        for kind in kinds
        for it in kind.every(books)
        if it.is_open
    )
    return Table("Proposals", ("decision", "about", "proposal", "proposed by", "on"), rows)
