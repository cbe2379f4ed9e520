"""The commands of the products, made from the fields of their attrs classes."""

from __future__ import annotations

import functools
import shlex
import types
import typing
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from enum import Enum
from pathlib import Path
from typing import Any, TypeAlias

import attrs
import click

from bankcore.amounts import Amount
from bankcore.bank import Bank
from bankcore.console.options import example, preview_option, writes
from bankcore.errors import BadFile
from bankcore.product.actor import Actor
from bankcore.product.forms import fill, named
from bankcore.product.product import Product
from bankcore.product.terms import Terms
from bankcore.products import PRODUCTS
from bankcore.rates import Rate
from bankcore.readers import read_toml, text_of
from bankcore.render import sheets
from bankcore.render.forms import Sheet
from bankcore.render.terms import toml_value
from bankcore.simulation.section import Section
from bankcore.units import Unit

__all__ = ["group", "together"]

Field: TypeAlias = "attrs.Attribute[Any]"

_preview = preview_option()


def group(name: str) -> click.Group:
    """The commands of a product."""
    product = PRODUCTS.named(name)
    commands = [_command(product, title) for title in product.commands]
    samples = [_sample_line(product, title) for title in product.commands]
    return click.Group(
        name, help=f"Commands of the {product.summary}.", epilog=example(samples[0]), commands=commands
    )


@click.command(epilog=example("bankcore together redeem-and-confirm.toml --actor customer:c001"))
@click.argument("file", type=click.Path())
@_preview
@writes
def together(bank: Bank, key: str, actor: Actor | None, file: str, preview: bool) -> Sheet:
    """Give the commands of a TOML file in one commit: all of them, or none.

    Each is a table [[command]] with `do`, a command's name such as points.redeem, and `with`, its
    fields.  One actor gives them all, by default the natural one of the first.
    """
    commands = list(_commands(file, bank.ledger.book.base_unit))
    if preview:
        return sheets.plan(bank.preview_all(commands, actor))
    return sheets.receipts(bank.handle_all(commands, key, actor))


def _commands(file: str, unit: Unit) -> Iterator[Any]:
    """The commands of a file; raises BadFile, and BadScenario with the place."""
    top = Section(Path(file).name, _toml(file))
    for number, data in enumerate(top.take("command", list), start=1):
        it = Section(f"{top.place}: command {number}", data)
        command = it.read("do", lambda name: named(PRODUCTS, name), it.take("do", str))
        form = it.take("with", dict, default={})
        it.end()
        yield it.read("with", functools.partial(fill, command, unit=unit), form)
    top.end()


class _Command(click.Command):
    """A command of a product; its help lists the terms that its file may set."""

    terms: Terms | None = None

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        super().format_options(ctx, formatter)
        if self.terms is None:
            return
        plain = self.terms.as_data()
        with formatter.section("Terms in the file, with their defaults"):
            formatter.write_dl(
                [
                    (_setting(it.name, plain[it.name]), it.metadata["help"])
                    for it in attrs.fields(type(self.terms))
                ],
                col_max=40,
            )


def _setting(name: str, default: Any) -> str:
    """A term with its default as TOML has it, which has no word for none."""
    return f"{name} (not set)" if default is None else f"{name} = {toml_value(default)}"


def _command(product: Product, title: str) -> click.Command:
    made = product.commands[title]
    kinds = _kinds(made)

    @writes
    def run(bank: Bank, key: str, actor: Actor | None, preview: bool, **given: Any) -> Sheet:
        form = {name: _value(kinds[name], value) for name, value in given.items() if value is not None}
        command = fill(made, form, bank.ledger.book.base_unit)
        if preview:
            return sheets.plan(bank.preview(command, actor))
        return sheets.receipts(bank.handle(command, key, actor))

    options = [_option(field, kinds[field.name]) for field in attrs.fields(made)]
    for option in (_preview, *reversed(options)):
        run = option(run)
    roles = ", ".join(role.value for role in made.may)
    text = f"{made.__doc__}\n\nGiven by: {roles}."
    short = " ".join((made.__doc__ or "").split())  # whole; click would cut it short
    sample = example(_sample_line(product, title))
    answer = click.command(title, cls=_Command, help=text, short_help=short, epilog=sample)(run)
    answer.terms = next((it.default for it in attrs.fields(made) if isinstance(it.default, Terms)), None)
    return answer


def _kinds(command: type[Any]) -> dict[str, type[Any]]:
    """The types of a command's fields, without None and type arguments."""
    return {name: _kind(hint) for name, hint in typing.get_type_hints(command).items()}


def _kind(hint: Any) -> type[Any]:
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        hint = next(part for part in typing.get_args(hint) if part is not type(None))
    kind: type[Any] = typing.get_origin(hint) or hint
    return kind


def _option(field: Field, kind: type[Any]) -> Callable[[Any], Any]:
    """A field as an option: a flag, a choice of words, a file, or text that the form parses."""
    flag = "--" + field.name.replace("_", "-")
    help = field.metadata.get("help", "")
    help = help[:1].upper() + help[1:] + "." * bool(help)
    if kind is bool:
        return click.option(f"{flag}/--no-{flag[2:]}", field.name, default=None, help=help)
    required = field.default is attrs.NOTHING
    if words := _words(field, kind):
        default = getattr(field.default, "value", field.default)
        help += f"  [default: {default}]" if default in words else ""
        return click.option(flag, field.name, type=click.Choice(words), required=required, help=help)
    metavar = (
        "FILE" if _is_table(kind) else kind.__name__.upper() if kind in (Amount, Rate, date, int) else "TEXT"
    )
    return click.option(flag, field.name, metavar=metavar, required=required, help=help)


def _words(field: Field, kind: type[Any]) -> list[str]:
    choices = [word.value for word in kind] if issubclass(kind, Enum) else field.metadata.get("choices", ())
    return [word for word in choices if word]


def _is_table(kind: type[Any]) -> bool:
    """Whether the field is a table of terms, given as a TOML file."""
    return hasattr(kind, "from_data") or issubclass(kind, Mapping)


def _value(kind: type[Any], given: Any) -> Any:
    return _toml(given) if _is_table(kind) else given


def _toml(file: str) -> Any:
    return read_toml(text_of(Path(file)), lambda reason: BadFile(file, reason))


def _sample_line(product: Product, title: str) -> str:
    made = product.commands[title]
    kinds = _kinds(made)
    usual = getattr(made, "usual", ())  # fields that most callers give although they may be left out
    fields = attrs.fields(made)
    needed = [field for field in fields if field.default is attrs.NOTHING or field.name in usual]
    options = (
        f"--{field.name.replace('_', '-')} {_sample(field, kinds[field.name], place)}"
        for place, field in enumerate(needed, start=1)
    )
    return " ".join(("bankcore", product.name, title, *options))


def _sample(field: Field, kind: type[Any], place: int) -> str:
    """A value for the example; later places get later dates."""
    if _is_table(kind):
        return "terms.toml"
    plain = {Amount: "100.00", Rate: "2%", int: "100", date: f"2024-05-{place:02}"}.get(
        kind, f"{field.name[0]}1"
    )
    return shlex.quote(str(field.metadata.get("sample") or (*_words(field, kind), plain)[0]))
