"""What must hold in every book after every step; each yields the contradictions it finds.

E9 speaks of the order of postings rather than of one state; tests hold it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from bankcore.ledger.books import Books
from bankcore.product.records import every
from bankcore.products.lendings import LOAN
from bankcore.products.loan import accounts
from bankcore.products.loan.loans import Loan, State
from bankcore.rates import round_half_up

__all__ = ["INVARIANTS"]

_ENDED = (State.REPAID, State.WRITTEN_OFF, State.REVERSED)


def principal_is_conserved(books: Books) -> Iterator[str]:
    """E3: principal paid and principal left are what was disbursed; a loan that ended has none."""
    for loan in _loans(books):
        path = accounts.principal(loan.programme, loan.id)
        lent, paid = books.gross(path)
        left = loan.schedule.left if loan.schedule else 0
        owed = left + sum(arrear.principal for arrear in loan.arrears)
        if lent != (loan.amount if loan.disbursed_on else 0) or lent - paid != owed:
            yield f"{path}: {lent} lent, {paid} paid, {owed} by the schedule"
        if loan.state in _ENDED and owed:
            yield f"{path}: {owed} left of a loan {loan.state.value}"


def interest_is_what_is_owed(books: Books) -> Iterator[str]:
    """E4: interest and penalty owed are of instalments that are due; penalty is never ahead of its sum."""
    for loan in _loans(books):
        path = accounts.interest(loan.programme, loan.id)
        owed = loan.unpaid_penalty + sum(arrear.interest for arrear in loan.arrears)
        if books.balance(path) != owed:
            yield f"{path}: {books.balance(path)}, owed are {owed}"
        if loan.penalty.posted > round_half_up(loan.penalty.exact):
            yield f"{path}: penalty of {loan.penalty.posted} is ahead of {loan.penalty.exact}"
        if any(arrear.due_on > books.today for arrear in loan.arrears):
            yield f"{path}: an instalment is charged before its due date"


def fees_are_earned_once(books: Books) -> Iterator[str]:
    """E7: what is unearned and what was earned are the fee; of a loan that ended nothing is unearned."""
    for loan in _loans(books):
        path = accounts.unearned_fee(loan.programme, loan.id)
        _, fee = books.gross(path)
        if fee != loan.fee or books.balance(path) != loan.unearned:
            yield f"{path}: fee {fee} of {loan.fee}, {books.balance(path)} unearned, not {loan.unearned}"
        if loan.state in _ENDED and loan.unearned:
            yield f"{path}: {loan.unearned} unearned of a loan {loan.state.value}"


def _loans(books: Books) -> Iterator[Loan]:
    return (Loan.read(record) for record in every(books, LOAN))


INVARIANTS: Mapping[str, Callable[[Books], Iterator[str]]] = {
    "E3": principal_is_conserved,
    "E4": interest_is_what_is_owed,
    "E7": fees_are_earned_once,
}
