"""The steps of payments in transit (在途) after the first: rules that a recovery runs, as often as it likes.

Each finds by the record whether it is still to be done; `remittances` describes their postings.

>>> [step.__name__ for step in end("2024-05-01:r1")]
['first', 'instead']
"""

from __future__ import annotations

from collections.abc import Sequence

from attrs import evolve

from bankcore.amounts import Amount
from bankcore.errors import LedgerRejection
from bankcore.ledger.books import Books
from bankcore.ledger.rules import Rule
from bankcore.ledger.transactions import Transaction
from bankcore.product import chart
from bankcore.product.facts import Facts
from bankcore.product.plan import REFUSALS, Attempt, Planned
from bankcore.product.suspense import Payment, to_suspense
from bankcore.product.voucher import Voucher
from bankcore.products.current.accounts import PROGRAMMES, CurrentAccount, voucher_of
from bankcore.products.current.remittances import BETWEEN, IN, OUT, Decided, Incoming, Outgoing, Remittance
from bankcore.units import Unit

__all__ = ["arrive", "clear", "end"]


def arrive(message: Remittance) -> Rule:
    """The receiver's book decides: pay the receiver, or keep why not.  Only the first time."""

    def rule(books: Books) -> Sequence[Planned]:
        if Decided.on(books, message.source, message.item) is not None:
            return ()
        try:
            return (_paid_in(books, message),)
        except REFUSALS as refusal:
            return (_refused(books, message, refusal.code),)

    return rule


def _paid_in(books: Books, message: Remittance) -> Attempt:
    account = CurrentAccount.of_party(books, message.receiver)
    terms = PROGRAMMES.today(books, account.programme)
    amount = Amount(message.amount, Unit(message.unit))
    voucher = voucher_of(books, terms, account.id)
    voucher.move(IN(), chart.DEMAND(account.id), terms.minor_units(amount))
    voucher.keep(*_decided(books, message, ""))
    voucher.notify(account.id, "payment-received", message.party, amount=str(amount))
    arrived = voucher.transaction("arrive", f"{message.party} in {message.source} pays {account.id}")
    return Attempt((arrived,), lambda refusal: (_refused(books, message, refusal.code),))


def _refused(books: Books, message: Remittance, why: str) -> Transaction:
    return Transaction(
        kind="current.refuse",
        effective_on=books.today,
        records=tuple(it.record() for it in _decided(books, message, why)),
        description=f"{message} is not taken: {why}",
        agreement=message.receiver,
    )


def _decided(books: Books, message: Remittance, why: str) -> tuple[Facts, ...]:
    id = ":".join((books.today.isoformat(), message.source, message.item))
    decision = Incoming(
        id=id,
        party=message.party,
        receiver=message.receiver,
        amount=message.amount,
        unit=Unit(message.unit),
        why=why,
    )
    return decision, Decided(id=f"{message.source}:{message.item}", incoming=id)


def end(item: str, why: str = "") -> tuple[Rule, ...]:
    """The payer's book learns the decision: it settles an open payment, or takes it back where refused.

    What the payer's account does not take goes to suspense; raises the refusal of suspense.
    """
    refused: list[LedgerRejection] = []

    def note(refusal: LedgerRejection) -> tuple[Transaction, ...]:
        refused.append(refusal)
        return ()

    def first(books: Books) -> Sequence[Planned]:
        refused.clear()  # a step that was not written may run again
        it = Outgoing.existing(books, item)
        if not it.is_open:
            return ()
        return (Attempt((_back(books, it, why),), note) if why else _settled(books, it),)

    def instead(books: Books) -> Sequence[Planned]:
        if not refused:
            return ()
        return (_back(books, Outgoing.existing(books, item), why, refused[-1].code),)

    return first, instead


def _settled(books: Books, it: Outgoing) -> Transaction:
    voucher = _ending(books, it)
    voucher.move(OUT(), BETWEEN(), it.amount)
    voucher.keep(evolve(it, settled_on=books.today))
    return voucher.transaction("settle", f"payment of {it.party} arrived in {it.book}")


def _back(books: Books, it: Outgoing, why: str, refusal: str = "") -> Transaction:
    """To the payer's account, or to suspense where that has refused."""
    voucher = _ending(books, it)
    if refusal:
        to_suspense(
            Payment(voucher, OUT(), it.party, it.amount, f"in-transit/{it.id.replace(':', '/')}"), refusal
        )
    else:
        voucher.move(OUT(), chart.DEMAND(it.party), it.amount)
    voucher.keep(evolve(it, returned_on=books.today, why=why))
    voucher.notify(it.party, "payment-returned", it.receiver, amount=str(Amount(it.amount, it.unit)), why=why)
    return voucher.transaction("come-back", f"payment of {it.party} to {it.receiver}: {why}")


def _ending(books: Books, it: Outgoing) -> Voucher:
    """A voucher of the payer, who has one payment fewer in transit."""
    account = CurrentAccount.existing(books, it.party)
    voucher = voucher_of(books, PROGRAMMES.today(books, account.programme), it.party)
    waiting = (account.in_transit or 0) - 1
    voucher.keep(evolve(account, in_transit=waiting or None))
    return voucher


def clear(message: Remittance) -> Rule:
    """The receiver's book learns that the payer's has settled what arrived."""

    def rule(books: Books) -> Sequence[Planned]:
        it = Decided.on(books, message.source, message.item)
        if it is None or not it.is_open:
            return ()
        account = books.accounts([IN()])[IN()]
        voucher = Voucher("current", books, account, it.receiver)
        voucher.move(BETWEEN(), IN(), it.amount)
        voucher.keep(evolve(it, cleared_on=books.today))
        return (voucher.transaction("clear", f"{message} is settled"),)

    return rule
