"""An account's statement as ISO 20022 camt.053.001.08, as a customer's program reads it.

A credit is what the bank owes the customer more: the credit side of the ledger, whatever the account's type.
Source: ISO 20022, Bank-to-Customer Statement, camt.053.001.08; texts are cut to the lengths of its types.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from hashlib import sha256
from xml.etree import ElementTree as Xml

from bankcore.amounts import Amount
from bankcore.errors import NotExportable
from bankcore.ledger.ports import Line, Reader
from bankcore.ledger.reading.statements import Statement, statement
from bankcore.units import Unit

__all__ = ["camt053", "issuer"]

_SPACE = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"
_DIGITS = 18  # of an amount
_DECIMALS = 5
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def issuer(reader: Reader) -> str:
    """Which book wrote a statement: the begin of the digest of its first transaction, as no other book has.

    It stands in the statement as the issuer of the account's number.
    """
    first = reader.entry(1)
    return f"bankcore {first.digest.hex()[:24]}" if first else "bankcore"


def camt053(
    reader: Reader, path: str, now: datetime, since: date | None = None, until: date | None = None
) -> Iterator[str]:
    """The document with the account's entries of the value dates from `since` through `until`.

    Raises NotExportable where the unit is no currency of ISO 4217's form, and the errors of `statement`.
    """
    seen = statement(reader, path, since, until, now)
    unit = seen.account.unit
    if not re.fullmatch("[A-Z]{3}", unit.code) or unit.scale > _DECIMALS:
        raise NotExportable(f"an account in {unit}", "camt.053", "a currency of three letters is needed")
    first = since or reader.book.opened_on
    last = until or max((line.effective_on for line in seen.lines), default=first)
    root = Xml.Element("Document", xmlns=_SPACE)
    body = Xml.SubElement(root, "BkToCstmrStmt")
    head = Xml.SubElement(body, "GrpHdr")
    _text(head, "MsgId", _name(f"{reader.book.name}/{path}/{first}/{last}", 35))
    _text(head, "CreDtTm", now.isoformat(timespec="milliseconds"))
    _statement(Xml.SubElement(body, "Stmt"), reader, seen, first, last)
    Xml.indent(root)
    yield '<?xml version="1.0" encoding="UTF-8"?>\n' + Xml.tostring(root, encoding="unicode") + "\n"


def _statement(at: Xml.Element, reader: Reader, seen: Statement, first: date, last: date) -> None:
    account, sign = seen.account, -seen.account.normal_side.sign  # a credit is positive here
    _text(at, "Id", _name(f"{account.path}/{first}/{last}", 35))
    span = Xml.SubElement(at, "FrToDt")
    _text(span, "FrDtTm", f"{first}T00:00:00")
    _text(span, "ToDtTm", f"{last}T23:59:59")
    own = Xml.SubElement(at, "Acct")
    number = Xml.SubElement(Xml.SubElement(own, "Id"), "Othr")
    _text(number, "Id", _name(account.path, 34))
    _text(number, "Issr", issuer(reader))
    _text(own, "Ccy", account.unit.code)
    _text(own, "Nm", account.path[:70])
    for code, quantity, day in (("OPBD", seen.opening, first), ("CLBD", seen.closing, last)):
        balance = Xml.SubElement(at, "Bal")
        _text(Xml.SubElement(Xml.SubElement(balance, "Tp"), "CdOrPrtry"), "Cd", code)
        _amount(balance, quantity * sign, account.unit)
        _text(Xml.SubElement(balance, "Dt"), "Dt", day.isoformat())
    for line in seen.lines:
        _entry(Xml.SubElement(at, "Ntry"), reader, line, line.quantity * sign, account.unit)


def _entry(at: Xml.Element, reader: Reader, line: Line, quantity: int, unit: Unit) -> None:
    entry = reader.entry(line.number)
    _text(at, "NtryRef", f"{line.number}/{line.sequence}")
    _amount(at, quantity, unit)
    _text(Xml.SubElement(at, "Sts"), "Cd", "BOOK")
    if entry is not None:
        _text(Xml.SubElement(at, "BookgDt"), "DtTm", entry.recorded_at.isoformat(timespec="milliseconds"))
    _text(Xml.SubElement(at, "ValDt"), "Dt", line.effective_on.isoformat())
    _text(at, "AcctSvcrRef", str(line.number))
    _text(Xml.SubElement(Xml.SubElement(at, "BkTxCd"), "Prtry"), "Cd", _name(line.kind, 35))
    refs = Xml.SubElement(Xml.SubElement(Xml.SubElement(at, "NtryDtls"), "TxDtls"), "Refs")
    _text(refs, "EndToEndId", _name(line.key, 35))
    if line.description:
        _text(at, "AddtlNtryInf", line.description[:500])


def _amount(at: Xml.Element, quantity: int, unit: Unit) -> None:
    """Amount and indicator; a balance of nothing is a credit.  Raises NotExportable for too many digits."""
    if len(str(abs(quantity))) > _DIGITS:
        raise NotExportable(str(Amount(quantity, unit)), "camt.053", f"it has at most {_DIGITS} digits")
    _text(at, "Amt", Amount(abs(quantity), unit).decimal()).set("Ccy", unit.code)
    _text(at, "CdtDbtInd", "CRDT" if quantity >= 0 else "DBIT")


def _text(at: Xml.Element, name: str, text: str) -> Xml.Element:
    made = Xml.SubElement(at, name)
    made.text = _NOT_XML.sub(" ", text)
    return made


def _name(text: str, longest: int) -> str:
    """The text, or where it is too long the begin of its SHA-256, which is the same every time."""
    return text if len(text) <= longest else sha256(text.encode()).hexdigest()[:longest]
