"""Interchange: transactions and balances as plain data, in one form for every reader and writer."""
