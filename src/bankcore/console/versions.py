"""The products that serve a book: their versions there and here, and upgrades of their records."""

from __future__ import annotations

import click

from bankcore.bank import Bank
from bankcore.console.options import example, preview_option, reads, writes
from bankcore.product.actor import Actor
from bankcore.products import PRODUCTS
from bankcore.render import sheets
from bankcore.render.forms import Sheet
from bankcore.serving import served
from bankcore.tables import Table
from bankcore.upgrades import preview_upgrade

__all__ = ["products"]


@click.group(epilog=example("bankcore products list", "bankcore products upgrade meal-card"))
def products() -> None:
    """List the products that serve a book, and upgrade their records."""


@products.command("list", epilog=example("bankcore products list", "bankcore products list --json"))
@reads
def list_(bank: Bank) -> Sheet:
    """List the products that serve the book, their versions there and here, and what is to be done."""
    unfit, books = bank.unfit(), bank.ledger.books
    rows = tuple(
        (name, version, PRODUCTS.version(name) if PRODUCTS.knows(name) else None, str(unfit.get(name, "")))
        for name, version in served(books).items()
    )
    return Sheet({}, (Table("Products", ("product", "in the book", "here", "to do"), rows),))


@products.command(
    epilog=example("bankcore products upgrade meal-card --preview", "bankcore products upgrade meal-card")
)
@click.argument("product")
@preview_option()
@writes
def upgrade(bank: Bank, key: str, actor: Actor | None, product: str, preview: bool) -> Sheet:
    """Bring the records of a product to the form of the installed version: all of them, or none.

    Nothing is written where the book is at that version.  Given by an officer; an older program cannot serve
    the book afterwards.
    """
    if preview:
        return sheets.plan(preview_upgrade(bank.ledger, bank.products.named(product), actor))
    return sheets.receipts(bank.upgrade(product, key, actor))
