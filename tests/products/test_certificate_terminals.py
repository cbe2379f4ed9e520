"""The terminals from which parties confirm, and what is refused of others."""

from __future__ import annotations

from typing import Any

import pytest
from tests.products.circle import Circle
from tests.products.holders import cny

from bankcore.products.certificate import Confirm, Reconfirm, RegisterTerminal, RemoveTerminal
from bankcore.products.parties import SuspendParty


def book(**terms: Any) -> Circle:
    """An order that a, b and c may join; a and b have a phone each."""
    book = Circle(**terms)
    book.order()
    for name in "ab":
        book.do(RegisterTerminal("cd", name, f"phone-{name}", "mobile"), f"customer:{name}")
        book.deposit(name, "100.00")
    return book


def confirm(book: Circle, terminal: str = "", kind: str = "") -> None:
    seen = book.read().digest
    command = Confirm("cd", "k", "a", cny("100.00"), seen, terminal=terminal, terminal_kind=kind)
    book.do(command, "customer:a")


def test_a_confirmation_keeps_the_terminal_that_it_came_from() -> None:
    bank = book()
    confirm(bank, "phone-a", "mobile")
    assert (bank.share("a").terminal, bank.balance("certificate:cd:escrow:k:a")) == ("phone-a", 100_00)
    bank.do(RegisterTerminal("cd", "a", "desk-a", "computer"))
    bank.change(seats=3)
    again = Reconfirm("cd", "k", "a", bank.read().digest, "desk-a", "mobile")
    bank.refused("terminal_unknown", lambda: bank.do(again))
    bank.do(Reconfirm("cd", "k", "a", bank.read().digest, "desk-a", "computer"), "customer:a")
    assert bank.share("a").terminal == "desk-a"


@pytest.mark.parametrize(
    ("terminal", "kind"), [("phone-b", "mobile"), ("phone-a", "pos"), ("phone-a", ""), ("", "mobile")]
)
def test_a_foreign_terminal_is_refused(terminal: str, kind: str) -> None:
    bank = book()
    fields = bank.refusal(lambda: confirm(bank, terminal, kind))
    assert (fields["code"], fields["party"]) == ("terminal_unknown", "a")


def test_a_terminal_that_was_removed_is_registered_again() -> None:
    bank = book()
    bank.do(RemoveTerminal("cd", "a", "phone-a"), "customer:a")
    bank.refused("terminal_unknown", lambda: confirm(bank, "phone-a", "mobile"))
    for terminal in ("phone-a", "phone-b"):
        act = RemoveTerminal("cd", "a", terminal)
        bank.refused("terminal_unknown", lambda act=act: bank.do(act))  # type: ignore[misc]
    bank.do(RegisterTerminal("cd", "a", "phone-a", "computer"))
    confirm(bank, "phone-a", "computer")
    second = RegisterTerminal("cd", "a", "phone-a", "mobile")
    bank.refused("already_taken", lambda: bank.do(second))


def test_terms_ask_for_a_terminal() -> None:
    bank = book(terminals=True)
    bank.refused("terminal_unknown", lambda: confirm(bank))
    confirm(bank, "phone-a", "mobile")


def test_nobody_registers_for_another_or_while_suspended() -> None:
    bank = book()
    other = RegisterTerminal("cd", "b", "phone-a", "mobile")
    bank.refused("actor_not_permitted", lambda: bank.do(other, "customer:a"))
    bank.do(SuspendParty("a", "fraud"))
    own = RegisterTerminal("cd", "a", "phone-2", "mobile")
    bank.refused("party_suspended", lambda: bank.do(own, "customer:a"))


def test_a_party_sees_its_own_terminals() -> None:
    rows = book().bank.report("certificate", "terminals").rows
    assert [row[1:4] for row in rows] == [("a", "phone-a", "mobile"), ("b", "phone-b", "mobile")]
