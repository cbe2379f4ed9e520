"""Purchases: consumption, its refund, and the settlement of third-party merchants.

Paying with principal vests the bonus in proportion.  The fee is exact on net settled sales and
posted cumulatively, so a full refund gives back every fen of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from bankcore.errors import BalanceFloorBreached
from bankcore.ledger.accounts import AccountPath
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Record
from bankcore.product.plan import Plan
from bankcore.product.records import existing, fresh, minor_units, written
from bankcore.product.refusals import NotFound, RefundExceeds
from bankcore.products.wallet import accounts, commands, registry
from bankcore.products.wallet.accounts import pocket
from bankcore.products.wallet.parties import check_bound
from bankcore.products.wallet.refusals import MerchantShort, NothingToSettle
from bankcore.products.wallet.reserve import operation
from bankcore.products.wallet.terms import WalletTerms
from bankcore.rates import fraction_text, parse_fraction, round_half_up

__all__ = ["consume", "refund", "settle"]

_PAID = ("vested", "principal", "yield")  # in the order of a refund


# --- consumption ----------------------------------------------------------------------------------


def consume(terms: WalletTerms, command: commands.Consume, books: Books) -> Plan:
    """Pockets to the service fund (own mall) or to the merchant's takings.

    Refuses, in this order: UnitMismatch, NotFound or ClientClosed, NotBound,
    AlreadyTaken, BalanceFloorBreached.
    """
    programme, client, amount = command.programme, command.client, minor_units(terms, command.amount)
    registry.open_client(books, programme, client)
    merchant = existing(books, registry.MERCHANT, programme, command.merchant)
    check_bound(books, programme, client, command.merchant)
    id = fresh(books, registry.PURCHASE, programme, command.purchase)
    path = {name: pocket(programme, client, name) for name in accounts.POCKETS}
    held = {name: books.balance(path[name]) for name in accounts.POCKETS}
    paid = {"yield": min(amount, held["yield"])}
    paid["principal"] = min(amount - paid["yield"], held["principal"])
    paid["vested"] = amount - paid["yield"] - paid["principal"]
    vesting = proportion(held["bonus"], paid["principal"], held["principal"])
    if paid["vested"] > held["vested"] + vesting:
        raise BalanceFloorBreached(path["vested"], sum(held.values()), 0, 0, amount, terms.unit)
    pooled = not merchant.data["own"] and not terms.ring_fence_third_party
    in_service = merchant.data["own"] or pooled
    purchase = written(
        books,
        registry.PURCHASE,
        id,
        client=client,
        merchant=command.merchant,
        on=books.today.isoformat(),
        amount=amount,
        pooled=pooled,
        settlement=merchant.data["settlements"] + 1,
        vesting=vesting,
        **paid,
        back={"yield": 0, "principal": 0, "vested": 0, "vesting": 0},
    )
    transaction = operation(
        books,
        terms,
        programme,
        "purchase",
        f"purchase {command.purchase} of {client} at {command.merchant}",
        debit={path["bonus"]: vesting, **{path[name]: part for name, part in paid.items()}},
        credit={
            path["vested"]: vesting,
            accounts.service(programme)
            if in_service
            else accounts.takings(programme, command.merchant): amount,
        },
        records=(
            purchase,
            *((merchant.next(pooled=merchant.data["pooled"] + amount),) if pooled else ()),
            *registry.count(books, programme, client, vested=vesting),
        ),
    )
    return Plan((transaction,))


def proportion(bonus: int, part: int, whole: int) -> int:
    """The bonus that goes with a part of the principal, rounded half up."""
    return round_half_up(Fraction(bonus * part, whole)) if part else 0


# --- refund ---------------------------------------------------------------------------------------


def refund(terms: WalletTerms, command: commands.Refund, books: Books) -> Plan:
    """Back to the pockets, vested bonus first, yield last; bonus vested by it unvests.

    Refuses, in this order: UnitMismatch, NotFound, ClientClosed, RefundExceeds, MerchantShort.
    """
    programme, amount = command.programme, minor_units(terms, command.amount)
    merchant = existing(books, registry.MERCHANT, programme, command.merchant)
    purchase = existing(books, registry.PURCHASE, programme, command.purchase)
    if purchase.data["merchant"] != command.merchant:
        raise NotFound(f"purchase at {command.merchant}", command.purchase)
    client, back = purchase.data["client"], dict(purchase.data["back"])
    registry.open_client(books, programme, client)
    left = purchase.data["amount"] - sum(back[name] for name in _PAID)
    if amount > left:
        raise RefundExceeds("purchase", command.purchase, left, amount, terms.unit)
    restored = _restored(purchase.data, amount)
    path = {name: pocket(programme, client, name) for name in accounts.POCKETS}
    vested = books.balance(path["vested"]) + restored["vested"]
    unvested = min(_unvesting(purchase.data, restored["principal"]), vested)
    for name in _PAID:
        back[name] += restored[name]
    back["vesting"] += unvested
    sources, merchants = _refunded_from(books, terms, programme, merchant, purchase, amount)
    transaction = operation(
        books,
        terms,
        programme,
        "refund",
        f"refund of purchase {command.purchase} to {client}",
        debit={**sources, path["vested"]: unvested},
        credit={**{path[name]: part for name, part in restored.items()}, path["bonus"]: unvested},
        records=(
            purchase.next(back=back),
            *merchants,
            *registry.count(books, programme, client, vested=-unvested),
        ),
    )
    return Plan((transaction,))


def _restored(purchase: Mapping[str, Any], amount: int) -> dict[str, int]:
    """How a refund is spread over the pockets that paid."""
    restored = {}
    for name in _PAID:
        restored[name] = min(amount, purchase[name] - purchase["back"][name])
        amount -= restored[name]
    return restored


def _unvesting(purchase: Mapping[str, Any], principal: int) -> int:
    """The bonus that the restored principal had vested; cumulative, so that parts add up to the whole."""
    if not principal:  # with no principal there must be no bonus
        return 0
    restored = purchase["back"]["principal"] + principal
    return proportion(purchase["vesting"], restored, purchase["principal"]) - int(purchase["back"]["vesting"])


def _refunded_from(
    books: Books, terms: WalletTerms, programme: str, merchant: Record, purchase: Record, amount: int
) -> tuple[dict[AccountPath, int], tuple[Record, ...]]:
    """Who pays a refund, checked for funds, and the merchant's record where it changes."""
    id, data, service = purchase.data["merchant"], merchant.data, accounts.service(programme)
    sources, records = {service: amount}, ()  # type: dict[AccountPath, int], tuple[Record, ...]
    if not data["own"]:
        if purchase.data["settlement"] <= data["settlements"]:
            settlement = f"{programme}:{id}:{purchase.data['settlement']:08d}"
            rate = parse_fraction(existing(books, registry.SETTLEMENT, settlement).data["rate"])
            exact = parse_fraction(data["fee"]) - amount * rate
            fee = data["charged"] - round_half_up(exact)
            sources = {accounts.demand(id): amount - fee, service: fee}
            records = (merchant.next(fee=fraction_text(exact), charged=data["charged"] - fee),)
        elif purchase.data["pooled"]:
            records = (merchant.next(pooled=data["pooled"] - amount),)
        else:
            sources = {accounts.takings(programme, id): amount}
    for path, needed in sources.items():
        check_funds(books, terms, id, path, needed)
    return sources, records


def check_funds(books: Books, terms: WalletTerms, merchant: str, path: AccountPath, needed: int) -> None:
    """Raises MerchantShort where the account holds less."""
    available = books.balance(path)
    if available < needed:
        raise MerchantShort(merchant, path, available, needed, terms.unit)


# --- settlement -----------------------------------------------------------------------------------


def settle(terms: WalletTerms, command: commands.Settle, books: Books) -> Plan:
    """Takings to the merchant's demand account, the fee to the service fund.

    Refuses, in this order: NotFound, NothingToSettle, MerchantShort.
    """
    programme, id = command.programme, command.merchant
    merchant = existing(books, registry.MERCHANT, programme, id)
    takings, service = accounts.takings(programme, id), accounts.service(programme)
    pooled = merchant.data["pooled"]
    fenced = 0 if merchant.data["own"] else books.balance(takings)
    gross = fenced + pooled
    if not gross:
        raise NothingToSettle(id)
    check_funds(books, terms, id, service, pooled)
    rate = terms.merchant_fee.fraction
    exact = parse_fraction(merchant.data["fee"]) + gross * rate
    fee = round_half_up(exact) - merchant.data["charged"]
    number = merchant.data["settlements"] + 1
    settlement = written(
        books,
        registry.SETTLEMENT,
        programme,
        id,
        f"{number:08d}",
        on=books.today.isoformat(),
        gross=gross,
        fee=fee,
        rate=fraction_text(rate),
    )
    counted = merchant.next(
        settlements=number, fee=fraction_text(exact), charged=merchant.data["charged"] + fee, pooled=0
    )
    transaction = operation(
        books,
        terms,
        programme,
        "settlement",
        f"settlement {number} of {id}",
        debit={takings: fenced, service: pooled},
        credit={accounts.demand(id): gross - fee, service: fee},
        records=(settlement, counted),
    )
    return Plan((transaction,))
