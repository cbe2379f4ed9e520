"""News that are read, and questions that managers answer: who sees what, how long it took, what is erased."""

from __future__ import annotations

import pytest
from tests.products.network import FIRST, Network
from tests.products.test_branch_rounds import told
from tests.saying import said as all_said

from bankcore.product.actor import Actor
from bankcore.product.refusals import NotFound
from bankcore.products.branch import (
    AnswerQuestion,
    AskQuestion,
    CloseThread,
    PublishNews,
    ReadNews,
    RegisterManager,
    WithdrawNews,
    messages_of,
)
from bankcore.products.parties import EraseParty, OpenProgramme, RegisterParty

SECRET = "My phone is 13812345678"


def test_news_are_for_everybody_until_they_are_withdrawn() -> None:
    book = Network()
    book.do(PublishNews("n", "west", "n1", "New rates", "From Monday on"), actor="officer:west")
    book.refused("actor_not_permitted", PublishNews("n", "west", "n2", "x", "y"), "officer:east")
    book.refused("already_taken", PublishNews("n", "west", "n1", "x", "y"))
    book.close()
    book.do(PublishNews("n", "east", "n1", "Open late", "Till nine"))
    book.do(ReadNews("n", "west", "n1", "u"), actor="customer:u")
    book.refused("already_taken", ReadNews("n", "west", "n1", "u"))
    seen = book.bank.report("branch", "news", Actor.parse("customer:u")).rows
    assert [row[1:3] + row[4:5] + row[6:] for row in seen] == [
        ("east", "n1", "Open late", 0),
        ("west", "n1", "New rates", 1),
    ]
    book.do(WithdrawNews("n", "west", "n1"))
    book.refused("not_found", WithdrawNews("n", "west", "n1"))
    book.refused("not_found", ReadNews("n", "west", "n1", "v"))
    assert [row[0] for row in book.rows("news")] == ["east"]


def test_a_thread_knows_the_time_to_its_first_answer() -> None:
    book = Network()
    book.people("u", "v")
    book.managers("m1", "m2")
    book.do(RegisterManager("n", "east", "m3"))
    ask = AskQuestion("n", "west", "q", "u", SECRET, "16:30")
    book.do(ask, actor="customer:u")
    book.refused("not_found", AskQuestion("n", "west", "q", "v", "Mine?", "16:30"), "customer:v")
    book.refused("not_found", AskQuestion("n", "west", "r", "x", "Who?", "16:30"))
    assert told(book, "west", "question-asked") == ["n:west:q"]
    book.close()
    book.refused("not_found", AnswerQuestion("n", "west", "q", "m3", "No", "09:15"))
    book.do(AnswerQuestion("n", "west", "q", "m1", "We call you", "09:15"), actor="officer:m1")
    assert told(book, "u", "question-answered") == ["n:west:q"]
    book.do(AskQuestion("n", "west", "q", "u", "When?", "09:20"))
    assert told(book, "m1", "question-asked") == ["n:west:q"]
    book.do(AnswerQuestion("n", "west", "q", "m2", "Now", "09:21"))
    row = ("west", "q", "u", FIRST, "16:30", 4, "m1", 1_005, "answered")
    assert book.rows("questions") == [row]
    assert book.bank.report("branch", "questions", Actor.parse("customer:v")).rows == ()
    assert len(book.bank.report("branch", "questions", Actor.parse("customer:u")).rows) == 1
    book.refused("not_found", CloseThread("n", "west", "q", "v"), "customer:v")
    book.do(CloseThread("n", "west", "q", "u"), actor="customer:u")
    for command in (
        ask,
        AnswerQuestion("n", "west", "q", "m1", "x", "10:00"),
        CloseThread("n", "west", "q", "u"),
    ):
        assert book.refused("thread_closed", command)["closed_on"] == "2024-05-02"
    assert book.rows("questions")[0][-1] == "closed"


def test_what_people_write_only_they_and_officers_read_and_it_is_erased_with_them() -> None:
    book = Network()
    book.do(OpenProgramme("register", {"retention_years": 0}))  # type: ignore[arg-type]
    book.do(RegisterParty("u", "person"))
    book.managers("m1")
    book.do(AskQuestion("n", "west", "q", "u", SECRET, "09:00"))
    assert book.rows("questions")[0][-1] == "open"
    book.do(AnswerQuestion("n", "west", "q", "m1", "Yes, 13812345678", "09:01"))
    for actor in ("customer:u", "officer:li"):
        said = messages_of(book.books, "n", "west", "q", Actor.parse(actor))
        assert said[0] == ("u", FIRST, "09:00", SECRET)
    for actor in ("customer:v", "operator:n"):
        with pytest.raises(NotFound):
            messages_of(book.books, "n", "west", "q", Actor.parse(actor))
    book.do(EraseParty("u"))
    texts = [it[-1] for it in messages_of(book.books, "n", "west", "q", Actor.parse("officer:li"))]
    assert texts == ["", ""]
    assert "13812345678" not in all_said(book.bank.ledger.reader)
    assert book.sound()
