-- Roles that hold the promise of an append-only journal: run it as the owner of the tables, in their schema.
--
-- A program that posts is a member of bankcore_writer, an auditor of bankcore_auditor; neither owns a table.
-- Create the two roles first: CREATE ROLE bankcore_writer; CREATE ROLE bankcore_auditor.

GRANT SELECT ON bankcore_version, book, head, "transaction", account, posting, hold, resolution, pending_posting,
    record, link, member, personal, balance, live_hold, record_head, consumer, seal_page, v_journal, v_posting,
    v_balance
    TO bankcore_writer, bankcore_auditor;

-- The journal grows; nobody changes it.
GRANT INSERT ON book, "transaction", account, posting, hold, resolution, pending_posting, record, link, member
    TO bankcore_writer;

-- The columns of an account that repeat its latest record.
GRANT UPDATE (status, floor, ceiling, opened_on, closed_on, reopened_on, party, details, reason) ON account
    TO bankcore_writer;

-- What is derived from the journal, and the progress of readers of the feed.
GRANT INSERT, UPDATE ON head, balance, record_head, consumer, seal_page TO bankcore_writer;
GRANT INSERT, DELETE ON live_hold TO bankcore_writer;

-- Personal data can be erased; then the table is rewritten.
GRANT INSERT, DELETE, TRUNCATE ON personal TO bankcore_writer;
