"""Products in their order, each loaded when it is first needed.

A bank that only reads balances, or sells one product, need not load the code of the others, nor search for
the products of other packages.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from importlib import import_module
from typing import Any, overload

from bankcore.errors import ProductTwice, ProductUnusable, UnknownName
from bankcore.product.command import title
from bankcore.product.product import Product

__all__ = ["Catalogue"]


class Catalogue(Sequence[Product]):
    """Products by name; a text in place of a product is its location, as `module:NAME`.

    `outside` finds the locations of further products, called when a name is not known without them; they
    are ordered before the products of `last`.  `versions` are known before a product is loaded.

    >>> sold = Catalogue({"wallet": "bankcore.products.wallet:WALLET"})
    >>> sold.names, sold.named("wallet").summary
    (('wallet',), 'wealth programme with a reserve account')
    """

    def __init__(
        self,
        products: Mapping[str, Product | str],
        *,
        outside: Callable[[], Mapping[str, str]] | None = None,
        last: Collection[str] = (),
        versions: Mapping[str, int] | None = None,
    ) -> None:
        self._products = dict(products)
        self._outside = outside
        self._last = last
        self._versions = dict(versions or {})
        self._of: dict[type[Any], Product] = {}  # by command

    @classmethod
    def of(cls, products: Sequence[Product]) -> Catalogue:
        """A catalogue of these products; raises ProductTwice for two of the same name."""
        if isinstance(products, Catalogue):
            return products
        known: dict[str, Product | str] = {}
        for product in products:
            if product.name in known:
                raise ProductTwice(product.name)
            known[product.name] = product
        return cls(known)

    @property
    def names(self) -> tuple[str, ...]:
        """The names in order, including those from outside; no product is loaded.  Raises ProductTwice."""
        self._look_outside()
        return tuple(self._products)

    def knows(self, name: str) -> bool:
        """Whether there is a product of the name; raises ProductTwice."""
        return name in self._products or name in self.names

    def named(self, name: str) -> Product:
        """A product by its name; raises UnknownName, ProductTwice, ProductUnusable."""
        if not self.knows(name):
            raise UnknownName("product", name, ", ".join(self.names))
        found = self._products[name]
        if isinstance(found, str):
            self._products[name] = found = _load(name, found)
        return found

    def version(self, name: str) -> int:
        """The version of a product; raises the errors of `named`, which loads it where that is needed."""
        if name not in self._versions:
            self._versions[name] = self.named(name).version
        return self._versions[name]

    def those(self, names: Collection[str]) -> list[Product]:
        """The installed products among some names, in order."""
        known = [name for name in names if self.knows(name)]
        return [self.named(name) for name in tuple(self._products) if name in known]

    def selling(self, command: type[Any]) -> Product | None:
        """The product that has the command, if one does.

        A command's class is defined in its product's package, so products not loaded cannot have it.
        """
        if command not in self._of:
            self._take_up_commands()
        if command not in self._of and self._look_outside():
            self._take_up_commands()
        return self._of.get(command)

    def names_of(self, commands: Sequence[Any]) -> tuple[str, ...]:
        """The names of some commands, as `current.cash-in`; without those that no product has."""
        sold = ((self.selling(type(it)), type(it)) for it in commands)
        return tuple(f"{product.name}.{title(kind)}" for product, kind in sold if product is not None)

    def _take_up_commands(self) -> None:
        for name, it in tuple(self._products.items()):
            if not isinstance(it, str) or it.partition(":")[0] in sys.modules:
                self._of |= dict.fromkeys(self.named(name).rules, self.named(name))

    def _look_outside(self) -> bool:
        """Add the products of other packages on the first call; whether there are any."""
        if self._outside is None:
            return False
        found = self._outside()
        for name in found:
            if name in self._products:
                raise ProductTwice(name)
        late = {name: it for name, it in self._products.items() if name in self._last}
        early = {name: it for name, it in self._products.items() if name not in late}
        self._products, self._outside = {**early, **found, **late}, None
        return bool(found)

    def __len__(self) -> int:
        return len(self.names)

    @overload
    def __getitem__(self, place: int) -> Product: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Product]: ...
    def __getitem__(self, place: int | slice) -> Product | Sequence[Product]:
        if isinstance(place, slice):
            return [self.named(name) for name in self.names[place]]
        return self.named(self.names[place])

    def __iter__(self) -> Iterator[Product]:
        return map(self.named, self.names)


def _load(name: str, home: str) -> Product:
    """The product at a location; raises ProductUnusable where there is none of this name."""
    module, _, attribute = home.partition(":")
    try:
        found = getattr(import_module(module), attribute)
    except Exception as error:
        raise ProductUnusable(name, home, f"{type(error).__name__}: {error}") from error
    if not isinstance(found, Product) or found.name != name:
        raise ProductUnusable(name, home, "it is not a product of this name")
    return found
