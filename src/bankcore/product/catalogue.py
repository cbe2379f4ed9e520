"""Products in their order, each loaded when it is first needed.

A bank that answers for balances, or sells one product, need not read the code of the others.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from typing import Any, overload

from bankcore.errors import ProductTwice, UnknownName
from bankcore.product.product import Product

__all__ = ["Catalogue"]


class Catalogue(Sequence[Product]):
    """Products by name; a text in place of one is its home, as `module:NAME`.

    >>> sold = Catalogue({"wallet": "bankcore.products.wallet:WALLET"})
    >>> sold.names, sold.named("wallet").summary
    (('wallet',), 'wealth programme with a reserve account')
    """

    def __init__(self, products: Mapping[str, Product | str]) -> None:
        self._products = dict(products)
        self._of: dict[type[Any], Product] = {}  # by command

    @classmethod
    def of(cls, products: Sequence[Product]) -> Catalogue:
        """These products; raises ProductTwice for two of one name."""
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
        """The names in order; nothing is loaded for them."""
        return tuple(self._products)

    def named(self, name: str) -> Product:
        """A product by its name; raises UnknownName."""
        found = self._products.get(name)
        if found is None:
            raise UnknownName("product", name, ", ".join(self._products))
        if isinstance(found, str):
            module, _, attribute = found.partition(":")
            loaded: Product = getattr(import_module(module), attribute)
            self._products[name] = found = loaded
        return found

    def selling(self, command: type[Any]) -> Product | None:
        """The product that has the command, if one does.

        A command's class stands in its product's package, so a product that nobody loaded has none of them.
        """
        if command not in self._of:
            for name, it in self._products.items():
                if not isinstance(it, str) or it.partition(":")[0] in sys.modules:
                    self._of |= dict.fromkeys(self.named(name).rules, self.named(name))
        return self._of.get(command)

    def __len__(self) -> int:
        return len(self._products)

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
