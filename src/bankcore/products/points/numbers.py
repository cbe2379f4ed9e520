"""Card numbers (卡号) and points numbers (积分卡号): issued for a card, shown masked, erased with the party.

The last digit is a check digit (Luhn, ISO/IEC 7812), so a number that is mistyped is seen to be one.  The
digits follow from a secret of the book and the holder's document: the journal tells no number, and of who is
erased nobody can find it out again.

>>> with_check_digit("7992739871")
'79927398713'
>>> is_number("79927398713"), is_number("79927398731")
(True, False)
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from typing import ClassVar, Final

from attrs import frozen

from bankcore.ledger.books import Books
from bankcore.ledger.transactions import FINGERPRINT
from bankcore.product.facts import Facts
from bankcore.product.parties import document_mark
from bankcore.product.voucher import Voucher

__all__: list[str] = []

NUMBERS: Final = {"card": ("62", 15), "points": ("88", 11)}  # first digits, and how many without the last


@frozen(kw_only=True)
class Number(Facts):
    """A number of a card; its versions count how often one was issued."""

    KIND: ClassVar = "points.number"  # programme:card:kind
    personal: Mapping[str, str] | None  # None once it is erased

    @property
    def personal_of(self) -> str:
        """The party whose number it is."""
        return self.ids[1]


def with_check_digit(digits: str) -> str:
    """The digits with their check digit."""
    doubled = (int(it) * (2 - nth % 2) for nth, it in enumerate(reversed(digits)))
    return f"{digits}{-sum(it - 9 * (it > 9) for it in doubled) % 10}"


def is_number(text: str) -> bool:
    """Whether a text is digits of which the last checks the others."""
    return text.isdecimal() and with_check_digit(text[:-1]) == text


def issue_numbers(voucher: Voucher, programme: str, card: str) -> None:
    """Keep a new number of each kind for a card, in the place of those that it may have."""
    mark = document_mark(voucher.books, card)
    for kind in NUMBERS:
        known = Number.find(voucher.books, programme, card, kind)
        number = _unused(voucher.books, f"{mark}:{programme}:{kind}:{known.version if known else 0}", kind)
        personal = {"number": number, FINGERPRINT: voucher.books.fingerprint(f"{kind} {number}")}
        voucher.keep(Number.anew(voucher.books, programme, card, kind, personal=personal))


def _unused(books: Books, seed: str, kind: str) -> str:
    """A number that no card has or had."""
    prefix, length = NUMBERS[kind]
    free = length - len(prefix)
    numbers = (
        with_check_digit(f"{prefix}{int(books.fingerprint(f'{seed}:{nth}'), 16) % 10**free:0{free}}")
        for nth in count()
    )
    return next(it for it in numbers if not books.fingerprinted(books.fingerprint(f"{kind} {it}")))
