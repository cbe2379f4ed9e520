"""Leads, pushes, the product library, heat, alerts and rewards: what each operation does, one by one."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from tests.products.holders import CNY, cny
from tests.products.network import Network

from bankcore.errors import ActorNotPermitted, BadCommand, BadTerms
from bankcore.product.actor import Actor
from bankcore.product.refusals import NotFound
from bankcore.products.branch import (
    AcceptPush,
    AccrueReferral,
    AcquireLead,
    Blacklist,
    BranchTerms,
    ChangeTerms,
    ClaimLead,
    ClawBackReferral,
    Click,
    CloseVersion,
    CollectReceivable,
    DeclinePush,
    Disqualify,
    EndListing,
    GiveConsent,
    GiveFeedback,
    GrantReward,
    ListProduct,
    OpenProgramme,
    PayReferral,
    PayReward,
    PublishVersion,
    Purchase,
    Qualify,
    RegisterBranch,
    ReleaseLead,
    ScreenLead,
    WithdrawConsent,
    WithdrawTemplate,
    facts_of,
)
from bankcore.products.branch.clicks import ranking
from bankcore.products.branch.heat import heat
from bankcore.products.pushes import AcceptedPush, accepted_push
from bankcore.rates import Rate
from bankcore.render import sheets


def rate(text: str) -> Rate:
    return Rate.parse(text)


def version(product: str = "q", until: date = date(2024, 5, 31)) -> PublishVersion:
    days = (date(2024, 5, 2), until)
    return PublishVersion("n", "hq", product, "Quick loan", rate("4%"), rate("6%"), *days)


# --- the network ------------------------------------------------------------------------------------


def test_terms_change_from_a_day_on() -> None:
    book = Network()
    book.do(ChangeTerms("n", {"capacity": 1}, date(2024, 5, 3)))
    book.do(ChangeTerms("n", {"push_days": 7}))
    book.template()
    for firm in "fgh":
        book.firm(firm)
    book.push("p1", "f")
    book.push("p2", "g")
    assert book.record("push", "p1")["expires_on"] == "2024-05-08"
    book.close_days(2)
    book.push("p3", "h")
    book.do(DeclinePush("n", "h", "p3"))
    with pytest.raises(BadTerms, match="before the business date"):
        book.do(ChangeTerms("n", {"capacity": 2}, date(2024, 5, 2)))
    with pytest.raises(BadTerms, match="the unit of a programme cannot change"):
        book.do(ChangeTerms("n", {"unit": "USD/2"}))


@pytest.mark.parametrize(
    "terms",
    [
        {"headquarters": "no id"},
        {f"{name}_weight": 0 for name in ("price", "amount", "tenor", "distance", "load")},
        {"referral_days": 91},
        {"drop": "0"},
    ],
)
def test_terms_are_checked(terms: dict[str, Any]) -> None:
    with pytest.raises(BadTerms):
        BranchTerms.from_data(terms)


def test_terms_are_plain_data() -> None:
    terms = BranchTerms.from_data({"profile": "CN", "headquarters": "main"})
    assert BranchTerms.from_data(terms.as_data()) == terms
    assert OpenProgramme("n", {"capacity": 3}).terms.capacity == 3  # type: ignore[arg-type]
    assert OpenProgramme("n", terms).terms is terms


def test_a_book_at_the_end_of_the_calendar_still_works() -> None:
    book = Network(opened_on=date(9999, 12, 20))
    book.template()
    book.firm()
    book.push()
    book.campaign()
    book.grant("u")
    assert book.record("push", "p")["expires_on"] == "9999-12-31"
    book.close_days(3)
    assert book.sound()


# --- leads --------------------------------------------------------------------------------------------


def test_a_known_identity_merges_into_the_first_lead() -> None:
    book = Network()
    book.acquire("a", "91330100X", full_name="Moon Tea Ltd", contact="moon@example.com", source="api")
    book.acquire("b", "91330100x", full_name="", contact="13812345678", source="fair", branch="west")
    book.acquire("b", "91330100X", source="api")
    book.acquire("a", "91330100X", source="fair", branch="east")
    assert book.record("lead", "b") == {"merged_into": "a"}
    data = book.record("lead", "a")
    assert (data["sources"], data["branch"]) == (["api", "fair"], "west")
    assert {name: it for name, it in data["personal"].items() if name != "fingerprint"} == {
        "identity": "91330100X",
        "name": "Moon Tea Ltd",
        "contact": "13812345678",
    }
    book.do(ScreenLead("n", "b"))
    assert book.record("lead", "a")["screened"] == "passed"
    assert book.rows("funnel") == [("api", "west", 1, 1, 0, 0, 0, 0)]
    assert book.sound()


def test_personal_data_is_masked_wherever_it_is_listed() -> None:
    book = Network()
    number = "11010119900307663X"
    book.do(
        AcquireLead("n", "u", "api", number, "张三丰", "13812345678", consent=True, kind="person"), key="k"
    )
    book.do(Blacklist("n", "b", number, "fraud"))
    assert book.rows("leads") == [
        ("u", "", "person", "张**", "110***********663X", "138****5678", "api", "", "", "yes", "", "acquired")
    ]
    for entry in book.bank.ledger.reader.entries(0):
        transaction = entry.transaction
        texts = [transaction.description, *(record.id for record in transaction.records)]
        assert not any(secret in text for text in texts for secret in (number, "张三丰", "13812345678"))
        assert number not in str(sheets.entry(entry, None, ())), "masked in the journal too"
    for name in book.bank.products.named("branch").reports:
        assert number not in str(book.rows(name))


def test_who_a_lead_is_only_officers_and_itself_may_know() -> None:
    book = Network()
    number, phone = "91330100X", "Zhang San 13812345678"
    book.acquire("f", number, full_name="Moon Tea", contact=phone, kind="person", branch="west")
    book.acquire("alias", number, source="fair")
    book.managers("m1", "m2")
    book.do(ClaimLead("n", "f", "m1"))
    shown = {"name": "Moon Tea", "identity": number, "contact": phone}
    hidden = {"name": "M*** T**", "identity": "*******0X", "contact": "Z**** S** 138****5678"}
    for actor, personal in {
        "officer:m1": shown,
        "officer:li": shown,
        "customer:f": shown,
        "customer:alias": hidden,  # a source says so, nobody proved it
        "customer:x": hidden,
        "operator:n": hidden,
        "operator:f": hidden,
        "merchant:f": hidden,
    }.items():
        for id in ("f", "alias"):
            facts = facts_of(book.books, "n", id, Actor.parse(actor))
            assert {name: facts[name] for name in shown} == personal, actor
    assert facts_of(book.books, "n", "alias", Actor.parse("customer:x")) == {
        **{
            "lead": "f",
            "party": "",
            "kind": "person",
            "sources": ["api", "fair"],
            "branch": "west",
            "manager": "m1",
        },
        **{"consent": True, "screened": "", "steps": {"acquired": "2024-05-01"}},
        **hidden,
    }
    book.close_days(15)
    assert facts_of(book.books, "n", "f", Actor.parse("officer:li"))["manager"] == ""
    with pytest.raises(NotFound):
        facts_of(book.books, "n", "nobody", Actor.parse("officer:li"))


def test_a_lead_belongs_to_one_manager_until_nobody_acts() -> None:
    book = Network(ownership_days=5)
    book.template()
    book.firm()
    book.managers("m1", "m2")
    book.do(ClaimLead("n", "f", "m1"))
    book.close_days(5)
    assert book.refused("lead_owned", ClaimLead("n", "f", "m2"))["until"] == "2024-05-06"
    book.push()
    book.do(AcceptPush("n", "f", "p"))
    book.do(GiveFeedback("n", "west", "p", "visited"))
    assert book.record("lead", "f")["owned_until"] == "2024-05-11"
    book.close_days(6)
    assert book.rows("leads")[0][8] == ""
    book.do(GiveFeedback("n", "west", "p", "contacted"))  # nobody's time is longer for it
    assert book.record("lead", "f")["owned_until"] == "2024-05-11"
    book.do(ClaimLead("n", "f", "m2"))
    assert book.rows("leads")[0][8] == "m2"
    book.refused("lead_owned", ReleaseLead("n", "f", "m1"))
    book.do(ReleaseLead("n", "f", "m2"))
    book.do(ClaimLead("n", "f", "m1"))


def test_who_withdraws_consent_is_pushed_no_more() -> None:
    book = Network()
    book.template()
    book.firm()
    book.push()
    assert book.top() == ["t"]
    book.do(WithdrawConsent("n", "f"))
    assert book.top() == []
    assert book.record("push", "p")["state"] == "withdrawn"
    book.template("t2")
    book.close()
    assert book.top() == []
    assert book.rows("why") == []
    assert book.sound()
    for source in ("api", "fair"):  # what sources say does not undo it
        found = AcquireLead("n", "again", source, "9133f", contact="13900000000", consent=True)
        assert book.refused("no_consent", found)["lead"] == "f"
    book.do(GiveConsent("n", "f"))
    assert book.top() == ["t"]  # consent anew; one template of a bank
    book.acquire("again", "9133f", source="fair")
    with pytest.raises(ActorNotPermitted):
        book.bank.handle(GiveConsent("n", "f"), "o", Actor.parse("operator:n"))
    book.template("t3")
    book.close()  # who merged into another is not matched again
    assert [row[0] for row in book.rows("matches")] == ["f"]
    book.close_days(40)  # what expires is withdrawn already
    assert book.record("push", "p")["state"] == "withdrawn"


def test_a_blacklisted_or_rejected_lead_loses_its_pushes() -> None:
    book = Network()
    book.template()
    for firm in "fg":
        book.firm(firm)
        book.push(f"p{firm}", firm)
    book.do(Blacklist("n", "b", "9133f", "fraud"))
    book.do(ScreenLead("n", "g", rejected="no-office"))
    assert [row[8] for row in book.rows("pushes")] == ["withdrawn", "withdrawn"]
    assert book.top("g") == []
    book.do(EndListing("n", "b"))
    book.push("again", "f")
    book.do(Blacklist("n", "c", "91330000", "somebody unknown"))
    assert [row[:2] for row in book.rows("why")] == [("f", "t")]
    assert book.sound()


# --- pushes -------------------------------------------------------------------------------------------


def test_an_accepted_push_is_what_lenders_may_know() -> None:
    book = Network()
    book.template(least="30,000.00", most="80,000.00", kinds=["a", "b"], most_months=9)
    book.firm(least="50,000.00", most="90,000.00", kinds=["b", "c"], least_months=6, most_months=18)
    book.push()
    assert accepted_push(book.books, "n", "p") is None
    assert accepted_push(book.books, "n", "q") is None
    book.close()
    book.do(AcceptPush("n", "f", "p", months=8))
    unknown = accepted_push(book.books, "n", "p")
    assert unknown is not None
    assert unknown.firm == ""  # no customer yet
    book.customer("f")
    assert accepted_push(book.books, "n", "p") == AcceptedPush(
        "f", "icbc", "west", 50_000_00, 80_000_00, CNY, "b", 8, date(2024, 5, 2)
    )
    assert book.sound()


def test_a_firm_chooses_again_where_the_first_choice_fails() -> None:
    book = Network()
    book.template("t")
    book.template("u", "east")
    book.firm()
    book.push("p1", "f", "t")
    book.push("p2", "f", "u")
    book.do(AcceptPush("n", "f", "p1", kind="working-capital"))
    assert book.refused("already_chosen", AcceptPush("n", "f", "p2"))["push"] == "p1"
    book.do(GiveFeedback("n", "west", "p1", "refused"))
    book.do(AcceptPush("n", "f", "p2"))
    assert [(row[0], row[8], row[11]) for row in book.rows("pushes")] == [
        ("p1", "refused", "refused"),
        ("p2", "accepted", ""),
    ]
    assert accepted_push(book.books, "n", "p1") is None


def test_a_loan_that_was_lent_frees_the_firm_for_the_next() -> None:
    book = Network()
    book.template()
    book.firm()
    book.push()
    book.do(AcceptPush("n", "f", "p"))
    book.lend("50,000.00", borrower="f")
    book.do(GiveFeedback("n", "west", "p", "lent", "x", "l"))
    assert book.record("lead", "f")["chosen"] == ""
    assert accepted_push(book.books, "n", "p") is not None
    book.push("p2")
    book.do(AcceptPush("n", "f", "p2"))
    row = ("api", "", 1, 1, 1, 1, 1, 1)
    assert book.rows("funnel") == [row]
    with pytest.raises(BadCommand):
        GiveFeedback("n", "west", "p", "lent")
    with pytest.raises(BadCommand):
        GiveFeedback("n", "west", "p", "visited", "x", "l")


def test_open_pushes_expire_after_their_days() -> None:
    book = Network()
    book.template()
    for firm in "fg":
        book.firm(firm)
        book.push(f"p{firm}", firm)
    book.do(DeclinePush("n", "g", "pg"))
    book.close_until(date(2024, 5, 31))
    assert book.record("push", "pf")["state"] == "open"
    book.close()
    assert book.record("push", "pf")["state"] == "expired"
    assert book.record("push", "pg")["state"] == "declined"
    assert book.record("lead", "f")["open"] == {}
    book.push("again")


def test_templates_say_why_and_why_not() -> None:
    book = Network()
    book.template("t", price="6%")
    book.template("u", "east", kinds=["mortgage"], most="40,000.00")
    book.template("gone", "east")
    book.do(WithdrawTemplate("n", "east", "gone"))
    book.firm(price="8%")
    assert book.rows("why") == [
        (
            *("f", "t", "icbc", "yes", "69.80"),
            "price 0.25 x 40, amount 1.00 x 20, tenor 1.00 x 20, distance 0.98 x 10, load 1.00 x 10",
        ),
        (
            *("f", "u", "boc", "no", ""),
            "amount: 50,000.00 CNY to 50,000.00 CNY wanted, 10,000.00 CNY to 40,000.00 CNY offered; "
            "kind: working-capital of the firm, mortgage of the bank",
        ),
    ]
    assert [(row[0], row[3]) for row in book.rows("templates")] == [
        ("gone", "off offer"),
        ("t", "on offer"),
        ("u", "on offer"),
    ]


def test_regions_communities_and_industries_are_added_up() -> None:
    book = Network()
    book.template()
    book.firm("f", region="hz", industry="tea", revenue="10.00")
    book.firm("g", region="hz", industry="tea", most="60,000.00", revenue="5.00")
    book.firm("h", region="nb", industry="steel")
    book.firm("j", region="hz", community="west-lake", industry="tea")
    book.acquire("i")
    book.push()
    first, second, third = book.rows("regions")
    assert first == ("hz", "none", "tea", 2, cny("100,000.00"), cny("110,000.00"), cny("15.00"), 2, 1, 0, 0)
    assert second[:4] == ("hz", "west-lake", "tea", 1)
    assert third[:4] == ("nb", "none", "steel", 1)


# --- the product library -----------------------------------------------------------------------------


def test_a_branch_lists_a_version_inside_its_dates_and_band() -> None:
    book = Network()
    book.do(version())
    assert book.rows("library")[0][-1] == "its dates are 2024-05-02 to 2024-05-31"
    book.close()
    book.do(ListProduct("n", "west", "q", 1, rate("4%")))
    book.do(version(until=date(2024, 6, 30)))
    book.do(ListProduct("n", "west", "q", 2, rate("6%")))
    book.do(ListProduct("n", "east", "q", 1, rate("5%")))
    book.do(CloseVersion("n", "hq", "q", 1))
    assert book.rows("listings") == [
        ("east", "q", 1, "5%", date(2024, 5, 2), "closed on 2024-05-02"),
        ("west", "q", 2, "6%", date(2024, 5, 2), "on offer"),
    ]
    assert [row[1] for row in book.rows("library")] == [1, 2]
    with pytest.raises(BadCommand):
        PublishVersion("n", "hq", "q", "x", rate("2%"), rate("1%"), date(2024, 5, 1), date(2024, 5, 2))
    with pytest.raises(BadCommand):
        PublishVersion("n", "hq", "q", "x", rate("2%"), rate("3%"), date(2024, 5, 2), date(2024, 5, 1))


def test_e8_heat_counts_a_click_a_day_and_halves_every_full_week() -> None:
    book = Network()
    for product in ("q", "r", "s"):
        book.do(version(product))
    book.do(Click("n", "u1", "q"), key="click")
    book.do(Click("n", "u1", "q"))
    book.do(Click("n", "u2", "q"))
    book.do(Click("n", "u1", "r"))
    book.do(Purchase("n", "u1", "r", "b1"))
    assert ranking(book.books, "n") == [("r", 21), ("q", 2), ("s", 0)]
    book.close()
    assert book.do(Click("n", "u1", "q"), key="click")[0].replayed
    book.do(Click("n", "u1", "q"))
    assert ranking(book.books, "n")[1] == ("q", 3)
    book.close_until(date(2024, 5, 8))
    assert ranking(book.books, "n") == [("r", Fraction(21, 2)), ("q", 2), ("s", 0)]
    book.close()
    assert ranking(book.books, "n")[1] == ("q", Fraction(3, 2))
    assert book.rows("heat")[:2] == [(1, "r", "10.50", "21/2", 0), (2, "q", "1.50", "3/2", 0)]
    assert heat({}, date(2024, 5, 1)) == 0
    assert book.sound()


def test_equal_heat_ranks_by_id() -> None:
    book = Network(click_heat=0)
    for product in ("b", "a"):
        book.do(version(product))
    book.do(Click("n", "u", "b"))
    assert [name for name, _ in ranking(book.books, "n")] == ["a", "b"]
    assert book.sound()


# --- alerts -------------------------------------------------------------------------------------------


def test_a_balance_that_falls_by_half_alerts_once() -> None:
    book = Network()
    book.lend("50,000.00")
    book.watch("b")
    book.watch("new")
    book.pay_in("10,000.00")
    book.close_days(2)
    book.post({"bank:demand:b": 29_999_99}, {"bank:cash": 10_000_00, "bank:demand:new": 19_999_99})
    book.close()
    assert book.rows("alerts") == []
    book.post({"bank:demand:b": 1}, {"bank:demand:new": 1})
    book.close_days(2)
    alert = ("2024-05-04", "drop", "b", "60,000.00 CNY on 2024-05-02, now 30,000.00 CNY")
    assert book.alerts("drop") == [alert]
    book.post({"bank:demand:new": 20_000_00}, {"bank:demand:b": 20_000_00})
    book.close_days(30)
    assert book.record("watch", "b")["fallen"] is False
    book.post({"bank:demand:b": 30_000_00}, {"bank:demand:new": 30_000_00})
    book.close()
    of_b = [row[:3] for row in book.rows("alerts") if row[2] == "b"]
    assert of_b == [alert[:3], ("2024-06-05", "drop", "b")]


def test_a_fall_that_takes_longer_than_its_days_is_none() -> None:
    book = Network(drop_days=3)
    book.lend("100.00")
    book.watch("b")
    book.watch("sink")
    for fen in (30_00, 20_00, 10_00):
        book.close_days(3)
        book.post({"bank:demand:b": fen}, {"bank:demand:sink": fen})
    book.close_days(4)
    assert book.rows("alerts") == []


def test_a_loan_that_falls_overdue_alerts_each_time() -> None:
    book = Network(opened_on=date(2024, 1, 31))
    book.template()
    book.firm()
    book.push()
    book.do(AcceptPush("n", "f", "p"))
    book.lend("50,000.00", borrower="f", months=1)
    book.do(GiveFeedback("n", "west", "p", "lent", "x", "l"))
    book.close_until(date(2024, 3, 1))
    assert book.alerts("overdue") == []
    book.close_days(3)
    assert book.alerts("overdue") == [("2024-03-01", "overdue", "x.l", "loan of f")]
    book.pay_in("1,000.00", borrower="f")
    book.close_days(2)
    assert book.record("loan", "x", "l")["overdue"] is False
    assert len(book.alerts("overdue")) == 1


def test_a_covenant_binds_as_long_as_the_loan() -> None:
    book = Network()
    book.template(max_debt_ratio="60%", min_revenue="1,000.00")
    fine = {"revenue": "1,000.00", "debt_ratio": "60%"}
    book.firm(**fine)
    book.push()
    book.describe(revenue="1.00")
    assert book.alerts("covenant") == []
    book.describe(**fine)
    book.do(AcceptPush("n", "f", "p"))
    book.template(max_debt_ratio="10%")  # another version than the one chosen
    book.describe(revenue="1,000.00", debt_ratio="60%")
    assert book.alerts("covenant") == []
    book.describe(revenue="999.99", debt_ratio="61%", kinds=["other"])
    text = "f: debt ratio 61%, at most 60% allowed; revenue 999.99 CNY, at least 1,000.00 CNY needed"
    assert book.alerts("covenant") == [("2024-05-01", "covenant", "p", text)]
    book.close()
    book.lend("50,000.00", borrower="f")
    book.do(GiveFeedback("n", "west", "p", "lent", "x", "l"))
    book.describe(revenue="1.00")
    assert len(book.alerts("covenant")) == 2
    book.close()
    book.pay_in("1,000.00", borrower="f")
    book.end_loan(borrower="f")
    book.describe(revenue="2.00")
    assert len(book.alerts("covenant")) == 2


# --- rewards and referrals ----------------------------------------------------------------------------


def test_a_reward_goes_back_from_account_and_receivable() -> None:
    book = Network()
    book.campaign()
    for person in ("u", "v", "w"):
        book.grant(person)
    for person in ("u", "v"):
        book.do(PayReward("n", "k", person))
    book.watch("sink")
    book.post({"bank:demand:u": 16_66}, {"bank:demand:sink": 16_66})
    book.freeze("bank:demand:v")
    for person in ("u", "v", "w"):
        book.do(Disqualify("n", "k", person))
    assert book.balance("bank:marketing-expense") == 0
    assert book.balance("branch:n:campaign:k:budget") == 200_00
    assert book.balance("bank:demand:u") == 0
    assert book.balance("branch:n:party:u:reward-receivable") == 16_66
    assert book.balance("branch:n:party:v:reward-receivable") == 66_66
    assert book.balance("branch:n:party:w:reward-payable") == 0
    assert book.sound()
    book.post({"bank:demand:sink": 16_66}, {"bank:demand:u": 16_66})
    book.do(CollectReceivable("n", "u", "reward", cny("16.66")))
    assert book.balance("branch:n:party:u:reward-receivable") == 0
    assert [(row[0], row[3], row[4], row[5], row[6], row[7], row[8]) for row in book.rows("campaigns")] == [
        ("k", cny("200.00"), cny("199.98"), cny("133.32"), cny("0.00"), cny("199.98"), cny("200.00"))
    ]
    assert {row[5] for row in book.rows("rewards")} == {"clawed back"}


def test_a_floorless_account_gives_the_whole_reward_back() -> None:
    book = Network()
    book.campaign()
    book.grant("u")
    book.do(PayReward("n", "k", "u"))
    book.bank.ledger.change("bank:demand:u", key="floor", reason="a test", floor=None)
    book.watch("sink")
    book.post({"bank:demand:u": 66_66}, {"bank:demand:sink": 66_66})
    book.do(Disqualify("n", "k", "u"))
    assert book.balance("bank:demand:u") == -66_66


def test_a_reward_on_a_frozen_account_lapses_later() -> None:
    book = Network()
    book.campaign()
    for person in ("u", "v"):
        book.grant(person)
    book.freeze("branch:n:party:u:reward-payable")
    book.close_until(date(2024, 6, 1))
    assert [row[5] for row in book.rows("rewards")] == ["granted", "lapsed"]
    book.thaw("branch:n:party:u:reward-payable")
    book.close()
    assert [row[5] for row in book.rows("rewards")] == ["lapsed", "lapsed"]
    book.do(Disqualify("n", "k", "u"))  # nothing left to take back
    assert book.sound()


def test_a_merged_person_is_rewarded_once() -> None:
    book = Network()
    book.acquire("u")
    book.acquire("alias", "9133u")
    book.campaign()
    book.refused("not_a_customer", Qualify("n", "k", "alias"))
    book.customer("u")
    book.grant("u")
    book.refused("already_granted", GrantReward("n", "k", "alias"))
    book.do(PayReward("n", "k", "alias"))
    assert book.balance("bank:demand:u") == 66_66


def test_a_fee_is_paid_on_its_day_unless_the_loan_is_overdue() -> None:
    book = Network(opened_on=date(2024, 1, 31))
    book.lend("50,000.00", months=1)
    book.lend("50,000.00", loan="l2", borrower="b2")
    book.refer()
    book.refer("r2", "a2", "l2")
    book.refused("referral_not_due", PayReferral("n", "r"))
    book.close_until(date(2024, 3, 1))
    assert book.refused("overdue_block", PayReferral("n", "r"))["id"] == "l"
    book.freeze("bank:demand:a2")
    book.close()
    assert [row[-1] for row in book.rows("referrals")] == ["accrued", "accrued"]
    book.thaw("bank:demand:a2")
    book.close()
    assert [row[-1] for row in book.rows("referrals")] == ["accrued", "paid"]
    book.pay_in("5,000.00")
    book.close()  # collects the loan, and then pays
    assert [row[-1] for row in book.rows("referrals")] == ["paid", "paid"]
    assert book.balance("bank:demand:a2") == 225_00
    assert book.sound()


@pytest.mark.parametrize(("kept", "net"), [(0, 0), (10, 25_00), (29, 72_50)])
def test_a_fee_not_yet_paid_shrinks_with_a_loan_that_ends(kept: int, net: int) -> None:
    for by_hand in (True, False):
        book = Network()
        book.lend("50,000.00")
        book.pay_in("1,000.00")
        book.refer()
        if kept:
            book.close_days(kept)
        book.end_loan()
        if by_hand:
            book.do(ClawBackReferral("n", "r"))
            assert book.balance("branch:n:party:a:referral-payable") == net
            book.refused("stayed_lent", ClawBackReferral("n", "r"))
        book.close_until(date(2024, 6, 2))
        assert book.balance("bank:demand:a") == net
        assert book.balance("bank:referral-expense") == net
        book.close_days(60)
        assert book.balances().keys() & {"branch:n:party:a:referral-receivable"} == set()
        assert book.sound()


@pytest.mark.parametrize(("kept", "back"), [(60, 75_00), (89, 2_50), (90, 0)])
def test_e6_what_nobody_took_back_is_at_the_end_of_the_observation(kept: int, back: int) -> None:
    book = Network()
    book.lend("50,000.00")
    book.pay_in("1,000.00")
    book.refer()
    book.close_days(kept)
    book.end_loan()
    book.close_days(91 - kept)
    assert book.balances().get("branch:n:party:a:referral-receivable", 0) == back
    assert book.balance("bank:referral-expense") == 225_00 - back
    assert book.sound()


def test_costs_are_those_of_rewards_and_fees() -> None:
    book = Network()
    assert book.rows("costs")[0][2:] == (0, 0, None, None)
    book.campaign()
    book.grant("u")
    book.acquire("f")
    book.acquire("g")
    book.lend("50,000.00")
    book.refer()
    (row,) = book.rows("costs")
    assert row == (cny("66.66"), cny("225.00"), 2, 0, cny("145.83"), None)


def test_two_networks_and_all_products_share_one_book() -> None:
    book = Network()
    book.do(OpenProgramme("m"))
    book.do(RegisterBranch("m", "west", "icbc"))
    book.campaign()
    book.acquire("f")
    assert [row[0] for row in book.bank.report("branch", "costs").rows] == ["m", "n"]
    book.close_days(2)
    assert book.sound()


def test_commands_are_given_by_whom_they_name() -> None:
    book = Network()
    with pytest.raises(Exception, match="may not"):
        book.bank.handle(version(), "k", Actor.parse("officer:west"))


# --- what an auditor tried -----------------------------------------------------------------------------


def test_terms_that_would_contradict_a_change_already_scheduled_are_refused() -> None:
    book = Network()
    later = date(2024, 6, 1)
    book.do(ChangeTerms("n", {"referral_days": 80}, later))
    for terms in ({"observation_days": 60}, {"observation_days": 79}):
        assert book.refused("bad_terms", ChangeTerms("n", terms))
    book.close_until(later)
    book.do(ChangeTerms("n", {"observation_days": 80}))
    assert book.sound()


def test_only_sources_and_officers_take_up_leads_so_nobody_merges_into_another() -> None:
    book = Network()
    book.template()
    book.firm("f")
    book.push()
    thief = AcquireLead("n", "y", "api", "9133f", consent=True)  # a credit code is public
    with pytest.raises(ActorNotPermitted):
        book.bank.handle(thief, "k", Actor.parse("customer:y"))
    book.refused("not_found", AcceptPush("n", "y", "p"))
    assert book.record("push", "p")["state"] == "open"


def test_who_is_blacklisted_is_matched_with_nobody_until_that_is_lifted() -> None:
    book = Network()
    book.template()
    book.firm()
    assert book.top() == ["t"]
    book.do(Blacklist("n", "b", "9133f", "fraud"))
    assert (book.top(), book.rows("why")) == ([], [])
    book.describe(price="20%")
    book.template("t2", "east")
    book.close()
    assert book.top() == []
    book.do(EndListing("n", "b"))
    assert sorted(book.top()) == ["t", "t2"]
    assert book.sound()


def test_one_loan_is_the_outcome_of_one_push() -> None:
    book = Network()
    book.template()
    book.firm()
    book.lend("50,000.00", borrower="f")
    for push in ("p", "q"):
        book.push(push)
        book.do(AcceptPush("n", "f", push))
        lent = GiveFeedback("n", "west", push, "lent", "x", "l")
        if push == "p":
            book.do(lent)
    assert book.refused("already_taken", lent)
    assert book.record("loan", "x", "l")["push"] == "p"


def test_a_reward_whose_lapse_waits_for_an_account_is_not_paid_any_more() -> None:
    book = Network()
    book.campaign()
    book.grant("u")
    book.freeze("branch:n:party:u:reward-payable")
    book.close_days(31)
    book.thaw("branch:n:party:u:reward-payable")
    late = book.refused("reward_settled", PayReward("n", "k", "u"))
    assert late["state"] == "to lapse since 2024-05-31"
    book.close()
    assert book.record("reward", "k", "u")["state"] == "lapsed"
    assert book.sound()


def test_two_networks_pay_for_one_loan_once() -> None:
    book = Network()
    book.do(OpenProgramme("m"))
    book.lend("50,000.00")
    book.people("a")
    book.do(AccrueReferral("m", "r", "a", "x", "l"))
    assert book.refused("already_taken", AccrueReferral("n", "r", "a", "x", "l"))["id"] == "l"
    book.lend("60,000.00", "l2")
    book.refer("r", loan="l2")
    assert book.sound()


def test_a_lead_is_not_turned_down_for_having_passed() -> None:
    with pytest.raises(BadCommand):
        ScreenLead("n", "f", rejected="passed")
