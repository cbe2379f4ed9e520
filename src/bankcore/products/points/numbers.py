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

from itertools import count
from typing import Final

from bankcore.ledger.books import Books
from bankcore.ledger.transactions import FINGERPRINT
from bankcore.product.parties import Held, document_mark
from bankcore.product.voucher import Voucher

__all__: list[str] = []

NUMBERS: Final = {"card": ("62", 15), "points": ("88", 11)}  # first digits, and how many without the last


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
        known = number_of(voucher.books, programme, card, kind)
        number = _unused(voucher.books, f"{mark}:{programme}:{kind}:{known.version if known else 0}", kind)
        personal = {"number": number, FINGERPRINT: voucher.books.fingerprint(f"{kind} {number}")}
        voucher.keep(Held.anew(voucher.books, *_id(programme, card, kind), personal=personal))


def number_of(books: Books, programme: str, card: str, kind: str) -> Held | None:
    """The number of a card; its `personal` is None once it is erased."""
    return Held.find(books, *_id(programme, card, kind))


def _id(programme: str, card: str, kind: str) -> tuple[str, str, str]:
    return card, "points", f"{programme}/{kind}-number"


def _unused(books: Books, seed: str, kind: str) -> str:
    """A number that no card has or had."""
    prefix, length = NUMBERS[kind]
    free = length - len(prefix)
    numbers = (
        with_check_digit(f"{prefix}{int(books.fingerprint(f'{seed}:{nth}'), 16) % 10**free:0{free}}")
        for nth in count()
    )
    return next(it for it in numbers if not books.fingerprinted(books.fingerprint(f"{kind} {it}")))
