"""Shards: one bank in many books, each in a store of its own, or several in one.

`shards` takes commands and closes days, `directory` knows in which book a party is at home, and `transfers`
carries payments between books.
"""
