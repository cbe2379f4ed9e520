"""Patience with a server that is away, such as while another one takes its place."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Final

from bankcore.errors import StoreUnavailable
from bankcore.stores.postgres.connection import Connection

__all__ = ["patiently"]

_PAUSE: Final = (50, 1_000)  # milliseconds from one attempt to connect to the next, at least and at most


def patiently(connect: Callable[[], Connection], timeout: float, check: Callable[[], None]) -> Connection:
    """A connection, tried for until there is one; after `timeout` seconds, the StoreUnavailable of the last.

    `check` raises where it is not wanted any more.
    """
    end = time.monotonic() + timeout
    pause, most = _PAUSE
    while True:
        check()
        try:
            return connect()
        except StoreUnavailable:
            wait = random.uniform(pause / 2, pause) / 1_000
            if time.monotonic() + wait > end:
                raise
            time.sleep(wait)
            pause = min(2 * pause, most)
