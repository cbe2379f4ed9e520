"""Interchange: transactions and balances as plain data, the same for every reader and writer of them."""
