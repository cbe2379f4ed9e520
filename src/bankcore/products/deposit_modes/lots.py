"""Money in a mode by its days: topped up, announced, withdrawn, spent; the oldest leaves first.

Notice earns the notice rate for what was there when it was given; younger money earns the demand rate.  A
notice that is cancelled or not used earns nothing for its days (通知期限内不计息).  Interest is rounded once
over all that leaves a mode from its opening to its end.

| operation | debit | credit | amount |
| --- | --- | --- | --- |
| top up | demand account | mode | |
| withdraw | mode, accrued, interest expense | demand account | at the notice rate, else the demand rate |
| spend | mode | the payee's demand account | |
| | accrued, interest expense | demand account | what the money earned |

>>> str(NoticeTooShort(date(2024, 5, 8), date(2024, 5, 1)))
'notice for 2024-05-08 was due by 2024-05-01'
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, ClassVar, Final

from attrs import evolve, frozen

from bankcore.amounts import Amount
from bankcore.errors import BadCommand, BalanceFloorBreached, ProductRejection
from bankcore.ledger.accounts import AccountPath
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Transaction
from bankcore.product import chart, fields
from bankcore.product.facts import Facts, kept
from bankcore.product.parties import acting_for
from bankcore.product.plan import Plan
from bankcore.product.product import Noun
from bankcore.product.refusals import NotFound
from bankcore.product.voucher import Voucher
from bankcore.products.deposit_modes.due import LATE, due, job
from bankcore.products.deposit_modes.interest import noticed, pay_earned
from bankcore.products.deposit_modes.modes import (
    Kept,
    Lot,
    Mode,
    OfMode,
    UseNotAllowed,
    mode_in,
    mode_of,
    start,
    write_mode,
)
from bankcore.products.deposit_modes.terms import Fill, Interest, Use
from bankcore.products.enterprise.activity import note
from bankcore.products.enterprise.enterprises import acting_enterprise, approved_enterprise
from bankcore.products.enterprise.programmes import PROGRAMMES, EnterpriseTerms

__all__ = [
    "CancelNotice", "ClaimOpen", "GiveNotice", "NotReleased", "NoticeTooShort", "Spend", "TopUp",
    "WithdrawFromMode", "WithdrawalTooSmall",
]  # fmt: skip

noun = Noun(__name__)

_NOTICED: Final = (Use.WITHDRAWALS, Use.FREIGHT, Use.GUARANTEES)  # what notice can be given of


# --- facts and refusals ---------------------------------------------------------------------------


@frozen(kw_only=True)
class Notice(Facts):
    """The notice of a withdrawal; it serves once."""

    KIND: ClassVar = "modes.notice"  # programme:enterprise:mode:date of the withdrawal
    amount: int
    given_on: date
    days: int
    used: bool = False
    cancelled_on: date | None = kept(None, absent=True)

    @property
    def is_open(self) -> bool:
        """Whether it can still be used."""
        return not self.used and self.cancelled_on is None


class NotReleased(ProductRejection):
    sentence = "what mode {mode} set aside is released on {release_on}"
    mode: str
    release_on: date


class NoticeTooShort(ProductRejection):
    sentence = "notice for {day} was due by {latest}"
    day: date
    latest: date


class WithdrawalTooSmall(ProductRejection):
    sentence = "a withdrawal is of at least {least}, or of all, not {amount}"
    quantities = ("least", "amount")
    amount: int
    least: int
    unit: str = ""


class ClaimOpen(ProductRejection):
    """Not decided yet, or decided and not paid."""

    sentence = "claim {claim} against {carrier} is open"
    claim: str
    carrier: str


# --- money in and out -------------------------------------------------------------------------------


def put_in(voucher: Voucher, mode: Mode, event: str, amount: int) -> None:
    """Keep the day of money that earns by days, one lot for a day."""
    today, lots = voucher.books.today, mode.kept.lots
    if mode.terms.interest is Interest.NOTICE:
        of_today = sum(lot.amount for lot in lots if lot.day == today)
        lots = (*(lot for lot in lots if lot.day != today), Lot(today, of_today + amount))
    write_mode(voucher, mode, event, amount, lots=lots)


def take_out(
    voucher: Voucher, mode: Mode, event: str, amount: int, noticed: date | None = None, **changes: Any
) -> Mode:
    """Take money out, the oldest first; the mode as it is then, with what the money earned.

    What had come in by the day `noticed` earns the notice rate, all else the demand rate.
    Raises BalanceFloorBreached.
    """
    if amount > mode.balance:
        raise BalanceFloorBreached(mode.path, mode.balance, 0, 0, amount, mode.terms.unit)
    left, earned, lots, terms = amount, mode.kept.earned, [], mode.terms
    for lot in mode.kept.lots:
        taken = min(left, lot.amount)
        left -= taken
        rate = terms.notice_rate if noticed is not None and lot.day <= noticed else terms.demand_rate
        earned += lot.earned(taken, rate, voucher.books.today)
        if lot.amount > taken:
            lots.append(evolve(lot, amount=lot.amount - taken))
    return write_mode(voucher, mode, event, -amount, lots=tuple(lots), earned=earned, **changes)


def _forgo(mode: Mode, notice: Notice) -> tuple[Lot, ...]:
    """The lots without interest for the days of a notice, as much as it was for, the oldest first."""
    left, end, lots = notice.amount, notice.given_on + timedelta(days=notice.days), []
    for lot in mode.kept.lots:
        part = min(left, lot.amount) if lot.day <= notice.given_on else 0
        left -= part
        days = max((end - max(notice.given_on, lot.until or notice.given_on)).days, 0)
        forgone = evolve(lot, amount=part, lost=lot.lost + days, until=max(end, lot.until or end))
        lots += [it for it in (forgone, evolve(lot, amount=lot.amount - part)) if it.amount]
    return tuple(lots)


def check_no_claims(mode: Mode) -> None:
    """Raises ClaimOpen while a claim is undecided, or decided and not paid."""
    for claim in mode.kept.claims:
        raise ClaimOpen(claim, mode.enterprise)


# --- commands -------------------------------------------------------------------------------------


@frozen
class TopUp(OfMode):
    """Put money of the current account into a mode by hand (存入存款模式)."""

    amount: Amount = fields.amount("what is put in")


@frozen
class GiveNotice(OfMode):
    """Announce a withdrawal, for the notice rate (通知支取)."""

    amount: Amount = fields.amount("what will be withdrawn")
    on: date = fields.day("on which day")


@frozen
class CancelNotice(OfMode):
    """Take a notice back; its days earn nothing (取消通知)."""

    on: date = fields.day("for which day it was given")


@frozen
class WithdrawFromMode(OfMode):
    """Take money back to the demand account (支取)."""

    amount: Amount = fields.amount("what is taken")


@frozen
class Spend(OfMode):
    """Pay freight, or a refund guaranteed to a buyer, out of a mode (支付运费、退款担保)."""

    payee: str = fields.id_("the enterprise that is paid")
    amount: Amount = fields.amount("what is paid")
    purpose: str = fields.choice("what for", ("freight", "guarantees"))

    def __attrs_post_init__(self) -> None:
        if self.payee == self.enterprise:
            raise BadCommand("payee", "nobody pays himself out of a mode")


# --- rules ----------------------------------------------------------------------------------------


@noun.rule(TopUp)
def top_up(terms: EnterpriseTerms, command: TopUp, books: Books) -> Plan:
    """Put money into a mode, from the demand account.

    Refuses, in this order: NotFound, NotApproved, PartySuspended, ModeClosed, UseNotAllowed where it is not
    filled by hand, UnitMismatch, and the demand account's floor.
    """
    acting_enterprise(books, command.programme, command.enterprise)
    voucher = PROGRAMMES.voucher(books, terms, command.programme)
    mode = mode_in(voucher, command.enterprise, command.mode)
    if mode.terms.fill is not Fill.TOP_UPS:
        raise UseNotAllowed(mode.code, "top-ups")
    amount = terms.minor_units(command.amount)
    voucher.move(mode.demand, mode.path, amount)
    put_in(voucher, mode, "top up", amount)
    return voucher.plan("top-up", f"{mode.enterprise} tops up {mode.code}")


@noun.rule(GiveNotice)
def give_notice(terms: EnterpriseTerms, command: GiveNotice, books: Books) -> Plan:
    """Announce a withdrawal of an amount on a day.

    Refuses, in this order: NotFound, ModeClosed, UseNotAllowed where no notice is needed, UnitMismatch,
    NoticeTooShort, AlreadyTaken where there is a notice for that day.
    """
    acting_for(books, command.enterprise)
    voucher = PROGRAMMES.voucher(books, terms, command.programme)
    mode = mode_in(voucher, command.enterprise, command.mode)
    if mode.terms.interest is not Interest.NOTICE or not any(map(mode.may, _NOTICED)):
        raise UseNotAllowed(mode.code, "notice")
    amount = terms.minor_units(command.amount)
    if books.today > (latest := mode.terms.notice_by(command.on)):
        raise NoticeTooShort(command.on, latest)
    day = command.on.isoformat()
    id = Notice.fresh(books, *mode.ids, day)
    voucher.keep(Notice(id=id, amount=amount, given_on=books.today, days=mode.terms.notice_days))
    due(voucher, command.on, LATE, mode.enterprise, mode.code, f"notice.{day}")
    return voucher.plan("give-notice", f"notice of {mode.enterprise} for {command.on}")


@noun.rule(CancelNotice)
def cancel_notice(terms: EnterpriseTerms, command: CancelNotice, books: Books) -> Plan:
    """Take a notice back.  Refuses, in this order: NotFound, ModeClosed, NotFound for no open notice."""
    acting_for(books, command.enterprise)
    voucher = PROGRAMMES.voucher(books, terms, command.programme)
    mode = mode_in(voucher, command.enterprise, command.mode)
    notice = Notice.existing(books, *mode.ids, command.on.isoformat())
    if not notice.is_open or command.on < books.today:
        raise NotFound("open notice", command.on.isoformat())
    voucher.keep(evolve(notice, cancelled_on=books.today))
    write_mode(voucher, mode, "notice cancelled", lots=_forgo(mode, notice))
    return voucher.plan("cancel-notice", f"{mode.enterprise} cancels its notice for {command.on}")


@job("notice")
def lapse(books: Books, programme: str, enterprise: str, code: str, day: str) -> Iterator[Transaction]:
    """A notice that its day did not use earns nothing for its days."""
    voucher, notice = start(books, programme), Notice.existing(books, programme, enterprise, code, day)
    mode = mode_of(books, Kept.existing(books, programme, enterprise, code))
    if notice.is_open and mode.is_open:
        write_mode(voucher, mode, "notice not used", lots=_forgo(mode, notice))
        voucher.notify(enterprise, "notice-lapsed", f"{programme}.{code}", day=day)
        yield voucher.transaction("notice-lapses", f"notice of {enterprise} for {day} is not used")


@noun.rule(WithdrawFromMode)
def withdraw(terms: EnterpriseTerms, command: WithdrawFromMode, books: Books) -> Plan:
    """Back to the demand account, with interest at the notice rate if notice was given, else the demand rate.

    Refuses, in this order: NotFound, ModeClosed, UseNotAllowed, ClaimOpen, NotReleased, UnitMismatch,
    WithdrawalTooSmall, BalanceFloorBreached.
    """
    voucher = PROGRAMMES.voucher(books, terms, command.programme)
    mode = _usable(voucher, command, Use.WITHDRAWALS)
    if mode.terms.fill is Fill.RECEIPTS and books.today < mode.release_on:
        raise NotReleased(mode.code, mode.release_on)
    amount, least = terms.minor_units(command.amount), mode.terms.withdrawal
    if amount < least and amount < mode.balance:
        raise WithdrawalTooSmall(amount, least, terms.unit)
    _pay(voucher, mode, "withdraw", amount, mode.demand)
    return voucher.plan("withdraw", f"{mode.enterprise} withdraws from {mode.code}")


@noun.rule(Spend)
def spend(terms: EnterpriseTerms, command: Spend, books: Books) -> Plan:
    """Freight or a refund guaranteed to a buyer, paid to another enterprise; interest goes to the payer.

    Refuses, in this order: NotFound, ModeClosed, UseNotAllowed, ClaimOpen, NotFound or NotApproved for
    the payee, UnitMismatch, BalanceFloorBreached.
    """
    voucher = PROGRAMMES.voucher(books, terms, command.programme)
    mode = _usable(voucher, command, Use(command.purpose))
    approved_enterprise(books, command.programme, command.payee)
    amount = terms.minor_units(command.amount)
    _pay(voucher, mode, command.purpose, amount, chart.DEMAND(command.payee))
    if command.purpose == Use.FREIGHT.value:
        note(voucher, command.payee, receipts=amount)
        note(voucher, command.enterprise, payments=amount, freight=amount)
    return voucher.plan("spend", f"{command.purpose} from {mode.enterprise} to {command.payee}")


def _usable(voucher: Voucher, command: OfMode, use: Use) -> Mode:
    acting_for(voucher.books, command.enterprise)
    mode = mode_in(voucher, command.enterprise, command.mode)
    if not mode.may(use):
        raise UseNotAllowed(mode.code, use.value)
    check_no_claims(mode)
    return mode


def _pay(voucher: Voucher, mode: Mode, event: str, amount: int, payee: AccountPath) -> None:
    """Pay out of the mode, and the interest of what is paid to its holder."""
    after = take_out(voucher, mode, event, amount, _announced(voucher, mode, amount))
    voucher.move(mode.path, payee, amount)
    pay_earned(voucher, after, noticed(after, voucher.books.today))


def _announced(voucher: Voucher, mode: Mode, amount: int) -> date | None:
    """When notice was given for this day and amount, if it was; it serves once."""
    notice = voucher.find(Notice, *mode.ids, voucher.books.today.isoformat())
    if notice is None or not notice.is_open or notice.amount != amount:
        return None
    voucher.keep(evolve(notice, used=True))
    return notice.given_on
