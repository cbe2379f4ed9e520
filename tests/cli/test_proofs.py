"""Seals and proofs on the command line: listed, proved, written, checked with no book."""

from __future__ import annotations

import json

import pytest
from tests.signatures import needs_cryptography

NO_BOOK = {}  # an environment without BANKCORE_BOOK


@pytest.fixture
def closed(mall):
    """Two closed days, and a transaction that no seal covers yet."""
    assert (
        mall("close-day", "--on", "2024-05-01").status == mall("close-day", "--on", "2024-05-02").status == 0
    )
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
    assert closed("prove", "check", file, env=NO_BOOK).out.startswith("proof of              transaction\n")
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
        ("prove consistency 1 3", "bad_seal"),
        ("prove consistency 0 1", "bad_seal"),
        ("prove consistency 2 1", "bad_seal"),
        ("prove check - --checkpoint -", "bad_checkpoint"),
        ("checkpoint check - --key /nowhere/at/all.pem", "bad_file"),
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


# --- the log of seals -------------------------------------------------------------------------------


@pytest.fixture
def key(closed, tmp_path):
    assert closed("checkpoint", "key", tmp_path / "bank.pem", env=NO_BOOK).status == 0
    return tmp_path / "bank.pem"


def test_consistency_is_proved_and_checked_without_the_book(closed, tmp_path):
    file = tmp_path / "1-2.json"
    done = closed("prove", "consistency", "1", "2", "--output", file, "--json")
    assert (done.status, done.data["seals_before"], done.data["seals"]) == (0, 1, 2)
    checked = closed("prove", "check", file, "--json", env=NO_BOOK)
    assert (checked.status, checked.data["root"]) == (0, done.data["root"])
    assert json.loads(closed("prove", "consistency", "1", "2").out) == json.loads(file.read_text())
    assert closed("prove", "check", file, "--seal", kept(closed)[0], env=NO_BOOK).code == "proof_refused"
    data = json.loads(file.read_text())
    data["new"]["root"] = data["old"]["root"]
    assert closed("prove", "check", "-", text=json.dumps(data), env=NO_BOOK).code == "proof_refused"


@needs_cryptography
def test_a_key_is_for_its_owner_alone_and_written_over_nothing(closed, key):
    assert key.stat().st_mode & 0o777 == 0o600
    assert b"PRIVATE" not in key.with_name("bank.pem.pub").read_bytes()
    before = key.read_bytes()
    assert closed("checkpoint", "key", key, env=NO_BOOK).code == "bad_file"
    assert key.read_bytes() == before


@needs_cryptography
def test_checkpoints_are_signed_and_proofs_rest_on_them(closed, key, tmp_path):
    public = f"{key}.pub"
    first, second = tmp_path / "1.note", tmp_path / "2.note"
    assert closed("checkpoint", "sign", "--key", key, "--seal", "1", "--output", first).status == 0
    second.write_text(closed("checkpoint", "sign", "--key", key).out, encoding="utf-8")
    checked = closed("checkpoint", "check", second, "--key", public, "--json", env=NO_BOOK)
    assert (checked.status, checked.data["seals"]) == (0, 2)
    assert checked.data["signed_by"].startswith(checked.data["origin"] + "+")

    proof, growth = tmp_path / "p.json", tmp_path / "1-2.json"
    closed("prove", "transaction", "2", "--output", proof)
    closed("prove", "consistency", "1", "2", "--output", growth)
    both = ("--checkpoint", first, "--checkpoint", second, "--key", public)
    assert closed("prove", "check", growth, *both, "--json", env=NO_BOOK).data["checkpoints_compared"] == 2
    rests = closed("prove", "check", proof, "--checkpoint", second, "--key", public, env=NO_BOOK)
    assert rests.status == 0
    assert closed("prove", "check", proof, "--checkpoint", second, env=NO_BOOK).status == 0
    assert closed("prove", "check", proof, "--checkpoint", first, env=NO_BOOK).code == "proof_refused"

    second.write_text(second.read_text(encoding="utf-8").replace("\n2\n", "\n3\n"), encoding="utf-8")
    forged = closed("checkpoint", "check", second, "--key", public, env=NO_BOOK)
    assert (forged.status, forged.code) == (3, "proof_refused")
    assert closed("checkpoint", "check", second, "--key", second, env=NO_BOOK).code == "bad_signing_key"


@needs_cryptography
def test_before_the_first_close_there_is_nothing_to_sign(mall, tmp_path):
    assert mall("checkpoint", "key", tmp_path / "k").status == 0
    assert mall("checkpoint", "sign", "--key", tmp_path / "k").code == "bad_seal"
