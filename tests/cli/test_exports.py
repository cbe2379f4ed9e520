"""Exports and the journal on the command line."""

from __future__ import annotations

import json

import pytest
from tests.cli.conftest import Run


@pytest.fixture(autouse=True)
def _payments(run: Run) -> None:
    for call in (
        "init --opened-on 2024-05-01",
        "account open bank:cash --type asset --key a",
        "account open li --type liability --key b",
        "post --debit bank:cash 10.00 --credit li 10.00 --on 2024-05-01 --key 1 --actor officer:o",
        "post --debit bank:cash 7.00 --credit li 7.00 --on 2024-05-01 --key 2 --kind later",
    ):
        assert run(*call.split()).status == 0


def test_a_book_is_exported_whole(run: Run) -> None:
    assert "li  0.00 CNY = -17.00 CNY" in run("export", "--format", "hledger").out
    assert "balance Liabilities:Li  -17.00 ~ 0 CNY" in run("export", "--format", "beancount").out
    assert run("export", "--format", "csv").out.count("\n") == 5
    assert [
        json.loads(line)["number"] for line in run("export", "--format", "jsonl").out.split("\n")[:-1]
    ] == [1, 2, 3, 4]


def test_a_statement_is_of_one_account(run: Run) -> None:
    assert 'Ccy="CNY">17.00<' in run("export", "--format", "camt053", "--account", "li").out
    assert run("export", "--format", "camt053").status == 2
    assert run("export", "--format", "csv", "--account", "li").status == 2
    assert run("export", "--format", "camt053", "--account", "nobody").code == "unknown_account"


def test_the_journal_is_listed_page_by_page(run: Run) -> None:
    assert [it["key"] for it in run("journal", "--json", "--limit", "0").data["transactions"]] == [
        "a",
        "b",
        "1",
        "2",
    ]
    page = run("journal", "--account", "li", "--limit", "1")
    assert "--after 3" in page.out
    found = run("journal", "--account", "li", "--after", "3", "--json").data
    assert [(it["key"], it["amount"]["decimal"]) for it in found["transactions"]] == [("2", "7.00")]
    lines = run("journal", "--actor", "officer:o", "--jsonl").out.split("\n")[:-1]
    assert [json.loads(line)["transaction"]["key"] for line in lines] == ["1"]


def test_a_transaction_is_found_by_number_and_by_key(run: Run) -> None:
    assert run("transaction", "a", "--json").data["number"] == 1
    assert run("transaction", "3", "--json").data["key"] == "1"
    assert run("transaction", "1", "--json").data["key"] == "a"
    assert run("transaction", "1", "--key", "--json").data["number"] == 3
    assert run("transaction", "nothing").code == "unknown_key"
    assert run("transaction", "9" * 40).code == "unknown_transaction"


def test_a_statement_names_the_actors_and_lists_the_side_of_contra_accounts(run: Run) -> None:
    assert [it["actor"] for it in run("statement", "li", "--json").data["lines"]] == ["officer:o", ""]
    assert run("statement", "li", "--csv").out.splitlines()[1].split(",")[4] == "officer:o"
    assert "officer:o" in run("statement", "li").out
    opened = run("account", "open", "losses", "--type", "liability", "--normal-side", "debit", "--key", "c")
    assert opened.status == 0
    sides = {it["account"]: it["normal_side"] for it in run("account", "list", "--json").data["accounts"]}
    assert sides == {"bank:cash": "debit", "li": "credit", "losses": "debit"}
    assert "normal-side: debit" in run("export", "--format", "hledger").out
    assert 'normal-side: "debit"' in run("export", "--format", "beancount").out
