"""What holds for every sequence of orders and refunds, every limit and every expiry."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from math import floor
from typing import Any

from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.products.club import Club

from bankcore.products.credit import CreditTerms
from bankcore.products.credit.lines import Line
from bankcore.products.credit.programmes import Tariff
from bankcore.products.points import AgreementTerms, PointsTerms, SignAgreement
from bankcore.rates import Rate

days = st.dates(date(1990, 1, 1), date(2090, 12, 31))
rates = st.sampled_from(["1", "3/2", "1/3", "10", "7/13"])
fen = st.integers(1, 50_000)


def text(quantity: int) -> str:
    return f"{quantity // 100}.{quantity % 100:02}"


@settings(max_examples=30)
@given(
    rate=rates,
    prices=st.lists(fen, min_size=1, max_size=4),
    refunds=st.lists(st.tuples(st.integers(0, 3), st.fractions(0, 1)), max_size=4),
    data=st.data(),
)
def test_points_do_not_depend_on_the_order_of_orders_and_refunds(
    rate: str, prices: list[int], refunds: list[tuple[int, Fraction]], data: Any
) -> None:
    """C3 and C9: net points are the floor of net spend, in whatever order it came about."""
    left, steps = list(prices), [(place, 0) for place in range(len(prices))]
    for place, share in refunds:
        place %= len(prices)
        if part := floor(left[place] * share):
            left[place] -= part
            steps.append((place, part))
    book = Club(agreed={"rate": rate, "credit_rate": "1/8"})
    book.pay_in(c="10,000.00", g="10,000.00")
    placed: set[int] = set()
    waiting = list(data.draw(st.permutations(steps)))
    while waiting:
        place, part = next(step for step in waiting if not step[1] or step[0] in placed)
        waiting.remove((place, part))
        if part:
            book.refund(f"o{place}", text(part))
        else:
            book.order(text(prices[place]), f"o{place}")
            placed.add(place)
    earned = floor(Fraction(rate) * Fraction(sum(left), 100))
    assert book.points() == earned
    assert book.balance("points:p:provider:g:credit") == earned // 8
    assert book.sound()


def test_slicing_an_order_across_agreements_signed_anew_earns_as_much_as_one() -> None:
    """P2: six times 0.99 earn five points, whatever is signed in between."""
    book = Club()
    book.pay_in(c="10.00", g="10.00")
    for _ in range(6):
        book.do(SignAgreement("p", "g"))
        book.order("0.99")
    assert book.points() == 5
    assert book.sound()


@settings(max_examples=30)
@given(
    versions=st.lists(st.tuples(rates, st.sampled_from(["0", "1/8", "1"])), min_size=1, max_size=4),
    prices=st.lists(st.tuples(st.integers(0, 3), st.integers(1, 400)), min_size=1, max_size=6),
    cycles=st.lists(st.tuples(st.integers(0, 3), st.integers(1, 400)), max_size=4),
    data=st.data(),
)
def test_orders_that_are_returned_gain_nobody_anything(
    versions: list[tuple[str, str]],
    prices: list[tuple[int, int]],
    cycles: list[tuple[int, int]],
    data: Any,
) -> None:
    """P2: with an agreement signed anew before any order, what stays is what the orders that stay earn."""
    book = Club()
    book.pay_in(c="10,000.00", g="10,000.00")
    signed, rate = 0, Fraction(1)

    def order(version: int, price: int) -> Fraction:
        nonlocal signed, rate
        if version < len(versions):
            rate = Fraction(versions[version][0])
            agreed = {"rate": versions[version][0], "credit_rate": versions[version][1]}
            book.do(SignAgreement("p", "g", terms=agreed))
        book.order(text(price), f"o{signed}")
        signed += 1
        return rate * Fraction(price, 100)

    earned = sum((order(*it) for it in prices), Fraction(0))
    before = book.balances()
    assert book.points() == floor(earned)
    first = signed
    for it in cycles:
        order(*it)
    for nth in data.draw(st.permutations(range(first, signed))):
        book.refund(f"o{nth}", text(cycles[nth - first][1]))
        assert book.sound()
    assert book.balances() == before


@given(price=fen, today=fen, order_cap=st.none() | fen, day_cap=st.none() | fen)
def test_caps_never_give_more(price: int, today: int, order_cap: int | None, day_cap: int | None) -> None:
    counted = AgreementTerms(order_cap=order_cap, day_cap=day_cap).counted(price, today)
    assert 0 <= counted <= price
    assert order_cap is None or counted <= order_cap
    assert day_cap is None or counted <= max(day_cap - today, 0)


@given(issued=days, years=st.integers(1, 50), months=st.integers(1, 600))
def test_points_expire_at_the_end_of_a_year_or_month_and_later_ones_no_earlier(
    issued: date, years: int, months: int
) -> None:
    year = PointsTerms(expiry_years=years).expiry_of(issued)
    assert (year.year - issued.year, year.month, year.day) == (years - 1, 12, 31)
    rolling = PointsTerms.from_data({"expiry": "rolling", "expiry_months": months})
    assert (rolling.expiry_of(issued) + timedelta(days=1)).day == 1
    assert rolling.expiry_of(issued) <= rolling.expiry_of(issued + timedelta(days=1))


@given(points=st.integers(0, 10**6), more=st.integers(0, 10**6), per=st.integers(1, 5_000))
def test_limits_only_rise_with_points(points: int, more: int, per: int) -> None:
    """C8."""
    terms = CreditTerms()
    assert terms.base <= terms.limit(points, per) <= terms.limit(points + more, per) <= terms.cap


@given(
    drawn=st.dates(date(2020, 1, 1), date(2030, 12, 31)),
    principal=st.integers(1, 5_000_000),
    cuts=st.lists(st.integers(1, 120), max_size=6),
    grace=st.integers(0, 30),
    change=st.integers(1, 150),
)
def test_interest_does_not_depend_on_how_often_it_is_accrued(
    drawn: date, principal: int, cuts: list[int], grace: int, change: int
) -> None:
    """Nor does it with a rate that changes on the way: each day costs what it cost on that day."""
    terms = CreditTerms(grace_days=grace)
    later = evolve(terms, rate=Rate.parse("3.65%"), grace_days=0)
    tariff = Tariff(((drawn, terms), (drawn + timedelta(days=change), later)))
    due = terms.due_on(drawn)
    end = due + timedelta(days=grace + 1 + 120)
    days = [drawn + timedelta(days=n) for n in range((end - drawn).days)]
    rates = [(later if (day - drawn).days >= change else terms).rate.fraction / 360 for day in days]
    line = often = Line(id="p:consumer:c", since=drawn, due_on=due)
    for cut in sorted(cuts):
        often, _, _ = often.accrued(tariff, principal, drawn + timedelta(days=cut)).posted()
    once, interest, penalty = line.accrued(tariff, principal, end).posted()
    often, _, _ = often.accrued(tariff, principal, end).posted()
    assert once == often
    due_in = (due - drawn).days
    assert once.interest.exact == principal * sum(rates[:due_in])
    assert once.penalty.exact == principal * sum(rates[due_in:]) * Fraction(3, 2)
    assert interest == once.interest.posted
    assert penalty == once.penalty.posted
    assert Line.of(once.record()) == once.written()
