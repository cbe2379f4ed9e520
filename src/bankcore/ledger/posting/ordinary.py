"""The ordinary transaction, decided in one pass over whole numbers.

Nearly all transactions have a new key, two or more legs that balance over different accounts, and meet no
rule that could object.  `decide` tells them at sight.  It restates what `shape`, `checks` and `limits` say,
for the one case in which they say nothing; whatever else it meets it leaves alone, and the rules decide.
It works everything out first and stores it after, so there is nothing to undo.  A property holds it
against the rules on random transactions and books (tests/ledger/test_ordinary.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from bankcore.errors import InputError
from bankcore.ledger.balances import AccountState
from bankcore.ledger.encoding import end_of_line
from bankcore.ledger.personal import personal_rows
from bankcore.ledger.posting.shape import LONGEST_TEXT, RESERVED, shape_refusal
from bankcore.ledger.transactions import (
    EXPIRY,
    EXPIRY_KEY,
    NO_DETAILS,
    Entry,
    PersonalRow,
    Receipt,
    Record,
    Transaction,
    day_text,
    is_unicode,
    quoted,
)

if TYPE_CHECKING:
    from bankcore.ledger.posting.draft import Draft

__all__ = ["Ordinary"]

_PLAIN: Final = Transaction("", date.min)[7:]  # what stands behind the texts of most transactions
_LINKS: Final = _PLAIN[2:]  # and behind records and details

# Account, sequence, quantity, balance, gross debits and latest value date after a posting.
_Move = tuple[AccountState, int, int, int, int, date]


class Ordinary:
    """Decides the ordinary transactions of one draft."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._hot = draft.known.states
        self._stamp = quoted(draft.stamp)
        self._heads: dict[tuple[Any, ...], str] = {}  # what many lines say between key and description

    def decide(self, t: Transaction) -> Receipt | None:
        """The receipt of an ordinary transaction; None where the rules must be asked, and nothing is kept."""
        kind, day, postings, key, description, agreement, actor = t[:7]
        draft = self._draft
        if (
            not (type(kind) is type(description) is type(agreement) is type(actor) is type(key) is str)
            or not 0 < len(key) <= LONGEST_TEXT
            or key in draft.decided
            or key in draft.keys
            or type(day) is not date
            or type(postings) is not tuple
        ):
            return None
        try:
            moves = self._moves(postings, day)
            if moves is None:
                return None
            plain = t[7:] == _PLAIN
            if not plain and not (t[9:] == _LINKS and self._are_facts(t)):
                return None
            number = draft.number + 1
            legs = ",".join([f"{state.leg}{q},{sequence},{net}]" for state, sequence, q, net, _, _ in moves])
            head = self._heads.get((kind, day, agreement, actor)) or self._head(t)
            said = f"[{number},{self._stamp},{quoted(key)},{head}{quoted(description)},[{legs}]"
            personal: tuple[PersonalRow, ...] = ()
            if not plain:
                personal = personal_rows(t, number, draft.salts)
            line = f"{said}]" if plain else f"{said}{end_of_line(t, personal)}]"
        except (InputError, TypeError, ValueError):  # the rules will name it
            return None
        if ("\\u" in line or key.startswith(EXPIRY_KEY)) and shape_refusal(t) is not None:
            return None
        return self._keep(t, number, line, moves, personal)

    def _moves(self, postings: Sequence[Any], day: date) -> list[_Move] | None:
        """Where each posting leaves its account; None where something is unusual, or does not balance."""
        closed_through = self._draft.known.closed_through
        if len(postings) < 2 or (closed_through is not None and day <= closed_through):
            return None
        hot, moves, sums = self._hot, list[_Move](), dict[str, int]()
        for account, quantity, unit in postings:
            state = hot.get(account)
            if state is None or type(quantity) is not int or unit is not state.unit or day < state.opens:
                return None
            horizon, debits = state.horizon, state.debits
            if day > horizon:
                horizon = day
            elif day < horizon and state.is_bounded:
                return None  # floor and ceiling bind at every later instant too
            net = debits - state.credits + quantity
            if quantity > 0:
                debits += quantity
                if net > state.upper or debits > state.most_debits:
                    return None
            elif quantity == 0 or net < state.lower or state.credits - quantity > state.most_credits:
                return None
            layer = state.layer
            sums[layer] = sums.get(layer, 0) + quantity
            moves.append((state, state.sequence + 1, quantity, net, debits, horizon))
        if any(sums.values()) or len({id(move[0]) for move in moves}) < len(moves):
            return None
        if self._draft.known.limits and any(self._draft.limits_of(move[0].account) for move in moves):
            return None
        return moves

    def _head(self, t: Transaction) -> str:
        """Kind, value date, agreement and actor as a line has them; raises ValueError for no usual kind."""
        if t.kind in ("", EXPIRY):
            raise ValueError("a kind is needed, other than that of expiries")
        head = f'{quoted(t.kind)},"{day_text(t.effective_on)}",{quoted(t.agreement)},{quoted(t.actor)},'
        self._heads[t.kind, t.effective_on, t.agreement, t.actor] = head
        return head

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
        if not is_unicode("".join([r.kind + r.id for r in records])):  # no store can say what it has of it
            return False
        latest = self._draft.latest_versions(records)
        return len(latest) == len(records) and all(r.version == latest[r.kind, r.id] + 1 for r in records)

    def _keep(
        self,
        t: Transaction,
        number: int,
        line: str,
        moves: Sequence[_Move],
        personal: tuple[PersonalRow, ...],
    ) -> Receipt:
        """Let the accounts have moved, and put the transaction at the end of the draft."""
        draft = self._draft
        if draft.undo.noted is not None:
            draft.note_places([move[0] for move in moves])
            draft.note_entry()
        digest = sha256(draft.digest + line.encode()).digest()
        positions, touched, rows = list[tuple[int, int]](), draft.touched, draft.added.postings
        for state, sequence, quantity, net, debits, horizon in moves:
            state.sequence, state.debits, state.credits, state.horizon = (
                sequence,
                debits,
                debits - net,
                horizon,
            )
            touched[state.id] = state
            positions.append((sequence, net))
            rows.append((state.id, sequence, number, quantity, net, debits, horizon.toordinal()))
        entry = Entry(number, draft.moment, digest, t, tuple(positions), line, personal)
        draft.number, draft.digest = number, digest
        draft.entries.append(entry)
        draft.decided[t.key] = entry
        draft.added.transactions.append((number, t.key, bytearray(digest), line))
        if t.records or personal:
            draft.added.write_facts(entry)
            draft.note_versions(t.records)
        return Receipt(number, t.key, draft.moment, digest)
