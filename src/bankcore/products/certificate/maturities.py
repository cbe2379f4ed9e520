"""Maturity: interest to the end, days beyond it at the demand rate, payment, and rollover."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from bankcore.amounts import largest_remainder
from bankcore.errors import CalendarExhausted
from bankcore.ledger.accounts import AccountPath
from bankcore.ledger.ports import Books
from bankcore.ledger.transactions import Record, Transaction
from bankcore.products.certificate import accounts, registry
from bankcore.products.certificate.config import Rollover
from bankcore.products.certificate.interest import accrue, at_demand, withheld
from bankcore.products.certificate.openings import certificate_records
from bankcore.products.certificate.orders import Order, Share, ShareState, State, fresh_share, shares_of
from bankcore.products.certificate.parties import operation, payee
from bankcore.products.certificate.terms import CertificateTerms
from bankcore.rates import round_half_up

__all__ = ["mature", "pay"]


def mature(books: Books, terms: CertificateTerms, order: Order) -> tuple[Transaction, ...]:
    """Accrue the last of the term's interest; the payment waits for its business day."""
    accrual, _ = accrue(books, terms, order, order.matures_on)
    text = f"certificate {order.id} matures"
    records = (order.next(state=State.MATURED),)
    return (*accrual, operation(books, terms, order.record.id, "mature", text, records=records))


def pay(books: Books, terms: CertificateTerms, order: Order) -> tuple[Transaction, ...]:
    """Pay everybody, or roll over what was agreed; a share frozen by a court goes to suspense.

    Interest of the certificate is rounded once and divided by largest remainder, and so is the
    demand interest of the days behind maturity.
    """
    accrual, interest = accrue(books, terms, order, order.matures_on)
    late = 0
    if books.today > order.matures_on:
        late = round_half_up(at_demand(terms, order.principal, order.matures_on, books.today))
    shares = shares_of(books, order, ShareState.SHARE)
    weights = [share.amount for share in shares]
    split = (largest_remainder(total, weights) for total in (interest, late))
    parts = [term + behind for term, behind in zip(*split, strict=True)]
    payable = accounts.interest(order.programme, order.id)
    overdue = operation(
        books,
        terms,
        order.record.id,
        "overdue",
        f"interest of {order.id} behind maturity",
        debit={accounts.INTEREST_EXPENSE: late},
        credit={payable: late},
    )
    debit: Counter[AccountPath] = Counter({payable: interest + late})
    credit: Counter[AccountPath] = Counter()
    records: list[Record] = [order.next(state=State.PAID, principal=0, interest=interest)]
    net = {}
    for share, part in zip(shares, parts, strict=True):
        tax = withheld(terms, part)
        debit[accounts.share(order.programme, order.id, share.participant)] += share.amount
        credit[accounts.WITHHOLDING] += tax
        net[share.participant] = share.amount + part - tax
        records.append(share.next(state=ShareState.PAID, amount=0, paid=share.data["paid"] + part).record)
    rolled, opening, credits = _rolled_over(books, terms, order, shares, net)
    for share in shares:
        taken = rolled.get(share.participant, 0)
        credit[payee(books, share.participant, share.frozen)] += net[share.participant] - taken
    credit.update(credits)
    text = f"certificate {order.id} is {'rolled over' if rolled else 'paid'}"
    payment = operation(
        books,
        terms,
        order.record.id,
        "pay",
        text,
        debit=debit,
        credit=credit,
        records=(*records, *opening),
    )
    return (*accrual, *((overdue,) if late else ()), payment)


def _rolled_over(
    books: Books, terms: CertificateTerms, order: Order, shares: Sequence[Share], net: dict[str, int]
) -> tuple[dict[str, int], tuple[Record, ...], dict[AccountPath, int]]:
    """What goes into a new certificate by participant, with the records and credits that open it.

    It is a new order at the rate and on the tiers of today.  Nothing is rolled over where the product
    is no longer offered, the total is not admitted, or the calendar does not reach its maturity; what
    a total has above a whole one is paid out of the last share.
    """
    offer = {code: (months, rate) for code, months, rate in terms.products}
    going = [share for share in shares if not share.frozen]
    if order.config.rollover is Rollover.NONE or order.data["product"] not in offer or not going:
        return {}, (), {}
    everything = order.config.rollover is Rollover.ALL
    amounts = {s.participant: net[s.participant] if everything else s.amount for s in going}
    total = sum(amounts.values())
    last, excess = going[-1].participant, total % terms.whole
    amounts[last] -= excess
    if not terms.min_opening <= total - excess <= terms.max_total or amounts[last] <= 0:
        return {}, (), {}
    months, base = offer[order.data["product"]]
    turn = 1 + order.data.get("turn", 1)
    id = f"{order.data.get('first', order.id)}.{turn}"
    if books.record(registry.ORDER, f"{order.programme}:{id}") is not None:
        return {}, (), {}
    data = {
        **order.data,
        "state": State.OPEN.value,
        "months": months,
        "base": str(base),
        "tiers": [[start, str(factor)] for start, factor in terms.tiers.steps],
        "calendar": terms.calendar,
        "initiated_on": books.today.isoformat(),
        "first": order.data.get("first", order.id),
        "turn": turn,
    }
    renewed = Order(Record(registry.ORDER, f"{order.programme}:{id}", data, version=0))
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
        opening, credits = certificate_records(books, terms, renewed, held)
    except CalendarExhausted:
        return {}, (), {}
    return amounts, opening, credits
