"""Grids of text stand as tabulate, with wcwidth, would set them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from tabulate import tabulate

from bankcore.render.grids import grid

words = st.text("ab X0.,-:现金户ｗ行éé　", min_size=1, max_size=12).map(str.strip).filter(bool)
cells = st.one_of(words, words, words, st.just(""), st.builds("{}\n{}".format, words, words))
figure = st.booleans()


def tables(columns: int) -> st.SearchStrategy[tuple[list[str], list[list[str]], list[bool]]]:
    row = st.lists(cells, min_size=columns, max_size=columns).filter(any)
    heads = st.lists(words, min_size=columns, max_size=columns)
    return st.tuples(heads, st.lists(row, min_size=1), st.lists(figure, min_size=columns, max_size=columns))


@given(st.integers(1, 5).flatmap(tables))
def test_a_grid_with_headings_is_that_of_tabulate(
    table: tuple[list[str], list[list[str]], list[bool]],
) -> None:
    heads, rows, figures = table
    align = ["right" if it else "left" for it in figures]
    theirs = tabulate(rows, heads, tablefmt="simple", disable_numparse=True, colalign=align)
    assert grid(rows, heads, figures) == theirs


@given(st.integers(1, 5).flatmap(tables))
def test_a_grid_without_headings_is_that_of_tabulate(
    table: tuple[list[str], list[list[str]], list[bool]],
) -> None:
    _, rows, _ = table
    assert grid(rows) == tabulate(rows, tablefmt="plain", disable_numparse=True)


def test_nothing_is_an_empty_text() -> None:
    assert grid([]) == ""
