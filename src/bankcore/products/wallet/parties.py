"""Who takes part: clients, merchants, and the pairs of them that both registries bind."""

from __future__ import annotations

from bankcore.ledger.books import Books
from bankcore.ledger.transactions import Record
from bankcore.product.plan import Plan
from bankcore.product.records import existing, fresh, written
from bankcore.product.voucher import opening
from bankcore.products.wallet import accounts, commands, registry
from bankcore.products.wallet.refusals import AlreadyBound, NotBound
from bankcore.products.wallet.reserve import operation
from bankcore.products.wallet.terms import WalletTerms
from bankcore.products.wallet.yields import YieldState

__all__ = ["bind", "check_bound", "confirm_binding", "register_client", "register_merchant", "unbind"]

_UNBOUND = {"operator": False, "bank": False}


def register_client(terms: WalletTerms, command: commands.RegisterClient, books: Books) -> Plan:
    """Open a client's pockets.  Refuses: AlreadyTaken, also for a client who left."""
    programme, client, today = command.programme, command.client, books.today.isoformat()
    id = fresh(books, registry.CLIENT, programme, client)
    data = {"anonymous": command.anonymous, "registered_on": today, "closed_on": None}
    records = (
        *opening(books, accounts.client_accounts(programme, client, terms.unit, books.today), own="wallet"),
        Record(registry.CLIENT, id, data),
        Record(registry.ACCRUAL, accounts.pocket(programme, client, "yield"), YieldState(today).as_data()),
    )
    text = f"register client {client}"
    return Plan((operation(books, terms, programme, "register-client", text, records=records),))


def register_merchant(terms: WalletTerms, command: commands.RegisterMerchant, books: Books) -> Plan:
    """Open a third-party merchant's accounts.  Refuses: AlreadyTaken."""
    programme, merchant = command.programme, command.merchant
    id = fresh(books, registry.MERCHANT, programme, merchant)
    data = {
        "own": command.own,
        "registered_on": books.today.isoformat(),
        "settlements": 0,
        "fee": "0/1",  # the exact fee on net settled sales
        "charged": 0,  # the part of it that is posted
        "pooled": 0,  # takings that stand in the service fund, where they are not ring-fenced
    }
    wanted = accounts.merchant_accounts(programme, merchant, command.own, terms.unit, books.today)
    records = (*opening(books, wanted, own="wallet"), Record(registry.MERCHANT, id, data))
    text = f"register merchant {merchant}"
    return Plan((operation(books, terms, programme, "register-merchant", text, records=records),))


def bind(terms: WalletTerms, command: commands.Bind, books: Books) -> Plan:
    """Enter a pair in the operator's registry.  Refuses: NotFound, ClientClosed, AlreadyBound."""
    return _enter(terms, command, books, "operator")


def confirm_binding(terms: WalletTerms, command: commands.ConfirmBinding, books: Books) -> Plan:
    """Enter a pair in the bank's registry.  Refuses: NotFound, ClientClosed, AlreadyBound."""
    return _enter(terms, command, books, "bank")


def unbind(terms: WalletTerms, command: commands.Unbind, books: Books) -> Plan:
    """Take a pair out of both registries.  Refuses: NotBound where it stands in neither."""
    programme, client, merchant = command.programme, command.client, command.merchant
    stored = books.record(registry.BINDING, f"{programme}:{client}:{merchant}")
    if stored is None or stored.data == _UNBOUND:
        raise NotBound(client, merchant)
    text = f"unbind {client} from {merchant}"
    return Plan((operation(books, terms, programme, "unbind", text, records=(stored.next(**_UNBOUND),)),))


def check_bound(books: Books, programme: str, client: str, merchant: str) -> None:
    """Raises NotBound unless both registries hold the pair."""
    stored = books.record(registry.BINDING, f"{programme}:{client}:{merchant}")
    if stored is None or not all(stored.data.values()):
        raise NotBound(client, merchant)


def _enter(
    terms: WalletTerms, command: commands.Bind | commands.ConfirmBinding, books: Books, where: str
) -> Plan:
    programme, client, merchant = command.programme, command.client, command.merchant
    registry.open_client(books, programme, client)
    existing(books, registry.MERCHANT, programme, merchant)
    stored = books.record(registry.BINDING, f"{programme}:{client}:{merchant}")
    held = dict(stored.data) if stored else _UNBOUND
    if held[where]:
        raise AlreadyBound(client, merchant, where)
    record = written(books, registry.BINDING, programme, client, merchant, **{**held, where: True})
    text = f"the {where}'s registry binds {client} to {merchant}"
    return Plan((operation(books, terms, programme, "bind", text, records=(record,)),))
