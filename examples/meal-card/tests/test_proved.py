"""Proved by the kit: random commands on two stores, and a count of the money from the commands alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hypothesis import settings

from bankcore import Amount, Unit
from bankcore.product import Actor, Books, Role
from bankcore.testing import Closed, Given, open_accounts, prove
from meal_card import MEAL_CARD, CloseCard, CloseShop, OpenCard, OpenProgramme, RegisterShop, Spend, TopUp

EACH = 10_000_00  # what `open_accounts` gives everybody
OFFICER = Actor(Role.OFFICER, "bank")


def contradictions(books: Books, history: Sequence[Given | Closed]) -> Iterator[str]:
    """Employees keep their own money, shops have what was spent, and who pays for the cards has the rest."""
    given = [it for it in history if isinstance(it, Given) and not it.refused]
    spent = sum(it.amount.quantity for step in given for it in step.commands if isinstance(it, Spend))
    held = dict.fromkeys(("li", "wu", "noodles", "acme"), 0)
    for path, balance in books.balances(""):
        owner = "acme" if ":card:" in path or "breakage" in path else path.split(":")[-1]
        held[owner] = held.get(owner, 0) + balance
    for owner, due in {"li": 0, "wu": 0, "noodles": spent, "acme": -spent}.items():
        if held[owner] != EACH + due:
            yield f"{owner} has {held[owner]}, not {EACH + due}"


def test_it_is_proved() -> None:
    prove(
        MEAL_CARD,
        opening=[
            open_accounts("li", "wu", "acme", "noodles", firms=["acme", "noodles"]),
            OpenProgramme("lunch", "acme", {"settle": "at-once", "most": "600.00"}),
            OpenProgramme("tea", "acme", {"days": 0, "leftover": "forfeited"}),
            (RegisterShop("lunch", "noodles"), RegisterShop("tea", "noodles")),
            *(OpenCard(it, "acme", "c1", "li", Amount(300_00, Unit("CNY/2"))) for it in ("lunch", "tea")),
        ],
        commands=[OpenCard, TopUp, Spend, CloseCard, CloseShop, RegisterShop],
        ids={
            "programme": ["lunch", "tea"],
            "employer": ["acme"],
            "employee": ["li", "wu"],
            "shop": ["noodles"],
        },
        amounts=[1, 33, 25_50, 200_00, 600_00],
        once={OpenCard: "card", Spend: "purchase"},  # a second one of the same id is refused
        moving={TopUp, Spend},  # each moves money, or is refused
        leaving={CloseCard: ("programme", "card")},  # nothing is left of a card that was closed
        reached={OpenCard, TopUp, Spend, CloseCard, CloseShop},  # each is carried out at least once
        actors={CloseCard: OFFICER},  # takes back what the employee did not spend
        days=[1, 31, 29],
        expects=contradictions,
        settings=settings(max_examples=5, stateful_step_count=6, derandomize=True, database=None),
    )
