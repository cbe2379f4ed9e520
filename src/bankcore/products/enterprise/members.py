"""Fees of the platform: what is charged, and the discount of those who hold a member deposit.

A membership begins and ends with the deposit; its record sums up the fees charged meanwhile, so the
discount is rounded once over all of them, and what was used of it is known when it is clawed back.
"""

from __future__ import annotations

from bankcore.ledger.accounts import AccountPath
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Record
from bankcore.product.plan import Plan
from bankcore.product.records import minor_units, written
from bankcore.products.enterprise import accounts, commands, registry
from bankcore.products.enterprise.draft import Draft
from bankcore.products.enterprise.entitlements import redeem
from bankcore.products.enterprise.refusals import EntitlementsExceed
from bankcore.products.enterprise.terms import EnterpriseTerms
from bankcore.rates import Rate, round_half_up

__all__ = ["begin_membership", "charge", "discounts_used", "end_membership", "pay_fee"]


def begin_membership(books: Books, programme: str, enterprise: str, discount: Rate) -> Record:
    """The record that fees of the enterprise are discounted from now on."""
    rate = str(discount)
    return written(
        books, registry.MEMBERSHIP, programme, enterprise, active=True, rate=rate, fees=0, discounts=0
    )


def discounts_used(books: Books, programme: str, enterprise: str) -> int:
    """The discounts of a membership that has not ended, in minor units."""
    record = books.record(registry.MEMBERSHIP, f"{programme}:{enterprise}")
    return int(record.data["discounts"]) if record is not None and record.data["active"] else 0


def end_membership(
    books: Books, programme: str, enterprise: str, claw_back: bool
) -> tuple[int, tuple[Record, ...]]:
    """The discounts to be paid back (0 unless clawed back), and the records that end the membership."""
    record = books.record(registry.MEMBERSHIP, f"{programme}:{enterprise}")
    if record is None or not record.data["active"]:
        return 0, ()
    back = int(record.data["discounts"]) if claw_back else 0
    records = [record.next(active=False)]
    fees = books.record(registry.FEES, f"{programme}:{enterprise}")
    if fees is not None and back:
        records.append(fees.next(clawed_back=fees.data["clawed_back"] + back))
    return back, tuple(records)


def charge(draft: Draft, enterprise: str, fee: int) -> int:
    """Note a fee; returns what is to be paid of it after the discount of a member."""
    if not fee:
        return 0
    id = (draft.programme, enterprise)
    discount = 0
    member = draft.data(registry.MEMBERSHIP, *id)
    if member.get("active"):
        fees = member["fees"] + fee
        discount = round_half_up(Rate.parse(member["rate"]).fraction * fees) - member["discounts"]
        draft.write(registry.MEMBERSHIP, *id, fees=fees, discounts=member["discounts"] + discount)
    _note(draft, enterprise, charged=fee, discounts=discount)
    return fee - discount


def pay_fee(terms: EnterpriseTerms, command: commands.PayFee, books: Books) -> Plan:
    """Demand account and entitlements to fee income, the discount of a member left out.

    Refuses, in this order: UnitMismatch, NotFound, NotApproved, EntitlementsShort, EntitlementsExceed.
    """
    programme, enterprise = command.programme, command.enterprise
    fee = minor_units(terms, command.amount)
    registry.enterprise(books, programme, enterprise)
    draft = Draft(books, terms, programme)
    due = charge(draft, enterprise, fee)
    worth = redeem(draft, enterprise, command.entitlements)
    if worth > due:
        raise EntitlementsExceed(worth, due, terms.unit)
    liability: AccountPath = accounts.entitlement_liability(programme)
    draft.move(liability, accounts.FEE_INCOME, worth)
    draft.move(accounts.demand(enterprise), accounts.FEE_INCOME, due - worth)
    if worth:
        _note(draft, enterprise, entitlements=worth)
    return Plan((draft.transaction("fee", f"fee of {enterprise}"),))


def _note(draft: Draft, enterprise: str, **more: int) -> None:
    known = draft.data(registry.FEES, draft.programme, enterprise)
    sums = {name: known.get(name, 0) for name in ("charged", "discounts", "entitlements", "clawed_back")}
    draft.write(registry.FEES, draft.programme, enterprise, **{n: sums[n] + more.get(n, 0) for n in sums})
