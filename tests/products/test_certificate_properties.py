"""Properties of interest, shares and exits that hold for any amounts, rates and dates."""

from __future__ import annotations

import itertools
from datetime import date, timedelta
from fractions import Fraction

from hypothesis import assume, given
from hypothesis import strategies as st

from bankcore.amounts import largest_remainder
from bankcore.calendars import add_months
from bankcore.product.interest import Term, at_rate
from bankcore.products.certificate import CertificateTerms
from bankcore.rates import Accrual, Rate, round_half_up

TERMS = CertificateTerms()
days = st.dates(date(2000, 1, 1), date(2060, 12, 31))
months = st.sampled_from([3, 6, 12, 24, 36, 60])
rates = st.integers(35, 2_400).map(lambda basis_points: Rate(Fraction(basis_points, 10_000)))
shares = st.lists(st.integers(1_00, 100_000_00), min_size=2, max_size=20)


def by_term(principal: int, rate: Rate, start: date, end: date) -> Fraction:
    return Term(rate, start, end).earned(principal, end)


@given(shares, rates, days, months)
def test_b3_each_share_is_near_its_exact_interest(held: list[int], rate: Rate, start: date, n: int) -> None:
    exact = by_term(sum(held), rate, start, add_months(start, n))
    parts = largest_remainder(round_half_up(exact), held)
    assert sum(parts) == round_half_up(exact)
    assert exact == sum(held) * rate.fraction * n / 12
    for share, part in zip(held, parts, strict=True):
        assert abs(part - share * rate.fraction * n / 12) < Fraction(3, 2)
    ordered = sorted(zip(held, parts, strict=True))
    assert all(less[1] <= more[1] for less, more in itertools.pairwise(ordered) if less[0] < more[0])


@given(st.integers(50_00, 5_000_000_00), rates, days, months, st.lists(st.integers(0, 2_000), max_size=10))
def test_b5_any_accrual_dates_come_to_the_same(
    principal: int, rate: Rate, start: date, n: int, offsets: list[int]
) -> None:
    end, posted = add_months(start, n), 0
    for offset in sorted(offsets):
        through = min(start + timedelta(days=offset), end)
        due = Accrual(by_term(principal, rate, start, through), posted).due()
        assert due >= 0
        posted += due
    posted += Accrual(by_term(principal, rate, start, end), posted).due()
    assert posted == round_half_up(by_term(principal, rate, start, end))


@given(shares, st.integers(0, 19), rates, days, months)
def test_b6_one_exit_hardly_changes_what_others_get(
    held: list[int], leaving: int, rate: Rate, start: date, n: int
) -> None:
    assume(leaving < len(held))
    end = add_months(start, n)
    before = largest_remainder(round_half_up(by_term(sum(held), rate, start, end)), held)
    staying = [*held[:leaving], *held[leaving + 1 :]]
    after = largest_remainder(round_half_up(by_term(sum(staying), rate, start, end)), staying)
    kept = [*before[:leaving], *before[leaving + 1 :]]
    assert all(abs(now - then) <= 1 for now, then in zip(after, kept, strict=True))


@given(st.integers(1, 5_000_000_00), rates, days, months, st.integers(0, 2_000))
def test_b7_an_exit_never_earns_more_than_maturity(
    amount: int, rate: Rate, start: date, n: int, offset: int
) -> None:
    end = add_months(start, n)
    left = start + timedelta(days=offset)
    assume(left < end)
    assume(rate.fraction * 360 >= TERMS.demand_rate.fraction * 366)  # a term that is worth its wait
    assert round_half_up(at_rate(amount, TERMS.demand_rate, start, left)) <= round_half_up(
        by_term(amount, rate, start, end)
    )


@given(st.integers(50_00, 5_000_000_00), st.integers(1, 100_000_00), months)
def test_b8_more_in_total_never_earns_less(total: int, more: int, n: int) -> None:
    start = date(2024, 1, 31)
    base = TERMS.products[0][2].fraction

    def interest(total: int) -> int:
        rate = Rate(base * TERMS.tiers.rate_for(total).fraction)
        return round_half_up(by_term(total, rate, start, add_months(start, n)))

    assert interest(total) <= interest(total + more)
