"""Drawings (提款): interest up to the day is posted first, then the money moves.

| operation | debit | credit | amount |
| --- | --- | --- | --- |
| draw | loan; undrawn-contra | demand account; undrawn | at most what is undrawn |

>>> LimitExceeded("c001", 100_00, 100_01, "CNY/2").code
'limit_exceeded'
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import ClassVar

from attrs import evolve, frozen

from bankcore.amounts import Amount
from bankcore.errors import ProductRejection
from bankcore.ledger.books import Books
from bankcore.product import fields, records
from bankcore.product.actor import Role
from bankcore.product.deferrals import deferred
from bankcore.product.parties import account_of, acting_for, identified_party
from bankcore.product.plan import Attempt, Plan, Step
from bankcore.product.product import Noun, Phase
from bankcore.product.refusals import OverdueBlock
from bankcore.products.credit.limits import fallen, follow
from bankcore.products.credit.lines import (
    DUE,
    HOLDER,
    INTEREST,
    LOAN,
    REMINDER,
    Line,
    OfLine,
    binding,
    line_at,
    move_undrawn,
    points_of,
    post_interest,
)
from bankcore.products.credit.programmes import PROGRAMMES, CreditTerms, Posting, Tariff, tariff_of
from bankcore.products.credit.stands import Stand

__all__ = ["Draw", "LimitExceeded"]

noun = Noun(__name__)


# --- refusals ---------------------------------------------------------------------------------------


class LimitExceeded(ProductRejection):
    sentence = "{holder} may draw {undrawn}, {amount} asked"
    quantities = ("undrawn", "amount")
    holder: str
    undrawn: int
    amount: int
    unit: str = ""


# --- commands and their rules -----------------------------------------------------------------------


@frozen
class Draw(OfLine):
    """Draw on a credit line, to the demand account (提款)."""

    may: ClassVar[Mapping[Role, str]] = HOLDER
    amount: Amount = fields.amount("what is drawn")
    card: str = fields.id_("the consumer's card", "")
    provider: str = fields.id_("the provider, for a line of a provider", "")


@noun.rule(Draw)
def draw(terms: CreditTerms, command: Draw, books: Books) -> Plan:
    """Loan to the demand account; a first drawing fixes the due date of all that follow, that day's too.

    A limit that the points no longer give falls first.  What is drawn binds its holder until all is repaid.
    Refuses, in this order: UnitMismatch, LineUnknown, PartySuspended for who acts for the holder,
    HolderUnknown, PartyErased, PartySuspended, NoCurrentAccount, OverdueBlock, LimitExceeded.
    """
    amount, line, ids = terms.minor_units(command.amount), line_at(books, command.line), command.line
    acting_for(books, line.holder)
    points_of(books, ids)
    account = account_of(books, identified_party(books, line.holder).id)
    principal = books.balance(LOAN(*ids))
    charged = line.charged
    before, line = line.limit, fallen(books, terms, line)
    if line.days_overdue(books.today):
        owed = Amount(principal, terms.unit)
        raise OverdueBlock("line", line.holder, f"{owed} was due on {line.due_on}, nothing more is drawn")
    if amount > line.limit - principal:
        raise LimitExceeded(line.holder, line.limit - principal, amount, terms.unit)
    line, posted = post_interest(books, terms, line.accrued(tariff_of(books, ids[0]), principal, books.today))
    voucher = PROGRAMMES.voucher(books, terms, ids[0])
    voucher.move(LOAN(*ids), account, amount)
    move_undrawn(voucher, ids, line.limit - before - amount)
    binding(voucher, line, bool(principal), True)
    if line.due_on is None:
        due_on = terms.due_on(books.today)
        line = evolve(line, due_on=due_on)
        voucher.put(DUE.note(books, ids[0], ":".join(ids[1:]), due_on))
        voucher.put(REMINDER.note(books, ids[0], ":".join((*ids[1:], str(due_on))), due_on))
    owing = books.balance(INTEREST(*ids)) + line.charged - charged
    voucher.keep(line, Stand.after(books, line, principal + amount, owing, "draw", amount))
    return Plan((*posted, voucher.transaction("draw", f"drawing of {line.holder}")))


# --- the close of a day -----------------------------------------------------------------------------


@noun.daily(Phase.ACCRUAL)
def close_lines(books: Books, day: date) -> Iterator[Step]:
    """Interest accrues and limits rise with points, a page of lines to a step."""
    for programme in PROGRAMMES.ids(books):
        terms, tariff = PROGRAMMES.today(books, programme), tariff_of(books, programme)
        for page in records.pages(books, Line.KIND, programme):
            ids = [record.id for record in page]
            yield Step(f"{programme}/lines/{ids[0].replace(':', '/')}", _serve(terms, tariff, ids, day))


def _serve(terms: CreditTerms, tariff: Tariff, ids: Sequence[str], day: date) -> Callable[[Books], Plan]:
    def rule(books: Books) -> Plan:
        attempts = (_closed(terms, tariff, Line.existing(books, *it.split(":")), day, books) for it in ids)
        return Plan(tuple(it for attempt in attempts for it in attempt))

    return rule


def _closed(terms: CreditTerms, tariff: Tariff, line: Line, day: date, books: Books) -> Iterator[Attempt]:
    """What the close does to one line; where the ledger refuses, the sums catch up on a later day."""
    accrued, next_day = line, day + timedelta(days=1)
    if line.due_on is not None and (terms.posting is Posting.DAILY or line.since < line.due_on <= day):
        until = next_day if terms.posting is Posting.DAILY else line.due_on
        accrued = line.accrued(tariff, books.balance(LOAN(*line.ids)), until)
    after, posted = post_interest(books, terms, accrued)
    if transactions := (*posted, *follow(books, terms, after)):
        programme, text = line.ids[0], f"credit line of {line.holder} waits"
        yield Attempt(transactions, deferred(books, "credit", "/".join(line.ids), text, agreement=programme))
