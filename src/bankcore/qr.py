"""QR codes (ISO/IEC 18004) of tokens and other texts, for a terminal and as SVG.

A code corrects about 15% of damage (level M), more where that takes no larger code.  The library segno
encodes the text; install it with `pip install 'bankcore[qr]'`.
"""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Final

from bankcore.errors import BadUsage, LibraryMissing

if TYPE_CHECKING:
    from segno import QRCode

__all__ = ["svg", "terminal"]

_QUIET: Final = 4  # modules of margin, as the standard asks
_HALVES: Final = " ▄▀█"  # neither, lower, upper, both halves of a character


def terminal(text: str, *, dark_background: bool = True) -> str:
    """The QR code of a text as lines of half blocks, two rows of modules in each line.

    On a dark background the light modules are drawn, on a light one the dark modules.
    Raises BadUsage for a text that is empty or too long for a code, LibraryMissing.
    """
    drawn = 0 if dark_background else 1
    rows = [[int(module == drawn) for module in row] for row in _code(text).matrix_iter(border=_QUIET)]
    rows += [[0] * len(rows[0])] * (len(rows) % 2)
    pairs = zip(rows[::2], rows[1::2], strict=True)
    return "\n".join(
        "".join(_HALVES[2 * upper + lower] for upper, lower in zip(*pair, strict=True)) for pair in pairs
    )


def svg(text: str) -> str:
    """The QR code of a text as an SVG file, black on white.

    Raises BadUsage for a text that is empty or too long for a code, LibraryMissing.
    """
    file = BytesIO()
    _code(text).save(file, kind="svg", border=_QUIET, scale=8, dark="#000", light="#fff", nl=True)
    return file.getvalue().decode()


def _code(text: str) -> QRCode:
    """The code, of the smallest size that holds the text."""
    try:
        import segno
    except ImportError:
        raise LibraryMissing("segno", "qr") from None
    if not text:
        raise BadUsage("a QR code needs a text")
    try:
        return segno.make_qr(text, error="m", encoding="utf-8")  # else it may take Shift JIS
    except segno.DataOverflowError:
        raise BadUsage(f"a text of {len(text)} characters is too long for a QR code") from None
