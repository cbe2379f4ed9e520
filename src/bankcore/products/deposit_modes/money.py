"""Money into a mode and out of it: receipts and what is set aside, top-ups, notice, withdrawals, uses."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from bankcore.calendars import parse_date
from bankcore.errors import BalanceFloorBreached
from bankcore.ledger.accounts import AccountPath
from bankcore.ledger.books import Books
from bankcore.product import chart
from bankcore.product.plan import Plan
from bankcore.product.records import fresh
from bankcore.products.deposit_modes import commands
from bankcore.products.deposit_modes.draft import Draft, data_of
from bankcore.products.deposit_modes.refusals import (
    ClaimOpen,
    NoticeTooShort,
    NotReleased,
    UseNotAllowed,
    WithdrawalTooSmall,
)
from bankcore.products.deposit_modes.registry import NOTICE, Mode, mode_in, modes_of, start, write_mode
from bankcore.products.deposit_modes.terms import Fill, Interest, Use
from bankcore.products.enterprise.activity import note
from bankcore.products.enterprise.enterprises import approved_enterprise as enterprise
from bankcore.products.enterprise.programmes import EnterpriseTerms
from bankcore.rates import Rate, fraction_text, round_half_up

__all__ = [
    "at_rate", "check_no_claims", "give_notice", "put_in", "receive", "set_aside", "spend", "take_out",
    "top_up", "withdraw",
]  # fmt: skip


_NOTICED = (Use.WITHDRAWALS, Use.FREIGHT, Use.GUARANTEES)  # what notice can be given of


# --- receipts -----------------------------------------------------------------------------------------


def receive(terms: EnterpriseTerms, command: commands.Receive, books: Books) -> Plan:
    """A sale receipt from outside, of which a part may be set aside.

    Refuses, in this order: NotFound, NotApproved, UnitMismatch.
    """
    enterprise(books, command.programme, command.enterprise)
    amount, draft = terms.minor_units(command.amount), start(books, command.programme)
    draft.move(chart.CASH(), chart.DEMAND(command.enterprise), amount)
    note(draft, command.enterprise, receipts=amount)
    set_aside(draft, command.enterprise, amount)
    return Plan((draft.transaction("receive", f"receipt of {command.enterprise}"),))


def set_aside(draft: Draft, who: str, receipt: int) -> int:
    """Set aside a share of a receipt on the demand account, rounded over all receipts, up to the target.

    For receipts from outside and from escrow, not for what escrow gives back.  A frozen mode sets nothing
    aside and does not stop the receipt; several modes together set aside no more than it, each no more
    than limits let into it.  Returns what was moved.
    """
    found = [it.code for it in modes_of(draft.books, draft.agreement, who) if it.is_open]
    moved = 0
    for mode in (mode_in(draft, who, code) for code in found):
        account = draft.books.account(mode.path)
        takes = account is not None and account.status.takes_credits
        if mode.terms.fill is Fill.RECEIPTS and takes:
            room = draft.books.acceptable(mode.path)
            left = receipt - moved if room is None else max(min(receipt - moved, room), 0)
            moved += _set_aside(draft, mode, receipt, left)
    return moved


def _set_aside(draft: Draft, mode: Mode, receipt: int, left: int) -> int:
    """Beyond the target, and beyond what is `left` of the receipt for the mode, nothing is remembered,
    so that a later target or share works from its own day on.
    """
    before, aside = mode.fraction("exact"), int(mode.data["set_aside"])
    room = max(Fraction(mode.choices.target), before)
    exact = min(before + receipt * mode.choices.share.fraction, room)
    if round_half_up(exact) > aside + left:
        exact = Fraction(aside + left)
    total = round_half_up(exact)
    moved = total - aside
    draft.move(mode.demand, mode.path, moved)
    write_mode(draft, mode, "set aside", moved, exact=fraction_text(exact), set_aside=total)
    return moved


# --- top-ups, in lots -----------------------------------------------------------------------------------


def top_up(terms: EnterpriseTerms, command: commands.TopUp, books: Books) -> Plan:
    """Put money into a mode, from the demand account or in cash.

    Refuses, in this order: NotFound, ModeClosed, UseNotAllowed where it is not filled by hand,
    UnitMismatch, and the demand account's floor.
    """
    draft = start(books, command.programme)
    mode = mode_in(draft, command.enterprise, command.mode)
    if mode.terms.fill is not Fill.TOP_UPS:
        raise UseNotAllowed(mode.code, "top-ups")
    amount = terms.minor_units(command.amount)
    source = chart.CASH() if command.source == "cash" else mode.demand
    draft.move(source, mode.path, amount)
    put_in(draft, mode, "top up", amount)
    return Plan((draft.transaction("top-up", f"{mode.enterprise} tops up {mode.code}"),))


def put_in(draft: Draft, mode: Mode, event: str, amount: int) -> None:
    """Keep the day of money that earns by days, one lot for a day."""
    today, lots = draft.books.today.isoformat(), [list(lot) for lot in mode.data["lots"]]
    if mode.terms.interest is Interest.NOTICE:
        if lots and lots[-1][0] == today:
            lots[-1][1] += amount
        else:
            lots.append([today, amount])
    write_mode(draft, mode, event, amount, lots=lots)


def take_out(
    draft: Draft, mode: Mode, event: str, amount: int, rate: Rate, **changes: Any
) -> tuple[Fraction, Mode]:
    """Take money out, the oldest first; what it earned, exact, at a rate, and the mode as it is then.

    Raises BalanceFloorBreached.
    """
    if amount > mode.balance:
        raise BalanceFloorBreached(mode.path, mode.balance, 0, 0, amount, mode.terms.unit)
    left, earned, lots = amount, Fraction(0), []
    for day, held in mode.data["lots"]:
        taken = min(left, held)
        left -= taken
        earned += at_rate(taken, rate, parse_date(day), draft.books.today)
        if held > taken:
            lots.append([day, held - taken])
    return earned, write_mode(draft, mode, event, -amount, lots=lots, **changes)


def at_rate(amount: int, rate: Rate, start: date, end: date) -> Fraction:
    """Exact interest of [start, end) on actual days of a year of 360."""
    return amount * rate.fraction * (end - start).days / 360


# --- notice and withdrawals -------------------------------------------------------------------------------


def give_notice(terms: EnterpriseTerms, command: commands.GiveNotice, books: Books) -> Plan:
    """Announce a withdrawal of an amount on a day.

    Refuses, in this order: NotFound, ModeClosed, UseNotAllowed where no notice is needed, UnitMismatch,
    NoticeTooShort, AlreadyTaken where there is a notice for that day.
    """
    draft = start(books, command.programme)
    mode = mode_in(draft, command.enterprise, command.mode)
    if mode.terms.interest is not Interest.NOTICE or not any(map(mode.may, _NOTICED)):
        raise UseNotAllowed(mode.code, "notice")
    amount = terms.minor_units(command.amount)
    latest = command.on - timedelta(days=min(mode.terms.notice_days, (command.on - date.min).days))
    if books.today > latest:
        raise NoticeTooShort(command.on, latest)
    fresh(books, NOTICE, *mode.id, command.on.isoformat())
    given = {"amount": amount, "given_on": books.today.isoformat(), "used": False}
    draft.write(NOTICE, *mode.id, command.on.isoformat(), **given)
    return Plan((draft.transaction("give-notice", f"notice of {mode.enterprise} for {command.on}"),))


def withdraw(terms: EnterpriseTerms, command: commands.WithdrawFromMode, books: Books) -> Plan:
    """Back to the demand account, with interest at the notice rate if notice was given, else the demand rate.

    Refuses, in this order: NotFound, ModeClosed, UseNotAllowed, ClaimOpen, NotReleased, UnitMismatch,
    WithdrawalTooSmall, BalanceFloorBreached.
    """
    draft = start(books, command.programme)
    mode = _usable(draft, command, Use.WITHDRAWALS)
    if mode.terms.fill is Fill.RECEIPTS and books.today < mode.release_on:
        raise NotReleased(mode.code, mode.release_on)
    amount, least = terms.minor_units(command.amount), mode.terms.withdrawal
    if amount < least and amount < mode.balance:
        raise WithdrawalTooSmall(amount, least, terms.unit)
    _pay(draft, mode, "withdraw", amount, mode.demand)
    return Plan((draft.transaction("withdraw", f"{mode.enterprise} withdraws from {mode.code}"),))


def spend(terms: EnterpriseTerms, command: commands.Spend, books: Books) -> Plan:
    """Freight or a refund guaranteed to a buyer, paid to another enterprise; interest goes to the payer.

    Refuses, in this order: NotFound, ModeClosed, UseNotAllowed, ClaimOpen, NotFound or NotApproved for
    the payee, UnitMismatch, BalanceFloorBreached.
    """
    draft = start(books, command.programme)
    mode = _usable(draft, command, Use(command.purpose))
    enterprise(books, command.programme, command.payee)
    amount = terms.minor_units(command.amount)
    _pay(draft, mode, command.purpose, amount, chart.DEMAND(command.payee))
    if command.purpose == Use.FREIGHT.value:
        note(draft, command.payee, receipts=amount)
        note(draft, command.enterprise, payments=amount, freight=amount)
    text = f"{command.purpose} from {mode.enterprise} to {command.payee}"
    return Plan((draft.transaction("spend", text),))


def check_no_claims(mode: Mode) -> None:
    """Raises ClaimOpen while a claim is undecided, or decided and not paid."""
    for claim in mode.data["claims"]:
        raise ClaimOpen(claim, mode.enterprise)


def _usable(draft: Draft, command: Any, use: Use) -> Mode:
    mode = mode_in(draft, command.enterprise, command.mode)
    if not mode.may(use):
        raise UseNotAllowed(mode.code, use.value)
    check_no_claims(mode)
    return mode


def _pay(draft: Draft, mode: Mode, event: str, amount: int, payee: AccountPath) -> None:
    """Pay out of the mode, and the interest of what is paid to its holder."""
    rate = mode.terms.notice_rate if _noticed(draft, mode, amount) else mode.terms.demand_rate
    earned, _ = take_out(draft, mode, event, amount, rate)
    draft.move(mode.path, payee, amount)
    draft.move(chart.INTEREST_EXPENSE(), mode.demand, round_half_up(earned))


def _noticed(draft: Draft, mode: Mode, amount: int) -> bool:
    """Whether notice was given for this day and amount; it serves once."""
    today = draft.books.today.isoformat()
    notice = data_of(draft, NOTICE, *mode.id, today)
    if not notice or notice["used"] or notice["amount"] != amount:
        return False
    draft.write(NOTICE, *mode.id, today, used=True)
    return True
