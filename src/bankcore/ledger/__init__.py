"""Double entry: books, accounts, transactions, balances.  It uses no product, no SQL and no wall clock."""
