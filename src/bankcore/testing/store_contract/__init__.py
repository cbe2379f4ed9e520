"""The contract of a store, as a test suite: certify your store.

Whoever writes a store subclasses the suite and says how to make an empty one; pytest does the rest:

>>> import pytest
>>> from bankcore.stores.memory import MemoryStore
>>> class TestMyStore(StoreContract):
...     @pytest.fixture
...     def store(self):
...         return MemoryStore()

A store that keeps its books beyond the process subclasses `DurableStoreContract` and says in a fixture
`reopen` how they are opened again.  bankcore's own stores are held to the same suite.

>>> class TestMyDatabase(DurableStoreContract):
...     @pytest.fixture
...     def store(self, tmp_path):
...         return SqliteStore(tmp_path / "book.db", create=True)
...
...     @pytest.fixture
...     def reopen(self, store, tmp_path):
...         def reopen():
...             store.close()
...             return SqliteStore(tmp_path / "book.db")
...
...         return reopen
"""

from bankcore.testing.store_contract.books import BooksContract
from bankcore.testing.store_contract.histories import DurabilityContract, HistoriesContract
from bankcore.testing.store_contract.personal import PersonalContract
from bankcore.testing.store_contract.reading import ReadingContract
from bankcore.testing.store_contract.writing import WritingContract

__all__ = ["DurableStoreContract", "StoreContract"]


class StoreContract(BooksContract, ReadingContract, WritingContract, PersonalContract, HistoriesContract):
    """All that every store must do; a subclass defines the fixture `store`."""


class DurableStoreContract(StoreContract, DurabilityContract):
    """All that a store must do which keeps its books; a subclass defines `store` and `reopen` as well."""
