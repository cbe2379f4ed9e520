"""The time zone of this machine, by name."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["local_zone"]

_LINK, _ROOM = Path("/etc/localtime"), "zoneinfo/"


def local_zone() -> str:
    """The zone named by TZ, else the machine's setting, else UTC."""
    named = os.environ.get("TZ", "").lstrip(":")
    if named:
        return named
    _, found, name = str(_LINK.resolve()).partition(_ROOM) if _LINK.is_symlink() else ("", "", "")
    return name if found else "UTC"
