"""The names that somebody may have meant."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

__all__ = ["SHOWN", "choices", "nearest"]

SHOWN: Final = 3  # names that a message proposes


def nearest(name: str, known: Iterable[str], *, alike: float = 0.5) -> list[str]:
    """The names most like one that does not exist, at most three, the most similar first.

    How similar they have to be is `alike`, from 0 for any name to 1 for the same one.

    >>> nearest("walet", ["points", "wallet", "loan"])
    ['wallet']
    """
    from difflib import get_close_matches  # here, because most processes refuse nothing

    folded: dict[str, str] = {}
    for each in known:
        folded.setdefault(each.casefold().replace("_", "-"), each)
    found = get_close_matches(name.casefold().replace("_", "-"), folded, n=SHOWN, cutoff=alike)
    return [folded[it] for it in found]


def choices(name: str, known: Iterable[str], lead: str = "known:") -> str:
    """The end of a message about a name that does not exist: of a longer list the nearest stand first.

    >>> choices("chanse", ["on", "every", "do", "chance"])
    'nearest: chance; known: on, every, do, chance'
    """
    names = [*known]
    near = nearest(name, names) if len(names) > SHOWN else []
    said = f"{lead} {', '.join(names)}"
    return f"nearest: {', '.join(near)}; {said}" if near else said
