"""The terms of a wealth programme: defaults, bounds, plain data, and what they compute."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bankcore.calendars import DayCount, Period, Roll
from bankcore.errors import BadTerms
from bankcore.products.wallet import WalletTerms
from bankcore.products.wallet.programmes import Profile, Settlement, SweepMode, YieldMode
from bankcore.rates import Rate, TierMode, Tiers, round_half_up

DEFAULTS = {
    "unit": "CNY/2",
    "profile": "none",
    "threshold": "50000.00",
    "preset": "20000.00",
    "sweep": "once",
    "partial_sweep": True,
    "bonus_tiers": [["0.00", "0%"], ["500.00", "3%"], ["1000.00", "5%"]],
    "bonus_mode": "whole",
    "yield_mode": "rate",
    "yield_rate": "3%",
    "interval": "1D",
    "hours": None,
    "basis": "ACT/365F",
    "eligible": ["bonus", "principal", "vested", "yield"],
    "roll": "calendar",
    "calendar": "WEEKENDS",
    "past_calendar": "refuse",
    "merchant_fee": "0.6%",
    "settlement": "manual",
    "ring_fence_third_party": True,
    "value_back": 30,
    "balance_cap": None,
    "max_due": None,
}


def test_defaults() -> None:
    assert WalletTerms().as_data() == DEFAULTS
    assert WalletTerms.from_data({}) == WalletTerms()


def test_every_term_reads_from_text_and_comes_back() -> None:
    data = {
        "unit": "USD/3",
        "profile": "PREPAID_CN",
        "threshold": "1,000.005",
        "preset": "0.001",
        "sweep": "TOP_UP",
        "partial_sweep": "false",
        "bonus_tiers": [["0", "0"], ["10", "1/3%"]],
        "bonus_mode": "MARGINAL",
        "yield_mode": "POOL",
        "yield_rate": "15%",
        "interval": "12M",
        "basis": "act/360",
        "eligible": ["principal"],
        "roll": "MODIFIED_FOLLOWING",
        "calendar": "CN-IB",
        "merchant_fee": "5%",
        "settlement": "DAILY",
        "ring_fence_third_party": False,
        "balance_cap": "5,000",
        "max_due": "0",
        "hours": 6,
    }
    data["bonus_tiers"] = [["0", "0"], ["10", "1/30"]]
    terms = WalletTerms.from_data(data)
    assert (terms.threshold, terms.preset, terms.balance_cap, terms.max_due) == (1_000_005, 1, 5_000_000, 0)
    assert (terms.profile, terms.sweep, terms.yield_mode) == (
        Profile.PREPAID_CN,
        SweepMode.TOP_UP,
        YieldMode.POOL,
    )
    assert (terms.bonus_mode, terms.basis, terms.roll) == (
        TierMode.MARGINAL,
        DayCount.ACT_360,
        Roll.MODIFIED_FOLLOWING,
    )
    assert (terms.interval, terms.settlement, terms.partial_sweep) == (
        Period(12, "M"),
        Settlement.DAILY,
        False,
    )
    assert WalletTerms.from_data(terms.as_data()) == terms


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("unit", "yuan"),
        ("unit", 2),
        ("profile", "mars"),
        ("threshold", "-0.01"),
        ("threshold", 50_000),
        ("threshold", None),
        ("threshold", "99,999,999,999,999,999.99"),
        ("preset", "0"),
        ("preset", "0.001"),
        ("sweep", "TWICE"),
        ("sweep", 1),
        ("partial_sweep", 1),
        ("partial_sweep", "perhaps"),
        ("partial_sweep", []),
        ("bonus_tiers", []),
        ("bonus_tiers", "3%"),
        ("bonus_tiers", [["0"]]),
        ("bonus_tiers", [["0", "20.01%"]]),
        ("bonus_tiers", [["0", "-1%"]]),
        ("bonus_tiers", [["100", "1%"]]),
        ("bonus_tiers", [["0", "1%"], ["0", "2%"]]),
        ("bonus_tiers", [["0", 3]]),
        ("bonus_mode", "half"),
        ("yield_mode", "gift"),
        ("yield_rate", "15.01%"),
        ("yield_rate", "-1%"),
        ("yield_rate", 3),
        ("yield_rate", "1/1000000000001"),
        ("interval", "13M"),
        ("interval", "367D"),
        ("interval", "2Y"),
        ("interval", "0D"),
        ("interval", 1),
        ("basis", "30E/360"),
        ("eligible", ["gold"]),
        ("eligible", [["yield"]]),
        ("eligible", "yield"),
        ("eligible", ["yield", "yield"]),
        ("roll", "somewhere"),
        ("calendar", "MOON"),
        ("calendar", 7),
        ("merchant_fee", "5.01%"),
        ("merchant_fee", "0.0000000000001"),
        ("settlement", "hourly"),
        ("ring_fence_third_party", None),
        ("balance_cap", "-1"),
        ("max_due", 7),
        ("surprise", "1"),
    ],
)
def test_a_bad_term_is_refused_by_its_name(name: str, value: Any) -> None:
    with pytest.raises(BadTerms) as caught:
        WalletTerms.from_data({name: value})
    assert caught.value.field == name


def test_terms_are_a_table() -> None:
    with pytest.raises(BadTerms):
        WalletTerms.from_data([("unit", "CNY/2")])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("threshold", True),
        ("threshold", "1"),
        ("balance_cap", -1),
        ("hours", 5),
        ("hours", 24),
        ("hours", True),
        ("unit", "CNY/2"),
        ("interval", "1D"),
        ("bonus_tiers", ()),
        ("bonus_tiers", Tiers.of([(0, "21%")])),
        ("yield_rate", Rate.parse("16%")),
        ("eligible", ["yield"]),
    ],
)
def test_the_constructor_checks_too(name: str, value: Any) -> None:
    with pytest.raises(BadTerms) as caught:
        WalletTerms(**{name: value})
    assert caught.value.field == name


@pytest.mark.parametrize(
    ("amount", "whole", "marginal"),
    [
        (499_99, 0, 0),
        (500_00, 15_00, 0),
        (888_88, 26_67, 11_67),
        (999_99, 30_00, 15_00),
        (1_000_00, 50_00, 15_00),
        (1_000_10, 50_01, 15_01),
    ],
)
def test_bonus_by_tier(amount: int, whole: int, marginal: int) -> None:
    assert round_half_up(WalletTerms().bonus(amount)) == whole
    assert round_half_up(WalletTerms(bonus_mode=TierMode.MARGINAL).bonus(amount)) == marginal


@pytest.mark.parametrize(
    ("sweep", "partial", "reserve", "service", "expected"),
    [
        ("once", True, 100, 500, (0, 0)),
        ("once", True, 99, 500, (40, 1)),
        ("once", True, 99, 39, (39, 1)),
        ("once", True, 99, 0, (0, 0)),
        ("once", False, 99, 39, (0, 0)),
        ("once", False, 99, 40, (40, 1)),
        ("until", True, 60, 500, (40, 1)),
        ("until", True, 59, 500, (80, 2)),
        ("until", True, 0, 90, (90, 3)),
        ("until", False, 0, 90, (80, 2)),
        ("top-up", True, 0, 500, (100, 1)),
        ("top-up", True, 0, 70, (70, 1)),
        ("top-up", False, 0, 70, (0, 0)),
        ("top-up", False, 99, 70, (1, 1)),
    ],
)
def test_sweeps(sweep: str, partial: bool, reserve: int, service: int, expected: tuple[int, int]) -> None:
    terms = WalletTerms(threshold=100, preset=40, sweep=SweepMode(sweep), partial_sweep=partial)
    assert terms.sweep_of(reserve, service) == expected


@given(
    sweep=st.sampled_from(SweepMode),
    partial=st.booleans(),
    threshold=st.integers(0, 300),
    preset=st.integers(1, 90),
    reserve=st.integers(0, 300),
    service=st.integers(0, 300),
)
def test_a_sweep_is_what_repeating_it_by_hand_comes_to(
    sweep: SweepMode, partial: bool, threshold: int, preset: int, reserve: int, service: int
) -> None:
    terms = WalletTerms(threshold=threshold, preset=preset, sweep=sweep, partial_sweep=partial)
    level, left, times = reserve, service, 0
    while level < threshold and left and (sweep is SweepMode.UNTIL or times == 0):
        size = threshold - level if sweep is SweepMode.TOP_UP else preset
        part = min(size, left)
        if part < size and not partial:
            break
        level, left, times = level + part, left - part, times + 1
    assert terms.sweep_of(reserve, service) == (service - left, times)


def test_caps_and_holding_months_of_the_prepaid_profile() -> None:
    registered_on = date(2024, 11, 30)
    free, legal = WalletTerms(), WalletTerms(profile=Profile.PREPAID_CN)
    assert (free.cap(False), free.cap(True), free.withdrawable_from(registered_on)) == (
        None,
        None,
        registered_on,
    )
    assert (legal.cap(False), legal.cap(True)) == (5_000_00, 1_000_00)
    assert legal.withdrawable_from(registered_on) == date(2025, 2, 28)
    assert WalletTerms(profile=Profile.PREPAID_CN, balance_cap=2_000_00).cap(False) == 2_000_00
    assert WalletTerms(balance_cap=7).cap(True) == 7
