"""The command that writes the terms of a product as a file to be edited."""

from __future__ import annotations

import click

from bankcore.console.options import example
from bankcore.console.output import answers, form
from bankcore.errors import UnknownName
from bankcore.products import PRODUCTS
from bankcore.render.forms import Form, Sheet
from bankcore.render.terms import terms_of, terms_table, terms_toml
from bankcore.tables import Table

__all__ = ["terms"]


@click.command(
    epilog=example(
        "bankcore terms", "bankcore terms time-deposit > terms.toml", "bankcore terms points sign-agreement"
    )
)
@click.argument("product", required=False)
@click.argument("command", required=False)
@answers
def terms(product: str | None, command: str | None) -> Sheet | None:
    """Write a product's terms as TOML, commented, with their defaults; without a PRODUCT, list all.

    The file is for the --terms of the command, by default open-programme; in a scenario the same lines stand
    below [programme.NAME.terms].
    """
    if product is None:
        rows = tuple((it.name, title) for it in PRODUCTS for title in terms_of(it))
        return Sheet(tables=(Table("terms", ("product", "command"), rows),))
    known = terms_of(PRODUCTS.named(product))
    title = command or next(iter(known), "")
    if title not in known:
        raise UnknownName("command with terms", title, ", ".join(known) or "none")
    if form() is not Form.TEXT:
        return Sheet(tables=(terms_table(known[title]),))
    heading = f"Terms of {product}, with their defaults: bankcore {product} {title} --terms FILE"
    if title == "open-programme":
        heading += "\nIn a scenario they stand below [programme.NAME.terms]."
    click.echo(terms_toml(known[title], heading), nl=False)
    return None
