"""The invariants see what a forger writes past the rules; and what holds of heat whatever is done."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.products.network import Network

from bankcore.ledger.transactions import Record, Transaction
from bankcore.products.branch import (
    AcceptPush,
    BookAppointment,
    Click,
    OpenCounters,
    PublishVersion,
    Purchase,
    TakeTicket,
)
from bankcore.products.branch.heat import heat, warmed
from bankcore.products.branch.referrals import clawed_back
from bankcore.rates import Rate


def book() -> Network:
    """A network in which there is something of everything."""
    it = Network()
    it.template()
    it.firm()
    it.push()
    it.campaign()
    it.grant("u")
    it.lend("50,000.00")
    it.refer()
    band = (Rate.parse("4%"), Rate.parse("6%"))
    it.do(PublishVersion("n", "hq", "q", "Quick", *band, date(2024, 5, 1), date(2024, 5, 3)))
    it.do(Click("n", "u", "q"))
    it.do(Purchase("n", "u", "q", "b"))
    it.do(OpenCounters("n", "west", 1))
    it.do(BookAppointment("n", "west", "u", "a", it.today, "09:10"))
    it.do(TakeTicket("n", "west", "u", "t1", "09:00"))
    assert it.sound()
    return it


def forge(it: Network, kind: str, id: str, **changes: Any) -> None:
    """A version of a record that no rule wrote."""
    stored = it.books.record(f"branch.{kind}", id)
    record = stored.next(**changes) if stored else Record(f"branch.{kind}", id, changes)
    it.keys += 1
    it.bank.ledger.post(
        Transaction(kind="forged", effective_on=it.today, records=(record,), key=f"forged-{it.keys}")
    )


LONG_AGO = {"granted_on": "2024-05-01", "lapses_on": "2024-05-31"}
PROFILE = {"most": "50,000.00", "kinds": ["mortgage"]}


@pytest.mark.parametrize(
    ("invariant", "kind", "id", "changes"),
    [
        ("E11", "slot", "n:west:2024-05-01:/0900", {"booked": 2}),
        ("E1", "push", "n:p", {"firm_version": 1}),  # before it was described
        ("E1", "push", "n:p", {"on": "2000-01-02", "template_version": 2}),
        ("E1", "push", "n:p", {"state": "declined"}),
        ("E1", "lead", "n:f", {"consent": False}),
        ("E1", "lead", "n:f", {"open": {}}),
        ("E5", "campaign", "n:k", {"granted": 0}),
        ("E5", "campaign", "n:k", {"approved": 100_00}),
        ("E5", "reward", "n:k:u", {"state": "lapsed"}),
        ("E5", "reward", "n:k:v", {"state": "paid", "reward": 1, **LONG_AGO}),
        ("E6", "referral", "n:r", {"clawed": 2}),
        ("E6", "referral", "n:r", {"clawed": 226_00, "not_lent": 50_000_00 * 90}),
        ("E6", "referral", "n:r", {"state": "paid"}),
        ("E8", "heat", "n:q", {"parts": {}}),
        ("E8", "click", "n:q:u", {"heat": 1}),
        ("E8", "purchase", "n:q:b2", {"heat": 20, "day": "2024-05-01", "user": "u"}),
        ("E10", "ticket", "n:west:2024-05-01:t1", {"state": "done"}),
        ("E10", "ticket", "n:west:2024-05-01:t1", {"priority": True}),
        ("E10", "ticket", "n:west:2024-05-01:t1", {"state": "called", "counter": 1}),
        ("E10", "queue", "n:west:2024-05-01", {"at": {"1": "t1"}}),
    ],
)
def test_a_forged_record_breaks_its_invariant(
    invariant: str, kind: str, id: str, changes: dict[str, Any]
) -> None:
    it = book()
    if "template_version" in changes:
        it.template(kinds=["mortgage"])
    forge(it, kind, id, **changes)
    assert invariant in {broken.invariant for broken in it.bank.broken_invariants()}


def test_a_lead_merged_into_another_has_no_pushes() -> None:
    it = book()
    it.acquire("same", "9133f")
    it.refused("not_found", AcceptPush("n", "same", "p"))  # a source says that it is the same
    it.do(AcceptPush("n", "f", "p"))
    assert it.sound()


events = st.lists(st.tuples(st.integers(0, 40), st.sampled_from([1, 20])), max_size=20)


@given(events, st.integers(0, 60))
def test_e8_heat_is_the_sum_of_all_events_each_halved_by_its_own_age(
    done: list[tuple[int, int]], later: int
) -> None:
    first = date(2024, 5, 1).toordinal()
    parts: dict[str, Any] = {}
    for day, weight in sorted(done):
        before = heat(parts, date.fromordinal(first + day))
        parts = warmed(parts, date.fromordinal(first + day), weight)
        assert heat(parts, date.fromordinal(first + day)) == before + weight  # never lowers a rank
    today = max([day for day, _ in done], default=0) + later
    exact = sum((Fraction(weight, 2 ** ((today - day) // 7)) for day, weight in done), Fraction(0))
    assert heat(parts, date.fromordinal(first + today)) == exact


@given(st.integers(0, 10**12), st.integers(1, 366), st.data())
def test_e6_what_is_kept_of_a_fee_is_its_days(fee: int, days: int, data: st.DataObject) -> None:
    kept = data.draw(st.integers(0, days))
    net = fee - clawed_back(fee, days - kept, days)
    assert net >= 0
    assert abs(net - Fraction(fee * kept, days)) <= Fraction(1, 2)
