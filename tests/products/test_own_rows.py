"""Reports show everybody his own rows, the bank all: in a town where every product is in use."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from tests.products.holders import cny
from tests.products.people import giver
from tests.products.town import FIRST, TOWN

from bankcore.bank import Bank
from bankcore.errors import ActorNotPermitted
from bankcore.ledger.personal import seeded
from bankcore.product.actor import Actor
from bankcore.products import certificate, points, wallet
from bankcore.products.branch import AcquireLead
from bankcore.products.parties import IdentifyParty, NameRepresentative, RegisterParty
from bankcore.stores.memory import MemoryStore

OWN = {  # of each report the column that says whose a row is, by role
    ("wallet", "clients"): {"customer:a": "client", "operator:mall": "programme"},
    ("wallet", "bonus"): {"customer:b": "client", "operator:mall": "programme"},
    ("wallet", "yield-preview"): {"customer:a": "client", "operator:mall": "programme"},
    ("wallet", "cap-breaches"): {"customer:a": "client", "operator:mall": "programme"},
    ("wallet", "merchants"): {"merchant:h": "merchant", "operator:mall": "programme"},
    ("wallet", "reserve"): {"operator:mall": "programme"},
    ("wallet", "cash-due"): {"operator:mall": "programme"},
    ("wallet", "yield"): {"operator:mall": "programme"},
    ("wallet", "sweeps"): {"operator:mall": "programme"},
    ("wallet", "failed-sweeps"): {"operator:mall": "programme"},
    ("points", "cards"): {"customer:a": "card", "operator:card": "programme"},
    ("points", "lots"): {"customer:a": "card", "operator:card": "programme"},
    ("points", "expiring"): {"customer:b": "card"},
    ("points", "next-expiry"): {"customer:a": "card"},
    ("points", "top-earners"): {"customer:a": "card"},
    ("points", "debts"): {"customer:a": "card"},
    ("points", "orders"): {"customer:a": "card", "merchant:g": "provider"},
    ("points", "remittances"): {"customer:b": "card", "merchant:h": "provider"},
    ("points", "providers"): {"merchant:g": "provider", "operator:card": "programme"},
    ("credit", "lines"): {"customer:a": "holder"},
    ("loan", "portfolio"): {"customer:a": "borrower"},
    ("loan", "fees"): {"customer:b": "borrower"},
    ("loan", "schedules"): {"customer:a": "loan"},
    ("enterprise", "members"): {"customer:g": "enterprise"},
    ("enterprise", "registrations"): {"customer:h": "enterprise"},
    ("enterprise", "ratings"): {"customer:g": "enterprise"},
    ("enterprise", "entitlements"): {"customer:h": "enterprise"},
    ("enterprise", "fees"): {"customer:h": "enterprise"},
    ("deposit-modes", "balances"): {"customer:g": "enterprise"},
    ("deposit-modes", "statements"): {"customer:g": "enterprise"},
    ("deposit-modes", "targets"): {"customer:h": "enterprise"},
    ("deposit-modes", "agreed"): {"customer:h": "enterprise"},
    ("deposit-modes", "endings"): {"customer:g": "enterprise"},
    ("deposit-modes", "recommendations"): {"customer:g": "enterprise"},
    ("certificate", "links"): {"customer:a": "initiator"},
    ("certificate", "terminals"): {"customer:a": "party"},
    ("certificate", "shares"): {"customer:a": "participant"},
    ("certificate", "insurance"): {"customer:b": "depositor"},
    ("certificate", "certificates"): {"customer:b": "participant"},
    ("certificate", "early-exits"): {"customer:b": "participant"},
    ("current", "suspense"): {"customer:b": "party"},
}
BANK = [
    ("points", "breakage"),
    ("points", "rights"),
    ("loan", "overdue"),
    ("loan", "proposals"),
    ("enterprise", "liability"),
    ("platform", "proposals"),
    ("deposit-modes", "proposals"),
    ("deposit-modes", "modes"),
    ("deposit-modes", "hit-rate"),
    ("certificate", "maturities"),
    ("certificate", "accruals"),
    ("certificate", "escrow"),
]
STRANGERS = [Actor.parse(text) for text in ("customer:x", "merchant:x", "operator:x", "merchant:a")]


@pytest.fixture(scope="module")
def bank() -> Bank:
    clock = datetime(2024, 1, 2, tzinfo=UTC)
    bank = Bank.create(MemoryStore(), opened_on=FIRST, clock=lambda: clock, salts=seeded("test"))
    for number, commands in enumerate(TOWN):
        bank.handle_all(commands, f"town-{number}", giver(commands[0]))
    bank.handle(wallet.ChangeTerms("mall", {"balance_cap": "500.00", "threshold": "90,000.00"}), "low")
    sale = points.SellWithPoints("card", "s", "a", cny("2.00"), 100, cny("1.00"), 97)
    bank.handle(sale, "sale")
    bank.handle(certificate.FreezeShare("cd", "l", "b", "court order 7"), "freeze")
    bank.handle(certificate.CancelOrder("cd", "l", "a"), "cancel")
    bank.close_day(date(2024, 1, 3))
    return bank


@pytest.mark.parametrize(("report", "actors"), OWN.items(), ids="-".join)
def test_everybody_sees_his_own_rows(bank: Bank, report: tuple[str, str], actors: dict[str, str]) -> None:
    everything = bank.report(*report)
    assert bank.report(*report, Actor.parse("officer:li")) == everything
    for text, column in actors.items():
        actor, nth = Actor.parse(text), everything.columns.index(column)
        names = {actor.id, f"l{actor.id}"}  # a loan of a is la
        own = tuple(row for row in everything.rows if row[nth] in names)
        assert bank.report(*report, actor).rows == own
        assert own or report[1] in ("debts", "expiring", "early-exits")
    for stranger in STRANGERS:
        assert bank.report(*report, stranger).rows == ()


@pytest.mark.parametrize("report", BANK, ids="-".join)
def test_what_is_the_banks_nobody_else_sees(bank: Bank, report: tuple[str, str]) -> None:
    assert bank.report(*report, Actor.parse("officer:li")) == bank.report(*report)
    for actor in (Actor.parse("customer:a"), Actor.parse("merchant:g"), *STRANGERS):
        assert bank.report(*report, actor).rows == ()


def test_of_trades_each_side_sees_its_own_and_members_the_market(bank: Bank) -> None:
    for name in ("trades", "escrow", "matches", "payouts"):
        everything = bank.report("platform", name)
        assert everything.rows or name == "payouts"
        for actor in ("customer:g", "customer:h"):
            assert bank.report("platform", name, Actor.parse(actor)) == everything
        for actor in (Actor.parse("customer:f"), Actor.parse("operator:trade"), *STRANGERS):
            assert bank.report("platform", name, actor).rows == ()
    market = bank.report("platform", "market")
    assert market.rows
    for actor in ("customer:g", "customer:h", "customer:p"):  # p represents g
        assert bank.report("platform", "market", Actor.parse(actor)) == market
    for actor in (Actor.parse("customer:f"), *STRANGERS):
        assert bank.report("platform", "market", actor).rows == ()


def test_a_party_that_takes_the_name_of_a_programme_does_not_operate_it(bank: Bank) -> None:
    officer = Actor.parse("officer:bank")
    for number, name in enumerate(("net", "card", "zoe")):
        bank.handle(RegisterParty(name, "person" if name == "zoe" else "firm"), f"late-{number}", officer)
        document = "id-card" if name == "zoe" else "business-licence"
        bank.handle(IdentifyParty(name, document, f"late-{number}"), f"late-document-{number}", officer)
    for firm in ("net", "card"):
        bank.handle(NameRepresentative(firm, "zoe"), f"late-{firm}", officer)
    zoe = Actor.parse("operator:zoe")
    assert bank.report("points", "cards", zoe).rows == ()
    with pytest.raises(ActorNotPermitted):
        bank.handle(AcquireLead("net", "new", "map", "zz", consent=True, kind="person"), "zoe", zoe)
    assert bank.handle(AcquireLead("net", "new", "map", "zz", consent=True, kind="person"), "net")
