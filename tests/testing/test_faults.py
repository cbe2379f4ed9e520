"""The seeded fault finder: a small product with one fault at a time, each found and named by the kit."""

from __future__ import annotations

import os

import pytest
from hypothesis import Phase, settings
from tests.testing import jars
from tests.testing.jars import FAULTS, CloseJar, Fill, Give, Hold, OpenJar, Spend, Take
from tests.testing.oracle import expects, oracle

from bankcore.amounts import Amount
from bankcore.testing.product_machine import Finding, open_accounts, prove
from bankcore.units import Unit

CNY = Unit("CNY/2")
FUND = {n: Amount(quantity, CNY) for n, quantity in ((1, 120_00), (2, 900_00), (3, 700_00))}
DECLARED = {
    "commands": (Fill, Give, Spend, Hold, Take, CloseJar),
    "opening": [
        open_accounts("li", "wang", "s1", "s2", "s3"),
        tuple(OpenJar(f"j{n}", "li") for n in (1, 2))
        + tuple(Fill(f"j{n}", "li", "f0", FUND[n]) for n in (1, 2)),
        (OpenJar("j3", "wang"), Fill("j3", "wang", "f0", FUND[3])),
        (Give("j1", "g0", Amount(33_33, CNY)), Give("j1", "g00", Amount(20_00, CNY))),
        (
            Hold("j1", "li", "s1", "h0", Amount(100_00, CNY)),
            Hold("j2", "li", "s2", "h0", Amount(250_00, CNY)),
        ),
        tuple(Spend("j2", "li", shop, f"p0{shop}", Amount(9_70, CNY)) for shop in ("s1", "s2")),
    ],
    "ids": {
        "owner": ["li", "wang"],
        "jar": ["j1", "j2", "j3", "j4"],
        "shop": ["s1", "s2", "s3"],
        "deposit": ["f1", "f2"],
        "gift": ["g1", "g2"],
        "purchase": [f"p{n}" for n in range(9)],
        "hold": ["h0", "h1", "h2"],
    },
    "amounts": (33, 99_70, 120_30, 250_00, 333_30),
    "once": {Fill: "deposit", Give: "gift", Spend: "purchase", Hold: "hold"},
    "moving": {Fill, Give, Spend, Hold},
    "leaving": {CloseJar: "jar"},
    "sliceable": {Fill: "amount", Spend: "amount"},
    "days": (31, 1, 1, 11),
    "oracle": oracle,
    "expects": expects,
}
FOUND = {  # what the kit calls it
    "wrong_account": "not what the oracle expects",
    "dropped_leg": "a rule wrote what is no transaction",
    "double_interest": "not what the oracle expects",
    "day_too_long": "not what the oracle expects",
    "rounded_events": ("not the same when it is sliced", "not what the oracle expects"),
    "past_hold": "not as expected",
    "held_twice": "money that is held was spent",
    "second_fill": "a replay wrote",
    "refusal_writes": "accepted without moving money",
    "wrote_around": ("a refusal left something behind", "not the same "),
    "close_by_place": "not the same after a close that was cut off and continued",
    "expiry_forgets": "not what the oracle expects",
    "expiry_late": "not what the oracle expects",
    "record_differs": "not as expected",
    "remembers": "not the same ",
    "reads_clock": "it reads the clock: date.today",
    "draws_lots": ("it reads chance", "not the same when done again"),
    "unordered": "not the same in another process",
    "leaver_forgotten": "left behind",
    "hold_left": "left behind",
    "told_twice": "a notice twice",
    "anybody": "somebody else's money",
    "unknown_jar": "a rule failed",
    "writing_report": "a report is not the same when read again",
}
LONGER = {  # what takes a second or more to find: nightly
    "anybody", "day_too_long", "draws_lots", "expiry_forgets", "held_twice", "hold_left", "leaver_forgotten",
    "record_differs", "told_twice", "unordered",
}  # fmt: skip
NIGHTLY = os.environ.get("HYPOTHESIS_PROFILE") == "nightly"
FAST = settings(
    max_examples=300 if NIGHTLY else 30,
    stateful_step_count=4,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    report_multiple_bugs=False,
)


def test_the_sound_product_passes() -> None:
    prove(jars.JARS, settings=settings(FAST, max_examples=60 if NIGHTLY else 4), **DECLARED)


@pytest.mark.parametrize("fault", [fault for fault in FAULTS if NIGHTLY or fault not in LONGER])
def test_a_fault_is_found_and_named(fault: str) -> None:
    jars.REMEMBERED.clear()
    with pytest.raises(Finding) as found:
        prove(jars.jars(fault), home=f"{jars.__name__}:{fault}", settings=FAST, **DECLARED)
    assert str(found.value).startswith(FOUND[fault])
