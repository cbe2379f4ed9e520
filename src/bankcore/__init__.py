"""A double-entry ledger core for banks, in pure Python."""
