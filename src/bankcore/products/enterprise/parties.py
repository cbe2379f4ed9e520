"""The platform and the enterprises on it: terms, registration by two people, cash."""

from __future__ import annotations

from bankcore.errors import BadTerms
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Record
from bankcore.product import approvals
from bankcore.product.personal import PERSONAL
from bankcore.product.plan import Plan
from bankcore.product.records import existing, fresh, minor_units
from bankcore.product.schedules import changed
from bankcore.products.enterprise import accounts, commands, registry
from bankcore.products.enterprise.draft import Draft
from bankcore.products.enterprise.refusals import KycIncomplete
from bankcore.products.enterprise.terms import EnterpriseTerms

__all__ = [
    "FACTS",
    "approve_enterprise",
    "change_terms",
    "open_programme",
    "pay_cash_in",
    "register_enterprise",
    "reject_enterprise",
]  # fmt: skip

FACTS = (
    "registered_name", "place", "legal_representative", "registered_capital", "business_scope",
    "qualifications", "contact",
)  # fmt: skip


def open_programme(terms: EnterpriseTerms, command: commands.OpenProgramme, books: Books) -> Plan:
    """Open the accounts of the bank and of the platform.  Refuses: AlreadyTaken, UnitMismatch."""
    programme = command.programme
    id = fresh(books, registry.TERMS, programme)
    draft = Draft(books, terms, programme)
    draft.open(*accounts.bank_accounts(programme, terms.unit, books.today))
    draft.put(Record(registry.TERMS, id, {"schedule": [[books.today.isoformat(), terms.as_data()]]}))
    return Plan((draft.transaction("open", f"open platform {programme}"),))


def change_terms(terms: EnterpriseTerms, command: commands.ChangeTerms, books: Books) -> Plan:
    """Schedule new terms.  Refuses: BadTerms for a past date, another unit or a value out of bounds."""
    start = command.effective_on or books.today
    if start < books.today:
        raise BadTerms("effective_on", f"{start} is before the business date {books.today}")
    record = existing(books, registry.TERMS, command.programme)
    earlier = registry.terms_on(books, command.programme, start)
    new = EnterpriseTerms.from_data({**earlier.as_data(), **command.terms})
    if new.unit != terms.unit:
        raise BadTerms("unit", f"a platform keeps its unit {terms.unit}")
    changes = {name: term for name, term in new.as_data().items() if name in command.terms}
    draft = Draft(books, terms, command.programme)
    draft.put(record.next(schedule=changed(record, start, changes, books.today)))
    return Plan((draft.transaction("terms", f"terms from {start}: {', '.join(sorted(command.terms))}"),))


def register_enterprise(terms: EnterpriseTerms, command: commands.RegisterEnterprise, books: Books) -> Plan:
    """Submit the facts; a second person has to approve them before they count.

    Refuses, in this order: KycIncomplete, UnitMismatch, AlreadyProposed.
    """
    programme, enterprise = command.programme, command.enterprise
    missing = [fact for fact in FACTS if not _is_given(getattr(command, fact))]
    if missing or command.registered_capital is None:
        raise KycIncomplete(enterprise, ", ".join(missing))
    facts = {
        "registered_name": command.registered_name,
        "place": command.place,
        "registered_capital": minor_units(terms, command.registered_capital),
        "business_scope": command.business_scope,
        "qualifications": command.qualifications,
        PERSONAL: {"legal_representative": command.legal_representative, "contact": command.contact},
    }
    draft = Draft(books, terms, programme)
    draft.put(
        *[
            approvals.proposed(
                books, registry.REGISTRATION, programme, enterprise, maker=command.maker, what=facts
            )
        ]
    )
    return Plan((draft.transaction("register", f"facts about enterprise {enterprise} are submitted"),))


def approve_enterprise(terms: EnterpriseTerms, command: commands.ApproveEnterprise, books: Books) -> Plan:
    """Take the submitted facts over; the first time, open the enterprise's accounts.

    Refuses, in this order: NothingProposed, SamePerson, UnitMismatch, AlreadyTaken.
    """
    programme, enterprise = command.programme, command.enterprise
    decision = approvals.approved(
        books, registry.REGISTRATION, programme, enterprise, checker=command.checker
    )
    draft = Draft(books, terms, programme)
    known = draft.data(registry.ENTERPRISE, programme, enterprise)
    if not known:
        draft.open(*accounts.enterprise_accounts(programme, enterprise, terms.unit, books.today))
    since = known.get("registered_on", books.today.isoformat())
    draft.put(decision)
    draft.write(registry.ENTERPRISE, programme, enterprise, **decision.data["what"], registered_on=since)
    return Plan((draft.transaction("approve", f"enterprise {enterprise} is registered"),))


def reject_enterprise(terms: EnterpriseTerms, command: commands.RejectEnterprise, books: Books) -> Plan:
    """Turn the submitted facts down.  Refuses, in this order: NothingProposed, SamePerson."""
    programme, enterprise = command.programme, command.enterprise
    draft = Draft(books, terms, programme)
    draft.put(
        *[approvals.rejected(books, registry.REGISTRATION, programme, enterprise, checker=command.checker)]
    )
    return Plan((draft.transaction("reject", f"facts about enterprise {enterprise} are rejected"),))


def pay_cash_in(terms: EnterpriseTerms, command: commands.PayCashIn, books: Books) -> Plan:
    """Cash to the demand account.  Refuses, in this order: UnitMismatch, NotFound, NotApproved."""
    amount = minor_units(terms, command.amount)
    registry.enterprise(books, command.programme, command.enterprise)
    draft = Draft(books, terms, command.programme)
    draft.move(accounts.CASH, accounts.demand(command.enterprise), amount)
    return Plan((draft.transaction("deposit", f"deposit of {command.enterprise}"),))


def _is_given(fact: object) -> bool:
    return bool(fact.strip()) if isinstance(fact, str) else fact is not None
