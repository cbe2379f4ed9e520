"""Money that leaves the programme with its client: withdrawals (提现) and the closing of a client (销户).

| operation | debit | credit | amount |
| --- | --- | --- | --- |
| withdraw | yield, principal | demand account | what is asked |
| | bonus | reserve | the part that goes with the principal |
| close | reserve | yield | what was earned and not paid |
| | yield, principal | demand account | all of it |
| | bonus, vested | reserve | all of it |

>>> str(NotWithdrawable("c001", "the client is anonymous", None))
'client c001 cannot withdraw: the client is anonymous'
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import ClassVar

from attrs import define, evolve, frozen

from bankcore.amounts import Amount
from bankcore.errors import BalanceFloorBreached, ProductRejection
from bankcore.ledger.books import Books
from bankcore.product import chart, fields
from bankcore.product.actor import Role
from bankcore.product.parties import acting_for
from bankcore.product.plan import Plan
from bankcore.product.product import Noun
from bankcore.products.wallet.accruals import accrual_of
from bankcore.products.wallet.clients import POCKET, Client, count, held_by, open_client, proportion
from bankcore.products.wallet.programmes import (
    POCKETS,
    RESERVE,
    OfProgramme,
    Profile,
    ReserveShort,
    WalletTerms,
    WalletVoucher,
    due_sweep,
    monitor,
)

__all__ = ["BonusNotCash", "CloseClient", "ConsentNeeded", "NotWithdrawable", "Withdraw"]

noun = Noun(__name__)
_CASH = ("yield", "principal")  # the pockets a withdrawal empties, in this order


# --- refusals ---------------------------------------------------------------------------------------


@define
class BonusNotCash(ProductRejection):
    sentence = "client {client} can withdraw {available}, {amount} asked; a bonus is for spending only"
    quantities = ("available", "amount")
    client: str
    available: int
    amount: int
    unit: str = ""


@define
class NotWithdrawable(ProductRejection):
    """The prepaid profile holds money back; `until` is None for ever."""

    sentence = "client {client} cannot withdraw: {reason}"
    client: str
    reason: str
    until: date | None


@define
class ConsentNeeded(ProductRejection):
    sentence = "closing forfeits {vested} of vested bonus; client {client} has to consent"
    quantities = ("vested",)
    client: str
    vested: int
    unit: str = ""


# --- commands and their rules -----------------------------------------------------------------------


@frozen
class Withdraw(OfProgramme):
    """Withdraw to the client's demand account; unvested bonus is forfeited in proportion (提现)."""

    may: ClassVar[Mapping[Role, str]] = {Role.CUSTOMER: "client"}
    client: str = fields.id_("the client who withdraws")
    amount: Amount = fields.amount("what is withdrawn")
    pocket: str = fields.choice(
        "pocket to take it from; if not given, yield first, then principal", ("", *POCKETS), ""
    )


@frozen
class CloseClient(OfProgramme):
    """Pay out a client and close the pockets (销户)."""

    may: ClassVar[Mapping[Role, str]] = {Role.CUSTOMER: "client", Role.OFFICER: ""}
    client: str = fields.id_("the client who leaves")
    forfeit_vested: bool = fields.flag("consent to lose the vested bonus")


@noun.rule(Withdraw)
def withdraw(terms: WalletTerms, command: Withdraw, books: Books) -> Plan:
    """Yield or principal to the demand account; bonus in proportion to the principal is forfeited.

    Refuses, in this order: UnitMismatch, PartySuspended for who acts for the client, NotFound or
    ClientClosed, BonusNotCash for a bonus pocket, NotWithdrawable, BonusNotCash where only a bonus would
    cover it, BalanceFloorBreached.
    """
    programme, client, amount = command.programme, command.client, terms.minor_units(command.amount)
    acting_for(books, client)
    registered, held = open_client(books, programme, client), held_by(books, programme, client)
    pockets = (command.pocket,) if command.pocket else _CASH
    cash = sum(held[name] for name in pockets if name in _CASH)
    if command.pocket in ("vested", "bonus"):
        raise BonusNotCash(client, cash, amount, terms.unit)
    _check_withdrawable(terms, registered, books)
    if amount > cash:
        if not command.pocket and amount <= sum(held.values()):
            raise BonusNotCash(client, cash, amount, terms.unit)
        last = POCKET(programme, client, pockets[-1])
        raise BalanceFloorBreached(last, cash, 0, 0, amount, terms.unit)
    voucher, left, taken = WalletVoucher(books, terms, programme), amount, 0
    for name in pockets:
        taken = min(left, held[name])
        left -= taken
        voucher.move(POCKET(programme, client, name), chart.DEMAND(client), taken)
    principal = taken if pockets[-1] == "principal" else 0
    forfeited = proportion(held["bonus"], principal, held["principal"])
    voucher.move(POCKET(programme, client, "bonus"), RESERVE(programme), forfeited)
    count(voucher, client, forfeited=forfeited)
    return voucher.plan("withdrawal", f"withdrawal of {client}")


@noun.rule(CloseClient)
def close_client(terms: WalletTerms, command: CloseClient, books: Books) -> Plan:
    """Yield earned so far, then all cash to the demand account; bonus back to the reserve.

    The monitor runs after it, or before it where the reserve is short of the yield.

    Refuses, in this order: PartySuspended for who acts for the client, NotFound or ClientClosed,
    ConsentNeeded, NotWithdrawable, ReserveShort.
    """
    programme, client, reserve = command.programme, command.client, RESERVE(command.programme)
    acting_for(books, client)
    registered, held = open_client(books, programme, client), held_by(books, programme, client)
    if held["vested"] and not command.forfeit_vested:
        raise ConsentNeeded(client, held["vested"], terms.unit)
    path = {name: POCKET(programme, client, name) for name in POCKETS}
    version, state = accrual_of(books, path["yield"])
    earned, bonus = state.unpaid(), held["bonus"] + held["vested"]
    cash = held["yield"] + earned + held["principal"]
    if cash:
        _check_withdrawable(terms, registered, books)
    filled = _filled(terms, programme, earned, books)
    voucher = WalletVoucher(books, terms, programme)
    voucher.post(
        debit={reserve: earned, **{path[name]: held[name] for name in held}}
        | {path["yield"]: held["yield"] + earned},
        credit={path["yield"]: earned, chart.DEMAND(client): cash, reserve: bonus},
    )
    voucher.keep(evolve(registered, closed_on=books.today))
    voucher.free(client, "client")
    voucher.put(state.settled().record(path["yield"], version + 1))  # here the exact remainder dies
    for it in path.values():
        voucher.close(it, f"client {client} left")
    count(voucher, client, forfeited=held["bonus"])
    plan = voucher.plan("close-client", f"close client {client}")
    if filled.transactions:
        return filled + plan
    return plan + monitor(books, terms, programme, spent=earned - bonus)


def _filled(terms: WalletTerms, programme: str, needed: int, books: Books) -> Plan:
    """The sweep that a reserve needs first to pay so much; raises ReserveShort where that does not help."""
    reserve, plan = books.balance(RESERVE(programme)), Plan()
    if reserve < needed:
        swept = due_sweep(books, terms, programme)
        if swept and swept.voucher(books, terms).is_postable():
            reserve, plan = reserve + swept.amount, swept.plan(books, terms)
    if reserve < needed:
        raise ReserveShort(programme, reserve, needed, terms.unit)
    return plan


def _check_withdrawable(terms: WalletTerms, client: Client, books: Books) -> None:
    """Raises NotWithdrawable where the profile holds the money back."""
    id = client.ids[1]
    if terms.profile is Profile.PREPAID_CN and client.is_anonymous(books):
        raise NotWithdrawable(id, "the client is anonymous", None)
    first = terms.withdrawable_from(client.registered_on)
    if books.today < first:
        raise NotWithdrawable(id, f"not before {first}", first)
