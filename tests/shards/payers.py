"""A process that pays from book to book until somebody kills it, or it kills itself before a step."""

from __future__ import annotations

import os
import random
import signal
from itertools import count
from multiprocessing.connection import Connection as Pipe

from tests.products.holders import CNY
from tests.shards.country import HOMES, Places, opened

from bankcore.amounts import Amount
from bankcore.errors import Rejection
from bankcore.products.current import Transfer
from bankcore.shards.shards import Shards

__all__ = ["ABROAD", "paid", "pay"]

# Who pays whom: always somebody whose home is another book.
ABROAD = [(one, other) for one in HOMES for other in HOMES if HOMES[one] != HOMES[other]]
STEPS = ("arrive", "end", "clear")
AMOUNTS = (1, 33_33, 400_00)


def paid(shards: Shards, chance: random.Random, key: str) -> tuple[str, int, str, bytes] | None:
    """A payment to another book, as far as it goes: the payer's book and receipt; None for a refusal."""
    payer, receiver = chance.choice(ABROAD)
    command = Transfer(payer, receiver, Amount(chance.choice(AMOUNTS), CNY))
    try:
        (receipt,) = shards.handle(command, key)
    except Rejection:
        return None
    return HOMES[payer], receipt.number, receipt.key, receipt.digest


def pay(places: Places, life: str, last: str, pipe: Pipe) -> None:
    """Tell what is acknowledged, or the error that should not be; die before the step `last`, if given."""
    try:
        _, shards = opened(places)
        if last:
            setattr(shards.transfers, last, lambda *_: os.kill(os.getpid(), signal.SIGKILL))
        chance = random.Random(life)
        pipe.send("ready")
        for n in count():
            if (receipt := paid(shards, chance, f"{life}-{n}")) is not None:
                pipe.send(receipt)
            if n % 5 == 4:
                shards.recover()
    except Exception as error:
        pipe.send(repr(error))
