"""Ledgers of Beancount, read by Beancount's own parser and booking.

Only these run: the parser, the booking of lots, padding and the test of balances.  Plugins that a file names
are not run, and included files are found by `Files`, so nothing outside of the journal's folder is opened.
Source: https://beancount.github.io/docs/beancount_language_syntax.html.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal, localcontext
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from bankcore.errors import BankcoreError, LibraryMissing
from bankcore.interchange.imports.files import Files
from bankcore.interchange.imports.told import Declared, Leg, Place, Told, ToldTransaction
from bankcore.units import Unit

__all__ = ["read_beancount"]

_ROOTS: Final = ("assets", "liabilities", "equity", "income", "expenses")
_TYPES: Final = ("asset", "liability", "equity", "income", "expense")
_LEFT_OUT: Final = {
    "Close": "close",
    "Price": "price",
    "Note": "note",
    "Document": "document",
    "Event": "event",
    "Query": "query",
    "Custom": "custom",
}
_WRITTEN: Final = 18  # decimals; more come of a division
_LONGEST: Final = 400
_DIGITS: Final = re.compile(r"[0-9][0-9,]{60}|[.][0-9]{60}")
_ZERO: Final = re.compile(r"/[ \t(+-]*0[0.]*(?![0-9.])")
_NESTED: Final = re.compile(r"(?:\([ \t]*(?:[-+][ \t]*)*){50}")


def read_beancount(path: Path) -> Told:
    """What a ledger tells, with the files it includes.

    Raises BadJournal, BadFile; LibraryMissing where Beancount is not installed.
    """
    files, told = Files(path), Told()
    entries: list[Any] = []
    options: list[Any] = []
    _parse(path, files, entries, options, told, set())
    done = _completed(entries, options[0], Place(files.name(path), 1), told)
    roots = {options[0][f"name_{root}"]: kind for root, kind in zip(_ROOTS, _TYPES, strict=True)}
    for entry in done:
        _take(entry, told, roots)
    return told


def _parse(
    path: Path, files: Files, entries: list[Any], options: list[Any], told: Told, met: set[Path]
) -> None:
    try:
        from beancount.parser import parser
    except ImportError:
        raise LibraryMissing("beancount", "beancount") from None
    name, text = files.name(path), files.text(path)
    for bad, reason in (
        (_DIGITS, "a number has too many digits"),
        (_NESTED, "parentheses are nested too deeply"),
    ):
        if (found := bad.search(text)) is not None:
            raise Place(name, text.count("\n", 0, found.start()) + 1).refuse(reason)
    try:
        with localcontext() as context:
            context.clear_traps()  # the parser, written in C, crashes where a division raises
            found_entries, errors, own = parser.parse_string(text, report_filename=name)
    except Exception as error:  # of a library that meets a text which it does not expect
        raise Place(name, 1).refuse(f"Beancount cannot read it: {error}") from None
    lines = text.split("\n")
    for fault in errors:
        at, reason = _blamed(fault, Place(name, 1))
        if at.file != name:  # of the library's own
            zero = _ZERO.search(text)
            line = text.count("\n", 0, zero.start()) + 1 if zero else 1
            raise Place(name, line).refuse("Beancount fails on a number, such as a division by zero")
        if not lines[min(at.line, len(lines)) - 1].startswith("option"):
            raise at.refuse(reason)
        told.gap(at, "option", reason)  # one of another version of Beancount
    entries += found_entries
    options.append(own)
    met.add(path.resolve())
    for plugin, _ in own["plugin"]:
        told.gap(_where(text, name, "plugin", plugin), "plugin", f"{plugin} is not run")
    for pattern in own["include"]:
        place = _where(text, name, "include", pattern)
        for file in files.included(pattern, path, place):
            if file in met:
                raise place.refuse(f"{pattern!r} is included twice")
            _parse(file, files, entries, options, told, met)


def _where(text: str, name: str, word: str, value: str) -> Place:
    """The line of a directive with a value, as Beancount does not tell it."""
    found = re.search(rf'^{word}\s+"{re.escape(value)}"', text, re.MULTILINE)
    return Place(name, text.count("\n", 0, found.start()) + 1 if found else 1)


def _placed(error: Any, place: Place) -> BankcoreError:
    """An error of Beancount's as one of ours."""
    at, reason = _blamed(error, place)
    return at.refuse(reason)


def _blamed(error: Any, place: Place) -> tuple[Place, str]:
    source = getattr(error, "source", None) or {}
    line = source.get("lineno") or 1
    reason = " ".join(str(error.message).split())[:_LONGEST]
    return Place(str(source.get("filename") or place.file), int(line)), reason


def _completed(entries: list[Any], options: Any, place: Place, told: Told) -> list[Any]:
    """The entries in order, with lots booked, amounts filled in and accounts padded."""
    from beancount.core.data import entry_sortkey
    from beancount.ops import balance, pad, validation
    from beancount.parser import booking

    try:
        entries.sort(key=entry_sortkey)
        done, errors = booking.book(entries, options)
        errors = [*errors, *validation.validate_check_transaction_balances(done, options)]
        done, unpadded = pad.pad(done, options)
        checked, differing = balance.check(done, options)
    except Exception as error:  # as above
        raise place.refuse(f"Beancount cannot book it: {type(error).__name__}: {error}") from None
    for fault in errors:
        raise _placed(fault, place)
    for what, some in (("pad", unpadded), ("balance", differing)):
        for fault in some:
            at, reason = _blamed(fault, place)
            told.gap(at, what, reason)
    return list(checked)


def _take(entry: Any, told: Told, roots: Mapping[str, str]) -> None:
    kind = type(entry).__name__
    place = Place(str(entry.meta.get("filename", "")), int(entry.meta.get("lineno", 1)))
    if kind == "Transaction":
        _transaction(entry, place, told)
    elif kind == "Open":
        told.accounts[entry.account] = _declared(entry, roots)
    elif kind == "Commodity":
        unit = entry.meta.get("unit")
        if isinstance(unit, str) and _is_unit(unit):
            told.units[entry.currency] = unit
            told.see(entry.currency, Unit(unit).scale)
    elif kind in _LEFT_OUT:
        said = "; ".join(str(it)[:60] for it in _values(entry))
        told.gap(place, _LEFT_OUT[kind], f"{said} is left out")
    for leg in getattr(entry, "postings", None) or ():
        if leg.account not in told.accounts:
            told.accounts[leg.account] = Declared(roots.get(leg.account.partition(":")[0], ""))


def _values(entry: Any) -> Iterator[Any]:
    for name in ("account", "currency", "amount", "type", "name", "description", "comment", "filename"):
        if (value := getattr(entry, name, None)) is not None:
            yield value


def _is_unit(text: str) -> bool:
    try:
        Unit(text)
    except BankcoreError:
        return False
    return True


def _declared(entry: Any, roots: Mapping[str, str]) -> Declared:
    """An account as it is opened; one that bankcore wrote has its path, status and party there."""
    kind = roots.get(entry.account.partition(":")[0], "")
    meta = {name: value for name, value in entry.meta.items() if isinstance(value, str)}
    if not {"path", "status"} <= meta.keys():
        return Declared(kind)
    if entry.account.split(":")[1:2] == ["Memorandum"] and kind == "equity":
        kind = "memorandum"
    side = meta.get("normal-side", "")
    return Declared(kind, meta["path"], side if side in ("debit", "credit") else "", meta.get("party", ""))


def _transaction(entry: Any, place: Place, told: Told) -> None:
    legs = []
    for posting in entry.postings:
        number, commodity = posting.units.number, posting.units.currency
        if not number.is_finite():
            raise place.refuse("an amount divides by zero")
        if (places := max(0, -int(number.as_tuple().exponent))) <= _WRITTEN:
            told.see(commodity, places)
        about = _about(posting.meta, status=posting.flag)
        for word in ("cost", "price"):
            if (said := getattr(posting, word)) is not None:
                about[word] = str(said.number) + f" {said.currency}"
        if posting.cost is not None:
            about["lot"] = ", ".join(filter(None, (str(posting.cost.date), posting.cost.label)))
        if number:
            priced = posting.cost is not None or posting.price is not None
            legs.append(Leg(posting.account, Fraction(number), commodity, priced, about=about))
    if not legs:
        told.gap(place, "empty transaction", "it moves nothing and is left out")
        return
    about = _about(entry.meta, status=entry.flag, payee=entry.payee)
    about |= {name: sorted(it) for name, it in (("tags", entry.tags), ("links", entry.links)) if it}
    title = " | ".join(filter(None, (entry.payee, entry.narration)))
    told.transactions.append(ToldTransaction(place, entry.date, title, tuple(legs), about))


def _about(meta: Mapping[str, Any] | None, **more: Any) -> dict[str, Any]:
    """Metadata as plain data, without those that Beancount adds."""
    kept = {
        name: _text(value)
        for name, value in (meta or {}).items()
        if name not in ("filename", "lineno") and not name.startswith("__")
    }
    about: dict[str, Any] = {"metadata": kept} if kept else {}
    return about | {name: value for name, value in more.items() if value}


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    return "" if value is None else value.isoformat() if type(value) is date else _plain(value)


def _plain(value: Any) -> str:
    return f"{value:f}" if isinstance(value, Decimal) else str(value)
