"""An engine's own test table, driven through public calls alone.

The adapter speaks the dialect of transfer engines such as TigerBeetle: accounts that must not exceed the
other side, pending transfers that are posted or voided, linked chains, balancing transfers, closing, a clock
that is set by hand, and codes for the outcome of each event.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from attrs import define, field

from bankcore import (
    Account,
    AccountPath,
    BankcoreError,
    Book,
    Ledger,
    Receipt,
    Side,
    Transaction,
    Unit,
    legs,
    verify,
)
from bankcore.ledger.ports import Store

UNIT, DAY = Unit("USD/2"), date(2024, 5, 1)
START = datetime(2024, 5, 1, tzinfo=UTC)


@define
class Engine:
    """Events in, outcomes out: "ok", "exists", or the code of a refusal with the field that differs."""

    store: Store
    now: datetime = START
    ledger: Ledger = field(init=False)
    holds: dict[str, int] = field(factory=dict)

    def __attrs_post_init__(self) -> None:
        self.ledger = Ledger.create(self.store, Book(1, "engine", UNIT, DAY), clock=lambda: self.now)

    def account(self, path: str, limit: str = "") -> str:
        """An account without a limit, or one whose "debits" or "credits" must not exceed the other side."""
        side = Side.DEBIT if limit == "credits" else Side.CREDIT
        floor = 0 if limit else None
        account = Account(path, "liability", UNIT, normal_side=side, floor=floor)
        return self._said(lambda: self.ledger.open([account], key=f"account {path}"))[0]

    def transfers(self, *events: dict[str, Any]) -> list[str]:
        """Transfers in one batch; those of one `chain` are linked."""
        try:
            planned = [self._transaction(**event) for event in events]
        except KeyError:
            return ["pending_transfer_not_found"]
        outcomes = self._said(lambda: self.ledger.post_many(planned))
        self.holds |= self.ledger.reader.numbers([t.key for t in planned if t.pending])
        return outcomes

    def close(self, path: str, into: str | None = None) -> str:
        target = AccountPath(into) if into else None
        account = AccountPath(path)
        key = f"close {path}"
        return self._said(lambda: self.ledger.close_account(account, key=key, reason="asked", into=target))[0]

    def wait(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    def balance(self, path: str) -> tuple[int, int, int, int]:
        """Debits pending and posted, credits pending and posted."""
        b = self.ledger.balance(path)
        return b.pending_debits, b.debits, b.pending_credits, b.credits

    def _transaction(
        self,
        id: str,
        debit: str = "",
        credit: str = "",
        amount: int = 0,
        chain: str = "",
        timeout: int = 0,
        post: str = "",
        void: str = "",
        **flags: bool,
    ) -> Transaction:
        resolves = self.holds[post or void] if post or void else None
        if post and not debit:
            postings = self.ledger.entry(self.holds[post]).transaction.postings
        else:
            columns = ({AccountPath(debit): amount}, {AccountPath(credit): amount}) if amount else ({}, {})
            postings = legs(UNIT, debit=columns[0], credit=columns[1])
        return Transaction(
            key=id,
            kind="transfer",
            effective_on=DAY,
            postings=postings,
            group=chain,
            resolves=resolves,
            pending=flags.get("pending", False),
            up_to=flags.get("balancing", False),
            expires_at=START + timedelta(seconds=timeout) if timeout else None,
        )

    def _said(self, act: Any) -> list[str]:
        try:
            outcome = act()
        except BankcoreError as refusal:
            outcome = refusal
        return [_word(outcome)] if isinstance(outcome, Receipt | BankcoreError) else [*map(_word, outcome)]


def _word(verdict: Any) -> str:
    if not isinstance(verdict, BankcoreError):
        return "exists" if verdict.replayed else "ok"
    different = getattr(verdict, "field", "")
    return f"{verdict.code} {different}" if different else verdict.code


def t(id: str, debit: str = "", credit: str = "", amount: int = 0, **fields: Any) -> dict[str, Any]:
    return {"id": id, "debit": debit, "credit": credit, "amount": amount, **fields}


FLOOR = "balance_floor_breached"
STEPS: dict[str, list[tuple[Any, ...]]] = {
    "debits must not exceed credits": [
        ([t("1", "payer", "bank", 1)], [FLOOR]),
        ([t("1", "bank", "payer", 10)], ["ok"]),
        ([t("2", "payer", "bank", 11)], [FLOOR]),
        ([t("2", "payer", "bank", 10)], ["ok"]),
        ("payer", (0, 10, 0, 10)),
    ],
    "credits must not exceed debits": [
        ([t("1", "bank", "vault", 1)], [FLOOR]),
        ([t("1", "vault", "bank", 10), t("2", "bank", "vault", 10)], ["ok", "ok"]),
        ([t("3", "bank", "vault", 1)], [FLOOR]),
        ("vault", (0, 10, 0, 10)),
    ],
    "pending counts on the way out and not on the way in": [
        ([t("1", "bank", "payer", 10), t("2", "payer", "bank", 8, pending=True)], ["ok", "ok"]),
        ([t("3", "payer", "bank", 3), t("4", "bank", "payer", 5, pending=True)], [FLOOR, "ok"]),
        ([t("5", "payer", "bank", 3)], [FLOOR]),
        ("payer", (8, 0, 5, 10)),
    ],
    "pending is posted in part": [
        ([t("1", "bank", "payer", 10)], ["ok"]),
        ([t("2", "payer", "bank", 8, pending=True)], ["ok"]),
        ([t("3", "payer", "bank", 9, post="2")], ["capture_exceeds_hold"]),
        ([t("3", "payer", "bank", 6, post="2")], ["ok"]),
        ([t("4", void="2")], ["hold_resolved"]),
        ([t("3", "payer", "bank", 6, post="2")], ["exists"]),
        ("payer", (0, 6, 0, 10)),
    ],
    "pending is posted whole, or voided, once": [
        ([t("1", "a", "bank", 5, pending=True), t("2", "a", "bank", 6, pending=True)], ["ok", "ok"]),
        ([t("3", post="1"), t("4", void="2"), t("5", post="2"), t("6", post="1")],
         ["ok", "ok", "hold_resolved", "hold_resolved"]),
        ([t("7", post="9")], ["pending_transfer_not_found"]),
        ("a", (0, 5, 0, 0)),
    ],
    "pending expires to the instant": [
        ([t("1", "a", "bank", 5, pending=True, timeout=60)], ["ok"]),
        (59,),
        ("a", (5, 0, 0, 0)),
        (1,),
        ("a", (0, 0, 0, 0)),
        ([t("2", post="1")], ["hold_expired"]),
        ([t("3", void="1")], ["hold_expired"]),
        ([t("1", "a", "bank", 5, pending=True, timeout=60)], ["exists"]),
    ],
    "linked transfers stand or fall together": [
        ([t("1", "a", "b", 5, chain="x"), t("2", "payer", "b", 5, chain="x"), t("3", "b", "a", 1)],
         ["group_refused", FLOOR, "ok"]),
        ([t("1", "a", "payer", 5, chain="x"), t("2", "payer", "b", 5, chain="x")], ["ok", "ok"]),
        ([t("1", "a", "payer", 5, chain="x"), t("2", "payer", "b", 5, chain="x")], ["exists", "exists"]),
        ([t("1", "a", "payer", 5, chain="x")], ["group_conflict"]),
        ([t("4", "a", "nobody", 5, chain="y"), t("5", "a", "b", 5, chain="y")],
         ["unknown_account", "group_refused"]),
        ("payer", (0, 5, 0, 5)),
    ],
    "a pending transfer within a chain": [
        ([t("1", "a", "payer", 9), t("2", "payer", "b", 9, pending=True)], ["ok", "ok"]),
        ([t("3", post="2", chain="x"), t("4", "payer", "b", 1, chain="x")], ["group_refused", FLOOR]),
        ("payer", (9, 0, 0, 9)),
        ([t("3", post="2", chain="x"), t("4", "b", "payer", 1, chain="x")], ["ok", "ok"]),
        ("payer", (0, 9, 0, 10)),
    ],
    "balancing moves what there is": [
        ([t("1", "bank", "payer", 10)], ["ok"]),
        ([t("2", "payer", "b", 99, balancing=True)], ["ok"]),
        ("b", (0, 0, 0, 10)),
        ([t("2", "payer", "b", 99, balancing=True)], ["exists"]),
        ([t("2", "payer", "b", 10, balancing=True)], ["exists"]),
        ([t("2", "payer", "b", 9, balancing=True)], ["key_conflict postings.1.quantity"]),
        ([t("3", "payer", "b", 99, balancing=True)], [FLOOR]),
    ],
    "balancing a pending transfer": [
        ([t("1", "bank", "payer", 10)], ["ok"]),
        ([t("2", "payer", "b", 99, balancing=True, pending=True)], ["ok"]),
        ("payer", (10, 0, 0, 10)),
        ([t("3", post="2")], ["ok"]),
        ("payer", (0, 10, 0, 10)),
    ],
    "a transfer that exists names what differs": [
        ([t("1", "a", "b", 5)], ["ok"]),
        ([t("1", "a", "b", 5)], ["exists"]),
        ([t("1", "b", "a", 5)], ["key_conflict postings.1.account"]),
        ([t("1", "a", "b", 6)], ["key_conflict postings.1.quantity"]),
        ([t("1", "a", "b", 5, pending=True)], ["key_conflict pending"]),
        ([t("1", "a", "b", 5, pending=True, timeout=9)], ["key_conflict pending"]),
        ([t("1", "a", "b", 5, balancing=True)], ["key_conflict up_to"]),
        ([t("1", "a", "b", 5, chain="x")], ["key_conflict group"]),
        ([t("", "a", "b", 5)], ["bad_key"]),
        ([t("2", "a", "b")], ["bad_transaction postings"]),
    ],
    "a closed account takes nothing": [
        ([t("1", "bank", "payer", 10), t("2", "payer", "b", 4, pending=True)], ["ok", "ok"]),
        ("payer", None, "account_not_empty"),
        ([t("3", void="2")], ["ok"]),
        ("payer", None, "account_not_empty"),
        ("payer", "a", "ok"),
        ("payer", "a", "exists"),
        ([t("4", "bank", "payer", 1), t("5", "bank", "a", 1)], ["account_closed", "ok"]),
        ("a", (0, 0, 0, 11)),
    ],
}  # fmt: skip


@pytest.mark.parametrize("name", STEPS)
def test_events_have_the_outcomes_of_the_table(store: Store, name: str) -> None:
    """A line is events and their outcomes, an account and its balance, a closing, or seconds to wait."""
    engine = Engine(store)
    for path, limit in (("a", ""), ("b", ""), ("bank", ""), ("payer", "debits"), ("vault", "credits")):
        assert engine.account(path, limit) == "ok"
    assert engine.account("a") == "exists"
    for line in STEPS[name]:
        match line:
            case (int(seconds),):
                engine.wait(seconds)
            case (str(path), into, str(outcome)):
                assert engine.close(path, into) == outcome, line
            case (str(path), balance):
                assert engine.balance(path) == balance, line
            case (events, outcomes):
                assert engine.transfers(*events) == outcomes, line
    verify(engine.ledger.reader, engine.ledger.book).require()
