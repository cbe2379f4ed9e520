"""States of current accounts: lost (挂失) and dormant (久悬); what a court freezes stands in `courts`.

A lost or dormant account takes credits and earns, and no debit from anybody.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import ClassVar

from attrs import evolve, frozen

from bankcore.calendars import add_months
from bankcore.errors import ProductRejection
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Transaction
from bankcore.product import fields
from bankcore.product.actor import Role
from bankcore.product.parties import acting_for, identified_party, open_contracts
from bankcore.product.plan import Plan, Step
from bankcore.product.product import Noun, Phase
from bankcore.product.schedules import later_by
from bankcore.products.current.accounts import (
    DORMANCY,
    PROGRAMMES,
    AccountLost,
    CurrentAccount,
    DemandTerms,
    restated,
    voucher_of,
)

__all__ = ["NotDormant", "NotLost", "ReplaceLost", "ReportLost", "ReviveAccount"]

noun = Noun(__name__)


class NotLost(ProductRejection):
    sentence = "account {party} was not reported lost"
    party: str


class NotDormant(ProductRejection):
    sentence = "account {party} is not dormant"
    party: str


# --- lost -------------------------------------------------------------------------------------------


@frozen
class ReportLost:
    """Have no debits made from an account whose card or passbook is lost (挂失)."""

    may: ClassVar[Mapping[Role, str]] = {Role.CUSTOMER: "party", Role.OFFICER: ""}
    party: str = fields.id_("whose account it is")


@frozen
class ReplaceLost:
    """Give out another card or passbook, and take debits again (补发)."""

    may: ClassVar[Mapping[Role, str]] = {Role.OFFICER: ""}
    party: str = fields.id_("whose account it is")


@noun.rule(ReportLost)
def report_lost(terms: DemandTerms, command: ReportLost, books: Books) -> Plan:
    """Refuses: ActorNotPermitted, NotFound, AccountLost."""
    acting_for(books, command.party)
    account = CurrentAccount.of_party(books, command.party)
    if account.lost_on is not None:
        raise AccountLost(account.id, account.lost_on)
    voucher = voucher_of(books, terms, account.id)
    restated(voucher, account, evolve(account, lost_on=books.today, acted_on=books.today), "lost")
    return voucher.plan("lost", f"account of {account.id} is reported lost")


@noun.rule(ReplaceLost)
def replace_lost(terms: DemandTerms, command: ReplaceLost, books: Books) -> Plan:
    """Refuses: NotFound, NotLost, and as `identified_party` does."""
    account = CurrentAccount.of_party(books, command.party)
    if account.lost_on is None:
        raise NotLost(account.id)
    identified_party(books, account.id)
    voucher = voucher_of(books, terms, account.id)
    restated(voucher, account, evolve(account, lost_on=None, acted_on=books.today), "replaced")
    return voucher.plan("replace", f"account of {account.id} is in use again")


# --- dormant ----------------------------------------------------------------------------------------


@frozen
class ReviveAccount:
    """Use a dormant account again (激活久悬户)."""

    may: ClassVar[Mapping[Role, str]] = {Role.CUSTOMER: "party", Role.OFFICER: ""}
    party: str = fields.id_("whose account it is")


@noun.rule(ReviveAccount)
def revive(terms: DemandTerms, command: ReviveAccount, books: Books) -> Plan:
    """Refuses: ActorNotPermitted, NotFound, NotDormant, and as `identified_party` does."""
    acting_for(books, command.party)
    account, today = CurrentAccount.of_party(books, command.party), books.today
    if account.dormant_on is None:
        raise NotDormant(account.id)
    identified_party(books, account.id)
    voucher = voucher_of(books, terms, account.id)
    restated(voucher, account, evolve(account, dormant_on=None, acted_on=today), "revived")
    due = later_by(today, terms.dormant_years)
    voucher.put(DORMANCY.note(books, account.programme, account.id, due))
    return voucher.plan("revive", f"account of {account.id} is revived")


@noun.daily(Phase.MONITOR)
def fall_dormant(books: Books, day: date) -> Iterator[Step]:
    """Look at the accounts whose owners last acted years ago; whoever is bound by a contract uses his."""
    return DORMANCY.steps(books, day, PROGRAMMES.ids(books), "dormant", _look_at)


def _look_at(books: Books, programme: str, party: str) -> Iterator[Transaction]:
    account, terms = CurrentAccount.existing(books, party), PROGRAMMES.today(books, programme)
    gone = account.programme != programme  # closed, and opened again elsewhere, where it is noted too
    if gone or account.closed_on is not None or account.dormant_on is not None:
        return
    voucher = voucher_of(books, terms, party)
    due = later_by(account.acted_on, terms.dormant_years)
    bound = any(_uses(programme, *it.ids[1:]) for it in open_contracts(books, party))
    if due > books.today or bound:
        again = due if due > books.today else add_months(books.today, 1)
        voucher.put(DORMANCY.note(books, programme, party, again))
        yield voucher.transaction("look", f"account of {party} is looked at again on {again}")
        return
    restated(voucher, account, evolve(account, dormant_on=books.today), "dormant")
    voucher.notify(party, "dormant", party)
    yield voucher.transaction("dormant", f"account of {party} is dormant")


def _uses(programme: str, product: str, thing: str) -> bool:
    """Whether a contract uses the account: neither its own does, nor what waits in suspense."""
    own = product == "current" and (thing == programme or thing.startswith("suspense/"))
    return not own and product != "parties"
