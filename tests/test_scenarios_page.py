"""docs/scenarios.md has the whole language, as the reader has it, and every example on it runs."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bankcore.products import PRODUCTS
from bankcore.render.terms import terms_of, terms_toml
from bankcore.simulation import language
from bankcore.simulation.check import check
from bankcore.simulation.language import ON, TABLES, Language
from bankcore.simulation.runner import simulate
from bankcore.simulation.scenario import parse
from bankcore.stores.memory import MemoryStore

ROOT = Path(__file__).parents[1]
GIVEN = tomllib.loads((ROOT / "docs" / "scenarios.toml").read_text(encoding="utf-8"))
PAGE = (ROOT / "docs" / "scenarios.md").read_text(encoding="utf-8")


def section(written: str) -> str:
    """The part of the page below a heading of a table."""
    return PAGE.partition(f"### `{written}`")[2].partition("\n##")[0]


def keys_in(value: Any) -> Iterator[str]:
    """Every key that is written anywhere in some tables."""
    if isinstance(value, dict):
        yield from value
        value = [*value.values()]
    if isinstance(value, list):
        for it in value:
            yield from keys_in(it)


@pytest.mark.parametrize("name", TABLES)
def test_the_example_of_a_table_runs_and_uses_each_of_its_keys(name: str) -> None:
    own = GIVEN["examples"][name]
    text = own if name == "top" else f"{GIVEN['frame']}\n{own}"
    assert check(text, name).findings == ()
    outcome = simulate(parse(text, name=name), MemoryStore())
    assert not [it for it in outcome.telling.warnings if "refused" in it]
    written = {*keys_in(tomllib.loads(own))}
    alternatives = {"population": {"size", "prefix", "ids"}}.get(name, set())
    assert {*TABLES[name].keys} <= written | alternatives | ({"reject"} if name == "step-do" else set())
    assert own.strip() in section(TABLES[name].written)


@pytest.mark.parametrize("name", TABLES)
def test_every_key_of_a_table_is_on_the_page(name: str) -> None:
    rows = re.findall(r"^\| `(\w+)` \|", section(TABLES[name].written), re.MULTILINE)
    assert rows == [*TABLES[name].keys]


def test_every_table_of_the_language_is_on_the_page() -> None:
    tables = [it for it in vars(language).values() if isinstance(it, Language) and it.written]
    assert [it.written for it in tables if it not in TABLES.values() and it is not ON] == []


def test_the_reader_knows_no_keys_but_those_of_the_language() -> None:
    """Every table of a scenario is read as one of the language, which refuses all other keys."""
    calls = [
        (file.name, call)
        for file in (ROOT / "src/bankcore/simulation").glob("*.py")
        for call in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "Section"
        if file.name != "measures.py"  # which reads no file
    ]
    assert len(calls) > 5
    assert [(name, call.lineno) for name, call in calls if len(call.args) < 3] == []
    closed = [it for it in TABLES.values() if not it.further]
    for table in closed:
        assert "colour" not in table.keys
    with pytest.raises(KeyError):
        language.TOP.keys["colour"]


def test_every_term_of_every_product_is_on_the_page() -> None:
    for product in PRODUCTS:
        for title, terms in terms_of(product).items():
            part = PAGE.partition(f"### `{product.name} {title}`")[2].partition("\n##")[0]
            assert re.findall(r"^\| `(\w+)` \|", part, re.MULTILINE) == [*terms.as_data()], product.name


OPENED = [it.name for it in PRODUCTS if "open-programme" in terms_of(it)]


@pytest.mark.parametrize("name", OPENED)
def test_printed_terms_stand_in_a_scenario_as_they_are(name: str) -> None:
    text = terms_toml(terms_of(PRODUCTS.named(name))["open-programme"], "a heading")
    head = f"start = 2024-05-01\nend = 2024-05-02\n\n[programme.p]\nproduct = '{name}'\n"
    after = "\n[population.p]\nids = ['p']\nparties = 'firm'\n"
    plain, given = parse(head + after), parse(f"{head}\n[programme.p.terms]\n{text}{after}")
    opened = [it.asked[0] for it in (*plain.programmes, *given.programmes) if it.name == "programme-p"]
    without, with_all = (
        it.make({key: draw.draw(None, plain.scene()) for key, draw in it.form.items()})  # type: ignore[arg-type]
        for it in opened
    )
    assert with_all == without
