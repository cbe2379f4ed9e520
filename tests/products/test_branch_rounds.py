"""Rounds of pushes, by hand and at the close of a day: the best first, within capacity, each once."""

from __future__ import annotations

from typing import Any

from tests.products.network import Network

from bankcore.feed import notices_of
from bankcore.products.branch import AcceptPush, ChangeTerms, DeclinePush, PushMatches, WithdrawConsent


def told(book: Network, to: str, topic: str) -> list[str]:
    """The subjects of the notices to somebody about a topic, in order."""
    found = [note for entry in book.bank.ledger.reader.entries(0) for note in notices_of(entry, [topic])]
    return [note.subject for note in found if note.party == to]


def town(**terms: Any) -> Network:
    """A branch that takes two pushes a day, and three firms, the best match last."""
    book = Network(capacity=2, **terms)
    book.template()
    for firm, price in (("f", "6%"), ("g", "8%"), ("h", "10%")):
        book.firm(firm, price=price)
    return book


def pushed(book: Network) -> list[tuple[str, str, str]]:
    return [(row[0], row[1], row[8]) for row in book.rows("pushes")]


def test_a_round_pushes_the_best_within_capacity_and_nobody_twice() -> None:
    book = town()
    book.do(PushMatches("n"))
    assert pushed(book) == [("2024-05-01.1", "h", "open"), ("2024-05-01.2", "g", "open")]
    assert told(book, "h", "match-found") == ["n:h"]
    assert told(book, "h", "lead-pushed") == ["n:2024-05-01.1"]
    assert told(book, "west", "lead-pushed") == ["n:2024-05-01.1", "n:2024-05-01.2"]
    assert book.refused("nothing_to_push", PushMatches("n"))["programme"] == "n"
    book.do(DeclinePush("n", "h", "2024-05-01.1"))
    assert told(book, "west", "push-declined") == ["n:2024-05-01.1"]
    book.close()
    book.do(PushMatches("n", "west"))
    assert pushed(book)[2:] == [("2024-05-02.1", "f", "open")], "whoever declined is not asked again"
    book.do(AcceptPush("n", "f", "2024-05-02.1"))
    assert told(book, "west", "push-accepted") == ["n:2024-05-02.1"]
    book.template(price="4%")
    book.close()
    book.do(PushMatches("n"))
    assert pushed(book)[3:] == [("2024-05-03.1", "h", "open")], "another version, to who has chosen nothing"
    book.refused("nothing_to_push", PushMatches("n", "east"))
    book.close_days(40)
    assert told(book, "g", "push-expired") == told(book, "west", "push-expired")[:1] == ["n:2024-05-01.2"]
    assert book.sound()


def test_the_close_pushes_who_is_new_and_who_finds_no_room_the_next_day() -> None:
    book = town(daily_push=True)
    assert not pushed(book)
    book.close()
    assert [firm for _, firm, _ in pushed(book)] == ["h", "g"]
    book.close()
    assert pushed(book)[2:] == [("2024-05-02.1", "f", "open")]
    book.close_days(2)
    assert len(pushed(book)) == 3
    book.template("u", "east")
    book.do(WithdrawConsent("n", "g"))
    book.close()
    assert [push for push in pushed(book)[3:] if push[2] == "open"] == [
        ("2024-05-05.1", "h", "open"),
        ("2024-05-05.2", "f", "open"),
    ]
    assert book.sound()


def test_the_close_pushes_another_version_of_a_template_under_its_name() -> None:
    book = town()
    book.close()
    book.do(ChangeTerms("n", {"daily_push": True}))
    book.close()
    assert not pushed(book), "they matched before"
    book.template(min_years=1)
    book.close()
    assert [firm for _, firm, _ in pushed(book)] == ["h", "g"]
    assert told(book, "h", "match-found") == ["n:h"], "the same template, as far as that goes"
    book.close()
    assert [firm for _, firm, _ in pushed(book)] == ["h", "g", "f"]
    book.close_days(2)
    assert len(pushed(book)) == 3
    assert book.sound()


def test_who_is_not_screened_waits_for_that_and_terms_begin_with_their_day() -> None:
    book = Network()
    book.template()
    book.acquire("f")
    book.describe("f")
    book.do(ChangeTerms("n", {"daily_push": True}))
    book.close()
    assert not pushed(book)
    book.firm("g")
    book.close()
    assert [firm for _, firm, _ in pushed(book)] == ["g"]


def test_what_was_pushed_by_hand_and_declined_is_not_pushed_again_by_a_round() -> None:
    book = town()
    book.push("p", "h")
    book.do(DeclinePush("n", "h", "p"))
    book.do(PushMatches("n"))
    assert pushed(book) == [("2024-05-01.1", "g", "open"), ("p", "h", "declined")]
