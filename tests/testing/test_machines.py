"""ProductMachine subclassed, with a rule of its own, for a product of the bank."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis.stateful import rule

from bankcore.products.time_deposit import TIME_DEPOSIT, OpenDeposit, OpenProgramme, WithdrawEarly
from bankcore.testing import ProductMachine, open_accounts


class Deposits(ProductMachine):
    """Deposits of a month and of three, with nothing but the checks of every product."""

    product = TIME_DEPOSIT
    opening = (open_accounts("li", "wang"), OpenProgramme("1m", {"months": 1}), OpenProgramme("3m"))
    commands = (OpenDeposit, WithdrawEarly)
    ids = {"programme": ["1m", "3m"], "customer": ["li", "wang"], "deposit": ["d1", "d2"]}
    amounts = (100, 700, 33_00, 2_500_00)
    once = {OpenDeposit: "deposit"}
    moving = (OpenDeposit, WithdrawEarly)
    days = (31, 1)

    @rule()
    def nobody_has_more_than_there_is(self) -> None:
        held = sum(balance for _, balance in self.bank.ledger.books.balances("time-deposit"))
        assert held <= 20_200_00


TestDeposits = Deposits.TestCase
TestDeposits.settings = settings(max_examples=2, stateful_step_count=4)


def test_what_nobody_knows_is_not_declared() -> None:
    with pytest.raises(TypeError, match="no 'oracel' to declare"):
        ProductMachine(TIME_DEPOSIT, oracel=dict)
