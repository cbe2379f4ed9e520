"""A command line on a real file: `run` gives what a shell would see."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen
from click.testing import CliRunner
from tests.schemas import hold

from bankcore.cli import main


@frozen
class Answer:
    """What a call left behind."""

    status: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        return json.loads(self.out)

    @property
    def error(self) -> Any:
        return json.loads(self.err)["error"]

    @property
    def code(self) -> str:
        """The code of an error written as text."""
        return self.err.partition("[")[2].partition("]")[0]


Run = Callable[..., Answer]


@pytest.fixture(autouse=True)
def _no_book_of_the_callers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BANKCORE_BOOK", raising=False)


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """Where the book is, or will be."""
    return tmp_path / "mall.db"


@pytest.fixture
def run(book: Path) -> Run:
    """Call the command line with BANKCORE_BOOK set to the book."""

    def call(*arguments: str | Path, text: str | None = None, env: dict[str, str] | None = None) -> Answer:
        variables = {"BANKCORE_BOOK": str(book)} if env is None else env
        found = CliRunner().invoke(main, [*map(str, arguments)], input=text, env=variables)
        assert "Traceback" not in found.output
        hold([*map(str, arguments)], found.stdout, found.stderr)
        return Answer(found.exit_code, found.stdout, found.stderr)

    return call


def _holder(party: str) -> tuple[str, ...]:
    """A party with a current account."""
    return (
        f"parties register-party --party {party} --key party-{party}",
        f"parties identify-party --party {party} --document passport --number {party} --key seen-{party}",
        f"current open-account --programme std --party {party} --key account-{party}",
    )


@pytest.fixture
def mall(run: Run) -> Run:
    """A book with a programme, a funded reserve and a client with 888.88 and a bonus of 26.67."""
    for command in (
        "init --opened-on 2024-05-01",
        "current open-programme --programme std --key std",
        *(step for party in ("mall", "c001") for step in _holder(party)),
        "current cash-in --party mall --amount 100,000.00 --key cash",
        "wallet open-programme --programme mall --key open",
        "wallet fund-reserve --programme mall --amount 100,000.00 --key fund",
        "wallet register-client --programme mall --client c001 --key register",
        "wallet recharge --programme mall --client c001 --amount 888.88 --recharge r1 --key recharge",
    ):
        done = run(*command.split())
        assert done.status == 0, done.err
    return run
