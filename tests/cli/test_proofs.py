"""Seals and proofs on the command line: listed, proved, written, checked with no book."""

from __future__ import annotations

import json

import pytest

NO_BOOK = {}  # an environment without BANKCORE_BOOK


@pytest.fixture
def closed(mall):
    """Two closed days, and a transaction that no seal covers yet."""
    assert mall("close-day").status == mall("close-day").status == 0
    return mall


def kept(run):
    return [row["seal"] for row in run("seal", "list", "--json").data["seals"]]


def test_seals_are_listed(closed):
    first, second = closed("seal", "list", "--json").data["seals"]
    assert (first["number"], first["through"], first["first"]) == (1, "2024-05-01", 1)
    assert (second["first"], second["previous"]) == (first["last"] + 1, first["seal"])
    text = closed("seal", "list").out
    assert first["seal"] in text
    assert first["head"] not in text


def test_no_seal_before_the_first_close(mall):
    assert mall("seal", "list").out == "no seals\n"


def test_a_transaction_is_proved_and_checked_without_the_book(closed, tmp_path):
    file = tmp_path / "2.json"
    done = closed("prove", "transaction", "2", "--output", file, "--json")
    assert (done.status, done.data["seal"]) == (0, kept(closed)[0])
    checked = closed("prove", "check", file, "--seal", kept(closed)[0], "--json", env=NO_BOOK)
    assert (checked.status, checked.data["seal_compared"], checked.data["number"]) == (0, True, 2)
    assert checked.data["postings"] == closed("transaction", "2", "--json").data["postings"]
    assert closed("prove", "check", file, env=NO_BOOK).out.startswith("proof of       transaction\n")
    other = closed("prove", "check", file, "--seal", kept(closed)[1], env=NO_BOOK)
    assert (other.status, other.code) == (3, "proof_refused")


def test_a_proof_is_not_written_over_anything(closed, book):
    before = book.read_bytes()
    assert closed("prove", "transaction", "2", "--output", book).code == "bad_file"
    assert book.read_bytes() == before
    assert closed("verify").status == 0


def test_a_balance_is_proved_to_standard_output(closed):
    found = closed("prove", "balance", "wallet:mall:reserve", "--on", "2024-05-02")
    assert json.loads(found.out)["balance"]["path"] == "wallet:mall:reserve"
    checked = closed("prove", "check", "-", "--json", text=found.out, env=NO_BOOK)
    assert (
        checked.data["balance"] == closed("account", "show", "wallet:mall:reserve", "--json").data["balance"]
    )
    assert (checked.data["day_closed"], checked.data["seal_compared"]) == ("2024-05-02", False)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ("prove transaction 99", "unknown_transaction"),
        ("prove balance wallet:mall:reserve --on 2024-05-03", "day_not_sealed"),
        ("prove balance nobody --on 2024-05-02", "account_not_sealed"),
        ("prove balance a::b --on 2024-05-02", "bad_account_path"),
        ("prove balance a --on soon", "bad_date"),
        ("prove check - --seal abc", "bad_seal"),
        ("prove check -", "bad_proof"),
        ("verify --seal abc", "bad_seal"),
        (f"verify --seal {'0' * 64}", "verification_failed"),
        ("prove transaction 1 --output /nowhere/at/all.json", "bad_file"),
    ],
)
def test_refusals(closed, arguments, code):
    assert closed(*arguments.split(), text="{}").code == code


def test_the_last_close_is_not_sealed_yet(closed):
    last = closed("verify", "--json").data["transactions"]
    assert closed("prove", "transaction", str(last)).code == "not_yet_sealed"


def test_a_file_that_is_no_text_is_refused(closed, tmp_path):
    file = tmp_path / "proof.json"
    file.write_bytes(b"\xff\xfe\x00")
    assert closed("prove", "check", file, env=NO_BOOK).code == "bad_file"


def test_kept_seals_are_verified(closed):
    first, second = kept(closed)
    assert closed("verify", "--seal", first, "--seal", second).status == 0
    lost = closed("verify", "--seal", "ab" * 32, "--seal", second, "--json")
    assert (lost.status, lost.error["findings"][0]["code"]) == (6, "seal_missing")
