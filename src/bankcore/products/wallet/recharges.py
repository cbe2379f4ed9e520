"""Recharges (线下充值): cash taken offline becomes the client's principal, out of the reserve, with a bonus.

| operation | debit | credit | amount |
| --- | --- | --- | --- |
| recharge | reserve | principal | the cash |
| | reserve | bonus | by its tier; what is due of all that was earned, rounded half up |
| | cash-due of the point | cash-due-contra | the cash |
| undo | the same, mirrored | | while no principal was spent; on the same day, or with the client's consent |

After a recharge the monitor looks at the reserve.

>>> from bankcore.amounts import Amount
>>> Recharge("mall", "c001", Amount.parse("888.88", "CNY/2"), "r1").may
{<Role.OPERATOR: 'operator'>: 'programme'}
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from fractions import Fraction
from typing import ClassVar

from attrs import evolve, frozen

from bankcore.amounts import Amount
from bankcore.errors import ProductRejection
from bankcore.ledger.accounts import AccountPath
from bankcore.ledger.books import Books
from bankcore.product import fields
from bankcore.product.actor import Role
from bankcore.product.facts import Facts, kept
from bankcore.product.parties import acting_for, active_party
from bankcore.product.plan import Plan
from bankcore.product.product import Noun
from bankcore.product.refusals import NotFound
from bankcore.products.wallet.bonuses import Tally, keep_change
from bankcore.products.wallet.clients import POCKET, held_by, open_client
from bankcore.products.wallet.late_entries import count_late, late_from
from bankcore.products.wallet.monitor import monitor
from bankcore.products.wallet.programmes import (
    CASH_DUE,
    OPERATOR,
    PROGRAMMES,
    RESERVE,
    OfProgramme,
    ReserveShort,
    WalletTerms,
    WalletVoucher,
    amounts,
)
from bankcore.products.wallet.recharge_points import all_due, check_room, due_pair
from bankcore.tables import Table

__all__ = [
    "AlreadyUndone", "BalanceCap", "CashNotPaidIn", "ConsentToUndo", "Recharge", "RechargeUsed",
    "UndoRecharge", "UndoTooLate",
]  # fmt: skip

noun = Noun(__name__)
_AGES = (7, 30, 90)  # days, the last of each bucket


@frozen(kw_only=True)
class Recharged(Facts):
    """A recharge, with the bonus that it `earned` exactly and the part that was posted with it.

    `spent` is the principal that its client had ever spent or withdrawn before it.
    """

    KIND: ClassVar = "wallet.recharge"  # programme:recharge
    client: str
    on: date
    amount: int
    bonus: int
    earned: Fraction
    spent: int
    undone: bool = False
    consented_on: date | None = kept(None, absent=True)
    point: str | None = kept(None, absent=True)
    value_on: date | None = kept(None, absent=True)

    @property
    def due(self) -> tuple[AccountPath, AccountPath]:
        """The accounts that hold its cash as due."""
        return due_pair(self.ids[0], self.point or "")


# --- refusals ---------------------------------------------------------------------------------------


class BalanceCap(ProductRejection):
    sentence = "client {client} would hold {balance}, the cap is {cap}"
    quantities = ("balance", "cap")
    client: str
    balance: int
    cap: int
    unit: str = ""


class CashNotPaidIn(ProductRejection):
    sentence = "{programme} would owe {cash_due} of offline cash, {max_due} is allowed"
    quantities = ("cash_due", "max_due")
    programme: str
    cash_due: int
    max_due: int
    unit: str = ""


class RechargeUsed(ProductRejection):
    sentence = "client {client} has spent or withdrawn {spent} since recharge {recharge}"
    quantities = ("spent",)
    recharge: str
    client: str
    spent: int
    unit: str = ""


class AlreadyUndone(ProductRejection):
    sentence = "recharge {recharge} is already undone"
    recharge: str


class UndoTooLate(ProductRejection):
    """An operator takes back a recharge of the same day; later it needs the client's consent."""

    sentence = "recharge {recharge} is of {on}; client {client} has not consented to undo it"
    recharge: str
    client: str
    on: date


# --- commands and their rules -----------------------------------------------------------------------


@frozen
class Recharge(OfProgramme):
    """Credit a client with cash taken by the operator, and with a bonus (线下充值)."""

    client: str = fields.id_("the client who paid")
    amount: Amount = fields.amount("cash taken")
    recharge: str = fields.id_("id of the recharge")
    point: str = fields.id_("the recharge point that took it, where the programme has some", default="")
    value_on: date | None = fields.day("when it was taken, if that became known late", default=None)


@frozen
class UndoRecharge(OfProgramme):
    """Take back a recharge of today that was not used, or an older one with consent (撤销充值)."""

    recharge: str = fields.id_("id of the recharge")
    value_on: date | None = fields.day("from when it earned nothing; today if not given", default=None)


@frozen
class ConsentToUndo(OfProgramme):
    """Consent, as the client, that a recharge is undone after its day (同意撤销充值)."""

    may: ClassVar[Mapping[Role, str]] = {Role.CUSTOMER: "client"}
    client: str = fields.id_("the client who was recharged")
    recharge: str = fields.id_("id of the recharge")


@noun.rule(Recharge)
def recharge(terms: WalletTerms, command: Recharge, books: Books) -> Plan:
    """Reserve to principal and bonus, and the cash to memorandum; then the monitor.

    Refuses, in this order: UnitMismatch, NotFound or ClientClosed, PartySuspended for client, operator or who
    acts for it, AlreadyTaken, BadCommand or PeriodClosed for the value date, BalanceCap, PointNeeded,
    NotFound, PointClosed or PointFull for the point, CashNotPaidIn, ReserveShort.
    """
    programme, client, amount = command.programme, command.client, terms.minor_units(command.amount)
    taking = open_client(books, programme, client)
    acting_for(books, programme)
    for party in (client, programme):
        active_party(books, party)
    id, earned = Recharged.fresh(books, programme, command.recharge), terms.bonus(amount)
    value_on = late_from(books, terms, taking, command.value_on)
    before = Tally.of_client(books, programme, client)
    after = before.earning(earned)
    bonus = after.granted - before.granted
    held = sum(held_by(books, programme, client).values()) + amount + bonus
    if (cap := taking.cap(books, terms)) is not None and held > cap:
        raise BalanceCap(client, held, cap, terms.unit)
    check_room(books, terms, programme, command.point, amount)
    if terms.max_due is not None and (due := all_due(books, programme) + amount) > terms.max_due:
        raise CashNotPaidIn(programme, due, terms.max_due, terms.unit)
    reserve = books.balance(RESERVE(programme))
    if reserve < amount + bonus:
        raise ReserveShort(programme, reserve, amount + bonus, terms.unit)
    spent = _spent(books, programme, client)
    made = Recharged(
        id=id, client=client, on=books.today, amount=amount, bonus=bonus, earned=earned, spent=spent,
        point=command.point or None, value_on=value_on,
    )  # fmt: skip
    voucher = WalletVoucher(books, terms, programme)
    voucher.move(RESERVE(programme), POCKET(programme, client, "principal"), amount)
    voucher.move(RESERVE(programme), POCKET(programme, client, "bonus"), bonus)
    voucher.memo(*made.due, amount)
    voucher.keep(made)
    keep_change(voucher, before, after)
    count_late(voucher, client, value_on)
    text = f"recharge {command.recharge} of {client}, bonus {Amount(bonus, terms.unit)}"
    return voucher.plan("recharge", text) + monitor(books, terms, programme, spent=amount + bonus)


@noun.rule(UndoRecharge)
def undo_recharge(terms: WalletTerms, command: UndoRecharge, books: Books) -> Plan:
    """The mirror of a recharge after which no principal was spent or withdrawn.

    The days that it counted for late are taken back with it; with a value date, those since then.

    Refuses, in this order: NotFound, AlreadyUndone, ClientClosed, UndoTooLate, RechargeUsed, BadCommand or
    PeriodClosed for the value date; the floor of cash due refuses where the operator has paid the cash in.
    """
    programme = command.programme
    made = _standing(books, programme, command.recharge)
    client = open_client(books, programme, made.client)
    if made.on != books.today and made.consented_on is None:
        raise UndoTooLate(command.recharge, made.client, made.on)
    spent = _spent(books, programme, made.client) - made.spent
    if spent:
        raise RechargeUsed(command.recharge, made.client, spent, terms.unit)
    value_on = late_from(books, terms, client, command.value_on, made.value_on or made.on)
    before = Tally.of_client(books, programme, made.client)
    after = evolve(before.earning(-made.earned), undone=before.undone + made.amount)
    voucher = WalletVoucher(books, terms, programme)
    voucher.move(POCKET(programme, made.client, "principal"), RESERVE(programme), made.amount)
    voucher.move(POCKET(programme, made.client, "bonus"), RESERVE(programme), before.granted - after.granted)
    voucher.memo(*made.due[::-1], made.amount)
    voucher.keep(evolve(made, undone=True), after)
    if value_on is None:
        count_late(voucher, made.client, made.value_on, until=made.on)
    else:
        count_late(voucher, made.client, value_on)
    return voucher.plan("undo-recharge", f"undo recharge {command.recharge} of {made.client}")


@noun.rule(ConsentToUndo)
def consent_to_undo(terms: WalletTerms, command: ConsentToUndo, books: Books) -> Plan:
    """Note the consent.

    Refuses, in this order: PartySuspended for who acts for the client, NotFound, also for a recharge of
    another, AlreadyUndone.
    """
    acting_for(books, command.client)
    made = _standing(books, command.programme, command.recharge)
    if made.client != command.client:
        raise NotFound("recharge", command.recharge)
    voucher = WalletVoucher(books, terms, command.programme)
    voucher.keep(evolve(made, consented_on=books.today))
    return voucher.plan("consent", f"{made.client} consents to undo recharge {command.recharge}")


def _standing(books: Books, programme: str, recharge: str) -> Recharged:
    """A recharge that is not undone; raises NotFound, AlreadyUndone."""
    made = Recharged.existing(books, programme, recharge)
    if made.undone:
        raise AlreadyUndone(recharge)
    return made


def _spent(books: Books, programme: str, client: str) -> int:
    """Principal that ever left the client's pocket by purchase or withdrawal."""
    debits, _ = books.gross(POCKET(programme, client, "principal"))
    return debits - Tally.of_client(books, programme, client).undone


# --- invariants and reports -------------------------------------------------------------------------


@noun.invariant("A7")
def cash_due_is_explained(books: Books) -> Iterator[str]:
    """Offline cash due is recharges less pay-ins less undone recharges, never below zero, at each point."""
    for programme in PROGRAMMES.ids(books):
        taken: Counter[AccountPath] = Counter()
        undone: Counter[AccountPath] = Counter()
        for made in Recharged.every(books, programme):
            taken[made.due[0]] += made.amount
            undone[made.due[0]] += made.amount if made.undone else 0
        for path, _ in books.balances(CASH_DUE(programme)):
            debits, credits = books.gross(path)
            most = taken[path] - undone[path]
            if debits < taken[path] or not 0 <= debits - credits <= most:  # a pay-in may be reversed
                yield f"{path}: {debits} became due, {credits} left; recharged {most + undone[path]}"


@noun.report("cash-due", OPERATOR)
def list_cash_due(books: Books) -> Table:
    """Offline cash not paid in, by point and age; a pay-in settles the oldest recharge of its point first."""
    rows = []
    for programme, terms in PROGRAMMES.offered(books):
        taken = [it for it in Recharged.every(books, programme) if not it.undone]
        taken.sort(key=lambda it: it.on, reverse=True)
        for path, due in books.balances(CASH_DUE(programme)):
            left, buckets = due, [0] * (len(_AGES) + 1)
            for made in taken:
                part = min(left, made.amount) if made.due[0] == path else 0
                buckets[sum((books.today - made.on).days > last for last in _AGES)] += part
                left -= part
            point = path.removeprefix(CASH_DUE(programme)).removeprefix(":")
            rows.append((programme, point, *amounts(terms, due, *buckets)))
    columns = ("programme", "point", "due", "0-7 days", "8-30 days", "31-90 days", "over 90 days")
    return Table("Offline cash not paid in", columns, tuple(rows))
