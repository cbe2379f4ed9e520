"""Every refusal ends with its exit status and a line that says why; nothing is half-written."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from bankcore.cli import main
from bankcore.errors import BadAmount, VerificationFailed
from bankcore.render.forms import Form, refusal
from bankcore.stores.engine import driver as sqlite3
from bankcore.stores.sqlite import SqliteStore

RECHARGE = ["wallet", "recharge", "--programme", "mall", "--client", "c001", "--recharge", "r2", "--amount"]


def shell(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """The command line as a process of its own, on a terminal that shows only ASCII."""
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "src"), "PYTHONIOENCODING": "ascii"}
    code = "from bankcore.cli import main; main(prog_name='bankcore')"
    call = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(call, env=env, capture_output=True, text=True, check=False)


# --- one for each branch of the errors ------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "status", "code"),
    [
        ("balance --on 2024-02-30", 2, "bad_date"),
        ("account open a::b --type asset", 2, "bad_account_path"),
        ("account open a --type asset --unit cny", 2, "bad_unit"),
        ("account open a --type asset --floor 1.005", 2, "bad_amount"),
        ("post --debit bank:cash 1.00 --credit wallet:mall:reserve 1.00 --actor nobody", 2, "bad_actor"),
        ("post", 2, "bad_transaction"),
        ("post --debit bank:cash 0 --credit wallet:mall:reserve 1.00", 2, "not_positive"),
        ("post --debit bank:cash 1.00 --credit bank:demand:c001 1.00 --key=", 2, "bad_key"),
        (
            "post --debit bank:cash 1.00 --credit wallet:mall:reserve 1.00 --key eod/2024-05-01/bank/begin",
            2,
            "bad_key",
        ),
        ("balance nobody", 3, "unknown_account"),
        ("statement bank:cash --from 2024-05-02 --to 2024-05-01", 2, "bad_period"),
        ("post --debit bank:cash 1.00 --credit bank:demand:c001 2.00 --reason x", 3, "unbalanced"),
        ("post --debit bank:cash 1.00 --credit bank:mint 1.00", 3, "unknown_account"),
        ("account open bank:cash --type asset", 3, "account_exists"),
        ("reverse 99", 3, "unknown_transaction"),
        (
            "wallet fund-reserve --programme mall --amount 1.00 --actor customer:c001",
            3,
            "actor_not_permitted",
        ),
        ("wallet fund-reserve --programme mall --amount 1.00 --key fund", 4, "key_conflict"),
    ],
)
def test_a_refusal_has_its_status_and_code(mall, arguments, status, code):
    before = mall("verify").out
    text, form = mall(*arguments.split()), mall(*arguments.split(), "--json")
    assert (text.status, text.code, text.out) == (status, code, "")
    assert text.err.startswith(f"error [{code}]: ")
    assert text.err.count("\n") == 1
    assert (form.status, form.error["code"]) == (status, code)
    assert list(form.error)[:2] == ["code", "message"]
    assert mall("verify").out == before


@pytest.mark.parametrize(
    "amount", ["1.005", "1e3", "NaN", "0x10", "١٢", "1,00.00", "", "ten", "9" * 60, "-1.00", "0", "1.00 USD"]
)
def test_a_malformed_amount_is_refused(mall, amount):
    refused = mall(*RECHARGE, amount)
    assert refused.status == 2
    assert "Traceback" not in refused.err


def test_the_same_key_gives_the_first_receipt(mall):
    first = mall(*RECHARGE, "10.00", "--key", "same", "--json").data["receipts"]
    again = mall(*RECHARGE, "10.00", "--key", "same", "--json").data["receipts"]
    assert [receipt["replayed"] for receipt in first] == [False]
    assert again == [{**receipt, "replayed": True} for receipt in first]
    other = mall(*RECHARGE, "11.00", "--key", "same")
    assert (other.status, other.code) == (4, "key_conflict")


def test_reserved_keys_are_refused(mall):
    assert mall(*RECHARGE, "10.00", "--key", "eod/2024-05-01").code == "bad_key"


# --- files ----------------------------------------------------------------------------------------


def test_no_book_is_named(run):
    assert run("balance", env={}).status == 2
    assert "BANKCORE_BOOK" in run("balance", env={}).err


@pytest.mark.parametrize("content", [None, b"", b"not a book\n" * 50, b"SQLite format 3\0" + b"\1" * 200])
def test_a_file_that_is_no_book(run, book, content):
    if content is not None:
        book.write_bytes(content)
    for command in ("balance", "verify", "close-day --on today"):
        assert (run(*command.split()).status, run(*command.split()).code) == (5, "not_a_book")
    assert (book.read_bytes() if book.exists() else None) == content


def test_another_programs_database_is_no_book(run, book):
    with sqlite3.connect(book) as connection:
        connection.execute("CREATE TABLE song(title)")
    connection.close()
    assert run("balance").code == "not_a_book"
    assert run("init").status == 5


def test_a_folder_is_no_book(run, tmp_path):
    assert run("balance", "--book", tmp_path).code == "not_a_book"
    assert run("init", "--book", tmp_path / "no" / "folder.db").status == 5


@contextmanager
def unprivileged() -> Iterator[None]:
    """Nobody in particular: root may write everywhere."""
    root = os.geteuid() == 0
    if root:
        os.setresuid(65534, 65534, 0)
    try:
        yield
    finally:
        if root:
            os.setresuid(0, 0, 0)


@pytest.fixture
def protected(mall, book) -> Iterator[Path]:
    """A copy of the book that nobody may write."""
    with tempfile.TemporaryDirectory() as folder:
        kept = Path(shutil.copy(book, folder))
        kept.chmod(0o444)
        Path(folder).chmod(0o555)
        yield kept
        Path(folder).chmod(0o755)


def test_a_write_protected_book_is_read_while_somebody_has_it_open_and_never_written(run, protected):
    with closing(SqliteStore(protected)), unprivileged():
        assert "wallet:mall:reserve" in run("balance", "--book", protected).out
    with unprivileged():
        for command in ("close-day --on today", "balance"):
            refused = run(*command.split(), "--book", protected)
            assert (refused.status, refused.code) == (5, "store_read_only")


def test_a_book_that_was_tampered_with(mall, book):
    connection = sqlite3.connect(book)
    for (trigger,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall():
        connection.execute(f'DROP TRIGGER "{trigger}"')
    connection.execute("UPDATE posting SET quantity = quantity + 1 WHERE quantity > 0")
    connection.commit()
    connection.close()
    text, form = mall("verify"), mall("verify", "--json")
    assert (text.status, text.code, text.out) == (6, "verification_failed", "")
    assert len(text.err.splitlines()) == 1 + 20 + 1  # the first twenty, and how many more there are
    assert text.err.splitlines()[-1] == f"  ... and {form.error['count'] - 20} more, which --json lists"
    assert form.status == 6
    assert len(form.error["findings"]) == form.error["count"] > 20
    assert all(finding["code"] for finding in form.error["findings"])


# --- what nobody planned ----------------------------------------------------------------------------


@pytest.fixture
def broken(monkeypatch):
    """A command line with a command that fails as it is told."""

    def call(error: BaseException, *arguments: str):
        @click.command()
        @click.option("--json", is_flag=True)
        def fail(json: bool) -> None:
            raise error

        monkeypatch.setattr(type(main), "get_command", lambda *_: fail)
        return CliRunner().invoke(main, ["fail", *arguments])

    return call


def test_a_fault_of_ours_shows_no_traceback(broken):
    found = broken(ZeroDivisionError("by zero"))
    assert (found.exit_code, found.stdout) == (1, "")
    assert found.stderr == "error [internal_error]: bankcore failed with ZeroDivisionError: by zero\n"


def test_an_error_of_the_system_names_the_file(broken):
    assert broken(PermissionError(13, "Permission denied", "x.toml")).stderr == (
        "error [bad_file]: x.toml cannot be used: Permission denied\n"
    )
    assert "internal_error" in broken(OSError("odd")).stderr


def test_an_interrupt_ends_with_130(broken):
    found = broken(KeyboardInterrupt())
    assert (found.exit_code, found.stderr) == (130, "interrupted\n")


def test_a_closed_pipe_is_no_error(broken):
    assert broken(BrokenPipeError(32, "Broken pipe")).stderr == ""


def test_text_that_no_terminal_can_show(run):
    run("init")
    found = run("account", "show", "caf\udce9")
    assert (found.status, found.code) == (2, "bad_account_path")
    assert run("account", "show", "caf\udce9", "--json").status == 2


def test_a_closed_output_is_no_fault(mall, book):
    command = [sys.executable, "-m", "bankcore", "balance", "--book", str(book)]
    done = subprocess.run(f"{shlex.join(command)} >&-", shell=True, capture_output=True)
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_shell_sees_the_status(tmp_path):
    done = shell("wallet", "settle", "--programme", "商场", "--merchant", "m", "--book", tmp_path / "none")
    assert (done.returncode, done.stdout) == (5, "")
    assert done.stderr.startswith("error [not_a_book]: ")


def test_findings_are_listed_below_the_error():
    error = VerificationFailed(1, "one", (BadAmount("x", "y"),))  # type: ignore[arg-type]
    assert refusal(error, Form.TEXT).splitlines()[1] == "  [bad_amount] 'x' is not an amount: y"
    assert json.loads(refusal(error, Form.JSON))["error"]["findings"][0]["code"] == "bad_amount"
