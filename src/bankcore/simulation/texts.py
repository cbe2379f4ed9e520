"""The text of a scenario file, and the tables in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from bankcore.errors import BadFile
from bankcore.readers import decoded, read_toml
from bankcore.simulation.refusals import BadScenario
from bankcore.simulation.section import shown

__all__ = ["read_text", "tables_and_fractions", "tables_of"]

_MOST_BYTES: Final = 10_000_000


def read_text(path: Path | str) -> str:
    """The text of a scenario file; raises BadFile."""
    file = Path(path)
    try:
        with file.open("rb") as stream:
            data = stream.read(_MOST_BYTES + 1)
        if len(data) > _MOST_BYTES:
            raise BadFile(str(path), f"a scenario has at most {_MOST_BYTES} bytes")
    except (OSError, ValueError) as error:
        raise BadFile(str(path), getattr(error, "strerror", None) or str(error)) from None
    return decoded(data, lambda reason: BadFile(str(path), reason)).replace("\r\n", "\n")


def tables_of(text: str, name: str) -> dict[str, Any]:
    """The tables of a scenario's text; raises BadScenario where it is not TOML, or has a binary fraction."""
    data, fractions = tables_and_fractions(text, name)
    for error in fractions:
        raise error
    return data


def tables_and_fractions(text: str, name: str) -> tuple[dict[str, Any], list[BadScenario]]:
    """The tables with each binary fraction as its text, and the refusals of those; raises BadScenario."""
    data = read_toml(text, lambda reason: BadScenario(name, reason), fraction=_Fraction)
    fractions = [*_fractions(data, name)]
    return _plain(data) if fractions else data, fractions


class _Fraction(str):
    """A number with a decimal point, which is not allowed in a scenario."""


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(it) for key, it in value.items()}
    if isinstance(value, list):
        return [_plain(it) for it in value]
    return str(value) if isinstance(value, _Fraction) else value


def _fractions(value: object, place: str, path: str = "") -> Iterator[BadScenario]:
    """A refusal of each number with a decimal point."""
    if isinstance(value, _Fraction):
        where = f"{place}, field {path}"
        yield BadScenario(
            where, f'{shown(value)} is a binary fraction; write "{value}", or 3/10 for a chance'
        )
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _fractions(item, place, f"{path}.{key}" if path else key)
    if isinstance(value, list):
        for number, item in enumerate(value, start=1):
            if path == "step":
                yield from _fractions(item, f"{place}: step {number}")
            else:
                yield from _fractions(item, place, f"{path}[{number}]")
