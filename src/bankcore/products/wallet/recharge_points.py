"""Recharge points (充值点): the counters of an operator that take cash for recharges.

Each has a cash due of its own, up to a cap, and the operator pays it in by itself.  While a programme has
points, every recharge names one; without points the cash is the operator's own counter's.

| account | what it holds |
| --- | --- |
| cash-due of a point | memorandum: cash that the point took for recharges and the operator has not paid in |

>>> PointFull("north", 5_100_00, 5_000_00).code
'point_full'
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import ClassVar

from attrs import evolve, frozen

from bankcore.amounts import Amount
from bankcore.errors import ProductRejection
from bankcore.ledger.accounts import AccountPath, Side
from bankcore.ledger.books import Books
from bankcore.product import chart, fields
from bankcore.product.actor import Role
from bankcore.product.facts import Facts
from bankcore.product.parties import acting_for
from bankcore.product.plan import Plan
from bankcore.product.product import Noun
from bankcore.product.refusals import AlreadyTaken
from bankcore.products.wallet.programmes import (
    CASH_DUE,
    CASH_DUE_CONTRA,
    OPERATOR,
    PROGRAMMES,
    OfProgramme,
    WalletTerms,
    WalletVoucher,
    amounts,
)
from bankcore.tables import Table

__all__ = [
    "ChangeCap", "ClosePoint", "PointClosed", "PointFull", "PointNeeded", "PointOwes", "RegisterPoint",
]  # fmt: skip

noun = Noun(__name__)
DUE = chart.memorandum("wallet:{programme}:cash-due:{point}")
DUE_CONTRA = chart.memorandum("wallet:{programme}:cash-due-contra:{point}", Side.CREDIT)


# --- facts ------------------------------------------------------------------------------------------


@frozen(kw_only=True)
class RechargePoint(Facts):
    """A point, and the most cash that it may hold; one that was closed may be registered again."""

    KIND: ClassVar = "wallet.recharge-point"  # programme:point
    registered_on: date
    cap: int
    closed_on: date | None = None


def open_point(books: Books, programme: str, point: str) -> RechargePoint:
    """A point that takes recharges; raises NotFound, PointClosed."""
    found = RechargePoint.existing(books, programme, point)
    if found.closed_on:
        raise PointClosed(point)
    return found


def open_points(books: Books, programme: str) -> list[str]:
    """The points that take recharges."""
    return [it.ids[1] for it in RechargePoint.every(books, programme) if it.closed_on is None]


def due_pair(programme: str, point: str) -> tuple[AccountPath, AccountPath]:
    """The accounts of the cash due of a point, or with none of the operator's own counter."""
    if point:
        return DUE(programme, point), DUE_CONTRA(programme, point)
    return CASH_DUE(programme), CASH_DUE_CONTRA(programme)


def all_due(books: Books, programme: str) -> int:
    """The cash due of the operator's own counter and of all points."""
    return sum(due for _, due in books.balances(CASH_DUE(programme)))


def check_room(books: Books, terms: WalletTerms, programme: str, point: str, amount: int) -> None:
    """Whether a point may take so much cash more; raises PointNeeded, NotFound, PointClosed, PointFull."""
    if not point:
        for open_ in open_points(books, programme):
            raise PointNeeded(programme, open_)
        return
    cap, due = open_point(books, programme, point).cap, books.balance(DUE(programme, point)) + amount
    if due > cap:
        raise PointFull(point, due, cap, terms.unit)


class PointClosed(ProductRejection):
    sentence = "recharge point {point} is closed"
    point: str


class PointFull(ProductRejection):
    """The operator has to pay in what the point holds first."""

    sentence = "recharge point {point} would hold {cash_due} of cash not paid in, its cap is {cap}"
    quantities = ("cash_due", "cap")
    point: str
    cash_due: int
    cap: int
    unit: str = ""


class PointNeeded(ProductRejection):
    """A recharge without a point would pass the caps of the points."""

    sentence = "programme {programme} has recharge points, such as {point}: a recharge names one"
    programme: str
    point: str


class PointOwes(ProductRejection):
    sentence = "recharge point {point} has {cash_due} of cash not paid in"
    quantities = ("cash_due",)
    point: str
    cash_due: int
    unit: str = ""


# --- commands and their rules -----------------------------------------------------------------------


@frozen
class RegisterPoint(OfProgramme):
    """Register a recharge point, or one again that was closed (登记充值点)."""

    point: str = fields.id_("id of the point")
    cap: Amount = fields.amount("the most cash that it may hold before it is paid in")


@frozen
class ChangeCap(OfProgramme):
    """Change the most cash that a recharge point may hold (调整充值点限额)."""

    point: str = fields.id_("id of the point")
    cap: Amount = fields.amount("the most cash that it may hold before it is paid in")


@frozen
class ClosePoint(OfProgramme):
    """Close a recharge point whose cash is paid in (关闭充值点)."""

    may: ClassVar[Mapping[Role, str]] = {Role.OPERATOR: "programme", Role.OFFICER: ""}
    point: str = fields.id_("id of the point")


@noun.rule(RegisterPoint)
def register_point(terms: WalletTerms, command: RegisterPoint, books: Books) -> Plan:
    """Open the point's cash due.

    Refuses, in this order: UnitMismatch, PartySuspended for who acts for the operator, AlreadyTaken.
    """
    programme, point, cap = command.programme, command.point, terms.minor_units(command.cap)
    acting_for(books, programme)
    known = RechargePoint.find(books, programme, point)
    voucher, on = WalletVoucher(books, terms, programme), books.today
    if known is None:
        voucher.open(
            *(
                it.account(programme, point, unit=terms.unit, on=on, party=programme)
                for it in (DUE, DUE_CONTRA)
            )
        )
        voucher.keep(RechargePoint(id=f"{programme}:{point}", registered_on=on, cap=cap))
    elif known.closed_on is None:
        raise AlreadyTaken("recharge-point", point)
    else:
        for path in due_pair(programme, point):
            voucher.reopen(path, f"recharge point {point} is registered again")
        voucher.keep(evolve(known, registered_on=on, cap=cap, closed_on=None))
    return voucher.plan("register-point", f"register recharge point {point}")


@noun.rule(ChangeCap)
def change_cap(terms: WalletTerms, command: ChangeCap, books: Books) -> Plan:
    """The new cap holds for the next recharge; what the point has already stays.

    Refuses, in this order: UnitMismatch, PartySuspended for who acts for the operator, NotFound, PointClosed.
    """
    cap = terms.minor_units(command.cap)
    acting_for(books, command.programme)
    point = open_point(books, command.programme, command.point)
    voucher = WalletVoucher(books, terms, command.programme)
    voucher.keep(evolve(point, cap=cap))
    return voucher.plan("change-cap", f"recharge point {command.point} may hold {command.cap}")


@noun.rule(ClosePoint)
def close_point(terms: WalletTerms, command: ClosePoint, books: Books) -> Plan:
    """Close the point's cash due.

    Refuses, in this order: PartySuspended for who acts for the operator, NotFound, PointClosed, PointOwes.
    """
    programme, point = command.programme, command.point
    acting_for(books, programme)
    found = open_point(books, programme, point)
    if due := books.balance(DUE(programme, point)):
        raise PointOwes(point, due, terms.unit)
    voucher = WalletVoucher(books, terms, programme)
    for path in due_pair(programme, point):
        voucher.close(path, f"recharge point {point} closed")
    voucher.keep(evolve(found, closed_on=books.today))
    return voucher.plan("close-point", f"close recharge point {point}")


# --- reports ----------------------------------------------------------------------------------------


@noun.report("recharge-points", OPERATOR)
def list_points(books: Books) -> Table:
    """Recharge points: the cap of each, the cash not paid in, and what it may still take."""
    rows = []
    for programme, terms in PROGRAMMES.offered(books):
        for it in RechargePoint.every(books, programme):
            due = books.balance(DUE(*it.ids))
            money = amounts(terms, it.cap, due, max(it.cap - due, 0))
            rows.append((*it.ids, it.registered_on, *money, it.closed_on))
    columns = ("programme", "point", "since", "cap", "cash due", "room", "closed on")
    return Table("Recharge points", columns, tuple(rows))
