"""A book as a journal of hledger.

Accounts keep their paths and say their type by a tag; memorandum accounts have none, so that they are in no
financial statement.  What the journal knows besides stands in tags, with `,`, `%` and line breaks written as
`%2C` and so on.  Holds move no money and are comments.
Source: https://hledger.org/1.25/hledger.html, Journal.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import quote

from bankcore.amounts import Amount
from bankcore.interchange.exports.shape import Shape, tags
from bankcore.ledger.accounts import AccountType
from bankcore.ledger.balances import StoredAccount
from bankcore.ledger.ports import Reader
from bankcore.ledger.transactions import Entry

__all__ = ["hledger"]

_TYPES = {
    AccountType.ASSET: "A",
    AccountType.LIABILITY: "L",
    AccountType.EQUITY: "E",
    AccountType.INCOME: "R",
    AccountType.EXPENSE: "X",
}
_RESERVED = re.compile(r"^\s+|\s+$|[,%]|[\x00-\x1f\x7f\x85\u2028\u2029]")
_UNSAFE = re.compile(r"[;|\x00-\x1f\x7f\x85\u2028\u2029]")


def hledger(reader: Reader) -> Iterator[str]:
    """The text of the journal, piece by piece."""
    shape = Shape.of(reader)
    yield f"; book {_line(reader.book.name)}, opened on {reader.book.opened_on}\n\ndecimal-mark .\n\n"
    for unit, name in shape.units.items():
        yield f"commodity 1000{'.' + '0' * unit.scale if unit.scale else '.'} {_symbol(name)}\n"
    yield "\n"
    for state in reader.accounts():
        yield _account(state)
    for entry in reader.entries():
        if entry.transaction.postings:
            yield _transaction(entry, shape)
    yield from _assertions(reader, shape)


def _account(state: StoredAccount) -> str:
    account = state.account
    about = [("type", _TYPES[account.type])] if account.type in _TYPES else []
    about += [("unit", account.unit), ("status", account.status.value)]
    about += [("party", account.party)] if account.party else []
    if account.normal_side is not account.type.normal_side:
        about.append(("normal-side", account.normal_side.value))
    return f"account {account.path}\n" + "".join(f"    ; {name}: {_value(text)}\n" for name, text in about)


def _transaction(entry: Entry, shape: Shape) -> str:
    t = entry.transaction
    said = t.description or t.kind
    title = _UNSAFE.sub(" ", said)
    about = list(tags(entry))
    if title != said:
        about.append(("description", said))
    lines = [
        f"{t.effective_on} * ({entry.number}) {title}",
        *(f"    ; {name}: {_value(it)}" for name, it in about),
    ]
    for path, quantity, unit in t.postings:
        lines.append(f"    {path}  {Amount(quantity, unit).decimal()} {_symbol(shape.units[unit])}")
    if t.pending:
        lines = [f"; hold: {line}" for line in lines]
    return "\n" + "\n".join(lines) + "\n"


def _assertions(reader: Reader, shape: Shape) -> Iterator[str]:
    """An empty transaction on the last day that asserts every balance."""
    moved = [state for state in reader.accounts() if state.account.path in shape.last]
    if moved:
        yield f"\n{shape.until} * balances of the book\n"
        for state in moved:
            account = state.account
            symbol = _symbol(shape.units[account.unit])
            zero = Amount(0, account.unit).decimal()
            held = Amount(state.debits - state.credits, account.unit).decimal()
            yield f"    {account.path}  {zero} {symbol} = {held} {symbol}\n"


def _symbol(name: str) -> str:
    return name if name.isalpha() else f'"{name}"'


def _line(text: str) -> str:
    return " ".join(text.split())


def _value(text: str) -> str:
    """The text of a tag, which ends at a comma.

    >>> _value("a,b 50%")
    'a%2Cb 50%25'
    """
    return _RESERVED.sub(lambda found: quote(found.group(), safe=""), text)
