"""What members, officers and odd days cannot do to deposit modes."""

from __future__ import annotations

from datetime import UTC, date, datetime
from fractions import Fraction

import pytest
from tests.products.exchange import FACTS, cny
from tests.products.firms import Firms

from bankcore.amounts import Amount
from bankcore.bank import Bank
from bankcore.products.platform import ApproveEnterprise, OpenProgramme, RegisterEnterprise
from bankcore.products.platform.modes import SHIPPED, FileClaim, GiveNotice, OfferMode, OpenMode, Receive
from bankcore.products.platform.modes.suggestions import gathered, recommended
from bankcore.stores.memory import MemoryStore
from bankcore.units import Unit

JPY = Unit("JPY/0")


def yen(*modes: str) -> Bank:
    """A platform in a unit without decimals, with an enterprise e."""
    bank = Bank.create(
        MemoryStore(), opened_on=date(2024, 5, 1), clock=lambda: datetime(2024, 5, 1, tzinfo=UTC)
    )
    capital = {**FACTS, "registered_capital": Amount(1, JPY)}
    joining = [RegisterEnterprise("p", "e", "li", **capital), ApproveEnterprise("p", "e", "han")]
    offers = [OfferMode("p", mode) for mode in modes]
    for key, command in enumerate([OpenProgramme("p", {"unit": "JPY/0"}), *offers, *joining]):  # type: ignore[arg-type]
        bank.handle(command, str(key))
    return bank


def test_all_modes_come_in_a_unit_without_decimals() -> None:
    bank = yen(*SHIPPED)
    bank.handle(OpenMode("p", "e", "SALES", {"share": "12.5%"}), "open")
    bank.handle(Receive("p", "e", Amount(1_004, JPY)), "receive")  # 125.5 is rounded up
    assert bank.amount("platform:p:mode:e:SALES") == Amount(126, JPY)
    assert not list(bank.broken_invariants())


@pytest.mark.parametrize("modes", [(), ("SALES",)])
def test_balances_over_half_a_million_count_in_any_unit(modes: tuple[str, ...]) -> None:
    bank = yen(*modes)
    bank.handle(Receive("p", "e", Amount(750_000, JPY)), "receive")
    finance = next(score for score in recommended(bank.ledger.books, "p", "e").all if score.mode == "FIN")
    assert finance.trade == (250_000, 500_000)


def test_notice_of_the_first_days_there_are_comes_too_late() -> None:
    book = Firms(modes=["LOG"])
    book.open("LOG")
    refusal = book.refused(GiveNotice("p", "e", "LOG", cny("1.00"), date(1, 1, 2)), "notice_too_short")
    assert refusal["latest"] == "0001-01-01"


def test_money_under_a_claim_pays_no_order() -> None:
    book = Firms("fhs", modes=[])
    book.offer("CARE", like="LOG", uses=["claims", "orders"])
    book.open("CARE", "f")
    book.top_up("CARE", "100.00", "f")
    book.do(FileClaim("p", "c1", "f", "CARE", "h", cny("60.00")))
    book.cash("80.00", "f")
    book.match("n", "80.00", buyer="f")
    book.fund("n", "f")
    assert (book.held("CARE", "f"), book.demand_of("f")) == (100_00, 0)
    book.award("60.00")
    book.pay_claim()
    assert book.demand_of("h") == 60_00
    assert book.sound()


def test_nothing_is_agreed_between_two_agreements() -> None:
    book = Firms(modes=["SALES"])
    book.cash("600,000.00")
    book.open("SALES")
    book.close_until(date(2024, 5, 5))
    book.end("SALES")
    held = book.demand_of("e")
    book.close_until(date(2024, 5, 20))
    book.open("SALES")
    book.cash("100,000.00")
    book.close_until(date(2024, 5, 22))
    rows = [(row["from"], row["days"], row["over quota"].quantity) for row in book.table("agreed")]
    assert rows == [("2024-05-01", 4, 100_000_00), ("2024-05-20", 2, held - 400_000_00)]
    assert gathered(book.books, "p", "e").mean_balance == Fraction(
        4 * 600_000_00 + 2 * (held + 100_000_00), 6
    )
