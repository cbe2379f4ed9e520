"""A bank's statement as plain data, whatever format it came in.

Amounts are as the statement shows them: what comes in (a credit of the bank's) is positive.

>>> unit = Unit("EUR/2")
>>> entry = StatementEntry(1, Amount(-500, unit), date(2024, 5, 2), None, ("r1",), "rent")
>>> opening, closing = (StatementBalance(Amount(it, unit), None) for it in (2000, 1500))
>>> stated = BankStatement("mt940", "s1", "NL00", unit, opening, closing, (entry,))
>>> str(stated.total), stated.adds_up
('-5.00 EUR', True)
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import Final

from attrs import evolve, frozen

from bankcore.amounts import Amount, check_quantity
from bankcore.errors import BadAmount
from bankcore.units import Unit

__all__ = [
    "NO_CURRENCY",
    "BankStatement",
    "EntryPart",
    "StatementBalance",
    "StatementEntry",
    "exact_amount",
    "in_unit",
    "levelled",
]

NO_CURRENCY: Final = "XXX"  # ISO 4217's code where no currency is involved
_DECIMALS: Final = 2  # at least, so that most currencies have their own
_MOST: Final = 9  # decimals of a unit
_FIGURE: Final = re.compile(r"([+-]?)([0-9]{1,40})(?:[.,]([0-9]{0,40}))?|([+-]?)[.,]([0-9]{1,40})")
_CODE: Final = re.compile(r"[A-Z][A-Z0-9]{0,11}")


@frozen
class StatementBalance:
    """A balance that the statement states, and its day if it names one."""

    amount: Amount
    on: date | None


@frozen
class EntryPart:
    """One payment of a batch that the bank booked as one entry; its amount where the statement has it.

    >>> EntryPart(None, ("e1",), "rent").references
    ('e1',)
    """

    amount: Amount | None
    references: tuple[str, ...] = ()
    text: str = ""
    counterparty: str = ""


@frozen
class StatementEntry:
    """One entry; `line` is its place in the file.

    An entry that is not `booked` is announced only, and no part of the balances.
    """

    line: int
    amount: Amount
    booked_on: date | None
    value_on: date | None = None
    references: tuple[str, ...] = ()
    text: str = ""
    counterparty: str = ""
    booked: bool = True
    parts: tuple[EntryPart, ...] = ()

    @property
    def day(self) -> date | None:
        """The booking date, or the value date where that is the only one."""
        return self.booked_on or self.value_on


@frozen
class BankStatement:
    """A statement of one account in one unit, such as EUR/2; balances that the file lacks are None.

    `notes` say in words what of the file is no entry, such as trades of securities.
    """

    format: str
    identification: str
    account: str
    unit: Unit
    opening: StatementBalance | None
    closing: StatementBalance | None
    entries: tuple[StatementEntry, ...]
    line: int = 1
    notes: tuple[str, ...] = ()

    @property
    def total(self) -> Amount:
        """The sum of the booked entries in the statement's currency."""
        return Amount(
            check_quantity(sum(it.amount.quantity for it in self.entries if self._counts(it))), self.unit
        )

    @property
    def adds_up(self) -> bool | None:
        """Whether the opening balance and the entries make the closing balance; None where one is missing."""
        if self.opening is None or self.closing is None:
            return None
        return self.closing.amount.unit == self.opening.amount.unit == self.unit and not self.gap

    @property
    def gap(self) -> Amount | None:
        """The closing balance less the opening balance and the entries; None where they cannot be added."""
        if self.opening is None or self.closing is None:
            return None
        codes = {self.opening.amount.unit, self.closing.amount.unit, self.unit}
        if len(codes) > 1 or any(it.booked and it.amount.unit != self.unit for it in self.entries):
            return None
        return self.closing.amount - self.opening.amount - self.total

    def _counts(self, entry: StatementEntry) -> bool:
        return entry.booked and entry.amount.unit == self.unit


def exact_amount(text: str, currency: str) -> Amount:
    """The amount of a figure with '.' or ',' as decimal separator, with two decimals or as many as it has.

    Raises BadAmount for any other text, for more than nine decimals, or for no code of a currency,
    AmountOverflow beyond 64 bits.

    >>> exact_amount("-12,3450", "EUR"), str(exact_amount(".5", "USD"))
    (Amount(quantity=-12345, unit=Unit('EUR/3')), '0.50 USD')
    """
    match = _FIGURE.fullmatch(text.strip())
    if match is None:
        raise BadAmount(text[:40], "digits with at most one decimal separator are needed")
    if not _CODE.fullmatch(currency):
        raise BadAmount(text[:40], f"{currency[:12]!r} is no code of a currency")
    sign, whole = match[1] or match[4] or "", match[2] or "0"
    decimals = (match[3] or match[5] or "").rstrip("0")
    scale = max(_DECIMALS, len(decimals))
    if scale > _MOST:
        raise BadAmount(text[:40], f"more than {_MOST} decimals")
    quantity = int(whole + decimals.ljust(scale, "0"))
    return Amount(check_quantity(-quantity if sign == "-" else quantity), Unit(f"{currency}/{scale}"))


def in_unit(amount: Amount, unit: Unit) -> Amount:
    """The same amount in another scale of its currency; raises BadAmount where that is not exact.

    >>> in_unit(Amount(1200, Unit("JPY/2")), Unit("JPY/0"))
    Amount(quantity=12, unit=Unit('JPY/0'))
    """
    if amount.unit.code != unit.code:
        raise BadAmount(str(amount), f"it is not in {unit.code}")
    more = unit.scale - amount.unit.scale
    if more >= 0:
        return Amount(check_quantity(amount.quantity * 10**more), unit)
    quantity, rest = divmod(amount.quantity, 10**-more)
    if rest:
        raise BadAmount(str(amount), f"{unit} has {unit.scale} decimals")
    return Amount(quantity, unit)


def levelled(statement: BankStatement) -> BankStatement:
    """The statement with all amounts of a currency in one unit, the one with the most decimals.

    >>> entry = StatementEntry(1, Amount(12345, Unit("EUR/3")), None)
    >>> levelled(BankStatement("ofx1", "", "", Unit("EUR/2"), None, None, (entry,))).unit
    Unit('EUR/3')
    """
    amounts = [balance.amount for balance in (statement.opening, statement.closing) if balance]
    for entry in statement.entries:
        amounts += [entry.amount, *(part.amount for part in entry.parts if part.amount)]
    scales: dict[str, int] = {statement.unit.code: statement.unit.scale}
    for amount in amounts:
        scales[amount.unit.code] = max(scales.get(amount.unit.code, 0), amount.unit.scale)
    units = {code: Unit(f"{code}/{scale}") for code, scale in scales.items()}
    return _moved(statement, units)


def _moved(statement: BankStatement, units: dict[str, Unit]) -> BankStatement:
    def amount(it: Amount) -> Amount:
        return in_unit(it, units[it.unit.code])

    def balance(it: StatementBalance | None) -> StatementBalance | None:
        return it and StatementBalance(amount(it.amount), it.on)

    def parts(them: Sequence[EntryPart]) -> tuple[EntryPart, ...]:
        return tuple(evolve(it, amount=it.amount and amount(it.amount)) for it in them)

    return evolve(
        statement,
        unit=units[statement.unit.code],
        opening=balance(statement.opening),
        closing=balance(statement.closing),
        entries=tuple(
            evolve(it, amount=amount(it.amount), parts=parts(it.parts)) for it in statement.entries
        ),
    )
