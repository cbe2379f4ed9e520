"""Yield (收益): the close of a day pays what is due and accrues the day's balances, page by page.

| operation | debit | credit | amount |
| --- | --- | --- | --- |
| yield | reserve | yield of each client | what is due, if the reserve covers the whole batch |
| owed | reserve | demand account of a client who left | what was owed since, in the same batch |
| | owed-contra | owed | the same |

First the monitor, then one step decides for the whole batch: a reserve that is short of it, frozen or
limited leaves everything due to the next day.  Then each page is paid in common; where the ledger refuses
it, each of its clients is paid alone, and what a client's pocket refuses stays due.

>>> Payout(id="mall:2024-05-02", due=45, reserve=90, paid=True, withheld=15).carried
15
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import partial
from typing import ClassVar

from attrs import evolve, field, frozen

from bankcore.calendars import Roll
from bankcore.errors import AccountFrozen, BankcoreError, LedgerRejection
from bankcore.ledger.accounts import AccountPath
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import RecordText, Transaction
from bankcore.product import chart, records
from bankcore.product.deferrals import Deferral, deferred
from bankcore.product.facts import Facts, kept
from bankcore.product.plan import Plan, Step
from bankcore.product.product import Noun, Phase
from bankcore.product.records import every, pages_of_texts, texts
from bankcore.products.wallet.accruals import ACCRUAL, DayRules, YieldState
from bankcore.products.wallet.clients import (
    OWED,
    OWED_CONTRA,
    POCKET,
    Client,
)
from bankcore.products.wallet.hours import of_intervals
from bankcore.products.wallet.late_entries import LateEntry
from bankcore.products.wallet.monitor import draw_at_close, sweep_at_close
from bankcore.products.wallet.pools import client_of, pool_of
from bankcore.products.wallet.programmes import (
    OPERATOR,
    PROGRAMMES,
    RESERVE,
    ReserveShort,
    WalletTerms,
    WalletVoucher,
    amounts,
    room_in,
    running,
)
from bankcore.tables import Table

__all__: list[str] = []

noun = Noun(__name__)


@frozen(kw_only=True)
class Payout(Facts):
    """What was decided for the yield of a day: what is `due`, what the reserve had, whether it is paid.

    `withheld` is the part of it that clients' accounts refused.
    """

    KIND: ClassVar = "wallet.payout"  # programme:day
    due: int
    reserve: int
    paid: bool
    withheld: int | None = kept(None, absent=True)

    @property
    def day(self) -> date:
        """The day whose close decided."""
        return date.fromisoformat(self.ids[1])

    @property
    def carried(self) -> int:
        """What stays due."""
        return (self.withheld or 0) if self.paid else self.due


# --- the close of a day -----------------------------------------------------------------------------


@noun.daily(Phase.ACCRUAL)
def pay_and_accrue(books: Books, day: date) -> Iterator[Step]:
    """The steps of a day.  Raises CalendarExhausted, BadDate before the first, where no day follows."""
    for programme in running(books):
        DayRules.of(PROGRAMMES.on(books, programme, day), day)
    return _steps(books, day)


def _steps(books: Books, day: date) -> Iterator[Step]:
    for programme in running(books):
        terms = PROGRAMMES.on(books, programme, day)
        looks = [partial(it, programme=programme) for it in (sweep_at_close, draw_at_close, _decide)]
        yield Step(f"{programme}/payout", *looks)
        rules, after = DayRules.of(terms, day, pool_of(books, programme, day)), ""
        for rows in pages_of_texts(books, ACCRUAL, POCKET.root(programme)):
            page = _Page(terms, programme, rules, rows, after, "yield" in terms.eligible)
            yield Step(f"{programme}/yield/{client_of(rows[0][0])}", page.whole, page.alone, page.withhold)
            after = rows[-1][0]
        for path, owed in list(books.balances(OWED.root(programme))):
            if owed:
                debt = _Debt(programme, path.rpartition(":")[2])
                yield Step(f"{programme}/owed/{debt.client}", debt.pay, debt.withhold)


def _decide(books: Books, programme: str) -> Plan:
    """Pay the whole batch that is due, or carry it over."""
    terms, day, path = PROGRAMMES.today(books, programme), books.today.isoformat(), RESERVE(programme)
    accruals = texts(books, ACCRUAL, POCKET.root(programme))
    due = sum(YieldState.from_json(text).payable(day) for _, _, text in accruals)
    due += sum(owed for _, owed in books.balances(OWED.root(programme)))
    reserve, refusal = books.balance(path), _refusal(books, terms, programme, due)
    # Written even when nothing is due: a run started again must not ask the monitor twice.
    voucher = WalletVoucher(books, terms, programme)
    voucher.keep(Payout(id=f"{programme}:{day}", due=due, reserve=reserve, paid=refusal is None))
    if refusal is not None and reserve >= due:
        waits = Deferral(id=f"{day}:wallet:{programme}/yield", code=refusal.code, reason=str(refusal))
        voucher.keep(waits)
    why = "frozen" if isinstance(refusal, AccountFrozen) else "short"
    how = "is paid" if refusal is None else f"is carried over: the reserve is {why}"
    return voucher.plan("payout", f"yield of {programme} {how}")


def _refusal(books: Books, terms: WalletTerms, programme: str, due: int) -> BankcoreError | None:
    """Why the reserve cannot pay so much today, if it cannot."""
    path = RESERVE(programme)
    if not due:
        return None
    status, room = books.accounts([path])[path].status, room_in(books, path)
    if not status.takes_debits:
        return AccountFrozen(path, status.value)
    return None if room >= due else ReserveShort(programme, room, due, terms.unit)


@frozen(eq=False)
class _Page:
    """A page of clients: the rules of its step, which run one after the other."""

    terms: WalletTerms
    programme: str
    rules: DayRules
    rows: list[RecordText]
    after: str  # the last client before it
    yields: bool  # whether yield itself earns
    _refused: list[LedgerRejection] = field(factory=list)  # of the page as a whole
    _withheld: list[int] = field(factory=list)  # what clients' accounts refused

    def whole(self, books: Books) -> Plan:
        """Pay all clients what is due to them, and accrue the day's closing balances."""
        self._refused.clear()  # a step that was not written may be run again
        self._withheld.clear()
        voucher = WalletVoucher(books, self.terms, self.programme)
        payments: dict[AccountPath, int] = {}
        changed = []
        for pocket, version, state, balance, payment in self._clients(books):
            if payment:
                payments[AccountPath(pocket)] = payment
            after = self._closed(state, balance, payment)
            if after != state:
                changed.append(after.record(pocket, version + 1))
        voucher.put(*changed)  # at once: this runs for every client every day
        voucher.post({RESERVE(self.programme): sum(payments.values())}, payments)
        return self._plan(voucher).attempted(self._note)

    def alone(self, books: Books) -> Plan:
        """Where the page was refused: each client alone; what is refused stays due."""
        plan, others = Plan(), WalletVoucher(books, self.terms, self.programme)
        for pocket, version, state, balance, payment in self._clients(books) if self._refused else ():
            if payment:
                plan += self._attempt(books, pocket, version, state, balance, payment)
            elif (after := self._closed(state, balance, 0)) != state:
                others.put(after.record(pocket, version + 1))
        return plan + self._plan(others)

    def withhold(self, books: Books) -> Plan:
        """Keep with the payout what was refused."""
        return _withhold(books, self.programme, self._withheld)

    def _clients(self, books: Books) -> Iterator[tuple[str, int, YieldState, int, int]]:
        """Each client by pocket: version and state of the accrual, the day's balance, what is paid."""
        today, terms = books.today.isoformat(), self.terms
        paid = Payout.existing(books, self.programme, today).paid
        held = _eligible(books, self.programme, terms.eligible, self.after, self.rows[-1][0])
        for pocket, version, text in self.rows:
            state = YieldState.from_json(text)
            closing, payable = held.get(pocket, 0), state.payable(today) if paid else 0
            balance = of_intervals(books, self.programme, client_of(pocket), terms, closing)
            yield pocket, version, state, balance, payable

    def _closed(self, state: YieldState, balance: int, payment: int) -> YieldState:
        """The accrual after the day."""
        more = payment * self.terms.parts if self.yields else 0
        return state.closed(self.rules, balance + more, payment)

    def _attempt(
        self, books: Books, pocket: str, version: int, state: YieldState, balance: int, payment: int
    ) -> Plan:
        """One client's payment; if it is refused, the accrual of the day without it."""
        programme, client = self.programme, client_of(pocket)
        voucher = WalletVoucher(books, self.terms, programme)
        voucher.move(RESERVE(programme), AccountPath(pocket), payment)
        voucher.put(self._closed(state, balance, payment).record(pocket, version + 1))
        owed, text = self._closed(state, balance, 0), f"the yield of {client} waits"
        kept = (owed.record(pocket, version + 1),) if owed != state else ()
        thing = f"{programme}/yield/{client}"
        waits = deferred(books, PROGRAMMES.product, thing, text, *kept, agreement=programme)

        def withheld(refusal: LedgerRejection) -> Iterable[Transaction]:
            self._withheld.append(payment)
            return waits(refusal)

        return self._plan(voucher).attempted(withheld)

    def _plan(self, voucher: WalletVoucher) -> Plan:
        return voucher.plan("yield", f"yield of {voucher.books.today}")

    def _note(self, refusal: LedgerRejection) -> tuple[Transaction, ...]:
        self._refused.append(refusal)
        return ()


@frozen(eq=False)
class _Debt:
    """What is owed to a client who left, and the rules of its step."""

    programme: str
    client: str
    _withheld: list[int] = field(factory=list)

    def pay(self, books: Books) -> Plan:
        """Pay it, if the batch is paid; then nothing binds a client who left any more."""
        self._withheld.clear()  # a step that was not written may be run again
        programme, client = self.programme, self.client
        if not Payout.existing(books, programme, books.today.isoformat()).paid:
            return Plan()
        pair = OWED(programme, client), OWED_CONTRA(programme, client)
        owed = books.balance(pair[0])
        voucher = WalletVoucher(books, PROGRAMMES.today(books, programme), programme)
        voucher.move(RESERVE(programme), chart.DEMAND(client), owed)
        voucher.memo(pair[1], pair[0], owed)
        if Client.existing(books, programme, client).closed_on is not None:
            voucher.free(client, "client")
        for path in pair:
            voucher.close(path, f"client {client} was paid")
        thing, text = f"{programme}/owed/{client}", f"the yield of {client} waits"
        waits = deferred(books, PROGRAMMES.product, thing, text, agreement=programme)

        def withheld(refusal: LedgerRejection) -> Iterable[Transaction]:
            self._withheld.append(owed)
            return waits(refusal)

        return voucher.plan("owed", f"yield owed to {client}").attempted(withheld)

    def withhold(self, books: Books) -> Plan:
        """Keep with the payout what was refused."""
        return _withhold(books, self.programme, self._withheld)


def _withhold(books: Books, programme: str, withheld: Sequence[int]) -> Plan:
    voucher = WalletVoucher(books, PROGRAMMES.today(books, programme), programme)
    if withheld:
        payout = Payout.existing(books, programme, books.today.isoformat())
        voucher.keep(evolve(payout, withheld=payout.carried + sum(withheld)))
    return voucher.plan("payout", f"yield of {programme} that accounts refused")


def _eligible(
    books: Books, programme: str, eligible: tuple[str, ...], after: str, last: str
) -> dict[str, int]:
    """Balances that earn, summed by the client's yield pocket, for clients after `after` up to `last`.

    Yield pockets are the last of a client's accounts and accruals bear their paths, so both run in
    one order.
    """
    names, root = {*eligible}, POCKET.root(programme)
    held: dict[str, int] = {}
    while after < last:
        rows = list(books.balances(root, after, 4 * records.PAGE))
        for path, balance in rows:
            if balance:
                client, _, name = path.rpartition(":")
                if name in names:
                    client += ":yield"
                    held[client] = held.get(client, 0) + balance
        after = rows[-1][0]
    return held


# --- invariants and reports -------------------------------------------------------------------------


@noun.invariant("A3")
def yield_is_exact(books: Books) -> Iterator[str]:
    """What is posted and due is the exact sum rounded, where intervals end daily, and never more.

    Only what a late entry could not take back from an empty pocket is posted too much.
    """
    for programme in PROGRAMMES.ids(books):
        daily = _ends_daily(books, programme)
        for accrual in every(books, ACCRUAL, POCKET.root(programme)):
            state = YieldState.from_data(accrual.data)
            rest = state.unpaid() - state.due
            late = rest < 0 and LateEntry.find(books, programme, client_of(accrual.id)) is not None
            if (rest < 0 and (state.due or not late)) or (daily and rest > 0):
                yield f"{accrual.id}: exact {state.earned}, posted {state.paid}, due {state.due}"


def _ends_daily(books: Books, programme: str) -> bool:
    """Whether every close so far ended an interval of every client, under terms older than today."""
    terms = PROGRAMMES.today(books, programme)
    began = max(start for start, _ in PROGRAMMES.schedule(books, programme) if start <= books.today)
    rolls_on = terms.roll in (Roll.CALENDAR, Roll.FOLLOWING)
    return str(terms.interval) == "1D" and rolls_on and began < books.today


@noun.report("yield", OPERATOR)
def list_payouts(books: Books) -> Table:
    """Every payout: what was declared, posted and carried over."""
    rows = []
    for programme, terms in PROGRAMMES.offered(books):
        for it in Payout.every(books, programme):
            if it.due:
                rows.append((programme, it.day, *amounts(terms, it.due, it.due - it.carried, it.carried)))
    return Table("Yield", ("programme", "date", "declared", "posted", "carried"), tuple(rows))
