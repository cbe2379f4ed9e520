"""Current accounts: what each command does and refuses, who may give it, what a day's close ends."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from attrs import evolve
from tests.products.counter import Counter
from tests.products.holders import cny

from bankcore.errors import BadCommand, BadTerms
from bankcore.ledger.accounts import AccountPath, Status
from bankcore.ledger.evidence.audit import verify
from bankcore.ledger.transactions import Record, Transaction
from bankcore.product.actor import Actor
from bankcore.product.deferrals import Deferral
from bankcore.product.notices import NOTICE
from bankcore.product.parties import Contract, open_contracts
from bankcore.products.current import (
    CancelStandingOrder,
    CashIn,
    CashOut,
    ChangeTerms,
    CloseAccount,
    CourtFreeze,
    DemandTerms,
    LiftCourtFreeze,
    OpenAccount,
    OpenProgramme,
    PlaceStandingOrder,
    ReplaceLost,
    ReportLost,
    ReviveAccount,
    Transfer,
)
from bankcore.products.current.orders import Period, StandingOrder
from bankcore.products.parties import (
    DismissRepresentative,
    EraseParty,
    RegisterParty,
    RestoreParty,
    SuspendParty,
)

FIRST = date(2024, 1, 1)


@pytest.fixture
def book() -> Counter:
    it = Counter()
    for party in ("li", "wang", "acme"):
        it.pay_in(party, "1,000.00")
    return it


def pay(party: str, receiver: str, amount: str = "100.00", **fields: Any) -> Transfer:
    return Transfer(party, receiver, cny(amount), **fields)


# --- opening and closing --------------------------------------------------------------------------------


def test_an_account_is_opened_once_for_a_registered_party(book: Counter) -> None:
    book.refused("not_found", OpenAccount("std", "nobody"))
    book.refused("already_taken", OpenAccount("std", "li"))
    book.refused("not_found", OpenAccount("none", "li"))
    book.do(RegisterParty("zhao"))
    book.refused("actor_not_permitted", OpenAccount("std", "zhao"), "customer:li")
    book.do(SuspendParty("zhao", "x"))
    book.refused("party_suspended", OpenAccount("std", "zhao"))
    book.do(RestoreParty("zhao", "x"))
    book.do(OpenAccount("std", "zhao"), "customer:zhao")
    assert [it.ids[1:] for it in open_contracts(book.bank.ledger.books, "zhao")] == [("current", "std")]
    book.refused("already_taken", OpenProgramme("std"))


def test_a_representative_acts_for_his_firm_and_no_other(book: Counter) -> None:
    book.do(pay("acme", "wang"), "customer:li")
    assert book.demand("acme") == 900_00
    book.refused("actor_not_permitted", pay("acme", "wang"), "customer:wang")
    book.refused("actor_not_permitted", pay("li", "wang"), "customer:wang")
    book.refused("actor_not_permitted", pay("li", "wang"), "customer:acme")
    book.refused("actor_not_permitted", pay("li", "wang"), "merchant:li")
    book.do(SuspendParty("li", "x"))
    book.refused("party_suspended", pay("acme", "wang"), "customer:li")
    book.do(RestoreParty("li", "x"))
    book.do(DismissRepresentative("acme", "li"))
    book.refused("actor_not_permitted", pay("acme", "wang"), "customer:li")


def test_an_account_that_is_there_is_taken_over(book: Counter) -> None:
    book.do(RegisterParty("zhao"))
    path = AccountPath("bank:demand:zhao")
    book.bank.ledger.open([_like(book, path)], key="old")
    book.do(OpenAccount("std", "zhao"))
    book.pay_in("zhao", "5.00")
    assert book.demand("zhao") == 5_00
    points = Counter()
    points.do(RegisterParty("zhao"))
    points.bank.ledger.open([evolve(_like(points, path), unit=type(cny("1").unit)("USD/2"))], key="old")
    points.refused("unit_mismatch", OpenAccount("std", "zhao"))


def _like(book: Counter, path: AccountPath) -> Any:
    known = book.bank.ledger.books.account(AccountPath("bank:demand:li"))
    assert known is not None
    return evolve(known, path=path, party="zhao")


def test_closing_pays_all_away_and_opens_again(book: Counter) -> None:
    book.refused("actor_not_permitted", CloseAccount("li"), "customer:li")
    book.refused("bad_command", CloseAccount("li", "li"))
    book.refused("not_found", CloseAccount("li", "nobody"))
    book.refused("actor_not_permitted", CloseAccount("li", "wang"), "customer:wang")
    book.do(CloseAccount("li", "wang"), "customer:li")
    assert (book.demand(), book.demand("wang")) == (0, 2_000_00)
    book.refused("not_found", CloseAccount("li", "wang"))
    book.refused("not_found", CashIn("li", cny("1.00")))
    book.refused("not_found", pay("wang", "li"))
    account = book.bank.ledger.books.account(AccountPath("bank:demand:li"))
    assert account is not None
    assert account.status is Status.CLOSED
    assert not [it for it in open_contracts(book.bank.ledger.books, "li") if it.ids[1] == "current"]
    book.do(OpenAccount("std", "li"))
    book.pay_in("li", "1.00")
    assert not list(book.bank.broken_invariants())


def test_closing_is_refused_while_contracts_hang_on_it(book: Counter) -> None:
    def rule(books: Any) -> Any:
        bond = Contract.opened(books, "li", "loan", "sme", "l1")
        return (Transaction(kind="x", effective_on=books.today, records=(bond,)),)

    book.refused("contracts_open", EraseParty("li"))
    book.do(CourtFreeze("li", "c1", cny("1.00")))
    book.refused("contracts_open", CloseAccount("li", "wang"))
    book.do(LiftCourtFreeze("li", "c1"))
    book.do(PlaceStandingOrder("li", "rent", "wang", cny("1.00"), FIRST))
    book.refused("contracts_open", CloseAccount("li", "wang"))
    book.do(CancelStandingOrder("li", "rent"))
    book.bank.ledger.execute("loan", {}, rule)
    book.refused("contracts_open", CloseAccount("li", "wang"))


# --- money ------------------------------------------------------------------------------------------------


def test_cash_is_witnessed_by_a_teller(book: Counter) -> None:
    assert book.balance("bank:cash") == 3_000_00
    book.refused("actor_not_permitted", CashIn("li", cny("1.00")), "customer:li")
    book.refused("actor_not_permitted", CashOut("li", cny("1.00")), "customer:li")
    book.do(CashOut("li", cny("400.00")))
    assert (book.demand(), book.balance("bank:cash")) == (600_00, 2_600_00)
    book.refused("balance_floor_breached", CashOut("li", cny("600.01")))
    book.refused("not_found", CashOut("nobody", cny("1.00")))
    book.refused("unit_mismatch", CashIn("li", cny("1.00").__class__.parse("1", "POINT/0")))
    book.do(SuspendParty("wang", "x"))
    book.refused("party_suspended", CashOut("wang", cny("1.00")))


def test_a_transfer_tells_its_receiver(book: Counter) -> None:
    book.do(pay("li", "wang", "12.34"), "customer:li")
    assert (book.demand(), book.demand("wang")) == (987_66, 1_012_34)
    (told,) = book.bank.ledger.books.records(NOTICE, "wang")
    assert (told.id, told.data["amount"]) == ("wang:payment-received:li", "12.34 CNY")
    book.refused("bad_command", pay("li", "li"), "customer:li")
    book.refused("not_found", pay("li", "nobody"))
    book.refused("balance_floor_breached", pay("li", "wang", "9,999.00"))


def test_much_money_needs_identity() -> None:
    book = Counter(identity_above="100.00")
    book.do(RegisterParty("zhao"))
    book.do(OpenAccount("std", "zhao"))
    book.pay_in("zhao", "500.00")
    book.do(pay("zhao", "li", "100.00"))
    book.refused("not_identified", pay("zhao", "li", "100.01"))
    book.refused("not_identified", CashOut("zhao", cny("100.01")))


def test_value_dates_lie_back_a_little(book: Counter) -> None:
    book.close_until(date(2024, 3, 1))
    book.refused("bad_command", CashIn("li", cny("1.00"), date(2024, 3, 2)))
    book.refused("period_closed", CashIn("li", cny("1.00"), date(2024, 1, 30)))
    book.do(CashIn("li", cny("1.00"), date(2024, 1, 31)))
    book.refused("actor_not_permitted", pay("li", "wang", value_on=date(2024, 2, 1)), "customer:li")
    book.do(pay("li", "wang", "1.00", value_on=date(2024, 2, 1)), "officer:o")
    assert [it.quantity for it in book.account().shifts] == [1_00, -1_00]
    assert [it.quantity for it in book.account("wang").shifts] == [1_00]
    book.do(RegisterParty("zhao"))
    book.do(OpenAccount("std", "zhao"))
    book.refused("period_closed", CashIn("zhao", cny("1.00"), date(2024, 2, 29)))
    book.do(CashIn("zhao", cny("1.00"), date(2024, 3, 1)))
    assert book.account("zhao").shifts == ()


# --- states -----------------------------------------------------------------------------------------------


def test_what_is_lost_takes_no_debits_from_anybody(book: Counter) -> None:
    book.refused("not_lost", ReplaceLost("li"))
    book.do(ReportLost("li"), "customer:li")
    book.refused("account_lost", ReportLost("li"))
    book.refused("account_lost", pay("li", "wang"), "customer:li")
    book.refused("account_lost", CashOut("li", cny("1.00")))
    book.refused("account_lost", CloseAccount("li", "wang"))
    with pytest.raises(Exception, match="frozen"):
        book.post({"bank:demand:li": 5}, {"bank:demand:wang": 5})
    book.pay_in("li", "1.00")
    assert book.account().status == "lost"
    book.refused("actor_not_permitted", ReplaceLost("li"), "customer:li")
    book.do(ReplaceLost("li"))
    book.do(pay("li", "wang"), "customer:li")


def test_who_is_not_identified_gets_no_other_card(book: Counter) -> None:
    book.do(RegisterParty("zhao"))
    book.do(OpenAccount("std", "zhao"))
    book.do(ReportLost("zhao"), "customer:zhao")
    book.refused("not_identified", ReplaceLost("zhao"))


def test_an_account_falls_dormant_and_its_owner_revives_it() -> None:
    book = Counter(dormant_years=1)
    for party in ("li", "wang", "acme"):
        book.pay_in(party, "1,000.00")
    book.close_until(date(2024, 7, 1))
    book.do(pay("wang", "li"), "customer:wang")
    book.close_until(date(2025, 1, 1))
    assert book.account().status == "normal"
    book.close_until(date(2025, 1, 2))
    assert [book.account(it).status for it in ("li", "wang", "acme")] == ["dormant", "normal", "dormant"]
    book.refused("account_dormant", pay("li", "wang"), "customer:li")
    book.do(CashIn("li", cny("1.00")))
    assert book.account().status == "dormant"
    book.refused("not_dormant", ReviveAccount("wang"))
    book.refused("actor_not_permitted", ReviveAccount("li"), "customer:wang")
    book.do(ReviveAccount("li"), "customer:li")
    book.do(ReviveAccount("acme"), "customer:li")
    book.do(pay("li", "wang"), "customer:li")
    book.close_until(date(2025, 7, 2))
    assert [book.account(it).status for it in ("li", "wang")] == ["normal", "dormant"]
    book.close_until(date(2026, 1, 3))
    assert [book.account(it).status for it in ("li", "wang", "acme")] == ["dormant"] * 3


def test_a_closed_account_falls_dormant_no_more() -> None:
    book = Counter(dormant_years=1)
    book.do(CloseAccount("wang", "li"))
    book.close_until(date(2025, 1, 3))
    assert [book.account(it).status for it in ("li", "wang")] == ["dormant", "closed"]


def test_who_is_bound_by_a_contract_uses_his_account() -> None:
    book = Counter(dormant_years=1)

    def rule(books: Any) -> Any:
        make = Contract.ended if Contract.find(books, "li", "loan", "l1") else Contract.opened
        return (Transaction(kind="x", effective_on=books.today, records=(make(books, "li", "loan", "l1"),)),)

    book.bank.ledger.execute("loan", {}, rule)
    book.close_until(date(2025, 1, 2))
    assert [book.account(it).status for it in ("li", "wang")] == ["normal", "dormant"]
    book.bank.ledger.execute("paid", {}, rule)
    book.close_until(date(2025, 2, 1))
    assert book.account().status == "normal"
    book.close_until(date(2025, 2, 2))
    assert book.account().status == "dormant"


def test_a_court_freezes_a_part(book: Counter) -> None:
    book.refused("balance_floor_breached", CourtFreeze("li", "c1", cny("1,000.01")))
    book.refused("actor_not_permitted", CourtFreeze("li", "c1", cny("1.00")), "customer:li")
    book.refused("bad_command", CourtFreeze("li", "c1", cny("1.00"), FIRST - timedelta(days=1)))
    book.do(CourtFreeze("li", "c1", cny("800.00"), date(2024, 1, 3)))
    book.do(CourtFreeze("li", "c2", cny("100.00")))
    book.refused("already_taken", CourtFreeze("li", "c1", cny("1.00")))
    book.refused("balance_floor_breached", pay("li", "wang", "100.01"), "customer:li")
    book.do(pay("li", "wang", "100.00"), "customer:li")
    assert book.account().status == "normal"
    book.close_until(date(2024, 1, 3))
    book.refused("balance_floor_breached", pay("li", "wang", "0.01"))
    book.close_until(date(2024, 1, 4))
    book.do(pay("li", "wang", "800.00"))
    book.refused("not_found", LiftCourtFreeze("li", "c1"))
    book.do(LiftCourtFreeze("li", "c2"))
    book.do(pay("li", "wang", "100.00"))
    rows = book.bank.report("current", "court-orders").rows
    assert [(row[1], row[4:]) for row in rows] == [
        ("c1", (FIRST, date(2024, 1, 3), date(2024, 1, 3))),
        ("c2", (FIRST, None, date(2024, 1, 4))),
    ]
    verify(book.bank.ledger.reader, book.bank.ledger.book).require()


def test_courts_freeze_an_account_whole(book: Counter) -> None:
    book.do(CourtFreeze("li", "c1", until=date(2024, 1, 3)))
    book.do(CourtFreeze("li", "c2"))
    book.refused("account_frozen", pay("li", "wang"), "customer:li")
    book.do(ReportLost("li"))
    assert book.account().status == "frozen"
    book.close_until(date(2024, 1, 4))
    assert book.account().frozen == ("c2",)
    book.do(LiftCourtFreeze("li", "c2"))
    assert book.account().status == "lost"
    book.do(ReplaceLost("li"))
    book.do(pay("li", "wang"), "customer:li")
    told = [it.id for it in book.bank.ledger.books.records(NOTICE, "li")]
    assert told == ["li:frozen:c1", "li:frozen:c2", "li:unfrozen:c1", "li:unfrozen:c2"]


def test_an_order_that_was_lifted_does_not_end_again(book: Counter) -> None:
    book.do(CourtFreeze("li", "c1", until=date(2024, 1, 3)))
    book.do(LiftCourtFreeze("li", "c1"))
    book.close_until(date(2024, 1, 5))
    assert book.account().status == "normal"


def test_a_status_that_the_ledgers_own_door_gave_stays(book: Counter) -> None:
    book.freeze("bank:demand:li")
    book.do(ReportLost("li"))
    book.do(ReplaceLost("li"))
    book.refused("account_frozen", pay("li", "wang"))


# --- standing orders ----------------------------------------------------------------------------------------


def order(**fields: Any) -> PlaceStandingOrder:
    given: dict[str, Any] = {"amount": cny("100.00"), "first": date(2024, 1, 31), **fields}
    return PlaceStandingOrder("li", "rent", "wang", **given)


def paid(book: Counter) -> list[tuple[date, int]]:
    return [
        (entry.transaction.effective_on, entry.transaction.postings[0].quantity)
        for entry in book.bank.ledger.reader.entries()
        if entry.transaction.kind == "current.order-pay"
    ]


def test_an_order_pays_month_by_month_until_its_cap(book: Counter) -> None:
    book.do(order(cap=cny("250.00")), "customer:li")
    book.close_until(date(2024, 5, 1))
    assert paid(book) == [
        (date(2024, 1, 31), 100_00),
        (date(2024, 2, 29), 100_00),
        (date(2024, 3, 31), 50_00),
    ]
    assert StandingOrder.existing(book.bank.ledger.books, "li", "rent").ended_on == date(2024, 3, 31)
    book.do(CloseAccount("li", "wang"))


def test_an_order_pays_until_its_end(book: Counter) -> None:
    book.do(order(every=2, period="week", until=date(2024, 2, 28)), "customer:li")
    book.close_until(date(2024, 5, 1))
    assert [day for day, _ in paid(book)] == [date(2024, 1, 31), date(2024, 2, 14), date(2024, 2, 28)]
    assert StandingOrder.existing(book.bank.ledger.books, "li", "rent").ended_on == date(2024, 2, 28)


def test_what_cannot_be_paid_waits_beside_what_falls_due(book: Counter) -> None:
    book.do(order(amount=cny("600.00"), period="day", first=date(2024, 1, 2), cap=cny("1,800.00")))
    book.close_until(date(2024, 1, 5))
    assert [day.day for day, _ in paid(book)] == [2]
    waits = list(Deferral.every(book.bank.ledger.books))
    assert {(it.code, it.day.day) for it in waits} == {
        ("balance_floor_breached", 3),
        ("balance_floor_breached", 4),
    }
    assert book.bank.report("current", "orders").rows[0][6:9] == (2, 0, date(2024, 1, 5))
    book.pay_in("li", "800.00")
    book.close_until(date(2024, 1, 6))
    assert [day.day for day, _ in paid(book)] == [2, 5, 5]
    assert book.demand() == 0
    assert StandingOrder.existing(book.bank.ledger.books, "li", "rent").ended_on == date(2024, 1, 5)
    book.close_until(date(2024, 1, 9))
    assert len(paid(book)) == 3


def test_an_order_that_waits_ends_once_it_is_paid(book: Counter) -> None:
    book.do(order(amount=cny("1,500.00"), first=date(2024, 1, 2), until=date(2024, 1, 20)))
    book.close_until(date(2024, 1, 5))
    assert paid(book) == []
    book.pay_in("li", "800.00")
    book.close_until(date(2024, 1, 6))
    assert StandingOrder.existing(book.bank.ledger.books, "li", "rent").ended_on == date(2024, 1, 5)


@pytest.mark.parametrize("days", [0, 2])
def test_what_can_never_be_paid_lapses_and_the_payer_is_told(days: int) -> None:
    book = Counter(retry_days=days)
    until = date(2024, 1, 20)
    book.do(order(amount=cny("1.00"), first=date(2024, 1, 2), every=9, period="day", until=until))
    book.close_until(date(2024, 1, 3) + timedelta(days=days))
    kept = StandingOrder.existing(book.bank.ledger.books, "li", "rent")
    assert (kept.begun, kept.served, kept.lapsed, kept.ended_on) == (1, 0, 1, None)
    told = book.bank.ledger.books.record(NOTICE, "li:payment-lapsed:rent")
    assert told is not None
    assert (told.data["due"], told.data["receiver"]) == ("2024-01-02", "wang")
    assert [it.day.day for it in Deferral.every(book.bank.ledger.books)] == [2, 3, 4][: days + 1]
    book.pay_in("li", "5.00")
    book.close_until(date(2024, 1, 12))
    assert [(day.day, fen) for day, fen in paid(book)] == [(11, 1_00)]
    book.do(Transfer("li", "wang", cny("4.00")))
    book.close_until(until + timedelta(days=days + 1))
    ended = StandingOrder.existing(book.bank.ledger.books, "li", "rent")
    assert (ended.served, ended.lapsed, ended.ended_on) == (1, 2, until + timedelta(days=days))
    assert book.bank.report("current", "orders").rows[0][6:8] == (0, 2)
    book.close_until(date(2024, 2, 20))
    assert book.bank.report("current", "orders").rows[0][-1] == ended.ended_on


def test_an_order_is_cancelled(book: Counter) -> None:
    book.do(order(amount=cny("5,000.00"), first=FIRST))
    book.close_until(date(2024, 1, 3))
    book.refused("actor_not_permitted", CancelStandingOrder("li", "rent"), "customer:wang")
    book.do(CancelStandingOrder("li", "rent"), "customer:li")
    book.refused("not_found", CancelStandingOrder("li", "rent"))
    book.refused("not_found", CancelStandingOrder("li", "other"))
    book.pay_in("li", "9,000.00")
    book.close_until(date(2024, 3, 3))
    assert paid(book) == []


def test_orders_are_refused(book: Counter) -> None:
    book.refused("actor_not_permitted", order(), "customer:wang")
    book.refused("bad_command", order(first=FIRST - timedelta(days=1)))
    book.refused("bad_command", order(until=FIRST))
    book.refused("bad_command", PlaceStandingOrder("li", "rent", "li", cny("1.00"), FIRST))
    book.refused("not_found", PlaceStandingOrder("li", "rent", "x", cny("1.00"), FIRST))
    book.do(order())
    book.refused("already_taken", order())
    with pytest.raises(BadCommand):
        order(every=0)


def test_an_order_beyond_the_last_date_there_is_falls_due_no_more() -> None:
    last = StandingOrder(
        id="li:x", receiver="w", amount=1, first=date(9999, 12, 1), interval=1, period=Period.MONTH
    )
    assert [last.due(0), last.due(1)] == [date(9999, 12, 1), None]
    assert evolve(last, period=Period.DAY, interval=2**62).due(1) is None
    assert evolve(last, period=Period.WEEK).due(1) == date(9999, 12, 8)


# --- terms, reports, invariants ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "terms",
    [{"rate": "6%"}, {"dormant_years": 0}, {"value_back": 93}, {"accrue": "hourly"}, {"rate_rule": "x"}],
)
def test_terms_have_bounds(terms: dict[str, Any]) -> None:
    with pytest.raises(BadTerms):
        DemandTerms.from_data(terms)


def test_the_rule_of_rates_stays(book: Counter) -> None:
    book.refused("bad_terms", ChangeTerms("std", {"rate_rule": "settlement-day"}))


def test_a_statement_says_who_gave_what_and_shows_to_each_his_own(book: Counter) -> None:
    book.do(pay("li", "wang", "12.34"), "customer:li")
    book.do(CourtFreeze("li", "c1", cny("1.00")))
    book.do(order())
    book.post({"bank:cash": 5}, {"bank:demand:li": 5}, on=date(2024, 2, 1))
    rows = book.bank.report("current", "statement", Actor.parse("customer:wang")).rows
    assert [(row[0], str(row[6]), str(row[7]), row[8]) for row in rows] == [
        ("wang", "1,000.00 CNY", "1,000.00 CNY", "officer:bank"),
        ("wang", "12.34 CNY", "1,012.34 CNY", "customer:li"),
    ]
    mine = book.bank.report("current", "statement", Actor.parse("customer:li"))
    assert [str(row[7]) for row in mine.where("party", "li").rows] == [
        "1,000.00 CNY", "987.66 CNY", "987.71 CNY",
    ]  # fmt: skip
    assert {row[0] for row in mine.rows} == {"li", "acme"}
    assert [row[:3] for row in book.bank.report("current", "accounts").rows] == [
        ("acme", "std", "normal"), ("li", "std", "normal"), ("wang", "std", "normal"),
    ]  # fmt: skip
    wang = Actor.parse("customer:wang")
    for report in ("accounts", "orders", "court-orders"):
        assert not book.bank.report("current", report, wang).where("party", "li").rows


@pytest.mark.parametrize(
    ("name", "kind", "id", "changes"),
    [
        ("Q1", "current.account", "li", {"closed_on": "2024-01-01"}),
        ("Q2", "current.account", "li", {"accrued": 5}),
        ("Q3", "current.account", "li", {"lost_on": "2024-01-01"}),
        ("Q4", "current.order", "li:rent", {"served": 1}),
        ("Q4", "current.order", "li:rent", {"lapsed": 1}),
    ],
)
def test_a_broken_invariant_is_told(
    book: Counter, name: str, kind: str, id: str, changes: dict[str, Any]
) -> None:
    book.do(order())
    stored = book.bank.ledger.reader.record(kind, id)
    assert isinstance(stored, Record)
    broken = Transaction(kind="x", effective_on=FIRST, records=(stored.next(**changes),), key="broken")
    book.bank.ledger.post(broken)
    assert [it.invariant for it in book.bank.broken_invariants()] == [name]
