"""Commands that run a file: a bank's own transactions, the leads of a source, or recharges."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from bankcore.amounts import Amount
from bankcore.console.options import (
    actor_option,
    book_option,
    confirm_option,
    durability_option,
    example,
    name_option,
    open_bank,
)
from bankcore.console.output import answers_with_tables, show, to_terminal
from bankcore.errors import BadFile
from bankcore.product.actor import Actor
from bankcore.readers import read_toml, text_of
from bankcore.render.forms import Sheet
from bankcore.replay import BalancesDiffer, Outcome, read_mapping
from bankcore.replay import replay as replay_rows
from bankcore.sources import CsvSource, JsonSource, Taken, Turned, take_leads, take_recharges
from bankcore.tables import Table

__all__ = ["acquire", "recharges", "replay"]


@click.command(epilog=example("bankcore replay trans.csv.gz --map examples/berka.toml --book bank.db"))
@click.argument("file", type=click.Path())
@click.option("--map", "mapping", required=True, metavar="FILE", help="The TOML file that maps the columns.")
@durability_option
@confirm_option
@book_option()
@name_option
@answers_with_tables
def replay(
    file: str, mapping: str, durability: str, book: str, book_name: str | None, confirm_clock: bool
) -> None:
    """Post the rows of a bank's own CSV file (also .gz), and compare its balances.

    The oldest row must come first, as an account opens on the day of its first row.  Rows are recognised
    by their keys: those already in the book are not posted again.  Where a row is refused, or a stated
    balance differs from the book, the exit status is not 0.
    """
    size, known = Path(file).stat().st_size, read_mapping(mapping)
    ledger = open_bank(book, book_name, confirm_clock=confirm_clock, durability=durability).ledger
    with click.progressbar(length=size, label="bytes", **to_terminal()) as bar:
        outcome = replay_rows(file, known, ledger, progress=bar.update)
    show(_replayed(outcome))
    for refused in outcome.refused:
        raise refused.error
    for first in outcome.mismatches:
        compared = outcome.matched + len(outcome.mismatches)
        raise BalancesDiffer(len(outcome.mismatches), compared, first.line)


def _replayed(outcome: Outcome) -> Sheet:
    names = ("rows", "posted", "replayed", "empty", "opened", "left_out", "matched", "uncompared")
    facts = {name: getattr(outcome, name) for name in names}
    facts |= {"refused": len(outcome.refused), "mismatches": len(outcome.mismatches)}
    columns = ("line", "key", "account")
    refused = tuple((r.line, r.key, r.account, r.error.code, str(r.error)) for r in outcome.refused)
    mismatches = tuple(
        (m.line, m.key, m.account, Amount(m.stated, m.unit), Amount(m.found, m.unit), m.unit)
        for m in outcome.mismatches
    )
    return Sheet(
        facts,
        (
            Table("refused rows", (*columns, "error", "message"), refused),
            Table("mismatched rows", (*columns, "stated", "found", "unit"), mismatches),
        ),
    )


@click.command(epilog=example("bankcore acquire shops.csv --programme net --source map --book bank.db"))
@click.argument("file", type=click.Path())
@click.option("--programme", required=True, metavar="TEXT", help="The branch network.")
@click.option("--source", required=True, metavar="TEXT", help="The source recorded with the leads.")
@click.option("--columns", metavar="FILE", help="A TOML file that maps fields to columns of other names.")
@confirm_option
@book_option()
@name_option
@answers_with_tables
def acquire(
    file: str,
    programme: str,
    source: str,
    columns: str | None,
    book: str,
    book_name: str | None,
    confirm_clock: bool,
) -> None:
    """Import the leads of a CSV or .json file, each with its consent.

    Rows are recognised by their content: those imported before are not imported again.  Where a row is
    refused, the rest is imported and the exit status is not 0.
    """
    named: dict[str, str] = {}
    if columns is not None:
        place = columns
        named = read_toml(text_of(Path(columns)), lambda reason: BadFile(place, reason))
    bank = open_bank(book, book_name, confirm_clock=confirm_clock)
    taken = take_leads(_source(source, file), bank, programme, named)
    show(_taken(taken))
    for turned in taken.turned:
        raise turned.error


def _taken(taken: Taken) -> Sheet:
    facts = {name: getattr(taken, name) for name in ("rows", "acquired", "described", "replayed")}
    return _with_refused(facts, taken.turned)


@click.command(epilog=example("bankcore recharges today.csv --programme mall --book bank.db"))
@click.argument("file", type=click.Path())
@click.option("--programme", required=True, metavar="TEXT", help="The wealth programme.")
@actor_option
@confirm_option
@book_option()
@name_option
@answers_with_tables
def recharges(
    file: str, programme: str, actor: str | None, book: str, book_name: str | None, confirm_clock: bool
) -> None:
    """Post a day's recharges from a CSV or .json file, row by row.

    The columns are client, amount and recharge, and where needed the other fields of wallet recharge.  Each
    row is posted in a commit of its own, and a refused one does not stop those after it.  Rows are recognised
    by the id of the recharge: the same file again posts nothing twice, and tries what was refused once more.
    """
    bank = open_bank(book, book_name, confirm_clock=confirm_clock)
    who = None if actor is None else Actor.parse(actor)
    taken = take_recharges(_source(Path(file).name, file), bank, programme, who)
    facts = {name: getattr(taken, name) for name in ("rows", "posted", "replayed")}
    show(_with_refused(facts, taken.turned))
    for refused in taken.turned:
        raise refused.error


def _source(name: str, file: str) -> CsvSource | JsonSource:
    return (JsonSource if file.endswith(".json") else CsvSource)(name, Path(file))


def _with_refused(facts: dict[str, object], turned: Sequence[Turned]) -> Sheet:
    rows = tuple((it.row, it.error.code, str(it.error)) for it in turned)
    return Sheet({**facts, "refused": len(rows)}, (Table("refused rows", ("row", "error", "message"), rows),))
