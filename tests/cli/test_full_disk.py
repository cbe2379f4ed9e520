"""A disk that is full: nothing is half-written, and with room the same command does what it was to do."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.cli.conftest import Run
from tests.conftest import ROOT

resource = pytest.importorskip("resource", reason="no limits of this kind")

# On a disk of its own, which only this process sees: a file system in memory, mounted in a new namespace.
FULL = """
import json, os, subprocess, sys
from contextlib import suppress
from click.testing import CliRunner
from bankcore.cli import main
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", "."], check=True)
os.chdir(os.getcwd())
rows = sys.stdin.read()
def run(line, input=None):
    found = CliRunner().invoke(main, line.split(), input=input, env={"BANKCORE_BOOK": "mall.db"})
    print(json.dumps([found.exit_code, found.stdout, found.stderr]))
run("init --opened-on 2024-05-01")
run("account open cash --type asset --key cash")
run("account open li --type liability --key li")
run("post --json-file - --atomic --json", rows)
with suppress(OSError), open("fill", "wb", buffering=0) as fill:
    while True:
        fill.write(bytes(4096))
run("close-day --on 2024-05-01 --json")
run("balance cash --json")
os.remove("fill")
run("verify --json")
subprocess.run(["mount", "-o", "remount,size=40m", "."], check=True)
run("post --json-file - --atomic --json", rows)
run("close-day --on 2024-05-01 --json")
run("verify --json")
"""


def rows(count: int) -> str:
    """Transactions of a day, as lines of JSON."""
    posted = [{"account": "cash", "debit": "1.00"}, {"account": "li", "credit": "1.00"}]
    form = {"kind": "fill", "effective_on": "2024-05-01", "description": "x" * 200, "postings": posted}
    return "\n".join(json.dumps({"key": f"k{number}", **form}) for number in range(count))


def test_a_full_disk_refuses_a_commit_as_a_whole(tmp_path: Path) -> None:
    inside = ["unshare", "-rm", sys.executable, "-c", FULL]
    env = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    try:
        subprocess.run(["unshare", "-rm", "mount", "-t", "tmpfs", "none", "."], cwd=tmp_path, check=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("no disk of one's own may be mounted here")
    done = subprocess.run(
        inside, cwd=tmp_path, env=env, input=rows(2_000), capture_output=True, text=True, check=True
    )
    *made, large, close, balance, verified, again, closed, sound = map(json.loads, done.stdout.splitlines())
    assert [status for status, _, _ in made] == [0, 0, 0]
    for status, out, err in (large, close, balance):
        assert (status, out, json.loads(err)["error"]["code"]) == (5, "", "store_full")
    assert (verified[0], json.loads(verified[1])["transactions"]) == (0, 2)
    assert (again[0], closed[0], sound[0]) == (0, 0, 0)
    assert json.loads(sound[1])["postings"] == 4_000


def test_a_limit_of_file_sizes_leaves_nothing_half_written(run: Run, book: Path) -> None:
    for line in (
        "init --opened-on 2024-05-01",
        "account open cash --type asset",
        "account open li --type liability",
    ):
        assert run(*line.split()).status == 0
    before = run("book", "--json").data
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, hard))
    try:
        refused = run("post", "--json-file", "-", "--atomic", "--json", text=rows(500))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert (refused.status, refused.error["code"], refused.out) == (5, "commit_unknown", "")
    assert run("book", "--json").data == before
    assert run("verify").status == 0
    assert run("post", "--json-file", "-", "--atomic", text=rows(500)).status == 0
    assert run("verify", "--json").data["transactions"] == 502
