"""Who may give a command, and under which keys: its roles, and the party that the actor is or represents."""

from __future__ import annotations

from typing import Any, Final

from bankcore.errors import ActorNotPermitted, BadActor, BadKey
from bankcore.ledger.books import Books
from bankcore.product.actor import Actor, Role
from bankcore.product.command import title
from bankcore.product.parties import active_party, operator_of, speaks_for

__all__ = ["EOD", "check_identity", "check_key", "check_role", "natural_actor"]

EOD: Final = "eod/"  # the prefix of the keys of the close of a day, which callers may not use
_TRANSIT: Final = "transit/"  # that of the keys of steps between books


def check_key(key: str) -> None:
    """Raise BadKey for the keys that the bank uses itself, so that no caller can take them."""
    if isinstance(key, str) and (key.startswith((EOD, _TRANSIT)) or "#" in key):
        raise BadKey(key, f"keys of commands contain no '#' and begin neither with {EOD!r} nor {_TRANSIT!r}")


def natural_actor(command: Any) -> Actor:
    """Who usually gives the command: its first role for which its own field names somebody."""
    named = [
        (role, (getattr(command, field) or "") if field else "bank") for role, field in command.may.items()
    ]
    return Actor(*next((it for it in named if it[1]), named[0]))


def check_role(actor: Actor, command: Any) -> None:
    """Raise ActorNotPermitted where the role may not give the command, BadActor for anything but an Actor."""
    if not isinstance(actor, Actor):
        raise BadActor(actor, "an Actor is needed")
    if command.may.get(actor.role) is None:
        raise ActorNotPermitted(str(actor), title(type(command)))


def check_identity(actor: Actor, command: Any, books: Books, product: str) -> None:
    """Raise ActorNotPermitted where the actor acts for a party that he neither is nor represents.

    Raises PartySuspended and PartyErased for a representative, who is barred from acting for others too, and
    for the operator whom a programme names.
    """
    if not (field := command.may[actor.role]):
        return
    named = getattr(command, field)
    if not speaks_for(books, actor, named, product):
        raise ActorNotPermitted(str(actor), title(type(command)))
    if actor.id != named:
        active_party(books, actor.id)
        if actor.role is Role.OPERATOR and (party := operator_of(books, product, named)):
            active_party(books, party)
