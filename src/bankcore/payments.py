"""Codes of payment requests: signed tokens, as text, as a QR code, or over sound.

A token carries a reference, and the amount and the instant of expiry of a request; it names neither merchant
nor client.  The operator of the bank provides the secret and the current time:

>>> from datetime import UTC
>>> asked = PaymentCode("0" * 24, "88.00 CNY", datetime(2024, 5, 1, 12, tzinfo=UTC))
>>> token = write(asked, secret="correct horse battery staple")
>>> read(token, secret="correct horse battery staple", now=datetime(2024, 5, 1, 11, tzinfo=UTC)) == asked
True
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from attrs import frozen

from bankcore.amounts import Amount
from bankcore.errors import BadUsage
from bankcore.ledger.books import Books
from bankcore.product.refusals import NotFound
from bankcore.products.wallet import Pay, PaymentForged, RequestExpired, WrongAmount
from bankcore.products.wallet.programmes import PROGRAMMES
from bankcore.products.wallet.requests import Code, Reference, Request
from bankcore.tokens import opened, signed

__all__ = ["PaymentCode", "code_of", "payment", "read", "write"]

_SALT: Final = "bankcore.payment-request"  # signatures made for another purpose are not valid here
_WHAT: Final = "codes"  # that the secret signs


@frozen
class PaymentCode:
    """The content of a code; a static one has neither amount nor expiry."""

    reference: str
    amount: str = ""
    expires_at: datetime | None = None


def code_of(books: Books, programme: str, merchant: str, request: str = "") -> PaymentCode:
    """The code of a merchant's request, or its static code.

    Raises NotFound, RequestPaid, RequestCancelled.
    """
    if not request:
        code = Code.existing(books, programme, merchant)
        code.check_valid(code.reference)
        return PaymentCode(code.reference)
    asked = Request.existing(books, programme, merchant, request)
    asked.check_open()
    amount = Amount(asked.amount, PROGRAMMES.today(books, programme).unit)
    return PaymentCode(asked.reference, str(amount), asked.expiry)


def write(code: PaymentCode, secret: str) -> str:
    """The code as a token of letters, digits, `-`, `_` and `.`; raises BadUsage for a short secret."""
    expires_at = None if code.expires_at is None else code.expires_at.isoformat()
    return signed((code.reference, code.amount, expires_at), secret, salt=_SALT, what=_WHAT)


def read(token: str, secret: str, now: datetime) -> PaymentCode:
    """The content of a token, if it was signed with this secret and has not expired.

    Raises PaymentForged, RequestExpired, BadUsage for a short secret.
    """
    content = opened(token, secret, salt=_SALT, what=_WHAT)
    if content is None:
        raise PaymentForged
    reference, amount, until = content
    code = PaymentCode(reference, amount, None if until is None else datetime.fromisoformat(until))
    if code.expires_at is not None and now >= code.expires_at:
        raise RequestExpired(reference, until)
    return code


def payment(
    books: Books, code: PaymentCode, client: str, purchase: str, now: datetime, amount: Amount | None = None
) -> Pay:
    """The command by which a client pays a code; a static one needs the amount, a request has its own.

    Raises NotFound, BadUsage where no amount is known, WrongAmount for another one than the request's.
    """
    found = Reference.find(books, code.reference)
    if found is None:
        raise NotFound("reference", code.reference)
    unit = PROGRAMMES.today(books, found.programme).unit
    asked = Amount.parse(code.amount.rpartition(" ")[0], unit) if code.amount else None
    if asked is not None and amount is not None and amount != asked:
        raise WrongAmount(code.reference, asked.quantity, amount.quantity, unit)
    if (paid := asked or amount) is None:
        raise BadUsage("a static code needs the amount that is paid")
    return Pay(found.programme, client, code.reference, paid, purchase, now.isoformat())
