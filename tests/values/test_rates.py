from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bankcore.errors import (
    AmountOverflow,
    BadAmount,
    BadRate,
    BadTerms,
    BankcoreError,
    InputError,
    UnknownName,
)
from bankcore.rates import (
    Accrual,
    Rate,
    Share,
    TierMode,
    Tiers,
    annuity_payment,
    compound_factor,
    fraction_text,
    level_payment,
    parse_fraction,
    round_down,
    round_half_up,
)

INEXACT = [1.5, True, "1", None, Decimal("1.5"), float("nan")]

fractions = st.fractions() | st.integers()
halves = st.integers().map(lambda n: Fraction(2 * n + 1, 2))
rates = st.fractions(0, 1, max_denominator=10**6)


@st.composite
def tier_steps(draw: st.DrawFn) -> list[tuple[int, Rate]]:
    starts = draw(st.sets(st.integers(1, 10**9), max_size=6))
    return [(start, Rate(draw(rates))) for start in [0, *sorted(starts)]]


# --- rounding -------------------------------------------------------------------------------------


@given(fractions | halves)
def test_rounding_half_up_is_nearest_and_symmetric(value: Fraction | int) -> None:
    rounded = round_half_up(value)
    assert type(rounded) is int
    assert round_half_up(-value) == -rounded
    distance = abs(rounded) - abs(Fraction(value))
    assert -Fraction(1, 2) < distance <= Fraction(1, 2)


@given(fractions)
def test_rounding_down_is_the_floor(value: Fraction | int) -> None:
    assert type(round_down(value)) is int
    assert 0 <= value - round_down(value) < 1


@pytest.mark.parametrize("value", INEXACT)
def test_only_exact_numbers_are_rounded(value: Fraction) -> None:
    for use in (round_half_up, round_down, fraction_text, Accrual().add):
        with pytest.raises(BadAmount):
            use(value)


# --- rates as text --------------------------------------------------------------------------------


@given(st.fractions())
def test_fraction_text_round_trip(value: Fraction) -> None:
    assert parse_fraction(fraction_text(value)) == value


@given(st.fractions() | st.decimals(-100, 100, places=6).map(Fraction))
def test_rate_text_round_trip(value: Fraction) -> None:
    assert Rate.parse(str(Rate(value))) == Rate(value)


@pytest.mark.parametrize(
    ("text", "fraction", "shown"),
    [
        ("4.30%", Fraction(43, 1000), "4.3%"),
        ("0.043", Fraction(43, 1000), "4.3%"),
        ("43/1000", Fraction(43, 1000), "4.3%"),
        ("3‰", Fraction(3, 1000), "0.3%"),
        ("-0.5%", Fraction(-1, 200), "-0.5%"),
        ("+1", Fraction(1), "100%"),
        ("0", Fraction(0), "0%"),
        ("2/6", Fraction(1, 3), "1/3"),
        ("0.000000000001%", Fraction(1, 10**14), "0.000000000001%"),
        ("0.0000000000001%", Fraction(1, 10**15), "1/1000000000000000"),
        pytest.param("1".zfill(4000), Fraction(1), "100%", id="longest"),
    ],
)
def test_reads_and_writes_rates(text: str, fraction: Fraction, shown: str) -> None:
    rate = Rate.parse(text)
    assert (rate.fraction, str(rate)) == (fraction, shown)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "%",
            ".5",
            "5.",
            "1e5",
            "1e-5",
            "NaN",
            "inf",
            " 1%",
            "1% ",
            "1 %",
            "1%\n",
            "1,000%",
            "--1",
            "1%%",
        ),
        *(
            "1/0",
            "0/0",
            "1/-2",
            "1/2/3",
            "1.5/2",
            "1/2%",
            "٤%",
            "４%",
            pytest.param("9" * 4001, id="4001 digits"),
            pytest.param("1/" + "9" * 4000, id="long denominator"),
            pytest.param("9" * 4000, id="4000 digits"),
        ),
        *(0.043, 1, True, None, Decimal("0.043"), b"4%", Fraction(1, 2)),
    ],
)
def test_anything_else_is_no_rate(text: object) -> None:
    with pytest.raises(BadRate) as refusal:
        Rate.parse(text)  # type: ignore[arg-type]
    assert len(str(refusal.value)) < 150


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        "1/0",
        "50%",
        "0.5",
        " 1/2",
        "1/2\n",
        "1 / 2",
        "x/y",
        0.5,
        None,
        pytest.param("1" * 4001, id="long"),
    ],
)
def test_no_stored_fraction(text: str) -> None:
    with pytest.raises(BadRate):
        parse_fraction(text)


def test_what_cannot_be_read_again_is_not_written() -> None:
    widest = Fraction(2**6000 - 1, 2**6000 - 3)
    assert parse_fraction(fraction_text(widest)) == widest
    with pytest.raises(BadRate):
        fraction_text(Fraction(1, 2**6000))


@pytest.mark.parametrize("value", [*INEXACT, pytest.param(10**5000, id="huge")])
def test_a_rate_is_made_of_an_exact_number(value: Fraction) -> None:
    with pytest.raises(BadRate) as refusal:
        Rate(value)
    assert str(refusal.value)


def test_a_whole_number_is_a_rate() -> None:
    assert Rate(1) == Rate.parse("100%")  # type: ignore[arg-type]
    assert type(Rate(1).fraction) is Fraction  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("question", "error", "told"),
    [
        (lambda: round_down(1.5), BadAmount, [1.5]),
        (lambda: parse_fraction("x" * 50), BadRate, ["x" * 40]),
        (lambda: parse_fraction("1" * 50 + "/0"), BadRate, ["1" * 40]),
        (lambda: parse_fraction(0.5), BadRate, [0.5]),
        (lambda: Rate.parse("9" * 4001), BadRate, ["9" * 20 + "…"]),
        (lambda: Rate.parse("x" * 50), BadRate, ["x" * 40]),
        (lambda: Rate("1"), BadRate, ["1"]),
        (lambda: Share.parse("101%"), BadRate, ["101%"]),
        (lambda: TierMode("s" * 50), UnknownName, ["tier mode", "s" * 40, "whole, marginal"]),
        (lambda: Tiers.of(5), BadTerms, ["tiers"]),
        (lambda: Tiers.of([]), BadTerms, ["tiers"]),
        (lambda: Tiers.of([(0, "0"), (0, "1%")]), BadTerms, ["tiers"]),
        (lambda: Tiers.of([(0,)]), BadTerms, ["tiers"]),
        (lambda: Tiers.of([(0, "0")]).apply(-1), BadAmount, [-1]),
        (lambda: annuity_payment(1, Fraction(0), 0), BadTerms, ["periods"]),
        (lambda: compound_factor(Fraction(-1), 1), BadTerms, ["rate"]),
        (lambda: compound_factor(Fraction(0), -1), BadTerms, ["periods"]),
        (lambda: compound_factor(2**999 - 1, 1001), BadTerms, ["rate"]),
    ],
)
def test_a_refusal_names_what_it_refuses(
    question: Callable[[], object], error: type[BankcoreError], told: list[object]
) -> None:
    with pytest.raises(error) as refusal:
        question()
    assert [value for name, value in refusal.value.fields().items() if name != "reason"] == told


def test_a_share_is_a_rate_from_0_to_1() -> None:
    assert [str(Share.parse(text)) for text in ("0", "1/3", "100%")] == ["0%", "1/3", "100%"]
    assert type(Share.parse("5%")) is Share
    for outside in ("-1/1000000", "1000001/1000000", "101%"):
        with pytest.raises(BadRate):
            Share.parse(outside)


# --- tiers ----------------------------------------------------------------------------------------


@given(tier_steps(), st.sampled_from(TierMode), st.data())
def test_tiers_are_half_open(steps: list[tuple[int, Rate]], mode: TierMode, data: st.DataObject) -> None:
    tiers = Tiers.of(steps, mode)
    for (start, rate), (following, _) in zip(steps, [*steps[1:], (2 * 10**9, None)], strict=True):
        assert tiers.rate_for(start) == rate
        assert tiers.rate_for(following - 1) == rate
        assert tiers.rate_for(data.draw(st.integers(start, following - 1))) == rate


@given(tier_steps(), st.integers(0, 2 * 10**9))
def test_whole_tiers_pay_one_rate_on_all(steps: list[tuple[int, Rate]], quantity: int) -> None:
    tiers = Tiers.of(steps)
    assert tiers.apply(quantity) == quantity * tiers.rate_for(quantity).fraction


@given(tier_steps(), st.integers(1, 2 * 10**9), st.data())
def test_marginal_tiers_are_continuous(
    steps: list[tuple[int, Rate]], quantity: int, data: st.DataObject
) -> None:
    tiers = Tiers.of(steps, "marginal")
    assert tiers.apply(0) == 0
    for point in {quantity, data.draw(st.sampled_from(steps))[0] + 1}:
        assert tiers.apply(point) - tiers.apply(point - 1) == tiers.rate_for(point - 1).fraction


@pytest.mark.parametrize(
    ("mode", "yields"),
    [("whole", [0, Fraction(150_000, 100), 5_000]), ("marginal", [0, 0, 1_500])],
)
def test_bonus_tiers(mode: str, yields: list[Fraction]) -> None:
    tiers = Tiers.of([(0, "0"), (50_000, "3%"), (100_000, Rate.parse("5%"))], mode)
    assert [tiers.apply(quantity) for quantity in (49_999, 50_000, 100_000)] == yields


@pytest.mark.parametrize(
    "steps",
    [
        *([], [(1, "0")], [(0, "0"), (0, "1%")], [(0, "0"), (9, "1%"), (5, "2%")], [(-1, "0"), (0, "1%")]),
        *(
            [(0, "x")],
            [(0.0, "0")],
            [(True, "0")],
            [("0", "0")],
            [(0,)],
            [(0, "0", "1")],
            [(0, 0.03)],
            [0],
            ["00"],
        ),
        *([(0, "0"), (2**63, "1%")], None, 5, "0"),
    ],
)
def test_no_such_tiers(steps: list[tuple[int, str]]) -> None:
    with pytest.raises(InputError):
        Tiers.of(steps)


@pytest.mark.parametrize("mode", ["slab", None, []])
def test_no_such_tier_mode(mode: str) -> None:
    with pytest.raises(UnknownName, match="whole, marginal"):
        Tiers.of([(0, "0")], mode)


@pytest.mark.parametrize("quantity", [-1, 1.0, True, "1"])
def test_no_quantity_of_any_tier(quantity: int) -> None:
    with pytest.raises(BadAmount):
        Tiers.of([(0, "0")]).rate_for(quantity)


def test_tiers_hold_64_bits() -> None:
    with pytest.raises(AmountOverflow):
        Tiers.of([(0, "0")]).apply(2**63)


# --- accrual --------------------------------------------------------------------------------------


@given(st.lists(st.tuples(fractions, st.booleans())))
def test_posting_by_day_by_month_or_once_comes_to_the_same(stream: list[tuple[Fraction, bool]]) -> None:
    daily = irregular = at_once = Accrual()
    for amount, post in stream:
        daily, _ = daily.add(amount).post()
        irregular = irregular.add(amount)
        if post:
            irregular, _ = irregular.post()
        at_once = at_once.add(amount)
        assert abs(daily.posted - daily.exact) <= Fraction(1, 2)
    assert daily == irregular.post()[0] == at_once.post()[0]


@given(st.lists(fractions))
def test_the_dues_sum_to_what_is_posted(stream: list[Fraction]) -> None:
    accrual, dues = Accrual(), 0
    for amount in stream:
        accrual, due = accrual.add(amount).post()
        dues += due
        assert accrual.due() == 0
    assert dues == accrual.posted == round_half_up(sum(stream, Fraction(0)))


def test_a_week_of_daily_yield_carries_the_remainder() -> None:
    accrual, balance, dues = Accrual(), 123_456, []
    for _ in range(7):
        accrual, due = accrual.add(balance * Rate.parse("4.30%").fraction / 365).post()
        balance += due
        dues.append(due)
    assert dues == [15, 14, 15, 14, 15, 14, 15]


# --- loans and compounding ------------------------------------------------------------------------


@given(st.integers(1, 10**10), st.fractions(0, Fraction(1, 5), max_denominator=10**4), st.integers(1, 60))
def test_the_annuity_repays_the_principal_exactly(principal: int, rate: Fraction, periods: int) -> None:
    balance = Fraction(principal)
    for _ in range(periods):
        balance = balance * (1 + rate) - annuity_payment(principal, rate, periods)
    assert balance == 0


def test_a_century_of_days_and_a_million_bits_are_allowed() -> None:
    assert annuity_payment(36_600, Fraction(0), 36_600) == 1
    assert compound_factor(Fraction(0), 36_600) == 1
    assert compound_factor(2**999 - 1, 1000) == 2**999_000


@pytest.mark.parametrize("periods", [0, -1, 36_601, True, 1.0, pytest.param(10**5000, id="huge")])
def test_no_such_number_of_payments(periods: int) -> None:
    with pytest.raises(BadTerms) as refusal:
        annuity_payment(100, Fraction(1, 100), periods)
    assert str(refusal.value)


@given(st.fractions(-Fraction(1, 2), 2, max_denominator=1000), st.integers(0, 30), st.integers(2, 5))
def test_a_root_compounds_back(rate: Fraction, periods: int, parts: int) -> None:
    part = compound_factor(rate, Fraction(periods, parts))
    assert abs(part**parts / compound_factor(rate, periods) - 1) < Fraction(1, 10**50)


@pytest.mark.parametrize(
    ("rate", "periods"),
    [
        *((Fraction(-1), 2), (Fraction(1), -1), (Fraction(1), 36_601), (Fraction(1, 2**5000), 1000)),
        pytest.param(-(10**5000), 1, id="huge rate"),
        pytest.param(1, 10**5000, id="huge periods"),
        pytest.param(10**1800, Fraction(99_999, 7), id="huge power"),
    ],
)
def test_no_such_compounding(rate: Fraction, periods: Fraction) -> None:
    with pytest.raises(BadTerms) as refusal:
        compound_factor(rate, periods)
    assert str(refusal.value)


@pytest.mark.parametrize("number", INEXACT)
def test_compounding_is_exact(number: Fraction) -> None:
    for arguments in ((number, 2), (Fraction(1, 10), number)):
        with pytest.raises(BadAmount):
            compound_factor(*arguments)
    with pytest.raises(BadAmount):
        annuity_payment(100, number, 2)
    with pytest.raises(BadAmount):
        annuity_payment(number, Fraction(1, 100), 2)  # type: ignore[arg-type]


@pytest.mark.parametrize("rates", [[], [Fraction(-1, 100)], [Fraction(1, 10**40)] * 36_600])
def test_level_payments_need_usable_rates(rates: list[Fraction]) -> None:
    with pytest.raises(BadTerms):
        level_payment(100_00, rates)
