"""Operations: what the rules of one request return, written together under the request's key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from itertools import groupby
from typing import Any

from attrs import frozen

from bankcore.errors import LedgerRejection
from bankcore.ledger.evidence.seals import seal_journal
from bankcore.ledger.ports import Head
from bankcore.ledger.posting.batch import Batch
from bankcore.ledger.posting.overlay import Overlay
from bankcore.ledger.posting.replays import key_of, replay_operation
from bankcore.ledger.posting.verdicts import decide_all
from bankcore.ledger.rules import Attempt, Planned, SealingRule, check_types
from bankcore.ledger.transactions import Book, Receipt, Record, Transaction

__all__ = ["Operation", "preview"]


@frozen
class Operation:
    """A request and the rules that decide it: they run in turn, each seeing the effects of those before.

    The first transaction takes `key` and keeps the request and the actor, those after it `key#2`,
    `key#3`, ... regardless of which rule made them.
    """

    book: Book
    key: str
    request: Mapping[str, Any]
    actor: str
    rules: Sequence[SealingRule]

    def decide(self, batch: Batch) -> tuple[Receipt, ...]:
        """The receipts; the first ones again where the key was already used for this request.

        Raises KeyConflict where it was used for another, and the first refusal; then nothing is kept.
        """
        if replayed := replay_operation(batch.draft, self.key, self.request, self.actor):
            return tuple(replayed)
        with batch.draft.writing(self.key), batch.draft.undo.together():
            return self._write(batch)

    def _write(self, batch: Batch) -> tuple[Receipt, ...]:
        receipts: list[Receipt] = []
        books = Overlay.of(self.book, batch.draft, self.actor)
        for rule in self.rules:
            planned = tuple(rule(books, partial(_seal, self.book, batch)))
            check_types(planned, (Transaction, Attempt))
            for _, some in groupby(planned, key=lambda it: isinstance(it, Attempt)):
                self._write_some(batch, tuple(some), receipts)
        return tuple(receipts)

    def _write_some(self, batch: Batch, planned: Sequence[Planned], receipts: list[Receipt]) -> None:
        """Decide attempts one by one, and the transactions between two attempts together."""
        transactions = [it for it in planned if isinstance(it, Transaction)]
        receipts += self._decide(batch, transactions, receipts)
        for attempt in planned:
            if isinstance(attempt, Attempt):
                try:
                    receipts += self._decide(batch, attempt.transactions, receipts)
                except LedgerRejection as refusal:
                    receipts += self._decide(batch, attempt.instead(refusal), receipts)

    def _decide(
        self, batch: Batch, transactions: Sequence[Transaction], receipts: Sequence[Receipt]
    ) -> list[Receipt]:
        """Decide transactions after those of the receipts, all or none."""
        stamped = [self._stamp(t, place) for place, t in enumerate(transactions, start=len(receipts) + 1)]
        if not stamped:
            return []
        batch.expect(stamped)
        return decide_all(batch, stamped)

    def _stamp(self, t: Transaction, place: int) -> Transaction:
        kept = self.request if place == 1 else t.details
        return t._replace(key=key_of(self.key, place), details=kept, actor=self.actor)


def preview(book: Book, rules: Sequence[SealingRule], actor: str, batch: Batch) -> tuple[Transaction, ...]:
    """The transactions that some rules would write now; raises the first refusal; nothing is kept."""
    draft = batch.draft
    done, unused = len(draft.entries), f"preview {draft.digest.hex()}"  # nobody can have used this key
    try:
        with draft.undo.together():
            Operation(book, unused, {}, actor, rules).decide(batch)
            raise _OnlyLooking([entry.transaction for entry in draft.entries[done:]])
    except _OnlyLooking as seen:
        return tuple(seen.transactions)


def _seal(book: Book, batch: Batch, through: date) -> Record:
    """Seal the journal with the additions of the batch, for the transaction decided next."""
    draft = batch.draft
    head = Head(draft.number, draft.digest, draft.moment, draft.accounts)
    touched = [state.standing for state in (*draft.opened, *draft.touched.values())]
    batch.sealed = seal_journal(book, batch.writer, through, head, draft.entries, touched, draft.pages)
    return batch.sealed.seal.record


class _OnlyLooking(Exception):
    """Raised to undo everything of a preview."""

    def __init__(self, transactions: Sequence[Transaction]) -> None:
        self.transactions = transactions
