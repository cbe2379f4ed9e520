"""A book as a ledger of Beancount.

An account's path becomes a name below the root of its type, and stands whole in its metadata; memorandum
accounts are below `Equity:Memorandum`, for they balance among themselves.  What the journal knows besides
is metadata; a transaction and those that reverse, correct or resolve it share a link.  Holds move no money
and are `custom` directives.
Source: https://beancount.github.io/docs/beancount_language_syntax.html.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta

from bankcore.amounts import Amount
from bankcore.interchange.exports.shape import Shape, tags
from bankcore.ledger.accounts import Account, AccountPath, AccountType, Status
from bankcore.ledger.ports import Reader
from bankcore.ledger.transactions import Entry

__all__ = ["beancount"]

_ROOTS = {
    AccountType.ASSET: "Assets",
    AccountType.LIABILITY: "Liabilities",
    AccountType.EQUITY: "Equity",
    AccountType.INCOME: "Income",
    AccountType.EXPENSE: "Expenses",
    AccountType.MEMORANDUM: "Equity:Memorandum",
}


def beancount(reader: Reader) -> Iterator[str]:
    """The text of the ledger, piece by piece."""
    shape, book = Shape.of(reader), reader.book
    yield f'option "title" {_quoted(book.name)}\n'
    yield f'option "operating_currency" "{shape.units[book.base_unit]}"\n\n'
    for unit, name in shape.units.items():
        yield f'{book.opened_on} commodity {name}\n  unit: "{unit}"\n'
    accounts = [state.account for state in reader.accounts()]
    names = _names(accounts)
    for account in accounts:
        yield _opened(account, names[account.path], shape, book.opened_on)
    for entry in reader.entries():
        if entry.transaction.postings:
            yield _hold(entry) if entry.transaction.pending else _transaction(entry, names, shape)
    yield from _assertions(reader, names, shape)


def _names(accounts: Iterable[Account]) -> Mapping[AccountPath, str]:
    """A name for each account; where two paths come to one name, the later ones get a number.

    >>> path = AccountPath("bank:cash_desk")
    >>> _names([Account(path, "asset", "CNY/2"), Account("bank:cash-desk", "asset", "CNY/2")])[path]
    'Assets:Bank:Cash-desk'
    """
    taken: dict[str, int] = {}
    found = {}
    for account in accounts:
        name = ":".join((_ROOTS[account.type], *map(_segment, account.path.split(":"))))
        taken[name] = taken.get(name, 0) + 1
        while taken[name] > 1:
            name = f"{name}-{taken[name]}"
            taken[name] = taken.get(name, 0) + 1
        found[account.path] = name
    return found


def _segment(text: str) -> str:
    """A part of a name begins with a capital or a digit, and has letters, digits and `-`.

    >>> _segment("li_lei.2"), _segment("-x"), _segment("现金")
    ('Li-lei-2', 'X-x', 'X现金')
    """
    plain = re.sub(r"[^\w\-]|_", "-", text)
    plain = plain[0].upper() + plain[1:] if "a" <= plain[0] <= "z" else plain
    return plain if re.match(r"[A-Z0-9]", plain) else f"X{plain}"


def _opened(account: Account, name: str, shape: Shape, first: date) -> str:
    side = account.normal_side
    contra = "" if side is account.type.normal_side else side.value
    about = {
        **{"path": account.path, "status": account.status.value},
        **{"party": account.party, "normal-side": contra},
    }
    opened = (
        f"{account.opened_on or first} open {name} {shape.units[account.unit]}\n{_metadata(about.items())}"
    )
    closed_on = account.closed_on
    last = shape.last.get(account.path, date.min)
    if account.status is Status.CLOSED and closed_on is not None and last <= closed_on:
        return f"{opened}{closed_on} close {name}\n"
    return opened


def _transaction(entry: Entry, names: Mapping[AccountPath, str], shape: Shape) -> str:
    t = entry.transaction
    near = [it for it in (t.reverses, t.corrects, t.resolves) if it is not None]
    links = [entry.number] if entry.number in shape.referred else []
    joined = "".join(f" ^transaction-{number}" for number in (*links, *near))
    lines = [
        f"\n{t.effective_on} * {_quoted(t.kind)} {_quoted(t.description)}{joined}\n",
        _metadata(tags(entry)),
    ]
    for path, quantity, unit in t.postings:
        lines.append(f"  {names[path]}  {Amount(quantity, unit).decimal()} {shape.units[unit]}\n")
    return "".join(lines)


def _hold(entry: Entry) -> str:
    t = entry.transaction
    legs = ", ".join(f"{path} {Amount(quantity, unit)}" for path, quantity, unit in t.postings)
    return f'\n{t.effective_on} custom "hold" {entry.number} {_quoted(legs)}\n{_metadata(tags(entry))}'


def _assertions(reader: Reader, names: Mapping[AccountPath, str], shape: Shape) -> Iterator[str]:
    """Every balance at the end, without a tolerance."""
    day = shape.until + timedelta(days=1) if shape.until < date.max else shape.until
    for state in reader.accounts():
        account = state.account
        if account.path in shape.last and account.status is not Status.CLOSED:
            held = Amount(state.debits - state.credits, account.unit).decimal()
            yield f"{day} balance {names[account.path]}  {held} ~ 0 {shape.units[account.unit]}\n"


def _metadata(about: Iterable[tuple[str, str]]) -> str:
    return "".join(f"  {name}: {_quoted(text)}\n" for name, text in about if text)


def _quoted(text: str) -> str:
    r"""A text in quotes, on one line.

    >>> print(_quoted('a "b"\nc'))
    "a \"b\"\nc"
    """
    for sign, written in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\r", "\\r"), ("\t", "\\t")):
        text = text.replace(sign, written)
    return f'"{text}"'
