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

A key that does not tell all rows apart may hold `{n}`: 1 for the first row of that key, 2 for the next.
Where credits and debits have separate columns, [amount] names both: `credit = "paid in"` and
`debit = "paid out"`.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Final

from attrs import frozen

from bankcore.errors import BadFile, BadMapping
from bankcore.ledger.accounts import Side
from bankcore.readers import decoded, read_toml
from bankcore.replay.lines import Skip
from bankcore.replay.notation import ISO, MINUSES, Notation, check_format, read_day
from bankcore.replay.tables import Table, Target, Template, When
from bankcore.units import Unit

__all__ = ["NEWEST", "OLDEST", "Mapping", "read_mapping"]

NEWEST: Final = "newest-first"
OLDEST: Final = "oldest-first"
_CHARGES: Final = {"positive": 1, "negative": -1}


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
class Fee:
    """A fee in a column of its own, which the account pays besides the amount of the row."""

    column: str
    sign: int  # of a figure that is charged
    target: Target


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
    unit: Unit  # the first of `units`, where there are several
    currency: str  # its column; none where all rows are in one unit
    units: dict[str, Unit]
    amounts: tuple[tuple[str, Side | None], ...]  # columns; one without a side is signed by the rules
    notation: Notation
    day: str
    date_format: str
    account: Target
    signs: tuple[Sign, ...]
    contras: tuple[Contra, ...]
    fees: tuple[Fee, ...]
    balance: BalanceColumn | None
    opening: Target | None  # the other account of what stood in an account before the file
    when: When  # which rows are read
    skip: Skip
    header: tuple[str, ...]  # the columns, where the file does not name them
    direction: str
    order: tuple[str, ...]
    delimiter: str
    encoding: str
    columns: tuple[tuple[str, str], ...]

    @classmethod
    def parse(cls, text: str) -> Mapping:
        """Read a map written in TOML; raises BadMapping with the place and the reason."""
        data = read_toml(text, lambda reason: BadMapping("the map", reason))
        return _read(Table("", data, []))

    def read_amount(self, text: str, unit: Unit | None = None) -> int:
        """The quantity of an amount in the file's own notation; raises BadAmount, AmountOverflow."""
        return self.notation.read(text, unit or self.unit)[0]

    def read_date(self, text: str, zone: str = "UTC") -> date:
        """The day of a date in the file's own notation, an instant in the time zone; raises BadDate."""
        return read_day(text, self.date_format, zone)


def read_mapping(path: str | Path) -> Mapping:
    """The map in a TOML file; raises BadFile or BadMapping."""
    try:
        data = Path(path).read_bytes()
    except (OSError, ValueError) as error:
        raise BadFile(str(path), getattr(error, "strerror", None) or str(error)) from None
    return Mapping.parse(decoded(data, lambda reason: BadFile(str(path), reason)))


def _read(top: Table) -> Mapping:
    file, amount, day = top.table("file", {}), top.table("amount"), top.table("date")
    currency, units = _units(amount)
    unit = next(iter(units.values()))
    direction, order = _order(file)
    mapping = Mapping(
        key=top.template("key", counted=True),
        description=top.template("description", ""),
        unit=unit,
        currency=currency,
        units=units,
        amounts=_amounts(amount),
        notation=_notation(amount),
        day=day.column("column"),
        date_format=day.read("format", check_format, ISO),
        account=top.table("account").target(unit),
        signs=tuple(Sign(sign.when(), sign.last("side", Side)) for sign in top.tables("sign", [])),
        contras=tuple(
            Contra(contra.when(), kind=contra.text("kind", "replay"), target=contra.target(unit))
            for contra in top.tables("contra")
        ),
        fees=tuple(_fee(fee, unit) for fee in top.tables("fee", [])),
        balance=_balance(top.table("balance"), unit) if "balance" in top.rest else None,
        opening=top.table("opening").target(unit) if "opening" in top.rest else None,
        when=top.when(),
        skip=_skip(top.table("skip", {})),
        header=file.texts("columns", (), of="columns"),
        direction=direction,
        order=order,
        delimiter=file.read("delimiter", _delimiter, ","),
        encoding=file.read("encoding", _encoding, "utf-8"),
        columns=tuple(top.columns),  # last, when all columns are known
    )
    for table in (top, file, amount, day):
        table.end()
    _check(mapping)
    return mapping


def _check(mapping: Mapping) -> None:
    """What one part of a map says must go with the others."""
    if mapping.signs and mapping.amounts[0][1] is not None:
        raise BadMapping("sign", "the columns of credits and debits already give the side")
    if mapping.notation.marks and (mapping.signs or mapping.amounts[0][1] is not None):
        raise BadMapping("amount.credit_mark", "the side is given by sign rules or columns already")
    if mapping.opening is not None and (mapping.balance is None or mapping.opening.path.columns):
        raise BadMapping("opening", "it needs the column of [balance], and one account")
    if mapping.currency and mapping.account.floor:
        raise BadMapping("account.floor", "with several units a floor is 0")


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


def _notation(amount: Table) -> Notation:
    """The file's notation of amounts; its separators are one sign each, and differ."""
    decimal, thousands = amount.text("decimal", "."), amount.text("thousands", "")
    if len(decimal) != 1 or decimal.isalnum() or decimal in "+-":
        raise BadMapping(amount.at("decimal"), "one separator, such as '.' or ',', is needed")
    if len(thousands) > 1 or thousands == decimal or thousands.isalnum() or (thousands and thousands in "+-"):
        raise BadMapping(amount.at("thousands"), "a separator other than the decimal one is needed, or none")
    symbols = amount.texts("symbols", ())
    if not all(it.strip() == it and it and not any(letter.isdecimal() for letter in it) for it in symbols):
        raise BadMapping(amount.at("symbols"), "signs such as '€' or 'EUR' are needed")
    minus = amount.texts("minus", ("leading",))
    if not minus or not set(minus) <= set(MINUSES):
        raise BadMapping(amount.at("minus"), f"one or more of {', '.join(MINUSES)} are needed")
    marks = _side_marks(amount)
    return Notation(decimal, thousands, symbols, frozenset(minus), marks)


def _side_marks(amount: Table) -> tuple[tuple[Side, str], ...]:
    """The marks of credits and of debits at an amount; one of them may be empty."""
    if not amount.rest.keys() & {"credit_mark", "debit_mark"}:
        return ()
    marks = ((Side.CREDIT, amount.text("credit_mark", "")), (Side.DEBIT, amount.text("debit_mark", "")))
    if marks[0][1].upper() == marks[1][1].upper():
        raise BadMapping(amount.at("debit_mark"), "a mark other than that of credits is needed")
    return marks


def _units(amount: Table) -> tuple[str, dict[str, Unit]]:
    """The column of the currency, with the unit of each; or none, with the one unit."""
    if "currency" not in amount.rest:
        return "", {"": amount.read("unit", Unit)}
    column, units = amount.column("currency"), amount.table("units")
    if not units.rest:
        raise BadMapping(amount.at("units"), "the unit of a currency is needed, such as EUR = 'EUR/2'")
    return column, {name: units.read(name, Unit) for name in [*units.rest]}


def _order(file: Table) -> tuple[str, tuple[str, ...]]:
    """Whether the newest row comes first, and the columns by which rows are sorted."""
    if file.rest.get("order") in (NEWEST, OLDEST):
        return file.text("order"), ()
    return "", file.column_list("order")


def _skip(table: Table) -> Skip:
    skip = Skip(
        lines=table.number("lines", 0),
        comments=table.texts("comments", ()),
        footer=table.texts("footer", ()),
        last=table.number("last", 0),
    )
    if "" in skip.comments + skip.footer:
        raise BadMapping(table.place, "the beginning of a line is needed, not an empty text")
    table.end()
    return skip


def _fee(fee: Table, unit: Unit) -> Fee:
    column, charge = fee.column("column"), fee.text("charge", "positive")
    if charge not in _CHARGES:
        raise BadMapping(fee.at("charge"), f"one of {', '.join(_CHARGES)} is needed")
    return Fee(column, _CHARGES[charge], fee.target(unit))


def _delimiter(text: str) -> str:
    if len(text) != 1 or text in '"\r\n\0':
        raise ValueError("one character is needed")
    return text


def _encoding(text: str) -> str:
    try:
        known = "a,\n".encode(text).decode(text) == "a,\n"
    except (LookupError, ValueError):
        known = False
    if not known:
        raise ValueError(f"{text!r} is not an encoding such as utf-8, utf-16, cp1252, gb18030")
    return text
