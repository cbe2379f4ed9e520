-- What grants.sql says, for the table that partitions.sql adds: run it after both.

GRANT SELECT ON used_key TO bankcore_writer, bankcore_auditor;
GRANT INSERT ON used_key TO bankcore_writer;
