"""Feedback (跟踪反馈): what became of accepted pushes, and the loans that came of them.

>>> GiveFeedback("net", "west", "p1", "visited").outcome
'visited'
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from attrs import evolve, frozen

from bankcore.errors import BadCommand
from bankcore.ledger.books import Books
from bankcore.product import fields
from bankcore.product.actor import Role
from bankcore.product.facts import Facts
from bankcore.product.plan import Plan
from bankcore.product.product import Noun
from bankcore.product.refusals import NotFound
from bankcore.products.branch.leads import Lead, may_see_lead
from bankcore.products.branch.matching import decimal
from bankcore.products.branch.programmes import BranchTerms, BranchVoucher, OfNetwork, shifted
from bankcore.products.branch.pushes import Push, PushClosed, State
from bankcore.products.lendings import lending_of
from bankcore.tables import Table

__all__ = ["GiveFeedback"]

noun = Noun(__name__)
OUTCOMES = ("contacted", "visited", "applied", "lent", "refused")


@frozen(kw_only=True)
class PushedLoan(Facts):
    """A loan that came of a push, and whether it was overdue when last looked at."""

    KIND: ClassVar = "branch.loan"  # programme:lending programme:loan
    push: str
    firm: str
    overdue: bool = False


@frozen
class GiveFeedback(OfNetwork):
    """Say what became of an accepted push; a refusal lets the firm choose again (跟踪反馈)."""

    may: ClassVar[Mapping[Role, str]] = {Role.OFFICER: "branch"}
    branch: str = fields.id_("the branch")
    push: str = fields.id_("the push")
    outcome: str = fields.choice("what happened", OUTCOMES)
    lender: str = fields.id_("programme of the loan, if lent", "")
    loan: str = fields.id_("the loan, if lent", "")

    def __attrs_post_init__(self) -> None:
        if (self.outcome == "lent") != bool(self.lender and self.loan):
            raise BadCommand("loan", "programme and loan are named if, and only if, it was lent")


@noun.rule(GiveFeedback)
def give_feedback(terms: BranchTerms, command: GiveFeedback, books: Books) -> Plan:
    """Note what became of an accepted push; whoever owns the lead keeps it longer.

    Refuses, in this order: NotFound for the push, PushClosed, NotFound for a loan of another party,
    AlreadyTaken for one that came of another push.
    """
    programme, today = command.programme, books.today
    push = Push.existing(books, programme, command.push)
    if push.branch != command.branch:
        raise NotFound("push", command.push)
    if push.state is not State.ACCEPTED or push.outcome == "lent":
        raise PushClosed(push.name, push.outcome or push.state.value)
    voucher = BranchVoucher(books, terms, programme)
    before = lead = Lead.existing(books, programme, push.firm)
    push = evolve(push, outcome=command.outcome)
    if lead.owner(today):
        lead = evolve(lead, owned_until=shifted(today, terms.ownership_days))
    if command.outcome == "refused":
        push, lead = evolve(push, state=State.REFUSED), evolve(lead, chosen="")
    if command.outcome == "lent":
        lending = lending_of(books, command.lender, command.loan)
        if lending is None or not lead.party or lending.borrower != lead.party:
            raise NotFound("loan", command.loan)
        id = PushedLoan.fresh(books, programme, command.lender, command.loan)
        push = evolve(push, lender=command.lender, loan=command.loan)
        voucher.keep(push, PushedLoan(id=id, push=push.name, firm=lead.name))
        lead = evolve(lead, chosen="", lent=(*lead.lent, push.name)).reached("lent", today)
    voucher.keep(push)
    if lead != before:
        voucher.keep(lead)
    return voucher.plan("feedback", f"push {push.name}: {command.outcome}")


@noun.report("pushes")
def list_pushes(books: Books) -> Table:
    """The pushes that the asker may see: firm, branch, score, state, and what became of it."""
    rows = []
    for it in Push.every(books):
        if not may_see_lead(books, Lead.existing(books, it.ids[0], it.firm)):
            continue
        facts = (it.on, it.expires_on, it.state.value, it.decided_on or "", it.kind, it.outcome)
        rows.append((*it.ids, it.firm, it.bank, it.branch, it.template, decimal(it.score), *facts))
    columns = ("programme", "push", "firm", "bank", "branch", "template", "score", "date", "expires", "state")
    return Table("Pushes", (*columns, "decided", "kind", "outcome"), tuple(rows))
