"""Everything the wealth programme refuses, by code, and in which order; a refusal leaves no trace."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from tests.products.holders import cny

from bankcore.amounts import Amount
from bankcore.errors import BankcoreError
from bankcore.ledger.accounts import AccountPath, Status
from bankcore.product.actor import Actor
from bankcore.products.wallet import (
    Bind,
    ChangeTerms,
    CloseClient,
    Consume,
    DeclarePool,
    FundReserve,
    OpenProgramme,
    PayIn,
    Recharge,
    Refund,
    RegisterClient,
    RegisterMerchant,
    Rejoin,
    Settle,
    Sweep,
    TakeOut,
    Unbind,
    UndoRecharge,
    WalletTerms,
    Withdraw,
)
from bankcore.units import Unit

MAY = date(2024, 5, 8)
POOL = DeclarePool("o", cny("1.00"), date(2024, 5, 1), MAY)

# name: (terms, what happens before, command, code)
CASES: dict[str, tuple[dict[str, Any], Callable[[Any], None], Any, str]] = {
    "recharge beyond the reserve": (
        {},
        lambda b: b.fund("1,049.99"),
        Recharge("o", "a", cny("1,000.00"), "r"),
        "reserve_short",
    ),
    "recharge beyond the cap": (
        {"balance_cap": "1,049.99"},
        lambda b: None,
        Recharge("o", "a", cny("1,000.00"), "r"),
        "balance_cap",
    ),
    "recharge beyond the legal cap": (
        {"profile": "PREPAID_CN"},
        lambda b: None,
        Recharge("o", "a", cny("5,000.01"), "r"),
        "balance_cap",
    ),
    "recharge with too much cash outside": (
        {"max_due": "99.99"},
        lambda b: None,
        Recharge("o", "a", cny("100.00"), "r"),
        "cash_not_paid_in",
    ),
    "recharge used twice": (
        {},
        lambda b: (b.fund("2.00"), b.recharge("a", "1.00", "r")),
        Recharge("o", "a", cny("1.00"), "r"),
        "already_taken",
    ),
    "recharge of a stranger": ({}, lambda b: None, Recharge("o", "x", cny("1.00"), "r"), "not_found"),
    "recharge of a client who left": (
        {},
        lambda b: b.do(CloseClient("o", "a")),
        Recharge("o", "a", cny("1.00"), "r"),
        "client_closed",
    ),
    "recharge in another unit": (
        {},
        lambda b: None,
        Recharge("o", "a", Amount(100, Unit("USD/2")), "r"),
        "unit_mismatch",
    ),
    "undo of nothing": ({}, lambda b: None, UndoRecharge("o", "r"), "not_found"),
    "undo after spending": (
        {},
        lambda b: (b.fund("2.00"), b.recharge("a", "1.00", "r"), b.buy("a", "0.01")),
        UndoRecharge("o", "r"),
        "recharge_used",
    ),
    "undo after withdrawing": (
        {},
        lambda b: (b.fund("2.00"), b.recharge("a", "1.00", "r"), b.withdraw("a", "0.01")),
        UndoRecharge("o", "r"),
        "recharge_used",
    ),
    "undo twice": (
        {},
        lambda b: (b.fund("2.00"), b.recharge("a", "1.00", "r"), b.undo("r")),
        UndoRecharge("o", "r"),
        "already_undone",
    ),
    "undo after the cash was paid in": (
        {},
        lambda b: (b.fund("2.00"), b.recharge("a", "1.00", "r"), b.pay_in("1.00")),
        UndoRecharge("o", "r"),
        "balance_floor_breached",
    ),
    "undo for a client who left": (
        {},
        lambda b: (b.fund("2.00"), b.recharge("a", "1.00", "r"), b.do(CloseClient("o", "a"))),
        UndoRecharge("o", "r"),
        "client_closed",
    ),
    "pay-in of more than is due": (
        {},
        lambda b: b.fund("1.00"),
        PayIn("o", cny("0.01")),
        "balance_floor_breached",
    ),
    "purchase without a binding": (
        {},
        lambda b: b.sell("new"),
        Consume("o", "a", "new", cny("1.00"), "p"),
        "not_bound",
    ),
    "purchase bound by the operator alone": (
        {},
        lambda b: (b.sell("new"), b.do(Bind("o", "a", "new"))),
        Consume("o", "a", "new", cny("1.00"), "p"),
        "not_bound",
    ),
    "purchase after unbinding": (
        {},
        lambda b: b.do(Unbind("o", "a", "own")),
        Consume("o", "a", "own", cny("1.00"), "p"),
        "not_bound",
    ),
    "purchase at a stranger": (
        {},
        lambda b: None,
        Consume("o", "a", "x", cny("1.00"), "p"),
        "not_found",
    ),
    "purchase used twice": (
        {},
        lambda b: (b.fund("9.00"), b.recharge("a", "2.00"), b.buy("a", "1.00", purchase="p")),
        Consume("o", "a", "own", cny("1.00"), "p"),
        "already_taken",
    ),
    "purchase beyond the pockets": (
        {},
        lambda b: (b.fund("9.00"), b.recharge("a", "2.00")),
        Consume("o", "a", "own", cny("2.01"), "p"),
        "balance_floor_breached",
    ),
    "refund of nothing": ({}, lambda b: None, Refund("o", "own", "p", cny("1.00")), "not_found"),
    "refund at another merchant": (
        {},
        lambda b: (b.fund("9.00"), b.recharge("a", "2.00"), b.buy("a", "1.00", purchase="p")),
        Refund("o", "m", "p", cny("1.00")),
        "not_found",
    ),
    "refund beyond the purchase": (
        {},
        lambda b: (
            b.fund("9.00"),
            b.recharge("a", "2.00"),
            b.buy("a", "1.00", purchase="p"),
            b.refund("p", "0.60"),
        ),
        Refund("o", "own", "p", cny("0.41")),
        "refund_exceeds",
    ),
    "refund to an anonymous client who left": (
        {"clients": (), "profile": "prepaid-cn"},
        lambda b: (
            b.fund("9.00"),
            b.join("a", identified=False),
            b.bind("a", "own"),
            b.recharge("a", "2.00"),
            b.buy("a", "2.00", purchase="p"),
            b.do(CloseClient("o", "a")),
        ),
        Refund("o", "own", "p", cny("0.41")),
        "not_withdrawable",
    ),
    "return of who has not left": ({}, lambda b: None, Rejoin("o", "a"), "client_open"),
    "return of who never took part": ({}, lambda b: None, Rejoin("o", "o"), "not_found"),
    "refund that the service fund lacks": (
        {},
        lambda b: (
            b.fund("9.00"),
            b.recharge("a", "2.00"),
            b.buy("a", "1.00", purchase="p"),
            b.pay_in("2.00"),
            b.take_out("0.01", "service"),
        ),
        Refund("o", "own", "p", cny("1.00")),
        "merchant_short",
    ),
    "refund that the merchant lacks": (
        {},
        lambda b: (
            b.fund("9.00"),
            b.recharge("a", "2.00"),
            b.buy("a", "1.00", "m", "p"),
            b.settle("m"),
            b.post({"bank:demand:m": 1}, {"bank:cash": 1}),
        ),
        Refund("o", "m", "p", cny("1.00")),
        "merchant_short",
    ),
    "settlement of nothing": ({}, lambda b: None, Settle("o", "m"), "nothing_to_settle"),
    "settlement of the own mall": (
        {},
        lambda b: (b.fund("9.00"), b.recharge("a", "2.00"), b.buy("a", "1.00")),
        Settle("o", "own"),
        "nothing_to_settle",
    ),
    "settlement that the service fund lacks": (
        {"ring_fence_third_party": False, "threshold": "8.00"},
        lambda b: (b.fund("9.00"), b.recharge("a", "2.00"), b.buy("a", "1.00", "m"), b.close()),
        Settle("o", "m"),
        "merchant_short",
    ),
    "withdrawal of vested bonus": (
        {},
        lambda b: None,
        Withdraw("o", "a", cny("0.01"), "vested"),
        "bonus_not_cash",
    ),
    "withdrawal that needs the bonus": (
        {},
        lambda b: (b.fund("2,000.00"), b.recharge("a", "1,000.00")),
        Withdraw("o", "a", cny("1,000.01")),
        "bonus_not_cash",
    ),
    "withdrawal beyond everything": (
        {},
        lambda b: (b.fund("2,000.00"), b.recharge("a", "1,000.00")),
        Withdraw("o", "a", cny("1,050.01")),
        "balance_floor_breached",
    ),
    "withdrawal beyond the principal": (
        {},
        lambda b: (b.fund("2,000.00"), b.recharge("a", "1,000.00")),
        Withdraw("o", "a", cny("1,000.01"), "principal"),
        "balance_floor_breached",
    ),
    "withdrawal within three months": (
        {"profile": "prepaid-cn"},
        lambda b: (b.fund("200.00"), b.recharge("a", "100.00")),
        Withdraw("o", "a", cny("1.00")),
        "not_withdrawable",
    ),
    "closing within three months": (
        {"profile": "prepaid-cn"},
        lambda b: (b.fund("200.00"), b.recharge("a", "100.00")),
        CloseClient("o", "a"),
        "not_withdrawable",
    ),
    "closing without consent": (
        {},
        lambda b: (b.fund("2,000.00"), b.recharge("a", "1,000.00"), b.buy("a", "1.00")),
        CloseClient("o", "a"),
        "consent_needed",
    ),
    "taking out below the threshold": (
        {"threshold": "10.00"},
        lambda b: b.fund("20.00"),
        TakeOut("o", cny("10.01")),
        "reserve_floor",
    ),
    "taking out service money of a low reserve": (
        {"threshold": "10.00"},
        lambda b: (b.fund("9.00"), b.post({"bank:cash": 5}, {"wallet:o:service": 5})),
        TakeOut("o", cny("0.01"), "service"),
        "reserve_floor",
    ),
    "taking out while cash is outside": (
        {},
        lambda b: (b.fund("20.00"), b.recharge("a", "1.00")),
        TakeOut("o", cny("1.00")),
        "reserve_floor",
    ),
    "taking out more than the service fund": (
        {},
        lambda b: b.fund("20.00"),
        TakeOut("o", cny("1.00"), "service"),
        "balance_floor_breached",
    ),
    "sweep without need": ({}, lambda b: None, Sweep("o"), "nothing_to_sweep"),
    "second client of a name": ({}, lambda b: None, RegisterClient("o", "a"), "already_taken"),
    "second merchant of a name": ({}, lambda b: None, RegisterMerchant("o", "m"), "already_taken"),
    "second programme of a name": ({}, lambda b: None, OpenProgramme("o"), "already_taken"),
    "programme in another unit": (
        {},
        lambda b: None,
        OpenProgramme("m", {"unit": "USD/2"}),
        "unit_mismatch",
    ),
    "binding twice": ({}, lambda b: None, Bind("o", "a", "own"), "already_bound"),
    "unbinding strangers": ({}, lambda b: None, Unbind("o", "a", "x"), "not_bound"),
    "unbinding twice": ({}, lambda b: b.do(Unbind("o", "a", "own")), Unbind("o", "a", "own"), "not_bound"),
    "no such programme": ({}, lambda b: None, FundReserve("x", cny("1.00")), "not_found"),
    "frozen reserve": (
        {},
        lambda b: b.bank.ledger.change(
            AccountPath("wallet:o:reserve"), key="f", reason="court order", status=Status.FROZEN
        ),
        FundReserve("o", cny("1.00")),
        "account_frozen",
    ),
    "terms of the past": ({}, lambda b: b.close(), ChangeTerms("o", {}, date(2024, 5, 1)), "bad_terms"),
    "terms in another unit": ({}, lambda b: None, ChangeTerms("o", {"unit": "USD/2"}), "bad_terms"),
    "terms out of bounds": ({}, lambda b: None, ChangeTerms("o", {"yield_rate": "15.01%"}), "bad_terms"),
    "pool under a rate": ({}, lambda b: None, POOL, "pool_refused"),
    "pool of the past": ({"yield_mode": "pool"}, lambda b: b.close_days(40), POOL, "period_closed"),
    "pools that overlap": (
        {"yield_mode": "pool"},
        lambda b: b.do(DeclarePool("o", cny("1.00"), date(2024, 5, 7), date(2024, 5, 9))),
        POOL,
        "pool_refused",
    ),
    "pool paid before it begins": (
        {"yield_mode": "pool", "roll": "preceding"},
        lambda b: None,
        DeclarePool("o", cny("1.00"), date(2024, 5, 11), date(2024, 5, 12)),
        "pool_refused",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_refusal(mall: Any, case: str) -> None:
    terms, before, command, code = CASES[case]
    book = mall(merchants=("own", "m"), **terms)
    before(book)
    book.refused(code, command)


def test_fields_of_refusals_carry_the_numbers(mall: Any) -> None:
    book = mall(fund="60.00")
    assert book.refused("reserve_short", Recharge("o", "a", cny("100.01"), "r")) == {
        "code": "reserve_short",
        "message": "the reserve of o has 60.00 CNY, 100.01 CNY needed",
        "programme": "o",
        "reserve": 60_00,
        "needed": 100_01,
        "unit": "CNY/2",
    }


def test_order_of_refusals_of_a_recharge(mall: Any) -> None:
    tight = {"balance_cap": "1.00", "max_due": "1.00"}
    recharge = Recharge("o", "a", cny("100.00"), "r")
    book = mall(fund="2.00", **tight)
    book.refused("unit_mismatch", Recharge("o", "x", Amount(1, Unit("USD/2")), "r"))
    book.refused("not_found", Recharge("o", "x", cny("100.00"), "r"))
    book.refused("balance_cap", recharge)
    book.do(ChangeTerms("o", {"balance_cap": None}))
    book.refused("cash_not_paid_in", recharge)
    book.do(ChangeTerms("o", {"max_due": "none"}))
    book.refused("reserve_short", recharge)
    book.recharge("a", "1.00", "r")
    book.refused("already_taken", recharge)
    book.do(CloseClient("o", "a"))
    book.refused("client_closed", recharge)


def test_order_of_refusals_of_a_purchase(mall: Any) -> None:
    book = mall(fund="9.00")
    purchase = Consume("o", "a", "new", cny("100.00"), "p")
    book.refused("not_found", purchase)
    book.sell("new")
    book.refused("not_bound", purchase)
    book.bind("a", "new")
    book.refused("balance_floor_breached", purchase)
    book.recharge("a", "1.00")
    book.buy("a", "1.00", "own", "p")
    book.refused("already_taken", purchase)
    book.do(Unbind("o", "a", "new"))
    book.refused("not_bound", purchase)
    book.do(CloseClient("o", "a"))
    book.refused("client_closed", purchase)


def test_an_anonymous_client_never_withdraws(mall: Any) -> None:
    book = mall(profile="prepaid-cn", fund="2,000.00")
    book.join("anon", identified=False)
    assert book.refused("balance_cap", Recharge("o", "anon", cny("1,000.01"), "r"))["cap"] == 1_000_00
    book.recharge("anon", "100.00")
    book.recharge("a", "100.00")
    book.close_days(92)
    assert book.refused("not_withdrawable", Withdraw("o", "anon", cny("1.00")))["until"] is None
    book.withdraw("a", "1.00")
    assert book.balance("bank:demand:a") == 1_00


def test_a_client_who_holds_nothing_may_leave_under_any_profile(mall: Any) -> None:
    book = mall(profile="prepaid-cn")
    book.do(CloseClient("o", "a"))
    book.refused("already_taken", RegisterClient("o", "a"))


def test_the_key_of_another_command_is_reused(mall: Any) -> None:
    book = mall()
    book.cash_in("2.01")
    book.do(FundReserve("o", cny("1.00")), key="k")
    with pytest.raises(BankcoreError) as caught:
        book.do(FundReserve("o", cny("1.01")), key="k")
    assert caught.value.code == "key_conflict"
    assert book.reserve() == 1_00


@pytest.mark.parametrize(
    ("command", "actor"),
    [
        (FundReserve("o", cny("1.00")), "operator:other"),
        (FundReserve("o", cny("1.00")), "customer:o"),
        (OpenProgramme("p"), "operator:p"),
        (Withdraw("o", "a", cny("1.00")), "customer:b"),
        (Withdraw("o", "a", cny("1.00")), "operator:o"),
        (Refund("o", "own", "p", cny("1.00")), "merchant:m"),
        (ChangeTerms("o", WalletTerms()), "operator:o"),
    ],
)
def test_the_wrong_actor_is_refused(mall: Any, command: Any, actor: str) -> None:
    with pytest.raises(BankcoreError) as caught:
        mall().bank.handle(command, "k", Actor.parse(actor))
    assert caught.value.code == "actor_not_permitted"


MALFORMED: list[tuple[Callable[[], Any], str]] = [
    (lambda: FundReserve("o", cny("0.00")), "not_positive"),
    (lambda: FundReserve("o", cny("-1.00")), "not_positive"),
    (lambda: FundReserve("o", 100), "bad_command"),  # type: ignore[arg-type]
    (lambda: FundReserve("a:b", cny("1.00")), "bad_command"),
    (lambda: FundReserve("", cny("1.00")), "bad_command"),
    (lambda: FundReserve("o" * 41, cny("1.00")), "bad_command"),
    (lambda: FundReserve(7, cny("1.00")), "bad_command"),  # type: ignore[arg-type]
    (lambda: FundReserve("e\u0301", cny("1.00")), "bad_command"),
    (lambda: TakeOut("o", cny("1.00"), "till"), "bad_command"),
    (lambda: Withdraw("o", "a", cny("1.00"), "gold"), "bad_command"),
    (lambda: RegisterMerchant("o", "m", own=1), "bad_command"),  # type: ignore[arg-type]
    (lambda: DeclarePool("o", cny("1.00"), MAY, MAY), "bad_command"),
    (lambda: DeclarePool("o", cny("1.00"), "2024-05-01", MAY), "bad_command"),  # type: ignore[arg-type]
    (lambda: ChangeTerms("o", {}, "2024-05-01"), "bad_command"),  # type: ignore[arg-type]
    (lambda: ChangeTerms("o", 7), "bad_terms"),  # type: ignore[arg-type]
    (lambda: OpenProgramme("o", {"treshold": "1.00"}), "bad_terms"),  # type: ignore[arg-type]
]


@pytest.mark.parametrize(("make", "code"), MALFORMED)
def test_malformed_commands_are_refused_at_the_door(make: Callable[[], Any], code: str) -> None:
    with pytest.raises(BankcoreError) as caught:
        make()
    assert caught.value.code == code
    assert caught.value.exit_status == 2
