"""The storm: many processes on one book, killed at random; then nothing acknowledged may be missing.

Writers, readers, openers and others work on one book until they are killed (SIGKILL), and are started again.
On PostgreSQL their sessions are ended at random, too, and now and then a process of the server is killed.  A
writer reports its receipts through a pipe, so that they outlive it.  At the end every receipt must be in the
journal, `verify` must find nothing, and every snapshot and backup made meanwhile must have been whole.
"""

from __future__ import annotations

import multiprocessing
import random
from collections import Counter
from contextlib import closing
from multiprocessing.connection import Connection as Pipe
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from time import monotonic
from typing import Any

from attrs import define, field, frozen

from bankcore.errors import BankcoreError
from bankcore.ledger.evidence.audit import verify
from bankcore.ledger.ledger import Ledger
from bankcore.stores.open import open_store
from storm.places import Files, Place
from storm.roles import ACCOUNTS, BOOK, ROLES, clock, opened

__all__ = ["Outcome", "storm"]

START = 30  # seconds until the first receipt, at most
ROUND = 60  # seconds with one book; then a new one
LIFE = (0.1, 2.0)  # seconds from one kill to the next


@frozen
class Outcome:
    """The work of a storm, and the faults found after it."""

    done: Counter[str]
    faults: tuple[str, ...]


@define
class _Crew:
    """The running processes, their reports, and how often each role was killed."""

    book: str  # its path or URL
    chance: random.Random
    receipts: list[tuple[int, str, bytes]] = field(factory=list)
    done: Counter[str] = field(factory=Counter)
    faults: list[str] = field(factory=list)
    at_work: dict[Pipe, tuple[str, BaseProcess]] = field(factory=dict)

    def begin(self, role: str) -> None:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe(duplex=False)
        life = f"{self.done['lives']}"
        self.done["lives"] += 1
        process = context.Process(target=ROLES[role], args=(self.book, life, theirs))
        process.start()
        theirs.close()
        self.at_work[ours] = role, process

    def hear(self, seconds: float) -> None:
        for pipe in wait(list(self.at_work), timeout=seconds):
            assert isinstance(pipe, Pipe)
            self._hear_one(pipe)

    def _hear_one(self, pipe: Pipe) -> bool:
        try:
            word: Any = pipe.recv()
        except (EOFError, OSError):
            self._end(pipe)
            return False
        if isinstance(word, str):
            self.faults.append(word)
        elif isinstance(word, list):
            self.receipts += word
            self.done["commits"] += 1
        else:
            self.done[self.at_work[pipe][0]] += 1
        return True

    def _end(self, pipe: Pipe) -> None:
        role, process = self.at_work.pop(pipe)
        process.join()
        pipe.close()
        if process.exitcode not in (0, -9):
            self.faults.append(f"a {role} ended with {process.exitcode}")
        self.begin(role)

    def kill(self, pipe: Pipe) -> None:
        self.at_work[pipe][1].kill()
        self.done["kills"] += 1

    def end(self) -> None:
        """Kill all, and read their remaining reports."""
        for _, process in self.at_work.values():
            process.kill()
        for pipe, (role, process) in list(self.at_work.items()):
            process.join()
            try:
                while pipe.poll():
                    self._say(pipe.recv(), role)
            except (EOFError, OSError):
                pass
            pipe.close()
        self.at_work.clear()

    def _say(self, word: Any, role: str) -> None:
        if isinstance(word, list):
            self.receipts += word
        elif isinstance(word, str):
            self.faults.append(word)


def storm(seconds: float, place: Place | None = None, seed: int | None = None) -> Outcome:
    """Storm one book after another for the given time, in files unless a server is given."""
    chance, place = random.Random(seed), place or Files()
    done: Counter[str] = Counter()
    faults: list[str] = []
    end = monotonic() + seconds
    while (left := end - monotonic()) > 0:
        with place.book() as book:
            crew = _Crew(book, chance)
            _rage(crew, place, min(left, ROUND))
            faults += crew.faults + _faults_after(crew)
            done += crew.done
            done["books"] += 1
    return Outcome(done, tuple(faults))


def _rage(crew: _Crew, place: Place, seconds: float) -> None:
    with closing(open_store(crew.book, create=True)) as store:
        Ledger.create(store, BOOK, clock).open(ACCOUNTS, key="open")
    for role in place.crew:
        crew.begin(role)
    late = monotonic() + START
    while not crew.receipts and monotonic() < late:  # interpreters start slowly
        crew.hear(0.1)
    end = monotonic() + seconds
    try:
        while (left := end - monotonic()) > 0:
            until = monotonic() + min(crew.chance.uniform(*LIFE), left)
            while (pause := until - monotonic()) > 0:
                crew.hear(pause)
            if struck := place.strike(crew.chance):
                crew.done[struck] += 1
            else:
                crew.kill(crew.chance.choice(list(crew.at_work)))
    finally:
        crew.end()


def _faults_after(crew: _Crew) -> list[str]:
    try:
        with closing(opened(crew.book)) as store, store.snapshot() as still:
            reader = still.reading(BOOK.id)  # the dead may still be committing on a server
            faults = [f"{it.code}: {it}" for it in verify(reader, BOOK).findings[:5]]
            journal = {(e.number, e.transaction.key, e.digest) for e in reader.entries()}
    except BankcoreError as error:
        return [f"{error.code}: {error}"]
    lost = set(crew.receipts) - journal
    crew.done["receipts"] += len(crew.receipts)
    return faults + ([f"{len(lost)} of {len(crew.receipts)} receipts are lost"] if lost else [])
