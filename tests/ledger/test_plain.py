"""Plain data from outside: what was written so is read, anything else is named and refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tests.ledger.conftest import BOOK

from bankcore.errors import BadProof, BankcoreError
from bankcore.ledger.evidence.plain import (
    Reader,
    book_data,
    exactly,
    list_of,
    object_of,
    read_book,
    read_fields,
    read_text,
)


def refuse_five(value: Any) -> Any:
    if value == 5:
        raise BadProof("five", "it is five")
    return value


def point() -> Reader:
    return object_of("point", lambda x, y: (x, y), {"x": read_text, "y": list_of(refuse_five)})


Making = Callable[[], Reader]  # made anew for each test


@pytest.mark.parametrize(
    ("making", "given", "expected"),
    [
        (lambda: list_of(read_text), [], ()),
        (lambda: read_book, book_data(BOOK), BOOK),
        (point, {"y": [1, 2], "x": "a"}, ("a", (1, 2))),
        (lambda: exactly(1), 1, 1),
        (lambda: exactly("a"), "a", "a"),
        (lambda: read_text, "文", "文"),
    ],
)
def test_what_was_written_is_read(making: Making, given: object, expected: object) -> None:
    read = making()
    assert read(given) == expected
    assert read_fields("all", {"only": given}, {"only": read}) == {"only": expected}


@pytest.mark.parametrize(
    ("making", "given", "reason"),
    [
        (lambda: list_of(read_text), ("a",), "a list is needed"),
        (lambda: list_of(read_text), ["a", 1], "valid text is needed"),
        (lambda: list_of(read_text), {"a": 1}, "a list is needed"),
        (lambda: exactly(1), True, "1 is needed"),
        (lambda: exactly(1), 2, "1 is needed"),
        (lambda: exactly("a"), "b", "'a' is needed"),
        (lambda: exactly("a"), 1, "'a' is needed"),
        (lambda: read_text, "\ud800", "valid text is needed"),
        (lambda: read_text, b"a", "valid text is needed"),
    ],
)
def test_the_field_and_the_reason_are_named(making: Making, given: object, reason: str) -> None:
    read = making()
    with pytest.raises((BankcoreError, TypeError, ValueError)):
        read(given)
    with pytest.raises(BadProof) as refusal:
        read_fields("all", {"only": given}, {"only": read})
    assert refusal.value.field == "only"
    assert str(refusal.value).endswith(f": {reason}")


@pytest.mark.parametrize("given", [None, [], "x", {}, {"x": "a"}, {"x": "a", "y": [], "z": 1}])
def test_an_object_has_its_fields_and_no_others(given: object) -> None:
    with pytest.raises(BadProof) as refusal:
        point()(given)
    assert refusal.value.field == "point"
    assert "x, y" in str(refusal.value)


def test_the_innermost_field_is_named() -> None:
    with pytest.raises(BadProof) as refusal:
        point()({"x": "a", "y": [4, 5]})
    assert refusal.value.field == "five"
