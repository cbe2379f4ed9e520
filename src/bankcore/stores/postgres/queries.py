"""The queries that read a book in PostgreSQL; columns and parameters are in the order of `stores.queries`.

Every parameter has a type, as a plan made for another type would not use the index.
"""

from __future__ import annotations

from typing import Final

from bankcore.ledger.transactions import PERIOD

_DAY: Final = '(t.line::json ->> 4) COLLATE "C"'  # the value date of a line

TRANSACTIONS: Final = """
    SELECT number, key, digest, line FROM "transaction"
    WHERE book_id = $1::bigint AND number > $2::bigint ORDER BY number LIMIT $3::bigint"""
HOLDS: Final = """
    SELECT h.number, r.number FROM hold h
    LEFT JOIN resolution r ON r.book_id = h.book_id AND r.resolves = h.number
    WHERE h.book_id = $1::bigint AND h.number > $2::bigint ORDER BY h.number LIMIT $3::bigint"""
DUE: Final = """
    SELECT number FROM live_hold WHERE book_id = $1::bigint AND expires_at <= $2::text ORDER BY number"""
NEXT_EXPIRY: Final = """
    SELECT min(expires_at) FROM live_hold WHERE book_id = $1::bigint AND expires_at IS NOT NULL"""
POSTING_ROWS: Final = """
    SELECT p.account_id, p.sequence, p.number, p.quantity, p.balance, p.debits, p.horizon
    FROM unnest($1::bigint[], $2::bigint[], $3::bigint[])
        WITH ORDINALITY AS wanted(account_id, first, last, place)
    JOIN posting p ON p.book_id = $4::bigint AND p.account_id = wanted.account_id
        AND p.sequence BETWEEN wanted.first AND wanted.last
    ORDER BY wanted.place, p.sequence"""
RECORD_ROWS: Final = """
    SELECT r.kind, r.id, r.version, r.number, r.place, r.data
    FROM unnest($1::text[], $2::text[], $3::bigint[])
        WITH ORDINALITY AS wanted(kind, id, version, place)
    JOIN record r ON r.book_id = $4::bigint AND r.kind = wanted.kind AND r.id = wanted.id
        AND r.version = wanted.version
    ORDER BY wanted.place"""
# Table, columns in the order of the port and the leg, key with the types of its columns and their places.
_RARE: Final = (
    ("hold", "'hold', number, coalesce(expires_at, ''), 0, 0, 0", {"number": ("bigint", 1)}),
    (
        "pending_posting",
        "'held ' || leg, number, '', account_id, quantity, leg",
        {"number": ("bigint", 1), "leg": ("bigint", 5)},
    ),
    ("resolution", "'resolves', number, '', resolves, 0, 0", {"number": ("bigint", 1)}),
    (
        "link",
        "verb, number, '', target, 0, 0",
        {"verb": ("text", 0), "target": ("bigint", 3), "number": ("bigint", 1)},
    ),
    (
        "member",
        "'group', number, group_name, 0, 0, 0",
        {"group_name": ("text", 2), "number": ("bigint", 1)},
    ),
)


def _rare(table: str, columns: str, key: dict[str, tuple[str, int]]) -> tuple[str, tuple[int, ...]]:
    """A page of rare rows, and the places of the key in a row."""
    names = ", ".join(key)
    after = ", ".join(f"${n}::{type}" for n, (type, _) in enumerate(key.values(), start=2))
    sql = (
        f"SELECT {columns} FROM {table} WHERE book_id = $1::bigint AND ({names}) > ({after}) "
        f"ORDER BY {names} LIMIT ${len(key) + 2}::bigint"
    )
    return sql, tuple(place for _, place in key.values())


RARE_ROWS: Final = tuple(_rare(*row) for row in _RARE)
NUMBERS: Final = """
    SELECT t.key, t.number FROM unnest($1::text[]) AS wanted(key)
    JOIN "transaction" t ON t.book_id = $2::bigint AND t.key = wanted.key"""
_STATES: Final = """
    SELECT a.path, a.type, a.unit, a.normal_side, a.floor, a.ceiling, a.status, a.opened_on, a.closed_on,
        a.reopened_on, a.party, a.details, a.reason, a.account_id, b.version, b.sequence, b.debits,
        b.credits, b.pending_debits, b.pending_credits,
        (SELECT p.horizon FROM posting p
            WHERE p.book_id = a.book_id AND p.account_id = a.account_id AND p.sequence = b.sequence)
    FROM """
STATES_OF: Final = f"""{_STATES} unnest($1::text[]) AS wanted(path)
    JOIN account a ON a.book_id = $2::bigint AND a.path = wanted.path
    JOIN balance b ON b.book_id = $2::bigint AND b.account_id = a.account_id ORDER BY a.path"""
STATES_BELOW: Final = f"""{_STATES} account a
    JOIN balance b ON b.book_id = a.book_id AND b.account_id = a.account_id
    WHERE a.book_id = $1::bigint AND a.path >= $2::text AND a.path < $3::text ORDER BY a.path
    LIMIT $4::bigint"""
NETS: Final = """
    SELECT a.path, CASE a.normal_side WHEN 'debit' THEN b.debits - b.credits ELSE b.credits - b.debits END
    FROM account a JOIN balance b ON b.book_id = a.book_id AND b.account_id = a.account_id
    WHERE a.book_id = $1::bigint AND a.path >= $2::text AND a.path < $3::text ORDER BY a.path
    LIMIT $4::bigint"""
# The transaction of each posting by its index: as an ordinary join the server might read them all for it.
_ITS_LINE: Final = """CROSS JOIN LATERAL (
        SELECT t.line FROM "transaction" t WHERE t.book_id = p.book_id AND t.number = p.number OFFSET 0) t"""
LINES: Final = f"""
    SELECT p.sequence, p.number, t.line, p.quantity, p.balance
    FROM posting p {_ITS_LINE}
    WHERE p.book_id = $1::bigint
    AND p.account_id = (SELECT account_id FROM account WHERE book_id = $2::bigint AND path = $3::text)
    AND p.sequence > $4::bigint ORDER BY p.sequence LIMIT $5::bigint"""
# (OFFSET 0 keeps a look-up by the whole key from becoming another join where there are no statistics yet.)
# An account, and the first of its postings whose horizon is after a date, or the place after the last one:
# all before it have value dates up to that date.  Horizons never fall, so a binary search finds it.
_BEYOND: Final = """
    WITH RECURSIVE known(id, last) AS (
        SELECT a.account_id, b.sequence FROM account a JOIN balance b
        ON b.book_id = a.book_id AND b.account_id = a.account_id
        WHERE a.book_id = $1::bigint AND a.path = $2::text),
    search(low, high) AS (
        SELECT 1::bigint, last + 1 FROM known
        UNION ALL
        SELECT CASE WHEN p.horizon > $4::bigint THEN s.low ELSE p.sequence + 1 END,
            CASE WHEN p.horizon > $4::bigint THEN p.sequence ELSE s.high END
        FROM search s CROSS JOIN known CROSS JOIN LATERAL (
            SELECT sequence, horizon FROM posting WHERE book_id = $1::bigint
            AND account_id = known.id AND sequence = (s.low + s.high) / 2 OFFSET 0) p
        WHERE s.low < s.high),
    beyond(first) AS (SELECT low FROM search WHERE low = high)"""
# The place after the last posting that may have a value date up to that date: where the date is closed, the
# first one written after that; otherwise after the last one.
_CLOSED: Final = f"""{_BEYOND},
    closes(low, high) AS (
        SELECT 1::bigint, version + 1 FROM record_head
        WHERE book_id = $1::bigint AND kind = '{PERIOD[0]}' AND id = '{PERIOD[1]}'
        UNION ALL
        SELECT CASE WHEN r.through >= $3::text THEN c.low ELSE r.version + 1 END,
            CASE WHEN r.through >= $3::text THEN r.version ELSE c.high END
        FROM closes c CROSS JOIN LATERAL (
            SELECT version, (data::json ->> 'through') COLLATE "C" AS through FROM record
            WHERE book_id = $1::bigint AND kind = '{PERIOD[0]}' AND id = '{PERIOD[1]}'
            AND version = (c.low + c.high) / 2 OFFSET 0) r
        WHERE c.low < c.high),
    written(low, high, number) AS (
        SELECT beyond.first, CASE WHEN r.number IS NULL THEN beyond.first ELSE known.last + 1 END, r.number
        FROM beyond CROSS JOIN known LEFT JOIN (closes c JOIN record r ON r.book_id = $1::bigint
            AND r.kind = '{PERIOD[0]}' AND r.id = '{PERIOD[1]}' AND r.version = c.low) ON c.low = c.high
        UNION ALL
        SELECT CASE WHEN p.number > w.number THEN w.low ELSE p.sequence + 1 END,
            CASE WHEN p.number > w.number THEN p.sequence ELSE w.high END, w.number
        FROM written w CROSS JOIN known CROSS JOIN LATERAL (
            SELECT sequence, number FROM posting WHERE book_id = $1::bigint
            AND account_id = known.id AND sequence = (w.low + w.high) / 2 OFFSET 0) p
        WHERE w.low < w.high),
    ended(after) AS (
        SELECT CASE WHEN w.number IS NULL THEN known.last + 1 ELSE w.low END
        FROM written w CROSS JOIN known WHERE w.low = w.high)"""
TOTALS: Final = f"""{_CLOSED}
    SELECT (coalesce(e.debits, 0) + late.debits)::bigint,
        (coalesce(e.debits - e.balance, 0) + late.credits)::bigint
    FROM beyond CROSS JOIN known CROSS JOIN ended
    LEFT JOIN LATERAL (
        SELECT debits, balance FROM posting WHERE book_id = $1::bigint
        AND account_id = known.id AND sequence = beyond.first - 1 OFFSET 0) e ON true
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(greatest(p.quantity, 0)), 0) AS debits,
            -coalesce(sum(least(p.quantity, 0)), 0) AS credits
        FROM posting p {_ITS_LINE}
        WHERE p.book_id = $1::bigint AND p.account_id = known.id AND p.sequence > beyond.first
        AND p.sequence < ended.after AND {_DAY} <= $3::text) late"""
LATER: Final = f"""{_BEYOND}
    SELECT {_DAY}, p.number, p.quantity, 0 FROM beyond CROSS JOIN known
    CROSS JOIN LATERAL (
        SELECT * FROM posting WHERE book_id = $1::bigint
        AND account_id = known.id AND sequence >= beyond.first OFFSET 0) p
    {_ITS_LINE}
    WHERE {_DAY} > $3::text
    UNION ALL
    SELECT {_DAY}, p.number, p.quantity, 1 FROM live_hold l
    JOIN pending_posting p ON p.book_id = l.book_id AND p.number = l.number
    JOIN "transaction" t ON t.book_id = l.book_id AND t.number = l.number
    WHERE l.book_id = $1::bigint AND p.account_id = (SELECT id FROM known) AND {_DAY} > $3::text
    ORDER BY 1, 2"""
_COUNTS: Final = f""" AND ($3::text IS NULL OR $3::text >= (
    SELECT {_DAY} FROM "transaction" t
    WHERE t.book_id = p.book_id AND t.number = p.number))"""
_SIDES: Final = (
    "coalesce(sum(greatest(p.quantity, 0)), 0)::bigint, coalesce(-sum(least(p.quantity, 0)), 0)::bigint"
)
TOTALS_THROUGH: Final = f"""
    SELECT a.path, a.unit, a.normal_side, coalesce(max(p.sequence), 0), {_SIDES}, a.account_id
    FROM (SELECT * FROM account WHERE book_id = $1::bigint AND opened_by <= $2::bigint
        AND path >= $4::text AND path < $5::text ORDER BY path LIMIT $6::bigint) a
    LEFT JOIN posting p ON p.book_id = $1::bigint AND p.account_id = a.account_id
        AND p.number <= $2::bigint{_COUNTS}
    GROUP BY a.path, a.unit, a.normal_side, a.account_id ORDER BY a.path"""
PENDING_THROUGH: Final = f"""
    SELECT p.account_id, {_SIDES} FROM pending_posting p
    WHERE p.book_id = $1::bigint AND p.number <= $2::bigint AND NOT EXISTS (SELECT 1 FROM resolution r
        WHERE r.book_id = p.book_id AND r.resolves = p.number AND r.number <= $2::bigint){_COUNTS}
    GROUP BY p.account_id"""
_LATEST: Final = """
    SELECT r.id, r.kind, r.data, r.version, p.data
    FROM record_head h JOIN record r
    ON r.book_id = h.book_id AND r.kind = h.kind AND r.id = h.id AND r.version = h.version
    LEFT JOIN personal p ON p.book_id = r.book_id AND p.number = r.number AND p.place = r.place
    WHERE h.book_id = $1::bigint AND h.kind = $2::text AND """
LATEST_OF: Final = f"{_LATEST} h.id = $3::text"
LATEST_BELOW: Final = f"""{_LATEST} h.id >= $3::text AND h.id < $4::text
    ORDER BY h.id LIMIT $5::bigint"""
LATEST_VERSIONS: Final = """
    SELECT h.kind, h.id, h.version FROM unnest($1::text[], $2::text[]) AS wanted(kind, id)
    JOIN record_head h ON h.book_id = $3::bigint AND h.kind = wanted.kind AND h.id = wanted.id"""
LATEST_TEXTS: Final = """
    SELECT h.id, h.version, r.data FROM record_head h JOIN record r
    ON r.book_id = h.book_id AND r.kind = h.kind AND r.id = h.id AND r.version = h.version
    WHERE h.book_id = $1::bigint AND h.kind = $2::text AND h.id >= $3::text AND h.id < $4::text
    ORDER BY h.id LIMIT $5::bigint"""
ACCOUNTS_THROUGH: Final = """
    SELECT DISTINCT ON (id) id, data, version FROM record
    WHERE book_id = $1::bigint AND number <= $2::bigint AND kind = 'account'
    AND id >= $3::text AND id < $4::text ORDER BY id, version DESC LIMIT $5::bigint"""
VERSIONS: Final = """
    SELECT r.version, r.kind, r.id, r.data, p.data FROM record r
    LEFT JOIN personal p ON p.book_id = r.book_id AND p.number = r.number AND p.place = r.place
    WHERE r.book_id = $1::bigint AND r.kind = $2::text AND r.id = $3::text AND r.version > $4::bigint
    ORDER BY r.version LIMIT $5::bigint"""
COUNTS: Final = """
    SELECT (SELECT count(*) FROM account WHERE book_id = $1::bigint),
        (SELECT count(*) FROM seal_page WHERE book_id = $1::bigint),
        (SELECT count(*) FROM posting WHERE book_id = $1::bigint)
            + (SELECT count(*) FROM pending_posting WHERE book_id = $1::bigint),
        (SELECT count(*) FROM record WHERE book_id = $1::bigint),
        (SELECT count(*) FROM "transaction" WHERE book_id = $1::bigint)"""
PERSONAL: Final = """
    SELECT number, place, salt, data FROM personal
    WHERE book_id = $1::bigint AND number BETWEEN $2::bigint AND $3::bigint
    AND NOT (number = 0 AND data = '[]' AND (place = 0 OR (place = 1 AND salt = '')))
    ORDER BY number, place"""
CORRECTIONS: Final = """
    SELECT number FROM link
    WHERE book_id = $1::bigint AND verb = 'corrects' AND target = $2::bigint ORDER BY number"""
REVERSAL: Final = """
    SELECT number FROM link WHERE book_id = $1::bigint AND verb = 'reverses' AND target = $2::bigint"""
GROUP: Final = """
    SELECT number FROM member WHERE book_id = $1::bigint AND group_name = $2::text ORDER BY number"""
DIGESTS: Final = """
    SELECT number, digest FROM "transaction"
    WHERE book_id = $1::bigint AND number <= $2::bigint AND number > $3::bigint
    ORDER BY number LIMIT $4::bigint"""
END: Final = "SELECT number, digest, recorded_at, accounts FROM head WHERE book_id = $1::bigint"
MOVE: Final = """
    SELECT name, number FROM consumer
    WHERE book_id = $1::bigint AND name >= '@move:' AND name < '@move;'"""
SECRET: Final = """
    SELECT number, salt FROM personal WHERE book_id = $1::bigint AND number = 0 AND place = 0"""
FINGERPRINTED: Final = """
    SELECT number, place FROM personal
    WHERE book_id = $1::bigint AND data::json -> 0 ->> 'fingerprint' = $2::text AND place > 0
    ORDER BY number, place"""
# --- for seals: the accounts that moved, and the pages of the balance tree ---------------------------
MOVED: Final = """
    SELECT DISTINCT a.account_id FROM (
        SELECT number FROM "transaction" WHERE book_id = $1::bigint AND number > $2::bigint
        UNION ALL SELECT resolves FROM resolution WHERE book_id = $1::bigint AND number > $2::bigint) n
    JOIN "transaction" t ON t.book_id = $1::bigint AND t.number = n.number
    CROSS JOIN LATERAL json_array_elements(t.line::json -> 8) AS l(leg)
    JOIN account a ON a.book_id = $1::bigint AND a.path = l.leg ->> 0
    WHERE a.account_id <= $3::bigint ORDER BY a.account_id"""
_STANDING: Final = """
    SELECT a.account_id, a.path, a.unit, a.normal_side, b.sequence, b.debits, b.credits, b.pending_debits,
        b.pending_credits
    FROM account a JOIN balance b ON b.book_id = a.book_id AND b.account_id = a.account_id
    WHERE a.book_id = $1::bigint AND """
STANDINGS_OF: Final = f"""{_STANDING} a.account_id = ANY(
        ARRAY(SELECT json_array_elements_text($2::json)::bigint)) ORDER BY a.account_id"""
STANDINGS_BETWEEN: Final = f"""{_STANDING} a.account_id > $2::bigint AND a.account_id <= $3::bigint
    ORDER BY a.account_id"""
PAGES: Final = """
    SELECT p.page, p.hashes FROM json_array_elements_text($3::json) AS j(page)
    JOIN seal_page p ON p.book_id = $1::bigint AND p.level = $2::bigint AND p.page = j.page::bigint"""
