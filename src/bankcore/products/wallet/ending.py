"""The end of a programme (终止计划): once nobody has a claim on it, its operator is paid what is left.

| operation | debit | credit | amount |
| --- | --- | --- | --- |
| close | reserve, service | the operator's demand account | all of it |

>>> ProgrammeInUse("mall", "client c001 takes part").code
'programme_in_use'
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from attrs import frozen

from bankcore.amounts import Amount
from bankcore.errors import ProductRejection
from bankcore.ledger.books import Books
from bankcore.product import chart
from bankcore.product.actor import Role
from bankcore.product.parties import acting_for
from bankcore.product.plan import Plan
from bankcore.product.product import Noun
from bankcore.products.wallet.clients import OWED, Client
from bankcore.products.wallet.merchants import Merchant
from bankcore.products.wallet.pools import Pool, State
from bankcore.products.wallet.programmes import (
    CASH_DUE,
    CASH_DUE_CONTRA,
    ENDED,
    OPERATOR,
    PROGRAMMES,
    RESERVE,
    SERVICE,
    OfProgramme,
    OpenProgramme,
    WalletTerms,
    WalletVoucher,
)
from bankcore.products.wallet.recharge_points import all_due, open_points
from bankcore.tables import Table

__all__ = ["CloseProgramme", "ProgrammeClosed", "ProgrammeInUse"]

noun = Noun(__name__)


class ProgrammeClosed(ProductRejection):
    sentence = "programme {programme} is closed"
    programme: str


class ProgrammeInUse(ProductRejection):
    """Somebody still has a claim on a programme, or it on somebody."""

    sentence = "programme {programme} cannot end: {reason}"
    programme: str
    reason: str


@frozen
class CloseProgramme(OfProgramme):
    """End a programme that nobody takes part in any more (终止计划)."""

    may: ClassVar[Mapping[Role, str]] = {Role.OPERATOR: "programme", Role.OFFICER: ""}


def terms_for(command: Any, books: Books) -> WalletTerms:
    """The terms for a command; raises NotFound, ProgrammeClosed."""
    terms = PROGRAMMES.of(command, books)
    if not isinstance(command, OpenProgramme) and books.record(ENDED, command.programme) is not None:
        raise ProgrammeClosed(command.programme)
    return terms


@noun.rule(CloseProgramme)
def close_programme(terms: WalletTerms, command: CloseProgramme, books: Books) -> Plan:
    """Reserve and service fund to the operator's account, whose contract ends.

    Refuses, in this order: PartySuspended for who acts for the operator, ProgrammeInUse.
    """
    programme = command.programme
    acting_for(books, programme)
    for reason in _claims(books, terms, programme):
        raise ProgrammeInUse(programme, reason)
    voucher = WalletVoucher(books, terms, programme)
    for path in (RESERVE(programme), SERVICE(programme)):
        voucher.move(path, chart.DEMAND(programme), books.balance(path))
    for template in (RESERVE, SERVICE, CASH_DUE, CASH_DUE_CONTRA):
        voucher.close(template(programme), f"programme {programme} ended")
    voucher.write(ENDED, programme, on=books.today.isoformat())
    voucher.free(programme, "operator")
    return voucher.plan("close", f"close programme {programme}")


def _claims(books: Books, terms: WalletTerms, programme: str) -> Iterator[str]:
    """Why a programme may not end, the first of them first."""
    yield from (
        f"client {it.ids[1]} takes part" for it in Client.every(books, programme) if it.closed_on is None
    )
    owing = (path.rpartition(":")[2] for path, owed in books.balances(OWED.root(programme)) if owed)
    yield from (f"yield is owed to {client}" for client in owing)
    yield from (
        f"merchant {it.ids[1]} takes part" for it in Merchant.every(books, programme) if it.closed_on is None
    )
    if due := all_due(books, programme):
        yield f"{Amount(due, terms.unit)} of cash is not paid in"
    yield from (f"recharge point {it} is open" for it in open_points(books, programme))
    yield from (
        f"the yield pool from {it.start} is open"
        for it in Pool.every(books, programme)
        if it.state is State.OPEN
    )


@noun.report("programmes", OPERATOR)
def list_programmes(books: Books) -> Table:
    """The programmes, and when each ended."""
    rows = []
    for programme in PROGRAMMES.ids(books):
        ended = books.record(ENDED, programme)
        rows.append((programme, None if ended is None else ended.data["on"]))
    return Table("Programmes", ("programme", "ended on"), tuple(rows))
