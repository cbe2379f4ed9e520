"""The two ends of an order: everybody is paid back, or the certificate opens."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from bankcore.calendars import add_months, load_calendar
from bankcore.ledger.accounts import AccountPath
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Record, Transaction
from bankcore.products.certificate import accounts, registry
from bankcore.products.certificate.config import Shortfall
from bankcore.products.certificate.interest import of_escrow
from bankcore.products.certificate.orders import Order, Share, ShareState, State
from bankcore.products.certificate.parties import missing, operation, payee
from bankcore.products.certificate.terms import CertificateTerms
from bankcore.rates import Rate, Tiers

__all__ = ["can_open_lower", "certificate_records", "leave_escrow", "open_certificate", "refund"]


def refund(
    books: Books, terms: CertificateTerms, order: Order, shares: Sequence[Share], state: State | None = None
) -> Transaction:
    """Escrow back with its interest, each rounded by itself; with a state, the end of the order."""
    debit, credit, records = _returned(books, terms, order, shares)
    if state is not None:
        records += (order.next(state=state),)
    text = f"order {order.id} is {state.value}" if state else f"escrow of order {order.id} goes back"
    kind = state.value if state else "refund"
    return operation(books, terms, order.record.id, kind, text, debit=debit, credit=credit, records=records)


def leave_escrow(books: Books, terms: CertificateTerms, order: Order, share: Share) -> Transaction:
    """One confirmation back with its interest, at the participant's own wish."""
    debit, credit, records = _returned(books, terms, order, [share], ShareState.WITHDRAWN)
    text = f"{share.participant} leaves order {order.id}"
    id = order.record.id
    return operation(books, terms, id, "leave", text, debit=debit, credit=credit, records=records)


def can_open_lower(terms: CertificateTerms, order: Order, live: Sequence[Share]) -> bool:
    """Whether everybody consents to a certificate of what there is, and it is enough for one."""
    total = sum(share.amount for share in live)
    return (
        order.config.shortfall is Shortfall.OPEN_LOWER
        and all(share.agrees(order) and "open-lower" in share.data["consents"] for share in live)
        and total - total % terms.whole >= terms.min_opening
        and max(live, key=lambda share: share.place).amount > total % terms.whole
    )


def open_certificate(
    books: Books, terms: CertificateTerms, order: Order, live: Sequence[Share], lower: bool = False
) -> tuple[Transaction, ...]:
    """The transaction that opens the certificate where the target is reached; none where it is not.

    `lower` opens it at the tier of what there is.  Interest on escrow goes to the demand accounts,
    and so does what a lower total has above a whole one, out of the last share.
    """
    agreeing = sorted((share for share in live if share.agrees(order)), key=lambda share: share.place)
    total = sum(share.amount for share in agreeing)
    if total < order.config.target and not lower:
        return ()
    debit, credit, records = _returned(books, terms, order, [s for s in live if not s.agrees(order)])
    excess = {agreeing[-1].participant: total % terms.whole if lower else 0}
    held = []
    for share in agreeing:
        earned, over = of_escrow(terms, order, share, books.today), excess.get(share.participant, 0)
        debit[accounts.escrow(order.programme, order.id, share.participant)] += share.amount
        debit[accounts.INTEREST_EXPENSE] += earned
        credit[payee(books, share.participant, share.frozen)] += earned + over
        held.append(share.next(state=ShareState.SHARE, amount=share.amount - over))
    opening, shares = certificate_records(books, terms, order, held)
    credit.update(shares)
    return (
        operation(
            books,
            terms,
            order.record.id,
            "open-certificate",
            f"certificate {order.id} opens",
            debit=debit,
            credit=credit,
            records=(*records, *opening),
        ),
    )


def certificate_records(
    books: Books, terms: CertificateTerms, order: Order, held: Sequence[Share]
) -> tuple[tuple[Record, ...], dict[AccountPath, int]]:
    """What opens a certificate of these shares today: its records, and the shares' credits by account."""
    today, total = books.today, sum(share.amount for share in held)
    tiers = Tiers.of(order.data["tiers"])
    matures_on = add_months(today, order.data["months"])
    pay_on = load_calendar(order.data["calendar"]).roll(matures_on, order.config.roll)
    credit = {accounts.share(order.programme, order.id, s.participant): s.amount for s in held}
    owners = dict(zip(credit, (share.participant for share in held), strict=True))
    wanted = [accounts.certificate_account(path, terms.unit, today, owners[path]) for path in credit]
    wanted.append(
        accounts.certificate_account(accounts.interest(order.programme, order.id), terms.unit, today)
    )
    opened = order.next(
        state=State.ACTIVE,
        principal=total,
        opened_with=total,
        rate=str(Rate(order.base.fraction * tiers.rate_for(total).fraction)),
        floor=max(start for start, _ in tiers.steps if start <= total),
        value_on=today,
        matures_on=matures_on,
        pay_on=pay_on,
        interest=0,
    )
    days = sorted({min(matures_on, pay_on), pay_on})
    due = (registry.due(books, order.programme, order.id, day) for day in days)
    records = (*missing(books, tuple(wanted)), opened, *due, *(share.record for share in held))
    return records, credit


def _returned(
    books: Books,
    terms: CertificateTerms,
    order: Order,
    shares: Sequence[Share],
    state: ShareState = ShareState.REFUNDED,
) -> tuple[Counter[AccountPath], Counter[AccountPath], tuple[Record, ...]]:
    """Debits, credits and records of escrow that goes back."""
    debit: Counter[AccountPath] = Counter()
    credit: Counter[AccountPath] = Counter()
    for share in shares:
        earned = of_escrow(terms, order, share, books.today)
        debit[accounts.escrow(order.programme, order.id, share.participant)] += share.amount
        debit[accounts.INTEREST_EXPENSE] += earned
        credit[payee(books, share.participant, share.frozen)] += share.amount + earned
    records = (s.next(state=state, consents=[]).record for s in shares)
    return debit, credit, tuple(records)
