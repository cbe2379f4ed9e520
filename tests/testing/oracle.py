"""What jars should come to, worked out from the commands alone, and what must hold of them in every book."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from attrs import define, field
from tests.testing import jars

from bankcore.ledger.books import Books
from bankcore.products.current import CashIn
from bankcore.testing.history import Closed, Given, Step


@define
class Jar:
    owner: str
    money: int = 0
    gifts: list[list[Any]] = field(factory=list)  # expiry, left
    holds: dict[str, tuple[str, int]] = field(factory=dict)
    exact: Fraction = Fraction(0)
    posted: int = 0

    def earned(self) -> int:
        due = (2 * self.exact.numerator + self.exact.denominator) // (
            2 * self.exact.denominator
        ) - self.posted
        self.posted += due
        return due


def oracle(history: Sequence[Step]) -> Mapping[str, int]:
    """The balances of jars, shops and current accounts."""
    open_jars: dict[str, Jar] = {}
    left: dict[str, Jar] = {}
    shops: dict[str, Jar] = {}
    demand: Counter[str] = Counter()

    def pay(shop: str, amount: int) -> None:
        owed = shops.setdefault(shop, Jar(shop))
        owed.money += amount
        owed.exact += Fraction(15, 1000) * amount

    def give(command: Any, day: date) -> None:
        match command:
            case CashIn(party, amount):
                demand[party] += amount.quantity
            case jars.OpenJar(id, owner):
                open_jars[id] = Jar(owner)
            case jars.Fill(id, owner, _, amount):
                demand[owner] -= amount.quantity
                open_jars[id].money += amount.quantity
            case jars.Give(id, _, amount):
                open_jars[id].gifts.append([day + timedelta(days=10), amount.quantity])
            case jars.Spend(id, _, shop, _, amount):
                rest = amount.quantity
                for gift in open_jars[id].gifts:
                    part = min(rest, gift[1])
                    gift[1] -= part
                    rest -= part
                open_jars[id].money -= rest
                pay(shop, amount.quantity)
            case jars.Hold(id, _, shop, hold, amount):
                open_jars[id].holds[hold] = (shop, amount.quantity)
            case jars.Take(id, hold, release):
                shop, amount = open_jars[id].holds.pop(hold)
                if not release:
                    open_jars[id].money -= amount
                    pay(shop, amount)
            case jars.CloseJar(id, owner):
                jar = left[id] = open_jars.pop(id)
                demand[owner] += jar.money + jar.earned()
                jar.money, jar.gifts = 0, []

    def close(day: date) -> None:
        for jar in open_jars.values():
            jar.gifts = [gift for gift in jar.gifts if gift[0] > day]
            jar.exact += jar.money * Fraction(1, 10_000)
            if (day + timedelta(days=1)).day == 1:
                jar.money += jar.earned()
        for name, shop in shops.items():
            if shop.money:
                demand[name] += shop.money - shop.earned()
                shop.money = 0

    for step in history:
        if isinstance(step, Closed):
            for day in step.days:
                close(day)
        elif not step.refused:
            for command in step.commands:
                give(command, step.day)
    found = {f"bank:demand:{party}": balance for party, balance in demand.items()}
    for id, jar in (open_jars | left).items():
        found[f"jar:{id}:money"] = jar.money
        found[f"jar:{id}:gifts"] = sum(amount for _, amount in jar.gifts)
    return found | {f"jar:shop:{shop}": owed.money for shop, owed in shops.items()}


def expects(books: Books, history: Sequence[Step]) -> Iterator[str]:
    """The daily limit, counted again, and the records of gifts beside their account."""
    used: Counter[tuple[str, date]] = Counter()
    for step in history:
        if isinstance(step, Given) and not step.refused:
            for command in step.commands:
                if isinstance(command, (jars.Spend, jars.Hold)):
                    used[command.jar, step.day] += command.amount.quantity
    for (jar, day), amount in used.items():
        if amount > 500_00:
            yield f"the limit of jar {jar} on {day}: {amount}"
    for jar in jars.Jar.every(books):
        left = sum(gift.left for gift in jars.Gift.every(books, jar.id))
        if left != books.balance(jars.GIFTS(jar.id)):
            yield f"gifts of jar {jar.id} are {left} in its records"
