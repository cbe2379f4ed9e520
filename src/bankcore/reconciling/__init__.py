"""Reconciling: a bank's statements against the postings of one account, without any input or output."""
