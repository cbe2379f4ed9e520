"""The words of pages in English and 中文: terms of the glossary, and sentences of pages.

The glossary is docs/glossary.md, which travels in the wheel; its terms are looked up first in the section of
pages and reports, then in the others from the first on.  A word that it does not have stays as it is.

>>> Words("zh")("balance sheet"), Words("en")("balance sheet")
('资产负债表', 'Balance sheet')
>>> Words("zh").path("wallet:mall:reserve"), Words("en").path("wallet:mall:reserve")
('财富计划:mall:备付金', 'wallet:mall:reserve')
>>> Words("zh").say("days", count=3)
'3 天'
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib import import_module
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from string import Template as Sentence
from typing import Any, Final

from bankcore.errors import UnknownName
from bankcore.product.chart import Template
from bankcore.products import PRODUCTS
from bankcore.tables import visible

__all__ = ["LANGUAGES", "Words", "glossary", "grouped"]

LANGUAGES: Final = ("en", "zh")
_OWN: Final = "Pages and reports"  # the section of the glossary that comes first
_CHINESE: Final = re.compile(r"\(([^()]*[\u4e00-\u9fff][^()]*)\)")
_PARENTHESIS: Final = re.compile(r"\s*[（(][^)）]*[)）]")


class Words:
    """A language of pages; raises UnknownName for one that there is not."""

    def __init__(self, language: str) -> None:
        if language not in LANGUAGES:
            raise UnknownName("language", language, ", ".join(LANGUAGES))
        self.language = language
        self._terms = glossary() if language == "zh" else {}

    def __call__(self, term: str) -> str:
        """A term as a heading: in English with a capital, in 中文 as the glossary has it."""
        found = self.plain(term)
        return found[:1].upper() + found[1:]

    def plain(self, term: str) -> str:
        """A term within a line."""
        return self._terms.get(term) or self._terms.get(term[:1].lower() + term[1:]) or visible(term)

    def name(self, text: str) -> str:
        """An id or another text from outside, as it is, on one line."""
        return visible(text)

    def measure(self, measure: str) -> str:
        """A measure of runs by its name, such as `lowest:bank:cash`.

        >>> Words("zh").measure("lowest:bank:cash"), Words("en").measure("yield-cost")
        ('最低:银行:现金', 'Yield cost')
        """
        word, colon, of = measure.partition(":")
        if not colon:
            return self(word) if self._terms else self(word).replace("-", " ")
        return f"{self(word)}:{self.path(of) if word in ('balance', 'lowest', 'highest') else self.name(of)}"

    def path(self, path: str) -> str:
        """An account's path, or the beginning of one; ids in it stay as they are."""
        if not self._terms:
            return visible(path)
        parts = path.split(":")
        fixed = _fixed(parts)
        return ":".join(
            self._terms.get(f"{part} account") or self.plain(part) if place in fixed else visible(part)
            for place, part in enumerate(parts)
        )

    def state(self, word: str) -> str:
        """What a report says of how something stands, or of its kind.

        >>> Words("zh").state("open"), Words("zh").state("person"), Words("en").state("open")
        ('进行中', '个人', 'open')
        """
        return self._terms.get(f"{word} state") or self._terms.get(f"{word} kind") or visible(word)

    def command(self, name: str) -> str:
        """A command of the products: its 中文 stands in its docstring, or in the glossary if several differ.

        >>> Words("zh").command("cash-in"), Words("zh").command("open-programme")
        ('存现', '开办产品')
        """
        said = _commands().get(name, frozenset()) if self._terms else frozenset()
        return next(iter(said)) if len(said) == 1 else self.plain(name)

    def listed(self, parts: Iterable[str]) -> str:
        """Some texts one after another in a sentence."""
        return ("、" if self._terms else ", ").join(parts)

    def say(self, name: str, **given: Any) -> str:
        """A sentence of pages with what it is about; what is given must be text for people, or a number."""
        return Sentence(_sentences()[name][self.language]).substitute(given)


@cache
def glossary() -> Mapping[str, str]:
    """The 中文 of each term of the glossary.

    >>> glossary()["reserve"], glossary()["liability"]
    ('备付金', '负债')
    """
    package = files("bankcore")
    installed = package / "data" / "glossary.md"
    page: Traversable = (
        installed if installed.is_file() else Path(str(package)).parents[1] / "docs/glossary.md"
    )
    found: dict[str, str] = {}
    for section in page.read_text(encoding="utf-8").split("\n## ")[1:]:
        own = section.startswith(_OWN)
        for term, zh in _rows(section):
            if own or term not in found:
                found[term] = zh
    return found


def _rows(section: str) -> Iterator[tuple[str, str]]:
    """Each term with its 中文; a row may have several, separated by commas."""
    for line in section.splitlines():
        if not line.startswith("| ") or line.startswith(("| term |", "| --- |")):
            continue
        term, zh = (_PARENTHESIS.sub("", cell).strip() for cell in line.split("|")[1:3])
        terms, words = term.split(", "), re.split("[、，]", zh)
        if len(terms) == len(words):
            yield from zip(terms, words, strict=True)
        yield term, zh


@cache
def _sentences() -> Mapping[str, Mapping[str, str]]:
    text = (files("bankcore") / "pictures" / "sentences.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@cache
def _commands() -> Mapping[str, frozenset[str]]:
    """What the docstrings of the products' commands of each name say in 中文."""
    found: dict[str, frozenset[str]] = {}
    for product in PRODUCTS:
        for name, command in product.commands.items():
            said = _CHINESE.findall(" ".join((command.__doc__ or "").split()))
            found[name] = found.get(name, frozenset()) | {*said[:1]}
    return found


# --- the accounts of products -------------------------------------------------------------------------


@cache
def _patterns() -> tuple[tuple[str, ...], ...]:
    """The paths of the accounts of all products, with `{names}` for ids."""
    found: dict[str, None] = {}
    for product in PRODUCTS:
        for module in product.modules:
            own = vars(import_module(module)).values()
            found |= dict.fromkeys(it.pattern for it in own if isinstance(it, Template))
    bank = vars(import_module("bankcore.product.chart")).values()
    found |= dict.fromkeys(it.pattern for it in bank if isinstance(it, Template))
    return tuple(tuple(it.split(":")) for it in found)


def _pattern(parts: list[str]) -> tuple[str, ...] | None:
    """The pattern that begins like a path, the one of its own length first."""
    fits = [it for it in _patterns() if len(it) >= len(parts) and _begins(it, parts)]
    return min(fits, key=len) if fits else None


def _begins(pattern: tuple[str, ...], parts: list[str]) -> bool:
    return all(map(_is, pattern, parts))


def _is(name: str, part: str) -> bool:
    """Whether a part of a path is what a pattern has there: the same text, or any id."""
    _, id, after = name.rpartition("}")
    return part.endswith(after) if id else part == name


def _fixed(parts: list[str]) -> set[int]:
    """The places of a path that are no ids; of a path that no product has, the first."""
    pattern = _pattern(parts)
    if pattern is None:
        return {0}
    return {place for place, name in enumerate(pattern) if not name.endswith("}") or name in _KINDS}


_KINDS: Final = frozenset({"{kind}", "{mode}", "{pocket}"})  # placeholders of words, not of ids


def grouped(path: str) -> str:
    """The group of an account on pages: its path with `*` for each id but that of the programme.

    >>> grouped("bank:demand:li"), grouped("wallet:mall:client:c001:principal"), grouped("assets:till:3")
    ('bank:demand:*', 'wallet:mall:client:*:principal', 'assets:till')
    """
    parts = path.split(":")
    pattern = _pattern(parts)
    if pattern is None or len(pattern) != len(parts):
        return ":".join(parts[:2])
    return ":".join(
        "*" if name.endswith("}") and name not in _KINDS and name != "{programme}" else part
        for name, part in zip(pattern, parts, strict=True)
    )
