"""Books of scenarios that come with bankcore, with all that pages show; and what a page of HTML has."""

from __future__ import annotations

from functools import cache
from html.parser import HTMLParser
from pathlib import Path

from attrs import define, field

from bankcore.bank import Bank
from bankcore.simulation.runner import Outcome, simulate
from bankcore.simulation.scenario import Scenario, load
from bankcore.stores.memory import MemoryStore

EXAMPLES = Path(__file__).parents[2] / "examples"
# Between them: all sections of a page.
NAMES = ("document-004-branches", "document-003-points", "document-001-crowdfunding", "document-002-wealth")


@cache
def simulated(name: str) -> tuple[Scenario, Bank, Outcome]:
    """A scenario, run once for all tests; its book is only read."""
    scenario, store = load(EXAMPLES / f"{name}.toml"), MemoryStore()
    outcome = simulate(scenario, store)
    return scenario, Bank.open(store), outcome


@define
class Read(HTMLParser):
    """The elements of a page, its texts, and its tables by their captions."""

    tags: list[tuple[str, tuple[str, ...]]] = field(factory=list)
    texts: list[str] = field(factory=list)
    tables: list[tuple[str, list[list[str]]]] = field(factory=list)
    _inside: list[str] = field(factory=list)

    def __attrs_post_init__(self) -> None:
        super().__init__()

    @classmethod
    def of(cls, html: str) -> Read:
        read = cls()
        read.feed(html)
        read.close()
        return read

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, tuple(sorted(name for name, _ in attrs))))
        self._inside.append(tag)
        if tag == "table":
            self.tables.append(("", []))
        elif tag == "tr":
            self.tables[-1][1].append([])
        elif tag in ("td", "th"):
            self.tables[-1][1][-1].append("")
        if tag == "meta":
            self._inside.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self._inside.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._inside[-1:] == ["style"]:
            return
        self.texts.append(data)
        if self._inside[-1:] in (["td"], ["th"]):
            self.tables[-1][1][-1][-1] += data
        elif self._inside[-1:] == ["caption"]:
            caption, rows = self.tables[-1]
            self.tables[-1] = (caption + data.strip(), rows)
