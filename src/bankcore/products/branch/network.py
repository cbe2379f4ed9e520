"""The network, its branches, and who may not be approached."""

from __future__ import annotations

from bankcore.errors import BadTerms
from bankcore.ledger.books import Books
from bankcore.product.plan import Plan
from bankcore.product.records import fresh, rescheduled
from bankcore.products.branch import accounts, commands, registry
from bankcore.products.branch.draft import Draft
from bankcore.products.branch.leads import end_pushes, rematch
from bankcore.products.branch.terms import BranchTerms

__all__ = ["blacklist", "change_terms", "open_programme", "register_branch"]


def open_programme(terms: BranchTerms, command: commands.OpenProgramme, books: Books) -> Plan:
    """Keep the terms and open the bank's accounts.  Refuses: AlreadyTaken, UnitMismatch."""
    programme = command.programme
    fresh(books, registry.TERMS, programme)
    draft = Draft(books, terms, programme)
    draft.open(*accounts.bank_accounts(terms.unit, books.today))
    draft.write(registry.TERMS, schedule=[[books.today.isoformat(), terms.as_data()]])
    return draft.plan("open", f"open branch network {programme}")


def change_terms(terms: BranchTerms, command: commands.ChangeTerms, books: Books) -> Plan:
    """Schedule new terms.  Refuses: BadTerms, also for a past date or another unit; NotFound."""
    start = command.effective_on or books.today
    if start < books.today:
        raise BadTerms("effective_on", f"{start} is before the business date {books.today}")
    record = rescheduled(BranchTerms, books, registry.TERMS, command.programme, command.terms, start)
    draft = Draft(books, terms, command.programme)
    draft.write(registry.TERMS, schedule=record.data["schedule"])
    return draft.plan("terms", f"terms from {start}: {', '.join(sorted(command.terms))}")


def register_branch(terms: BranchTerms, command: commands.RegisterBranch, books: Books) -> Plan:
    """Note a branch, its bank and its place, which stay.  Refuses: AlreadyTaken."""
    fresh(books, registry.BRANCH, command.programme, command.branch)
    draft = Draft(books, terms, command.programme)
    draft.write(registry.BRANCH, command.branch, bank=command.owner, east=command.east, north=command.north)
    return draft.plan("register-branch", f"branch {command.branch} of {command.owner}")


def blacklist(terms: BranchTerms, command: commands.Blacklist, books: Books) -> Plan:
    """List an identity or lift the listing; pushes and matches of whoever is listed end."""
    digest = registry.digest(command.programme, command.identity)
    draft = Draft(books, terms, command.programme)
    draft.write(registry.BLACKLIST, digest, reason=command.reason, listed=not command.lifted)
    known = books.record(registry.IDENTITY, f"{command.programme}:{digest}")
    if known is not None:
        if not command.lifted:
            end_pushes(draft, known.data["lead"])
        rematch(draft, known.data["lead"], listed="" if command.lifted else command.reason)
    return draft.plan("blacklist", "an identity is " + ("off" if command.lifted else "on") + " the blacklist")
