"""Steps run as written: the same on every store, refusals judged, expectations held."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from attrs import evolve

from bankcore.bank import Bank
from bankcore.errors import BankcoreError, BookExists, InvariantBroken
from bankcore.ledger.books import Books
from bankcore.ledger.ports import Store
from bankcore.products import PRODUCTS
from bankcore.products.current import CURRENT
from bankcore.products.parties import PARTIES
from bankcore.simulation.refusals import ExpectationFailed, StepNotRefused, StepRefused
from bankcore.simulation.runner import Outcome, simulate
from bankcore.simulation.scenario import parse
from bankcore.stores.memory import MemoryStore
from bankcore.stores.sqlite import SqliteStore

HEAD = """
title = "A small mall"
start = 2024-05-01
end = 2024-05-05
seed = 3
watch = ["wallet:mall:reserve", "wallet:other:reserve"]

[programme.mall]
terms = { threshold = "0", yield_rate = "0" }

[programme.accounts]
product = "current"
terms = { rate = "0%" }

[population.operator]
parties = "firm"
ids = ["mall"]
cash = "20,000.00"

[population.merchant]
parties = "firm"
prefix = "m"
size = 4
own = { one_of = [true, false], weights = [1, 2] }

[population.customer]
parties = "person"
prefix = "c"
size = 6
shops = { some = "merchant", count = 2 }

[[step]]
on = 2024-05-01
do = "fund-reserve"
with = { amount = "10,000.00" }

[[step]]
on = 2024-05-01
each = "customer"
required = true
do = "register-client"
with = { client = "{customer}" }
"""
STEP = HEAD + '[[step]]\nname = "third"\non = 2024-05-02\n'
DAYS = (
    HEAD
    + """
[[step]]
on = 2024-05-01
each = "merchant"
do = "register-merchant"
with = { merchant = "{merchant}", own = "{merchant.own}" }

[[step]]
on = 2024-05-01
each = ["customer", "customer.shops"]
do = "bind"
with = { client = "{customer}", merchant = "{customer.shops}" }

[[step]]
on = 2024-05-01
each = ["customer", "customer.shops"]
do = "confirm-binding"
with = { client = "{customer}", merchant = "{customer.shops}" }

[[step]]
every = "day"
each = "customer"
chance = "1/2"
do = "recharge"
with = { client = "{customer}", amount = { from = "10.00", to = "900.00" }, recharge = "{customer}-{day}" }

[[step]]
every = "day"
each = "customer"
chance = "2/3"
do = "consume"
with.client = "{customer}"
with.merchant = { one_of = "merchant" }
with.amount = { from = "1.00", to = "300.00" }
with.purchase = "p{serial}"

[[step]]
every = { freq = "daily", interval = 2 }
each = "customer"
do = "withdraw"
with.client = "{customer}"
with.amount = { balance_of = "wallet:mall:client:{customer}:principal", share = "1/3" }
"""
)


def run(text: str, store: Store | None = None, seed: int | None = None) -> Outcome:
    return simulate(parse(text), store or MemoryStore(), seed=seed)


def withdraw(rest: str, amount: str = "5.00") -> str:
    return f'do = "withdraw"\nwith = {{ client = "c1", amount = "{amount}" }}\n{rest}\n'


# --- the same everywhere -----------------------------------------------------------------------


def test_equal_seeds_give_equal_books_on_every_store(tmp_path: Path) -> None:
    first = run(DAYS)
    sqlite = SqliteStore(tmp_path / "book.db", create=True)
    assert run(DAYS, sqlite) == first
    sqlite.close()
    reopened = Bank.open(SqliteStore(tmp_path / "book.db", create=False))
    assert reopened.ledger.reader.head().digest == first.digest
    assert reopened.today == date(2024, 5, 6)
    assert {event.refusal for event in first.events} == {"", "balance_floor_breached", "not_bound"}


def test_another_seed_gives_another_book() -> None:
    assert run(DAYS, seed=4).digest != run(DAYS).digest == run(DAYS, seed=3).digest


def test_a_new_step_leaves_the_draws_of_the_others_alone() -> None:
    def amounts(outcome: Outcome) -> list[str]:
        return [event.key for event in outcome.events if event.command == "consume"]

    assert amounts(run(DAYS)) == amounts(
        run(DAYS + STEP.removeprefix(HEAD) + 'do = "sweep"\nrequired = false')
    )


def test_progress_sees_every_day() -> None:
    seen: list[date] = []

    def watch(days: Iterator[date]) -> Iterator[date]:
        for day in days:
            seen.append(day)
            yield day

    simulate(parse(HEAD), MemoryStore(), progress=watch)  # type: ignore[arg-type]
    assert seen == [date(2024, 5, day) for day in range(1, 6)]


def test_a_store_with_a_book_is_refused() -> None:
    store = MemoryStore()
    run(HEAD, store)
    with pytest.raises(BookExists):
        run(HEAD, store)


# --- refusals ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("step", "error", "message"),
    [
        (withdraw(""), StepRefused, "withdraw was refused with balance_floor_breached: account "),
        (withdraw('each = "customer"\nrequired = true'), StepRefused, "balance_floor_breached"),
        (withdraw('reject = "not_bound"'), StepNotRefused, "not_bound, found: balance_floor_breached"),
        (
            'do = "fund-reserve"\nwith = { amount = "1.00" }\nreject = "not_bound"',
            StepNotRefused,
            "fund-reserve should be refused with not_bound, found: it was done",
        ),
        (
            'each = "customer"\ndo = "fund-reserve"\nwith = { amount = { one_of = ["1.00", "{day}"] } }',
            BankcoreError,
            "amount",
        ),
    ],
)
def test_a_step_that_goes_wrong_is_named(step: str, error: type[BankcoreError], message: str) -> None:
    with pytest.raises(error, match=message) as caught:
        run(STEP + step)
    assert str(caught.value).startswith("scenario: step 3 (third)")


def test_a_wanted_refusal_is_no_failure() -> None:
    outcome = run(STEP + withdraw('reject = "balance_floor_breached"') + 'each = "customer"')
    refused = [event for event in outcome.events if event.refusal]
    assert [event.refusal for event in refused] == ["balance_floor_breached"] * 6
    assert not any(event.receipts for event in refused)


def test_a_wanted_refusal_of_the_form_is_no_failure() -> None:
    assert run(STEP + withdraw('reject = "not_positive"', "0.00")).events[-1].refusal == "not_positive"


def test_a_counted_refusal_is_no_failure() -> None:
    outcome = run(STEP + withdraw("required = false"))
    assert outcome.facts["commands refused"] == 1
    assert outcome.tables[-2].rows[-1] == ("withdraw", 0, 1, "balance_floor_breached 1")


@pytest.mark.parametrize("share", ["1", "0"])
def test_nothing_is_asked_for_a_share_of_nothing(share: str) -> None:
    amount = f'amount = {{ balance_of = "wallet:mall:client:c1:principal", share = "{share}" }}'
    outcome = run(STEP + f'do = "withdraw"\nwith = {{ client = "c1", {amount} }}')
    assert "withdraw" not in {event.command for event in outcome.events}


ASKED = """
[[step]]
on = 2024-05-03
do = "recharge"
with = { client = "c1", amount = "50.00", recharge = "r1" }

[[step]]
on = 2024-05-03
do = "undo-recharge"
with = { recharge = "r1" }
"""


def test_a_value_may_be_what_a_record_says() -> None:
    client = 'client = { record = "wallet.recharge", id = "mall:r{serial}", field = "client" }'
    outcome = run(
        HEAD
        + ASKED
        + f"""
[[step]]
on = 2024-05-04
do = "recharge"
with = {{ {client}, amount = "20.00", recharge = "r2" }}

[[step]]
on = 2024-05-04
expect = {{ balance = "wallet:mall:client:c1:principal", equals = "20.00" }}
"""
    )
    assert outcome.events[-1].command == "recharge"


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ('record = "wallet.recharge", id = "mall:r9", field = "client"', "was refused with not_found"),
        ('record = "wallet.recharge", id = "mall:r1", field = "age"', "with unknown_name: there is no field"),
    ],
)
def test_a_record_that_is_not_there_is_named(record: str, message: str) -> None:
    step = f'do = "recharge"\nwith = {{ client = {{ {record} }}, amount = "20.00", recharge = "r2" }}'
    with pytest.raises(StepRefused, match=message):
        run(HEAD + ASKED + "[[step]]\non = 2024-05-04\n" + step)


def test_the_actor_is_checked() -> None:
    step = withdraw('actor = "customer:{customer}"\nreject = "actor_not_permitted"\neach = "customer"')
    with pytest.raises(StepNotRefused, match="found: balance_floor_breached"):
        run(STEP + step)  # c1 may, and is poor


def test_a_broken_invariant_ends_the_run_at_the_close_of_its_day() -> None:
    def reserve_is_untouched(books: Books) -> Iterator[str]:
        if books.today > date(2024, 5, 2):
            yield "it is not"

    product = evolve(PRODUCTS[0], invariants={"X1": reserve_is_untouched})
    with pytest.raises(InvariantBroken, match="wallet X1: it is not"):
        simulate(parse(HEAD), store := MemoryStore(), products=[product, PARTIES, CURRENT])
    assert Bank.open(store).today == date(2024, 5, 3)


# --- expectations --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "expect",
    [
        '{ balance = "wallet:mall:reserve", equals = "10,000.00", at_most = "10,000.00" }',
        '{ balance = "wallet:*:client:*:principal", equals = "0.00" }',
        '{ accounts = "wallet:mall:client:*:principal", equals = 6 }',
        '{ accounts = "wallet:none", equals = 0 }',
        '{ balance = "wallet:mall:reserve", unit = "CNY/2", at_least = "0.01" }',
        '{ done = "register-client", at_least = 6 }',
        '{ refused = "not_bound", at_most = 0 }',
        '{ notices = "mall:reserve-low", equals = 0 }',
    ],
)
@pytest.mark.parametrize("after_close", ["true", "false"])
def test_what_is_so_is_expected_in_silence(expect: str, after_close: str) -> None:
    assert run(STEP + f"expect = {expect}\nafter_close = {after_close}")


@pytest.mark.parametrize(
    ("expect", "message"),
    [
        (
            '{ balance = "wallet:mall:reserve", at_least = "10,000.01" }',
            "on 2024-05-02: balance wallet:mall:reserve at least 10,000.01 CNY was expected, "
            "found: 10,000.00 CNY",
        ),
        ('{ balance = "wallet:mall:none", equals = "0.00" }', "found: no such account"),
        ('{ accounts = "bank:cash", equals = 2 }', "accounts bank:cash equals 2 was expected, found: 1"),
        ('{ done = "bind", equals = 2 }', "done bind equals 2 was expected, found: 0"),
        ('{ balance = "wallet:mall:reserve", unit = "PT/0", equals = "1" }', "found: 1,000,000 PT"),
        ('{ refused = "not_bound", at_least = 1 }', "found: 0"),
        (
            '{ notices = "*:reserve-low", at_least = 1 }',
            "notices \\*:reserve-low at least 1 was expected, found: 0",
        ),
    ],
)
def test_what_is_not_so_is_a_failure(expect: str, message: str) -> None:
    with pytest.raises(ExpectationFailed, match=message) as caught:
        run(STEP + f"expect = {expect}")
    assert caught.value.exit_status == 3
    assert str(caught.value).startswith("scenario: step 3 (third)")
