"""Personal data: kept whole in records, shown masked, erased with the party whose they are.

A record keeps personal data in a table `personal` of its data, and nowhere else; lists of records show
`masked` data.  Names, numbers and addresses are masked word by word, by one rule for all.
Source: GB/T 35273-2020, 7.2: a list need not show a full identity.

Facts with personal data say whose they are, and a voucher that keeps them notes under the party where
they stand; so whoever erases a party finds them in the book, whatever product keeps them.

>>> mask("张三丰"), mask("Li Lei"), mask("13812345678"), mask("11010119900307663X")
('张**', 'L* L**', '138****5678', '110***********663X')
>>> mask("lilei@example.com, 010-65230000")
'l****@example.com, 010*****0000'
>>> masked({"place": "Ningbo", "personal": {"contact": "Li Lei"}})
{'place': 'Ningbo', 'personal': {'contact': 'L* L**'}}
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar

from attrs import frozen

from bankcore.ledger.books import Books
from bankcore.ledger.transactions import ERASURE, PERSONAL, Record
from bankcore.product.facts import Facts

__all__ = ["PERSONAL", "Held", "erasure", "mask", "masked"]

_WORD = re.compile(r"[^\s,;，；、]+")
_DIGITS = 4  # a word with at least so many is a number
_LONG = 11  # characters from which on both ends of a number may be shown


@frozen(kw_only=True)
class Held(Facts):
    """That personal data of a party stand in a record of some product, since a day."""

    KIND: ClassVar = "parties.held"  # party:kind:the record's id
    since: date

    @classmethod
    def noted(cls, books: Books, it: Facts) -> Record | None:
        """The note about some facts; None where none is needed, or it is there already."""
        party = it.personal_of
        if not party or it.id == party or cls.find(books, party, it.KIND, it.id) is not None:
            return None  # what the register keeps under the party's own id is found by that
        return cls(id=f"{party}:{it.KIND}:{it.id}", since=books.today).record()

    @property
    def name(self) -> tuple[str, str]:
        """Kind and id of the record."""
        _, kind, id = self.id.split(":", 2)
        return kind, id


def erasure(books: Books, kind: str, id: str) -> Record:
    """The record that erases the personal data of all versions of another, and of what asked for them."""
    name, data = f"{kind}:{id}", {"kind": kind, "id": id}
    before = books.record(ERASURE, name)
    return Record(ERASURE, name, data, 1 if before is None else before.version + 1)


def mask(text: str) -> str:
    """The text masked: only a name's first letter, a number's ends and a mail's host are shown."""
    return _WORD.sub(lambda word: _hidden(word.group()), text)


def masked(data: Any) -> Any:
    """Plain data in which the tables `personal`, at any depth, are masked."""
    if isinstance(data, Mapping):
        return {key: _all_masked(it) if key == PERSONAL else masked(it) for key, it in data.items()}
    return [masked(item) for item in data] if isinstance(data, (list, tuple)) else data


def _all_masked(data: Any) -> Any:
    if isinstance(data, Mapping):
        return {key: _all_masked(it) for key, it in data.items()}
    if isinstance(data, (list, tuple)):
        return [_all_masked(item) for item in data]
    return data if data is None or isinstance(data, bool) else mask(str(data))


def _hidden(word: str) -> str:
    name, _, host = word.partition("@")
    if name and host:
        return f"{_first(name)}@{host}"
    if sum(letter.isdecimal() for letter in word) < _DIGITS:
        return _first(word)
    start, end = (3, 4) if len(word) >= _LONG else (0, 2)
    return f"{word[:start]}{'*' * (len(word) - start - end)}{word[-end:]}"


def _first(word: str) -> str:
    """Only the first letter; nothing of a single one."""
    return word[:1] + "*" * (len(word) - 1) if len(word) > 1 else "*"
