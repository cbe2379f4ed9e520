"""A ledger in a transaction of the caller's own database, which he commits."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from bankcore.ledger.ports import Writer
from bankcore.ledger.posting.desk import Desk, operation, posting, postings
from bankcore.ledger.posting.joining import Joining
from bankcore.ledger.posting.verdicts import Verdict
from bankcore.ledger.rules import Rule, without_seal
from bankcore.ledger.transactions import Receipt, Transaction

__all__ = ["JoinedLedger"]


class JoinedLedger:
    """A ledger whose postings are part of somebody else's transaction; made by `bankcore.joining.joined`.

    Every receipt is provisional until that transaction has committed.  A refusal raises as from `Ledger`,
    leaves no trace, and neither ends the transaction nor what was posted before.  It is used by one thread.
    """

    def __init__(self, desk: Desk, begin: Callable[[], Writer]) -> None:
        self._book = desk.book
        self._joining = Joining(desk, begin)

    def post(self, transaction: Transaction) -> Receipt:
        """As `Ledger.post`; raises JoinLost where the transaction must be rolled back."""
        return self._joining.run(posting(transaction))

    def post_many(self, transactions: Iterable[Transaction], *, atomic: bool = False) -> list[Verdict]:
        """As `Ledger.post_many`; raises JoinLost where the transaction must be rolled back."""
        return self._joining.run(postings(transactions, atomic))

    def execute(
        self, key: str, request: Mapping[str, Any], *rules: Rule, actor: str = ""
    ) -> tuple[Receipt, ...]:
        """As `Ledger.execute`; raises JoinLost where the transaction must be rolled back."""
        return self._joining.run(operation(self._book, key, request, without_seal(rules), actor))

    def finish(self) -> None:
        """Pass what was posted to the writer."""
        self._joining.finish()
