"""QR codes: what is drawn is what the library encoded, and what another library reads."""

from __future__ import annotations

import sys
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bankcore.errors import BadUsage, LibraryMissing
from bankcore.qr import svg, terminal

TOKEN = "WyJjZCIsImsiXQ.Jb-2aQ_x7" * 8  # as long as a link
TEXTS = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=300)
HALVES = {" ": (0, 0), "▄": (0, 1), "▀": (1, 0), "█": (1, 1)}


def modules(picture: str, light: int) -> list[list[int]]:
    """The modules of a picture of half blocks, 1 for a dark one."""
    rows = []
    for line in picture.split("\n"):
        halves = [HALVES[character] for character in line]
        rows += [[half[place] ^ light for half in halves] for place in (0, 1)]
    return rows[: len(rows[0])]  # a line holds two rows, and the rows are as many as the columns


def encoded(text: str) -> list[list[int]]:
    segno: Any = pytest.importorskip("segno")
    return [list(row) for row in segno.make_qr(text, error="m", encoding="utf-8").matrix_iter(border=4)]


@given(TEXTS)
def test_the_picture_has_every_module(text: str) -> None:
    wanted = encoded(text)
    assert modules(terminal(text), light=1) == wanted
    assert modules(terminal(text, dark_background=False), light=0) == wanted


def test_another_library_reads_the_picture() -> None:
    zxing: Any = pytest.importorskip("zxingcpp")
    numpy: Any = pytest.importorskip("numpy")
    pytest.importorskip("segno")
    for text in (TOKEN, "王小明 ¥60.00", "x"):
        dark = numpy.array(modules(terminal(text), light=1), dtype=numpy.uint8)
        image = numpy.kron((1 - dark) * 255, numpy.ones((4, 4), dtype=numpy.uint8))
        assert [it.text for it in zxing.read_barcodes(image)] == [text]


def test_the_svg_is_a_file_of_its_own() -> None:
    pytest.importorskip("segno")
    root = ElementTree.fromstring(svg(TOKEN))
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    side = 8 * len(encoded(TOKEN))
    assert (root.get("width"), root.get("height")) == (str(side), str(side))
    assert {it.tag.partition("}")[2] for it in root.iter()} <= {"svg", "g", "path"}  # no script, no reference


@pytest.mark.parametrize("text", ["", "x" * 2_332, "王" * 1_000])
@pytest.mark.parametrize("draw", [terminal, svg])
def test_what_no_code_holds_is_refused(draw: Any, text: str) -> None:
    pytest.importorskip("segno")
    with pytest.raises(BadUsage):
        draw(text)


def test_without_the_library_the_user_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "segno", None)
    with pytest.raises(LibraryMissing, match=r"pip install 'bankcore\[qr\]'"):
        terminal(TOKEN)
