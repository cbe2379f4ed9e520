"""Limits (额度): they rise with points, fall only by decision, and never below what is drawn.

| operation | debit | credit | amount |
| --- | --- | --- | --- |
| raise, at the close too | undrawn | undrawn-contra | what the points give more |
| lower by decision | undrawn-contra | undrawn | the difference |

>>> LimitBelowDrawn("c001", 100_00, 99_99, 50_000_00, "CNY/2").code
'limit_below_drawn'
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from attrs import define, evolve, frozen

from bankcore.amounts import Amount
from bankcore.errors import ProductRejection
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Transaction
from bankcore.product import fields
from bankcore.product.actor import Role
from bankcore.product.parties import acting_for
from bankcore.product.plan import Plan
from bankcore.product.product import Noun
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

__all__ = ["LimitBelowDrawn", "NothingToRaise", "RaiseLimit", "SetLimit"]

noun = Noun(__name__)


# --- refusals ---------------------------------------------------------------------------------------


@define
class LimitBelowDrawn(ProductRejection):
    sentence = "{holder} has drawn {drawn}; a limit of {limit} is not between that and {cap}"
    quantities = ("drawn", "limit", "cap")
    holder: str
    drawn: int
    limit: int
    cap: int
    unit: str = ""


@define
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
    """Decide on a limit; points raise it on their own again only if that is said (调整额度)."""

    may: ClassVar[Mapping[Role, str]] = OFFICER
    limit: Amount = fields.amount("the new limit", least=0)
    card: str = fields.id_("the consumer's card", "")
    provider: str = fields.id_("the provider, for a line of a provider", "")
    automatic: bool = fields.flag("whether points go on raising it")


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
    """Another limit by decision.  Refuses: UnitMismatch, LineUnknown, LimitBelowDrawn."""
    limit, line = terms.minor_units(command.limit), line_at(books, command.line)
    drawn = books.balance(LOAN(*line.ids))
    if not drawn <= limit <= terms.cap:
        raise LimitBelowDrawn(line.holder, drawn, limit, terms.cap, terms.unit)
    return Plan((_changed(books, terms, evolve(line, automatic=command.automatic), limit),))


def rise(books: Books, terms: CreditTerms, line: Line) -> tuple[Transaction, ...]:
    """The rise that points give today; none for who left or where the limit was decided on otherwise."""
    if not line.automatic:
        return ()
    try:
        limit = limit_of(terms, line.ids, points_of(books, line.ids))
    except HolderUnknown:
        return ()
    return (_changed(books, terms, line, limit),) if limit > line.limit else ()


def _changed(books: Books, terms: CreditTerms, line: Line, limit: int) -> Transaction:
    voucher = PROGRAMMES.voucher(books, terms, line.ids[0])
    move_undrawn(voucher, line.ids, limit - line.limit)
    voucher.keep(evolve(line, limit=limit))
    return voucher.transaction("limit", f"limit of {line.holder}")
