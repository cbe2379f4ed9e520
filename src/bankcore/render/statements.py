"""Readings of a book laid out as sheets: balances, statement, trial balance, financial statements."""

from __future__ import annotations

from collections.abc import Iterable

from bankcore.amounts import Amount
from bankcore.ledger.balances import Balance
from bankcore.ledger.reading.financials import BalanceSheet, IncomeStatement
from bankcore.ledger.reading.statements import Statement, TrialBalance
from bankcore.render.forms import HIDDEN, Sheet
from bankcore.tables import Table
from bankcore.units import Unit

__all__ = ["balance_sheet", "balances", "income_statement", "statement", "trial_balance"]

_ITEMS = ("type", "accounts", "amount", "unit")


def balances(balances: Iterable[Balance]) -> Sheet:
    """Accounts with their totals, balances, held and available amounts."""
    columns = ("account", "debits", "credits", "balance", "held", "available", "unit")
    rows = tuple(
        (
            b.account.path,
            *(
                None if quantity is None else Amount(quantity, b.account.unit)
                for quantity in (b.debits, b.credits, b.net, b.held, b.available)
            ),
            b.account.unit,
        )
        for b in balances
    )
    return Sheet(tables=(Table("balances", columns, rows),))


def statement(statement: Statement) -> Sheet:
    """An account's postings with opening, running and closing balances."""
    s, unit = statement, statement.account.unit
    facts = {
        "account": s.account.path,
        "normal side": s.account.normal_side,
        "party": s.account.party,
        "from": s.since,
        "to": s.until,
        "known at": s.known_at,
        "opening": Amount(s.opening, unit),
        "closing": Amount(s.closing, unit),
    }
    columns = ("number", "effective on", "kind", "description", "actor", "key", "amount", "balance", "unit")
    rows = tuple(
        (
            line.number,
            line.effective_on,
            line.kind,
            line.description,
            line.actor,
            line.key,
            Amount(line.quantity, unit),
            Amount(line.balance, unit),
            unit,
        )
        for line in s.lines
    )
    return Sheet(facts, (Table("lines", columns, rows),), hidden=HIDDEN | {"key"})


def trial_balance(trial: TrialBalance) -> Sheet:
    """Every account in its debit or credit column, and the totals of each unit."""
    columns = ("account", "debit", "credit", "unit")
    rows = tuple(
        (b.account.path, *_columns(b.debits - b.credits, b.account.unit), b.account.unit)
        for b in trial.balances
    )
    totals = tuple(
        (_layer(t.memorandum), Amount(t.debits, t.unit), Amount(t.credits, t.unit), t.unit)
        for t in trial.totals
    )
    return Sheet(
        {"on": trial.on, "known at": trial.known_at, "balanced": trial.balanced},
        (Table("accounts", columns, rows), Table("totals", ("layer", "debit", "credit", "unit"), totals)),
    )


def balance_sheet(sheet: BalanceSheet) -> Sheet:
    """Assets, liabilities, equity and the profit so far."""
    facts = {"on": sheet.on, "known at": sheet.known_at, "balanced": sheet.balanced}
    return Sheet(facts, (Table("balance sheet", _ITEMS, sheet.rows),))


def income_statement(statement: IncomeStatement) -> Sheet:
    """Income, expense and the profit."""
    facts = {"from": statement.since, "to": statement.until, "known at": statement.known_at}
    return Sheet(facts, (Table("income statement", _ITEMS, statement.rows),))


def _columns(quantity: int, unit: Unit) -> tuple[Amount | None, Amount | None]:
    """A quantity with a debit positive as a debit and a credit column."""
    return (
        Amount(quantity, unit) if quantity > 0 else None,
        Amount(-quantity, unit) if quantity < 0 else None,
    )


def _layer(memorandum: bool) -> str:
    return "memorandum" if memorandum else "on balance"
