"""After `pip install` the product is sold, reported, verified and closed; bankcore stays as it is."""

from __future__ import annotations

import ast
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import meal_card
from bankcore.cli import main
from bankcore.products import PRODUCTS

HERE = Path(__file__).parents[1]
FILES = sorted(Path(meal_card.__file__).parent.glob("*.py"))


def bankcore(*words: str) -> str:
    program = [sys.executable, "-m", "bankcore", *words]
    done = subprocess.run(program, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_bankcore_finds_it() -> None:
    assert PRODUCTS.named("meal-card") is meal_card.MEAL_CARD


def test_the_command_line_sells_closes_reports_and_verifies(tmp_path: Path) -> None:
    book = ("--book", str(tmp_path / "bank.db"))
    for line in """
        init --opened-on 2024-05-01
        current open-programme --programme accounts
        parties register-party --party acme --kind firm
        parties register-party --party li
        current open-account --programme accounts --party acme
        current cash-in --party acme --amount 1,000.00
        meal-card open-programme --programme lunch --employer acme
        meal-card open-card --programme lunch --employer acme --card c1 --employee li --monthly 600.00
        close-day --on 2024-05-01
        verify
    """.strip().splitlines():
        with pytest.raises(SystemExit) as ended:
            main([*line.split(), *book])
        assert not ended.value.code, line
    assert "600.00" in bankcore("report", "meal-card", "cards", "--csv", *book)


def test_help_describes_it() -> None:
    assert "meal cards that employers top up" in bankcore("--help")
    assert "top_up_day = 1" in bankcore("meal-card", "open-programme", "--help")


def test_its_scenario_runs_and_its_book_is_verified() -> None:
    assert "Cards" in bankcore("simulate", str(HERE / "canteen.toml"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_only_public_names_are_imported(file: Path) -> None:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            assert not any(name.name.startswith("bankcore") for name in node.names)
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("bankcore"):
            home = import_module(str(node.module))
            for name in node.names:
                assert name.name in home.__all__
                assert not name.name.startswith("_")
                assert not any(part.startswith("_") for part in str(node.module).split("."))
