"""Commands on a bank of several books, at the places that its directory tells; they hold no rules."""

from __future__ import annotations

import functools
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import click
from attrs import evolve

from bankcore.amounts import Amount
from bankcore.authority import check_key
from bankcore.bank import Bank
from bankcore.calendars import parse_date
from bankcore.console.options import (
    actor_option,
    example,
    key_option,
    new_key,
    open_bank,
    timeout_option,
    waits,
)
from bankcore.console.output import answers
from bankcore.console.progress import shown
from bankcore.errors import BadUsage, BankcoreError, InvariantBroken
from bankcore.ledger.evidence.audit import verify as audit
from bankcore.product.actor import Actor
from bankcore.products.current import Transfer
from bankcore.products.parties.places import Place
from bankcore.render import sheets
from bankcore.render.forms import Sheet
from bankcore.shards.shards import Shards
from bankcore.stores.open import open_store
from bankcore.tables import Table

__all__ = ["shards"]


@click.group(
    epilog=example(
        "bankcore parties place-book --book directory.db --home north --place north.db",
        "bankcore shards list --directory directory.db",
        "bankcore shards transfer --directory directory.db --from li --to wang --amount 30.00",
    )
)
def shards() -> None:
    """Use several books as one bank: where each is, transfers, recovery, close, moves."""


def _opens(command: Callable[..., Any]) -> Callable[..., Any]:
    """Open the books of the directory that --directory names as the command's first argument."""

    @functools.wraps(command)
    def opened(directory: str, directory_name: str | None, **given: Any) -> Any:
        known = Shards.open(open_bank(directory, directory_name), functools.partial(open_store, **waits()))
        click.get_current_context().find_root().call_on_close(known.close)
        return command(known, **given)

    name = click.option(
        "--directory-name", metavar="NAME", help="The directory's book, where its file has several."
    )
    place = click.option(
        "--directory",
        required=True,
        envvar="BANKCORE_DIRECTORY",
        show_envvar=True,
        metavar="FILE",
        help="The file of the directory's book, or its URL.",
    )
    return place(timeout_option(name(answers(opened))))


@shards.command("list", epilog=example("bankcore shards list"))
@_opens
def list_(known: Shards) -> Sheet:
    """Show the books: place, business date, last transaction, or why one cannot be opened."""
    rows: list[tuple[object, ...]] = []
    for it in Place.every(known.directory.bank.ledger.books):
        try:
            bank = known.books.named(it.id)
            row: tuple[object, ...] = (bank.today, bank.ledger.reader.head().number, "")
        except BankcoreError as error:
            row = (None, None, str(error))
        rows.append((it.id, it.place, it.moving_to, *row))
    columns = ("book", "place", "moving to", "business date", "transactions", "trouble")
    return Sheet(tables=(Table("books", columns, tuple(rows)),))


@shards.command(epilog=example("bankcore shards home li"))
@click.argument("party")
@_opens
def home(known: Shards, party: str) -> Sheet:
    """Show in which book a party is at home, and where that book is."""
    book = known.directory.home(party)
    place = Place.find(known.directory.bank.ledger.books, book)
    return Sheet({"party": party, "book": book, "place": None if place is None else place.place})


@shards.command(epilog=example("bankcore shards transfer --from li --to wang --amount 30.00 --key rent-5"))
@click.option("--from", "party", required=True, metavar="PARTY", help="The payer.")
@click.option("--to", "receiver", required=True, metavar="PARTY", help="The receiver.")
@click.option(
    "--amount", required=True, metavar="AMOUNT", help="The amount, in the unit of the payer's book."
)
@key_option
@actor_option
@_opens
def transfer(
    known: Shards, party: str, receiver: str, amount: str, key: str | None, actor: str | None
) -> Sheet:
    """Transfer between current accounts, also to a party of another book (a remittance)."""
    if key is not None:
        check_key(key)
    unit = known.books.named(known.directory.home(party)).ledger.book.base_unit
    command = Transfer(party, receiver, Amount.parse(amount, unit))
    given = None if actor is None else Actor.parse(actor)
    return sheets.receipts(known.handle(command, new_key() if key is None else key, given))


@shards.command(epilog=example("bankcore shards recover"))
@_opens
def recover(known: Shards) -> Sheet:
    """Carry on what was left: payments between books, moves, copies of parties; may be run at any time."""
    found = known.recover()
    waiting = Table("waiting", ("what",), tuple((it,) for it in found.waiting))
    return Sheet({"arrived": found.arrived, "returned": found.returned}, (waiting,))


@shards.command("in-transit", epilog=example("bankcore shards in-transit"))
@_opens
def in_transit(known: Shards) -> Sheet:
    """Show the open payments of every book, with their age in days."""
    return Sheet(tables=(evolve(known.in_transit(), title="in transit"),))


@shards.command(epilog=example("bankcore shards verify"))
@_opens
def verify(known: Shards) -> Sheet:
    """Derive every figure of all books again, and compare what is between them."""
    rows = []
    for name, bank in (("directory", known.directory.bank), *known.books):
        with bank.ledger.store.snapshot() as still, still.reading(bank.ledger.book.id) as reader:
            found = audit(reader, bank.ledger.book).require()
        rows.append((name, found.transactions))
    if faults := known.faults():
        raise InvariantBroken("current", "Q7", "; ".join(faults))
    return Sheet(tables=(Table("verified", ("book", "transactions"), tuple(rows)),))


@shards.command("close-day", epilog=example("bankcore shards close-day --on yesterday"))
@click.option(
    "--on", required=True, metavar="DATE", help="The last day to close: a date, today or yesterday."
)
@click.option("--ahead", is_flag=True, help="Allow a day in the future.")
@_opens
def close_day(known: Shards, on: str, ahead: bool) -> Sheet:
    """Recover, then close the days up to a date in every book that can be reached, the directory last."""
    last = _last(known.directory.bank, on)
    closed = {**known.close_day(last, ahead=ahead)}
    closed["directory"] = known.directory.bank.close_day(last, ahead=ahead)
    rows = tuple(
        (name, None, str(it)) if isinstance(it, BankcoreError) else (name, len(it.days), "")
        for name, it in closed.items()
    )
    return Sheet(tables=(Table("closed", ("book", "days", "trouble"), rows),))


def _last(bank: Bank, on: str) -> date:
    words = {"today": 0, "yesterday": 1}
    return bank.calendar_day - timedelta(days=words[on]) if on in words else parse_date(on)


@shards.command(
    epilog=example(
        "bankcore shards move north postgresql://owner@db.example/north",
        "bankcore shards move north --give-up",
    )
)
@click.argument("book")
@click.argument("to", metavar="[TO]", required=False)
@click.option("--give-up", is_flag=True, help="Leave the book where it is, if it was not opened in TO.")
@_opens
def move(known: Shards, book: str, to: str | None, give_up: bool) -> Sheet:
    """Move a book to another file or server while it is served; the directory then has its new place."""
    if give_up is (to is not None):
        raise BadUsage("give TO, or --give-up")
    assert known.moves is not None  # as the books were opened from the directory
    if to is None:
        return Sheet({"book": book, "was closed": known.moves.give_up(book)})
    with shown("transactions", None) as progress:
        found = known.moves.move(book, to, progress)
    return Sheet({"book": book, "place": to, "transactions": found.head.number, "head": found.head.digest})
