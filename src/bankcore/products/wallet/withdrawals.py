"""Money that leaves the programme with its client: withdrawals and the closing of a client."""

from __future__ import annotations

from bankcore.calendars import parse_date
from bankcore.errors import BalanceFloorBreached
from bankcore.ledger.accounts import AccountPath
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Record
from bankcore.product.plan import Plan
from bankcore.product.records import existing, minor_units
from bankcore.products.wallet import accounts, commands, registry
from bankcore.products.wallet.accounts import pocket
from bankcore.products.wallet.purchases import proportion
from bankcore.products.wallet.refusals import BonusNotCash, ConsentNeeded, NotWithdrawable, ReserveShort
from bankcore.products.wallet.reserve import amount_of, monitor, operation
from bankcore.products.wallet.terms import Profile, WalletTerms
from bankcore.products.wallet.yields import YieldState

__all__ = ["close_client", "withdraw"]


def withdraw(terms: WalletTerms, command: commands.Withdraw, books: Books) -> Plan:
    """Yield or principal to the demand account; bonus in proportion to the principal is forfeited.

    Refuses, in this order: UnitMismatch, NotFound or ClientClosed, BonusNotCash for a bonus
    pocket, NotWithdrawable, BonusNotCash where only a bonus would cover it, BalanceFloorBreached.
    """
    programme, client, amount = command.programme, command.client, minor_units(terms, command.amount)
    registered = registry.open_client(books, programme, client)
    path, held = _pockets(books, programme, client)
    pockets = (command.pocket,) if command.pocket else accounts.CASH_POCKETS
    cash = sum(held[name] for name in pockets if name in accounts.CASH_POCKETS)
    if command.pocket in ("vested", "bonus"):
        raise BonusNotCash(client, cash, amount, terms.unit)
    _check_withdrawable(terms, registered, client, books)
    if amount > cash:
        if not command.pocket and amount <= sum(held.values()):
            raise BonusNotCash(client, cash, amount, terms.unit)
        raise BalanceFloorBreached(path[pockets[-1]], cash, 0, 0, amount, terms.unit)
    taken = {"yield": 0, "principal": 0}
    for name in pockets:
        taken[name] = min(amount - sum(taken.values()), held[name])
    forfeited = proportion(held["bonus"], taken["principal"], held["principal"])
    transaction = operation(
        books,
        terms,
        programme,
        "withdrawal",
        f"withdrawal of {client}",
        debit={**{path[name]: part for name, part in taken.items()}, path["bonus"]: forfeited},
        credit={accounts.demand(client): amount, accounts.reserve(programme): forfeited},
        records=registry.count(books, programme, client, forfeited=forfeited),
    )
    return Plan((transaction,))


def close_client(terms: WalletTerms, command: commands.CloseClient, books: Books) -> Plan:
    """Yield earned so far, then all cash to the demand account; bonus back to the reserve.

    The monitor runs after it, or before it where the reserve is short of the yield.

    Refuses, in this order: NotFound or ClientClosed, ConsentNeeded, NotWithdrawable,
    ReserveShort.
    """
    programme, client = command.programme, command.client
    registered = registry.open_client(books, programme, client)
    path, held = _pockets(books, programme, client)
    if held["vested"] and not command.forfeit_vested:
        raise ConsentNeeded(client, held["vested"], terms.unit)
    accrual = existing(books, registry.ACCRUAL, path["yield"])
    state = YieldState.from_data(accrual.data)
    earned = state.unpaid()
    cash = held["yield"] + earned + held["principal"]
    if cash:
        _check_withdrawable(terms, registered, client, books)
    reserve = books.balance(accounts.reserve(programme))
    swept = monitor(books, terms, programme) if reserve < earned else ()
    reserve += amount_of(swept)
    if reserve < earned:
        raise ReserveShort(programme, reserve, earned, terms.unit)
    bonus = held["bonus"] + held["vested"]
    transaction = operation(
        books,
        terms,
        programme,
        "close-client",
        f"close client {client}",
        debit={accounts.reserve(programme): earned, **{path[name]: held[name] for name in held}}
        | {path["yield"]: held["yield"] + earned},
        credit={path["yield"]: earned, accounts.demand(client): cash, accounts.reserve(programme): bonus},
        records=(
            registered.next(closed_on=books.today.isoformat()),
            accrual_closed(accrual, state),
            *registry.closed(books, path.values(), f"client {client} left"),
            *registry.count(books, programme, client, forfeited=held["bonus"]),
        ),
    )
    if swept:
        return Plan((*swept, transaction))
    return Plan((transaction, *monitor(books, terms, programme, spent=earned - bonus)))


def accrual_closed(accrual: Record, state: YieldState) -> Record:
    """The accrual after everything was paid; here the exact remainder dies."""
    return Record(accrual.kind, accrual.id, state.settled().as_data(), accrual.version + 1)


def _pockets(books: Books, programme: str, client: str) -> tuple[dict[str, AccountPath], dict[str, int]]:
    path = {name: pocket(programme, client, name) for name in accounts.POCKETS}
    return path, {name: books.balance(path[name]) for name in path}


def _check_withdrawable(terms: WalletTerms, registered: Record, client: str, books: Books) -> None:
    """Raises NotWithdrawable where the profile holds the money back."""
    if terms.profile is Profile.PREPAID_CN and registered.data["anonymous"]:
        raise NotWithdrawable(client, "the client is anonymous", None)
    first = terms.withdrawable_from(parse_date(registered.data["registered_on"]))
    if books.today < first:
        raise NotWithdrawable(client, f"not before {first}", first)
