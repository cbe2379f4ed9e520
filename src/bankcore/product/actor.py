"""Who may give commands: somebody in a role."""

from __future__ import annotations

import unicodedata
from enum import Enum

from attrs import frozen

from bankcore.errors import BadActor
from bankcore.ledger.books import Books

__all__ = ["Actor", "Role", "same_person"]


class Role(Enum):
    """Who may give commands."""

    CUSTOMER = "customer"
    MERCHANT = "merchant"
    OPERATOR = "operator"
    OFFICER = "officer"  # of the bank
    SYSTEM = "system"  # the end-of-day job


@frozen
class Actor:
    """Somebody in a role.  Raises BadActor for anything but a Role and a text.

    >>> str(Actor.parse("customer:c001"))
    'customer:c001'
    """

    role: Role
    id: str

    def __attrs_post_init__(self) -> None:
        if not isinstance(self.role, Role) or not isinstance(self.id, str):
            raise BadActor(f"{self.role}:{self.id}", "a Role and the text of an id are needed")

    @classmethod
    def parse(cls, text: str) -> Actor:
        """Read `role:id`; raises BadActor."""
        role, _, id = text.partition(":")
        if role not in {known.value for known in Role} or not id:
            known = ", ".join(role.value for role in Role)
            raise BadActor(text, f"role:id is needed, the role one of {known}")
        return cls(Role(role), id)

    @classmethod
    def asking(cls, books: Books) -> Actor:
        """The actor of the command that a rule decides; raises BadActor where there is none."""
        return cls.parse(books.actor)

    def __str__(self) -> str:
        return f"{self.role.value}:{self.id}"


def same_person(one: str, other: str) -> bool:
    """Whether two ids are of one person: case, width, blanks and marks that nobody sees make no other.

    >>> same_person("li", "Li "), same_person("li", "wang")
    (True, False)
    """
    return _plain(one) == _plain(other)


def _plain(id: str) -> str:
    seen = (it for it in unicodedata.normalize("NFKC", id) if unicodedata.category(it) not in ("Cf", "Zs"))
    return "".join(seen).casefold()
