"""Parties (客户): what any product may read about the persons and firms that the bank deals with.

The parties product keeps the register; every client, merchant, borrower or participant is a role of a
party in it.  Products use these look-ups in the book and import no other product.

>>> Party(id="c001", kind=Kind.PERSON, registered_on=date(2024, 5, 1)).is_identified
False
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from enum import Enum
from typing import ClassVar

from attrs import frozen

from bankcore.errors import PartyErased
from bankcore.ledger.accounts import AccountPath
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import FINGERPRINT, Record
from bankcore.product import chart, records
from bankcore.product.actor import Actor, Role
from bankcore.product.facts import Facts
from bankcore.product.refusals import NoCurrentAccount, NotIdentified, PartySuspended

__all__ = [
    "IDENTITY",
    "Contract",
    "Cover",
    "Kind",
    "Operator",
    "Party",
    "account_of",
    "acting_for",
    "active_party",
    "document_mark",
    "document_text",
    "has_document",
    "identified_party",
    "may_see",
    "open_contracts",
    "operator_of",
    "represents",
    "speaks_for",
]


IDENTITY = "parties.identity"  # party: what is personal about it, with the fingerprint of its document


class Kind(Enum):
    """The kinds of party."""

    PERSON = "person"
    FIRM = "firm"


@frozen(kw_only=True)
class Party(Facts):
    """A person or a firm; personal data is kept separately, where it can be erased.

    `document` is the kind of document that identified it, empty until an officer has recorded one;
    `representatives` are the parties that act for a firm.
    """

    KIND: ClassVar = "parties.party"  # party
    kind: Kind
    registered_on: date
    document: str = ""
    identified_on: date | None = None
    suspended: str = ""  # the reason, empty where it is not suspended
    representatives: tuple[str, ...] = ()
    erased_on: date | None = None

    @property
    def is_identified(self) -> bool:
        """Whether an officer has seen its document."""
        return self.identified_on is not None


@frozen(kw_only=True)
class Contract(Facts):
    """A party's contract with a product; while one is open, account and party cannot be closed or erased."""

    KIND: ClassVar = "parties.contract"  # party:product:contract, a contract's ids joined by "/"
    opened_on: date
    closed_on: date | None = None

    @classmethod
    def opened(cls, books: Books, party: str, product: str, *id: str) -> Record:
        """The record that a party enters into a contract today, possibly once more."""
        kept = cls.find(books, party, product, "/".join(id))
        joined = ":".join((party, product, "/".join(id)))
        return cls(id=joined, version=kept.version if kept else 0, opened_on=books.today).record()

    @classmethod
    def ended(cls, books: Books, party: str, product: str, *id: str) -> Record:
        """The record that a contract of a party ends today; raises NotFound."""
        return records.existing(books, cls.KIND, party, product, "/".join(id)).next(
            closed_on=books.today.isoformat()
        )


@frozen(kw_only=True)
class Cover(Facts):
    """Days whose demand interest the current account does not pay, for another product pays it.

    `spans` are [first day, day after the last), ascending; the last may go on.
    """

    KIND: ClassVar = "parties.cover"  # party
    spans: tuple[tuple[date, date | None], ...]

    @classmethod
    def begun(cls, books: Books, party: str) -> Record:
        """The record that another product pays from today on."""
        known = cls.find(books, party)
        spans = () if known is None else known.spans
        return cls.anew(books, party, spans=(*spans, (books.today, None))).record()

    @classmethod
    def ended(cls, books: Books, party: str) -> Record:
        """The record that the current account pays again, from today on; raises NotFound."""
        *before, (start, _) = cls.existing(books, party).spans
        last = () if start == books.today else ((start, books.today),)
        return cls.anew(books, party, spans=(*before, *last)).record()

    @classmethod
    def of_party(cls, books: Books, party: str) -> tuple[tuple[date, date], ...]:
        """The spans of a party, ascending; one that goes on ends with the last day there is."""
        known = cls.find(books, party)
        return () if known is None else tuple((start, end or date.max) for start, end in known.spans)


@frozen(kw_only=True)
class Operator(Facts):
    """The party that operates a programme whose id is no party's; empty where none does any more."""

    KIND: ClassVar = "parties.operator"  # product:programme
    party: str
    since: date


def active_party(books: Books, id: str) -> Party:
    """A party that may enter into contracts; raises NotFound, PartyErased, PartySuspended."""
    party = Party.existing(books, id)
    if party.erased_on is not None:
        raise PartyErased(id)
    if party.suspended:
        raise PartySuspended(id)
    return party


def identified_party(books: Books, id: str) -> Party:
    """An active, identified party; raises NotIdentified, and the errors of `active_party`."""
    party = active_party(books, id)
    if not party.is_identified:
        raise NotIdentified(id)
    return party


def document_mark(books: Books, party: str) -> str:
    """The fingerprint of the document of an identified party, which nobody can find out once it is erased."""
    return str(records.existing(books, IDENTITY, party).data["personal"][FINGERPRINT])


def account_of(books: Books, party: str) -> AccountPath:
    """The current account of a party, for its payments; raises NoCurrentAccount.

    It cannot be closed while a contract of the party is open.
    """
    if all(it.closed_on is not None for it in Contract.every(books, party, "current")):
        raise NoCurrentAccount(party)
    return chart.DEMAND(party)


def acting_for(books: Books, party: str) -> Actor:
    """The actor of a command that binds a party: the bank, the party, or a representative.

    The bank has already refused all others.  Raises PartySuspended and PartyErased for a
    representative.
    """
    actor = Actor.asking(books)
    if actor.role in (Role.CUSTOMER, Role.MERCHANT, Role.OPERATOR) and actor.id != party:
        active_party(books, actor.id)
    return actor


def represents(books: Books, person: str, firm: str) -> bool:
    """Whether a party may act for another: it is the same, or its representative."""
    if person == firm:
        return True
    party = Party.find(books, firm)
    return party is not None and person in party.representatives


def operator_of(books: Books, product: str, programme: str) -> str:
    """The party that was named to operate a programme of a product; empty for none."""
    known = Operator.find(books, product, programme)
    return known.party if known else ""


def speaks_for(books: Books, actor: Actor, named: str, product: str = "") -> bool:
    """Whether an actor may act for the one whom a command or a row names: himself, or whom he represents.

    Whoever a programme of the product names as its operator, or represents him, operates it.

    An operator's representative operates only what that party was named to operate: a programme that has a
    bare name as its operator is nobody's because somebody registers under that name.
    """
    if actor.role is Role.OPERATOR and (party := operator_of(books, product, named)):
        return actor.id == named or represents(books, actor.id, party)
    if actor.id == named or not represents(books, actor.id, named):
        return actor.id == named != ""
    contracts = (it.id for it in Contract.every(books, named) if it.closed_on is None)
    return actor.role is not Role.OPERATOR or any(id.endswith("/operator") for id in contracts)


def may_see(books: Books, party: str) -> bool:
    """Whether the actor of a report may see a party's rows: the bank all, a customer his own."""
    actor = Actor.asking(books) if books.actor else None
    if actor is None or actor.role in (Role.OFFICER, Role.SYSTEM):
        return True
    return actor.role is Role.CUSTOMER and represents(books, actor.id, party)


def open_contracts(books: Books, party: str) -> Iterator[Contract]:
    """The open contracts of a party, ordered by product name."""
    return (it for it in Contract.every(books, party) if it.closed_on is None)


def document_text(document: str, number: str) -> str:
    """What is compared of a document: its kind and number, without spaces, in capitals.

    >>> document_text("id-card", "440301 19900101 123x")
    'id-card:44030119900101123X'
    """
    return f"{document}:{''.join(number.split()).upper()}"


def has_document(books: Books, party: Party, number: str) -> bool:
    """Whether a document with this number identified a party."""
    fingerprint = books.fingerprint(document_text(party.document, number))
    return (IDENTITY, party.id) in books.fingerprinted(fingerprint)
