"""Visits (到店): who was last served at a branch, and whom an officer lets go first.

>>> GivePriority("net", "u1").lifted
False
"""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from attrs import frozen

from bankcore.ledger.books import Books
from bankcore.product import fields
from bankcore.product.facts import Facts
from bankcore.product.plan import Plan
from bankcore.product.product import Noun
from bankcore.products.branch.programmes import BranchTerms, BranchVoucher, OfNetwork

__all__ = ["GivePriority"]

noun = Noun(__name__)


@frozen(kw_only=True)
class Visit(Facts):
    """When a person was last served at a branch of a network."""

    KIND: ClassVar = "branch.visit"  # programme:person
    on: date


@frozen(kw_only=True)
class Priority(Facts):
    """Whether a person goes first; why is nobody's business."""

    KIND: ClassVar = "branch.priority"  # programme:person
    holds: bool


def has_priority(books: Books, programme: str, person: str) -> bool:
    """Whether a person goes first at the branches of a network."""
    found = Priority.find(books, programme, person)
    return found is not None and found.holds


@frozen
class GivePriority(OfNetwork):
    """Let a person go first in the queues of all branches, or no more (优先客户)."""

    person: str = fields.id_("the person")
    lifted: bool = fields.flag("no more")


@noun.rule(GivePriority)
def give_priority(terms: BranchTerms, command: GivePriority, books: Books) -> Plan:
    """Note it; tickets taken before stay where they are."""
    voucher = BranchVoucher(books, terms, command.programme)
    voucher.keep(Priority.anew(books, command.programme, command.person, holds=not command.lifted))
    text = f"{command.person} has priority" + (" no more" if command.lifted else "")
    return voucher.plan("priority", text)
