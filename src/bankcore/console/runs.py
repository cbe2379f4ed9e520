"""Commands that run a file: a scenario, a bank's own transactions, the leads of a source, or recharges."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from bankcore.amounts import Amount
from bankcore.console.experiments import experiment, experiment_options
from bankcore.console.options import (
    actor_option,
    book_option,
    confirm_option,
    example,
    keep_open,
    name_option,
    open_bank,
)
from bankcore.console.output import answers_with_tables, show
from bankcore.console.progress import Passing, shown
from bankcore.errors import BadFile, BadUsage
from bankcore.product.actor import Actor
from bankcore.readers import read_toml, text_of
from bankcore.render.forms import Sheet
from bankcore.replay import BalancesDiffer, Outcome, read_mapping
from bankcore.replay import replay as replay_rows
from bankcore.simulation.runner import simulate as run_scenario
from bankcore.simulation.scenario import load
from bankcore.sources import CsvSource, JsonSource, Taken, Turned, take_leads, take_recharges
from bankcore.stores.open import open_store
from bankcore.tables import Table

__all__ = ["acquire", "recharges", "replay", "simulate"]


_DEFAULT = ParameterSource.DEFAULT
_durability = click.option(
    "--durability",
    type=click.Choice(["full", "normal"]),
    default="full",
    show_default=True,
    help="Whether every commit survives a power cut, or the latest may be lost.",
)


@click.command(
    epilog=example(
        "bankcore simulate examples/mall.toml",
        "bankcore simulate examples/mall.toml --book mall.db --seed 7",
        "bankcore simulate mall.toml --set programme.mall.terms.yield_rate=1%,2%,3% --runs 200 --jobs 2",
        "bankcore simulate mall.toml --find step.fund.with.amount --from 50000.00 --to 150000.00 \\",
        "  --step 100.00 --until 'shortfall = 0' --share 99% --runs 200 --jobs 2",
    )
)
@click.argument("file", type=click.Path())
@click.option("--book", metavar="FILE", help="A new file to keep the book in; memory if not given.")
@click.option("--seed", type=int, help="Another seed than the scenario's own; the first of several runs.")
@_durability
@experiment_options
@answers_with_tables
def simulate(file: str, book: str | None, seed: int | None, durability: str, **asked: Any) -> Sheet | None:
    """Run a scenario on a new book, day by day, verify the book and report the results.

    Equal files and seeds give equal books.

    With --set, --runs, --measure or --find many runs are made on books in memory: every combination of the
    values that --set gives, each with --runs seeds, in --jobs processes.  Shown are quantiles of what
    --measure names; --find searches a value instead.  A path is dotted, as in TOML; a step is named by its
    name or its number.
    """
    if any(asked.values()):
        if book is not None:
            raise BadUsage("many runs are made in memory: leave --book out")
        return experiment(file, seed, **asked)
    if book is None and click.get_current_context().get_parameter_source("durability") is not _DEFAULT:
        raise BadUsage("--durability is for --book: memory survives nothing")
    scenario = load(file)
    store = keep_open(open_store("memory:" if book is None else book, create=True, durability=durability))
    begun = time.perf_counter()
    outcome = run_scenario(scenario, store, seed=seed, progress=Passing().days)
    click.echo(f"{len(scenario.days)} days in {time.perf_counter() - begun:.1f} s", err=True)
    return Sheet(outcome.facts, outcome.tables)


@click.command(epilog=example("bankcore replay trans.csv.gz --map examples/berka.toml --book bank.db"))
@click.argument("file", type=click.Path())
@click.option("--map", "mapping", required=True, metavar="FILE", help="The TOML file that maps the columns.")
@_durability
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
    with shown("bytes", size) as progress:
        outcome = replay_rows(file, known, ledger, progress=progress)
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
