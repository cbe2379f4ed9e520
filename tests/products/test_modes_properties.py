"""What holds for every amount, day and path of balances."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st
from tests.products.firms import Firms
from tests.products.holders import CNY

from bankcore.amounts import Amount
from bankcore.calendars import add_months
from bankcore.products.deposit_modes.agreed import quarter_end, tiered
from bankcore.products.deposit_modes.deposits import Deposit
from bankcore.products.deposit_modes.shipped import SHIPPED
from bankcore.products.deposit_modes.terms import ModeTerms
from bankcore.rates import Rate, round_half_up

money = st.integers(1, 10**10)
days = st.dates(date(2000, 1, 1), date(2100, 1, 1))


@given(
    st.lists(st.tuples(st.integers(0, 40), st.integers(0, 10**10)), max_size=6),
    st.integers(0, 10**9),
    st.integers(0, 300),
)
def test_d4_interest_does_not_depend_on_where_the_path_is_cut(
    path: list[tuple[int, int]], quota: int, cut: int
) -> None:
    low, high = Rate.parse("0.35%"), Rate.parse("1.15%")
    whole = sum((tiered(count, balance, quota, low, high) for count, balance in path), Fraction(0))
    parts, passed = Fraction(0), 0
    for count, balance in path:
        first = min(max(cut - passed, 0), count)
        parts += tiered(first, balance, quota, low, high) + tiered(count - first, balance, quota, low, high)
        passed += count
    assert parts == whole
    by_hand = sum(
        count * (min(balance, quota) * 35 + max(balance - quota, 0) * 115) for count, balance in path
    )
    assert whole == Fraction(by_hand, 3_600_000)


@given(days)
def test_a_quarter_ends_on_the_20th_of_its_last_month(day: date) -> None:
    end = quarter_end(day)
    assert (end.day, end.month % 3) == (20, 0)
    assert day <= end < add_months(day, 3) + timedelta(days=1)
    assert quarter_end(end + timedelta(days=1)) == add_months(end, 3)


@given(st.lists(money, max_size=8), st.integers(0, 5_000), st.integers(1, 10**9))
def test_d2_set_aside_is_the_share_of_all_receipts_cut_at_the_target(
    receipts: list[int], share: int, target: int
) -> None:
    book = Firms(modes=["SALES"])
    target_text = Amount(target, CNY).decimal()
    book.take("SALES", share=f"{share}/10000", target=target_text)
    for number, receipt in enumerate(receipts, start=1):
        book.receive(Amount(receipt, CNY).decimal())
        exact = Fraction(sum(receipts[:number]) * share, 10_000)
        assert book.held("SALES") == min(target, round_half_up(exact))
    assert book.held("SALES") + book.demand_of("e") == sum(receipts)  # D1
    assert book.sound()


@given(
    st.integers(1, 10**10),
    st.sampled_from([3, 6, 12]),
    days,
    st.integers(0, 365),
    st.integers(0, 150),
)
def test_d8_leaving_early_never_pays_more_than_waiting(
    principal: int, months: int, start: date, on: int, demand: int
) -> None:
    terms = ModeTerms.from_data(
        {
            **SHIPPED["FIN"],
            "ladder": [[3, "1.5%"], [6, "1.5%"], [12, "1.5%"]],
            "demand_rate": f"{demand}/10000",
        }
    )
    end = add_months(start, months)
    deposit = Deposit(
        id="p:e:FIN:1",
        principal=principal,
        months=months,
        rate=Rate.parse("1.5%"),
        start=start,
        matures_on=end,
        pay_on=end,
    )
    left = min(start + timedelta(days=on), end)
    assert deposit.pays(terms, left) <= deposit.pays(terms, end)
    assert deposit.pays(terms, end) == principal * Fraction(15, 1000) * Fraction(months, 12)
