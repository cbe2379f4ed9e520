"""Statements of OFX, 1.x (SGML) and 2.x (XML), as banks write it.

One reader for both: tags that are not closed end where the next one begins, blank values count as missing,
and no entity but the five of XML (and a blank) is replaced.  Of a statement of investments only the entries
in cash are read; trades of securities are noted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Final

from attrs import define, field

from bankcore.amounts import Amount
from bankcore.errors import BadFile, BankcoreError
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

_STATEMENTS: Final = ("STMTRS", "CCSTMTRS", "INVSTMTRS")
_ACCOUNTS: Final = ("BANKACCTFROM", "CCACCTFROM", "INVACCTFROM")
_LISTS: Final = ("BANKTRANLIST", "INVTRANLIST")
_TRADES: Final = re.compile("BUY|SELL|REINVEST|INCOME|TRANSFER|INVEXPENSE|RETOFCAP|SPLIT|MARGININTEREST|JRNL")
_GROUPS: Final = frozenset(
    {"OFX", "STMTTRNRS", "CCSTMTTRNRS", "INVSTMTTRNRS", "STMTTRN", "INVBANKTRAN", "LEDGERBAL", "AVAILBAL"}
    | {
        "CURRENCY",
        "ORIGCURRENCY",
        "PAYEE",
        "BANKACCTTO",
        "CCACCTTO",
        "STATUS",
        "INVBAL",
        "INVPOSLIST",
        "SECLIST",
    }
    | {"BALLIST", "BAL", "INVTRAN", "SONRS", "FI", *_STATEMENTS, *_ACCOUNTS, *_LISTS}
)
_TOKEN: Final = re.compile(
    r"<!\[CDATA\[(.*?)\]\]>|<(/?)([A-Za-z0-9][A-Za-z0-9_.]*)\s*(/?)>|<[!?][^>]*>", re.DOTALL
)
_ENTITIES: Final = {"lt": "<", "gt": ">", "amp": "&", "quot": '"', "apos": "'", "nbsp": " "}
_ENTITY: Final = re.compile(r"&(lt|gt|amp|quot|apos|nbsp|#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6});")
_XML: Final = re.compile(r"<\?(xml|OFX)\b")
_START: Final = re.compile(r"<OFX\s*>", re.IGNORECASE)
_DAY: Final = re.compile(r"([0-9]{4})-?([0-9]{2})-?([0-9]{2})(?![0-9](?:[^0-9]|$)).*", re.DOTALL)
_CODE: Final = re.compile("[A-Z]{3}")
_UTF8: Final = re.compile(
    rb"ENCODING:\s*(UTF-?8|UNICODE)|CHARSET:\s*UTF-?8|encoding=[\"']utf-?8", re.IGNORECASE
)
_WIDE: Final = (b"\xff\xfe", b"\xfe\xff")  # marks of UTF-16
_DEEPEST: Final = 64
_NO_NUMBER: Final = frozenset({"", "0"})


@define
class _Group:
    """An aggregate of OFX: its values by name, and the groups inside it."""

    name: str
    line: int
    values: dict[str, str] = field(factory=dict)
    lines: dict[str, int] = field(factory=dict)
    groups: list[_Group] = field(factory=list)
    trades: int = 0

    def all(self, *names: str) -> Iterator[_Group]:
        """The groups of these names at any depth."""
        for group in self.groups:
            if group.name in names:
                yield group
            else:
                yield from group.all(*names)

    def first(self, *names: str) -> _Group | None:
        return next(self.all(*names), None)


def read(path: str, data: bytes) -> tuple[BankStatement, ...]:
    """The statements of an OFX file, none where it only has other answers of a bank.

    Raises BadFile with the line and the reason, also for a bank's error in place of a statement.
    """
    text = _decoded(path, data)
    top = _tree(path, text)
    form = "ofx2" if _XML.search(text) else "ofx1"
    found = tuple(_statement(path, it, form) for it in top.all(*_STATEMENTS))
    for answer in () if found else top.all("STATUS"):
        if answer.values.get("SEVERITY", "").upper() == "ERROR":
            said = answer.values.get("MESSAGE") or answer.values.get("CODE", "no reason")
            raise BadFile(path, f"line {answer.line}: the bank answers with an error: {said[:80]}")
    return found


def _decoded(path: str, data: bytes) -> str:
    try:
        text = data.decode("utf-16" if data[:2] in _WIDE else "utf-8-sig")
    except UnicodeDecodeError as error:
        if _UTF8.search(data[:1000]) or data[:2] in _WIDE:
            line = data.count(b"\n", 0, error.start) + 1
            raise BadFile(path, f"line {line}: it is not in the encoding that it names") from None
        text = data.decode("cp1252", "replace")
    return check_text(text, lambda reason: BadFile(path, reason))


def _tree(path: str, text: str) -> _Group:
    start = _START.search(text)
    if start is None:
        raise BadFile(path, "line 1: it has no <OFX>")
    if re.search(r"<!(DOCTYPE|ENTITY)", text, re.IGNORECASE):
        raise BadFile(path, "line 1: a document type is not read")
    walk = _Walk(path, text, start.start())
    walk.run()
    return walk.top


class _Walk:
    """Goes through the tags once; `stack` has the groups that are open."""

    def __init__(self, path: str, text: str, start: int) -> None:
        self.top = _Group("", 1)
        self._path, self._text = path, text
        self._start = self._counted = start
        self._line = text.count("\n", 0, start) + 1  # of the tag that is read
        self._stack = [self.top]
        self._name = ""  # of the value that is read
        self._value: list[str] = []
        self._closed = False

    def run(self) -> None:
        at = self._start
        for match in _TOKEN.finditer(self._text, at):
            self._value.append(_plain(self._text[at : match.start()]))
            at = match.end()
            if match[1] is not None:
                self._value.append(match[1])
            elif match[3]:
                self._end_value()
                self._count(match.start())
                self._tag(match[3].upper(), closing=bool(match[2]), empty=bool(match[4]))
        if not self._closed:
            self._count(len(self._text.rstrip()))
            raise BadFile(self._path, f"line {self._line}: it ends before </OFX>")

    def _count(self, place: int) -> None:
        self._line += self._text.count("\n", self._counted, place)
        self._counted = max(place, self._counted)

    def _tag(self, name: str, *, closing: bool, empty: bool) -> None:
        if closing:
            if any(group.name == name for group in self._stack[1:]):
                while self._stack.pop().name != name:
                    pass
            self._closed = self._closed or name == "OFX"
        elif name in _GROUPS and not empty:
            self._open(name)
        elif not empty:
            if _TRADES.match(name) and self._stack[-1].name == "INVTRANLIST":
                self._stack[-1].trades += 1
            self._name = name

    def _open(self, name: str) -> None:
        if name == "STMTTRN" and self._stack[-1].name == name:
            self._stack.pop()  # the one before was not closed
        group = _Group(name, self._line)
        self._stack[-1].groups.append(group)
        self._stack.append(group)
        if len(self._stack) > _DEEPEST:
            raise BadFile(self._path, f"line {self._line}: it is nested deeper than {_DEEPEST} levels")

    def _end_value(self) -> None:
        value = " ".join("".join(self._value).split())
        self._value.clear()
        if self._name and value:
            group = self._stack[-1]
            group.values.setdefault(self._name, value)
            group.lines.setdefault(self._name, self._line)
        self._name = ""


def _plain(text: str) -> str:
    return _ENTITY.sub(_character, text)


def _character(match: re.Match[str]) -> str:
    name = match[1]
    if name[0] != "#":
        return _ENTITIES[name]
    code = int(name[2:], 16) if name[1] in "xX" else int(name[1:])
    readable = 32 <= code < 0x110000 and not 0xD800 <= code < 0xE000
    return chr(code) if readable else " "


def _statement(path: str, group: _Group, form: str) -> BankStatement:
    account = group.first(*_ACCOUNTS)
    values = account.values if account else {}
    rows = [*group.all("STMTTRN")]
    stated = group.values.get("CURDEF", "").upper()
    currencies = {it.values.get("CURSYM", "").upper() for row in rows for it in row.all("CURRENCY")}
    if not _CODE.fullmatch(stated):
        stated = currencies.pop() if len(currencies) == 1 else ""
    currency = stated if _CODE.fullmatch(stated) else NO_CURRENCY
    trades = sum(it.trades for it in group.all(*_LISTS))
    listed = group.first(*_LISTS)
    days = "" if listed is None else f"{_digits(listed, 'DTSTART')}-{_digits(listed, 'DTEND')}".strip("-")
    statement = BankStatement(
        form,
        days,
        "/".join(values[name] for name in ("BANKID", "BRANCHID", "BROKERID", "ACCTID") if values.get(name)),
        Unit(f"{currency}/2"),
        None,
        _balance(path, group.first("LEDGERBAL"), currency),
        tuple(_entry(path, row, currency) for row in rows),
        group.line,
        (f"{trades} trades of securities are left out",) if trades else (),
    )
    return levelled(statement)


def _digits(group: _Group, name: str) -> str:
    return group.values.get(name, "")[:8]


def _balance(path: str, group: _Group | None, currency: str) -> StatementBalance | None:
    if group is None or "BALAMT" not in group.values:
        return None
    on = _day(path, group, "DTASOF") if "DTASOF" in group.values else None
    return StatementBalance(_amount(path, group, "BALAMT", currency), on)


def _entry(path: str, row: _Group, currency: str) -> StatementEntry:
    own = row.first("CURRENCY")
    code = own.values.get("CURSYM", "").strip().upper() if own else ""
    values = row.values
    payee = row.first("PAYEE")
    name = values.get("NAME") or (payee.values.get("NAME", "") if payee else "")
    references = [values.get(it, "") for it in ("FITID", "CHECKNUM", "REFNUM", "SRVRTID")]
    return StatementEntry(
        row.lines.get("TRNAMT", row.line),
        _amount(path, row, "TRNAMT", code if _CODE.fullmatch(code) else currency),
        _day(path, row, "DTPOSTED"),
        _day(path, row, "DTAVAIL") if "DTAVAIL" in values else None,
        tuple(dict.fromkeys(it for it in references if it not in _NO_NUMBER)),
        values.get("MEMO", ""),
        name,
    )


def _amount(path: str, group: _Group, name: str, currency: str) -> Amount:
    """An amount with '.' or ',' as decimal separator; where both stand, the last one is it."""
    text = group.values.get(name, "")
    line = group.lines.get(name, group.line)
    if not text:
        raise BadFile(path, f"line {line}: {name} is missing in {group.name}")
    plain = re.sub(r"[ '\u00a0\u202f]", "", text)
    for separator, other in ((".", ","), (",", ".")):
        both = plain.rfind(separator) > plain.find(other) >= 0
        several = plain.count(other) > 1 and separator not in plain
        if (both and plain.count(separator) == 1) or several:
            plain = plain.replace(other, "")
            break
    try:
        return exact_amount(plain, currency)
    except BankcoreError as error:
        raise BadFile(path, f"line {line}: {name}: {error}") from None


def _day(path: str, group: _Group, name: str) -> date:
    """The day as it is written, in the bank's own time zone."""
    text = group.values.get(name, "")
    match = _DAY.fullmatch(text)
    try:
        if match is not None:
            return date(*map(int, match.groups()))
    except ValueError:
        pass
    line = group.lines.get(name, group.line)
    raise BadFile(path, f"line {line}: {name} of {group.name} is no date: {text[:40]!r}")
