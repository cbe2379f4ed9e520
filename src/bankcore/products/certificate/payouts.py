"""What each share of a certificate is paid when all of it ends."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from attrs import frozen

from bankcore.ledger.accounts import AccountPath
from bankcore.ledger.transactions import Record
from bankcore.products.certificate import accounts
from bankcore.products.certificate.interest import withheld
from bankcore.products.certificate.orders import Order, Share, ShareState
from bankcore.products.certificate.terms import CertificateTerms

__all__ = ["Payouts", "payouts"]


@frozen
class Payouts:
    """The shares' debits, the tax on their interest, what is left by participant, and the paid shares."""

    debit: Counter[AccountPath]
    tax: int
    net: dict[str, int]
    records: tuple[Record, ...]


def payouts(
    terms: CertificateTerms, order: Order, shares: Sequence[Share], interest: Sequence[int]
) -> Payouts:
    """Each share with its part of the interest, tax withheld."""
    debit: Counter[AccountPath] = Counter()
    net, records, taxed = {}, [], 0
    for share, part in zip(shares, interest, strict=True):
        tax = withheld(terms, part)
        taxed += tax
        debit[accounts.share(order.programme, order.id, share.participant)] = share.amount
        net[share.participant] = share.amount + part - tax
        records.append(share.next(state=ShareState.PAID, amount=0, paid=share.data["paid"] + part).record)
    return Payouts(debit, taxed, net, tuple(records))
