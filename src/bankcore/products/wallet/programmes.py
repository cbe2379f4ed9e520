"""A programme (财富计划): its terms, and the accounts of its operator.

The programme's id is its operator's: an identified party whose current account funds the reserve and is
paid what the operator takes out.

| account | what it holds |
| --- | --- |
| reserve (备付金) | the operator's money, out of which all client money comes |
| service (服务金) | takings of the own mall and fees, free for sweeping |
| cash-due | memorandum: cash that the operator took for recharges and has not paid in |

>>> terms = WalletTerms.from_data({"threshold": "0", "yield_rate": "4.30%", "sweep": "until"})
>>> terms.threshold, str(terms.yield_rate), terms.as_data()["preset"]
(0, '4.3%', '20000.00')
>>> WalletTerms().bonus(999_99), WalletTerms().bonus(1_000_00)
(Fraction(299997, 100), Fraction(5000, 1))
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from enum import Enum
from fractions import Fraction
from typing import Any, ClassVar

from attrs import frozen

from bankcore.amounts import Amount
from bankcore.calendars import DayCount, Period, Roll, add_months
from bankcore.errors import BadTerms, ProductRejection, UnitMismatch
from bankcore.ledger.accounts import AccountPath, Side
from bankcore.ledger.books import Books
from bankcore.product import chart, fields, programme, records, term
from bankcore.product.actor import Role
from bankcore.product.business_days import PastCalendar, past_calendar_term
from bankcore.product.parties import Contract, account_of, identified_party
from bankcore.product.plan import Plan
from bankcore.product.product import Noun
from bankcore.product.programme import Programme
from bankcore.product.terms import Terms
from bankcore.product.voucher import Voucher
from bankcore.rates import Rate, TierMode, Tiers

__all__ = ["ChangeTerms", "OpenProgramme", "ReserveShort", "WalletTerms"]

noun = Noun(__name__)
RESERVE = chart.liability("wallet:{programme}:reserve")
SERVICE = chart.liability("wallet:{programme}:service")
CASH_DUE = chart.memorandum("wallet:{programme}:cash-due")
CASH_DUE_CONTRA = chart.memorandum("wallet:{programme}:cash-due-contra", Side.CREDIT)
OPERATOR = {Role.OPERATOR: "programme"}  # whose a row of a report is
POCKETS = ("bonus", "principal", "vested", "yield")  # of every client, in path order


# --- terms ------------------------------------------------------------------------------------------


class SweepMode(Enum):
    """How a low reserve is filled from the service fund."""

    ONCE = "once"  # one preset amount
    UNTIL = "until"  # preset amounts while below the threshold
    TOP_UP = "top-up"  # exactly to the threshold


class YieldMode(Enum):
    """Whether yield follows a rate or divides declared pools."""

    RATE = "rate"
    POOL = "pool"


class Settlement(Enum):
    """Whether merchants are paid on command or at the close of every day."""

    MANUAL = "manual"
    DAILY = "daily"


class Profile(Enum):
    """Legal profiles; PREPAID_CN is the Chinese rule for prepaid cards."""

    NONE = "none"
    PREPAID_CN = "prepaid-cn"


_BASES = (DayCount.ACT_365F, DayCount.ACT_360)
_PREPAID_CAPS = {False: 5_000, True: 1_000}  # whole units, by anonymous
_PREPAID_MONTHS = 3
_HOURS = (1, 2, 3, 4, 6, 8, 12)
_LONGEST_INTERVAL = {"D": 366, "M": 12, "Y": 1}
_MOST_BONUS = Rate.parse("20%").fraction


def _bonus_tiers(default: list[tuple[int, str]], help: str) -> Any:
    """Tiers of modest rates."""

    def are_modest(tiers: Tiers) -> bool:
        return all(0 <= rate.fraction <= _MOST_BONUS for _, rate in tiers.steps)

    return term.tiers(default, help, are_modest, "rates from 0 to 20% are needed")


def _interval(default: str, help: str) -> Any:
    """A period of 1 day to 12 months."""
    check = term.within(
        Period, lambda period: period.count <= _LONGEST_INTERVAL[period.unit], "1 day to 12 months are needed"
    )
    return term.term(
        Period.parse(default), help, check, lambda text, _: Period.parse(text), lambda period, _: str(period)
    )


def _hours(help: str) -> Any:
    """Whole hours that divide a day, or none."""

    def check(_: Any, term: Any, value: Any) -> None:
        if value is not None and (type(value) is not int or value not in _HOURS):
            raise BadTerms(term.name, f"one of {', '.join(map(str, _HOURS))}, or none is needed")

    return term.term(
        None, help, check, lambda value, _: None if value == "none" else value, lambda value, _: value
    )


def _pockets(help: str) -> Any:
    """Names of pockets, all by default."""
    check = term.within(
        tuple,
        lambda names: all(name in POCKETS and names.count(name) == 1 for name in names),
        f"different names among {', '.join(POCKETS)} are needed",
    )
    return term.term(
        POCKETS, help, check, lambda names, _: tuple(names) if isinstance(names, list) else names,
        lambda names, _: list(names),
    )  # fmt: skip


@frozen(kw_only=True)
class WalletTerms(Terms):
    """What operator and bank agreed; amounts are minor units of `unit`, defaults those of CNY/2.

    Raises BadTerms for a value out of bounds.
    """

    profile: Profile = term.choice(Profile.NONE, "legal profile")
    threshold: int = term.amount(50_000_00, "the monitor sweeps while the reserve is below this")
    preset: int = term.amount(20_000_00, "amount of one sweep", least=1)
    sweep: SweepMode = term.choice(SweepMode.ONCE, "how the reserve is filled")
    partial_sweep: bool = term.flag(True, "sweep less when the service fund holds less")
    bonus_tiers: Tiers = _bonus_tiers(
        [(0, "0%"), (500_00, "3%"), (1_000_00, "5%")], "bonus on a recharge, as [from, rate], 0 to 20%"
    )
    bonus_mode: TierMode = term.choice(
        TierMode.WHOLE, "whether a tier's rate covers the whole recharge or its slice"
    )
    yield_mode: YieldMode = term.choice(YieldMode.RATE, "whether yield follows a rate or declared pools")
    yield_rate: Rate = term.rate("3%", "15%", "yearly yield, 0 to 15%")
    interval: Period = _interval("1D", "how often yield is paid, from registration on, 1D to 12M")
    hours: int | None = _hours("a day's yield by intervals of so many hours; none for its closing balance")
    basis: DayCount = term.choice(DayCount.ACT_365F, "days of the year for yield", _BASES)
    eligible: tuple[str, ...] = _pockets("pockets that earn yield")
    roll: Roll = term.choice(Roll.CALENDAR, "where a payout goes that falls on no business day")
    calendar: str = term.calendar("WEEKENDS", "business calendar of the roll")
    past_calendar: PastCalendar = past_calendar_term()
    merchant_fee: Rate = term.rate("0.6%", "5%", "fee on third-party sales, 0 to 5%")
    settlement: Settlement = term.choice(
        Settlement.MANUAL, "whether merchants are paid at every close of a day"
    )
    ring_fence_third_party: bool = term.flag(True, "keep third-party takings out of the service fund")
    value_back: int = term.count(30, 0, 92, "days by which the value date of a late entry may lie back")
    balance_cap: int | None = term.amount(None, "most a client may hold; none for no cap")
    max_due: int | None = term.amount(None, "most offline cash not yet paid in; none for no cap")

    def bonus(self, amount: int) -> Fraction:
        """The exact bonus on a recharge."""
        return Fraction(Tiers(self.bonus_tiers.steps, self.bonus_mode).apply(amount))

    def daily_rate(self) -> Fraction:
        """The exact yield of one minor unit for one day; 0 where pools are divided instead."""
        days = 365 if self.basis is DayCount.ACT_365F else 360
        return self.yield_rate.fraction / days if self.yield_mode is YieldMode.RATE else Fraction(0)

    @property
    def parts(self) -> int:
        """The intervals of a day at whose ends balances count; pools go by closing balances."""
        return 24 // self.hours if self.hours and self.yield_mode is YieldMode.RATE else 1

    def cap(self, anonymous: bool) -> int | None:
        """The most a client may hold in all pockets; None is no cap."""
        legal = _PREPAID_CAPS[anonymous] * 10**self.unit.scale if self.profile is Profile.PREPAID_CN else None
        return min((cap for cap in (self.balance_cap, legal) if cap is not None), default=None)

    def withdrawable_from(self, registered_on: date) -> date:
        """The first day on which a registered client may withdraw."""
        months = _PREPAID_MONTHS if self.profile is Profile.PREPAID_CN else 0
        return add_months(registered_on, months)

    def sweep_of(self, reserve: int, service: int) -> tuple[int, int]:
        """What the monitor moves from the service fund into the reserve, and in how many sweeps.

        >>> WalletTerms().sweep_of(50_000_00, 12_345_67), WalletTerms().sweep_of(49_999_99, 12_345_67)
        ((0, 0), (1234567, 1))
        """
        gap = self.threshold - reserve
        if gap <= 0:
            return 0, 0
        size = gap if self.sweep is SweepMode.TOP_UP else self.preset
        times = -(-gap // size) if self.sweep is SweepMode.UNTIL else 1
        amount = min(times * size, service)
        if not self.partial_sweep:
            amount -= amount % size
        return amount, -(-amount // size)


PROGRAMMES = Programme("wallet", WalletTerms, history=True)
ENDED = "wallet.ended"  # programme: when it was closed


def running(books: Books) -> Iterator[str]:
    """The programmes that the close of a day serves: those that have not ended."""
    return (id for id in PROGRAMMES.ids(books) if books.record(ENDED, id) is None)


class WalletVoucher(Voucher):
    """The voucher of an operation of a programme."""

    def __init__(self, books: Books, terms: WalletTerms, programme: str) -> None:
        super().__init__(PROGRAMMES.product, books, terms, programme)
        self.terms, self.programme = terms, programme

    def bind(self, party: str, role: str) -> None:
        """Bind a party to the programme in a role; its account in the programme's unit pays and is paid.

        Raises NoCurrentAccount, UnitMismatch.
        """
        path = account_of(self.books, party)
        if (unit := self.books.accounts([path])[path].unit) != self.unit:
            raise UnitMismatch(unit, self.unit, path)
        self.put(Contract.opened(self.books, party, self.product, self.programme, role))

    def free(self, party: str, role: str) -> None:
        """End what binds a party in a role."""
        self.put(Contract.ended(self.books, party, self.product, self.programme, role))


def room_in(books: Books, path: AccountPath) -> int:
    """What may leave an account now; nothing while it is frozen."""
    room = books.available(path) if books.accounts([path])[path].status.takes_debits else 0
    return books.balance(path) if room is None else max(room, 0)


class ReserveShort(ProductRejection):
    sentence = "the reserve of {programme} has {reserve}, {needed} needed"
    quantities = ("reserve", "needed")
    programme: str
    reserve: int
    needed: int
    unit: str = ""


def amounts(terms: WalletTerms, *quantities: int) -> tuple[Amount, ...]:
    """Minor units as amounts, for reports."""
    return tuple(Amount(quantity, terms.unit) for quantity in quantities)


# --- commands and their rules -----------------------------------------------------------------------


@frozen
class OfProgramme:
    """The base of what is asked of a programme; its operator asks, unless a command says otherwise."""

    may: ClassVar[Mapping[Role, str]] = {Role.OPERATOR: "programme"}
    programme: str = fields.id_("the programme, named by its operator's id")


@frozen
class OpenProgramme(programme.OpenProgramme):
    """Open a programme with its reserve account (开立备付金账户)."""

    programme: str = fields.id_("the programme, named by its operator's id")
    terms: WalletTerms = fields.of_terms("its terms", WalletTerms)


@frozen
class ChangeTerms(programme.ChangeTerms):
    """Change some terms from a date on (变更条款); the others stay."""

    programme: str = fields.id_("the programme, named by its operator's id")
    terms: Mapping[str, Any] = fields.terms("the terms that change", fields.some_terms)
    effective_on: date | None = fields.day("first day of the new terms; today if not given", None)


@noun.rule(OpenProgramme)
def open_programme(terms: WalletTerms, command: OpenProgramme, books: Books) -> Plan:
    """Keep the terms and open the operator's accounts.

    Refuses, in this order: AlreadyTaken, NotFound, PartyErased, PartySuspended, NotIdentified,
    NoCurrentAccount, UnitMismatch.
    """
    id, on, unit = command.programme, books.today, terms.unit
    records.fresh(books, PROGRAMMES.kind, id)
    voucher = WalletVoucher(books, terms, id)
    voucher.bind(identified_party(books, id).id, "operator")
    own = (RESERVE, SERVICE, CASH_DUE, CASH_DUE_CONTRA)
    voucher.open(*(it.account(id, unit=unit, on=on, party=id) for it in own))
    PROGRAMMES.open(voucher, id, terms, opened_on=on.isoformat())
    return voucher.plan("open", f"open programme {id}")


noun.rule(ChangeTerms)(PROGRAMMES.change)
