"""Agreed deposits (协定存款): the demand rate up to a quota, a better one on what is over it.

Interest is the sum over the days, rounded once a quarter over both tiers, so it does not matter where
the path of balances is cut:

>>> rates = Rate.parse("0.35%"), Rate.parse("1.15%")
>>> path = [(45, 1_234_567_89), (36, 434_567_89), (11, 534_567_90)]
>>> exact = sum(tiered(days, balance, 500_000_00, *rates) for days, balance in path)
>>> exact, round_half_up(exact)
(Fraction(107453455313, 720000), 149241)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from bankcore.calendars import add_months, parse_date
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Record, Transaction
from bankcore.product import chart
from bankcore.product.records import existing
from bankcore.products.deposit_modes.draft import Draft, data_of
from bankcore.products.deposit_modes.refusals import AgreedElsewhere
from bankcore.products.deposit_modes.registry import (
    AGREEMENT,
    EARLY,
    INTEREST,
    LATE,
    MODE,
    Mode,
    due,
    mode_of,
    start,
    write_mode,
)
from bankcore.rates import Rate, fraction_text, parse_fraction, round_half_up

__all__ = [
    "accrue_agreed", "accrue_earned", "agree", "agreed_so_far", "covered", "earned_by", "pay_interest",
    "quarter_end", "sample", "tiered", "withdraw_agreement",
]  # fmt: skip

_ONE = timedelta(days=1)


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


# --- the agreement ------------------------------------------------------------------------------------


def covered(books: Books, enterprise: str) -> Iterator[tuple[Mapping[str, Any], date, date]]:
    """What each version of an agreement notes, with its days [since, until), through yesterday.

    From its end on an agreement covers nothing, though another may follow.
    """
    versions: list[Mapping[str, Any]] = [it.data for it in books.versions(AGREEMENT, enterprise)]
    ends = [*(it["since"] for it in versions[1:]), books.today.isoformat()]
    for data, until in zip(versions, ends, strict=True):
        yield data, parse_date(data["since"]), parse_date(data["closed_on"] or until)


def agree(draft: Draft, mode: Mode) -> None:
    """Cover the demand account and the mode's money from today on.  Raises AgreedElsewhere."""
    today = draft.books.today
    data = data_of(draft, AGREEMENT, mode.enterprise)
    if data and data["closed_on"] is None:
        raise AgreedElsewhere(mode.enterprise, data["programme"], data["mode"])
    held = {"since": today.isoformat(), "quarter": today.isoformat(), "balance": 0, "tiered": "0/1"}
    rates = _rates(mode)
    names = {"programme": mode.programme, "mode": mode.code}
    draft.write(AGREEMENT, mode.enterprise, **names, **held, **rates, plain="0/1", accrued=0, closed_on=None)
    due(draft, quarter_end(today), LATE, mode.enterprise, mode.code, "agreed")


def withdraw_agreement(draft: Draft, mode: Mode) -> tuple[Fraction, Fraction]:
    """End the agreement; exact interest to the day before, as agreed and at the demand rate alone."""
    data = data_of(draft, AGREEMENT, mode.enterprise)
    agreed, plain = _through(data, draft.books.today)
    draft.write(AGREEMENT, mode.enterprise, closed_on=draft.books.today.isoformat())
    return agreed, plain


def agreed_so_far(books: Books, enterprise: str) -> tuple[Fraction, Fraction]:
    """Exact interest of the running quarter to the day before, as agreed and at the demand rate alone."""
    return _through(existing(books, AGREEMENT, enterprise).data, books.today)


def sample(books: Books, record: Record) -> Iterator[Transaction]:
    """Note the day's closing balance, quota and rates of an agreement, if they are others than before."""
    data, today = record.data, books.today
    if data["closed_on"] is not None:
        return
    draft = start(books, data["programme"])
    mode = mode_of(books, existing(books, MODE, data["programme"], record.id, data["mode"]))
    held = {"balance": books.balance(mode.demand) + books.balance(mode.path), **_rates(mode)}
    if all(data[name] == value for name, value in held.items()):
        return
    agreed, plain = _through(data, today)
    sums = {"tiered": fraction_text(agreed), "plain": fraction_text(plain)}
    draft.write(AGREEMENT, record.id, **held, **sums, since=today.isoformat())
    yield draft.transaction("sample", f"balance of {record.id} for its agreed deposit")


def accrue_agreed(books: Books, programme: str, enterprise: str, mode: str) -> Iterator[Transaction]:
    """On the 20th: the quarter's interest, rounded once over both tiers; it is paid the day after."""
    draft, tomorrow = start(books, programme), books.today + _ONE
    data = data_of(draft, AGREEMENT, enterprise)
    if (data["programme"], data["mode"], data["closed_on"]) != (programme, mode, None):
        return
    exact, _ = _through(data, tomorrow)
    fresh = {"since": tomorrow.isoformat(), "quarter": tomorrow.isoformat(), "tiered": "0/1", "plain": "0/1"}
    draft.write(AGREEMENT, enterprise, **fresh, accrued=round_half_up(exact))
    due(draft, quarter_end(tomorrow), LATE, enterprise, mode, "agreed")
    yield from _accrued(draft, enterprise, mode, "agreed", round_half_up(exact))


def _rates(mode: Mode) -> dict[str, Any]:
    return {
        "quota": mode.choices.quota,
        "demand_rate": str(mode.terms.demand_rate),
        "excess_rate": str(mode.terms.excess_rate),
    }


def _through(data: Any, day: date) -> tuple[Fraction, Fraction]:
    """Exact interest of the quarter before a day, as agreed and at the demand rate alone."""
    days = max((day - parse_date(data["since"])).days, 0)
    demand_rate, excess_rate = Rate.parse(data["demand_rate"]), Rate.parse(data["excess_rate"])
    agreed = tiered(days, data["balance"], data["quota"], demand_rate, excess_rate)
    plain = tiered(days, data["balance"], data["balance"], demand_rate, excess_rate)
    return parse_fraction(data["tiered"]) + agreed, parse_fraction(data["plain"]) + plain


# --- interest of a quarter ------------------------------------------------------------------------------


def earned_by(draft: Draft, mode: Mode, earned: Fraction) -> dict[str, str]:
    """What a mode earned on money used, to be accrued on the next 20th and paid the day after."""
    if earned:
        due(draft, quarter_end(draft.books.today), LATE, mode.enterprise, mode.code, "earned")
    return {"earned": fraction_text(mode.fraction("earned") + earned)}


def accrue_earned(books: Books, programme: str, enterprise: str, mode: str) -> Iterator[Transaction]:
    """On the 20th: what the money used in the quarter had earned, rounded once."""
    draft = start(books, programme)
    held = mode_of(books, existing(books, MODE, programme, enterprise, mode))
    exact = held.fraction("earned") if held.is_open else Fraction(0)
    if exact:
        write_mode(draft, held, "interest accrued", earned="0/1")
        yield from _accrued(draft, enterprise, mode, "earned", round_half_up(exact))


def _accrued(draft: Draft, enterprise: str, mode: str, job: str, quantity: int) -> Iterator[Transaction]:
    """Where an account is frozen nothing is accrued; the next day is asked again, for all days until then."""
    tomorrow = draft.books.today + _ONE
    if quantity:
        draft.move(chart.INTEREST_EXPENSE(), INTEREST(draft.agreement, enterprise), quantity)
        due(draft, tomorrow, EARLY, enterprise, mode, "pay")
    if not draft.is_postable():
        draft = start(draft.books, draft.agreement)
        due(draft, tomorrow, LATE, enterprise, mode, job)
    yield draft.transaction("accrue", f"interest of {enterprise} for the quarter")


def pay_interest(books: Books, programme: str, enterprise: str, mode: str) -> Iterator[Transaction]:
    """On the 21st: what is payable, to the demand account; a frozen one is asked again the next day."""
    draft = start(books, programme)
    path = INTEREST(programme, enterprise)
    draft.move(path, chart.DEMAND(enterprise), books.balance(path))
    if not draft.is_postable():
        draft = start(books, programme)
        due(draft, books.today + _ONE, EARLY, enterprise, mode, "pay")
    if not draft.is_empty:
        yield draft.transaction("pay-interest", f"interest to {enterprise}")
