from __future__ import annotations

import copy
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bankcore.errors import BadUnit, InputError
from bankcore.units import Unit


@given(st.from_regex(r"[A-Z][A-Z0-9]{0,11}/[0-9]", fullmatch=True))
def test_equal_texts_are_one_unit(text: str) -> None:
    unit = Unit.parse(text)
    assert unit is Unit("".join(list(text)))
    assert unit == text
    assert f"{unit.code}/{unit.scale}" == text


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "CNY",
            "CNY/",
            "/2",
            "cny/2",
            "CNY/10",
            "CNY/-1",
            "CNY /2",
            " CNY/2",
            "CNY/2 ",
            "CNY/2\n",
            "9CNY/2",
        ),
        *(
            "A" * 13 + "/2",
            "CNY/٢",
            "ＣNY/2",
            "CNY/2/2",
            "CNY\0/2",
            pytest.param("A" * 10**6, id="long"),
            2,
            None,
            b"CNY/2",
            1.5,
            ["CNY/2"],
        ),
    ],
)
def test_anything_else_is_refused(text: object) -> None:
    with pytest.raises(BadUnit) as refusal:
        Unit(text)  # type: ignore[arg-type]
    assert isinstance(refusal.value, InputError)
    assert len(str(refusal.value)) < 150


def test_a_unit_survives_pickle_and_copy_as_the_same_object() -> None:
    unit = Unit("POINT/0")
    assert pickle.loads(pickle.dumps(unit)) is unit
    assert copy.deepcopy(unit) is unit
    assert repr(unit) == "Unit('POINT/0')"


def test_a_unit_cannot_change() -> None:
    with pytest.raises(AttributeError):
        Unit("CNY/2").scale = 3  # type: ignore[misc]
