"""Addresses of databases: a URL, and what may be said of it."""

from __future__ import annotations

import re
from typing import Any, Final

from attrs import field, frozen
from psycopg import ProgrammingError, conninfo

from bankcore.errors import UnknownName

__all__ = ["Address"]

# Where the URL says nothing else: a lost server is noticed within seconds.
_DEFAULTS: Final = {
    "application_name": "bankcore",
    "connect_timeout": "5",
    "keepalives_idle": "5",
    "keepalives_interval": "2",
    "keepalives_count": "3",
    "tcp_user_timeout": "15000",
    "client_encoding": "UTF8",
}

_TARGET: Final = "target_session_attrs"


@frozen
class Address:
    """A database.  `place` names it without anything secret; the parameters are in no text of it."""

    place: str
    _given: dict[str, Any] = field(repr=False)

    @classmethod
    def parse(cls, url: str) -> Address:
        """The address in a URL; raises UnknownName for another, and repeats nothing of it."""
        scheme, _, rest = url.strip().partition("://")
        unread = UnknownName("store", f"{scheme.lower()}:", "postgresql://USER@HOST:PORT/DATABASE")
        try:
            given = conninfo.conninfo_to_dict(f"postgresql://{rest}")
        except (ProgrammingError, UnicodeError):
            raise unread from None
        user, host, port, name = (str(given.get(key) or "") for key in ("user", "host", "port", "dbname"))
        # A password with an unescaped character ends up in the host, the port or the database.
        if not re.fullmatch(r"[\d,]*", port) or re.search("[@#?]", f"{user}{host}{name}") or "/" in name:
            raise unread
        hosts = f"{host}:{port}" if port and "," not in port else host
        return cls(f"postgresql://{f'{user}@' if user else ''}{hosts}/{name}", given)

    @property
    def has_several_hosts(self) -> bool:
        """Whether the URL names more than one host, of which one is the primary."""
        return "," in str(self._given.get("host", ""))

    def parameters(self, settings: dict[str, str], target: str) -> dict[str, Any]:
        """What the driver is given, with some settings of the session; the URL wins over what is usual.

        `target` is the kind of server that is needed; where it is empty, the URL says which, or of several
        hosts it is the primary, as who reads a standby sees a commit later.
        """
        options = " ".join(f"-c {name}={value}" for name, value in settings.items())
        given = {**_DEFAULTS, **self._given}
        if target:
            given[_TARGET] = target
        elif self.has_several_hosts:
            given.setdefault(_TARGET, "primary")
        return {**given, "options": f"{given.get('options', '')} {options}".strip()}
