"""Personal data is shown masked, whatever its shape."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bankcore.products.personal import mask, masked


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("张", "*"),
        ("张三", "张*"),
        ("欧阳 修", "欧* *"),
        ("1381234567", "********67"),
        ("+86-138-1234-5678", "+86**********5678"),
        ("E12345678", "*******78"),
        ("a@b.cn", "*@b.cn"),
        ("Li Lei；13812345678", "L* L**；138****5678"),
        ("", ""),
    ],
)
def test_masks(text: str, shown: str) -> None:
    assert mask(text) == shown


@given(st.text(min_size=1))
def test_no_word_stays_readable(text: str) -> None:
    hidden = mask(text)
    assert len(hidden) == len(text)
    assert all("*" in word for word in hidden.split() if word.strip(",;，；、"))


def test_whole_tables_are_masked_at_any_depth() -> None:
    data = {
        "id": 7,
        "facts": [
            {"personal": {"name": "Li Lei", "ids": ["13812345678"], "n": 12345, "ok": True, "no": None}}
        ],
        "personal": "Han Mei",
    }
    assert masked(data) == {
        "id": 7,
        "facts": [
            {"personal": {"name": "L* L**", "ids": ["138****5678"], "n": "***45", "ok": True, "no": None}}
        ],
        "personal": "H** M**",
    }
