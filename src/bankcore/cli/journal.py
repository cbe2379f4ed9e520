"""Commands on the journal: post, reverse and show transactions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, TextIO

import click

from bankcore.amounts import Amount
from bankcore.bank import Bank
from bankcore.calendars import parse_date
from bankcore.cli.options import Option, account_paths, actor_text, day, example, instant, reads, writes
from bankcore.cli.output import show
from bankcore.errors import BadFile, BadTransaction, BankcoreError, InputError, NotPositive
from bankcore.ledger.accounts import AccountPath, Side
from bankcore.ledger.transactions import Posting, Transaction
from bankcore.products.product import Actor
from bankcore.render import sheets
from bankcore.render.forms import Sheet

__all__ = ["CREDITS", "DEBITS", "Legs", "legs", "post", "reverse", "transaction"]

_WORDS = frozenset(
    {"key", "kind", "description", "agreement", "actor", "details", "reverses", "corrects", "pending"}
)
_LEG = frozenset({"account", *(side.value for side in Side)})


Legs = tuple[tuple[str, str], ...]


def _leg_option(side: Side) -> Option:
    return click.option(
        f"--{side.value}",
        nargs=2,
        multiple=True,
        metavar="PATH AMOUNT",
        shell_complete=account_paths,
        help=f"A {side.value} of an account; may be repeated.",
    )


DEBITS, CREDITS = _leg_option(Side.DEBIT), _leg_option(Side.CREDIT)


def legs(bank: Bank, debit: Legs, credit: Legs) -> tuple[Posting, ...]:
    """The postings of the options --debit and --credit, amounts in the units of their accounts."""
    given = ((Side.DEBIT, debit), (Side.CREDIT, credit))
    return tuple(_posting(bank, path, amount, side) for side, some in given for path, amount in some)


@click.command(
    epilog=example(
        "bankcore post --debit bank:cash 100.00 --credit bank:equity 100.00 --kind capital",
        "bankcore post --json-file today.jsonl --key 2024-05-01",
    )
)
@DEBITS
@CREDITS
@click.option("--on", metavar="DATE", help="The value date; the business date if not given.")
@click.option("--kind", default="post", show_default=True, help="What it is.")
@click.option("--description", default="", help="What it is for.")
@click.option(
    "--json-file",
    type=click.File(encoding="utf-8"),
    help="Many transactions: a JSON list, or one object a line; '-' is standard input. "
    "An object without a key takes --key and its place.",
)
@click.option("--hold", "pending", is_flag=True, help="Set the money aside instead of moving it.")
@click.option("--expires-at", metavar="INSTANT", help="When the hold ends by itself; never if not given.")
@click.option("--atomic", is_flag=True, help="Post all of the file or nothing.")
@writes
def post(
    bank: Bank,
    key: str,
    actor: Actor | None,
    debit: Legs,
    credit: Legs,
    on: str | None,
    kind: str,
    description: str,
    json_file: TextIO | None,
    pending: bool,
    expires_at: str | None,
    atomic: bool,
) -> Sheet | None:
    """Post one transaction, or many from a file, each with its own verdict.

    Amounts are read in the unit of their account.  An object of a file looks so, on one line:

    \b
    {"key": "k1", "kind": "capital", "effective_on": "2024-05-01", "postings": [
     {"account": "bank:cash", "debit": "100.00"},
     {"account": "bank:equity", "credit": "100.00"}]}
    """
    if json_file is not None:
        if debit or credit:
            raise click.UsageError("--json-file goes without --debit and --credit.")
        _post_file(bank, json_file, {"key": key, "actor": actor_text(actor)}, atomic)
        return None
    transaction = Transaction(
        key=key,
        kind=kind,
        effective_on=day(on) or bank.today,
        postings=legs(bank, debit, credit),
        description=description,
        actor=actor_text(actor),
        pending=pending,
        expires_at=instant(expires_at),
    )
    return sheets.receipts([bank.ledger.post(transaction)])


@click.command(epilog=example("bankcore reverse 12 --description 'posted twice'"))
@click.argument("number", type=int)
@click.option("--on", metavar="DATE", help="The value date; the business date if not given.")
@click.option("--description", default="", help="Why.")
@writes
def reverse(
    bank: Bank, key: str, actor: Actor | None, number: int, on: str | None, description: str
) -> Sheet:
    """Post the exact inverse of a transaction, once."""
    value_date = day(on) or bank.today
    who = actor_text(actor)
    return sheets.receipts(
        [bank.ledger.reverse(number, key=key, effective_on=value_date, description=description, actor=who)]
    )


@click.command(epilog=example("bankcore transaction 12", "bankcore transaction 12 --json"))
@click.argument("number", type=int)
@reads
def transaction(bank: Bank, number: int) -> Sheet:
    """Show a transaction with its postings and records."""
    return sheets.entry(bank.ledger.entry(number), bank.ledger.reader.reversal(number))


# --- transactions from a file ---------------------------------------------------------------------


def _post_file(bank: Bank, file: TextIO, given: Mapping[str, str], atomic: bool) -> None:
    """Post all of a file and show the verdicts; raises the first refusal."""
    transactions = []
    for place, form in enumerate(_forms(file), start=1):
        try:
            transactions.append(_transaction(bank, form, {**given, "key": f"{given['key']}/{place}"}))
        except InputError as error:
            raise BadFile(file.name, f"transaction {place}: {error}") from None
    verdicts = bank.ledger.post_many(transactions, atomic=atomic)
    show(sheets.verdicts(verdicts))
    for verdict in verdicts:
        if isinstance(verdict, BankcoreError):
            raise verdict


def _forms(file: TextIO) -> list[Any]:
    try:
        text = file.read().removeprefix("\ufeff")
        if text.lstrip().startswith("["):
            forms: list[Any] = json.loads(text, object_pairs_hook=_once)
            return forms
        return [json.loads(line, object_pairs_hook=_once) for line in text.split("\n") if line.strip()]
    except (ValueError, RecursionError) as error:
        raise BadFile(file.name, f"it is no JSON ({error})") from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose names stand once each; JSON itself would let the last one win."""
    names = [name for name, _ in pairs]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"the name {name!r} stands twice in an object")
    return dict(pairs)


def _transaction(bank: Bank, form: Any, given: Mapping[str, str]) -> Transaction:
    """A transaction from plain data; `given` holds what the data may leave out."""
    words = dict(_object("form", form, _WORDS | {"effective_on", "expires_at", "postings"}))
    expires_at = words.pop("expires_at", None)
    effective_on, postings = words.pop("effective_on", None), words.pop("postings", ())
    if not isinstance(postings, (list, tuple)):
        raise BadTransaction("postings", "a list is needed")
    return Transaction(
        effective_on=bank.today if effective_on is None else parse_date(effective_on),
        postings=tuple(_posting_of(bank, _object("posting", posting, _LEG)) for posting in postings),
        expires_at=instant(expires_at),
        **{"kind": "post", **given, **words},
    )


def _posting_of(bank: Bank, form: Mapping[str, Any]) -> Posting:
    sides = [side for side in Side if form.get(side.value) is not None]
    if len(sides) != 1:
        raise BadTransaction("posting", "either a debit or a credit is needed")
    return _posting(bank, form.get("account"), form[sides[0].value], sides[0])


def _object(field: str, form: Any, names: frozenset[str]) -> Mapping[str, Any]:
    if not isinstance(form, dict):
        raise BadTransaction(field, "an object is needed")
    if unknown := sorted(form.keys() - names):
        raise BadTransaction(unknown[0], f"there is no such field; known: {', '.join(sorted(names))}")
    return form


def _posting(bank: Bank, account: Any, amount: Any, side: Side) -> Posting:
    """A leg of an account in its unit; an account that is unknown the ledger will refuse."""
    path = AccountPath.parse(account)
    state = bank.ledger.reader.states([path]).get(path)
    value = Amount.parse(amount, bank.ledger.book.base_unit if state is None else state.unit)
    if value.quantity <= 0:
        raise NotPositive(side.value, value)
    return Posting(path, value.quantity * side.sign, value.unit)
