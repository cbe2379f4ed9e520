"""Histories taken in another process, with another order of hashes, under a watch for clocks and chance.

Sets, `hash` and `id` differ between processes; a rule that depends on them leads to another book there.
"""

from __future__ import annotations

import atexit
import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from importlib import import_module
from random import Random
from typing import Any, Final

from attrs import evolve, frozen

from bankcore.ledger.books import Books
from bankcore.product.plan import Plan, Step
from bankcore.product.product import Daily, Product
from bankcore.testing.history import Step as Taken
from bankcore.testing.history import World, taken

__all__ = ["Elsewhere", "elsewhere", "home_of", "serve", "watched"]

_CLOCKS: Final = {"now", "today", "utcnow"}
_CHANCE: Final = {"urandom", "getrandom"}
_ENTRY: Final = "import sys; sys.path[:] = {path!r}; from bankcore.testing.elsewhere import serve; serve()"


@frozen
class Elsewhere:
    """How a history ended: the end of the journal, the codes of refusals, what reads clock or chance."""

    number: int
    digest: bytes
    codes: tuple[str, ...]
    impure: tuple[str, ...] = ()


# --- a watch over the rules of a product ----------------------------------------------------------


def _impure(frame: Any, called: Any) -> str:
    """What a call of a function written in C reads besides its arguments; empty for nothing."""
    name, owner = getattr(called, "__name__", ""), getattr(called, "__self__", None)
    module = getattr(called, "__module__", None) or getattr(owner, "__name__", "")
    if isinstance(owner, type) and issubclass(owner, date) and name in _CLOCKS:
        return f"the clock: {'datetime' if issubclass(owner, datetime) else 'date'}.{name}"
    if module == "time" and name not in ("strptime", "struct_time", "sleep"):
        return f"the clock: time.{name}"
    if isinstance(owner, Random) or name in _CHANCE:
        return f"chance: {name}"
    inside = str(frame.f_globals.get("__name__", ""))
    looks_up = frame.f_code.co_name == "__hash__"  # a member of an Enum in a dict, say
    if (
        name in ("hash", "id")
        and module == "builtins"
        and not (looks_up or inside.startswith(("attr", "bankcore")))
    ):
        return f"{name}(), which differs between processes"
    return ""


@contextmanager
def _listening(found: list[str]) -> Iterator[None]:
    """Note what is read while the block runs."""

    def profile(frame: Any, event: str, called: Any) -> None:
        if event == "c_call" and (what := _impure(frame, called)):
            module = str(frame.f_globals.get("__name__", "?"))
            place = f"{what}, in {frame.f_code.co_name} of {module}"
            if place not in found and not module.startswith("hypothesis"):  # it counts collections of garbage
                found.append(place)

    before = sys.getprofile()
    sys.setprofile(profile)
    try:
        yield
    finally:
        sys.setprofile(before)


def watched(product: Product, found: list[str]) -> Product:
    """The product with rules and daily work that note in `found` what they read of clock or chance."""

    def over(rule: Callable[..., Any]) -> Callable[..., Any]:
        def inner(*given: Any) -> Any:
            with _listening(found):
                return rule(*given)

        return inner

    def step(made: Step) -> Step:
        rules: list[Callable[[Books], Plan]] = [over(rule) for rule in made.rules]
        return Step(made.name, *rules)

    def daily(work: Daily) -> Daily:
        def inner(books: Books, day: date) -> Iterator[Step]:
            steps = over(work)(books, day)
            following = over(lambda: next(steps, None))
            while (made := following()) is not None:
                yield step(made)

        return inner

    rules = {command: over(rule) for command, rule in product.rules.items()}
    works = tuple((phase, daily(work)) for phase, work in product.works)
    return evolve(product, rules=rules, works=works, terms=over(product.terms))


def run(world: World, steps: Sequence[Taken], *, watch: bool = True) -> Elsewhere:
    """Take a history here, under watch or not; only the first product of the world is watched."""
    found: list[str] = []
    first, *others = world.products
    seen = evolve(world, products=(watched(first, found), *others)) if watch else world
    bank, codes = taken(seen, steps)
    head = bank.ledger.reader.head()
    return Elsewhere(head.number, head.digest, tuple(codes), tuple(found))


# --- another process --------------------------------------------------------------------------------


def home_of(product: Product) -> str:
    """Where a product is found, as `module:NAME`; empty where no loaded module has it.

    A script is no such module: its names are not there in another process.
    """
    for module, loaded in sorted(sys.modules.items()):
        if module == "__main__":
            continue
        for name, value in list(vars(loaded).items()) if hasattr(loaded, "__dict__") else ():
            if value is product and not name.startswith("_"):
                return f"{module}:{name}"
    return ""


def _found(home: str) -> Product:
    module, _, name = home.partition(":")
    product: Product = getattr(import_module(module), name)
    return product


class _Process:
    """A Python with another seed of hashes, which takes histories until its input ends."""

    def __init__(self, seed: int) -> None:
        self.python = subprocess.Popen(
            [sys.executable, "-c", _ENTRY.format(path=sys.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONHASHSEED": str(seed)},
        )
        atexit.register(self.end)

    def ask(self, *asked: object) -> Elsewhere | str:
        assert self.python.stdin is not None
        assert self.python.stdout is not None
        pickle.dump(asked, self.python.stdin)
        self.python.stdin.flush()
        answer: Elsewhere | str = pickle.load(self.python.stdout)
        return answer

    def end(self) -> None:
        atexit.unregister(self.end)
        with self.python:
            pass


_PROCESSES: dict[int, _Process] = {}  # by seed, each started when it is first needed
SEEDS: Final = 3  # a set of two has the same order under a half of all seeds


def elsewhere(
    homes: Sequence[str],
    opened_on: date,
    steps: Sequence[Taken],
    *,
    seed: int = 0,
    watch: bool = False,
    anew: bool = False,
) -> Elsewhere | str:
    """How a history ends in another process, a new one with `anew`; a text says why it cannot be taken there.

    `seed` is that of its hashes.
    """
    if anew and seed in _PROCESSES:
        _PROCESSES.pop(seed).end()
    if seed not in _PROCESSES:
        _PROCESSES[seed] = _Process(1 + seed)
    return _PROCESSES[seed].ask(homes, opened_on, steps, watch)


def serve() -> None:
    """Take histories from the standard input, until it ends, and answer on the standard output."""
    given, answers = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr
    while True:
        try:
            homes, opened_on, steps, watch = pickle.load(given)
        except EOFError:
            return
        answer: Elsewhere | str
        try:
            answer = run(World(tuple(map(_found, homes)), opened_on), steps, watch=watch)
        except Exception as error:
            answer = f"{type(error).__name__}: {error}"
        pickle.dump(answer, answers)
        answers.flush()
