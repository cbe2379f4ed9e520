"""A book as stable text, and the difference of two books in words.

>>> from bankcore.testing import Driver
>>> driver = Driver("li")
>>> driver.deposit("li", "5.00")
>>> print(snapshot(driver))  # doctest: +ELLIPSIS
book main, base unit CNY/2, opened on 2024-01-01, today 2024-01-01
<BLANKLINE>
accounts
  bank:cash asset CNY/2, floor 0.00 CNY: 5.00 CNY
  bank:court liability CNY/2, floor 0.00 CNY: 0.00 CNY
  bank:demand:li liability CNY/2, floor 0.00 CNY, party li: 5.00 CNY
  ...
>>> other = Driver("li")
>>> other.deposit("li", "6.00")
>>> print(difference(driver, other))  # doctest: +ELLIPSIS
balances
  bank:cash: 5.00 CNY in the first, 6.00 CNY in the second: +1.00 CNY
  bank:demand:li: 5.00 CNY in the first, 6.00 CNY in the second: +1.00 CNY
journal
  alike through transaction 4, then
  ...
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from attrs import frozen

from bankcore.amounts import Amount
from bankcore.bank import Bank
from bankcore.ledger.accounts import Account
from bankcore.ledger.balances import StoredAccount
from bankcore.ledger.evidence.seals import SEAL
from bankcore.ledger.ledger import Ledger
from bankcore.ledger.ports import Reader
from bankcore.ledger.transactions import Entry, Posting, Record, canonical_json
from bankcore.testing.assertions import Driven, ledger_of

__all__ = ["difference", "snapshot"]

_ACCOUNT = "account"  # the kind of the records that describe accounts
_PERSONAL = "personal"
_DIGESTS = ("balances_root", "book", "head", "previous", "transactions_root")


def snapshot(book: Bank | Ledger | Driven) -> str:
    """The book as text, one fact on each line: accounts with balances, the journal, records, pending holds.

    Equal histories give equal texts, on every store.  Instants, digests and salts are left out, so that the
    text depends neither on the clock nor on chance, and so is personal data: it may stand in a repository.
    """
    return "\n".join(_read(book).lines())


def difference(
    first: Bank | Ledger | Driven,
    second: Bank | Ledger | Driven,
    *,
    names: tuple[str, str] = ("the first", "the second"),
) -> str:
    """In what two books differ, as text; empty where their snapshots are alike.

    Accounts and balances, the first transaction that differs in the journals, and the records field by field.
    """
    one, other = _read(first), _read(second)
    heads = [] if one.head == other.head else [f"  {it.head}" for it in (one, other)]
    parts = {
        "book": heads,
        "accounts": _unequal(one.accounts, other.accounts, names),
        "balances": _unequal_balances(one, other, names),
        "journal": _parting(one.entries, other.entries, names),
        "records": _unequal_records(one.records, other.records, names),
        "holds": _unequal(one.holds, other.holds, names),
    }
    return "\n".join(line for title, lines in parts.items() if lines for line in (title, *lines))


@frozen
class _Book:
    """What is compared of a book, as texts by name."""

    head: str
    accounts: Mapping[str, str]
    balances: Mapping[str, Amount]
    entries: tuple[tuple[str, ...], ...]  # each its lines
    records: Mapping[str, Record]
    holds: Mapping[str, str]

    def lines(self) -> Iterator[str]:
        yield self.head
        yield from _section(
            "accounts", (f"{it} {said}: {self.balances[it]}" for it, said in self.accounts.items())
        )
        yield from _section("journal", (f"\n{' ' * 6}".join(entry) for entry in self.entries))
        said = (f"{name} {_json(record)}" for name, record in self.records.items())
        yield from _section("records", said)
        yield from _section("holds", (f"{name} {said}" for name, said in self.holds.items()))


def _read(book: Bank | Ledger | Driven) -> _Book:
    ledger = ledger_of(book)
    its = ledger.book
    today = ledger.books.today
    with ledger.store.snapshot() as still, still.reading(its.id) as reader:
        stored, entries = list(reader.accounts()), list(reader.entries())
        zone = "" if its.zone == "UTC" else f", days of {its.zone}"
        return _Book(
            f"book {its.name}, base unit {its.base_unit}, opened on {its.opened_on}{zone}, today {today}",
            {str(it.account.path): _account(it.account) for it in stored},
            {str(it.account.path): _balance(it) for it in stored},
            tuple(tuple(_entry(entry)) for entry in entries),
            dict(_records(reader, entries)),
            dict(_holds(reader)),
        )


# --- as text --------------------------------------------------------------------------------------


def _section(title: str, lines: Iterable[str]) -> Iterator[str]:
    found = [f"  {line}" for line in lines]
    if found:
        yield from ("", title, *found)


def _account(account: Account) -> str:
    """What is said of an account beside its path."""
    said = [f"{account.type.value} {account.unit}"]
    if account.normal_side is not account.type.normal_side:
        said.append(f"normally {account.normal_side.value}")
    if account.status.value != "open":
        said.append(f"{account.status.value}")
    for name in ("floor", "ceiling"):
        limit = getattr(account, name)
        if limit is not None:
            said.append(f"{name} {Amount(limit, account.unit)}")
    for name in ("party", "reason"):
        if text := getattr(account, name):
            said.append(f"{name} {text}")
    if account.details:
        said.append(f"details {canonical_json(_shown(account.details))}")
    return ", ".join(said)


def _balance(stored: StoredAccount) -> Amount:
    return Amount(stored.net, stored.account.unit)


def _entry(entry: Entry) -> Iterator[str]:
    """A transaction as lines: its head, its legs, its records."""
    t = entry.transaction
    said = [f"{entry.number} {t.effective_on} {t.kind}"]
    said += [
        f"{name} {text}" for name in ("key", "actor", "agreement", "group") if (text := getattr(t, name))
    ]
    said += [f"{name} {it}" for name in ("reverses", "corrects", "resolves") if (it := getattr(t, name))]
    said += [name for name in ("pending", "up_to") if getattr(t, name)]
    if t.details:
        said.append(f"details {canonical_json(_shown(t.details))}")
    if t.description:
        said.append(repr(t.description))
    yield ", ".join(said)
    yield from map(_leg, t.postings)
    for record in t.records:
        data = _account(record.account) if record.kind == _ACCOUNT else _json(record)
        yield f"{record.kind} {record.id} version {record.version} {data}"


def _leg(posting: Posting) -> str:
    side = "Dr" if posting.quantity >= 0 else "Cr"
    return f"{side} {posting.account} {Amount(abs(posting.quantity), posting.unit)}"


def _records(reader: Reader, entries: Iterable[Entry]) -> Iterator[tuple[str, Record]]:
    """The latest versions of all records but those of accounts, by kind and id."""
    names = {(record.kind, record.id) for entry in entries for record in entry.transaction.records}
    for kind, id in sorted(names):
        record = reader.record(kind, id) if kind != _ACCOUNT else None
        if record is not None:
            yield f"{kind} {id}", record


def _holds(reader: Reader) -> Iterator[tuple[str, str]]:
    for hold in reader.holds():
        if hold.resolved_by is None:
            yield str(hold.number), ", ".join(map(_leg, hold.transaction.postings))


def _json(record: Record) -> str:
    return canonical_json(_fields(record))


def _fields(record: Record) -> dict[str, Any]:
    """The data of a record but what is personal, and but the digests of a seal."""
    hidden = _DIGESTS if record.kind == SEAL[0] else ()
    return {name: "..." if name in hidden else value for name, value in _shown(record.data).items()}


def _shown(data: Any) -> Any:
    """Plain data without what is personal in it."""
    if isinstance(data, Mapping):
        return {name: "..." if name == _PERSONAL else _shown(value) for name, value in data.items()}
    return [_shown(value) for value in data] if isinstance(data, list | tuple) else data


# --- in what they differ --------------------------------------------------------------------------


def _unequal(one: Mapping[str, str], other: Mapping[str, str], names: tuple[str, str]) -> list[str]:
    """One line for each name that only one has, or that has another text."""
    lines = []
    for name in sorted({**one, **other}):
        if name not in other or name not in one:
            lines.append(f"  {name}: only in {names[name not in one]}: {one.get(name) or other[name]}")
        elif one[name] != other[name]:
            lines.append(f"  {name}: {one[name]} in {names[0]}; {other[name]} in {names[1]}")
    return lines


def _unequal_balances(one: _Book, other: _Book, names: tuple[str, str]) -> list[str]:
    """The balances that differ, of accounts that both have, and by how much."""
    lines = []
    for path, mine in one.balances.items():
        its = other.balances.get(path, mine)
        if mine == its:
            continue
        by = its.quantity - mine.quantity
        more = f": {'+' * (by > 0)}{Amount(by, mine.unit)}" if mine.unit == its.unit else ""
        lines.append(f"  {path}: {mine} in {names[0]}, {its} in {names[1]}{more}")
    return lines


def _parting(
    one: tuple[tuple[str, ...], ...], other: tuple[tuple[str, ...], ...], names: tuple[str, str]
) -> list[str]:
    """Where two journals part, and the first transaction of each after that."""
    same = next((n for n, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]), None)
    if same is None:
        if len(one) == len(other):
            return []
        same = min(len(one), len(other))
    lines = [f"  alike through transaction {same}, then"]
    for name, entries in zip(names, (one, other), strict=True):
        lines.append(f"  in {name}{':' if same < len(entries) else ': nothing more'}")
        lines += [f"    {line}" for line in (entries[same] if same < len(entries) else ())]
    return lines


def _unequal_records(
    one: Mapping[str, Record], other: Mapping[str, Record], names: tuple[str, str]
) -> list[str]:
    """The records that differ, field by field."""
    lines = []
    for name in sorted({**one, **other}):
        mine, its = one.get(name), other.get(name)
        if mine is None or its is None:
            lines.append(f"  {name}: only in {names[mine is None]}")
            continue
        first, second = ({"version": it.version, **_fields(it)} for it in (mine, its))
        for field in {**first, **second}:
            said = [_text(it[field]) if field in it else "nothing" for it in (first, second)]
            if said[0] != said[1]:
                lines.append(f"  {name}, {field}: {said[0]} in {names[0]}, {said[1]} in {names[1]}")
    return lines


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
