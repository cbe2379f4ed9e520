"""Account managers (客户经理): who they are, what they look after, and what came of it.

A manager is of one branch, and has so many leads at most at a time.  When one leaves, somebody of the
register takes over what he owns.

>>> str(ManagerFull("chen", 50))
'manager chen looks after 50 leads already'
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import date
from typing import ClassVar

from attrs import evolve, frozen

from bankcore.errors import BadCommand, ProductRejection
from bankcore.ledger.books import Books
from bankcore.product import fields
from bankcore.product.actor import Role
from bankcore.product.facts import Facts
from bankcore.product.plan import Plan
from bankcore.product.product import Noun
from bankcore.product.refusals import AlreadyTaken, NotFound
from bankcore.products.branch.branches import open_branch
from bankcore.products.branch.leads import Lead, lead_of, leads
from bankcore.products.branch.programmes import BranchTerms, BranchVoucher, OfNetwork, shifted
from bankcore.tables import Table

__all__ = [
    "ClaimLead", "LeadOwned", "ManagerFull", "ManagerLeaves", "RegisterManager", "ReleaseLead",
    "TransferLead",
]  # fmt: skip

noun = Noun(__name__)


# --- facts --------------------------------------------------------------------------------------------


@frozen(kw_only=True)
class Manager(Facts):
    """An account manager; `leads` are those that he claimed and did not give back, some of them lapsed."""

    KIND: ClassVar = "branch.manager"  # programme:manager
    branch: str
    since: date
    left_on: date | None = None
    leads: tuple[str, ...] = ()
    claims: int = 0
    taken_over: int = 0

    @property
    def name(self) -> str:
        """Its id within the network."""
        return self.ids[1]


def manager_of(books: Books, programme: str, manager: str) -> Manager:
    """A manager who has not left; raises NotFound."""
    found = Manager.existing(books, programme, manager)
    if found.left_on is not None:
        raise NotFound("manager", manager)
    return found


class LeadOwned(ProductRejection):
    sentence = "lead {lead} is with manager {manager} until {until}"
    lead: str
    manager: str
    until: date


class ManagerFull(ProductRejection):
    sentence = "manager {manager} looks after {leads} leads already"
    manager: str
    leads: int


def _owned(books: Books, manager: Manager) -> list[Lead]:
    """The leads that a manager owns now."""
    programme, name = manager.ids
    its = (Lead.existing(books, programme, lead) for lead in manager.leads)
    return [lead for lead in its if lead.owner(books.today) == name]


# --- commands -----------------------------------------------------------------------------------------


@frozen
class RegisterManager(OfNetwork):
    """Register an account manager of a branch, or one who comes back (登记客户经理)."""

    may: ClassVar[Mapping[Role, str]] = {Role.OFFICER: "branch"}
    branch: str = fields.id_("the branch")
    manager: str = fields.id_("the account manager")


@frozen
class ManagerLeaves(OfNetwork):
    """Note that a manager leaves; another takes over what he looks after (客户经理离任移交)."""

    may: ClassVar[Mapping[Role, str]] = {Role.OFFICER: "branch"}
    branch: str = fields.id_("the branch of both")
    manager: str = fields.id_("who leaves")
    successor: str = fields.id_("who takes over")

    def __attrs_post_init__(self) -> None:
        if self.manager == self.successor:
            raise BadCommand("successor", "another manager is needed")


@frozen
class OfManager(OfNetwork):
    """The base of what an account manager does with a lead."""

    may: ClassVar[Mapping[Role, str]] = {Role.OFFICER: "manager"}
    lead: str = fields.id_("the lead")
    manager: str = fields.id_("the account manager")


@frozen
class ClaimLead(OfManager):
    """Take a lead, or keep it: others may not while the manager acts in time (认领线索)."""


@frozen
class ReleaseLead(OfManager):
    """Give a lead back (释放线索)."""


@frozen
class TransferLead(OfManager):
    """Hand a lead over to another manager (移交线索)."""

    to: str = fields.id_("who takes it over")


# --- rules --------------------------------------------------------------------------------------------


@noun.rule(RegisterManager)
def register_manager(terms: BranchTerms, command: RegisterManager, books: Books) -> Plan:
    """Keep who it is.  Refuses: NotFound, BranchClosed, AlreadyTaken for one who has not left."""
    programme, name = command.programme, command.manager
    open_branch(books, programme, command.branch)
    known = Manager.find(books, programme, name)
    if known is not None and known.left_on is None:
        raise AlreadyTaken("manager", name)
    its = known or Manager(id=f"{programme}:{name}", branch=command.branch, since=books.today)
    voucher = BranchVoucher(books, terms, programme)
    voucher.keep(evolve(its, branch=command.branch, left_on=None))
    return voucher.plan("manager", f"manager {name} of branch {command.branch}")


@noun.rule(ManagerLeaves)
def manager_leaves(terms: BranchTerms, command: ManagerLeaves, books: Books) -> Plan:
    """Hand over all that a manager owns, however much that is.

    Refuses: NotFound, also for one of another branch.
    """
    programme, today = command.programme, books.today
    its, successor = (_of_branch(books, command, it) for it in (command.manager, command.successor))
    voucher, owned = BranchVoucher(books, terms, programme), _owned(books, its)
    for lead in owned:
        until = shifted(today, terms.ownership_days)
        voucher.keep(evolve(lead, manager=successor.name, owned_until=until))
    voucher.keep(evolve(its, left_on=today, leads=()))
    names = tuple(lead.name for lead in owned if lead.name not in successor.leads)
    more = successor.taken_over + len(owned)
    voucher.keep(evolve(successor, leads=(*successor.leads, *names), taken_over=more))
    voucher.notify(successor.name, "leads-taken-over", its.id, leads=len(owned))
    return voucher.plan("leave", f"manager {its.name} leaves, {successor.name} takes over")


def _of_branch(books: Books, command: ManagerLeaves, name: str) -> Manager:
    found = manager_of(books, command.programme, name)
    if found.branch != command.branch:
        raise NotFound("manager", name)
    return found


@noun.rule(ClaimLead)
def claim_lead(terms: BranchTerms, command: ClaimLead, books: Books) -> Plan:
    """Take a lead, or keep it for longer.

    Refuses: NotFound for the lead or the manager, LeadOwned by another manager, ManagerFull.
    """
    lead = _free_for(books, command)
    voucher = BranchVoucher(books, terms, command.programme)
    its = _with(voucher, manager_of(books, command.programme, command.manager), lead)
    voucher.keep(evolve(its, claims=its.claims + 1))
    return voucher.plan("claim", f"lead {lead.name} is with {command.manager}")


@noun.rule(ReleaseLead)
def release_lead(terms: BranchTerms, command: ReleaseLead, books: Books) -> Plan:
    """Give a lead back.  Refuses: NotFound, LeadOwned by another manager."""
    lead = _free_for(books, command)
    voucher = BranchVoucher(books, terms, command.programme)
    _without(voucher, Manager.existing(books, command.programme, command.manager), lead)
    voucher.keep(evolve(lead, manager="", owned_until=None))
    return voucher.plan("release", f"lead {lead.name} is free")


@noun.rule(TransferLead)
def transfer_lead(terms: BranchTerms, command: TransferLead, books: Books) -> Plan:
    """Hand over a lead that is one's own.

    Refuses: NotFound, also for a lead that is nobody's, LeadOwned by another manager, ManagerFull.
    """
    programme, lead = command.programme, _free_for(books, command)
    if lead.owner(books.today) != command.manager:
        raise NotFound("lead", command.lead)
    voucher = BranchVoucher(books, terms, programme)
    _without(voucher, Manager.existing(books, programme, command.manager), lead)
    its = _with(voucher, manager_of(books, programme, command.to), lead)
    voucher.keep(evolve(its, taken_over=its.taken_over + 1))
    voucher.notify(command.to, "leads-taken-over", lead.id, leads=1)
    return voucher.plan("transfer", f"lead {lead.name} goes to {command.to}")


def _free_for(books: Books, command: OfManager) -> Lead:
    lead = lead_of(books, command.programme, command.lead)
    if lead.owned_until is not None and lead.owner(books.today) not in ("", command.manager):
        raise LeadOwned(lead.name, lead.manager, lead.owned_until)
    return lead


def _with(voucher: BranchVoucher, its: Manager, lead: Lead) -> Manager:
    """Keep a lead as the manager's, who has forgotten those that lapsed; raises ManagerFull."""
    owned = [it.name for it in _owned(voucher.books, its) if it.name != lead.name]
    if len(owned) >= voucher.terms.manager_leads:
        raise ManagerFull(its.name, len(owned))
    until = shifted(voucher.books.today, voucher.terms.ownership_days)
    voucher.keep(evolve(lead, manager=its.name, owned_until=until))
    its = evolve(its, leads=(*owned, lead.name))
    voucher.keep(its)
    return its


def _without(voucher: BranchVoucher, its: Manager, lead: Lead) -> None:
    voucher.keep(evolve(its, leads=tuple(it for it in its.leads if it != lead.name)))


# --- report -------------------------------------------------------------------------------------------


@noun.report("managers", own={})
def list_managers(books: Books) -> Table:
    """The managers: what they look after now, and how far the leads came that they had last."""
    found: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for lead in leads(books):
        its = found[lead.ids[0], lead.manager]
        its.update(lead.steps.keys())
        its["owned"] += lead.owner(books.today) != ""
        its["loans"] += len(lead.lent)
    rows = []
    for it in Manager.every(books):
        its = found[it.ids[0], it.name]
        counts = (its[name] for name in ("owned", "pushed", "accepted", "lent", "loans"))
        rows.append((*it.ids, it.branch, it.since, it.left_on or "", it.claims, it.taken_over, *counts))
    columns = ("programme", "manager", "branch", "since", "left", "claims", "taken over", "looks after")
    return Table("Account managers", (*columns, "pushed", "accepted", "lent", "loans"), tuple(rows))
