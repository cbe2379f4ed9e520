"""Accounts of customers and their opening balances from a CSV file."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.cli.conftest import Run

HEAD = "account,type,unit,party,floor,balance\n"


@pytest.fixture
def bank(run: Run) -> Run:
    """A book with an account for opening balances."""
    assert run("init", "--opened-on", "2024-05-01", "--ahead").status == 0
    assert run("account", "open", "equity:opening", "--type", "equity").status == 0
    return run


def written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def take_over(run: Run, path: Path, *more: str) -> object:
    return run("opening", "--file", path, "--against", "equity:opening", "--json", *more)


def test_customers_are_taken_over_once(bank: Run, tmp_path: Path) -> None:
    rows = [f"loan:c{n:05},asset,CNY/2,c{n:05},0,{n}.01\n" for n in range(300)]
    path = written(tmp_path / "customers.csv", HEAD + "".join(rows))
    first = take_over(bank, path)
    assert first.status == 0, first.err
    again = take_over(bank, path)
    assert [it["number"] for it in again.data["receipts"]] == [2, 3]
    assert all(it["replayed"] for it in again.data["receipts"])
    found = bank("balance", "loan:c00299", "--json").data["balances"][0]
    assert (found["balance"]["decimal"], found["account"]) == ("299.01", "loan:c00299")
    total = sum(n * 100 + 1 for n in range(300))
    other = bank("balance", "equity:opening", "--json").data["balances"][0]
    assert other["balance"]["quantity"] == total


def test_every_row_that_cannot_be_used_is_named_and_nothing_written(bank: Run, tmp_path: Path) -> None:
    text = HEAD + (
        "deposit:li,liability,CNY/2,li,0,5.00\n"
        "deposit:li,liability,CNY/2,li,0,5.00\n"
        "deposit:wang,debt,,,,\n"
        "\n"
        "deposit::x,liability,,,,\n"
        "deposit:su,liability,CNY/2,su,0.001,\n"
        ",liability,,,,\n"
        "deposit:han,liability,XYZ,,,\n"
        "deposit:he,liability\n"
    )
    refused = take_over(bank, written(tmp_path / "a.csv", text))
    assert (refused.status, refused.error["code"], refused.error["rows"]) == (2, "bad_rows", 8)
    for said in (
        "line 3, column account: deposit:li stands in line 2 already", "line 4, column type: ",
        "line 6, column account", "line 7, column floor", "line 8, column account: a value is needed",
        "line 9, column unit", "line 10, column balance: 2 values, not 6",
    ):  # fmt: skip
        assert said in refused.error["message"]
    assert bank("account", "list", "--csv").out.count("\n") == 2
    many = HEAD + "x\n" * 30
    assert "; and 10 more" in take_over(bank, written(tmp_path / "b.csv", many)).error["message"]


def test_what_the_ledger_refuses_is_named_with_its_line(bank: Run, tmp_path: Path) -> None:
    rows = "a,asset,CNY/2,,0,1.00\nb,asset,CNY/2,,0,-1.00\n"
    refused = take_over(bank, written(tmp_path / "a.csv", HEAD + rows))
    assert (refused.status, refused.error["code"]) == (2, "bad_rows")
    assert "line 3: [balance_floor_breached]" in refused.error["message"]
    bank("account", "open", "b", "--type", "asset")
    refused = take_over(bank, written(tmp_path / "b.csv", HEAD + rows.replace("-1", "1")))
    assert "line 3: [account_exists]" in refused.error["message"]
    alone = written(tmp_path / "c.csv", HEAD + "c,asset,,,,1.00\n")
    missing = bank("opening", "--file", alone, "--against", "nowhere")
    assert missing.code == "unknown_account"
    assert bank("account", "list", "--csv").out.count("\n") == 3


def test_accounts_alone(bank: Run, tmp_path: Path) -> None:
    head = "\ufefftype,account,normal_side,ceiling,opened_on,reason\n"
    text = f"{head}asset,till:1,debit,10.00,2024-05-01,new\nincome,fees,,,,\n"
    path = written(tmp_path / "a.csv", text)
    for replayed in (False, True):
        opened = bank("account", "open", "--file", path, "--json")
        assert [it["replayed"] for it in opened.data["receipts"]] == [replayed]
    assert bank("account", "show", "till:1", "--json").data["ceiling"]["decimal"] == "10.00"
    assert bank("account", "open", "--file", path, "--key", "other").code == "bad_rows"
    for arguments in (("--file", path, "--type", "asset"), ("x",), ("--type", "asset"), ()):
        assert bank("account", "open", *arguments).status == 2
    for name, wrong, code in (
        ("d", "account,balance\na,1.00\n", "bad_file"),
        ("e", "account,type,colour\n", "bad_file"),
        ("f", "account,type,type\n", "bad_file"),
        ("g", "account,type\n", "bad_file"),
        ("h", 'account,type\n"a,asset\n', "bad_file"),
    ):
        refused = bank("account", "open", "--file", written(tmp_path / name, wrong))
        assert (refused.status, refused.code) == (2, code)
    balance = written(tmp_path / "c", HEAD + "a,asset,,,,1.00\n")  # it has no other side
    assert "need an account on the other side" in bank("account", "open", "--file", balance).err
    both = bank("opening", "a=1.00", "--file", path, "--against", "equity:opening")
    assert both.status == 2


def test_accounts_of_a_product_stay_with_it(bank: Run, tmp_path: Path) -> None:
    assert bank("current", "open-programme", "--programme", "street").status == 0
    refused = take_over(bank, written(tmp_path / "a.csv", HEAD + "bank:demand:li,liability,,,,\n"))
    assert "line 2: [account_owned]" in refused.error["message"]
