"""A product under random commands on two stores at once: whatever holds of every product is checked.

`ProductMachine` is subclassed, or called by `prove`.  It draws the commands of the product from their
fields, gives each to a bank in memory and to one on a SQLite file that is disturbed all the time (opened
again, asked for previews and reports, its closes cut off and continued), and both must agree to the byte.
What it finds it names: see `Finding`, and the table in docs/testing.md.

>>> from bankcore.products.time_deposit import TIME_DEPOSIT, DepositTerms, OpenDeposit, OpenProgramme
>>> opening = [open_accounts("li", "wang"), OpenProgramme("3m", DepositTerms())]
>>> ids = {"customer": ["li", "wang"], "programme": ["3m"], "deposit": ["d1", "d2"]}
>>> prove(TIME_DEPOSIT, opening=opening, ids=ids, moving={OpenDeposit}, settings=settings(max_examples=2))
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from fractions import Fraction
from functools import partial
from random import Random
from typing import Any, Final

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.errors import Flaky
from hypothesis.stateful import (
    initialize,
    rule,
    run_state_machine_as_test,
)

from bankcore.bank import Bank
from bankcore.ledger.books import Books
from bankcore.ledger.evidence.audit import verify
from bankcore.ledger.transactions import Entry
from bankcore.product.forms import as_data, fill
from bankcore.product.product import Invariant, Product
from bankcore.products.current import CURRENT
from bankcore.products.parties import PARTIES
from bankcore.testing import checks, variants
from bankcore.testing.checks import Finding
from bankcore.testing.declared import AMOUNTS, Pool, drawn, open_accounts
from bankcore.testing.elsewhere import Elsewhere, elsewhere, home_of
from bankcore.testing.history import Closed, Given, Step, World
from bankcore.testing.twins import DISTURBANCES, Twins

__all__ = ["Finding", "ProductMachine", "open_accounts", "prove"]

_CHANCES: Final = st.lists(st.integers(0, 2**32), min_size=5, max_size=15)  # a command from each
_ENDS: Final = ("watched", "sliced", "together")


class ProductMachine(Twins):
    """A product, what its book begins with, and what is expected of it.

    `product` is proved beside the products `beside`, parties and current accounts; `opening` are the
    commands with which every run begins (several in a tuple are one commit), and `opened_on` its day.
    `commands` are the classes to draw, by default all of the product; `ids` the ids by the name of the field,
    `amounts` minor units, `fields` strategies by (command, field), `actors` those who give some commands.

    What you may declare of commands: of `once`, with the field of an id, a second one of that id is refused;
    each of `moving` moves money or is refused; after one of `leaving`, with the field of the id or the
    fields of all its ids, nothing of it is left; of `sliceable`, with the field of the amount, several in
    place of one come to the same.
    `days` are the numbers of days that are closed at once.  `own_money` is False where customers may move
    the money of others.  Each of `reached` is carried out at least once in a run of `prove`, which else says
    so: what is always refused is not proved.

    `oracle` gives from the history the balances that accounts should have; `expects` the contradictions in
    the books: both are called after every step.
    """

    beside: Sequence[Product] = ()
    opened_on: date = date(2024, 1, 31)
    opening: Sequence[Any] = ()
    commands: Sequence[type[Any]] = ()
    ids: Mapping[str, Sequence[str]] = {}
    amounts: Sequence[int] = AMOUNTS
    fields: Mapping[tuple[type[Any], str], st.SearchStrategy[Any]] = {}
    moving: Collection[type[Any]] = ()
    leaving: Mapping[type[Any], str | Sequence[str]] = {}
    sliceable: Mapping[type[Any], str] = {}
    reached: Collection[type[Any]] = ()
    own_money: bool = True
    together: bool = True
    days: Sequence[int] = (7, 1, 1, 31, 1)
    home: str = ""

    def __init__(self, product: Product | None = None, **declared: Any) -> None:
        super().__init__()
        self.carried_out: set[type[Any]] = set()
        given = declared if product is None else {"product": product, **declared}
        for name, value in given.items():
            if name != "product" and not hasattr(type(self), name):
                raise TypeError(f"ProductMachine has no {name!r} to declare")
            setattr(self, name, value)

    def oracle(self, history: Sequence[Step]) -> Mapping[str, int]:
        """The balances that some accounts should have after a history, by path, in minor units."""
        return {}

    def expects(self, books: Books, history: Sequence[Step]) -> Iterable[str]:
        """The contradictions in the books after a history; none where all is as expected."""
        return ()

    # --- the beginning ------------------------------------------------------------------------------

    @initialize(end=st.sampled_from(_ENDS))
    def start(self, end: str) -> None:
        """Two new books, and the opening commands in both."""
        others = [it for it in (*self.beside, PARTIES, CURRENT) if it.name != self.product.name]
        unique = {it.name: it for it in others}
        self.world = World((self.product, *unique.values()), self.opened_on)
        self.end = end
        self.begin()
        self.pool = Pool(self.ids, amounts=self.amounts, fields=self.fields, fresh=self.once)
        for it in self.opening:
            commands = it if isinstance(it, tuple) else (it,)
            if (done := self.give(*commands)).refused:
                raise self._refused_opening(Finding("the opening is refused", done))

    def _refused_opening(self, finding: Finding) -> Finding:
        """The finding, or that the program remembers: where nothing went before, nothing is refused."""
        homes = self._homes()
        fresh = elsewhere(homes, self.opened_on, self.history, anew=True) if all(homes) else ""
        if isinstance(fresh, Elsewhere) and not fresh.codes[-1]:
            return Finding("not the same when done again: state outside of the book", finding)
        return finding

    # --- after every step -----------------------------------------------------------------------------

    def look(self, before: int, step: Step) -> None:
        entries = list(self.bank.ledger.reader.entries(before))
        for finding in self._findings(entries, step):
            raise self._explained(finding)
        if isinstance(step, Given) and not step.refused:
            for it in step.commands:
                self.pool.learn(it)
                self.carried_out.add(type(it))

    def _findings(self, entries: Sequence[Entry], step: Step) -> Iterator[Finding]:
        bank = self.bank
        for name, invariant in self.product.invariants.items():
            for reason in self._outcome(partial(_contradictions, invariant), bank):
                yield Finding(f"invariant {name}", f"{reason}, after {step}")
        yield from checks.standing(bank, {p.account for it in entries for p in it.transaction.postings})
        yield from checks.notices_once(entries)
        known = [root for it in self.world.products for root in it.roots]
        yield from checks.own_accounts(self.product, entries, known)
        if isinstance(step, Given) and not step.refused:
            yield from checks.moves_money(step, entries, self.moving)
            if self.own_money and all(type(it) in self.product.rules for it in step.commands):
                yield from checks.only_own_money(bank, step, entries)
            for command in step.commands:
                if named := self.leaving.get(type(command)):
                    names = (named,) if isinstance(named, str) else named
                    ids = [getattr(command, name) for name in names]
                    yield from checks.left_behind(bank, self.product, ids)
        if isinstance(step, Closed) or entries:
            yield from checks.closed_empty(bank)
        for text in self.expects(bank.ledger.books, self.history):
            yield Finding("not as expected", f"{text}, after {step}")
        for finding in checks.as_expected(bank, self.oracle(self.history)):
            yield Finding(finding.name, f"{finding.detail}, after {step}")

    # --- rules ------------------------------------------------------------------------------------------

    @rule(data=st.data(), chances=_CHANCES, days=st.integers(0, 5))
    def a_day(self, data: st.DataObject, chances: list[int], days: int) -> None:
        """A few commands, one after the other, some of them again; then mostly the close of a day or more."""
        for each in chances:
            chance = Random(each + self.step * 2**33)  # equal numbers make other commands
            if chance.random() < Fraction(1, 5) and (done := self._done()):
                self.again(chance.choice(done))
            else:
                self.anything(chance, data)
        if days:
            self.close(self.days[days % len(self.days)], sum(chances))

    def anything(self, chance: Random, data: st.DataObject) -> None:
        """A command of some class, with a disturbance of the second book."""
        self.pool.today, self.pool.amounts = self.bank.today, self._interesting(chance)
        command = drawn(chance.choice, data.draw, chance.choice(self._wanted()), self.pool)
        if command is not None:
            self._check_form(command)
            self.give(command, disturbance=chance.choice(DISTURBANCES))

    def _wanted(self) -> list[type[Any]]:
        """The classes to draw from: endings less often, and none that was carried out far more often."""
        classes = list(self.commands or self.product.rules)
        done = Counter(type(it) for step in self._done() for it in step.commands)
        most = 3 + sum(done[it] for it in classes) // len(classes)
        wanted = [it for it in classes if done[it] < most]
        return [it for it in wanted * 4 if it not in self.leaving] + [
            it for it in wanted if it in self.leaving
        ]

    def _done(self) -> list[Given]:
        """The commits that wrote something."""
        return [it for it in self.history if isinstance(it, Given) and it.numbers]

    def _interesting(self, chance: Random) -> list[int]:
        """The given amounts, odd ones, and those at which an account is just emptied, or just not."""
        owned = {balance for balance in checks.balances_of(self.bank).values() if balance > 0}
        near = [*sorted(owned)[:3], *sorted(owned)[-3:]]
        return [*self.amounts, chance.randint(1, max(self.amounts)), *near, *(it + 1 for it in near[:3])]

    def _check_form(self, command: Any) -> None:
        """A command written as plain data, as the journal has it, is read back the same."""
        form = as_data(command)
        again = self._outcome(lambda _: as_data(fill(type(command), form, self.pool.unit)), self.bank)
        if again != form:
            raise Finding("a command's form is not read back", f"{command!r} from {form}")

    # --- the end ------------------------------------------------------------------------------------------

    def teardown(self) -> None:
        """The audit of both books, and the history taken again in another way."""
        if not hasattr(self, "banks"):
            return
        try:
            if sys.exc_info()[0] is None:
                self._finish()
        finally:
            self.leave()

    def _finish(self) -> None:
        for bank in self.banks:
            for finding in checks.conserved(bank):
                raise finding
            for broken in bank.broken_invariants():
                raise Finding(f"invariant {broken.invariant} of {broken.product}", broken.reason)
            verify(bank.ledger.reader, bank.ledger.book).require()
        for finding in self._taken_otherwise():
            raise finding

    def _homes(self) -> list[str]:
        return [self.home or home_of(self.product), *map(home_of, self.world.products[1:])]

    def _taken_otherwise(self) -> Iterator[Finding]:
        yield from variants.elsewhere_too(
            self.world, self.history, self.bank, self._homes(), watch=self.end == "watched"
        )
        if self.end == "sliced" and self.sliceable:
            yield from variants.sliced(self.world, self.history, self.bank, self.sliceable, self.once)
        if self.end == "together" and self.together:
            yield from variants.together(self.world, self.history, self.bank)


def prove(product: Product, *, settings: settings | None = None, **declared: Any) -> None:
    """Run a ProductMachine of the product; `declared` are its attributes.  Raises Finding.

    `settings` are those of Hypothesis, by default those of the profile that is loaded.
    """

    carried_out: set[type[Any]] = set()

    def machine() -> ProductMachine:  # its source is the seed of runs that are to be the same each time
        made = ProductMachine(product, **declared)
        made.carried_out = carried_out
        return made

    made: Any = machine
    try:
        run_state_machine_as_test(made, settings=_patient(settings))
    except Flaky as flaky:  # the same commands once more, and something else came of them
        raise Finding("not the same when done again: state outside of the book", flaky) from flaky
    if missed := sorted(it.__name__ for it in set(declared.get("reached", ())) - carried_out):
        raise Finding("never carried out", f"{', '.join(missed)}: begin with more, or draw longer")


def _patient(given: settings | None) -> settings:
    """The settings, without a deadline for single runs."""
    return settings(given or settings.default, deadline=None, suppress_health_check=list(HealthCheck))


def _contradictions(invariant: Invariant, bank: Bank) -> list[str]:
    return list(invariant(bank.ledger.books))
