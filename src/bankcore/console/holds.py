"""Commands on holds: list, capture and release them."""

from __future__ import annotations

import click

from bankcore.bank import Bank
from bankcore.console.journal import CREDITS, DEBITS, Legs, legs
from bankcore.console.options import ON, REASON, account_path, example, reads, value_date, writes
from bankcore.product.actor import Actor
from bankcore.render import sheets
from bankcore.render.forms import Sheet

__all__ = ["hold"]


@click.group(
    epilog=example(
        "bankcore post --hold --debit deposit:li 60.00 --credit bank:cash 60.00",
        "bankcore hold capture 12",
    )
)
def hold() -> None:
    """List, capture and release holds; `bankcore post --hold` places one."""


@hold.command("list", epilog=example("bankcore hold list deposit:li", "bankcore hold list --all"))
@account_path("root", default="")
@click.option("--all", "ended", is_flag=True, help="Also show captured, released and expired ones.")
@reads
def list_(bank: Bank, root: str, ended: bool) -> Sheet:
    """Show the live holds on the accounts at and below a path, or of the whole book."""
    return sheets.holds(bank.ledger.holds(root, live=not ended))


@hold.command(
    epilog=example(
        "bankcore hold capture 12",
        "bankcore hold capture 12 --debit deposit:li 25.00 --credit bank:cash 25.00",
    )
)
@click.argument("number", type=int)
@DEBITS
@CREDITS
@ON
@REASON
@writes
def capture(
    bank: Bank,
    key: str,
    actor: Actor | None,
    number: int,
    debit: Legs,
    credit: Legs,
    on: str | None,
    reason: str,
) -> Sheet:
    """Post all of a hold, or the given legs within it; the rest is released."""
    taken = legs(bank, debit, credit) or None
    on_day = value_date(bank, on, key)
    receipt = bank.doors(actor, reason).capture(number, key=key, effective_on=on_day, postings=taken)
    return sheets.receipts([receipt])


@hold.command(epilog=example("bankcore hold release 12"))
@click.argument("number", type=int)
@ON
@REASON
@writes
def release(bank: Bank, key: str, actor: Actor | None, number: int, on: str | None, reason: str) -> Sheet:
    """Release a hold; nothing is posted."""
    on_day = value_date(bank, on, key)
    return sheets.receipts([bank.doors(actor, reason).release(number, key=key, effective_on=on_day)])
