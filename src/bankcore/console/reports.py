"""Commands that read: balances, statements, trial balance and the products' reports."""

from __future__ import annotations

import click

from bankcore.bank import Bank, utc_now
from bankcore.console.options import account_path, day, example, reads
from bankcore.console.output import keep_actor
from bankcore.console.pages import Wanted, page_options
from bankcore.interchange.transactions import instant
from bankcore.ledger.reading import financials
from bankcore.ledger.reading import statements as readings
from bankcore.product.actor import Actor
from bankcore.products import PRODUCTS
from bankcore.render import sheets, statements
from bankcore.render.forms import Sheet

__all__ = ["balance", "balance_sheet", "income_statement", "report", "statement", "trial_balance"]

_on = click.option("--on", metavar="DATE", help="Count value dates up to this one; all if not given.")
_known_at = click.option("--known-at", metavar="INSTANT", help="As recorded at an instant; now if not given.")


@click.command(
    epilog=example(
        "bankcore balance", "bankcore balance wallet:mall --on 2024-05-31 --known-at 2024-06-03T18:00"
    )
)
@account_path("root", default="")
@_on
@_known_at
@reads
def balance(bank: Bank, root: str, on: str | None, known_at: str | None) -> Sheet:
    """Show the balances at and below a path, or all, each on its account's normal side."""
    asked = (root, day(on), utc_now(), instant(known_at, bank.ledger.book.zone))
    return statements.balances(readings.balances(bank.ledger.reader, *asked))


@click.command(epilog=example("bankcore statement bank:cash --from 2024-05-01 --to 2024-05-31"))
@account_path()
@click.option("--from", "since", metavar="DATE", help="The first value date.")
@click.option("--to", "--on", "until", metavar="DATE", help="The last value date.")
@_known_at
@reads
def statement(bank: Bank, path: str, since: str | None, until: str | None, known_at: str | None) -> Sheet:
    """Show the postings of an account with opening, running and closing balances."""
    asked = (day(since), day(until), utc_now(), instant(known_at, bank.ledger.book.zone))
    return statements.statement(readings.statement(bank.ledger.reader, path, *asked))


@click.command(epilog=example("bankcore trial-balance", "bankcore trial-balance --on 2024-05-31 --csv"))
@_on
@_known_at
@reads
def trial_balance(bank: Bank, on: str | None, known_at: str | None) -> Sheet:
    """Show every account in its debit or credit column, and the totals of each unit."""
    trial = readings.trial_balance(
        bank.ledger.reader, day(on), utc_now(), instant(known_at, bank.ledger.book.zone)
    )
    return statements.trial_balance(trial)


_depth = click.option(
    "--depth",
    type=click.IntRange(min=1),
    default=2,
    show_default=True,
    help="The number of path parts per item.",
)


@click.command(epilog=example("bankcore balance-sheet --on 2024-05-31", "bankcore balance-sheet --depth 1"))
@_on
@_known_at
@_depth
@reads
def balance_sheet(bank: Bank, on: str | None, known_at: str | None, depth: int) -> Sheet:
    """Show assets, liabilities, equity and the profit so far, in each unit."""
    asked = (day(on), utc_now(), instant(known_at, bank.ledger.book.zone), depth)
    return statements.balance_sheet(financials.balance_sheet(bank.ledger.reader, *asked))


@click.command(epilog=example("bankcore income-statement --from 2024-05-01 --to 2024-05-31"))
@click.option("--from", "since", metavar="DATE", help="The first value date; the book's first if not given.")
@click.option("--to", "--on", "until", metavar="DATE", help="The last value date.")
@_known_at
@_depth
@reads
def income_statement(
    bank: Bank, since: str | None, until: str | None, known_at: str | None, depth: int
) -> Sheet:
    """Show the income and expense of a period, and the profit, in each unit."""
    asked = (day(since), day(until), utc_now(), instant(known_at, bank.ledger.book.zone), depth)
    return statements.income_statement(financials.income_statement(bank.ledger.reader, *asked))


def _products(ctx: click.Context, param: click.Parameter, begun: str) -> list[str]:
    return [name for name in PRODUCTS.names if name.startswith(begun)]


@click.command(
    epilog=example(
        "bankcore report",
        "bankcore report wallet reserve",
        "bankcore report --html book.html --lang zh",
        "bankcore report points lots --where card=c001",
        "bankcore report points remittances --where provider=g1 --where card=c001",
    )
)
@click.argument("product", required=False, shell_complete=_products)
@click.argument("name", required=False)
@click.option("--where", multiple=True, metavar="COLUMN=TEXT", help="Only rows with this text in a column.")
@click.option(
    "--actor", metavar="ROLE:ID", callback=keep_actor, help="The actor: a customer is shown his own rows."
)
@page_options("the whole book")
@reads
def report(
    bank: Bank,
    product: str | None,
    name: str | None,
    where: tuple[str, ...],
    actor: str | None,
    page: Wanted | None,
) -> Sheet:
    """Show a report of a product; without a NAME, list the reports; with --html, write a page of the book."""
    if page is not None:
        return _page(bank, page, any((product, where, actor)))
    if (product is None or name is None) and (where or actor):
        raise click.UsageError("--where and --actor are for one report: give its PRODUCT and NAME.")
    if product is None or name is None:
        return sheets.reports(bank.products if product is None else [bank.products.named(product)])
    table = bank.report(product, name, None if actor is None else Actor.parse(actor))
    for condition in where:
        column, equals, text = condition.partition("=")
        if not equals or not column:
            raise click.UsageError(f"--where needs COLUMN=TEXT, not {condition!r}.")
        table = table.where(column, text)
    return sheets.report(table)


def _page(bank: Bank, page: Wanted, more: bool) -> Sheet:
    from bankcore.pictures import book_page

    if more:
        raise click.UsageError("--html is of the whole book: leave PRODUCT, NAME, --where and --actor out.")
    made = book_page(bank, page.language)
    page.write(made)
    return Sheet({"page": page.file, "sections": len(made.sections)})
