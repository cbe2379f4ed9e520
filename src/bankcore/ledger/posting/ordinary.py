"""The ordinary transaction, decided in one pass over whole numbers.

Nearly all transactions have a new key and two or more legs that balance over different accounts, and no rule
could object to them.  `decide` recognises them.  It restates `shape`, `checks` and `limits` for the one case
in which they do not object; any other transaction it leaves to the rules.  It computes everything first and
stores it afterwards, so there is nothing to undo.  A property test compares it with the rules on random
transactions and books (tests/ledger/test_ordinary.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from bankcore.errors import InputError
from bankcore.ledger.additions import PostingRow
from bankcore.ledger.encoding import end_of_line
from bankcore.ledger.personal import personal_rows
from bankcore.ledger.posting.shape import LONGEST_TEXT, RESERVED, shape_refusal
from bankcore.ledger.posting.states import AccountState
from bankcore.ledger.transactions import (
    EXPIRY,
    EXPIRY_KEY,
    NO_DETAILS,
    Entry,
    PersonalRow,
    Position,
    Posting,
    Receipt,
    Record,
    Transaction,
    day_text,
    is_storable,
    quoted,
)

if TYPE_CHECKING:
    from bankcore.ledger.posting.draft import Draft

__all__ = ["Ordinary"]

_new: Final = tuple.__new__  # of a named tuple, in half the time
_MOST_HEADS: Final = 10_000
_PLAIN: Final = Transaction("", date.min)[7:]  # the fields after the texts, as most transactions have them
_LINKS: Final = _PLAIN[2:]  # those after the records and details

# Account, and after a posting its sequence, balance, gross debits and latest value date.
_Move = tuple[AccountState, int, int, int, date]
_Moves = tuple[list[_Move], list[str], list[Position], list[PostingRow]]


class Ordinary:
    """Decides the ordinary transactions of one draft."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._known = draft.known
        self._hot = draft.known.states
        self._stamp = quoted(draft.stamp)
        self._heads = draft.known.heads

    def decide(self, t: Transaction) -> Receipt | None:
        """The receipt of an ordinary transaction; None, with nothing kept, where the rules must decide."""
        kind, day, postings, key, description, agreement, actor = t[:7]
        draft, known = self._draft, self._known
        if (
            not (type(kind) is type(description) is type(agreement) is type(actor) is type(key) is str)
            or not 0 < len(key) <= LONGEST_TEXT
            or key in draft.decided
            or key in draft.keys
            or type(day) is not date
            or type(postings) is not tuple
            or not (t[11] is t[15] is False and type(t[14]) is str)  # pending, up_to and group
            or key.startswith(EXPIRY_KEY)
            or ("#" in key and not key.startswith(draft.operation))
            or (known.closed_through is not None and day <= known.closed_through)
            or (known.limits and self._is_limited(postings))
        ):
            return None
        plain, number = t[7:] == _PLAIN, draft.number + 1
        personal: tuple[PersonalRow, ...] = ()
        try:
            if not plain and not (t[9:] == _LINKS and self._are_facts(t)):
                return None
            head = self._heads.get((kind, day, agreement, actor)) or self._head(t)
            if (moved := self._moves(postings, day, number)) is None:
                return None
            moves, legs, positions, rows = moved
            line = f"[{number},{self._stamp},{quoted(key)},{head}{quoted(description)},[{','.join(legs)}]]"
            if not plain:
                personal = personal_rows(t, number, draft.salts)
                line = f"{line[:-1]}{end_of_line(t, personal)}]"
        except (InputError, TypeError, ValueError):  # the rules will name it
            return None
        if "\\" in line and "\\u" in line and shape_refusal(t) is not None:
            return None
        digest = sha256(draft.digest + line.encode()).digest()
        entry = _new(Entry, (number, draft.moment, digest, t, tuple(positions), line, personal))
        if draft.undo.noted is not None:
            draft.note_places([move[0] for move in moves])
            draft.note_entry()
        touched, added = draft.touched, draft.added
        for state, sequence, net, debits, horizon in moves:
            state.sequence, state.horizon = sequence, horizon
            state.debits, state.credits = debits, debits - net
            touched[state.id] = state
        draft.number, draft.digest = number, digest
        draft.entries.append(entry)
        draft.decided[key] = entry
        added.postings += rows
        added.transactions.append((number, key, bytearray(digest), line))
        if not plain and (t.records or personal):
            added.write_facts(entry)
            draft.note_versions(t.records)
        return _new(Receipt, (number, key, draft.moment, digest, False, False))

    def _moves(self, postings: tuple[Any, ...], day: date, number: int) -> _Moves | None:
        """Sequence and balance after each posting, for the line and the row; None for the unusual."""
        hot, total, layer, last = self._hot, 0, None, None
        moves: list[_Move] = []
        legs: list[str] = []
        positions: list[Position] = []
        rows: list[PostingRow] = []
        for posting in postings:
            if type(posting) is not Posting:
                return None
            account, quantity, unit = posting
            state = hot.get(account)
            if state is None or state is last or type(quantity) is not int:
                return None
            if unit is not state.unit or day < state.opens:
                return None
            horizon, debits = state.horizon, state.debits
            if day > horizon:
                horizon = day
            elif day < horizon and state.is_bounded:
                return None  # floor and ceiling also bind at every later instant
            net = debits - state.credits + quantity
            if quantity > 0:
                debits += quantity
                if net > state.upper or debits > state.most_debits:
                    return None
            elif quantity == 0 or net < state.lower or debits - net > state.most_credits:
                return None
            if state.layer is not layer:
                if total:
                    return None  # several units are ordinary only where each balances before the next begins
                layer = state.layer
            total, last = total + quantity, state
            sequence = state.sequence + 1
            moves.append((state, sequence, net, debits, horizon))
            positions.append((sequence, net))
            legs.append(f"{state.leg}{quantity},{sequence},{net}]")
            rows.append((state.id, sequence, number, quantity, net, debits, horizon.toordinal()))
        if total or len(moves) < 2 or (len(moves) > 2 and len({id(m[0]) for m in moves}) < len(moves)):
            return None
        return moves, legs, positions, rows

    def _head(self, t: Transaction) -> str:
        """Kind, value date, agreement and actor for the line; raises ValueError for an unusual kind."""
        if t.kind in ("", EXPIRY):
            raise ValueError("a kind is needed, other than that of expiries")
        head = f'{quoted(t.kind)},"{day_text(t.effective_on)}",{quoted(t.agreement)},{quoted(t.actor)},'
        if len(self._heads) >= _MOST_HEADS:
            self._heads.clear()
        self._heads[t.kind, t.effective_on, t.agreement, t.actor] = head
        return head

    def _is_limited(self, postings: Sequence[Any]) -> bool:
        """Whether a velocity limit is known to count the flows of one of the accounts."""
        states = [self._hot.get(p.account) for p in postings if isinstance(p, Posting)]
        return any(state is None or self._draft.limits_of(state.account) for state in states)

    def _are_facts(self, t: Transaction) -> bool:
        """Whether details are a mapping, and records the next versions of facts that only products read."""
        records = t.records
        if type(records) is not tuple or not (t.details is NO_DETAILS or isinstance(t.details, Mapping)):
            return False
        for r in records:
            if (
                type(r) is not Record
                or type(r.kind) is not str
                or not isinstance(r.id, str)
                or type(r.version) is not int
                or not isinstance(r.data, Mapping)
                or not 0 < len(r.kind) <= LONGEST_TEXT
                or not 0 < len(r.id) <= LONGEST_TEXT
                or r.kind in RESERVED
            ):
                return False
        if not is_storable("".join([r.kind + r.id for r in records])):  # no store can look it up
            return False
        latest = self._draft.latest_versions(records)
        return len(latest) == len(records) and all(r.version == latest[r.kind, r.id] + 1 for r in records)
