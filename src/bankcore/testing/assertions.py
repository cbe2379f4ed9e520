"""Assertions about books, with messages that say what differs.

>>> from bankcore.testing import Driver
>>> driver = Driver("li")
>>> driver.deposit("li", "100.00")
>>> assert_sound(driver)
>>> assert_conserved(driver)
>>> assert_balances(driver, {"bank:demand:li": "100.00"}, root="bank:demand")
>>> assert_balances(driver, {"bank:demand:li": "99.00", "bank:demand:han": 0})
Traceback (most recent call last):
AssertionError: 2 balances are not as expected:
  bank:demand:han: expected 0, but there is no such account
  bank:demand:li: expected 99.00 CNY, found 100.00 CNY
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import TracebackType
from typing import Any, Protocol, Self

from bankcore.amounts import Amount
from bankcore.bank import Bank
from bankcore.errors import BankcoreError
from bankcore.ledger.accounts import AccountPath
from bankcore.ledger.evidence.audit import verify
from bankcore.ledger.ledger import Ledger
from bankcore.ledger.reading.statements import trial_balance

__all__ = ["Driven", "Refused", "assert_balances", "assert_conserved", "assert_refused", "assert_sound"]


class Driven(Protocol):
    """What drives a bank, such as a `Driver`."""

    bank: Bank


def assert_sound(book: Bank | Driven) -> None:
    """Assert that every invariant of the products that serve the book holds; names those that do not."""
    bank = book if isinstance(book, Bank) else book.bank
    _require(map(str, bank.broken_invariants()), "broken invariant")


def assert_conserved(book: Bank | Ledger | Driven) -> None:
    """Assert that no money came from nowhere or got lost: the names of what is wrong are in the message.

    Debits equal credits in each unit, those of memorandum accounts apart; the audit, which derives every
    balance again from the journal, finds nothing; the products' invariants hold.  The time it takes grows
    with the journal: after each step of a long test use `assert_sound`.
    """
    ledger = ledger_of(book)
    with ledger.store.snapshot() as still, still.reading(ledger.book.id) as reader:
        totals = trial_balance(reader).totals
        wrong = [
            f"{it.unit}{' (memorandum accounts)' if it.memorandum else ''}: debits {it.debits}, credits "
            f"{it.credits}, difference {it.debits - it.credits}"
            for it in totals
            if it.debits != it.credits
        ]
        wrong += map(str, verify(reader, ledger.book).findings)
    if not isinstance(book, Ledger):
        bank = book if isinstance(book, Bank) else book.bank
        wrong += map(str, bank.broken_invariants())
    _require(wrong, "finding")


def assert_balances(
    book: Bank | Ledger | Driven, expected: Mapping[str, str | int | Amount], *, root: str | None = None
) -> None:
    """Assert the balances of accounts on their normal sides: decimal texts, Amounts, or ints of minor units.

    With a `root` no other account at and below it may have a balance; an empty one stands for the whole book.
    Raises the errors of `Amount.parse` for a text that is no amount of the account's unit.
    """
    ledger = ledger_of(book)
    books, wrong = ledger.books, []
    accounts = books.accounts([AccountPath(path) for path in expected])
    for path in sorted(expected):
        account, said = accounts.get(AccountPath(path)), expected[path]
        if account is None:
            wrong.append(f"{path}: expected {said}, but there is no such account")
            continue
        wanted = Amount.parse(said, account.unit) if isinstance(said, str) else said
        wanted = wanted if isinstance(wanted, Amount) else Amount(wanted, account.unit)
        found = Amount(books.balance(AccountPath(path)), account.unit)
        if (wanted.unit, wanted.quantity) != (found.unit, found.quantity):
            wrong.append(f"{path}: expected {wanted}, found {found}")
    if root is not None:
        wrong += _others(ledger, root, expected)
    if wrong:
        many = "1 balance is" if len(wrong) == 1 else f"{len(wrong)} balances are"
        raise AssertionError("\n  ".join([f"{many} not as expected:", *wrong]))


def _others(ledger: Ledger, root: str, expected: Mapping[str, Any]) -> list[str]:
    """The balances other than zero that nobody expected."""
    books = ledger.books
    found = [(path, net) for path, net in books.balances(root) if net and str(path) not in expected]
    accounts = books.accounts(path for path, _ in found)
    return [f"{path}: expected none, found {Amount(net, accounts[path].unit)}" for path, net in found]


class Refused:
    """What `assert_refused` gives: the refusal, once the block is left; without a code any will do."""

    error: BankcoreError

    def __init__(self, code: str, ledger: Ledger | None = None) -> None:
        self.code, self._ledger = code, ledger

    @property
    def fields(self) -> dict[str, Any]:
        """The refusal as plain data: its code, message and fields."""
        return self.error.as_dict()

    def __enter__(self) -> Self:
        self._before = self._head()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> bool:
        if error is None:
            named = f" with code {self.code!r}" if self.code else ""
            raise AssertionError(f"expected a refusal{named}, but nothing was refused")
        if not isinstance(error, BankcoreError):
            return False
        if error.code != self.code and self.code:
            raise AssertionError(
                f"expected a refusal with code {self.code!r}, found {error.code!r}: {error}"
            ) from error
        if (after := self._head()) != self._before:
            raise AssertionError(
                f"the refusal {error.code!r} left a trace: the head of the book moved from transaction "
                f"{self._before[0]} to {after[0]}"
            ) from error
        self.error = error
        return True

    def _head(self) -> tuple[int, bytes]:
        if self._ledger is None:
            return 0, b""
        with self._ledger.reader as reader:
            head = reader.head()
            return head.number, head.digest


def assert_refused(
    code: str, book: Bank | Ledger | Driven | None = None, act: Callable[[], object] | None = None
) -> Refused:
    """Assert that a block, or the function `act`, is refused with a stable code.

    With a `book` the refusal must have left it as it was.  Errors that are not bankcore's pass through.

    >>> from bankcore.amounts import Amount
    >>> with assert_refused("bad_amount") as refusal:
    ...     Amount.parse("1.234", "CNY/2")
    >>> refusal.fields["reason"]
    'CNY/2 has 2 decimals'
    >>> assert_refused("bad_amount", act=lambda: Amount.parse("1.23", "CNY/2"))
    Traceback (most recent call last):
    AssertionError: expected a refusal with code 'bad_amount', but nothing was refused
    """
    refused = Refused(code, None if book is None else ledger_of(book))
    if act is not None:
        with refused:
            act()
    return refused


def ledger_of(book: Bank | Ledger | Driven) -> Ledger:
    """The ledger of what a test holds."""
    if isinstance(book, Ledger):
        return book
    return book.ledger if isinstance(book, Bank) else book.bank.ledger


def _require(wrong: Iterator[str] | list[str], name: str) -> None:
    found = list(wrong)
    if found:
        many = f"1 {name}" if len(found) == 1 else f"{len(found)} {name}s"
        raise AssertionError("\n  ".join([f"{many}:", *found]))
