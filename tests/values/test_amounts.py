from __future__ import annotations

import pickle
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bankcore.amounts import MAX_QUANTITY, MIN_QUANTITY, Amount, check_quantity, largest_remainder
from bankcore.errors import AmountOverflow, BadAmount, BadTerms, BadUnit, BankcoreError, UnitMismatch
from bankcore.units import Unit

CNY = Unit("CNY/2")
POINT = Unit("POINT/0")

quantities = st.integers(MIN_QUANTITY, MAX_QUANTITY)
units = st.sampled_from([Unit(f"{code}/{scale}") for code in ("CNY", "X1") for scale in range(10)])
weight = st.integers(0, 10**6) | st.fractions(0, 1000, max_denominator=10**6)
weights = st.lists(weight, min_size=1, max_size=12).filter(any)


# --- text -----------------------------------------------------------------------------------------


@given(quantities, units)
def test_text_round_trip(quantity: int, unit: Unit) -> None:
    amount = Amount(quantity, unit)
    assert Amount.parse(str(amount), unit) == amount
    assert Amount.parse(amount.decimal(), unit) == amount
    assert Fraction(amount.decimal()) == Fraction(quantity, 10**unit.scale)


@pytest.mark.parametrize(
    ("text", "unit", "quantity"),
    [
        ("1,234.56", CNY, 123456),
        ("1234.56 CNY", CNY, 123456),
        ("-0.01", CNY, -1),
        ("-0.00", CNY, 0),
        ("+5", CNY, 500),
        ("1.5", CNY, 150),
        ("007", POINT, 7),
        ("92,233,720,368,547,758.07", CNY, MAX_QUANTITY),
        ("-92233720368547758.08", CNY, MIN_QUANTITY),
        ("0.000000001", Unit("BTC/9"), 1),
    ],
)
def test_reads(text: str, unit: Unit, quantity: int) -> None:
    assert Amount.parse(text, unit) == Amount(quantity, unit)


@pytest.mark.parametrize(
    ("quantity", "unit", "text", "plain"),
    [
        (123456, CNY, "1,234.56 CNY", "1234.56"),
        (-5, CNY, "-0.05 CNY", "-0.05"),
        (0, CNY, "0.00 CNY", "0.00"),
        (-1234567, POINT, "-1,234,567 POINT", "-1234567"),
    ],
)
def test_writes(quantity: int, unit: Unit, text: str, plain: str) -> None:
    assert (str(Amount(quantity, unit)), Amount(quantity, unit).decimal()) == (text, plain)


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "1.", ".5", "-", "+", "--1", "+-1", "- 1", "1-", "(1.00)", "1e5", "1E5", "0x10", "1_000"),
        *(
            "NaN",
            "nan",
            "Infinity",
            "inf",
            "1.2.3",
            "1..2",
            "1,23",
            "1,2345",
            ",123",
            "1234,567",
            "1,,234",
            "1,234,5",
        ),
        *(
            " 1",
            "1 ",
            "1\n",
            "\t1",
            "1  CNY",
            "CNY 1",
            "1CNY",
            "1 cny",
            "¥1",
            "١٢",
            "１２",
            "1.005",
            "1.0000",
            "1,234.5,6",
        ),
        *(
            pytest.param("9" * 65, id="65 digits"),
            pytest.param("9" * 10**6, id="long"),
            "1\0",
            "½",
            "²",
            "1/2",
            "50%",
        ),
        *(1, 1.5, True, None, Decimal("1.5"), b"1", Fraction(1), float("nan"), ["1"]),
    ],
)
def test_anything_else_is_no_amount(text: object) -> None:
    with pytest.raises(BadAmount) as refusal:
        Amount.parse(text, CNY)  # type: ignore[arg-type]
    assert len(str(refusal.value)) < 200


@given(st.text(max_size=20) | st.from_regex(r"[-+]?[0-9,.]{1,12}( [A-Z]+)?", fullmatch=True))
def test_any_text_is_read_exactly_or_refused(text: str) -> None:
    try:
        amount = Amount.parse(text, CNY)
    except (BadAmount, UnitMismatch):
        return
    assert Fraction(amount.quantity, 100) == Fraction(text.replace(",", "").removesuffix(" CNY"))


@pytest.mark.parametrize("text", ["92233720368547758.08", "-92233720368547758.09", "9" * 60])
def test_beyond_64_bits(text: str) -> None:
    with pytest.raises(AmountOverflow):
        Amount.parse(text, CNY)


def test_another_code_or_no_unit() -> None:
    with pytest.raises(UnitMismatch):
        Amount.parse("1.00 USD", CNY)
    with pytest.raises(BadUnit):
        Amount.parse("1.00", "CNY")


# --- quantities -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value", [True, False, 1.0, "1", None, Decimal(1), Fraction(1), pytest.param(10**5000, id="huge")]
)
def test_no_quantity(value: object) -> None:
    with pytest.raises(BadAmount) as refusal:
        check_quantity(value)
    assert str(refusal.value)


@given(st.integers())
def test_quantities_are_64_bits(value: int) -> None:
    if MIN_QUANTITY <= value <= MAX_QUANTITY:
        assert check_quantity(value) is value
    else:
        with pytest.raises(AmountOverflow):
            check_quantity(value)


@pytest.mark.parametrize("value", [MIN_QUANTITY - 1, MAX_QUANTITY + 1, 10**30])
def test_one_beyond(value: int) -> None:
    with pytest.raises(AmountOverflow):
        check_quantity(value)


# --- arithmetic -----------------------------------------------------------------------------------


@given(st.integers(-(10**15), 10**15), st.integers(-(10**15), 10**15))
def test_arithmetic_and_order_are_those_of_ints(left: int, right: int) -> None:
    one, other = Amount(left, CNY), Amount(right, CNY)
    assert (one + other).quantity == left + right
    assert (one - other).quantity == left - right
    assert -one == Amount(-left, CNY)
    assert (one < other, one <= other) == (left < right, left <= right)
    assert (one > other, one >= other) == (left > right, left >= right)
    assert (one == other, hash(one) == hash(Amount(left, CNY)), bool(one)) == (left == right, True, left != 0)


@pytest.mark.parametrize("operation", ["__add__", "__sub__", "__lt__", "__le__", "__gt__", "__ge__"])
def test_units_never_mix(operation: str) -> None:
    amount = Amount(1, CNY)
    with pytest.raises(UnitMismatch):
        getattr(amount, operation)(Amount(1, Unit("CNY/3")))
    for stranger in (1, 1.5, True, "1", None):
        with pytest.raises(BadAmount):
            getattr(amount, operation)(stranger)


def test_equality_knows_the_unit() -> None:
    assert Amount(1, CNY) != Amount(1, POINT)
    stranger: object = 1
    assert Amount(1, CNY) != stranger


def test_a_plain_text_unit_is_the_same_unit() -> None:
    assert Amount(1, CNY) + Amount(1, "CNY/2") == Amount(2, CNY)  # type: ignore[arg-type]


def test_sums_stay_in_64_bits() -> None:
    top, bottom = Amount(MAX_QUANTITY, CNY), Amount(MIN_QUANTITY, CNY)
    with pytest.raises(AmountOverflow):
        top + Amount(1, CNY)
    with pytest.raises(AmountOverflow):
        bottom - Amount(1, CNY)
    with pytest.raises(AmountOverflow):
        bottom.__neg__()


def test_amounts_are_frozen_values() -> None:
    amount = Amount(1, CNY)
    with pytest.raises(AttributeError):
        amount.quantity = 2  # type: ignore[misc]
    assert not hasattr(amount, "__dict__")
    assert pickle.loads(pickle.dumps(amount)) == amount


@pytest.mark.parametrize(
    ("question", "error", "told"),
    [
        (lambda: check_quantity(1.5), BadAmount, [1.5]),
        (lambda: check_quantity(2**63), AmountOverflow, [2**63]),
        (lambda: check_quantity(2**999), AmountOverflow, [2**999]),
        (lambda: check_quantity(2**1000), BadAmount, ["an int"]),  # too long to be shown
        (lambda: Amount.parse(5, CNY), BadAmount, [5]),
        (lambda: Amount.parse("9" * 65, CNY), BadAmount, ["9" * 20 + "…"]),
        (lambda: Amount.parse("1e5", CNY), BadAmount, ["1e5"]),
        (lambda: Amount.parse("1.005", CNY), BadAmount, ["1.005"]),
        (lambda: Amount.parse("1 USD", CNY), UnitMismatch, ["CNY", "USD", "amount"]),
        (lambda: Amount(1, CNY) + 1, BadAmount, [1]),
        (lambda: Amount(1, CNY) + Amount(1, POINT), UnitMismatch, [CNY, POINT, "amount"]),
        (lambda: Amount(1, CNY).split(0), BadTerms, ["parts"]),
        (lambda: largest_remainder("100", [1]), BadAmount, ["100"]),
        (lambda: largest_remainder(100, [-1]), BadTerms, ["weights"]),
        (lambda: largest_remainder(100, [0]), BadTerms, ["weights"]),
    ],
)
def test_a_refusal_names_what_it_refuses(
    question: Callable[[], object], error: type[BankcoreError], told: list[object]
) -> None:
    with pytest.raises(error) as refusal:
        question()
    assert [value for name, value in refusal.value.fields().items() if name != "reason"] == told


def test_the_longest_text_and_the_most_parts_are_allowed() -> None:
    assert Amount.parse("1".zfill(64), POINT) == Amount(1, POINT)
    assert len(Amount(1, CNY).split(1_000_000)) == 1_000_000


def test_results_keep_the_unit() -> None:
    five = Amount(5, POINT)
    assert five - Amount(2, POINT) == Amount(3, POINT)
    assert five.split(2) == (Amount(3, POINT), Amount(2, POINT))
    assert five.allocate([1, 4]) == (Amount(1, POINT), Amount(4, POINT))


# --- division -------------------------------------------------------------------------------------


@given(quantities, st.integers(1, 50))
def test_split_is_even_and_complete(quantity: int, parts: int) -> None:
    shares = [share.quantity for share in Amount(quantity, CNY).split(parts)]
    assert len(shares) == parts
    assert sum(shares) == quantity
    assert max(shares) - min(shares) <= 1
    assert shares == sorted(shares, key=abs, reverse=True)
    assert shares == largest_remainder(quantity, [1] * parts)


@pytest.mark.parametrize("parts", [0, -1, True, 1.5, "2", None, 10**6 + 1, pytest.param(10**5000, id="huge")])
def test_no_such_split(parts: object) -> None:
    with pytest.raises(BadTerms) as refusal:
        Amount(1, CNY).split(parts)  # type: ignore[arg-type]
    assert str(refusal.value)


@given(quantities, weights)
def test_allocation_is_complete_and_within_one_of_the_exact_share(
    quantity: int, weights: list[int | Fraction]
) -> None:
    parts = [part.quantity for part in Amount(quantity, CNY).allocate(weights)]
    assert sum(parts) == quantity
    whole = Fraction(sum(weights))
    for part, share in zip(parts, weights, strict=True):
        assert abs(part - quantity * share / whole) < 1
        assert share or not part


@given(st.integers(0, 10**12), weights)
def test_the_largest_remainders_gain_and_ties_go_by_list_order(
    total: int, weights: list[int | Fraction]
) -> None:
    whole = Fraction(sum(weights))
    exact = [total * share / whole for share in weights]
    gains = [part - share // 1 for part, share in zip(largest_remainder(total, weights), exact, strict=True)]
    assert set(gains) <= {0, 1}
    order = sorted(range(len(exact)), key=lambda index: (-(exact[index] % 1), index))
    assert [gains[index] for index in order] == sorted(gains, reverse=True)


@given(quantities, weights, st.fractions(Fraction(1, 1000), 1000))
def test_only_the_proportion_of_weights_counts(
    total: int, weights: list[int | Fraction], factor: Fraction
) -> None:
    assert largest_remainder(total, weights) == largest_remainder(total, [w * factor for w in weights])
    assert largest_remainder(-total, weights) == [-part for part in largest_remainder(total, weights)]


def test_a_pool_by_day_weighted_balances() -> None:
    assert largest_remainder(10_001, [7 * 100_000, 7 * 300_000, 7 * 300_000 - 3]) == [1429, 4286, 4286]


@pytest.mark.parametrize("weights", [[], [0], [0, Fraction(0)], [1, -1], [True], [1.0], ["1"], [None]])
def test_no_such_weights(weights: list[int]) -> None:
    with pytest.raises(BadTerms):
        largest_remainder(100, weights)


@pytest.mark.parametrize("total", [1.0, True, "100"])
def test_no_such_total(total: int) -> None:
    with pytest.raises(BadAmount):
        largest_remainder(total, [1])


@pytest.mark.parametrize("quantity", [1.5, None, True, "1", 2.0])
def test_a_quantity_is_an_int(quantity: Any) -> None:
    with pytest.raises(BadAmount):
        Amount(quantity, Unit("CNY/2"))


@pytest.mark.parametrize("weights", [None, 5, {1, 2}, object()])
def test_weights_are_a_sequence(weights: Any) -> None:
    with pytest.raises(BadTerms):
        Amount(100, Unit("CNY/2")).allocate(weights)
