"""Due-diligence templates (尽调模板): what a bank asks of firms, offered at one of its branches.

Each change makes a new version; an edition, which changes with every template, finds the index over them.

>>> PublishTemplate("net", "west", "t1", {"most": "300,000.00"}).criteria.most
30000000
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from hashlib import sha256
from typing import ClassVar

from attrs import evolve, frozen

from bankcore.amounts import Amount
from bankcore.errors import UnitMismatch
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import canonical_json
from bankcore.product import fields
from bankcore.product.actor import Role
from bankcore.product.facts import Facts
from bankcore.product.plan import Plan
from bankcore.product.product import Noun
from bankcore.product.refusals import AlreadyTaken, NotFound
from bankcore.products.branch.branches import open_branch
from bankcore.products.branch.criteria import Criteria
from bankcore.products.branch.matcher import Matcher
from bankcore.products.branch.matching import Place
from bankcore.products.branch.programmes import BranchTerms, BranchVoucher, OfNetwork
from bankcore.tables import Table

__all__ = ["PublishTemplate", "WithdrawTemplate"]

noun = Noun(__name__)
_MOST_KEPT = 8  # indexes kept
_KEPT: dict[tuple[str, BranchTerms], Matcher] = {}  # by the digest of all templates: contents, not books


# --- facts ------------------------------------------------------------------------------------------


@frozen(kw_only=True)
class Template(Facts):
    """A template; it is off offer when it was withdrawn."""

    KIND: ClassVar = "branch.template"  # programme:template
    branch: str
    bank: str
    dated_on: date
    east: int
    north: int
    criteria: Criteria
    offered: bool = True

    @property
    def name(self) -> str:
        """Its id within the network."""
        return self.ids[1]

    @property
    def place(self) -> Place:
        """This version as it is matched."""
        where = (self.dated_on, self.east, self.north)
        return Place(self.name, self.bank, self.branch, *where, self.criteria)

    @classmethod
    def at_version(cls, books: Books, programme: str, template: str, version: int) -> Template:
        """An earlier version, which there is."""
        return next(it for it in cls.versions(books, programme, template) if it.version == version)


@frozen(kw_only=True)
class Edition(Facts):
    """The digest of all templates' versions."""

    KIND: ClassVar = "branch.edition"  # programme
    digest: str
    changed_on: date


def places(books: Books, programme: str) -> Iterator[Place]:
    """The templates on offer, by id."""
    return (it.place for it in Template.every(books, programme) if it.offered)


def index(books: Books, programme: str, terms: BranchTerms) -> Matcher:
    """The index over the templates on offer; made anew only when a template has changed."""
    edition = Edition.find(books, programme)
    key = ("" if edition is None else edition.digest, terms)
    if key not in _KEPT:
        if len(_KEPT) >= _MOST_KEPT:
            _KEPT.clear()
        _KEPT[key] = Matcher(terms, places(books, programme))
    return _KEPT[key]


# --- commands and their rules -----------------------------------------------------------------------


@frozen
class OfTemplate(OfNetwork):
    """The base of what a branch does with a template."""

    may: ClassVar[Mapping[Role, str]] = {Role.OFFICER: "branch"}
    branch: str = fields.id_("the branch")
    template: str = fields.id_("the template")


@frozen
class PublishTemplate(OfTemplate):
    """Publish a bank's due-diligence template, or a new version of it (发布尽调模板)."""

    criteria: Criteria = fields.of_terms("the firms it wants", Criteria)


@frozen
class WithdrawTemplate(OfTemplate):
    """Take a template off offer (撤下尽调模板)."""


@noun.rule(PublishTemplate)
def publish_template(terms: BranchTerms, command: PublishTemplate, books: Books) -> Plan:
    """Offer a template, or its next version; firms are matched anew at the close of the day.

    Refuses: UnitMismatch, NotFound, BranchClosed, AlreadyTaken for a template of another branch.
    """
    programme, name, branch = command.programme, command.template, command.branch
    if command.criteria.unit != terms.unit:
        raise UnitMismatch(terms.unit, command.criteria.unit, "criteria")
    its, before = open_branch(books, programme, branch), Template.find(books, programme, name)
    if before is not None and before.branch != branch:
        raise AlreadyTaken("template", name)
    template = Template.anew(
        books,
        *(programme, name),
        branch=branch,
        bank=its.bank,
        dated_on=books.today,
        east=its.east,
        north=its.north,
        criteria=command.criteria,
    )
    return _changed(terms, template, books, f"template {name} of {branch}")


@noun.rule(WithdrawTemplate)
def withdraw_template(terms: BranchTerms, command: WithdrawTemplate, books: Books) -> Plan:
    """Offer a template no more.  Refuses: NotFound, also for a template of another branch."""
    template = Template.existing(books, command.programme, command.template)
    if template.branch != command.branch:
        raise NotFound("template", command.template)
    return _changed(terms, evolve(template, offered=False), books, f"template {template.name} is off offer")


def _changed(terms: BranchTerms, template: Template, books: Books, text: str) -> Plan:
    voucher = BranchVoucher(books, terms, template.ids[0])
    offered_anew(voucher, template)
    return voucher.plan("template", text)


def offered_anew(voucher: BranchVoucher, *changed: Template) -> None:
    """Keep templates that changed, in the edition of all; firms are matched anew at the close of the day."""
    books, programme = voucher.books, voucher.programme
    for template in changed:
        voucher.keep(template)
        before = voucher.find(Edition, programme)
        said = f"{before.digest if before else ''}{template.name}{canonical_json(template.data)}"
        its = sha256(said.encode()).hexdigest()
        voucher.keep(Edition.anew(books, programme, digest=its, changed_on=books.today))


# --- report -----------------------------------------------------------------------------------------


@noun.report("templates")
def list_templates(books: Books) -> Table:
    """Every template with the main of its criteria."""
    rows = []
    for its in Template.every(books):
        it = its.criteria
        amounts = (Amount(it.least, it.unit), Amount(it.most, it.unit))
        months = f"{it.least_months} to {it.most_months}"
        state = "on offer" if its.offered else "off offer"
        words = (", ".join(it.kinds), ", ".join(it.collateral))
        where = (its.bank, its.branch, state, its.dated_on)
        rows.append((*its.ids, *where, *amounts, months, *words, str(it.price)))
    columns = ("programme", "template", "bank", "branch", "state", "dated", "from", "to", "months")
    return Table("Templates", (*columns, "kinds", "collateral", "price"), tuple(rows))
