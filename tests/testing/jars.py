"""Savings jars: a small product with yield, gifts that expire, a daily limit, holds and fees, and its faults.

A jar is filled from the demand account and spent at shops, gifts first; gifts expire after ten days.  What
is spent and held in a day is limited.  Shops are paid at every close, less a fee; jars earn interest by the
day, paid at the end of each month and when the jar is closed.

`jars(fault)` is the product with one fault put in; a name of FAULTS is also an attribute of this module.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from fractions import Fraction
from functools import cache
from typing import Any, ClassVar

from attrs import evolve, frozen

from bankcore.amounts import Amount
from bankcore.calendars import month_end
from bankcore.errors import ProductRejection
from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Posting, Transaction
from bankcore.product import chart, fields
from bankcore.product.actor import Role
from bankcore.product.facts import Facts
from bankcore.product.parties import account_of
from bankcore.product.plan import Plan, Step
from bankcore.product.product import Noun, Phase, Product
from bankcore.product.refusals import NotFound
from bankcore.product.terms import Terms
from bankcore.product.voucher import Voucher
from bankcore.rates import Accrual
from bankcore.tables import Table

MONEY, GIFTS = chart.liability("jar:{jar}:money"), chart.liability("jar:{jar}:gifts")
SHOP = chart.liability("jar:shop:{shop}")
DAILY, RATE, FEE, GIFT_DAYS = 500_00, Fraction(36, 1000), Fraction(15, 1000), 10
TERMS = Terms()

FAULTS = {  # what is wrong, in words
    "wrong_account": "a purchase is credited to another shop",
    "dropped_leg": "a purchase debits more than it credits",
    "double_interest": "interest that was paid is paid again",
    "day_too_long": "interest of a closed jar counts the day on which it is closed",
    "rounded_events": "the fee is rounded purchase by purchase",
    "past_hold": "the daily limit does not see holds",
    "held_twice": "what is held can be spent",
    "second_fill": "a deposit of the same id is made again",
    "refusal_writes": "a purchase above the limit is written down in place of a refusal",
    "wrote_around": "a refused purchase changes what the product remembers",
    "close_by_place": "steps of the close are numbered in a list that gets shorter",
    "expiry_forgets": "of several gifts that expire only one does",
    "expiry_late": "gifts expire a day late",
    "record_differs": "the record of a gift is reduced by the whole purchase",
    "remembers": "the limit is counted in a dict of the program",
    "reads_clock": "gifts expire by the clock of the machine",
    "draws_lots": "the shop that is paid first is drawn by lot",
    "unordered": "shops are paid in the order of a set",
    "leaver_forgotten": "who closes a jar does not get its interest",
    "hold_left": "a jar with a hold can be closed",
    "told_twice": "the end of a gift is told twice",
    "anybody": "anybody can spend from a jar",
    "unknown_jar": "a jar that does not exist ends in a traceback",
    "writing_report": "the report counts how often it was read",
}


# --- what is kept ----------------------------------------------------------------------------------


@frozen(kw_only=True)
class Jar(Facts):
    KIND: ClassVar = "jar.jar"
    owner: str
    earned: Accrual = Accrual()
    closed_on: date | None = None


@frozen(kw_only=True)
class Gift(Facts):
    KIND: ClassVar = "jar.gift"  # jar:gift
    left: int
    expires_on: date


@frozen(kw_only=True)
class Used(Facts):
    KIND: ClassVar = "jar.used"  # jar:day
    amount: int = 0


@frozen(kw_only=True)
class Shop(Facts):
    KIND: ClassVar = "jar.shop"  # shop
    fee: Accrual = Accrual()


@frozen(kw_only=True)
class Done(Facts):
    KIND: ClassVar = "jar.done"  # jar:thing, of deposits, purchases, holds
    number: int = 0  # of a hold


# --- refusals and commands ----------------------------------------------------------------------------


class JarClosed(ProductRejection):
    sentence = "jar {jar} is closed"
    jar: str


class DailyLimit(ProductRejection):
    sentence = "jar {jar} has {left} left for today"
    jar: str
    left: int


class HoldsLeft(ProductRejection):
    sentence = "jar {jar} has money on hold"
    jar: str


class TooLittle(ProductRejection):
    sentence = "jar {jar} has {available}"
    jar: str
    available: int


@frozen
class OpenJar:
    may: ClassVar[Mapping[Role, str]] = {Role.CUSTOMER: "owner"}
    jar: str = fields.id_("the jar")
    owner: str = fields.id_("whose it is")


@frozen
class Fill:
    may: ClassVar[Mapping[Role, str]] = {Role.CUSTOMER: "owner"}
    jar: str = fields.id_("the jar")
    owner: str = fields.id_("who pays")
    deposit: str = fields.id_("id of the deposit")
    amount: Amount = fields.amount("how much")


@frozen
class Give:
    may: ClassVar[Mapping[Role, str]] = {Role.OFFICER: ""}
    jar: str = fields.id_("the jar")
    gift: str = fields.id_("id of the gift")
    amount: Amount = fields.amount("how much")


@frozen
class Spend:
    may: ClassVar[Mapping[Role, str]] = {Role.CUSTOMER: "owner"}
    jar: str = fields.id_("the jar")
    owner: str = fields.id_("who spends")
    shop: str = fields.id_("the shop")
    purchase: str = fields.id_("id of the purchase")
    amount: Amount = fields.amount("how much")


@frozen
class Hold:
    may: ClassVar[Mapping[Role, str]] = {Role.CUSTOMER: "owner"}
    jar: str = fields.id_("the jar")
    owner: str = fields.id_("who pays later")
    shop: str = fields.id_("the shop")
    hold: str = fields.id_("id of the hold")
    amount: Amount = fields.amount("how much")


@frozen
class Take:
    may: ClassVar[Mapping[Role, str]] = {Role.OFFICER: ""}
    jar: str = fields.id_("the jar")
    hold: str = fields.id_("the hold")
    release: bool = fields.flag("give it back")


@frozen
class CloseJar:
    may: ClassVar[Mapping[Role, str]] = {Role.CUSTOMER: "owner"}
    jar: str = fields.id_("the jar")
    owner: str = fields.id_("whose it is")


COMMANDS = (OpenJar, Fill, Give, Spend, Hold, Take, CloseJar)
REMEMBERED: dict[tuple[str, date], int] = {}  # of the fault `remembers`
REFUSED: list[str] = []  # of the fault `wrote_around`


class Jars:
    """The rules, with one fault or none."""

    def __init__(self, fault: str) -> None:
        self.fault, self.reads = fault, 0
        self.noun = Noun(__name__)
        for command, rule in zip(
            COMMANDS,
            (self.open, self.fill, self.give, self.spend, self.hold, self.take, self.close),
            strict=True,
        ):
            self.noun.rule(command)(rule)
        self.noun.daily(Phase.DUE)(self.expiries)
        self.noun.daily(Phase.ACCRUAL)(self.interest)
        self.noun.daily(Phase.SETTLEMENT)(self.payments)
        self.noun.report("jars")(self.report)

    # --- reading ------------------------------------------------------------------------------------

    def jar(self, books: Books, id: str, owner: str) -> Jar:
        if self.fault == "unknown_jar" and books.record(Jar.KIND, id) is None:
            raise KeyError(id)
        jar = Jar.existing(books, id)
        if jar.closed_on:
            raise JarClosed(id)
        if owner not in (jar.owner, "") and self.fault != "anybody":
            raise NotFound("jar", id)
        return jar

    def within_limit(self, books: Books, id: str, amount: int, *, held: bool = False) -> Used:
        used = Used.find(books, id, str(books.today)) or Used(id=f"{id}:{books.today}")
        if self.fault == "remembers":
            used = evolve(used, amount=REMEMBERED.get((id, books.today), 0))
        if used.amount + amount > DAILY:
            if self.fault == "wrote_around":
                REFUSED.append(id)
            raise DailyLimit(id, DAILY - used.amount)
        if self.fault == "remembers":
            REMEMBERED[id, books.today] = used.amount + amount
        if held and self.fault == "past_hold":
            return evolve(used, amount=used.amount)
        return evolve(used, amount=used.amount + amount)

    def voucher(self, books: Books, agreement: str) -> Voucher:
        return Voucher("jar", books, TERMS, agreement)

    # --- commands -----------------------------------------------------------------------------------

    def open(self, terms: None, command: OpenJar, books: Books) -> Plan:
        account_of(books, command.owner)
        voucher = self.voucher(books, command.jar)
        voucher.keep(Jar(id=Jar.fresh(books, command.jar), owner=command.owner))
        for template in (MONEY, GIFTS):
            account = template.account(command.jar, unit=TERMS.unit, on=books.today, party=command.owner)
            voucher.open(evolve(account, floor=None) if self.fault == "held_twice" else account)
        for shared in (chart.INTEREST_EXPENSE, chart.MARKETING_EXPENSE, chart.FEE_INCOME):
            voucher.open(shared.account(unit=TERMS.unit, on=books.today))
        return voucher.plan("open", f"jar {command.jar}")

    def fill(self, terms: None, command: Fill, books: Books) -> Plan:
        self.jar(books, command.jar, command.owner)
        voucher = self.voucher(books, command.jar)
        ids = (command.jar, command.deposit)
        done = Done.find(books, *ids) if self.fault == "second_fill" else None
        voucher.keep(done or Done(id=Done.fresh(books, *ids)))
        voucher.move(account_of(books, command.owner), MONEY(command.jar), command.amount.quantity)
        return voucher.plan("fill", f"deposit {command.deposit}")

    def give(self, terms: None, command: Give, books: Books) -> Plan:
        self.jar(books, command.jar, "")
        today = date.today() if self.fault == "reads_clock" else books.today  # noqa: DTZ011
        voucher = self.voucher(books, command.jar)
        id = Gift.fresh(books, command.jar, command.gift)
        expires_on = today + timedelta(days=GIFT_DAYS + (self.fault == "expiry_late"))
        voucher.keep(Gift(id=id, left=command.amount.quantity, expires_on=expires_on))
        voucher.move(chart.MARKETING_EXPENSE(), GIFTS(command.jar), command.amount.quantity)
        return voucher.plan("give", f"gift {command.gift}")

    def spend(self, terms: None, command: Spend, books: Books) -> Plan:
        amount = command.amount.quantity
        self.jar(books, command.jar, command.owner)
        voucher = self.voucher(books, command.jar)
        try:
            voucher.keep(self.within_limit(books, command.jar, amount))
        except DailyLimit:
            if self.fault != "refusal_writes":
                raise
            voucher.write("jar.declined", command.jar, amount=amount)
            return voucher.plan("decline", "over the limit")
        voucher.keep(Done(id=Done.fresh(books, command.jar, command.purchase)))
        gifts = [it for it in Gift.every(books, command.jar) if it.left]
        left = amount
        for gift in sorted(gifts, key=lambda it: it.expires_on):
            part = min(left, gift.left)
            if part:
                less = min(amount, gift.left) if self.fault == "record_differs" else part
                voucher.keep(evolve(gift, left=gift.left - less))
                left -= part
        account = MONEY(command.jar)
        free = books.balance(account) if self.fault == "held_twice" else books.available(account) or 0
        if left > free:
            raise TooLittle(command.jar, free)
        shop = "s2" if self.fault == "wrong_account" and command.shop == "s1" else command.shop
        account_of(books, shop)
        if not books.accounts([SHOP(shop)]):
            voucher.open(SHOP.account(shop, unit=TERMS.unit, on=books.today, party=shop))
        voucher.move(GIFTS(command.jar), SHOP(shop), amount - left)
        voucher.move(account, SHOP(shop), left)
        fee = FEE * amount
        kept = Shop.find(books, shop) or Shop(id=shop)
        exact = Fraction(round(fee)) if self.fault == "rounded_events" else fee
        voucher.keep(evolve(kept, fee=kept.fee.add(exact)))
        again = " after all" if self.fault == "wrote_around" and command.jar in REFUSED else ""
        plan = voucher.plan("spend", f"purchase {command.purchase}{again}")
        if self.fault == "dropped_leg":
            (made,) = plan.transactions
            assert isinstance(made, Transaction)
            return Plan((made._replace(postings=made.postings[:-1]),))
        return plan

    def hold(self, terms: None, command: Hold, books: Books) -> Plan:
        amount = command.amount.quantity
        self.jar(books, command.jar, command.owner)
        used = self.within_limit(books, command.jar, amount, held=True)
        id = Done.fresh(books, command.jar, command.hold)
        account = MONEY(command.jar)
        free = books.balance(account) if self.fault == "held_twice" else books.available(account) or 0
        if amount > free:
            raise TooLittle(command.jar, free)
        account_of(books, command.shop)
        voucher = self.voucher(books, command.jar)
        voucher.keep(used)
        if not books.accounts([SHOP(command.shop)]):
            voucher.open(SHOP.account(command.shop, unit=TERMS.unit, on=books.today, party=command.shop))
        voucher.put(Done(id=id).record())
        kept = voucher.transaction("held", f"hold {command.hold}")
        postings = (
            Posting(MONEY(command.jar), amount, TERMS.unit), Posting(SHOP(command.shop), -amount, TERMS.unit),
        )  # fmt: skip
        held = Transaction(
            kind="jar.hold", effective_on=books.today, postings=postings, pending=True, agreement=id
        )
        return Plan((kept, held))

    def take(self, terms: None, command: Take, books: Books) -> Plan:
        Done.existing(books, command.jar, command.hold)
        held = self.held(books, f"{command.jar}:{command.hold}")
        number = next((number for number, _ in held), None)
        if number is None:
            raise NotFound("hold", command.hold)
        postings = () if command.release else dict(held)[number].postings
        kind = "jar.release" if command.release else "jar.take"
        records = ()
        if not command.release:
            shop = postings[1].account.rpartition(":")[2]
            kept = Shop.find(books, shop) or Shop(id=shop)
            records = (evolve(kept, fee=kept.fee.add(FEE * postings[0].quantity)).record(),)
        done = Transaction(
            kind=kind, effective_on=books.today, postings=postings, resolves=number, records=records
        )
        return Plan((done,))

    def held(self, books: Books, agreement: str) -> list[tuple[int, Transaction]]:
        """The live holds of an agreement, or of a jar."""
        found = {}
        for path, _ in books.balances("jar"):
            for move in books.later(path, date.min):
                entry = books.entry(move.number)
                assert entry is not None
                if move.pending and f"{entry.transaction.agreement}:".startswith(f"{agreement}:"):
                    found[move.number] = entry.transaction
        return sorted(found.items())

    def close(self, terms: None, command: CloseJar, books: Books) -> Plan:
        jar = self.jar(books, command.jar, command.owner)
        if self.fault != "hold_left" and self.held(books, command.jar):
            raise HoldsLeft(command.jar)
        voucher = self.voucher(books, command.jar)
        money, gifts = books.balance(MONEY(command.jar)), books.balance(GIFTS(command.jar))
        if self.fault == "hold_left":
            money = books.available(MONEY(command.jar)) or 0
        earned = jar.earned.add(money * RATE / 360) if self.fault == "day_too_long" else jar.earned
        earned, due = (earned, 0) if self.fault == "leaver_forgotten" else earned.post()
        for gift in Gift.every(books, command.jar):
            voucher.keep(evolve(gift, left=0)) if gift.left else None
        voucher.move(GIFTS(command.jar), chart.MARKETING_EXPENSE(), gifts)
        voucher.move(MONEY(command.jar), chart.DEMAND(jar.owner), money)
        voucher.move(chart.INTEREST_EXPENSE(), chart.DEMAND(jar.owner), due)
        voucher.keep(evolve(jar, earned=earned, closed_on=books.today))
        if self.fault != "hold_left":
            for template in (MONEY, GIFTS):
                voucher.close(template(command.jar), "the jar was closed")
        return voucher.plan("close", f"jar {command.jar}")

    # --- the close of a day ---------------------------------------------------------------------------

    def expiries(self, books: Books, day: date) -> Iterator[Step]:
        due = [it for it in Gift.every(books) if it.left and it.expires_on <= day]
        for gift in due[:1] if self.fault == "expiry_forgets" else due:
            yield Step(f"expire/{gift.id}", lambda books, id=gift.id: self.expire(books, id))

    def expire(self, books: Books, id: str) -> Plan:
        gift = Gift.existing(books, *id.split(":"))
        owner = Jar.existing(books, gift.ids[0]).owner
        voucher = self.voucher(books, gift.ids[0])
        voucher.move(GIFTS(gift.ids[0]), chart.MARKETING_EXPENSE(), gift.left)
        voucher.keep(evolve(gift, left=0))
        voucher.notify(owner, "expired", gift.ids[1], amount=gift.left)
        plan = voucher.plan("expire", f"gift {gift.ids[1]}")
        if self.fault == "told_twice":
            (made,) = plan.transactions
            (told,) = (it for it in made.records if it.kind == "notice")  # type: ignore[union-attr]
            again = Transaction(kind="jar.tell", effective_on=books.today, records=(told.next(),))
            return Plan((made, again))
        return plan

    def interest(self, books: Books, day: date) -> Iterator[Step]:
        if next(Jar.every(books), None) is not None:
            yield Step("interest", self.earn)

    def earn(self, books: Books) -> Plan:
        voucher = self.voucher(books, "")
        pays = books.today == month_end(books.today)
        for jar in Jar.every(books):
            if jar.closed_on:
                continue
            exact = books.balance(MONEY(jar.id)) * RATE / 360
            earned, due = jar.earned.add(exact), 0
            if pays:
                due = earned.due()
                earned = earned if self.fault == "double_interest" else earned.post()[0]
            if earned != jar.earned:
                voucher.keep(evolve(jar, earned=earned))
            voucher.move(chart.INTEREST_EXPENSE(), MONEY(jar.id), due)
        return voucher.plan("earn", "interest")

    def payments(self, books: Books, day: date) -> Iterator[Step]:
        owed = [path.rpartition(":")[2] for path, balance in books.balances("jar:shop") if balance]
        if self.fault == "unordered":
            owed = list({f"{shop}" for shop in owed})
        if self.fault == "draws_lots":
            random.shuffle(owed)
        for place, shop in enumerate(owed):
            name = f"{place}" if self.fault == "close_by_place" else shop
            yield Step(f"pay/{name}", lambda books, shop=shop: self.pay(books, shop))

    def pay(self, books: Books, shop: str) -> Plan:
        account, gross = account_of(books, shop), books.balance(SHOP(shop))
        kept = Shop.existing(books, shop)
        fee, due = kept.fee.post()
        voucher = self.voucher(books, shop)
        voucher.move(SHOP(shop), chart.FEE_INCOME(), due)
        voucher.move(SHOP(shop), account, gross - due)
        voucher.keep(evolve(kept, fee=fee))
        return voucher.plan("pay", f"shop {shop}")

    def report(self, books: Books) -> Table:
        self.reads += 1
        rows = tuple(
            (it.id, it.owner, Amount(books.balance(MONEY(it.id)), TERMS.unit)) for it in Jar.every(books)
        )
        title = f"Jars, read {self.reads} times" if self.fault == "writing_report" else "Jars"
        return Table(title, ("jar", "owner", "money"), rows)


@cache
def jars(fault: str = "") -> Product:
    """The product with a fault, or without."""
    return Product.of("jar", "savings jars", Jars(fault).noun)


JARS = jars()


def __getattr__(name: str) -> Any:
    if name in FAULTS:
        return jars(name)
    raise AttributeError(name)
