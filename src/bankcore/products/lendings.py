"""How a loan stands: what other products may know about it.

The loan product keeps these records; a product that follows a loan, such as one that pays whoever
brought the borrower, reads them here, from the book, and imports no sibling.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from attrs import frozen

from bankcore.calendars import parse_date
from bankcore.ledger.books import Books
from bankcore.product.records import every
from bankcore.units import Unit

__all__ = ["LENT_ON", "LOAN", "Lending", "lending_of", "lent_on"]

LOAN = "loan.loan"  # programme:loan
LENT_ON = "loan.push"  # network:push, the loan that a push led to


@frozen
class Lending:
    """A loan that was disbursed: `disbursed` minor units of `unit`, fee included, to the borrower.

    `overdue` while an instalment is unpaid after its due day; `ended_on` is the day on which the loan was
    repaid, written off, or its disbursement reversed.  `returned` is the principal repaid ahead of its
    schedule or `written_off`, by days; ordinary instalments are not in it.
    """

    borrower: str
    disbursed: int
    unit: Unit
    disbursed_on: date
    overdue: bool
    ended_on: date | None
    written_off: bool = False
    returned: tuple[tuple[date, int], ...] = ()

    def not_lent(self, days: int) -> int:
        """Of so many days from the disbursement, the minor units that were returned, a day each."""
        left = ((days - (day - self.disbursed_on).days, quantity) for day, quantity in self.returned)
        return sum(days * quantity for days, quantity in left if days > 0)


def lending_of(books: Books, programme: str, loan: str) -> Lending | None:
    """How a loan stands; None where there is none, or only a contract so far."""
    record = books.record(LOAN, f"{programme}:{loan}")
    if record is None or not record.data["disbursed_on"]:
        return None
    data, since, ended = record.data, record.data["overdue_since"], record.data["ended_on"]
    return Lending(
        data["borrower"],
        data["disbursed"],
        Unit(data["unit"]),
        parse_date(data["disbursed_on"]),
        bool(since) and parse_date(since) < books.today,
        parse_date(ended) if ended else None,
        data.get("state") == "written-off",
        tuple((parse_date(day), quantity) for day, quantity in data.get("returned", ())),
    )


def lent_on(books: Books, network: str) -> Iterator[tuple[str, str, str]]:
    """The loans signed on pushes of a branch network: push, programme of the loan, and loan."""
    for record in every(books, LENT_ON, network):
        yield record.id.partition(":")[2], record.data["programme"], record.data["loan"]
