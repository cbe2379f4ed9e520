"""The test kit: what proves a product, a store, or a program on top of bankcore.

`Driver` and the assertions need nothing more than bankcore; all else needs `pip install 'bankcore[testing]'`.
The names are imported on first use.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bankcore.testing.assertions import (
        assert_balances,
        assert_conserved,
        assert_refused,
        assert_sound,
    )
    from bankcore.testing.driver import Clock, Driver, moved, registration
    from bankcore.testing.snapshots import difference, snapshot
    from bankcore.testing.store_contract import DurableStoreContract, StoreContract

__all__ = [
    "Clock",
    "Driver",
    "DurableStoreContract",
    "StoreContract",
    "assert_balances",
    "assert_conserved",
    "assert_refused",
    "assert_sound",
    "difference",
    "moved",
    "registration",
    "snapshot",
]

_HOMES = {
    "bankcore.testing.assertions": (
        "assert_balances",
        "assert_conserved",
        "assert_refused",
        "assert_sound",
    ),
    "bankcore.testing.driver": ("Clock", "Driver", "moved", "registration"),
    "bankcore.testing.snapshots": ("difference", "snapshot"),
    "bankcore.testing.store_contract": ("DurableStoreContract", "StoreContract"),
}
_EXTRA = ("hypothesis", "pytest")  # what the extra `testing` installs


def __getattr__(name: str) -> object:
    for home, names in _HOMES.items():
        if name in names:
            try:
                return getattr(import_module(home), name)
            except ModuleNotFoundError as missing:
                if missing.name in _EXTRA:
                    from bankcore.errors import LibraryMissing  # pytest imports this module at its start

                    raise LibraryMissing(missing.name, "testing") from None
                raise
    raise AttributeError(f"module 'bankcore.testing' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
