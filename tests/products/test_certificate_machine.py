"""Certificates under random commands, on memory and on a SQLite file at once.

The model knows nothing of the rules: balances by account, what each participant paid in and got out,
and the interest of a certificate computed again from its principal and dates.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule
from tests.products.holders import holders
from tests.products.pair import Pair

from bankcore.amounts import Amount
from bankcore.ledger.accounts import AccountPath, Status
from bankcore.product.parties import open_contracts
from bankcore.product.suspense import InSuspense
from bankcore.products.certificate import (
    BuyShare,
    CancelOrder,
    ChangeConfig,
    Confirm,
    Consent,
    Exit,
    FreezeShare,
    InitiateOrder,
    IssueLink,
    Leave,
    OfferShare,
    OpenProgramme,
    OrderConfig,
    Reconfirm,
    RedeemEarly,
    ReleaseShare,
)
from bankcore.products.current import CashIn, ReleaseSuspense
from bankcore.rates import Rate
from bankcore.units import Unit

CNY = Unit("CNY/2")
DAY = date(2024, 1, 25)
PEOPLE = ("a", "b", "c", "d")
ORDERS = ("k", "l")
ENDED = ("failed", "cancelled", "paid")

people, orders = st.sampled_from(PEOPLE), st.sampled_from(ORDERS)
amounts = st.sampled_from([1_00, 2_500_00, 3_333_33, 3_333_34, 5_000_01]) | st.integers(1, 6_000_00)


class Certificates(Pair):
    """Two orders of one programme; every command ends alike on both stores."""

    @initialize(
        amount_type=st.sampled_from(["free", "equal"]),
        shortfall=st.sampled_from(["refund", "open-lower"]),
        overflow=st.sampled_from(["refuse", "partial"]),
        rollover=st.sampled_from(["none", "principal", "all"]),
        roll=st.sampled_from(["calendar", "following", "preceding"]),
        withholding=st.sampled_from(["0%", "20%"]),
    )
    def start(self, amount_type: str, withholding: str, **config: str) -> None:
        self.open_on(DAY)
        terms = {"products": {"CD3": [3, "1.75%"]}, "withholding": withholding}
        for command in (*holders(*PEOPLE), OpenProgramme("cd", terms)):  # type: ignore[arg-type]
            assert self.handle(command)
        for person in PEOPLE:
            assert self.handle(CashIn(person, Amount(12_000_00, CNY)))
        self.stopped: set[str] = set()
        self.config = OrderConfig.from_data(
            {"target": "10,500.00", "window": 12, "amount_type": amount_type, "seats": 3, **config}
        )
        for order in ORDERS:
            self.handle(InitiateOrder("cd", order, "a", "CD3", "mobile", self.config))
            self.handle(IssueLink("cd", order, "a", "n1", ",".join(PEOPLE)))
        for person, part in zip(PEOPLE, self.config.parts(), strict=False):
            assert self.put_in("k", person, part)  # one order is full from the start

    # --- driving ------------------------------------------------------------------------------------

    def handle(self, command: Any) -> bool:
        return isinstance(self.give(command), tuple)

    def owed(self, path: str) -> int:
        return -self.balances.get(path, 0)

    def record(self, kind: str, id: str) -> dict[str, Any]:
        return self.record_of(f"certificate.{kind}", f"cd:{id}")

    def record_of(self, kind: str, id: str) -> dict[str, Any]:
        record = self.banks[0].ledger.books.record(kind, id)
        return dict(record.data) if record else {}

    def put_in(self, order: str, person: str, amount: int) -> bool:
        """Confirm the order as it stands."""
        return self.handle(
            Confirm("cd", order, person, Amount(amount, CNY), self.record("order", order)["digest"])
        )

    # --- commands -----------------------------------------------------------------------------------

    @rule(order=orders, person=people, amount=amounts)
    def confirm(self, order: str, person: str, amount: int) -> None:
        before = self.owed(f"bank:demand:{person}")
        live = self.record("share", f"{order}:{person}").get("state") == "confirmed"
        if self.put_in(order, person, amount):
            assert not live
            share = self.record("share", f"{order}:{person}")
            if share["state"] == "confirmed":
                assert before - self.owed(f"bank:demand:{person}") == share["amount"] <= amount

    @rule(order=orders, data=st.data())
    def fill(self, order: str, data: st.DataObject) -> None:
        """Three people put in what is missing, in equal parts."""
        for person, part in zip(data.draw(st.permutations(PEOPLE)), self.config.parts(), strict=False):
            self.put_in(order, person, part)

    @rule(order=orders, person=people)
    def leave(self, order: str, person: str) -> None:
        before = self.owed(f"bank:demand:{person}")
        share = self.record("share", f"{order}:{person}")
        if self.handle(Leave("cd", order, person)):
            assert self.owed(f"bank:demand:{person}") - before >= share["amount"]

    @rule(order=orders, person=people)
    def reconfirm(self, order: str, person: str) -> None:
        self.handle(Reconfirm("cd", order, person, self.record("order", order)["digest"]))

    @rule(
        order=orders,
        goal=st.sampled_from(["5,000.00", "10,000.00", "10,500.00"]),
        window=st.sampled_from([6, 12, 20]),
    )
    def change_config(self, order: str, goal: str, window: int) -> None:
        self.handle(ChangeConfig("cd", order, "a", {"target": goal, "window": window}))

    @precondition(lambda self: self.step > 30)
    @rule(order=orders)
    def cancel(self, order: str) -> None:
        self.handle(CancelOrder("cd", order, "a"))

    @rule(order=orders, to=st.sampled_from(["open-lower", "redemption"]), who=st.sets(people))
    def consent(self, order: str, to: str, who: set[str]) -> None:
        for person in sorted(who):
            self.handle(Consent("cd", order, person, to))

    @rule(order=orders, person=people, amount=st.sampled_from([1, 99_99, 250_00, None, 6_000_00]))
    def exit(self, order: str, person: str, amount: int | None) -> None:
        """B7: no more than the demand rate."""
        before = self.owed(f"bank:demand:{person}")
        share, today = self.record("share", f"{order}:{person}"), self.banks[0].today
        if self.handle(Exit("cd", order, person, Amount(amount, CNY) if amount else None)):
            gone, held = amount or share["amount"], self.record("order", order)
            days = (today - date.fromisoformat(held["value_on"])).days
            most = (2 * gone * 35 * days + 3_600_000) // 7_200_000  # 0.35%, actual days over 360
            assert gone <= self.owed(f"bank:demand:{person}") - before <= gone + most
            assert held["principal"] >= max(held["floor"], 50_00)

    @rule(order=orders, seller=people, buyer=people, rate=st.sampled_from(["0%", "1.75%", "3%"]))
    def sell(self, order: str, seller: str, buyer: str, rate: str) -> None:
        total = sum(self.owed(f"bank:demand:{person}") for person in (seller, buyer))
        fees = self.owed("bank:fee-income")
        self.handle(OfferShare("cd", order, seller, Rate.parse(rate)))
        if seller != buyer and self.handle(BuyShare("cd", order, seller, buyer, Rate.parse(rate))):
            left = sum(self.owed(f"bank:demand:{person}") for person in (seller, buyer))
            assert total - left == self.owed("bank:fee-income") - fees  # between them, only the fee is lost

    @precondition(lambda self: self.step > 40)
    @rule(order=orders, agreed=st.booleans())
    def redeem(self, order: str, agreed: bool) -> None:
        for person in PEOPLE if agreed else ():
            self.handle(Consent("cd", order, person, "redemption"))
        if self.handle(RedeemEarly("cd", order, "a")):
            assert self.record("order", order)["state"] == "paid"

    @rule(order=orders, person=people, release=st.booleans())
    def freeze(self, order: str, person: str, release: bool) -> None:
        command = ReleaseShare("cd", order, person) if release else FreezeShare("cd", order, person, "court")
        self.handle(command)

    @rule(person=people)
    def stop_or_free_an_account(self, person: str) -> None:
        """The ledger's own door: nothing comes in, nothing goes out."""
        self.stopped ^= {person}
        status = Status.FROZEN if person in self.stopped else Status.OPEN
        path, key = AccountPath(f"bank:demand:{person}"), f"stop-{self.step}"
        self.step += 1
        self.both(lambda bank: bank.ledger.change(path, key=key, reason="x", status=status))

    @rule(order=orders, person=people, into=people)
    def release_suspense(self, order: str, person: str, into: str) -> None:
        waits = self.record_of("current.suspense", f"{person}:certificate:cd/{order}").get("amount", 0)
        before = self.owed(f"bank:demand:{into}")
        if self.handle(ReleaseSuspense(person, f"certificate/cd/{order}", into, "judgment")):
            assert waits > 0
            assert into not in self.stopped
            assert self.owed(f"bank:demand:{into}") - before == waits

    # --- days -----------------------------------------------------------------------------------------

    @rule(days=st.sampled_from([1, 1, 3, 10]), twice=st.booleans())
    def close_days(self, days: int, twice: bool) -> None:
        self.close(days, twice=twice)
        self.nothing_waits_without_need(days)

    def nothing_waits_without_need(self, days: int) -> None:
        """What is due is paid on its day; in suspense is what an account or a court keeps there."""
        for path, quantity in self.balances.items():
            assert not quantity or ":payable:" not in path
        if days > 1:  # the last day's suspense is tried again at the next close
            for it in InSuspense.every(self.banks[0].ledger.books):
                fresh = (self.banks[0].today - it.since).days <= 1
                assert not it.amount or it.held or fresh or it.party in self.stopped

    @precondition(lambda self: self.step > 40)
    @rule()
    def wait_for_maturity(self) -> None:
        known = {order: self.record("order", order) for order in ORDERS}
        opened = {order: date.fromisoformat(it["pay_on"]) for order, it in known.items() if "pay_on" in it}
        self.close((max(opened.values()) - self.banks[0].today).days + 1)
        for order in opened:  # another may open meanwhile, below its target
            assert self.record("order", order)["state"] == "paid"

    # --- always ---------------------------------------------------------------------------------------

    @invariant()
    def an_order_that_ended_holds_nothing(self) -> None:
        """B1, B2, B10 by the accounts alone; what an account refused is payable until the close."""
        for order in ORDERS:
            if self.record("order", order).get("state") in ENDED:
                kept = [path for path, quantity in self.balances.items() if quantity and f":{order}" in path]
                assert not [path for path in kept if path.split(":")[3] == order and ":payable:" not in path]

    @invariant()
    def who_has_a_part_is_bound_and_nobody_else(self) -> None:
        books = self.banks[0].ledger.books
        for person in PEOPLE:
            found = {it.ids[2] for it in open_contracts(books, person) if it.ids[1] == "certificate"}
            parts = {
                id.replace(":", "/").rpartition("/")[0]
                for id, data in ((it.id, it.data) for it in books.records("certificate.share", "cd"))
                if id.endswith(f":{person}") and data["state"] in ("confirmed", "share")
            }
            asked = {f"cd/{it}/initiator" for it in ORDERS if person == "a" and self.raising(it)}
            owing = {it for it in found - parts - asked if self.payable(it, person)}
            assert found == parts | asked | owing

    def raising(self, order: str) -> bool:
        return self.record("order", order).get("state") in ("requested", "open")

    def payable(self, contract: str, person: str) -> int:
        order = contract.partition("/")[2]
        return self.owed(f"certificate:cd:payable:{order}:{person}")


TestCertificates = Certificates.TestCase
