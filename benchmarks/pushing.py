"""Firms described, screened, matched and pushed through a bank in memory, with a thousand templates on offer.

A day's round of bulk pushes is compared with pushes made one by one, and the matching anew of every firm
at the close with a match asked for by each.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from matching import BANKS, BRANCHES, DAY, TEMPLATES, firm, template
from measure import Result, seconds

from bankcore.bank import Bank
from bankcore.products.branch import (
    AcquireLead,
    BranchTerms,
    DescribeFirm,
    MatchFirm,
    OpenProgramme,
    PublishTemplate,
    PushFirm,
    PushMatches,
    RegisterBranch,
    ScreenLead,
)
from bankcore.products.branch.matches import Match
from bankcore.products.branch.pushes import Push
from bankcore.stores.memory import MemoryStore

CAPACITY = 20  # pushes of a branch in a day
ALONE = 200  # pushes and matches made one by one


def pushing(sizes: Sequence[int]) -> Iterator[Result]:
    """Two lines for each number of firms: the round of pushes, and the matching anew."""
    for size in sizes:
        bank, chance = _network(), random.Random(105913315)
        firms = [f"f{number:06}" for number in range(size)]
        _give(bank, "offers", _offers(chance))
        _give(bank, "firms", (it for nth, firm in enumerate(firms) for it in _prospect(chance, nth, firm)))
        asked = seconds(_give, bank, "match", (MatchFirm("n", firm) for firm in firms[:ALONE])) / ALONE
        found = [(it.ids[1], it.top[0][0]) for it in Match.every(bank.ledger.books, "n") if it.top]
        by_hand = [PushFirm("n", *pair, f"p{nth}") for nth, pair in enumerate(found[:ALONE])]
        alone = seconds(_give, bank, "push", by_hand) / len(by_hand)
        before = sum(1 for _ in Push.every(bank.ledger.books, "n"))
        taken = seconds(_give, bank, "round", [PushMatches("n")])
        made = sum(1 for _ in Push.every(bank.ledger.books, "n")) - before
        yield _line(f"a round of {made:,} pushes to {size:,} firms, each", alone, taken / made)
        closed = seconds(bank.close_day, DAY) / size  # templates changed today: all are matched anew
        yield _line(f"{size:,} firms matched anew at a close, each", asked, closed)


def _network() -> Bank:
    bank = Bank.create(MemoryStore(), opened_on=DAY, clock=lambda: datetime(2025, 6, 2, tzinfo=UTC))
    _give(bank, "open", [OpenProgramme("n", BranchTerms.from_data({"capacity": CAPACITY}))])
    return bank


def _give(bank: Bank, key: str, commands: Iterable[Any]) -> None:
    for nth, command in enumerate(commands):
        bank.handle(command, f"{key}-{nth}")


def _offers(chance: random.Random) -> Iterator[Any]:
    """The branches of a hundred banks, and their templates."""
    for nth in range(BRANCHES):
        place = chance.randrange(60_000), chance.randrange(60_000)
        yield RegisterBranch("n", f"w{nth:03}", f"b{nth % BANKS:02}", *place)
    for nth in range(TEMPLATES):
        made = template(chance, nth)
        yield PublishTemplate("n", made.branch, made.template, made.criteria)


def _prospect(chance: random.Random, nth: int, id: str) -> Iterator[Any]:
    yield AcquireLead("n", id, "registry", f"91330100{nth:010}", id, "", True)
    yield DescribeFirm("n", id, firm(chance))
    yield ScreenLead("n", id)


def _line(name: str, alone: float, bulk: float) -> Result:
    ratio = alone / bulk
    by_hand, ours = f"{alone * 1e3:.2f} ms by hand", f"{bulk * 1e3:.2f} ms"
    return Result(name, by_hand, ours, f"{ratio:.1f}x faster", ">= 1x", ratio >= 1)
