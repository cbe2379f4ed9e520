"""What tests let processes of their own do on one book, at once or until they are killed."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, date, datetime
from multiprocessing.connection import Connection as Pipe
from typing import Any

from bankcore.bank import Bank
from bankcore.errors import BankcoreError
from bankcore.product.actor import Actor
from bankcore.stores.open import open_store

DAY = date(2024, 5, 1)
Asked = tuple[Any, str, str]  # a command, its key, who gives it


def now() -> datetime:
    return datetime(2024, 5, 1, tzinfo=UTC)


def reopened(place: str) -> tuple[Any, Bank]:
    store = open_store(place)
    return store, Bank.open(store, clock=now)


def give(place: str, asked: list[Asked], pipe: Pipe) -> None:
    """At each word of the pipe give the next command; say what came of it: a number, or a code."""
    store, bank = reopened(place)
    with closing(store):
        pipe.send("ready")
        for command, key, actor in asked:
            pipe.recv()
            try:
                pipe.send(bank.handle(command, key, Actor.parse(actor))[0].number)
            except BankcoreError as refusal:
                pipe.send(refusal.code)


def erase(place: str, command: Any, pipe: Pipe) -> None:
    """Erase a party, and close the day, until somebody kills the process."""
    store, bank = reopened(place)
    pipe.send("ready")
    pipe.recv()
    bank.handle(command, "erase")
    bank.close_day(DAY)
    store.close()
    pipe.send("done")
