"""Which products serve a book: recorded in it with their versions, as each is first used.

A bank that lacks one of them would let its days go by without that product's work, so commands and closes
are refused until it is there again.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence

from bankcore.errors import ProductMissing
from bankcore.ledger.books import Books
from bankcore.ledger.rules import Planned
from bankcore.ledger.transactions import Record, Transaction
from bankcore.product.product import Product
from bankcore.product.records import written

__all__ = ["SERVED", "check_served", "recorded", "served"]

SERVED = "bank.product"  # the product's name


def served(books: Books) -> Mapping[str, str]:
    """The products that serve a book, by name, and the version that each last served it with."""
    return {record.id: record.data["version"] for record in books.records(SERVED)}


def check_served(books: Books, known: Container[str]) -> None:
    """Raise ProductMissing unless all products that serve the book are known."""
    missing = [name for name in served(books) if name not in known]
    if missing:
        raise ProductMissing(", ".join(missing))


def recorded(books: Books, product: Product, planned: Sequence[Planned]) -> Sequence[Planned]:
    """What a rule plans, with the record that the product serves the book where that is new."""
    stored = books.record(SERVED, product.name)
    if not planned or (stored is not None and stored.data["version"] == product.version):
        return planned
    record: Record = written(books, SERVED, product.name, version=product.version)
    first, *rest = planned
    if isinstance(first, Transaction):
        return (first._replace(records=(*first.records, record)), *rest)
    return (Transaction(kind="bank.serve", effective_on=books.today, records=(record,)), *planned)
