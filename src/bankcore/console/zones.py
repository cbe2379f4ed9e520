"""The time zone of this machine, by name."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["local_zone"]

_LINK, _ROOM = Path("/etc/localtime"), "zoneinfo/"


def local_zone() -> str:
    """The zone that TZ names, else the one that the machine is set to, else UTC."""
    named = os.environ.get("TZ", "").lstrip(":")
    if named:
        return named
    _, found, name = str(_LINK.resolve()).partition(_ROOM) if _LINK.is_symlink() else ("", "", "")
    return name if found else "UTC"
