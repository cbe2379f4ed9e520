"""Properties of trading: no way of dividing a delivery, a fee or a settled sum gains or loses anything."""

from __future__ import annotations

from fractions import Fraction
from math import floor

from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.products.exchange import Exchange
from tests.products.holders import CNY, cny

from bankcore.amounts import Amount
from bankcore.products.enterprise.ratings import grade_for
from bankcore.products.platform import DisputeTrade
from bankcore.rates import Rate, round_half_up

parts = st.lists(st.integers(1, 50), min_size=1, max_size=6)
few = settings(max_examples=settings.default.max_examples // 2)


def yuan(fen: int) -> str:
    return Amount(fen, CNY).decimal()


@few
@given(total=st.integers(1, 100_000_00), parts=parts, last=st.booleans())
@example(total=1, parts=[1, 1, 1], last=True)
@example(total=88_888_88, parts=[2, 1], last=False)
def test_any_deliveries_pay_what_one_would(total: int, parts: list[int], last: bool) -> None:
    """D3: the seller's part is the share rounded once, and seller, fee and buyer make the order."""
    book = Exchange(entitlements=0)
    book.trade("t", yuan(total))
    whole = sum(parts)
    done = Fraction(0)
    for part in parts if last else parts[:-1]:
        book.accept("t", f"{part}/{whole}")
        done += Fraction(part, whole)
    if not last:
        book.cancel("t")
    released = round_half_up(total * done)
    fee = round_half_up(Fraction(released, 400))
    assert book.demand_of("s") == released - fee
    assert book.demand_of("b") == total - released
    assert book.balance("bank:fee-income") == fee
    assert book.state("t") == ("settled" if released else "cancelled")
    assert book.sound()


@few
@given(
    fees=st.lists(st.integers(1, 500_00), min_size=1, max_size=6),
    rate=st.sampled_from(["20%", "1/3", "100%"]),
)
def test_any_fees_are_discounted_as_one_would_be(fees: list[int], rate: str) -> None:
    book = Exchange()
    book.deposit("s", "5,000.00")
    book.member("s", rate)
    for fee in fees:
        before = book.balance("bank:fee-income")
        book.pay_fee("s", yuan(fee))
        assert 0 <= book.balance("bank:fee-income") - before <= fee
    whole = sum(fees)
    assert book.balance("bank:fee-income") == whole - round_half_up(Rate.parse(rate).fraction * whole)


@few
@given(totals=st.lists(st.integers(1, 5_000_00), min_size=1, max_size=6))
def test_any_trades_earn_what_one_would(totals: list[int]) -> None:
    book = Exchange()
    for number, total in enumerate(totals):
        book.trade(str(number), yuan(total))
        book.accept(str(number))
        earned = floor(Fraction(3 * sum(totals[: number + 1]), 1_000_00))
        assert (book.live("b"), book.live("s")) == (earned, earned)
    assert book.balance("platform:p:entitlement-liability") == 2 * 250 * book.live("b")
    assert book.sound()


@given(counts=st.lists(st.integers(1, 5), min_size=1), more=st.integers(1, 5))
def test_a_better_rating_never_makes_a_worse_grade(counts: list[int], more: int) -> None:
    before = grade_for(len(counts), sum(counts))
    if Fraction(more) >= Fraction(sum(counts), len(counts)):
        assert grade_for(len(counts) + 1, sum(counts) + more) <= before  # A comes before D
    assert grade_for(len(counts), sum(counts)) == grade_for(2 * len(counts), 2 * sum(counts))


def test_a_disputed_trade_keeps_its_escrow_for_ever() -> None:
    book = Exchange()
    book.trade("t", "10.00")
    book.do(DisputeTrade("p", "t", "b", "late"))
    book.close_until(book.books.today.replace(year=2025))
    assert book.balance("platform:p:escrow:t") == cny("10.00").quantity
    assert book.sound()
