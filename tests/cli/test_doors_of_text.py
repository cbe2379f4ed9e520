"""Every command that reads a file refuses what no reader takes, with a code and never a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.cli.conftest import Run

HUGE = "9" * 4_301
DEEP = 2_000
CODES = {"bad_file", "bad_mapping", "bad_proof", "bad_row", "bad_rows", "bad_scenario", "bad_terms"}
BAD = {
    ".toml": (f"x = {HUGE}", "x = 1\nx = 2", "x = 0.1", "x = " + "[" * DEEP, 'x = "\\u0000"', "\0"),
    ".json": (
        '[{"a": 1, "a": 2}]',
        '[{"a": 1e3}]',
        f'[{{"a": {HUGE}}}]',
        "[" * DEEP,
        "[NaN]",
        '["\\ud800"]',
        "{",
    ),
    ".csv": ("account,account\na,b\n", 'account,balance\n"a', "account,balance\na\n", "a\0,b"),
}
DOORS = {
    ".toml": (
        "replay {csv} --map {file}",
        "simulate {file}",
        "together {file}",
        "acquire {csv} --programme p --source s --columns {file}",
        "wallet open-programme --programme m --terms {file}",
        "--calendars {file} book",
    ),
    ".json": (
        "post --json-file {file}",
        "acquire {file} --programme p --source s",
        "recharges {file} --programme p",
        "prove check {file}",
        "preview {file}",
    ),
    ".csv": (
        "account open --file {file}",
        "opening --file {file} --against equity:opening",
        "acquire {file} --programme p --source s",
        "recharges {file} --programme p",
        "--calendars {file} book",
    ),
}


@pytest.mark.parametrize(("kind", "door"), [(kind, door) for kind, doors in DOORS.items() for door in doors])
def test_every_door_refuses_them_with_a_code(run: Run, kind: str, door: str, tmp_path: Path) -> None:
    run("init", "--opened-on", "2024-05-01")
    file, sound = tmp_path / f"bad{kind}", tmp_path / "sound.csv"
    sound.write_text("a,b\n1,2\n")
    for bad in (
        *(text.encode("utf-8", "surrogatepass") for text in BAD[kind]),
        "a = 'é'".encode("utf-16"),
        b"\xff\xe9",
    ):
        file.write_bytes(bad)
        answer = run(*door.format(file=file, csv=sound).split())
        assert answer.status == 2, (bad[:40], answer.err)
        assert answer.code in (
            "bad_file",
            "bad_mapping",
            "bad_scenario",
            "bad_terms",
            "bad_proof",
            "bad_row",
            "bad_rows",
        ), (bad[:40], answer.err)
