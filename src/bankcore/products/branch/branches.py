"""Branches (网点) of banks: where each is, when it is open, and until when there is one.

>>> RegisterBranch("net", "west", "icbc", east=-1_000).owner
'icbc'
>>> week = "mon-fri 09:00-17:00, sat 10:00-16:00"
>>> [hours_on(week, date(2024, 5, day)) for day in (3, 4, 5)]
[('09:00', '17:00'), ('10:00', '16:00'), None]
"""

from __future__ import annotations

import re
from datetime import date
from typing import Any, ClassVar

from attrs import frozen

from bankcore.errors import ProductRejection
from bankcore.ledger.books import Books
from bankcore.product import fields
from bankcore.product.facts import Facts
from bankcore.product.plan import Plan
from bankcore.product.product import Noun
from bankcore.products.branch.criteria import FAR
from bankcore.products.branch.programmes import BranchTerms, BranchVoucher, OfNetwork

__all__ = ["BranchClosed", "BranchShut", "RegisterBranch"]

noun = Noun(__name__)
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_TIME = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]"
_SPAN = re.compile(rf"({'|'.join(_DAYS)})(?:-({'|'.join(_DAYS)}))? ({_TIME})-({_TIME})")


class BranchClosed(ProductRejection):
    sentence = "branch {branch} closed on {closed_on}"
    branch: str
    closed_on: date


class BranchShut(ProductRejection):
    sentence = "branch {branch} is shut at {at} on {on}: {hours}"
    branch: str
    on: date
    at: str
    hours: str


def hours_on(hours: str, day: date) -> tuple[str, str] | None:
    """From when until when a branch is open on a day of the week; None where it is shut."""
    found = [it.groups() for it in map(_SPAN.fullmatch, hours.split(", ")) if it is not None]
    for first, last, opens, shuts in found:
        if _DAYS.index(first) <= day.weekday() <= _DAYS.index(last or first):
            return opens, shuts
    return None


def is_hours(text: Any) -> bool:
    """Whether a text says when a branch is open."""
    return isinstance(text, str) and all(map(_SPAN.fullmatch, text.split(", ")))


@frozen(kw_only=True)
class Branch(Facts):
    """A branch, its bank, and where it is in metres on the grid.

    `hours` are empty where it is always open; it has at most `counters`, 0 for any number.  It moves to
    `next_place` and `next_address` on `moves_on`; from `closes_on` on it is no more.
    """

    KIND: ClassVar = "branch.branch"  # programme:branch
    bank: str
    east: int
    north: int
    address: str = ""
    hours: str = ""
    counters: int = 0
    moves_on: date | None = None
    next_place: tuple[int, ...] = ()
    next_address: str = ""
    closes_on: date | None = None

    def is_closed(self, on: date) -> bool:
        """Whether it is no more on a day."""
        return self.closes_on is not None and self.closes_on <= on

    def check_hours(self, on: date, at: str) -> None:
        """Raises BranchShut unless it is open at a time of a day."""
        span = hours_on(self.hours, on)
        if self.hours and (span is None or not span[0] <= at < span[1]):
            raise BranchShut(self.ids[1], on, at, self.hours)


def open_branch(books: Books, programme: str, branch: str, on: date | None = None) -> Branch:
    """A branch that is not closed, today or on a later day; raises NotFound, BranchClosed."""
    found = Branch.existing(books, programme, branch)
    if found.closes_on is not None and found.is_closed(on or books.today):
        raise BranchClosed(branch, found.closes_on)
    return found


def metres(axis: str) -> Any:
    """A place on the grid."""
    reason = f"whole metres, at most {FAR} from the origin, are needed"
    help = f"where it is, metres to the {axis}"
    return fields.checked(help, lambda it: type(it) is int and abs(it) <= FAR, reason, 0)


@frozen
class RegisterBranch(OfNetwork):
    """Register a branch of a bank (登记网点)."""

    branch: str = fields.id_("the branch")
    owner: str = fields.id_("the bank whose branch it is")
    east: int = metres("east")
    north: int = metres("north")


@noun.rule(RegisterBranch)
def register_branch(terms: BranchTerms, command: RegisterBranch, books: Books) -> Plan:
    """Note a branch, its bank and its place.  Refuses: AlreadyTaken."""
    id = Branch.fresh(books, command.programme, command.branch)
    voucher = BranchVoucher(books, terms, command.programme)
    voucher.keep(Branch(id=id, bank=command.owner, east=command.east, north=command.north))
    return voucher.plan("register-branch", f"branch {command.branch} of {command.owner}")
