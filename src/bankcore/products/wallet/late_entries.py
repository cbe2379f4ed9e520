"""Late entries (补记): what becomes known late is posted today, and counts for yield from its value date on.

The exact sum is reckoned again for the days since; what it is more becomes due, what was posted too much is
taken back, from the yield pocket as far as it holds it, and from later yield.  A pool that is divided stays.

| operation | debit | credit | amount |
| --- | --- | --- | --- |
| take back | yield | reserve | what was posted too much, as far as the pocket holds it |

>>> LateEntry(id="mall:c1", on=date(2024, 5, 9), value_on=date(2024, 5, 1), until=date(2024, 5, 9), \
moved={"principal": 500}).on_day(date(2024, 5, 8), ("principal", "yield"))
500
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from fractions import Fraction
from typing import ClassVar

from attrs import evolve, frozen

from bankcore.errors import BalanceFloorBreached, PeriodClosed
from bankcore.ledger.books import Books
from bankcore.product.facts import Facts
from bankcore.product.interest import closing_balances
from bankcore.product.product import Noun
from bankcore.product.value_dates import late_day
from bankcore.products.wallet.accruals import DayRules, YieldState, accrual_of
from bankcore.products.wallet.clients import OWN, POCKET, Client
from bankcore.products.wallet.pools import Pool, State, open_pool
from bankcore.products.wallet.programmes import (
    POCKETS,
    PROGRAMMES,
    RESERVE,
    WalletTerms,
    WalletVoucher,
    amounts,
)
from bankcore.rates import round_half_up
from bankcore.tables import Table

__all__: list[str] = []

noun = Noun(__name__)
_DAY = timedelta(days=1)


@frozen(kw_only=True)
class LateEntry(Facts):
    """What moved in a client's pockets on a day, and counts for the days from `value_on` up to `until`.

    `change` is what that adds to the exact sum, `taken_back` the yield that went back to the reserve.
    """

    KIND: ClassVar = "wallet.late-entry"  # programme:client, by versions
    on: date
    value_on: date
    until: date
    moved: Mapping[str, int]
    change: Fraction = Fraction(0)
    taken_back: int = 0

    def on_day(self, day: date, pockets: tuple[str, ...]) -> int:
        """What some pockets held more, or less, on a day."""
        counts = self.value_on <= day < self.until
        return sum(self.moved.get(name, 0) for name in pockets) if counts else 0


def late_from(
    books: Books, terms: WalletTerms, client: Client, value_on: date | None, since: date | None = None
) -> date | None:
    """The value date of what becomes known late, None for what is of today.

    It lies neither before the client's registration nor before `since`, such as the purchase refunded.
    Raises BadCommand for a day to come, PeriodClosed for one that is too early or in a pool that is divided.
    """
    first = max(client.registered_on, since or client.registered_on)
    if (value_on := late_day(value_on, books.today, terms.value_back, first)) is None:
        return None
    for pool in Pool.every(books, client.ids[0]):
        if pool.state is not State.OPEN and pool.end > value_on:
            raise PeriodClosed(value_on, pool.end - _DAY)
    return value_on


def check_held(books: Books, terms: WalletTerms, client: Client, value_on: date | None, amount: int) -> None:
    """Raises BalanceFloorBreached where a client held less than an amount on a day since."""
    if value_on is None:
        return
    least = min(sum(it.values()) for it in held_since(books, client, value_on, books.today - _DAY))
    if least < amount:
        raise BalanceFloorBreached(POCKET(*client.ids, "principal"), least, 0, 0, amount, terms.unit)


def held_since(books: Books, client: Client, since: date, until: date) -> Iterator[dict[str, int]]:
    """What each pocket of a client held at the close of each day from one through another.

    Late entries count from their value dates on.
    """
    known = {it: dict(closing_balances(books, POCKET(*client.ids, it), since, until)) for it in POCKETS}
    held, late = dict.fromkeys(POCKETS, 0), list(LateEntry.versions(books, client.id))
    for day in _days(since, until + _DAY):
        held |= {name: found[day] for name, found in known.items() if day in found}
        yield {name: held[name] + sum(it.on_day(day, (name,)) for it in late) for name in POCKETS}


def count_late(voucher: WalletVoucher, client: str, value_on: date | None, until: date | None = None) -> None:
    """Count what a voucher moves in a client's pockets for the days since a value date, up to `until`."""
    if value_on is None:
        return
    books, programme, today = voucher.books, voucher.programme, voucher.books.today
    pocket = POCKET(programme, client, "yield")
    moved = {name: it for name in POCKETS if (it := voucher.moved(POCKET(programme, client, name)))}
    made = LateEntry.anew(
        books, f"{programme}:{client}", on=today, value_on=value_on, until=until or today, moved=moved
    )
    version, state = accrual_of(books, pocket)
    change, ended, even = _changes(books, programme, made, state.registered_on)
    after = _weighed(books, programme, made, state).revised(change, ended, even=even, on=today.isoformat())
    back = min(max(-after.unpaid(), 0), books.balance(pocket) + moved.get("yield", 0))
    voucher.move(pocket, RESERVE(programme), back)
    voucher.put(after.gave_back(back).record(pocket, version + 1))
    voucher.keep(evolve(made, change=change, taken_back=back))


def _changes(
    books: Books, programme: str, made: LateEntry, registered_on: str
) -> tuple[Fraction, Fraction, bool]:
    """The change of the exact sum, its part in intervals that ended, and whether the last day ended one."""
    change = ended = Fraction(0)
    even = False
    for day in _days(made.value_on, books.today):
        terms = PROGRAMMES.on(books, programme, day)
        change += made.on_day(day, terms.eligible) * terms.daily_rate()
        even = bool(DayRules.of(terms, day).payout(registered_on))
        ended = change if even else ended
    return change, ended, even


def _weighed(books: Books, programme: str, made: LateEntry, state: YieldState) -> YieldState:
    """With the weight of the days that a pool still open covers."""
    pool = open_pool(books, programme)
    if pool is None:
        return state
    days = _days(max(made.value_on, pool.start), min(made.until, pool.end))
    more = sum(made.on_day(day, PROGRAMMES.on(books, programme, day).eligible) for day in days)
    return state.weighed(pool.start.isoformat(), more)


def _days(start: date, end: date) -> list[date]:
    return [start + n * _DAY for n in range((end - start).days)]


# --- reports ----------------------------------------------------------------------------------------


@noun.report("late-entries", OWN)
def list_late_entries(books: Books) -> Table:
    """Late entries: the days that each counts for, and the yield that it moved."""
    rows = []
    for programme, terms in PROGRAMMES.offered(books):
        for last in LateEntry.every(books, programme):
            for it in LateEntry.versions(books, last.id):
                money = (sum(it.moved.values()), round_half_up(it.change), it.taken_back)
                rows.append((*it.ids, it.on, it.value_on, it.until, *amounts(terms, *money)))
    columns = ("programme", "client", "date", "value date", "until", "moved", "yield", "taken back")
    return Table("Late entries", columns, tuple(rows))
