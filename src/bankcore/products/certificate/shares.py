"""Shares (份额): what one participant has in an order, first in escrow (托管资金), then in its certificate.

A share goes CONFIRMED, SHARE, PAID, or ends WITHDRAWN, REFUNDED, EXITED or SOLD.  Its accounts are one
for each order and participant, so that a freeze, a sale and deposit insurance see through to each.

| account | what it holds |
| --- | --- |
| escrow | what a participant has confirmed and no certificate holds yet |
| share | a participant's share of the certificate |

>>> SHARE("cd", "k", "a")
'certificate:cd:share:k:a'
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from enum import Enum
from typing import Any, ClassVar

from attrs import evolve, frozen

from bankcore.errors import ProductRejection
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Record
from bankcore.product import chart, fields
from bankcore.product.actor import Actor, Role
from bankcore.product.facts import Facts, kept
from bankcore.product.interest import at_rate
from bankcore.product.parties import Contract, Party, acting_for, may_see, represents
from bankcore.product.plan import Plan
from bankcore.product.product import Noun
from bankcore.products.certificate.config import EscrowInterest
from bankcore.products.certificate.invitations import links_of
from bankcore.products.certificate.orders import (
    RAISING,
    Certificate,
    OfOrder,
    Order,
    State,
    amounts,
    orders_of,
)
from bankcore.products.certificate.programmes import PROGRAMMES, CertificateTerms
from bankcore.rates import Accrual, Rate, round_half_up
from bankcore.tables import Table

__all__ = ["Consent", "FreezeShare", "NotConfirmed", "ReleaseShare", "ShareFrozen", "my_shares"]

noun = Noun(__name__)
ESCROW = chart.liability("certificate:{programme}:escrow:{order}:{participant}")
SHARE = chart.liability("certificate:{programme}:share:{order}:{participant}")


# --- facts --------------------------------------------------------------------------------------------


class ShareState(Enum):
    """Where one participant stands."""

    CONFIRMED = "confirmed"
    WITHDRAWN = "withdrawn"
    REFUNDED = "refunded"
    SHARE = "share"
    EXITED = "exited"
    SOLD = "sold"
    PAID = "paid"


@frozen(kw_only=True)
class Share(Facts):
    """What one participant has in an order; amounts are minor units.

    `number` counts the order's confirmations; `agreed` is the digest of the configuration agreed to;
    `frozen` says why it is, and is empty where it is not; `offer` is the rate that the seller keeps;
    `paid` is the interest paid, `cost` what early exits lost of it.
    """

    KIND: ClassVar = "certificate.share"  # programme:order:participant
    state: ShareState
    amount: int
    confirmed_on: date = kept(name="on")
    agreed: str = kept(name="config")
    number: int = kept(name="place")
    exits: int = 0
    frozen: str = ""
    consents: tuple[str, ...] = ()
    offer: Rate | None = kept(None, empty="")
    paid: int = 0
    cost: int = 0
    escrow: Accrual | None = kept(None, absent=True)  # interest in escrow, of every time in it
    accrued: int | None = kept(None, absent=True)  # of it, what is in the books and not paid
    early: Accrual | None = kept(None, absent=True)  # interest of early exits
    tax: Accrual | None = kept(None, absent=True)
    sold: Accrual | None = kept(None, absent=True)  # interest that buyers paid for
    fees: Accrual | None = kept(None, absent=True)  # fees on sales
    terminal: str | None = kept(None, absent=True)  # from which it was confirmed

    @property
    def participant(self) -> str:
        """Whose it is."""
        return self.ids[2]

    @property
    def place(self) -> tuple[int, str]:
        """Earliest confirmation first, then by id."""
        return self.number, self.participant

    def agrees(self, order: Order) -> bool:
        """Whether the participant agreed to the present configuration."""
        return self.agreed == order.digest

    def in_escrow(self, terms: CertificateTerms, order: Order, today: date) -> Accrual:
        """The interest that it earned in escrow so far, and what of it was paid.

        All the times that a participant was in an order are rounded together, so that who leaves and comes
        back gains nothing.
        """
        before = self.escrow or Accrual()
        if order.config.escrow_interest is EscrowInterest.NONE:
            return before
        return before.add(at_rate(self.amount, terms.demand_rate, self.confirmed_on, today))

    def taxed(self, terms: CertificateTerms, interest: int) -> tuple[Share, int]:
        """It with the tax on more interest, and what of that is to be withheld; rounded together, too."""
        tax, withheld = (self.tax or Accrual()).add(interest * terms.withholding.fraction).post()
        return (evolve(self, tax=tax) if tax.exact else self), withheld

    def bound(self, books: Books) -> Record:
        """The record that its owner is bound by the order."""
        return Contract.opened(books, self.participant, "certificate", *self.ids[:2])

    def freed(self, books: Books) -> tuple[Record, ...]:
        """The record, or none, that its owner is bound no more."""
        contract = Contract.find(books, self.participant, "certificate", "/".join(self.ids[:2]))
        if contract is None or contract.closed_on is not None:
            return ()
        return (Contract.ended(books, self.participant, "certificate", *self.ids[:2]),)

    def check_free(self) -> None:
        """Raises ShareFrozen."""
        if self.frozen:
            raise ShareFrozen(self.ids[1], self.participant, self.frozen)


def shares_of(books: Books, order: Order, state: ShareState | None = None) -> list[Share]:
    """The shares of an order in a state, earliest confirmation first."""
    found = (it for it in Share.every(books, order.id) if state in (None, it.state))
    return sorted(found, key=lambda share: share.place)


def the_share(books: Books, order: Order, participant: str, state: ShareState) -> Share:
    """A participant's share in a state; raises NotConfirmed."""
    share = Share.find(books, order.id, participant)
    if share is None or share.state is not state:
        raise NotConfirmed(order.name, participant)
    return share


def fresh_share(books: Books, order: Order, participant: str, **facts: Any) -> Share:
    """A share from today on; of what its record said before stay exits and what is rounded together."""
    facts |= {"confirmed_on": books.today, "agreed": order.digest}
    before = Share.find(books, order.id, participant)
    if before is None:
        return Share(id=f"{order.id}:{participant}", **facts)
    kept = {name: getattr(before, name) for name in ("exits", "escrow", "early", "tax", "sold", "fees")}
    return Share(id=before.id, version=before.version, **kept, **facts)


# --- refusals -----------------------------------------------------------------------------------------


class NotConfirmed(ProductRejection):
    """No live confirmation, or no share, of this participant."""

    sentence = "{participant} has no part in order {order}"
    order: str
    participant: str


class ShareFrozen(ProductRejection):
    sentence = "the share of {participant} in order {order} is frozen: {reason}"
    order: str
    participant: str
    reason: str


# --- commands and their rules -------------------------------------------------------------------------


@frozen
class OfParticipant(OfOrder):
    """The base of what a participant asks."""

    may: ClassVar[Mapping[Role, str]] = {Role.CUSTOMER: "participant"}
    participant: str = fields.id_("the party that takes part")


@frozen
class Consent(OfParticipant):
    """Agree to a lower total at the deadline, or to early redemption (同意)."""

    to: str = fields.choice("what is agreed to", ("open-lower", "redemption"))


@frozen
class FreezeShare(OfParticipant):
    """Freeze one share, as a court orders; the others go on (冻结份额)."""

    may: ClassVar[Mapping[Role, str]] = {Role.OFFICER: ""}
    reason: str = fields.text("who ordered it, and why")


@frozen
class ReleaseShare(OfParticipant):
    """Release a frozen share (解冻份额)."""

    may: ClassVar[Mapping[Role, str]] = {Role.OFFICER: ""}


@noun.rule(Consent)
def consent(terms: CertificateTerms, command: Consent, books: Books) -> Plan:
    """Note what a participant agrees to.

    Refuses, in this order: PartySuspended for who acts for him, NotFound, OrderClosed, NotConfirmed.
    """
    acting_for(books, command.participant)
    order = Order.existing(books, command.programme, command.order)
    lower = command.to == "open-lower"
    order.check_state(State.OPEN if lower else State.ACTIVE)
    state = ShareState.CONFIRMED if lower else ShareState.SHARE
    share = the_share(books, order, command.participant, state)
    voucher = PROGRAMMES.voucher(books, terms, order.id)
    voucher.keep(evolve(share, consents=tuple(sorted({*share.consents, command.to}))))
    return voucher.plan("consent", f"{share.participant} consents to {command.to} of {order.name}")


@noun.rule(FreezeShare)
def freeze_share(terms: CertificateTerms, command: FreezeShare, books: Books) -> Plan:
    """Freeze a share or a confirmation.  Refuses: NotFound, NotConfirmed, ShareFrozen."""
    share = _standing(books, command)
    share.check_free()
    voucher = PROGRAMMES.voucher(books, terms, share.id.rpartition(":")[0])
    voucher.keep(evolve(share, frozen=command.reason, offer=None))
    text = f"the share of {share.participant} in {command.order} is frozen: {command.reason}"
    return voucher.plan("freeze", text)


@noun.rule(ReleaseShare)
def release_share(terms: CertificateTerms, command: ReleaseShare, books: Books) -> Plan:
    """Release a share; what went to suspense stays there.  Refuses: NotFound, NotConfirmed."""
    share = _standing(books, command)
    voucher = PROGRAMMES.voucher(books, terms, share.id.rpartition(":")[0])
    voucher.keep(evolve(share, frozen=""))
    return voucher.plan("release", f"the share of {share.participant} in {command.order} is released")


def _standing(books: Books, command: OfParticipant) -> Share:
    """A share, or, before the certificate opens, a confirmation."""
    order = Order.existing(books, command.programme, command.order)
    opened = order.state in (State.ACTIVE, State.MATURED)
    state = ShareState.SHARE if opened else ShareState.CONFIRMED
    return the_share(books, order, command.participant, state)


# --- reports ------------------------------------------------------------------------------------------

_AGES = (7, 14, 30)  # days, the last of each bucket
_PART = ("order", "is", "share", "amount", "interest so far", "paid", "rate", "until", "frozen")


@noun.report("funding")
def list_funding(books: Books) -> Table:
    """Orders that are being filled: how far, and how long there is; outside the bank for who takes part."""
    rows = []
    for terms, order in _seen(books, *RAISING):
        live = shares_of(books, order, ShareState.CONFIRMED)
        target, raised = order.config.target, sum(share.amount for share in live)
        money = amounts(terms, target, raised, target - raised)
        days = (order.deadline - books.today).days
        rows.append((*order.ids, order.state.value, *money, len(live), order.deadline, days))
    columns = (
        "programme", "order", "state", "target", "raised", "missing", "seats", "deadline", "days left",
    )  # fmt: skip
    return Table("Funding", columns, tuple(rows))


@noun.report("participants")
def list_participants(books: Books) -> Table:
    """Who has paid, as other participants may see it: names are masked."""
    rows = []
    for terms, order in _seen(books, *RAISING):
        for share in shares_of(books, order, ShareState.CONFIRMED):
            agrees = "yes" if share.agrees(order) else "to reconfirm"
            row = (_masked(share.participant), *amounts(terms, share.amount), share.confirmed_on, agrees)
            rows.append((*order.ids, *row))
    columns = ("programme", "order", "participant", "amount", "date", "agrees")
    return Table("Participants", columns, tuple(rows))


@noun.report("escrow", {})
def list_escrow(books: Books) -> Table:
    """Money in escrow by age."""
    rows = []
    for terms, order in orders_of(books, State.OPEN):
        buckets = [0] * (len(_AGES) + 1)
        for share in shares_of(books, order, ShareState.CONFIRMED):
            age = (books.today - share.confirmed_on).days
            buckets[sum(age > last for last in _AGES)] += share.amount
        rows.append((*order.ids, *amounts(terms, sum(buckets), *buckets)))
    columns = ("programme", "order", "escrow", "0-7 days", "8-14 days", "15-30 days", "over 30 days")
    return Table("Escrow", columns, tuple(rows))


@noun.report("shares", {Role.CUSTOMER: "participant"})
def list_shares(books: Books) -> Table:
    """Everybody's part in every order: the vouchers of the shares."""
    rows = [
        (order.programme, it.participant, *_part(books, terms, order, it))
        for terms, order in orders_of(books)
        for it in shares_of(books, order)
    ]
    return Table("Shares", ("programme", "participant", *_PART), tuple(rows))


def my_shares(books: Books, programme: str, participant: str) -> Table:
    """A party's own part in every order: amount, state, rate, maturity, interest so far; raises NotFound."""
    Party.existing(books, participant)
    terms = PROGRAMMES.today(books, programme)
    parts = ((order, Share.find(books, order.id, participant)) for order in Order.every(books, programme))
    rows = (_part(books, terms, order, share) for order, share in parts if share)
    return Table(f"Shares of {participant}", _PART, tuple(rows))


def _part(books: Books, terms: CertificateTerms, order: Order, share: Share) -> tuple[Any, ...]:
    earned, when = 0, ("", order.deadline)
    if isinstance(order, Certificate) and order.state is not State.PAID:
        earned = round_half_up(order.earned(share.amount, books.today))
        when = (str(order.rate), order.matures_on)
    money = amounts(terms, share.amount, earned, share.paid)
    return (order.name, order.state.value, share.state.value, *money, *when, share.frozen)


def _seen(books: Books, *states: State) -> Iterator[tuple[CertificateTerms, Order]]:
    """The orders that whoever asks may see: the bank all, others those they asked for or are invited to."""
    for terms, order in orders_of(books, *states):
        if may_see(books, order.initiator) or _takes_part(books, order):
            yield terms, order


def _takes_part(books: Books, order: Order) -> bool:
    actor = Actor.asking(books)
    if actor.role is Role.CUSTOMER:
        return any(represents(books, actor.id, name) for it in links_of(books, order) for name in it.known)
    return actor == Actor(Role.OPERATOR, order.initiator) and order.by_third_party(books)


def _masked(name: str) -> str:
    """
    >>> _masked("alice"), _masked("王小明")
    ('a***', '王***')
    """
    return f"{name[0]}***"
