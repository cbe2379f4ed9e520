"""Readers of banks' statements: camt.053, MT940 and OFX.

| format | files | reader |
| --- | --- | --- |
| `camt053` | ISO 20022 camt.053.001.02 and later, also with several statements | `camt053.read` |
| `mt940` | SWIFT MT940, by the package mt-940 (extra `statements`) | `mt940.read` |
| `ofx` | OFX and QFX, 1.x (SGML) and 2.x (XML): bank, credit card, cash of investments | `ofx.read` |

Each is a function of the bytes of a file that returns `BankStatement`s or raises BadFile with the line.
A bank's CSV is read by a map: `bankcore.reconciliation.read_statements`.
"""

from bankcore.interchange.statements.detect import FORMATS, detect, read

__all__ = ["FORMATS", "detect", "read"]
