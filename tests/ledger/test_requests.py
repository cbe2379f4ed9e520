"""What is asked of a ledger by name and makes no sense is refused by name, and writes nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta, timezone
from typing import Any

import pytest
from tests.ledger.conftest import ACCOUNTS, BOOK, DAY, NOON
from tests.ledger.making import leg, move

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
from bankcore.ledger.accounts import Account, AccountPath, Status
from bankcore.ledger.evidence.audit import verify
from bankcore.ledger.evidence.proofs import Proof, prove_balance
from bankcore.ledger.evidence.seals import seals
from bankcore.ledger.ledger import Ledger
from bankcore.ledger.ports import Store
from bankcore.ledger.velocity import Flow, Per, VelocityLimit


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
        ({"a": 0}, "there is no balance to bring forward"),
        ({}, "there is no balance to bring forward"),
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
    ("number", "postings", "error", "says"),
    [
        (99, (), UnknownTransaction, "there is no transaction 99"),
        ("1", (), BadTransaction, "the transaction's number is not usable"),
        (1, None, BadTransaction, "the transaction's postings is not usable"),
        (1, "ab", BadTransaction, "the transaction's postings is not usable"),
        (1, (1,), BadTransaction, "the transaction's postings is not usable"),
    ],
)
def test_a_correction_needs_a_number_and_postings(
    ledger: Ledger, number: Any, postings: Any, error: type[Exception], says: str
) -> None:
    given = {"key": "c", "effective_on": DAY}
    assert says in refused(ledger, error, lambda: ledger.correct(number, postings, **given))


def test_the_holds_of_nobody_are_no_empty_list(ledger: Ledger) -> None:
    assert list(ledger.holds()) == list(ledger.holds("a")) == []
    said = refused(ledger, UnknownAccount, lambda: list(ledger.holds("nobody")))
    assert said == "there is no account nobody"
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
    for ask in (lambda: local.open(ACCOUNTS, key="open"), lambda: local.balance("a")):
        assert "datetime.datetime(2024, 5, 1, 12, 0) is not a date" in refused(local, BadDate, ask)
    beijing = timezone(timedelta(hours=8))
    ledger = Ledger(store, BOOK, clock=lambda: NOON.astimezone(beijing))
    assert ledger.open(ACCOUNTS, key="open").recorded_at == NOON


@pytest.mark.parametrize("reason", ["", " ", None, 5])
def test_an_account_changes_for_a_reason(ledger: Ledger, reason: Any) -> None:
    for ask in (
        lambda: ledger.change("a", key="c", reason=reason, floor=None),
        lambda: ledger.close_account("a", key="c", reason=reason),
    ):
        assert "the transaction's reason is not usable" in refused(ledger, BadTransaction, ask)


# --- what is kept of a request ------------------------------------------------------------------------


A, B, CASH = AccountPath("a"), AccountPath("b"), AccountPath("cash")
D2 = DAY + timedelta(days=1)
NEW = Account("new", "asset", "CNY/2", opened_on=DAY)
ATM = VelocityLimit("atm", "a", "CNY/2", Flow.OUT, Per.DAY, most=5)

ASKED: dict[str, tuple[Callable[..., Any], str, dict[str, Any], str]] = {
    "open": (
        lambda ledger, **who: ledger.open([NEW], key="k", **who),
        "account.open",
        {"open": [{"path": "new", **NEW.as_data()}]},
        "",
    ),
    "change": (
        lambda ledger, **who: ledger.change(A, key="k", reason="court", status=Status.FROZEN, **who),
        "account.change",
        {"change": "a", "status": "frozen", "reason": "court"},
        "",
    ),
    "close an account": (
        lambda ledger, **who: ledger.close_account(A, key="k", reason="left", into=B, **who),
        "account.close",
        {"close": "a", "into": "b", "reason": "left"},
        "",
    ),
    "limit": (
        lambda ledger, **who: ledger.limit(ATM, key="k", **who),
        "limit.set",
        {"limit": "atm", **ATM.as_data()},
        "",
    ),
    "bring forward": (
        lambda ledger, **who: ledger.bring_forward({B: 5}, against=CASH, key="k", effective_on=D2, **who),
        "opening",
        {"opening": {"b": 5}, "against": "cash", "on": "2024-05-02"},
        "",
    ),
    "close a period": (
        lambda ledger, **who: ledger.close_period(DAY, key="k", **who),
        "period.close",
        {"close_period": "2024-05-01"},
        "",
    ),
    "reverse": (
        lambda ledger, **who: ledger.reverse(2, key="k", effective_on=D2, description="twice", **who),
        "reversal",
        {},
        "twice",
    ),
    "correct": (
        lambda ledger, **who: ledger.correct(
            2, (leg("cash", 9), leg("a", -9)), key="k", effective_on=D2, description="typo", **who
        ),
        "correction",
        {"correct": 2, "to": [["cash", 9, "CNY/2"], ["a", -9, "CNY/2"]], "on": "2024-05-02",
         "description": "typo"},
        "typo",
    ),
    "capture": (
        lambda ledger, **who: ledger.capture(3, key="k", effective_on=D2, description="paid", **who),
        "hold.capture",
        {},
        "paid",
    ),
    "release": (
        lambda ledger, **who: ledger.release(3, key="k", effective_on=D2, description="void", **who),
        "hold.release",
        {},
        "void",
    ),
}  # fmt: skip


def test_only_accounts_are_opened_and_only_limits_set(ledger: Ledger) -> None:
    said = refused(ledger, BadTransaction, lambda: ledger.open(["a"], key="k"))  # type: ignore[list-item]
    assert "the transaction's accounts is not usable" in said
    said = refused(ledger, BadTransaction, lambda: ledger.limit("atm", key="k"))  # type: ignore[arg-type]
    assert "the transaction's limit is not usable" in said


@pytest.mark.parametrize("who", [{"actor": "teller:1"}, {}], ids=["named", "nobody"])
@pytest.mark.parametrize("name", ASKED)
def test_a_request_is_kept_as_it_was_asked(ledger: Ledger, name: str, who: dict[str, str]) -> None:
    ask, kind, details, description = ASKED[name]
    ledger.post(move("1", "a", "cash", 7))
    ledger.post(move("2", "cash", "line", 1, pending=True))
    t = ledger.entry(ask(ledger, **who).number).transaction
    assert (t.key, t.kind, t.actor) == ("k", kind, who.get("actor", ""))
    assert (t.details, t.description) == (details, description)
    assert ask(ledger, **who).replayed
