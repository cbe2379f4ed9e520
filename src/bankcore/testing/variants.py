"""A history taken once more in another way, which must come to the same: sliced, together, elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, Final

import attrs

from bankcore.amounts import Amount
from bankcore.bank import Bank
from bankcore.testing.checks import Finding, balances_of
from bankcore.testing.elsewhere import SEEDS, Elsewhere, elsewhere, run
from bankcore.testing.history import Given, Step, World, taken

_PARTS: Final = (1, 2, 4, 5, 9)  # of a slice: none of them equal

__all__ = ["elsewhere_too", "sliced", "together"]


def done(history: Sequence[Step]) -> list[Step]:
    """The history without what was refused."""
    return [it for it in history if not (isinstance(it, Given) and it.refused)]


def elsewhere_too(
    world: World, history: Sequence[Step], bank: Bank, homes: Sequence[str], *, watch: bool
) -> Iterator[Finding]:
    """What was done, without what was refused, leads to the same book in another process."""
    steps, head = done(history), bank.ledger.reader.head()
    if not all(homes):
        return
    seed = head.digest[0] % SEEDS  # the same for the same history
    end = elsewhere(homes, world.opened_on, steps, seed=seed, watch=watch)
    if isinstance(end, str):
        yield Finding("it cannot be done in another process", end)
        return
    for impure in end.impure:
        yield Finding(f"it reads {impure}")
    if (end.number, end.digest) == (head.number, head.digest):
        return
    here, whole = run(world, steps), elsewhere(homes, world.opened_on, history, seed=seed, anew=True)
    if isinstance(whole, Elsewhere) and (whole.number, whole.digest) == (head.number, head.digest):
        yield Finding("a refusal left something behind", _first(steps, end.codes))
    if (here.number, here.digest) == (head.number, head.digest):
        yield Finding("not the same in another process", _first(steps, end.codes))
    yield Finding("not the same when done again: state outside of the book", _first(steps, here.codes))


def _first(steps: Sequence[Step], codes: Sequence[str]) -> object:
    """The first step that was refused there, with the code."""
    found = (f"{code} instead of {step}" for step, code in zip(steps, codes, strict=False) if code)
    return next(found, f"the digests after {len(steps)} steps")


# --- slices ----------------------------------------------------------------------------------------


def sliced(
    world: World,
    history: Sequence[Step],
    bank: Bank,
    sliceable: Mapping[type[Any], str],
    once: Mapping[type[Any], str],
) -> Iterator[Finding]:
    """Some commands given in five parts: all balances come to the same.

    A command whose own id a later one names is left whole.
    """
    steps = done(history)
    cut: list[Step] = []
    for place, step in enumerate(steps):
        cut += _slices(step, steps[place + 1 :], sliceable, once)
    yield from _compare(world, cut, bank, "not the same when it is sliced")


def _slices(
    step: Step, later: Sequence[Step], sliceable: Mapping[type[Any], str], once: Mapping[type[Any], str]
) -> list[Step]:
    if not isinstance(step, Given) or len(step.commands) > 1 or type(step.commands[0]) not in sliceable:
        return [step]
    (command,) = step.commands
    name, own = sliceable[type(command)], once.get(type(command), "")
    amount: Amount | None = getattr(command, name)
    used = {text for it in later if isinstance(it, Given) for c in it.commands for text in _texts(c)}
    if amount is None or amount.quantity < 3 or (own and getattr(command, own) in used):
        return [step]
    sizes = [part for part in amount.allocate(_PARTS) if part]
    parts = []
    for n, size in enumerate(sizes):
        changes: dict[str, Any] = {name: size} | ({own: f"{getattr(command, own)}.{n}"} if own else {})
        parts.append(attrs.evolve(step, commands=(attrs.evolve(command, **changes),), key=f"{step.key}.{n}"))
    return [*parts]


def _texts(command: Any) -> Iterator[str]:
    for it in attrs.fields(type(command)):
        if isinstance(value := getattr(command, it.name), str):
            yield value


# --- together --------------------------------------------------------------------------------------


def together(world: World, history: Sequence[Step], bank: Bank) -> Iterator[Finding]:
    """What one actor does in a row on one day, done in one commit: all balances come to the same."""

    def place(step: Step) -> tuple[Any, ...]:
        return (str(step.actor), step.day) if isinstance(step, Given) else (id(step),)

    joined: list[Step] = []
    for _, row in groupby(done(history), place):
        steps = list(row)
        first = steps[0]
        if isinstance(first, Given):
            commands = tuple(it for step in steps if isinstance(step, Given) for it in step.commands)
            steps = [attrs.evolve(first, commands=commands)]
        joined += steps
    yield from _compare(world, joined, bank, "not the same when done together")


def _compare(world: World, steps: Sequence[Step], bank: Bank, name: str) -> Iterator[Finding]:
    other, codes = taken(world, steps)
    refused = [f"{code} for {step}" for step, code in zip(steps, codes, strict=True) if code]
    if refused:
        yield Finding(name, refused[0])
    ours, theirs = balances_of(bank), balances_of(other)
    for path in sorted(ours.keys() | theirs.keys()):
        if ours.get(path, 0) != theirs.get(path, 0):
            yield Finding(name, f"{path} has {theirs.get(path, 0)}, not {ours.get(path, 0)}")
