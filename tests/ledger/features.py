"""Everything a ledger can be asked for, as histories that can be cut short anywhere and gone on with.

A feature is a generator: it yields requests, one after the other, and is sent what each was answered.  A
request is made again, word for word, until it is acknowledged.  Every name that a feature uses comes from
its key, so that any number of them may run side by side in one book, again and again.

Requests that write a group, which stands as a whole or not at all, put their key into the `agreement` of
each of its PAIR transactions; `torn` tells the groups of which only a part is there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator, Iterator, Sequence
from datetime import date, timedelta
from typing import Any

from tests.ledger.making import CNY, evolve, leg, move

from bankcore.ledger.accounts import Account, AccountPath, Status
from bankcore.ledger.books import Books
from bankcore.ledger.ledger import Ledger
from bankcore.ledger.ports import Reader
from bankcore.ledger.transactions import Receipt, Record, Transaction, open_account
from bankcore.ledger.velocity import VelocityLimit

Request = Callable[[], Any]
Feature = Callable[[Ledger, str], Generator[Request, Any, None]]

LATER = date(9000, 1, 1)  # no feature closes so many days
PAIR = 2
SHARED = [Account("cash", "asset", CNY), Account("pool", "liability", CNY, floor=0)]


def pay(key: str, quantity: int = 1, into: str = "pool", **fields: Any) -> Transaction:
    return move(key, into, "cash", quantity, **{"effective_on": LATER, **fields})


def take(key: str, quantity: int = 1, **fields: Any) -> Transaction:
    return move(key, "cash", "pool", quantity, **{"effective_on": LATER, **fields})


def posts(ledger: Ledger, key: str) -> Generator[Request, Any, None]:
    note = Record("note", key, {"text": "existing", "n": [1, None, True]})
    yield lambda: ledger.post(pay(f"{key}/post", 100, records=(note,), details={"by": key}))
    yield lambda: ledger.post(take(f"{key}/next", 3, records=(note.next(text="newer"),), actor="teller:1"))


def posts_many(ledger: Ledger, key: str) -> Generator[Request, Any, None]:
    refused = take(f"{key}/refused", 10**15)
    yield lambda: ledger.post_many([pay(f"{key}/first"), refused, pay(f"{key}/last")])


def posts_atomically(ledger: Ledger, key: str) -> Generator[Request, Any, None]:
    pair = [pay(f"{key}/1", agreement=key), take(f"{key}/2", agreement=key)]
    yield lambda: ledger.post_many(pair, atomic=True)


def executes(ledger: Ledger, key: str) -> Generator[Request, Any, None]:
    def rule(books: Books) -> Sequence[Transaction]:
        share = books.balance(AccountPath("pool")) // 100 + 1
        return [pay("", share, agreement=key)] * PAIR

    yield lambda: ledger.execute(key, {"share": "1/100"}, rule)


def captures(ledger: Ledger, key: str) -> Generator[Request, Any, None]:
    held: Receipt = yield lambda: ledger.post(pay(f"{key}/hold", 60, pending=True))
    part = (leg("pool", -20), leg("cash", 20))
    yield lambda: ledger.capture(held.number, key=f"{key}/take", effective_on=LATER, postings=part)


def releases(ledger: Ledger, key: str) -> Generator[Request, Any, None]:
    held: Receipt = yield lambda: ledger.post(pay(f"{key}/hold", pending=True))
    yield lambda: ledger.release(held.number, key=f"{key}/release", effective_on=LATER)


def lets_expire(ledger: Ledger, key: str) -> Generator[Request, Any, None]:
    before = ledger.reader.head().recorded_at
    assert before is not None
    hold = pay(f"{key}/hold", pending=True, expires_at=before + timedelta(seconds=1.5))
    yield lambda: ledger.post(hold)
    yield lambda: ledger.post(pay(f"{key}/wake"))


def reverses(ledger: Ledger, key: str) -> Generator[Request, Any, None]:
    wrong: Receipt = yield lambda: ledger.post(pay(f"{key}/wrong", 7))
    yield lambda: ledger.reverse(wrong.number, key=f"{key}/undo", effective_on=LATER)


def changes_an_account(ledger: Ledger, key: str) -> Generator[Request, Any, None]:
    path, today = AccountPath(f"client:{key}"), ledger.books.today
    account = Account(path, "liability", CNY, floor=0, ceiling=10)
    frozen = {"key": f"{key}/freeze", "reason": "court", "status": Status.FROZEN}
    thawed = {"key": f"{key}/thaw", "reason": "court", "status": Status.OPEN, "floor": -50}
    yield lambda: ledger.open([account], key=f"{key}/open")
    yield lambda: ledger.post(pay(f"{key}/fill", 10, into=path, effective_on=today))
    yield lambda: ledger.change(path, **frozen)
    yield lambda: ledger.change(path, **thawed)
    yield lambda: ledger.post(move(f"{key}/empty", "pool", path, 10, effective_on=today))
    yield lambda: ledger.change(path, key=f"{key}/close", reason="moved away", status=Status.CLOSED)


def closes_and_reopens(ledger: Ledger, key: str) -> Generator[Request, Any, None]:
    path, today = AccountPath(f"client:{key}"), ledger.books.today
    account = Account(path, "liability", CNY, floor=0)
    yield lambda: ledger.open([account], key=f"{key}/open")
    yield lambda: ledger.bring_forward(
        {path: 8}, against=AccountPath("cash"), key=f"{key}/brought", effective_on=today
    )
    yield lambda: ledger.close_account(path, key=f"{key}/close", reason="left", into=AccountPath("pool"))
    yield lambda: ledger.change(path, key=f"{key}/reopen", reason="came back", status=Status.OPEN)
    yield lambda: ledger.post(pay(f"{key}/more", into=path, effective_on=today))


def opens_by_a_posting(ledger: Ledger, key: str) -> Generator[Request, Any, None]:
    account = Account(f"guest:{key}", "liability", CNY, floor=0)
    yield lambda: ledger.post(pay(key, 5, into=account.path, records=(open_account(account),)))
    yield lambda: ledger.post(move(f"{key}/all", "pool", account.path, 9, effective_on=LATER, up_to=True))


def posts_groups(ledger: Ledger, key: str) -> Generator[Request, Any, None]:
    group = [pay(f"{key}/1", group=key, agreement=key), take(f"{key}/2", group=key, agreement=key)]
    refused = [evolve(t, key=f"{t.key}/no", group=f"{key}/no") for t in (group[0], take(key, 10**15))]
    yield lambda: ledger.post_many([*group, *refused])


def submits(ledger: Ledger, key: str) -> Generator[Request, Any, None]:
    yield lambda: ledger.submit(pay(key)).result(timeout=60)


def limits_a_flow(ledger: Ledger, key: str) -> Generator[Request, Any, None]:
    account = Account(f"spender:{key}", "liability", CNY, floor=0)
    limit = VelocityLimit(key, account.path, CNY, "out", "day", most=3)
    spends = [move(f"{key}/{n}", "pool", account.path, 2, effective_on=LATER) for n in range(3)]
    yield lambda: ledger.post(pay(key, 9, into=account.path, records=(open_account(account),)))
    yield lambda: ledger.limit(limit, key=f"{key}/limit")
    yield lambda: ledger.post_many(spends)
    yield lambda: ledger.limit(evolve(limit, most=None), key=f"{key}/lift")


def corrects(ledger: Ledger, key: str) -> Generator[Request, Any, None]:
    wrong: Receipt = yield lambda: ledger.post(pay(f"{key}/wrong", 7))
    right = pay("", 5).postings
    yield lambda: ledger.correct(wrong.number, right, key=f"{key}/right", effective_on=LATER)


def closes_a_day(ledger: Ledger, key: str) -> Generator[Request, Any, None]:
    today = ledger.books.today
    yield lambda: ledger.close_period(today, key=key)


FEATURES: list[Feature] = [
    posts,
    posts_many,
    posts_atomically,
    executes,
    captures,
    releases,
    lets_expire,
    reverses,
    corrects,
    changes_an_account,
    closes_and_reopens,
    opens_by_a_posting,
    posts_groups,
    submits,
    limits_a_flow,
    closes_a_day,
]


def history(ledger: Ledger, key: str = "") -> Iterator[Generator[Request, Any, None]]:
    """Every feature, one after the other."""
    for feature in FEATURES:
        yield feature(ledger, f"{key}{feature.__name__}")


def perform(
    requests: Generator[Request, Any, None], ask: Callable[[Request], Any] = lambda request: request()
) -> Iterator[Receipt]:
    """Make the requests of a feature, each by `ask`, and give the receipts as they come."""
    answer = None
    while True:
        try:
            request = requests.send(answer)
        except StopIteration:
            return
        answer = ask(request)
        given = [answer] if isinstance(answer, Receipt) else answer
        yield from (evolve(receipt, replayed=False) for receipt in given if isinstance(receipt, Receipt))


def torn(reader: Reader) -> list[str]:
    """The groups of which not every transaction is in the journal."""
    groups = Counter(entry.transaction.agreement for entry in reader.entries())
    del groups[""]
    return [agreement for agreement, count in groups.items() if count != PAIR]
