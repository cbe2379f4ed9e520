"""The text of a scenario file, and the tables in it."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, Final

from bankcore.errors import BadFile
from bankcore.simulation.refusals import BadScenario
from bankcore.simulation.section import shown

__all__ = ["read_text", "tables_of"]

_MOST_BYTES: Final = 10_000_000
_LONGEST_REASON: Final = 200  # the end is kept, as it has the line


def read_text(path: Path | str) -> str:
    """The text of a scenario file; raises BadFile."""
    file = Path(path)
    try:
        with file.open("rb") as stream:
            data = stream.read(_MOST_BYTES + 1)
        if len(data) > _MOST_BYTES:
            raise BadFile(str(path), f"a scenario has at most {_MOST_BYTES} bytes")
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise BadFile(str(path), reason) from None


def tables_of(text: str, name: str) -> dict[str, Any]:
    """The tables of a scenario's text; raises BadScenario where it is not TOML, or has a binary fraction."""
    try:
        data = tomllib.loads(text, parse_float=_Fraction)
        _refuse_fractions(data, name)
    except (ValueError, TypeError, OverflowError) as error:
        raise BadScenario(name, f"it is not TOML: {str(error)[-_LONGEST_REASON:]}") from None
    except RecursionError:
        raise BadScenario(name, "it is nested too deeply") from None
    return data


class _Fraction(str):
    """A number with a decimal point, which is not allowed in a scenario."""


def _refuse_fractions(value: object, place: str, path: str = "") -> None:
    """Raise BadScenario for the first number with a decimal point."""
    if isinstance(value, _Fraction):
        where = f"{place}, field {path}"
        raise BadScenario(
            where, f'{shown(value)} is a binary fraction; write "{value}", or 3/10 for a chance'
        )
    if isinstance(value, dict):
        for key, item in value.items():
            _refuse_fractions(item, place, f"{path}.{key}" if path else key)
    if isinstance(value, list):
        for number, item in enumerate(value, start=1):
            if path == "step":
                _refuse_fractions(item, f"{place}: step {number}")
            else:
                _refuse_fractions(item, place, f"{path}[{number}]")
