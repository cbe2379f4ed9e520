"""What a command line says without effect is refused, and an unknown name is answered with the nearest."""

from __future__ import annotations

import pytest
from tests.cli.conftest import Run

from bankcore.errors import UnknownName
from bankcore.errors.nearest import nearest


@pytest.fixture
def small(run: Run) -> Run:
    run("init", "--opened-on", "2024-05-01")
    run("account", "open", "bank:cash", "--type", "asset")
    return run


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("balance --json --csv", "Give either --json or --csv."),
        ("balance --csv --json", "Give either --json or --csv."),
        ("balance --raw", "--raw is for --csv"),
        ("balance --json --raw", "--raw is for --csv"),
        ("report wallet clients --where client", "--where needs COLUMN=TEXT"),
        ("report wallet clients --where =c1", "--where needs COLUMN=TEXT"),
        ("report wallet --where client=c1", "give its PRODUCT and NAME"),
        ("report --actor customer:c1", "give its PRODUCT and NAME"),
        ("journal --jsonl --json", "--jsonl cannot be combined"),
        ("journal --csv --jsonl", "--jsonl cannot be combined"),
        ("journal --jsonl --table facts", "--jsonl cannot be combined"),
        ("post --debit a 1.00 --credit b 1.00 --atomic", "--atomic is for --json-file"),
        ("simulate x.toml --durability full", "--durability and --force are for --book"),
        ("export --format hledger --raw", "--raw is for csv"),
        ("statement bank:cash --from 2024-05-03 --to 2024-05-01", "ends before it begins"),
        ("preview close-day --on 2024-05-01 --preview", "It is a preview already"),
        ("preview current cash-in --party l --amount 1.00 --preview", "It is a preview already"),
        ("balance --on 2024-05-01 --on 2024-05-02", "--on is given twice"),
        ("balance --book x.db --book=y.db", "--book is given twice"),
        ("wallet recharge --client a --client b", "--client is given twice"),
        ("wallet register-merchant --own --no-own", "Give either --own or --no-own."),
        ("account open a:b --type asset --type equity", "--type is given twice"),
    ],
)
def test_what_would_be_ignored_is_refused(small: Run, line: str, said: str) -> None:
    found = small(*line.split())
    assert found.status == 2, found.out
    assert said in found.err


def test_options_of_several_values_and_flags_may_be_repeated(small: Run) -> None:
    assert small("balance", "--json", "--json").status == 0
    twice = "post --debit bank:cash 1.00 --debit bank:cash 1.00 --credit bank:cash 2.00".split()  # noqa: SIM905
    assert small(*twice).status == 0


@pytest.mark.parametrize(
    ("line", "near"),
    [
        ("balnce", "Nearest: balance"),
        ("walet", "Nearest: wallet"),
        ("wallet rechrge", "recharge"),
        ("balance --onn 2024-05-01", "--on"),
        ("statement bank:cahs", "nearest: bank:cash"),
        ("balance bank:cahs", "nearest: bank:cash"),
        ("account show bank-cash", "nearest: bank:cash"),
        ("report walet", "nearest: wallet;"),
        ("report wallet reserv", "nearest: reserve"),
        ("report wallet clients --where clint=c", "nearest: client;"),
        ("statement bank:cash --table fcts", "facts"),
    ],
)
def test_a_name_that_does_not_exist_is_answered_with_the_nearest(small: Run, line: str, near: str) -> None:
    found = small(*line.split())
    assert found.status in (2, 3)
    assert near in found.err


def test_the_nearest_in_json(small: Run) -> None:
    assert small("statement", "bank:cahs", "--json").error["nearest"] == ["bank:cash"]
    assert "nearest" not in small("statement", "quite:different-one", "--json").error


def test_three_names_at_most() -> None:
    many = [f"name-{number}" for number in range(9)]
    assert len(nearest("name", many)) == 3
    assert nearest("NAME_1", many)[0] == "name-1"
    assert nearest("xyz", many) == []
    assert str(UnknownName("list", "nme", "name, b, c")) == "there is no list 'nme'; known: name, b, c"
    assert "; nearest: name; known: name, b, c, d" in str(UnknownName("list", "nme", "name, b, c, d"))
