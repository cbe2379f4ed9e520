"""Money that leaves the programme with its client: withdrawals (提现), closing (销户) and rejoining.

| operation | debit | credit | amount |
| --- | --- | --- | --- |
| withdraw | yield, principal | demand account | what is asked |
| | bonus | reserve | the part that goes with the principal |
| close | reserve | yield | what was earned and not paid, as far as the reserve has it |
| | yield, principal | demand account | all of it |
| | bonus, vested | reserve | all of it |
| | owed | owed-contra | what the reserve was short of; paid by the next batch of yields |

>>> str(NotWithdrawable("c001", "the client is anonymous", None))
'client c001 cannot withdraw: the client is anonymous'
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import ClassVar

from attrs import evolve, frozen

from bankcore.amounts import Amount
from bankcore.errors import BalanceFloorBreached, ProductRejection
from bankcore.ledger.accounts import Status
from bankcore.ledger.books import Books
from bankcore.product import chart, fields
from bankcore.product.actor import Role
from bankcore.product.parties import acting_for, active_party
from bankcore.product.plan import Plan
from bankcore.product.product import Noun
from bankcore.products.wallet.accruals import YieldState, accrual_of
from bankcore.products.wallet.bonuses import Tally, keep_change
from bankcore.products.wallet.clients import OWED, OWED_CONTRA, POCKET, Client, held_by, open_client
from bankcore.products.wallet.monitor import monitor
from bankcore.products.wallet.programmes import (
    POCKETS,
    RESERVE,
    OfProgramme,
    Profile,
    WalletTerms,
    WalletVoucher,
    room_in,
)

__all__ = [
    "BonusNotCash", "ClientOpen", "CloseClient", "ConsentNeeded", "NotWithdrawable", "Rejoin", "Withdraw",
]  # fmt: skip

noun = Noun(__name__)
_CASH = ("yield", "principal")  # the pockets a withdrawal empties, in this order


# --- refusals ---------------------------------------------------------------------------------------


class BonusNotCash(ProductRejection):
    sentence = "client {client} can withdraw {available}, {amount} asked; a bonus is for spending only"
    quantities = ("available", "amount")
    client: str
    available: int
    amount: int
    unit: str = ""


class ClientOpen(ProductRejection):
    sentence = "client {client} has not left"
    client: str


class NotWithdrawable(ProductRejection):
    """The prepaid profile holds money back; `until` is None for ever."""

    sentence = "client {client} cannot withdraw: {reason}"
    client: str
    reason: str
    until: date | None


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
    check_withdrawable(terms, registered, books)
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
    tally = Tally.of_client(books, programme, client)
    after = tally.forfeiting(tally.share(principal, held["principal"]))
    forfeited = after.posted_forfeited - tally.posted_forfeited
    voucher.move(POCKET(programme, client, "bonus"), RESERVE(programme), forfeited)
    voucher.keep(after)  # also where nothing is forfeited: an entry with a record is not reversed
    return voucher.plan("withdrawal", f"withdrawal of {client}")


@noun.rule(CloseClient)
def close_client(terms: WalletTerms, command: CloseClient, books: Books) -> Plan:
    """Yield earned so far, then all cash to the demand account; bonus back to the reserve, then the monitor.

    Where the reserve is short of the yield, the rest is owed; the client stays bound until it is paid.

    Refuses, in this order: PartySuspended for who acts for the client, NotFound or ClientClosed,
    ConsentNeeded, NotWithdrawable.
    """
    programme, client, reserve = command.programme, command.client, RESERVE(command.programme)
    acting_for(books, client)
    registered, held = open_client(books, programme, client), held_by(books, programme, client)
    if held["vested"] and not command.forfeit_vested:
        raise ConsentNeeded(client, held["vested"], terms.unit)
    path = {name: POCKET(programme, client, name) for name in POCKETS}
    version, state = accrual_of(books, path["yield"])
    earned, bonus = max(state.unpaid(), 0), held["bonus"] + held["vested"]
    cash = held["yield"] + earned + held["principal"]
    if cash:
        check_withdrawable(terms, registered, books)
    paid = min(earned, room_in(books, reserve))
    owed = earned - paid
    voucher = WalletVoucher(books, terms, programme)
    voucher.post(
        debit={reserve: paid, **{path[name]: held[name] for name in held}}
        | {path["yield"]: held["yield"] + paid},
        credit={path["yield"]: paid, chart.DEMAND(client): cash - owed, reserve: bonus},
    )
    voucher.keep(evolve(registered, closed_on=books.today))
    before = _owe(voucher, client, owed) if owed else Plan()
    if not owed and not _owed(books, programme, client):
        voucher.free(client, "client")
    voucher.put(state.settled().record(path["yield"], version + 1))  # here the exact remainder dies
    for it in path.values():
        voucher.close(it, f"client {client} left")
    tally = Tally.of_client(books, programme, client)
    keep_change(voucher, tally, evolve(tally.forfeiting(tally.unvested), lapsed=held["vested"]))
    plan = voucher.plan("close-client", f"close client {client}")
    return before + plan + monitor(books, terms, programme, spent=paid - bonus)


def _owed(books: Books, programme: str, client: str) -> int:
    """What is owed to a client since an earlier stay."""
    path = OWED(programme, client)
    return 0 if books.account(path) is None else books.balance(path)


def _owe(voucher: WalletVoucher, client: str, owed: int) -> Plan:
    """Note what is owed; accounts that were closed since an earlier stay are opened again before."""
    books, programme, text = voucher.books, voucher.programme, f"yield is owed to {client} again"
    again = WalletVoucher(books, voucher.terms, programme)
    known = {it: books.account(it(programme, client)) for it in (OWED, OWED_CONTRA)}
    voucher.open(
        *(
            it.account(programme, client, unit=voucher.unit, on=books.today, party=client)
            for it, account in known.items()
            if account is None
        )
    )
    for path in [it.path for it in known.values() if it and it.status is Status.CLOSED]:
        again.reopen(path, text)
    voucher.memo(OWED(programme, client), OWED_CONTRA(programme, client), owed)
    return again.plan("reopen", text)


@frozen
class Rejoin(OfProgramme):
    """Take part again after leaving (重新加入)."""

    may: ClassVar[Mapping[Role, str]] = {Role.CUSTOMER: "client", Role.OFFICER: ""}
    client: str = fields.id_("the client who left")


@noun.rule(Rejoin)
def rejoin(terms: WalletTerms, command: Rejoin, books: Books) -> Plan:
    """Open the pockets again for a new stay, which begins with no bonus and a new interval of yield.

    Refuses, in this order: PartySuspended for who acts for the client, NotFound, PartyErased, PartySuspended,
    NotFound for who never took part, ClientOpen, NoCurrentAccount, UnitMismatch.
    """
    programme, on = command.programme, books.today
    acting_for(books, command.client)
    client = active_party(books, command.client).id
    left = Client.existing(books, programme, client)
    if left.closed_on is None:
        raise ClientOpen(client)
    voucher = WalletVoucher(books, terms, programme)
    voucher.bind(client, "client")
    for name in POCKETS:
        voucher.reopen(POCKET(programme, client, name), f"client {client} rejoins")
    voucher.keep(evolve(left, registered_on=on, closed_on=None, stay=left.stay + 1))
    if (past := Tally.find(books, programme, client)) is not None:
        voucher.keep(evolve(past, id=f"{past.id}:{left.stay}", version=0))
        voucher.keep(Tally(id=past.id, version=past.version))
    pocket = POCKET(programme, client, "yield")
    version, _ = accrual_of(books, pocket)
    voucher.put(YieldState(on.isoformat()).record(pocket, version + 1))
    return voucher.plan("rejoin", f"client {client} rejoins")


def check_withdrawable(terms: WalletTerms, client: Client, books: Books) -> None:
    """Raises NotWithdrawable where the profile holds the money back."""
    id = client.ids[1]
    if terms.profile is Profile.PREPAID_CN and client.is_anonymous(books):
        raise NotWithdrawable(id, "the client is anonymous", None)
    first = terms.withdrawable_from(client.registered_on)
    if books.today < first:
        raise NotWithdrawable(id, f"not before {first}", first)
