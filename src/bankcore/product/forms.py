"""A command as a form: its fields written as text or plain data, and read back.

The command line, scenarios and the journal all use these forms.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Iterable, Mapping
from datetime import date
from enum import Enum
from typing import Any

import attrs

from bankcore.amounts import Amount
from bankcore.calendars import parse_date
from bankcore.errors import BadCommand, BankcoreError, UnknownName
from bankcore.errors.nearest import choices
from bankcore.product import term
from bankcore.product.command import title
from bankcore.product.personal import PERSONAL
from bankcore.product.product import Product
from bankcore.product.terms import Terms
from bankcore.rates import Rate
from bankcore.units import Unit

__all__ = ["as_data", "faults", "fill", "named"]

_KINDS: dict[type[Any], Mapping[str, Any]] = {}


def named(products: Iterable[Product], name: str) -> type[Any]:
    """A command by its name, preceded by its product's where two products share the name.

    Raises UnknownName; where several products have such a command, it lists their full names.  A command of
    bankcore's own keeps its short name whatever other packages are installed.
    """
    commands = {f"{it.name}.{word}": command for it in products for word, command in it.commands.items()}
    found = {full: made for full, made in commands.items() if name in (full, full.partition(".")[2])}
    if len(found) > 1:
        own = {full: made for full, made in found.items() if made.__module__.startswith("bankcore.")}
        found = own or found
    if len(found) == 1:
        return found.popitem()[1]
    kind = "single command" if found else "command"
    raise UnknownName(kind, name, ", ".join(found or sorted({full.partition(".")[2] for full in commands})))


def as_data(command: Any) -> dict[str, Any]:
    """The fields of a command as plain data; None is left out, personal data is in a table."""
    plain: dict[str, Any] = {}
    for field in attrs.fields(type(command)):
        value = getattr(command, field.name)
        if value is not None:
            table = plain.setdefault(PERSONAL, {}) if field.metadata.get(PERSONAL) else plain
            table[field.name] = _plain(value)
    return plain


def fill(command: type[Any], form: Mapping[str, Any], unit: Unit) -> Any:
    """Make a command from a form; amounts are read in `unit`, personal data also from its table.

    Raises BadCommand for a field that is missing, unknown or of a wrong type, and the type's own
    error (BadAmount, BadDate, UnitMismatch, BadTerms, ...) for text that cannot be parsed.
    """
    fields = attrs.fields_dict(command)
    form = _flat(form, fields)
    for name in form:
        if name not in fields:
            raise _unknown(command, name)
    kinds = _kinds(command)
    values = {name: _read(name, value, kinds[name], unit) for name, value in form.items()}
    for name, field in fields.items():
        if name not in values and field.default is attrs.NOTHING:
            raise _missing(command, name)
    return command(**values)


def faults(command: type[Any], form: Mapping[str, Any], unit: Unit) -> dict[str, BankcoreError]:
    """What is wrong with each field of a form, and with each of its terms, where `fill` refuses the first.

    Keyed by the field, a term by `terms.rate`; what is wrong only with all fields together has its field's
    key, or an empty one.
    """
    fields, kinds, found = attrs.fields_dict(command), _kinds(command), dict[str, BankcoreError]()
    form = _flat(form, fields)
    for name, value in form.items():
        if name not in fields:
            found[name] = _unknown(command, name)
        elif isinstance(fields[name].default, Terms) and isinstance(value, Mapping):
            below = term.faults(type(fields[name].default), value)
            found |= {f"{name}.{its}": error for its, error in below.items()}
        else:
            try:
                _check(fields[name], _read(name, value, kinds[name], unit))
            except BankcoreError as error:
                found[name] = error
    for name, field in fields.items():
        if name not in form and field.default is attrs.NOTHING:
            found[name] = _missing(command, name)
    if not found:
        try:
            fill(command, form, unit)
        except BankcoreError as error:
            found[str(getattr(error, "field", ""))] = error
    return found


def _check(field: attrs.Attribute[Any], value: Any) -> None:
    """Raise what making the command would raise for this field alone."""
    if field.converter is not None:
        value = field.converter(value)  # type: ignore[operator]
    if field.validator is not None:
        field.validator(None, field, value)


def _flat(form: Mapping[str, Any], fields: Mapping[str, Any]) -> Mapping[str, Any]:
    """The form with the fields of its table of personal data among the others."""
    if isinstance(form.get(PERSONAL), Mapping) and PERSONAL not in fields:
        return {name: value for name, value in form.items() if name != PERSONAL} | dict(form[PERSONAL])
    return form


def _unknown(command: type[Any], name: str) -> BadCommand:
    known = choices(name, attrs.fields_dict(command))
    return BadCommand(name, f"{title(command)} has no such field; {known}")


def _missing(command: type[Any], name: str) -> BadCommand:
    return BadCommand(name, f"{title(command)} needs it")


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (Amount, Rate)):
        return str(value)
    if hasattr(value, "as_data"):
        return value.as_data()
    return value


def _kinds(command: type[Any]) -> Mapping[str, Any]:
    """The type of each field; cached, since a scenario fills the same few forms again and again."""
    if command not in _KINDS:
        _KINDS[command] = {name: _one_type(hint) for name, hint in typing.get_type_hints(command).items()}
    return _KINDS[command]


def _read(name: str, value: Any, kind: Any, unit: Unit) -> Any:
    try:
        if kind is Amount:
            return value if isinstance(value, Amount) else Amount.parse(value, unit)
        if kind is Rate:
            return value if isinstance(value, Rate) else Rate.parse(value)
        if kind is date:
            return value if type(value) is date else parse_date(value)
        if kind is bool and isinstance(value, str):
            return {"true": True, "false": False}[value.lower()]
        if kind is int and isinstance(value, str):
            return int(value)
        if isinstance(kind, type) and issubclass(kind, Enum):
            return kind(value)
        if hasattr(kind, "from_data") and isinstance(value, Mapping):
            return kind.from_data(value)
    except (KeyError, ValueError):
        if isinstance(kind, type) and issubclass(kind, Enum):
            known = choices(str(value), [str(word.value) for word in kind])
            raise BadCommand(name, f"there is no {value!r} here; {known}") from None
        raise BadCommand(name, f"{value!r} is not of type {getattr(kind, '__name__', kind)}") from None
    plain = typing.get_origin(kind) or kind
    if plain is not Any and not isinstance(value, plain):
        raise BadCommand(name, f"{value!r} is not of type {getattr(plain, '__name__', plain)}")
    return value


def _one_type(hint: Any) -> Any:
    """The type of an optional field."""
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        return next(part for part in typing.get_args(hint) if part is not type(None))
    return hint
