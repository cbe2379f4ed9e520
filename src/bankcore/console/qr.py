"""The command that draws a QR code."""

from __future__ import annotations

import click

from bankcore.console.checkpoints import write_new
from bankcore.console.options import example
from bankcore.console.output import answers, form
from bankcore.errors import BadUsage
from bankcore.qr import svg as svg_of
from bankcore.qr import terminal
from bankcore.render.forms import Form, Sheet

__all__ = ["qr"]


@click.command(epilog=example("bankcore qr TOKEN", "bankcore qr TOKEN --svg invitation.svg"))
@click.argument("text")
@click.option("--svg", metavar="FILE", help="Write an SVG file instead, never over an existing one.")
@click.option("--light", is_flag=True, help="The terminal has dark text on a light background.")
@answers
def qr(text: str, svg: str | None, light: bool) -> Sheet | None:
    """Draw a text, such as the token of a link, as a QR code."""
    if svg is not None:
        if light:
            raise BadUsage("--light is for a terminal, not for --svg")
        write_new(svg_of(text), svg)
        return Sheet({"svg": svg})
    drawn = terminal(text, dark_background=not light)
    if form() is Form.TEXT:
        click.echo(drawn)  # its lines are ours; as a value of a sheet they would be escaped
        return None
    return Sheet({"qr": drawn})
