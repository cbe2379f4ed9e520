"""Links to certificate orders, signed so that they cannot be forged, altered or used after they expire.

A link carries the programme, the order, the digest of the configuration, the invited parties and
the instant of expiry.  The operator of the bank provides the secret and the current time:

>>> from datetime import UTC
>>> link = OrderLink("cd", "k", "f" * 64, ("a", "b"), datetime(2024, 1, 20, tzinfo=UTC))
>>> token = write(link, secret="correct horse battery staple")
>>> read(token, secret="correct horse battery staple", now=datetime(2024, 1, 19, tzinfo=UTC)) == link
True
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Final

from attrs import frozen
from itsdangerous import BadData, URLSafeSerializer

from bankcore.amounts import Amount
from bankcore.errors import BadUsage
from bankcore.ledger.books import Books
from bankcore.products.certificate import Confirm, LinkExpired, LinkForged, NotInvited
from bankcore.products.certificate.orders import Order, State

__all__ = ["OrderLink", "confirmation", "link_to", "read", "write"]

_SALT: Final = "bankcore.order-link"  # signatures made for another purpose are not valid here
_SHORTEST: Final = 16  # characters of a secret
_LONGEST: Final = 20_000  # characters of a token; 200 invited parties need half of it


@frozen
class OrderLink:
    """The content of a link."""

    programme: str
    order: str
    config: str
    invited: tuple[str, ...]
    expires_at: datetime


def link_to(books: Books, programme: str, order: str) -> OrderLink:
    """The link of an open order, from its record; it expires at the end of the order's last day, in UTC.

    Raises NotFound, OrderClosed.
    """
    found = Order.existing(books, programme, order)
    found.check_state(State.OPEN)
    assert found.link_until is not None
    expires_at = datetime.combine(found.link_until, time(), UTC) + timedelta(days=1)
    return OrderLink(programme, order, found.digest, found.invited, expires_at)


def write(link: OrderLink, secret: str) -> str:
    """The link as a token of letters, digits, `-`, `_` and `.`; raises BadUsage for a short secret."""
    data = (
        link.programme,
        link.order,
        link.config,
        link.invited,
        link.expires_at.astimezone(UTC).isoformat(),
    )
    return str(_signer(secret).dumps(data))


def read(token: str, secret: str, now: datetime) -> OrderLink:
    """The content of a token, if it was signed with this secret and has not expired.

    Raises LinkForged, LinkExpired, BadUsage for a short secret.
    """
    signer = _signer(secret)
    if not isinstance(token, str) or len(token) > _LONGEST:
        raise LinkForged
    try:
        programme, order, config, invited, expires_at = signer.loads(token)
    except BadData:
        raise LinkForged from None
    link = OrderLink(programme, order, config, tuple(invited), datetime.fromisoformat(expires_at))
    if now >= link.expires_at:
        raise LinkExpired(order, link.expires_at)
    return link


def confirmation(link: OrderLink, participant: str, amount: Amount) -> Confirm:
    """The command by which an invited party joins; raises NotInvited."""
    if participant not in link.invited:
        raise NotInvited(link.order, participant)
    return Confirm(link.programme, link.order, participant, amount, link.config)


def _signer(secret: str) -> URLSafeSerializer:
    if len(secret) < _SHORTEST:
        raise BadUsage(f"the secret that signs links needs {_SHORTEST} characters")
    return URLSafeSerializer(secret, salt=_SALT)
