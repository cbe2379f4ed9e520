"""A town in which every product is in use: commands, those of one line in one commit."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from tests.products.holders import cny

from bankcore.products import (
    branch,
    certificate,
    credit,
    current,
    enterprise,
    loan,
    parties,
    platform,
    points,
    time_deposit,
    wallet,
)
from bankcore.products import deposit_modes as modes
from bankcore.products.certificate.orders import Order
from bankcore.rates import Rate

FIRST = date(2024, 1, 2)
PEOPLE = ("a", "b")
BORROWERS = (*PEOPLE, "c", "d")
SHOPS = ("g", "h")
FIRMS = ("f", *SHOPS)
JOINT = {"target": "10,000.00", "seats": 3}  # what is agreed to of an order of certificates
PARTIES = ("p", "q", "f", *BORROWERS, *SHOPS, "mall")


def _wallet() -> Iterator[Any]:
    yield wallet.OpenProgramme(
        "mall", wallet.WalletTerms.from_data({"yield_rate": "3%", "threshold": "1,000.00"})
    )
    yield current.CashIn("mall", cny("25,000.00"))
    yield wallet.FundReserve("mall", cny("20,000.00"))
    for shop in SHOPS:
        yield wallet.RegisterMerchant("mall", shop, own=shop == "g")
    for person in PEOPLE:
        yield wallet.RegisterClient("mall", person)
        yield wallet.Bind("mall", person, "g")
        yield wallet.ConfirmBinding("mall", person, "g")
        yield wallet.Recharge("mall", person, cny("1,000.00"), recharge=f"r{person}")
    yield wallet.Consume("mall", "a", "g", cny("120.00"), "p1")
    yield wallet.Bind("mall", "b", "h")
    yield wallet.ConfirmBinding("mall", "b", "h")
    yield wallet.Consume("mall", "b", "h", cny("80.00"), "p2")


def _points() -> Iterator[Any]:
    terms = {
        "value": "4/5",
        "expiry": "rolling",
        "expiry_months": 1,
        "breakage": "1/3",
        "transfers": "family",
    }
    yield points.OpenProgramme("card", points.PointsTerms.from_data(terms))
    for shop in SHOPS:
        yield points.RegisterProvider("card", shop)
        yield points.SignAgreement("card", shop, terms=points.AgreementTerms.from_data({"rate": "3/2"}))
    for person in PEOPLE:
        yield points.RegisterConsumer("card", person)
        yield points.JoinFamily("card", person, "f")
        yield current.CashIn(person, cny("8,000.00"))
    yield points.PlaceOrder("card", "g", "a", "o1", cny("333.33"))
    yield points.PlaceOrder("card", "h", "b", "o2", cny("1,200.00"), confirmed_by="pin")
    yield credit.OpenProgramme("card", credit.CreditTerms.from_data({"per_points": 100}))
    for person in PEOPLE:
        yield credit.OpenLine("card", card=person)
    yield credit.Draw("card", cny("200.00"), card="a")
    yield time_deposit.OpenProgramme("3m")
    yield time_deposit.OpenDeposit("3m", "t1", "b", cny("100.00"))


def _certificate() -> Iterator[Any]:
    yield certificate.OpenProgramme("cd")
    for person in (*PEOPLE, "c"):
        yield current.CashIn(person, cny("6,000.00"))
    config = certificate.OrderConfig.from_data(JOINT)
    digest = {order: _digest(order, config) for order in ("k", "l")}
    for order in ("k", "l"):
        yield certificate.InitiateOrder("cd", order, "a", "CD12", "mobile", config)
        yield certificate.IssueLink("cd", order, "a", "n1", "a,b,c")
    yield certificate.RegisterTerminal("cd", "a", "phone-1", "mobile")
    yield certificate.Confirm("cd", "k", "a", cny("4,000.00"), digest["k"])
    yield certificate.Confirm("cd", "k", "b", cny("3,000.00"), digest["k"])
    yield certificate.Confirm("cd", "k", "c", cny("3,000.00"), digest["k"])
    yield certificate.Confirm("cd", "l", "a", cny("1,000.00"), digest["l"])


def _digest(order: str, config: certificate.OrderConfig) -> str:
    """What the participants of an order agree to."""
    terms = certificate.CertificateTerms()
    months, base = terms.offer["CD12"]
    offered: dict[str, Any] = {"months": months, "base": base, "tiers": terms.tiers.steps}
    asked: dict[str, Any] = {"initiator": "a", "channel": "mobile", "initiated_on": FIRST, "config": config}
    days = {"calendar": terms.calendar, "past_calendar": terms.past_calendar}
    wanted = Order(id=f"cd:{order}", product="CD12", **days, **offered, **asked)
    return wanted.signed().digest


def _platform() -> Iterator[Any]:
    yield enterprise.OpenProgramme("trade", enterprise.EnterpriseTerms.from_data({"life_months": 1}))
    yield modes.OfferMode("trade", "PROC")
    yield modes.OfferMode("trade", "SALES")
    facts = ("Lamp works", "Ningbo", "Li Lei", cny("1,000.00"), "lamps", "ISO 9001", "13812345678")
    for firm in SHOPS:
        yield enterprise.RegisterEnterprise("trade", firm, *facts)
        yield enterprise.ApproveEnterprise("trade", firm, 1)
        yield current.CashIn(firm, cny("9,000.00"))
    yield modes.OpenMode("trade", "g", "PROC")
    yield modes.OpenMode("trade", "h", "SALES")
    yield modes.TopUp("trade", "g", "PROC", cny("500.00"))
    for number in ("1", "2", "3"):
        yield platform.PublishSupply("trade", "h", f"s{number}", "lamp", "ningbo", cny("300.00"), 9)
        yield platform.PublishDemand("trade", "g", f"d{number}", "lamp", "ningbo", cny("333.33"), 7)
        yield platform.AcceptMatch("trade", f"t{number}", f"d{number}", f"s{number}", "g", cny("300.00"), 5)
    yield platform.FundEscrow("trade", "t1", "g")
    yield platform.AcceptDelivery("trade", "t1", "g", Rate.parse("1"))
    for rater in ("g", "h"):
        yield platform.RateTrade("trade", "t1", rater, 4)
    yield enterprise.PayFee("trade", "h", cny("9.99"))
    yield platform.FundEscrow("trade", "t2", "g")
    yield platform.DisputeTrade("trade", "t2", "h", "late")


def _loan() -> Iterator[Any]:
    terms = {"needs_push": False, "fee": "1%", "rate": "12%"}
    yield loan.OpenProgramme("sme", loan.LoanTerms.from_data(terms))
    for person, method in zip(PEOPLE, ("annuity", "bullet"), strict=True):
        yield loan.SignContract("sme", f"l{person}", person, cny("2,000.00"), 2, terms={"method": method})
        yield loan.Disburse("sme", f"l{person}")
    yield loan.SignContract("sme", "ld", "d", cny("5,000.00"), 30)
    yield loan.Disburse("sme", "ld")
    yield loan.ProposeWriteOff("sme", "ld", "insolvent")


def _branch() -> Iterator[Any]:
    yield branch.OpenProgramme("net", branch.BranchTerms.from_data({"push_days": 7, "referral_days": 7}))
    yield branch.RegisterBranch("net", "west", "icbc")
    yield branch.PublishTemplate("net", "west", "t1")
    for number, firm in enumerate(BORROWERS, start=3):  # as they are in the register
        yield branch.AcquireLead("net", firm, "map", str(number), consent=True, kind="person")
        yield branch.ScreenLead("net", firm)
        yield branch.DescribeFirm("net", firm, branch.FirmProfile(region="hz"))
    yield branch.PushFirm("net", "a", "t1", "p1")
    yield branch.AcceptPush("net", "a", "p1")
    yield branch.PushFirm("net", "b", "t1", "p2")
    yield branch.ApproveCampaign("net", "hq", "spring", "visit", cny("200.00"), cny("66.66"))
    for person in PEOPLE:
        yield branch.Qualify("net", "spring", person)
    yield branch.GrantReward("net", "spring", "a")
    yield branch.AccrueReferral("net", "r1", "q", "sme", "la")
    yield branch.WatchBalance("net", "a")
    rates = (Rate.parse("0.25%"), Rate.parse("3%"))
    yield branch.PublishVersion("net", "hq", "quick", "Quick loan", *rates, FIRST, date(2024, 3, 1))
    yield branch.Click("net", "a", "quick")
    yield branch.OpenCounters("net", "west", 2)
    yield branch.BookAppointment("net", "west", "a", "a1", FIRST, "09:00")
    yield branch.TakeTicket("net", "west", "a", "n1", "09:00")


def _parties() -> Iterator[Any]:
    """The parties of the town; the last is the operator of a wallet."""
    yield parties.OpenProgramme("register")
    for number, party in enumerate(PARTIES):
        yield parties.RegisterParty(party, "firm" if party in FIRMS else "person", full_name="Li Lei")
        document = "business-licence" if party in FIRMS else "id-card"
        yield parties.IdentifyParty(party, document, str(number))
    for firm in ("f", "g"):
        yield parties.NameRepresentative(firm, "p")
    yield current.OpenProgramme("std", current.DemandTerms.from_data({"rate": "3%", "accrue": "daily"}))
    for party in PARTIES:
        yield current.OpenAccount("std", party)
    for party in ("p", "q", "f"):
        yield current.CashIn(party, cny("8,000.00"))
    yield current.Transfer("p", "q", cny("12.34"))
    yield current.PlaceStandingOrder("p", "rent", "q", cny("33.33"), FIRST, 3, "day", cap=cny("200.00"))
    yield current.CourtFreeze("q", "c1", cny("500.00"), date(2024, 1, 9))


def _together() -> tuple[Any, ...]:
    """Points of one product pay for a share of another's."""
    digest = _digest("l", certificate.OrderConfig.from_data(JOINT))
    return (points.Redeem("card", "b", 100), certificate.Confirm("cd", "l", "b", cny("100.00"), digest))


PRODUCTS = (_parties, _wallet, _points, _certificate, _platform, _loan, _branch)
TOWN: list[tuple[Any, ...]] = [
    *((it,) for made in PRODUCTS for it in made()),
    _together(),
]
