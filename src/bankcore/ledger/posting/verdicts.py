"""Verdicts: the outcomes of several transactions that are decided in one commit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Final

from bankcore.errors import BankcoreError, Conflict, GroupRefused, InputError, Rejection
from bankcore.ledger.posting.batch import Batch
from bankcore.ledger.transactions import Receipt, Transaction

__all__ = ["JUDGEMENTS", "Verdict", "decide_all", "decide_each"]

Verdict = Receipt | BankcoreError

JUDGEMENTS = (InputError, Rejection, Conflict)  # they concern one request; other errors concern the store

_group: Final = attrgetter("group")


def decide_all(batch: Batch, transactions: Sequence[Transaction]) -> list[Receipt]:
    """The receipts of all; raises the first refusal, and then none is kept."""
    receipts: list[Receipt] = []
    with batch.draft.undo.together():
        for run in _runs(transactions):
            _take(batch, run, receipts)
    return receipts


def decide_each(batch: Batch, transactions: Sequence[Transaction]) -> list[Verdict]:
    """A verdict for each; groups are accepted whole or not at all."""
    verdicts: list[Verdict] = []
    if not any(map(_group, transactions)):
        decide, take = batch.decide, verdicts.append
        for t in transactions:
            try:
                take(decide(t))
            except JUDGEMENTS as refusal:
                take(refusal)
        return verdicts
    for run in _runs(transactions):
        receipts: list[Receipt] = []
        try:
            _take(batch, run, receipts)
            verdicts += receipts
        except JUDGEMENTS as refusal:
            others = GroupRefused(run[0].group, run[len(receipts)].key, refusal.code)
            verdicts += [refusal if place == len(receipts) else others for place in range(len(run))]
    return verdicts


def _runs(transactions: Sequence[Transaction]) -> Iterator[Sequence[Transaction]]:
    """Each transaction by itself; consecutive ones of the same group together."""
    for group, members in groupby(transactions, key=_group):
        run = tuple(members)
        yield from (run,) if group else ((t,) for t in run)


def _take(batch: Batch, run: Sequence[Transaction], receipts: list[Receipt]) -> None:
    """Add the receipts of a run, one by one; raises the refusal of the next one."""
    if not run[0].group:
        receipts.append(batch.decide(run[0]))
        return
    with batch.draft.undo.together():
        batch.check_group(run)
        for t in run:
            receipts.append(batch.decide(t))
