"""Commands on velocity limits: set and list them."""

from __future__ import annotations

import click

from bankcore.amounts import Amount
from bankcore.bank import Bank
from bankcore.console.options import account_path, account_paths, choice, example, reads, writes
from bankcore.ledger.velocity import VELOCITY, Flow, Per, VelocityLimit
from bankcore.product.actor import Actor
from bankcore.render import limits as sheets
from bankcore.render.forms import Sheet
from bankcore.render.sheets import receipts
from bankcore.units import Unit

__all__ = ["limit"]

_UNLIMITED = "none"
_SET = "bankcore limit set atm --root deposit --flow out --per day --each --most"


@click.group(epilog=example(f"{_SET} 5,000.00 --reason fraud", "bankcore limit list"))
def limit() -> None:
    """Set and list velocity limits: how much may flow per day, month or year."""


@limit.command(
    "set", epilog=example(f"{_SET} 5,000.00 --reason fraud", f"{_SET} none --reason 'holiday season'")
)
@click.argument("name")
@click.option(
    "--root", default="", metavar="PATH", shell_complete=account_paths,
    help="The accounts at and below this path; all if not given.",
)  # fmt: skip
@click.option("--flow", type=choice(Flow), required=True, help="The direction, seen from the accounts.")
@click.option("--per", type=choice(Per), required=True, help="The calendar period of value dates.")
@click.option("--most", required=True, metavar="AMOUNT", help="The most that may flow, or 'none'.")
@click.option("--each", is_flag=True, help="Count each account separately, not all together.")
@click.option("--unit", help="The unit, as CODE/decimals; the book's base unit if not given.")
@click.option("--reason", required=True, help="The reason; it is kept in the journal.")
@writes
def set_(
    bank: Bank,
    key: str,
    actor: Actor | None,
    name: str,
    root: str,
    flow: str,
    per: str,
    most: str,
    each: bool,
    unit: str | None,
    reason: str,
) -> Sheet:
    """Set a velocity limit; the same name again writes its next version."""
    counted = bank.ledger.book.base_unit if unit is None else Unit(unit)
    allowed = None if most == _UNLIMITED else Amount.parse(most, counted).quantity
    made = VelocityLimit(name, root, counted, Flow(flow), Per(per), most=allowed, each=each, reason=reason)
    return receipts([bank.doors(actor).limit(made, key=key)])


@limit.command("list", epilog=example("bankcore limit list", "bankcore limit list deposit:li"))
@account_path(default="")
@reads
def list_(bank: Bank, path: str) -> Sheet:
    """Show the velocity limits of the book, or those that count an account's flows."""
    stored = bank.ledger.reader.records(VELOCITY)
    found = [(VelocityLimit.from_data(record.id, record.data), record.version) for record in stored]
    if path:
        account = bank.ledger.balance(path).account
        found = [(made, version) for made, version in found if made.covers(account)]
    return sheets.velocity_limits(found)
