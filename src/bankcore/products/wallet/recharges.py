"""Recharges: cash taken offline becomes the client's principal, out of the reserve, with a bonus."""

from __future__ import annotations

from bankcore.amounts import Amount
from bankcore.ledger.books import Books
from bankcore.product.plan import Plan
from bankcore.product.records import existing, fresh, minor_units, written
from bankcore.products.wallet import accounts, commands, registry
from bankcore.products.wallet.accounts import pocket
from bankcore.products.wallet.refusals import (
    AlreadyUndone,
    BalanceCap,
    CashNotPaidIn,
    RechargeUsed,
    ReserveShort,
)
from bankcore.products.wallet.reserve import monitor, operation
from bankcore.products.wallet.terms import WalletTerms

__all__ = ["recharge", "undo_recharge"]


def recharge(terms: WalletTerms, command: commands.Recharge, books: Books) -> Plan:
    """Reserve to principal and bonus, and the cash to memorandum; then the monitor.

    Refuses, in this order: UnitMismatch, NotFound or ClientClosed, AlreadyTaken,
    BalanceCap, CashNotPaidIn, ReserveShort.
    """
    programme, client, amount = command.programme, command.client, minor_units(terms, command.amount)
    registered = registry.open_client(books, programme, client)
    id = fresh(books, registry.RECHARGE, programme, command.recharge)
    bonus = terms.bonus(amount)
    held = sum(books.balance(pocket(programme, client, name)) for name in accounts.POCKETS)
    cap = terms.cap(registered.data["anonymous"])
    if cap is not None and held + amount + bonus > cap:
        raise BalanceCap(client, held + amount + bonus, cap, terms.unit)
    due = books.balance(accounts.cash_due(programme)) + amount
    if terms.max_due is not None and due > terms.max_due:
        raise CashNotPaidIn(programme, due, terms.max_due, terms.unit)
    reserve = books.balance(accounts.reserve(programme))
    if reserve < amount + bonus:
        raise ReserveShort(programme, reserve, amount + bonus, terms.unit)
    record = written(
        books,
        registry.RECHARGE,
        id,
        client=client,
        on=books.today.isoformat(),
        amount=amount,
        bonus=bonus,
        spent=_spent(books, programme, client),
        undone=False,
    )
    transaction = operation(
        books,
        terms,
        programme,
        "recharge",
        f"recharge {command.recharge} of {client}, bonus {Amount(bonus, terms.unit)}",
        debit={accounts.reserve(programme): amount + bonus},
        credit={pocket(programme, client, "principal"): amount, pocket(programme, client, "bonus"): bonus},
        memo=({accounts.cash_due(programme): amount}, {accounts.cash_due_contra(programme): amount}),
        records=(record, *registry.count(books, programme, client, granted=bonus)),
    )
    return Plan((transaction, *monitor(books, terms, programme, spent=amount + bonus)))


def undo_recharge(terms: WalletTerms, command: commands.UndoRecharge, books: Books) -> Plan:
    """The mirror of a recharge after which no principal was spent or withdrawn.

    Refuses, in this order: NotFound, AlreadyUndone, ClientClosed, RechargeUsed; the floor of
    cash due refuses where the operator has paid the cash in.
    """
    programme = command.programme
    record = existing(books, registry.RECHARGE, programme, command.recharge)
    client, amount, bonus = record.data["client"], record.data["amount"], record.data["bonus"]
    if record.data["undone"]:
        raise AlreadyUndone(command.recharge)
    registry.open_client(books, programme, client)
    spent = _spent(books, programme, client) - record.data["spent"]
    if spent:
        raise RechargeUsed(command.recharge, client, spent, terms.unit)
    transaction = operation(
        books,
        terms,
        programme,
        "undo-recharge",
        f"undo recharge {command.recharge} of {client}",
        debit={pocket(programme, client, "principal"): amount, pocket(programme, client, "bonus"): bonus},
        credit={accounts.reserve(programme): amount + bonus},
        memo=({accounts.cash_due_contra(programme): amount}, {accounts.cash_due(programme): amount}),
        records=(
            record.next(undone=True),
            *registry.count(books, programme, client, granted=-bonus, undone=amount),
        ),
    )
    return Plan((transaction,))


def _spent(books: Books, programme: str, client: str) -> int:
    """Principal that ever left the client's pocket by purchase or withdrawal."""
    debits, _ = books.gross(pocket(programme, client, "principal"))
    return debits - registry.counts_of(books, programme, client)["undone"]
