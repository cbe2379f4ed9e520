"""Many runs of a scenario: grids of values, and the search for one."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from bankcore.console.output import form, show, to_terminal
from bankcore.console.pages import Wanted
from bankcore.errors import BadUsage
from bankcore.rates import Share
from bankcore.render.forms import Form, Sheet
from bankcore.simulation.grids import Trials, WhatIf, grid_of
from bankcore.simulation.refusals import NoSuchAmount, RunsFailed
from bankcore.simulation.search import Answer, Condition, find
from bankcore.simulation.settings import Setting, shown
from bankcore.simulation.texts import read_text
from bankcore.simulation.trials import Measured
from bankcore.tables import Table

__all__ = ["experiment", "experiment_options"]

_OPTIONS = (
    click.option(
        "--set", "settings", multiple=True, metavar="PATH=V1,V2,...",
        help="Values for a path into the scenario's tables; repeatable. Quote a value that has a comma.",
    ),
    click.option("--runs", type=click.IntRange(min=1), help="Runs of each combination, one per seed."),
    click.option("--jobs", type=click.IntRange(min=1), help="Processes that run at once; 1 if not given."),
    click.option(
        "--measure", "measures", multiple=True, metavar="NAME",
        help="A figure of each run, such as shortfall or balance:bank:cash; repeatable.",
    ),
    click.option("--find", "path", metavar="PATH", help="Search the value of this path."),
    click.option("--from", "low", metavar="VALUE", help="The low end of the search."),
    click.option("--to", "high", metavar="VALUE", help="The high end of the search."),
    click.option("--step", metavar="VALUE", help="The distance of the values that may be tried."),
    click.option("--until", metavar="CONDITION", help="What a run must fulfil, such as 'shortfall = 0'."),
    click.option("--share", metavar="SHARE", help="How many of the runs must fulfil it; 100% if not given."),
)  # fmt: skip
_SEARCH = ("path", "low", "high", "step", "until")
_SEARCH_OPTIONS = "--find, --from, --to, --step and --until"


def experiment_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of many runs."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def experiment(
    file: str,
    seed: int | None,
    page: Wanted | None = None,
    *,
    settings: Sequence[str],
    runs: int | None,
    jobs: int | None,
    measures: Sequence[str],
    share: str | None,
    **search: str | None,
) -> Sheet | None:
    """The results of many runs of a scenario's file, or the answer of a search; as a page, too, if wanted."""
    searched = [name for name in _SEARCH if search[name] is not None]
    if searched and len(searched) < len(_SEARCH):
        raise BadUsage(f"a search needs all of {_SEARCH_OPTIONS}")
    if share is not None and not searched:
        raise BadUsage(f"--share is for a search, with {_SEARCH_OPTIONS}")
    until = Condition.read(search["until"] or "") if searched else None
    if until is not None:
        measures = tuple({until.measure: None} | dict.fromkeys(measures))
    bar: list[Any] = []
    with Trials(
        read_text(file),
        name=Path(file).name,
        runs=runs or 1,
        seed=seed,
        jobs=jobs or 1,
        measures=measures,
        progress=lambda done: bar[-1].update(1),
    ) as trials:
        given = [trials.variants.read(setting) for setting in settings]
        if until is None:
            _grid(trials, given, bar, page)
            return None
        return _search(trials, given, until, Share.parse(share or "100%"), search, bar, page)


@contextmanager
def _timed(length: int, bars: list[Any], label: str = "runs") -> Iterator[None]:
    """A progress bar, and at the end how long it took."""
    begun = time.perf_counter()
    with click.progressbar(length=length, label=label, **to_terminal()) as bar:
        bars.append(bar)
        yield
    if form() is Form.TEXT:  # in JSON nothing but an error stands there
        click.echo(f"{bar.pos} runs in {time.perf_counter() - begun:.1f} s", err=True)


def _grid(trials: Trials, given: Sequence[Setting], bars: list[Any], page: Wanted | None) -> None:
    points = grid_of(given)
    with _timed(len(points) * len(trials.seeds), bars):
        found = WhatIf(trials.points(points))
    if page is not None:
        from bankcore.pictures import what_if_page

        page.write(what_if_page(found, trials.scenario.title, page.language))
    tables = found.tables if form() is Form.TEXT else (found.table(),)
    failed = [] if not found.failed else [_failed(found.failed)]
    show(Sheet(_facts(trials, found.runs, len(found.failed)), (*tables, *failed)))
    for run in found.failed:
        raise RunsFailed(len(found.failed), found.runs, run.trial.point, run.trial.seed, run.reason)


def _search(
    trials: Trials,
    given: Sequence[Setting],
    until: Condition,
    share: Share,
    search: dict[str, str | None],
    bars: list[Any],
    page: Wanted | None,
) -> Sheet | None:
    several = [setting.path for setting in given if len(setting.values) > 1]
    if several:
        raise BadUsage(f"a search takes one value of each other path: {', '.join(several)}")
    path, low, high, step = (search[name] or "" for name in _SEARCH[:-1])
    (values,) = grid_of(given)
    with _timed(len(trials.seeds) * _GUESS, bars):
        answer = find(trials, path, low, high, step=step, until=until, share=share, settings=values)
    if page is not None:
        from bankcore.pictures import search_page

        page.write(search_page(answer, trials.scenario.title, page.language))
    sheet = _answered(trials, answer)
    if answer.value is not None:
        return sheet
    show(sheet)
    raise NoSuchAmount(path, low, high, str(until), str(share))


_GUESS = 12  # values that a search tries, to show how far it is


def _answered(trials: Trials, answer: Answer) -> Sheet:
    names = "smallest" if answer.rising else "largest"
    facts = {
        **_facts(trials, answer.runs, len(answer.failed)),
        "find": answer.path,
        "until": f"{answer.condition} in {answer.share} of the runs",
        names: None if answer.value is None else shown(answer.value),
    }
    if pairs := answer.contradictions:
        some = "; ".join(f"{shown(b)} is worse than {shown(a)}" for a, b in pairs)
        facts["warning"] = f"not monotone in the values tried: {some}"
    failed = [_failed(answer.failed)] if answer.failed else []
    return Sheet(facts, (answer.table(), *failed))


def _facts(trials: Trials, runs: int, failed: int) -> dict[str, Any]:
    first, last = trials.seeds[0], trials.seeds[-1]
    seeds = str(first) if first == last else f"{first} to {last}"
    return {"scenario": trials.scenario.title, "runs": runs, "seeds": seeds, "failed": failed}


def _failed(runs: Sequence[Measured]) -> Table:
    rows = tuple(
        (
            run.trial.point,
            ", ".join(f"{path} = {shown(value)}" for path, value in run.trial.settings.items()),
            run.trial.seed,
            run.code,
            run.reason,
        )
        for run in runs
    )
    return Table("failed runs", ("point", "values", "seed", "error", "message"), rows)
