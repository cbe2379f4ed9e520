"""The commands that list, show and copy the scenarios that come with bankcore."""

from __future__ import annotations

from pathlib import Path

import click

from bankcore.console.options import example as lines
from bankcore.console.output import answers, form
from bankcore.errors import BadFile
from bankcore.render.forms import Form, Sheet
from bankcore.sources.examples import about, examples
from bankcore.sources.examples import example as text_of
from bankcore.tables import Table

__all__ = ["example"]


@click.group(epilog=lines("bankcore example list", "bankcore example copy mall"))
def example() -> None:
    """List, show and copy the scenarios that come with bankcore."""


@example.command("list", epilog=lines("bankcore example list"))
@answers
def list_() -> Sheet:
    """List the scenarios, each with its first sentence."""
    rows = tuple((name, about(it.read_text(encoding="utf-8"))) for name, it in examples().items())
    return Sheet(tables=(Table("examples", ("example", "about"), rows),))


@example.command(epilog=lines("bankcore example show mall"))
@click.argument("name")
@answers
def show(name: str) -> Sheet | None:
    """Show a scenario as it stands in its file."""
    text = text_of(name)
    if form() is not Form.TEXT:
        return Sheet({"example": name.removesuffix(".toml"), "text": text})
    click.echo(text, nl=False)
    return None


@example.command(epilog=lines("bankcore example copy mall", "bankcore example copy mall scenarios --force"))
@click.argument("name")
@click.argument("folder", type=click.Path(path_type=Path), default=".")
@click.option("--force", is_flag=True, help="Write over a file of that name.")
@answers
def copy(name: str, folder: Path, force: bool) -> Sheet:
    """Copy a scenario into a folder, by default this one, to be changed and run."""
    text = text_of(name)
    file = folder / f"{name.removesuffix('.toml')}.toml"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with file.open("w" if force else "x", encoding="utf-8") as out:
            out.write(text)
    except FileExistsError:
        raise BadFile(str(file), "there is such a file already; --force writes over it") from None
    except OSError as error:
        raise BadFile(str(file), error.strerror or "it cannot be written") from None
    return Sheet({"file": str(file)})
