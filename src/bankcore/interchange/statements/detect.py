"""Which format a file has, and its statements."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from bankcore.errors import BadFile
from bankcore.interchange.statements import camt053, mt940, ofx
from bankcore.reconciling.statements import BankStatement

__all__ = ["FORMATS", "LARGEST", "contents", "detect", "read"]

FORMATS: Final[Mapping[str, Callable[[str, bytes], tuple[BankStatement, ...]]]] = MappingProxyType(
    {"camt053": camt053.read, "mt940": mt940.read, "ofx": ofx.read}
)
LARGEST: Final = 1 << 28  # bytes of a file
_BEGINNING: Final = 1 << 16
_OFX: Final = re.compile(rb"OFXHEADER|<\?OFX|<OFX>", re.IGNORECASE)
_MT940: Final = re.compile(rb"^:(20|25|28C?|60[FM]|61):", re.MULTILINE)


def detect(data: bytes) -> str | None:
    """The name of the format of a file's bytes, None where it is none of `FORMATS`.

    >>> detect(b":20:STARTUMS"), detect(b"OFXHEADER:100"), detect(b"id,amount")
    ('mt940', 'ofx', None)
    """
    beginning = data[:_BEGINNING].replace(b"\0", b"")  # of UTF-16 too
    if _OFX.search(beginning):
        return "ofx"
    if b"camt.053" in beginning or beginning.lstrip(b"\xef\xbb\xbf\xfe\xff \t\r\n").startswith(b"<"):
        return "camt053"
    return "mt940" if _MT940.search(beginning) else None


def contents(path: str | Path) -> bytes:
    """The bytes of a file of at most 256 MiB; raises BadFile."""
    path = Path(path)
    try:
        if path.stat().st_size > LARGEST:
            raise BadFile(str(path), "it is too large; split it")
        return path.read_bytes()
    except (OSError, ValueError) as error:
        raise BadFile(str(path), getattr(error, "strerror", None) or str(error)) from None


def read(path: str | Path, form: str | None = None) -> tuple[BankStatement, ...]:
    """The statements of a file in a format of `FORMATS`, or in the one that its beginning shows.

    Raises BadFile with the reason, and LibraryMissing where mt-940 is needed and not installed.
    """
    data = contents(path)
    form = form or detect(data)
    if form is None or form not in FORMATS:
        known = ", ".join(FORMATS)
        raise BadFile(str(path), f"it is none of {known}; a bank's CSV needs the map of its columns")
    return FORMATS[form](str(path), data)
