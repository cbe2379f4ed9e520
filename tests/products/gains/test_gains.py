"""Nobody gains by slicing, repeating or choosing the order: a machine looks for who does, game by game."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st
from tests.conftest import PROFILE
from tests.products.gains.cards import Consumer, Drawer
from tests.products.gains.deposits import Depositor, Holder, Noticer
from tests.products.gains.game import (
    Game,
    Idle,
    apart,
    check_granted,
    outside,
    played,
    search,
    shuffled,
    sliced,
)
from tests.products.gains.loans import ActualBorrower, Agent, Borrower
from tests.products.gains.trades import Participant, Sharer, Trader
from tests.products.gains.wallets import Client, Merchant, Operator, Saver

GAMES: tuple[type[Game], ...] = (
    Client, Saver, Merchant, Operator, Consumer, Drawer, Borrower, ActualBorrower, Agent, Noticer, Depositor,
    Holder, Participant, Sharer, Trader,
)  # fmt: skip
STROLLS = {"ci": 10, "nightly": 2_000}.get(PROFILE, 3)  # from the same seeds each time
few = settings(max_examples=max(settings().max_examples // 8, 5))
of_each_game = pytest.mark.parametrize("kind", GAMES, ids=lambda kind: kind.__name__.lower())


@of_each_game
@few
@given(data=st.data())
def test_a_game_that_ends_where_it_began_gains_what_the_terms_grant(kind: type[Game], data: Any) -> None:
    for name, *_ in check_granted(kind, data.draw(kind.moves())).did:
        event(name)


@of_each_game
def test_who_strolls_gains_nothing(kind: type[Game]) -> None:
    """Longer games, in which every move is one that can be made."""
    assert not search(kind, lambda moves: bool(outside(played(kind, moves))), STROLLS)


@of_each_game
@few
@given(data=st.data(), size=st.sampled_from([1, 3, 9, 99, 333_33]))
def test_slices_come_to_the_same(kind: type[Game], data: Any, size: int) -> None:
    moves = data.draw(kind.moves())
    try:
        assert not apart(kind, moves, lambda made: sliced(kind, made, size)), moves
    except Idle:
        event("refused in one of the games")


@of_each_game
@few
@given(data=st.data(), seed=st.integers(0, 999))
def test_the_order_within_a_day_changes_nothing(kind: type[Game], data: Any, seed: int) -> None:
    moves = data.draw(kind.moves())
    try:
        assert not apart(kind, moves, lambda made: shuffled(kind, made, seed)), moves
    except Idle:
        event("refused in one of the games")
