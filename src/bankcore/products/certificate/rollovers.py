"""Rollover (转存): what a mature certificate leaves goes into a new one, at the rate and tiers of the day.

Its id counts the turns: k, k.2, k.3.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from attrs import evolve

from bankcore.errors import CalendarExhausted
from bankcore.ledger.books import Books
from bankcore.product.parties import Party
from bankcore.product.voucher import Voucher
from bankcore.products.certificate.config import Rollover
from bankcore.products.certificate.openings import begin
from bankcore.products.certificate.orders import Certificate, Order
from bankcore.products.certificate.programmes import CertificateTerms
from bankcore.products.certificate.shares import SHARE, Share, ShareState, fresh_share

__all__: list[str] = []


def roll_over(
    voucher: Voucher,
    terms: CertificateTerms,
    it: Certificate,
    shares: Sequence[Share],
    net: Mapping[str, int],
) -> Mapping[str, int]:
    """Open the certificate that follows one that is paid; what goes into it by participant, or nothing.

    `net` is everybody's part.  Nothing is rolled over where it was not agreed, the product is no longer
    offered, the total is not admitted, the new name is taken, or the calendar does not reach the new
    maturity.
    """
    books = voucher.books
    going = [share for share in shares if not (share.frozen or _suspended(books, share))]
    amounts = _amounts(terms, it, going, net)
    renewed = _renewed(books, terms, it) if amounts else None
    if renewed is None:
        return {}
    held = [
        fresh_share(
            books,
            renewed,
            share.participant,
            state=ShareState.SHARE,
            amount=amounts[share.participant],
            number=share.number,
        )
        for share in going
    ]
    begin(voucher, renewed, held)
    voucher.put(*(share.bound(books) for share in held))
    voucher.post({}, {SHARE(*share.ids): share.amount for share in held})
    return amounts


def _suspended(books: Books, share: Share) -> bool:
    """Whether its owner is to enter into nothing new."""
    return bool(Party.existing(books, share.participant).suspended)


def _amounts(
    terms: CertificateTerms, it: Certificate, going: Sequence[Share], net: Mapping[str, int]
) -> dict[str, int]:
    """What each puts into the new certificate; what the total has above a whole one the last keeps."""
    if it.config.rollover is Rollover.NONE or not going:
        return {}
    everything = it.config.rollover is Rollover.ALL
    amounts = {s.participant: net[s.participant] if everything else s.amount for s in going}
    last, excess = going[-1].participant, sum(amounts.values()) % terms.whole
    amounts[last] -= excess
    admitted = terms.min_opening <= sum(amounts.values()) <= terms.max_total
    return amounts if admitted and amounts[last] > 0 else {}


def _renewed(books: Books, terms: CertificateTerms, it: Certificate) -> Certificate | None:
    """The order of the new certificate, still to be opened; None where there can be none."""
    first, turn = it.first or it.name, 1 + (it.turn or 1)
    ids = (it.programme, f"{first}.{turn}")
    if it.product not in terms.offer or Order.find(books, *ids):
        return None
    months, base = terms.offer[it.product]
    renewed = evolve(
        it,
        id=":".join(ids),
        version=0,
        months=months,
        base=base,
        tiers=terms.tiers.steps,
        calendar=terms.calendar,
        past_calendar=terms.past_calendar,
        initiated_on=books.today,
        first=first,
        turn=turn,
    )
    try:
        renewed.paid_on(books.today)
    except CalendarExhausted:
        return None
    return renewed
