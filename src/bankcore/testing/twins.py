"""Two banks in lockstep: one in memory, one on a SQLite file that is disturbed, and must not show it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final

from attrs import evolve
from hypothesis import event, note
from hypothesis.stateful import RuleBasedStateMachine

from bankcore.bank import Bank
from bankcore.errors import BankcoreError
from bankcore.ledger.ports import Store
from bankcore.ledger.transactions import Transaction
from bankcore.product.actor import Actor
from bankcore.product.product import Product
from bankcore.stores.memory import MemoryStore
from bankcore.stores.sqlite import SqliteStore
from bankcore.testing.checks import Finding
from bankcore.testing.elsewhere import run
from bankcore.testing.history import Closed, CutOff, FusedClock, Given, Step, World, asked, giver

__all__ = ["DISTURBANCES", "Twins"]

_OWN_FAULTS: Final = {
    "internal_error",
    "invariant_broken",
    "bad_transaction",
    "unbalanced",
}  # a rule's, if ever
_CALM: Final = ""
_CUTS: Final = 3  # of a close, each one commit later
DISTURBANCES: Final = (_CALM, "reopening", "a preview", "its reports", "a preview", _CALM)


class Twins(RuleBasedStateMachine):
    """What `ProductMachine` does with its two banks; `look` is called after every step."""

    product: Product
    actors: Mapping[type[Any], Actor] = {}
    once: Mapping[type[Any], str] = {}
    world: World

    def look(self, before: int, step: Step) -> None:
        """Check what a step wrote after transaction `before`."""

    def begin(self) -> None:
        """Two new books of the world."""
        self.step = 0
        self.folder = tempfile.TemporaryDirectory()
        self.file = Path(self.folder.name) / "book.db"
        self.clocks = [self.world.clock(), self.world.clock()]
        stores: tuple[Store, Store] = (
            MemoryStore(),
            SqliteStore(self.file, create=True, durability="normal"),
        )
        self.banks = [self.world.begin(it, clock) for it, clock in zip(stores, self.clocks, strict=True)]
        self.history: list[Step] = []

    def leave(self) -> None:
        """Close both stores."""
        for bank in self.banks:
            bank.ledger.store.close()
        self.folder.cleanup()

    @property
    def bank(self) -> Bank:
        """The bank in memory."""
        return self.banks[0]

    def reopen(self) -> None:
        """Close the file and open it again."""
        self.banks[1].ledger.store.close()
        self.banks[1] = self.world.again(SqliteStore(self.file, durability="normal"), self.clocks[1])

    # --- commands -------------------------------------------------------------------------------------

    def actor(self, *commands: Any) -> Actor:
        """Who gives commands: as declared, else the natural actor of the first."""
        return giver(commands, self.actors.get(type(commands[0])))

    def give(self, *commands: Any, actor: Actor | None = None, disturbance: str = "") -> Given:
        """Commands in one commit, on both books; raises Finding where anything is broken by it."""
        key, self.step = f"step-{self.step}", self.step + 1
        given = Given(commands, key, actor or self.actor(*commands), self.bank.today)
        head = self.bank.ledger.reader.head()
        previewed = self._disturbed(disturbance, given)
        ours, theirs = (self._asked(bank, given) for bank in self.banks)
        refused = isinstance(ours, BankcoreError)
        made = evolve(
            given,
            refused=ours.code if refused else "",
            numbers=() if refused else tuple(it.number for it in ours),
        )
        self.history.append(made)
        note(str(made))
        for it in commands:
            event(f"{type(it).__name__}: {made.refused or 'done'}")
        if _plain(ours) != _plain(theirs):
            raise self._difference(made, disturbance)
        if refused and self.bank.ledger.reader.head() != head:
            raise Finding("a refusal wrote", made)
        if disturbance == "a preview":
            self._compare_preview(made, previewed)
        self.look(head.number, made)
        return made

    def _asked(self, bank: Bank, given: Given) -> Any:
        try:
            outcome = asked(bank, given.commands, given.key, given.actor)
        except Exception as error:
            detail = f"{type(error).__name__}: {error}, by {given}"
            raise Finding("a rule failed", detail) from error
        if isinstance(outcome, BankcoreError) and outcome.code in _OWN_FAULTS:
            raise Finding("a rule wrote what is no transaction", f"{outcome}, by {given}") from outcome
        return outcome

    # --- disturbances of the second book ------------------------------------------------------------

    def _disturbed(self, how: str, given: Given) -> Any:
        """Disturb the second book, which must not show it; what a preview said."""
        bank = self.banks[1]
        head = bank.ledger.reader.head()
        said: Any = None
        if how == "reopening":
            self.reopen()
        elif how == "a preview":
            said = self._outcome(lambda it: it.preview_all(given.commands, given.actor), bank)
        elif how == "its reports":
            self._compare_reports()
        if self.banks[1].ledger.reader.head() != head:
            raise Finding(f"{how} wrote", given)
        return said

    def _compare_reports(self) -> None:
        for name in self.product.reports:
            first, again, theirs = (
                self._outcome(partial(Bank.report, product=self.product.name, name=name), bank)
                for bank in (self.banks[0], *self.banks)
            )
            if first != again:
                raise Finding("a report is not the same when read again", name)
            if first != theirs:
                raise Finding("a report is not the same on SQLite", name)

    def _compare_preview(self, made: Given, said: Any) -> None:
        if isinstance(said, dict) or made.refused:
            agrees = isinstance(said, dict) and said["code"] == made.refused
        else:
            wrote = [self.bank.ledger.entry(number).transaction for number in made.numbers]
            agrees = list(map(_content, said)) == list(map(_content, wrote))
        if not agrees:
            raise Finding("a preview said something else", made)

    def _difference(self, made: Step, disturbance: str) -> Finding:
        """The name of what makes the books differ."""
        name = f"not the same after {disturbance}" if disturbance else "not the same on SQLite"
        return self._explained(Finding(name, made))

    def _explained(self, finding: Finding) -> Finding:
        """The finding, or what it comes from: a clock, chance, or what the program remembers."""
        ends = [run(self.world, self.history) for _ in range(2)]
        if impure := ends[0].impure:
            return Finding(f"it reads {impure[0]}", finding)
        head = self.bank.ledger.reader.head()
        if any((it.number, it.digest) != (head.number, head.digest) for it in ends):
            return Finding("not the same when done again: state outside of the book", finding)
        return finding

    def _outcome(self, act: Callable[[Bank], Any], bank: Bank | None = None) -> Any:
        try:
            return act(bank or self.banks[1])
        except BankcoreError as error:
            return _plain(error)
        except Exception as error:
            raise Finding("a rule failed", f"{type(error).__name__}: {error}") from error

    # --- again, and the close of days --------------------------------------------------------------------

    def again(self, given: Given) -> None:
        """A request with the same key; and, if it is done once under its id, with another key."""
        self._key_again(given)
        if all(type(it) in self.once for it in given.commands):
            again = self.give(*given.commands, actor=given.actor)
            if not again.refused:
                raise Finding("a replay wrote", f"{again}, though its id was used before")

    def _key_again(self, given: Given) -> None:
        """The same request with the same key answers the same and writes nothing."""
        note(f"again: {given}")
        for bank in self.banks:
            head = bank.ledger.reader.head()
            outcome = self._asked(bank, given)
            if isinstance(outcome, BankcoreError):
                if outcome.code != "party_erased":
                    raise Finding("a replay is refused", f"{outcome}, by {given}")
            elif [it.number for it in outcome] != list(given.numbers) or not all(
                it.replayed for it in outcome
            ):
                raise Finding("a replay answered something else", given)
            if bank.ledger.reader.head() != head:
                raise Finding("a replay wrote", given)

    def close(self, number: int, fuse: int = 0) -> None:
        """Close so many days; in the second book the close is cut off a few times, and continued."""
        first = self.bank.today
        days = tuple(first + timedelta(days=n) for n in range(number))
        step, head = Closed(days), self.bank.ledger.reader.head().number
        note(str(step))
        self.history.append(step)
        ours, theirs = self.clocks
        ours.readings = 0
        self._closed(lambda: [self.bank.close_day(day, progress=_ticking(ours)) for day in days], step)
        first_cut = fuse % (ours.readings or 1)
        for theirs.fuse in (*range(first_cut, first_cut + _CUTS), None):
            try:
                self._closed(lambda: self.banks[1].close_day(days[-1], progress=_ticking(theirs)), step)
            except CutOff:
                self.reopen()
            else:
                break
        theirs.fuse = None
        if self.banks[0].ledger.reader.head() != self.banks[1].ledger.reader.head():
            raise self._difference(step, "a close that was cut off and continued")
        if self.bank.close_day(days[-1]).transactions:
            raise Finding("a second close wrote", step)
        self.look(head, step)

    def _closed(self, act: Callable[[], Any], step: Step) -> None:
        try:
            act()
        except CutOff:
            raise
        except BankcoreError as error:
            raise Finding("the close of a day is refused", f"{error}, {step}") from error
        except Exception as error:
            raise Finding("the close of a day failed", f"{type(error).__name__}: {error}, {step}") from error


def _ticking(clock: FusedClock) -> Callable[[Iterable[date]], Iterator[date]]:
    """Progress over days that puts the clock at the end of each."""

    def ticking(days: Iterable[date]) -> Iterator[date]:
        for day in days:
            clock.begin(day + timedelta(days=1))
            yield day

    return ticking


def _plain(outcome: Any) -> Any:
    return outcome.as_dict() if isinstance(outcome, BankcoreError) else outcome


def _content(transaction: Transaction) -> Any:
    """What a preview shows of a transaction: all but its key, its actor and personal data."""
    records = [
        (it.kind, it.id, it.version, it.json) for it in transaction.records if "personal" not in it.data
    ]
    return transaction._replace(key="", actor="", details={}, records=()), records
