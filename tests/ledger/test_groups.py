"""Groups are written whole or not at all; `up_to` moves what the limits let through."""

from __future__ import annotations

from typing import Any

import pytest
from tests.ledger.conftest import BOOK
from tests.ledger.making import DAY, evolve, leg, move, told

from bankcore.errors import (
    AccountChangeRefused,
    AccountClosed,
    AccountNotEmpty,
    AccountNotYetOpen,
    BalanceCeilingBreached,
    BalanceFloorBreached,
    BankcoreError,
    GroupConflict,
    GroupRefused,
    KeyConflict,
)
from bankcore.ledger.accounts import Account, AccountPath, Status
from bankcore.ledger.evidence.audit import verify
from bankcore.ledger.ledger import Ledger
from bankcore.ledger.transactions import Receipt, Record, Transaction, open_account

A = AccountPath("a")


def outcomes(verdicts: list[Any]) -> list[str]:
    return [getattr(v, "code", "replayed" if getattr(v, "replayed", False) else "new") for v in verdicts]


def test_a_group_stands_or_falls_whole(ledger: Ledger) -> None:
    verdicts = ledger.post_many(
        [
            move("1", "a", "cash", 10),
            move("2", "a", "cash", 5, group="g"),
            move("3", "cash", "a", 16, group="g"),
            move("4", "a", "cash", 1, group="g"),
            move("5", "cash", "a", 10, group="h"),
            move("6", "a", "cash", 3, group="h"),
        ]
    )
    assert outcomes(verdicts) == [
        "new",
        "group_refused",
        "balance_floor_breached",
        "group_refused",
        "new",
        "new",
    ]
    assert isinstance(verdicts[1], GroupRefused)
    assert verdicts[1].fields() == {"group": "g", "key": "3", "reason": "balance_floor_breached"}
    assert ledger.balance("a").net == 3
    assert [ledger.entry(n).transaction.group for n in (2, 3, 4)] == ["", "h", "h"]
    assert ledger.reader.group("h") == [3, 4]
    assert ledger.reader.group("g") == []
    ledger.post(move("3", "a", "cash", 5, group="g"))  # a refused group leaves its keys and its name free
    verify(ledger.reader, BOOK).require()


def test_a_group_is_replayed_whole_and_never_added_to(ledger: Ledger) -> None:
    group = [move("1", "a", "cash", 5, group="g"), move("2", "a", "cash", 6, group="g")]
    first = ledger.post_many(group)
    assert outcomes(ledger.post_many(group)) == ["replayed", "replayed"]
    assert [v.number for v in ledger.post_many(group) if isinstance(v, Receipt)] == [
        v.number for v in first if isinstance(v, Receipt)
    ]
    for other in (group[:1], group[::-1], [*group, move("3", "a", "cash", 1, group="g")]):
        assert outcomes(ledger.post_many(other))[0] == "group_conflict"
    with pytest.raises(GroupConflict) as conflict:
        ledger.post_many([move(key, "a", "cash", 5, group="g") for key in ("4", "5")], atomic=True)
    assert told(conflict.value) == ["g", "1, 2", "4, 5"]
    changed = [group[0], evolve(group[1], description="other")]
    assert outcomes(ledger.post_many(changed)) == ["group_refused", "key_conflict"]
    with pytest.raises(KeyConflict) as refusal:
        ledger.post(move("1", "a", "cash", 5, group="other"))
    assert (refusal.value.field, refusal.value.stored, refusal.value.given) == ("group", "g", "other")


def test_a_group_torn_in_one_batch_conflicts_with_itself(ledger: Ledger) -> None:
    torn = [
        move("1", "a", "cash", 5, group="g"),
        move("2", "a", "cash", 6),
        move("3", "a", "cash", 6, group="g"),
    ]
    assert outcomes(ledger.post_many(torn)) == ["new", "new", "group_conflict"]


@pytest.mark.parametrize("atomic", [False, True])
def test_what_stands_side_by_side_without_a_group_is_each_by_itself(ledger: Ledger, atomic: bool) -> None:
    groups = ["", "", "g", "g", "", ""]
    wanted = [move(str(n), "a", "cash", 1, group=group) for n, group in enumerate(groups)]
    assert outcomes(list(ledger.post_many(wanted, atomic=atomic))) == ["new"] * len(groups)
    assert ledger.balance("a").net == len(groups)


def test_a_group_with_a_key_twice_is_replayed_like_any_other(ledger: Ledger) -> None:
    twice = [move("1", "a", "cash", 5, group="g")] * 2
    assert outcomes(ledger.post_many(twice)) == ["new", "replayed"]
    assert outcomes(ledger.post_many(twice)) == ["replayed", "replayed"]


def test_all_or_nothing_names_the_refusal_itself(ledger: Ledger) -> None:
    batch = [
        move("1", "a", "cash", 5),
        move("2", "a", "cash", 5, group="g"),
        move("3", "cash", "a", 99, group="g"),
    ]
    head = ledger.reader.head()
    with pytest.raises(BalanceFloorBreached):
        ledger.post_many(batch, atomic=True)
    assert ledger.reader.head() == head
    assert outcomes(ledger.post_many(batch)) == ["new", "group_refused", "balance_floor_breached"]


def test_a_refused_group_undoes_everything_it_began(ledger: Ledger) -> None:
    """Accounts it opened, holds it made or resolved, limits it changed, value dates that moved on."""
    stored = ledger.books.record("account", "a")
    assert stored is not None
    held = ledger.post(move("held", "line", "cash", 7, pending=True)).number
    new = open_account(Account("new", "liability", "CNY/2"))

    def group(last: Transaction) -> list[Transaction]:
        return [
            Transaction(
                key="1", kind="x", effective_on=DAY, records=(new, Record("note", "n", {})), group="g"
            ),
            move("2", "new", "cash", 5, group="g"),
            move("3", "line", "cash", 6, group="g", pending=True),
            Transaction(
                key="4",
                kind="x",
                effective_on=DAY,
                group="g",
                resolves=held,
                postings=(leg("cash", 7), leg("line", -7)),
            ),
            Transaction(key="5", kind="x", effective_on=DAY, group="g", records=(stored.next(floor=-9),)),
            move("6", "cash", "a", 9, group="g"),
            last,
        ]

    refused = ledger.post_many([*group(move("7", "cash", "a", 1, group="g")), move("8", "a", "cash", 4)])
    assert outcomes(refused) == ["group_refused"] * 6 + ["balance_floor_breached", "new"]
    assert ledger.balance("line").incoming == 7
    assert ledger.balance("a").account.floor == 0
    with pytest.raises(BankcoreError):
        ledger.balance("new")
    assert outcomes(ledger.post_many([move("9", "cash", "a", 5)])) == ["balance_floor_breached"]
    verify(ledger.reader, BOOK).require()
    accepted = ledger.post_many([*group(move("7", "new", "a", 1, group="g")), move("10", "cash", "line", 1)])
    assert outcomes(accepted) == ["new"] * 8
    assert ledger.balance("a").net == -6
    verify(ledger.reader, BOOK).require()


def test_what_a_refused_group_opened_is_free_for_the_next_in_its_commit(ledger: Ledger) -> None:
    def opening(key: str, *names: str, **fields: Any) -> Transaction:
        records = tuple(open_account(Account(name, "liability", "CNY/2")) for name in names)
        return Transaction(key=key, kind="x", effective_on=DAY, records=records, **fields)

    refused = [opening("1", "x", "y", group="g"), move("2", "cash", "a", 1, group="g")]
    verdicts = ledger.post_many([opening("0", "w"), *refused, opening("3", "y", "z")])
    assert outcomes(verdicts) == ["new", "group_refused", "balance_floor_breached", "new"]
    ids = sorted(state.id for state in ledger.reader.accounts())
    assert ids == list(range(1, len(ids) + 1))
    assert ledger.reader.head().accounts == len(ids)
    verify(ledger.reader, BOOK).require()


def test_a_refused_group_leaves_the_order_of_its_commit_as_it_was(ledger: Ledger) -> None:
    """What came before it is still behind a back-dated posting that comes after it."""
    later, between = DAY.replace(day=5), DAY.replace(day=2)
    verdicts = ledger.post_many(
        [
            move("1", "a", "cash", 100, effective_on=later),
            move("2", "a", "cash", 1, effective_on=between, group="g"),
            move("3", "cash", "a", 2, effective_on=between, group="g"),
            move("4", "cash", "a", 50, effective_on=between),
        ]
    )
    broken = "balance_floor_breached"
    assert outcomes(verdicts) == ["new", "group_refused", broken, broken]


# --- up to ------------------------------------------------------------------------------------------


def moved(ledger: Ledger, receipt: Receipt) -> int:
    return max(p.quantity for p in ledger.entry(receipt.number).transaction.postings)


def test_up_to_moves_what_the_floor_lets_go(ledger: Ledger) -> None:
    ledger.post(move("1", "a", "cash", 70))
    drawn = ledger.post(move("2", "a", "line", 100, up_to=True))
    assert moved(ledger, drawn) == 100  # from `line` to `a`, within the credit line
    taken = ledger.post(move("3", "cash", "a", 500, up_to=True))
    assert moved(ledger, taken) == 170
    assert ledger.balance("a").net == 0
    with pytest.raises(BalanceFloorBreached):
        ledger.post(move("4", "cash", "a", 1, up_to=True))
    verify(ledger.reader, BOOK).require()


def test_a_retry_is_the_same_while_its_cap_covers_what_moved(ledger: Ledger) -> None:
    ledger.post(move("1", "a", "cash", 70))
    assert moved(ledger, ledger.post(move("2", "cash", "a", 500, up_to=True))) == 70
    for cap in (500, 70, 999):
        assert ledger.post(move("2", "cash", "a", cap, up_to=True)).replayed
    with pytest.raises(KeyConflict) as refusal:
        ledger.post(move("2", "cash", "a", 69, up_to=True))
    assert refusal.value.field == "postings.1.quantity"
    with pytest.raises(KeyConflict) as refusal:
        ledger.post(move("2", "cash", "a", 70))
    assert refusal.value.field == "up_to"
    with pytest.raises(KeyConflict):
        ledger.post(move("2", "a", "cash", 70, up_to=True))
    ledger.post(move("3", "a", "cash", 1))
    assert moved(ledger, ledger.post(move("4", "cash", "a", 5, up_to=True))) == 1
    assert ledger.post(move("4", "cash", "a", 9, up_to=True)).replayed


def test_up_to_minds_the_ceiling_and_the_way(ledger: Ledger) -> None:
    ledger.post(move("1", "b", "cash", 900_00))
    assert moved(ledger, ledger.post(move("2", "b", "cash", 500_00, up_to=True))) == 100_00
    assert moved(ledger, ledger.post(move("3", "cash", "b", 5, up_to=True))) == 5
    assert moved(ledger, ledger.post(move("4", "line", "line", 5, up_to=True))) == 5


def test_up_to_names_the_limit_that_lets_nothing_through(ledger: Ledger) -> None:
    ledger.post(move("1", "a", "cash", 180_00))
    ledger.post(move("2", "b", "cash", 1_000_00))
    with pytest.raises(BalanceCeilingBreached) as refusal:
        ledger.post(move("3", "b", "a", 999_99, up_to=True))
    assert (refusal.value.account, refusal.value.available) == ("b", 0)


def test_up_to_holds_what_there_is(ledger: Ledger) -> None:
    ledger.post(move("1", "a", "cash", 70))
    held = ledger.post(move("2", "cash", "a", 100, up_to=True, pending=True))
    assert (moved(ledger, held), ledger.balance("a").available) == (70, 0)
    ledger.release(held.number, key="3", effective_on=DAY)
    assert ledger.balance("a").available == 70


def test_up_to_holds_what_there_is_within_one_account_too(ledger: Ledger) -> None:
    ledger.post(move("1", "a", "cash", 70))
    held = ledger.post(move("2", "a", "a", 100, up_to=True, pending=True))
    assert (moved(ledger, held), ledger.balance("a").available) == (70, 0)


def test_up_to_within_one_account_moves_all_of_it(ledger: Ledger) -> None:
    ledger.post(move("1", "a", "cash", 3))
    assert moved(ledger, ledger.post(move("2", "a", "a", 100, up_to=True))) == 100


def test_up_to_goes_down_to_the_floor_and_not_beyond(ledger: Ledger) -> None:
    assert moved(ledger, ledger.post(move("1", "cash", "line", 600_00, up_to=True))) == 500_00
    with pytest.raises(BalanceFloorBreached) as refusal:
        ledger.post(move("2", "cash", "line", 7, up_to=True))
    assert (refusal.value.available, refusal.value.needed) == (0, 1)


# --- closing and reopening --------------------------------------------------------------------------


def test_an_account_is_closed_with_its_rest_and_reopened(ledger: Ledger) -> None:
    ledger.post(move("1", "a", "cash", 70))
    with pytest.raises(AccountNotEmpty):
        ledger.close_account(A, key="2", reason="leaves")
    receipt = ledger.close_account(A, key="2", reason="leaves", into=AccountPath("b"))
    assert ledger.close_account(A, key="2", reason="leaves", into=AccountPath("b")).replayed
    assert (ledger.balance("a").net, ledger.balance("b").net) == (0, 70)
    assert ledger.balance("a").account.closed_on == DAY
    assert ledger.entry(receipt.number).transaction.kind == "account.close"
    with pytest.raises(AccountClosed):
        ledger.post(move("3", "a", "cash", 1))
    with pytest.raises(AccountClosed):
        ledger.close_account(A, key="4", reason="again")
    with pytest.raises(AccountClosed):
        ledger.change(A, key="4", reason="order", status=Status.FROZEN)
    ledger.close_period(DAY, key="day")
    tomorrow = ledger.books.today
    ledger.change(A, key="5", reason="came back", status=Status.OPEN)
    account = ledger.balance("a").account
    assert (account.status, account.closed_on, account.reopened_on, account.opened_on) == (
        Status.OPEN, None, tomorrow, DAY,
    )  # fmt: skip
    ledger.post(move("6", "a", "cash", 1, effective_on=tomorrow))
    verify(ledger.reader, BOOK).require()


def test_only_a_closed_account_is_reopened(ledger: Ledger) -> None:
    stored = ledger.books.record("account", "a")
    assert stored is not None
    record = stored.next(reopened_on=DAY.isoformat())
    with pytest.raises(AccountChangeRefused):
        ledger.post(Transaction(key="1", kind="x", effective_on=DAY, records=(record,)))


def test_a_reopened_account_takes_nothing_for_the_time_it_was_closed(ledger: Ledger) -> None:
    ledger.close_account(A, key="1", reason="leaves")
    ledger.close_period(DAY, key="day")
    stored = ledger.books.record("account", "a")
    assert stored is not None
    later = DAY.replace(day=9)
    record = stored.next(status="open", closed_on=None, reopened_on=later.isoformat())
    ledger.post(Transaction(key="2", kind="x", effective_on=ledger.books.today, records=(record,)))
    with pytest.raises(AccountNotYetOpen):
        ledger.post(move("3", "a", "cash", 1, effective_on=DAY.replace(day=8)))
    ledger.post(move("3", "a", "cash", 1, effective_on=later))
    ledger.change(A, key="4", reason="credit", floor=-5)
    assert ledger.balance("a").account.reopened_on == later


@pytest.mark.parametrize(
    "changes",
    [
        {"reopened_on": None, "closed_on": None},
        {"reopened_on": DAY.isoformat()},  # and the date of closing stays
        {"reopened_on": DAY.replace(day=1, month=4).isoformat(), "closed_on": None},
    ],
)
def test_reopening_needs_the_date_and_none_before_that_of_closing(
    ledger: Ledger, changes: dict[str, Any]
) -> None:
    ledger.close_account(A, key="1", reason="leaves")
    stored = ledger.books.record("account", "a")
    assert stored is not None
    record = stored.next(status="open", **changes)
    with pytest.raises(AccountChangeRefused) as refusal:
        ledger.post(Transaction(key="2", kind="x", effective_on=DAY, records=(record,)))
    assert refusal.value.account == "a"


def test_an_account_is_reopened_on_the_day_it_was_closed(ledger: Ledger) -> None:
    ledger.close_account(A, key="1", reason="leaves")
    ledger.change(A, key="2", reason="stays", status=Status.OPEN)
    assert ledger.balance("a").account.reopened_on == DAY
