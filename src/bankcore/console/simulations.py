"""The command that runs a scenario, once or many times, or only checks it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from bankcore.bank import Bank
from bankcore.console.experiments import experiment, experiment_options
from bankcore.console.options import durability_option, example, keep_open, refuse_unfinished
from bankcore.console.output import answers_with_tables, form, given_output, show
from bankcore.console.pages import Wanted, page_options
from bankcore.console.progress import Passing
from bankcore.errors import BadUsage, BookExists, UnknownName
from bankcore.ledger.ports import Store
from bankcore.render.forms import Form, Sheet
from bankcore.simulation.check import check
from bankcore.simulation.refusals import NotReady, Warned
from bankcore.simulation.runner import Outcome
from bankcore.simulation.runner import simulate as run_scenario
from bankcore.simulation.scenario import Scenario, load
from bankcore.simulation.telling import Telling
from bankcore.simulation.texts import read_text
from bankcore.stores.open import open_store
from bankcore.stores.unfinished import marked, remove_book
from bankcore.tables import visible

__all__ = ["simulate"]

_MOST_TOLD = 50  # lines of refusals
_MEMORY = "memory:"


@click.command(
    epilog=example(
        "bankcore simulate examples/mall.toml --check",
        "bankcore simulate examples/mall.toml",
        "bankcore simulate examples/mall.toml --book mall.db --seed 7",
        "bankcore simulate examples/mall-reserve.toml --html mall.html --lang zh",
        "bankcore simulate mall.toml --set programme.mall.terms.yield_rate=1%,2%,3% --runs 200 --jobs 2",
        "bankcore simulate mall.toml --find step.fund.with.amount --from 50000.00 --to 150000.00 \\",
        "  --step 100.00 --until 'shortfall = 0' --share 99% --runs 200 --jobs 2",
    )
)
@click.argument("file", type=click.Path())
@click.option("--book", metavar="FILE", help="A new file to keep the book in; memory if not given.")
@click.option("--force", is_flag=True, help="Write a new file over that of --book, whatever book it holds.")
@click.option("--seed", type=int, help="Another seed than the scenario's own; the first of several runs.")
@durability_option
@click.option("--check", "checked", is_flag=True, help="Only show all that is wrong with it; nothing is run.")
@click.option("--strict", is_flag=True, help="End with a failure where there is a warning.")
@page_options("what came of it")
@experiment_options
@answers_with_tables
def simulate(
    file: str,
    book: str | None,
    seed: int | None,
    durability: str,
    *,
    force: bool,
    checked: bool,
    strict: bool,
    page: Wanted | None,
    **asked: Any,
) -> Sheet | None:
    """Run a scenario on a new book, day by day, verify the book and report the results.

    Equal files and seeds give equal books.  On standard error stand the refusals of each step, the first in
    words, and warnings, as of a step that was refused every time or never given; --table refusals and
    --table warnings output them.  A file whose run was cut off is marked as unfinished.

    With --set, --runs, --measure or --find many runs are made on books in memory: every combination of the
    values that --set gives, each with --runs seeds, in --jobs processes.  Shown are quantiles of what
    --measure names; --find searches a value instead.  A path is dotted, as in TOML; a step is named by its
    name or its number.
    """
    if checked:
        if page is not None or _given("book", "seed", "durability", "force", "strict", *asked):
            raise BadUsage("--check runs nothing: give it the file alone")
        return _check(file)
    if page is not None:
        page.check()
    if any(asked.values()):
        if book is not None or _given("durability", "force"):
            raise BadUsage("many runs are made in memory: leave --book, --durability and --force out")
        if strict:
            raise BadUsage("--strict is for a single run")
        return experiment(file, seed, page, **asked)
    if book is None and _given("durability", "force"):
        raise BadUsage("--durability and --force are for --book: memory survives nothing")
    scenario = load(file)
    outcome, store = _run(scenario, Path(file).name, book or _MEMORY, seed, durability, force=force)
    if page is not None:
        from bankcore.pictures import run_page

        page.write(run_page(outcome, Bank.open(store), scenario, page.language))
    more = outcome.telling.tables() if given_output() else ()
    show(Sheet(outcome.facts, (*outcome.tables, *more)))
    _tell(outcome.telling, strict=strict)
    return None


def _given(*names: str) -> bool:
    """Whether the command line gives any of these options."""
    context = click.get_current_context()
    return any(context.get_parameter_source(name) is not ParameterSource.DEFAULT for name in names)


def _check(file: str) -> Sheet | None:
    """What a check found, with a refusal as its end where that is anything."""
    found = check(read_text(file), Path(file).name)
    facts = {"scenario": found.name, "findings": len(found.findings)}
    if found.unjudged:
        facts["steps not judged before these are mended"] = found.unjudged
    sheet = Sheet(facts, (found.sheet(),) if found.findings or form() is not Form.TEXT else ())
    if not found.findings:
        return sheet
    show(sheet)
    raise NotReady(found.name, len(found.findings))


def _run(
    scenario: Scenario, name: str, place: str, seed: int | None, durability: str, *, force: bool
) -> tuple[Outcome, Store]:
    """One run on a new book at a place, which stays open; raises UnfinishedBook, BookExists."""
    if force:
        try:
            remove_book(place)
        except UnknownName:
            raise BadUsage("--force is for a file; a book on a server stays") from None
    refuse_unfinished(place)
    store = keep_open(open_store(place, create=True, durability=durability))
    for known in store.books():
        if form() is Form.TEXT:
            click.echo("--force writes a new file over it", err=True)
        raise BookExists(str(getattr(store, "place", place)), known.name)  # a URL may have a password
    begun = time.perf_counter()
    with marked(place, f"the scenario {name}"):
        outcome = run_scenario(scenario, store, seed=seed, progress=Passing().days)
    click.echo(f"{len(scenario.days)} days in {time.perf_counter() - begun:.1f} s", err=True)
    return outcome, store


def _tell(telling: Telling, *, strict: bool) -> None:
    """The refusals, in text only, and the warnings of a run on standard error; raises Warned if strict."""
    if form() is Form.TEXT:
        for refused in telling.refusals[:_MOST_TOLD]:
            click.echo(visible(str(refused)), err=True)
        if (left := len(telling.refusals) - _MOST_TOLD) > 0:
            click.echo(f"... and {left} more, which --table refusals lists", err=True)
    warnings = telling.warnings
    for warning in warnings:
        click.echo(f"warning: {visible(warning)}", err=True)
    if strict and warnings:
        raise Warned(len(warnings), warnings[0])
