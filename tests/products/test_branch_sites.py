"""What customers see of branches: hours, notices, moving and closing, the nearest first."""

from __future__ import annotations

from datetime import date

from tests.products.network import FIRST, Network
from tests.products.test_branch_rounds import told

from bankcore.product.actor import Actor
from bankcore.products.branch import (
    AnnounceNotice,
    BookAppointment,
    CloseBranch,
    DescribeBranch,
    ListProduct,
    MoveBranch,
    OpenCounters,
    PublishTemplate,
    TakeTicket,
)
from bankcore.rates import Rate

WEEK = "mon-fri 09:00-17:00, sat 10:00-16:00"


def seen(book: Network, actor: str = "customer:u") -> list[tuple[object, ...]]:
    return [row[1:] for row in book.bank.report("branch", "branches", Actor.parse(actor)).rows]


def test_anybody_sees_where_when_and_how_long_the_nearest_first() -> None:
    book = Network()
    book.do(DescribeBranch("n", "west", "1 Lake Road", WEEK, 2), actor="officer:west")
    book.refused("actor_not_permitted", DescribeBranch("n", "west", "x", WEEK, 2), "officer:east")
    book.do(AnnounceNotice("n", "west", "No coins today", FIRST))
    book.refused("bad_command", AnnounceNotice("n", "west", "Late", date(2024, 4, 30)))
    assert book.refused("no_counter", OpenCounters("n", "west", 3))["counter"] == 3
    book.do(OpenCounters("n", "west", 1))
    for number in range(3):
        book.do(TakeTicket("n", "west", f"u{number}", f"t{number}", "09:00"))
    west, east = sorted(seen(book), key=lambda row: str(row[0]), reverse=True)
    assert west == (
        *("west", "icbc", "1 Lake Road", WEEK, 2, -1_000, 0, "", 3, 30, "open", ""),
        "No coins today",
    )
    assert seen(book) == [east, west], "who waits least first"
    book.firm("f", east=-900)
    assert [(row[0], row[7]) for row in seen(book, "customer:f")] == [("west", 100), ("east", 1_900)]
    book.close()
    assert seen(book)[-1][-1] == "", "the notice is over"


def test_a_branch_takes_nobody_outside_of_its_hours() -> None:
    book = Network()
    book.do(DescribeBranch("n", "west", "1 Lake Road", WEEK, 2))
    book.do(OpenCounters("n", "west", 1))
    refusal = book.refused("branch_shut", TakeTicket("n", "west", "u", "t", "17:00"))
    assert (refusal["at"], refusal["hours"]) == ("17:00", WEEK)
    book.do(TakeTicket("n", "west", "u", "t", "16:59"))
    saturday, sunday = date(2024, 5, 4), date(2024, 5, 5)
    book.refused("branch_shut", BookAppointment("n", "west", "u", "a", saturday, "09:59"))
    book.refused("branch_shut", BookAppointment("n", "west", "u", "a", sunday, "12:00"))
    book.do(BookAppointment("n", "west", "u", "a", saturday, "10:00"))


def test_a_branch_moves_with_its_templates() -> None:
    book = Network()
    book.template()
    book.firm()
    book.refused("bad_command", MoveBranch("n", "west", FIRST, "2 High Street"))
    book.do(MoveBranch("n", "west", date(2024, 5, 3), "2 High Street", north=40_000))
    assert seen(book)[1][10:12] == ("moves", date(2024, 5, 3))
    before = book.record("match", "f")["top"]
    book.close()
    assert book.record("match", "f")["top"] == before
    book.close()
    assert (book.record("branch", "west")["north"], book.record("template", "t")["north"]) == (40_000, 40_000)
    assert book.record("match", "f")["top"] != before, "farther now"
    assert seen(book)[1][1:3] == ("icbc", "2 High Street")
    assert book.sound()


def test_a_branch_that_closes_ends_what_it_offers() -> None:
    book = Network()
    book.template()
    book.template("u", "east")
    book.firm()
    book.push()
    book.do(CloseBranch("n", "west", date(2024, 5, 3)), actor="officer:west")
    book.refused("branch_closed", BookAppointment("n", "west", "u", "a", date(2024, 5, 3), "09:00"))
    book.close_days(2)
    assert book.record("push", "p")["state"] == "withdrawn"
    assert told(book, "f", "push-withdrawn") == ["n:p"]
    assert book.top() == ["u"]
    for command in (
        PublishTemplate("n", "west", "t"),
        OpenCounters("n", "west", 1),
        TakeTicket("n", "west", "u", "t", "09:00"),
        ListProduct("n", "west", "q", 1, Rate.parse("5%")),
        MoveBranch("n", "west", date(2024, 6, 1), "2 High Street"),
        CloseBranch("n", "west", date(2024, 6, 1)),
        AnnounceNotice("n", "west", "Sale", date(2024, 6, 1)),
        DescribeBranch("n", "west", "x", WEEK, 1),
    ):
        assert book.refused("branch_closed", command)["closed_on"] == "2024-05-03"
    assert [row[10] for row in seen(book)] == ["open", "closed"]
    assert book.sound()
