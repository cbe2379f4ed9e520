"""Damage claims (索赔) against a carrier's deposit: filed by a shipper, decided by the bank, paid.

| operation | debit | credit | amount |
| --- | --- | --- | --- |
| file, decide | | | |
| pay | mode | the shipper's demand account | what was awarded |
| | accrued, interest expense | the carrier's demand account | at the demand rate |

>>> str(ClaimDecided("c1", date(2024, 5, 1)))
'claim c1 was decided on 2024-05-01'
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from typing import ClassVar

from attrs import evolve, frozen

from bankcore.amounts import Amount
from bankcore.errors import BadCommand, ProductRejection
from bankcore.ledger.books import Books
from bankcore.product import chart, fields
from bankcore.product.actor import Actor, Role, same_person
from bankcore.product.facts import Facts, kept
from bankcore.product.plan import Plan
from bankcore.product.product import Noun
from bankcore.product.refusals import SamePerson
from bankcore.products.deposit_modes.interest import noticed, pay_earned
from bankcore.products.deposit_modes.lots import ClaimOpen, take_out
from bankcore.products.deposit_modes.modes import UseNotAllowed, every_mode, mode_in, write_mode
from bankcore.products.deposit_modes.terms import Use
from bankcore.products.enterprise.enterprises import continuing_enterprise
from bankcore.products.enterprise.programmes import PROGRAMMES, EnterpriseTerms

__all__ = ["ClaimDecided", "ClaimExceedsDeposit", "DecideClaim", "FileClaim", "PayClaim"]

noun = Noun(__name__)


@frozen(kw_only=True)
class Claim(Facts):
    """A claim for damages, in minor units; one that is dismissed counts as paid."""

    KIND: ClassVar = "modes.claim"  # programme:claim
    carrier: str
    mode: str
    shipper: str
    asked: int
    filed_on: date
    decided_on: date | None = kept(None, empty="")
    decided_by: str | None = kept(None, absent=True)
    awarded: int = 0
    paid_on: date | None = kept(None, empty="")


class ClaimDecided(ProductRejection):
    sentence = "claim {claim} was decided on {decided_on}"
    claim: str
    decided_on: date


class ClaimExceedsDeposit(ProductRejection):
    sentence = "a claim of {amount} is more than the {deposit} that is there, or than was asked for"
    quantities = ("amount", "deposit")
    amount: int
    deposit: int
    unit: str = ""


# --- commands and their rules -----------------------------------------------------------------------


@frozen
class FileClaim:
    """Claim damages from a carrier's deposit (提出索赔)."""

    may: ClassVar[Mapping[Role, str]] = {Role.CUSTOMER: "shipper"}
    programme: str = fields.id_("the platform")
    claim: str = fields.id_("id of the claim")
    carrier: str = fields.id_("whose deposit it is")
    mode: str = fields.id_("code of the mode")
    shipper: str = fields.id_("who claims")
    amount: Amount = fields.amount("what is claimed")

    def __attrs_post_init__(self) -> None:
        if self.shipper == self.carrier:
            raise BadCommand("shipper", "nobody claims from himself")


@frozen
class DecideClaim:
    """Award all of a claim, a part or nothing (裁定索赔)."""

    may: ClassVar[Mapping[Role, str]] = {Role.OFFICER: ""}
    programme: str = fields.id_("the platform")
    claim: str = fields.id_("the claim")
    awarded: Amount = fields.amount("what is awarded; 0 dismisses the claim", least=0)


@frozen
class PayClaim:
    """Pay a claim that another person decided (赔付)."""

    may: ClassVar[Mapping[Role, str]] = {Role.OFFICER: ""}
    programme: str = fields.id_("the platform")
    claim: str = fields.id_("the claim")


@noun.rule(FileClaim)
def file_claim(terms: EnterpriseTerms, command: FileClaim, books: Books) -> Plan:
    """A shipper asks for damages; the deposit stays where it is until the claim is settled.

    Refuses, in this order: NotFound, ModeClosed, UseNotAllowed, NotFound, NotApproved or PartySuspended for
    the shipper, UnitMismatch, ClaimExceedsDeposit, AlreadyTaken.
    """
    voucher = PROGRAMMES.voucher(books, terms, command.programme)
    mode = mode_in(voucher, command.carrier, command.mode)
    if not mode.may(Use.CLAIMS):
        raise UseNotAllowed(mode.code, Use.CLAIMS.value)
    continuing_enterprise(books, command.programme, command.shipper)
    asked = terms.minor_units(command.amount)
    if asked > mode.balance:
        raise ClaimExceedsDeposit(asked, mode.balance, terms.unit)
    id = Claim.fresh(books, command.programme, command.claim)
    claim = Claim(
        id=id,
        carrier=command.carrier,
        mode=command.mode,
        shipper=command.shipper,
        asked=asked,
        filed_on=books.today,
    )
    voucher.keep(claim)
    write_mode(voucher, mode, "claim filed", claims=(*mode.kept.claims, command.claim))
    return voucher.plan("file-claim", f"{command.shipper} claims from {command.carrier}")


@noun.rule(DecideClaim)
def decide_claim(terms: EnterpriseTerms, command: DecideClaim, books: Books) -> Plan:
    """The bank awards all or a part of what was asked, or nothing, which settles the claim.

    Refuses, in this order: NotFound, ClaimDecided, UnitMismatch, ClaimExceedsDeposit where it is more
    than was asked, ModeClosed, ClaimExceedsDeposit where other awards leave less of the deposit.
    """
    claim = Claim.existing(books, command.programme, command.claim)
    if claim.decided_on:
        raise ClaimDecided(command.claim, claim.decided_on)
    awarded = terms.minor_units(command.awarded)
    if awarded > claim.asked:
        raise ClaimExceedsDeposit(awarded, claim.asked, terms.unit)
    voucher = PROGRAMMES.voucher(books, terms, command.programme)
    mode = mode_in(voucher, claim.carrier, claim.mode)
    others = (Claim.existing(books, command.programme, it).awarded for it in mode.kept.claims)
    if awarded > (left := mode.balance - sum(others)):
        raise ClaimExceedsDeposit(awarded, left, terms.unit)
    paid_on = None if awarded else books.today
    decided = evolve(claim, decided_on=books.today, decided_by=Actor.asking(books).id)
    voucher.keep(evolve(decided, awarded=awarded, paid_on=paid_on))
    if not awarded:
        write_mode(voucher, mode, "claim dismissed", claims=_without(mode.kept.claims, command.claim))
    return voucher.plan("decide-claim", f"claim {command.claim} is decided")


@noun.rule(PayClaim)
def pay_claim(terms: EnterpriseTerms, command: PayClaim, books: Books) -> Plan:
    """Pay what was awarded to the shipper, and its interest at the demand rate to the carrier.

    Refuses, in this order: NotFound, ClaimOpen while it is not decided, ClaimDecided where it is settled,
    SamePerson, ModeClosed, BalanceFloorBreached.
    """
    claim = Claim.existing(books, command.programme, command.claim)
    if not claim.decided_on:
        raise ClaimOpen(command.claim, claim.carrier)
    if claim.paid_on:
        raise ClaimDecided(command.claim, claim.paid_on)
    if same_person(claim.decided_by or "", Actor.asking(books).id):
        raise SamePerson(claim.decided_by or "", "claim", command.claim)
    voucher = PROGRAMMES.voucher(books, terms, command.programme)
    mode = mode_in(voucher, claim.carrier, claim.mode)
    left = _without(mode.kept.claims, command.claim)
    after = take_out(voucher, mode, "claim paid", claim.awarded, claims=left)
    voucher.move(mode.path, chart.DEMAND(claim.shipper), claim.awarded)
    pay_earned(voucher, after, noticed(after, books.today))
    voucher.keep(evolve(claim, paid_on=books.today))
    return voucher.plan("pay-claim", f"claim {command.claim} to {claim.shipper}")


def _without(claims: tuple[str, ...], claim: str) -> tuple[str, ...]:
    return tuple(other for other in claims if other != claim)


# --- invariants -----------------------------------------------------------------------------------


@noun.invariant("D-claims")
def open_claims_are_known(books: Books) -> Iterator[str]:
    """A mode names exactly the claims against it that are not settled."""
    wanted: Counter[tuple[str, ...]] = Counter()
    for claim in Claim.every(books):
        programme, id = claim.ids
        if not claim.paid_on:
            wanted[programme, claim.carrier, claim.mode, id] += 1
    known = Counter((*mode.ids, claim) for mode in every_mode(books) for claim in mode.kept.claims)
    for odd in sorted((wanted - known) + (known - wanted)):
        yield f"claim {odd} is open {wanted[odd]} times, its mode knows {known[odd]}"
