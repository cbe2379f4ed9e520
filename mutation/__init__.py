"""Change the values and the ledger in one small place after another, and see whether a test notices.

`mutants` makes the changes, `asking` asks the tests, `scores` counts and writes docs/mutation.md.
"""
