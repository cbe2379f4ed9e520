"""Commands that read: balances, statements, trial balance and the products' reports."""

from __future__ import annotations

import click

from bankcore.bank import Bank, utc_now
from bankcore.cli.options import account_path, day, example, reads
from bankcore.ledger import reports as readings
from bankcore.products import PRODUCTS
from bankcore.render import sheets
from bankcore.render.forms import Sheet

__all__ = ["balance", "report", "statement", "trial_balance"]

_on = click.option("--on", metavar="DATE", help="Count value dates up to this one; all if not given.")


@click.command(epilog=example("bankcore balance", "bankcore balance wallet:mall --on 2024-05-31"))
@account_path("root", default="")
@_on
@reads
def balance(bank: Bank, root: str, on: str | None) -> Sheet:
    """Show the balances at and below a path, or all, each on its account's normal side."""
    found = readings.balances(bank.ledger.reader, root, day(on), utc_now())
    return sheets.balances(found, held=on is None)


@click.command(epilog=example("bankcore statement bank:cash --from 2024-05-01 --to 2024-05-31"))
@account_path()
@click.option("--from", "since", metavar="DATE", help="The first value date.")
@click.option("--to", "until", metavar="DATE", help="The last value date.")
@reads
def statement(bank: Bank, path: str, since: str | None, until: str | None) -> Sheet:
    """Show the postings of an account with the balances around them."""
    return sheets.statement(readings.statement(bank.ledger.reader, path, day(since), day(until)))


@click.command(epilog=example("bankcore trial-balance", "bankcore trial-balance --on 2024-05-31 --csv"))
@_on
@reads
def trial_balance(bank: Bank, on: str | None) -> Sheet:
    """Show every account in its debit or credit column, and the totals of each unit."""
    return sheets.trial_balance(readings.trial_balance(bank.ledger.reader, day(on)))


@click.command(epilog=example("bankcore report", "bankcore report wallet reserve"))
@click.argument("product", required=False, type=click.Choice([product.name for product in PRODUCTS]))
@click.argument("name", required=False)
@reads
def report(bank: Bank, product: str | None, name: str | None) -> Sheet:
    """Show a report of a product; without a NAME, list what there is."""
    if product is None or name is None:
        return sheets.reports(it for it in bank.products.values() if product in (None, it.name))
    return sheets.report(bank.report(product, name))
