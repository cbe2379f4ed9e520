"""Links (订单链接): how the initiator invites to an order by a token, and who may confirm by it.

A token is signed, and names nobody: it carries order, digest of the configuration, expiry and a nonce, by
which the link's record is found.  The record says who is invited by name, and how many places are open to
whoever holds the token.  No money moves here.

>>> Link(id="cd:k:n1", invited=("a",), places=1, until=date(2024, 1, 20)).admits("b")
True
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import ClassVar

from attrs import evolve, frozen

from bankcore.errors import BadCommand, ProductRejection
from bankcore.ledger.books import Books
from bankcore.product import fields
from bankcore.product.actor import Role
from bankcore.product.facts import Facts, kept
from bankcore.product.parties import Party, active_party
from bankcore.product.plan import Plan
from bankcore.product.product import Noun
from bankcore.products.certificate.orders import (
    IN_ESCROW,
    INITIATOR,
    RAISING,
    OfOrder,
    Order,
    State,
    orders_of,
)
from bankcore.products.certificate.programmes import PROGRAMMES, CertificateTerms
from bankcore.products.certificate.third_parties import ThirdParty, check_permission, ids, ids_in
from bankcore.tables import Table

__all__ = [
    "IssueLink", "LinkExpired", "LinkForged", "LinkRevoked", "LinkUsed", "NotInvited", "RevokeLink",
]  # fmt: skip

noun = Noun(__name__)
_SECRET = 16  # least characters of a nonce that opens places to its holders


# --- facts --------------------------------------------------------------------------------------------


@frozen(kw_only=True)
class Link(Facts):
    """A link: the parties `invited` by name, `places` for its other holders, and who has `taken` them.

    `until` is its last day.  A place stays taken when its holder leaves the order, who may come back to it.
    """

    KIND: ClassVar = "certificate.link"  # programme:order:nonce
    invited: tuple[str, ...]
    places: int
    taken: tuple[str, ...] = ()
    until: date
    revoked_on: date | None = kept(None, absent=True)

    @property
    def nonce(self) -> str:
        """The link's id within the order."""
        return self.ids[2]

    @property
    def known(self) -> tuple[str, ...]:
        """The parties that the order knows by this link."""
        return self.invited + self.taken

    def admits(self, participant: str) -> bool:
        """Whether a holder of its token may confirm."""
        return participant in self.known or len(self.taken) < self.places

    def check_stands(self, today: date) -> None:
        """Raises LinkRevoked, LinkExpired."""
        if self.revoked_on is not None:
            raise LinkRevoked(self.ids[1], self.revoked_on)
        if today > self.until:
            raise LinkExpired(self.ids[1], self.until)

    def check_admits(self, participant: str) -> None:
        """Raises NotInvited where it is for others by name, LinkUsed where no place is left."""
        if not self.admits(participant):
            raise LinkUsed(self.ids[1], self.places) if self.places else NotInvited(self.ids[1], participant)


def links_of(books: Books, order: Order) -> Iterator[Link]:
    """The links of an order, also those that expired or were revoked."""
    return Link.every(books, order.id)


def admission(books: Books, order: Order, participant: str, nonce: str) -> tuple[Link, ...]:
    """The link with a place newly taken by a participant who confirms; none for who is known by name.

    The link is the one with the nonce; without a nonce the best of those that know the participant.
    Raises LinkForged, NotInvited, LinkRevoked, LinkExpired, LinkUsed.
    """
    if nonce:
        link = Link.find(books, order.id, nonce)
        if link is None:
            raise LinkForged
    else:
        theirs = [it for it in links_of(books, order) if participant in it.known]
        if not theirs:
            raise NotInvited(order.name, participant)
        link = max(theirs, key=lambda it: (it.revoked_on is None, it.until))
    link.check_stands(books.today)
    link.check_admits(participant)
    return () if participant in link.known else (evolve(link, taken=(*link.taken, participant)),)


# --- refusals -----------------------------------------------------------------------------------------


class LinkForged(ProductRejection):
    """The link was altered, cut, or signed by somebody else, or there is no such link."""

    sentence = "the link is not one of ours"


class LinkExpired(ProductRejection):
    sentence = "the link to order {order} was good until {until}"
    order: str
    until: date


class LinkRevoked(ProductRejection):
    sentence = "the link to order {order} was revoked on {on}"
    order: str
    on: date


class LinkUsed(ProductRejection):
    sentence = "all {places} places of the link to order {order} are taken"
    order: str
    places: int


class NotInvited(ProductRejection):
    sentence = "{participant} is not invited to order {order}"
    order: str
    participant: str


# --- commands and their rules -------------------------------------------------------------------------


@frozen
class IssueLink(OfOrder):
    """Open the order to those invited by name, to whoever holds the link, or both (生成订单链接)."""

    may: ClassVar[Mapping[Role, str]] = {**INITIATOR, Role.OFFICER: ""}
    initiator: str = fields.id_("who initiated the order")
    nonce: str = fields.id_("id of the link; 16 random characters or more where places are open")
    invited: str = ids("the parties invited, with commas between them", default="")
    places: int = fields.whole("places for others who hold the link")
    expires_on: date | None = fields.day("last day of the link; the deadline if not given", None)

    def __attrs_post_init__(self) -> None:
        if self.places and len(self.nonce) < _SECRET:
            raise BadCommand("nonce", f"{_SECRET} characters are needed: who knows it may take a place")


@frozen
class RevokeLink(OfOrder):
    """Take a link back; who has confirmed by it stays in the order (撤回订单链接)."""

    may: ClassVar[Mapping[Role, str]] = {**INITIATOR, Role.OFFICER: ""}
    initiator: str = fields.id_("who initiated the order")
    nonce: str = fields.id_("id of the link")


@noun.rule(IssueLink)
def issue_link(terms: CertificateTerms, command: IssueLink, books: Books) -> Plan:
    """Open the order to holders of a link, and tell those who are invited by name.

    A third party keeps to its permission.  Refuses, in this order: NotFound, PartySuspended, NoPermission,
    PartyErased, OrderClosed, PaidIntermediary, BadCommand for a link to nobody or an expiry outside of the
    order's days, NotFound for who is invited and no party, AlreadyTaken.
    """
    order = Order.existing(books, command.programme, command.order)
    order.check_initiator(books, command.initiator)
    active_party(books, order.initiator)
    order.check_state(*RAISING)
    third_party = ThirdParty.find(books, order.programme, order.initiator)
    check_permission(terms, third_party, order.channel, order.config.target)
    if not command.invited and not command.places:
        raise BadCommand("invited", "parties or places are needed")
    until = command.expires_on or order.deadline
    if not books.today <= until <= order.deadline:
        raise BadCommand("expires_on", f"{until} is not from {books.today} to the deadline {order.deadline}")
    invited = tuple(sorted(ids_in(command.invited))) if command.invited else ()
    for name in invited:
        Party.existing(books, name)
    id = Link.fresh(books, order.programme, order.name, command.nonce)
    voucher = PROGRAMMES.voucher(books, terms, order.id)
    voucher.keep(evolve(order, state=State.OPEN))
    voucher.put(*IN_ESCROW.next(books, *order.ids, accrue=terms.accrue))
    voucher.keep(Link(id=id, invited=invited, places=command.places, until=until))
    order.tell(voucher, "order-link", invited, link=command.nonce, until=until.isoformat())
    return voucher.plan("link", f"link to order {order.name} for {len(invited)} and {command.places} places")


@noun.rule(RevokeLink)
def revoke_link(terms: CertificateTerms, command: RevokeLink, books: Books) -> Plan:
    """Note it, and tell those who were invited by name.

    Refuses: NotFound, PartySuspended, NoPermission, OrderClosed, LinkRevoked.
    """
    order = Order.existing(books, command.programme, command.order)
    order.check_initiator(books, command.initiator)
    order.check_state(State.OPEN)
    link = Link.existing(books, order.programme, order.name, command.nonce)
    if link.revoked_on is not None:
        raise LinkRevoked(order.name, link.revoked_on)
    voucher = PROGRAMMES.voucher(books, terms, order.id)
    voucher.keep(evolve(link, revoked_on=books.today))
    order.tell(voucher, "link-revoked", link.invited, link=link.nonce)
    return voucher.plan("revoke", f"a link to order {order.name} is revoked")


# --- reports ------------------------------------------------------------------------------------------


@noun.report("links", {Role.CUSTOMER: "initiator", Role.OPERATOR: "initiator"})
def list_links(books: Books) -> Table:
    """The links of all orders: who is invited, how many places are taken, until when."""
    rows = []
    for _, order in orders_of(books):
        for it in links_of(books, order):
            use = (", ".join(it.invited), it.places, len(it.taken), it.until, it.revoked_on or "")
            rows.append((*order.ids, order.initiator, it.nonce, *use))
    columns = ("programme", "order", "initiator", "link", "invited", "places", "taken", "until", "revoked")
    return Table("Links", columns, tuple(rows))
