"""Every product's commands as forms: `product.command`, then lines `field = value`, in JSON or plain."""

from __future__ import annotations

import json
from typing import Any

from bankcore.errors import UnknownName
from bankcore.product.forms import as_data, fill
from bankcore.products import PRODUCTS
from bankcore.units import Unit

COMMANDS = {f"{product.name}.{name}": made for product in PRODUCTS for name, made in product.commands.items()}
EXAMPLE = """
programme = mall
client = c001
merchant = m1
amount = 1,000.00
on = 2024-05-01
day = 2024-05-01
terms = {"yield_rate": "3%", "threshold": "500.00", "bonus": null}
"""
SEEDS = tuple(f"{name}{EXAMPLE}" for name in COMMANDS) + tuple(
    "\n".join([name, *(f"{field.name} = 1.00" for field in made.__attrs_attrs__ if field.init)])
    for name, made in COMMANDS.items()
)


def read(text: str) -> Any:
    name, *lines = text.split("\n")
    if name not in COMMANDS:
        raise UnknownName("command", name, ", ".join(COMMANDS))
    parts = (line.partition(" = ") for line in lines if line)
    return fill(COMMANDS[name], {field: _plain(value) for field, _, value in parts}, Unit("CNY/2"))


def _plain(value: str) -> Any:
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value


def written(command: Any) -> str:
    name = next(name for name, made in COMMANDS.items() if made is type(command))
    fields = as_data(command).items()
    return "\n".join([name, *(f"{field} = {json.dumps(value)}" for field, value in fields)])
