"""The tables of bankcore in a database: made once, known by their version, and what must hold of them."""

from __future__ import annotations

from importlib.resources import files
from typing import Final

from bankcore.stores.conditions import conditions

__all__ = ["CONDITIONS", "FOUND", "GUARDS", "KEYS", "PARTITIONED", "VERSION", "script"]

VERSION: Final = 1  # of the tables

_JOURNAL: Final = (
    "transaction",
    "account",
    "posting",
    "hold",
    "resolution",
    "pending_posting",
    "record",
    "link",
    "member",
)
_DERIVED: Final = ("head", "balance", "record_head", "live_hold", "personal", "consumer", "seal_page")

# Whether there are tables of bankcore where this session looks for them.
FOUND: Final = "SELECT to_regclass('bankcore_version') IS NOT NULL"

# Whether they are split as `partitions.sql` says.
PARTITIONED: Final = "SELECT to_regclass('used_key') IS NOT NULL"

CONDITIONS: Final = {
    **conditions(
        (*_JOURNAL, *_DERIVED),
        book="$1::bigint",
        differs="IS DISTINCT FROM",
        same_expiry="h.expires_at IS NOT DISTINCT FROM l.expires_at",
        most="",
    ),
    "{} heads that are not the end of the journal, such as number {}": """
        SELECT count(*), min(number) FROM head h WHERE book_id = $1::bigint AND (
            (number, accounts) IS DISTINCT FROM (
                (SELECT coalesce(max(t.number), 0) FROM "transaction" t WHERE t.book_id = h.book_id),
                (SELECT count(*) FROM account a WHERE a.book_id = h.book_id))
            OR EXISTS (SELECT 1 FROM "transaction" t WHERE t.book_id = h.book_id AND t.number = h.number
                AND (t.digest, t.line::json ->> 1) IS DISTINCT FROM (h.digest, h.recorded_at)))""",
}

# In that layout, also these.
KEYS: Final = {
    "{} keys that are not those of their transaction, such as number {}": """
        SELECT count(*), min(number) FROM used_key k WHERE book_id = $1::bigint AND NOT EXISTS (
            SELECT 1 FROM "transaction" t
            WHERE t.book_id = k.book_id AND t.number = k.number AND t.key = k.key)""",
    "{} transactions without their key among those used, such as number {}": """
        SELECT count(*), min(number) FROM "transaction" t WHERE book_id = $1::bigint AND NOT EXISTS (
            SELECT 1 FROM used_key k
            WHERE k.book_id = t.book_id AND k.key = t.key AND k.number = t.number)""",
}

_TABLES: Final = ", ".join(f"'{name}'" for name in ("book", "used_key", *_JOURNAL))
# What could change the journal behind the lines: triggers and rules, and roles other than the owner that may
# update or delete.  The columns that repeat the latest record of an account are granted one by one.
GUARDS: Final = {
    "the schema's {} has the trigger {}": """
        SELECT c.relname, t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
        WHERE c.relnamespace = current_schema()::regnamespace ORDER BY 1, 2""",
    "the schema's {} has the rule {}": """
        SELECT tablename, rulename FROM pg_rules WHERE schemaname = current_schema() ORDER BY 1, 2""",
    "the role {} may {} the schema's {}": f"""
        SELECT coalesce(nullif(g.grantee, 0)::regrole::text, 'public'), g.privilege_type, c.relname
        FROM pg_class c CROSS JOIN LATERAL aclexplode(c.relacl) g
        WHERE c.relnamespace = current_schema()::regnamespace
        AND (c.relname IN ({_TABLES}) OR c.relispartition)
        AND g.grantee <> c.relowner AND g.privilege_type IN ('UPDATE', 'DELETE', 'TRUNCATE')
        ORDER BY 1, 2, 3""",
}


def script(name: str) -> str:
    """The text of a SQL file of this package."""
    return (files("bankcore.stores.postgres") / f"{name}.sql").read_text(encoding="utf-8")
