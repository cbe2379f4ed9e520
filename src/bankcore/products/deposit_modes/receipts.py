"""Sale receipts (销售回款), of which a share is set aside up to a target, and released on its date.

| operation | debit | credit | amount |
| --- | --- | --- | --- |
| receive | cash | demand account | |
| set aside | demand account | mode | the share of all receipts, rounded once |
| release | mode | demand account | all that is set aside |

>>> round_half_up((1_234_56 + 99_99 + 4) * Choices.from_data({"share": "12.5%"}).share.fraction)
16682
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from fractions import Fraction
from itertools import count
from typing import ClassVar

from attrs import frozen

from bankcore.amounts import Amount
from bankcore.calendars import add_months
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Transaction
from bankcore.product import chart, fields
from bankcore.product.actor import Role
from bankcore.product.plan import Plan
from bankcore.product.product import Noun
from bankcore.product.voucher import Voucher
from bankcore.products.deposit_modes.choices import Choices, Release
from bankcore.products.deposit_modes.due import EARLY, Due, due, job
from bankcore.products.deposit_modes.lots import take_out
from bankcore.products.deposit_modes.modes import (
    Kept,
    Mode,
    every_mode,
    mode_of,
    money,
    open_modes,
    start,
    write_mode,
)
from bankcore.products.deposit_modes.terms import Fill
from bankcore.products.enterprise.activity import note
from bankcore.products.enterprise.enterprises import approved_enterprise
from bankcore.products.enterprise.programmes import PROGRAMMES, EnterpriseTerms
from bankcore.rates import round_half_up
from bankcore.tables import Table

__all__ = ["Receive"]

noun = Noun(__name__)


@frozen
class Receive:
    """Take a sale receipt from outside; a share of it may be set aside (销售回款)."""

    may: ClassVar[Mapping[Role, str]] = {Role.OFFICER: ""}
    programme: str = fields.id_("the platform")
    enterprise: str = fields.id_("who is paid")
    amount: Amount = fields.amount("what came in")


@noun.rule(Receive)
def receive(terms: EnterpriseTerms, command: Receive, books: Books) -> Plan:
    """A sale receipt from outside, of which a part may be set aside.

    Refuses, in this order: NotFound, NotApproved, UnitMismatch.
    """
    approved_enterprise(books, command.programme, command.enterprise)
    amount = terms.minor_units(command.amount)
    voucher = PROGRAMMES.voucher(books, terms, command.programme)
    voucher.move(chart.CASH(), chart.DEMAND(command.enterprise), amount)
    note(voucher, command.enterprise, receipts=amount)
    set_aside(voucher, command.enterprise, amount)
    return voucher.plan("receive", f"receipt of {command.enterprise}")


# --- setting aside ----------------------------------------------------------------------------------


def set_aside(voucher: Voucher, who: str, receipt: int) -> int:
    """Set aside a share of a receipt on the demand account, rounded over all receipts, up to the target.

    For receipts from outside and from escrow, not for what escrow gives back.  Where the demand account or
    the mode is frozen nothing is set aside, and the receipt is not stopped; several modes together set
    aside no more than it, each no more than limits let into it.  Returns what was moved.
    """
    moved, demand = 0, voucher.books.account(chart.DEMAND(who))
    if demand is not None and not demand.status.takes_debits:
        return 0
    for mode in open_modes(voucher, who):
        account = voucher.books.account(mode.path)
        takes = account is not None and account.status.takes_credits
        if mode.terms.fill is Fill.RECEIPTS and takes:
            room = voucher.books.acceptable(mode.path)
            left = receipt - moved if room is None else max(min(receipt - moved, room), 0)
            moved += _set_aside(voucher, mode, receipt, left)
    return moved


def _set_aside(voucher: Voucher, mode: Mode, receipt: int, left: int) -> int:
    """Beyond the target, and beyond what is `left` of the receipt for the mode, nothing is remembered,
    so that a later target or share works from its own day on.
    """
    before, aside = mode.kept.exact, mode.kept.set_aside
    room = max(Fraction(mode.choices.target), before)
    exact = min(before + receipt * mode.choices.share.fraction, room)
    if round_half_up(exact) > aside + left:
        exact = Fraction(aside + left)
    total = round_half_up(exact)
    voucher.move(mode.demand, mode.path, total - aside)
    write_mode(voucher, mode, "set aside", total - aside, exact=exact, set_aside=total)
    return total - aside


# --- releasing ------------------------------------------------------------------------------------


def plan_release(voucher: Voucher, mode: Mode, chosen: Choices, earliest: date) -> Mode:
    """Note the first release date on or after a day, counted in months from the opening, if there is one."""
    if mode.terms.fill is not Fill.RECEIPTS or chosen.release is not Release.DATE:
        return mode
    opened, step = mode.kept.opened_on, max(chosen.release_months, 1)
    dates = (add_months(opened, step * turn) for turn in count(1))
    on = next(day for day in dates if day >= earliest)
    due(voucher, on, EARLY, mode.enterprise, mode.code, "release")
    return write_mode(voucher, mode, mode.kept.event, release_due=on)


def releases_today(voucher: Voucher, mode: Mode) -> bool:
    """Whether the close of today releases what is set aside."""
    id = (voucher.agreement, voucher.books.today.isoformat(), EARLY, mode.enterprise, mode.code, "release")
    return _is_due(mode, voucher.books.today) and Due.find(voucher.books, *id) is not None


def _is_due(mode: Mode, today: date) -> bool:
    return mode.kept.release_due is not None and mode.kept.release_due <= today


@job("release")
def release(books: Books, programme: str, enterprise: str, code: str) -> Iterator[Transaction]:
    """Give back all that is set aside, on its date or, if an account forbids it, on the next day possible."""
    voucher = start(books, programme)
    mode = mode_of(books, Kept.existing(books, programme, enterprise, code))
    chosen = mode.is_open and mode.choices.release is Release.DATE
    if not chosen or not _is_due(mode, books.today):
        return
    voucher.move(mode.path, mode.demand, mode.balance)
    rate = mode.terms.demand_rate
    _, after = take_out(voucher, mode, "release", mode.balance, rate, release_due=None)
    plan_release(voucher, after, mode.choices, books.today + timedelta(days=1))
    yield voucher.transaction("release", f"{code} of {enterprise} is released")


# --- invariants and reports -------------------------------------------------------------------------


@noun.invariant("D2")
def set_aside_is_cumulative(books: Books) -> Iterator[str]:
    """What was set aside is its exact sum rounded once; that sum stops at the target."""
    for mode in every_mode(books):
        total, exact = mode.kept.set_aside, mode.kept.exact
        if total != round_half_up(exact) or (mode.terms.fill is not Fill.RECEIPTS and total):
            yield f"mode {':'.join(mode.ids)} has set aside {total}, exactly {exact}"


@noun.report("targets")
def targets(books: Books) -> Table:
    """How far set-aside money is from its target."""
    rows = []
    for mode in every_mode(books):
        if mode.terms.fill is Fill.RECEIPTS:
            aside, target = mode.kept.set_aside, mode.choices.target
            sums = (money(mode, it) for it in (aside, target, max(target - aside, 0)))
            rows.append((*mode.ids, str(mode.choices.share), *sums, mode.release_on))
    columns = ("programme", "enterprise", "mode", "share", "set aside", "target", "missing", "release")
    return Table("Targets", columns, tuple(rows))
