"""The reserve (备付金): the operator's money in it, how far it reaches, and its level at every close.

| operation | debit | credit | amount |
| --- | --- | --- | --- |
| fund | the operator's demand account | reserve | what the operator pays |
| pay in | the operator's demand account | reserve | offline cash, at most what is due |
| | cash-due-contra | cash-due of the point | the same |
| take out | reserve or service | the operator's demand account | above the threshold, with no cash due |

Cash itself comes in over the counter, on the operator's current account, before it is paid in here.

>>> ReserveFloor("mall", 1, 49_999_99, 50_000_00, 0).code
'reserve_floor'
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from functools import partial
from typing import ClassVar

from attrs import frozen

from bankcore.amounts import Amount
from bankcore.errors import ProductRejection
from bankcore.ledger.accounts import AccountPath
from bankcore.ledger.books import Books
from bankcore.product import chart, fields
from bankcore.product.actor import Role
from bankcore.product.facts import Facts, kept
from bankcore.product.parties import acting_for
from bankcore.product.plan import Plan, Step
from bankcore.product.product import Noun, Phase
from bankcore.products.wallet.clients import OWED, OWED_CONTRA, holdings
from bankcore.products.wallet.monitor import Swept, draw_at_close, due_sweep, sweep_at_close
from bankcore.products.wallet.programmes import (
    OPERATOR,
    PROGRAMMES,
    RESERVE,
    SERVICE,
    OfProgramme,
    SweepMode,
    WalletTerms,
    WalletVoucher,
    amounts,
    running,
)
from bankcore.products.wallet.recharge_points import all_due, due_pair, open_point
from bankcore.tables import Table

__all__ = ["FundReserve", "NothingToSweep", "PayIn", "ReserveFloor", "Sweep", "TakeOut"]

noun = Noun(__name__)


@frozen(kw_only=True)
class Level(Facts):
    """How far reserve and service fund reached at a close, by versions; `short` is below the threshold."""

    KIND: ClassVar = "wallet.reserve"  # programme
    on: date
    reserve: int
    threshold: int
    service: int
    short: bool


@frozen(kw_only=True)
class Flow(Facts):
    """Money that the operator moved in or out, by versions; its record keeps the entry from being reversed.

    A reversal would pass the floor of the reserve and skip its monitor: the operator takes out, or pays in.
    """

    KIND: ClassVar = "wallet.flow"  # programme
    on: date
    what: str  # fund, pay-in or take-out
    amount: int
    point: str | None = kept(None, absent=True)


class ReserveFloor(ProductRejection):
    """Money leaves the programme only above the threshold and with all offline cash paid in."""

    sentence = (
        "taking {amount} would leave {left} in the reserve of {programme}: "
        "threshold {threshold}, cash not yet paid in {cash_due}"
    )
    quantities = ("amount", "left", "threshold", "cash_due")
    programme: str
    amount: int
    left: int
    threshold: int
    cash_due: int
    unit: str = ""


class NothingToSweep(ProductRejection):
    sentence = "no sweep: reserve {reserve}, threshold {threshold}, service fund {service}"
    quantities = ("reserve", "threshold", "service")
    reserve: int
    threshold: int
    service: int
    unit: str = ""


# --- commands and their rules -----------------------------------------------------------------------


@frozen
class FundReserve(OfProgramme):
    """Pay money from the operator's current account into the reserve (注入备付金)."""

    may: ClassVar[Mapping[Role, str]] = {Role.OPERATOR: "programme", Role.OFFICER: ""}
    amount: Amount = fields.amount("money paid into the reserve")


@frozen
class PayIn(OfProgramme):
    """Pay the cash taken offline, now on the operator's current account, into the reserve (缴存现金)."""

    may: ClassVar[Mapping[Role, str]] = {Role.OPERATOR: "programme", Role.OFFICER: ""}
    amount: Amount = fields.amount("cash paid in, at most what is due")
    point: str = fields.id_(
        "the recharge point that took it; the operator's own counter if not given", default=""
    )


@frozen
class TakeOut(OfProgramme):
    """Take the operator's own money out of the programme, to its current account (提取资金)."""

    amount: Amount = fields.amount("money taken out")
    source: str = fields.choice("where it comes from", ("reserve", "service"), "reserve")


@frozen
class Sweep(OfProgramme):
    """Run the monitor now: fill a low reserve from the service fund (划转服务金)."""

    may: ClassVar[Mapping[Role, str]] = {Role.OPERATOR: "programme", Role.OFFICER: ""}


@noun.rule(FundReserve)
def fund_reserve(terms: WalletTerms, command: FundReserve, books: Books) -> Plan:
    """Demand account to reserve.  Refuses: UnitMismatch, PartySuspended for who acts for the operator."""
    amount, programme = terms.minor_units(command.amount), command.programme
    voucher = WalletVoucher(books, terms, programme)
    voucher.move(_account(books, programme), RESERVE(programme), amount)
    _note(voucher, "fund", amount)
    return voucher.plan("fund", f"fund the reserve of {programme}")


@noun.rule(PayIn)
def pay_in(terms: WalletTerms, command: PayIn, books: Books) -> Plan:
    """Demand account to reserve; the floor of cash due refuses more than is due.

    Refuses, in this order: UnitMismatch, PartySuspended for who acts for the operator, NotFound or
    PointClosed for the point.
    """
    amount, programme, point = terms.minor_units(command.amount), command.programme, command.point
    voucher = WalletVoucher(books, terms, programme)
    voucher.move(_account(books, programme), RESERVE(programme), amount)
    if point:
        open_point(books, programme, point)
    voucher.memo(*due_pair(programme, point)[::-1], amount)
    _note(voucher, "pay-in", amount, point)
    return voucher.plan("pay-in", f"{programme} pays in offline cash")


@noun.rule(TakeOut)
def take_out(terms: WalletTerms, command: TakeOut, books: Books) -> Plan:
    """Reserve or service fund to demand account.

    Refuses, in this order: UnitMismatch, ReserveFloor, PartySuspended for who acts for the operator.
    """
    programme, amount = command.programme, terms.minor_units(command.amount)
    reserve, due = books.balance(RESERVE(programme)), all_due(books, programme)
    from_reserve = command.source == "reserve"
    left = reserve - amount if from_reserve else reserve
    if left < terms.threshold or due:
        raise ReserveFloor(programme, amount, left, terms.threshold, due, terms.unit)
    voucher = WalletVoucher(books, terms, programme)
    voucher.move((RESERVE if from_reserve else SERVICE)(programme), _account(books, programme), amount)
    _note(voucher, "take-out", amount)
    return voucher.plan("take-out", f"{programme} takes money out of the {command.source}")


def _note(voucher: WalletVoucher, what: str, amount: int, point: str = "") -> None:
    books, on = voucher.books, voucher.books.today
    voucher.keep(Flow.anew(books, voucher.programme, on=on, what=what, amount=amount, point=point or None))


def _account(books: Books, programme: str) -> AccountPath:
    """The operator's current account; raises PartySuspended, PartyErased of who acts for the operator."""
    acting_for(books, programme)
    return chart.DEMAND(programme)


@noun.rule(Sweep)
def sweep(terms: WalletTerms, command: Sweep, books: Books) -> Plan:
    """Run the monitor on command.  Refuses: NothingToSweep."""
    swept = due_sweep(books, terms, command.programme)
    if swept is None:
        reserve, service = (books.balance(it(command.programme)) for it in (RESERVE, SERVICE))
        raise NothingToSweep(reserve, terms.threshold, service, terms.unit)
    return swept.plan(books, terms)


# --- the close of a day -----------------------------------------------------------------------------


@noun.daily(Phase.MONITOR)
def keep_levels(books: Books, day: date) -> Iterator[Step]:
    """The monitor a last time, then the levels of the day."""
    for programme in running(books):
        rules = [partial(it, programme=programme) for it in (sweep_at_close, draw_at_close, _level)]
        yield Step(f"{programme}/reserve", *rules)


def _level(books: Books, programme: str) -> Plan:
    terms, before = PROGRAMMES.today(books, programme), Level.find(books, programme)
    reserve, service = (books.balance(it(programme)) for it in (RESERVE, SERVICE))
    level = Level(
        id=programme,
        version=before.version if before else 0,
        on=books.today,
        reserve=reserve,
        threshold=terms.threshold,
        service=service,
        short=reserve < terms.threshold,
    )
    voucher = WalletVoucher(books, terms, programme)
    voucher.keep(level)
    if level.short:
        money = {"reserve": reserve, "threshold": terms.threshold, "service": service}
        told = {name: str(Amount(quantity, terms.unit)) for name, quantity in money.items()}
        voucher.notify(programme, "reserve-low", programme, **told)
    return voucher.plan("reserve", f"reserve of {programme} at the close")


# --- invariants and reports -------------------------------------------------------------------------


@noun.invariant("A1")
def cash_covers_claims(books: Books) -> Iterator[str]:
    """All that is owed equals the bank's cash, in a book where nothing but the wallet moves it."""
    roots: list[str] = []
    for programme in PROGRAMMES.ids(books):
        roots += due_pair(programme, "")
        roots += (it.root(programme) for it in (OWED, OWED_CONTRA))
    owed = cash = 0
    for path, balance in books.balances(""):
        if path == chart.CASH():
            cash = balance
        elif path.within("wallet") or path.within(chart.DEMAND.root()):
            owed += 0 if any(map(path.within, roots)) else balance
        elif balance:
            return
    if owed != cash:
        yield f"{owed} is owed, the cash is {cash}"


@noun.invariant("A5")
def sweeps_are_due(books: Books) -> Iterator[str]:
    """A sweep happens below the threshold only, out of what the service fund has, by the preset."""
    for programme in PROGRAMMES.ids(books):
        for swept in Swept.versions(books, programme):
            gap = swept.threshold - swept.reserve
            most = gap if swept.mode is SweepMode.TOP_UP else swept.preset * swept.times
            if gap <= 0 or not 0 < swept.amount <= min(most, swept.service):
                yield f"sweep {swept.version} of {programme}: {swept.data}"


@noun.report("reserve", OPERATOR)
def list_levels(books: Books) -> Table:
    """Reserve and service fund; days of cover by the average daily use of the reserve so far."""
    rows = []
    for programme, terms in PROGRAMMES.offered(books):
        path = RESERVE(programme)
        level, (used, _) = books.balance(path), books.gross(path)
        days = (books.today - (books.accounts([path])[path].opened_on or books.today)).days + 1
        claims = sum(sum(held.values()) for _, held in holdings(books, programme))
        money = amounts(terms, level, terms.threshold, books.balance(SERVICE(programme)), claims)
        rows.append((programme, *money, level * days // used if used else None))
    columns = ("programme", "reserve", "threshold", "service fund", "client money", "days of cover")
    return Table("Reserve", columns, tuple(rows))


@noun.report("levels", OPERATOR)
def list_closes(books: Books) -> Table:
    """Reserve, threshold and service fund at every close."""
    rows = []
    for programme, terms in PROGRAMMES.offered(books):
        for level in Level.versions(books, programme):
            rows.append((programme, level.on, *amounts(terms, level.reserve, level.threshold, level.service)))
    return Table("Levels", ("programme", "date", "reserve", "threshold", "service fund"), tuple(rows))


@noun.report("flows", OPERATOR)
def list_flows(books: Books) -> Table:
    """What the operator paid in and took out."""
    rows = []
    for programme, terms in PROGRAMMES.offered(books):
        for it in Flow.versions(books, programme):
            rows.append((programme, it.on, it.what, *amounts(terms, it.amount), it.point))
    columns = ("programme", "date", "what", "amount", "point")
    return Table("Money of the operator", columns, tuple(rows))


@noun.report("sweeps", OPERATOR)
def list_sweeps(books: Books) -> Table:
    """Every sweep."""
    rows = []
    for programme, terms in PROGRAMMES.offered(books):
        for swept in Swept.versions(books, programme):
            money = amounts(terms, swept.reserve, swept.service, swept.amount)
            rows.append((programme, swept.on, *money, swept.times))
    columns = ("programme", "date", "reserve before", "service fund before", "swept", "sweeps")
    return Table("Sweeps", columns, tuple(rows))


@noun.report("failed-sweeps", OPERATOR)
def list_failed_sweeps(books: Books) -> Table:
    """The days at whose close the reserve was still below the threshold."""
    rows = []
    for programme, terms in PROGRAMMES.offered(books):
        for level in Level.versions(books, programme):
            if level.short:
                money = amounts(terms, level.reserve, level.threshold, level.service)
                rows.append((programme, level.on, *money))
    columns = ("programme", "date", "reserve", "threshold", "service fund")
    return Table("Failed sweeps", columns, tuple(rows))
