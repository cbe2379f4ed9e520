"""The log of seals: later logs extend earlier ones, every seal is in it, and a fork is caught."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from attrs import evolve
from tests.ledger.conftest import ACCOUNTS, BOOK, NOON
from tests.ledger.making import DAY, move, told
from tests.ledger.second_opinion import (
    netstrings,
    root_by_inclusion,
    roots_by_consistency,
    sha256,
    tree_hash,
)

from bankcore.errors import BadProof, BadSeal, ProofRefused
from bankcore.ledger.evidence.checkpoints import Checkpoint, origin_of
from bankcore.ledger.evidence.log import ConsistencyProof, checkpoint_of, prove_consistency
from bankcore.ledger.evidence.proofs import Proof, prove_balance, prove_transaction
from bankcore.ledger.evidence.seals import seals
from bankcore.ledger.ledger import Ledger
from bankcore.stores.memory import MemoryStore

DAYS = 11


def days(ledger: Ledger, count: int, *, forked: int | None = None) -> Ledger:
    """Close some days of a little business; on the day `forked` one posting is another."""
    for day in range(count):
        on = DAY + timedelta(days=day)
        ledger.post(move(f"m{day}", "a", "cash", 7 + day + (day == forked), effective_on=on))
        ledger.close_period(on, key=f"day {day}")
    return ledger


@pytest.fixture
def closed(ledger: Ledger) -> Ledger:
    return days(ledger, DAYS)


def book(forked: int | None = None) -> Ledger:
    ledger = Ledger.create(MemoryStore(), BOOK, clock=lambda: NOON)
    ledger.open(ACCOUNTS, key="open")
    return days(ledger, DAYS, forked=forked)


def consistencies(ledger: Ledger) -> Iterator[ConsistencyProof]:
    for new in range(1, DAYS + 1):
        for old in range(1, new + 1):
            yield prove_consistency(ledger.reader, BOOK, old, new)


def test_a_checkpoint_is_the_head_of_the_log(closed: Ledger) -> None:
    leaves = [seal.digest() for seal in seals(closed.reader)]
    for size in range(1, DAYS + 1):
        head = checkpoint_of(closed.reader, BOOK, size)
        assert head == Checkpoint(origin_of(BOOK), size, tree_hash(leaves[:size]))
    assert checkpoint_of(closed.reader, BOOK) == head
    assert head.text().split("\n")[0] == f"bankcore/1/{BOOK.genesis().hex()}"


def test_every_log_extends_every_earlier_one(closed: Ledger) -> None:
    for proof in consistencies(closed):
        old, new = (checkpoint_of(closed.reader, BOOK, size) for size in (proof.size, proof.new_size))
        found = ConsistencyProof.parse(json.dumps(proof.as_dict()))
        assert found == proof
        assert found.check() == found.check([old, new]) == found.check([new]) == (old, new)
        roots = roots_by_consistency(proof.size, proof.new_size, list(proof.path), proof.root)
        assert roots == (old.root, new.root)


def test_a_forked_journal_is_caught() -> None:
    """Two books share a history and then differ: no proof leads from the head of one to that of the other."""
    fork = 6
    one, other = book(), book(forked=fork)
    shared = [checkpoint_of(ledger.reader, BOOK, fork) for ledger in (one, other)]
    assert shared[0] == shared[1]
    proofs = [proof for ledger in (one, other) for proof in consistencies(ledger)]
    caught = 0
    for old in range(fork + 1, DAYS + 1):
        for new in range(old, DAYS + 1):
            kept, shown = (checkpoint_of(x.reader, BOOK, n) for x, n in ((one, old), (other, new)))
            for proof in proofs:
                if (proof.size, proof.new_size) != (old, new):
                    continue
                with pytest.raises(ProofRefused, match="does not hold, checkpoint: the proof is not based"):
                    proof.check([kept, shown])
                forged = evolve(proof, root=kept.root, new_root=shown.root)
                with pytest.raises(
                    ProofRefused, match="does not hold, consistency: the later log does not begin"
                ):
                    forged.check([kept, shown])
                caught += 1
    assert caught == 2 * 15
    prove_consistency(other.reader, BOOK, fork, DAYS).check(shared)  # what they share is still proved


def test_a_kept_checkpoint_of_another_book_is_none_of_this(closed: Ledger) -> None:
    proof = prove_consistency(closed.reader, BOOK, 2, 5)
    elsewhere = evolve(checkpoint_of(closed.reader, BOOK, 2), origin="bankcore/2/ab")
    with pytest.raises(ProofRefused, match="bankcore/2/ab with 2 seals"):
        proof.check([elsewhere])
    with pytest.raises(ProofRefused, match="does not hold, checkpoint: the proof is not based"):
        evolve(proof, book=evolve(BOOK, name="other")).check([checkpoint_of(closed.reader, BOOK, 2)])


@pytest.mark.parametrize(("old", "new"), [(0, 3), (-1, 3), (3, 2), (3, DAYS + 1), (True, 3), ("1", 3)])
def test_logs_that_are_not_there_are_refused(closed: Ledger, old: Any, new: int) -> None:
    with pytest.raises(BadSeal) as refusal:
        prove_consistency(closed.reader, BOOK, old, new)
    assert told(refusal.value) == [new if new > DAYS else old]
    assert ("the book has seals 1 to 11" in str(refusal.value)) == (old != 3 or new > DAYS)


def test_without_a_seal_there_is_no_checkpoint(ledger: Ledger) -> None:
    with pytest.raises(BadSeal, match=r"^1 is not a seal: the book has none yet$"):
        checkpoint_of(ledger.reader, BOOK, 1)
    with pytest.raises(BadSeal, match="none yet"):
        checkpoint_of(ledger.reader, BOOK)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"format": "bankcore proof"}, "format"),
        ({"version": 2}, "version"),
        ({"old": {"size": 2}}, "head"),
        ({"old": {"size": "2", "root": "0" * 64}}, "size"),
        ({"new": {"size": 5, "root": "0" * 63}}, "root"),
        ({"new": [5, "0" * 64]}, "head"),
        ({"path": None}, "path"),
        ({"book": {}}, "book"),
        ({"more": 1}, "form"),
    ],
)
def test_what_is_no_proof_of_consistency_is_refused(
    closed: Ledger, change: dict[str, Any], field: str
) -> None:
    data = prove_consistency(closed.reader, BOOK, 2, 5).as_dict()
    with pytest.raises(BadProof) as refusal:
        ConsistencyProof.from_dict({**data, **change})
    assert told(refusal.value) == [field]
    with pytest.raises(BadProof) as refusal:
        ConsistencyProof.parse("{")
    assert told(refusal.value) == ["form"]


# --- what was sealed, under its seal and under the newest checkpoint ----------------------------------


def proofs(ledger: Ledger) -> Iterator[Proof]:
    """Of transactions of every day, and of balances at every seal, long ago or now."""
    for seal in seals(ledger.reader):
        yield prove_transaction(ledger.reader, BOOK, seal.last)
        for account in ("a", "cash", "points"):
            yield prove_balance(ledger.reader, BOOK, account, seal.through)


def test_whatever_was_sealed_is_proved_against_its_seal_and_the_newest_checkpoint(closed: Ledger) -> None:
    newest, earlier = (checkpoint_of(closed.reader, BOOK, size) for size in (DAYS, DAYS - 1))
    kept = {seal.number: seal.digest() for seal in seals(closed.reader)}
    for proof in proofs(closed):
        assert proof.head == newest
        assert proof.check(kept[proof.seal.number], [newest]) == kept[proof.seal.number]
        with pytest.raises(ProofRefused, match="does not hold, checkpoint: the proof is not based"):
            proof.check(checkpoints=[newest, earlier])
        for wrong in (
            evolve(proof.log, root=bytes(32)),
            evolve(proof.log, path=proof.log.path[1:]),
            evolve(proof.log, size=proof.seal.number - 1),
        ):
            with pytest.raises(ProofRefused, match="log"):
                evolve(proof, log=wrong).check()


def test_the_second_implementation_checks_the_same_proofs(closed: Ledger) -> None:
    """From the plain data alone, by other code: content, tree, seal, log."""
    newest, count = checkpoint_of(closed.reader, BOOK), 0
    for proof in proofs(closed):
        data = json.loads(json.dumps(proof.as_dict()))
        seal, log, path = data["seal"], data["log"], [bytes.fromhex(node) for node in data["path"]]
        if "balance" in data:
            b = data["balance"]
            rest = (b["sequence"], b["debits"], b["credits"], b["pending_debits"], b["pending_credits"])
            leaf = netstrings(b["path"]) + f"{b['unit']},{b['normal_side']},".encode()
            leaf += "".join(f"{number}," for number in rest).encode()
            place = (b["id"] - 1, seal["accounts"], seal["balances_root"])
        else:
            line = data["transaction"]["line"]
            leaf = sha256(bytes.fromhex(data["transaction"]["previous"]) + line.encode())
            place = (json.loads(line)[0] - seal["first"], seal["last"] - seal["first"] + 1)
            place = (*place, seal["transactions_root"])
        index, size, root = place
        assert root_by_inclusion(leaf, index, size, path).hex() == root
        digest = seal.pop("digest")
        assert sha256(netstrings("bankcore seal 1", *seal.values())).hex() == digest
        way = [bytes.fromhex(node) for node in log["path"]]
        assert root_by_inclusion(bytes.fromhex(digest), seal["number"] - 1, log["size"], way) == newest.root
        assert (log["size"], log["root"]) == (newest.size, newest.root.hex())
        count += 1
    assert count == 4 * DAYS
