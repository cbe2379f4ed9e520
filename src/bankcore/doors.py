"""The doors of the ledger: what the bank's staff may do to accounts without a product's command.

In a book that products serve, only officers and the system are admitted here.  Accounts that a product owns
move by its commands; an officer who moves them directly must give a reason, and the products' invariants
must hold afterwards, or nothing is written.  Records are written by commands alone.

>>> from datetime import UTC, datetime
>>> from bankcore.stores.memory import MemoryStore
>>> from bankcore.units import Unit
>>> store = MemoryStore()
>>> book = store.add("main", Unit("CNY/2"), date(2024, 5, 1))
>>> ledger = Ledger(store, book, lambda: datetime(2024, 5, 1, tzinfo=UTC))
>>> doors = Doors(ledger, Catalogue({}), Actor(Role.OFFICER, "lin"))
>>> doors.open([Account("bank:cash", "asset", "CNY/2", floor=0)], key="open").number
1
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any

from bankcore.errors import (
    AccountClosed,
    AccountFrozen,
    AccountOwned,
    ActorNotPermitted,
    InvariantBroken,
    RecordsRefused,
    RecordsStand,
    Rejection,
)
from bankcore.ledger import changes
from bankcore.ledger.accounts import Account, AccountPath, Status
from bankcore.ledger.books import Books
from bankcore.ledger.ledger import Ledger, read_reason
from bankcore.ledger.posting.shape import shape_refusal
from bankcore.ledger.posting.verdicts import Verdict
from bankcore.ledger.rules import Planned, Rule, check_types
from bankcore.ledger.transactions import Posting, Receipt, Transaction, timestamp
from bankcore.ledger.velocity import VelocityLimit
from bankcore.product.actor import Actor, Role
from bankcore.product.catalogue import Catalogue
from bankcore.product.product import Product
from bankcore.serving import check_served

__all__ = ["Doors", "broken_invariants", "value_date"]

_PERMITTED = (Role.OFFICER, Role.SYSTEM)


def broken_invariants(books: Books, products: Iterable[Product]) -> Iterator[InvariantBroken]:
    """Every violated invariant of the products; none in a sound book."""
    for product in products:
        for name, invariant in product.invariants.items():
            for reason in invariant(books):
                yield InvariantBroken(product.name, name, reason)


def value_date(ledger: Ledger, given: date | None, key: object) -> date:
    """The value date of a request: as given, else that of the key's first use, else the business date."""
    if given is not None:
        return given
    number = ledger.reader.numbers([key]).get(key) if isinstance(key, str) else None
    return ledger.books.today if number is None else ledger.entry(number).transaction.effective_on


class Doors:
    """The ledger's own requests, given by an actor; `reason` is needed to move accounts of a product.

    Without an actor it is the bank's officer in a book that products serve, and nobody in any other.
    Each request raises the errors of the ledger's method; also ProductMissing, ActorNotPermitted where
    the actor is neither officer nor system, AccountOwned where an account belongs to a product and no
    reason is given, InvariantBroken where an invariant of the product would be violated; where products
    serve the book, RecordsRefused for a transaction with records, RecordsStand for the correction of one.
    """

    def __init__(self, ledger: Ledger, products: Catalogue, actor: Actor | None, reason: str = "") -> None:
        self._ledger, self._reason = ledger, reason
        self._products = products.those(check_served(ledger.books, products))
        self._actor = actor or (Actor(Role.OFFICER, "bank") if self._products else None)
        self._named = "" if self._actor is None else str(self._actor)

    # --- postings -----------------------------------------------------------------------------------

    def post(self, transaction: Transaction) -> Receipt:
        """Write one transaction."""
        self._enter("post")
        given = self._signed(transaction)
        if (owned := self._owner_of(self._moved(given))) is None:
            return self._ledger.post(given)
        return self._forced("post", given.key, owned, lambda _: (given,), _said(given))

    def post_many(self, transactions: Iterable[Transaction], *, atomic: bool = False) -> list[Verdict]:
        """Write many transactions, none of them on an account that a product owns."""
        self._enter("post")
        given = list(map(self._signed, transactions))
        if owned := self._owner_of(path for it in given for path in self._moved(it)):
            raise AccountOwned(*owned)
        return self._ledger.post_many(given, atomic=atomic)

    def reverse(self, number: int, *, key: str, effective_on: date, description: str = "") -> Receipt:
        """Post the exact inverse of a transaction, once."""
        self._enter("reverse")
        entry = self._ledger.entry(number)
        moved = [posting.account for posting in entry.transaction.postings]
        fields: dict[str, Any] = {"key": key, "effective_on": effective_on, "description": description}
        if (owned := self._owner_of(moved)) is None:
            return self._ledger.reverse(number, **fields, actor=self._named)
        inverse = changes.reversal(entry, **fields, actor=self._named)
        return self._forced("reverse", key, owned, lambda _: (inverse,), _said(inverse))

    def correct(
        self,
        number: int,
        postings: tuple[Posting, ...],
        *,
        key: str,
        effective_on: date,
        description: str = "",
    ) -> Receipt:
        """Post the difference between a transaction and `postings`."""
        self._enter("correct")
        self._check_corrected(number)
        entry = self._ledger.entry(number)
        moved = [posting.account for posting in (*entry.transaction.postings, *postings)]
        if (owned := self._owner_of(moved)) is None:
            fields: dict[str, Any] = {"key": key, "effective_on": effective_on, "description": description}
            return self._ledger.correct(number, postings, **fields, actor=self._named)
        rule = changes.correction(entry, postings, effective_on, description)
        legs = [[p.account, p.quantity, p.unit] for p in postings]
        said = {"correct": number, "to": legs, "on": effective_on.isoformat(), "description": description}
        return self._forced("correct", key, owned, rule, said)

    def capture(
        self,
        number: int,
        *,
        key: str,
        effective_on: date,
        postings: tuple[Posting, ...] | None = None,
        description: str = "",
    ) -> Receipt:
        """Post all of a hold, or some of it."""
        self._enter("capture")
        entry = self._ledger.entry(number)
        moved = [posting.account for posting in entry.transaction.postings]
        fields: dict[str, Any] = {"key": key, "effective_on": effective_on, "description": description}
        if (owned := self._owner_of(moved)) is None:
            return self._ledger.capture(number, **fields, postings=postings, actor=self._named)
        taken = changes.capture(entry, postings, **fields, actor=self._named)
        return self._forced("capture", key, owned, lambda _: (taken,), _said(taken))

    def release(self, number: int, *, key: str, effective_on: date, description: str = "") -> Receipt:
        """Release a hold; nothing is posted."""
        self._enter("release")
        entry = self._ledger.entry(number)
        moved = [posting.account for posting in entry.transaction.postings]
        fields: dict[str, Any] = {"key": key, "effective_on": effective_on, "description": description}
        if (owned := self._owner_of(moved)) is None:
            return self._ledger.release(number, **fields, actor=self._named)
        freed = changes.capture(entry, (), **fields, actor=self._named)
        return self._forced("release", key, owned, lambda _: (freed,), _said(freed))

    def bring_forward(
        self, balances: dict[AccountPath, int], *, against: AccountPath, key: str, effective_on: date
    ) -> Receipt:
        """Post opening balances against one account, none of them on an account that a product owns."""
        self._enter("bring-forward")
        if owned := self._owner_of((*balances, against)):
            raise AccountOwned(*owned)
        return self._ledger.bring_forward(
            balances, against=against, key=key, effective_on=effective_on, actor=self._named
        )

    def take_over(
        self,
        accounts: Sequence[Account],
        balances: dict[AccountPath, int],
        *,
        against: AccountPath | None,
        key: str,
        request: dict[str, Any],
        effective_on: date,
    ) -> tuple[Receipt, ...]:
        """Open accounts and bring balances forward, all in one commit or nothing, such as from a file.

        `request` names what is asked for, as the same key takes the same request alone.  Balances, of which
        there need be none, are as in `bring_forward`; no account may be one that a product owns.
        """
        self._enter("take-over")
        others = () if against is None else (against,)
        if owned := self._owner_of((*(account.path for account in accounts), *balances, *others)):
            raise AccountOwned(*owned)
        rules = [changes.open_accounts(accounts)] if accounts else []
        if against is not None and any(balances.values()):
            rules.append(changes.bring_forward(balances, against, effective_on))
        return self._ledger.execute(key, request, *rules, actor=self._named)

    # --- accounts -----------------------------------------------------------------------------------

    def open(self, accounts: Sequence[Account], *, key: str) -> Receipt:
        """Open accounts, none of them at or below a product's roots."""
        self._enter("open")
        if owned := self._owner_of(account.path for account in accounts):
            raise AccountOwned(*owned)
        return self._ledger.open(accounts, key=key, actor=self._named)

    def change(self, path: AccountPath, *, key: str, reason: str, **fields: Any) -> Receipt:
        """Freeze an account, limit it or change its party, also one that a product owns."""
        self._enter("change")
        owned = self._owner_of([path])
        if owned and fields.get("status") in (Status.CLOSED, Status.CLOSED.value):
            raise AccountOwned(*owned)  # as `close_account` does
        then = self._invariants(owned)
        return self._ledger.change(path, key=key, reason=reason, actor=self._named, then=then, **fields)

    def unfreeze(self, path: AccountPath, *, key: str, reason: str) -> Receipt:
        """Allow debits and credits on an account again; raises AccountClosed where it is closed."""
        return self._opened(path, key, reason, AccountClosed(str(path)), Status.CLOSED)

    def reopen(self, path: AccountPath, *, key: str, reason: str) -> Receipt:
        """Open a closed account again; raises AccountFrozen where it is frozen."""
        frozen = (Status.FROZEN, Status.DEBITS_FROZEN, Status.CREDITS_FROZEN)
        return self._opened(path, key, reason, None, *frozen)

    def _opened(
        self, path: AccountPath, key: str, reason: str, refusal: Rejection | None, *refused: Status
    ) -> Receipt:
        """Set an account's status to `open`, unless it has a status that another request must end."""
        self._enter("change")
        path = AccountPath.parse(path)
        changed = {"status": Status.OPEN.value, "reason": read_reason(reason)}

        def rule(books: Books) -> Sequence[Planned]:
            account = books.account(path)
            if account is not None and account.status in refused:
                raise refusal or AccountFrozen(path, account.status.value)
            return changes.change_account(path, changed)(books)

        then = self._invariants(self._owner_of([path]))
        return self._ledger.execute(key, {"change": path, **changed}, rule, *then, actor=self._named)[0]

    def close_account(
        self, path: AccountPath, *, key: str, reason: str, into: AccountPath | None = None
    ) -> Receipt:
        """Close an account that no product owns: a product's commands close its own."""
        self._enter("close")
        if owned := self._owner_of([path] if into is None else [path, into]):
            raise AccountOwned(*owned)
        return self._ledger.close_account(path, key=key, reason=reason, into=into, actor=self._named)

    def limit(self, limit: VelocityLimit, *, key: str) -> Receipt:
        """Set a velocity limit."""
        self._enter("limit")
        return self._ledger.limit(limit, key=key, actor=self._named)

    # --- authority ----------------------------------------------------------------------------------

    def _enter(self, door: str) -> None:
        if self._products and (self._actor is None or self._actor.role not in _PERMITTED):
            raise ActorNotPermitted(self._named, door)

    def _signed(self, transaction: Transaction) -> Transaction:
        """The transaction with its actor; in a book without products it may name any actor itself."""
        check_types([transaction])
        if self._products and transaction.records:
            raise RecordsRefused(transaction.key)
        self._check_corrected(transaction.corrects)
        return transaction if self._actor is None else transaction._replace(actor=self._named)

    def _check_corrected(self, number: object) -> None:
        """Raise RecordsStand for the correction of what a command recorded: its product must know of it."""
        corrected = self._ledger.reader.entry(number) if self._products and type(number) is int else None
        if corrected is not None and corrected.transaction.records:
            raise RecordsStand(corrected.number)

    def _moved(self, t: Transaction) -> Iterable[AccountPath]:
        """The accounts that a transaction moves or frees; none where the ledger refuses it for its form."""
        if not self._products or shape_refusal(t) is not None:
            return ()
        held = None if t.resolves is None else self._ledger.reader.entry(t.resolves)
        return [p.account for p in (*t.postings, *(held.transaction.postings if held else ()))]

    def _owner_of(self, paths: Iterable[AccountPath]) -> tuple[AccountPath, str] | None:
        """The first of the accounts that a product owns, and the product."""
        roots = [(root, product.name) for product in self._products for root in product.roots]
        named = map(AccountPath, paths if roots else ())  # also given as plain texts
        return next(((path, name) for path in named for root, name in roots if path.within(root)), None)

    def _invariants(self, owned: object) -> tuple[Rule, ...]:
        """The rule that the products' invariants hold, where a product owns what is changed."""

        def holds(books: Books) -> Sequence[Planned]:
            for broken in broken_invariants(books, self._products):
                raise broken
            return ()

        return (holds,) if owned else ()

    def _forced(
        self, door: str, key: str, owned: tuple[AccountPath, str], rule: Rule, said: dict[str, Any]
    ) -> Receipt:
        """Move a product's accounts, where a reason is given and its invariants hold afterwards."""
        if not self._reason.strip():
            raise AccountOwned(*owned)
        request = {"forced": door, "reason": self._reason, **said}
        then = self._invariants(owned)
        return self._ledger.execute(key, request, rule, *then, actor=self._named)[0]


def _said(t: Transaction) -> dict[str, Any]:
    """The request, as the journal keeps it; what a transaction rarely has only where it has it."""
    legs = [[p.account, p.quantity, p.unit] for p in t.postings]
    rare = {
        "agreement": t.agreement,
        "details": t.details,
        "expires_at": timestamp(t.expires_at) if t.expires_at else None,
        "group": t.group,
        "pending": t.pending,
        "resolves": t.resolves if not t.postings else None,
        "up_to": t.up_to,
    }
    said = {"kind": t.kind, "postings": legs, "on": t.effective_on.isoformat(), "description": t.description}
    return said | {name: value for name, value in rare.items() if value}
