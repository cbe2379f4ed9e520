"""Every element of the five documents has a command or report of the bank, and a test that walks it."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from bankcore.products import PRODUCTS
from bankcore.simulation.scenario import load
from bankcore.simulation.steps import CommandStep

ROOT = Path(__file__).parents[1]
ELEMENTS: list[dict[str, Any]] = tomllib.loads((ROOT / "docs/documents.toml").read_text("utf-8"))["element"]


@pytest.mark.parametrize("element", ELEMENTS, ids=lambda it: f"{it['document']} {it['what']}")
def test_an_element_is_where_the_page_says(element: dict[str, Any]) -> None:
    assert element["commands"] or element["reports"]
    for command in element["commands"]:
        product, title = command.split()
        assert title in PRODUCTS.named(product).commands, command
    for report in element["reports"]:
        product, name = report.split()
        assert name in PRODUCTS.named(product).reports, report
    file, name = element["test"].split("::")
    functions = re.findall(r"^def (test_\w+)", (ROOT / file).read_text("utf-8"), re.MULTILINE)
    assert name in functions


def test_each_document_has_its_elements_and_none_stands_twice() -> None:
    names = [(it["document"], it["what"]) for it in ELEMENTS]
    assert len(set(names)) == len(names)
    assert {document for document, _ in names} == {"000", "001", "002", "003", "004"}


SCENARIOS = sorted((ROOT / "examples").glob("document-*.toml"))


def _given(file: Path) -> tuple[set[type[Any]], set[str]]:
    """The commands that a scenario gives, and the reports that it asks for."""
    scenario = load(file)
    steps = [step for step in scenario.steps if isinstance(step, CommandStep) and not step.reject]
    asked = {asked.command for step in (*scenario.programmes, *steps) for asked in step.asked}
    return asked, {f"{product}.{name}" for product, name in scenario.reports}


def _commands(element: dict[str, Any]) -> dict[str, type[Any]]:
    named = {name: name.split() for name in element["commands"]}
    return {name: PRODUCTS.named(product).commands[title] for name, (product, title) in named.items()}


@pytest.mark.parametrize("file", SCENARIOS, ids=lambda it: it.stem)
def test_the_scenario_of_a_document_walks_every_element(file: Path) -> None:
    """Each command of the document's elements is given in it, and each report is asked for."""
    asked, reports = _given(file)
    elements = [it for it in ELEMENTS if it["document"] == file.stem.split("-")[1]]
    wanted = {name: command for element in elements for name, command in _commands(element).items()}
    assert [name for name, command in wanted.items() if command not in asked] == []
    assert {name.replace(" ", ".") for element in elements for name in element["reports"]} <= reports


def test_the_year_of_the_city_walks_an_element_of_each_document() -> None:
    asked, _ = _given(ROOT / "examples" / "city.toml")
    walked = {it["document"] for it in ELEMENTS if it["commands"] and asked >= {*_commands(it).values()}}
    assert walked == {"000", "001", "002", "003", "004"}
