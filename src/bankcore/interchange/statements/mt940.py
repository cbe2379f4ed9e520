"""Statements of SWIFT MT940, by the package mt-940."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from datetime import date
from io import StringIO
from typing import Any, Final

from bankcore.amounts import Amount
from bankcore.errors import BadFile, BankcoreError, LibraryMissing
from bankcore.readers import check_text
from bankcore.reconciling.statements import (
    NO_CURRENCY,
    BankStatement,
    StatementBalance,
    StatementEntry,
    exact_amount,
    levelled,
)
from bankcore.units import Unit

__all__ = ["read"]

_ENCODINGS: Final = ("utf-8-sig", "cp1252", "latin-1")  # the last one reads any bytes
_BLOCKS: Final = re.compile(r"(?m)^(?=[ \t]*:20:)")
_TAG: Final = re.compile(r"(?m)^[ \t]*:(?:[0-9]{2}[A-Z]?|NS):")
_LINE: Final = re.compile(r"(?m)^[ \t]*:61:")
_OPENING: Final = ("final_opening_balance", "intermediate_opening_balance", "opening_balance")
_CLOSING: Final = ("final_closing_balance", "intermediate_closing_balance", "closing_balance")
_NO_REFERENCE: Final = frozenset({"", "NONREF", "NOREF", "NONE", "KREF+", "EREF+", "EREF"})
_SHORTEST: Final = 3  # characters; what is shorter is the rest of a code
_TEXTS: Final = ("purpose", "additional_purpose", "transaction_details", "extra_details", "non_swift_text")
_REFERENCES: Final = ("customer_reference", "bank_reference", "end_to_end_reference")
_CURRENCY: Final = re.compile("[A-Za-z]{3}")
_BALANCE: Final = r"""^(?P<status>[DC])(?P<year>\d{2})(?P<month>\d{2})(?P<day>\d{2})
    (?P<currency>[A-Z]{3})?(?P<amount>[0-9]{1,15},?[0-9]{0,15})"""  # the currency is missing at some banks


def read(path: str, data: bytes) -> tuple[BankStatement, ...]:
    """The statements of an MT940 file, one for each tag 20, or one where there is none.

    Raises BadFile with the line, LibraryMissing without mt-940.
    """
    text = _decoded(data).replace("\r\n", "\n").replace("\r", "\n")
    check_text(text, lambda reason: BadFile(path, reason))
    blocks = [block for block in _BLOCKS.split(text) if _TAG.search(block)]
    if len(blocks) > 1 and not blocks[0].lstrip().startswith(":20:"):
        blocks = blocks[1:]  # the head of the file
    if not blocks:
        raise BadFile(path, "line 1: it has no tag of MT940, such as :20:")
    found, place = [], 0
    for block in blocks:
        place = text.index(block, place)
        found.append(_statement(path, block, text.count("\n", 0, place) + 1))
        place += len(block)
    return tuple(found)


def _decoded(data: bytes) -> str:
    for encoding in _ENCODINGS[:-1]:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return data.decode(_ENCODINGS[-1])


def _statement(path: str, block: str, line: int) -> BankStatement:
    parsed = _parsed(path, block, line)
    known: dict[str, Any] = parsed.data
    currency = parsed.currency or ""
    if not _CURRENCY.fullmatch(currency):
        currency = NO_CURRENCY
    currency = currency.upper()
    lines = [line + block.count("\n", 0, match.end()) for match in _LINE.finditer(block)]
    entries = []
    for index, transaction in enumerate(it for it in parsed if "amount" in it.data):
        at = lines[index] if index < len(lines) else line
        entries.append(_entry(path, at, transaction.data, currency))
    number = known.get("statement_number") or known.get("transaction_reference") or ""
    sequence = known.get("sequence_number")
    statement = BankStatement(
        "mt940",
        f"{number}/{sequence}" if sequence else f"{number}",
        str(known.get("account_identification") or "").strip(),
        Unit(f"{currency}/2"),
        _balance(path, line, known, _OPENING, currency),
        _balance(path, line, known, _CLOSING, currency),
        tuple(entries),
        line,
    )
    return levelled(statement)


def _parsed(path: str, block: str, line: int) -> Any:
    try:
        import mt940  # here, because it is an extra
    except ImportError:
        raise LibraryMissing("mt-940", "statements") from None
    logging.getLogger("mt940").addHandler(logging.NullHandler())  # its faults are told as errors
    try:
        return mt940.parse(StringIO(block), tags=_tags(mt940), options=mt940.Options.all())
    except Exception as error:  # it raises what its parts raise: RuntimeError, ValueError, ArithmeticError
        value = error.args[2] if len(error.args) > 2 and isinstance(error.args[2], str) else ""
        at, tag = _place(block, value)
        raise BadFile(path, f"line {line + at}: {tag} cannot be read as MT940") from None


def _tags(mt940: Any) -> dict[int | str, Any]:
    """The tags of balances, which may lack the currency."""
    kinds = (
        mt940.tags.OpeningBalance, mt940.tags.FinalOpeningBalance, mt940.tags.IntermediateOpeningBalance,
        mt940.tags.ClosingBalance, mt940.tags.FinalClosingBalance, mt940.tags.IntermediateClosingBalance,
    )  # fmt: skip
    return {kind.id: type(kind.__name__, (kind,), {"pattern": _BALANCE})() for kind in kinds}


def _place(block: str, value: str) -> tuple[int, str]:
    """Where in the block a value stands, in lines, and its tag."""
    first = value.split("\n")[0]
    for at, text in enumerate(block.split("\n")):
        tag = _TAG.match(text)
        if tag and first and text[tag.end() :].strip() == first.strip():
            return at, tag.group().strip()
    return 0, "the statement"


def _entry(path: str, line: int, data: dict[str, Any], currency: str) -> StatementEntry:
    texts = (str(data.get(name) or "") for name in _TEXTS)
    references = (str(data.get(name) or "").strip() for name in _REFERENCES)
    return StatementEntry(
        line,
        _amount(path, line, data["amount"], currency),
        _day(data.get("guessed_entry_date")),
        _day(data.get("date")),
        tuple(dict.fromkeys(name for name in references if _refers(name))),
        " ".join(dict.fromkeys(word for text in texts if (word := " ".join(text.split())))),
        " ".join(str(data.get("applicant_name") or "").split()),
    )


def _refers(name: str) -> bool:
    return len(name) >= _SHORTEST and name.upper() not in _NO_REFERENCE


def _balance(
    path: str, line: int, known: dict[str, Any], names: tuple[str, ...], currency: str
) -> StatementBalance | None:
    for found in _known(known, names):
        code = (found.amount.currency or currency).upper()
        return StatementBalance(_amount(path, line, found.amount, code), _day(found.date))
    return None


def _known(known: dict[str, Any], names: tuple[str, ...]) -> Iterator[Any]:
    yield from (known[name] for name in names if known.get(name) is not None)


def _amount(path: str, line: int, amount: Any, currency: str) -> Amount:
    try:
        return exact_amount(format(amount.amount, "f"), currency)
    except BankcoreError as error:
        raise BadFile(path, f"line {line}: {error}") from None


def _day(found: date | None) -> date | None:
    return None if found is None else date(found.year, found.month, found.day)
