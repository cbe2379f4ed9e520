"""Terminals (终端): the devices from which a party confirms; the bank knows each by id and kind.

An id is the bank's own for the device, not the maker's serial number.

>>> TerminalUnknown("b", "t1", "mobile").code
'terminal_unknown'
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar, Final

from attrs import evolve, frozen

from bankcore.errors import ProductRejection
from bankcore.ledger.books import Books
from bankcore.product import fields
from bankcore.product.actor import Role
from bankcore.product.facts import Facts, kept
from bankcore.product.parties import acting_for, active_party
from bankcore.product.plan import Plan
from bankcore.product.product import Noun
from bankcore.product.refusals import AlreadyTaken
from bankcore.products.certificate.programmes import PROGRAMMES, CertificateTerms
from bankcore.tables import Table

__all__ = ["RegisterTerminal", "RemoveTerminal", "TerminalUnknown"]

noun = Noun(__name__)
KINDS: Final = ("mobile", "computer", "atm", "pos", "counter")


@frozen(kw_only=True)
class Terminal(Facts):
    """A terminal of a party."""

    KIND: ClassVar = "certificate.terminal"  # programme:party:terminal
    kind: str
    registered_on: date
    removed_on: date | None = kept(None, absent=True)


class TerminalUnknown(ProductRejection):
    """The party has registered no terminal of this id and kind, or has removed it."""

    sentence = "{party} has registered no terminal {terminal} of kind {kind}"
    party: str
    terminal: str
    kind: str


@frozen
class _OfTerminal:
    """The base of what is asked of a terminal."""

    may: ClassVar[Mapping[Role, str]] = {Role.CUSTOMER: "party", Role.OFFICER: ""}
    programme: str = fields.id_("the programme of certificates")
    party: str = fields.id_("whose terminal it is")
    terminal: str = fields.id_("the terminal")


@frozen
class RegisterTerminal(_OfTerminal):
    """Confirm from this terminal from now on (登记终端)."""

    kind: str = fields.choice("what it is", KINDS)


@frozen
class RemoveTerminal(_OfTerminal):
    """Confirm from this terminal no more, as when a phone is lost (注销终端)."""


@noun.rule(RegisterTerminal)
def register_terminal(terms: CertificateTerms, command: RegisterTerminal, books: Books) -> Plan:
    """Note it.

    Refuses, in this order: PartySuspended for who acts for the party, NotFound, PartyErased, PartySuspended,
    AlreadyTaken.
    """
    acting_for(books, command.party)
    ids = (command.programme, active_party(books, command.party).id, command.terminal)
    known = Terminal.find(books, *ids)
    if known is not None and known.removed_on is None:
        raise AlreadyTaken("terminal", command.terminal)
    data: dict[str, Any] = {"kind": command.kind, "registered_on": books.today}
    voucher = PROGRAMMES.voucher(books, terms, command.programme)
    voucher.keep(Terminal(id=":".join(ids), version=known.version if known else 0, **data))
    return voucher.plan("register-terminal", f"terminal {command.terminal} of {command.party}")


@noun.rule(RemoveTerminal)
def remove_terminal(terms: CertificateTerms, command: RemoveTerminal, books: Books) -> Plan:
    """Note it.  Refuses: PartySuspended for who acts for the party, TerminalUnknown."""
    acting_for(books, command.party)
    known = Terminal.find(books, command.programme, command.party, command.terminal)
    if known is None or known.removed_on is not None:
        raise TerminalUnknown(command.party, command.terminal, known.kind if known else "any")
    voucher = PROGRAMMES.voucher(books, terms, command.programme)
    voucher.keep(evolve(known, removed_on=books.today))
    return voucher.plan("remove-terminal", f"terminal {command.terminal} of {command.party} is removed")


def check_terminal(
    books: Books, terms: CertificateTerms, programme: str, party: str, terminal: str, kind: str
) -> None:
    """Raises TerminalUnknown for one that is not the party's, or for none where the terms ask for one."""
    if not terminal and not kind and not terms.terminals:
        return
    known = Terminal.find(books, programme, party, terminal) if terminal else None
    if known is None or known.removed_on is not None or known.kind != kind:
        raise TerminalUnknown(party, terminal or "(none)", kind or "(none)")


@noun.report("terminals", {Role.CUSTOMER: "party"})
def list_terminals(books: Books) -> Table:
    """The terminals of parties, also those that were removed."""
    rows = (
        (*it.ids, it.kind, it.registered_on, it.removed_on or "")
        for programme in PROGRAMMES.ids(books)
        for it in Terminal.every(books, programme)
    )
    columns = ("programme", "party", "terminal", "kind", "registered", "removed")
    return Table("Terminals", columns, tuple(rows))
