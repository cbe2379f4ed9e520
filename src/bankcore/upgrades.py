"""Upgrades: a newer version of a product takes a book over from an older one.

A version of a product that keeps its records in another form has an upgrade rule for each noun that
changed (`Noun.upgrade`): a pure function that reads the records as the version before wrote them and returns
their next versions.  Until an officer has run it, commands, closes and the product's reports are refused, so
that no record is read in a form that it does not have.  An upgrade moves no money, and what the journal says
of earlier days stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import chain

from bankcore.doors import broken_invariants
from bankcore.errors import ActorNotPermitted, ProductOlder
from bankcore.ledger.books import Books
from bankcore.ledger.ledger import Ledger
from bankcore.ledger.rules import Rule
from bankcore.ledger.transactions import Receipt, Record, Transaction
from bankcore.product.actor import Actor, Role
from bankcore.product.product import Product
from bankcore.product.records import PAGE, written
from bankcore.serving import SERVED, is_older, served

__all__ = ["preview_upgrade", "upgrade"]


def upgrade(ledger: Ledger, product: Product, key: str, actor: Actor | None = None) -> tuple[Receipt, ...]:
    """Bring the records of a product to the form of its version, one version after another: all or nothing.

    One commit, attributed to the actor, by default the bank's officer.  Nothing is written where the product
    does not serve the book, or serves it with this version.  A close that began with the version before
    may be finished after it.  Raises ActorNotPermitted for anybody but officers and the system, ProductOlder,
    InvariantBroken where the upgraded records contradict the product's invariants, KeyConflict.
    """
    by, request = _permitted(actor), {"upgrade": product.name, "to": product.version}
    return ledger.execute(key, request, *_rules(product), actor=by)


def preview_upgrade(ledger: Ledger, product: Product, actor: Actor | None = None) -> tuple[Transaction, ...]:
    """What `upgrade` would write now, refused as there; nothing is written."""
    return ledger.preview(*_rules(product), actor=_permitted(actor))


def _permitted(actor: Actor | None) -> str:
    actor = actor or Actor(Role.OFFICER, "bank")
    if actor.role not in (Role.OFFICER, Role.SYSTEM):
        raise ActorNotPermitted(str(actor), "upgrade")
    return str(actor)


def _rules(product: Product) -> Iterator[Rule]:
    yield partial(_check, product)
    for to in sorted({*product.upgrades, product.version}):
        yield partial(_upgraded, product, to)
    yield partial(_sound, product)


def _check(product: Product, books: Books) -> Sequence[Transaction]:
    version = served(books).get(product.name, "1")
    if not is_older(version, product.version + 1):
        raise ProductOlder(product.name, version, product.version)
    return ()


def _upgraded(product: Product, to: int, books: Books) -> Sequence[Transaction]:
    """The records of one version, in transactions of a page each, and that the book is at this version."""
    version = served(books).get(product.name)
    if version is None or not is_older(version, to):
        return ()
    new: list[Record] = list(chain.from_iterable(upgrade(books) for upgrade in product.upgrades.get(to, ())))
    new.append(written(books, SERVED, product.name, version=str(to)))
    pages = (new[start : start + PAGE] for start in range(0, len(new), PAGE))
    return [
        Transaction(
            kind="bank.upgrade",
            effective_on=books.today,
            records=tuple(page),
            description=f"{product.name} from version {version} to {to}",
        )
        for page in pages
    ]


def _sound(product: Product, books: Books) -> Sequence[Transaction]:
    for broken in broken_invariants(books, [product]):
        raise broken
    return ()
