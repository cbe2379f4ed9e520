"""The ribbons of a Sankey diagram are as wide as what flows, exactly."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from bankcore.amounts import Amount
from bankcore.pictures.sankey import layout
from bankcore.tables import Table

NAMES = st.sampled_from(["bank:cash", "bank:demand:*", "loan:net:*:principal", "Others", "x"])
FLOWS = st.dictionaries(st.tuples(NAMES, NAMES), st.integers(1, 2**63 - 1), min_size=1)


@given(FLOWS)
def test_ribbons_are_as_wide_as_their_flows(flows):
    rows = tuple((*key, Amount(quantity, "CNY/2")) for key, quantity in flows.items())
    laid = layout(Table("flows", ("debited", "credited", "amount"), rows), 380, "Others")
    whole = sum(flows.values())
    assert sum(it.width for it in laid.ribbons) == 380
    assert {(it.debited, it.credited): it.width for it in laid.ribbons} == {
        key: Fraction(380 * quantity, whole) for key, quantity in flows.items()
    }
    for group in laid.groups:
        own = [it for it in laid.ribbons if group.name == (it.debited if group.left else it.credited)]
        # Ribbons cover the bar of their group without gap and overlap.
        spans = sorted((it.start if group.left else it.end, it.width) for it in own)
        reached = group.top
        for start, width in spans:
            assert start == reached
            reached += width
        assert reached == group.top + group.height


@given(FLOWS)
def test_groups_do_not_overlap_and_others_are_last(flows):
    rows = tuple((*key, Amount(quantity, "CNY/2")) for key, quantity in flows.items())
    laid = layout(Table("flows", ("debited", "credited", "amount"), rows), 380, "Others")
    for left in (True, False):
        side = sorted((it for it in laid.groups if it.left is left), key=lambda it: it.top)
        assert all(one.top + one.height < two.top for one, two in pairwise(side))
        assert all(two.top + two.height / 2 - one.top - one.height / 2 > 14 for one, two in pairwise(side))
        names = [it.name for it in side]
        assert "Others" not in names[:-1]
        assert all(it.top >= 0 and it.top + it.height <= laid.height for it in side)
