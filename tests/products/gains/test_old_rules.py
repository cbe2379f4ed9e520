"""The machine finds the rules that could be gamed: each is put back, and a game gains by it.

These are tests of the yardstick.  Every old rule replaces one function of a product; the search is the same
for each run.
"""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from attrs import evolve
from tests.products.gains.cards import Consumer, Drawer
from tests.products.gains.deposits import Noticer
from tests.products.gains.game import Fault, Game, granted_more, search, slices_differ
from tests.products.gains.loans import Agent, Borrower
from tests.products.gains.wallets import Client, Operator

from bankcore.calendars import DayCount, day_count
from bankcore.ledger.books import Books
from bankcore.product import chart
from bankcore.products.branch import referrals
from bankcore.products.branch.receivables import PAYABLE
from bankcore.products.credit import limits, lines
from bankcore.products.deposit_modes import lots
from bankcore.products.lendings import Lending
from bankcore.products.loan.instalments import Schedule
from bankcore.products.points.members import Member
from bankcore.products.wallet import recharges, refunds
from bankcore.products.wallet.bonuses import Tally
from bankcore.rates import round_down, round_half_up

Patch = pytest.MonkeyPatch


def found(kind: type[Game], fault: Fault, patch: Patch, tries: int = 300) -> set[str]:
    """The names of the moves that the machine finds; the same moves gain nothing under today's rule."""
    moves = search(kind, fault, tries)
    assert fault(moves)
    patch.undo()
    assert not fault(moves)
    return {name for name, *_ in moves}


# --- P1, P2, P7: the wallet ---------------------------------------------------------------------------


def keep_what_was_spent(
    books: Books, programme: str, purchase: Any, restored: Any, before: Tally, vested: int
) -> Any:
    """P1, as it was: a refund unvests what is left of the bonus, and nobody owes what was spent of it."""
    taken = purchase.vested_by(restored["principal"])
    back = {name: past + restored[name] for name, past in purchase.back.items()}
    after = before.vesting(-min(taken, Fraction(vested + restored["vested"])))
    refunded = evolve(purchase, back=back, unvested=purchase.unvested + taken)
    return refunds._Undone(before, after, refunded, (), 0, gone=False)


def test_p1_a_bonus_that_was_spent_stays_when_its_principal_comes_back(monkeypatch: Patch) -> None:
    monkeypatch.setattr(refunds, "_unvested", keep_what_was_spent)
    assert {"recharge", "buy"} <= found(Client, granted_more(Client, "wealth"), monkeypatch)


def test_p2_a_forfeit_rounded_for_each_withdrawal(monkeypatch: Patch) -> None:
    """A thousand withdrawals of 0.09 forfeited nothing."""

    def forfeiting(self: Tally, exact: Fraction) -> Tally:
        return evolve(self, forfeited=self.forfeited + round_half_up(exact))

    monkeypatch.setattr(Tally, "forfeiting", forfeiting)
    assert {"recharge", "withdraw"} <= found(Client, slices_differ(Client, 9), monkeypatch)


def test_p2_points_rounded_for_each_agreement(monkeypatch: Patch) -> None:
    """Six orders of 0.99 with an agreement signed anew before each earned nothing."""

    def earned(self: Member, terms: Any) -> tuple[int, Fraction]:
        points = [round_down(terms.earned(it.rate, it.spend)) for it in self.parts.values()]
        return sum(points), Fraction(0)

    monkeypatch.setattr(Member, "earned", earned)
    assert "sign" in found(Consumer, granted_more(Consumer, "wealth"), monkeypatch)


def test_p7_an_undo_without_limit_of_time_or_consent(monkeypatch: Patch) -> None:
    """The operator keeps the cash of a recharge that it undoes when the client is not there."""
    standing = recharges._standing

    def always_agreed(books: Books, programme: str, recharge: str) -> Any:
        return evolve(standing(books, programme, recharge), consented_on=books.today)

    monkeypatch.setattr(recharges, "_standing", always_agreed)
    assert "undo" in found(Operator, granted_more(Operator, "wealth"), monkeypatch)


# --- P3: limits ---------------------------------------------------------------------------------------


def test_p3_a_limit_on_points_that_may_still_be_returned(monkeypatch: Patch) -> None:
    """All points counted at once; an order, the limit raised, the refund, and the limit is drawn."""

    def at_once(books: Books, line: tuple[str, ...]) -> int:
        parts = Member.find(books, line[0], line[2], "g")
        return parts.issued if parts else 0

    monkeypatch.setattr(lines, "points_of", at_once)
    monkeypatch.setattr(limits, "points_of", at_once)
    found(Drawer, granted_more(Drawer, "drawn beyond"), monkeypatch)


def test_p3_a_limit_that_never_falls(monkeypatch: Patch) -> None:
    """The ratchet: what a limit was once raised to stayed when the points were taken back."""
    monkeypatch.setattr(limits, "fallen", lambda books, terms, line: line)
    found(Drawer, granted_more(Drawer, "limit"), monkeypatch)


# --- P5: referral fees --------------------------------------------------------------------------------


def test_p5_a_fee_for_a_loan_that_was_written_off(monkeypatch: Patch) -> None:
    """A fee that was blocked was paid whole once its loan was written off."""
    monkeypatch.setattr(referrals, "_claw_back", unless_lost(referrals._claw_back))
    assert "write_off" in found(Agent, granted_more(Agent, "fees"), monkeypatch)


def unless_lost(rule: Any) -> Any:
    def claw_back(voucher: Any, referral: Any, lending: Lending) -> Any:
        return referral if lending.written_off else rule(voucher, referral, lending)

    return claw_back


def test_p5_a_fee_for_a_loan_that_was_prepaid_but_for_a_yuan(monkeypatch: Patch) -> None:
    """Only a loan that had ended took its fee back; one prepaid in part took nothing."""

    def not_lent(self: Lending, days: int) -> int:
        return whole(self, days) if self.ended_on else 0

    whole = Lending.not_lent
    monkeypatch.setattr(Lending, "not_lent", not_lent)
    assert "prepay" in found(Agent, granted_more(Agent, "fees"), monkeypatch)


def test_p5_a_fee_paid_whole_to_who_owes(monkeypatch: Patch) -> None:
    """What an agent owed was not netted from the next fee."""

    def pay_out(voucher: Any, party: str, kind: str, quantity: int) -> None:
        voucher.move(PAYABLE(voucher.programme, party, kind), chart.DEMAND(party), quantity)

    monkeypatch.setattr(referrals, "pay_out", pay_out)
    found(Agent, granted_more(Agent, "paid while owing"), monkeypatch)


# --- P6, P8: notice and day counts --------------------------------------------------------------------


def test_p6_the_notice_rate_for_money_that_came_after_the_notice(monkeypatch: Patch) -> None:
    """Whatever was there on the day earned the notice rate."""
    announced = lots._announced

    def whenever(voucher: Any, mode: Any, amount: int) -> date | None:
        return voucher.books.today if announced(voucher, mode, amount) else None

    monkeypatch.setattr(lots, "_announced", whenever)
    assert {"notice", "top_up"} <= found(Noticer, granted_more(Noticer, "interest"), monkeypatch)


def test_p6_a_notice_that_is_not_used_costs_nothing(monkeypatch: Patch) -> None:
    monkeypatch.setattr(lots, "_forgo", lambda mode, notice: mode.kept.lots)
    assert "notice" in found(Noticer, granted_more(Noticer, "interest"), monkeypatch)


def test_p8_an_option_between_two_day_counts(monkeypatch: Patch) -> None:
    """A month was a twelfth of a year, unless one fen was prepaid in it: then its days were of 360."""

    def by_convenience(self: Schedule, day: date) -> Fraction:
        dues = [self._month(it) for it in range(self.at.months + 1)]
        if self.at.since in dues and day in dues:
            years = Fraction(dues.index(day) - dues.index(self.at.since), 12)
        else:
            years = day_count(DayCount.ACT_360, self.at.since, day)
        return self.left * self.terms.rate.fraction * years

    monkeypatch.setattr(Schedule, "_exact", by_convenience)
    assert found(Borrower, granted_more(Borrower, "interest"), monkeypatch)
