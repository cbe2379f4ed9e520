"""The map of a CSV file: the meaning of its columns, and the accounts and sides of a row.

>>> mapping = Mapping.parse('''
... key = "shop:{id}"
... [date]
... column = "day"
... [amount]
... column = "amount"
... unit = "CNY/2"
... [account]
... path = "client:{client}"
... type = "liability"
... floor = "0"
... [[contra]]
... path = "bank:cash"
... type = "asset"
... ''')
>>> mapping.key.fill({"id": "7"}), mapping.account.floor, mapping.read_amount("12.50")
('shop:7', 0, 1250)

Where credits and debits have separate columns, [amount] names both: `credit = "paid in"` and
`debit = "paid out"`.
"""

from __future__ import annotations

import re
import tomllib
from datetime import date, datetime
from pathlib import Path

from attrs import frozen

from bankcore.amounts import Amount
from bankcore.calendars import parse_date
from bankcore.errors import BadAmount, BadDate, BadFile, BadMapping
from bankcore.ledger.accounts import Side
from bankcore.replay.tables import Table, Target, Template, When
from bankcore.units import Unit

__all__ = ["Mapping", "read_mapping"]

_ISO = "%Y-%m-%d"
_PROBE = datetime(2013, 12, 25)


@frozen
class Sign:
    """Which side of the account a row posts to."""

    when: When
    side: Side


@frozen
class Contra:
    """The other account of a row, and the kind of its transaction."""

    when: When
    target: Target
    kind: str


@frozen
class BalanceColumn:
    """The bank's own balance after the row; `delta` is the column of the rounding added to the account."""

    column: str
    delta: str | None = None
    rounding: Target | None = None


@frozen
class Mapping:
    """A validated map.  `columns` pairs every used column with the place in the map that names it."""

    key: Template
    description: Template
    unit: Unit
    amounts: tuple[tuple[str, Side | None], ...]  # columns; one without a side is signed by the rules
    marks: dict[int, str]
    day: str
    date_format: str
    account: Target
    signs: tuple[Sign, ...]
    contras: tuple[Contra, ...]
    balance: BalanceColumn | None
    order: tuple[str, ...]
    delimiter: str
    encoding: str
    columns: tuple[tuple[str, str], ...]

    @classmethod
    def parse(cls, text: str) -> Mapping:
        """Read a map written in TOML; raises BadMapping with the place and the reason."""
        try:
            data = tomllib.loads(text)
        except (tomllib.TOMLDecodeError, RecursionError) as error:
            raise BadMapping("the map", f"it is not TOML: {error}") from None
        return _read(Table("", data, []))

    def read_amount(self, text: str) -> int:
        """The quantity of an amount in the file's own notation; raises BadAmount, AmountOverflow."""
        plain = text.translate(self.marks)
        try:
            return Amount.parse(plain, self.unit).quantity
        except BadAmount as error:
            reason = error.reason if plain == text else "its separators are not those in the map"
            raise BadAmount(text, reason) from None

    def read_date(self, text: str) -> date:
        """The day of a date in the file's own notation; raises BadDate."""
        if self.date_format == _ISO:
            return parse_date(text)
        if any(letter.isdecimal() and not letter.isascii() for letter in text):
            raise BadDate(text[:20], "digits 0 to 9 are needed")
        try:
            return datetime.strptime(text, self.date_format).date()
        except ValueError:
            raise BadDate(text[:20], f"it does not have the format {self.date_format}") from None


def read_mapping(path: str | Path) -> Mapping:
    """The map in a TOML file; raises BadFile or BadMapping."""
    try:
        return Mapping.parse(Path(path).read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        raise BadFile(str(path), getattr(error, "strerror", None) or "it is not UTF-8 text") from None


def _read(top: Table) -> Mapping:
    file, amount, day = top.table("file", {}), top.table("amount"), top.table("date")
    unit = amount.read("unit", Unit)
    mapping = Mapping(
        key=top.template("key"),
        description=top.template("description", ""),
        unit=unit,
        amounts=_amounts(amount),
        marks=_marks(amount),
        day=day.column("column"),
        date_format=day.read("format", _date_format, _ISO),
        account=top.table("account").target(unit),
        signs=tuple(Sign(sign.when(), sign.last("side", Side)) for sign in top.tables("sign", [])),
        contras=tuple(
            Contra(contra.when(), kind=contra.text("kind", "replay"), target=contra.target(unit))
            for contra in top.tables("contra")
        ),
        balance=_balance(top.table("balance"), unit) if "balance" in top.rest else None,
        order=file.column_list("order"),
        delimiter=file.read("delimiter", _delimiter, ","),
        encoding=file.read("encoding", _encoding, "utf-8"),
        columns=tuple(top.columns),  # last, when all columns are known
    )
    for table in (top, file, amount, day):
        table.end()
    if mapping.signs and mapping.amounts[0][1] is not None:
        raise BadMapping("sign", "the columns of credits and debits already give the side")
    return mapping


def _amounts(amount: Table) -> tuple[tuple[str, Side | None], ...]:
    """One column of amounts, or one of credits and one of debits."""
    sides = [side for side in Side if side.value in amount.rest]
    if not sides:
        return ((amount.column("column"), None),)
    return tuple((amount.column(side.value), side) for side in Side)


def _balance(table: Table, unit: Unit) -> BalanceColumn:
    column = table.column("column")
    if "rounding" not in table.rest:
        table.end()
        return BalanceColumn(column)
    rounding = table.table("rounding")
    delta = rounding.column("column")
    table.end()
    return BalanceColumn(column, delta, rounding.target(unit))


def _marks(amount: Table) -> dict[int, str]:
    """The translation of the file's decimal and thousands separators to ours; others are refused."""
    decimal, thousands = amount.text("decimal", "."), amount.text("thousands", "")
    if len(decimal) != 1 or decimal.isalnum() or decimal in "+-":
        raise BadMapping(amount.at("decimal"), "one separator, such as '.' or ',', is needed")
    if len(thousands) > 1 or thousands == decimal or thousands.isalnum() or (thousands and thousands in "+-"):
        raise BadMapping(amount.at("thousands"), "a separator other than the decimal one is needed, or none")
    marks = {ord("."): "?", ord(","): "?", ord(decimal): "."}
    return marks | {ord(thousands): ","} if thousands else marks


def _date_format(text: str) -> str:
    try:
        known = datetime.strptime(_PROBE.strftime(text), text) == _PROBE
    except (ValueError, re.error):
        known = False
    if not known:
        raise BadDate(text, "write a format with day, month and year, such as %d.%m.%Y")
    return text


def _delimiter(text: str) -> str:
    if len(text) != 1 or text in '"\r\n\0':
        raise ValueError("one character is needed")
    return text


def _encoding(text: str) -> str:
    try:
        known = "a,\n".encode(text) == b"a,\n"
    except (LookupError, ValueError):
        known = False
    if not known:
        raise ValueError(f"{text!r} is not an ASCII-compatible encoding such as utf-8, cp1250, gb18030")
    return text
