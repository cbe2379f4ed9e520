"""Signed tokens: text that cannot be forged or altered without the secret, and that hides nothing.

>>> token = signed(("k", 7), "correct horse battery staple", salt="example", what="tickets")
>>> opened(token, "correct horse battery staple", salt="example", what="tickets")
['k', 7]
>>> opened(token + "x", "correct horse battery staple", salt="example", what="tickets") is None
True
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from itsdangerous import BadData, URLSafeSerializer

from bankcore.errors import BadUsage

__all__ = ["check_secret", "opened", "signed"]

_SHORTEST: Final = 16  # characters of a secret
_LONGEST: Final = 1_000  # characters of a token; the longest ids need a third of it


def check_secret(secret: str, what: str) -> None:
    """Raise BadUsage for a secret that is too short to sign `what`, such as links."""
    if len(secret) < _SHORTEST:
        raise BadUsage(f"the secret that signs {what} needs {_SHORTEST} characters")


def signed(content: Sequence[Any], secret: str, *, salt: str, what: str) -> str:
    """Plain data as a token of letters, digits, `-`, `_` and `.`; raises BadUsage for a short secret.

    A signature under one `salt` is not valid under another.
    """
    check_secret(secret, what)
    return str(URLSafeSerializer(secret, salt=salt).dumps(content))


def opened(token: object, secret: str, *, salt: str, what: str) -> list[Any] | None:
    """The content of a token, or None where it was not signed so; raises BadUsage for a short secret."""
    check_secret(secret, what)
    if not isinstance(token, str) or len(token) > _LONGEST:
        return None
    try:
        content: list[Any] = URLSafeSerializer(secret, salt=salt).loads(token)
    except BadData:
        return None
    return content
