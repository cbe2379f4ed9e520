"""The asyncio face: one suite runs on it and on the sync face, over every store."""

from __future__ import annotations

import asyncio
import inspect
import os
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from bankcore import Account, Amount, Bank, Feed, Ledger, MemoryStore, Transaction, Unit, legs, open_store
from bankcore.aio import AsyncBank, AsyncFeed, AsyncLedger
from bankcore.bank import random_salts, utc_now
from bankcore.errors import BankcoreError, LedgerClosed, UsedAfterFork, WriterBusy
from bankcore.ledger.ports import Store
from bankcore.ledger.reading.statements import balances, statement, trial_balance
from bankcore.product.actor import Actor, Role
from bankcore.products.current import CashIn, OpenAccount, OpenProgramme, Transfer
from bankcore.products.parties import RegisterParty, SuspendParty

DAY = date(2024, 5, 1)
CNY = Unit("CNY/2")


def noon() -> datetime:
    return datetime(2024, 5, 1, 12, tzinfo=UTC)


class Face:
    """A bank, called and iterated over alike whether it is awaited or not."""

    def __init__(self, store: Store, *, awaited: bool) -> None:
        made = Bank.create(store, opened_on=DAY, clock=noon, salts=lambda number, place: bytes(16))
        self.runner = asyncio.Runner() if awaited else None
        self.sync = made
        self.bank: Any = AsyncBank(made) if awaited else made

    def do(self, name: str, *args: Any, **kwargs: Any) -> Any:
        """The result of a method of the bank, or of its ledger where the name begins with `ledger.`."""
        of = self.bank.ledger if name.startswith("ledger.") else self.bank
        called = getattr(of, name.removeprefix("ledger."))
        found = called(*args, **kwargs) if callable(called) else called
        if self.runner and inspect.isawaitable(found):
            return self.runner.run(_awaited(found))
        return list(found) if isinstance(found, Iterator) else found

    def code(self, name: str, *args: Any, **kwargs: Any) -> str:
        """The code of the refusal."""
        with pytest.raises(BankcoreError) as refusal:
            self.do(name, *args, **kwargs)
        return refusal.value.code

    def many(self, commands: dict[str, Any]) -> list[Any]:
        """The outcomes of commands that are in flight together."""
        if self.runner is None:
            futures = [self.sync.submit(command, key) for key, command in commands.items()]
            return [future.exception() or future.result() for future in futures]

        async def gathered() -> list[Any]:
            asked = (self.bank.handle(command, key) for key, command in commands.items())
            return await asyncio.gather(*asked, return_exceptions=True)

        return self.runner.run(gathered())

    def feed(self, name: str, what: str, *args: Any) -> list[Any]:
        """All items of a feed."""
        if self.runner is None:
            return list(getattr(Feed(self.sync.ledger, name), what)(*args))

        async def listed() -> list[Any]:
            return [item async for item in getattr(self.bank.feed(name), what)(*args)]

        return self.runner.run(listed())

    def close(self) -> None:
        self.do("close")
        if self.runner is not None:
            self.runner.close()


async def _awaited(found: Any) -> Any:
    return await found


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    url = "memory:" if request.param == "memory" else str(tmp_path / "a.db")
    if request.param == "postgres":
        url = request.getfixturevalue("postgres_url")
    with open_store(url, create=True) as opened:
        yield opened


@pytest.fixture(params=["sync", "async"])
def face(request: pytest.FixtureRequest, store: Store) -> Iterator[Face]:
    made = Face(store, awaited=request.param == "async")
    yield made
    made.close()


def opened(face: Face) -> None:
    """A bank with two customers, one of whom has 100.00."""
    face.do("handle", OpenProgramme("street"), "programme")
    parties = [RegisterParty(it) for it in ("li", "wang")]
    face.do("handle_all", [*parties, *(OpenAccount("street", it) for it in ("li", "wang"))], "accounts")
    face.do("handle", CashIn("li", Amount.parse("100.00", CNY)), "cash")


def test_commands_reports_and_days(face: Face) -> None:
    opened(face)
    transfer = Transfer("li", "wang", Amount.parse("30.00", CNY))
    assert [it.kind for it in face.do("preview", transfer)] == ["current.transfer"]
    assert face.do("handle", transfer, "t1")[0].number == 7
    assert face.do("handle", transfer, "t1")[0].replayed
    assert face.code("handle", Transfer("li", "wang", Amount.parse("31.00", CNY)), "t1") == "key_conflict"
    assert (
        face.code("handle", Transfer("wang", "li", Amount.parse("30.01", CNY)), "t2")
        == "balance_floor_breached"
    )
    assert face.code("handle", transfer, "t3", Actor(Role.CUSTOMER, "wang")) == "actor_not_permitted"
    assert face.do("amount", "bank:demand:wang") == Amount.parse("30.00", CNY)
    assert face.code("report", "current", "nothing") == "unknown_name"
    assert len(face.do("report", "current", "accounts").rows) == 2
    assert face.do("close_day", date(2024, 5, 3)).days == (DAY, date(2024, 5, 2), date(2024, 5, 3))
    assert face.do("today") == date(2024, 5, 4)
    assert face.do("broken_invariants") == []


def test_the_ledgers_own_requests(face: Face) -> None:
    accounts = [Account("till", "asset", CNY, floor=0), Account("fees", "income", CNY)]
    assert face.do("ledger.open", accounts, key="open").number == 1
    moved = legs(CNY, debit={"till": 500}, credit={"fees": 500})
    fee = Transaction(key="fee", kind="fee", effective_on=DAY, postings=moved)
    assert face.do("ledger.post", fee).number == 2
    assert face.do("ledger.post", fee).replayed
    verdicts = face.do("ledger.post_many", [fee, fee._replace(key="fee 2", kind="")])
    assert verdicts[0].replayed
    assert verdicts[1].code == "bad_transaction"
    assert face.do("ledger.change", "till", key="limit", reason="full", ceiling=600).number == 3
    assert face.code("ledger.post", fee._replace(key="fee 3")) == "balance_ceiling_breached"
    assert face.do("ledger.reverse", 2, key="undo", effective_on=DAY).number == 4
    assert face.do("ledger.balance", "till").net == 0
    assert [it.account.path for it in listed(face, balances)] == ["fees", "till"]
    if face.runner:
        assert len(face.do("ledger.read", statement, "till").lines) == 2
        assert face.do("ledger.read", trial_balance).balanced
    assert face.do("ledger.holds") == []
    assert face.do("ledger.entry", 2).transaction == fee


def listed(face: Face, report: Any) -> list[Any]:
    return face.do("ledger.read", report) if face.runner else list(report(face.sync.ledger.reader))


def test_many_in_flight_each_with_its_own_outcome(face: Face) -> None:
    opened(face)
    asked = {f"t{n}": Transfer("li", "wang", Amount.parse("15.00", CNY)) for n in range(10)}
    outcomes = face.many(asked)
    assert (
        sorted(getattr(it, "code", "paid") for it in outcomes)
        == ["balance_floor_breached"] * 4 + ["paid"] * 6
    )
    assert face.do("amount", "bank:demand:li") == Amount.parse("10.00", CNY)


def test_the_feed_and_its_consumers(face: Face) -> None:
    face.do("handle_all", [RegisterParty(f"p{n:03}") for n in range(110)], "all")
    face.do("handle", SuspendParty("p000", "asked by the court"), "suspend")
    assert [entry.number for entry in face.feed("mailer", "entries")] == list(range(1, 112))
    assert [it.id for it in face.feed("mailer", "notices", ("suspended",))] == ["111/2"]
    assert face.feed("mailer", "notices", ("other",)) == []
    seen: list[int] = []
    if face.runner:

        async def each(entry: Any) -> None:
            seen.append(entry.number)

        feed = face.bank.feed("mailer")
        assert face.runner.run(feed.run(each, every=50)) == 111
        assert face.runner.run(feed.position()) == 111
    else:
        assert Feed(face.sync.ledger, "mailer").run(lambda entry: seen.append(entry.number)) == 111
    assert seen == list(range(1, 112))
    assert face.feed("mailer", "entries") == []


def test_both_faces_write_the_same_book() -> None:
    digests = set()
    for awaited in (False, True):
        face = Face(MemoryStore(), awaited=awaited)
        opened(face)
        face.do("close_day", DAY)
        digests.add(face.sync.ledger.reader.head().digest)
        face.close()
    assert len(digests) == 1


# The rest is of the asyncio face alone, or is not for awaiting.
NOT_AWAITED = {
    Bank: {"submit", "asked", "calendar_day", "doors"},
    Ledger: {
        "submit",
        "submit_rules",
        "books",
        "books_of",
        "joined",
        "reader",
        "tell",
        "now",
        "clock_limits",
    },
    Feed: set(),
}


@pytest.mark.parametrize(("sync", "awaited"), [(Bank, AsyncBank), (Ledger, AsyncLedger), (Feed, AsyncFeed)])
def test_what_can_be_called_can_be_awaited(sync: type, awaited: type) -> None:
    names = {name for name in vars(sync) if name[0] != "_"}
    assert names - vars(awaited).keys() - NOT_AWAITED[sync] <= {"create"}
    for name in names & vars(awaited).keys():
        theirs, ours = vars(sync)[name], getattr(awaited, name)
        if inspect.isfunction(theirs) and name != "change":
            wanted = [it for it in inspect.signature(theirs).parameters if it != "self"]
            got = [it for it in inspect.signature(ours).parameters if it not in ("self", "follow")]
            assert got == wanted, name


# --- cancelling, closing, forking -----------------------------------------------------------------


class Slow:
    """A rule that is being decided until it may go on."""

    def __init__(self) -> None:
        self.began, self.go_on = threading.Event(), threading.Event()

    def __call__(self, _: object) -> tuple[()]:
        self.began.set()
        assert self.go_on.wait(10)
        return ()


def test_a_cancelled_request_is_whole_and_its_key_tells(store: Store) -> None:
    async def scene() -> None:
        async with AsyncBank(Bank.create(store, opened_on=DAY)) as bank:
            slow = Slow()
            first = asyncio.create_task(bank.ledger.execute("slow", {}, slow))
            while not slow.began.is_set():
                await asyncio.sleep(0)
            second = asyncio.create_task(bank.handle(RegisterParty("li"), "li"))
            await asyncio.sleep(0)
            for task in (first, second):
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task
            slow.go_on.set()
            (receipt,) = await bank.handle(RegisterParty("li"), "li")
            assert (receipt.number, receipt.replayed) == (1, True)

    asyncio.run(scene())


def test_a_cancelled_close_ends_with_the_day_in_progress() -> None:
    async def scene() -> None:
        store = MemoryStore()
        async with AsyncBank(Bank.create(store, opened_on=DAY, clock=noon)) as bank:
            began, go_on = asyncio.Event(), threading.Event()
            loop = asyncio.get_running_loop()

            def progress(days: Any) -> Any:
                for day in days:
                    loop.call_soon_threadsafe(began.set)
                    assert go_on.wait(10)
                    yield day

            task = asyncio.create_task(bank.close_day(date(2024, 5, 9), progress=progress))
            await began.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            go_on.set()
        assert Bank.open(store, clock=noon).today <= date(2024, 5, 2)

    asyncio.run(scene())


def test_a_full_queue_does_not_block_the_event_loop() -> None:
    async def scene() -> None:
        store = MemoryStore()
        book = Bank.create(store, opened_on=DAY).ledger.book
        ledger = Ledger(store, book, utc_now, salts=random_salts, most_waiting=1, patience=0.2)
        async with AsyncBank(Bank(ledger)) as bank:
            slow = Slow()
            tasks = [asyncio.create_task(bank.ledger.execute("slow", {}, slow))]
            while not slow.began.is_set():
                await asyncio.sleep(0)
            tasks += [asyncio.create_task(bank.handle(RegisterParty(it), it)) for it in ("li", "wang", "su")]
            ticks = 0
            busy = asyncio.gather(*tasks[2:], return_exceptions=True)
            while not busy.done():  # for the patience, during which other tasks go on
                await asyncio.sleep(0.01)
                ticks += 1
            assert [type(it) for it in busy.result()] == [WriterBusy] * 2
            assert ticks > 2
            slow.go_on.set()
            assert (await tasks[1])[0].number == 1
            await tasks[0]

    asyncio.run(scene())


def test_what_is_closed_says_so_and_what_follows_sees_later_commits() -> None:
    async def scene() -> None:
        with MemoryStore() as store:
            bank = await AsyncBank.create(store, opened_on=DAY)
            seen = []
            for party in ("li", "wang"):
                await bank.handle(RegisterParty(party), party)
            async for entry in bank.feed().entries(follow=0.001):
                seen.append(entry.number)
                if entry.number == 2:
                    later = asyncio.create_task(bank.handle(RegisterParty("su"), "su"))
                if entry.number == 3:
                    break
            await later
            assert seen == [1, 2, 3]
            await bank.close()
            await bank.close()
            for call in (
                bank.handle(RegisterParty("x"), "x"),
                bank.today(),
                bank.report("parties", "parties"),
            ):
                with pytest.raises(LedgerClosed):
                    await call
            again = await AsyncBank.open(store)
            assert await again.run(lambda bank: bank.today) == DAY
            await again.close()

    asyncio.run(scene())


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
def test_a_child_is_told_instead_of_waiting_for_threads_it_has_not(tmp_path: Path) -> None:
    with open_store(tmp_path / "a.db", create=True) as store:
        bank = AsyncBank(Bank.create(store, opened_on=DAY))
        asyncio.run(_awaited(bank.today()))
        if (child := os.fork()) == 0:
            try:
                asyncio.run(_awaited(bank.today()))
            except UsedAfterFork:
                os._exit(7)
            finally:
                os._exit(1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
        asyncio.run(_awaited(bank.close()))
