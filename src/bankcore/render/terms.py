"""The terms of a product as a commented TOML file, which reads back as the defaults."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from typing import Any

import attrs

from bankcore.product.product import Product
from bankcore.product.terms import Terms
from bankcore.tables import Table

__all__ = ["terms_of", "terms_table", "terms_toml", "toml_value"]

_COLUMNS = ("term", "default", "meaning", "allowed")


def terms_of(product: Product) -> Mapping[str, Terms]:
    """The default terms by the command that takes them; empty for a product without terms.

    >>> from bankcore.products import PRODUCTS
    >>> [*terms_of(PRODUCTS.named("time-deposit"))]
    ['open-programme']
    """
    return {
        title: field.default
        for title, command in product.commands.items()
        for field in attrs.fields(command)
        if isinstance(field.default, Terms)
    }


def terms_table(terms: Terms) -> Table:
    """Each term with its default as text, its meaning, and what is allowed."""
    plain = terms.as_data()
    rows = tuple(
        (
            it.name,
            None if plain[it.name] is None else toml_value(plain[it.name]),
            it.metadata["help"],
            it.metadata.get("bounds", ""),
        )
        for it in attrs.fields(type(terms))
    )
    return Table("terms", _COLUMNS, rows)


def terms_toml(terms: Terms, heading: str = "") -> str:
    """The terms as TOML: before each its meaning and what is allowed, as a comment.

    A term that is not set is a comment as a whole, since TOML has no word for none.

    >>> from bankcore.products.time_deposit import DepositTerms
    >>> print(terms_toml(DepositTerms()).split("\\n\\n")[1])
    # yearly rate of the term, 0 to 15%, item by item
    # allowed: a rate from 0 to 15%
    rate = "1.35%"
    """
    parts = ["\n".join(f"# {line}" for line in heading.splitlines())] if heading else []
    for name, value, meaning, allowed in terms_table(terms).rows:
        lines = [f"# {meaning}", *([f"# allowed: {allowed}"] if allowed else [])]
        parts.append("\n".join([*lines, f"# {name} =" if value is None else f"{name} = {value}"]))
    text = "\n\n".join(parts) + "\n"
    tomllib.loads(text)  # what is printed can be read
    return text


def toml_value(value: Any) -> str:
    """A plain value as TOML, on one line: text, numbers, true and false, lists and tables.

    >>> toml_value({"PRIN": "1.5%", "tiers": [["0.00", "1%"]]})
    '{ "PRIN" = "1.5%", "tiers" = [["0.00", "1%"]] }'
    """
    if isinstance(value, dict):
        pairs = (f"{json.dumps(key, ensure_ascii=False)} = {toml_value(it)}" for key, it in value.items())
        return f"{{ {', '.join(pairs)} }}" if value else "{}"
    if isinstance(value, list):
        return f"[{', '.join(map(toml_value, value))}]"
    return json.dumps(value, ensure_ascii=False)  # TOML writes text, whole numbers and words as JSON does
