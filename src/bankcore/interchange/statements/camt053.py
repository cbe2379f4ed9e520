"""Statements of ISO 20022 camt.053, versions 001.02 and later.

A file is checked before it is read: the elements down to entries stand in the order of the schema, those
that it requires are there, and what becomes an amount, a date, a side or a status has its type.  What lies
deeper and is not used is not checked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Final

from attrs import frozen

from bankcore.amounts import Amount
from bankcore.calendars import parse_date
from bankcore.errors import BadFile, BankcoreError
from bankcore.interchange.statements.markup import Element, tree
from bankcore.reconciling.statements import (
    BankStatement,
    EntryPart,
    StatementBalance,
    StatementEntry,
    exact_amount,
    levelled,
)
from bankcore.units import Unit

__all__ = ["read"]

_SPACE: Final = re.compile(r"urn:iso:std:iso:20022:tech:xsd:camt\.053\.001\.([0-9]{2})")
_KNOWN: Final = 8  # the newest version whose children are known; later ones may have more
_OLDEST: Final = 2
# Children in order: ! stands once, + once or more, * any number of times, ~ not in the oldest version.
_CHILDREN: Final = {
    "BkToCstmrStmt": "GrpHdr! Stmt+ SplmtryData*~",
    "GrpHdr": "MsgId! CreDtTm! MsgRcpt MsgPgntn OrgnlBizQry~ AddtlInf",
    "Stmt": "Id! StmtPgntn~ ElctrncSeqNb RptgSeq~ LglSeqNb CreDtTm FrToDt CpyDplctInd RptgSrc Acct! RltdAcct"
    " Intrst* Bal+ TxsSummry Ntry* AddtlStmtInf",
    "Acct": "Id! Tp Ccy Nm Prxy~ Ownr Svcr",
    "Bal": "Tp! CdtLine* Amt! CdtDbtInd! Dt! Avlbty*",
    "Ntry": "NtryRef Amt! CdtDbtInd! RvslInd Sts! BookgDt ValDt AcctSvcrRef Avlbty* BkTxCd! ComssnWvrInd"
    " AddtlInfInd AmtDtls Chrgs* TechInptChanl Intrst* CardTx~ NtryDtls* AddtlNtryInf",
    "NtryDtls": "Btch TxDtls*",
}
_FIGURE: Final = re.compile(r"[+]?(?=[0-9.])([0-9]*)\.?([0-9]*)|-0*\.?0*")
_DIGITS: Final = 18
_DECIMALS: Final = 5
_DAY: Final = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(Z|[+-][0-9]{2}:[0-9]{2})?")
_INSTANT: Final = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})T([01][0-9]|2[0-4]):[0-5][0-9]:[0-5][0-9](\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})?"
)
_SIDES: Final = {"CRDT": 1, "DBIT": -1}
_BOOKED: Final = frozenset({"BOOK"})
_STATES: Final = frozenset({"BOOK", "PDNG", "INFO", "FUTR"})
_OPENING: Final = ("OPBD", "PRCD")
_CLOSING: Final = ("CLBD",)
_INTERIM: Final = "ITBD"
_EMPTY: Final = frozenset({"", "NOTPROVIDED", "NONREF", "NOT PROVIDED"})
_REFERENCES: Final = (
    "EndToEndId", "TxId", "InstrId", "UETR", "AcctSvcrRef", "PmtInfId", "MsgId", "ChqNb", "ClrSysRef",
)  # fmt: skip


def read(path: str, data: bytes) -> tuple[BankStatement, ...]:
    """The statements of a camt.053 document; raises BadFile with the line and the reason."""
    return _Document(path).statements(data)


@frozen
class _Document:
    path: str

    def statements(self, data: bytes) -> tuple[BankStatement, ...]:
        document = tree(data, lambda reason: BadFile(self.path, reason))
        match = _SPACE.fullmatch(document.space)
        if match is None or document.name != "Document":
            raise self.refuse(document, f"it is no camt.053 statement, but {document.space or document.name}")
        version = int(match[1])
        if [it.name for it in document.children] != ["BkToCstmrStmt"]:
            raise self.refuse(document, "BkToCstmrStmt is needed once")
        message = document.children[0]
        self.check(message, version)
        header = message.children[0]
        self.check(header, version)
        self.identified(header, "MsgId")
        self.instant(header, "CreDtTm")
        form = f"camt.053.001.{match[1]}"
        return tuple(self.statement(it, version, form) for it in message.all("Stmt"))

    def statement(self, stmt: Element, version: int, form: str) -> BankStatement:
        self.check(stmt, version)
        self.identified(stmt, "Id")
        if version == _OLDEST or stmt.first("CreDtTm"):
            self.instant(stmt, "CreDtTm")
        account = next(stmt.all("Acct"))
        self.check(account, version)
        number = account.said("Id", "IBAN") or account.said("Id", "Othr", "Id")
        if not number:
            raise self.refuse(account, "IBAN or Othr is needed in Id")
        balances = [self.balance(it, version) for it in stmt.all("Bal")]
        opening = next((it for code in _OPENING for it in balances if it[0] == code), None)
        closing = next((it for code in _CLOSING for it in balances if it[0] == code), None)
        interim = [it for it in balances if it[0] == _INTERIM]
        if len(interim) > 1 or (interim and closing):
            opening = opening or interim[0]
        if interim and (opening is not interim[-1]):
            closing = closing or interim[-1]
        entries = tuple(self.entry(it, version) for it in stmt.all("Ntry"))
        first = (opening or balances[0])[1].amount.unit
        currency = account.said("Ccy")
        unit = Unit(f"{currency}/2") if re.fullmatch("[A-Z]{3}", currency) else first
        statement = BankStatement(
            form,
            stmt.said("Id"),
            number,
            unit,
            opening and opening[1],
            closing and closing[1],
            entries,
            stmt.line,
        )
        return levelled(statement)

    def balance(self, bal: Element, version: int) -> tuple[str, StatementBalance]:
        self.check(bal, version)
        kind = bal.said("Tp", "CdOrPrtry", "Cd")
        if not kind and not bal.first("Tp", "CdOrPrtry", "Prtry"):
            raise self.refuse(bal, "the type of the balance is needed in CdOrPrtry")
        return kind, StatementBalance(self.amount(bal), self.day(bal, "Dt"))

    def entry(self, ntry: Element, version: int) -> StatementEntry:
        self.check(ntry, version)
        amount = self.amount(ntry)
        state = ntry.said("Sts", "Cd") or ntry.said("Sts")
        if not ntry.first("Sts", "Prtry") and state not in _STATES:
            raise self.refuse(ntry, f"{state[:20]!r} is no status of an entry")
        details = [*ntry.all("NtryDtls", "TxDtls")]
        for it in ntry.all("NtryDtls"):
            self.check(it, version)
        parts = tuple(self.part(it, amount) for it in details)
        own = [ntry.said("NtryRef"), ntry.said("AcctSvcrRef"), ntry.said("NtryDtls", "Btch", "PmtInfId")]
        texts = [*(it.text for it in parts), ntry.said("AddtlNtryInf")]
        whole = parts if _sums_up(parts, amount) else ()
        return StatementEntry(
            ntry.line,
            amount,
            self.day(ntry, "BookgDt"),
            self.day(ntry, "ValDt"),
            _named([*own, *(name for it in parts for name in it.references)]),
            " ".join(dict.fromkeys(it for it in texts if it)),
            ", ".join(dict.fromkeys(it.counterparty for it in parts if it.counterparty)),
            state in _BOOKED,
            whole,
        )

    def part(self, details: Element, entry: Amount) -> EntryPart:
        incoming = entry.quantity >= 0
        stated = details.first("Amt") or details.first("AmtDtls", "TxAmt", "Amt")
        amount = None
        if stated is not None:
            side = _SIDES.get(details.said("CdtDbtInd"), 1 if incoming else -1)
            amount = self.figure(stated, side)
        other = "Dbtr" if incoming else "Cdtr"
        name = details.said("RltdPties", other, "Nm") or details.said("RltdPties", other, "Pty", "Nm")
        texts = [it.text for it in details.all("RmtInf", "Ustrd")]
        texts.append(details.said("AddtlTxInf"))
        return EntryPart(amount, _named(_references(details)), " ".join(it for it in texts if it), name)

    def check(self, element: Element, version: int) -> None:
        """The children are those of the schema, in its order."""
        rules = [rule for rule in _CHILDREN[element.name].split() if version > _OLDEST or "~" not in rule]
        names = [rule.rstrip("!+*~") for rule in rules]
        place = 0
        for child in element.children:
            if child.name not in names:
                if version > _KNOWN:
                    continue
                raise self.refuse(child, f"{child.name} is unknown in {element.name}")
            if names.index(child.name) < place:
                raise self.refuse(child, f"{child.name} stands too late in {element.name}")
            place = names.index(child.name)
        for name, rule in zip(names, rules, strict=True):
            count = sum(1 for _ in element.all(name))
            if count == 0 and rule.rstrip("~").endswith(("!", "+")):
                raise self.refuse(element, f"{name} is missing in {element.name}")
            if count > 1 and not rule.rstrip("~").endswith(("*", "+")):
                raise self.refuse(element, f"{name} stands {count} times in {element.name}")

    def identified(self, element: Element, name: str) -> None:
        if not 1 <= len("".join(element.first(name).pieces)) <= 35:  # type: ignore[union-attr]
            raise self.refuse(element, f"{name} needs 1 to 35 characters")

    def instant(self, element: Element, name: str) -> None:
        text = element.said(name)
        match = _INSTANT.fullmatch(text)
        if match is None:
            raise self.refuse(element, f"{name} is no date with a time: {text[:40]!r}")
        self.date_of(element, match[1])

    def day(self, element: Element, name: str) -> date | None:
        """The day as it is written, in the bank's own time zone."""
        if (found := element.first(name)) is None:
            return None
        text, pattern = found.said("Dt"), _DAY
        if not text:
            text, pattern = found.said("DtTm"), _INSTANT
        match = pattern.fullmatch(text)
        if match is None:
            raise self.refuse(found, f"{name} is no date: {text[:40]!r}")
        return self.date_of(found, match[1])

    def date_of(self, element: Element, text: str) -> date:
        try:
            return parse_date(text)
        except BankcoreError as error:
            raise self.refuse(element, str(error)) from None

    def amount(self, element: Element) -> Amount:
        side = element.said("CdtDbtInd")
        if side not in _SIDES:
            raise self.refuse(element, f"CdtDbtInd is CRDT or DBIT, not {side[:20]!r}")
        return self.figure(next(element.all("Amt")), _SIDES[side])

    def figure(self, element: Element, side: int) -> Amount:
        text, currency = element.text, element.attributes.get("Ccy", "")
        match = _FIGURE.fullmatch(text)
        if match is None or not re.fullmatch("[A-Z]{3}", currency):
            raise self.refuse(
                element, f"an amount with its currency is needed, not {text[:40]!r} {currency[:5]!r}"
            )
        whole, decimals = (match[1] or "").lstrip("0"), (match[2] or "").rstrip("0")
        if len(decimals) > _DECIMALS or len(whole) + len(decimals) > _DIGITS:
            raise self.refuse(
                element, f"an amount has at most {_DIGITS} digits, {_DECIMALS} of them decimals"
            )
        try:
            amount = exact_amount(f"{whole or '0'}.{decimals}", currency)
        except BankcoreError as error:
            raise self.refuse(element, str(error)) from None
        return amount if side > 0 else -amount

    def refuse(self, element: Element, reason: str) -> BadFile:
        return BadFile(self.path, f"line {element.line}: {reason}")


def _references(details: Element) -> Iterator[str]:
    refs = details.first("Refs")
    if refs is not None:
        yield from (refs.said(name) for name in _REFERENCES)
        yield from (it.text for it in refs.all("Prtry", "Ref"))
    yield from (it.text for it in details.all("RmtInf", "Strd", "CdtrRefInf", "Ref"))


def _named(names: Iterator[str] | list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in names if name.upper() not in _EMPTY))


def _sums_up(parts: tuple[EntryPart, ...], amount: Amount) -> bool:
    """Whether the payments of a batch have amounts in the entry's currency that make the entry."""
    amounts = [it.amount for it in parts if it.amount]
    if len(parts) < 2 or len(amounts) < len(parts) or {it.unit.code for it in amounts} != {amount.unit.code}:
        return False
    most = max(it.unit.scale for it in [*amounts, amount])
    total: int = sum(it.quantity * 10 ** (most - it.unit.scale) for it in amounts)
    return bool(total == amount.quantity * 10 ** (most - amount.unit.scale))
