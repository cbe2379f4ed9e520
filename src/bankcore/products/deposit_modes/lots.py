"""Money in a mode by its days: topped up, announced, withdrawn, spent; the oldest leaves first.

| operation | debit | credit | amount |
| --- | --- | --- | --- |
| top up | demand account | mode | |
| withdraw | mode, interest expense | demand account | at the notice rate if noticed, else the demand rate |
| spend | mode | the payee's demand account | |
| | interest expense | demand account | what the money earned |

>>> str(NoticeTooShort(date(2024, 5, 8), date(2024, 5, 1)))
'notice for 2024-05-08 was due by 2024-05-01'
"""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from typing import Any, ClassVar, Final

from attrs import define, evolve, frozen

from bankcore.amounts import Amount
from bankcore.errors import BadCommand, BalanceFloorBreached, ProductRejection
from bankcore.ledger.accounts import AccountPath
from bankcore.ledger.books import Books
from bankcore.product import chart, fields
from bankcore.product.facts import Facts
from bankcore.product.interest import at_rate
from bankcore.product.parties import acting_for
from bankcore.product.plan import Plan
from bankcore.product.product import Noun
from bankcore.product.voucher import Voucher
from bankcore.products.deposit_modes.modes import Mode, OfMode, UseNotAllowed, mode_in, write_mode
from bankcore.products.deposit_modes.terms import Fill, Interest, Use
from bankcore.products.enterprise.activity import note
from bankcore.products.enterprise.enterprises import acting_enterprise, approved_enterprise
from bankcore.products.enterprise.programmes import PROGRAMMES, EnterpriseTerms
from bankcore.rates import Rate, round_half_up

__all__ = [
    "ClaimOpen", "GiveNotice", "NotReleased", "NoticeTooShort", "Spend", "TopUp", "WithdrawFromMode",
    "WithdrawalTooSmall",
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
    used: bool = False


@define
class NotReleased(ProductRejection):
    sentence = "what mode {mode} set aside is released on {release_on}"
    mode: str
    release_on: date


@define
class NoticeTooShort(ProductRejection):
    sentence = "notice for {day} was due by {latest}"
    day: date
    latest: date


@define
class WithdrawalTooSmall(ProductRejection):
    sentence = "a withdrawal is of at least {least}, or of all, not {amount}"
    quantities = ("least", "amount")
    amount: int
    least: int
    unit: str = ""


@define
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
        of_today = sum(held for day, held in lots if day == today)
        lots = (*(lot for lot in lots if lot[0] != today), (today, of_today + amount))
    write_mode(voucher, mode, event, amount, lots=lots)


def take_out(
    voucher: Voucher, mode: Mode, event: str, amount: int, rate: Rate, **changes: Any
) -> tuple[Fraction, Mode]:
    """Take money out, the oldest first; what it earned, exact, at a rate, and the mode as it is then.

    Raises BalanceFloorBreached.
    """
    if amount > mode.balance:
        raise BalanceFloorBreached(mode.path, mode.balance, 0, 0, amount, mode.terms.unit)
    left, earned, lots = amount, Fraction(0), []
    for day, held in mode.kept.lots:
        taken = min(left, held)
        left -= taken
        earned += at_rate(taken, rate, day, voucher.books.today)
        if held > taken:
            lots.append((day, held - taken))
    return earned, write_mode(voucher, mode, event, -amount, lots=tuple(lots), **changes)


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
    latest = command.on - timedelta(days=min(mode.terms.notice_days, (command.on - date.min).days))
    if books.today > latest:
        raise NoticeTooShort(command.on, latest)
    id = Notice.fresh(books, *mode.ids, command.on.isoformat())
    voucher.keep(Notice(id=id, amount=amount, given_on=books.today))
    return voucher.plan("give-notice", f"notice of {mode.enterprise} for {command.on}")


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
    rate = mode.terms.notice_rate if _noticed(voucher, mode, amount) else mode.terms.demand_rate
    earned, _ = take_out(voucher, mode, event, amount, rate)
    voucher.move(mode.path, payee, amount)
    voucher.move(chart.INTEREST_EXPENSE(), mode.demand, round_half_up(earned))


def _noticed(voucher: Voucher, mode: Mode, amount: int) -> bool:
    """Whether notice was given for this day and amount; it serves once."""
    notice = voucher.find(Notice, *mode.ids, voucher.books.today.isoformat())
    if notice is None or notice.used or notice.amount != amount:
        return False
    voucher.keep(evolve(notice, used=True))
    return True
