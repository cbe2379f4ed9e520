"""Value dates, instants, corrections, opening balances, groups and limits on the command line."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

LI, CASH, EQUITY = "deposit:li", "bank:cash", "bank:equity"


@pytest.fixture
def bank(run):
    """A book with cash, equity, a deposit and a credit line."""
    run("init", "--opened-on", "2024-05-01")
    for words in (
        f"{CASH} --type asset",
        f"{EQUITY} --type equity",
        f"{LI} --type liability --floor 0",
        "deposit:chen --type liability --floor -50.00",
    ):
        done = run("account", "open", *words.split(), "--key", words.split()[0])
        assert done.status == 0, done.err
    return run


def post(run, debit, credit, amount, *more):
    return run("post", "--debit", debit, amount, "--credit", credit, amount, *more, "--json")


def number_of(answer):
    return str(answer.data["receipts"][0]["number"])


def figure(run, *words):
    (row,) = run("balance", *words, "--json").data["balances"]
    return row["balance"]["decimal"]


# --- both times -------------------------------------------------------------------------------------


@pytest.fixture
def dated(bank):
    """700.00 on the third, then, recorded later, 50.00 on the second; the instant in between."""
    post(bank, CASH, LI, "700.00", "--on", "2024-05-03", "--key", "a")
    between = datetime.now(UTC).isoformat()
    post(bank, CASH, LI, "50.00", "--on", "2024-05-02", "--key", "b")
    return bank, between


def test_balances_in_both_times(dated):
    bank, between = dated
    assert figure(bank, LI) == "750.00"
    assert [figure(bank, LI, "--on", f"2024-05-0{day}") for day in (1, 2, 3)] == ["0.00", "50.00", "750.00"]
    assert figure(bank, LI, "--known-at", between) == "700.00"
    assert figure(bank, LI, "--known-at", between, "--on", "2024-05-02") == "0.00"


def test_statement_and_trial_balance_in_both_times(dated):
    bank, between = dated
    assert len(bank("statement", LI, "--json").data["lines"]) == 2
    assert len(bank("statement", LI, "--on", "2024-05-02", "--json").data["lines"]) == 1
    known = bank("statement", LI, "--known-at", between, "--json").data
    assert ([line["key"] for line in known["lines"]], known["closing"]["decimal"]) == (["a"], "700.00")
    trial = bank("trial-balance", "--known-at", between, "--on", "2024-05-03", "--json").data
    assert trial["known_at"].endswith("Z")
    assert (trial["balanced"], trial["totals"][0]["debit"]["decimal"]) == (True, "700.00")
    assert "known at" in bank("trial-balance", "--known-at", between).out
    assert "known at" not in bank("trial-balance").out


@pytest.mark.parametrize("command", [["balance", LI], ["statement", LI], ["trial-balance"]])
@pytest.mark.parametrize(
    ("asked", "status", "code"),
    [
        ("--known-at 2999-01-01", 3, "instant_in_future"),
        ("--known-at 2001-01-01T00:00:00Z", 3, "nothing_known"),
        ("--known-at yesterday", 2, "bad_date"),
        ("--on 2024-04-30", 3, "book_not_yet_open"),
    ],
)
def test_what_the_book_cannot_answer(bank, command, asked, status, code):
    refused = bank(*command, *asked.split())
    assert (refused.status, refused.code, refused.out) == (status, code, "")


def test_an_account_that_was_not_found_or_not_open(bank):
    before = datetime.now(UTC).isoformat()
    bank("account", "open", "late", "--type", "asset", "--opened-on", "2024-05-03")
    assert bank("balance", "late", "--known-at", before).code == "unknown_account"
    assert bank("balance", "late", "--on", "2024-05-02").code == "account_not_yet_open"
    assert bank("balance", "late", "--on", "2024-05-03").status == 0


def test_a_back_dated_withdrawal_names_the_day_it_would_break(bank):
    post(bank, CASH, LI, "100.00")
    post(bank, LI, CASH, "80.00", "--on", "2024-05-05")
    refused = post(bank, LI, CASH, "30.00", "--on", "2024-05-02")
    assert (refused.status, refused.error["code"], refused.error["on"]) == (
        3, "balance_floor_breached", "2024-05-05",
    )  # fmt: skip


def test_a_book_says_where_it_stands(bank):
    found = bank("book", "--json").data
    assert (found["business_date"], found["accounts"], found["transactions"]) == ("2024-05-01", 4, 4)
    bank("close-day", "--on", "2024-05-01")
    assert "business date  2024-05-02" in bank("book").out
    assert bank("book", "--json").data["digest"] != found["digest"]


# --- corrections and opening balances ---------------------------------------------------------------


def test_a_transaction_is_corrected_on_an_open_day(bank):
    wrong = number_of(post(bank, CASH, LI, "100.00"))
    bank("close-day", "--on", "2024-05-01")
    legs = ("--debit", CASH, "90.00", "--credit", LI, "90.00")
    assert bank("correct", wrong, *legs, "--on", "2024-05-01").code == "period_closed"
    mended = number_of(bank("correct", wrong, *legs, "--description", "typing error", "--json"))
    assert figure(bank, LI) == "90.00"
    assert f"corrected by  [{mended}]" in bank("transaction", wrong).out
    assert bank("transaction", mended, "--json").data["corrects"] == int(wrong)
    assert bank("transaction", mended, "--json").data["corrected_by"] is None
    assert (bank("correct", wrong, *legs).status, bank("correct", wrong, *legs).code) == (
        2,
        "bad_transaction",
    )
    assert bank("correct", "99", *legs).code == "unknown_transaction"
    forgotten = bank("correct", wrong)  # would take all of it back
    assert (forgotten.status, "--debit" in forgotten.err) == (2, True)


def test_post_names_what_it_corrects(bank):
    wrong = number_of(post(bank, CASH, LI, "100.00"))
    mended = number_of(post(bank, LI, CASH, "1.00", "--corrects", wrong))
    assert bank("transaction", wrong, "--json").data["corrected_by"] == [int(mended)]
    assert post(bank, LI, CASH, "1.00", "--corrects", "99").error["code"] == "unknown_transaction"


def test_balances_are_brought_forward(bank):
    done = bank("opening", f"{CASH}=700.00", f"{LI}=500.00", "--against", EQUITY, "--key", "o", "--json")
    assert bank("transaction", number_of(done), "--json").data["kind"] == "opening"
    assert [figure(bank, path) for path in (CASH, LI, EQUITY)] == ["700.00", "500.00", "200.00"]
    again = bank("opening", f"{LI}=1.00", "--against", EQUITY)
    assert (again.status, again.code) == (3, "account_in_use")


@pytest.mark.parametrize(
    "text",
    [
        f"account,balance\n{CASH},700.00\n\n{LI},500.00\n",
        json.dumps({CASH: "700.00", LI: "500.00"}),
    ],
)
def test_balances_are_brought_forward_from_a_file(bank, text):
    done = bank("opening", "--file", "-", "--against", EQUITY, "--on", "2024-05-02", text=text)
    assert done.status == 0, done.err
    assert figure(bank, EQUITY) == "200.00"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "bad_file"),
        ("path,balance\n", "bad_file"),
        (f"account,balance\n{CASH}\n", "bad_row"),
        (f"account,balance\n{CASH},1,2\n", "bad_row"),
        (f"account,balance\n{CASH},ten\n", "bad_amount"),
        (f"account,balance\n{CASH},1\n{CASH},2\n", "bad_row"),
        ("account,balance\na::b,1\n", "bad_account_path"),
        ('account,balance\n"' + "x" * 200_000 + '",1\n', "bad_file"),
        ("{", "bad_file"),
        (json.dumps({CASH: 1.5}), "bad_file"),
        (json.dumps({CASH: {}}), "bad_amount"),
        ('{"' + CASH + '": "1", "' + CASH + '": "2"}', "bad_file"),
    ],
)
def test_a_malformed_opening_is_refused(bank, text, code):
    refused = bank("opening", "--file", "-", "--against", EQUITY, text=text)
    assert (refused.status, refused.code) == (2, code)
    assert bank("book", "--json").data["transactions"] == 4


def test_an_opening_of_nothing(bank, tmp_path):
    assert bank("opening", "--against", EQUITY).status == 2
    assert bank("opening", CASH, "--against", EQUITY).code == "bad_command"
    assert bank("opening", "nobody=1.00", "--against", EQUITY).code == "unknown_account"
    file = tmp_path / "raw"
    file.write_bytes(b"\xff\xfe")
    assert bank("opening", "--file", file, "--against", EQUITY).code == "bad_file"


# --- groups and transfers up to a cap -----------------------------------------------------------------


def form(debit, credit, amount, **fields):
    legs = [{"account": debit, "debit": amount}, {"account": credit, "credit": amount}]
    return json.dumps({"postings": legs, **fields})


def test_a_group_of_a_file_is_written_whole_or_not_at_all(bank):
    lines = [
        form(CASH, LI, "10.00", key="1", group="g"),
        form(LI, CASH, "99.00", key="2", group="g"),
        form(CASH, LI, "5.00", key="3"),
    ]
    done = bank("post", "--json-file", "-", "--json", text="\n".join(lines))
    assert done.status == 3
    errors = [verdict["error"] for verdict in done.data["verdicts"]]
    assert errors == ["group_refused", "balance_floor_breached", None]
    assert figure(bank, LI) == "5.00"
    whole = bank("post", "--json-file", "-", "--group", "h", "--csv", text=form(CASH, LI, "1.00", key="4"))
    assert whole.status == 0
    shown = bank("transaction", "6", "--json").data
    assert (shown["key"], shown["group"]) == ("4", "h")
    assert "group         h" in bank("transaction", "6").out
    assert post(bank, CASH, LI, "1.00", "--group", "h").error["code"] == "group_conflict"


def test_up_to_moves_what_there_is(bank):
    post(bank, CASH, LI, "70.00")
    taken = post(bank, LI, CASH, "500.00", "--up-to", "--key", "all")
    shown = bank("transaction", number_of(taken), "--json").data
    assert (shown["up_to"], shown["postings"][0]["debit"]["decimal"]) == (True, "70.00")
    assert post(bank, LI, CASH, "80.00", "--up-to", "--key", "all").data["receipts"][0]["replayed"]
    assert post(bank, LI, CASH, "60.00", "--up-to", "--key", "all").status == 4
    assert post(bank, LI, CASH, "1.00", "--up-to").error["code"] == "balance_floor_breached"
    assert bank("post", "--json-file", "-", text=form("deposit:chen", CASH, "99.00", up_to=True)).status == 0
    assert figure(bank, "deposit:chen") == "-50.00"
    for option in (("--up-to",), ("--corrects", "5")):
        assert bank("post", "--json-file", "-", *option, text=form(LI, CASH, "1.00")).status == 2


@pytest.mark.parametrize(
    ("line", "reason"), [("{", "line 3: it is not JSON"), ('{"postings": 5}', "line 3: the transaction's")]
)
def test_an_error_of_a_file_names_the_line(bank, line, reason):
    refused = bank("post", "--json-file", "-", text=form(CASH, LI, "1.00") + "\n\n" + line)
    assert refused.code == "bad_file"
    assert reason in refused.err


# --- accounts and limits ------------------------------------------------------------------------------


def test_an_account_is_closed_into_another_and_reopened(bank):
    post(bank, CASH, LI, "70.00")
    assert bank("account", "close", LI, "--reason", "left").code == "account_not_empty"
    closed = bank(
        "account", "close", LI, "--into", "deposit:chen", "--reason", "left", "--key", "c", "--json"
    )
    assert bank("transaction", number_of(closed), "--json").data["kind"] == "account.close"
    assert (figure(bank, LI), figure(bank, "deposit:chen")) == ("0.00", "70.00")
    assert post(bank, CASH, LI, "1.00").error["code"] == "account_closed"
    assert bank("account", "unfreeze", LI, "--reason", "by mistake").code == "account_closed"
    bank("close-day", "--on", "2024-05-01")
    assert bank("account", "reopen", LI, "--reason", "came back", "--actor", "officer:o1").status == 0
    assert "reopened on  2024-05-02" in bank("account", "show", LI).out
    assert post(bank, CASH, LI, "1.00").status == 0


def test_reopening_lifts_no_freeze(bank):
    bank("account", "freeze", LI, "--reason", "court order")
    assert bank("account", "reopen", LI, "--reason", "by mistake").code == "account_frozen"


def test_velocity_limits_are_set_listed_and_lifted(bank):
    post(bank, CASH, LI, "500.00")
    common = ("limit", "set", "atm", "--root", "deposit", "--flow", "out", "--per", "day", "--each")
    assert bank(*common, "--most", "100.00", "--reason", "fraud").status == 0
    (listed,) = bank("limit", "list", LI, "--json").data["limits"]
    assert (listed["limit"], listed["most"]["decimal"], listed["each"], listed["version"]) == (
        "atm", "100.00", True, 1,
    )  # fmt: skip
    assert bank("limit", "list", CASH).out == "no limits\n"
    refused = post(bank, LI, CASH, "100.01")
    assert (refused.status, refused.error["code"]) == (3, "velocity_limit_breached")
    assert post(bank, LI, CASH, "100.00").status == 0
    assert bank(*common, "--most", "none", "--reason", "holiday").status == 0
    assert bank("limit", "list", "--json").data["limits"][0]["version"] == 2
    assert bank("limit", "list", LI).out == "no limits\n"
    assert post(bank, LI, CASH, "100.01").status == 0
    points = bank(
        "limit",
        "set",
        "p",
        "--flow",
        "in",
        "--per",
        "year",
        "--unit",
        "POINT/0",
        "--most",
        "5",
        "--reason",
        "r",
    )
    assert points.status == 0
    assert "5 POINT" in bank("limit", "list").out


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("--root a::b --flow out --per day --most 1.00", "bad_account_path"),
        ("--flow out --per day --most lots", "bad_amount"),
        ("--flow out --per day --most -1.00", "bad_transaction"),
        ("--flow out --per day --most 1.00 --unit yuan", "bad_unit"),
        ("--flow up --per day --most 1.00", "bad_usage"),
        ("--flow out --per week --most 1.00", "bad_usage"),
    ],
)
def test_a_malformed_limit_is_refused(bank, words, code):
    refused = bank("limit", "set", "atm", *words.split(), "--reason", "r", "--json")
    assert (refused.status, refused.error["code"]) == (2, code)


def test_a_limit_of_another_account_is_unknown(bank):
    assert bank("limit", "list", "nobody").code == "unknown_account"


@pytest.mark.parametrize(
    "option",
    [
        "--on 2024-05-02",
        "--kind x",
        "--description x",
        "--hold",
        "--expires-at 2999-01-01T00:00:00Z",
        "--up-to",
        "--corrects 1",
        f"--debit {CASH} 1.00",
        f"--credit {CASH} 1.00",
    ],
)
def test_what_is_said_of_one_transaction_is_not_said_of_a_file(bank, option):
    refused = bank("post", "--json-file", "-", *option.split(), text="[]")
    assert (refused.status, option.split()[0] in refused.err) == (2, True)


def test_a_retry_keeps_the_value_date_of_the_first_time(bank):
    legs = ("--debit", CASH, "1.00", "--credit", EQUITY, "1.00")
    posted = ("post", *legs, "--key", "p")
    held = ("post", "--hold", *legs, "--key", "h")
    form = json.dumps(
        {"key": "f", "postings": [{"account": CASH, "debit": "1"}, {"account": EQUITY, "credit": "1"}]}
    )
    filed = ("post", "--json-file", "-")
    assert bank(*posted).status == bank(*held).status == bank(*filed, text=form).status == 0
    assert bank("close-day", "--on", "2024-05-01").status == 0
    for again in (bank(*posted, "--json"), bank(*held, "--json")):
        assert again.data["receipts"][0]["replayed"] is True
    assert bank(*filed, "--json", text=form).data["verdicts"][0]["replayed"] is True
    assert bank(*posted, "--on", "2024-05-02").code == "key_conflict"


def test_unfreezing_and_reopening_are_replayed_whatever_came_since(bank):
    assert bank("account", "open", "a", "--type", "asset").status == 0
    steps = [("freeze", "a"), ("unfreeze", "a", "--key", "u"), ("close", "a"), ("reopen", "a", "--key", "r")]
    for step in (*steps, ("freeze", "a")):
        assert bank("account", *step, "--reason", "x").status == 0
    for step in (steps[1], steps[3]):
        again = bank("account", *step, "--reason", "x", "--json")
        assert again.data["receipts"][0]["replayed"] is True
    assert bank("account", "reopen", "a", "--reason", "x").code == "account_frozen"


def test_an_empty_name_is_no_book(bank):
    assert bank("book", "--name", "").code == "unknown_name"
    bank("init", "--name", "second")
    assert "''" in bank("book", "--name", "").err


def test_an_opening_balance_that_is_no_amount_names_its_account(bank):
    refused = bank(
        "opening", "--against", EQUITY, "--file", "-", text=f"account,balance\n{CASH},1\n{LI},1e5\n"
    )
    assert (refused.code, LI in refused.err) == ("bad_amount", True)
