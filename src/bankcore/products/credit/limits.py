"""Limits (额度): they rise and fall with the points that count, and never fall below what is drawn.

One officer lowers a limit; beyond what the points give two officers raise it (双人复核).

| operation | debit | credit | amount |
| --- | --- | --- | --- |
| raise, at the close too | undrawn | undrawn-contra | what the points give more |
| lower, at the close and with a drawing | undrawn-contra | undrawn | what they give less |
| raise by decision of two | undrawn | undrawn-contra | the difference |
| lower by decision | undrawn-contra | undrawn | the difference |

>>> LimitBelowDrawn("c001", 100_00, 99_99, 50_000_00, "CNY/2").code
'limit_below_drawn'
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from attrs import evolve, frozen

from bankcore.amounts import Amount
from bankcore.errors import ProductRejection
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Transaction
from bankcore.product import fields
from bankcore.product.actor import Role
from bankcore.product.approvals import Decision
from bankcore.product.parties import acting_for
from bankcore.product.plan import Plan
from bankcore.product.product import Noun
from bankcore.product.refusals import NotApproved
from bankcore.products.credit.lines import (
    HOLDER,
    LOAN,
    OFFICER,
    HolderUnknown,
    Line,
    OfLine,
    limit_of,
    line_at,
    move_undrawn,
    points_of,
)
from bankcore.products.credit.programmes import PROGRAMMES, CreditTerms

__all__ = [
    "ApproveLimit", "LimitBelowDrawn", "LineWrittenOff", "NothingToRaise", "ProposeLimit", "RaiseLimit",
    "RejectLimit", "SetLimit",
]  # fmt: skip

noun = Noun(__name__)


@frozen
class Limit:
    """A limit in minor units, and whether points go on raising it."""

    limit: int
    automatic: bool


@frozen(kw_only=True)
class HigherLimit(Decision):
    """The decision of two officers on a limit beyond what the points give."""

    KIND: ClassVar = "credit.limit"  # programme:kind:party
    what: Limit


# --- refusals ---------------------------------------------------------------------------------------


class LimitBelowDrawn(ProductRejection):
    sentence = "{holder} has drawn {drawn}; a limit of {limit} is not between that and {cap}"
    quantities = ("drawn", "limit", "cap")
    holder: str
    drawn: int
    limit: int
    cap: int
    unit: str = ""


class LineWrittenOff(ProductRejection):
    """Nothing is lent again to who still owes what was given up."""

    sentence = "the line of {holder} was written off; {lost} of it did not come back"
    quantities = ("lost",)
    holder: str
    lost: int
    unit: str = ""


class NothingToRaise(ProductRejection):
    sentence = "{points} points of {holder} give a limit of {earned}, it has {limit}"
    quantities = ("earned", "limit")
    holder: str
    points: int
    earned: int
    limit: int
    unit: str = ""


# --- commands and their rules -----------------------------------------------------------------------


@frozen
class RaiseLimit(OfLine):
    """Raise the limit to what the points give, without waiting for the close of the day (提升额度)."""

    may: ClassVar[Mapping[Role, str]] = {**HOLDER, **OFFICER}


@frozen
class SetLimit(OfLine):
    """Decide on a limit within what the points give (调整额度); they raise it again only if that is said."""

    may: ClassVar[Mapping[Role, str]] = OFFICER
    limit: Amount = fields.amount("the new limit", least=0)
    card: str = fields.id_("the consumer's card", "")
    provider: str = fields.id_("the provider, for a line of a provider", "")
    automatic: bool = fields.flag("whether points go on raising it")


@frozen
class ProposeLimit(OfLine):
    """Propose a limit beyond what the points give (申请提额)."""

    may: ClassVar[Mapping[Role, str]] = OFFICER
    limit: Amount = fields.amount("the new limit")
    card: str = fields.id_("the consumer's card", "")
    provider: str = fields.id_("the provider, for a line of a provider", "")
    automatic: bool = fields.flag("whether points go on raising it")


@frozen
class ApproveLimit(OfLine):
    """Set the limit that another officer proposed (复核提额)."""

    may: ClassVar[Mapping[Role, str]] = OFFICER
    proposal: int = fields.proposal()
    card: str = fields.id_("the consumer's card", "")
    provider: str = fields.id_("the provider, for a line of a provider", "")


@frozen
class RejectLimit(OfLine):
    """Turn down the limit that another officer proposed (拒绝提额)."""

    may: ClassVar[Mapping[Role, str]] = OFFICER
    proposal: int = fields.proposal()
    card: str = fields.id_("the consumer's card", "")
    provider: str = fields.id_("the provider, for a line of a provider", "")


@noun.rule(RaiseLimit)
def raise_limit(terms: CreditTerms, command: RaiseLimit, books: Books) -> Plan:
    """Raise the limit to what the points give.

    Refuses: PartySuspended for who acts for the holder, LineUnknown, HolderUnknown, NothingToRaise.
    """
    acting_for(books, command.line[2])
    line, points = line_at(books, command.line), points_of(books, command.line)
    earned = limit_of(terms, line.ids, points)
    if earned <= line.limit or not line.automatic:
        raise NothingToRaise(line.holder, points, earned, line.limit, terms.unit)
    return Plan((_changed(books, terms, line, earned),))


@noun.rule(SetLimit)
def set_limit(terms: CreditTerms, command: SetLimit, books: Books) -> Plan:
    """Another limit by decision of one officer.

    Refuses, in this order: UnitMismatch, LineUnknown, LineWrittenOff, LimitBelowDrawn, NotApproved for a
    limit above the present one and what the points give.
    """
    limit, line = terms.minor_units(command.limit), line_at(books, command.line)
    _check_within(terms, books, line, limit)
    if limit > max(line.limit, _earned(books, terms, line)):
        raise NotApproved("a limit of", line.holder)
    line = evolve(line, automatic=command.automatic, decided=min(line.decided, limit))
    return Plan((_changed(books, terms, line, limit),))


@noun.rule(ProposeLimit)
def propose_limit(terms: CreditTerms, command: ProposeLimit, books: Books) -> Plan:
    """Note the proposal.

    Refuses: UnitMismatch, LineUnknown, LineWrittenOff, LimitBelowDrawn, AlreadyProposed.
    """
    what, line = Limit(terms.minor_units(command.limit), command.automatic), line_at(books, command.line)
    _check_within(terms, books, line, what.limit)
    voucher = PROGRAMMES.voucher(books, terms, command.programme)
    voucher.keep(HigherLimit.proposed(books, *line.ids, about=line.limit, what=what))
    return voucher.plan("propose-limit", f"limit of {line.holder} is proposed")


@noun.rule(ApproveLimit)
def approve_limit(terms: CreditTerms, command: ApproveLimit, books: Books) -> Plan:
    """Set the limit as it was proposed.

    Refuses, in this order: LineUnknown, NothingProposed, SamePerson, StaleProposal also where the limit is
    another by now, LimitBelowDrawn.
    """
    line = line_at(books, command.line)
    decided = HigherLimit.approved(books, *line.ids, seen=command.proposal, about=line.limit)
    _check_within(terms, books, line, decided.what.limit)
    voucher = PROGRAMMES.voucher(books, terms, command.programme)
    voucher.keep(decided)
    limit = decided.what.limit
    changed = _changed(books, terms, evolve(line, automatic=decided.what.automatic, decided=limit), limit)
    return voucher.plan("approve-limit", f"limit of {line.holder} is approved") + Plan((changed,))


@noun.rule(RejectLimit)
def reject_limit(terms: CreditTerms, command: RejectLimit, books: Books) -> Plan:
    """The limit stays.  Refuses, in this order: NothingProposed, SamePerson, StaleProposal."""
    voucher = PROGRAMMES.voucher(books, terms, command.programme)
    voucher.keep(HigherLimit.rejected(books, *command.line, seen=command.proposal))
    return voucher.plan("reject-limit", f"limit of {command.line[2]} is rejected")


def _check_within(terms: CreditTerms, books: Books, line: Line, limit: int) -> None:
    """Raises LineWrittenOff, and LimitBelowDrawn, also for a limit above the cap."""
    if line.recovered < line.lost:
        raise LineWrittenOff(line.holder, line.lost - line.recovered, terms.unit)
    drawn = books.balance(LOAN(*line.ids))
    if not drawn <= limit <= terms.cap:
        raise LimitBelowDrawn(line.holder, drawn, limit, terms.cap, terms.unit)


def _earned(books: Books, terms: CreditTerms, line: Line) -> int:
    """The limit that the points give today; nothing, not even the base limit, to who left."""
    try:
        return limit_of(terms, line.ids, points_of(books, line.ids))
    except HolderUnknown:
        return 0


def _points(books: Books, line: Line) -> int:
    """The points that count today; none of who left."""
    try:
        return points_of(books, line.ids)
    except HolderUnknown:
        return 0


def fallen(books: Books, terms: CreditTerms, line: Line) -> Line:
    """The line with its limit less by what points gave that were taken back since; never below what is drawn.

    New terms alone lower no limit.
    """
    points, drawn = _points(books, line), books.balance(LOAN(*line.ids))
    earned = limit_of(terms, line.ids, points)
    lost = max(limit_of(terms, line.ids, line.points) - earned, 0)
    allowed = max(line.allowed - lost, min(line.allowed, max(earned, line.decided)))
    limit = min(line.limit, max(allowed, drawn))
    return evolve(line, limit=limit, allowed=allowed, points=points if lost else line.points)


def follow(books: Books, terms: CreditTerms, line: Line) -> tuple[Transaction, ...]:
    """The limit in step with the points: risen where they may raise it, or fallen; nothing where it stays."""
    now = fallen(books, terms, line)
    if now.automatic and (earned := _earned(books, terms, line)) > now.allowed:
        points = _points(books, line)
        now = evolve(now, limit=max(now.limit, earned), allowed=earned, points=points)
    return (_moved(books, terms, line, now),) if now != line else ()


def _changed(books: Books, terms: CreditTerms, line: Line, limit: int) -> Transaction:
    """Another limit, as it is decided today."""
    return _moved(books, terms, line, evolve(line, limit=limit, allowed=limit, points=_points(books, line)))


def _moved(books: Books, terms: CreditTerms, line: Line, now: Line) -> Transaction:
    voucher = PROGRAMMES.voucher(books, terms, line.ids[0])
    move_undrawn(voucher, line.ids, now.limit - line.limit)
    if now.limit > line.limit:
        voucher.notify(
            line.holder, "limit-raised", f"credit-{line.ids[0]}", limit=str(Amount(now.limit, terms.unit))
        )
    voucher.keep(now)
    return voucher.transaction("limit", f"limit of {line.holder}")
