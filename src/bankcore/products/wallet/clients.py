"""Clients (客户) and their pockets: principal, yield, vested bonus, and the bonus that is not vested yet.

A client is a party with a current account, which the pockets are paid out to.  No client money moves here;
a client who registers gets four pockets and an accrual.  A party that is not identified takes part too: the
prepaid profile calls it anonymous.

>>> POCKET("mall", "c001", "principal")
'wallet:mall:client:c001:principal'
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import ClassVar

from attrs import frozen

from bankcore.errors import ProductRejection
from bankcore.ledger.accounts import Side
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
from bankcore.tables import Table

__all__ = ["ClientClosed", "RegisterClient"]

noun = Noun(__name__)
POCKET = chart.liability("wallet:{programme}:client:{client}:{pocket}")
OWED = chart.memorandum("wallet:{programme}:owed:{client}")  # yield to who left, while the reserve is short
OWED_CONTRA = chart.memorandum("wallet:{programme}:owed-contra:{client}", Side.CREDIT)
OWN = {Role.CUSTOMER: "client", **OPERATOR}  # whose a row of a report is
_LISTED = ("principal", "yield", "vested", "bonus")


# --- facts ------------------------------------------------------------------------------------------


@frozen(kw_only=True)
class Client(Facts):
    """Who takes part; somebody who left may rejoin, for another `stay`."""

    KIND: ClassVar = "wallet.client"  # programme:client
    registered_on: date
    closed_on: date | None = None
    stay: int = 1

    def cap(self, books: Books, terms: WalletTerms) -> int | None:
        """The most that the client may hold in all pockets today; None is no cap."""
        return terms.cap(self.is_anonymous(books))

    def is_anonymous(self, books: Books) -> bool:
        """Whether nobody has seen the client's document."""
        return not Party.existing(books, self.ids[1]).is_identified


def open_client(books: Books, programme: str, client: str) -> Client:
    """A client who takes part; raises NotFound, ClientClosed."""
    found = Client.existing(books, programme, client)
    if found.closed_on:
        raise ClientClosed(client)
    return found


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


# --- reports -------------------------------------------------------------------------


@noun.report("clients", OWN)
def list_clients(books: Books) -> Table:
    """Clients by pocket."""
    rows = []
    for programme, terms in PROGRAMMES.offered(books):
        for client, held in holdings(books, programme):
            money = amounts(terms, *(held[name] for name in _LISTED), sum(held.values()))
            rows.append((programme, client, *money))
    return Table("Clients", ("programme", "client", *_LISTED, "total"), tuple(rows))


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


@noun.report("owed", OWN)
def list_owed(books: Books) -> Table:
    """Yield owed to clients who left while the reserve was short."""
    rows = []
    for programme, terms in PROGRAMMES.offered(books):
        for path, owed in books.balances(OWED.root(programme)):
            if owed:
                rows.append((programme, path.rpartition(":")[2], *amounts(terms, owed)))
    return Table("Yield owed", ("programme", "client", "owed"), tuple(rows))
