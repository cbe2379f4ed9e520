"""Wrong history, written through the store's port with a right chain by a program that skips the rules."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import date, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

from tests.ledger.conftest import BOOK, NOON

from bankcore.ledger.additions import Place
from bankcore.ledger.encoding import digest, encode
from bankcore.ledger.evidence.audit import verify
from bankcore.ledger.ledger import Ledger
from bankcore.ledger.posting.states import AccountState
from bankcore.ledger.transactions import Entry, Transaction, timestamp
from bankcore.stores.engine import driver as sqlite3
from bankcore.testing.store_contract.contract import additions_of

Pages = Mapping[tuple[int, int], bytes]
NO_PAGES: Pages = MappingProxyType({})
Finding = tuple[object, ...]  # the code, then the fields


def edited(file: Path, *statements: tuple[str, tuple[Any, ...]]) -> Path:
    """A copy of the file with rows changed by hand and the guards put back."""
    copy = file.with_name("edited.db")
    shutil.copy(file, copy)
    with closing(sqlite3.connect(copy)) as db:
        guards = db.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in guards:
            db.execute(f'DROP TRIGGER "{name}"')
        for sql, values in statements:
            if db.execute(sql, values).rowcount == 0:
                raise sqlite3.IntegrityError("the row stands already")
        for _, sql in guards:
            db.execute(sql)
        db.commit()
    return copy


def found_in(ledger: Ledger) -> tuple[Finding, ...]:
    return tuple((each.code, *each.fields().values()) for each in verify(ledger.reader, BOOK).findings)


def codes(found: tuple[Finding, ...]) -> set[object]:
    return {code for code, *_ in found}


def forge(
    ledger: Ledger,
    transaction: Transaction,
    positions: Sequence[tuple[int, int, int]] | None = None,
    *,
    number: int | None = None,
    at: datetime = NOON,
    pages: Pages = NO_PAGES,
) -> tuple[Finding, ...]:
    """Append an entry with a right digest behind the ledger's back; what `verify` finds.

    `positions` are account ids, sequences and balances where these are not to be the right ones, `pages`
    those that a seal leaves.
    """
    write(ledger, transaction, positions, number=number, at=at, pages=pages)
    return found_in(ledger)


def write(
    ledger: Ledger,
    t: Transaction,
    positions: Sequence[tuple[int, int, int]] | None = None,
    *,
    number: int | None = None,
    at: datetime = NOON,
    pages: Pages = NO_PAGES,
) -> None:
    """Append an entry whatever the rules say of it."""
    head = ledger.reader.head()
    number = number or head.number + 1
    held = () if t.resolves is None else ledger.entry(t.resolves).transaction.postings
    found = ledger.reader.states([p.account for p in (*t.postings, *held)])
    states = {path: AccountState(*stored) for path, stored in found.items()}
    for p in held:
        states[p.account].hold(p.quantity, -1)
    places: list[Place] = []
    for place, p in enumerate(t.postings):
        state = states[p.account]
        if t.pending:
            state.hold(p.quantity)
            places.append(Place(state.id, 0, 0, 0, date.min))
            continue
        state.horizon = max(state.horizon, t.effective_on)
        state.sequence += 1
        state.post(p.quantity)
        id, state.sequence, balance = (
            (state.id, state.sequence, state.debits - state.credits)
            if positions is None
            else positions[place]
        )
        places.append(Place(id, state.sequence, balance, state.debits, state.horizon))
    with ledger.store.writing(BOOK.id) as writer:
        where = tuple((place.sequence, place.balance) for place in places)
        line = encode(number, timestamp(at), t, where)
        entry = Entry(number, at, digest(head.digest, line), t, where, line)
        added = additions_of([entry], [places], [], states.values())
        added.pages += [(*name, page) for name, page in pages.items()]
        writer.append(added)
