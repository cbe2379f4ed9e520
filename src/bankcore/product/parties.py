"""Parties (客户): what any product may know of the persons and firms that the bank deals with.

The parties product keeps the register; every client, merchant, borrower or participant is a role of a
party in it.  A product asks here, from the book, and imports no sibling.

>>> Party(id="c001", kind=Kind.PERSON, registered_on=date(2024, 5, 1)).is_identified
False
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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
    "Contract",
    "Held",
    "Kind",
    "Party",
    "account_of",
    "acting_for",
    "active_party",
    "document_mark",
    "identified_party",
    "may_see",
    "open_contracts",
    "represents",
]


class Kind(Enum):
    """What a party is."""

    PERSON = "person"
    FIRM = "firm"


@frozen(kw_only=True)
class Party(Facts):
    """A person or a firm; personal data stand apart, where they can be erased.

    `document` says which kind of document identified it, empty until an officer has named one;
    `representatives` are the parties that act for a firm.
    """

    KIND: ClassVar = "parties.party"  # party
    kind: Kind
    registered_on: date
    document: str = ""
    identified_on: date | None = None
    suspended: str = ""  # why, empty where it is not
    representatives: tuple[str, ...] = ()
    erased_on: date | None = None

    @property
    def is_identified(self) -> bool:
        """Whether an officer has seen its document."""
        return self.identified_on is not None


@frozen(kw_only=True)
class Contract(Facts):
    """What binds a party to a product; while one is open, account and party cannot be closed or erased."""

    KIND: ClassVar = "parties.contract"  # party:product:contract, a contract's ids joined by "/"
    opened_on: date
    closed_on: date | None = None

    @classmethod
    def opened(cls, books: Books, party: str, product: str, *id: str) -> Record:
        """The record that a party enters into a contract today, or into the same again."""
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
class Held(Facts):
    """What a product keeps of a party that is personal, such as a card number; erased with the party."""

    KIND: ClassVar = "parties.held"  # party:product:thing, a thing's ids joined by "/"
    personal: Mapping[str, str] | None  # None once it is erased


def active_party(books: Books, id: str) -> Party:
    """A party that may enter into contracts; raises NotFound, PartyErased, PartySuspended."""
    party = Party.existing(books, id)
    if party.erased_on is not None:
        raise PartyErased(id)
    if party.suspended:
        raise PartySuspended(id)
    return party


def identified_party(books: Books, id: str) -> Party:
    """An active party whose document an officer has seen; raises NotIdentified, and as `active_party`."""
    party = active_party(books, id)
    if not party.is_identified:
        raise NotIdentified(id)
    return party


def document_mark(books: Books, party: str) -> str:
    """The fingerprint of the document of an identified party, which nobody can find out once it is erased."""
    personal = records.existing(books, "parties.identity", party).data["personal"]
    return str(personal[FINGERPRINT])


def account_of(books: Books, party: str) -> AccountPath:
    """The current account of a party, which pays and is paid; raises NoCurrentAccount.

    It stays open while a contract of the party is open.
    """
    if all(it.closed_on is not None for it in Contract.every(books, party, "current")):
        raise NoCurrentAccount(party)
    return chart.DEMAND(party)


def acting_for(books: Books, party: str) -> Actor:
    """Who gives a command that binds a party: the bank, the party, or who represents it.

    The bank has seen to it that nobody else does.  Raises PartySuspended and PartyErased of one who
    represents it.
    """
    actor = Actor.asking(books)
    if actor.role in (Role.CUSTOMER, Role.MERCHANT) and actor.id != party:
        active_party(books, actor.id)
    return actor


def represents(books: Books, person: str, firm: str) -> bool:
    """Whether a party may act for another: it is the same, or its representative."""
    if person == firm:
        return True
    party = Party.find(books, firm)
    return party is not None and person in party.representatives


def may_see(books: Books, party: str) -> bool:
    """Whether whoever asks for a report may see a party's rows: the bank all, a customer his own."""
    actor = Actor.asking(books) if books.actor else None
    if actor is None or actor.role in (Role.OFFICER, Role.SYSTEM):
        return True
    return actor.role is Role.CUSTOMER and represents(books, actor.id, party)


def open_contracts(books: Books, party: str) -> Iterator[Contract]:
    """What still binds a party, in the order of the products' names."""
    return (it for it in Contract.every(books, party) if it.closed_on is None)
