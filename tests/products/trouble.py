"""Trouble with accounts: ways in which the ledger refuses what a product posts, and their end."""

from __future__ import annotations

from hypothesis import strategies as st

from bankcore.bank import Bank
from bankcore.errors import AccountNotEmpty
from bankcore.ledger.accounts import AccountPath, Status
from bankcore.ledger.velocity import Flow, Per, VelocityLimit

__all__ = ["free", "stop", "troubles"]

_HOW = ("debits frozen", "credits frozen", "frozen", "closed", "capped", "floored", "out", "in")


def troubles(*paths: str) -> st.SearchStrategy[dict[str, str]]:
    """Some of the accounts, and what is to happen to each."""
    return st.dictionaries(st.sampled_from(paths), st.sampled_from(_HOW), min_size=1, max_size=3)


def stop(bank: Bank, given: dict[str, str], key: str = "stop") -> None:
    """Let each account refuse in its way; one that holds money, or has it on hold, is frozen
    instead of closed."""
    for text, how in given.items():
        path = AccountPath(text)
        balance = bank.ledger.books.balance(path)
        if how in ("out", "in"):
            _limit(bank, path, how, 1, key)
        elif how in ("capped", "floored"):
            bank.ledger.change(path, key=f"{key}-{path}", reason="order", **{_bound(how): balance})
        else:
            try:
                bank.ledger.change(path, key=f"{key}-{path}", reason="order", status=Status(how))
            except AccountNotEmpty:
                bank.ledger.change(path, key=f"{key}-{path}", reason="order", status=Status.FROZEN)


def free(bank: Bank, given: dict[str, str], key: str = "free") -> None:
    """End what `stop` began."""
    for text, how in given.items():
        path = AccountPath(text)
        if how in ("out", "in"):
            _limit(bank, path, how, None, key)
        elif how in ("capped", "floored"):
            bank.ledger.change(path, key=f"{key}-{path}", reason="order", **{_bound(how): None})
        else:
            bank.ledger.change(path, key=f"{key}-{path}", reason="order", status=Status.OPEN)


def _bound(how: str) -> str:
    return "ceiling" if how == "capped" else "floor"


def _limit(bank: Bank, path: AccountPath, how: str, most: int | None, key: str) -> None:
    unit = bank.ledger.books.accounts([path])[path].unit
    bank.ledger.limit(VelocityLimit(path, path, unit, Flow(how), Per.DAY, most=most), key=f"{key}-{path}")
