-- The layout for a book of more than 200 million postings: run it once after schema.sql, while there is no book,
-- and move the book there.  The rows are the same; only `used_key` is added.
--
-- Transactions are split by number, since rows have no other column that grows with time: the newest partition
-- takes all that is written, its index stays small, and older ones are no longer changed, so they are vacuumed and
-- backed up once.  A partition by month is one by number, begun at the first number of a month.  PostgreSQL can
-- keep keys unique only within one partition, so they have a table of their own.
--
-- Postings are read by account, never by number: split by account, each look-up is in one partition.

DROP TABLE "transaction", posting;

CREATE TABLE "transaction"(
    book_id bigint NOT NULL,
    number bigint NOT NULL CHECK (number > 0),
    key text COLLATE "C" NOT NULL,
    digest bytea NOT NULL CHECK (length(digest) = 32),
    line text NOT NULL,
    CONSTRAINT transaction_number PRIMARY KEY (book_id, number)
) PARTITION BY RANGE (number);

-- The last one takes the rest: while it is empty, drop it, add further ones, and it again.  (A default partition
-- would make each reading in order open all of them.)
CREATE TABLE transaction_0(
    LIKE "transaction" INCLUDING CONSTRAINTS, CONSTRAINT transaction_number_0 PRIMARY KEY (book_id, number)
);
ALTER TABLE "transaction" ATTACH PARTITION transaction_0 FOR VALUES FROM (0) TO (25000000);
CREATE TABLE transaction_1(
    LIKE "transaction" INCLUDING CONSTRAINTS, CONSTRAINT transaction_number_1 PRIMARY KEY (book_id, number)
);
ALTER TABLE "transaction" ATTACH PARTITION transaction_1 FOR VALUES FROM (25000000) TO (50000000);
CREATE TABLE transaction_2(
    LIKE "transaction" INCLUDING CONSTRAINTS, CONSTRAINT transaction_number_2 PRIMARY KEY (book_id, number)
);
ALTER TABLE "transaction" ATTACH PARTITION transaction_2 FOR VALUES FROM (50000000) TO (75000000);
CREATE TABLE transaction_3(
    LIKE "transaction" INCLUDING CONSTRAINTS, CONSTRAINT transaction_number_3 PRIMARY KEY (book_id, number)
);
ALTER TABLE "transaction" ATTACH PARTITION transaction_3 FOR VALUES FROM (75000000) TO (100000000);
CREATE TABLE transaction_4(
    LIKE "transaction" INCLUDING CONSTRAINTS, CONSTRAINT transaction_number_4 PRIMARY KEY (book_id, number)
);
ALTER TABLE "transaction" ATTACH PARTITION transaction_4 FOR VALUES FROM (100000000) TO (125000000);
CREATE TABLE transaction_5(
    LIKE "transaction" INCLUDING CONSTRAINTS, CONSTRAINT transaction_number_5 PRIMARY KEY (book_id, number)
);
ALTER TABLE "transaction" ATTACH PARTITION transaction_5 FOR VALUES FROM (125000000) TO (150000000);
CREATE TABLE transaction_6(
    LIKE "transaction" INCLUDING CONSTRAINTS, CONSTRAINT transaction_number_6 PRIMARY KEY (book_id, number)
);
ALTER TABLE "transaction" ATTACH PARTITION transaction_6 FOR VALUES FROM (150000000) TO (175000000);
CREATE TABLE transaction_7(
    LIKE "transaction" INCLUDING CONSTRAINTS, CONSTRAINT transaction_number_7 PRIMARY KEY (book_id, number)
);
ALTER TABLE "transaction" ATTACH PARTITION transaction_7 FOR VALUES FROM (175000000) TO (200000000);
CREATE TABLE transaction_8(
    LIKE "transaction" INCLUDING CONSTRAINTS, CONSTRAINT transaction_number_8 PRIMARY KEY (book_id, number)
);
ALTER TABLE "transaction" ATTACH PARTITION transaction_8 FOR VALUES FROM (200000000) TO (225000000);
CREATE TABLE transaction_9(
    LIKE "transaction" INCLUDING CONSTRAINTS, CONSTRAINT transaction_number_9 PRIMARY KEY (book_id, number)
);
ALTER TABLE "transaction" ATTACH PARTITION transaction_9 FOR VALUES FROM (225000000) TO (250000000);
CREATE TABLE transaction_10(
    LIKE "transaction" INCLUDING CONSTRAINTS, CONSTRAINT transaction_number_10 PRIMARY KEY (book_id, number)
);
ALTER TABLE "transaction" ATTACH PARTITION transaction_10 FOR VALUES FROM (250000000) TO (275000000);
CREATE TABLE transaction_11(
    LIKE "transaction" INCLUDING CONSTRAINTS, CONSTRAINT transaction_number_11 PRIMARY KEY (book_id, number)
);
ALTER TABLE "transaction" ATTACH PARTITION transaction_11 FOR VALUES FROM (275000000) TO (300000000);
CREATE TABLE transaction_12(
    LIKE "transaction" INCLUDING CONSTRAINTS, CONSTRAINT transaction_number_12 PRIMARY KEY (book_id, number)
);
ALTER TABLE "transaction" ATTACH PARTITION transaction_12 FOR VALUES FROM (300000000) TO (325000000);
CREATE TABLE transaction_13(
    LIKE "transaction" INCLUDING CONSTRAINTS, CONSTRAINT transaction_number_13 PRIMARY KEY (book_id, number)
);
ALTER TABLE "transaction" ATTACH PARTITION transaction_13 FOR VALUES FROM (325000000) TO (350000000);
CREATE TABLE transaction_14(
    LIKE "transaction" INCLUDING CONSTRAINTS, CONSTRAINT transaction_number_14 PRIMARY KEY (book_id, number)
);
ALTER TABLE "transaction" ATTACH PARTITION transaction_14 FOR VALUES FROM (350000000) TO (375000000);
CREATE TABLE transaction_15(
    LIKE "transaction" INCLUDING CONSTRAINTS, CONSTRAINT transaction_number_15 PRIMARY KEY (book_id, number)
);
ALTER TABLE "transaction" ATTACH PARTITION transaction_15 FOR VALUES FROM (375000000) TO (400000000);
CREATE TABLE transaction_rest(
    LIKE "transaction" INCLUDING CONSTRAINTS, CONSTRAINT transaction_number_rest PRIMARY KEY (book_id, number)
);
ALTER TABLE "transaction" ATTACH PARTITION transaction_rest FOR VALUES FROM (400000000) TO (MAXVALUE);

-- The number of the transaction of every key: written with it, and what keeps a key from being used twice.
CREATE TABLE used_key(
    book_id bigint NOT NULL,
    key text COLLATE "C" NOT NULL,
    number bigint NOT NULL,
    CONSTRAINT transaction_key PRIMARY KEY (book_id, key)
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
) PARTITION BY HASH (book_id, account_id);

CREATE TABLE posting_0 PARTITION OF posting FOR VALUES WITH (MODULUS 16, REMAINDER 0);
CREATE TABLE posting_1 PARTITION OF posting FOR VALUES WITH (MODULUS 16, REMAINDER 1);
CREATE TABLE posting_2 PARTITION OF posting FOR VALUES WITH (MODULUS 16, REMAINDER 2);
CREATE TABLE posting_3 PARTITION OF posting FOR VALUES WITH (MODULUS 16, REMAINDER 3);
CREATE TABLE posting_4 PARTITION OF posting FOR VALUES WITH (MODULUS 16, REMAINDER 4);
CREATE TABLE posting_5 PARTITION OF posting FOR VALUES WITH (MODULUS 16, REMAINDER 5);
CREATE TABLE posting_6 PARTITION OF posting FOR VALUES WITH (MODULUS 16, REMAINDER 6);
CREATE TABLE posting_7 PARTITION OF posting FOR VALUES WITH (MODULUS 16, REMAINDER 7);
CREATE TABLE posting_8 PARTITION OF posting FOR VALUES WITH (MODULUS 16, REMAINDER 8);
CREATE TABLE posting_9 PARTITION OF posting FOR VALUES WITH (MODULUS 16, REMAINDER 9);
CREATE TABLE posting_10 PARTITION OF posting FOR VALUES WITH (MODULUS 16, REMAINDER 10);
CREATE TABLE posting_11 PARTITION OF posting FOR VALUES WITH (MODULUS 16, REMAINDER 11);
CREATE TABLE posting_12 PARTITION OF posting FOR VALUES WITH (MODULUS 16, REMAINDER 12);
CREATE TABLE posting_13 PARTITION OF posting FOR VALUES WITH (MODULUS 16, REMAINDER 13);
CREATE TABLE posting_14 PARTITION OF posting FOR VALUES WITH (MODULUS 16, REMAINDER 14);
CREATE TABLE posting_15 PARTITION OF posting FOR VALUES WITH (MODULUS 16, REMAINDER 15);
