"""Links to the orders of certificates: signed, so that nobody forges, alters or outlives one.

A link carries the programme, the order, the digest of the configuration it invites to, whom it
invites and the instant it expires.  The secret and the present time come from whoever runs the bank:

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

_SALT: Final = "bankcore.order-link"  # what the secret signs here it signs nowhere else
_SHORTEST: Final = 16  # characters of a secret
_LONGEST: Final = 20_000  # characters of a token; 200 invited need half of it


@frozen
class OrderLink:
    """What a link says."""

    programme: str
    order: str
    config: str
    invited: tuple[str, ...]
    expires_at: datetime


def link_to(books: Books, programme: str, order: str) -> OrderLink:
    """The link of an open order as its record has it; it expires with its last day, in UTC.

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
    """What a token says, if it was written with this secret and is used before it expires.

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
    """The command by which somebody invited joins; raises NotInvited."""
    if participant not in link.invited:
        raise NotInvited(link.order, participant)
    return Confirm(link.programme, link.order, participant, amount, link.config)


def _signer(secret: str) -> URLSafeSerializer:
    if len(secret) < _SHORTEST:
        raise BadUsage(f"the secret that signs links needs {_SHORTEST} characters")
    return URLSafeSerializer(secret, salt=_SALT)
