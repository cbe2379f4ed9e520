"""Branches (网点) of banks, each at its place, which stays.

>>> RegisterBranch("net", "west", "icbc", east=-1_000).owner
'icbc'
"""

from __future__ import annotations

from typing import Any, ClassVar

from attrs import frozen

from bankcore.ledger.books import Books
from bankcore.product import fields
from bankcore.product.facts import Facts
from bankcore.product.plan import Plan
from bankcore.product.product import Noun
from bankcore.products.branch.criteria import FAR
from bankcore.products.branch.programmes import BranchTerms, BranchVoucher, OfNetwork

__all__ = ["RegisterBranch"]

noun = Noun(__name__)


@frozen(kw_only=True)
class Branch(Facts):
    """A branch, its bank, and where it is in metres on the grid."""

    KIND: ClassVar = "branch.branch"  # programme:branch
    bank: str
    east: int
    north: int


def _metres(axis: str) -> Any:
    reason = f"whole metres, at most {FAR} from the origin, are needed"
    help = f"where it is, metres to the {axis}"
    return fields.checked(help, lambda it: type(it) is int and abs(it) <= FAR, reason, 0)


@frozen
class RegisterBranch(OfNetwork):
    """Register a branch of a bank (登记网点)."""

    branch: str = fields.id_("the branch")
    owner: str = fields.id_("the bank whose branch it is")
    east: int = _metres("east")
    north: int = _metres("north")


@noun.rule(RegisterBranch)
def register_branch(terms: BranchTerms, command: RegisterBranch, books: Books) -> Plan:
    """Note a branch, its bank and its place.  Refuses: AlreadyTaken."""
    id = Branch.fresh(books, command.programme, command.branch)
    voucher = BranchVoucher(books, terms, command.programme)
    voucher.keep(Branch(id=id, bank=command.owner, east=command.east, north=command.north))
    return voucher.plan("register-branch", f"branch {command.branch} of {command.owner}")
