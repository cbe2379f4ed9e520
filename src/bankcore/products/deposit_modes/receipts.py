"""Sale receipts (销售回款), of which a share is set aside up to a target, and released on its date.

| operation | debit | credit | amount |
| --- | --- | --- | --- |
| set aside | demand account | mode | the share of all receipts, rounded once |
| release | mode | demand account | all that is set aside |

A receipt is what arrives at the current account from outside, and what escrow pays a seller.  The close of
a day counts what came since the one before, and sets the share of it aside; what cannot be set aside today,
for the account is frozen or the money has left it, stays due until it can.

>>> round_half_up((1_234_56 + 99_99 + 4) * Choices.from_data({"share": "12.5%"}).share.fraction)
16682
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from fractions import Fraction
from itertools import count
from typing import ClassVar

from attrs import evolve, frozen

from bankcore.calendars import add_months
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Record, Transaction
from bankcore.product.actor import Role
from bankcore.product.facts import Facts
from bankcore.product.plan import Plan, Step
from bankcore.product.product import Noun, Phase
from bankcore.product.voucher import Voucher
from bankcore.products.deposit_modes.arrivals import arrivals
from bankcore.products.deposit_modes.choices import Choices, Release
from bankcore.products.deposit_modes.due import EARLY, Due, attempted, due, each, job
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
from bankcore.products.enterprise.programmes import PROGRAMMES
from bankcore.rates import round_half_up
from bankcore.tables import Table

__all__: list[str] = []

noun = Noun(__name__)


@frozen(kw_only=True)
class Receipts(Facts):
    """How far the receipts of an enterprise are counted, as long as a mode sets a share of them aside.

    `counted` of what arrived on `day` is in, and all before; `told` is what escrow paid since.  `shares` is
    what each mode has a claim on so far, exact; none where nothing is set aside.
    """

    KIND: ClassVar = "modes.receipts"  # programme:enterprise
    day: date
    counted: int = 0
    told: int = 0
    shares: Mapping[str, Fraction]


# --- counting -------------------------------------------------------------------------------------


def listen(voucher: Voucher, mode: Mode) -> None:
    """Count receipts from now on for a mode that is opened, if it is for receipts."""
    if mode.terms.fill is not Fill.RECEIPTS:
        return
    known = voucher.find(Receipts, *mode.ids[:2])
    if known is None or not known.shares:
        today, version = voucher.books.today, known.version if known else 0
        arrived = arrivals(voucher.books, mode.enterprise, today).get(today, 0)
        known = Receipts(id=":".join(mode.ids[:2]), version=version, day=today, counted=arrived, shares={})
    else:
        others = [it for it in _setting_aside(voucher, mode.enterprise) if it.code != mode.code]
        known = _counted(voucher.books, known, others)
    voucher.keep(evolve(known, shares={**known.shares, mode.code: Fraction(0)}))


def stop_receipts(voucher: Voucher, mode: Mode) -> None:
    """Count receipts no more for a mode that ends."""
    known = voucher.find(Receipts, *mode.ids[:2])
    if known is not None and mode.code in known.shares:
        shares = {code: share for code, share in known.shares.items() if code != mode.code}
        voucher.keep(evolve(known, shares=shares, told=known.told if shares else 0))


def escrow_paid(voucher: Voucher, seller: str, amount: int) -> None:
    """Count what escrow pays a seller as a receipt."""
    known = voucher.find(Receipts, voucher.agreement, seller)
    if known is not None and known.shares:
        voucher.keep(evolve(known, told=known.told + amount))


def _setting_aside(voucher: Voucher, enterprise: str) -> list[Mode]:
    """The open modes of an enterprise that are filled from receipts."""
    return [mode for mode in open_modes(voucher, enterprise) if mode.terms.fill is Fill.RECEIPTS]


def _counted(books: Books, known: Receipts, modes: list[Mode]) -> Receipts:
    """With what came since it was counted, and the share of each mode in it.

    Beyond its target, and beyond what the modes before it leave of the receipts, a mode has no claim, so that
    a later target or share works from its own day on.  What is set aside stays so if a receipt is reversed.
    """
    arrived = arrivals(books, known.ids[1], known.day)
    came = sum(arrived.values()) - known.counted + known.told
    shares, left = dict(known.shares), max(came, 0)
    for mode in modes:
        before = shares[mode.code]
        share = before + came * mode.choices.share.fraction
        share = min(share, max(Fraction(mode.choices.target), before))
        least, most = mode.kept.set_aside, round_half_up(before) + left
        if not least <= round_half_up(share) <= most:
            share = Fraction(max(min(round_half_up(share), most), least))
        shares[mode.code] = share
        left = most - max(round_half_up(share), round_half_up(before))
    day = max(arrived, default=known.day)
    return evolve(known, day=day, counted=arrived.get(day, 0), told=0, shares=shares)


# --- setting aside ----------------------------------------------------------------------------------


@noun.daily(Phase.SETTLEMENT)
def set_aside(books: Books, day: date) -> Iterator[Step]:
    """Count the receipts of each enterprise, and set aside what is due of them."""
    for programme in PROGRAMMES.ids(books):
        yield from each(books, Receipts.KIND, programme, f"{programme}/receipts", _set_aside)


def _set_aside(books: Books, record: Record) -> Plan:
    known = Receipts.of(record)
    if not known.shares:
        return Plan()
    programme, who = known.ids
    voucher = start(books, programme)
    modes = _setting_aside(voucher, who)
    after = _counted(books, known, modes)
    if after != known:
        voucher.keep(after)
    plan = voucher.plan("count", f"receipts of {who}")
    for mode in modes:
        if (more := round_half_up(after.shares[mode.code]) - mode.kept.set_aside) > 0:
            aside = start(books, programme)
            aside.move(mode.demand, mode.path, more)
            write_mode(aside, mode, "set aside", more, set_aside=mode.kept.set_aside + more)
            moved = aside.transaction("set-aside", f"{mode.code} of {who} sets receipts aside")
            plan += attempted(books, programme, (who, mode.code, "receipts"), [moved])
    return plan


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
    """What was set aside is never more than its exact sum rounded once; what is less is due at the close."""
    for mode in every_mode(books):
        known = Receipts.find(books, *mode.ids[:2])
        claims = known is not None and mode.is_open and mode.terms.fill is Fill.RECEIPTS
        exact = known.shares.get(mode.code) if known is not None else None
        if claims is (exact is None) or (exact is not None and mode.kept.set_aside > round_half_up(exact)):
            yield f"mode {':'.join(mode.ids)} has set aside {mode.kept.set_aside}, exactly {exact}"


@noun.report("targets", own={Role.CUSTOMER: "enterprise"})
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
