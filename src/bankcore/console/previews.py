"""The command `preview`: any command that writes, a file of commands, or closes, on a fork in memory."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from bankcore.bank import Bank
from bankcore.calendars import parse_date
from bankcore.console.options import FORK, book_option, example, name_option, open_bank
from bankcore.console.output import HELD, answers_with_tables, passing_days, show
from bankcore.errors.nearest import nearest
from bankcore.interchange.transactions import read_forms
from bankcore.product.actor import Actor
from bankcore.product.forms import fill, named
from bankcore.products import PRODUCTS
from bankcore.readers import text_of
from bankcore.render import effects as sheets
from bankcore.render.forms import Sheet
from bankcore.simulation.section import Section
from bankcore.units import Unit

if TYPE_CHECKING:
    from bankcore.preview import Preview

__all__ = ["preview"]

_WRITING: Final = (  # the commands of the contents that write to a book, besides those of the products
    "account", "acquire", "close-day", "correct", "hold", "limit", "link", "opening", "payment", "post",
    "products", "recharges", "replay", "reverse", "together",
)  # fmt: skip
_FORKED: Final = "bankcore.preview"  # these three in a context: the fork that was made,
_AT_WILL: Final = "bankcore.at_will"  # whether its clock may show any time,
_BRIEF: Final = "bankcore.brief"  # whether closes of days are shown in numbers only


class _Previewed(click.Group):
    """The commands that write, found in the contents of the command line; any other word is a file."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return ["close"]

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name == "close":
            return _close
        contents = ctx.find_root().command
        known = contents.get_command(ctx, name) if isinstance(contents, click.Group) else None
        if known is not None and name not in _WRITING and known.callback is not None:
            ctx.fail(f"There is nothing to preview in {name!r}; these write: {', '.join(_WRITING)}.")
        if known is None and not Path(name).is_file():
            near = nearest(name, (*_WRITING, *PRODUCTS.names, "close"))
            meant = f" Nearest: {', '.join(near)}." if near else ""
            ctx.fail(f"{name!r} is neither a command that writes to a book nor a file of commands.{meant}")
        return known or _file_command(name)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command on a fork; what it would write is shown in place of its own output."""
        ctx.meta[FORK], ctx.meta[HELD] = partial(_forked, ctx), []
        try:
            own = super().invoke(ctx)
        except Exception:
            held, made = _ended(ctx)
            if held or (made is not None and made.effects.entries):
                show(sheets.shown(made, held))
            raise
        held, made = _ended(ctx)
        if made is None:
            return own
        show(sheets.shown(made, held, brief=ctx.meta.get(_BRIEF, False)))
        for refused in made.effects.refused:
            raise refused.error
        return None


def _forked(ctx: click.Context, live: Bank) -> Bank:
    """The bank of a fork, which the context keeps; its clock is compared with the book as usual."""
    from bankcore.preview import fork  # here, as importing it takes time that most commands need not spend

    limits = None if ctx.meta.get(_AT_WILL) else live.ledger.clock_limits
    made = ctx.meta[_FORKED] = fork(live, clock_limits=limits)
    return made.bank


def _ended(ctx: click.Context) -> tuple[list[Sheet], Preview | None]:
    """What the command showed, and its fork; from now on output is printed again."""
    del ctx.meta[FORK]
    return ctx.meta.pop(HELD), ctx.meta.get(_FORKED)


@click.group(
    cls=_Previewed,
    subcommand_metavar="COMMAND [ARGS]... | FILE",
    epilog=example(
        "bankcore preview wallet withdraw --programme mall --client c001 --amount 100.00",
        "bankcore preview close-day --on yesterday",
        "bankcore preview commands.jsonl --book mall.db",
        "bankcore preview close --until 2025-12-31 --book mall.db",
    ),
)
def preview() -> None:
    """Try a command, a file of commands or closes of days on a fork in memory; the book is only read.

    COMMAND is any command that writes, with its own options; shown is what it would write.  A refusal ends
    it with the same code and exit status as the command itself.

    FILE has commands as JSON, one object a line or a list, each given in a commit of its own; a refused
    one does not stop those after it.  `do` is a command's name and `with` its fields, or `together` is a
    list of such objects for one commit; `actor`, `key` and `on` may be left out.  With `on`, a date, the
    days before it are closed first:

    \b
    {"do": "wallet.withdraw", "with": {"programme": "mall", "client": "c001",
     "amount": "100.00"}, "on": "2024-06-01"}
    """


_entries_option = click.option(
    "--entries",
    is_flag=True,
    help="Show the postings and records of closes too, not only how many there are.",
)


@click.command("close", epilog=example("bankcore preview close --until 2025-12-31 --book mall.db"))
@click.option(
    "--until", required=True, metavar="DATE", help="The last day to close; it may be in the future."
)
@_entries_option
@book_option()
@name_option
@answers_with_tables
def _close(until: str, entries: bool, book: str, book_name: str | None) -> None:
    """Close all open days up to a date on a fork in memory, by a clock that goes along."""
    last, ctx = parse_date(until), click.get_current_context()
    ctx.meta[_BRIEF] = not entries
    _fork_at_will(book, book_name).close(last, progress=passing_days)


def _fork_at_will(book: str, name: str | None) -> Preview:
    """A fork whose clock may show any time."""
    meta = click.get_current_context().meta
    meta[_AT_WILL] = True
    open_bank(book, name)
    made: Preview = meta[_FORKED]
    return made


def _file_command(file: str) -> click.Command:
    """The command that gives the commands of a file."""

    @_entries_option
    @book_option()
    @name_option
    @answers_with_tables
    def run(entries: bool, book: str, book_name: str | None) -> None:
        click.get_current_context().meta[_BRIEF] = not entries
        text = text_of(Path(file))
        made = _fork_at_will(book, book_name)
        for given in list(_asked(file, text, made.bank.ledger.book.base_unit)):
            made.give(*given.pop("commands"), **given)

    return click.command(file, help=f"Give the commands of {file} on a fork in memory.")(run)


def _asked(file: str, text: str, unit: Unit) -> Iterator[dict[str, Any]]:
    """The commands of a file with their actors, keys and days; raises BadFile, BadScenario."""
    for where, form in read_forms(file, text):
        it = Section(f"{Path(file).name}: {where}", form)
        given: dict[str, Any] = {}
        if "together" in it:
            several = enumerate(it.take("together", list), start=1)
            parts = [Section(f"{it.place}, together {nth}", data) for nth, data in several]
            given["commands"] = [_command(part, unit) for part in parts]
            for part in parts:
                part.end()
        else:
            given["commands"] = [_command(it, unit)]
        for key, read in (("actor", Actor.parse), ("on", parse_date), ("key", str)):
            if key in it:
                given[key] = it.read(key, read, it.take(key, str))
        it.end()
        yield given


def _command(it: Section, unit: Unit) -> Any:
    command = it.read("do", lambda name: named(PRODUCTS, name), it.take("do", str))
    return it.read("with", partial(fill, command, unit=unit), it.take("with", dict, default={}))
