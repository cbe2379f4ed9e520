"""The wealth programme (财富系统): client money backed by a reserve (备付金) paid up front.

After the document CN105096188A.  An operator pays a reserve into the bank.  A client's money only
ever appears against a debit of it, so every claim is covered; a monitor fills the reserve from the
service fund.  A recharge travels like this:

>>> from bankcore.amounts import Amount
>>> command = Recharge("mall", "c001", Amount.parse("888.88", "CNY/2"), recharge="r1")
>>> rule = WALLET.rules[Recharge]  # (terms, command, books) -> Plan
>>> rule.__name__, WalletTerms().bonus(command.amount.quantity)
('recharge', 2667)

The plan debits the reserve with 915.55, credits principal and bonus, and notes 888.88 as cash that
the operator has taken and must pay in; if the reserve is then below its threshold, the plan's
second transaction is the sweep.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bankcore.ledger.books import Books
from bankcore.product.command import title
from bankcore.product.plan import Plan
from bankcore.product.product import Product
from bankcore.products.wallet.commands import (
    Bind,
    ChangeTerms,
    CloseClient,
    ConfirmBinding,
    Consume,
    DeclarePool,
    FundReserve,
    OpenProgramme,
    PayIn,
    Recharge,
    Refund,
    RegisterClient,
    RegisterMerchant,
    Settle,
    Sweep,
    TakeOut,
    Unbind,
    UndoRecharge,
    Withdraw,
)
from bankcore.products.wallet.daily import daily
from bankcore.products.wallet.invariants import INVARIANTS
from bankcore.products.wallet.parties import (
    bind,
    confirm_binding,
    register_client,
    register_merchant,
    unbind,
)
from bankcore.products.wallet.pools import declare_pool
from bankcore.products.wallet.preview import preview_yield
from bankcore.products.wallet.purchases import consume, refund, settle
from bankcore.products.wallet.recharges import recharge, undo_recharge
from bankcore.products.wallet.registry import terms_on
from bankcore.products.wallet.reports import REPORTS
from bankcore.products.wallet.reserve import (
    change_terms,
    fund_reserve,
    open_programme,
    pay_in,
    sweep,
    take_out,
)
from bankcore.products.wallet.terms import WalletTerms
from bankcore.products.wallet.withdrawals import close_client, withdraw

__all__ = [
    "WALLET",
    "Bind",
    "ChangeTerms",
    "CloseClient",
    "ConfirmBinding",
    "Consume",
    "DeclarePool",
    "FundReserve",
    "OpenProgramme",
    "PayIn",
    "Recharge",
    "Refund",
    "RegisterClient",
    "RegisterMerchant",
    "Settle",
    "Sweep",
    "TakeOut",
    "Unbind",
    "UndoRecharge",
    "WalletTerms",
    "Withdraw",
    "preview_yield",
]

_RULES: Mapping[type[Any], Callable[[Any, Any, Books], Plan]] = {
    OpenProgramme: open_programme,
    ChangeTerms: change_terms,
    FundReserve: fund_reserve,
    PayIn: pay_in,
    TakeOut: take_out,
    Sweep: sweep,
    DeclarePool: declare_pool,
    RegisterClient: register_client,
    RegisterMerchant: register_merchant,
    Bind: bind,
    ConfirmBinding: confirm_binding,
    Unbind: unbind,
    Recharge: recharge,
    UndoRecharge: undo_recharge,
    Consume: consume,
    Refund: refund,
    Settle: settle,
    Withdraw: withdraw,
    CloseClient: close_client,
}


def _terms(command: Any, books: Books) -> WalletTerms:
    """The terms in force today; a programme still to be opened brings its own."""
    if isinstance(command, OpenProgramme):
        return command.terms
    return terms_on(books, command.programme, books.today)


WALLET = Product(
    name="wallet",
    summary="wealth programme with a reserve account",
    commands={title(command): command for command in _RULES},
    terms=_terms,
    rules=_RULES,
    daily=daily,
    invariants=INVARIANTS,
    reports=REPORTS,
)
