"""The command that shows the schemas of the output in JSON."""

from __future__ import annotations

import click

from bankcore.console.options import example
from bankcore.console.output import answers, form, print_data
from bankcore.render.forms import Form, Sheet
from bankcore.schemas import VERSION, described, names
from bankcore.schemas import schema as schema_of
from bankcore.tables import Table, json_text

__all__ = ["schema"]

_LONG = frozenset({"commands"})  # omitted in text


@click.command(
    epilog=example(
        "bankcore schema",
        "bankcore schema statement > statement.schema.json",
        "bankcore schema account list",
    )
)
@click.argument("words", metavar="[NAME|COMMAND]...", nargs=-1)
@answers
def schema(words: tuple[str, ...]) -> Sheet | None:
    """Show the schema of a command's output in JSON; without a NAME, list all.

    It is JSON Schema, draft 2020-12, complete in itself.  A command that answers in several ways has
    them all in one schema; refusals, on standard error, have the schema `error`.
    """
    if not words:
        rows = tuple((name, *described(name)) for name in names())
        return Sheet({"version": VERSION}, (Table("schemas", ("schema", "what", "commands"), rows),), _LONG)
    if form() is Form.CSV:
        raise click.UsageError("A schema is written in JSON: leave --csv out.")
    print_data(json_text(schema_of(" ".join(words)), indent=2) + "\n")
    return None
