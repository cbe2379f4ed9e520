"""Agreed deposits (协定存款): the demand rate up to a quota, a better one on what is over it.

| operation | debit | credit | amount |
| --- | --- | --- | --- |
| settle, on the 20th | accrued, interest expense | interest | the quarter's, rounded once |
| pay, on the 21st | interest | demand account | |

Interest is the sum over the days, rounded once a quarter over both tiers, so it does not matter where
the path of balances is cut:

>>> rates = Rate.parse("0.35%"), Rate.parse("1.15%")
>>> path = [(45, 1_234_567_89), (36, 434_567_89), (11, 534_567_90)]
>>> exact = sum(tiered(days, balance, 500_000_00, *rates) for days, balance in path)
>>> exact, round_half_up(exact)
(Fraction(107453455313, 720000), 149241)
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise
from typing import Any, ClassVar

from attrs import evolve, frozen

from bankcore.amounts import Amount
from bankcore.calendars import add_months
from bankcore.errors import ProductRejection
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Record, Transaction
from bankcore.product import chart
from bankcore.product.accruals import pay_interest
from bankcore.product.actor import Role
from bankcore.product.facts import Facts
from bankcore.product.parties import Cover
from bankcore.product.plan import Plan, Step
from bankcore.product.product import Noun, Phase
from bankcore.product.voucher import Voucher
from bankcore.products.deposit_modes.due import EARLY, LATE, due, each, job
from bankcore.products.deposit_modes.interest import ACCRUED, accrued_of, noticed, pay_earned
from bankcore.products.deposit_modes.modes import Kept, Mode, mode_of, start, write_mode
from bankcore.products.enterprise.programmes import INTEREST, PROGRAMMES
from bankcore.rates import Rate, round_half_up
from bankcore.tables import Table

__all__ = ["AgreedElsewhere"]

noun = Noun(__name__)


# --- facts and refusals ---------------------------------------------------------------------------


@frozen(kw_only=True)
class Agreement(Facts):
    """What covers a demand account together with a mode: a version for each balance, quota and rates.

    `tiered` and `plain` are the exact interest of the quarter before `since`, as agreed and at the demand
    rate alone.
    """

    KIND: ClassVar = "modes.agreement"  # enterprise
    programme: str
    mode: str
    since: date
    quarter: date
    balance: int = 0
    tiered: Fraction = Fraction(0)
    plain: Fraction = Fraction(0)
    accrued: int = 0
    closed_on: date | None = None
    quota: int
    demand_rate: Rate
    excess_rate: Rate

    def through(self, day: date) -> tuple[Fraction, Fraction]:
        """Exact interest of the quarter before a day, as agreed and at the demand rate alone."""
        days, rates = max((day - self.since).days, 0), (self.demand_rate, self.excess_rate)
        agreed = tiered(days, self.balance, self.quota, *rates)
        return self.tiered + agreed, self.plain + tiered(days, self.balance, self.balance, *rates)


class AgreedElsewhere(ProductRejection):
    sentence = "the demand account of {enterprise} is already covered by mode {mode} of {programme}"
    enterprise: str
    programme: str
    mode: str


def tiered(days: int, balance: int, quota: int, demand_rate: Rate, excess_rate: Rate) -> Fraction:
    """Exact interest of some days (ACT/360): the quota's part at the demand rate, the rest at the other."""
    excess = max(balance - quota, 0)
    yearly = (balance - excess) * demand_rate.fraction + excess * excess_rate.fraction
    return yearly * days / 360


def quarter_end(day: date) -> date:
    """The 20th of March, June, September or December on or after a day, whose balance is the last to earn.

    Raises BadDate beyond the year 9999.

    >>> quarter_end(date(2024, 12, 21)), quarter_end(date(2024, 6, 20))
    (datetime.date(2025, 3, 20), datetime.date(2024, 6, 20))
    """
    end = date(day.year, -(-day.month // 3) * 3, 20)
    return end if day <= end else add_months(end, 3)


def covered(books: Books, enterprise: str) -> Iterator[tuple[Agreement, date, date]]:
    """Each version of an agreement, with its days [since, until), through yesterday.

    From its end on an agreement covers nothing, though another may follow.
    """
    versions = list(Agreement.versions(books, enterprise))
    ends = (*(after.since for _, after in pairwise(versions)), books.today)
    for it, until in zip(versions, ends, strict=True):
        yield it, it.since, it.closed_on or until


# --- beginning and ending ---------------------------------------------------------------------------


def agree(voucher: Voucher, mode: Mode) -> None:
    """Cover the current account and the mode's money from today on.  Raises AgreedElsewhere.

    The current account earns nothing of its own meanwhile.
    """
    today, before = voucher.books.today, voucher.find(Agreement, mode.enterprise)
    if before is not None and before.closed_on is None:
        raise AgreedElsewhere(mode.enterprise, before.programme, before.mode)
    agreement = Agreement(
        id=mode.enterprise,
        version=before.version if before else 0,
        programme=mode.ids[0],
        mode=mode.code,
        since=today,
        quarter=today,
        **_rates(mode),
    )
    voucher.keep(agreement)
    voucher.put(Cover.begun(voucher.books, mode.enterprise))
    due(voucher, quarter_end(today), LATE, mode.enterprise, mode.code, "agreed")


def withdraw_agreement(voucher: Voucher, mode: Mode) -> None:
    """End the agreement."""
    agreement = voucher.existing(Agreement, mode.enterprise)
    voucher.keep(evolve(agreement, closed_on=voucher.books.today))
    voucher.put(Cover.ended(voucher.books, mode.enterprise))


def agreed_so_far(books: Books, enterprise: str) -> tuple[Fraction, Fraction]:
    """Exact interest of the running quarter to the day before, as agreed and at the demand rate alone."""
    return Agreement.existing(books, enterprise).through(books.today)


def _rates(mode: Mode) -> dict[str, Any]:
    terms = mode.terms
    return {
        "quota": mode.choices.quota,
        "demand_rate": terms.demand_rate,
        "excess_rate": terms.excess_rate,
    }


# --- the close of a day -----------------------------------------------------------------------------


@noun.daily(Phase.MONITOR)
def sample(books: Books, day: date) -> Iterator[Step]:
    """Note the closing balance, quota and rates of each agreement, where they are others than before."""
    return each(books, Agreement.KIND, "", "agreed", _sample)


def _sample(books: Books, record: Record) -> Plan:
    agreement, today = Agreement.of(record), books.today
    if agreement.closed_on is not None:
        return Plan()
    mode = mode_of(books, Kept.existing(books, agreement.programme, agreement.id, agreement.mode))
    held: dict[str, Any] = _rates(mode)
    held["balance"] = books.balance(mode.demand) + books.balance(mode.path)
    if all(getattr(agreement, name) == value for name, value in held.items()):
        return Plan()
    agreed, plain = agreement.through(today)
    voucher = start(books, agreement.programme)
    voucher.keep(evolve(agreement, **held, tiered=agreed, plain=plain, since=today))
    return voucher.plan("sample", f"balance of {agreement.id} for its agreed deposit")


@job("agreed")
def accrue_agreed(books: Books, programme: str, enterprise: str, mode: str) -> Iterator[Transaction]:
    """On the 20th: the quarter's interest, rounded once over both tiers, is payable, and paid the day after.

    Where it cannot be accrued, the next day is asked again, for all days until then.
    """
    voucher, tomorrow = start(books, programme), books.today + timedelta(days=1)
    known = voucher.find(Agreement, enterprise)
    if known is None or (known.programme, known.mode, known.closed_on) != (programme, mode, None):
        return
    accrued = round_half_up(known.through(tomorrow)[0])
    none = Fraction(0)
    voucher.keep(evolve(known, since=tomorrow, quarter=tomorrow, tiered=none, plain=none, accrued=accrued))
    due(voucher, quarter_end(tomorrow), LATE, enterprise, mode, "agreed")
    path, path_of_mode = INTEREST(programme, enterprise), ACCRUED(programme, enterprise, mode)
    pay_interest(voucher, path_of_mode, accrued_of(books, path_of_mode), {path: accrued})
    yield _payable(voucher, enterprise, mode, accrued)


def accrue_later(voucher: Voucher, mode: Mode) -> None:
    """What a mode earned on money used is accrued on the next 20th and paid the day after."""
    due(voucher, quarter_end(voucher.books.today), LATE, mode.enterprise, mode.code, "earned")


@job("earned")
def accrue_earned(books: Books, programme: str, enterprise: str, mode: str) -> Iterator[Transaction]:
    """On the 20th: what the money used so far had earned, rounded once, less what is posted of it."""
    voucher = start(books, programme)
    held = mode_of(books, Kept.existing(books, programme, enterprise, mode))
    if held.is_open and held.owed:
        path = INTEREST(programme, enterprise)
        after = pay_earned(voucher, held, noticed(held, books.today), {path: held.owed})
        write_mode(voucher, after, "interest accrued")
        yield _payable(voucher, enterprise, mode, held.owed)


def _payable(voucher: Voucher, enterprise: str, mode: str, quantity: int) -> Transaction:
    if quantity:
        due(voucher, voucher.books.today + timedelta(days=1), EARLY, enterprise, mode, "pay")
    return voucher.transaction("accrue", f"interest of {enterprise} for the quarter")


@job("pay")
def pay_out(books: Books, programme: str, enterprise: str, mode: str) -> Iterator[Transaction]:
    """On the 21st: what is payable, to the demand account."""
    voucher, path = start(books, programme), INTEREST(programme, enterprise)
    if payable := books.balance(path):
        voucher.move(path, chart.DEMAND(enterprise), payable)
        yield voucher.transaction("pay-interest", f"interest to {enterprise}")


# --- invariants and reports -------------------------------------------------------------------------


@noun.invariant("D4")
def agreements_belong_to_open_modes(books: Books) -> Iterator[str]:
    """An agreed deposit covers a demand account as long as its mode is open, and its days go on."""
    for it in Agreement.every(books):
        kept = Kept.find(books, it.programme, it.id, it.mode)
        is_open = kept is not None and kept.ended_on is None
        if is_open is (it.closed_on is not None):
            yield f"agreement of {it.id} closed on {it.closed_on}, its mode is open: {is_open}"


@noun.report("agreed", own={Role.CUSTOMER: "enterprise"})
def quarter_sheet(books: Books) -> Table:
    """The days of each agreed deposit with the balance in each tier; the last line reaches to yesterday."""
    rows = []
    for agreement in Agreement.every(books):
        for it, since, until in covered(books, agreement.id):
            if (days := (until - since).days) > 0:
                unit = PROGRAMMES.today(books, it.programme).unit
                tier = min(it.balance, it.quota)
                money = (Amount(tier, unit), Amount(it.balance - tier, unit))
                rates = (str(it.demand_rate), str(it.excess_rate))
                rows.append((agreement.id, it.quarter, it.since, days, *money, *rates))
    columns = ("enterprise", "quarter", "from", "days", "up to quota", "over quota", "rate", "excess rate")
    return Table("Agreed deposits", columns, tuple(rows))
