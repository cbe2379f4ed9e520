"""The products that serve a book: recorded in it with their versions, when each is first used.

A bank without one of them, or with an older one, would close days without that product's work, or misread
its records: commands and closes are refused until it is installed.  A newer one serves the book at once where
its records have the same form; where it has an upgrade rule, an officer has to run that first (`upgrades`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bankcore.errors import ProductMissing, ProductNotUpgraded, ProductOlder, Rejection
from bankcore.ledger.books import Books
from bankcore.ledger.rules import Planned, Rule
from bankcore.ledger.transactions import Transaction
from bankcore.product.catalogue import Catalogue
from bankcore.product.plan import Plan
from bankcore.product.product import Product
from bankcore.product.records import written

__all__ = [
    "SERVED",
    "check_served",
    "is_older",
    "newly_served",
    "recorded",
    "served",
    "serving_rule",
    "unfit",
]

SERVED = "bank.product"  # the product's name


def served(books: Books) -> Mapping[str, str]:
    """The products that serve a book, by name, and the version that each last served it with."""
    return {record.id: record.data["version"] for record in books.records(SERVED)}


def is_older(version: str, than: int) -> bool:
    """Whether a version in a book is older; one that is not a whole number is not.

    >>> is_older("1", 2), is_older("2", 2), is_older("0.9", 2)
    (True, False, False)
    """
    return version.isdecimal() and int(version) < than


def unfit(serving: Mapping[str, str], products: Catalogue) -> Mapping[str, Rejection]:
    """The products that serve a book and cannot do so as installed, by name, each with the reason.

    It is ProductMissing, ProductOlder or ProductNotUpgraded.
    """
    found = ((name, _refusal(name, version, products)) for name, version in serving.items())
    return {name: refusal for name, refusal in found if refusal is not None}


def _refusal(name: str, version: str, products: Catalogue) -> Rejection | None:
    if not products.knows(name):
        return ProductMissing(name)
    if version == str(installed := products.version(name)):
        return None
    if not is_older(version, installed):
        return ProductOlder(name, version, installed)
    if any(is_older(version, to) for to in products.named(name).upgrades):
        return ProductNotUpgraded(name, version, installed)
    return None


def check_served(books: Books, products: Catalogue) -> Mapping[str, str]:
    """The products that serve the book, from `served`; raises the first refusal of `unfit`."""
    serving = served(books)
    if refused := unfit(serving, products):
        missing = [name for name, refusal in refused.items() if isinstance(refusal, ProductMissing)]
        raise ProductMissing(", ".join(missing)) if missing else next(iter(refused.values()))
    return serving


def serving_rule(products: Catalogue) -> Rule:
    """The rule that the products still serve the book: another process may have upgraded it meanwhile."""

    def serve(books: Books) -> Sequence[Planned]:
        check_served(books, products)
        return ()

    return serve


def newly_served(products: Catalogue, books: Books) -> Plan:
    """The plan that says with which versions the products serve the book from now on, where that changes."""
    before = served(books)
    now = {name: str(products.version(name)) for name in before}
    records = [
        written(books, SERVED, name, version=now[name]) for name in before if before[name] != now[name]
    ]
    served_by = Transaction(kind="bank.serve", effective_on=books.today, records=tuple(records))
    return Plan((served_by,) if records else ())


def recorded(
    books: Books, product: Product, planned: Sequence[Planned], serving: Mapping[str, str]
) -> Sequence[Planned]:
    """The plan of a rule, with the record that the product serves the book where `serving` lacks it."""
    if not planned or serving.get(product.name) == str(product.version):
        return planned
    record = written(books, SERVED, product.name, version=str(product.version))
    first, *rest = planned
    if isinstance(first, Transaction):
        return (first._replace(records=(*first.records, record)), *rest)
    return (Transaction(kind="bank.serve", effective_on=books.today, records=(record,)), *planned)
