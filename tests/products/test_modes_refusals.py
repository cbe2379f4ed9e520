"""What deposit modes refuse: each with its code, leaving no trace."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from tests.products.exchange import FACTS
from tests.products.firms import Firms
from tests.products.holders import cny
from tests.products.people import HAN

from bankcore.amounts import Amount
from bankcore.errors import BankcoreError
from bankcore.product.actor import Actor
from bankcore.product.refusals import SteppedEarlyRate
from bankcore.products.deposit_modes import (
    AgreedElsewhere,
    BreakDeposit,
    ChangeMode,
    Choices,
    ClaimDecided,
    ClaimExceedsDeposit,
    ClaimOpen,
    CustomiseMode,
    DecideClaim,
    DecideCustomisation,
    EndMode,
    FileClaim,
    GiveNotice,
    ModeClosed,
    ModeTerms,
    NothingIdle,
    NoticeTooShort,
    NotReleased,
    OfferMode,
    OpenMode,
    OutOfBounds,
    PayClaim,
    PlaceIdle,
    RecommendModes,
    Spend,
    TermOver,
    TopUp,
    UseNotAllowed,
    WithdrawalTooSmall,
    WithdrawFromMode,
)
from bankcore.products.enterprise import RegisterEnterprise
from bankcore.products.parties import SuspendParty
from bankcore.units import Unit

DAY = date(2024, 5, 1)
NONE = cny("0.00")
USD = Amount(5, Unit("USD/2"))


def half_registered(book: Firms) -> None:
    book.register("x", kind="firm")
    book.do(RegisterEnterprise("p", "x", **FACTS))


def claimed(book: Firms) -> None:
    book.take("LOG", "f")
    book.fill("LOG", "100.00", "f")
    book.claim("60.00")


def placed(book: Firms) -> None:
    book.take("FIN", sweep="by-hand", floor="0")
    book.cash("20,000.00")
    book.place()
    book.leave("1")


REFUSED: list[tuple[str, Callable[[Firms], Any], Any, str]] = [
    ("offered twice", lambda b: None, OfferMode("p", "SALES"), "already_taken"),
    ("offered nowhere", lambda b: None, OfferMode("q", "SALES"), "not_found"),
    ("no such term", lambda b: None, OfferMode("p", "M", {"colour": "red"}), "bad_terms"),
    ("another unit", lambda b: None, OfferMode("p", "M", {"unit": "USD/2"}), "bad_terms"),
    ("stepped", lambda b: None, OfferMode("p", "M", {"early_rate": [["3M", "1%"]]}), "stepped_early_rate"),
    ("changed unknown", lambda b: None, ChangeMode("p", "M", {}), "not_found"),
    ("changed today", lambda b: None, ChangeMode("p", "LOG", {}, DAY), "bad_terms"),
    ("another mode", lambda b: None, ChangeMode("p", "LOG", {"uses": []}), "bad_terms"),
    (
        "changed to what later terms contradict",
        lambda b: b.change("LOG", date(2024, 5, 10), notice_rate="0.40%"),
        ChangeMode("p", "LOG", {"demand_rate": "1%"}, date(2024, 5, 5)),
        "bad_terms",
    ),
    ("open stranger", lambda b: None, OpenMode("p", "x", "LOG"), "not_found"),
    ("open unapproved", half_registered, OpenMode("p", "x", "LOG"), "not_approved"),
    ("open unknown", lambda b: None, OpenMode("p", "e", "M"), "not_found"),
    ("open twice", lambda b: b.take("LOG"), OpenMode("p", "e", "LOG"), "already_taken"),
    ("open beyond", lambda b: None, OpenMode("p", "e", "SALES", {"share": "51%"}), "out_of_bounds"),
    ("open in words", lambda b: None, OpenMode("p", "e", "SALES", {"share": "much"}), "bad_terms"),
    ("open in dollars", lambda b: None, OpenMode("p", "e", "SALES", {"unit": "USD/2"}), "bad_terms"),
    ("open unquoted", lambda b: None, OpenMode("p", "e", "FIN", {"months": [7]}), "bad_terms"),
    ("open without term", lambda b: None, OpenMode("p", "e", "FIN", {"months": []}), "bad_terms"),
    (
        "open a second membership",
        lambda b: (
            b.offer("GOLD", "MEMB"),
            b.cash("60,000.00"),
            b.take("MEMB"),
            b.pay_fee("e", "100.00"),
        ),
        OpenMode("p", "e", "GOLD"),
        "already_taken",
    ),
    ("open without money", lambda b: None, OpenMode("p", "e", "MEMB"), "balance_floor_breached"),
    ("customise closed", lambda b: None, CustomiseMode("p", "e", "LOG", {}), "mode_closed"),
    (
        "customise beyond",
        lambda b: b.take("SALES"),
        CustomiseMode("p", "e", "SALES", {"target": "0.01", "release_months": 61}),
        "out_of_bounds",
    ),
    (
        "customise to a word not offered",
        lambda b: (b.offer("S2", like="SALES", release=["by-hand"]), b.take("S2")),
        CustomiseMode("p", "e", "S2", {"release": "on-the-date"}),
        "out_of_bounds",
    ),
    (
        "decide nothing",
        lambda b: b.take("SALES"),
        DecideCustomisation("p", "e", "SALES", 1, True),
        "nothing_proposed",
    ),
    (
        "decide one's own",
        lambda b: (
            b.take("SALES"),
            b.customise("SALES", ask=True, share="60%"),
        ),
        DecideCustomisation("p", "e", "SALES", 1, True),
        "same_person",
    ),
    ("top up closed", lambda b: None, TopUp("p", "e", "LOG", cny("1.00")), "mode_closed"),
    (
        "top up by hand",
        lambda b: b.take("SALES"),
        TopUp("p", "e", "SALES", cny("1.00")),
        "use_not_allowed",
    ),
    (
        "top up nothing",
        lambda b: b.take("LOG"),
        TopUp("p", "e", "LOG", cny("1.00")),
        "balance_floor_breached",
    ),
    (
        "notice of orders",
        lambda b: b.take("PROC"),
        GiveNotice("p", "e", "PROC", cny("1.00"), date(2024, 6, 1)),
        "use_not_allowed",
    ),
    (
        "notice too late",
        lambda b: b.take("LOG"),
        GiveNotice("p", "e", "LOG", cny("1.00"), date(2024, 5, 7)),
        "notice_too_short",
    ),
    (
        "notice twice",
        lambda b: (b.take("LOG"), b.notice("LOG", "1.00", date(2024, 5, 8))),
        GiveNotice("p", "e", "LOG", cny("2.00"), date(2024, 5, 8)),
        "already_taken",
    ),
    (
        "D7: withdraw from orders",
        lambda b: (b.take("PROC"), b.fill("PROC", "5.00")),
        WithdrawFromMode("p", "e", "PROC", cny("1.00")),
        "use_not_allowed",
    ),
    (
        "withdraw early",
        lambda b: (b.take("SALES"), b.receive("100.00")),
        WithdrawFromMode("p", "e", "SALES", cny("1.00")),
        "not_released",
    ),
    (
        "withdraw little",
        lambda b: (b.offer("L2", like="LOG", profile="cn"), b.take("L2"), b.fill("L2", "200,000.00")),
        WithdrawFromMode("p", "e", "L2", cny("99,999.99")),
        "withdrawal_too_small",
    ),
    (
        "withdraw much",
        lambda b: (b.take("LOG"), b.fill("LOG", "5.00")),
        WithdrawFromMode("p", "e", "LOG", cny("5.01")),
        "balance_floor_breached",
    ),
    ("withdraw claimed", claimed, WithdrawFromMode("p", "f", "LOG", cny("1.00")), "claim_open"),
    (
        "freight from sales",
        lambda b: b.take("SALES"),
        Spend("p", "e", "SALES", "f", cny("1.00"), "freight"),
        "use_not_allowed",
    ),
    (
        "freight to a stranger",
        lambda b: b.take("LOG"),
        Spend("p", "e", "LOG", "x", cny("1.00"), "freight"),
        "not_found",
    ),
    (
        "claim on sales",
        lambda b: b.take("SALES"),
        FileClaim("p", "c1", "e", "SALES", "h", cny("1.00")),
        "use_not_allowed",
    ),
    (
        "claim by a stranger",
        lambda b: b.take("LOG"),
        FileClaim("p", "c1", "e", "LOG", "x", cny("1.00")),
        "not_found",
    ),
    ("claim more", claimed, FileClaim("p", "c2", "f", "LOG", "h", cny("100.01")), "claim_exceeds_deposit"),
    ("claim twice", claimed, FileClaim("p", "c1", "f", "LOG", "h", cny("1.00")), "already_taken"),
    ("award more", claimed, DecideClaim("p", "c1", cny("60.01")), "claim_exceeds_deposit"),
    (
        "award twice",
        lambda b: (claimed(b), b.award("60.00")),
        DecideClaim("p", "c1", cny("1.00")),
        "claim_decided",
    ),
    ("award unknown", lambda b: None, DecideClaim("p", "c1", cny("1.00")), "not_found"),
    ("pay undecided", claimed, PayClaim("p", "c1"), "claim_open"),
    ("pay dismissed", lambda b: (claimed(b), b.award("0.00")), PayClaim("p", "c1"), "claim_decided"),
    (
        "award more than other awards leave",
        lambda b: (claimed(b), b.claim("70.00", "c2"), b.award("60.00")),
        DecideClaim("p", "c2", cny("40.01")),
        "claim_exceeds_deposit",
    ),
    (
        "award more than was paid out leaves",
        lambda b: (claimed(b), b.claim("70.00", "c2"), b.award("60.00"), b.pay_claim()),
        DecideClaim("p", "c2", cny("40.01")),
        "claim_exceeds_deposit",
    ),
    ("end claimed", claimed, EndMode("p", "f", "LOG", NONE), "claim_open"),
    ("place from sales", lambda b: b.take("SALES"), PlaceIdle("p", "e", "SALES"), "use_not_allowed"),
    ("place nothing", lambda b: b.take("FIN"), PlaceIdle("p", "e", "FIN"), "nothing_idle"),
    (
        "place for a term that is quoted no more",
        lambda b: (
            b.take("FIN", floor="0", months=[3], sweep="by-hand"),
            b.cash("20,000.00"),
            b.change("FIN", ladder=[[6, "1.30%"]]),
            b.close_until(date(2024, 5, 2)),
        ),
        PlaceIdle("p", "e", "FIN"),
        "bad_terms",
    ),
    ("break twice", placed, BreakDeposit("p", "e", "FIN", "1"), "term_over"),
    ("break unknown", placed, BreakDeposit("p", "e", "FIN", "9"), "not_found"),
    (
        "break the fixed sum",
        lambda b: (b.cash("20,000.00"), b.take("MEMB")),
        BreakDeposit("p", "e", "MEMB", "1"),
        "use_not_allowed",
    ),
    ("end unknown", lambda b: None, EndMode("p", "e", "M", NONE), "not_found"),
    ("end closed", lambda b: None, EndMode("p", "e", "LOG", NONE), "mode_closed"),
    (
        "end twice",
        lambda b: (b.take("LOG"), b.end("LOG")),
        EndMode("p", "e", "LOG", NONE),
        "mode_closed",
    ),
    ("end at a cost", lambda b: b.take("LOG"), EndMode("p", "e", "LOG", cny("1.00")), "terms_moved"),
    (
        "end with more taken back than there is",
        lambda b: (b.cash("9,000.00"), b.take("MEMB", sum="1,000.00"), b.pay_fee("e", "10,000.00")),
        EndMode("p", "e", "MEMB", cny("2,000.00")),
        "balance_floor_breached",
    ),
    ("recommend to a stranger", lambda b: None, RecommendModes("p", "x"), "not_found"),
]


@pytest.mark.parametrize(
    ("before", "command", "code"), [case[1:] for case in REFUSED], ids=[c[0] for c in REFUSED]
)
def test_refused(before: Callable[[Firms], Any], command: Any, code: str) -> None:
    book = Firms("efh")
    before(book)
    book.refused(code, command, Actor.parse("officer:e") if code == "same_person" else None)
    assert book.sound()


def test_one_demand_account_has_one_agreement() -> None:
    book = Firms()
    book.offer("S2", like="SALES")
    book.take("SALES")
    refusal = book.refused("agreed_elsewhere", OpenMode("p", "e", "S2"))
    assert refusal["message"] == "the demand account of e is already covered by mode SALES of p"
    book.end("SALES")
    book.take("S2")


def test_an_account_opened_by_hand_is_not_taken_over() -> None:
    book = Firms()
    book.post({"bank:cash": 1}, {"platform:p:mode:e:LOG": 1})
    book.refused("already_taken", OpenMode("p", "e", "LOG"))
    book = Firms()
    book.post({"bank:cash": 1}, {"platform:p:interest:e": 1})
    book.refused("already_taken", OpenMode("p", "e", "LOG"))


def test_a_frozen_account_takes_nothing() -> None:
    book = Firms()
    book.take("LOG")
    book.fill("LOG", "5.00")
    book.freeze("platform:p:mode:e:LOG")
    book.refused("account_frozen", WithdrawFromMode("p", "e", "LOG", cny("5.00")))
    book.freeze("bank:demand:e")
    book.refused("account_frozen", EndMode("p", "e", "LOG", NONE))


def test_a_claim_is_paid_by_another_than_who_decided_it() -> None:
    book = Firms("fh", modes=["LOG"])
    claimed(book)
    book.award("60.00")
    assert book.refused("same_person", PayClaim("p", "c1"), HAN)["person"] == "han"
    book.pay_claim()
    assert book.demand_of("h") == 60_00


def test_whoever_is_suspended_enters_into_nothing_new_and_keeps_what_he_has() -> None:
    book = Firms("ef")
    book.take("LOG")
    book.fill("LOG", "5.00")
    book.take("FIN", floor="0")
    book.cash("20,000.00")
    book.do(SuspendParty("e", "sanctions"))
    for command in (
        OpenMode("p", "e", "SALES"),
        TopUp("p", "e", "LOG", cny("1.00")),
        PlaceIdle("p", "e", "FIN"),
        CustomiseMode("p", "e", "FIN", {"floor": "1.00"}),
        FileClaim("p", "c1", "f", "LOG", "e", cny("1.00")),
    ):
        expected = "mode_closed" if isinstance(command, FileClaim) else "party_suspended"
        book.refused(expected, command)
    book.withdraw("LOG", "5.00")
    book.end("LOG")
    assert book.sound()


SENTENCES: list[tuple[BankcoreError, str]] = [
    (OutOfBounds("share", "60% is not from 0% to 50%"), "share is out of bounds: 60% is not from 0% to 50%"),
    (ModeClosed("e", "LOG"), "e has no open mode LOG"),
    (UseNotAllowed("PROC", "withdrawals"), "mode PROC is not for withdrawals"),
    (AgreedElsewhere("e", "p", "S"), "the demand account of e is already covered by mode S of p"),
    (NotReleased("SALES", DAY), "what mode SALES set aside is released on 2024-05-01"),
    (NoticeTooShort(DAY, DAY), "notice for 2024-05-01 was due by 2024-05-01"),
    (
        WithdrawalTooSmall(1, 100, "CNY/2"),
        "a withdrawal is of at least 1.00 CNY, or of all, not 0.01 CNY",
    ),
    (ClaimOpen("c1", "f"), "claim c1 against f is open"),
    (ClaimDecided("c1", DAY), "claim c1 was decided on 2024-05-01"),
    (
        ClaimExceedsDeposit(2, 1, "CNY/2"),
        "a claim of 0.02 CNY is more than the 0.01 CNY that is there, or than was asked for",
    ),
    (NothingIdle("e", 1, 2, "CNY/2"), "e has 0.01 CNY over the floor, 0.02 CNY is needed"),
    (TermOver("1", DAY), "deposit 1 was paid back on 2024-05-01"),
]


@pytest.mark.parametrize(("error", "sentence"), SENTENCES, ids=[error.code for error, _ in SENTENCES])
def test_what_people_read(error: BankcoreError, sentence: str) -> None:
    assert str(error) == sentence


# --- terms --------------------------------------------------------------------------------------------

SALES: dict[str, Any] = {"fill": "receipts", "uses": [], "interest": "agreed"}
FIN: dict[str, Any] = {"fill": "idle", "uses": [], "interest": "term", "ladder": [[3, "1.1%"]]}
ENT: dict[str, Any] = {"fill": "entitlements", "uses": [], "early_end": "expiry"}
MEMB: dict[str, Any] = {**FIN, "fill": "fixed", "early_end": "claw-back"}


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({**SALES, "interest": "notice"}, "interest"),
        ({**SALES, "early_end": "expiry"}, "early_end"),
        ({**ENT, "early_end": "demand"}, "early_end"),
        ({**FIN, "uses": ["freight"]}, "uses"),
        ({**ENT, "uses": ["freight"]}, "uses"),
        ({**FIN, "ladder": []}, "ladder"),
        ({**SALES, "ladder": [[3, "1%"]]}, "ladder"),
        ({**MEMB, "ladder": [[3, "1%"], [6, "1%"]]}, "ladder"),
        ({**SALES, "notice_days": 2}, "notice_days"),
        ({**FIN, "discount": "20%"}, "discount"),
        ({**MEMB, "discount": "20%", "profile": "cn"}, "discount"),
        ({**FIN, "demand_rate": "1.2%"}, "demand_rate"),
        ({"interest": "notice", "demand_rate": "1.36%"}, "demand_rate"),
        ({**SALES, "excess_rate": "0.3%"}, "demand_rate"),
        ({"share": ["10%", "20%", "50%"]}, "share"),
        ({"share": ["10%", "0%"]}, "share"),
        ({"share": ["10%", "0%", "101%"]}, "share"),
        ({"share": "10%"}, "share"),
        ({"target": ["1.00", "2.00", "3.00"]}, "target"),
        ({"target": ["1.001", "0.00", "3.00"]}, "target"),
        ({"release_months": [1, 0, 61]}, "release_months"),
        ({"release_months": ["1", "0", "6"]}, "release_months"),
        ({"uses": "freight"}, "uses"),
        ({"uses": ["freight", "freight"]}, "uses"),
        ({"uses": ["lunch"]}, "uses"),
        ({"release": []}, "release"),
        ({**FIN, "ladder": [[3, "25%"]]}, "ladder"),
        ({**FIN, "ladder": [[3, "1%"], [3, "1%"]]}, "ladder"),
        ({**FIN, "ladder": [[3]]}, "ladder"),
        ({**FIN, "ladder": [[3, "one"]]}, "ladder"),
        ({**FIN, "ladder": "1%"}, "ladder"),
        ({"early_rate": "half"}, "early_rate"),
        ({"roll": "modified_following"}, "roll"),
    ],
)
def test_terms_that_do_not_go_together(data: dict[str, Any], field: str) -> None:
    with pytest.raises(BankcoreError) as caught:
        ModeTerms.from_data(data)
    assert caught.value.as_dict()["code"] == "bad_terms"
    assert caught.value.as_dict()["field"] == field


def test_stepped_rates_are_a_refusal_of_their_own() -> None:
    with pytest.raises(SteppedEarlyRate):
        ModeTerms.from_data({**FIN, "early_rate": {"3M": "1%"}})


@pytest.mark.parametrize(
    "data",
    [
        {"months": [6, 3]},
        {"months": "3"},
        {"months": [0]},
        {"share": "101%"},
        {"target": "0"},
        {"sweep": "weekly"},
    ],
)
def test_choices_no_bank_could_agree_to(data: dict[str, Any]) -> None:
    with pytest.raises(BankcoreError) as caught:
        Choices.from_data(data)
    assert caught.value.code == "bad_terms"


def test_terms_are_written_as_they_are_read() -> None:
    for data in (SALES, FIN, ENT, MEMB):
        terms = ModeTerms.from_data(data)
        assert ModeTerms.from_data(terms.as_data()) == terms
        assert Choices.from_data(terms.usual().as_data()) == terms.usual()


def test_nobody_pays_himself_out_of_a_mode() -> None:
    for make in (
        lambda: Spend("p", "e", "SALES", "e", cny("1.00"), "guarantees"),
        lambda: FileClaim("p", "c1", "e", "LOG", "e", cny("1.00")),
    ):
        with pytest.raises(BankcoreError) as caught:
            make()
        assert caught.value.code == "bad_command"


def test_a_cost_is_an_amount() -> None:
    with pytest.raises(BankcoreError) as caught:
        EndMode("p", "e", "LOG", "1.00")  # type: ignore[arg-type]
    assert caught.value.code == "bad_command"
