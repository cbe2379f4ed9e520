"""Recommendations: exact scores, the cut, ties, reasons, and their independence of order."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from tests.products.firms import Firms

from bankcore.product.actor import Actor
from bankcore.products.deposit_modes import RecommendModes, Visit
from bankcore.products.deposit_modes.recommendation import CREDIT, Facts, Weights, recommend, scores
from bankcore.products.deposit_modes.shipped import SHIPPED
from bankcore.products.deposit_modes.suggestions import _mean_balance, gathered, recommended
from bankcore.products.platform import RateTrade

ORDER = list(SHIPPED)


def offered(facts: Facts) -> list[str]:
    return [score.mode for score in recommend(facts).offered]


def score(facts: Facts, mode: str) -> Fraction:
    return next(it.score for it in scores(facts) if it.mode == mode)


# --- the rule -----------------------------------------------------------------------------------------


def test_the_example() -> None:
    facts = Facts(
        receipts=600_000_00, payments=400_000_00, trades=5, visits={"SALES": 3, "LOG": 3}, grade="B"
    )
    assert score(facts, "SALES") == 36 + 10 + 16
    assert offered(facts) == ["SALES"]


def test_each_mode_has_its_own_share_of_trade() -> None:
    facts = Facts(
        receipts=300,
        payments=700,
        platform_payments=500,
        freight=140,
        mean_balance=Fraction(750_000_00),
        trades=15,
        unused_rebate=250_00,
        grade="D",
    )
    assert {it.mode: it.shares[0] for it in scores(facts)} == {
        "SALES": Fraction(3, 10),
        "PROC": Fraction(1, 2),
        "LOG": Fraction(1, 5),
        "FIN": Fraction(1, 2),
        "MEMB": Fraction(1, 2),
        "ENT": Fraction(1, 4),
    }


def test_shares_stop_at_one_and_nothing_of_nothing_is_nothing() -> None:
    rich = Facts(mean_balance=Fraction(10**12), trades=10**6, unused_rebate=10**9)
    assert [it.shares[0] for it in scores(rich)] == [0, 0, 0, 1, 1, 1]
    assert [it.shares for it in scores(Facts(grade="D"))] == [(0, 0, 0)] * 6


def test_the_cut_is_reached_exactly() -> None:
    facts = Facts(receipts=1, payments=1, trades=1, grade="A")  # 30 + 0 + 20
    assert score(facts, "SALES") == 50
    assert offered(facts) == ["SALES"]
    assert offered(Facts(receipts=10**9, payments=10**9 + 1, trades=1, grade="A")) == []


def test_the_best_three_and_ties_in_the_tables_order() -> None:
    all_full = Facts(
        receipts=5, payments=0, mean_balance=Fraction(10**9), trades=30, unused_rebate=1_000_00, grade="A"
    )
    assert offered(all_full) == ["SALES", "FIN", "MEMB"]
    assert offered(evolve(all_full, visits={"ENT": 1})) == ["ENT", "SALES", "FIN"]


def test_without_trades_only_finance_and_the_reason() -> None:
    facts = Facts(receipts=5, unused_rebate=1_000_00, grade="A")
    found = recommend(facts)
    assert (found.because, [it.mode for it in found.offered]) == ("NO_HISTORY", ["FIN"])


def test_the_worst_grade_is_never_offered_credit_for_escrow() -> None:
    facts = Facts(platform_payments=9, payments=9, trades=30, visits={"PROC": 1}, grade="D")
    assert score(facts, "PROC") == 80
    assert offered(facts) == ["MEMB"] or offered(facts) == []
    assert "PROC" not in offered(facts)
    assert offered(evolve(facts, grade="C"))[0] == "PROC"
    (words,) = [it.words() for it in scores(facts) if it.mode == "PROC"]
    assert words.endswith(
        "at or above the cut of 50; not offered to grade D, which gets no credit for escrow"
    )


def test_words_and_figures() -> None:
    facts = Facts(receipts=1_00, payments=2_00, trades=7, visits={"MEMB": 1, "FIN": 2}, grade="C")
    words = {it.mode: it.words() for it in scores(facts)}
    assert words["SALES"] == (
        "trade 1.00 of 3.00 is 1/3, x 60 = 20; behaviour 0 of 3 is 0, x 20 = 0; "
        "credit C is 1/2, x 20 = 10; together 30, below the cut of 50"
    )
    assert words["MEMB"].startswith("trade 7 of 30 is 7/30, x 60 = 14; behaviour 1 of 3 is 1/3, x 20 = 20/3;")
    exact = Facts(mean_balance=Fraction(1_000_000_00, 3) + 500_000_00, trades=1)
    (fin,) = [it.words() for it in scores(exact) if it.mode == "FIN"]
    assert fin.startswith("trade 333333.33 of 500000.00 is 2/3,")


visits = st.dictionaries(st.sampled_from(ORDER), st.integers(0, 20))
some_facts = st.builds(
    Facts,
    receipts=st.integers(0, 10**9),
    payments=st.integers(0, 10**9),
    platform_payments=st.integers(0, 10**9),
    freight=st.integers(0, 10**9),
    mean_balance=st.fractions(0, 10**9, max_denominator=90),
    trades=st.integers(0, 60),
    unused_rebate=st.integers(0, 2_000_00),
    visits=visits,
    grade=st.sampled_from("ABCD"),
)


@given(some_facts, st.randoms(use_true_random=False))
def test_d6_the_order_of_the_input_does_not_matter(facts: Facts, random: Any) -> None:
    items = list(facts.visits.items())
    random.shuffle(items)
    assert recommend(evolve(facts, visits=dict(items))) == recommend(facts)


@given(some_facts)
def test_d6_never_more_than_three_and_each_has_its_reasons(facts: Facts) -> None:
    found = recommend(facts)
    assert len(found.offered) <= 3
    assert [it.mode for it in found.all] == ORDER
    if not found.because:
        ranked = [(-it.score, ORDER.index(it.mode)) for it in found.offered]
        assert ranked == sorted(ranked)
        left = [it for it in found.all if it.reaches and not it.excluded and it not in found.offered]
        assert all(len(found.offered) == 3 and it.score <= found.offered[-1].score for it in left)


@given(some_facts, st.integers(1, 10**9), st.sampled_from("ABCD"), st.integers(1, 9))
def test_d6_monotone_in_trade_behaviour_and_credit(facts: Facts, more: int, grade: str, seen: int) -> None:
    before = score(facts, "SALES")
    assert score(evolve(facts, receipts=facts.receipts + more), "SALES") >= before
    watched = {**facts.visits, "SALES": facts.visits.get("SALES", 0) + seen}
    assert score(evolve(facts, visits=watched), "SALES") >= before
    better = score(evolve(facts, grade=grade), "SALES") >= before
    assert better is (CREDIT[grade] >= CREDIT[facts.grade])
    richer = evolve(facts, mean_balance=facts.mean_balance + more)
    assert score(richer, "FIN") >= score(facts, "FIN")


def test_weights_are_terms() -> None:
    facts = Facts(receipts=1, payments=1, trades=1, grade="A")
    strict = Weights(trade=50, behaviour=25, credit=25, cut=51)
    assert next(it.score for it in scores(facts, strict)) == 50
    assert recommend(facts, strict).offered == ()
    assert len(recommend(facts, Weights(cut=0, most=2)).offered) == 2


# --- on the platform ----------------------------------------------------------------------------------


def test_what_the_platform_gathered_makes_the_recommendation() -> None:
    book = Firms("bs")
    book.trade("n", "600.00")
    book.accept("n")
    book.do(RateTrade("p", "n", "b", 5))
    book.do(Visit("p", "s", "SALES"))
    facts = gathered(book.books, "p", "s")
    assert (facts.receipts, facts.payments, facts.trades, facts.grade) == (600_00, 0, 1, "A")
    assert facts.visits["SALES"] == 2  # one visit, one supply published
    assert [it.mode for it in recommended(book.books, "p", "s").offered] == ["SALES"]
    buyer = gathered(book.books, "p", "b")
    assert (buyer.platform_payments, buyer.payments, buyer.grade) == (600_00, 600_00, "C")
    book.do(RecommendModes("p", "s"))
    book.do(RecommendModes("p", "b"))
    rows = [row for row in book.table("recommendations") if row["enterprise"] == "s"]
    assert [row["mode"] for row in rows] == ORDER
    assert rows[0]["rank"] == 1
    assert rows[0]["why"].startswith("trade 600.00 of 600.00 is 1, x 60 = 60;")
    assert [(row["mode"], row["rate"]) for row in book.table("hit-rate")] == [
        ("PROC", "0/1"),
        ("SALES", "0/1"),
    ]
    book.take("SALES", "s")
    assert [(row["mode"], row["rate"]) for row in book.table("hit-rate")] == [
        ("PROC", "0/1"),
        ("SALES", "1/1"),
    ]


def test_a_newcomer_is_recommended_finance() -> None:
    book = Firms()
    book.do(RecommendModes("p", "e"))
    record = book.books.record("modes.recommendation", "p:e")
    assert record is not None
    assert (record.data["offered"], record.data["because"]) == (["FIN"], "NO_HISTORY")
    assert [row["why"] for row in book.table("recommendations")] == ["NO_HISTORY"] * 6


def test_what_is_older_than_the_window_counts_no_more() -> None:
    book = Firms("bs")
    book.trade("n", "600.00")
    book.accept("n")
    book.close_until(date(2024, 7, 29))
    assert gathered(book.books, "p", "s").trades == 1
    book.close_until(date(2024, 7, 30))
    assert gathered(book.books, "p", "s").trades == 0


def test_the_mean_balance_is_that_of_the_closed_days_of_the_window() -> None:
    book = Firms("e", window=10)
    book.cash("900,000.00")
    assert gathered(book.books, "p", "e").mean_balance == 0  # no day is closed yet
    book.close_until(date(2024, 5, 4))
    book.cash("300,000.00")
    book.close_until(date(2024, 5, 5))
    assert gathered(book.books, "p", "e").mean_balance == Fraction(3 * 900_000_00 + 1_200_000_00, 10)
    book.close_until(date(2024, 5, 20))
    assert gathered(book.books, "p", "e").mean_balance == 1_200_000_00


def test_a_million_paid_in_today_recommends_nothing() -> None:
    book = Firms("bs")
    book.trade("n", "10.00")
    book.accept("n")
    book.close_until(date(2024, 5, 10))
    before = book.table("recommendations")
    book.cash("1,000,000.00", "b")
    (fin,) = [
        row for row in book.table("recommendations") if (row["enterprise"], row["mode"]) == ("b", "FIN")
    ]
    assert fin["score"] == next(
        it["score"] for it in before if it["mode"] == "FIN" and it["enterprise"] == "b"
    )
    assert "trade 0.00 of 500000.00" in fin["why"]


def test_the_terms_of_the_platform_weigh_cut_and_limit() -> None:
    book = Firms("bs", modes=["SALES", "MEMB"], weight_trade=100, weight_credit=0, cut=90, top=1)
    book.trade("n", "600.00")
    book.accept("n")
    scores = {row["mode"]: row for row in book.table("recommendations") if row["enterprise"] == "s"}
    assert (scores["SALES"]["score"], scores["SALES"]["rank"]) == ("120", 1)  # all receipts, all posts
    assert scores["MEMB"]["rank"] == ""
    assert set(scores) == {"SALES", "MEMB"}


def test_a_mode_of_the_banks_own_is_scored_by_its_measure_and_told_with_reasons() -> None:
    book = Firms("bs", modes=[])
    book.offer("HARVEST", like="SALES")
    book.offer("BOX", interest="none", uses=["withdrawals"])
    book.trade("n", "600.00")
    book.accept("n")
    book.do(RecommendModes("p", "s"))
    told = book.books.record("notice", "s:recommendation:p")
    assert told is not None
    assert told.data["offered"] == ["HARVEST"]
    assert told.data["why"]["HARVEST"].startswith("trade 600.00 of 600.00 is 1, x 60 = 60;")
    assert [row["mode"] for row in book.table("recommendations")] == ["HARVEST", "HARVEST"]
    book.refused("actor_not_permitted", RecommendModes("p", "s"), Actor.parse("customer:b"))


def test_a_window_without_a_closed_day_has_no_mean() -> None:
    book = Firms("e")
    book.cash("1,000.00")
    assert _mean_balance(book.books, "e", book.books.today) == 0
