"""Seals and proofs, laid out as sheets."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from bankcore.amounts import Amount
from bankcore.ledger.evidence.checkpoints import Checkpoint, origin_of, verifier_key
from bankcore.ledger.evidence.log import ConsistencyProof
from bankcore.ledger.evidence.proofs import BalanceContent, Proof
from bankcore.ledger.evidence.seals import Seal
from bankcore.render import sheets
from bankcore.render.forms import Sheet
from bankcore.tables import Table

__all__ = ["checked", "checkpoint", "consistency", "seals"]

HIDDEN = frozenset({"transactions root", "balances root", "head", "previous"})  # people compare only the seal


def seals(seals: Iterable[Seal]) -> Sheet:
    """The seals of a book, each with the digest to keep."""
    columns = ("number", "through", "first", "last", "accounts", *sorted(HIDDEN), "seal")
    rows = tuple(
        (
            s.number,
            s.through,
            s.first,
            s.last,
            s.accounts,
            s.balances_root,
            s.head,
            s.previous,
            s.transactions_root,
            s.digest(),
        )
        for s in seals
    )
    return Sheet(tables=(Table("seals", columns, rows),), hidden=HIDDEN)


def consistency(proof: ConsistencyProof, *, checkpoints: int = 0) -> Sheet:
    """The content of a valid proof of consistency, and how many checkpoints it was compared with."""
    return Sheet(
        {
            "proof of": "consistency",
            "book": proof.book.name,
            "origin": origin_of(proof.book),
            "seals before": proof.size,
            "root before": proof.root,
            "seals": proof.new_size,
            "root": proof.new_root,
            "checkpoints compared": checkpoints,
        }
    )


def checkpoint(head: Checkpoint, public: bytes) -> Sheet:
    """The head of a log, and the key that has signed it, in the form that other programs accept."""
    return Sheet(
        {
            "origin": head.origin,
            "seals": head.size,
            "root": head.root,
            "signed by": verifier_key(head.origin, public),
        }
    )


def checked(proof: Proof, *, trusted: bool, checkpoints: int = 0) -> Sheet:
    """The content of a valid proof; `trusted` where the seal was compared with one kept elsewhere, and how
    many checkpoints it was compared with.
    """
    facts: dict[str, Any] = {
        "proof of": proof.content.kind,
        "book": proof.book.name,
        "day closed": proof.seal.through,
        "seal": proof.digest,
        "seal compared": trusted,
        "seals in the log": proof.log.size,
        "root of the log": proof.log.root,
        "checkpoints compared": checkpoints,
    }
    content = proof.content
    if not isinstance(content, BalanceContent):
        sheet = sheets.entry(content.entry, None, ())
        return Sheet({**facts, **sheet.facts}, sheet.tables)
    s = content.standing
    net = (s.debits - s.credits) * s.normal_side.sign
    names = ("debits", "credits", "balance", "pending debits", "pending credits")
    totals = (s.debits, s.credits, net, s.pending_debits, s.pending_credits)
    amounts = {name: Amount(total, s.unit) for name, total in zip(names, totals, strict=True)}
    return Sheet({**facts, "account": s.path, "postings": s.sequence, **amounts})
