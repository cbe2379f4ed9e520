"""QR codes on the command line."""

from __future__ import annotations

import pytest

pytest.importorskip("segno")


def test_a_text_is_drawn_in_the_terminal(run):
    drawn = run("qr", "a token", "--json").data["qr"]
    assert len({len(line) for line in drawn.split("\n")}) == 1
    assert run("qr", "a token").out.rstrip("\n") == drawn
    assert run("qr", "a token", "--light", "--json").data["qr"] != drawn


def test_an_svg_is_written_once(run, tmp_path):
    file = tmp_path / "token.svg"
    assert run("qr", "a token", "--svg", file).status == 0
    assert file.read_text(encoding="utf-8").startswith("<?xml")
    assert run("qr", "a token", "--svg", file).code == "bad_file"


def test_what_no_code_holds_is_refused(run):
    assert run("qr", "").code == "bad_usage"
