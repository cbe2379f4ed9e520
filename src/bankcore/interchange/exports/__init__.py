"""Exports: a whole book, or an account's statement, in the formats that other programs read.

| format | content | read by |
| --- | --- | --- |
| `hledger` | all postings, with a journal of hledger's syntax | hledger, ledger-like tools |
| `beancount` | all postings, with Beancount's syntax | Beancount, Fava |
| `csv` | a row for each posting | spreadsheets, pandas |
| `jsonl` | a line of JSON for each transaction, in the form that `bankcore post` reads | programs |
| `camt053` | one account's statement, ISO 20022 camt.053.001.08 | banks' customers |

Each is a function of a reader that yields text, so that a book of any size passes through.  The first two end
with assertions of every balance, so that the program which reads them finds a difference itself.
"""
