"""Change the values and the ledger in one small place at a time, and check whether a test notices.

`mutants` makes the changes, `asking` runs the tests, `scores` counts and writes docs/mutation.md.
"""
