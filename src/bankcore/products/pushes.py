"""Pushes of matched firms to branches: what other products may know about one that the firm accepted.

The branch network keeps these records; a product that lends on a match reads them here, from the
book, and imports no sibling.
"""

from __future__ import annotations

from datetime import date

from attrs import frozen

from bankcore.ledger.books import Books
from bankcore.product.records import existing
from bankcore.units import Unit

__all__ = ["LEAD", "PUSH", "AcceptedPush", "accepted_push"]

PUSH = "branch.push"  # programme:push
LEAD = "branch.lead"  # programme:lead


@frozen
class AcceptedPush:
    """What firm and branch agreed to go on with: a loan of `least` to `most` minor units of `unit`.

    `firm` is the borrower's party, empty while the firm is no customer, `branch` the lending branch and
    `bank` whose branch it is; `kind` is a loan type such as `working-capital`, `months` the tenor chosen.
    """

    firm: str
    bank: str
    branch: str
    least: int
    most: int
    unit: Unit
    kind: str
    months: int
    accepted_on: date


def accepted_push(books: Books, programme: str, push: str) -> AcceptedPush | None:
    """The push, if the firm accepted it; None for one unknown, open, declined, expired or withdrawn."""
    record = books.record(PUSH, f"{programme}:{push}")
    if record is None or record.data["state"] != "accepted":
        return None
    data, lead = record.data, existing(books, LEAD, programme, record.data["firm"])
    names = ("bank", "branch", "least", "most", "kind", "months")
    return AcceptedPush(
        firm=lead.data["party"],
        **{name: data[name] for name in names},
        unit=Unit(data["unit"]),
        accepted_on=date.fromisoformat(data["decided_on"]),
    )
