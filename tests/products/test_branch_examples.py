"""The worked examples of campaigns and referral fees, posting for posting."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date

from tests.products.holders import cny
from tests.products.network import Network

from bankcore.products.branch import (
    ClawBackReferral,
    CollectReceivable,
    GrantReward,
    PayReferral,
    PayReward,
    Qualify,
)

CAMPAIGN = {
    "BUD:k": "branch:n:campaign:k:budget",
    "BUDX:k": "branch:n:campaign:k:budget-contra",
    "MKTEXP": "bank:marketing-expense",
    **{f"DD:u{n}": f"bank:demand:u{n}" for n in range(1, 5)},
    **{f"REWPAY:u{n}": f"branch:n:party:u{n}:reward-payable" for n in range(1, 5)},
}
E4 = """
2024-05-01 Dr BUD:k 200.00 / Cr BUDX:k 200.00
2024-05-02 Dr MKTEXP 66.66, BUDX:k 66.66 / Cr REWPAY:u1 66.66, BUD:k 66.66
2024-05-02 Dr MKTEXP 66.66, BUDX:k 66.66 / Cr REWPAY:u2 66.66, BUD:k 66.66
2024-05-02 Dr MKTEXP 66.66, BUDX:k 66.66 / Cr REWPAY:u3 66.66, BUD:k 66.66
2024-05-10 Dr REWPAY:u1 66.66 / Cr DD:u1 66.66
2024-05-10 Dr REWPAY:u2 66.66 / Cr DD:u2 66.66
2024-06-01 Dr REWPAY:u3 66.66, BUD:k 66.66 / Cr MKTEXP 66.66, BUDX:k 66.66
2024-06-02 Dr MKTEXP 66.66, BUDX:k 66.66 / Cr REWPAY:u4 66.66, BUD:k 66.66
"""
E4_END = "BUD:k 0.02, BUDX:k 0.02, DD:u1 66.66, DD:u2 66.66, MKTEXP 199.98, REWPAY:u4 66.66"

REFERRAL = {
    "CASH": "bank:cash",
    "DD:a": "bank:demand:a",
    "DD:b": "bank:demand:b",
    "INTINC": "bank:interest-income",
    "INTREC:b": "loan:x:l:interest",
    "LOAN:b": "loan:x:l:principal",
    "REFEXP": "bank:referral-expense",
    "REFPAY:a": "branch:n:party:a:referral-payable",
    "REFREC:a": "branch:n:party:a:referral-receivable",
}
E5 = """
2024-01-31 Dr LOAN:b 345678.90, CASH 5000.00 / Cr DD:b 350678.90
2024-01-31 Dr REFEXP 1555.56 / Cr REFPAY:a 1555.56
2024-03-01 Dr REFPAY:a 1555.56 / Cr DD:a 1555.56
2024-04-01 Dr INTREC:b 2840.81, DD:b 348519.71 / Cr INTINC 2840.81, LOAN:b 345678.90, INTREC:b 2840.81
2024-04-01 Dr REFREC:a 501.24 / Cr REFEXP 501.24
2024-04-02 Dr DD:a 501.24 / Cr REFREC:a 501.24
"""
E5_END = "CASH 5000.00, DD:a 1054.32, DD:b 2159.19, INTINC 2840.81, REFEXP 1054.32"


def legs(text: str, chart: Mapping[str, str]) -> dict[str, int]:
    """Accounts and fen of one side."""
    pairs = (leg.rsplit(" ", 1) for leg in text.split(", "))
    return {chart[short]: cny(amount).quantity for short, amount in pairs}


def compare(book: Network, lines: str, end: str, chart: Mapping[str, str]) -> None:
    """Each line is one transaction of ours, or several in a row of the same day; then nothing follows."""
    journal = iter(book.entries())
    for line in lines.strip().splitlines():
        on, rows = line.split(" Dr ")
        debits, credits = (legs(side, chart) for side in rows.split(" / Cr "))
        wanted = Counter(dict.fromkeys(debits.items(), 1))
        wanted.update((path, -fen) for path, fen in credits.items())
        net: Counter[tuple[str, int]] = Counter()
        sums: Counter[tuple[str, bool]] = Counter()
        while net != wanted:
            entry = next(journal, None)
            assert entry is not None, (line, net)
            assert entry.transaction.effective_on.isoformat() == on, (line, entry)
            for leg in entry.transaction.postings:
                sums[str(leg.account), leg.quantity > 0] += leg.quantity
            net = Counter({(path, fen): 1 for (path, _), fen in sums.items()})
    assert next(journal, None) is None
    assert book.balances() == legs(end, chart)


def test_e4_a_budget_is_granted_paid_lapses_and_is_granted_again() -> None:
    book = Network()
    book.campaign()
    book.close()
    for person in ("u1", "u2", "u3"):
        book.grant(person)
    book.people("u4")
    book.do(Qualify("n", "k", "u4"))
    refusal = book.refused("budget_exhausted", GrantReward("n", "k", "u4"))
    assert (refusal["left"], refusal["reward"]) == (2, 66_66)
    book.close_until(date(2024, 5, 10))
    for person in ("u1", "u2"):
        book.do(PayReward("n", "k", person))
    book.close_until(date(2024, 6, 1))
    assert book.balance("branch:n:party:u3:reward-payable") == 66_66
    book.close()
    book.grant("u4")
    compare(book, E4, E4_END, CAMPAIGN)
    assert book.sound()


def test_e5_a_fee_is_paid_and_partly_taken_back() -> None:
    for by_hand in (True, False):
        book = Network(opened_on=date(2024, 1, 31))
        book.lend("345,678.90")
        book.pay_in("5,000.00")
        book.refer()
        book.close_until(date(2024, 3, 1))
        if by_hand:
            book.do(PayReferral("n", "r"))
        book.close_until(date(2024, 4, 1))
        book.end_loan()
        book.do(ClawBackReferral("n", "r"))
        book.close()
        book.do(CollectReceivable("n", "a", "referral", cny("501.24")))
        compare(book, E5, E5_END, REFERRAL)
        book.close_days(60)
        assert book.balances() == legs(E5_END, REFERRAL)
        assert book.sound()
