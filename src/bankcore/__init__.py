"""bankcore: a double-entry ledger with exact money, and the bank products built on it.

The public names are imported on first use, so that the command line starts quickly.
"""

import logging
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bankcore.amounts import Amount
    from bankcore.bank import Bank, DayClose
    from bankcore.calendars import Calendar, DayCount, Period, Roll, day_count
    from bankcore.errors import BankcoreError, Conflict, Corruption, InputError, Rejection, StoreError
    from bankcore.feed import Feed, Notice, deliver
    from bankcore.ledger.accounts import Account, AccountPath, AccountType, Side, Status
    from bankcore.ledger.balances import Balance
    from bankcore.ledger.evidence.audit import Verification, verify
    from bankcore.ledger.evidence.checkpoints import Checkpoint
    from bankcore.ledger.evidence.log import ConsistencyProof, checkpoint_of, prove_consistency
    from bankcore.ledger.evidence.proofs import Proof, prove_balance, prove_transaction
    from bankcore.ledger.evidence.seals import Seal, seals
    from bankcore.ledger.ledger import Ledger
    from bankcore.ledger.posting.verdicts import Verdict
    from bankcore.ledger.reading.statements import (
        Statement,
        TrialBalance,
        balance_on,
        balances,
        statement,
        trial_balance,
    )
    from bankcore.ledger.rules import Attempt
    from bankcore.ledger.transactions import (
        Book,
        Entry,
        Hold,
        Posting,
        Receipt,
        Record,
        Transaction,
        legs,
        open_account,
    )
    from bankcore.ledger.velocity import Flow, Per, VelocityLimit
    from bankcore.preview import Effects, Preview, Refused, fork
    from bankcore.product.actor import Actor, Role
    from bankcore.product.plan import Plan, Step
    from bankcore.product.product import Product
    from bankcore.rates import Accrual, Rate, Share, Tiers, round_down, round_half_up
    from bankcore.signing import SigningKey, VerifyingKey
    from bankcore.simulation.grids import WhatIf, what_if
    from bankcore.stores.memory import MemoryStore
    from bankcore.stores.open import open_store
    from bankcore.stores.sqlite import SqliteStore
    from bankcore.stores.waiting import Wait
    from bankcore.tables import Table
    from bankcore.units import Unit

__version__: str

__all__ = [
    "Account",
    "AccountPath",
    "AccountType",
    "Accrual",
    "Actor",
    "Amount",
    "Attempt",
    "Balance",
    "Bank",
    "BankcoreError",
    "Book",
    "Calendar",
    "Checkpoint",
    "Conflict",
    "ConsistencyProof",
    "Corruption",
    "DayClose",
    "DayCount",
    "Effects",
    "Entry",
    "Feed",
    "Flow",
    "Hold",
    "InputError",
    "Ledger",
    "MemoryStore",
    "Notice",
    "Per",
    "Period",
    "Plan",
    "Posting",
    "Preview",
    "Product",
    "Proof",
    "Rate",
    "Receipt",
    "Record",
    "Refused",
    "Rejection",
    "Role",
    "Roll",
    "Seal",
    "Share",
    "Side",
    "SigningKey",
    "SqliteStore",
    "Statement",
    "Status",
    "Step",
    "StoreError",
    "Table",
    "Tiers",
    "Transaction",
    "TrialBalance",
    "Unit",
    "VelocityLimit",
    "Verdict",
    "Verification",
    "VerifyingKey",
    "Wait",
    "WhatIf",
    "balance_on",
    "balances",
    "checkpoint_of",
    "day_count",
    "deliver",
    "fork",
    "legs",
    "open_account",
    "open_store",
    "prove_balance",
    "prove_consistency",
    "prove_transaction",
    "round_down",
    "round_half_up",
    "seals",
    "statement",
    "trial_balance",
    "verify",
    "what_if",
]

_HOMES = {
    "bankcore.amounts": ("Amount",),
    "bankcore.bank": ("Bank", "DayClose"),
    "bankcore.calendars": ("Calendar", "DayCount", "Period", "Roll", "day_count"),
    "bankcore.feed": ("Feed", "Notice", "deliver"),
    "bankcore.errors": ("BankcoreError", "Conflict", "Corruption", "InputError", "Rejection", "StoreError"),
    "bankcore.ledger.accounts": ("Account", "AccountPath", "AccountType", "Side", "Status"),
    "bankcore.ledger.evidence.audit": ("Verification", "verify"),
    "bankcore.ledger.balances": ("Balance",),
    "bankcore.ledger.ledger": ("Ledger",),
    "bankcore.ledger.evidence.checkpoints": ("Checkpoint",),
    "bankcore.ledger.evidence.log": ("ConsistencyProof", "checkpoint_of", "prove_consistency"),
    "bankcore.signing": ("SigningKey", "VerifyingKey"),
    "bankcore.ledger.evidence.proofs": ("Proof", "prove_balance", "prove_transaction"),
    "bankcore.ledger.reading.statements": (
        "Statement",
        "TrialBalance",
        "balance_on",
        "balances",
        "statement",
        "trial_balance",
    ),
    "bankcore.ledger.evidence.seals": ("Seal", "seals"),
    "bankcore.ledger.transactions": (
        "Book",
        "Entry",
        "Hold",
        "Posting",
        "Receipt",
        "Record",
        "Transaction",
        "legs",
        "open_account",
    ),
    "bankcore.ledger.velocity": ("Flow", "Per", "VelocityLimit"),
    "bankcore.ledger.posting.verdicts": ("Verdict",),
    "bankcore.ledger.rules": ("Attempt",),
    "bankcore.preview": ("Effects", "Preview", "Refused", "fork"),
    "bankcore.product.actor": ("Actor", "Role"),
    "bankcore.product.plan": ("Plan", "Step"),
    "bankcore.product.product": ("Product",),
    "bankcore.simulation.grids": ("WhatIf", "what_if"),
    "bankcore.tables": ("Table",),
    "bankcore.rates": ("Accrual", "Rate", "Share", "Tiers", "round_down", "round_half_up"),
    "bankcore.stores.memory": ("MemoryStore",),
    "bankcore.stores.open": ("open_store",),
    "bankcore.stores.sqlite": ("SqliteStore",),
    "bankcore.stores.waiting": ("Wait",),
    "bankcore.units": ("Unit",),
}


logging.getLogger(__name__).addHandler(logging.NullHandler())  # quiet, unless the program wants to hear


def __getattr__(name: str) -> object:
    if name == "__version__":
        from importlib.metadata import version

        return version("bankcore")
    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(home), name)
    raise AttributeError(f"module 'bankcore' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
