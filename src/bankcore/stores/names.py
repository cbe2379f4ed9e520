"""Names of accounts and records in code-point order, with the colon between the levels."""

from __future__ import annotations

from bisect import bisect_left, bisect_right

__all__ = ["below", "sort_in", "within"]


def below(names: list[str], root: str, after: str) -> list[str]:
    """The sorted names at and below `root`, after `after`; the semicolon is the character after the colon."""
    if not root:
        return names[bisect_right(names, after) :]
    here = bisect_left(names, root)
    own = names[here : bisect_right(names, root)] if root > after else []
    return (
        own + names[bisect_right(names, max(after, f"{root}:"), here) : bisect_left(names, f"{root};", here)]
    )


def sort_in(names: list[str], name: str) -> None:
    """Insert a name in order, unless it is there."""
    place = bisect_left(names, name)
    if names[place : place + 1] != [name]:
        names.insert(place, name)


def within(text: str, root: str) -> bool:
    """Whether a name is `root` or is below it."""
    return not root or text == root or text.startswith(root + ":")
