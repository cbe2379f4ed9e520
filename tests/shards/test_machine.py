"""Payments between three books under crashes, lost messages, repeats and steps in any order.

The model knows nothing of postings: what was paid in, and for each payment whether its receiver got it or
its payer has it back.  At every instant all money is somewhere, and accounts in transit are their open items.
"""

from __future__ import annotations

from contextlib import ExitStack
from datetime import timedelta
from typing import ClassVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from tests.conftest import PROFILE
from tests.products.holders import cny
from tests.shards.country import Country, close, databases

from bankcore.errors import BankcoreError, DayClosing, LedgerRejection, StoreError
from bankcore.ledger.accounts import Status
from bankcore.products.current import Remit
from bankcore.products.current.remittances import (
    Decided,
    Incoming,
    Outgoing,
    Remittance,
    open_incoming,
    open_outgoing,
)

PARTIES = tuple(Country.HOMES)
BOOKS = tuple(dict.fromkeys(Country.HOMES.values()))
STRANGER = "nobody"  # at home nowhere, so refused wherever it is paid
STATUSES = (Status.OPEN, Status.FROZEN, Status.DEBITS_FROZEN, Status.CREDITS_FROZEN)
PAID_IN = 1_000_00
EXPECTED = (StoreError, LedgerRejection, DayClosing)  # of steps; anything else is a fault


class Between(RuleBasedStateMachine):
    """Anybody runs any step at any time, with whatever he knows, be it old."""

    server: ClassVar[str] = ""  # of PostgreSQL, for two databases with two books each; else all is in memory

    @initialize()
    def start(self) -> None:
        self.context = ExitStack()
        places = self.context.enter_context(databases(self.server)) if self.server else None
        self.country = Country(places)
        for party in PARTIES:
            self.country.pay_in(party, "1,000.00")
        self.messages: list[Remittance] = []  # may be delivered as often as one likes, or never
        self.answers: list[tuple[Remittance, Incoming]] = []
        self.keys: dict[str, Remit] = {}

    # --- payments -----------------------------------------------------------------------------------

    @rule(
        payer=st.sampled_from(PARTIES),
        receiver=st.sampled_from((*PARTIES, STRANGER)),
        book=st.sampled_from(BOOKS),
        amount=st.sampled_from(("0.01", "33.33", "400.00", "1,000.00")),
    )
    def remit(self, payer: str, receiver: str, book: str, amount: str) -> None:
        """Only the first step; the receiver need not be at home in that book."""
        key = f"p{len(self.keys)}"
        self.keys[key] = Remit(payer, book, receiver, cny(amount), key)
        self.give(key)

    @precondition(lambda self: self.keys)
    @rule(data=st.data())
    def remit_again(self, data: st.DataObject) -> None:
        """A caller that has no answer asks again: the same, and only once."""
        self.give(data.draw(st.sampled_from(sorted(self.keys))))

    def give(self, key: str) -> None:
        command = self.keys[key]
        bank = self.country.banks[self.country.HOMES[command.party]]
        try:
            bank.handle(command, key)
        except BankcoreError:
            return

    @rule()
    def read_messages(self) -> None:
        for book in BOOKS:
            if not self.country.stores[book].down:
                books = self.country.banks[book].ledger.books
                self.messages += [it.remittance(book) for it in open_outgoing(books)]

    @precondition(lambda self: self.messages)
    @rule(data=st.data())
    def arrive(self, data: st.DataObject) -> None:
        message = data.draw(st.sampled_from(self.messages))
        try:
            self.answers.append((message, self.country.shards.transfers.arrive(message)))
        except EXPECTED:
            return

    @precondition(lambda self: self.answers)
    @rule(data=st.data())
    def end(self, data: st.DataObject) -> None:
        message, decision = data.draw(st.sampled_from(self.answers))
        try:
            ended = self.country.shards.transfers.end(message, decision)
        except EXPECTED:
            return
        assert (ended.settled_on is None) is bool(decision.why)
        assert (ended.returned_on is None) is not bool(decision.why)

    @rule()
    def recover(self) -> None:
        self.country.shards.recover()

    # --- troubles -----------------------------------------------------------------------------------

    @rule(book=st.sampled_from(BOOKS))
    def go_down_or_up(self, book: str) -> None:
        store = self.country.stores[book]
        store.down = not store.down

    @rule(book=st.sampled_from(BOOKS), commits=st.integers(0, 2), after=st.booleans())
    def break_soon(self, book: str, commits: int, after: bool) -> None:
        store = self.country.stores[book]
        store.commits_until_fault, store.after = commits, after

    @rule(party=st.sampled_from(PARTIES), status=st.sampled_from(STATUSES))
    def change_status(self, party: str, status: Status) -> None:
        try:
            self.country.set_status(party, status)
        except BankcoreError:
            return

    @rule(book=st.sampled_from(BOOKS))
    def close_a_day(self, book: str) -> None:
        """Each book goes its own pace, and stops in the middle of a close where it breaks."""
        try:
            bank = self.country.banks[book]
            bank.close_day(bank.today)
        except StoreError:
            return

    # --- what always holds --------------------------------------------------------------------------

    @invariant()
    def everything_is_somewhere(self) -> None:
        country, down = self.country, [it for it in BOOKS if self.country.stores[it].down]
        for book in down:
            country.stores[book].down = False
        assert country.clients + country.on_its_way == PAID_IN * len(PARTIES)
        for book in BOOKS:
            books = country.banks[book].ledger.books
            out, in_, _ = country.transit(book)
            assert out == sum(it.amount for it in open_outgoing(books))
            assert out == sum(it.amount for it in Outgoing.every(books) if it.is_open)
            assert in_ == sum(it.amount for it in open_incoming(books))
            assert not list(country.banks[book].broken_invariants())
        assert country.on_its_way == sum(it.amount for it in self.undecided())
        for book in down:
            country.stores[book].down = True

    def undecided(self) -> list[Outgoing]:
        """The payments that have left and neither arrived nor come back."""
        found = []
        for book in BOOKS:
            for it in Outgoing.every(self.country.banks[book].ledger.books):
                decision = Decided.on(self.country.banks[it.book].ledger.books, book, it.id)
                if it.is_open and (decision is None or decision.why):
                    found.append(it)
        return found

    def teardown(self) -> None:
        """Once everything is up again one recovery ends every payment, in one way and once."""
        if not hasattr(self, "country"):
            return
        country = self.country
        for book in BOOKS:
            store, bank = country.stores[book], country.banks[book]
            store.down, store.commits_until_fault = False, None
            bank.close_day(bank.today)  # also one that stopped in the middle
        for party in PARTIES:
            country.set_status(party, Status.OPEN)
        for key in self.keys:
            self.give(key)
        assert country.shards.recover().waiting == ()
        assert (country.shards.recover().arrived, country.on_its_way) == (0, 0)
        assert [country.transit(book)[:2] for book in BOOKS] == [(0, 0)] * len(BOOKS)
        latest = max(country.banks[book].today for book in BOOKS)
        country.shards.close_day(latest + timedelta(days=1), ahead=True)  # pays out what is in suspense
        balances = dict.fromkeys(PARTIES, PAID_IN)
        for book in BOOKS:
            for it in Outgoing.every(country.banks[book].ledger.books):
                assert (it.settled_on is None) is not (it.returned_on is None)
                if it.settled_on is not None:
                    balances[it.party] -= it.amount
                    balances[it.receiver] += it.amount
        assert {party: country.demand(party) for party in PARTIES} == balances
        country.check()
        close(country.banks)
        self.context.close()


TestBetween = Between.TestCase
TestBetween.settings = settings(stateful_step_count=40)


@pytest.mark.slow
@pytest.mark.skipif(PROFILE != "nightly", reason="nightly only; the processes that are killed run always")
def test_between_books_in_postgres(postgres_server: str) -> None:
    class OnPostgres(Between):
        server = postgres_server

    run_state_machine_as_test(OnPostgres, settings=TestBetween.settings)  # type: ignore[no-untyped-call]
