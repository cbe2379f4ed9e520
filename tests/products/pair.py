"""Two banks, one in memory and one in a SQLite file or PostgreSQL, which end every command and day alike."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, ClassVar

from hypothesis import event
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from tests.postgres import empty_schema
from tests.products.people import giver

from bankcore.bank import Bank
from bankcore.errors import BankcoreError
from bankcore.ledger.evidence.audit import verify
from bankcore.ledger.personal import seeded
from bankcore.ledger.reading.statements import trial_balance
from bankcore.product.actor import Actor
from bankcore.stores.memory import MemoryStore
from bankcore.stores.open import open_store


class Pair(RuleBasedStateMachine):
    """What state machines of products have in common; a machine's first rule calls `open_on`.

    The model here knows balances by account, taken from the journal, and receipts by key.
    """

    server: ClassVar[str] = ""  # of PostgreSQL; without one the second bank is in a SQLite file

    def open_on(self, day: date) -> None:
        self.context = ExitStack()
        room = empty_schema(self.server) if self.server else tempfile.TemporaryDirectory()
        self.place = self.context.enter_context(room) + ("" if self.server else "/book.db")
        self.now = datetime.combine(day, time(), UTC)
        self.banks = [
            Bank.create(store, opened_on=day, clock=lambda: self.now, salts=seeded("test"))
            for store in (MemoryStore(), open_store(self.place, create=True, durability="normal"))
        ]
        self.step = self.taken = 0  # commands given, transactions that the model has seen
        self.done: dict[str, tuple[Any, Any]] = {}  # by key: what was done, and its receipts
        self.balances: dict[str, int] = {}

    def both(self, act: Any) -> Any:
        """Do it in both banks, which must answer alike; a refusal comes as a dict."""
        outcomes = []
        for bank in self.banks:
            try:
                outcomes.append(act(bank))
            except BankcoreError as error:
                outcomes.append(error.as_dict())
        assert outcomes[0] == outcomes[1]
        self.follow()
        return outcomes[0]

    def give(self, *commands: Any, actor: Actor | None = None) -> Any:
        """One command, or several in one commit: the receipts, or the refusal, which leaves no trace."""
        actor = actor or giver(commands[0])
        key = f"step-{self.step}"
        self.step += 1
        head = self.banks[0].ledger.reader.head()

        def act(bank: Bank) -> Any:
            if len(commands) == 1:
                return bank.handle(commands[0], key, actor)
            return bank.handle_all(commands, key, actor)

        outcome = self.both(act)
        refused = isinstance(outcome, dict)
        for command in commands:
            event(f"{type(command).__name__}: {outcome['code'] if refused else 'done'}")
        if refused:
            assert self.banks[0].ledger.reader.head() == head
        else:
            self.done[key] = (act, outcome)
        return outcome

    def follow(self) -> None:
        """Take the journal's new transactions into the model."""
        for entry in self.banks[0].ledger.reader.entries(self.taken):
            for p in entry.transaction.postings if not entry.transaction.pending else ():
                self.balances[p.account] = self.balances.get(p.account, 0) + p.quantity
            self.taken = entry.number

    def close(self, days: int, *, twice: bool = False) -> None:
        """Close so many days; closing them again writes nothing."""
        last = self.banks[0].today + timedelta(days=days - 1)
        closed = self.both(lambda bank: bank.close_day(last))
        assert not isinstance(closed, dict), closed
        if twice:
            assert self.both(lambda bank: bank.close_day(last)).transactions == 0

    # --- rules of every machine -----------------------------------------------------------------------

    @precondition(lambda self: self.done)
    @rule(data=st.data())
    def replay(self, data: st.DataObject) -> None:
        """Any key again gives its receipts and changes nothing."""
        act, receipts = self.done[data.draw(st.sampled_from(sorted(self.done)))]
        head = self.banks[0].ledger.reader.head()
        again = self.both(act)
        assert [(r.number, r.digest, r.replayed) for r in again] == [
            (r.number, r.digest, True) for r in receipts
        ]
        assert self.banks[0].ledger.reader.head() == head

    @rule()
    def reopen(self) -> None:
        self.banks[1].ledger.store.close()
        self.banks[1] = Bank.open(
            open_store(self.place, durability="normal"), clock=lambda: self.now, salts=seeded("test")
        )

    # --- always ---------------------------------------------------------------------------------------

    @invariant()
    def every_invariant_holds(self) -> None:
        for bank in self.banks:
            assert list(bank.broken_invariants()) == []

    @invariant()
    def every_unit_is_conserved(self) -> None:
        heads = [bank.ledger.reader.head() for bank in self.banks]
        assert heads[0] == heads[1]
        assert all(trial_balance(bank.ledger.reader).balanced for bank in self.banks)
        stored = {s.account.path: s.debits - s.credits for s in self.banks[1].ledger.reader.accounts()}
        assert stored == {**dict.fromkeys(stored, 0), **self.balances}

    def teardown(self) -> None:
        for bank in self.banks:
            verify(bank.ledger.reader, bank.ledger.book).require()
            bank.ledger.store.close()
        self.context.close()
