"""The two ends of an order: its certificate opens (存单成立), or everybody is paid back (退款).

| operation | debit | credit | amount |
| --- | --- | --- | --- |
| refund, leave | escrow | demand account | what was confirmed |
| | escrow interest, interest expense | demand account | its interest in escrow |
| open | escrow | share | what was confirmed |
| | escrow | demand account | what a lower total has above a whole one |
| | escrow interest, interest expense | demand account | interest in escrow |
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar

from attrs import evolve, frozen

from bankcore.amounts import Amount
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Transaction
from bankcore.product import chart, fields
from bankcore.product.actor import Role
from bankcore.product.business_days import tell_calendar_end
from bankcore.product.plan import Plan
from bankcore.product.product import Noun
from bankcore.product.voucher import Voucher
from bankcore.products.certificate.config import Shortfall
from bankcore.products.certificate.escrow_interest import out_of_escrow, pay_escrow_interest
from bankcore.products.certificate.orders import (
    DUE,
    INITIATOR,
    RAISING,
    Certificate,
    OfOrder,
    Order,
    State,
    orders_of,
)
from bankcore.products.certificate.payments import Payments
from bankcore.products.certificate.programmes import PROGRAMMES, CertificateTerms
from bankcore.products.certificate.shares import ESCROW, SHARE, Share, ShareState, shares_of

__all__ = ["CancelOrder"]

noun = Noun(__name__)
INTEREST = chart.liability("certificate:{programme}:interest:{order}")  # payable on all of a certificate


# --- everybody is paid back ---------------------------------------------------------------------------


@frozen
class CancelOrder(OfOrder):
    """Give the order up; everybody is paid back (撤销众筹)."""

    may: ClassVar[Mapping[Role, str]] = {**INITIATOR, Role.OFFICER: ""}
    initiator: str = fields.id_("who initiated the order")


@noun.rule(CancelOrder)
def cancel_order(terms: CertificateTerms, command: CancelOrder, books: Books) -> Plan:
    """Pay everybody back.  Refuses: NotFound, PartySuspended, NoPermission, OrderClosed."""
    order = Order.existing(books, command.programme, command.order)
    order.check_initiator(books, command.initiator)
    order.check_state(*RAISING)
    payments = paying(books, terms, order)
    cancelled = refund(payments, terms, shares_of(books, order, ShareState.CONFIRMED), State.CANCELLED)
    return Plan((cancelled, *payments.out()))


def paying(books: Books, terms: CertificateTerms, order: Order, *, direct: bool = False) -> Payments:
    """What a voucher of the order pays; a command pays by way of what is payable."""
    return Payments(PROGRAMMES.voucher(books, terms, order.id), order, direct=direct)


def refund(
    payments: Payments, terms: CertificateTerms, shares: Sequence[Share], state: State | None = None
) -> Transaction:
    """Escrow back with its interest, each rounded by itself; with a state, the end of the order."""
    voucher, order = payments.voucher, payments.order
    give_back(payments, terms, shares)
    concerned = {share.participant for share in shares}
    if state is None:
        order.tell(voucher, "confirmation-lapsed", sorted(concerned))
        return voucher.transaction("refund", f"escrow of order {order.name} goes back")
    voucher.keep(evolve(order, state=state))
    voucher.put(order.freed(voucher.books))
    order.tell(voucher, "order-failed", sorted({order.initiator, *concerned}), state=state.value)
    return voucher.transaction(state.value, f"order {order.name} is {state.value}")


def give_back(
    payments: Payments,
    terms: CertificateTerms,
    shares: Sequence[Share],
    state: ShareState = ShareState.REFUNDED,
) -> None:
    """Confirmations go back with their interest."""
    voucher = payments.voucher
    for share in shares:
        out, earned = out_of_escrow(voucher.books, terms, payments.order, share)
        to = payments.to(share, share.amount + earned)
        voucher.move(ESCROW(*share.ids), to, share.amount)
        pay_escrow_interest(voucher, share, to, earned)
        voucher.keep(evolve(out, state=state, consents=()))


# --- the certificate opens ----------------------------------------------------------------------------


def open_certificate(
    payments: Payments, terms: CertificateTerms, live: Sequence[Share], lower: bool = False
) -> tuple[Transaction, ...]:
    """The transaction that opens the certificate where the target is reached; none where it is not.

    `lower` opens it at the tier of what there is.  Interest on escrow goes to the demand accounts,
    and so does what a lower total has above a whole one, out of the last share.
    """
    voucher, order = payments.voucher, payments.order
    agreeing = sorted((share for share in live if share.agrees(order)), key=lambda share: share.place)
    total = sum(share.amount for share in agreeing)
    if total < order.config.target and not lower:
        return ()
    excess = {agreeing[-1].participant: total % terms.whole if lower else 0}
    lapsed = [share for share in live if not share.agrees(order)]
    give_back(payments, terms, lapsed)
    order.tell(voucher, "confirmation-lapsed", sorted(share.participant for share in lapsed))
    held = []
    for share in agreeing:
        out, earned = out_of_escrow(voucher.books, terms, order, share)
        over = excess.get(share.participant, 0)
        to = payments.to(share, earned + over, leaves=False)
        voucher.post(debit={ESCROW(*share.ids): share.amount}, credit={to: over})
        pay_escrow_interest(voucher, share, to, earned)
        held.append(evolve(out, state=ShareState.SHARE, amount=share.amount - over))
    voucher.post(debit={}, credit={SHARE(*share.ids): share.amount for share in held})
    begin(voucher, order, held)
    voucher.put(order.freed(voucher.books))
    filled = sorted({order.initiator, *(share.participant for share in held)})
    order.tell(voucher, "order-filled", filled, total=str(Amount(sum(it.amount for it in held), terms.unit)))
    return (voucher.transaction("open-certificate", f"certificate {order.name} opens"),)


def begin(voucher: Voucher, order: Order, held: Sequence[Share]) -> None:
    """Write what opens a certificate of these shares today; raises AlreadyTaken, UnitMismatch.

    Raises CalendarExhausted where its payment lies too far off.
    """
    books, unit, today = voucher.books, voucher.unit, voucher.books.today
    opened = order.opened(sum(share.amount for share in held), today)
    voucher.open_again(
        *(SHARE.account(*it.ids, unit=unit, on=today, party=it.participant) for it in held),
        INTEREST.account(*order.ids, unit=unit, on=today),
    )
    days = sorted({min(opened.matures_on, opened.pay_on), opened.pay_on})
    voucher.keep(opened)
    for it in held:
        tell_calendar_end(
            voucher, opened.calendar, opened.config.roll, it.participant, opened.id, opened.pay_on
        )
    voucher.put(*(DUE.note(books, order.programme, order.name, day) for day in days))
    voucher.keep(*held)


# --- the deadline -------------------------------------------------------------------------------------


def expire(books: Books, terms: CertificateTerms, order: Order, *, direct: bool) -> tuple[Transaction, ...]:
    """At the deadline a refund to all or a lower certificate; before it, refunds to who did not reconfirm."""
    payments = paying(books, terms, order, direct=direct)
    live = shares_of(books, order, ShareState.CONFIRMED)
    if books.today >= order.deadline:
        if live and _can_open_lower(terms, order, live):
            return open_certificate(payments, terms, live, lower=True)
        return (refund(payments, terms, live, State.FAILED),)
    stale = [share for share in live if not share.agrees(order)]
    if stale and order.reconfirm_until is not None and books.today >= order.reconfirm_until:
        return (refund(payments, terms, stale),)
    return ()


def _can_open_lower(terms: CertificateTerms, order: Order, live: Sequence[Share]) -> bool:
    """Whether everybody consents to a certificate of what there is, and it is enough for one."""
    total = sum(share.amount for share in live)
    return (
        order.config.shortfall is Shortfall.OPEN_LOWER
        and all(share.agrees(order) and "open-lower" in share.consents for share in live)
        and total - total % terms.whole >= terms.min_opening
        and max(live, key=lambda share: share.place).amount > total % terms.whole
    )


# --- invariants ---------------------------------------------------------------------------------------
# B5 to B9 speak of sequences of operations rather than of one state; tests hold them.


@noun.invariant("B1")
def escrow_is_confirmed(books: Books) -> Iterator[str]:
    """Escrow is what is confirmed and not yet in a certificate, and nothing where an order ended."""
    for _, order in orders_of(books):
        for share in shares_of(books, order):
            confirmed = share.state is ShareState.CONFIRMED
            path = ESCROW(*share.ids)
            held = books.balance(path) if books.account(path) else 0
            if held != (share.amount if confirmed else 0):
                yield f"{path} is {held}, {share.participant} is {share.state.value}"
            if confirmed and order.state is not State.OPEN:
                yield f"{share.id} is confirmed, the order is {order.state.value}"


@noun.invariant("B4")
def targets_were_reached(books: Books) -> Iterator[str]:
    """A certificate opened with its target by the deadline, or below it by consent of everybody."""
    for _, order in orders_of(books):
        if not isinstance(order, Certificate) or order.turn is not None:
            continue
        agreed = order.opened_with >= order.config.target or order.config.shortfall is Shortfall.OPEN_LOWER
        if order.value_on > order.deadline or not agreed:
            yield f"certificate {order.id} opened with {order.opened_with}"
