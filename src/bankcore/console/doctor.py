"""The command that examines a book for its operator."""

from __future__ import annotations

from typing import Final

import click

from bankcore.bank import utc_now
from bankcore.console.options import book_option, example, name_option, open_bank, waits
from bankcore.console.output import answers, show
from bankcore.doctor import Level, examine, worst
from bankcore.render.forms import Sheet
from bankcore.stores.open import open_store
from bankcore.tables import Table

__all__ = ["STATUS", "doctor"]

STATUS: Final = {Level.WARNING: 7, Level.FAILURE: 8}  # the exit status of the worst finding


@click.command(
    epilog=example("bankcore doctor", "bankcore doctor --json", "bankcore doctor --finish-erasure")
)
@click.option(
    "--finish-erasure", "finish", is_flag=True, help="First overwrite erased data that is still in the log."
)
@book_option()
@name_option
@answers
def doctor(finish: bool, book: str, book_name: str | None) -> None:
    """Examine a book and its place: engine, space, clock, days, backups, products, what waits and since when.

    The books are only read, and no writer waits; --finish-erasure overwrites bytes that are erased already.
    Each finding is ok, a notice, a warning or a failure, and says what to do.

    Exit status: 0 nothing worse than a notice, 7 a warning, 8 a failure; another one where the book cannot
    be read.
    """
    if finish:
        with open_store(book, **waits()) as store:
            store.scrub()
    bank = open_bank(book, book_name, read_only=True)
    found = examine(bank, utc_now())
    rows = tuple((it.level.value, it.check, it.sentence, it.advice) for it in found)
    level = worst(found)
    show(
        Sheet({"level": level.value}, (Table("findings", ("level", "check", "finding", "what to do"), rows),))
    )
    click.get_current_context().exit(STATUS.get(level, 0))
