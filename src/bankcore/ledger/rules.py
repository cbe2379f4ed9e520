"""Rules: what somebody outside the ledger decides under its write lock, and what comes of it.

A rule looks at the books and returns transactions, or attempts at some.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date

from attrs import field, frozen

from bankcore.errors import BadTransaction, LedgerRejection
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Record, Transaction

__all__ = ["Attempt", "Otherwise", "Planned", "Rule", "Sealing", "SealingRule", "check_types"]


Otherwise = Callable[[LedgerRejection], Iterable[Transaction]]


def _all(given: Iterable[Transaction]) -> tuple[Transaction, ...]:
    return tuple(given)


def _read_otherwise(given: Iterable[Transaction] | Otherwise) -> tuple[Transaction, ...] | Otherwise:
    return given if callable(given) else tuple(given)


@frozen
class Attempt:
    """Transactions that are written together, or `otherwise` in their place where the ledger refuses one.

    A refusal is a rule of the ledger (LedgerRejection): an account that is frozen or closed, a floor, a
    ceiling, a velocity limit.  What cannot be written at all (InputError) and what conflicts with the
    journal (Conflict) is raised as ever.  `otherwise` has records and no postings, so that a refusal of
    its own is rare; it refuses the whole operation.  It may be a function of the refusal, for what is to
    say why.  Raises BadTransaction.

    >>> from bankcore.ledger.transactions import legs
    >>> from bankcore.units import Unit
    >>> cny, day = Unit.parse("CNY/2"), date(2024, 5, 1)
    >>> interest = legs(cny, debit={"bank:interest-expense": 5}, credit={"bank:demand:c": 5})
    >>> owed = Record("interest.owed", "c", {"quantity": 5})
    >>> attempt = Attempt(
    ...     (Transaction(kind="interest", effective_on=day, postings=interest),),
    ...     (Transaction(kind="interest.owed", effective_on=day, records=(owed,)),),
    ... )
    >>> [t.kind for t in attempt.otherwise]
    ['interest.owed']
    """

    transactions: tuple[Transaction, ...] = field(converter=_all)
    otherwise: tuple[Transaction, ...] | Otherwise = field(default=(), converter=_read_otherwise)

    def __attrs_post_init__(self) -> None:
        check_types(self.transactions)
        if isinstance(self.otherwise, tuple):
            _check_records_only(self.otherwise)

    def instead(self, refusal: LedgerRejection) -> tuple[Transaction, ...]:
        """What is written because the ledger refused; raises BadTransaction where it is not records alone."""
        if isinstance(self.otherwise, tuple):
            return self.otherwise
        return _check_records_only(tuple(self.otherwise(refusal)))


Planned = Transaction | Attempt
Rule = Callable[[Books], Sequence[Planned]]
Sealing = Callable[[date], Record]  # seals the journal as it stands, for the close of a period through a date
SealingRule = Callable[[Books, Sealing], Sequence[Planned]]


def _check_records_only(given: tuple[Transaction, ...]) -> tuple[Transaction, ...]:
    check_types(given)
    if any(t.postings or t.resolves is not None for t in given):
        raise BadTransaction("otherwise", "it has records only: no postings, and no hold is resolved")
    return given


def check_types(given: object, wanted: type | tuple[type, ...] = Transaction) -> None:
    """Raise BadTransaction where something else is among them."""
    for it in given:  # type: ignore[attr-defined]
        if not isinstance(it, wanted):
            raise BadTransaction("type", "a Transaction is needed")
