"""ProductMachine subclassed, with a rule of its own, for a product of the bank."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis.stateful import rule
from tests.conftest import PROFILE
from tests.products.town import FIRST, TOWN

from bankcore.product import Actor, Role
from bankcore.products import PRODUCTS
from bankcore.products.enterprise import ApproveEnterprise
from bankcore.products.time_deposit import TIME_DEPOSIT, OpenDeposit, OpenProgramme, WithdrawEarly
from bankcore.testing import ProductMachine, open_accounts, prove


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


HELD = (
    "wallet", "points", "loan", "credit", "enterprise", "current", "parties", "certificate", "branch",
    "platform", "deposit-modes",
)  # fmt: skip
SHARED = {"certificate", "current", "parties", "branch", "platform"}  # run without the check of own money


@pytest.mark.parametrize("name", HELD if PROFILE == "nightly" else ("wallet",))
def test_a_product_of_the_bank_is_proved_in_the_town(name: str) -> None:
    prove(
        PRODUCTS.named(name),
        beside=[it for it in PRODUCTS if it.name != name],
        opening=TOWN,
        opened_on=FIRST,
        actors={ApproveEnterprise: Actor(Role.OFFICER, "second")},
        own_money=name not in SHARED,
        settings=settings(
            max_examples=40 if PROFILE == "nightly" else 2,
            stateful_step_count=3,
            derandomize=True,
            database=None,
        ),
    )
