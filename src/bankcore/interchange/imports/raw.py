"""Transactions of hledger and Ledger as they are written, before elided amounts are filled in."""

from __future__ import annotations

import re
from datetime import date
from typing import Any, Final

from attrs import define, field, frozen

from bankcore.interchange.imports.amounts import RawLeg, Style, read_leg
from bankcore.interchange.imports.told import Place, Told

__all__ = [
    "RawPosting",
    "RawTransaction",
    "account_of",
    "comment_at",
    "head_of",
    "posting_of",
    "read_day",
    "say",
    "tags_of",
]

_DAY: Final = r"(?:([0-9]{1,6})[-/.])?([0-9]{1,2})[-/.]([0-9]{1,2})"
_HEAD: Final = re.compile(rf"({_DAY})(?:=({_DAY}))?(?=\s|$)\s*([*!])?\s*(?:\(([^()]*)\))?\s*(.*)", re.DOTALL)
_GAP: Final = re.compile(r"[ \u00a0]{2}|\t|[ \u00a0]\t")
_WORDS: Final = re.compile(r"(?:^|\s):((?:[^\s:]+:)+)(?=\s|$)")
_TAG: Final = re.compile(r"([^\s:,;()\[\]]+):(?!/)\s*(.*)")
_MARKS: Final = re.compile('[;"]')
_LONGEST: Final = 1_000  # characters in which a tag is sought
_OWN_DAY: Final = re.compile(r"\[([0-9][0-9./-]*)(?:=[0-9./-]*)?\]|(?:^|[\s,])date:\s*([0-9][0-9./-]*)")


@define
class RawPosting:
    """A posting; `virtual` is `(` or `[` where it is in parentheses or brackets."""

    place: Place
    account: str
    virtual: str
    leg: RawLeg
    status: str = ""
    comments: list[str] = field(factory=list)


@define
class RawTransaction:
    """A transaction; `bucket` is the account that takes what a single posting leaves."""

    place: Place
    on: date
    description: str
    about: dict[str, Any]
    bucket: str = ""
    comments: list[str] = field(factory=list)
    postings: list[RawPosting] = field(factory=list)

    def told(self) -> dict[str, Any]:
        """What it says besides date, description and postings, without what is empty."""
        about = {**self.about, "comment": "\n".join(self.comments), "tags": tags_of(self.comments)}
        return {name: value for name, value in about.items() if value}


@frozen
class _Day:
    year: int | None
    place: Place

    def of(self, year: str | None, month: str, day: str) -> date:
        if year is not None and len(year) < 4:
            raise self.place.refuse(f"the year {year!r} has fewer than four digits")
        if year is None and self.year is None:
            raise self.place.refuse("the date has no year: give --year, or a line such as 'Y 2024' before it")
        try:
            return date(int(year or self.year or 0), int(month), int(day))
        except (ValueError, OverflowError):
            shown = "-".join(filter(None, (year, month, day)))
            raise self.place.refuse(f"{shown} is not a date") from None


def read_day(text: str, place: Place, year: int | None) -> date:
    """A date, in which the year may be missing; raises BadJournal."""
    found = re.fullmatch(_DAY, text.strip())
    if found is None:
        raise place.refuse(f"{text.strip()[:40]!r} is not a date")
    return _Day(year, place).of(*found.groups())


def head_of(text: str, place: Place, year: int | None, spaced: bool) -> RawTransaction:
    """The transaction whose first line this is; `spaced` where a comment needs two spaces before it."""
    text, comment = comment_at(text, spaced)
    found = _HEAD.fullmatch(text.strip())
    if found is None:
        raise place.refuse(f"{text.strip()[:40]!r} is not the head of a transaction")
    _, y, m, d, second, *rest = found.groups()
    on = _Day(year, place).of(y, m, d)
    y2, m2, d2, status, code, description = rest
    about: dict[str, Any] = {"status": status or "", "code": (code or "").strip()}
    if second:
        about["secondary_date"] = _Day(on.year, place).of(y2, m2, d2).isoformat()
    return RawTransaction(place, on, description.strip(), about, comments=[comment] if comment else [])


def comment_at(text: str, spaced: bool) -> tuple[str, str]:
    """A text and the comment at its end, which begins with a semicolon outside of quotes."""
    quoted, last = False, -1 if spaced else text.rfind('"')
    for found in _MARKS.finditer(text):
        at = found.start()
        if found.group() == '"':
            quoted = not quoted and at < last
        elif not quoted and (not spaced or at == 0 or text.endswith(("  ", "\t"), 0, at)):
            return text[:at], text[at + 1 :].strip()
    return text, ""


def account_of(text: str) -> tuple[str, str]:
    """An account's name, which ends at two spaces or a tab, and the text right of it."""
    found = _GAP.search(text)
    return (text, "") if found is None else (text[: found.start()].rstrip(), text[found.end() :].strip())


def posting_of(text: str, style: Style, told: Told) -> RawPosting:
    """The posting on a line, with its account as it is written; raises BadJournal."""
    place, status = style.place, ""
    if text[0] in "*!":
        status, text = text[0], text[1:].lstrip()
    name, rest = account_of(text)
    if name.startswith(";"):
        raise place.refuse("a posting has no account")
    virtual = ""
    if len(name) > 2 and name[0] + name[-1] in ("()", "[]"):
        virtual, name = name[0], name[1:-1].strip()
    amount, comment = comment_at(rest, spaced=False)
    leg = read_leg(amount, style)
    if not style.mark and re.search(r"(?<![0-9.,])[0-9]{1,3},[0-9]{3}(?![0-9.,])", amount):
        known = style.marks.get(leg.amount.commodity if leg.amount else "")
        if not known and not style.grouped:
            told.gap(
                place, "number", f"the comma in {amount.strip()} is read as a decimal mark, as hledger does"
            )
    posting = RawPosting(place, name, virtual, leg, status)
    if comment:
        say(posting, comment, told)
    return posting


def say(posting: RawPosting, comment: str, told: Told, place: Place | None = None) -> None:
    """Add a comment to a posting; a date of its own in it is named."""
    posting.comments.append(comment)
    if _OWN_DAY.search(comment):
        told.gap(place or posting.place, "date of a posting", "it counts on the date of its transaction")


def tags_of(comments: list[str]) -> dict[str, str]:
    """The tags in comments: `name: value` up to a comma, and `:word:word:`.

    >>> tags_of(["paid, who: li lei, type:A", ":food:"])
    {'who': 'li lei', 'type': 'A', 'food': ''}
    """
    tags: dict[str, str] = {}
    for comment in comments:
        for words in _WORDS.findall(comment):
            tags |= dict.fromkeys(words.strip(":").split(":"), "")
        for part in _WORDS.sub(" ", comment).split(","):
            if (found := _TAG.search(part[:_LONGEST])) is not None:
                tags[found.group(1)] = found.group(2).strip()
    return tags
