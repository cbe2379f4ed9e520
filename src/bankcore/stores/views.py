"""The views of a SQLite book, for people with a SQL shell: every field by name, amounts as decimal text.

They repeat the data of the tables and nothing in bankcore reads them; docs/sql.md describes their columns.
"""

from __future__ import annotations

from typing import Final

from bankcore.stores.engine import driver

__all__ = ["VIEWS", "create_views"]


def _decimal(quantity: str) -> str:
    """SQL for minor units as decimal text with the number of decimals in `scale`; NULL stays NULL."""
    digits = f"printf('%0*d', scale + 1, abs({quantity}))"
    return (
        f"substr('-', 1 + ({quantity} >= 0)) || iif(scale = 0, {digits}, "
        f"substr({digits}, 1, length({digits}) - scale) || '.' || substr({digits}, -scale))"
    )


def _rare(name: str) -> str:
    """SQL for a rarer field, which is with its name in the last part of the line."""
    return (
        "(SELECT json_extract(value, '$[1]') FROM json_each(t.line, '$[11]') "
        f"WHERE json_extract(value, '$[0]') = '{name}')"
    )


_JOURNAL: Final = f"""SELECT
    t.book_id,
    t.number,
    json_extract(t.line, '$[1]') AS recorded_at,
    t.key,
    json_extract(t.line, '$[3]') AS kind,
    json_extract(t.line, '$[4]') AS value_date,
    json_extract(t.line, '$[5]') AS agreement,
    json_extract(t.line, '$[6]') AS actor,
    json_extract(t.line, '$[7]') AS description,
    json_array_length(t.line, '$[8]') AS postings,
    coalesce(json_array_length(t.line, '$[9]'), 0) AS records,
    nullif(json_extract(t.line, '$[10]'), '') AS details,
    {_rare("reverses")} AS reverses,
    (SELECT l.number FROM link l
        WHERE l.book_id = t.book_id AND l.verb = 'reverses' AND l.target = t.number) AS reversed_by,
    {_rare("corrects")} AS corrects,
    coalesce({_rare("pending")}, 0) AS pending,
    {_rare("expires_at")} AS expires_at,
    {_rare("resolves")} AS resolves,
    (SELECT r.number FROM resolution r
        WHERE r.book_id = t.book_id AND r.resolves = t.number) AS resolved_by,
    {_rare("group")} AS group_name,
    coalesce({_rare("up_to")}, 0) AS up_to,
    lower(hex(t.digest)) AS digest
FROM "transaction" t"""

# From the rows, not from the lines, so that a query about one account reads only its own postings.
_POSTING: Final = f"""SELECT
    book_id,
    number,
    account,
    sequence,
    json_extract(line, '$[1]') AS recorded_at,
    key,
    json_extract(line, '$[3]') AS kind,
    json_extract(line, '$[4]') AS value_date,
    json_extract(line, '$[5]') AS agreement,
    json_extract(line, '$[6]') AS actor,
    json_extract(line, '$[7]') AS description,
    type,
    unit,
    normal_side,
    iif(quantity > 0, {_decimal("quantity")}, NULL) AS debit,
    iif(quantity < 0, {_decimal("-quantity")}, NULL) AS credit,
    {_decimal("quantity * sign")} AS amount,
    {_decimal("net * sign")} AS balance,
    quantity,
    pending,
    resolved_by
FROM (
    SELECT p.book_id, p.number, a.path AS account, p.sequence, t.key, t.line, a.type, a.unit, a.normal_side,
        p.quantity, p.balance AS net, 0 AS pending, NULL AS resolved_by,
        iif(a.normal_side = 'debit', 1, -1) AS sign, CAST(substr(a.unit, -1) AS INTEGER) AS scale
    FROM posting p
    JOIN account a ON a.book_id = p.book_id AND a.account_id = p.account_id
    JOIN "transaction" t ON t.book_id = p.book_id AND t.number = p.number
    UNION ALL
    SELECT p.book_id, p.number, a.path, NULL, t.key, t.line, a.type, a.unit, a.normal_side,
        p.quantity, NULL, 1, r.number,
        iif(a.normal_side = 'debit', 1, -1), CAST(substr(a.unit, -1) AS INTEGER)
    FROM pending_posting p
    JOIN account a ON a.book_id = p.book_id AND a.account_id = p.account_id
    JOIN "transaction" t ON t.book_id = p.book_id AND t.number = p.number
    LEFT JOIN resolution r ON r.book_id = p.book_id AND r.resolves = p.number
)"""

_BALANCE: Final = f"""SELECT
    book_id,
    account,
    type,
    unit,
    normal_side,
    status,
    party,
    opened_on,
    closed_on,
    {_decimal("floor")} AS floor,
    {_decimal("ceiling")} AS ceiling,
    {_decimal("debits")} AS debits,
    {_decimal("credits")} AS credits,
    {_decimal("(debits - credits) * sign")} AS balance,
    {_decimal("held")} AS held,
    {_decimal("incoming")} AS incoming,
    {_decimal("max((debits - credits) * sign - held - floor, 0)")} AS available,
    debits - credits AS quantity,
    sequence AS postings
FROM (
    SELECT a.book_id, a.path AS account, a.type, a.unit, a.normal_side, a.status, a.party, a.opened_on,
        a.closed_on, a.floor, a.ceiling, b.debits, b.credits, b.sequence,
        iif(a.normal_side = 'debit', b.pending_credits, b.pending_debits) AS held,
        iif(a.normal_side = 'debit', b.pending_debits, b.pending_credits) AS incoming,
        iif(a.normal_side = 'debit', 1, -1) AS sign, CAST(substr(a.unit, -1) AS INTEGER) AS scale
    FROM account a
    JOIN balance b ON b.book_id = a.book_id AND b.account_id = a.account_id
)"""

VIEWS: Final = {"v_journal": _JOURNAL, "v_posting": _POSTING, "v_balance": _BALANCE}


def create_views(conn: driver.Connection) -> None:
    """Create the views, inside the caller's transaction."""
    from sqlite_utils import Database  # slow to import, and only needed to create or verify a file

    database = Database(conn, execute_plugins=False, recursive_triggers=False)
    for name, sql in VIEWS.items():
        database.create_view(name, sql)
