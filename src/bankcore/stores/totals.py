"""Totals of accounts in memory, moved one posting at a time."""

from __future__ import annotations

from bankcore.ledger.balances import StoredAccount

__all__ = ["after_holding", "after_posting"]


def after_posting(account: StoredAccount, quantity: int, sequence: int) -> StoredAccount:
    """The account after a posting."""
    debits, credits = account.debits + max(quantity, 0), account.credits - min(quantity, 0)
    return account._replace(sequence=sequence, debits=debits, credits=credits)


def after_holding(account: StoredAccount, quantity: int) -> StoredAccount:
    """The account after a leg of a hold."""
    debits, credits = account.pending_debits + max(quantity, 0), account.pending_credits - min(quantity, 0)
    return account._replace(pending_debits=debits, pending_credits=credits)
