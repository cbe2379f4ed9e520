"""A game: an actor plays with his own commands, closes every cycle, and counts what he has.

A product's games say what he may do, when he has ended where he began, and what the terms grant him for what
stands; they say it anew, from what he did, and never ask the product.  The machine plays any sequence and
looks for figures outside of what is granted; plays it again in slices, and in another order.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from fractions import Fraction
from itertools import groupby
from random import Random
from typing import Any, ClassVar, Final

from attrs import frozen
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from bankcore.errors import BankcoreError

Move = tuple[Any, ...]  # the name of what is done, and its arguments; the first of them an amount, if any is

Pools = tuple[Sequence[Any], ...]  # an argument is one of any of these

ALL: Final = 10**12  # more than there is: all of it
AMOUNTS: Final[Pools] = (
    (1, 2, 3, 9, 49, 50, 51, 99),
    range(1, 2_000_00),
    (1_00, 90_00, 100_00, 515_00, 1_000_00, 2_000_00),
)
PARTS: Final[Pools] = ((ALL,), *AMOUNTS)  # of something that is there
WHICH: Final[Pools] = (range(6),)  # counted round where there are fewer


def of(*values: Any) -> Pools:
    """An argument that is one of some values."""
    return (values,)


class Idle(Exception):
    """There is nothing with which a move could be made."""


@frozen
class Figure:
    """What an actor has of something, and the least and the most that the terms grant; minor units.

    Rounding may change it by `slack` units: one for each contract that rounds.
    """

    has: Fraction | int
    least: Fraction | int
    most: Fraction | int
    slack: Fraction | int = 1

    @property
    def gained(self) -> Fraction | int:
        """Beyond the most that is granted."""
        return self.has - self.most - self.slack

    @property
    def lost(self) -> Fraction | int:
        """Below the least that is granted."""
        return self.least - self.has - self.slack


class Game:
    """What every game has; a move is a method of its name, and a refusal of the bank is none.

    A method gives back the arguments that it made the move with, where they are not those that it got.
    """

    MOVES: ClassVar[Mapping[str, tuple[Pools, ...]]]
    SLICED: ClassVar[frozenset[str]] = frozenset()  # moves of an amount that may come in parts
    FREE: ClassVar[frozenset[str]] = frozenset()  # moves whose order within a day the terms do not look at
    SHORTEST: ClassVar[int] = 6
    LONGEST: ClassVar[int] = 12

    @classmethod
    def moves(cls) -> SearchStrategy[list[Move]]:
        """Any sequence of the actor's commands and of days."""
        each = [
            st.tuples(st.just(name), *(st.one_of(*map(st.sampled_from, pools)) for pools in arguments))
            for name, arguments in cls.MOVES.items()
        ]
        return st.lists(st.one_of(each), min_size=cls.SHORTEST, max_size=cls.LONGEST)

    def __init__(self, book: Any) -> None:
        self.book = book
        self.began = self.today
        self.did: list[Move] = []  # what the bank did not refuse

    def play(self, moves: Sequence[Move]) -> None:
        """Play, and close every cycle."""
        for move in moves:
            self.make(move)
        self.finish()

    def make(self, move: Move) -> None:
        """One move, if it can be made."""
        name, *arguments = move
        try:
            made = getattr(self, name)(*arguments)
        except (BankcoreError, Idle):
            return
        self.did.append((name, *(arguments if made is None else made)))

    def stroll(self, random: Random) -> None:
        """Make moves by chance, what cannot be made is not counted; and close every cycle."""
        length, names = random.randint(2, self.LONGEST), sorted(self.MOVES)
        for _ in range(4 * length):
            if len(self.did) < length:
                name = random.choice(names)
                self.make((name, *(random.choice(random.choice(pools)) for pools in self.MOVES[name])))
        self.finish()

    def some(self, amount: int, there: int) -> int:
        """An amount, at most what is there; raises Idle where nothing is."""
        if there <= 0:
            raise Idle
        return min(amount, there)

    def one(self, nth: int, there: Sequence[Any]) -> int:
        """One of so many, counted round; raises Idle where there is none."""
        if not there:
            raise Idle
        return nth % len(there)

    def wait(self, days: int) -> None:
        """Let days pass, one by one; `closing` sees each before it ends, `closed` once it has."""
        for _ in range(days):
            self.closing()
            self.book.bank.close_day(self.today)
            self.closed()

    def closing(self) -> None:
        """Note what the day's closing balances earn."""

    def closed(self) -> None:
        """Note what is left when the day's close has collected what was due."""

    def finish(self) -> None:
        """End where the game began: all is given back, withdrawn, settled."""
        raise NotImplementedError

    def figures(self) -> dict[str, Figure]:
        """What the actor has in the end."""
        raise NotImplementedError

    @property
    def today(self) -> date:
        """The bank's business date."""
        day: date = self.book.bank.today
        return day

    @property
    def day(self) -> int:
        """The days since the game began."""
        return int((self.today - self.began).days)


def played(kind: type[Game], moves: Sequence[Move]) -> Game:
    """A new game with these moves."""
    game = kind()  # type: ignore[call-arg]  # each game opens its own book
    game.play(moves)
    return game


def outside(game: Game) -> dict[str, str]:
    """The figures that are outside of what the terms grant, in words."""
    return {
        name: f"{name}: has {it.has}, granted {it.least} to {it.most}"
        for name, it in game.figures().items()
        if it.gained > 0 or it.lost > 0
    }


def check_granted(kind: type[Game], moves: Sequence[Move]) -> Game:
    """Raises AssertionError where the actor gained something, or lost it, or an invariant is broken."""
    game = played(kind, moves)
    assert not outside(game), game.did
    assert not list(game.book.bank.broken_invariants())
    return game


# --- slices and orders ------------------------------------------------------------------------------


def sliced(kind: type[Game], moves: Sequence[Move], size: int, most: int = 30) -> list[Move]:
    """The moves, amounts that may come in parts cut into slices of a size, at most so many, and a rest."""
    cut: list[Move] = []
    for name, *arguments in moves:
        if name not in kind.SLICED:
            cut.append((name, *arguments))
            continue
        left, *others = arguments
        for _ in range(most):
            if left > size:
                cut.append((name, size, *others))
                left -= size
        cut.append((name, left, *others))
    return cut


def shuffled(kind: type[Game], moves: Sequence[Move], seed: int) -> list[Move]:
    """The moves in another order: neighbours that are free to change places do."""
    random, order = Random(seed), []
    for free, run in groupby(moves, lambda move: move[0] in kind.FREE):
        together = list(run)
        if free:
            random.shuffle(together)
        order += together
    return order


def apart(kind: type[Game], moves: Sequence[Move], change: Callable[[list[Move]], list[Move]]) -> list[str]:
    """The figures that change by more than rounding may when the moves are changed, in words.

    Raises Idle where nothing is to compare: the bank refused something in one game and not in the other.
    """
    one = played(kind, moves)
    other = played(kind, change(one.did))
    if sums(one) != sums(other):
        raise Idle
    left, right = one.figures(), other.figures()
    return [
        f"{name}: {it.has} and {right[name].has}"
        for name, it in left.items()
        if abs(it.has - right[name].has) > max(it.slack, right[name].slack)
    ]


def sums(game: Game) -> dict[Move, int]:
    """What was done in all, by kind of move: amounts added up where they may come in parts."""
    found: dict[Move, int] = {}
    for name, *arguments in game.did:
        if name in game.SLICED:
            key, more = (name, *arguments[1:]), arguments[0]
        else:
            key, more = (name, *arguments), 1
        found[key] = found.get(key, 0) + more
    return found


# --- the search --------------------------------------------------------------------------------------


Fault = Callable[[list[Move]], bool]


def granted_more(kind: type[Game], figure: str) -> Fault:
    """Whether moves leave a figure outside of what is granted."""
    return lambda moves: figure in outside(played(kind, moves))


def slices_differ(kind: type[Game], size: int) -> Fault:
    """Whether moves in slices come to something else."""

    def differ(moves: list[Move]) -> bool:
        try:
            return bool(apart(kind, moves, lambda made: sliced(kind, made, size)))
        except Idle:
            return False

    return differ


def search(kind: type[Game], fault: Fault, tries: int) -> list[Move]:
    """The fewest moves found that show a fault; none where nothing is found.

    The same for each run: what looks like chance is seeded.
    """
    for seed in range(tries):
        game = kind()  # type: ignore[call-arg]
        game.stroll(Random(seed))
        if fault(game.did):
            return reduced(game.did, fault)
    return []


def reduced(moves: list[Move], fault: Fault) -> list[Move]:
    """The moves without those that are not needed."""
    for place in reversed(range(len(moves))):
        fewer = moves[:place] + moves[place + 1 :]
        if fault(fewer):
            moves = fewer
    return moves
