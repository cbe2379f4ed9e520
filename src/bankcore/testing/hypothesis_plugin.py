"""What Hypothesis loads when it is imported, by the entry point of bankcore: strategies for plain types.

The strategies themselves are imported when one of the types is first drawn.
"""

from __future__ import annotations

from typing import Any

__all__ = ["register"]


def register() -> None:
    """Register strategies for Unit, Amount, Rate, AccountPath, Account and VelocityLimit."""
    from hypothesis import strategies as st

    from bankcore.amounts import Amount
    from bankcore.ledger.accounts import Account, AccountPath
    from bankcore.ledger.velocity import VelocityLimit
    from bankcore.rates import Rate
    from bankcore.units import Unit

    for kind in (Unit, Amount, Rate, AccountPath, Account, VelocityLimit):
        st.register_type_strategy(kind, _strategy)


def _strategy(kind: type[Any]) -> Any:
    from bankcore.testing import strategies

    return strategies.of_type(kind)
