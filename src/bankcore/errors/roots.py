"""The root of all errors of bankcore, and the branches of their tree."""

from __future__ import annotations

import re
from typing import Any, ClassVar, Self, dataclass_transform

__all__ = [
    "BankcoreError",
    "Conflict",
    "Corruption",
    "InputError",
    "InternalError",
    "LedgerRejection",
    "ProductRejection",
    "Rejection",
    "StoreError",
]

_WORD = re.compile(r"(?<!^)(?=[A-Z])")


@dataclass_transform()
class BankcoreError(Exception):
    """Root of all errors that bankcore raises on purpose."""

    code: ClassVar[str] = "bankcore_error"
    exit_status: ClassVar[int] = 1
    transient: ClassVar[bool] = False  # can the same call succeed later without anybody's help?
    sentence: ClassVar[str] = "bankcore refused"
    remedy: ClassVar[str] = "Read the sentence and the fields."  # what to do about it
    quantities: ClassVar[tuple[str, ...]] = ()  # fields in minor units, shown in the sentence as amounts
    _names: ClassVar[tuple[str, ...]] = ()  # of the fields

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.code = _WORD.sub("_", cls.__name__).lower()
        own = (name for name, hint in cls.__annotations__.items() if "ClassVar" not in str(hint))
        cls._names = (*cls._names, *(name for name in own if name not in cls._names))

    # The annotated names are the fields.  Written once: compiling it for each of two hundred classes would
    # take longer than the rest of the start.
    def __init__(self, *values: Any, **named: Any) -> None:
        given = dict(zip(self._names, values, strict=False))
        known = {name: getattr(type(self), name) for name in self._names if hasattr(type(self), name)}
        fields = known | given | named
        if len(values) > len(given) or given.keys() & named.keys() or fields.keys() != set(self._names):
            raise TypeError(f"{type(self).__name__} takes {', '.join(self._names) or 'nothing'}")
        self.__dict__ |= fields
        super().__init__(*(fields[name] for name in self._names))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={it!r}' for name, it in self.fields().items())})"

    def __str__(self) -> str:
        said = self.fields()
        try:
            if unit := said.get("unit"):
                said |= {name: _amount(said[name], unit) for name in self.quantities}
            return self.sentence.format(**said)
        except ValueError:  # Python does not print an int of more than 4300 digits
            return f"{self.code}: a number in it is too long to print"

    def fields(self) -> dict[str, Any]:
        """The typed fields by name."""
        return {name: getattr(self, name) for name in self._names}

    def replaced(self, **fields: Any) -> Self:
        """The same error with other values in some fields.

        >>> class TooLate(BankcoreError):
        ...     sentence = "{day} ended {hours} hours ago"
        ...     day: str
        ...     hours: int = 1
        >>> TooLate("Monday").replaced(hours=3), str(TooLate("Monday"))
        (TooLate(day='Monday', hours=3), 'Monday ended 1 hours ago')
        """
        return type(self)(**self.fields() | fields)

    def as_dict(self) -> dict[str, Any]:
        """Code, sentence and fields; numbers stay numbers, all else becomes text."""
        plain = {
            name: value if value is None or isinstance(value, (int, str)) else str(value)
            for name, value in self.fields().items()
        }
        return {"code": self.code, "message": str(self), **plain}


def _amount(quantity: int, unit: str) -> str:
    """Minor units as people read them.

    >>> _amount(-123456, "CNY/2"), _amount(1200, "POINT/0")
    ('-1,234.56 CNY', '1,200 POINT')
    """
    code, _, scale = unit.partition("/")
    whole, part = divmod(abs(quantity), 10 ** int(scale))
    decimals = f".{part:0{scale}}" if part or int(scale) else ""
    return f"{'-' * (quantity < 0)}{whole:,}{decimals} {code}"


class InternalError(BankcoreError):
    """A fault of bankcore itself, shown by the command line in place of a traceback."""

    sentence = "bankcore failed with {kind}: {reason}"
    remedy = "Report it with the command that was given; the book is as it was before."
    kind: str
    reason: str


class InputError(BankcoreError):
    """The input cannot be read; no book was read or changed."""

    exit_status = 2
    remedy = "Correct the input at the place named, and give it again."


class Rejection(BankcoreError):
    """A rule refuses; nothing was written and the key is still unused."""

    exit_status = 3
    remedy = "Change what is asked, or wait until the rule allows it; the key can be used again."


class LedgerRejection(Rejection):
    """A rule of double entry or of an account refuses."""


class ProductRejection(Rejection):
    """A rule of a product refuses; the product's own classes derive from this one."""

    remedy = "Change what is asked, or do first what the sentence names; the key can be used again."


class Conflict(BankcoreError):
    """The request conflicts with an earlier one."""

    exit_status = 4
    remedy = "Look at the earlier request; a new request needs a key of its own."


class StoreError(BankcoreError):
    """The file or the database cannot do what was requested; nothing is half-written."""

    exit_status = 5
    remedy = "Mend the file or the database as the reason says, then give the command again."


class Corruption(BankcoreError):
    """A stored figure contradicts the journal."""

    exit_status = 6
    remedy = (
        "Stop writing, keep a copy of the book as it is, and restore a backup that verifies (docs/seals.md)."
    )
