"""Bindings (绑定): pairs of client and merchant that stand in the registries of operator and bank.

Only a bound client buys at a merchant; nothing is posted here.

>>> Binding(id="mall:c001:m", operator=True).is_bound
False
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from attrs import evolve, frozen

from bankcore.errors import ProductRejection
from bankcore.ledger.books import Books
from bankcore.product import fields
from bankcore.product.actor import Role
from bankcore.product.facts import Facts
from bankcore.product.parties import acting_for
from bankcore.product.plan import Plan
from bankcore.product.product import Noun
from bankcore.products.wallet.clients import open_client
from bankcore.products.wallet.merchants import open_merchant
from bankcore.products.wallet.programmes import OfProgramme, WalletTerms, WalletVoucher

__all__ = ["AlreadyBound", "Bind", "ConfirmBinding", "NotBound", "Unbind"]

noun = Noun(__name__)


@frozen(kw_only=True)
class Binding(Facts):
    """Whether a pair stands in the operator's registry, and in the bank's."""

    KIND: ClassVar = "wallet.binding"  # programme:client:merchant
    operator: bool = False
    bank: bool = False

    @property
    def is_bound(self) -> bool:
        """Whether both hold it."""
        return self.operator and self.bank


def check_bound(books: Books, programme: str, client: str, merchant: str) -> None:
    """Raises NotBound unless both registries hold the pair."""
    found = Binding.find(books, programme, client, merchant)
    if found is None or not found.is_bound:
        raise NotBound(client, merchant)


class NotBound(ProductRejection):
    sentence = "client {client} and merchant {merchant} are not bound in both registries"
    client: str
    merchant: str


class AlreadyBound(ProductRejection):
    sentence = "the {registry}'s registry already binds client {client} to merchant {merchant}"
    client: str
    merchant: str
    registry: str


# --- commands and their rules -----------------------------------------------------------------------


@frozen
class Bind(OfProgramme):
    """Bind a client to a merchant in the operator's registry (绑定)."""

    client: str = fields.id_("the client who will buy")
    merchant: str = fields.id_("the merchant who will sell")


@frozen
class ConfirmBinding(OfProgramme):
    """Bind a client to a merchant in the bank's registry (银行确认绑定)."""

    may: ClassVar[Mapping[Role, str]] = {Role.OFFICER: ""}
    client: str = fields.id_("the client who will buy")
    merchant: str = fields.id_("the merchant who will sell")


@frozen
class Unbind(OfProgramme):
    """Take a pair out of both registries (解除绑定)."""

    may: ClassVar[Mapping[Role, str]] = {
        Role.OPERATOR: "programme",
        Role.OFFICER: "",
        Role.CUSTOMER: "client",
    }
    client: str = fields.id_("the client")
    merchant: str = fields.id_("the merchant")


@noun.rule(Bind)
def bind(terms: WalletTerms, command: Bind, books: Books) -> Plan:
    """Enter a pair in the operator's registry.

    Refuses: NotFound, ClientClosed, MerchantClosed, AlreadyBound.
    """
    return _enter(terms, command, books, "operator")


@noun.rule(ConfirmBinding)
def confirm_binding(terms: WalletTerms, command: ConfirmBinding, books: Books) -> Plan:
    """Enter a pair in the bank's registry.  Refuses: NotFound, ClientClosed, MerchantClosed, AlreadyBound."""
    return _enter(terms, command, books, "bank")


@noun.rule(Unbind)
def unbind(terms: WalletTerms, command: Unbind, books: Books) -> Plan:
    """Take a pair out of both registries.

    Refuses: PartySuspended for who acts for the client, NotBound where it stands in neither.
    """
    acting_for(books, command.client)
    client, merchant = command.client, command.merchant
    found = Binding.find(books, command.programme, client, merchant)
    if found is None or not (found.operator or found.bank):
        raise NotBound(client, merchant)
    voucher = WalletVoucher(books, terms, command.programme)
    voucher.keep(evolve(found, operator=False, bank=False))
    return voucher.plan("unbind", f"unbind {client} from {merchant}")


def _enter(terms: WalletTerms, command: Bind | ConfirmBinding, books: Books, where: str) -> Plan:
    programme, client, merchant = command.programme, command.client, command.merchant
    open_client(books, programme, client)
    open_merchant(books, programme, merchant)
    ids = (programme, client, merchant)
    found = Binding.find(books, *ids) or Binding(id=":".join(ids))
    entered = evolve(found, operator=True) if where == "operator" else evolve(found, bank=True)
    if entered == found:
        raise AlreadyBound(client, merchant, where)
    voucher = WalletVoucher(books, terms, programme)
    voucher.keep(entered)
    return voucher.plan("bind", f"the {where}'s registry binds {client} to {merchant}")
