"""Commands on copies of a book: make one while the book is in use, check one, restore one."""

from __future__ import annotations

import click

from bankcore.console.options import book_option, example, keep_open
from bankcore.console.output import answers
from bankcore.errors import BadUsage
from bankcore.render import sheets
from bankcore.render.forms import Sheet
from bankcore.stores.backup import Backup, checked
from bankcore.stores.engine import ENGINE
from bankcore.stores.open import file_of
from bankcore.stores.sqlite import SqliteStore

__all__ = ["backup", "restore"]


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


def _shown(backup: Backup) -> Sheet:
    return sheets.backup(backup.place, str(ENGINE), ((it.book, it.head, it.seal) for it in backup.books))
