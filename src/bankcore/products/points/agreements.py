"""Agreements (协议) between providers and classes of consumers: how many points an order earns."""

from __future__ import annotations

from bankcore.errors import BadTerms
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Record
from bankcore.product.plan import Plan
from bankcore.product.records import existing
from bankcore.products.points import commands, registry
from bankcore.products.points.draft import Draft
from bankcore.products.points.refusals import AgreementMissing
from bankcore.products.points.terms import PointsTerms

__all__ = ["agreement_in_force", "sign_agreement"]


def sign_agreement(terms: PointsTerms, command: commands.SignAgreement, books: Books) -> Plan:
    """The next version of an agreement; orders keep the one they were placed under.

    Refuses: NotFound, BadTerms for another unit.
    """
    programme, provider = command.programme, command.provider
    existing(books, registry.PROVIDER, programme, provider)
    if command.terms.unit != terms.unit:
        raise BadTerms("unit", f"the programme's unit is {terms.unit}")
    draft = Draft(books, terms, programme)
    draft.write(
        registry.AGREEMENT,
        programme,
        provider,
        command.consumer_class,
        valid_from=(command.valid_from or books.today).isoformat(),
        valid_until=command.valid_until.isoformat() if command.valid_until else None,
        terms=command.terms.as_data(),
    )
    text = f"agreement of {provider} for class {command.consumer_class}"
    return draft.plan("agreement", text)


def agreement_in_force(books: Books, programme: str, provider: str, consumer_class: str) -> Record:
    """The latest version that is valid today; raises AgreementMissing."""
    id, today = f"{programme}:{provider}:{consumer_class}", books.today.isoformat()
    latest = books.record(registry.AGREEMENT, id)
    if latest is not None and _is_valid(latest, today):
        return latest
    for record in reversed(list(books.versions(registry.AGREEMENT, id))):
        if _is_valid(record, today):
            return record
    raise AgreementMissing(provider, consumer_class, books.today)


def _is_valid(record: Record, today: str) -> bool:
    until = record.data["valid_until"]
    return bool(record.data["valid_from"] <= today and (until is None or today <= until))
