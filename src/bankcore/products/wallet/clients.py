"""Clients (客户) and their pockets: principal, yield, vested bonus, and the bonus that is not vested yet.

A client is a party with a current account, which the pockets are paid out to.  No client money moves here;
a client who registers gets four pockets and an accrual.  A party that is not identified takes part too: the
prepaid profile calls it anonymous.

>>> POCKET("mall", "c001", "principal"), proportion(50_00, 300_00, 1_000_00)
('wallet:mall:client:c001:principal', 1500)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from fractions import Fraction
from typing import ClassVar

from attrs import define, evolve, frozen

from bankcore.errors import ProductRejection
from bankcore.ledger.books import Books
from bankcore.product import chart, fields
from bankcore.product.actor import Role
from bankcore.product.facts import Facts
from bankcore.product.parties import Party, acting_for, active_party
from bankcore.product.plan import Plan
from bankcore.product.product import Noun
from bankcore.products.wallet.accruals import YieldState
from bankcore.products.wallet.programmes import (
    OPERATOR,
    POCKETS,
    PROGRAMMES,
    OfProgramme,
    WalletTerms,
    WalletVoucher,
    amounts,
)
from bankcore.rates import round_half_up
from bankcore.tables import Table

__all__ = ["ClientClosed", "RegisterClient"]

noun = Noun(__name__)
POCKET = chart.liability("wallet:{programme}:client:{client}:{pocket}")
OWN = {Role.CUSTOMER: "client", **OPERATOR}  # whose a row of a report is
_LISTED = ("principal", "yield", "vested", "bonus")


# --- facts ------------------------------------------------------------------------------------------


@frozen(kw_only=True)
class Client(Facts):
    """Who takes part; somebody who left is closed for ever."""

    KIND: ClassVar = "wallet.client"  # programme:client
    registered_on: date
    closed_on: date | None = None

    def cap(self, books: Books, terms: WalletTerms) -> int | None:
        """The most that the client may hold in all pockets today; None is no cap."""
        return terms.cap(self.is_anonymous(books))

    def is_anonymous(self, books: Books) -> bool:
        """Whether nobody has seen the client's document."""
        return not Party.existing(books, self.ids[1]).is_identified


@frozen(kw_only=True)
class Tally(Facts):
    """A client's counts: bonus granted, vested and forfeited, principal undone; minor units."""

    KIND: ClassVar = "wallet.tally"  # programme:client
    granted: int = 0
    vested: int = 0
    forfeited: int = 0
    undone: int = 0

    @classmethod
    def of_client(cls, books: Books, programme: str, client: str) -> Tally:
        """The counts of a client, zeros at first."""
        return cls.find(books, programme, client) or cls(id=f"{programme}:{client}")


def count(voucher: WalletVoucher, client: str, **changes: int) -> None:
    """Move a client's counts on, where one of them changes."""
    if any(changes.values()):
        tally = Tally.of_client(voucher.books, voucher.programme, client)
        voucher.keep(evolve(tally, **{name: getattr(tally, name) + more for name, more in changes.items()}))


def open_client(books: Books, programme: str, client: str) -> Client:
    """A client who takes part; raises NotFound, ClientClosed."""
    found = Client.existing(books, programme, client)
    if found.closed_on:
        raise ClientClosed(client)
    return found


@define
class ClientClosed(ProductRejection):
    sentence = "client {client} is closed"
    client: str


# --- what clients hold ------------------------------------------------------------------------------


def held_by(books: Books, programme: str, client: str) -> dict[str, int]:
    """The balances of a client's pockets, by pocket in path order."""
    return {name: books.balance(POCKET(programme, client, name)) for name in POCKETS}


def holdings(books: Books, programme: str) -> Iterator[tuple[str, dict[str, int]]]:
    """Each client of a programme with the balances of all pockets, by pocket; no other accounts there."""
    root, whose = POCKET.root(programme), ""
    held: dict[str, int] = {}
    for path, balance in books.balances(root):
        client, _, name = path.removeprefix(f"{root}:").partition(":")
        if name in POCKETS:
            held, whose = held if client == whose else {}, client
            held[name] = balance
            if len(held) == len(POCKETS):
                yield client, held


def proportion(bonus: int, part: int, whole: int) -> int:
    """The bonus that goes with a part of the principal, rounded half up."""
    return round_half_up(Fraction(bonus * part, whole)) if part else 0


# --- registration -----------------------------------------------------------------------------------


@frozen
class RegisterClient(OfProgramme):
    """Take part as a client, and open the pockets (客户注册)."""

    may: ClassVar[Mapping[Role, str]] = {Role.CUSTOMER: "client", Role.OFFICER: ""}
    client: str = fields.id_("the party that becomes a client")


@noun.rule(RegisterClient)
def register_client(terms: WalletTerms, command: RegisterClient, books: Books) -> Plan:
    """Open a client's pockets.

    Refuses, in this order: PartySuspended for who acts for the client, NotFound, PartyErased, PartySuspended,
    AlreadyTaken, also for a client who left, NoCurrentAccount, UnitMismatch.
    """
    programme, on = command.programme, books.today
    acting_for(books, command.client)
    client = active_party(books, command.client).id
    id = Client.fresh(books, programme, client)
    voucher = WalletVoucher(books, terms, programme)
    voucher.bind(client, "client")
    voucher.open(
        *(POCKET.account(programme, client, it, unit=terms.unit, on=on, party=client) for it in POCKETS)
    )
    voucher.keep(Client(id=id, registered_on=on))
    voucher.put(YieldState(on.isoformat()).record(POCKET(programme, client, "yield"), version=1))
    return voucher.plan("register-client", f"register client {client}")


# --- invariants and reports -------------------------------------------------------------------------


@noun.invariant("A2")
def bonus_needs_principal(books: Books) -> Iterator[str]:
    """Without principal there is no unvested bonus."""
    for programme in PROGRAMMES.ids(books):
        for client, held in holdings(books, programme):
            if held["bonus"] and not held["principal"]:
                yield f"client {client} of {programme} has no principal, but a bonus of {held['bonus']}"


@noun.invariant("A4")
def bonus_is_accounted_for(books: Books) -> Iterator[str]:
    """Bonus granted is what is open, vested or forfeited."""
    for programme in PROGRAMMES.ids(books):
        for client, held in holdings(books, programme):
            tally = Tally.of_client(books, programme, client)
            if tally.granted != held["bonus"] + tally.vested + tally.forfeited:
                yield f"client {client} of {programme}: bonus open {held['bonus']}, counted {tally.data}"


@noun.report("clients", OWN)
def list_clients(books: Books) -> Table:
    """Clients by pocket."""
    rows = []
    for programme, terms in PROGRAMMES.offered(books):
        for client, held in holdings(books, programme):
            money = amounts(terms, *(held[name] for name in _LISTED), sum(held.values()))
            rows.append((programme, client, *money))
    return Table("Clients", ("programme", "client", *_LISTED, "total"), tuple(rows))


@noun.report("bonus", OWN)
def list_bonus(books: Books) -> Table:
    """Bonus granted = vested + forfeited + open, by client."""
    rows = []
    for programme, terms in PROGRAMMES.offered(books):
        for client, held in holdings(books, programme):
            tally = Tally.of_client(books, programme, client)
            money = amounts(terms, tally.granted, tally.vested, tally.forfeited, held["bonus"])
            rows.append((programme, client, *money))
    return Table("Bonus", ("programme", "client", "granted", "vested", "forfeited", "open"), tuple(rows))


@noun.report("cap-breaches", OWN)
def list_cap_breaches(books: Books) -> Table:
    """Clients whose balance stands above the cap, by yield or a later cap."""
    rows = []
    for programme, terms in PROGRAMMES.offered(books):
        for client, held in holdings(books, programme):
            cap = Client.existing(books, programme, client).cap(books, terms)
            balance = sum(held.values())
            if cap is not None and balance > cap:
                rows.append((programme, client, *amounts(terms, balance, cap, balance - cap)))
    return Table("Cap breaches", ("programme", "client", "balance", "cap", "excess"), tuple(rows))
