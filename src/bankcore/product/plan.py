"""What a rule returns, and the parts of a day's close that rules make up."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from attrs import frozen

from bankcore.errors import LedgerRejection, ProductRejection, UnitMismatch
from bankcore.ledger.books import Books
from bankcore.ledger.rules import Attempt, Otherwise, Planned
from bankcore.ledger.transactions import Transaction

__all__ = ["REFUSALS", "Attempt", "Plan", "Planned", "Rule", "Step", "in_common"]

REFUSALS = (ProductRejection, UnitMismatch)  # what a rule raises itself, before the ledger decides


@frozen
class Plan:
    """The transactions of one operation, written together or not at all.

    An `Attempt` among them is written where the ledger allows it, otherwise its `otherwise` is written.
    """

    transactions: tuple[Planned, ...] = ()

    def __add__(self, other: Plan) -> Plan:
        """This plan followed by the other."""
        return Plan((*self.transactions, *other.transactions))

    def attempted(self, otherwise: Iterable[Transaction] | Otherwise = ()) -> Plan:
        """The plan as an attempt: all of it, or `otherwise` in its place where the ledger refuses any part.

        System-initiated postings are attempts, so that one party's account does not stop the close;
        `deferrals.deferred` makes an `otherwise` that records why.
        """
        if not self.transactions:
            return self
        return Plan((Attempt((it for it in self.transactions if isinstance(it, Transaction)), otherwise),))


@frozen(init=False)
class Step:
    """One part of the close of a day, written in one commit under a key made from `name` and the date.

    Its rules run in turn, each seeing the effects of those before it, and only if that key is not in the
    journal yet, so a killed run continues where it stopped.
    """

    name: str
    rules: tuple[Callable[[Books], Plan], ...]

    def __init__(self, name: str, *rules: Callable[[Books], Plan]) -> None:
        self.__attrs_init__(name, rules)


Rule = Callable[[Books], Plan]


def in_common(whole: Rule, alone: Iterable[Rule]) -> list[Rule]:
    """The rules of one step: a page of things as one attempt, and each thing alone if that was refused.

    >>> len(in_common(lambda books: Plan(), [lambda books: Plan()] * 3))
    4
    """
    refused: list[Exception] = []

    def note(refusal: LedgerRejection) -> tuple[Transaction, ...]:
        refused.append(refusal)
        return ()

    def attempt(books: Books) -> Plan:
        refused.clear()  # a step that was not written may run again
        try:
            return whole(books).attempted(note)
        except REFUSALS as refusal:
            refused.append(refusal)
            return Plan()

    def unless_served(rule: Rule) -> Rule:
        return lambda books: rule(books) if refused else Plan()

    return [attempt, *map(unless_served, alone)]
