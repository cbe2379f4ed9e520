"""The queries that read a book; the columns are in the order in which `rows` takes them."""

from __future__ import annotations

from typing import Final

from bankcore.stores.erasing import FINGERPRINTED as FINGERPRINTED
from bankcore.stores.erasing import SECRET as SECRET

# A limit is written as a sum: newer versions of SQLite use a bare parameter there while planning, and plan
# again whenever it is bound, which takes longer than a short query itself.
TRANSACTIONS: Final = """
    SELECT number, key, digest, line FROM "transaction"
    WHERE book_id = ? AND number > ? ORDER BY number LIMIT 0 + ?"""
HOLDS: Final = """
    SELECT h.number, r.number FROM hold h
    LEFT JOIN resolution r ON r.book_id = h.book_id AND r.resolves = h.number
    WHERE h.book_id = ? AND h.number > ? ORDER BY h.number LIMIT 0 + ?"""
# The rows that the audit compares with the lines.
POSTING_ROWS: Final = """
    WITH wanted(account_id, first, last) AS (VALUES {})
    SELECT p.account_id, p.sequence, p.number, p.quantity, p.balance, p.debits, p.horizon FROM wanted
    CROSS JOIN posting p ON p.book_id = ? AND p.account_id = wanted.account_id
        AND p.sequence BETWEEN wanted.first AND wanted.last"""
RECORD_ROWS: Final = """
    WITH wanted(kind, id, version) AS (VALUES {})
    SELECT r.kind, r.id, r.version, r.number, r.place, r.data FROM wanted
    CROSS JOIN record r ON r.book_id = ? AND r.kind = wanted.kind AND r.id = wanted.id
        AND r.version = wanted.version"""
_RARE: Final = (  # table, its columns in the order of the port and the leg, and its key
    (
        "hold",
        "'hold', number, iif(expires_at IS NULL, '', ifnull(nullif(expires_at, ''), '?')), 0, 0, 0",
        "number",
    ),
    ("pending_posting", "'held ' || leg, number, '', account_id, quantity, leg", "number, leg"),
    ("resolution", "'resolves', number, '', resolves, 0, 0", "number"),
    ("link", "verb, number, '', target, 0, 0", "verb, target, number"),
    ("member", "'group', number, group_name, 0, 0, 0", "group_name, number"),
)
# Page by page, and the place of the key in a row.
RARE_ROWS: Final = tuple(
    (
        f"SELECT {columns} FROM {table} WHERE book_id = ? AND ({key}) > ({', '.join('?' * len(places))})"
        f" ORDER BY {key} LIMIT 0 + ?",
        places,
    )
    for (table, columns, key), places in zip(_RARE, ((1,), (1, 5), (1,), (0, 3, 1), (2, 1)), strict=True)
)
# A list of keys is joined, not put into IN, which makes SQLite scan the whole book.
NUMBERS: Final = """
    WITH wanted(key) AS (VALUES {})
    SELECT t.key, t.number FROM wanted CROSS JOIN "transaction" t ON t.book_id = ? AND t.key = wanted.key"""
STATES: Final = """
    SELECT a.path, a.type, a.unit, a.normal_side, a.floor, a.ceiling, a.status, a.opened_on, a.closed_on,
        a.reopened_on, a.party, a.details, a.reason, a.account_id, b.version, b.sequence, b.debits,
        b.credits, b.pending_debits, b.pending_credits,
        (SELECT p.horizon FROM posting p
            WHERE p.book_id = a.book_id AND p.account_id = a.account_id AND p.sequence = b.sequence)
    FROM {} account a CROSS JOIN balance b ON b.book_id = a.book_id AND b.account_id = a.account_id
    WHERE a.book_id = ? AND {}"""
STATES_OF: Final = "WITH wanted(path) AS (VALUES {})" + STATES.format(
    "wanted CROSS JOIN", "a.path = wanted.path"
)
STATES_BELOW: Final = STATES.format("", "a.path >= ? AND a.path < ? ORDER BY a.path LIMIT 0 + ?")
NETS: Final = """
    SELECT a.path, CASE a.normal_side WHEN 'debit' THEN b.debits - b.credits ELSE b.credits - b.debits END
    FROM account a CROSS JOIN balance b ON b.book_id = a.book_id AND b.account_id = a.account_id
    WHERE a.book_id = ? AND a.path >= ? AND a.path < ? ORDER BY a.path LIMIT 0 + ?"""
LINES: Final = """
    SELECT p.sequence, p.number, t.line, p.quantity, p.balance
    FROM posting p CROSS JOIN "transaction" t ON t.book_id = p.book_id AND t.number = p.number
    WHERE p.book_id = ? AND p.account_id = (SELECT account_id FROM account WHERE book_id = ? AND path = ?)
    AND p.sequence > ? ORDER BY p.sequence LIMIT 0 + ?"""
# An account, and the first of its postings whose horizon is after a date, or the place after the last one:
# all before it have value dates up to that date.  Horizons never fall, so a binary search finds it.
_BEYOND: Final = """
    WITH RECURSIVE known(id, last) AS (
        SELECT a.account_id, b.sequence FROM account a CROSS JOIN balance b
        ON b.book_id = a.book_id AND b.account_id = a.account_id WHERE a.book_id = ?1 AND a.path = ?2),
    search(low, high) AS (
        SELECT 1, last + 1 FROM known
        UNION ALL
        SELECT iif(p.horizon > ?4, low, p.sequence + 1), iif(p.horizon > ?4, p.sequence, high)
        FROM search CROSS JOIN known CROSS JOIN posting p
        ON p.book_id = ?1 AND p.account_id = known.id AND p.sequence = (low + high) / 2 WHERE low < high),
    beyond(first) AS (SELECT low FROM search WHERE low = high)"""
TOTALS: Final = f"""{_BEYOND}
    SELECT coalesce(e.debits, 0) + coalesce(sum(max(p.quantity, 0)), 0),
        coalesce(e.debits - e.balance, 0) - coalesce(sum(min(p.quantity, 0)), 0)
    FROM beyond CROSS JOIN known
    LEFT JOIN posting e ON e.book_id = ?1 AND e.account_id = known.id AND e.sequence = beyond.first - 1
    LEFT JOIN (posting p CROSS JOIN "transaction" t ON t.book_id = p.book_id AND t.number = p.number)
    ON p.book_id = ?1 AND p.account_id = known.id AND p.sequence > beyond.first
        AND json_extract(t.line, '$[4]') <= ?3
    GROUP BY beyond.first"""
LATER: Final = f"""{_BEYOND}
    SELECT json_extract(t.line, '$[4]'), p.number, p.quantity, 0 FROM beyond CROSS JOIN known
    CROSS JOIN posting p ON p.book_id = ?1 AND p.account_id = known.id AND p.sequence >= beyond.first
    CROSS JOIN "transaction" t ON t.book_id = p.book_id AND t.number = p.number
    WHERE json_extract(t.line, '$[4]') > ?3
    UNION ALL
    SELECT json_extract(t.line, '$[4]'), p.number, p.quantity, 1 FROM live_hold l
    CROSS JOIN pending_posting p ON p.book_id = l.book_id AND p.number = l.number
    CROSS JOIN "transaction" t ON t.book_id = l.book_id AND t.number = l.number
    WHERE l.book_id = ?1 AND p.account_id = (SELECT id FROM known) AND json_extract(t.line, '$[4]') > ?3
    ORDER BY 1, 2"""
_COUNTS: Final = """ AND (?3 IS NULL OR ?3 >= (
    SELECT json_extract(t.line, '$[4]') FROM "transaction" t
    WHERE t.book_id = p.book_id AND t.number = p.number))"""
_SIDES: Final = "coalesce(sum(max(p.quantity, 0)), 0), coalesce(-sum(min(p.quantity, 0)), 0)"
# The postings of an account are stored together, so a page of accounts reads only its own postings.
TOTALS_THROUGH: Final = f"""
    SELECT a.path, a.unit, a.normal_side, coalesce(max(p.sequence), 0), {_SIDES}, a.account_id
    FROM (SELECT * FROM account WHERE book_id = ?1 AND opened_by <= ?2
        AND path >= ?4 AND path < ?5 ORDER BY path LIMIT 0 + ?6) a
    LEFT JOIN posting p ON p.book_id = ?1 AND p.account_id = a.account_id AND +p.number <= ?2{_COUNTS}
    GROUP BY a.path ORDER BY a.path"""
PENDING_THROUGH: Final = f"""
    SELECT p.account_id, {_SIDES} FROM pending_posting p
    WHERE p.book_id = ?1 AND p.number <= ?2 AND NOT EXISTS (SELECT 1 FROM resolution r
        WHERE r.book_id = p.book_id AND r.resolves = p.number AND r.number <= ?2){_COUNTS}
    GROUP BY p.account_id"""
_LATEST: Final = """
    SELECT r.id, r.kind, r.data, r.version, p.data
    FROM record_head h CROSS JOIN record r
    ON r.book_id = h.book_id AND r.kind = h.kind AND r.id = h.id AND r.version = h.version
    LEFT JOIN personal p ON p.book_id = r.book_id AND p.number = r.number AND p.place = r.place
    WHERE h.book_id = ? AND h.kind = ? AND """
LATEST_VERSIONS: Final = """
    WITH wanted(kind, id) AS (VALUES {})
    SELECT h.kind, h.id, h.version FROM wanted
    CROSS JOIN record_head h ON h.book_id = ? AND h.kind = wanted.kind AND h.id = wanted.id"""
LATEST_TEXTS: Final = """
    SELECT h.id, h.version, r.data FROM record_head h CROSS JOIN record r
    ON r.book_id = h.book_id AND r.kind = h.kind AND r.id = h.id AND r.version = h.version
    WHERE h.book_id = ? AND h.kind = ? AND h.id >= ? AND h.id < ? ORDER BY h.id LIMIT 0 + ?"""
LATEST_OF: Final = f"{_LATEST} h.id = ?"
LATEST_BELOW: Final = f"{_LATEST} h.id >= ? AND h.id < ? ORDER BY h.id LIMIT 0 + ?"
ACCOUNTS_THROUGH: Final = """
    SELECT id, data, max(version) FROM record WHERE book_id = ?1 AND +number <= ?2 AND kind = 'account'
    AND id >= ?3 AND id < ?4 GROUP BY id ORDER BY id LIMIT 0 + ?5"""
VERSIONS: Final = """
    SELECT r.version, r.kind, r.id, r.data, p.data FROM record r
    LEFT JOIN personal p ON p.book_id = r.book_id AND p.number = r.number AND p.place = r.place
    WHERE r.book_id = ? AND r.kind = ? AND r.id = ? AND r.version > ? ORDER BY r.version LIMIT 0 + ?"""
COUNTS: Final = """
    SELECT (SELECT count(*) FROM account WHERE book_id = ?1),
        (SELECT count(*) FROM seal_page WHERE book_id = ?1),
        (SELECT count(*) FROM posting WHERE book_id = ?1)
            + (SELECT count(*) FROM pending_posting WHERE book_id = ?1),
        (SELECT count(*) FROM record WHERE book_id = ?1),
        (SELECT count(*) FROM "transaction" WHERE book_id = ?1)"""
PERSONAL: Final = """
    SELECT number, place, salt, data FROM personal WHERE book_id = ? AND number BETWEEN ? AND ?
    AND NOT (number = 0 AND data = '[]' AND (place = 0 OR (place = 1 AND salt = '')))"""  # see `erasing`
CORRECTIONS: Final = (
    "SELECT number FROM link WHERE book_id = ? AND verb = 'corrects' AND target = ? ORDER BY number"
)
REVERSAL: Final = "SELECT number FROM link WHERE book_id = ? AND verb = 'reverses' AND target = ?"
GROUP: Final = "SELECT number FROM member WHERE book_id = ? AND group_name = ? ORDER BY number"
DIGESTS: Final = """
    SELECT number, digest FROM "transaction"
    WHERE book_id = ? AND number <= ? AND number > ? ORDER BY number LIMIT 0 + ?"""
HEAD: Final = """
    SELECT number, digest, json_extract(line, '$[1]') FROM "transaction"
    WHERE book_id = ? ORDER BY number DESC LIMIT 1"""
ACCOUNTS: Final = "SELECT coalesce(max(account_id), 0) FROM account WHERE book_id = ?"  # ids are dense
MOVE: Final = "SELECT name, number FROM consumer WHERE book_id = ? AND name >= '@move:' AND name < '@move;'"
DUE: Final = "SELECT number FROM live_hold WHERE book_id = ? AND expires_at <= ? ORDER BY number"
NEXT_EXPIRY: Final = "SELECT min(expires_at) FROM live_hold WHERE book_id = ? AND expires_at IS NOT NULL"

# The journal has the accounts that it moves, so posting need not record them elsewhere; a transaction that
# is resolved is a line of the journal, too.
MOVED: Final = """
    SELECT DISTINCT a.account_id FROM (
        SELECT number FROM "transaction" WHERE book_id = ?1 AND number > ?2
        UNION ALL SELECT resolves FROM resolution WHERE book_id = ?1 AND number > ?2) n
    CROSS JOIN "transaction" t ON t.book_id = ?1 AND t.number = n.number
    CROSS JOIN json_each(t.line, '$[8]') l
    CROSS JOIN account a ON a.book_id = ?1 AND a.path = json_extract(l.value, '$[0]')
    WHERE a.account_id <= ?3 ORDER BY a.account_id"""
_STANDING: Final = """
    SELECT a.account_id, a.path, a.unit, a.normal_side, b.sequence, b.debits, b.credits, b.pending_debits,
        b.pending_credits
    FROM {} account a CROSS JOIN balance b ON b.book_id = a.book_id AND b.account_id = a.account_id
    WHERE a.book_id = ?1 AND {} ORDER BY a.account_id"""
STANDINGS_OF: Final = _STANDING.format("json_each(?2) j CROSS JOIN", "a.account_id = j.value")
STANDINGS_BETWEEN: Final = _STANDING.format("", "a.account_id > ?2 AND a.account_id <= ?3")
PAGES: Final = """
    SELECT p.page, p.hashes FROM json_each(?3) j
    CROSS JOIN seal_page p ON p.book_id = ?1 AND p.level = ?2 AND p.page = j.value"""
