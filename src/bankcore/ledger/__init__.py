"""Double entry: books, accounts, transactions, balances.  Knows no product, no SQL, no wall clock."""
