"""Payments to other books of the bank (在途): each book makes its own half, in its own commits.

| step | in the payer's book | in the receiver's book |
| --- | --- | --- |
| remit (汇出) | demand account / in transit, out | |
| arrive | | in transit, in / the receiver's demand account |
| settle | in transit, out / between books | |
| clear | | between books / in transit, in |
| come back (退汇) | in transit, out / demand account, or suspense | |

The receiver's book decides once, and keeps its decision: money arrives, or is refused with the reason and
comes back.  All steps but the first are rules that a recovery runs, as often and as late as it likes; each
finds by the record whether it is still to be done.  A book's accounts in transit are equal to its open items.
What books owe each other stays on the account between books, over all books 0 once nothing is open.

>>> str(Remittance("north", "2024-05-01:r1", "li", "south", "wang", 5_00, "CNY/2"))
'north/2024-05-01:r1'
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import ClassVar, TypeVar

from attrs import evolve, frozen

from bankcore.amounts import Amount
from bankcore.errors import BadCommand, ProductRejection
from bankcore.ledger.accounts import AccountPath
from bankcore.ledger.books import Books
from bankcore.product import chart, fields
from bankcore.product.actor import Role
from bankcore.product.facts import Facts
from bankcore.product.parties import acting_for, may_see
from bankcore.product.plan import Plan
from bankcore.product.product import Noun
from bankcore.product.refusals import AlreadyTaken
from bankcore.products.current.accounts import PROGRAMMES, CurrentAccount, DemandTerms
from bankcore.products.current.money import debited
from bankcore.tables import Table
from bankcore.units import Unit

__all__ = ["JoinBooks", "NotJoined", "Remit"]

noun = Noun(__name__)
OUT = chart.liability("bank:in-transit:out")  # left a payer here, and not known to have arrived
IN = chart.asset("bank:in-transit:in")  # paid to a receiver here, and not known to be settled there
BETWEEN = chart.asset("bank:between-books", floor=None)  # what other books owe this one; below 0, it them


# --- facts and messages -----------------------------------------------------------------------------


@frozen(kw_only=True)
class Membership(Facts):
    """That a book is one of several of a bank, and its name among them."""

    KIND: ClassVar = "current.books"  # its one id is "own"
    name: str


@frozen
class Remittance:
    """What the payer's book tells the receiver's: a payment of `amount` minor units.

    `item` is the id of the record in the payer's book; with the name of that book it is the payment's name
    in all books.
    """

    source: str
    item: str
    party: str
    book: str
    receiver: str
    amount: int
    unit: str

    def __str__(self) -> str:
        return f"{self.source}/{self.item}"


@frozen(kw_only=True)
class Outgoing(Facts):
    """A payment that left this book; open until it is settled or came back.

    `why` is the code of the refusal of one that came back.
    """

    KIND: ClassVar = "current.outgoing"  # day:transfer
    party: str
    book: str
    receiver: str
    amount: int
    unit: Unit
    settled_on: date | None = None
    returned_on: date | None = None
    why: str = ""

    @property
    def is_open(self) -> bool:
        """Whether its end is not known yet."""
        return self.settled_on is None and self.returned_on is None

    def remittance(self, source: str) -> Remittance:
        """What the receiver's book is told; `source` is the name of this one."""
        to = (self.book, self.receiver, self.amount, str(self.unit))
        return Remittance(source, self.id, self.party, *to)


@frozen(kw_only=True)
class Incoming(Facts):
    """The decision of this book on a payment from another: arrived, or refused for `why`."""

    KIND: ClassVar = "current.incoming"  # day of the decision:source:item
    party: str
    receiver: str
    amount: int
    unit: Unit
    why: str = ""
    cleared_on: date | None = None

    @property
    def is_open(self) -> bool:
        """Whether it arrived, and the payer's book is not known to have settled it."""
        return not self.why and self.cleared_on is None


Item = TypeVar("Item", Outgoing, Incoming)


@frozen(kw_only=True)
class Decided(Facts):
    """Where the decision on a payment from another book stands."""

    KIND: ClassVar = "current.decided"  # source:item
    incoming: str

    @classmethod
    def on(cls, books: Books, source: str, item: str) -> Incoming | None:
        """The decision on a payment; None where there is none yet."""
        known = cls.find(books, source, item)
        return None if known is None else Incoming.existing(books, known.incoming)


# --- refusals and commands --------------------------------------------------------------------------


class NotJoined(ProductRejection):
    """The book is not one of several, so that nobody would carry the payment on."""

    sentence = "the book {book} is not joined with others"
    book: str


@frozen
class JoinBooks:
    """Make the book one of several of the bank, under a name (加入多账簿)."""

    may: ClassVar[Mapping[Role, str]] = {Role.OFFICER: ""}
    programme: str = fields.id_("a programme of accounts, whose unit the payments have")
    home: str = fields.id_("the name of this book, as the home of its parties")


@frozen
class Remit:
    """Pay a party whose account is in another book of the bank (汇出)."""

    may: ClassVar[Mapping[Role, str]] = {Role.CUSTOMER: "party", Role.OFFICER: ""}
    party: str = fields.id_("who pays")
    home: str = fields.id_("the receiver's home book")
    receiver: str = fields.id_("who is paid")
    amount: Amount = fields.amount("how much")
    transfer: str = fields.id_("id of the payment, once a day")


@noun.rule(JoinBooks)
def join(terms: DemandTerms, command: JoinBooks, books: Books) -> Plan:
    """Keep the name, open the accounts.  Refuses: AlreadyTaken, UnitMismatch."""
    if (known := Membership.find(books, "own")) is not None:
        raise AlreadyTaken("name", known.name)
    voucher = PROGRAMMES.voucher(books, terms, command.programme)
    voucher.open(*(it.account(unit=terms.unit, on=books.today) for it in (OUT, IN, BETWEEN)))
    voucher.keep(Membership(id="own", name=command.home))
    return voucher.plan("join", f"this book is {command.home} among others")


@noun.rule(Remit)
def remit(terms: DemandTerms, command: Remit, books: Books) -> Plan:
    """Demand account to transit.

    Refuses, in this order: ActorNotPermitted, NotJoined, BadCommand for the same book, AlreadyTaken,
    and as `debited` does; UnitMismatch by the ledger for another unit than that of the transit accounts.
    """
    acting_for(books, command.party)
    own = Membership.find(books, "own")
    if own is None:
        raise NotJoined(books.book.name)
    if command.home == own.name:
        raise BadCommand("home", "another book than the payer's is needed")
    id = Outgoing.fresh(books, books.today.isoformat(), command.transfer)
    voucher, _, amount = debited(terms, books, command.party, OUT(), command.amount)
    account = CurrentAccount.of_party(books, command.party)
    waiting = (account.in_transit or 0) + 1
    voucher.keep(evolve(account, acted_on=books.today, in_transit=waiting))
    voucher.keep(
        Outgoing(
            id=id,
            party=command.party,
            book=command.home,
            receiver=command.receiver,
            amount=amount,
            unit=terms.unit,
        )
    )
    return voucher.plan("remit", f"{command.party} pays {command.receiver} in {command.home}")


# --- reading ----------------------------------------------------------------------------------------


def open_outgoing(books: Books) -> Iterator[Outgoing]:
    """The payments that left the book and are open, latest day first."""
    return (it for it in _latest(books, Outgoing, OUT()) if it.is_open)


def open_incoming(books: Books) -> Iterator[Incoming]:
    """The payments that arrived in the book and are not known to be settled, latest day first."""
    return (it for it in _latest(books, Incoming, IN()) if it.is_open)


def _latest(books: Books, kind: type[Item], path: AccountPath) -> Iterator[Item]:
    """Items of a kind, day by day into the past, until the open ones make up the account."""
    day, left = books.today, books.balance(path) if path in books.accounts([path]) else 0
    while left and day >= books.book.opened_on:
        for it in kind.every(books, day.isoformat()):
            left -= it.amount if it.is_open else 0
            yield it
        day -= timedelta(days=1)


# --- invariants and reports -------------------------------------------------------------------------


@noun.invariant("Q7")
def transit_is_what_is_open(books: Books) -> Iterator[str]:
    """The accounts in transit are equal to their open items, and each party counts its own."""
    held = dict(books.balances("bank:in-transit"))
    sent = [it for it in Outgoing.every(books) if it.is_open]
    came = [it for it in Incoming.every(books) if it.is_open]
    for path, amounts in ((OUT(), [it.amount for it in sent]), (IN(), [it.amount for it in came])):
        if sum(amounts) != held.get(path, 0):
            yield f"{path}: {held.get(path, 0)}, open items {sum(amounts)}"
    count = Counter(it.party for it in sent)
    for account in CurrentAccount.every(books):
        if (account.in_transit or 0) != count[account.id]:
            yield f"{account.id}: counts {account.in_transit} in transit, {count[account.id]} are open"


@noun.report("in-transit")
def list_in_transit(books: Books) -> Table:
    """The open payments to and from other books that the asker may see: since when, and for how many days."""
    rows = []
    for it in open_outgoing(books):
        if may_see(books, it.party):
            rows.append((it.ids[1], "out", it.party, it.receiver, it.book, *_aged(books, it)))
    for other in open_incoming(books):
        if may_see(books, other.receiver):
            _, source, _, transfer = other.ids
            rows.append((transfer, "in", other.party, other.receiver, source, *_aged(books, other)))
    columns = ("transfer", "way", "payer", "receiver", "other book", "amount", "since", "days")
    return Table("In transit", columns, tuple(rows))


def _aged(books: Books, it: Outgoing | Incoming) -> tuple[Amount, date, int]:
    since = date.fromisoformat(it.ids[0])
    return Amount(it.amount, it.unit), since, (books.today - since).days
