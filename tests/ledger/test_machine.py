"""The ledger under random histories, on two stores at once and against a model of lists and dicts.

Each store has two ledgers on it that take turns, so that what one knows of the book grows stale.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import date, datetime, timedelta
from typing import Any, ClassVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from tests.conftest import PROFILE
from tests.ledger.conftest import BOOK, NOON
from tests.ledger.histories import ACCOUNTS, CHANGES, DOORS, days, limited, made, paths, some, specs
from tests.ledger.making import CNY, DAY, POINT, evolve, leg, move
from tests.ledger.model import Model
from tests.postgres import empty_schema

from bankcore.errors import BankcoreError
from bankcore.ledger.accounts import Account, AccountPath, Status
from bankcore.ledger.evidence.audit import verify
from bankcore.ledger.evidence.seals import seals
from bankcore.ledger.ledger import Ledger
from bankcore.ledger.reading import statements as reports
from bankcore.ledger.reading.statements import balance_on, trial_balance
from bankcore.ledger.transactions import Posting, Receipt, Transaction
from bankcore.ledger.velocity import Flow, Per, VelocityLimit
from bankcore.stores.memory import MemoryStore
from bankcore.stores.open import open_store

LIMITS = {"balance_floor_breached", "balance_ceiling_breached", "velocity_limit_breached"}


class Histories(RuleBasedStateMachine):
    """Every step is taken in memory and on another store, must end alike and as the model says."""

    server: ClassVar[str] = ""  # of PostgreSQL; without one the other store is a SQLite file

    @initialize()
    def start(self) -> None:
        self.now = NOON
        self.keys = 0
        self.context = ExitStack()
        place = empty_schema(self.server) if self.server else tempfile.TemporaryDirectory()
        self.place = self.context.enter_context(place) + ("" if self.server else "/book.db")
        stores = (MemoryStore(), open_store(self.place, create=True, durability="normal"))
        self.pairs = [[Ledger.create(store, BOOK, self.clock)] for store in stores]
        self.pairs[0].append(Ledger(stores[0], BOOK, self.clock))
        self.pairs[1].append(self.opened())
        self.turn = 0
        self.model = Model()
        self.given: list[list[Transaction]] = []
        self.operations: dict[str, tuple[int, list[int]]] = {}
        self.named(lambda ledger: ledger.open(ACCOUNTS, key="open"))
        for key, source, target, unit in (
            ("c", "c", "cash", CNY),
            ("w", "w:1", "cash", CNY),
            ("p", "points", "issued", POINT),
        ):
            self.agree("post", [move(key, source, target, 25, unit)])
        self.limit_flows("y", "w", Flow.OUT, Per.DAY, 12, False)
        self.limit_flows("x", "w", Flow.OUT, Per.MONTH, 12, True)
        self.given.clear()

    # --- what every step does ---------------------------------------------------------------------

    def clock(self) -> datetime:
        return self.now

    def opened(self) -> Ledger:
        return Ledger(open_store(self.place, durability="normal"), BOOK, self.clock)

    @property
    def ledger(self) -> Ledger:
        return self.pairs[0][self.turn]

    @property
    def today(self) -> date:
        return self.model.today or DAY

    def key(self) -> str:
        self.keys += 1
        return str(self.keys)

    def both(self, act: Callable[[Ledger], Any]) -> Any:
        """What came of it, the same on both stores; a refusal as its error."""
        outcomes: list[Any] = []
        for pair in self.pairs:
            try:
                outcomes.append(act(pair[self.turn]))
            except BankcoreError as error:
                outcomes.append(error)
        ours, theirs = ([_plain(v) for v in _listed(outcome)] for outcome in outcomes)
        assert ours == theirs
        return outcomes[0]

    def agree(self, door: str, given: list[Transaction]) -> Any:
        """Write at both stores, and see that each verdict is the one that the model finds."""
        given = given[: 1 if door in ("post", "submit") else None]
        outcome = self.both(lambda ledger: DOORS[door](ledger, given))
        self.judge(outcome, self.model.commit(given, self.now, atomic=door == "all"), given)
        self.given.append(given)

    def judge(self, outcome: Any, due: list[dict[str, Any]], given: Sequence[Transaction]) -> None:
        assert len(_listed(outcome)) == len(due), (outcome, due)
        days = {t.effective_on for t in given}
        for verdict, expected in zip(_listed(outcome), due, strict=True):
            found = {name: getattr(verdict, name, None) for name in expected}
            if "on" in found and found["on"] is None and expected["on"] in days:
                found["on"] = expected["on"]  # nothing is dated later: the day is its own
            assert found == expected, (found, expected, verdict)

    def named(self, act: Callable[[Ledger], Receipt], moves: Transaction | None = None) -> None:
        """Something that the ledger writes by itself; `moves` has the postings that the model expects."""
        outcome = self.both(act)
        trial = self.model.copy()
        trial.recorded = max(self.now, trial.recorded or self.now)
        trial.expire()
        if isinstance(outcome, Receipt):
            t = self.ledger.entry(outcome.number).transaction
            assert trial.refusal(t) is None
            assert moves is None or sorted(t.postings, key=_order) == sorted(moves.postings, key=_order)
            trial.add(t)
            assert outcome.number == len(trial.entries)
            self.model.become(trial)
        elif outcome.code in LIMITS:
            assert moves is not None
            self.judge(outcome, [trial.refusal(moves) or {}], [moves])

    def made(self, spec: dict[str, Any], group: str = "") -> Transaction:
        return made(spec, self.key(), self.today, self.now, group)

    def all_made(self, wanted: list[dict[str, Any]]) -> list[Transaction]:
        first = self.key()
        return [self.made(spec, first) for spec in wanted]

    # --- rules --------------------------------------------------------------------------------------

    @rule(wanted=st.lists(specs, min_size=2, max_size=6), door=st.sampled_from(("each", "all")))
    def post_many(self, wanted: list[dict[str, Any]], door: str) -> None:
        self.agree(door, self.all_made(wanted))

    @rule(spec=specs, door=st.sampled_from(("post", "submit")))
    def post(self, spec: dict[str, Any], door: str) -> None:
        self.agree(door, [self.made(spec)])

    @rule(
        place=some,
        door=st.sampled_from(("each", "all")),
        way=st.sampled_from(("same", "same", "more", "less", "other", "shorter", "turned", "twice")),
    )
    def repeat(self, place: int, door: str, way: str) -> None:
        """A retry, whole or torn, with the same content or another."""
        if not self.given:
            return
        given = self.given[-1 - place % len(self.given)]
        again = {"shorter": given[1:] or given, "turned": given[::-1], "twice": given * 2}.get(way, given)
        if way in ("more", "less"):
            factor = 2 if way == "more" else 1
            halved = [tuple(evolve(p, quantity=int(p.quantity * factor / 2) or p.quantity)
                            for p in t.postings) for t in given]  # fmt: skip
            again = [evolve(t, postings=p) if t.up_to else t for t, p in zip(given, halved, strict=True)]
        elif way == "other":
            again = [*given[:-1], evolve(given[-1], description="other")]
        self.agree(door, again)

    @rule(wanted=st.lists(specs, min_size=1, max_size=3), again=st.none() | some, same=st.booleans())
    def execute(self, wanted: list[dict[str, Any]], again: int | None, same: bool) -> None:
        planned = self.all_made(wanted)
        key, request = self.key(), self.keys
        if again is not None:
            key = sorted(self.operations or self.model.entries[2].key)[again % max(len(self.operations), 1)]
        known = self.operations.get(key)
        if known and same:
            request = known[0]
        outcome = self.both(lambda ledger: [*ledger.execute(key, {"n": request}, lambda _: planned)])
        if known and same:
            due: list[dict[str, Any]] = [{"number": number, "replayed": True} for number in known[1]]
        elif again is not None:
            due = [{"code": "key_conflict", "key": key}]
        else:
            due = self.model.commit(_stamped(planned, key, {"n": request}), self.now, atomic=True)
            if "code" not in due[-1]:
                self.operations[key] = request, [verdict["number"] for verdict in due]
        self.judge(outcome, due, planned)

    @rule(wanted=st.lists(specs, min_size=1, max_size=3))
    def preview(self, wanted: list[dict[str, Any]]) -> None:
        planned = self.all_made(wanted)
        outcome = self.both(lambda ledger: ledger.preview(lambda _: planned))
        due = self.model.copy().commit(_stamped(planned, "preview", {}), self.now, atomic=True)
        assert isinstance(outcome, BankcoreError) == ("code" in due[-1])
        if isinstance(outcome, BankcoreError):
            self.judge(outcome, due, planned)

    @rule(place=some, days=days, part=st.none() | st.integers(0, 30), door=st.sampled_from(("post", "each")))
    def resolve(self, place: int, days: int, part: int | None, door: str) -> None:
        holds = [n for n, t in enumerate(self.model.entries, start=1) if t.pending]
        holds += [*self.model.live] * 4
        if not holds:
            return
        number = holds[place % len(holds)]
        held = self.model.entries[number - 1].postings
        if part is not None:
            held = tuple(evolve(p, quantity=part if p.quantity > 0 else -part) for p in held if part)
        word = "capture" if held else "release"
        t = Transaction(key=self.key(), kind=f"hold.{word}", description=f"{word}s {number}", resolves=number,
                        postings=held, effective_on=self.today + timedelta(days=days))  # fmt: skip
        self.agree(door, [t])

    @rule(place=some, days=days)
    def reverse(self, place: int, days: int) -> None:
        postings = [n for n, t in enumerate(self.model.entries, start=1) if t.postings] + [1]
        number = postings[-place % len(postings)]
        inverse = tuple(evolve(p, quantity=-p.quantity) for p in self.model.entries[number - 1].postings)
        on = self.today + timedelta(days=days)
        t = Transaction(key=self.key(), kind="reversal", description=f"reverses {number}", reverses=number,
                        postings=inverse, effective_on=on)  # fmt: skip
        outcome = self.both(lambda ledger: ledger.reverse(number, key=t.key, effective_on=on))
        if isinstance(outcome, BankcoreError) and outcome.code == "bad_transaction":
            assert not inverse
        else:
            self.judge(outcome, self.model.commit([t], self.now), [t])

    @rule(place=some, path=paths, other=paths, quantity=st.integers(1, 30), days=days)
    def correct(self, place: int, path: str, other: str, quantity: int, days: int) -> None:
        number, on = (
            len(self.model.entries) - place % len(self.model.entries),
            self.today + timedelta(days=days),
        )
        wanted = (leg(path, quantity), leg(other, -quantity))
        entries = self.model.entries
        undone = {t.reverses for t in entries}
        written = [t for n, t in enumerate(entries, start=1) if number in (n, t.corrects) and n not in undone]
        lack: dict[tuple[AccountPath, Any], int] = {}
        for sign, legs in ((1, wanted), *((-1, t.postings) for t in written)):
            for p in legs:
                lack[p.account, p.unit] = lack.get((p.account, p.unit), 0) + sign * p.quantity
        postings = tuple(Posting(account, q, unit) for (account, unit), q in lack.items() if q)
        t = Transaction(kind="correction", effective_on=on, corrects=number, postings=postings)
        key = self.key()
        self.named(lambda ledger: ledger.correct(number, wanted, key=key, effective_on=on), t)

    @rule(change=st.one_of(*(st.tuples(st.just(n), st.fixed_dictionaries(f)) for n, f in CHANGES.items())))
    def administer(self, change: tuple[str, dict[str, Any]]) -> None:
        name, fields = change
        getattr(self, name)(**fields)

    def change_limits(self, path: str, floor: int | None, ceiling: int | None) -> None:
        key, limits = self.key(), {"floor": floor, "ceiling": ceiling}
        self.named(lambda ledger: ledger.change(AccountPath(path), key=key, reason="r", **limits))

    def change_status(self, path: str, status: Status) -> None:
        key = self.key()
        self.named(lambda ledger: ledger.change(AccountPath(path), key=key, reason="r", status=status))
        if self.model.accounts[path].status is not Status.OPEN:
            self.named(
                lambda ledger: ledger.change(AccountPath(path), key=key + "+", reason="r", status=Status.OPEN)
            )

    def close_account(self, path: str, into: str, reopens: bool) -> None:
        rest, key, target = -self.model.net(path), self.key(), AccountPath(into)
        sweep = (leg(into, rest), leg(path, -rest)) if rest else ()
        t = Transaction(kind="account.close", effective_on=self.today, postings=sweep)
        self.named(
            lambda ledger: ledger.close_account(AccountPath(path), key=key, reason="r", into=target), t
        )
        if reopens and self.model.accounts[path].status is Status.CLOSED:
            self.named(
                lambda ledger: ledger.change(AccountPath(path), key=key + "+", reason="r", status=Status.OPEN)
            )

    def open_another(self, refused_as: str) -> None:
        """A refused opening leaves nothing behind, not even in what a ledger remembers."""
        account = Account("w:3", "liability", CNY, floor=0, opened_on=DAY)
        refused, key = evolve(account, unit=refused_as or CNY), self.key()
        if refused_as:
            self.named(lambda ledger: ledger.open([refused, refused], key=key))
        self.named(lambda ledger: ledger.open([account], key=key))

    def limit_flows(self, name: str, root: str, flow: Flow, per: Per, most: int | None, each: bool) -> None:
        limit, key = VelocityLimit(name, root, CNY, flow, per, most=most, each=each), self.key()
        self.named(lambda ledger: ledger.limit(limit, key=key))

    def bring_forward(self, path: str, balance: int, days: int) -> None:
        key, on = self.key(), self.today + timedelta(days=days)
        t = Transaction(kind="opening", effective_on=on, postings=(leg(path, -balance), leg("cash", balance)))
        balances, against = {AccountPath(path): balance}, AccountPath("cash")
        self.named(
            lambda ledger: ledger.bring_forward(balances, against=against, key=key, effective_on=on), t
        )

    def close_period(self, days: int) -> None:
        through, key = self.today + timedelta(days=days), self.key()
        self.named(lambda ledger: ledger.close_period(through, key=key))

    @rule(hours=st.integers(-5, 30), another=st.booleans(), reopens=st.booleans())
    def meanwhile(self, hours: int, another: bool, reopens: bool) -> None:
        """Time passes, another ledger takes its turn, the store is closed and opened again."""
        self.now += timedelta(hours=hours)
        self.turn = (self.turn + another) % 2
        if reopens:
            self.pairs[1][self.turn].store.close()
            self.pairs[1][self.turn] = self.opened()

    @rule(path=limited, days=st.integers(0, 9), back=st.integers(0, 9), audit=st.booleans())
    def ask(self, path: str, days: int, back: int, audit: bool) -> None:
        day = DAY + timedelta(days=days)
        assert self.both(lambda ledger: balance_on(ledger.reader, path, day).net) == self.model.net(path, day)
        assert self.both(lambda ledger: [hold.number for hold in ledger.holds(path)]) == [
            n for n, t in self.model.live.items()
            if self.model.lives(t, self.now) and any(AccountPath(p.account).within(path) for p in t.postings)
        ]  # fmt: skip
        known = len(self.model.entries) - back
        self.both(lambda ledger: list(ledger.reader.totals_through(known, day)))
        self.both(lambda ledger: list(seals(ledger.reader)))
        for pair in self.pairs:
            reader = pair[self.turn].reader
            assert sorted(s.row for s in reader.totals_through(2**62)) == list(reader.standings())
        if audit:
            self.audit()

    def audit(self) -> None:
        for pair in self.pairs:
            verify(pair[self.turn].reader, BOOK).require()

    @invariant()
    def the_books_agree(self) -> None:
        heads = [pair[self.turn].reader.head() for pair in self.pairs]
        assert heads[0] == heads[1]
        assert heads[0].number == len(self.model.entries)
        stand = {
            path: (self.model.net(path), self.model.held(path, self.now)) for path in self.model.accounts
        }
        for pair in self.pairs:
            found = reports.balances(pair[1 - self.turn].reader, now=self.now)
            assert {b.account.path: (b.net, b.held) for b in found} == stand
        assert trial_balance(self.ledger.reader).balanced

    def teardown(self) -> None:
        self.audit()
        for pair in self.pairs:
            for ledger in pair:
                ledger.close()
                ledger.store.close()
        self.context.close()


def _listed(outcome: Any) -> list[Any]:
    several = isinstance(outcome, (list, tuple)) and not isinstance(outcome, Receipt)
    return list(outcome) if several else [outcome]


def _plain(verdict: Any) -> Any:
    return verdict.as_dict() if isinstance(verdict, BankcoreError) else verdict


def _order(p: Posting) -> tuple[str, str, int]:
    return p.account, p.unit, p.quantity


def _stamped(planned: Sequence[Transaction], key: str, request: dict[str, Any]) -> list[Transaction]:
    first = evolve(planned[0], key=key, details=request)
    return [first, *(evolve(t, key=f"{key}#{n}") for n, t in enumerate(planned[1:], start=2))]


TestHistories = Histories.TestCase


def test_histories_on_postgres(postgres_server: str) -> None:
    class OnPostgres(Histories):
        server = postgres_server

    most = settings.default.max_examples  # but by day fewer: each commit waits for the server
    size = settings(max_examples=most if PROFILE == "nightly" else -(-most // 5))
    run_state_machine_as_test(OnPostgres, settings=size)  # type: ignore[no-untyped-call]
