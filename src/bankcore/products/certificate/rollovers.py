"""Rollover: what a mature certificate leaves goes into a new one, at the rate and on the tiers of the day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from attrs import field, frozen

from bankcore.errors import CalendarExhausted
from bankcore.ledger.accounts import AccountPath
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Record
from bankcore.products.certificate import registry
from bankcore.products.certificate.config import Rollover
from bankcore.products.certificate.openings import certificate_records
from bankcore.products.certificate.orders import Order, Share, ShareState, State, fresh_share
from bankcore.products.certificate.terms import CertificateTerms

__all__ = ["Renewal", "roll_over"]


@frozen
class Renewal:
    """What goes into the new certificate by participant, and the records and credits that open it."""

    amounts: Mapping[str, int] = field(factory=dict)
    records: tuple[Record, ...] = ()
    credit: Mapping[AccountPath, int] = field(factory=dict)


def roll_over(
    books: Books, terms: CertificateTerms, order: Order, shares: Sequence[Share], net: Mapping[str, int]
) -> Renewal:
    """The renewal of a certificate that is paid today, of which `net` is everybody's part; or nothing.

    Nothing is rolled over where it was not agreed, the product is no longer offered, the total is not
    admitted, the new name is taken, or the calendar does not reach the new maturity.
    """
    going = [share for share in shares if not share.frozen]
    amounts = _amounts(terms, order, going, net)
    renewed = _renewed(books, terms, order) if amounts else None
    if renewed is None:
        return Renewal()
    held = [
        fresh_share(
            books,
            renewed,
            share.participant,
            state=ShareState.SHARE,
            amount=amounts[share.participant],
            on=books.today,
            config=order.data["digest"],
            place=share.place[0],
        )
        for share in going
    ]
    try:
        return Renewal(amounts, *certificate_records(books, terms, renewed, held))
    except CalendarExhausted:
        return Renewal()


def _amounts(
    terms: CertificateTerms, order: Order, going: Sequence[Share], net: Mapping[str, int]
) -> dict[str, int]:
    """What each puts into the new certificate; what the total has above a whole one the last keeps."""
    if order.config.rollover is Rollover.NONE or not going:
        return {}
    everything = order.config.rollover is Rollover.ALL
    amounts = {s.participant: net[s.participant] if everything else s.amount for s in going}
    last, excess = going[-1].participant, sum(amounts.values()) % terms.whole
    amounts[last] -= excess
    admitted = terms.min_opening <= sum(amounts.values()) <= terms.max_total
    return amounts if admitted and amounts[last] > 0 else {}


def _renewed(books: Books, terms: CertificateTerms, order: Order) -> Order | None:
    """The order of the new certificate, still to be written; its id counts the turns: k, k.2, k.3."""
    offer = {code: (months, rate) for code, months, rate in terms.products}
    first, turn = order.data.get("first", order.id), 1 + order.data.get("turn", 1)
    id = f"{order.programme}:{first}.{turn}"
    if order.data["product"] not in offer or books.record(registry.ORDER, id) is not None:
        return None
    months, base = offer[order.data["product"]]
    data = {
        **order.data,
        "state": State.OPEN.value,
        "months": months,
        "base": str(base),
        "tiers": [[start, str(factor)] for start, factor in terms.tiers.steps],
        "calendar": terms.calendar,
        "initiated_on": books.today.isoformat(),
        "first": first,
        "turn": turn,
    }
    return Order(Record(registry.ORDER, id, data, version=0))
