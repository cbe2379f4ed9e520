"""Ending a mode early (提前终止), by its rule: what it comes to, shown before, and done.

| operation | debit | credit | amount |
| --- | --- | --- | --- |
| end | mode, interest expense | demand account | principal, and interest at the demand rate |
| | demand account | fee income | the fee discounts used, if they are clawed back |

>>> str(CostChanged(12_00, 10_00, "CNY/2"))
'ending costs 12.00 CNY now, not 10.00 CNY'
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import attrs
from attrs import define, frozen

from bankcore.amounts import Amount
from bankcore.errors import BadCommand, ProductRejection
from bankcore.ledger.books import Books
from bankcore.product import chart
from bankcore.product.interest import at_rate
from bankcore.product.plan import Plan
from bankcore.product.product import Noun
from bankcore.product.voucher import Voucher
from bankcore.products.deposit_modes.agreed import agreed_so_far, withdraw_agreement
from bankcore.products.deposit_modes.deposits import keep_idle, live
from bankcore.products.deposit_modes.lots import check_no_claims
from bankcore.products.deposit_modes.memberships import end, used
from bankcore.products.deposit_modes.modes import Mode, OfMode, every_mode, mode_in, money, write_mode
from bankcore.products.deposit_modes.terms import Interest
from bankcore.products.enterprise.programmes import PROGRAMMES, EnterpriseTerms
from bankcore.rates import round_half_up
from bankcore.tables import Table

__all__ = ["CostChanged", "EndMode"]

noun = Noun(__name__)


@define
class CostChanged(ProductRejection):
    sentence = "ending costs {cost} now, not {agreed}"
    quantities = ("cost", "agreed")
    cost: int
    agreed: int
    unit: str = ""


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
    terms, today = mode.terms, books.today
    kept = plain = mode.kept.earned
    if terms.interest is Interest.NOTICE:
        kept += sum(at_rate(amount, terms.notice_rate, day, today) for day, amount in mode.kept.lots)
        plain += sum(at_rate(amount, terms.demand_rate, day, today) for day, amount in mode.kept.lots)
    if terms.interest is Interest.AGREED:
        kept, plain = agreed_so_far(books, mode.enterprise)
    if terms.interest is Interest.TERM:
        held = live(books, mode)
        left = sum(it.pays(terms, today) for it in held)
        earned = sum(max(round_half_up(it.by_term(today)), it.pays(terms, today)) for it in held)
        is_early = not all(it.is_mature(today) for it in held)
        return Ending(mode.balance, earned, left, used(books, mode) if is_early else 0)
    return Ending(mode.balance, round_half_up(kept), round_half_up(plain), used(books, mode))


# --- the command and its rule -----------------------------------------------------------------------


def _check_cost(_: Any, it: attrs.Attribute[Any], value: Any) -> None:
    if value is not None and not isinstance(value, Amount):
        raise BadCommand(it.name, f"an Amount is needed, not {type(value).__name__}")


@frozen
class EndMode(OfMode):
    """End a mode early by its rule; a preview shows the cost (提前终止)."""

    cost: Amount | None = attrs.field(
        validator=_check_cost,
        default=None,
        metadata={"help": "the cost that was shown; refused if it is another by now"},
    )


@noun.rule(EndMode)
def end_mode(terms: EnterpriseTerms, command: EndMode, books: Books) -> Plan:
    """End a mode today: everything to the demand account, with interest at the demand rate.

    Entitlements run on until they expire.  Refuses, in this order: NotFound, ModeClosed, ClaimOpen,
    UnitMismatch, CostChanged where another cost was agreed to, and the demand account's floor where
    more is clawed back than there is.
    """
    voucher = PROGRAMMES.voucher(books, terms, command.programme)
    mode = mode_in(voucher, command.enterprise, command.mode)
    check_no_claims(mode)
    found = ending(books, mode)
    agreed = found.cost if command.cost is None else terms.minor_units(command.cost)
    if agreed != found.cost:
        raise CostChanged(found.cost, agreed, terms.unit)
    _pay(voucher, mode, found)
    voucher.keep(*(it.paid(mode.terms, books.today) for it in live(books, mode)))
    if mode.terms.interest is Interest.AGREED:
        withdraw_agreement(voucher, mode)
    keep_idle(voucher, mode, on=False)
    end(voucher, mode, claw_back=bool(found.clawed_back))
    gone: dict[str, Any] = {"lots": (), "earned": Fraction(0), "release_due": None}
    write_mode(voucher, mode, "end", -mode.balance, ended_on=books.today, **gone)
    cost = Amount(found.cost, terms.unit)
    return voucher.plan("end-mode", f"{mode.enterprise} ends mode {mode.code}, at a cost of {cost}")


def _pay(voucher: Voucher, mode: Mode, found: Ending) -> None:
    """Principal and interest less the discounts; what they exceed it by the demand account pays."""
    net = found.principal + found.interest - found.clawed_back
    voucher.post(
        {mode.path: found.principal, chart.INTEREST_EXPENSE(): found.interest, mode.demand: max(-net, 0)},
        {mode.demand: max(net, 0), chart.FEE_INCOME(): found.clawed_back},
    )


@noun.report("endings")
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
