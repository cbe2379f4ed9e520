"""The contract of a store, as a test suite: certify your store.

Whoever writes a store subclasses the suite and says how to make an empty one:

    import pytest
    from bankcore.testing import StoreContract

    class TestMyStore(StoreContract):
        @pytest.fixture
        def store(self, tmp_path):
            with closing(MyStore(tmp_path)) as store:
                yield store

A store that keeps its books beyond the process subclasses `DurableStoreContract` and says in a fixture
`reopen` how they are opened again.  bankcore's own stores are held to the same suite.
"""

from bankcore.testing.store_contract.books import BooksContract
from bankcore.testing.store_contract.contract import Author
from bankcore.testing.store_contract.histories import DurabilityContract, HistoriesContract
from bankcore.testing.store_contract.personal import PersonalContract
from bankcore.testing.store_contract.reading import ReadingContract
from bankcore.testing.store_contract.writing import WritingContract

__all__ = ["Author", "DurableStoreContract", "StoreContract"]


class StoreContract(BooksContract, ReadingContract, WritingContract, PersonalContract, HistoriesContract):
    """All that every store must do; a subclass defines the fixture `store`."""


class DurableStoreContract(StoreContract, DurabilityContract):
    """All that a store must do which keeps its books; a subclass defines `store` and `reopen` as well."""
