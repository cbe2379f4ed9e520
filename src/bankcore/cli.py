"""The command line: argv -> command -> bank -> render; no rules.

`main` is only a table of contents: the module of a command is imported when it is called.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from importlib import import_module
from keyword import iskeyword
from pathlib import Path
from typing import Any, Final

import click

__all__ = ["main"]

_VARIABLES: Final = {  # of the environment
    "BANKCORE_BOOK", "BANKCORE_CALENDARS", "BANKCORE_DIRECTORY", "BANKCORE_LINK_SECRET", "BANKCORE_SQLITE",
    "BANKCORE_TIMEOUT",
}  # fmt: skip
ROOMS: Final = {  # command: (module of the console, what it does)
    "init": ("books", "Create a book."),
    "book": ("books", "Show a book's name, dates, last transaction and clock."),
    "account": ("accounts", "Open, list, show, change, freeze, close and reopen accounts."),
    "limit": ("limits", "Set and list velocity limits."),
    "opening": ("openings", "Bring balances forward into accounts without postings."),
    "post": ("journal", "Post one transaction, or many from a file."),
    "together": ("products", "Give several commands, of one product or more, in one commit."),
    "hold": ("holds", "List, capture and release holds."),
    "reverse": ("journal", "Post the exact inverse of a transaction."),
    "correct": ("journal", "Post the difference that corrects a transaction."),
    "transaction": ("journal", "Show a transaction."),
    "journal": ("journal", "List transactions by day, account, kind, actor, contract or amount."),
    "balance": ("reports", "Show the balances at and below a path."),
    "statement": ("reports", "Show the postings of an account."),
    "trial-balance": ("reports", "Show every account in its debit or credit column."),
    "balance-sheet": ("reports", "Show assets, liabilities, equity and profit."),
    "income-statement": ("reports", "Show the income and expense of a period."),
    "report": ("reports", "Show a report of a product."),
    "products": ("versions", "List the products that serve a book, and upgrade their records."),
    "terms": ("terms", "Write a product's terms as TOML, commented, with their defaults."),
    "close-day": ("books", "Close the business day, or all days up to a date."),
    "example": ("examples", "List, show and copy the scenarios that come with bankcore."),
    "preview": ("previews", "Try a command, a file of commands or closes of days on a fork in memory."),
    "simulate": ("simulations", "Run a scenario, or many runs of it with other values."),
    "replay": ("runs", "Post a bank's own CSV file into a book."),
    "reconcile": ("reconcile", "Compare an account with its bank's statements."),
    "matches": ("matches", "Propose, confirm and list matches of an account with its bank's statements."),
    "acquire": ("runs", "Import leads from a source's CSV or JSON file."),
    "recharges": ("runs", "Post a day's recharges from a CSV or JSON file."),
    "verify": ("books", "Derive every stored figure again from the journal."),
    "doctor": ("doctor", "Examine a book and its place, and say what to do."),
    "metrics": ("metrics", "Write what the doctor finds of a book as metrics for Prometheus."),
    "backup": ("backups", "Copy a book while it is in use, and verify the copy."),
    "restore": ("backups", "Verify a backup, and restore a book from it."),
    "copy": ("backups", "Copy books into another file or database, and verify them."),
    "reopen": ("backups", "Reopen a book whose move to another place was not finished."),
    "shards": ("shards", "Use several books as one bank: places, transfers, recovery, close, moves."),
    "seal": ("proofs", "List the seals of closed days."),
    "checkpoint": ("checkpoints", "Create keys, and sign and check the head of the log of seals."),
    "export": (
        "exports",
        "Write the journal for hledger, Beancount or a spreadsheet, or a statement as camt.053.",
    ),
    "import": ("imports", "Take a journal of hledger, Ledger or Beancount into a book."),
    "outbox": ("outbox", "Write notices to parties, or all transactions, in order, as lines of JSON."),
    "link": ("links", "Create and read links to certificate orders, and confirm an order by its link."),
    "payment": ("payments", "Create and read codes of payment requests, and pay by a code."),
    "qr": ("qr", "Draw a text, such as the token of a link, as a QR code."),
    "schema": ("schemas", "Show the schema of a command's output in JSON."),
    "calendars": ("calendars", "List the business calendars that terms may name."),
    "prove": ("proofs", "Prove contents of a sealed book, and check such proofs without the book."),
}
PRODUCTS: Final = {  # in the order of bankcore.products.PRODUCTS, with the summary of each
    "wallet": "wealth programme with a reserve account",
    "certificate": "certificates of deposit bought by many",
    "points": "consumption points on one unified card",
    "credit": "credit lines that grow with points",
    "time-deposit": "deposits for a fixed time",
    "enterprise": "enterprises that trade and save: registration, fees, entitlements",
    "platform": "enterprise platform with escrow",
    "loan": "loans repaid in instalments",
    "branch": "branch network with online marketing",
    "deposit-modes": "customised deposit modes of enterprises",
    "parties": "register of persons and firms",
    "current": "current accounts of parties",
}
INTERRUPTED: Final = 130


class _Contents(click.Group):
    """The commands of `ROOMS` and one group for each product; results and refusals are printed here.

    Products of other packages are looked up when all are listed, or for a name that is in neither table.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*ROOMS, *PRODUCTS, *_outside()]

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name in ROOMS:
            room = import_module(f"bankcore.console.{ROOMS[name][0]}")
            word = name.replace("-", "_")
            return _strict(getattr(room, f"{word}_" if iskeyword(word) else word))
        if name in PRODUCTS or name in _outside():
            return _strict(import_module("bankcore.console.products").group(name))
        return None

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            from bankcore.errors.nearest import nearest

            near = nearest(args[0], self.list_commands(ctx))
            if not near:
                raise
            said = f"{error.format_message()} Nearest: {', '.join(near)}."
            raise click.UsageError(said, ctx) from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in ROOMS.items()])
        with formatter.section("Products"):
            formatter.write_dl([(name, f"Commands of the {summary}.") for name, summary in PRODUCTS.items()])
        if outside := _outside():
            with formatter.section("Products of other packages"):
                formatter.write_dl(list(outside.items()))

    def make_context(self, *args: Any, **extra: Any) -> click.Context:
        try:
            return super().make_context(*args, **extra)
        except click.ClickException as error:
            raise _seen(error) from None

    def invoke(self, ctx: click.Context) -> Any:
        from bankcore.console.output import refuse, refuse_usage, show

        wants_json = "--json" in ctx.args  # an option that the parser had not reached when it failed
        try:
            if (sheet := super().invoke(ctx)) is not None:
                show(sheet)
        except click.UsageError as error:
            if not wants_json:
                raise _seen(_with_variable(error)) from None
            refuse_usage(_with_variable(error))
        except click.ClickException as error:
            raise _seen(error) from None
        except (click.Abort, click.exceptions.Exit, BrokenPipeError):
            raise
        except KeyboardInterrupt:
            click.echo("interrupted", err=True)
            ctx.exit(INTERRUPTED)
        except Exception as error:
            refuse(error)


def _strict(command: click.Command) -> click.Command:
    """The command, which refuses an option of one value that is given twice; click would take the last."""
    for below in getattr(command, "commands", {}).values():
        _strict(below)
    parse = type(command).parse_args

    def parse_args(ctx: click.Context, args: list[str]) -> list[str]:
        if not ctx.resilient_parsing:
            _, _, order = command.make_parser(ctx).parse_args(args=[*args])
            once = [it for it in order if isinstance(it, click.Option) and not (it.multiple or it.is_flag)]
            for option in once:
                if once.count(option) > 1:
                    raise click.UsageError(f"{option.opts[0]} is given twice.", ctx)
            for it in order:
                both = [name for name in (*it.opts[:1], *it.secondary_opts[:1]) if name in args]
                if len(both) > 1:
                    raise click.UsageError(f"Give either {' or '.join(both)}.", ctx)
        return parse(command, ctx, args)

    vars(command)["parse_args"] = parse_args
    return command


def _with_variable(error: click.UsageError) -> click.UsageError:
    """Of a missing option that a variable may give also a variable whose name is like it."""
    name = getattr(getattr(error, "param", None), "envvar", None)
    if not isinstance(error, click.MissingParameter) or not isinstance(name, str):
        return error
    from bankcore.errors.nearest import nearest

    near = nearest(name, os.environ.keys() - _VARIABLES, alike=0.8)
    if not near:
        return error
    said = f"{error.format_message()} The environment has {', '.join(near)}, not {name}."
    return click.UsageError(said, error.ctx)


def _seen(error: click.ClickException) -> click.ClickException:
    """The error with what it repeats of the command line as escapes where it could not be seen."""
    from bankcore.tables import visible

    vars(error)["message"] = error.message and visible(error.message)
    return error


def _outside() -> Mapping[str, str]:
    """The products of other packages with the summary of each; none where two have the same name."""
    from bankcore.errors import ProductTwice
    from bankcore.products.outside import homes, summaries

    for name in homes():
        if name in ROOMS or name in PRODUCTS:
            raise ProductTwice(name)
    return summaries()


@click.group(
    cls=_Contents,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="""\b
Example:
  export BANKCORE_BOOK=bank.db
  bankcore init --opened-on 2024-05-01
  bankcore current open-programme --programme accounts
  bankcore parties register-party --party li
  bankcore current open-account --programme accounts --party li
  bankcore current cash-in --party li --amount 100.00
  bankcore balance bank

\b
Exit status: 0 done, 2 malformed input, 3 refused by a rule, 4 conflict with an earlier request,
5 error of a file or store, 6 the book contradicts itself, 7 a warning of doctor,
8 a failure that doctor found, 130 interrupted.

\b
Completion of commands, options and account paths:
  bash:  eval "$(_BANKCORE_COMPLETE=bash_source bankcore)"
  zsh:   eval "$(_BANKCORE_COMPLETE=zsh_source bankcore)"
  fish:  _BANKCORE_COMPLETE=fish_source bankcore | source
""",
)
@click.option(
    "--calendars",
    type=click.Path(path_type=Path),
    multiple=True,
    envvar="BANKCORE_CALENDARS",
    show_envvar=True,
    metavar="FILE",
    help="A business calendar in TOML or CSV, or a folder of them; may be given again.",
)
@click.version_option(package_name="bankcore")
def main(calendars: tuple[Path, ...]) -> None:
    """A double-entry ledger with exact money, and the bank products on it."""
    if calendars:
        from bankcore.calendars import add_calendar
        from bankcore.sources.calendars import read_calendars

        for path in calendars:
            for calendar in read_calendars(path):
                add_calendar(calendar)
