"""The options that commands share, and opening the bank."""

from __future__ import annotations

import functools
import os
import time
from collections.abc import Callable
from datetime import date
from enum import Enum
from itertools import islice, takewhile
from typing import Any, Final, TypeVar

import click
from click.shell_completion import CompletionItem

from bankcore import doors
from bankcore.authority import check_key
from bankcore.bank import Bank
from bankcore.calendars import parse_date
from bankcore.console.output import BANK, answers, answers_with_tables, keep_actor
from bankcore.errors import BadCommand, BankcoreError, UnfinishedBook
from bankcore.ledger.ports import Store
from bankcore.ledger.posting.clock import ClockLimits
from bankcore.product.actor import Actor
from bankcore.stores.open import open_store
from bankcore.stores.unfinished import mark_of
from bankcore.tables import visible

__all__ = [
    "FORK",
    "ON",
    "REASON",
    "Option",
    "account_path",
    "account_paths",
    "actor_option",
    "book_option",
    "choice",
    "confirm_option",
    "day",
    "durability_option",
    "example",
    "given_key",
    "keep_open",
    "key_option",
    "name_option",
    "new_key",
    "open_bank",
    "opens",
    "preview_option",
    "reads",
    "refuse_unfinished",
    "secret_option",
    "value_date",
    "writes",
]

Answer = Callable[..., Any]
Option = Callable[[Answer], Answer]
Kept = TypeVar("Kept", bound=Store)

_MOST_COMPLETIONS: Final = 100
FORK: Final = "bankcore.fork"  # in a context: what makes the bank that a command is to use of the live one


def book_option(*, required: bool = True, help: str = "The file of the book, or its URL.") -> Option:
    """The option --book, or the variable BANKCORE_BOOK."""
    return click.option(
        "--book", required=required, envvar="BANKCORE_BOOK", show_envvar=True, metavar="FILE", help=help
    )


name_option: Final = click.option(
    "--name", "book_name", metavar="NAME", help="The book, where the file holds several."
)
confirm_option: Final = click.option(
    "--confirm-clock", is_flag=True, help="Confirm the clock, though the book was last written long ago."
)
durability_option: Final = click.option(
    "--durability",
    type=click.Choice(["full", "normal"]),
    default="full",
    show_default=True,
    help="Whether every commit survives a power cut, or the latest may be lost.",
)
key_option: Final = click.option("--key", metavar="KEY", help="Idempotency key; a new one if not given.")
actor_option: Final = click.option(
    "--actor", metavar="ROLE:ID", callback=keep_actor, help="The actor, such as customer:c001."
)


def opens(command: Answer) -> Answer:
    """Open the bank that --book names as the command's first argument, for reading and writing."""
    return _opening(command, read_only=False)


def reads(command: Answer) -> Answer:
    """Open the bank that --book names as the command's first argument, for reading only."""
    return _opening(command, read_only=True)


def writes(command: Answer) -> Answer:
    """As `opens`; the command also gets a `key`, a new one if none was given, and an `actor`."""

    @functools.wraps(command)
    def asked(bank: Bank, key: str | None, actor: str | None, **given: Any) -> Any:
        who = None if actor is None else Actor.parse(actor)
        if key is not None:
            check_key(key)
        return command(bank, key=new_key() if key is None else key, actor=who, **given)

    return opens(key_option(actor_option(asked)))


def _opening(command: Answer, *, read_only: bool) -> Answer:
    @functools.wraps(command)
    def opened(book: str, book_name: str | None, confirm_clock: bool = False, **given: Any) -> Any:
        bank = open_bank(book, book_name, confirm_clock=confirm_clock, read_only=read_only)
        return command(bank, **given)

    asked = answers_with_tables(opened) if read_only else confirm_option(answers(opened))
    return book_option()(name_option(asked))


def open_bank(book: str, name: str | None = None, *, confirm_clock: bool = False, **store: Any) -> Bank:
    """The bank on the book called `name`, or on the only one of the file; in a preview, a fork of it."""
    forked = click.get_current_context().meta.get(FORK)
    if forked is not None:
        store["read_only"] = True
    if not store.get("read_only"):
        refuse_unfinished(book)
    elif (mark := mark_of(book)) and not click.get_current_context().resilient_parsing:
        click.echo(f"notice: {visible(str(UnfinishedBook(book, mark)))}", err=True)
    kept: Store = keep_open(open_store(book, **store))
    if forked is None and store.get(
        "read_only"
    ):  # the output is of one moment, though others may write meanwhile
        kept = click.get_current_context().find_root().with_resource(kept.snapshot())
    names = [known.name for known in kept.books()]
    if name is None and len(names) > 1:
        raise BadCommand("name", f"the file holds several books: {', '.join(names)}")
    limits = ClockLimits(ahead=None) if confirm_clock else ClockLimits()
    bank = Bank.open(kept, name="".join(names) if name is None else name, clock_limits=limits)
    click.get_current_context().find_root().meta[BANK] = bank
    if forked is None:
        return bank
    used: Bank = forked(bank)
    return used


def refuse_unfinished(book: str) -> None:
    """Raise UnfinishedBook where the file of a book is marked as one whose run was cut off."""
    if mark := mark_of(book):
        raise UnfinishedBook(book, mark)


def keep_open(store: Kept) -> Kept:
    """The store, which closes when the command line ends."""
    click.get_current_context().find_root().call_on_close(store.close)
    return store


def given_key() -> str | None:
    """The key that the command line gives, if it does."""
    key: str | None = click.get_current_context().params.get("key")
    return key


def new_key() -> str:
    """A new key that sorts by time: a UUID of version 7 (RFC 9562)."""
    import uuid  # here, because commands that only read do not need it

    number = time.time_ns() // 1_000_000 << 80 | int.from_bytes(os.urandom(10))
    number = number & ~(0xF << 76) | 0x7 << 76
    number = number & ~(0x3 << 62) | 0x2 << 62
    return str(uuid.UUID(int=number))


def day(text: str | None) -> date | None:
    """The date of an option, None if it was not given; raises BadDate."""
    return None if text is None else parse_date(text)


def value_date(bank: Bank, text: str | None, key: str) -> date:
    """The value date of the option --on; see `bankcore.doors.value_date`."""
    return doors.value_date(bank.ledger, day(text), key)


def secret_option(what: str) -> Option:
    """The option --secret, or the variable BANKCORE_LINK_SECRET: what signs `what`, such as links."""
    return click.option(
        "--secret",
        required=True,
        envvar="BANKCORE_LINK_SECRET",
        show_envvar=True,
        metavar="TEXT",
        help=f"The secret that signs {what}, at least 16 characters; better given as a variable.",
    )


ON: Final = click.option(
    "--on", metavar="DATE", help="The value date; the business date if not given, in a retry the first one."
)


REASON: Final = click.option(
    "--reason", default="", help="The officer's reason for moving accounts of a product."
)


def preview_option(help: str = "Show what would be written; write nothing.") -> Option:
    """The option --preview, refused in `bankcore preview`, where it would leave nothing to be shown."""

    def choose(ctx: click.Context, _: click.Parameter, given: bool) -> bool:
        if given and FORK in ctx.meta:
            raise click.UsageError("It is a preview already: leave --preview out.", ctx)
        return given

    return click.option("--preview", is_flag=True, callback=choose, help=help)


def choice(words: type[Enum]) -> click.Choice[str]:
    """The values of an enumeration as the words of an option."""
    return click.Choice([word.value for word in words])


def example(*lines: str) -> str:
    """The end of a command's help."""
    return "\n".join(("\b", "Example:", *(f"  {line}" for line in lines)))


def account_path(name: str = "path", **settings: Any) -> Option:
    """An argument with an account's path, which the shell completes from the book."""
    return click.argument(name, shell_complete=account_paths, **settings)


def account_paths(ctx: click.Context, _: click.Parameter, typed: str) -> list[CompletionItem]:
    """The accounts that begin with what was typed; none where the book cannot be read."""
    book = ctx.params.get("book")
    if not book:
        return []
    try:
        with ctx.find_root():
            reader = open_bank(book, ctx.params.get("book_name"), read_only=True).ledger.reader
            known = (str(state.account.path) for state in reader.accounts(after=typed))
            found = takewhile(lambda path: path.startswith(typed), known)
            return [CompletionItem(path) for path in islice(found, _MOST_COMPLETIONS)]
    except BankcoreError:
        return []
