-- The tables of bankcore's books in PostgreSQL, journal format 1: the same as those in a SQLite file, and `head`.
--
-- book_id is the first column of every key, so that books can be distributed by it.  There are no foreign
-- keys, triggers, sequences or functions: the rows follow from the lines, `verify` compares them, and
-- `grants.sql` makes the journal append-only.  Text is compared by code points.

CREATE TABLE bankcore_version(
    version bigint NOT NULL PRIMARY KEY
);

CREATE TABLE book(
    book_id bigint NOT NULL PRIMARY KEY,
    name text COLLATE "C" NOT NULL UNIQUE,
    base_unit text NOT NULL,
    opened_on text NOT NULL,
    zone text NOT NULL
);

-- The end of each journal.  Writers of a book queue for its row; nothing else orders them.
CREATE TABLE head(
    book_id bigint NOT NULL PRIMARY KEY,
    number bigint NOT NULL CHECK (number >= 0),
    digest bytea NOT NULL CHECK (length(digest) = 32),
    recorded_at text NOT NULL,
    accounts bigint NOT NULL CHECK (accounts >= 0)
) WITH (fillfactor = 10);

CREATE TABLE "transaction"(
    book_id bigint NOT NULL,
    number bigint NOT NULL CHECK (number > 0),
    key text COLLATE "C" NOT NULL,
    digest bytea NOT NULL CHECK (length(digest) = 32),
    line text NOT NULL,
    CONSTRAINT transaction_number PRIMARY KEY (book_id, number),
    CONSTRAINT transaction_key UNIQUE (book_id, key)
);

CREATE TABLE account(
    book_id bigint NOT NULL,
    account_id bigint NOT NULL CHECK (account_id > 0),
    path text COLLATE "C" NOT NULL,
    type text NOT NULL,
    unit text NOT NULL,
    normal_side text NOT NULL,
    opened_by bigint NOT NULL,
    status text NOT NULL,
    floor bigint,
    ceiling bigint,
    opened_on text,
    closed_on text,
    reopened_on text,
    party text NOT NULL,
    details text NOT NULL,
    reason text NOT NULL,
    PRIMARY KEY (book_id, path),
    UNIQUE (book_id, account_id)
);

CREATE TABLE posting(
    book_id bigint NOT NULL,
    account_id bigint NOT NULL,
    sequence bigint NOT NULL CHECK (sequence > 0),
    number bigint NOT NULL,
    quantity bigint NOT NULL,
    balance bigint NOT NULL,
    debits bigint NOT NULL,
    horizon bigint NOT NULL,
    PRIMARY KEY (book_id, account_id, sequence)
);

CREATE TABLE hold(
    book_id bigint NOT NULL,
    number bigint NOT NULL,
    expires_at text COLLATE "C",
    PRIMARY KEY (book_id, number)
);

CREATE TABLE resolution(
    book_id bigint NOT NULL,
    number bigint NOT NULL,
    resolves bigint NOT NULL,
    PRIMARY KEY (book_id, number),
    UNIQUE (book_id, resolves)
);

CREATE TABLE pending_posting(
    book_id bigint NOT NULL,
    number bigint NOT NULL,
    leg bigint NOT NULL CHECK (leg > 0),
    account_id bigint NOT NULL,
    quantity bigint NOT NULL,
    PRIMARY KEY (book_id, number, leg)
);

CREATE TABLE record(
    book_id bigint NOT NULL,
    kind text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    version bigint NOT NULL CHECK (version > 0),
    number bigint NOT NULL,
    place bigint NOT NULL CHECK (place > 0),
    data text NOT NULL,
    PRIMARY KEY (book_id, kind, id, version)
);

CREATE TABLE link(
    book_id bigint NOT NULL,
    verb text COLLATE "C" NOT NULL CHECK (verb IN ('reverses', 'corrects')),
    target bigint NOT NULL,
    number bigint NOT NULL,
    PRIMARY KEY (book_id, verb, target, number)
);

CREATE UNIQUE INDEX link_reverses ON link(book_id, target) WHERE verb = 'reverses';

CREATE TABLE member(
    book_id bigint NOT NULL,
    group_name text COLLATE "C" NOT NULL,
    number bigint NOT NULL,
    PRIMARY KEY (book_id, group_name, number)
);

-- What lines only commit to: it can be erased, so no statistics keep a copy of it.
CREATE TABLE personal(
    book_id bigint NOT NULL,
    number bigint NOT NULL,
    place bigint NOT NULL CHECK (place >= 0),
    salt text NOT NULL,
    data text NOT NULL,
    PRIMARY KEY (book_id, number, place)
);

ALTER TABLE personal ALTER COLUMN salt SET STATISTICS 0, ALTER COLUMN data SET STATISTICS 0;

CREATE INDEX personal_fingerprint ON personal(book_id, (data::json -> 0 ->> 'fingerprint'))
    WHERE data::json -> 0 ->> 'fingerprint' IS NOT NULL;

ALTER INDEX personal_fingerprint ALTER COLUMN 2 SET STATISTICS 0;

-- From here on the rows are derived from the journal, and replaced.  A balance is updated in its own page, so
-- that its index need not change.
CREATE TABLE balance(
    book_id bigint NOT NULL,
    account_id bigint NOT NULL,
    sequence bigint NOT NULL,
    debits bigint NOT NULL CHECK (debits >= 0),
    credits bigint NOT NULL CHECK (credits >= 0),
    pending_debits bigint NOT NULL CHECK (pending_debits >= 0),
    pending_credits bigint NOT NULL CHECK (pending_credits >= 0),
    version bigint NOT NULL,
    PRIMARY KEY (book_id, account_id)
) WITH (fillfactor = 25);

CREATE TABLE live_hold(
    book_id bigint NOT NULL,
    number bigint NOT NULL,
    expires_at text COLLATE "C",
    PRIMARY KEY (book_id, number)
);

CREATE INDEX live_hold_due ON live_hold(book_id, expires_at);

CREATE TABLE record_head(
    book_id bigint NOT NULL,
    kind text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    PRIMARY KEY (book_id, kind, id)
) WITH (fillfactor = 70);

CREATE TABLE consumer(
    book_id bigint NOT NULL,
    name text COLLATE "C" NOT NULL,
    number bigint NOT NULL CHECK (number >= 0),
    PRIMARY KEY (book_id, name)
);

CREATE TABLE seal_page(
    book_id bigint NOT NULL,
    level bigint NOT NULL CHECK (level >= 0),
    page bigint NOT NULL CHECK (page >= 0),
    hashes bytea NOT NULL,
    PRIMARY KEY (book_id, level, page)
);
