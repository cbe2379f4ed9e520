"""A product in three versions: jars with gifts, kept in another form by each of the later two."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, ClassVar

from attrs import frozen

from bankcore.amounts import Amount
from bankcore.bank import Bank
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Record
from bankcore.product import Noun, Phase, Plan, Product, Role, Step, Voucher, chart, fields, records
from bankcore.product.terms import Terms
from bankcore.stores.sqlite import SqliteStore
from bankcore.tables import Table

DAY = date(2024, 5, 1)
FORMS: dict[int, Callable[[int], dict[str, Any]]] = {
    1: lambda held: {"held": held},
    2: lambda held: {"amount": held},
    3: lambda held: {"amount": held, "gifts": 1},
}
JAR = chart.liability("jar:{jar}")


@frozen
class Give:
    """Put money into a new jar."""

    may: ClassVar = {Role.OFFICER: ""}
    jar: str = fields.id_("the jar")
    amount: Amount = fields.amount("the gift")


def now() -> datetime:
    return datetime(2024, 5, 1, tzinfo=UTC)


def held(record: Record) -> Any:
    """What the record says in the form of any version."""
    return record.data.get("held", record.data.get("amount"))


def jars(version: int = 1, *, upgrades: bool = True, dies: bool = False) -> Product:
    """The product in a version; without `upgrades`, as if its records had always had one form."""
    noun, form = Noun(__name__), FORMS[version]

    @noun.rule(Give)
    def give(terms: None, command: Give, books: Books) -> Plan:
        voucher = Voucher("jar", books, Terms(), "")
        path = JAR(command.jar)
        voucher.open(JAR.account(command.jar, unit=voucher.unit, on=books.today))
        voucher.open(chart.CASH.account(unit=voucher.unit, on=books.today))
        voucher.move(chart.CASH(), path, command.amount.quantity)
        voucher.put(Record("jar.jar", command.jar, form(command.amount.quantity)))
        return voucher.plan("give", f"a gift into jar {command.jar}")

    @noun.daily(Phase.REPORT)
    def count(books: Books, day: date) -> Iterator[Step]:
        return (Step(f"count-{n}", lambda books, n=n: counted(books, n)) for n in (1, 2))

    def counted(books: Books, n: int) -> Plan:
        voucher = Voucher("jar", books, Terms(), "")
        voucher.write("jar.count", str(n), version=version)
        return voucher.plan("count", "counted")

    @noun.invariant("held")
    def sound(books: Books) -> Iterator[str]:
        for record in records.every(books, "jar.jar"):
            if record.data != form(books.balance(JAR(record.id))):
                yield f"jar {record.id} is {record.data}"

    @noun.report("jars")
    def report(books: Books) -> Table:
        return Table("Jars", ("jar",), tuple((it.id,) for it in records.every(books, "jar.jar")))

    def upgraded(to: int) -> Callable[[Books], Iterable[Record]]:
        def upgrade(books: Books) -> Iterator[Record]:
            for record in records.every(books, "jar.jar"):
                assert record.data == FORMS[to - 1](held(record))  # as the version before wrote it
                yield Record("jar.jar", record.id, FORMS[to](held(record)), record.version + 1)
            if dies and to == version:
                os.kill(os.getpid(), signal.SIGKILL)

        return upgrade

    for to in range(2, version + 1) if upgrades else ():
        noun.upgrade(to)(upgraded(to))
    return Product.of("jar", "jars for gifts", noun, version=version)


def upgrade_in(file: Path, pipe: Any, dies: bool) -> None:
    """In a process of its own, until it ends, kills itself, or is killed."""
    store = SqliteStore(file)
    bank = Bank.open(store, clock=now, products=[jars(3, dies=dies)])
    pipe.send("ready")
    bank.upgrade("jar", "upgrade")
    pipe.send("done")
