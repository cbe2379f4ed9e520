"""What the commands of the wealth programme move, beyond the worked examples."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from tests.products.trouble import free, stop

from bankcore.amounts import Amount
from bankcore.errors import BankcoreError, RecordsStand
from bankcore.ledger.accounts import Account
from bankcore.product.forms import as_data, fill
from bankcore.product.parties import open_contracts
from bankcore.product.refusals import AlreadyTaken
from bankcore.products.wallet import (
    WALLET,
    ChangeTerms,
    CloseClient,
    ConsentToUndo,
    OpenProgramme,
    RegisterClient,
    RegisterMerchant,
    Sweep,
    TakeOut,
    Unbind,
)
from bankcore.products.wallet.bonuses import Tally
from bankcore.products.wallet.yields import Payout
from bankcore.units import Unit

BOUND = ("a/client", "a/merchant", "a/operator", "o/client")
NO_YIELD = {"yield_rate": "0%"}


def moved(book: Any, before: dict[str, int]) -> dict[str, int]:
    after = book.balances()
    changes = {path: after.get(path, 0) - before.get(path, 0) for path in {**before, **after}}
    return {path: change for path, change in changes.items() if change}


# --- the programme --------------------------------------------------------------------------------


def test_every_command_is_a_form_with_help(mall: Any) -> None:
    assert len(WALLET.commands) == len(WALLET.rules) == 33
    for name, command in WALLET.commands.items():
        assert command.__doc__.count("(") == 1, name
        assert all(field.metadata["help"] for field in command.__attrs_attrs__), name
        assert command.may, name
    opening = WALLET.commands["open-programme"]("o", {"threshold": "1.00"})
    assert fill(OpenProgramme, as_data(opening), Unit("CNY/2")) == opening


def test_one_party_may_be_client_merchant_and_operator_with_its_one_account(mall: Any) -> None:
    book = mall()
    for command in (OpenProgramme("a"), RegisterClient("a", "a"), RegisterMerchant("a", "a")):
        book.do(command)
    paths = [path for path, _ in book.books.balances("")]
    assert paths.count("bank:demand:a") == 1
    assert "wallet:a:client:a:vested" in paths
    assert "wallet:a:takings:a" in paths
    assert "wallet:o:takings:own" not in paths
    bound = [it.id for it in open_contracts(book.books, "a")]
    assert bound == ["a:current:std", *(f"a:wallet:{it}" for it in BOUND)]


def test_a_pocket_opened_by_hand_is_no_clients(mall: Any) -> None:
    book = mall(clients=())
    book.bank.ledger.open([Account("wallet:o:client:a:yield", "liability", "CNY/2")], key="by hand")
    with pytest.raises(AlreadyTaken) as refusal:
        book.join("a")
    assert refusal.value.id == "wallet:o:client:a:yield"


def test_a_client_may_be_bound_again(mall: Any) -> None:
    book = mall(fund="10.00")
    book.recharge("a", "5.00")
    book.do(Unbind("o", "a", "own"))
    book.bind("a", "own")
    book.buy("a", "5.00")
    assert book.service() == 5_00
    assert book.sound()


# --- recharge and undo ----------------------------------------------------------------------------


def test_undo_mirrors_the_recharge(mall: Any) -> None:
    book = mall(fund="2,000.00")
    book.recharge("a", "300.00")
    before = book.balances()
    book.recharge("a", "1,000.00", "r")
    book.close()
    book.do(ConsentToUndo("o", "a", "r"))
    book.undo("r")
    assert moved(book, before) == {}
    assert book.sound()


def test_an_operator_does_not_undo_a_recharge_of_another_day_alone(mall: Any) -> None:
    """Else it takes the client's money months later, and keeps the cash."""
    book = mall(clients=("a", "b"), fund="2,000.00")
    book.recharge("a", "100.00", "r")
    book.recharge("a", "200.00", "s")
    book.undo("s")
    book.close_days(150)
    before = book.balances()
    with pytest.raises(BankcoreError) as refusal:
        book.undo("r")
    assert (refusal.value.code, refusal.value.on) == ("undo_too_late", date(2024, 5, 1))
    for client, recharge, code in (("b", "r", "not_found"), ("a", "s", "already_undone")):
        with pytest.raises(BankcoreError) as refusal:
            book.do(ConsentToUndo("o", client, recharge))
        assert refusal.value.code == code
    assert book.balances() == before
    book.do(ConsentToUndo("o", "a", "r"))
    book.undo("r")
    assert book.pockets("a")["principal"] == 0
    assert book.balance("wallet:o:cash-due") == 0
    assert book.sound()


def test_an_undone_recharge_does_not_spend_an_earlier_one(mall: Any) -> None:
    book = mall(fund="2,000.00")
    book.recharge("a", "600.00", "first")
    book.recharge("a", "500.00", "second")
    book.undo("second")
    book.undo("first")
    assert book.pockets("a") == {"bonus": 0, "principal": 0, "vested": 0, "yield": 0}
    assert book.sound()


def test_spending_yield_alone_leaves_a_recharge_undoable(mall: Any) -> None:
    book = mall(fund="2,000.00", yield_rate="3.65%", bonus_tiers=[["0", "0%"]])
    book.recharge("a", "1,000.00", "r")
    book.close_days(2)
    book.buy("a", "0.10")
    book.do(ConsentToUndo("o", "a", "r"))
    book.undo("r")
    assert book.pockets("a")["principal"] == 0


def test_a_recharge_may_fill_the_cap_exactly(mall: Any) -> None:
    book = mall(fund="2,000.00", balance_cap="1,050.00")
    book.recharge("a", "1,000.00")
    assert sum(book.pockets("a").values()) == 1_050_00


def test_a_recharge_that_empties_the_reserve_is_followed_by_the_sweep(mall: Any) -> None:
    book = mall(fund="100.00", threshold="50.00", preset="20.00", sweep="until", bonus_tiers=[["0", "0"]])
    book.post({"bank:cash": 70_00}, {"wallet:o:service": 70_00})
    book.recharge("a", "100.00")
    assert (book.reserve(), book.service()) == (60_00, 10_00)
    assert book.bank.report("wallet", "sweeps").rows[0][-1] == 3


def test_the_monitor_on_command(mall: Any) -> None:
    book = mall(threshold="50.00", preset="20.00")
    book.post({"bank:cash": 70_00}, {"wallet:o:service": 70_00})
    book.do(Sweep("o"))
    book.do(Sweep("o"))
    assert (book.reserve(), book.service()) == (40_00, 30_00)
    assert book.sound()


# --- purchases ------------------------------------------------------------------------------------


def test_pockets_are_emptied_in_order(mall: Any) -> None:
    book = mall(fund="2,000.00", bonus_tiers=[["0", "10%"]], yield_rate="3.65%", eligible=["principal"])
    book.recharge("a", "1,000.00")
    book.close_days(2)
    assert book.pockets("a") == {"bonus": 100_00, "principal": 1_000_00, "vested": 0, "yield": 10}
    book.buy("a", "0.05")
    assert book.pockets("a")["yield"] == 5
    book.buy("a", "500.05", purchase="half")
    assert book.pockets("a") == {"bonus": 50_00, "principal": 500_00, "vested": 50_00, "yield": 0}
    book.buy("a", "560.00", purchase="rest")  # all bonus vests and pays for the last of it
    assert book.pockets("a") == {"bonus": 0, "principal": 0, "vested": 40_00, "yield": 0}
    book.refund("rest", "59.99")
    assert book.pockets("a") == {"bonus": 0, "principal": 0, "vested": 99_99, "yield": 0}
    book.refund("rest", "0.01")
    book.refund("half", "500.01")
    assert book.pockets("a") == {"bonus": 50_00, "principal": 500_00, "vested": 50_00, "yield": 1}
    assert book.sound()


def test_vested_bonus_that_was_spent_is_repaid_from_the_restored_principal(mall: Any) -> None:
    book = mall(fund="2,000.00", bonus_tiers=[["0", "10%"]], **NO_YIELD)
    book.recharge("a", "1,000.00")
    book.buy("a", "1,000.00", purchase="all")
    book.buy("a", "70.00", purchase="more")  # out of vested bonus
    book.refund("all", "400.00")  # unvests 40.00; 30.00 are left, 10.00 are repaid
    assert book.pockets("a") == {"bonus": 39_00, "principal": 390_00, "vested": 1_00, "yield": 0}
    purchase = book.books.record("wallet.purchase", "o:more").data
    assert (purchase["principal"], purchase["vested"], purchase["vesting"]) == (10_00, 60_00, "100/1")
    book.refund("more", "70.00")
    assert book.pockets("a") == {"bonus": 40_00, "principal": 400_00, "vested": 60_00, "yield": 0}
    assert book.sound()


def test_what_was_given_back_already_repays_nothing(mall: Any) -> None:
    book = mall(fund="2,000.00", bonus_tiers=[["0", "10%"]], **NO_YIELD)
    book.recharge("a", "1,000.00")
    book.buy("a", "1,000.00", purchase="all")
    book.buy("a", "70.00", purchase="more")
    book.buy("a", "30.00", purchase="late")
    book.refund("late", "30.00")
    book.refund("all", "1,000.00")  # unvests 100.00; 30.00 are left, 70.00 are repaid for `more`
    assert book.pockets("a") == {"bonus": 93_00, "principal": 930_00, "vested": 7_00, "yield": 0}
    assert book.sound()


def test_shares_of_a_bonus_have_bounded_denominators() -> None:
    tally = Tally(id="o:a", earned=Fraction(1), granted=1, vested=Fraction(1, 3**63))
    assert tally.share(1, 7).denominator <= 10**30
    assert tally.share(7, 7) == tally.unvested


def test_principal_that_left_before_the_refund_changes_nothing_of_it(mall: Any) -> None:
    book = mall(fund="2,000.00", bonus_tiers=[["0", "10%"]], yield_rate="3.65%", eligible=["principal"])
    book.recharge("a", "1,000.00")
    book.close_days(2)
    book.buy("a", "1,000.10", purchase="p")
    book.buy("a", "100.00", purchase="q")
    book.refund("p", "1,000.00")  # of which 100.00 for q
    assert book.pockets("a") == {"bonus": 90_00, "principal": 900_00, "vested": 10_00, "yield": 0}
    book.withdraw("a", "900.00")
    book.buy("a", "10.00", purchase="r")
    book.refund("q", "100.00")  # restores principal, of which 10.00 for r
    book.refund("p", "0.10")  # yield alone
    assert book.pockets("a") == {"bonus": 9_00, "principal": 90_00, "vested": 1_00, "yield": 10}
    assert book.sound()


def test_fees_are_rounded_over_all_settlements_together(mall: Any) -> None:
    book = mall(merchants=("m",), fund="10.00", merchant_fee="0.6%", bonus_tiers=[["0", "0"]], **NO_YIELD)
    book.recharge("a", "10.00")
    fees = []
    for number in range(4):
        book.buy("a", "0.50", "m", f"p{number}")  # 0.3 fen of fee each
        book.settle("m")
        fees.append(book.service())
    assert fees == [0, 1, 1, 1]
    for number in range(4):
        book.refund(f"p{number}", "0.50", "m")
        fees.append(book.service())
    assert fees[4:] == [1, 1, 0, 0]
    assert book.balance("bank:demand:m") == 0
    assert book.pockets("a")["principal"] == 10_00


def test_a_refund_gives_back_the_fee_of_its_own_settlement(mall: Any) -> None:
    book = mall(merchants=("m",), fund="500.00", merchant_fee="1%", bonus_tiers=[["0", "0"]], **NO_YIELD)
    book.recharge("a", "300.00")
    book.buy("a", "100.00", "m", "cheap")
    book.settle("m")
    book.do(ChangeTerms("o", {"merchant_fee": "5%"}))
    book.buy("a", "100.00", "m", "dear")
    book.buy("a", "100.00", "m", "open")
    book.refund("open", "100.00", "m")
    book.settle("m")
    assert book.service() == 6_00
    book.refund("cheap", "100.00", "m")
    assert book.service() == 5_00
    book.refund("dear", "50.00", "m")
    assert (book.service(), book.balance("bank:demand:m")) == (2_50, 47_50)


def test_takings_stand_in_the_service_fund_where_they_are_not_ring_fenced(mall: Any) -> None:
    book = mall(
        merchants=("m",), fund="500.00", ring_fence_third_party=False, bonus_tiers=[["0", "0"]], **NO_YIELD
    )
    book.recharge("a", "300.00")
    book.buy("a", "100.00", "m", "p1")
    book.buy("a", "50.00", "m", "p2")
    book.refund("p2", "20.00", "m")
    assert (book.service(), book.balance("wallet:o:takings:m")) == (130_00, 0)
    assert book.bank.report("wallet", "merchants").rows[0][3].quantity == 130_00
    book.settle("m")
    assert (book.service(), book.balance("bank:demand:m")) == (78, 129_22)
    book.refund("p1", "100.00", "m")
    assert (book.service(), book.balance("bank:demand:m")) == (18, 29_82)
    assert book.bank.report("wallet", "merchants").rows[0][3].quantity == 0


# --- withdrawals and closing ----------------------------------------------------------------------


def test_withdrawals_take_yield_first_unless_told(mall: Any) -> None:
    book = mall(fund="2,000.00", yield_rate="3.65%", eligible=["principal"])
    book.recharge("a", "1,000.00")
    book.close_days(2)
    book.withdraw("a", "100.00", "principal")
    assert book.pockets("a") == {"bonus": 45_00, "principal": 900_00, "vested": 0, "yield": 10}
    book.withdraw("a", "0.04", "yield")
    book.withdraw("a", "900.06")
    assert book.pockets("a") == {"bonus": 0, "principal": 0, "vested": 0, "yield": 0}
    assert book.balance("bank:demand:a") == 1_000_10
    assert book.sound()


def test_closing_pays_the_yield_earned_so_far(mall: Any) -> None:
    book = mall(fund="2,000.00", interval="1M", yield_rate="3.65%", eligible=["principal"])
    book.recharge("a", "1,000.00")
    book.close_days(5)
    book.buy("a", "200.00")
    book.pay_in("1,000.00")
    book.do(CloseClient("o", "a", forfeit_vested=True))
    assert book.pockets("a") == {"bonus": 0, "principal": 0, "vested": 0, "yield": 0}
    assert book.balance("bank:demand:a") == 800_50
    assert book.reserve() == 2_000_00 - 50
    assert book.bank.report("wallet", "bonus").rows[0][2:] == tuple(
        Amount(fen, Unit("CNY/2")) for fen in (50_00, 10_00, 40_00, 0)
    )
    before = book.balances()
    book.close_until(date(2024, 6, 5))
    assert moved(book, before) == {}
    assert book.sound()


def test_closing_is_followed_by_the_sweep(mall: Any) -> None:
    book = mall(
        fund="1,000.50", threshold="1.00", interval="1M", yield_rate="3.65%", bonus_tiers=[["0", "0%"]]
    )
    book.recharge("a", "1,000.00")
    book.close_days(3)
    book.post({"bank:cash": 5_00}, {"wallet:o:service": 5_00})
    book.do(CloseClient("o", "a"))
    assert (book.reserve(), book.service()) == (20 + 5_00, 0)


def owing(mall: Any, **terms: Any) -> Any:
    """A client who left with 0.30 of yield while the reserve had 0.10 of it."""
    book = mall(clients=("a", "b"), fund="1,000.10", interval="1M", yield_rate="3.65%", **terms)
    book.do(ChangeTerms("o", {"bonus_tiers": [["0", "0%"]]}))
    book.recharge("a", "1,000.00")
    book.close_days(3)
    book.do(CloseClient("o", "a"))
    assert (book.reserve(), book.balance("bank:demand:a")) == (0, 1_000_10)
    assert book.balance("wallet:o:owed:a") == book.balance("wallet:o:owed-contra:a") == 20
    assert [str(it[-1]) for it in book.bank.report("wallet", "owed").rows] == ["0.20 CNY"]
    return book


def test_who_leaves_while_the_reserve_is_short_is_owed_the_rest_by_the_next_batch(mall: Any) -> None:
    book = owing(mall)
    for _ in range(2):
        book.close()
        assert book.balance("wallet:o:owed:a") == 20
        assert "a:wallet:o/client" in [it.id for it in open_contracts(book.books, "a")]
        assert book.sound()
    book.fund("0.20")
    book.close()
    assert (book.reserve(), book.balance("bank:demand:a")) == (0, 1_000_30)
    assert "a:wallet:o/client" not in [it.id for it in open_contracts(book.books, "a")]
    assert book.bank.report("wallet", "owed").rows == ()
    carried = [[cell.quantity for cell in row[2:]] for row in book.bank.report("wallet", "yield").rows]
    assert carried == [[20, 0, 20], [20, 0, 20], [20, 20, 0]]
    book.close()
    assert (book.reserve(), book.balance("bank:demand:a")) == (0, 1_000_30)
    assert book.sound()


def test_the_monitor_fills_the_reserve_for_what_is_owed(mall: Any) -> None:
    book = owing(mall, threshold="1.00")
    book.post({"bank:cash": 5_00}, {"wallet:o:service": 5_00})
    book.close()
    assert (book.reserve(), book.service(), book.balance("bank:demand:a")) == (4_80, 0, 1_000_30)
    assert book.sound()


@pytest.mark.parametrize("how", ["frozen", "in", "capped"])
def test_what_is_owed_waits_for_the_account_that_refuses_it(mall: Any, how: str) -> None:
    book = owing(mall)
    book.fund("0.20")
    stop(book.bank, {"bank:demand:a": how})
    book.close()
    assert book.balance("wallet:o:owed:a") == 20
    payout = Payout.existing(book.books, "o", "2024-05-04")
    assert (payout.paid, payout.withheld, payout.carried) == (True, 20, 20)
    free(book.bank, {"bank:demand:a": how})
    book.close()
    assert book.balance("bank:demand:a") == 1_000_30
    assert book.sound()


def test_a_frozen_reserve_owes_everything_to_who_leaves(mall: Any) -> None:
    book = mall(fund="2,000.00", interval="1M", yield_rate="3.65%", bonus_tiers=[["0", "0%"]])
    book.recharge("a", "1,000.00")
    book.close_days(3)
    stop(book.bank, {"wallet:o:reserve": "debits frozen"})
    book.do(CloseClient("o", "a"))
    assert (book.balance("bank:demand:a"), book.balance("wallet:o:owed:a")) == (1_000_00, 30)
    book.close()
    assert book.balance("wallet:o:owed:a") == 30
    free(book.bank, {"wallet:o:reserve": "debits frozen"})
    book.close()
    assert book.balance("bank:demand:a") == 1_000_30
    assert book.sound()


def test_what_a_command_recorded_is_undone_by_a_command_only(mall: Any) -> None:
    book = mall(fund="100.00", **NO_YIELD)
    book.recharge("a", "50.00")
    book.buy("a", "20.00", purchase="p")
    last, today = book.bank.ledger.reader.head().number, book.books.today
    with pytest.raises(RecordsStand):
        book.bank.ledger.reverse(last, key="back", effective_on=today)
    book.refund("p", "20.00")
    assert book.pockets("a")["principal"] == 50_00
    assert book.sound()


@pytest.mark.parametrize("what", ["fund", "pay in", "take out", "withdraw", "buy"])
def test_no_reversal_in_the_ledger_passes_the_floor_of_the_reserve(mall: Any, what: str) -> None:
    """It would take money out of a reserve below its threshold, with cash due, and run no monitor."""
    book = mall(fund="100.00", threshold="50.00", bonus_tiers=[["0", "0"]], **NO_YIELD)
    book.recharge("a", "20.00")
    book.pay_in("20.00")
    if what == "fund":
        book.fund("5.00")
    elif what == "take out":
        book.do(TakeOut("o", Amount(5_00, Unit("CNY/2"))))
    elif what == "withdraw":
        book.withdraw("a", "5.00")
    elif what == "buy":
        book.buy("a", "5.00")
    last, before = book.bank.ledger.reader.head().number, book.balances()
    with pytest.raises(RecordsStand):
        book.bank.doors(reason="a mistake").reverse(last, key="back", effective_on=book.books.today)
    assert book.balances() == before
    flows = [(row[2], row[3].quantity) for row in book.bank.report("wallet", "flows").rows]
    assert flows[:2] == [("fund", 100_00), ("pay-in", 20_00)]
    assert len(flows) == 2 + (what in ("fund", "take out"))


def test_taking_out_what_the_programme_does_not_need(mall: Any) -> None:
    book = mall(fund="60.00", threshold="50.00", bonus_tiers=[["0", "0"]], **NO_YIELD)
    book.recharge("a", "5.00")
    book.pay_in("5.00")
    book.buy("a", "5.00")
    book.take_out("10.00")
    book.take_out("5.00", "service")
    assert (book.reserve(), book.service(), book.balance("bank:cash")) == (50_00, 0, 50_00)
    assert book.sound()
