"""Everything bankcore refuses, as one tree of exceptions.

A class stands for one cause.  Its `code` is the class name in snake_case and never changes; its
fields say what was requested and what prevented it; its `sentence` is filled from those fields.
The branch of the tree decides the exit status of the command line.

>>> error = BadAmount("1.005", "CNY/2 has 2 decimals")
>>> error.code, error.exit_status, str(error)
('bad_amount', 2, "'1.005' is not an amount: CNY/2 has 2 decimals")
>>> list(error.as_dict())
['code', 'message', 'text', 'reason']
"""

from __future__ import annotations

from bankcore.errors import (
    accounts,
    banking,
    corruption,
    outside,
    proofs,
    roots,
    stores,
    transactions,
    values,
)
from bankcore.errors.accounts import *
from bankcore.errors.banking import *
from bankcore.errors.corruption import *
from bankcore.errors.outside import *
from bankcore.errors.proofs import *
from bankcore.errors.roots import *
from bankcore.errors.stores import *
from bankcore.errors.transactions import *
from bankcore.errors.values import *

__all__: list[str] = []
__all__ += accounts.__all__
__all__ += banking.__all__
__all__ += corruption.__all__
__all__ += outside.__all__
__all__ += proofs.__all__
__all__ += roots.__all__
__all__ += stores.__all__
__all__ += transactions.__all__
__all__ += values.__all__
__all__.sort()
