"""How far many books carry: a model of payments between them, from figures measured on one book.

    python benchmarks/shards.py              measure one book on this machine, and run the model with it
    python benchmarks/shards.py --figures 3.9,0.3,0.33,0.22,0.23,0.17     the model alone, ms

A book commits one batch at a time, of all that waits: `commit` ms, and some ms for each step in it.  A
payment within a book is one step; one to another book is four, two in each, with a hop of the network between
them.  Payments come at random instants (Poisson), from accounts of Zipf's law, which are spread over the
books at random.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import date
from heapq import heappop, heappush
from itertools import accumulate
from pathlib import Path
from statistics import quantiles
from typing import Any, NamedTuple

from tabulate import tabulate

from bankcore import Amount, Bank, SqliteStore
from bankcore.products.current import CashIn, JoinBooks, OpenAccount, OpenProgramme, Remit, Transfer
from bankcore.products.current.remittances import open_outgoing
from bankcore.products.current.transit import arrive, clear, end
from bankcore.products.parties import RegisterParty

BATCH = 64  # the most steps in one commit
HOP = 0.5  # ms of the network between two books
STEPS = ("transfer", "remit", "arrive", "end", "clear")


class Figures(NamedTuple):
    """Milliseconds of one book: of a commit, and of each step in it."""

    commit: float
    transfer: float
    remit: float
    arrive: float
    end: float
    clear: float


class Taken(NamedTuple):
    """Milliseconds of an action."""

    clock: float
    cpu: float


# --- one book, measured ---------------------------------------------------------------------------


def measured(folder: Path, rounds: int) -> Figures:
    """The least of some rounds, durable, on a file in `folder`: steps by CPU time, the commit by the clock.

    A step is a part of a commit of `BATCH` steps less one of a single step.
    """
    alone: dict[str, list[Taken]] = {step: [] for step in STEPS}
    many: dict[str, list[Taken]] = {step: [] for step in STEPS}
    with closing(SqliteStore(folder / "one.db", create=True)) as store:
        bank = _bank(store)
        for nth in range(rounds):
            for count, into in ((1, alone), (BATCH, many)):
                for step, taken in _steps(bank, f"{nth}-{count}", count).items():
                    into[step].append(taken)
    each = {step: (_least(many[step], "cpu") - _least(alone[step], "cpu")) / (BATCH - 1) for step in STEPS}
    commits = [_least(alone[step], "clock") - each[step] for step in STEPS]
    return Figures(sorted(commits)[len(commits) // 2], **each)


def _bank(store: SqliteStore) -> Bank:
    bank = Bank.create(store, opened_on=date(2024, 1, 1))
    commands: list[Any] = [OpenProgramme("std"), JoinBooks("std", "north")]
    for party in ("li", "wang"):
        commands += [RegisterParty(party), OpenAccount("std", party)]
    for key, command in enumerate(commands):
        bank.handle(command, f"start-{key}")
    bank.handle(CashIn("li", _yuan(1_000_000)), "cash")
    return bank


def _steps(bank: Bank, name: str, count: int) -> dict[str, Taken]:
    """What each step takes, `count` of it in one commit."""
    ledger, numbers = bank.ledger, range(count)
    transfers = [Transfer("li", "wang", _yuan(1))] * count
    remits = [Remit("li", "south", "wang", _yuan(1), f"{name}-{n}") for n in numbers]
    taken = {"transfer": _taken(bank.handle_all, transfers, f"t-{name}")}
    taken["remit"] = _taken(bank.handle_all, remits, f"r-{name}")
    sent = [it.remittance("south") for it in open_outgoing(ledger.books)]
    taken["arrive"] = _taken(ledger.execute, f"a-{name}", {}, *map(arrive, sent))
    taken["end"] = _taken(ledger.execute, f"e-{name}", {}, *(rule for it in sent for rule in end(it.item)))
    taken["clear"] = _taken(ledger.execute, f"c-{name}", {}, *map(clear, sent))
    return taken


def _yuan(whole: int) -> Amount:
    return Amount.parse(f"{whole}.00", "CNY/2")


def _taken(action: Callable[..., Any], *arguments: Any) -> Taken:
    clock, cpu = time.perf_counter(), time.process_time()
    action(*arguments)
    return Taken((time.perf_counter() - clock) * 1e3, (time.process_time() - cpu) * 1e3)


def _least(all_: Sequence[Taken], of: str) -> float:
    return float(min(getattr(it, of) for it in all_))


# --- many books, in a model -----------------------------------------------------------------------


class Job(NamedTuple):
    """A payment at one of its steps."""

    began: float
    payer: int  # the book
    receiver: int
    step: int  # in STEPS


class Model:
    """Books that commit one batch after another; times are ms."""

    def __init__(self, figures: Figures, books: int) -> None:
        self.commit, self.each = figures.commit, figures[1:]
        self.waiting: list[deque[Job]] = [deque() for _ in range(books)]
        self.busy = [False] * books
        self.events: list[tuple[float, int, int, list[Job]]] = []  # instant, order, book, what is done
        self.order = 0
        self.accepted: list[float] = []  # ms until the payer has his receipt
        self.arrived: list[float] = []  # ms until the receiver has the money

    def run(self, payments: Sequence[Job]) -> None:
        for payment in payments:
            self._at(payment.began, payment.payer, [payment], new=True)
        while self.events:
            now, _, code, jobs = heappop(self.events)
            if code >= 0:
                self.waiting[code].extend(jobs)
                self._serve(code, now)
            else:
                book = -code - 1
                self.busy[book] = False
                for job in jobs:
                    self._done(job, now)
                self._serve(book, now)

    def _at(self, instant: float, book: int, jobs: list[Job], *, new: bool) -> None:
        self.order += 1
        heappush(self.events, (instant, self.order, book if new else -book - 1, jobs))

    def _serve(self, book: int, now: float) -> None:
        line = self.waiting[book]
        if line and not self.busy[book]:
            batch = [line.popleft() for _ in range(min(BATCH, len(line)))]
            self.busy[book] = True
            taken = self.commit + sum(self.each[job.step] for job in batch)
            self._at(now + taken, book, batch, new=False)

    def _done(self, job: Job, now: float) -> None:
        step = STEPS[job.step]
        if step in ("transfer", "remit"):
            self.accepted.append(now - job.began)
        if step in ("transfer", "arrive"):
            self.arrived.append(now - job.began)
        if step not in ("transfer", "clear"):
            book = job.payer if step == "arrive" else job.receiver
            self._at(now + HOP, book, [job._replace(step=job.step + 1)], new=True)


class World:
    """Accounts of Zipf's law on books at random, and who pays whom."""

    def __init__(self, books: int, accounts: int, exponent: float, chance: random.Random) -> None:
        self.books, self.chance = books, chance
        self.homes = [chance.randrange(books) for _ in range(accounts)]
        weights = [1 / rank**exponent for rank in range(1, accounts + 1)]
        self.cumulative = list(accumulate(weights))
        self.shares = [0.0] * books  # of all payments, by the payer's book
        for home, weight in zip(self.homes, weights, strict=True):
            self.shares[home] += weight / self.cumulative[-1]

    def capacity(self, figures: Figures, between: float) -> float:
        """Payments a second at which the hottest book is busy all the time, with full batches."""
        overhead = figures.commit / BATCH
        inside = (1 - between) * (figures.transfer + overhead)
        own = between * (figures.remit + figures.end + 2 * overhead)
        others = between * (figures.arrive + figures.clear + 2 * overhead) / self.books
        return 1e3 / max(share * (inside + own) + others for share in self.shares)

    def payments(self, rate: float, count: int, between: float) -> list[Job]:
        chance, now, jobs = self.chance, 0.0, []
        payers = chance.choices(self.homes, cum_weights=self.cumulative, k=count)
        for payer in payers:
            now += chance.expovariate(rate) * 1e3
            away = chance.random() < between
            receiver = (payer + chance.randrange(1, self.books)) % self.books if away else payer
            jobs.append(Job(now, payer, receiver, STEPS.index("remit" if away else "transfer")))
        return jobs


def rows(figures: Figures, books: int, accounts: int, count: int) -> list[tuple[str, ...]]:
    """For each law and share of payments between books: capacity, and latencies at half and 80% of it."""
    found = []
    for exponent in (0.8, 1.0):
        world = World(books, accounts, exponent, random.Random(1))
        for between in (0.0, 0.1, 0.5, 0.9):
            most = world.capacity(figures, between)
            cells = [f"{exponent:.1f}", f"{between:.0%}", f"{max(world.shares):.2%}", f"{most:,.0f}"]
            for load in (0.5, 0.8):
                model = Model(figures, books)
                model.run(world.payments(most * load, count, between))
                assert len(model.accepted) == len(model.arrived) == count
                cells += [_latency(model.accepted), _latency(model.arrived)]
            found.append(tuple(cells))
    return found


def _latency(values: Sequence[float]) -> str:
    cut = quantiles(values, n=100)
    return f"{cut[49]:.1f} / {cut[98]:.1f}"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--figures", help="ms: commit,transfer,remit,arrive,end,clear")
    parser.add_argument("--books", type=int, default=1_000)
    parser.add_argument("--accounts", type=int, default=1_000_000)
    parser.add_argument("--payments", type=int, default=60_000)
    parser.add_argument("--rounds", type=int, default=15)
    given = parser.parse_args()
    if given.figures:
        figures = Figures(*map(float, given.figures.split(",")))
    else:
        with tempfile.TemporaryDirectory() as folder:
            figures = measured(Path(folder), given.rounds)
    print("one book, ms:", ", ".join(f"{name} {ms:.3f}" for name, ms in figures._asdict().items()), "\n")
    headers = ("Zipf", "between books", "hottest book", "payments/s", *("accepted", "arrived") * 2)
    print(
        tabulate(rows(figures, given.books, given.accounts, given.payments), headers, disable_numparse=True)
    )


if __name__ == "__main__":
    main()
