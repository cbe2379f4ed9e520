"""Commands: frozen attrs classes whose fields describe a request, and the roles that may give it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from bankcore.product.actor import Role

__all__ = ["Command", "title"]


class Command(Protocol):
    """A frozen attrs class; `may` maps each role that may give it to the field with that actor's id.

    An empty field name permits any id of the role.  The first role is the command's natural actor.
    """

    @property
    def may(self) -> Mapping[Role, str]: ...


def title(command: type[object]) -> str:
    """The command's name as people write it.

    >>> class FundReserve: ...
    >>> title(FundReserve)
    'fund-reserve'
    """
    return "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in command.__name__)[1:]
