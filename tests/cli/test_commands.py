"""Every command on a real file, in the forms it has."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
from contextlib import closing
from pathlib import Path

import pytest

from bankcore.bank import Bank
from bankcore.ledger.transactions import Record, Transaction
from bankcore.products import PRODUCTS
from bankcore.serving import SERVED
from bankcore.stores.sqlite import SqliteStore

CHART = [
    ("bank:cash", "100000.00"),
    ("bank:court", "0.00"),
    ("bank:demand:c001", "0.00"),
    ("bank:demand:mall", "0.00"),
    ("bank:interest-expense", "0.00"),
    ("current:interest:c001", "0.00"),
    ("current:interest:mall", "0.00"),
    ("wallet:mall:cash-due", "888.88"),
    ("wallet:mall:cash-due-contra", "888.88"),
    ("wallet:mall:client:c001:bonus", "26.67"),
    ("wallet:mall:client:c001:principal", "888.88"),
    ("wallet:mall:client:c001:vested", "0.00"),
    ("wallet:mall:client:c001:yield", "0.00"),
    ("wallet:mall:reserve", "99084.45"),
    ("wallet:mall:service", "0.00"),
]


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def amount(quantity: int, decimal: str) -> dict[str, object]:
    return {"quantity": quantity, "unit": "CNY/2", "decimal": decimal}


# --- the book -----------------------------------------------------------------------------------


def test_init_makes_a_book(run, book):
    done = run("init", "--opened-on", "2024-05-01", "--json")
    plain = {"book": "main", "unit": "CNY/2", "opened_on": "2024-05-01", "time_zone": done.data["time_zone"]}
    assert done.data == {**plain, "file": str(book)}
    assert list(done.data) == ["book", "unit", "opened_on", "time_zone", "file"]
    assert book.is_file()


def test_init_opens_today_unless_told(run):
    (made,) = rows(run("init", "--csv").out)
    assert run("close-day", "--on", "today", "--json").data["first"] == made["opened_on"]


def test_init_twice_is_refused(mall):
    assert (mall("init").status, mall("init").code) == (5, "book_exists")


@pytest.mark.parametrize("option", [("--unit", "yuan"), ("--opened-on", "soon")])
def test_a_bad_init_leaves_no_file(run, book, option):
    assert run("init", *option).status == 2
    assert not book.exists()


def test_one_file_holds_several_books(mall):
    assert mall("init", "--name", "points", "--unit", "POINT/0").status == 0
    assert (mall("balance").status, mall("balance").code) == (2, "bad_command")
    assert mall("balance", "--name", "points").out == "no balances\n"
    assert mall("balance", "--name", "main", "bank:cash").status == 0
    assert mall("balance", "--name", "other").code == "unknown_name"


def test_the_option_goes_before_the_variable(mall, tmp_path):
    other = tmp_path / "other.db"
    assert mall("init", "--book", other).status == 0
    assert mall("balance", "--book", other).out == "no balances\n"
    assert mall("balance").out != "no balances\n"


def test_close_day_closes_the_business_date_once(mall):
    first = mall("close-day", "--on", "2024-05-01", "--json").data
    assert (first["days_closed"], first["last"], first["business_date"]) == (1, "2024-05-01", "2024-05-02")
    again = mall("close-day", "--on", "2024-05-01", "--json").data
    assert again == {
        "days_closed": 0,
        "first": None,
        "last": None,
        "transactions": 0,
        "deferred": 0,
        "business_date": "2024-05-02",
    }
    assert "days closed    3" in mall("close-day", "--on", "2024-05-04").out


def test_verify_names_what_it_walked(mall):
    found = mall("verify", "--json")
    assert found.status == 0
    assert found.data["transactions"] == 12
    assert found.data["postings"] == 9
    assert found.data["findings"] == 0
    assert len(found.data["digest"]) == 64
    assert rows(mall("verify", "--csv").out)[0]["accounts"] == "15"
    assert mall("verify").out.splitlines()[-1] == "findings      0"


# --- accounts -----------------------------------------------------------------------------------


@pytest.fixture
def bank(run):
    """A book with cash, equity and points."""
    run("init", "--opened-on", "2024-05-01")
    for words in (
        "bank:cash --type asset --floor 0 --ceiling 1,000.00 --party teller --reason counter",
        "bank:equity --type liability",
        "bank:losses --type equity --normal-side debit --opened-on 2024-05-02",
        "points:issued --type memorandum --unit POINT/0",
    ):
        done = run("account", "open", *words.split())
        assert done.status == 0, done.err
    return run


def test_account_open_and_show(bank):
    shown = bank("account", "show", "bank:cash", "--json").data
    assert shown["floor"] == amount(0, "0.00")
    assert shown["ceiling"] == amount(100_000, "1000.00")
    assert (shown["type"], shown["normal_side"], shown["party"]) == ("asset", "debit", "teller")
    assert shown["opened_on"] == "2024-05-01"
    assert shown["versions"][0]["reason"] == "counter"
    assert bank("account", "show", "bank:losses", "--json").data["normal_side"] == "debit"
    assert bank("account", "show", "bank:losses", "--json").data["opened_on"] == "2024-05-02"
    assert bank("account", "show", "points:issued", "--json").data["balance"]["unit"] == "POINT/0"


def test_account_list(bank):
    listed = rows(bank("account", "list", "--csv").out)
    assert [row["account"] for row in listed] == ["bank:cash", "bank:equity", "bank:losses", "points:issued"]
    assert listed[0]["ceiling"] == "1000.00"
    assert "1,000.00 CNY" in bank("account", "list", "bank:cash").out
    assert len(bank("account", "list", "points", "--json").data["accounts"]) == 1


def test_account_change_keeps_every_version(bank):
    done = bank(
        "account",
        "change",
        "bank:cash",
        "--floor",
        "none",
        "--ceiling",
        "5.00",
        "--party",
        "x",
        "--reason",
        "r",
    )
    assert done.status == 0
    shown = bank("account", "show", "bank:cash", "--json").data
    assert (shown["floor"], shown["ceiling"], shown["party"]) == (None, amount(500, "5.00"), "x")
    assert [version["reason"] for version in shown["versions"]] == ["counter", "r"]
    assert bank("account", "change", "bank:cash", "--reason", "nothing").status == 2


def test_freeze_unfreeze_and_close(bank):
    move = ("post", "--debit", "bank:cash", "1.00", "--credit", "bank:equity", "1.00")
    assert bank("account", "freeze", "bank:cash", "--reason", "order", "--side", "debits").status == 0
    assert (bank(*move).status, bank(*move).code) == (3, "account_frozen")
    assert bank("account", "unfreeze", "bank:cash", "--reason", "lifted").status == 0
    assert bank(*move).status == 0
    assert bank("account", "close", "bank:cash", "--reason", "end").code == "account_not_empty"
    assert bank("account", "close", "bank:losses", "--reason", "end", "--actor", "officer:o1").status == 0
    assert "closed on    2024-05-01" in bank("account", "show", "bank:losses").out
    assert bank("account", "freeze", "bank:losses", "--reason", "late").code == "account_closed"


# --- the journal --------------------------------------------------------------------------------


def test_post_show_and_reverse(bank):
    legs = "--debit bank:cash 100.00 --credit bank:equity 60.00 --credit bank:equity 40.00"
    rest = "--kind capital --description start --on 2024-05-03 --key k1 --actor officer:o1 --json"
    done = bank("post", *f"{legs} {rest}".split())
    (receipt,) = done.data["receipts"]
    assert (receipt["number"], receipt["key"], receipt["replayed"]) == (5, "k1", False)
    shown = bank("transaction", "5", "--json").data
    assert shown["postings"] == [
        {"account": "bank:cash", "debit": amount(10_000, "100.00"), "credit": None, "unit": "CNY/2"},
        {"account": "bank:equity", "debit": None, "credit": amount(6_000, "60.00"), "unit": "CNY/2"},
        {"account": "bank:equity", "debit": None, "credit": amount(4_000, "40.00"), "unit": "CNY/2"},
    ]
    assert (shown["kind"], shown["actor"], shown["effective_on"]) == ("capital", "officer:o1", "2024-05-03")
    assert bank("reverse", "5", "--on", "2024-05-04", "--description", "wrong").status == 0
    assert "reversed by   6" in bank("transaction", "5").out
    assert "description   wrong" in bank("transaction", "6").out
    assert bank("reverse", "5").code == "already_reversed"
    assert bank("transaction", "99").code == "unknown_transaction"
    assert rows(bank("transaction", "5", "--csv").out)[0]["debit"] == "100.00"


def test_a_fresh_key_is_printed_and_sorts_by_time(bank):
    keys = [
        rows(bank("post", "--debit", "bank:cash", "1.00", "--credit", "bank:equity", "1.00", "--csv").out)[0][
            "key"
        ]
        for _ in range(2)
    ]
    assert keys[0] != keys[1]
    assert keys[0][:8] <= keys[1][:8]
    assert keys[0][14] == "7"


def test_post_many_gives_each_its_verdict(bank):
    good = {
        "kind": "k",
        "effective_on": "2024-05-01",
        "postings": [
            {"account": "bank:cash", "debit": "900.00"},
            {"account": "bank:equity", "credit": "900.00"},
        ],
    }
    lines = "\n".join(json.dumps(data) for data in (good, {**good, "key": "mine"}))
    done = bank("post", "--json-file", "-", "--key", "batch", "--csv", text=lines + "\n\n")
    assert (done.status, done.code) == (3, "balance_ceiling_breached")
    first, second = rows(done.out)
    assert (first["number"], first["key"], first["error"]) == ("5", "batch/1", "")
    assert (second["number"], second["error"]) == ("", "balance_ceiling_breached")
    assert bank("balance", "bank:cash", "--json").data["balances"][0]["balance"]["quantity"] == 90_000


def test_post_many_or_none(bank, tmp_path):
    good = {
        "postings": [
            {"account": "bank:cash", "debit": "900.00"},
            {"account": "bank:equity", "credit": "900.00"},
        ]
    }
    file = tmp_path / "many.json"
    file.write_text(json.dumps([good, good]))
    assert bank("post", "--json-file", file, "--atomic").code == "balance_ceiling_breached"
    assert bank("verify", "--json").data["transactions"] == 4
    file.write_text("\ufeff" + json.dumps([good]))
    assert bank("post", "--json-file", file, "--atomic").status == 0


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[1]",
        '{"postings": 5}',
        '{"postings": [5]}',
        '{"posting": []}',
        '{"kind": "a", "kind": "b", "postings": []}',
        '{"postings": [{"account": "bank:cash"}]}',
        '{"postings": [{"account": "bank:cash", "debit": "1", "credit": "1"}]}',
        '{"postings": [{"account": "bank:cash", "debit": 1.5}]}',
        '{"postings": [{"account": "bank:cash", "debit": "-1.00"}]}',
        '{"postings": [{"account": ["bank:cash"], "debit": "1.00"}]}',
        '{"effective_on": "May", "postings": []}',
        '{"effective_on": 20240501, "postings": []}',
        "[" * 100_000,
        "9" * 5_000,
    ],
)
def test_a_malformed_file_posts_nothing(bank, text):
    good = (
        '{"postings": [{"account": "bank:cash", "debit": "1"}, {"account": "bank:equity", "credit": "1"}]}\n'
    )
    refused = bank("post", "--json-file", "-", text=text if text.startswith("[") else good + text)
    assert (refused.status, refused.code) == (2, "bad_file")
    assert bank("verify", "--json").data["transactions"] == 4


@pytest.mark.parametrize("field", ["key", "kind", "description", "details", "reverses"])
def test_a_field_of_another_type_is_a_verdict(bank, field):
    form = {
        field: [1.5],
        "postings": [{"account": "bank:cash", "debit": "1"}, {"account": "bank:equity", "credit": "1"}],
    }
    assert bank("post", "--json-file", "-", text=json.dumps(form)).status == 2


def test_a_file_that_is_no_text(bank, tmp_path):
    file = tmp_path / "raw"
    file.write_bytes(b"\xff\xfe\xff")
    assert bank("post", "--json-file", file).code == "bad_file"
    assert bank("post", "--json-file", tmp_path / "none").status == 2
    assert bank("post", "--json-file", "-", "--debit", "bank:cash", "1").status == 2


# --- readings -----------------------------------------------------------------------------------


def test_balances_in_the_three_forms(mall):
    assert [(row["account"], row["balance"]) for row in rows(mall("balance", "--csv").out)] == CHART
    found = mall("balance", "wallet:mall:reserve", "--json").data
    assert found == {
        "balances": [
            {
                "account": "wallet:mall:reserve",
                "debits": amount(91_555, "915.55"),
                "credits": amount(10_000_000, "100000.00"),
                "balance": amount(9_908_445, "99084.45"),
                "held": amount(0, "0.00"),
                "available": amount(9_908_445, "99084.45"),
                "unit": "CNY/2",
            }
        ]
    }
    text = mall("balance", "wallet:mall:reserve").out
    assert text.splitlines()[-1].split() == [
        "wallet:mall:reserve",
        "915.55",
        "CNY",
        "100,000.00",
        "CNY",
        "99,084.45",
        "CNY",
        "0.00",
        "CNY",
        "99,084.45",
        "CNY",
    ]
    dated = mall("balance", "wallet:mall:reserve", "--on", "2024-05-01", "--csv").out.splitlines()[1]
    assert dated.endswith("915.55,100000.00,99084.45,0.00,99084.45,CNY/2")
    assert mall("balance", "wallet:mall:reserve", "--on", "2024-04-30").code == "book_not_yet_open"


def test_statement(mall):
    found = mall(
        "statement", "wallet:mall:reserve", "--from", "2024-05-01", "--to", "2024-05-31", "--json"
    ).data
    assert (found["opening"], found["closing"]) == (amount(0, "0.00"), amount(9_908_445, "99084.45"))
    assert [line["amount"]["decimal"] for line in found["lines"]] == ["100000.00", "-915.55"]
    assert [line["key"] for line in found["lines"]] == ["fund", "recharge"]
    assert rows(mall("statement", "wallet:mall:reserve", "--csv").out)[1]["balance"] == "99084.45"
    text = mall("statement", "wallet:mall:reserve").out
    assert "closing      99,084.45 CNY" in text
    assert "normal side  credit" in text
    assert "-915.55 CNY" in text
    assert mall("statement", "nobody").code == "unknown_account"
    assert mall("statement", "a::b").code == "bad_account_path"


def test_trial_balance(mall):
    found = mall("trial-balance", "--json").data
    assert found["balanced"] is True
    assert [total["layer"] for total in found["totals"]] == ["on balance", "memorandum"]
    assert all(total["debit"] == total["credit"] for total in found["totals"])
    assert rows(mall("trial-balance", "--csv").out)[0] == {
        "account": "bank:cash",
        "debit": "100000.00",
        "credit": "",
        "unit": "CNY/2",
    }
    assert "balanced  yes" in mall("trial-balance", "--on", "2024-05-01").out


def test_financial_statements(mall):
    sheet = mall("balance-sheet", "--json").data
    assert (sheet["balanced"], [row["accounts"] for row in sheet["balance_sheet"]]) == (
        True,
        ["bank:cash", "wallet:mall", ""],
    )
    assert "bank  " in mall("balance-sheet", "--depth", "1", "--on", "2024-05-01").out
    (profit,) = mall("income-statement", "--from", "2024-05-01", "--json").data["income_statement"]
    assert (profit["type"], profit["amount"]["decimal"]) == ("profit", "0.00")
    assert mall("income-statement", "--from", "2024-05-02", "--to", "2024-05-01").code == "bad_period"


def test_one_table_of_an_answer(mall):
    assert rows(mall("statement", "wallet:mall:reserve", "--csv", "--table", "facts").out)[0] == {
        "account": "wallet:mall:reserve",
        "normal_side": "credit",
        "party": "mall",
        "from": "",
        "to": "",
        "known_at": "",
        "opening": "0.00",
        "closing": "99084.45",
        "unit": "CNY/2",
    }
    totals = mall("trial-balance", "--csv", "--table", "totals").out
    assert totals.splitlines()[1] == "on balance,100000.00,100000.00,CNY/2"
    assert list(mall("trial-balance", "--json", "--table", "totals").data) == ["totals"]
    assert mall("trial-balance", "--table", "totals").out.startswith("layer ")
    assert mall("trial-balance", "--table", "total").code == "unknown_name"


def test_an_empty_report_says_so(mall):
    assert mall("report", "wallet", "sweeps").out == "report  Sweeps\n\nno rows\n"


def test_every_report_in_every_form(mall):
    listed = rows(mall("report", "--csv").out)
    assert {row["product"] for row in listed} == {product.name for product in PRODUCTS}
    for row in listed:
        for form in ((), ("--json",), ("--csv",)):
            assert mall("report", row["product"], row["report"], *form).status == 0
    assert "mall" in mall("report", "wallet", "reserve").out
    of_wallet = [row for row in listed if row["product"] == "wallet"]
    assert rows(mall("report", "wallet", "--csv").out) == of_wallet
    assert mall("report", "wallet", "none").code == "unknown_name"
    assert mall("report", "mortgage").status == 2


def test_a_report_shows_one_customer_alone(mall):
    columns = ("--where", "programme=mall", "--where", "client=c001")
    assert [row["client"] for row in rows(mall("report", "wallet", "clients", *columns, "--csv").out)] == [
        "c001"
    ]
    assert rows(mall("report", "wallet", "clients", "--where", "client=nobody", "--csv").out) == []
    assert mall("report", "wallet", "clients", "--where", "customer=c001").code == "unknown_name"


# --- products -----------------------------------------------------------------------------------


def test_preview_leaves_no_trace(mall):
    recharge = (
        "wallet",
        "recharge",
        "--programme",
        "mall",
        "--client",
        "c001",
        "--amount",
        "1000",
        "--recharge",
        "r2",
    )
    before = mall("verify").out
    shown = mall(*recharge, "--preview", "--json").data
    assert shown["transactions"] == 1
    assert [leg["account"] for leg in shown["postings"]][:1] == ["wallet:mall:reserve"]
    assert shown["records"][0]["id"] == "mall:r2"
    assert "50.00 CNY" in mall(*recharge, "--preview").out
    assert rows(mall(*recharge, "--preview", "--csv").out)[0]["debit"] == "1050.00"
    assert mall("verify").out == before


def test_terms_come_from_a_file(run, tmp_path):
    run("init", "--opened-on", "2024-05-01")
    terms = tmp_path / "terms.toml"
    opening = ("wallet", "open-programme", "--programme", "mall", "--terms", terms)
    assert run(*opening).code == "bad_file"
    terms.write_text("threshold = [")
    assert (run(*opening).status, run(*opening).code) == (2, "bad_file")
    terms.write_text('threshold = "none of it"')
    assert run(*opening).status == 2
    terms.write_text('threshold = "12.00"')
    assert run(*opening).code == "not_found"
    run("current", "open-programme", "--programme", "std")
    run("parties", "register-party", "--party", "mall")
    run("parties", "identify-party", "--party", "mall", "--document", "passport", "--number", "1")
    run("current", "open-account", "--programme", "std", "--party", "mall")
    assert run(*opening).status == 0
    assert rows(run("report", "wallet", "reserve", "--csv").out)[0]["threshold"] == "12.00"
    terms.write_text('preset = "5.00"')
    assert (
        run(
            "wallet", "change-terms", "--programme", "mall", "--terms", terms, "--effective-on", "2024-05-02"
        ).status
        == 0
    )


def test_flags_and_choices(mall):
    assert mall("wallet", "register-merchant", "--programme", "mall", "--merchant", "m1", "--own").status == 0
    assert mall("wallet", "take-out", "--programme", "mall", "--amount", "1", "--source", "moon").status == 2
    withdraw = ("wallet", "withdraw", "--programme", "mall", "--client", "c001", "--amount", "1.00")
    assert mall(*withdraw, "--pocket", "principal").status == 0


# --- files that run -----------------------------------------------------------------------------


def test_simulate(run, tmp_path):
    scenario = Path(__file__).parents[2] / "examples" / "short-reserve.toml"
    in_memory = run("simulate", scenario, env={})
    assert re.fullmatch(r"\d+ days in \d+\.\d s\n", in_memory.err)
    assert in_memory.status == 0, in_memory.err
    book = tmp_path / "kept.db"
    kept = run(
        "simulate", scenario, "--book", book, "--seed", "5", "--durability", "normal", "--json", env={}
    )
    assert kept.data["seed"] == 5
    assert run("verify", "--book", book, "--json").data["digest"] == kept.data["book_digest"]
    assert run("simulate", scenario, "--book", book).code == "book_exists"
    assert "account" in run("simulate", scenario, "--csv").out.splitlines()[0]


def test_simulate_needs_a_scenario(run, tmp_path):
    assert run("simulate", tmp_path / "none.toml").code == "bad_file"
    bad = tmp_path / "bad.toml"
    bad.write_text("days = [")
    book = tmp_path / "new.db"
    assert run("simulate", bad, "--book", book).code == "bad_scenario"
    assert not book.exists()


MAP = """
key = "shop:{id}"
[date]
column = "day"
[amount]
column = "amount"
unit = "CNY/2"
[account]
path = "client:{client}"
type = "liability"
floor = "0"
[[sign]]
when = { kind = "in" }
side = "credit"
[[sign]]
when = { kind = "out" }
side = "debit"
[[contra]]
path = "bank:cash"
type = "asset"
[balance]
column = "balance"
"""
ROWS = """id,day,client,kind,amount,balance
1,2024-05-01,c1,in,10.00,10.00
2,2024-05-01,c1,out,4.00,7.00
3,2024-05-02,c1,out,9.00,-3.00
"""


def test_replay(run, tmp_path):
    mapping, file = tmp_path / "map.toml", tmp_path / "rows.csv.gz"
    mapping.write_text(MAP)
    file.write_bytes(gzip.compress(ROWS.encode()))
    run("init", "--opened-on", "2024-05-01")
    first = run("replay", file, "--map", mapping, "--json")
    assert (first.status, first.error["code"]) == (3, "balance_floor_breached")
    assert {name: first.data[name] for name in ("rows", "posted", "matched", "refused", "mismatches")} == {
        "rows": 3,
        "posted": 2,
        "matched": 1,
        "refused": 1,
        "mismatches": 1,
    }
    assert first.data["mismatched_rows"][0]["found"] == amount(600, "6.00")
    again = run("replay", file, "--map", mapping)
    assert "replayed    2" in again.out
    assert "6.00 CNY" in again.out
    assert rows(run("replay", file, "--map", mapping, "--csv").out)[0]["line"] == "4"


def test_replay_without_a_refusal(run, tmp_path):
    mapping, file = tmp_path / "map.toml", tmp_path / "rows.csv"
    mapping.write_text(MAP)
    file.write_text("\n".join(ROWS.splitlines()[:2]) + "\n")
    run("init", "--opened-on", "2024-05-01")
    assert run("replay", file, "--map", mapping).status == 0
    assert run("replay", tmp_path / "none.csv", "--map", mapping).code == "bad_file"
    assert run("replay", file, "--map", file).status == 2
    file.write_text("id,day\n1,2024-05-01\n")
    assert run("replay", file, "--map", mapping).status == 2


# --- days that cannot be taken back -----------------------------------------------------------------


def test_a_day_that_has_not_come_is_closed_only_if_that_is_said(mall):
    assert mall("close-day").status == 2  # --on is required
    refused = mall("close-day", "--on", "2999-01-01", "--json")
    assert (refused.status, refused.error["code"]) == (3, "day_ahead")
    assert mall("book", "--json").data["business_date"] == "2024-05-01"
    assert mall("init", "--name", "far", "--opened-on", "2199-01-01").code == "day_ahead"
    assert mall("init", "--name", "far", "--opened-on", "2199-01-01", "--ahead").status == 0
    assert mall("close-day", "--name", "far", "--on", "2199-01-02").code == "day_ahead"
    closed = mall("close-day", "--name", "far", "--on", "2199-01-02", "--ahead", "--json")
    assert closed.data["days_closed"] == 2


def test_a_close_is_previewed_and_a_second_run_writes_nothing(mall):
    before = mall("book", "--json").data
    seen = mall("close-day", "--on", "2024-05-03", "--preview", "--json").data
    assert (seen["days_to_close"], seen["first"], seen["last"]) == (3, "2024-05-01", "2024-05-03")
    assert {"kind": "wallet.reserve", "transactions": 1} in seen["first_day"]
    assert mall("book", "--json").data["digest"] == before["digest"]
    assert mall("close-day", "--on", "2024-05-03", "--json").data["days_closed"] == 3
    after = mall("book", "--json").data["digest"]
    assert mall("close-day", "--on", "2024-05-03", "--json").data["days_closed"] == 0
    assert mall("close-day", "--on", "2024-05-03", "--preview", "--json").data["days_to_close"] == 0
    assert mall("book", "--json").data["digest"] == after


@pytest.mark.parametrize("word", ["tomorrow", "2024-13-01", ""])
def test_a_day_is_a_date_today_or_yesterday(mall, word):
    assert mall("close-day", "--on", word).code == "bad_date"


def test_a_book_has_a_time_zone(run, monkeypatch):
    assert run("init", "--zone", "Asia/Shanghai", "--json").data["time_zone"] == "Asia/Shanghai"
    assert run("book", "--json").data["time_zone"] == "Asia/Shanghai"
    assert run("init", "--name", "b", "--zone", "Middle/Earth").code == "unknown_name"
    monkeypatch.setenv("TZ", ":Europe/Berlin")
    assert run("init", "--name", "c", "--json").data["time_zone"] == "Europe/Berlin"
    monkeypatch.setenv("TZ", "")
    assert run("init", "--name", "d", "--json").status == 0


def test_what_waits_is_told_by_the_close(mall):
    for words in (
        "time-deposit open-programme --programme 3m",
        "current cash-in --party c001 --amount 100.00",
        "time-deposit open-deposit --programme 3m --deposit d1 --customer c001 --amount 100.00",
        "account freeze bank:demand:c001 --reason court",
    ):
        assert mall(*words.split()).status == 0, words
    told = mall("close-day", "--on", "2024-08-01", "--json").data
    (wait,) = (row for row in told["deferrals"] if row["product"] == "time-deposit")
    assert (wait["day"], wait["what_waits"], wait["code"]) == ("2024-08-01", "3m/d1", "account_frozen")


def test_verify_says_whose_invariants_it_could_not_check(mall, book, tmp_path):
    with closing(SqliteStore(book)) as store:
        bank = Bank.open(store)
        record = Record(SERVED, "meal-card", {"version": "1"})
        serves = Transaction(kind="serve", effective_on=bank.today, records=(record,))
        bank.ledger.execute("serve", {}, lambda _: [serves])
    found = mall("verify")
    assert (found.status, found.code) == (3, "product_missing")
    assert "findings      0" in found.out
    assert "not checked   invariants of meal-card" in found.out
    assert "not installed here: meal-card" in found.err
    assert mall("verify", "--json").data["not_checked"] == "invariants of meal-card"
    assert mall("close-day", "--on", "2024-05-01").code == "product_missing"
