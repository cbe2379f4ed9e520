"""The wealth programme (财富系统): client money backed by a reserve (备付金) paid up front.

After the document CN105096188A.  An operator pays a reserve into the bank.  A client's money only
ever appears against a debit of it, so every claim is covered; a monitor fills the reserve from the
service fund.  A recharge travels like this:

>>> from bankcore.amounts import Amount
>>> command = Recharge("mall", "c001", Amount.parse("888.88", "CNY/2"), recharge="r1")
>>> rule = WALLET.rules[Recharge]  # (terms, command, books) -> Plan
>>> rule.__name__, str(WalletTerms().bonus(command.amount.quantity))
('recharge', '66666/25')

The plan debits the reserve with 915.55, credits principal and bonus, and notes 888.88 as cash that
the operator has taken and must pay in; if the reserve is then below its threshold, the plan goes on
with the sweep.
"""

from bankcore.product.product import Product
from bankcore.products.wallet import (
    bindings,
    bonuses,
    clients,
    ending,
    late_entries,
    merchants,
    monitor,
    pool_shares,
    pools,
    previews,
    programmes,
    purchases,
    recharge_points,
    recharges,
    refunds,
    requests,
    reserve,
    withdrawals,
    yields,
)
from bankcore.products.wallet.bindings import *
from bankcore.products.wallet.clients import *
from bankcore.products.wallet.ending import *
from bankcore.products.wallet.merchants import *
from bankcore.products.wallet.monitor import *
from bankcore.products.wallet.pools import *
from bankcore.products.wallet.previews import *
from bankcore.products.wallet.programmes import *
from bankcore.products.wallet.purchases import *
from bankcore.products.wallet.recharge_points import *
from bankcore.products.wallet.recharges import *
from bankcore.products.wallet.refunds import *
from bankcore.products.wallet.requests import *
from bankcore.products.wallet.reserve import *
from bankcore.products.wallet.withdrawals import *
from bankcore.products.wallet.yields import *

_NOUNS = (
    programmes, monitor, reserve, clients, bonuses, recharge_points, recharges, pools, pool_shares, yields,
    previews, merchants, late_entries, bindings, purchases, refunds, requests, withdrawals, ending,
)  # fmt: skip
WALLET = Product.of(
    "wallet",
    "wealth programme with a reserve account",
    *(it.noun for it in _NOUNS),
    terms=ending.terms_for,
)
__all__ = ["WALLET"]
__all__ += [name for it in _NOUNS for name in it.__all__]
