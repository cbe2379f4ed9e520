"""What is asked of a ledger by name and makes no sense is refused by name, and writes nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta, timezone
from typing import Any

import pytest
from tests.ledger.conftest import ACCOUNTS, BOOK, DAY, NOON
from tests.ledger.making import move

from bankcore.errors import (
    BadAccountPath,
    BadDate,
    BadProof,
    BadSeal,
    BadTransaction,
    ProofRefused,
    UnknownAccount,
    UnknownTransaction,
)
from bankcore.ledger.evidence.audit import verify
from bankcore.ledger.evidence.proofs import Proof, prove_balance
from bankcore.ledger.evidence.seals import seals
from bankcore.ledger.ledger import Ledger
from bankcore.ledger.ports import Store
from bankcore.ledger.velocity import VelocityLimit


def refused(ledger: Ledger, error: type[Exception], ask: Callable[[], Any]) -> str:
    before = ledger.reader.head()
    with pytest.raises(error) as refusal:
        ask()
    assert ledger.reader.head() == before
    return str(refusal.value)


@pytest.mark.parametrize(
    ("balances", "says"),
    [
        ({"a": 5, "cash": 5}, "cash cannot bring a balance forward against itself"),
        ({"cash": 5}, "against itself"),
        ({"a": 0}, "there is none to bring forward"),
        ({}, "there is none to bring forward"),
        ([("a", 5)], "a mapping"),
        (None, "a mapping"),
    ],
)
def test_opening_balances_that_bring_nothing_forward(ledger: Ledger, balances: Any, says: str) -> None:
    opening = {"against": "cash", "key": "o", "effective_on": DAY}
    said = refused(ledger, BadTransaction, lambda: ledger.bring_forward(balances, **opening))
    assert "the transaction's balances is not usable" in said
    assert says in said


def test_an_account_is_not_closed_into_one_that_is_not_there(ledger: Ledger) -> None:
    into = {"key": "c", "reason": "left", "into": "nobody"}
    assert "nobody" in refused(ledger, UnknownAccount, lambda: ledger.close_account("a", **into))
    refused(ledger, UnknownAccount, lambda: ledger.close_account("nobody", key="c", reason="left"))


def test_what_moved_nothing_is_not_reversed(ledger: Ledger) -> None:
    held = ledger.post(move("h", "a", "cash", 5, pending=True)).number
    released = ledger.release(held, key="r", effective_on=DAY).number
    reverse = {"key": "v", "effective_on": DAY}
    for number in (1, released):
        said = refused(ledger, BadTransaction, lambda n=number: ledger.reverse(n, **reverse))
        assert f"the transaction's reverses is not usable: transaction {number} moved nothing" in said


@pytest.mark.parametrize(
    ("number", "postings", "error"),
    [
        (99, (), UnknownTransaction),
        ("1", (), BadTransaction),
        (1, None, BadTransaction),
        (1, "ab", BadTransaction),
        (1, (1,), BadTransaction),
    ],
)
def test_a_correction_needs_a_number_and_postings(
    ledger: Ledger, number: Any, postings: Any, error: type[Exception]
) -> None:
    given = {"key": "c", "effective_on": DAY}
    refused(ledger, error, lambda: ledger.correct(number, postings, **given))


def test_the_holds_of_nobody_are_no_empty_list(ledger: Ledger) -> None:
    assert list(ledger.holds()) == list(ledger.holds("a")) == []
    refused(ledger, UnknownAccount, lambda: list(ledger.holds("nobody")))
    refused(ledger, BadAccountPath, lambda: list(ledger.holds("no body")))


@pytest.mark.parametrize("name", ["", None, 5])
def test_a_velocity_limit_has_a_name(name: Any) -> None:
    with pytest.raises(BadTransaction, match="limit is not usable: its name"):
        VelocityLimit(name, "a", "CNY/2", "out", "day", most=1)


def test_a_kept_seal_is_bytes_and_never_taken_for_another(ledger: Ledger) -> None:
    ledger.close_period(DAY, key="close")
    (seal,) = seals(ledger.reader)
    proof = prove_balance(ledger.reader, BOOK, "a", DAY)
    assert proof.check(seal.digest()) == seal.digest()
    with pytest.raises(ProofRefused):
        proof.check(bytes(32))
    for kept in (seal.digest().hex(), bytes(31), bytearray(seal.digest()), 5):
        with pytest.raises(BadSeal):
            proof.check(kept)
        with pytest.raises(BadSeal):
            verify(ledger.reader, BOOK, seals=[kept])


@pytest.mark.parametrize("text", [None, 5, b"\xff"])
def test_a_proof_is_read_from_text(text: Any) -> None:
    with pytest.raises(BadProof):
        Proof.parse(text)


def test_a_clock_without_a_time_zone_is_no_clock(store: Store) -> None:
    local = Ledger.create(store, BOOK, clock=lambda: NOON.replace(tzinfo=None))
    refused(local, BadDate, lambda: local.open(ACCOUNTS, key="open"))
    refused(local, BadDate, lambda: local.balance("a"))
    beijing = timezone(timedelta(hours=8))
    ledger = Ledger(store, BOOK, clock=lambda: NOON.astimezone(beijing))
    assert ledger.open(ACCOUNTS, key="open").recorded_at == NOON


@pytest.mark.parametrize("reason", ["", " ", None, 5])
def test_an_account_changes_for_a_reason(ledger: Ledger, reason: Any) -> None:
    refused(ledger, BadTransaction, lambda: ledger.change("a", key="c", reason=reason, floor=None))
    refused(ledger, BadTransaction, lambda: ledger.close_account("a", key="c", reason=reason))
