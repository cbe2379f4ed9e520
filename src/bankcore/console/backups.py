"""Commands on copies of a book: make one while the book is in use, check one, restore one."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Final

import click
from click.core import ParameterSource

from bankcore.console.options import book_option, example, keep_open
from bankcore.console.output import answers, to_terminal
from bankcore.errors import BadUsage, UnknownName
from bankcore.ledger.ports import Store
from bankcore.ledger.transactions import Book
from bankcore.render import sheets
from bankcore.render.forms import Sheet
from bankcore.stores.backup import Backup, Standing, checked
from bankcore.stores.copying import copy_books
from bankcore.stores.engine import ENGINE
from bankcore.stores.moving import Mover
from bankcore.stores.moving import reopen as reopen_lost
from bankcore.stores.open import file_of, open_store
from bankcore.stores.sqlite import SqliteStore
from bankcore.tables import Table

__all__ = ["backup", "copy", "reopen", "restore"]

_PAUSE: Final = 0.5  # seconds between two looks for more


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
    if check and click.get_current_context().get_parameter_source("book") is ParameterSource.COMMANDLINE:
        raise BadUsage("--check writes nothing: leave --book out")
    if book is None and not check:
        raise BadUsage("give --book with the new file, or --check to verify only")
    store = keep_open(SqliteStore(file := file_of(file), read_only=True))
    return _shown(checked(store, file) if check or book is None else store.backup(file_of(book), noted=False))


@click.command(
    epilog=example(
        "bankcore copy mall.db postgresql://teller@db.example/mall",
        "bankcore copy postgresql://teller@db.example/mall mall.db",
        "bankcore copy --follow mall.db postgresql://teller@db.example/mall",
        "bankcore copy --follow --switch mall.db postgresql://teller@db.example/mall",
    )
)
@click.argument("source", metavar="FROM", type=click.Path())
@click.argument("target", metavar="TO", type=click.Path())
@click.option("--follow", is_flag=True, help="Go on copying while FROM is written, until interrupted.")
@click.option("--switch", is_flag=True, help="With --follow: close FROM once little is missing, and open TO.")
@click.option("--only", metavar="NAME", help="With --follow: only this book.")
@answers
def copy(source: str, target: str, follow: bool, switch: bool, only: str | None) -> Sheet:
    """Copy all books of a file or database into another, line by line, with their digests, and verify them.

    An interrupted copy goes on where it stopped; a later one adds what has been written since. A book that
    is not the beginning of the one to be copied is never written over.

    With --follow nobody else can write the copy, and the lag is reported. With --switch each book is then
    closed in FROM (writing is refused with book_moved, reading goes on), brought to the same transaction in
    TO, compared, verified and opened there. Given again after an interruption, it goes on where it stopped.
    """
    if (switch or only is not None) and not follow:
        raise BadUsage("--switch and --only are for --follow")
    given = keep_open(open_store(source, read_only=not switch))
    copied = keep_open(open_store(target, create=True))
    place, engine = getattr(copied, "place", target), getattr(copied, "engine", ENGINE)
    with click.progressbar(length=_most(given), label="transactions", **to_terminal()) as bar:

        def progress(more: int) -> None:
            bar.update(more)

        if follow:
            found = _followed([Mover(given, copied, it) for it in _chosen(given, only)], switch, progress)
        else:
            found = copy_books(given, copied, progress)
    return sheets.backup(place, str(engine), ((it.book, it.head, it.seal) for it in found))


def _chosen(store: Store, name: str | None) -> list[Book]:
    """The books of a store, or the one that is named."""
    books = [book for book in store.books() if name in (None, book.name)]
    if not books:
        raise UnknownName("book", str(name), ", ".join(book.name for book in store.books()))
    return books


def _followed(
    movers: Sequence[Mover], switch: bool, progress: Callable[[int], object]
) -> tuple[Standing, ...]:
    """Move the books, or copy them until interrupted, and report the lag whenever it changes."""
    if switch:
        return tuple(mover.run(progress) for mover in movers)
    open_there = [mover.book.name for mover in movers if mover.begin().phase == "open"]
    if open_there:
        raise BadUsage(f"moved already: {', '.join(open_there)}")
    last: list[tuple[str, int, int]] = []
    while True:
        behind = [(mover.book.name, *mover.follow(progress)) for mover in movers]
        if behind != last:
            for name, number, lag in behind:
                click.echo(f"{name}: copied through {number}, {lag} behind", err=True)
        last = behind
        time.sleep(_PAUSE)


@click.command(
    epilog=example(
        "bankcore reopen mall.db postgresql://teller@db.example/mall",
        "bankcore reopen mall.db --lost --only mall",
    )
)
@click.argument("source", metavar="FROM", type=click.Path())
@click.argument("target", metavar="[TO]", type=click.Path(), required=False)
@click.option("--lost", is_flag=True, help="TO is lost: you vouch that its copy never comes back.")
@click.option("--only", metavar="NAME", help="Only this book.")
@answers
def reopen(source: str, target: str | None, lost: bool, only: str | None) -> Sheet:
    """Reopen FROM after a move that was not finished: the copy in TO is given up, and never opened.

    Refused with move_finished where TO was opened.
    """
    if lost is (target is not None):
        raise BadUsage("give TO, or --lost where it is lost")
    given = keep_open(open_store(source))
    books = _chosen(given, only)
    if target is None:
        opened = [book.name for book in books if reopen_lost(given, book)]
    else:
        copied = keep_open(open_store(target, create=True))
        opened = [book.name for book in books if Mover(given, copied, book).give_up()]
    return Sheet({"file": source}, (Table("reopened", ("book",), tuple((name,) for name in opened)),))


def _most(store: Store) -> int:
    """How many transactions a store has."""
    return sum(store.reading(book.id).head().number for book in store.books())


def _shown(backup: Backup) -> Sheet:
    return sheets.backup(backup.place, str(ENGINE), ((it.book, it.head, it.seal) for it in backup.books))
