"""Pools that are declared after the fact: divided as if they had been declared before their first day."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bankcore.amounts import Amount
from bankcore.product.actor import Actor
from bankcore.products.wallet import ChangeTerms, CloseClient, Consume, DeclarePool, Recharge, Rejoin
from bankcore.units import Unit

FIRST = date(2024, 5, 1)
OPERATOR = Actor.parse("operator:o")
POOL: dict[str, Any] = {"yield_mode": "pool", "bonus_tiers": [["0", "0%"]]}


def day(n: int) -> date:
    return FIRST + timedelta(days=n)


def pool(amount: int, start: int, end: int) -> DeclarePool:
    return DeclarePool("o", Amount(amount, Unit("CNY/2")), day(start), day(end))


def yields(book: Any, clients: str = "ab") -> list[int]:
    return [book.pockets(it)["yield"] for it in clients]


def test_a_pool_of_past_days_is_divided_by_the_balances_of_those_days(mall: Any) -> None:
    """a held 100.00 for three days of four, b for one, and 900.00 more since: three to one."""
    book = mall(clients="ab", fund="5,000.00", **POOL)
    book.close()
    book.recharge("a", "100.00")
    book.close_days(2)
    book.recharge("b", "100.00")
    book.close_days(3)
    book.recharge("b", "900.00")
    book.close()
    book.bank.handle(pool(4_00, 0, 4), "late", OPERATOR)
    kept = book.books.record("wallet.pool", "o:2024-05-01").data
    assert (kept["declared_on"], kept["pay_on"], kept["state"]) == ("2024-05-08", "2024-05-08", "open")
    reserve = book.reserve()
    book.close()
    assert (yields(book), book.reserve()) == ([3_00, 1_00], reserve - 4_00)
    paid = book.entries()[-1].transaction
    assert (paid.kind, paid.effective_on) == ("wallet.yield", day(7))
    assert book.books.record("wallet.pool", "o:2024-05-01").data["state"] == "split"
    assert book.sound()
    book.refused("pool_refused", pool(1_00, 3, 7), OPERATOR)  # a day counts in one pool
    book.refused(
        "period_closed", Recharge("o", "a", Amount(1, Unit("CNY/2")), "r", value_on=day(2)), OPERATOR
    )


def test_a_pool_may_be_declared_while_its_days_run(mall: Any) -> None:
    book = mall(clients="ab", fund="5,000.00", **POOL)
    book.recharge("a", "100.00")
    book.close_days(2)
    book.do(pool(3_00, 1, 4))
    book.close()
    book.do(Recharge("o", "b", Amount(100_00, Unit("CNY/2")), "r", value_on=day(0)))  # known late: it counts
    book.close()
    assert yields(book) == [0, 0]
    book.close()
    assert yields(book) == [1_50, 1_50]
    assert book.sound()


def test_pools_of_days_long_past_or_of_other_terms_are_refused(mall: Any) -> None:
    book = mall(fund="5,000.00", **POOL)
    book.refused("pool_refused", pool(1_00, -1, 2), OPERATOR)  # the programme began later
    book.close_days(2)
    book.do(ChangeTerms("o", {"yield_mode": "rate"}))
    book.close()
    book.do(ChangeTerms("o", {"yield_mode": "pool"}))
    book.refused("pool_refused", pool(1_00, 0, 3), OPERATOR)  # its last day earned by rate
    book.close_days(28)
    book.do(pool(1_00, 0, 2))
    book.refused("pool_refused", pool(1_00, 2, 40), OPERATOR)
    book.do(pool(1_00, 3, 5))
    book.close()
    assert book.books.record("wallet.pool", "o:2024-05-01").data["state"] == "void"
    book.close_days(5)
    book.refused("period_closed", pool(1_00, 5, 7), OPERATOR)
    assert book.sound()


def test_who_has_left_has_no_share_and_who_came_again_that_of_the_stay(mall: Any) -> None:
    book = mall(clients="abc", fund="5,000.00", **POOL)
    for client in "abc":
        book.recharge(client, "100.00")
    book.close_days(2)
    for client in "bc":
        book.do(CloseClient("o", client))
    book.do(Rejoin("o", "c"))
    book.recharge("c", "200.00")
    book.close()
    book.do(pool(5_00, 0, 3))
    book.close()
    assert yields(book, "ac") == [3_00, 2_00]
    book.close()
    book.join("d")
    book.recharge("d", "100.00")
    book.do(pool(4_00, 3, 5))  # d came after its last day
    book.close()
    assert book.pockets("d")["yield"] == 0
    assert book.sound()


def test_what_was_posted_too_much_is_kept_from_a_share(mall: Any) -> None:
    """Eight days at 0.10, four of them by money that was spent: 0.30 of 0.70 posted go off the share."""
    book = mall(fund="5,000.00", yield_rate="3.65%", eligible=["principal"], bonus_tiers=[["0", "0%"]])
    book.recharge("a", "1,000.00")
    book.close_days(8)
    book.do(ChangeTerms("o", {"yield_mode": "pool"}))
    book.do(Consume("o", "a", "own", Amount(1_000_00, Unit("CNY/2")), "p", day(4)))
    book.do(pool(1_00, 8, 10))
    book.close_days(3)
    assert (yields(book, "a"), book.sound()) == ([70], True)
    book.recharge("a", "1.00")
    book.do(pool(1_00, 11, 12))
    book.close_days(2)
    assert (yields(book, "a"), book.sound()) == ([1_70], True)


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 6), st.integers(1, 900_00)), min_size=1),
    st.integers(0, 5),
)
def test_when_a_pool_is_declared_does_not_change_the_shares(
    mall: Any, moves: list[tuple[str, int, int]], late: int
) -> None:
    divided = []
    for declared in (0, late):
        book = mall(clients="abc", fund="90,000.00", **POOL)
        for n in range(7):
            book.close_until(day(n))
            if n == declared:
                book.do(pool(77_77, 0, 5))
            for client, on, amount in moves:
                if on == n:
                    book.recharge(client, amount)
        book.close_until(day(9))
        assert book.sound()
        divided.append(yields(book, "abc"))
    assert divided[0] == divided[1]
    assert sum(divided[0]) == (77_77 if any(on < 5 for _, on, _ in moves) else 0)
