"""Posting the recharges of a day from a file: each row is one recharge, under a key made of its id."""

from __future__ import annotations

from attrs import frozen

from bankcore.bank import Bank
from bankcore.errors import BadFile, BankcoreError
from bankcore.product.actor import Actor
from bankcore.product.forms import fill
from bankcore.products.wallet import Recharge
from bankcore.sources.source import LeadSource
from bankcore.sources.taking import Turned

__all__ = ["Recharges", "take_recharges"]


@frozen
class Recharges:
    """The outcome of a file's rows: each was posted, replayed (it was posted before) or refused."""

    rows: int
    posted: int
    replayed: int
    turned: tuple[Turned, ...]


def take_recharges(source: LeadSource, bank: Bank, programme: str, actor: Actor | None = None) -> Recharges:
    """Post each row as one recharge, in a commit of its own: the cash of each was taken already.

    The columns are the fields of the command `recharge` (`client`, `amount`, `recharge`, and where needed
    `point`, ...); an empty value counts as not given.  A refused row does not stop those after it.  The same
    file again posts what was refused, if it is not refused any more, and nothing twice.  Raises BadFile where
    two rows have the same id, and errors of the source; then nothing is posted.
    """
    forms = [{name: value for name, value in row.items() if value} for row in source.rows()]
    met: dict[str, int] = {}
    for number, form in enumerate(forms, start=1):
        if (first := met.setdefault(form.get("recharge", str(number)), number)) != number:
            raise BadFile(source.name, f"rows {first} and {number} both are recharge {form['recharge']}")
    posted = replayed = 0
    turned: list[Turned] = []
    for number, form in enumerate(forms, start=1):
        try:
            command = fill(Recharge, {"programme": programme, **form}, bank.ledger.book.base_unit)
            key = f"recharge/{programme}/{command.recharge}"
            before = bank.handle(command, key, actor)[0].replayed
        except BankcoreError as error:
            turned.append(Turned(number, error))
        else:
            posted += not before
            replayed += before
    return Recharges(len(forms), posted, replayed, tuple(turned))
