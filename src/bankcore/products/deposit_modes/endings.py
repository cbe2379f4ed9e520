"""Ending a mode early (提前终止), by its rule: what it comes to, shown before, and done.

| operation | debit | credit | amount |
| --- | --- | --- | --- |
| end | mode, accrued, interest expense | demand account | principal, and interest at the demand rate |
| | demand account | fee income | the fee discounts used, if they are clawed back |

>>> Ending(20_000_00, kept=124_17, interest=29_17, clawed_back=36_68).cost
13168
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from attrs import frozen

from bankcore.amounts import Amount
from bankcore.ledger.books import Books
from bankcore.product import chart, fields
from bankcore.product.accruals import pay_interest
from bankcore.product.actor import Role
from bankcore.product.parties import acting_for
from bankcore.product.plan import Plan
from bankcore.product.product import Noun
from bankcore.product.refusals import TermsMoved
from bankcore.product.voucher import Voucher
from bankcore.products.deposit_modes.agreed import agreed_so_far, withdraw_agreement
from bankcore.products.deposit_modes.deposits import keep_idle, live, take_back
from bankcore.products.deposit_modes.interest import ACCRUED, accrued_of, noticed
from bankcore.products.deposit_modes.lots import check_no_claims
from bankcore.products.deposit_modes.memberships import end, used
from bankcore.products.deposit_modes.modes import Mode, OfMode, every_mode, mode_in, money, write_mode
from bankcore.products.deposit_modes.receipts import stop_receipts
from bankcore.products.deposit_modes.terms import Interest
from bankcore.products.enterprise.programmes import PROGRAMMES, EnterpriseTerms
from bankcore.rates import round_half_up
from bankcore.tables import Table

__all__ = ["EndMode"]

noun = Noun(__name__)


@frozen
class Ending:
    """What ending a mode today comes to; minor units.

    `kept` is what the money has earned so far if it stays, `interest` what ending pays instead,
    `clawed_back` the fee discounts used.
    """

    principal: int
    kept: int
    interest: int
    clawed_back: int

    @property
    def cost(self) -> int:
        """What is lost by ending."""
        return self.kept - self.interest + self.clawed_back


def ending(books: Books, mode: Mode) -> Ending:
    """What ending an open mode today comes to."""
    terms, today, clawed_back = mode.terms, books.today, used(books, mode)
    kept = plain = mode.kept.earned
    if terms.interest is Interest.NOTICE:
        kept += noticed(mode, today)
        plain += sum(lot.earned(lot.amount, terms.demand_rate, today) for lot in mode.kept.lots)
    if terms.interest is Interest.AGREED:
        kept, plain = agreed_so_far(books, mode.enterprise)
    if terms.interest is Interest.TERM:
        held = live(books, mode)
        kept += sum(max(it.stands(terms, today), it.pays(terms, today)) for it in held)
        plain += sum(it.pays(terms, today) for it in held)
        clawed_back = 0 if all(it.is_mature(today) for it in held) else clawed_back
    credited = mode.kept.credited
    stays, leaves = (round_half_up(it) - credited for it in (kept, plain))
    return Ending(mode.balance, stays, leaves, clawed_back)


# --- the command and its rule -----------------------------------------------------------------------


@frozen
class EndMode(OfMode):
    """End a mode early by its rule, at the cost that the report of endings shows (提前终止)."""

    cost: Amount = fields.amount("the cost that was shown; refused if it is another by now", least=0)


@noun.rule(EndMode)
def end_mode(terms: EnterpriseTerms, command: EndMode, books: Books) -> Plan:
    """End a mode today: everything to the demand account, with interest at the demand rate.

    Entitlements run on until they expire.  Refuses, in this order: NotFound, ModeClosed, ClaimOpen,
    UnitMismatch, TermsMoved where another cost was seen, and the demand account's floor where more is
    clawed back than there is.
    """
    acting_for(books, command.enterprise)
    voucher = PROGRAMMES.voucher(books, terms, command.programme)
    mode = mode_in(voucher, command.enterprise, command.mode)
    check_no_claims(mode)
    found = ending(books, mode)
    cost = Amount(found.cost, terms.unit)
    if terms.minor_units(command.cost) != found.cost:
        raise TermsMoved(f"ending mode {mode.code} of {mode.enterprise}", str(cost), str(command.cost))
    _pay(voucher, mode, found)
    take_back(voucher, mode, *live(books, mode))
    if mode.terms.interest is Interest.AGREED:
        withdraw_agreement(voucher, mode)
    stop_receipts(voucher, mode)
    keep_idle(voucher, mode, on=False)
    end(voucher, mode, claw_back=bool(found.clawed_back))
    gone: dict[str, Any] = {"lots": (), "earned": Fraction(0), "credited": 0, "release_due": None}
    write_mode(voucher, mode, "end", -mode.balance, ended_on=books.today, **gone)
    return voucher.plan("end-mode", f"{mode.enterprise} ends mode {mode.code}, at a cost of {cost}")


def _pay(voucher: Voucher, mode: Mode, found: Ending) -> None:
    """Principal and interest less the discounts; what they exceed it by the demand account pays."""
    path, net = ACCRUED(*mode.ids), found.principal + found.interest - found.clawed_back
    paid = {mode.path: -found.principal, chart.FEE_INCOME(): found.clawed_back, mode.demand: net}
    pay_interest(voucher, path, accrued_of(voucher.books, path), paid)


@noun.report("endings", own={Role.CUSTOMER: "enterprise"})
def endings(books: Books) -> Table:
    """What ending each open mode today would pay, and cost."""
    rows = []
    for mode in every_mode(books):
        if mode.is_open:
            it = ending(books, mode)
            parts = (it.principal, it.interest, it.clawed_back, it.cost)
            rows.append((*mode.ids, *(money(mode, part) for part in parts)))
    columns = ("programme", "enterprise", "mode", "principal", "interest", "clawed back", "cost")
    return Table("Early ends", columns, tuple(rows))
