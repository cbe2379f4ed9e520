"""Orders: the price to the provider, the points to the consumer, in one transaction.

Points are the floor of the exact sum over all net spend of a member under one agreement, less what
was issued before, so neither the size of orders nor refunds in between change what is earned.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from bankcore.amounts import Amount
from bankcore.errors import BadCommand
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Record
from bankcore.product.forms import fill
from bankcore.product.plan import Plan
from bankcore.product.records import existing, minor_units
from bankcore.product.refusals import RefundExceeds
from bankcore.products.points import accounts, commands, registry
from bankcore.products.points.agreements import agreement_in_force
from bankcore.products.points.draft import Draft
from bankcore.products.points.lots import claw_back, claw_back_from_closed, issue
from bankcore.products.points.refusals import (
    IdentityUnconfirmed,
    OrderDuplicate,
    OrderOfOther,
    SelfDealing,
)
from bankcore.products.points.terms import CREDIT, AgreementTerms, PointsTerms
from bankcore.rates import fraction_text, parse_fraction, round_down

__all__ = ["grant_points", "place_order", "refund_order", "submit_order"]


def place_order(terms: PointsTerms, command: commands.PlaceOrder, books: Books) -> Plan:
    """Consumer to provider, provider to its fund, points to the card, credit points to the provider.

    Refuses, in this order: UnitMismatch, NotFound or CardClosed, IdentityUnconfirmed,
    OrderDuplicate, SelfDealing, AgreementMissing, FundShort.
    """
    programme, card, provider = command.programme, command.card, command.provider
    price, today = minor_units(terms, command.amount), books.today.isoformat()
    holder = registry.open_card(books, programme, card).data
    seller = existing(books, registry.PROVIDER, programme, provider).data
    if not holder["document"]:
        raise IdentityUnconfirmed(card)
    if books.record(registry.ORDER, f"{programme}:{command.order}") is not None:
        raise OrderDuplicate(command.order)
    if holder["person"] == seller["person"]:
        raise SelfDealing(card, provider, holder["person"])
    agreement = agreement_in_force(books, programme, provider, holder["class"])
    agreed = AgreementTerms.from_data(agreement.data["terms"])
    member = (programme, card, provider, holder["class"], str(agreement.version))
    draft = Draft(books, terms, programme)
    draft.move(accounts.demand(holder["person"]), accounts.demand(seller["person"]), price)

    before = _membership(books, member, agreed)
    earlier = before["on_day"] if before["day"] == today else 0
    counted = agreed.counted(price, earlier)
    points = _earned(terms, before, counted)
    spend, issued = before["spend"] + counted, before["issued"] + points
    changed = {"spend": spend, "issued": issued, "day": today, "on_day": earlier + counted}
    draft.write(registry.MEMBER, *member, **{**before, **changed})
    lot, repaid, funded = issue(draft, card, provider, points, price, command.order)
    credited = _credit(draft, provider, agreed.credit_rate.fraction * points)
    order = {"member": ":".join(member), "price": price, "counted": counted, "refunded": 0, "lot": lot}
    draft.write(registry.ORDER, programme, command.order, on=today, **order)
    _remit(draft, provider, card, command.order, points, repaid, funded, credited, price)
    return draft.plan("order", f"order {command.order}: {points} points for {Amount(price, terms.unit)}")


def submit_order(terms: PointsTerms, command: commands.SubmitOrder, books: Books) -> Plan:
    """Extract provider, consumer, number and price from an order document, and place the order.

    Other fields of the document (goods, terminal) are the provider's own affair.
    Refuses: BadCommand for a field that is missing or unreadable; then as `place_order`.
    """
    wanted = ("provider", "card", "order", "amount")
    missing = [name for name in wanted if name not in command.document]
    if missing:
        raise BadCommand("document", f"the order names no {missing[0]}")
    form = {name: command.document[name] for name in wanted}
    placed = fill(commands.PlaceOrder, {"programme": command.programme, **form}, terms.unit)
    return place_order(terms, placed, books)


def refund_order(terms: PointsTerms, command: commands.RefundOrder, books: Books) -> Plan:
    """Provider to consumer, and back what the order earned beyond what the net spend earns.

    A merged card's points come off the card it was merged into.  The holder of a closed card gets the
    money on the demand account, less the worth of the points that are missing: those that were neither
    given up with the card nor are there to be taken; never less than nothing.
    Refuses, in this order: UnitMismatch, NotFound, OrderOfOther, RefundExceeds.
    """
    programme, amount = command.programme, minor_units(terms, command.amount)
    order = existing(books, registry.ORDER, programme, command.order)
    member = tuple(order.data["member"].split(":"))
    provider = member[2]
    if provider != command.provider:
        raise OrderOfOther(command.order, command.provider)
    card = registry.unified_card(books, programme, member[1])
    holder = existing(books, registry.CARD, programme, card).data
    seller = existing(books, registry.PROVIDER, programme, provider).data
    left = order.data["price"] - order.data["refunded"]
    if amount > left:
        raise RefundExceeds("order", command.order, left, amount, terms.unit)
    draft = Draft(books, terms, programme)
    before = draft.data(registry.MEMBER, *member)
    counted = min(order.data["counted"], left - amount)
    points = -_earned(terms, before, counted - order.data["counted"])
    spend = before["spend"] + counted - order.data["counted"]
    draft.write(registry.MEMBER, *member, spend=spend, issued=before["issued"] - points)
    debt = returned = kept = 0
    if holder["closed_on"]:
        kept = min(terms.worth(claw_back_from_closed(draft, card, provider, points)), amount)
    else:
        debt, returned = claw_back(draft, card, provider, points, order.data["lot"])
    draft.move(accounts.demand(seller["person"]), accounts.demand(holder["person"]), amount - kept)
    credited = _credit(draft, provider, -parse_fraction(before["credit_rate"]) * points)
    refunded = order.data["refunded"] + amount
    draft.write(registry.ORDER, programme, command.order, counted=counted, refunded=refunded)
    _remit(draft, provider, member[1], command.order, -points, -debt, -returned, credited, -amount, kept)
    text = f"refund of order {command.order}: {points} points back for {Amount(amount, terms.unit)}"
    return draft.plan("refund", text)


def grant_points(terms: PointsTerms, command: commands.GrantPoints, books: Books) -> Plan:
    """Points without an order; they earn the provider no credit points.

    Refuses: NotFound or CardClosed, SelfDealing, FundShort.
    """
    programme, card, provider = command.programme, command.card, command.provider
    holder = registry.open_card(books, programme, card).data
    seller = existing(books, registry.PROVIDER, programme, provider).data
    if holder["person"] == seller["person"]:
        raise SelfDealing(card, provider, holder["person"])
    draft = Draft(books, terms, programme)
    issue(draft, card, provider, command.points)
    return draft.plan("grant", f"{provider} grants {command.points} points to card {card}")


def _membership(books: Books, id: tuple[str, ...], agreed: AgreementTerms) -> dict[str, Any]:
    """What a member spent and got under one version of an agreement, nothing at first."""
    stored: Record | None = books.record(registry.MEMBER, ":".join(id))
    if stored is not None:
        return dict(stored.data)
    rates = {
        "rate": fraction_text(agreed.rate.fraction),
        "credit_rate": fraction_text(agreed.credit_rate.fraction),
    }
    return {"spend": 0, "issued": 0, "day": "", "on_day": 0, **rates}


def _earned(terms: PointsTerms, member: dict[str, Any], spend: int) -> int:
    """The points by which more (or less) net spend changes what the member has earned in all."""
    exact = terms.earned(parse_fraction(member["rate"]), member["spend"] + spend)
    return round_down(exact) - int(member["issued"])


def _credit(draft: Draft, provider: str, exact: Fraction) -> int:
    """Move the provider's exact credit, and its credit points to the floor of that."""
    before = parse_fraction(draft.data(registry.PROVIDER, draft.programme, provider)["credit"])
    after = before + exact
    draft.write(registry.PROVIDER, draft.programme, provider, credit=fraction_text(after))
    change = round_down(after) - round_down(before)
    own = accounts.credit(draft.programme, provider)
    contra = accounts.credit_issued(draft.programme, provider)
    debit, credit = (contra, own) if change > 0 else (own, contra)
    draft.move(debit, credit, abs(change), CREDIT)
    return change


def _remit(
    draft: Draft,
    provider: str,
    card: str,
    order: str,
    points: int,
    debt: int,
    fund: int,
    credit: int,
    net: int,
    kept: int = 0,
) -> None:
    """The record of a remittance; each refund of the order is its next version.

    `debt` is what repaid points debt (below zero: what became debt), `fund` the money moved behind
    live points, `credit` the provider's credit points, `amount` the price, `kept` what a refund to a
    closed card was reduced by.
    """
    moved = {"points": points, "debt": debt, "fund": fund, "credit": credit, "amount": net, "kept": kept}
    id = (draft.programme, provider, card, order)
    draft.write(registry.REMITTANCE, *id, on=draft.books.today.isoformat(), **moved)
