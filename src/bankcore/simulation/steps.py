"""The typed steps of a scenario: commands to give, expectations about the book, reports to show."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from enum import Enum
from functools import lru_cache
from typing import Any

from attrs import frozen

from bankcore.amounts import Amount
from bankcore.product.actor import Actor
from bankcore.product.command import title
from bankcore.product.forms import fill
from bankcore.rates import Share
from bankcore.simulation.population import Chance, Draw, Scene, ShareOf, Text
from bankcore.units import Unit

__all__ = [
    "Asked",
    "Bound",
    "CommandStep",
    "ExpectStep",
    "People",
    "ShowStep",
    "Subject",
    "in_group",
    "scenes",
]

People = Mapping[str, Sequence[Mapping[str, Any]]]  # by population, the values of each member's names


@frozen
class Asked:
    """A command whose fields are drawn, and the prefix of their names in the file."""

    command: type[Any]
    form: Mapping[str, Draw]
    unit: Unit
    prefix: str = "with."

    @property
    def title(self) -> str:
        """The command as people write it."""
        return title(self.command)

    def values(self, chance: Chance, scene: Scene) -> dict[str, Any] | None:
        """The command's fields as drawn; None where a share of an account is zero."""
        values: dict[str, Any] = {}
        for name, draw in self.form.items():
            values[name] = draw.draw(chance, scene)
            if isinstance(draw, ShareOf) and not values[name]:
                return None
        return values

    def make(self, values: Mapping[str, Any]) -> Any:
        """The command with these fields; raises the errors of `fill` and of the command."""
        return fill(self.command, values, self.unit)


@frozen
class CommandStep:
    """Commands, given together on their days once, or once for each combination of `each`.

    `chance` is the probability that they are given.  A `required` step must succeed; one with `reject`
    must be refused with that code; refusals of any other step are counted.
    """

    name: str
    place: str
    days: frozenset[date]
    asked: tuple[Asked, ...]
    unit: Unit
    each: tuple[str, ...] = ()
    chance: Text = Text("1")
    actor: Text | None = None
    reject: str = ""
    required: bool = True

    @property
    def title(self) -> str:
        """The commands as people write them."""
        return " + ".join(asked.title for asked in self.asked)

    def happens(self, chance: Chance, scene: Scene) -> bool:
        """Whether the commands are given this time; raises BadRate where the chance is not from 0 to 1."""
        odds, of = _odds(str(self.chance.draw(chance, scene)))
        return odds == of or chance.randrange(of) < odds

    def commands(self, chance: Chance, scene: Scene) -> list[Any]:
        """The commands with their fields as drawn; none where a share of an account is zero.

        Raises the errors of `fill` and of the commands.
        """
        values = [asked.values(chance, scene) for asked in self.asked]
        if None in values:
            return []
        return [
            asked.make(drawn) for asked, drawn in zip(self.asked, values, strict=True) if drawn is not None
        ]

    def actor_in(self, chance: Chance, scene: Scene) -> Actor | None:
        """Who gives the commands, or None for its natural actor; raises BadActor."""
        return None if self.actor is None else Actor.parse(str(self.actor.draw(chance, scene)))


@lru_cache(maxsize=1_000)
def _odds(text: str) -> tuple[int, int]:
    share = Share.parse(text).fraction
    return share.numerator, share.denominator


def scenes(each: Sequence[str], scene: Scene, people: People) -> Iterator[Scene]:
    """The scene once for each combination: a population's members, or the items of a list."""
    if not each:
        yield scene
        return
    first, *others = each
    choices = people[first] if first in people else [{first: item} for item in scene.items(first)]
    for names in choices:
        yield from scenes(others, scene.with_names(names), people)


class Subject(Enum):
    """The subjects of a scenario's expectations."""

    BALANCE = "balance"  # of an account, or of all that match a pattern
    ACCOUNTS = "accounts"  # the number that match a pattern
    DONE = "done"  # the number of commands of this name done so far
    REFUSED = "refused"  # the number of commands refused with this code so far
    NOTICES = "notices"  # the number of notices so far, of `party:topic`


@frozen
class Bound:
    """A comparison with a balance or a count: `equals`, `at_least` or `at_most`."""

    word: str
    limit: Amount | int

    def holds(self, found: int) -> bool:
        """Whether a number of minor units, or a count, is within the bound."""
        limit = self.number
        return {"equals": found == limit, "at_least": found >= limit, "at_most": found <= limit}[self.word]

    @property
    def number(self) -> int:
        """The limit in minor units, or as a count."""
        return self.limit.quantity if isinstance(self.limit, Amount) else self.limit

    def __str__(self) -> str:
        return f"{self.word.replace('_', ' ')} {self.limit}"


@frozen
class ExpectStep:
    """Bounds that must hold on these days, at this position among the steps or after the day's close."""

    place: str
    days: frozenset[date]
    subject: Subject
    of: str
    bounds: tuple[Bound, ...]
    after_close: bool = False


@frozen
class ShowStep:
    """A report to show as it is on these days, at this position among the steps or after the day's close.

    An `actor` is shown his own rows.
    """

    title: str
    days: frozenset[date]
    product: str
    report: str
    actor: Actor | None = None
    after_close: bool = False

    def title_on(self, day: date) -> str:
        """The title on a day, such as `step 3, on 2024-05-01: points cards for customer:li`."""
        seen_by = "" if self.actor is None else f" for {self.actor}"
        return f"{self.title}, on {day}: {self.product} {self.report}{seen_by}"


def in_group(path: str, pattern: str) -> bool:
    """Whether a path matches a pattern in which `*` matches one segment.

    >>> in_group("wallet:mall:client:c001:yield", "wallet:mall:client:*:yield")
    True
    """
    parts, wanted = path.split(":"), pattern.split(":")
    return len(parts) == len(wanted) and all(w in ("*", part) for part, w in zip(parts, wanted, strict=True))
