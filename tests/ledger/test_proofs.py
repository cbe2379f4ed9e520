"""Proofs hold without the book, and whatever is changed in one makes it fail."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from datetime import date, timedelta
from typing import Any

import pytest
from tests.ledger.conftest import ACCOUNTS, BOOK, NOON
from tests.ledger.making import DAY, evolve, move
from tests.ledger.test_audit import fill

from bankcore.errors import (
    AccountNotSealed,
    BadAccountPath,
    BadDate,
    BadProof,
    BadTransaction,
    DayNotSealed,
    NotYetSealed,
    ProofRefused,
    UnknownTransaction,
)
from bankcore.ledger.accounts import Account
from bankcore.ledger.evidence.proofs import (
    BalanceContent,
    Proof,
    TransactionContent,
    prove_balance,
    prove_transaction,
)
from bankcore.ledger.evidence.seals import seals
from bankcore.ledger.ledger import Ledger
from bankcore.ledger.transactions import Receipt
from bankcore.stores.memory import MemoryStore

LATER = DAY + timedelta(days=1)


@pytest.fixture
def sealed(ledger: Ledger) -> Ledger:
    """Two sealed days with every field in use, and one transaction more."""
    fill(ledger)
    ledger.open([Account("late", "asset", "CNY/2")], key="late")
    ledger.post(move("next", "a", "cash", 9, effective_on=LATER))
    ledger.close_period(LATER, key="next day")
    return ledger


def proofs(ledger: Ledger) -> Iterator[Proof]:
    """Of every sealed transaction and of every balance of both days."""
    reader = ledger.reader
    *_, last = seals(reader)
    for number in range(1, last.last + 1):
        yield prove_transaction(reader, BOOK, number)
    for seal in seals(reader):
        for standing in reader.totals_through(seal.last):
            yield prove_balance(reader, BOOK, standing.path, seal.through)


def test_everything_sealed_can_be_proved(sealed: Ledger) -> None:
    digests = {seal.through: seal.digest() for seal in seals(sealed.reader)}
    count = 0
    for proof in proofs(sealed):
        count += 1
        text = json.dumps(proof.as_dict())
        found = Proof.parse(text)
        assert found == proof
        assert found.check() == found.check(digests[found.seal.through]) == digests[found.seal.through]
    assert count == 16 + 8 + 9


def test_a_proof_says_what_the_book_says(sealed: Ledger) -> None:
    content = prove_transaction(sealed.reader, BOOK, 2).content
    entry = sealed.entry(2)
    assert isinstance(content, TransactionContent)
    assert content.leaf() == entry.digest
    assert (content.entry, content.line) == (entry, entry.line)
    balance = prove_balance(sealed.reader, BOOK, "a", LATER).content
    assert isinstance(balance, BalanceContent)
    assert [balance.standing] == list(sealed.reader.totals_through(16, root="a"))


def leaves(data: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Every value of plain data that holds no other, with the way to it; an empty list or mapping is one."""
    inner = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    if not data or not inner:
        yield way, data
    for name, value in inner:
        yield from leaves(value, (*way, name))


def others(value: Any) -> list[Any]:
    """Values that stand near by, of the same type and of others."""
    if value is None:
        return [0, 1, "", "2024-05-01T12:00:00.000000Z", False, {}]
    if isinstance(value, bool):
        return [not value, int(value), None, str(value)]
    if isinstance(value, int):
        return [value + 1, value - 1, -value - 1, value ^ 2**40, 2**64 + value, str(value), value + 0.0, None]
    if isinstance(value, str):
        flipped = [value[:i] + chr(ord(value[i]) ^ 1) + value[i + 1 :] for i in range(len(value))]
        return [*flipped, value + "x", value + " ", "0" + value, value.upper() + "'", "\ud800", None, 5, []]
    return [{"x": 1}, [1], None, "", *([[]] if value == {} else [{}])]


def changed(data: Any, way: tuple[Any, ...], value: Any) -> Any:
    copy = deepcopy(data)
    place = copy
    for name in way[:-1]:
        place = place[name]
    place[way[-1]] = value
    return copy


def refused(data: Any, trusted: bytes | None) -> bool:
    try:
        Proof.from_dict(data).check(trusted)
    except (BadProof, ProofRefused):
        return True
    return False


def test_every_value_changed_makes_it_fail(sealed: Ledger) -> None:
    """Characters, digits, types: whatever is put in place of any value of the JSON, trusted seal or not."""
    reader, count = sealed.reader, 0
    for proof in (
        *(prove_transaction(reader, BOOK, number) for number in (1, 2, 4, 5, 8, 9, 13)),
        prove_balance(reader, BOOK, "a", DAY),
        prove_balance(reader, BOOK, "points", LATER),
    ):
        data = proof.as_dict()
        assert not refused(data, proof.digest)
        for way, value in leaves(data):
            for other in others(value):
                count += 1
                assert refused(changed(data, way, other), None), (way, value, other)
    assert count > 10_000


def test_every_field_and_item_is_needed(sealed: Ledger) -> None:
    for proof in (prove_transaction(sealed.reader, BOOK, 5), prove_balance(sealed.reader, BOOK, "a", DAY)):
        data = proof.as_dict()
        for way in {full[:depth] for full, _ in leaves(data) for depth in range(1, len(full) + 1)}:
            copy = deepcopy(data)
            place = copy
            for name in way[:-1]:
                place = place[name]
            del place[way[-1]]
            assert refused(copy, None), way
        assert refused({**data, "more": 1}, None)
        assert refused({**data, "seal": [data["seal"]]}, None)
        assert refused(changed(data, ("seal", "more"), 1), None)
        assert refused(changed(data, ("path",), [*data["path"], data["path"][0]]), None)
        assert refused(changed(data, ("path",), data["path"][::-1]), None)


def test_a_forged_seal_is_told_by_the_one_that_was_kept(sealed: Ledger) -> None:
    """A book of his own gives the forger a proof that agrees with itself, and with no kept seal."""
    kept = next(seals(sealed.reader)).digest()
    own = Ledger.create(MemoryStore(), BOOK, clock=lambda: NOON)
    own.open(ACCOUNTS, key="open")
    own.post(move("1", "a", "cash", 1_000_000))
    own.close_period(DAY, key="day")
    forged = prove_balance(own.reader, BOOK, "a", DAY)
    assert forged.check()
    with pytest.raises(ProofRefused, match="not the trusted one"):
        forged.check(kept)


def test_the_part_that_does_not_fit_is_named(sealed: Ledger) -> None:
    proof = prove_transaction(sealed.reader, BOOK, 5)
    for part, wrong in {
        "book": evolve(proof, book=evolve(BOOK, name="other")),
        "transaction": evolve(proof, path=proof.path[1:]),
        "seal": evolve(proof, digest=bytes(32)),
        "log": evolve(proof, log=evolve(proof.log, root=bytes(32))),
    }.items():
        with pytest.raises(ProofRefused) as refusal:
            wrong.check()
        assert refusal.value.part == part
    with pytest.raises(ProofRefused, match="not the trusted one") as refusal:
        proof.check(bytes(32))
    assert refusal.value.part == "seal"
    outside = evolve(proof, content=evolve(proof.content, line=proof.content.line.replace("[5,", "[99,", 1)))
    with pytest.raises(ProofRefused, match="transaction"):
        outside.check()


def test_what_is_not_sealed_cannot_be_proved(sealed: Ledger) -> None:
    reader = sealed.reader
    with pytest.raises(NotYetSealed) as unsealed:
        prove_transaction(reader, BOOK, 17)
    assert (unsealed.value.number, unsealed.value.last) == (17, 16)
    for number in (0, -1, 18, 2**70):
        with pytest.raises(UnknownTransaction) as gone:
            prove_transaction(reader, BOOK, number)
        assert gone.value.number == number
    with pytest.raises(BadTransaction) as bad:
        prove_transaction(reader, BOOK, "5")  # type: ignore[arg-type]
    assert bad.value.field == "number"
    with pytest.raises(DayNotSealed) as open_day:
        prove_balance(reader, BOOK, "a", LATER + timedelta(days=1))
    assert open_day.value.day == LATER + timedelta(days=1)
    with pytest.raises(AccountNotSealed) as unknown:
        prove_balance(reader, BOOK, "late", DAY)
    assert (unknown.value.account, unknown.value.day) == ("late", DAY)
    with pytest.raises(BadAccountPath):
        prove_balance(reader, BOOK, "a::b", DAY)
    with pytest.raises(BadDate):
        prove_balance(reader, BOOK, "a", NOON)


def test_before_the_first_seal_nothing_can_be_proved(ledger: Ledger) -> None:
    with pytest.raises(NotYetSealed) as unsealed:
        prove_transaction(ledger.reader, BOOK, 1)
    assert unsealed.value.last == 0


def test_days_that_one_seal_closed_are_proved_by_the_last(ledger: Ledger) -> None:
    ledger.close_period(LATER, key="both")
    with pytest.raises(DayNotSealed):
        prove_balance(ledger.reader, BOOK, "a", DAY)
    assert prove_balance(ledger.reader, BOOK, "a", LATER).check()


def test_a_large_book_has_a_small_proof(ledger: Ledger) -> None:
    names = [f"x:{n:04}" for n in range(1_000)]
    ledger.open([Account(name, "liability", "CNY/2") for name in names], key="many")
    verdicts = ledger.post_many([move(name, name, "cash", 1) for name in names])
    assert all(isinstance(verdict, Receipt) for verdict in verdicts)
    ledger.close_period(DAY, key="day")
    for proof in (
        prove_transaction(ledger.reader, BOOK, 700),
        prove_balance(ledger.reader, BOOK, "x:0500", DAY),
    ):
        assert len(proof.path) == 10
        assert proof.check()
    assert len(json.dumps(prove_balance(ledger.reader, BOOK, "x:0500", DAY).as_dict())) < 2_000


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "[]",
        "null",
        "5",
        '"a"',
        "{}",
        '{"format": "bankcore proof"}',
        "[" * 5_000,
        '{"a": 1, "a": 1}',
        "NaN",
    ],
)
def test_what_is_no_proof_is_refused(text: str) -> None:
    with pytest.raises(BadProof) as refusal:
        Proof.parse(text)
    assert refusal.value.field == "form"


def test_a_proof_of_nothing_is_refused(sealed: Ledger) -> None:
    for proof in (prove_balance(sealed.reader, BOOK, "a", DAY), prove_transaction(sealed.reader, BOOK, 2)):
        with pytest.raises(BadProof) as refusal:
            Proof.from_dict({**proof.as_dict(), proof.content.kind: {}})
        assert refusal.value.field == proof.content.kind


def test_a_name_that_stands_twice_is_refused(sealed: Ledger) -> None:
    text = json.dumps(prove_balance(sealed.reader, BOOK, "a", DAY).as_dict())
    twice = text.replace('"credits": 903', '"credits": 1, "credits": 903')
    assert twice != text
    with pytest.raises(BadProof, match="twice"):
        Proof.parse(twice)


def test_what_is_no_text_is_refused():
    with pytest.raises(BadProof):
        Proof.parse(None)


def test_a_damaged_book_hands_out_no_proof(sealed: Ledger) -> None:
    with pytest.raises(ProofRefused):
        prove_transaction(sealed.reader, evolve(BOOK, opened_on=date(2023, 1, 1)), 2)
