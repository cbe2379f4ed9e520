"""Rules: decisions made outside the ledger under its write lock, and what they return.

A rule reads the books and returns transactions, or attempts at some.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date

from attrs import field, frozen

from bankcore.errors import BadTransaction, LedgerRejection
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Record, Transaction

__all__ = ["Attempt", "Otherwise", "Planned", "Rule", "Sealing", "SealingRule", "check_types", "without_seal"]


Otherwise = Callable[[LedgerRejection], Iterable[Transaction]]


def _all(given: Iterable[Transaction]) -> tuple[Transaction, ...]:
    return tuple(given)


def _read_otherwise(given: Iterable[Transaction] | Otherwise) -> tuple[Transaction, ...] | Otherwise:
    return given if callable(given) else tuple(given)


@frozen
class Attempt:
    """Transactions that are written together, or `otherwise` in their place where the ledger refuses one.

    A refusal is one by a rule of the ledger (LedgerRejection): an account that is frozen or closed, a floor,
    a ceiling, a velocity limit.  Malformed input (InputError) and conflicts with the journal (Conflict)
    are raised as usual.  `otherwise` has records and no postings, so it is rarely refused; if it is, the
    whole operation is refused.  It may be a function of the refusal, to record the reason.  Raises
    BadTransaction.

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
        """The transactions to write after a refusal; raises BadTransaction unless they only have records."""
        if isinstance(self.otherwise, tuple):
            return self.otherwise
        return _check_records_only(tuple(self.otherwise(refusal)))


Planned = Transaction | Attempt
Rule = Callable[[Books], Sequence[Planned]]
Sealing = Callable[[date], Record]  # seals the current journal, for the close of a period through a date
SealingRule = Callable[[Books, Sealing], Sequence[Planned]]


def _check_records_only(given: tuple[Transaction, ...]) -> tuple[Transaction, ...]:
    check_types(given)
    if any(t.postings or t.resolves is not None for t in given):
        raise BadTransaction("otherwise", "it may only have records: no postings and no resolved hold")
    return given


def check_types(given: object, wanted: type | tuple[type, ...] = Transaction) -> None:
    """Raise BadTransaction unless all are transactions."""
    for it in given:  # type: ignore[attr-defined]
        if not isinstance(it, wanted):
            raise BadTransaction("type", "a Transaction is needed")


def without_seal(rules: Iterable[Rule]) -> list[SealingRule]:
    """Rules in the form that the ledger runs: only its own can seal."""
    return [lambda books, _, rule=rule: rule(books) for rule in rules]  # type: ignore[misc]
