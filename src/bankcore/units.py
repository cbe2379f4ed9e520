"""Units: currencies, points, entitlements, each with its number of decimals.

>>> Unit.parse("CNY/2").code, Unit.parse("CNY/2").scale
('CNY', 2)
>>> Unit.parse("CNY/2") is Unit("CNY/2")
True
"""

from __future__ import annotations

import re
from typing import ClassVar

from bankcore.errors import BadUnit

__all__ = ["Unit"]

_PATTERN = re.compile(r"[A-Z][A-Z0-9]{0,11}/[0-9]")


class Unit(str):
    """A code and a scale, written `CODE/scale`; equal texts are one object.

    The scale is the number of decimals of an amount, so quantities count 10**-scale of the code.
    Raises BadUnit for any other text or type.
    """

    __slots__ = ()
    _interned: ClassVar[dict[str, Unit]] = {}

    def __new__(cls, text: str) -> Unit:
        if not isinstance(text, str):
            raise BadUnit(text, f"a unit is text, not {type(text).__name__}")
        known = cls._interned.get(text)
        if known is not None:
            return known
        if not _PATTERN.fullmatch(text):
            raise BadUnit(text[:20], "write CODE/scale, such as CNY/2: capitals and digits, scale 0 to 9")
        return cls._interned.setdefault(text, super().__new__(cls, text))

    @classmethod
    def parse(cls, text: str) -> Unit:
        """The one Unit of this text."""
        return cls(text)

    @property
    def code(self) -> str:
        """The name without the scale, such as "CNY"."""
        return self[:-2]

    @property
    def scale(self) -> int:
        """The number of decimals, 0 to 9."""
        return int(self[-1])

    def __repr__(self) -> str:
        return f"Unit({str(self)!r})"

    def __reduce__(self) -> tuple[type[Unit], tuple[str]]:
        return Unit, (str(self),)
