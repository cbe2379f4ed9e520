"""What stands on a page: of a live book, of a simulation, of many runs, of a search."""

from __future__ import annotations

import re
from typing import Final

from attrs import evolve

from bankcore import __version__
from bankcore.bank import Bank
from bankcore.pictures.business import business_sections
from bankcore.pictures.chances import search_section, what_if_sections
from bankcore.pictures.money import flow_table, flows_section, money_sections
from bankcore.pictures.page import OPENING, Page
from bankcore.pictures.sections import MOST_ROWS, Section, Shown
from bankcore.pictures.words import Words
from bankcore.simulation.grids import WhatIf
from bankcore.simulation.report import groups_of
from bankcore.simulation.runner import Outcome
from bankcore.simulation.scenario import Scenario
from bankcore.simulation.search import Answer
from bankcore.tables import Table

__all__ = ["book_page", "is_page", "run_page", "search_page", "what_if_page"]

_OWN: Final = frozenset({
    "balance sheet", "balances", "commands", "every unit balances", "flows", "income statement", "verified",
})  # fmt: skip

_STEP: Final = re.compile(r"(.*, on [0-9-]{10}): (\S+) (\S+)(?: for \S+)?", re.DOTALL)  # what a step shows


def book_page(bank: Bank, language: str = "en") -> Page:
    """The page of a book as it is: the sections that it has something for.

    Its figures are those of the book's own reports.  Raises UnknownName for a language.
    """
    words = Words(language)
    book = bank.ledger.book
    facts = (("book", words.name(book.name)), ("business date", bank.today.isoformat()))
    sections = _sections(bank, words, flow_table(bank.ledger.reader))
    return Page(words("report of the book"), facts, sections, words, _foot(bank, words))


def run_page(outcome: Outcome, bank: Bank, scenario: Scenario, language: str = "en") -> Page:
    """The page of a simulation: its book, with the flows between the scenario's own groups, and its commands.

    Raises UnknownName for a language.
    """
    words = Words(language)
    tables = {it.title: it for it in outcome.tables}
    facts = (
        ("days", words.say("closed", first=scenario.start, last=scenario.end)),
        ("seed", str(outcome.facts["seed"])),
    )
    sections = _sections(bank, words, flow_table(bank.ledger.reader, groups_of(scenario)))
    text = words.say("commands", done=f"{outcome.facts['commands done']:,}",
                     refused=f"{outcome.facts['commands refused']:,}")  # fmt: skip
    reports = [_last(it, bank, words) for it in outcome.tables if it.rows and not _is_own(it)]
    if reports:
        sections += (Section(words("reports"), words.say("reports"), (), tuple(reports)),)
    commands = Section(
        words("commands"), text, (), (Shown(tables["commands"], commands=frozenset({"command"})),)
    )
    return Page(scenario.title, facts, (*sections, commands), words, _foot(bank, words))


def what_if_page(found: WhatIf, title: str, language: str = "en") -> Page:
    """The page of many runs: how each measure is distributed at each point.

    Raises UnknownName for a language.
    """
    words = Words(language)
    facts = (("runs", f"{found.runs:,}"), ("failed", f"{len(found.failed):,}"))
    return Page(title, facts, tuple(what_if_sections(found, words)), words, _foot_of_runs(words))


def search_page(answer: Answer, title: str, language: str = "en") -> Page:
    """The page of a search: the values that were tried; raises UnknownName for a language."""
    words = Words(language)
    facts = (("runs", f"{answer.runs:,}"), ("failed", f"{len(answer.failed):,}"))
    return Page(title, facts, (search_section(answer, words),), words, _foot_of_runs(words))


def is_page(text: str) -> bool:
    """Whether a file begins as pages of bankcore do, so that another may take its place."""
    return text.startswith(OPENING)


def _sections(bank: Bank, words: Words, flows: Table) -> tuple[Section, ...]:
    flowing = flows_section(flows, bank.ledger.book.base_unit, words)
    made = (*money_sections(bank, words), *([flowing] if flowing else []), *business_sections(bank, words))
    return made or (Section(words("book"), words.say("nothing")),)


def _is_own(table: Table) -> bool:
    """Whether a table is of every simulation, and none that the scenario asks for."""
    return table.title in _OWN or table.title.startswith("level of ")


def _last(table: Table, bank: Bank, words: Words) -> Shown:
    """A table with its last rows, where there are many; where a step shows it, its report is named first."""
    rows, count = table.rows[-MOST_ROWS:], len(table.rows)
    note = words.say("last-rows", shown=len(rows), count=count) if len(rows) < count else ""
    step = _STEP.fullmatch(table.title)
    title = "" if step is None else f"{words(bank.report(step[2], step[3]).title)} · {words.name(step[1])}"
    return Shown(evolve(table, rows=rows), note=note, title=title)


def _foot(bank: Bank, words: Words) -> str:
    head, book = bank.ledger.reader.head(), bank.ledger.book
    return words.say("foot", version=__version__, book=words.name(book.name), number=head.number,
                     digest=head.digest.hex())  # fmt: skip


def _foot_of_runs(words: Words) -> str:
    return words.say("foot-runs", version=__version__)
