"""Suspense (暂挂): money of a party that its account did not take, or that a court stopped.

| operation | debit | credit |
| --- | --- | --- |
| close of a day | suspense | the owner's demand account |
| release (解付暂挂) | suspense | the demand account that an officer names |

Any product puts money there.  Each close tries to pay it to its owner: it stays where the account still
refuses.  What a court holds, and what heirs are to have, an officer releases, with a reason.  The owner
stays bound until all of it is gone.

>>> SuspenseExceeds("li", "certificate/cd/k", 1_00, 2_00, "CNY/2").code
'suspense_exceeds'
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar

from attrs import evolve, frozen

from bankcore.amounts import Amount
from bankcore.errors import ProductRejection
from bankcore.ledger.accounts import AccountPath
from bankcore.ledger.books import Books
from bankcore.product import chart, fields
from bankcore.product.actor import Role
from bankcore.product.parties import Contract, may_see
from bankcore.product.plan import Attempt, Plan, Step
from bankcore.product.product import Noun, Phase
from bankcore.product.records import PAGE
from bankcore.product.refusals import NotFound
from bankcore.product.suspense import InSuspense
from bankcore.product.voucher import Voucher
from bankcore.products.current.accounts import CurrentAccount, DemandTerms
from bankcore.tables import Table

__all__ = ["ReleaseSuspense", "SuspenseExceeds"]

noun = Noun(__name__)


class SuspenseExceeds(ProductRejection):
    sentence = "of {item} {left} of {party} waits in suspense, {amount} asked"
    quantities = ("left", "amount")
    party: str
    item: str
    left: int
    amount: int
    unit: str = ""


@frozen
class ReleaseSuspense:
    """Pay what waits in suspense to its owner, heirs or a court (解付暂挂款)."""

    may: ClassVar[Mapping[Role, str]] = {Role.OFFICER: ""}
    account: ClassVar[str] = "into"  # the owner may have none any more
    party: str = fields.id_("whose money it is")
    item: str = fields.text("what it waits for, as the report names it: certificate/cd/k")
    into: str = fields.id_("whose current account is paid")
    reason: str = fields.text("why, without personal data")
    amount: Amount | None = fields.amount("a part; all of it if not given", default=None)


@noun.rule(ReleaseSuspense)
def release(terms: DemandTerms, command: ReleaseSuspense, books: Books) -> Plan:
    """Suspense to a current account.

    Refuses, in this order: NotFound for the receiver, or for the item, also once all of it is gone,
    UnitMismatch, SuspenseExceeds; the ledger what the receiver's account does not take.
    """
    product, _, thing = command.item.partition("/")
    it = InSuspense.find(books, command.party, product, thing)
    if it is None or not it.amount:
        raise NotFound("suspense", command.item)
    receiver = CurrentAccount.of_party(books, command.into)
    amount = it.amount if command.amount is None else terms.minor_units(command.amount)
    if amount > it.amount:
        raise SuspenseExceeds(it.party, it.item, it.amount, amount, terms.unit)
    voucher = _released(books, it, chart.DEMAND(receiver.id), amount)
    voucher.notify(receiver.id, "payment-received", it.party, amount=str(Amount(amount, terms.unit)))
    return voucher.plan("release", f"{it.item} of {it.party} to {receiver.id}: {command.reason}")


@noun.daily(Phase.DUE)
def release_all(books: Books, _day: object) -> Iterator[Step]:
    """Pay what waits to its owners; what an account still refuses stays."""
    start, root = "", chart.SUSPENSE.root()
    while page := list(books.balances(root, start, PAGE)):
        parties = [path.rpartition(":")[2] for path, balance in page if balance]
        if parties:
            yield Step(f"suspense/{parties[0]}", lambda b, parties=parties: _attempts(b, parties))  # type: ignore[misc]
        start = page[-1][0]


def _attempts(books: Books, parties: Sequence[str]) -> Plan:
    free = (it for party in parties for it in InSuspense.every(books, party) if it.amount and not it.held)
    return Plan(tuple(_attempt(books, it) for it in free))


def _attempt(books: Books, it: InSuspense) -> Attempt:
    voucher = _released(books, it, chart.DEMAND(it.party), it.amount)
    return Attempt((voucher.transaction("release", f"{it.item} of {it.party} leaves suspense"),))


def _released(books: Books, it: InSuspense, to: AccountPath, amount: int) -> Voucher:
    """A voucher that pays so much of an item."""
    path = chart.SUSPENSE(it.party)
    voucher = Voucher("current", books, books.accounts([path])[path], it.party)
    voucher.move(path, to, amount)
    voucher.keep(evolve(it, amount=it.amount - amount))
    voucher.notify(it.party, "suspense-released", it.item)
    if amount == it.amount:
        voucher.put(Contract.ended(books, it.party, "current", "suspense", it.item))
    return voucher


# --- invariants and reports -------------------------------------------------------------------------


@noun.invariant("Q6")
def suspense_is_what_waits(books: Books) -> Iterator[str]:
    """The suspense account of a party holds what waits for it, thing by thing."""
    waiting: dict[str, int] = {}
    for it in InSuspense.every(books):
        waiting[it.party] = waiting.get(it.party, 0) + it.amount
    held = {path.rpartition(":")[2]: balance for path, balance in books.balances(chart.SUSPENSE.root())}
    for party in sorted({*waiting, *held}):
        if waiting.get(party, 0) != held.get(party, 0):
            yield f"{party}: {held.get(party, 0)} in suspense, {waiting.get(party, 0)} waits"


@noun.report("suspense")
def list_suspense(books: Books) -> Table:
    """What waits of the parties that the asker may see: since when, for how many days, and why."""
    rows = []
    for it in InSuspense.every(books):
        if it.amount and may_see(books, it.party):
            path = chart.SUSPENSE(it.party)
            amount = Amount(it.amount, books.accounts([path])[path].unit)
            days = (books.today - it.since).days
            rows.append((it.party, it.item, amount, it.since, days, it.why, it.held))
    columns = ("party", "item", "amount", "since", "days", "why", "held")
    return Table("Suspense", columns, tuple(rows))
