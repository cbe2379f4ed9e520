"""The machines of the products with the second bank in PostgreSQL: nightly each at full size, else one."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test
from tests.conftest import PROFILE
from tests.products.pair import Pair
from tests.products.test_all_machine import Town
from tests.products.test_branch_machine import Branches
from tests.products.test_certificate_machine import Certificates
from tests.products.test_current_machine import Accounts
from tests.products.test_loan_machine import Loans
from tests.products.test_modes_machine import Modes
from tests.products.test_parties_machine import Parties
from tests.products.test_platform_machine import Platform
from tests.products.test_points_machine import Points
from tests.products.test_time_deposit_machine import Deposits
from tests.products.test_wallet_machine import Wallets

MACHINES = {
    machine.__name__: machine
    for machine in (
        Accounts, Branches, Certificates, Deposits, Loans, Modes, Parties, Platform, Points, Town, Wallets,
    )
}  # fmt: skip
SMALL = settings(max_examples=2, stateful_step_count=8)


@pytest.mark.slow
@pytest.mark.parametrize("name", MACHINES if PROFILE == "nightly" else ["Town"])
def test_a_bank_in_postgres_answers_as_one_in_memory(postgres_server: str, name: str) -> None:
    machine = MACHINES[name]
    on_server: type[Pair] = type(f"{name}OnPostgres", (machine,), {"server": postgres_server})
    size = machine.TestCase.settings if PROFILE == "nightly" else SMALL
    run_state_machine_as_test(on_server, settings=size)  # type: ignore[no-untyped-call]
