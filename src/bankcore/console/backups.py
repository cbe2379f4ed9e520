"""Commands on copies of a book: make one while the book is in use, check one, restore one."""

from __future__ import annotations

import click

from bankcore.console.options import book_option, example, keep_open
from bankcore.console.output import answers, to_terminal
from bankcore.errors import BadUsage
from bankcore.ledger.ports import Store
from bankcore.render import sheets
from bankcore.render.forms import Sheet
from bankcore.stores.backup import Backup, checked
from bankcore.stores.copying import copy_books
from bankcore.stores.engine import ENGINE
from bankcore.stores.open import file_of, open_store
from bankcore.stores.sqlite import SqliteStore

__all__ = ["backup", "copy", "restore"]


@click.command(
    epilog=example("bankcore backup mall-2024-05-01.db", "bankcore backup /mnt/safe/mall.db --json")
)
@click.argument("file", type=click.Path())
@book_option()
@answers
def backup(file: str, book: str) -> Sheet:
    """Copy the file of the book into a new one while it is in use, and verify the copy.

    Keep the head and the seal from the output in another place.
    """
    return _shown(keep_open(SqliteStore(file_of(book), read_only=True)).backup(file))


@click.command(
    epilog=example("bankcore restore mall-2024-05-01.db --check", "bankcore restore safe.db --book mall.db")
)
@click.argument("file", type=click.Path())
@click.option("--check", is_flag=True, help="Only verify the backup; nothing is written.")
@book_option(required=False, help="The new file for the book; it must not exist.")
@answers
def restore(file: str, check: bool, book: str | None) -> Sheet:
    """Verify a backup, and restore the book to a new file."""
    if book is None and not check:
        raise BadUsage("give --book with the new file, or --check to verify only")
    store = keep_open(SqliteStore(file := file_of(file), read_only=True))
    return _shown(checked(store, file) if check or book is None else store.backup(file_of(book)))


@click.command(
    epilog=example(
        "bankcore copy mall.db postgresql://teller@db.example/mall",
        "bankcore copy postgresql://teller@db.example/mall mall.db",
    )
)
@click.argument("source", metavar="FROM", type=click.Path())
@click.argument("target", metavar="TO", type=click.Path())
@answers
def copy(source: str, target: str) -> Sheet:
    """Copy all books of a file or database into another, line by line, with their digests, and verify them.

    An interrupted copy goes on where it stopped; a later one adds what has been written since. A book that
    is not the beginning of the one to be copied is never written over.
    """
    given = keep_open(open_store(source, read_only=True))
    copied = keep_open(open_store(target, create=True))
    place, engine = getattr(copied, "place", target), getattr(copied, "engine", ENGINE)
    with click.progressbar(length=_most(given), label="transactions", **to_terminal()) as bar:
        found = copy_books(given, copied, lambda more: bar.update(more))
    return sheets.backup(place, str(engine), ((it.book, it.head, it.seal) for it in found))


def _most(store: Store) -> int:
    """How many transactions a store has."""
    return sum(store.reading(book.id).head().number for book in store.books())


def _shown(backup: Backup) -> Sheet:
    return sheets.backup(backup.place, str(ENGINE), ((it.book, it.head, it.seal) for it in backup.books))
