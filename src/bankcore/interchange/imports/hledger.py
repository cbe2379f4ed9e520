"""Journals of hledger and of Ledger, read line by line.

Directives that change how lines are read hold until the end of their file in hledger, of the journal in
Ledger.  Periodic and automated rules, prices, time records and Ledger's programs are named as gaps.
Sources: https://hledger.org/1.25/hledger.html, Journal format; https://ledger-cli.org/doc/ledger3.html.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import unquote

from attrs import define, evolve, field

from bankcore.errors import BankcoreError
from bankcore.interchange.imports.amounts import Style, decimal_mark, read_amount
from bankcore.interchange.imports.balancing import balance
from bankcore.interchange.imports.files import Files
from bankcore.interchange.imports.raw import (
    RawTransaction,
    account_of,
    comment_at,
    head_of,
    posting_of,
    say,
    tags_of,
)
from bankcore.interchange.imports.told import Declared, Place, Told
from bankcore.units import Unit

__all__ = ["read_hledger"]

_TYPES: Final = {
    **{"a": "asset", "c": "asset", "l": "liability", "e": "equity", "v": "equity"},
    **{"r": "income", "i": "income", "x": "expense"},
    **{"asset": "asset", "cash": "asset", "liability": "liability", "equity": "equity"},
    **{"conversion": "equity", "revenue": "income", "income": "income", "expense": "expense"},
}
_NAMED: Final = {  # directives without a place in a book, by what they are
    "P": "price",
    "C": "conversion of units",
    **dict.fromkeys(("capture", "fixed", "endfixed"), "directive"),
    **dict.fromkeys(("assert", "check", "expr", "eval", "value", "def", "define"), "expression"),
    **dict.fromkeys(("python", "import"), "program"),
}
_IGNORED: Final = frozenset({"payee", "tag", "N", "I", "O", "V", "option"})  # they say nothing of money
_COMMENT: Final = tuple(";#*%|")
_TIME: Final = re.compile(r"[iobh]\s+[0-9]")
_OTHER_FORMATS: Final = re.compile(
    r"(?i)(?:(timedot|timeclock|csv|ssv|tsv|rules):)|.*\.(timedot|timeclock|csv|ssv|tsv|rules)$"
)
_Line = tuple[Place, str]


@define
class _Settings:
    """How lines are read at a place of the journal."""

    year: int | None
    mark: str = ""
    default: str = ""
    bucket: str = ""
    prefix: tuple[str, ...] = ()
    aliases: tuple[tuple[str, str], ...] = ()  # the latest first


def read_hledger(path: Path, *, ledger: bool = False, year: int | None = None) -> Told:
    """What a journal tells, with the files it includes; `year` is that of dates without one.

    With `ledger` it is read as Ledger does where the two differ.  Raises BadJournal, BadFile.
    """
    reader = _Reader(Files(path), ledger)
    reader.read(path, _Settings(year))
    balance(reader.raw, reader.told, ledger=ledger)
    return reader.told


@define
class _Reader:
    _files: Files
    _ledger: bool
    told: Told = field(factory=Told)
    raw: list[RawTransaction] = field(factory=list)
    _marks: dict[str, str] = field(factory=dict)

    def read(self, path: Path, settings: _Settings) -> None:
        for item in _items(self._files.text(path), self._files.name(path)):
            self._item(item, settings, path)

    def _item(self, item: list[_Line], settings: _Settings, path: Path) -> None:
        place, text = item[0]
        if text[0].isdigit():
            self._transaction(item, settings)
        elif text[0] in "~=":
            what = "periodic rule" if text[0] == "~" else "automated rule"
            self.told.gap(place, what, f"{text[:60]} is left out")
        elif _TIME.match(text):
            self.told.gap(place, "time record", "time is not money")
        elif not text.startswith("--"):
            self._directive(item, settings, path)

    # --- transactions ---------------------------------------------------------------------------------

    def _transaction(self, item: list[_Line], settings: _Settings) -> None:
        place, text = item[0]
        made = head_of(text, place, settings.year, self._ledger)
        made.bucket = settings.bucket
        for at, line in item[1:]:
            if line[0] in (_COMMENT if self._ledger and line[0] != "*" else ";#"):
                comment = line[1:].strip()
                if made.postings:
                    say(made.postings[-1], comment, self.told, at)
                else:
                    made.comments.append(comment)
                continue
            posting = posting_of(line, self._style(at, settings), self.told)
            posting.account = self._account(posting.account, settings, at)
            made.postings.append(posting)
        self.raw.append(made)

    def _style(self, place: Place, settings: _Settings) -> Style:
        return Style(place, settings.mark, settings.default, self._marks, self._ledger)

    def _account(self, name: str, settings: _Settings, place: Place) -> str:
        name = ":".join((*settings.prefix, name))
        for old, new in settings.aliases:
            if name == old or name.startswith(old + ":"):
                name = new + name[len(old) :]
        if not name.strip(":") or len(name) > 1_000:
            raise place.refuse("the name of an account is empty or too long")
        return name

    # --- directives -----------------------------------------------------------------------------------

    def _directive(self, item: list[_Line], settings: _Settings, path: Path) -> None:
        place, text = item[0]
        text = text.lstrip("!@")
        found = re.match(r"Y(?=[0-9])|[^\s]+", text)
        word = found.group() if found else ""
        rest = text[len(word) :].strip()
        if word in ("apply", "end"):
            self._apply(word, rest, settings, place)
        elif word in ("Y", "year"):
            self._year(rest, settings, place)
        elif word == "D":
            amount, _ = read_amount(comment_at(rest, False)[0], 0, self._style(place, settings))
            settings.default = amount.commodity
            self._format(rest, settings, place)
        elif word == "commodity":
            self._commodity(rest, item, settings)
        elif word == "account":
            self._declare(rest, item, settings)
        elif word == "alias":
            self._alias(rest, settings, place)
        elif word in ("A", "bucket"):
            settings.bucket = self._account(rest, settings, place)
        elif word == "decimal-mark":
            if rest[:1] not in (".", ","):
                raise place.refuse("a decimal mark is '.' or ','")
            settings.mark = rest[0]
        elif word == "include":
            self._include(rest, settings, path, place)
        elif word in _NAMED:
            self.told.gap(place, _NAMED[word], f"{text[:60]} is left out")
        elif word not in _IGNORED:
            raise place.refuse(f"{text[:40]!r} is neither a transaction nor a directive")

    def _apply(self, word: str, rest: str, settings: _Settings, place: Place) -> None:
        what, _, name = rest.partition(" ")
        if word == "end":
            if rest == "aliases":
                settings.aliases = ()
            elif rest.removeprefix("apply").strip() in ("", "account"):
                settings.prefix = settings.prefix[:-1]
        elif what == "account":
            settings.prefix = (*settings.prefix, account_of(name.strip())[0])
        elif what == "year":
            self._year(name.strip(), settings, place)
        else:
            self.told.gap(place, "directive", f"apply {rest[:40]} is left out")

    @staticmethod
    def _year(text: str, settings: _Settings, place: Place) -> None:
        found = re.match(r"([0-9]{4,6})(?![0-9])", text)
        if found is None:
            raise place.refuse(f"{text[:40]!r} is not a year")
        settings.year = int(found.group(1))

    def _format(self, text: str, settings: _Settings, place: Place) -> None:
        """Learn from an amount how its commodity is written."""
        style = evolve(self._style(place, settings), default="")
        text = comment_at(text, False)[0].strip()
        amount, _ = read_amount(text, 0, style)
        if mark := decimal_mark(text, amount.commodity, style):
            self._marks[amount.commodity] = mark
        shown = read_amount(text, 0, self._style(place, settings))[0].decimals
        self.told.see(amount.commodity, shown)
        self.told.styles[amount.commodity] = shown

    def _commodity(self, rest: str, item: list[_Line], settings: _Settings) -> None:
        if re.search("[0-9]", re.sub('"[^"]*"', "", comment_at(rest, False)[0])):
            self._format(rest, settings, item[0][0])
        name = comment_at(rest, False)[0].strip().strip('"')
        for place, line in item[1:]:
            word, _, value = line.partition(" ")
            if word == "format":
                self._format(value.strip(), settings, place)
            elif word == "default":
                settings.default = name

    def _declare(self, rest: str, item: list[_Line], settings: _Settings) -> None:
        place = item[0][0]
        name, right = account_of(rest)
        comments = [comment_at(right, False)[1]]
        name = self._account(name, settings, place)
        for at, line in item[1:]:
            word, _, value = line.partition(" ")
            if line[0] in ";#":
                comments.append(line[1:].strip())
            elif word == "alias":
                settings.aliases = ((value.strip(), name), *settings.aliases)
            elif word == "default":
                settings.bucket = name
            elif word in ("assert", "check", "eval"):
                self.told.gap(at, "expression", f"{line[:60]} is left out")
        self._tagged(name, tags_of(comments))

    def _tagged(self, name: str, tags: dict[str, str]) -> None:
        """Keep what tags say of an account: its type, and in a journal of bankcore's own all else."""
        declared = Declared(_TYPES.get(tags.get("type", "").lower(), ""))
        try:
            unit = Unit(tags.get("unit", ""))
        except BankcoreError:
            pass
        else:
            kind = declared.type or "memorandum" * ("status" in tags)
            side = tags.get("normal-side", "")
            declared = Declared(
                kind, name, side if side in ("debit", "credit") else "", unquote(tags.get("party", "")), unit
            )
        self.told.accounts[name] = declared

    def _alias(self, rest: str, settings: _Settings, place: Place) -> None:
        old, equals, new = rest.partition("=")
        old, new = old.strip(), new.strip()
        if old.startswith("/"):
            self.told.gap(place, "alias", f"the pattern {old[:40]} is not applied")
        elif not equals or not old or not new:
            raise place.refuse("an alias is OLD = NEW")
        else:
            settings.aliases = ((old, new), *settings.aliases)

    def _include(self, pattern: str, settings: _Settings, path: Path, place: Place) -> None:
        pattern = comment_at(pattern, True)[0].strip().strip("\"'")
        if (found := _OTHER_FORMATS.match(pattern)) is not None:
            self.told.gap(place, "included file", f"{pattern} is {found.group(1) or found.group(2)}")
            return
        pattern = re.sub(r"^(journal|hledger|ledger):", "", pattern)
        for file in self._files.included(pattern, path, place):
            self.read(file, settings if self._ledger else evolve(settings))


def _items(text: str, name: str) -> Iterator[list[_Line]]:
    """The lines that belong together: a first one at the margin, and those indented below it."""
    item: list[_Line] = []
    closing = ""
    for number, line in enumerate(text.split("\n"), start=1):
        place = Place(name, number)
        bare = line.strip()
        if closing:
            closing = "" if bare in (closing, "end") else closing
            continue
        indented = line[:1] in (" ", "\t")
        if indented and bare and item:
            item.append((place, bare))
            continue
        if item:
            yield item
        item = []
        if bare in ("comment", "test") or bare.startswith(("!comment", "test ", "comment ")):
            closing = f"end {bare.lstrip('!').split()[0]}"
        elif indented and bare and bare[0] not in _COMMENT:
            raise place.refuse("the line is indented, but belongs to nothing above it")
        elif bare and bare[0] not in _COMMENT:
            item = [(place, bare)]
    if item:
        yield item
