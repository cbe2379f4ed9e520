"""Exits (提前支取): one share, or a part of it, leaves an open certificate at the demand rate.

| operation | debit | credit | amount |
| --- | --- | --- | --- |
| exit | share | demand account | what is taken |
| | interest | demand account, withholding tax | the demand rate on it |
| | interest | interest expense | what had accrued on it above that |

What stays has to keep the rate's tier; a share can be sold instead.

>>> TierBreach("k", 6_000_00, 10_000_00).code
'tier_breach'
"""

from __future__ import annotations

from attrs import evolve, frozen

from bankcore.amounts import Amount
from bankcore.errors import BalanceFloorBreached, ProductRejection
from bankcore.ledger.books import Books
from bankcore.product import chart, fields
from bankcore.product.actor import Role
from bankcore.product.parties import acting_for
from bankcore.product.plan import Plan
from bankcore.product.product import Noun
from bankcore.products.certificate.certificates import accrue
from bankcore.products.certificate.config import EarlyExit
from bankcore.products.certificate.openings import INTEREST
from bankcore.products.certificate.orders import Order, amounts, orders_of
from bankcore.products.certificate.programmes import PROGRAMMES, CertificateTerms
from bankcore.products.certificate.shares import SHARE, OfParticipant, ShareState, shares_of, the_share
from bankcore.rates import Accrual, round_half_up
from bankcore.tables import Table

__all__ = ["Exit", "ExitForbidden", "ExitUsed", "TierBreach"]

noun = Noun(__name__)


# --- refusals -----------------------------------------------------------------------------------------


class ExitForbidden(ProductRejection):
    sentence = "order {order} was agreed to without early exits"
    order: str


class ExitUsed(ProductRejection):
    sentence = "{participant} has used all {exits} exits"
    participant: str
    exits: int


class TierBreach(ProductRejection):
    """What stays has to keep its rate; a share can be sold instead."""

    sentence = "certificate {order} would be left with {remainder}, its rate needs {least}"
    quantities = ("remainder", "least")
    order: str
    remainder: int
    least: int
    unit: str = ""


# --- the command and its rule -------------------------------------------------------------------------


@frozen
class Exit(OfParticipant):
    """Withdraw from an open certificate at the demand rate (提前支取)."""

    participant: str = fields.id_("the party that withdraws")
    amount: Amount | None = fields.amount("a part of the share; all of it if not given", default=None)


@noun.rule(Exit)
def exit_share(terms: CertificateTerms, command: Exit, books: Books) -> Plan:
    """Pay a share, or a part of it, with demand interest out of what it had accrued.

    Refuses, in this order: PartySuspended for who acts for the participant, NotFound, OrderClosed,
    NotConfirmed, ShareFrozen, ExitForbidden, ExitUsed, UnitMismatch, BalanceFloorBreached, TierBreach; the
    ledger what the current account does not take.
    """
    today, person = books.today, command.participant
    acting_for(books, person)
    it = Order.existing(books, command.programme, command.order).running(today)
    share = the_share(books, it, person, ShareState.SHARE)
    share.check_free()
    if it.config.early_exit is EarlyExit.FORBID:
        raise ExitForbidden(it.name)
    if share.exits >= it.config.exits:
        raise ExitUsed(person, it.config.exits)
    amount = terms.minor_units(command.amount) if command.amount else share.amount
    if amount > share.amount:
        raise BalanceFloorBreached(SHARE(*share.ids), share.amount, 0, 0, amount, terms.unit)
    left, least = it.principal - amount, max(it.floor, terms.min_opening)
    if left < least:
        raise TierBreach(it.name, left, least, terms.unit)
    accrual, payable = accrue(books, terms, it, today)
    released = payable - round_half_up(it.earned(left, today))
    exact = it.term.paid(amount, terms.demand_rate, today)
    early, earned = (share.early or Accrual()).add(exact).post()
    taxed, tax = share.taxed(terms, earned)
    gone = evolve(
        taxed,
        state=ShareState.EXITED if amount == share.amount else ShareState.SHARE,
        amount=share.amount - amount,
        exits=share.exits + 1,
        offer=None,
        early=early,
        paid=share.paid + earned,
        cost=share.cost + released - earned,
    )
    voucher = PROGRAMMES.voucher(books, terms, it.id)
    voucher.post(
        debit={SHARE(*share.ids): amount, INTEREST(*it.ids): released},
        credit={
            chart.DEMAND(person): amount + earned - tax,
            chart.WITHHOLDING_TAX(): tax,
            chart.INTEREST_EXPENSE(): released - earned,
        },
    )
    voucher.keep(gone, evolve(it, principal=left))
    if not gone.amount:
        voucher.put(*share.freed(books))
    return Plan((*accrual, voucher.transaction("exit", f"{person} exits from {it.name}")))


# --- reports ------------------------------------------------------------------------------------------


@noun.report("early-exits", {Role.CUSTOMER: "participant"})
def list_early_exits(books: Books) -> Table:
    """What early exits cost those who left: interest accrued less interest paid."""
    rows = (
        (*order.ids, share.participant, share.exits, *amounts(terms, share.paid, share.cost))
        for terms, order in orders_of(books)
        for share in shares_of(books, order)
        if share.exits
    )
    columns = ("programme", "certificate", "participant", "exits", "interest paid", "interest lost")
    return Table("Early exits", columns, tuple(rows))
