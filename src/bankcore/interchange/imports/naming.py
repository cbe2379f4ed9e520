"""Units for commodities, paths and types for accounts, as an import gives them.

An account of bankcore holds one unit.  An account of a journal with several commodities becomes one account
for the first of them, and one below it for each other.  What an import opened says so in its details, so a
later import of the same journal, grown since, finds the same accounts and units.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date
from hashlib import sha256
from typing import Final

from attrs import define, evolve, field

from bankcore.errors import BankcoreError
from bankcore.interchange.imports.told import Declared, Told
from bankcore.ledger.accounts import Account, AccountPath, AccountType
from bankcore.units import Unit

__all__ = ["DETAIL", "Names", "path_of", "type_of"]

DETAIL: Final = "imported"  # in the details of an account: the name and the commodity it stands for
_MOST_DECIMALS: Final = 9
_SIGNS: Final = {
    "€": ("EUR",),
    "£": ("GBP", "EGP"),
    "₹": ("INR",),
    "₽": ("RUB",),
    "₩": ("KRW",),
    "₿": ("BTC",),
}
_DOLLARS: Final = ("USD", "AUD", "CAD", "HKD", "MXN", "NZD", "SGD", "TWD")
_ROOTS: Final = (
    (r"assets?|资产", AccountType.ASSET),
    (r"debts?|liabilit(?:y|ies)|负债", AccountType.LIABILITY),
    (r"equity|权益|所有者权益", AccountType.EQUITY),
    (r"incomes?|revenues?|收入", AccountType.INCOME),
    (r"expenses?|支出|费用", AccountType.EXPENSE),
)


def type_of(name: str) -> AccountType | None:
    """The type that the first part of an account's name tells.

    >>> type_of("Assets:Cash"), type_of("revenue"), type_of("Bank:Cash")
    (<AccountType.ASSET: 'asset'>, <AccountType.INCOME: 'income'>, None)
    """
    root = name.partition(":")[0].strip().lower()
    return next((kind for pattern, kind in _ROOTS if re.fullmatch(pattern, root)), None)


def path_of(name: str) -> str:
    """A name as a path: what a path cannot have becomes a hyphen.

    >>> path_of("Equity:Opening Balances"), path_of("a::R&D"), path_of("Assets:现金")
    ('Equity:Opening-Balances', 'a:R-D', 'Assets:现金')
    """
    parts = (re.sub(r"[^\w.\-]+", "-", it.strip()) for it in unicodedata.normalize("NFC", name).split(":"))
    path = ":".join(filter(None, parts)) or "-"
    if len(path) > 180:
        path = f"{path[:160]}-{sha256(name.encode()).hexdigest()[:12]}"
    return path if path.isascii() or _is_path(path) else ":".join(map(_ascii, path.split(":")))


def _ascii(part: str) -> str:
    return part if _is_path(part) else re.sub(r"[^0-9A-Za-z_.\-]+", "-", part)


def _is_path(text: str) -> bool:
    try:
        AccountPath.parse(text)
    except BankcoreError:
        return False
    return True


@define
class Names:
    """What accounts and commodities are called in the book."""

    _told: Told
    _types: Mapping[str, AccountType]
    _base: Unit
    _units: dict[str, Unit]
    _known: dict[tuple[str, str], Account] = field(factory=dict)  # by name and commodity
    _paths: dict[str, Account] = field(factory=dict)
    _named: dict[str, Unit] = field(factory=dict)  # by commodity
    opened: dict[str, Account] = field(factory=dict)
    untold: set[str] = field(factory=set)

    @classmethod
    def of(
        cls,
        told: Told,
        accounts: Iterable[Account],
        base: Unit,
        types: Mapping[str, AccountType],
        units: Mapping[str, Unit],
    ) -> Names:
        """Those of a journal in a book with these accounts; `types` by name or root, `units` by commodity."""
        names = cls(told, types, base, dict(units))
        for account in accounts:
            names._paths[account.path] = account
            said = account.details.get(DETAIL)
            if isinstance(said, Mapping) and {"name", "commodity"} <= said.keys():
                names._known[said["name"], said["commodity"]] = account
                names._named.setdefault(said["commodity"], account.unit)
        return names

    def account(self, name: str, commodity: str) -> Account:
        """The account of a name for a commodity; a new one is opened."""
        if (known := self._known.get((name, commodity))) is not None:
            return known
        declared = self._told.accounts.get(name, Declared())
        if declared.unit:
            self._told.units.setdefault(commodity, declared.unit)
        kind = self._type(name, declared) or AccountType.ASSET  # only until it is refused
        wanted = declared.path if declared.path and _is_path(declared.path) else path_of(name)
        return self._found(name, commodity, wanted, kind, declared)

    def between(self, purpose: str, commodity: str) -> Account:
        """The equity account of a commodity over which transactions balance, for a purpose."""
        name = f"({purpose})"
        if (known := self._known.get((name, commodity))) is not None:
            return known
        wanted = f"equity:{purpose}:{self.unit(commodity).code}"
        return self._found(name, commodity, wanted, AccountType.EQUITY, Declared())

    def dated(self, first: Mapping[str, date]) -> list[Account]:
        """The accounts to open, each on the date of its first posting."""
        return [evolve(account, opened_on=first[path]) for path, account in self.opened.items()]

    def _found(
        self, name: str, commodity: str, wanted: str, kind: AccountType, declared: Declared
    ) -> Account:
        unit = self.unit(commodity)
        path = self._free(wanted, unit)
        account = self._paths.get(path)
        if account is None:
            account = Account(
                AccountPath.parse(path),
                kind,
                unit,
                normal_side=declared.normal_side or kind.normal_side,
                party=declared.party,
                details={DETAIL: {"name": name, "commodity": commodity}},
            )
            self.opened[path] = self._paths[path] = account
        self._known[name, commodity] = account
        return account

    def _type(self, name: str, declared: Declared) -> AccountType | None:
        """The type of an account: as asked, as declared for it or one above, as its name tells."""
        parts = name.split(":")
        above = [":".join(parts[:count]) for count in range(len(parts), 0, -1)]
        if (asked := next((self._types[it] for it in above if it in self._types), None)) is not None:
            return asked
        said = (self._told.accounts[it].type for it in above if it in self._told.accounts)
        if kind := declared.type or next(filter(None, said), ""):
            return AccountType(kind)
        if (found := type_of(name) or self._types.get("*")) is None:
            self.untold.add(name)
        return found

    def _free(self, wanted: str, unit: Unit) -> str:
        """The path itself or one below it: a free one, or that of an account which no import opened."""
        path, number = wanted, 1
        while (there := self._paths.get(path)) is not None:
            if there.unit == unit and DETAIL not in there.details:
                break
            path = f"{wanted}:{unit.code}" if number == 1 else f"{wanted}:{unit.code}-{number}"
            number += 1
        return path

    def unit(self, commodity: str) -> Unit:
        """The unit of a commodity: as asked, as it is in the book, or a new one that has its decimals."""
        if (known := self._units.get(commodity) or self._named.get(commodity)) is not None:
            return known
        places = min(self._told.precision.get(commodity, 0), _MOST_DECIMALS)
        said = self._told.units.get(commodity)
        unit = Unit(said) if said and Unit(said).scale >= places else self._new(commodity, places)
        self._named[commodity] = unit
        return unit

    def _new(self, commodity: str, places: int) -> Unit:
        taken = {it.code for it in (*self._units.values(), *self._named.values())}
        # A sign such as € leaves a code to the commodity that is written so.
        taken |= {it for it in self._told.precision if it != commodity and self._code(it) == it}
        code = self._code(commodity)
        number = 1
        while code in taken:
            number += 1
            code = f"{self._code(commodity)[: 11 - len(str(number))]}X{number}"
        if code == self._base.code and self._base.scale >= places:
            return self._base
        return Unit(f"{code}/{places}")

    def _code(self, commodity: str) -> str:
        """A code of capitals and digits for a commodity."""
        if commodity == "$":
            return self._base.code if self._base.code in _DOLLARS else "USD"
        if commodity in ("¥", "￥"):
            return "JPY" if self._base.code == "JPY" else "CNY"
        if commodity in _SIGNS:
            return _SIGNS[commodity][0]
        plain = re.sub("[^A-Z0-9]", "", unicodedata.normalize("NFKD", commodity).upper())
        if not commodity:
            return "UNITS"
        if not plain:
            return "U" + "".join(f"{ord(it):X}" for it in commodity)[:11]
        return (plain if plain[0].isalpha() else f"U{plain}")[:12]
