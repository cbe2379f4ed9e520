"""What a ledger must answer, worked out anew each time from nothing but lists and dicts.

No caches, no horizons, no running totals: every question walks all that was ever accepted.

>>> from bankcore.testing.moves import move
>>> ledger = ReferenceLedger()
>>> for name, kind in (("cash", "asset"), ("ann", "liability")):
...     ledger.accounts[name] = Account(name, kind, "CNY/2", floor=0)
>>> now = datetime.fromisoformat("2024-05-01T12:00:00+00:00")
>>> ledger.commit([move("k1", "ann", "cash", 100), move("k2", "cash", "ann", 101)], now)[1]["code"]
'balance_floor_breached'
>>> ledger.net("ann")
100
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import attrs
from attrs import define, field

from bankcore.amounts import MAX_QUANTITY
from bankcore.ledger.accounts import Account
from bankcore.ledger.transactions import EXPIRY, PERIOD, Posting, Transaction
from bankcore.ledger.velocity import VELOCITY, VelocityLimit
from bankcore.testing.moves import evolve

__all__ = ["ReferenceLedger", "Verdict"]

Verdict = dict[str, Any]  # {"number", "replayed"}, or the code of a refusal with its fields
Place = tuple[date, int]  # value date and number: the effective order


@define
class ReferenceLedger:
    """A ledger that decides each transaction from all that was accepted before it, slowly and plainly.

    `commit` writes, `net` and `held` read, `refusal` says what would be refused; `accounts` are put in by the
    caller, or opened by the records of transactions.  Verdicts are dicts: a `number`, or a refusal's `code`.
    """

    entries: list[Transaction] = field(factory=list)  # number 1 comes first
    accounts: dict[str, Account] = field(factory=dict)
    live: dict[int, Transaction] = field(factory=dict)  # holds that nothing in the journal resolves
    limits: dict[str, VelocityLimit] = field(factory=dict)
    closed: date | None = None
    recorded: datetime | None = None  # when the last commit was

    def copy(self) -> ReferenceLedger:
        """The same ledger, to go on with apart."""
        return attrs.evolve(self, entries=[*self.entries], accounts={**self.accounts}, live={**self.live},
                      limits={**self.limits})  # fmt: skip

    # --- writing ------------------------------------------------------------------------------------

    def commit(self, given: Sequence[Transaction], now: datetime, *, atomic: bool = False) -> list[Verdict]:
        """What becomes of transactions written together; a refusal alone where `atomic` is broken."""
        trial = self.copy()
        trial.recorded = max(now, self.recorded or now)
        trial.expire()
        before, verdicts = len(trial.entries), list[Verdict]()
        for run in _runs(given):
            attempt = trial.copy()
            some = attempt.take_run(run)
            if "code" not in some[-1]:
                trial = attempt
                verdicts += some
            elif atomic:
                return some[-1:]
            else:
                others = {"code": "group_refused", "reason": some[-1]["code"]}
                verdicts += [some[-1] if n == len(some) - 1 else others for n in range(len(run))]
        if len(trial.entries) > before:
            self.become(trial)
        return verdicts

    def become(self, other: ReferenceLedger) -> None:
        """Be the other from now on."""
        for name in ("entries", "accounts", "live", "limits", "closed", "recorded"):
            setattr(self, name, getattr(other, name))

    def take_run(self, run: Sequence[Transaction]) -> list[Verdict]:
        """The verdicts up to the first refusal."""
        stored = [t.key for t in self.entries if t.group and t.group == run[0].group]
        if stored and stored != [*dict.fromkeys(t.key for t in run)]:
            return [{"code": "group_conflict"}]
        verdicts = list[Verdict]()
        for t in run:
            verdicts.append(self.take(t))
            if "code" in verdicts[-1]:
                break
        return verdicts

    def take(self, t: Transaction) -> Verdict:
        """Decide one transaction: a number, or the code of its refusal."""
        for number, stored in enumerate(self.entries, start=1):
            if stored.key == t.key:
                same = stored == t or _covers(t, stored)
                return (
                    {"number": number, "replayed": True} if same else {"code": "key_conflict", "key": t.key}
                )
        moves = self.cut(t)
        if (refusal := self.refusal(moves)) is not None:
            return refusal
        self.add(moves)
        return {"number": len(self.entries), "replayed": False}

    def add(self, t: Transaction) -> None:
        """Write a transaction that was decided."""
        self.entries.append(t)
        if t.pending:
            self.live[len(self.entries)] = t
        if t.resolves is not None:
            del self.live[t.resolves]
        for r in t.records:
            if r.kind == "account":
                self.accounts[r.id] = Account.from_data(r.id, r.data)
            elif r.kind == VELOCITY:
                self.limits[r.id] = VelocityLimit.from_data(r.id, r.data)
            elif (r.kind, r.id) == PERIOD:
                self.closed = date.fromisoformat(r.data["through"])

    def expire(self) -> None:
        """Write what the ledger writes of holds that have expired."""
        for number in [n for n, t in self.live.items() if not self.lives(t, self.recorded)]:
            held = self.live[number]
            day = (
                max(held.effective_on, self.closed + timedelta(days=1)) if self.closed else held.effective_on
            )
            self.add(Transaction(kind=EXPIRY, key=f"expiry/{number}", effective_on=day, resolves=number))

    def lives(self, held: Transaction, now: datetime | None) -> bool:
        """Whether a hold has not expired at an instant."""
        return held.expires_at is None or now is None or now < held.expires_at

    # --- reading ------------------------------------------------------------------------------------

    @property
    def today(self) -> date | None:
        return self.closed + timedelta(days=1) if self.closed else None

    def movements(self) -> Iterator[tuple[Place, Posting, bool]]:
        """All that counts: what is posted, and the legs of live holds from their value date on."""
        for number, t in enumerate(self.entries, start=1):
            if not t.pending or number in self.live:
                for p in t.postings:
                    yield (t.effective_on, number), p, t.pending

    def net(self, path: str, until: date = date.max) -> int:
        """The balance on the normal side, in minor units, up to a value date."""
        sign = self.accounts[path].normal_side.sign
        moves = self.movements()
        return sum(p.quantity * sign for at, p, held in moves
                   if p.account == path and not held and at[0] <= until)  # fmt: skip

    def held(self, path: str, now: datetime) -> int:
        """What holds that live by the clock would take out."""
        sign = self.accounts[path].normal_side.sign
        legs = (p for t in self.live.values() if self.lives(t, now) for p in t.postings if p.account == path)
        return -sum(min(p.quantity * sign, 0) for p in legs)

    # --- deciding -----------------------------------------------------------------------------------

    def refusal(self, t: Transaction) -> Verdict | None:
        """The first refusal in the declared order."""
        parts: tuple[Callable[[Transaction], Verdict | None], ...] = (
            self._statics, self._links, self._hold, self._totals, self._floors, self._ceilings, self._flows,
        )  # fmt: skip
        return next((found for part in parts if (found := part(t)) is not None), None)

    def cut(self, t: Transaction) -> Transaction:
        """An `up_to` transaction with the most that no limit refuses, or the least that one does."""
        known = all(p.account in self.accounts for p in t.postings)
        smaller: Transaction = t
        cap = abs(t.postings[0].quantity) if t.up_to and known else 0
        for quantity in range(cap, 0, -1):
            postings = tuple(
                evolve(p, quantity=quantity if p.quantity > 0 else -quantity) for p in t.postings
            )
            smaller = evolve(t, postings=postings)
            if not any(part(smaller) for part in (self._floors, self._ceilings, self._flows)):
                return smaller
        return smaller

    def _statics(self, t: Transaction) -> Verdict | None:
        for p in t.postings:
            if p.account not in self.accounts:
                return {"code": "unknown_account", "account": p.account}
        legs = [(p, self.accounts[p.account]) for p in t.postings]
        sums = dict[str, int]()
        for p, a in legs:
            if p.unit != a.unit:
                return {"code": "unit_mismatch"}
            sums[a.unit] = sums.get(a.unit, 0) + p.quantity
        if any(sums.values()):
            return {"code": "unbalanced"}
        if self.closed and t.effective_on <= self.closed:
            return {"code": "period_closed"}
        if any(t.effective_on < (a.reopened_on or a.opened_on or date.min) for _, a in legs):
            return {"code": "account_not_yet_open"}
        if any(a.status.value == "closed" for _, a in legs):
            return {"code": "account_closed"}
        for p, a in legs:
            if not (a.status.takes_debits if p.quantity > 0 else a.status.takes_credits):
                return {"code": "account_frozen", "account": p.account}
        return None

    def _links(self, t: Transaction) -> Verdict | None:
        number = next((n for n in (t.reverses, t.resolves, t.corrects) if n is not None), None)
        if number is None:
            return None
        if not 0 < number <= len(self.entries):
            return {"code": "unknown_transaction", "number": number}
        other = self.entries[number - 1]
        if t.corrects is not None and (other.pending or other.corrects is not None):
            return {"code": "bad_transaction"}
        if t.reverses is None:
            return None
        if other.pending:
            return {"code": "reversal_of_hold"}
        if other.reverses is not None:
            return {"code": "reversal_of_reversal"}
        if any(e.reverses == number for e in self.entries):
            return {"code": "already_reversed"}
        if not other.postings:
            return {"code": "reversal_differs"}
        return {"code": "records_stand"} if other.records else None

    def _hold(self, t: Transaction) -> Verdict | None:
        if t.expires_at is not None and not self.lives(t, self.recorded):
            return {"code": "bad_transaction", "field": "expires_at"}
        if t.resolves is None:
            return None
        hold = self.entries[t.resolves - 1]
        if not hold.pending:
            return {"code": "not_a_hold"}
        for by, e in enumerate(self.entries, start=1):
            if e.resolves == t.resolves:
                expired = {"code": "hold_expired", "number": t.resolves}
                return expired if e.kind == EXPIRY else {"code": "hold_resolved", "resolved_by": by}
        for p in t.postings:
            legs = (hold.postings, t.postings)
            held, taken = (sum(q.quantity for q in some if q.account == p.account
                               and (q.quantity > 0) == (p.quantity > 0)) for some in legs)  # fmt: skip
            if abs(taken) > abs(held):
                return {"code": "capture_exceeds_hold", "account": p.account, "held": abs(held)}
        return None

    def _totals(self, t: Transaction) -> Verdict | None:
        for path in self._touched(t):
            _, _, after = zip(*self._history(t, path), strict=True)
            sums = (sum(max(q, 0) for q, _ in after), -sum(min(q, 0) for q, _ in after))
            if max(sums) > MAX_QUANTITY:
                return {"code": "balance_overflow", "account": path}
        return None

    def _floors(self, t: Transaction) -> Verdict | None:
        return self._broken(t, "floor", outward=True)

    def _ceilings(self, t: Transaction) -> Verdict | None:
        return self._broken(t, "ceiling", outward=False)

    def _broken(self, t: Transaction, name: str, *, outward: bool) -> Verdict | None:
        """The first instant, account by account, that comes to lie beyond a limit, or further beyond it."""
        way = -1 if outward else 1
        for path in self._touched(t):
            if (limit := getattr(self.accounts[path], name)) is None:
                continue
            history = self._history(t, path)
            before = after = 0
            for place, ((on, _), (was, was_held), (is_, is_held)) in enumerate(history):
                before += was * (not was_held or was * way > 0)
                after += is_ * (not is_held or is_ * way > 0)
                last = place + 1 == len(history) or history[place + 1][0] != history[place][0]
                if last and (after - limit) * way > 0 and (after - before) * way > 0:
                    available, needed = max((limit - before) * way, 0), (after - before) * way
                    return {"code": f"balance_{name}_breached", "account": path, "limit": limit, "on": on,
                            "available": available, "needed": needed}  # fmt: skip
        return None

    def _touched(self, t: Transaction) -> list[str]:
        held = self.entries[t.resolves - 1].postings if t.resolves else ()
        return list(dict.fromkeys(p.account for p in (*t.postings, *held)))

    def _history(self, t: Transaction, path: str) -> list[tuple[Place, tuple[int, bool], tuple[int, bool]]]:
        """The account's moves in the effective order: without the transaction, and with it."""
        sign, nothing = self.accounts[path].normal_side.sign, (0, False)
        moves = []
        for at, p, pending in self.movements():
            if p.account == path:
                move = (p.quantity * sign, pending)
                moves.append((at, move, nothing if at[1] == t.resolves else move))
        for p in t.postings:
            if p.account == path:
                at = (t.effective_on, len(self.entries) + 1)
                moves.append((at, nothing, (p.quantity * sign, t.pending)))
        return sorted(moves, key=lambda m: m[0]) or [((t.effective_on, 0), nothing, nothing)]

    def _flows(self, t: Transaction) -> Verdict | None:
        held = self.entries[t.resolves - 1] if t.resolves else None
        for p in t.postings:
            for name, limit in sorted(self.limits.items()):
                since, only = limit.first_day(t.effective_on), p.account if limit.each else None
                used = sum(self._flow(limit, q, at[0], since, only) for at, q, _ in self.movements())
                added = sum(self._flow(limit, q, t.effective_on, since, only) for q in t.postings)
                if held:
                    added -= sum(self._flow(limit, q, held.effective_on, since, only) for q in held.postings)
                mine = self._flow(limit, p, t.effective_on, since, only)
                if mine and added > 0 and used + added > (limit.most or 0):
                    return {"code": "velocity_limit_breached", "limit": name, "account": p.account,
                            "used": used, "needed": added, "since": since}  # fmt: skip
        return None

    def _flow(self, limit: VelocityLimit, p: Posting, day: date, since: date, only: str | None) -> int:
        """What a posting adds to one period of a limit."""
        account = self.accounts[p.account]
        counts = limit.covers(account) and limit.counts(p.quantity, account.normal_side)
        return abs(p.quantity) * (counts and limit.first_day(day) == since and only in (None, p.account))


def _covers(given: Transaction, stored: Transaction) -> bool:
    """Whether an `up_to` transaction is the one that moved, with a cap no less than that."""
    if not (given.up_to and stored.up_to):
        return False
    same = all(g.quantity * s.quantity > 0 and abs(g.quantity) >= abs(s.quantity)
               for g, s in zip(given.postings, stored.postings, strict=True))  # fmt: skip
    moved = tuple(
        evolve(g, quantity=s.quantity) for g, s in zip(given.postings, stored.postings, strict=True)
    )
    return same and evolve(given, postings=moved) == stored


def _runs(given: Sequence[Transaction]) -> list[list[Transaction]]:
    runs: list[list[Transaction]] = []
    for t in given:
        if t.group and runs and runs[-1][-1].group == t.group:
            runs[-1].append(t)
        else:
            runs.append([t])
    return runs
