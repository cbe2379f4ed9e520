"""Who may give a command: the role that it names, and the party that the actor is or represents."""

from __future__ import annotations

from typing import Any

from bankcore.errors import ActorNotPermitted, BadActor
from bankcore.ledger.books import Books
from bankcore.product.actor import Actor, Role
from bankcore.product.command import title
from bankcore.product.parties import active_party, operator_of, speaks_for

__all__ = ["check_identity", "check_role", "natural_actor"]


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
