-- Views for people with a SQL shell, the same as in a SQLite file: every field by name, amounts as decimal text.
--
-- Nothing in bankcore reads them; docs/sql.md describes their columns.  Who asks needs the right to read the
-- tables (security_invoker).  New databases have them; in another, run this as the owner, then grants.sql.

CREATE OR REPLACE VIEW v_journal WITH (security_invoker = true) AS SELECT
    t.book_id,
    t.number,
    (t.line::json ->> 1) COLLATE "C" AS recorded_at,
    t.key,
    t.line::json ->> 3 AS kind,
    (t.line::json ->> 4) COLLATE "C" AS value_date,
    t.line::json ->> 5 AS agreement,
    t.line::json ->> 6 AS actor,
    t.line::json ->> 7 AS description,
    json_array_length(t.line::json -> 8) AS postings,
    -- what is left out at the end of a line, or is an empty text in it, has no length
    CASE json_typeof(t.line::json -> 9) WHEN 'array' THEN json_array_length(t.line::json -> 9) ELSE 0 END
        AS records,
    nullif(t.line::json ->> 10, '')::json AS details,
    rare.reverses,
    (SELECT l.number FROM link l
        WHERE l.book_id = t.book_id AND l.verb = 'reverses' AND l.target = t.number) AS reversed_by,
    rare.corrects,
    coalesce(rare.pending, 0) <> 0 AS pending,
    rare.expires_at COLLATE "C" AS expires_at,
    rare.resolves,
    (SELECT r.number FROM resolution r
        WHERE r.book_id = t.book_id AND r.resolves = t.number) AS resolved_by,
    rare.group_name,
    coalesce(rare.up_to, 0) <> 0 AS up_to,
    encode(t.digest, 'hex') AS digest
FROM "transaction" t
-- The rarer fields are with their names in the last part of the line.
CROSS JOIN LATERAL (
    SELECT
        max(field ->> 1) FILTER (WHERE field ->> 0 = 'reverses')::bigint AS reverses,
        max(field ->> 1) FILTER (WHERE field ->> 0 = 'corrects')::bigint AS corrects,
        max(field ->> 1) FILTER (WHERE field ->> 0 = 'pending')::bigint AS pending,
        max(field ->> 1) FILTER (WHERE field ->> 0 = 'expires_at') AS expires_at,
        max(field ->> 1) FILTER (WHERE field ->> 0 = 'resolves')::bigint AS resolves,
        max(field ->> 1) FILTER (WHERE field ->> 0 = 'group') AS group_name,
        max(field ->> 1) FILTER (WHERE field ->> 0 = 'up_to')::bigint AS up_to
    FROM json_array_elements(t.line::json -> 11) AS rest(field)) rare;

-- From the rows, not from the lines, so that a query about one account reads only its own postings.
CREATE OR REPLACE VIEW v_posting WITH (security_invoker = true) AS SELECT
    book_id,
    number,
    account,
    sequence,
    (line::json ->> 1) COLLATE "C" AS recorded_at,
    key,
    line::json ->> 3 AS kind,
    (line::json ->> 4) COLLATE "C" AS value_date,
    line::json ->> 5 AS agreement,
    line::json ->> 6 AS actor,
    line::json ->> 7 AS description,
    type,
    unit,
    normal_side,
    CASE WHEN quantity > 0 THEN (quantity * least_part)::text END AS debit,
    CASE WHEN quantity < 0 THEN (-quantity * least_part)::text END AS credit,
    (quantity * sign * least_part)::text AS amount,
    (net * sign * least_part)::text AS balance,
    quantity,
    pending,
    resolved_by
FROM (
    SELECT p.book_id, p.number, a.path AS account, p.sequence, t.key, t.line, a.type, a.unit, a.normal_side,
        p.quantity, p.balance AS net, false AS pending, NULL::bigint AS resolved_by,
        CASE a.normal_side WHEN 'debit' THEN 1 ELSE -1 END AS sign,
        ('1e-' || right(a.unit, 1))::numeric AS least_part
    FROM posting p
    JOIN account a ON a.book_id = p.book_id AND a.account_id = p.account_id
    JOIN "transaction" t ON t.book_id = p.book_id AND t.number = p.number
    UNION ALL
    SELECT p.book_id, p.number, a.path, NULL, t.key, t.line, a.type, a.unit, a.normal_side,
        p.quantity, NULL, true, r.number,
        CASE a.normal_side WHEN 'debit' THEN 1 ELSE -1 END,
        ('1e-' || right(a.unit, 1))::numeric
    FROM pending_posting p
    JOIN account a ON a.book_id = p.book_id AND a.account_id = p.account_id
    JOIN "transaction" t ON t.book_id = p.book_id AND t.number = p.number
    LEFT JOIN resolution r ON r.book_id = p.book_id AND r.resolves = p.number
) legs;

CREATE OR REPLACE VIEW v_balance WITH (security_invoker = true) AS SELECT
    book_id,
    account,
    type,
    unit,
    normal_side,
    status,
    party,
    opened_on,
    closed_on,
    (floor * least_part)::text AS floor,
    (ceiling * least_part)::text AS ceiling,
    (debits * least_part)::text AS debits,
    (credits * least_part)::text AS credits,
    ((debits - credits) * sign * least_part)::text AS balance,
    (held * least_part)::text AS held,
    (incoming * least_part)::text AS incoming,
    CASE WHEN floor IS NOT NULL THEN
        (greatest((debits - credits) * sign - held - floor, 0) * least_part)::text END AS available,
    debits - credits AS quantity,
    sequence AS postings
FROM (
    SELECT a.book_id, a.path AS account, a.type, a.unit, a.normal_side, a.status, a.party, a.opened_on,
        a.closed_on, a.floor, a.ceiling, b.debits, b.credits, b.sequence,
        CASE a.normal_side WHEN 'debit' THEN b.pending_credits ELSE b.pending_debits END AS held,
        CASE a.normal_side WHEN 'debit' THEN b.pending_debits ELSE b.pending_credits END AS incoming,
        CASE a.normal_side WHEN 'debit' THEN 1 ELSE -1 END AS sign,
        ('1e-' || right(a.unit, 1))::numeric AS least_part
    FROM account a
    JOIN balance b ON b.book_id = a.book_id AND b.account_id = a.account_id
) accounts;
