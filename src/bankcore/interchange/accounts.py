"""Accounts in a CSV file, one in each row, with their opening balances: customers taken over from elsewhere.

The columns are `account`, `type`, and where needed `unit`, `normal_side`, `floor`, `ceiling`, `party`,
`opened_on`, `reason` and `balance`, in any order.  Amounts are decimals in the unit of the row.

>>> from bankcore import Account, Bank, MemoryStore
>>> bank = Bank.create(MemoryStore(), opened_on=date(2024, 5, 1))
>>> opening = Account("equity:opening", "equity", "CNY/2")
>>> receipt = bank.doors().open([opening], key="opening-equity")
>>> text = "account,type,party,floor,balance\\ndeposit:li,liability,li,0,500.00\\n"
>>> describes_accounts(text)
True
>>> file: AccountFile = read_accounts("customers.csv", text, Unit("CNY/2"))
>>> [receipt.number for receipt in take_over(bank, file, against=opening.path)]
[2, 3]
>>> str(bank.amount("deposit:li"))
'500.00 CNY'
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from hashlib import sha256
from typing import Any, Final

from attrs import field, frozen

from bankcore.amounts import Amount
from bankcore.bank import Bank
from bankcore.calendars import parse_date
from bankcore.errors import BadCommand, BadFile, BadRow, BadRows, BankcoreError
from bankcore.errors.nearest import choices
from bankcore.ledger.accounts import Account, AccountPath, AccountType, Side
from bankcore.ledger.transactions import Receipt, canonical_json
from bankcore.product.actor import Actor
from bankcore.readers import read_csv
from bankcore.tables import undefused
from bankcore.units import Unit

__all__ = ["AccountFile", "describes_accounts", "read_accounts", "take_over"]

_NEEDED: Final = ("account", "type")
_BALANCE: Final = "balance"
_COLUMNS: Final = (
    *_NEEDED, "unit", "normal_side", "floor", "ceiling", "party", "opened_on", "reason", _BALANCE,
)  # fmt: skip
_SHOWN: Final = 20  # faults that are named


@frozen
class AccountFile:
    """The accounts of a file, their opening balances in minor units, and the line of each.

    `digest` is that of what the rows say; the same rows again have the same one.
    """

    accounts: tuple[Account, ...]
    balances: dict[AccountPath, int]
    lines: Mapping[AccountPath, int] = field(repr=False)
    digest: str

    def blamed(self, error: BankcoreError) -> BankcoreError:
        """A refusal as one of the row whose account it names, if it names one."""
        named = (value for value in error.fields().values() if isinstance(value, str))
        line = next((self.lines[AccountPath(it)] for it in named if it in self.lines), None)
        if line is None:
            return error
        return BadRows(1, len(self.accounts), f"line {line}: [{error.code}] {error}")


def describes_accounts(text: str) -> bool:
    """Whether a text is CSV whose first line has the columns of accounts."""
    return set(_NEEDED) <= set(_names(text))


def read_accounts(name: str, text: str, base_unit: Unit, opened_on: date | None = None) -> AccountFile:
    """The accounts of a text in CSV; those without a unit are in `base_unit`, without a date `opened_on`.

    Reads to the end and raises BadRows with the line of each fault; BadFile where it has other columns.
    """
    columns = _names(text)
    if missing := [it for it in _NEEDED if it not in columns]:
        said = choices(missing[0], columns, "it has")
        raise BadFile(name, f"there is no column {missing[0]!r}; {said}")
    for column in columns:
        if column not in _COLUMNS:
            raise BadFile(name, f"the column {column!r} is not known; {choices(column, _COLUMNS)}")
        if columns.count(column) > 1:
            raise BadFile(name, f"the column {column!r} stands twice")
    accounts: list[Account] = []
    balances: dict[AccountPath, int] = {}
    lines: dict[AccountPath, int] = {}
    faults: list[BankcoreError] = []
    for line, row in _rows(name, text):
        try:
            account, balance = _read(line, row, columns, base_unit, opened_on)
            if (first := lines.setdefault(account.path, line)) != line:
                raise BadRow(line, "account", f"{account.path} stands in line {first} already")
        except BankcoreError as error:
            faults.append(error)
        else:
            accounts.append(account)
            if balance is not None:
                balances[account.path] = balance
    if not lines and not faults:
        raise BadFile(name, "it has no account")
    if faults:
        more = [f"and {len(faults) - _SHOWN} more"] if len(faults) > _SHOWN else []
        said = "; ".join([*map(str, faults[:_SHOWN]), *more])
        raise BadRows(len(faults), len(accounts) + len(faults), said)
    return AccountFile(tuple(accounts), balances, lines, _digest(accounts, balances))


def take_over(
    bank: Bank,
    file: AccountFile,
    *,
    against: AccountPath | None = None,
    key: str = "",
    actor: Actor | None = None,
    on: date | None = None,
) -> tuple[Receipt, ...]:
    """Open the accounts of a file and bring their balances forward, all in one commit or nothing.

    `against` is the account on the other side, such as `equity:opening`, in the unit of the balances; `on` is
    their value date, by default the business date.  Without a `key` it is made of what the rows say, so the
    same file again is a replay.  Raises BadRows with the line of the account that the ledger refuses, and
    the errors of `Doors.take_over`; BadCommand where balances have no account on the other side.
    """
    if against is None and file.balances:
        raise BadCommand("against", "the balances of the file need an account on the other side")
    request = {"take_over": file.digest, "against": against, "on": on.isoformat() if on else None}
    try:
        return bank.doors(actor).take_over(
            file.accounts,
            file.balances,
            against=against,
            key=key or f"take-over/{file.digest[:32]}",
            request=request,
            effective_on=on or bank.today,
        )
    except BankcoreError as error:
        raise file.blamed(error) from None


def _names(text: str) -> list[str]:
    try:
        return next(read_csv(text, ValueError), (0, list[str]()))[1]
    except ValueError:
        return []


def _rows(name: str, text: str) -> Iterator[tuple[int, list[str]]]:
    """The rows after the first, with their lines; empty ones are left out."""
    rows = read_csv(text, lambda reason: BadFile(name, reason), even=False)
    next(rows)
    yield from rows


def _read(
    line: int, row: list[str], columns: list[str], base_unit: Unit, opened_on: date | None
) -> tuple[Account, int | None]:
    """The account of a row and its opening balance; raises BadRow with the column that is wrong."""
    if len(row) != len(columns):
        raise BadRow(line, columns[-1], f"{len(row)} values, not {len(columns)}")
    values = (undefused(value).strip() for value in row)
    said = {name: value for name, value in zip(columns, values, strict=True) if value}

    def value(column: str, read: Any, default: Any = None) -> Any:
        try:
            return read(said[column]) if column in said else default
        except (BankcoreError, ValueError) as error:
            reason = str(error) if isinstance(error, BankcoreError) else f"{said[column]!r} is none"
            raise BadRow(line, column, reason) from None

    for column in _NEEDED:
        if column not in said:
            raise BadRow(line, column, "a value is needed")
    unit = value("unit", Unit, base_unit)
    limits = {it: value(it, lambda text: Amount.parse(text, unit).quantity) for it in ("floor", "ceiling")}
    kind = value("type", AccountType)
    try:
        account = Account(
            value("account", AccountPath.parse),
            kind,
            unit,
            normal_side=value("normal_side", Side, kind.normal_side),
            opened_on=value("opened_on", parse_date, opened_on),
            party=said.get("party", ""),
            reason=said.get("reason", ""),
            **limits,
        )
    except BadRow:
        raise
    except BankcoreError as error:  # the values do not go together
        raise BadRow(line, "account", str(error)) from None
    return account, value(_BALANCE, lambda text: Amount.parse(text, unit).quantity)


def _digest(accounts: Iterable[Account], balances: Mapping[AccountPath, int]) -> str:
    said = [[it.path, it.as_data(), balances.get(it.path)] for it in accounts]
    return sha256(canonical_json({"rows": said}).encode()).hexdigest()
