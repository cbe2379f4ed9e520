"""Holds on the command line: placed by post, listed, captured and released."""

from __future__ import annotations

import json

import pytest

RESERVE, CASH, EXPENSE = "wallet:mall:reserve", "bank:cash", "bank:interest-expense"
WHY = ("--reason", "court order 7")  # the reserve belongs to the wallet


def place(mall, key, amount, *more):
    given = ("--debit", RESERVE, amount, "--credit", CASH, amount)
    return mall("post", "--hold", *given, "--key", key, "--kind", "card", *WHY, *more, "--json")


def standing(mall):
    (row,) = mall("balance", RESERVE, "--json").data["balances"]
    return row["held"]["decimal"], row["available"]["decimal"]


def test_a_hold_is_seen_in_balance_account_list_and_transaction(mall):
    number = place(mall, "h", "1,000.00", "--expires-at", "2999-01-01T00:00:00+08:00").data["receipts"][0][
        "number"
    ]
    assert standing(mall) == ("1000.00", "98084.45")
    shown = mall("account", "show", RESERVE, "--json").data
    assert (shown["held"]["decimal"], shown["available"]["decimal"]) == ("1000.00", "98084.45")
    held = mall("hold", "list", RESERVE, "--json").data["holds"]
    assert [(row["number"], row["account"], row["expires_at"]) for row in held] == [
        (number, RESERVE, "2998-12-31T16:00:00.000000Z"),
        (number, CASH, "2998-12-31T16:00:00.000000Z"),
    ]
    assert mall("hold", "list", "bank:demand", "--json").data["holds"] == []
    entry = mall("transaction", str(number), "--json").data
    assert (entry["pending"], entry["expires_at"]) == (True, "2998-12-31T16:00:00.000000Z")
    assert "pending" in mall("transaction", str(number)).out
    assert "pending" not in mall("transaction", "1").out


def test_part_of_a_hold_is_captured(mall):
    number = str(place(mall, "h", "1,000.00").data["receipts"][0]["number"])
    legs = ("--debit", RESERVE, "250.00", "--credit", CASH, "250.00")
    assert mall("hold", "capture", number, *legs, "--key", "c", *WHY).status == 0
    assert standing(mall) == ("0.00", "98834.45")
    assert mall("hold", "capture", number, "--key", "d", *WHY).code == "hold_resolved"
    (reserve, _) = mall("hold", "list", "--all", "--json").data["holds"]
    assert reserve["resolved_by"] == int(number) + 1
    assert mall("hold", "list", "--json").data["holds"] == []
    assert mall("verify").status == 0


def test_all_of_a_hold_is_captured_or_released(mall):
    first, second = (str(place(mall, key, "1,000.00").data["receipts"][0]["number"]) for key in "ab")
    assert mall("hold", "capture", first, *WHY).status == 0
    assert mall("hold", "release", second).code == "account_owned"
    assert mall("hold", "release", second, *WHY).status == 0
    assert standing(mall) == ("0.00", "98084.45")


def test_holds_from_a_file(mall):
    form = {
        "kind": "card",
        "pending": True,
        "expires_at": "2999-01-01",
        "postings": [{"account": EXPENSE, "debit": "5.00"}, {"account": CASH, "credit": "5.00"}],
    }
    assert mall("post", "--json-file", "-", text=json.dumps(form)).status == 0
    held = mall("hold", "list", EXPENSE, "--json").data["holds"]
    assert {row["account"] for row in held} == {EXPENSE, CASH}


@pytest.mark.parametrize("instant", ["soon", "2024-13-01", "", "9999-12-31T23:59:59-23:00"])
def test_an_instant_that_is_none(mall, instant):
    assert place(mall, "h", "1.00", "--expires-at", instant).error["code"] == "bad_date"


def test_an_instant_of_another_type_in_a_file(mall):
    form = {"pending": True, "expires_at": 5, "postings": []}
    assert mall("post", "--json-file", "-", text=json.dumps(form)).code == "bad_file"


def test_an_expiry_in_the_past_is_refused(mall):
    assert place(mall, "h", "1.00", "--expires-at", "2001-01-01T00:00:00Z").status == 2
