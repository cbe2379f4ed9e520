"""Terminals (交易终端) of providers, and other sources of orders: each order names the one it came from.

A provider begins with one; it may have more, and an order that names none comes from its only one.

>>> str(TerminalForeign("g1", "t9"))
'provider g1 has no terminal t9 in use'
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from attrs import evolve, frozen

from bankcore.errors import ProductRejection
from bankcore.ledger.books import Books
from bankcore.product import fields
from bankcore.product.actor import Role
from bankcore.product.parties import acting_for
from bankcore.product.plan import Plan
from bankcore.product.product import Noun
from bankcore.product.refusals import AlreadyTaken
from bankcore.products.points.programmes import PointsTerms, PointsVoucher
from bankcore.products.points.providers import Terminal, open_provider
from bankcore.tables import Table

__all__ = ["RegisterTerminal", "RemoveTerminal", "TerminalForeign", "TerminalUnnamed"]

noun = Noun(__name__)
KINDS = ("pos", "self-service", "online", "mobile")


class TerminalForeign(ProductRejection):
    sentence = "provider {provider} has no terminal {terminal} in use"
    provider: str
    terminal: str


class TerminalUnnamed(ProductRejection):
    """An order has to say where it comes from, unless there is one terminal only."""

    sentence = "provider {provider} has {count} terminals in use, and the order names none"
    provider: str
    count: int


def terminal_of(books: Books, programme: str, provider: str, named: str) -> str:
    """The terminal of an order; raises TerminalForeign, TerminalUnnamed."""
    if named:
        found = Terminal.find(books, programme, provider, named)
        if found is None or found.removed_on:
            raise TerminalForeign(provider, named)
        return named
    used = [it.ids[2] for it in Terminal.every(books, programme, provider) if not it.removed_on]
    if len(used) != 1:
        raise TerminalUnnamed(provider, len(used))
    return used[0]


# --- commands and their rules -----------------------------------------------------------------------


@frozen
class RegisterTerminal:
    """Register a terminal, or another source of orders, of a provider (登记交易终端)."""

    may: ClassVar[Mapping[Role, str]] = {Role.MERCHANT: "provider", Role.OFFICER: ""}
    programme: str = fields.id_("the points programme")
    provider: str = fields.id_("the provider of goods or services")
    terminal: str = fields.id_("the terminal")
    kind: str = fields.choice("what it is: pos, self-service, online or mobile", KINDS, "pos")


@frozen
class RemoveTerminal:
    """Take a terminal out of use (停用交易终端)."""

    may: ClassVar[Mapping[Role, str]] = {Role.MERCHANT: "provider", Role.OFFICER: ""}
    programme: str = fields.id_("the points programme")
    provider: str = fields.id_("the provider of goods or services")
    terminal: str = fields.id_("the terminal")


@noun.rule(RegisterTerminal)
def register_terminal(terms: PointsTerms, command: RegisterTerminal, books: Books) -> Plan:
    """Note the terminal; one that was taken out of use comes back.

    Refuses, in this order: PartySuspended for who acts for the provider, NotFound, AlreadyTaken.
    """
    provider, terminal = command.provider, command.terminal
    acting_for(books, provider)
    open_provider(books, command.programme, provider)
    known = Terminal.find(books, command.programme, provider, terminal)
    if known is not None and not known.removed_on:
        raise AlreadyTaken("terminal", terminal)
    voucher = PointsVoucher(books, terms, command.programme)
    ids, kind = (command.programme, provider, terminal), command.kind
    voucher.keep(Terminal.anew(books, *ids, kind=kind, registered_on=books.today))
    return voucher.plan("register-terminal", f"terminal {terminal} of {provider}")


@noun.rule(RemoveTerminal)
def remove_terminal(terms: PointsTerms, command: RemoveTerminal, books: Books) -> Plan:
    """Note that it takes no more orders.

    Refuses, in this order: PartySuspended for who acts for the provider, NotFound, TerminalForeign.
    """
    provider, terminal = command.provider, command.terminal
    acting_for(books, provider)
    open_provider(books, command.programme, provider)
    terminal_of(books, command.programme, provider, terminal)
    known = Terminal.existing(books, command.programme, provider, terminal)
    voucher = PointsVoucher(books, terms, command.programme)
    voucher.keep(evolve(known, removed_on=books.today))
    return voucher.plan("remove-terminal", f"terminal {terminal} of {provider} goes")


@noun.report("terminals", {Role.MERCHANT: "provider", Role.OPERATOR: "programme"})
def list_terminals(books: Books) -> Table:
    """The terminals and other sources of orders of each provider."""
    rows = ((*it.ids, it.kind, it.registered_on, it.removed_on) for it in Terminal.every(books))
    columns = ("programme", "provider", "terminal", "kind", "registered", "removed")
    return Table("Terminals", columns, tuple(rows))
