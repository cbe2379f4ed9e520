"""Numbers of cards: checked, masked, other ones for a card that was lost, and erased with their party."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from tests.products.club import Club
from tests.products.holders import cny
from tests.products.test_points_parties import customer

from bankcore.product.actor import Actor
from bankcore.products.credit import OpenLine
from bankcore.products.credit import OpenProgramme as OpenCredit
from bankcore.products.current import CloseAccount
from bankcore.products.parties import EraseParty, PartyTerms
from bankcore.products.parties import OpenProgramme as OpenRegister
from bankcore.products.points import (
    CloseCard,
    PlaceOrder,
    Redeem,
    RegisterConsumer,
    ReplaceCard,
    ReportCardLost,
    TransferPoints,
)
from bankcore.products.points.numbers import Number, is_number, with_check_digit
from bankcore.stores.sqlite import SqliteStore


def numbers(book: Club, card: str = "c") -> list[str]:
    return [(it.personal or {})["number"] for it in Number.every(book.books, "p", card)]


def shown(book: Club, actor: Actor | None = None) -> list[tuple[object, ...]]:
    return list(book.bank.report("points", "numbers", actor=actor).rows)


@given(digits=st.text("0123456789", min_size=1, max_size=18), at=st.integers(0, 17), other=st.integers(1, 9))
def test_one_digit_that_is_wrong_is_seen(digits: str, at: int, other: int) -> None:
    number = with_check_digit(digits)
    at %= len(number)
    wrong = number[:at] + str((int(number[at]) + other) % 10) + number[at + 1 :]
    assert is_number(number)
    assert not is_number(wrong)
    assert not is_number(f"{number}x")


def test_every_card_has_two_numbers_of_its_own() -> None:
    book = Club("cde")
    issued = [it for card in "cde" for it in numbers(book, card)]
    assert len(set(issued)) == 6
    assert all(map(is_number, issued))
    assert [len(it) for it in numbers(book)] == [16, 12]
    ((_, _, card, points, times, lost),) = shown(book, customer("c"))
    assert (times, lost) == (1, None)
    for masked, number in zip((card, points), numbers(book), strict=True):
        assert "*****" in str(masked)
        assert number not in str(masked)
        assert str(masked)[-4:] == number[-4:]


def test_a_lost_card_pays_nothing_and_its_replacement_has_points_and_line() -> None:
    book = Club("cd", transfers="family")
    book.pay_in(c="500.00", g="100.00")
    book.do(OpenCredit("p"))
    book.do(OpenLine("p", card="c"))
    book.order("200.00", "o1")
    before = numbers(book)
    lost = ReportCardLost("p", "c")
    book.refused("actor_not_permitted", lost, customer("d"))
    book.do(lost, actor=customer("c"))
    for command in (
        PlaceOrder("p", "g", "c", "o2", cny("1.00")),
        Redeem("p", "c", 100),
        TransferPoints("p", "c", "d", 1),
        lost,
    ):
        assert book.refused("card_lost", command)["since"] == "2024-05-01"
    book.refund("o1", "50.00")  # what comes in does
    book.grant(7)
    book.refused("actor_not_permitted", ReplaceCard("p", "c"), customer("c"))
    book.do(ReplaceCard("p", "c"))
    after = numbers(book)
    assert not set(before) & set(after)
    told = book.books.versions("notice", "c:card-replaced:points-p")
    assert [it.data["on"] for it in told] == ["2024-05-01"]
    assert shown(book)[0][4:] == (2, None)
    assert (book.points(), book.balance("credit:p:consumer:c:undrawn")) == (157, 2_000_00)
    book.redeem(100)
    assert book.sound()


def test_a_card_taken_again_has_other_numbers() -> None:
    book = Club()
    before = numbers(book)
    book.do(ReportCardLost("p", "c"))
    book.do(CloseCard("p", "c"))
    book.do(RegisterConsumer("p", "c"))
    assert not set(before) & set(numbers(book))
    assert shown(book)[0][5] is None


def test_numbers_are_erased_with_their_party(tmp_path: Path) -> None:
    book = Club(store=SqliteStore(tmp_path / "book.db", create=True, durability="normal"))
    book.do(OpenRegister("register", PartyTerms(retention_years=0)))
    book.do(ReplaceCard("p", "c"))
    known = [it.personal or {} for it in Number.every(book.books, "p", "c")]
    for end in (CloseCard("p", "c"), CloseAccount("c"), EraseParty("c")):
        book.do(end)
    assert [row[2:4] for row in shown(book)] == [("", "")]
    assert book.bank.ledger.finish_erasure()
    assert book.sound()
    book.bank.ledger.store.close()
    data = b"".join(it.read_bytes() for it in tmp_path.iterdir())
    for personal in known:
        assert all(text.encode() not in data for text in personal.values())
