"""Outside text is read by the same rules everywhere, and a refusal names the place."""

from __future__ import annotations

import contextlib
import csv
import json
import tomllib
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bankcore.readers import decoded, read_csv, read_json, read_toml

HUGE = "9" * 4_301
DEEP = 2_000


class Refused(Exception):
    """What the reader was told to raise."""


def rows(text: str) -> Any:
    return [row for _, row in read_csv(text, Refused)]


READERS: dict[str, Callable[[str], Any]] = {
    "toml": lambda text: read_toml(text, Refused),
    "json": lambda text: read_json(text, Refused),
    "csv": rows,
}


@pytest.mark.parametrize(
    ("form", "text", "said"),
    [
        ("json", '{"consent": false, "consent": true}', "'consent' occurs twice"),
        ("json", '{"rows": [{"a": 1}, {"b": {"c": 1, "c": 2}}]}', r"rows\[2\]\.b: the name 'c' occurs twice"),
        ("json", '[{"amount": 1e3}]', r"\[1\]\.amount: 1e3 is a binary fraction"),
        ("json", '[{"amount": -0.5}]', r"\[1\]\.amount: -0\.5 is a binary fraction"),
        ("json", '{"a": 1E400}', "a: 1E400 is a binary fraction"),
        ("json", '{"a": NaN}', "a: NaN is no number of JSON"),
        ("json", "[-Infinity]", r"\[1\]: -Infinity is no number of JSON"),
        ("json", f'{{"a": {HUGE}}}', r"a: 9{40}\.\.\. has more than 100 digits"),
        ("json", f'{{"a": -{HUGE}}}', "has more than 100 digits"),
        ("json", "[" * 70 + "]" * 70, "nested deeper than 64"),
        ("json", "[" * DEEP + "]" * DEEP, "nested"),
        ("json", '{"a":' * 100_000, "nested too deeply"),
        ("json", '{"a": "\\u0000"}', "a: it has a NUL character"),
        ("json", '{"a": "\\ud800"}', "a: it has half of a character"),
        ("json", '{"\\udc00": 1}', "it has half of a character"),
        ("json", '{"a": 1} x', "line 1 column 10"),
        ("json", '{\n"a" 1}', "line 2 column 5"),
        ("json", "", "it is not JSON"),
        ("json", '{"a": "\0"}', "line 1: it has a NUL character"),
        ("toml", f"a = {HUGE}", "it is not TOML"),
        ("toml", f"[x]\na = {'9' * 101}", "x.a: the number has more than 100 digits"),
        ("toml", f"a = 0x{'f' * 200}", "a: the number has more than 100 digits"),
        ("toml", "a = 1\na = 2", "overwrite a value"),
        ("toml", "[a]\n[a]", "line 2"),
        ("toml", "[terms]\nrate = 1e3", "terms.rate: 1e3 is a binary fraction"),
        ("toml", "rate = nan", "rate: nan is a binary fraction"),
        ("toml", "rate = -inf", "rate: -inf is a binary fraction"),
        ("toml", "a = [[1, 0.1]]", r"a\[1\]\[2\]: 0\.1 is a binary fraction"),
        ("toml", 'a = "\\u0000"', "a: it has a NUL character"),
        ("toml", f"a = {'[' * DEEP}{']' * DEEP}", "nested"),
        ("toml", f"a{'.a' * 70} = 1", "nested deeper than 64"),
        ("toml", "a = ", "line 1|end of document"),
        ("csv", "a,consent,consent\n1,false,true\n", "line 1: the column 'consent' occurs twice"),
        ("csv", "\n\na,a\n", "line 3: the column 'a' occurs twice"),
        ("csv", "a,b\n1\n", "line 2: 1 values for 2 columns"),
        ("csv", "a,b\n1,2\n\n1,2,3\n", "line 4: 3 values for 2 columns"),
        ("csv", 'a\n"x', "line 2: it is not CSV"),
        ("csv", 'a\n"x"y\n', "line 2: it is not CSV"),
        ("csv", "a\n" + "x" * 200_000, "line 2: it is not CSV"),
        ("csv", "a\nx\0y\n", "line 2: it has a NUL character"),
        ("csv", "a\n\ud800\n", "line 2: it has half of a character"),
    ],
)
def test_what_no_reader_takes(form: str, text: str, said: str) -> None:
    with pytest.raises(Refused, match=said):
        READERS[form](text)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_other_encodings_are_named(encoding: str) -> None:
    mark = "\ufeff" if encoding.endswith("e") else ""
    with pytest.raises(Refused, match=r"it is UTF-(16|32) text; save it as UTF-8"):
        decoded(f"{mark}a,b\n".encode(encoding), Refused)


def test_bytes_that_are_no_text_have_their_line() -> None:
    with pytest.raises(Refused, match="line 2: it is not UTF-8 text"):
        decoded("a\nGebühr".encode("latin-1"), Refused)
    assert decoded(b"\xef\xbb\xbfa", Refused) == "a"


@pytest.mark.parametrize("form", READERS)
@given(text=st.text(max_size=40) | st.text('{}[]",:=.\n 01eE-an\\u\ufeff\0', max_size=40))
def test_any_text_is_read_or_refused(form: str, text: str) -> None:
    with contextlib.suppress(Refused):
        READERS[form](text)


plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**99), 10**99)
    | st.text(st.characters(codec="utf-8", exclude_characters="\0")),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("abc户", max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(plain)
def test_sound_json_is_read_as_json_reads_it(data: object) -> None:
    assert read_json("\ufeff" + json.dumps(data), Refused) == data
    assert read_json(json.dumps(data, ensure_ascii=False), Refused) == data


@given(
    st.lists(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0")), min_size=2, max_size=2))
)
def test_sound_csv_is_read_as_csv_reads_it(data: list[list[str]]) -> None:
    out = StringIO(newline="")
    csv.writer(out, lineterminator="\r\n").writerows([["a", "b"], *data])
    assert rows(out.getvalue()) == [["a", "b"], *data]


def test_sound_toml_is_read_as_toml_reads_it() -> None:
    text = 'a = 1\n[b]\nc = ["x", 2024-05-01, true]\n'
    assert read_toml(text, Refused) == tomllib.loads(text)
