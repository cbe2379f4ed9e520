"""The operator's side: programme and terms, money in and out of the reserve, monitor and sweep."""

from __future__ import annotations

from collections.abc import Mapping

from bankcore.amounts import Amount
from bankcore.errors import BadTerms
from bankcore.ledger.accounts import AccountPath
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Record, Transaction, legs
from bankcore.product.plan import Plan
from bankcore.product.records import fresh, minor_units, rescheduled, written
from bankcore.product.voucher import opening
from bankcore.products.wallet import accounts, commands, registry
from bankcore.products.wallet.refusals import NothingToSweep, ReserveFloor
from bankcore.products.wallet.terms import WalletTerms

__all__ = [
    "amount_of",
    "change_terms",
    "fund_reserve",
    "monitor",
    "open_programme",
    "operation",
    "pay_in",
    "postable",
    "sweep",
    "take_out",
    "takes",
]


def operation(
    books: Books,
    terms: WalletTerms,
    programme: str,
    kind: str,
    description: str,
    *,
    debit: Mapping[AccountPath, int] | None = None,
    credit: Mapping[AccountPath, int] | None = None,
    memo: tuple[Mapping[AccountPath, int], Mapping[AccountPath, int]] = ({}, {}),
    records: tuple[Record, ...] = (),
) -> Transaction:
    """A transaction of the programme today: debits and credits, memorandum legs, records."""
    postings = legs(terms.unit, debit=debit or {}, credit=credit or {})
    return Transaction(
        kind=f"wallet.{kind}",
        effective_on=books.today,
        postings=(*postings, *legs(terms.unit, debit=memo[0], credit=memo[1])),
        records=records,
        description=description,
        agreement=programme,
    )


def takes(books: Books, path: AccountPath, quantity: int) -> bool:
    """Whether the account is open to a debit or, of a negative quantity, to a credit."""
    account = books.account(path)
    return account is not None and (
        account.status.takes_debits if quantity > 0 else account.status.takes_credits
    )


def postable(books: Books, transaction: Transaction) -> bool:
    """Whether none of its accounts is frozen against it; system-initiated postings wait until then."""
    return all(takes(books, posting.account, posting.quantity) for posting in transaction.postings)


# --- the programme --------------------------------------------------------------------------------


def open_programme(terms: WalletTerms, command: commands.OpenProgramme, books: Books) -> Plan:
    """Open the operator's accounts.  Refuses: AlreadyTaken, UnitMismatch."""
    programme = command.programme
    id = fresh(books, registry.TERMS, programme)
    pairs = [[books.today.isoformat(), terms.as_data()]]
    records = (
        *opening(books, accounts.programme_accounts(programme, terms.unit, books.today), own="wallet"),
        Record(registry.TERMS, id, {"opened_on": books.today.isoformat(), "schedule": pairs}),
    )
    return Plan((operation(books, terms, programme, "open", f"open programme {programme}", records=records),))


def change_terms(terms: WalletTerms, command: commands.ChangeTerms, books: Books) -> Plan:
    """Schedule new terms.  Refuses: BadTerms for a past date or another unit."""
    start = command.effective_on or books.today
    if start < books.today:
        raise BadTerms("effective_on", f"{start} is before the business date {books.today}")
    record = rescheduled(WalletTerms, books, registry.TERMS, command.programme, command.terms, start)
    text = f"terms from {start}: {', '.join(sorted(command.terms))}"
    return Plan((operation(books, terms, command.programme, "terms", text, records=(record,)),))


# --- money of the operator ------------------------------------------------------------------------


def fund_reserve(terms: WalletTerms, command: commands.FundReserve, books: Books) -> Plan:
    """Cash into the reserve.  Refuses: UnitMismatch."""
    amount = minor_units(terms, command.amount)
    debit, credit = {accounts.CASH: amount}, {accounts.reserve(command.programme): amount}
    text = f"fund the reserve of {command.programme}"
    return Plan((operation(books, terms, command.programme, "fund", text, debit=debit, credit=credit),))


def pay_in(terms: WalletTerms, command: commands.PayIn, books: Books) -> Plan:
    """Offline cash into the reserve; the floor of cash due refuses more than is due."""
    programme, amount = command.programme, minor_units(terms, command.amount)
    transaction = operation(
        books,
        terms,
        programme,
        "pay-in",
        f"{programme} pays in offline cash",
        debit={accounts.CASH: amount},
        credit={accounts.reserve(programme): amount},
        memo=({accounts.cash_due_contra(programme): amount}, {accounts.cash_due(programme): amount}),
    )
    return Plan((transaction,))


def take_out(terms: WalletTerms, command: commands.TakeOut, books: Books) -> Plan:
    """Reserve or service fund to cash.  Refuses: UnitMismatch, ReserveFloor."""
    programme, amount = command.programme, minor_units(terms, command.amount)
    reserve, due = books.balance(accounts.reserve(programme)), books.balance(accounts.cash_due(programme))
    from_reserve = command.source == "reserve"
    left = reserve - amount if from_reserve else reserve
    if left < terms.threshold or due:
        raise ReserveFloor(programme, amount, left, terms.threshold, due, terms.unit)
    source = accounts.reserve(programme) if from_reserve else accounts.service(programme)
    text = f"{programme} takes money out of the {command.source}"
    debit, credit = {source: amount}, {accounts.CASH: amount}
    return Plan((operation(books, terms, programme, "take-out", text, debit=debit, credit=credit),))


# --- the monitor ----------------------------------------------------------------------------------


def sweep(terms: WalletTerms, command: commands.Sweep, books: Books) -> Plan:
    """Run the monitor on command.  Refuses: NothingToSweep."""
    swept = monitor(books, terms, command.programme)
    if not swept:
        levels = (books.balance(path(command.programme)) for path in (accounts.reserve, accounts.service))
        reserve, service = levels
        raise NothingToSweep(reserve, terms.threshold, service, terms.unit)
    return Plan(swept)


def monitor(books: Books, terms: WalletTerms, programme: str, spent: int = 0) -> tuple[Transaction, ...]:
    """The sweep that is due once `spent` has left the reserve: one transaction or none.

    Takings of third-party merchants stay where they are; a frozen account stops the sweep only.
    """
    reserve = books.balance(accounts.reserve(programme)) - spent
    service = books.balance(accounts.service(programme))
    amount, times = terms.sweep_of(reserve, service)
    if not amount:
        return ()
    record = written(
        books,
        registry.SWEEP,
        programme,
        on=books.today.isoformat(),
        reserve=reserve,
        service=service,
        threshold=terms.threshold,
        amount=amount,
        times=times,
        mode=terms.sweep.value,
        preset=terms.preset,
    )
    text = f"{times} sweep{'s' * (times > 1)} of {Amount(amount, terms.unit)} into the reserve"
    debit, credit = {accounts.service(programme): amount}, {accounts.reserve(programme): amount}
    swept = operation(books, terms, programme, "sweep", text, debit=debit, credit=credit, records=(record,))
    return (swept,) if postable(books, swept) else ()


def amount_of(swept: tuple[Transaction, ...]) -> int:
    """What the monitor's transactions move into the reserve."""
    return sum(record.data["amount"] for transaction in swept for record in transaction.records)
