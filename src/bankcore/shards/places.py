"""Books opened at the places that the directory tells, and again where they have moved."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import copy
from datetime import datetime
from typing import Any, NoReturn, cast

from bankcore.bank import Bank
from bankcore.errors import StoreError
from bankcore.ledger.ports import Store
from bankcore.products.parties.places import Place
from bankcore.shards.books import Books

__all__ = ["PlacedBooks"]


class PlacedBooks(Books):
    """The books of the directory in `directory`, each in the store that `open_store(place)` opens.

    One that cannot be opened raises its StoreError when it is used, and is tried again the next time.
    """

    def __init__(
        self, directory: Bank, open_store: Callable[..., Store], clock: Callable[[], datetime]
    ) -> None:
        super().__init__({})
        self.open_store, self.clock = open_store, clock
        self._directory = directory
        self._at: dict[str, str] = {}
        self._stores: list[Store] = []
        self.refresh()

    def named(self, name: str) -> Bank:
        """The bank of a book; raises UnknownName, and the StoreError of one that cannot be opened."""
        if name not in self._banks:
            self.refresh()
        bank = super().named(name)
        if isinstance(bank, _Away):
            self._use(name, self._at[name])
            bank = super().named(name)
            if isinstance(bank, _Away):
                bank.refuse()
        return bank

    def __iter__(self) -> Iterator[tuple[str, Bank]]:
        return iter([*self._banks.items()])

    def renew(self, name: str) -> bool:
        """Open a book where the directory has it now, or where it is moving to; whether that is elsewhere."""
        known = Place.existing(self._directory.ledger.books, name)
        other = next((it for it in known.places if it != self._at[name]), None)
        if other is not None:
            self._use(name, other)
        return other is not None

    def refresh(self) -> None:
        """Open the books that are new, that have moved, and that could not be opened before."""
        for it in Place.every(self._directory.ledger.books):
            away = isinstance(self._banks.get(it.id), _Away)
            if away or self._at.get(it.id) not in it.places:
                self._use(it.id, it.place)

    def _use(self, name: str, place: str) -> None:
        self._at[name] = place
        try:
            store = self.open_store(place)
            self._stores.append(store)
            self._banks[name] = Bank.open(store, name=name, clock=self.clock)
        except StoreError as error:
            self._banks[name] = cast(Bank, _Away(error))

    def close(self) -> None:
        """Close all stores, also those that books have left."""
        for store in self._stores:
            store.close()


class _Away:
    """A bank whose store cannot be opened: whatever it is asked for raises why."""

    def __init__(self, error: StoreError) -> None:
        self._error = error

    def refuse(self) -> NoReturn:
        """Raise the error."""
        raise copy(self._error)

    def __getattr__(self, name: str) -> Any:
        self.refuse()
