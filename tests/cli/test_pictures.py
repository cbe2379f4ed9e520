"""Pages with pictures from the command line."""

from __future__ import annotations

import sys

import pytest

pytest.importorskip("jinja2")
pytest.importorskip("vl_convert")


def test_a_book_is_written_as_a_page(mall, tmp_path):
    file = tmp_path / "book.html"
    answer = mall("report", "--html", file, "--lang", "zh", "--json")
    assert answer.data == {"page": str(file), "sections": 3}
    text = file.read_text(encoding="utf-8")
    assert '<html lang="zh-CN">' in text
    assert all(f">{it}</h2>" in text for it in ("资产负债表", "资金流向", "备付金与阈值"))
    again = tmp_path / "again.html"
    mall("report", "--html", again, "--lang", "zh")
    assert again.read_bytes() == file.read_bytes()
    assert mall("report", "--html", file).status == 0  # its own pages are written anew
    assert '<html lang="en">' in file.read_text(encoding="utf-8")


def test_a_file_that_is_no_page_is_left(mall, tmp_path):
    file = tmp_path / "notes.html"
    file.write_text("mine", encoding="utf-8")
    for command in (("report",), ("simulate", "examples/short-reserve.toml")):
        assert mall(*command, "--html", file).code == "bad_file"
    assert file.read_text(encoding="utf-8") == "mine"
    assert mall("report", "--html", tmp_path / "none" / "a.html").code == "bad_file"


def test_a_page_is_of_the_whole_book(mall, tmp_path):
    file = tmp_path / "a.html"
    assert mall("report", "wallet", "reserve", "--html", file).status == 2
    assert mall("report", "--lang", "zh").status == 2
    assert mall("report", "--html", file, "--lang", "fr").status == 2
    assert not file.exists()


def test_a_simulation_is_written_as_a_page(run, tmp_path):
    file, runs = tmp_path / "run.html", tmp_path / "runs.html"
    assert run("simulate", "examples/short-reserve.toml", "--html", file).status == 0
    assert "<h1>Yield from a short reserve</h1>" in file.read_text(encoding="utf-8")
    many = ("--runs", "2", "--measure", "yield-cost", "--html", runs, "--lang", "zh")
    assert run("simulate", "examples/short-reserve.toml", *many).status == 0
    assert "收益成本" in runs.read_text(encoding="utf-8")
    search = ("--find", "step.1.with.amount", "--from", "7560.00", "--to", "7562.00", "--step", "1.00",
              "--until", "shortfall >= 0", "--html", runs)  # fmt: skip
    assert run("simulate", "examples/short-reserve.toml", *search).status == 0
    assert "Found: 7560.00" in runs.read_text(encoding="utf-8")


@pytest.mark.parametrize("module", ["jinja2", "vl_convert"])
def test_without_the_extra_it_says_what_to_install(mall, tmp_path, monkeypatch, module):
    monkeypatch.setitem(sys.modules, module, None)
    for command in (("report",), ("simulate", "examples/short-reserve.toml")):
        answer = mall(*command, "--html", tmp_path / "a.html")
        assert (answer.code, "pip install 'bankcore[report]'" in answer.err) == ("library_missing", True)
    assert not (tmp_path / "a.html").exists()
