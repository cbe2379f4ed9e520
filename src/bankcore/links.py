"""Links to certificate orders, signed so that they cannot be forged, altered or used after they expire.

A link carries the programme, the order, the digest of its configuration, a nonce and the instant of expiry;
it names nobody.  The operator of the bank provides the secret and the current time:

>>> from datetime import UTC
>>> link = OrderLink("cd", "k", "f" * 64, "n1", datetime(2024, 1, 20, tzinfo=UTC))
>>> token = write(link, secret="correct horse battery staple")
>>> read(token, secret="correct horse battery staple", now=datetime(2024, 1, 19, tzinfo=UTC)) == link
True
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64encode
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final

from attrs import frozen

from bankcore.amounts import Amount
from bankcore.ledger.books import Books
from bankcore.products.certificate import Confirm, LinkExpired, LinkForged
from bankcore.products.certificate.invitations import Link
from bankcore.products.certificate.orders import Order, State
from bankcore.tokens import check_secret, opened, signed
from bankcore.zones import zone_of

__all__ = ["OrderLink", "confirmation", "link_to", "nonce_for", "read", "write"]

_SALT: Final = "bankcore.order-link"  # signatures made for another purpose are not valid here
_WHAT: Final = "links"  # that the secret signs


@frozen
class OrderLink:
    """The content of a link."""

    programme: str
    order: str
    config: str
    nonce: str
    expires_at: datetime


def nonce_for(secret: str, key: str) -> str:
    """A nonce that nobody guesses, for the link issued under an idempotency key; the same in a retry.

    Raises BadUsage for a short secret.

    >>> nonce_for("correct horse battery staple", "link 1")
    'DV8SIf-TYBUspJLoh0uHlKCI'
    """
    check_secret(secret, _WHAT)
    made = hmac.digest(secret.encode(), f"{_SALT}.nonce/{key}".encode(), "sha256")
    return urlsafe_b64encode(made[:18]).decode()


def link_to(books: Books, programme: str, order: str, nonce: str, *, zone: str = "UTC") -> OrderLink:
    """The link of an open order with its present configuration.

    It expires at the end of the link's last day in the book's time zone.  Raises NotFound, OrderClosed,
    LinkRevoked, LinkExpired, UnknownName for the zone.
    """
    found = Order.existing(books, programme, order)
    found.check_state(State.OPEN)
    link = Link.existing(books, programme, order, nonce)
    link.check_stands(books.today)
    expires_at = datetime.combine(link.until + timedelta(days=1), time(), zone_of(zone)).astimezone(UTC)
    return OrderLink(programme, order, found.digest, nonce, expires_at)


def write(link: OrderLink, secret: str) -> str:
    """The link as a token of letters, digits, `-`, `_` and `.`; raises BadUsage for a short secret."""
    expires_at = link.expires_at.astimezone(UTC).isoformat()
    content = (link.programme, link.order, link.config, link.nonce, expires_at)
    return signed(content, secret, salt=_SALT, what=_WHAT)


def read(token: str, secret: str, now: datetime) -> OrderLink:
    """The content of a token, if it was signed with this secret and has not expired.

    Raises LinkForged, LinkExpired, BadUsage for a short secret.
    """
    content = opened(token, secret, salt=_SALT, what=_WHAT)
    if content is None:
        raise LinkForged
    programme, order, config, nonce, expires_at = content
    link = OrderLink(programme, order, config, nonce, datetime.fromisoformat(expires_at))
    if now >= link.expires_at:
        raise LinkExpired(order, link.expires_at)
    return link


def confirmation(link: OrderLink, participant: str, amount: Amount, **more: Any) -> Confirm:
    """The command by which the holder of a link joins, with `more` of its fields.

    >>> from bankcore import Unit
    >>> link = OrderLink("cd", "k", "f" * 64, "n1", datetime(2024, 1, 20, tzinfo=UTC))
    >>> confirmation(link, "li", Amount.parse("50.00", Unit("CNY/2"))).participant
    'li'
    """
    return Confirm(link.programme, link.order, participant, amount, link.config, link=link.nonce, **more)
