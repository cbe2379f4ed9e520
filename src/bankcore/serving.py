"""The products that serve a book: recorded in it with their versions, when each is first used.

A bank without one of them would close days without that product's work, so commands and closes are refused
until it is installed again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from bankcore.errors import ProductMissing
from bankcore.ledger.books import Books
from bankcore.ledger.rules import Planned
from bankcore.ledger.transactions import Record, Transaction
from bankcore.product.catalogue import Catalogue
from bankcore.product.product import Product
from bankcore.product.records import written

__all__ = ["SERVED", "check_served", "missing", "recorded", "served"]

SERVED = "bank.product"  # the product's name


def served(books: Books) -> Mapping[str, str]:
    """The products that serve a book, by name, and the version that each last served it with."""
    return {record.id: record.data["version"] for record in books.records(SERVED)}


def missing(serving: Iterable[str], products: Catalogue) -> tuple[str, ...]:
    """Those of the products that serve a book that are not installed."""
    return tuple(name for name in serving if not products.knows(name))


def check_served(books: Books, products: Catalogue) -> Mapping[str, str]:
    """The products that serve the book, from `served`; raises ProductMissing unless all are installed."""
    serving = served(books)
    if unknown := missing(serving, products):
        raise ProductMissing(", ".join(unknown))
    return serving


def recorded(
    books: Books, product: Product, planned: Sequence[Planned], serving: Mapping[str, str]
) -> Sequence[Planned]:
    """The plan of a rule, with the record that the product serves the book where `serving` lacks it."""
    if not planned or serving.get(product.name) == product.version:
        return planned
    record: Record = written(books, SERVED, product.name, version=product.version)
    first, *rest = planned
    if isinstance(first, Transaction):
        return (first._replace(records=(*first.records, record)), *rest)
    return (Transaction(kind="bank.serve", effective_on=books.today, records=(record,)), *planned)
