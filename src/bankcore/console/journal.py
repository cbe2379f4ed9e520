"""Commands on the journal: post, reverse and show transactions."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain, islice
from typing import Any, BinaryIO

import click
from click.core import ParameterSource

from bankcore.bank import Bank, utc_now
from bankcore.console.options import (
    ON,
    REASON,
    Option,
    account_paths,
    day,
    example,
    reads,
    value_date,
    writes,
)
from bankcore.console.output import given_output, notice_unknown, print_data, show
from bankcore.errors import BadFile, BankcoreError, InputError, UnknownKey
from bankcore.interchange.balances import name_of, text_in
from bankcore.interchange.exports.rows import line_of
from bankcore.interchange.transactions import instant, posting, read_forms, transaction_of
from bankcore.ledger.accounts import Side
from bankcore.ledger.reading.journal import Wanted, never_met
from bankcore.ledger.reading.journal import journal as seek
from bankcore.ledger.transactions import Posting, Transaction
from bankcore.product.actor import Actor
from bankcore.render import sheets
from bankcore.render.forms import Sheet

__all__ = ["CREDITS", "DEBITS", "Legs", "correct", "journal", "legs", "post", "reverse", "transaction"]

_DIGITS = 20  # of a number; more cannot be one
_OF_ONE = (
    "debit",
    "credit",
    "on",
    "kind",
    "description",
    "up_to",
    "corrects",
    "pending",
    "expires_at",
    "reason",
)


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
    return tuple(posting(bank.ledger, path, amount, side) for side, some in given for path, amount in some)


@click.command(
    epilog=example(
        "bankcore post --debit bank:cash 100.00 --credit bank:equity 100.00 --kind capital",
        "bankcore post --debit bank:li 500.00 --credit bank:cash 500.00 --up-to",
        "bankcore post --json-file today.jsonl --key 2024-05-01",
    )
)
@DEBITS
@CREDITS
@ON
@click.option("--kind", default="post", show_default=True, help="The kind of transaction.")
@click.option("--description", default="", help="A description for people.")
@click.option(
    "--json-file",
    type=click.File("rb"),
    help="Many transactions: a JSON list, or one object a line; '-' is standard input. "
    "An object without a key gets --key and its place.",
)
@click.option("--group", default="", metavar="NAME", help="Its group, which is written whole or not at all.")
@click.option("--up-to", is_flag=True, help="Move as much of the amount as the limits allow.")
@click.option("--corrects", type=int, metavar="NUMBER", help="The transaction that it corrects.")
@click.option("--hold", "pending", is_flag=True, help="Place a hold instead of posting.")
@click.option("--expires-at", metavar="INSTANT", help="When the hold expires; never if not given.")
@click.option("--atomic", is_flag=True, help="Post all of the file or nothing.")
@REASON
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
    json_file: BinaryIO | None,
    expires_at: str | None,
    atomic: bool,
    reason: str,
    **rest: Any,
) -> Sheet | None:
    """Post one transaction, or many from a file, each with its own verdict.

    Amounts are read in the unit of their account.  Consecutive transactions of a group in the file are
    written all or not at all.  An object of a file looks like this, on one line:

    \b
    {"key": "k1", "kind": "capital", "effective_on": "2024-05-01", "postings": [
     {"account": "bank:cash", "debit": "100.00"},
     {"account": "bank:equity", "credit": "100.00"}]}
    """
    if json_file is not None:
        _refuse_options_of_one()
        _post_file(bank, json_file, key, {"group": rest["group"]}, actor, atomic)
        return None
    if atomic:
        raise click.UsageError("--atomic is for --json-file: one transaction is posted whole.")
    transaction = Transaction(
        key=key,
        kind=kind,
        effective_on=value_date(bank, on, key),
        postings=legs(bank, debit, credit),
        description=description,
        expires_at=instant(expires_at, bank.ledger.book.zone),
        **rest,
    )
    return sheets.receipts([bank.doors(actor, reason).post(transaction)])


@click.command(epilog=example("bankcore reverse 12 --description 'posted twice'"))
@click.argument("number", type=int)
@ON
@click.option("--description", default="", help="Why.")
@REASON
@writes
def reverse(
    bank: Bank, key: str, actor: Actor | None, number: int, on: str | None, description: str, reason: str
) -> Sheet:
    """Post the exact inverse of a transaction, once."""
    on_day = value_date(bank, on, key)
    doors = bank.doors(actor, reason)
    return sheets.receipts([doors.reverse(number, key=key, effective_on=on_day, description=description)])


@click.command(
    epilog=example("bankcore correct 12 --debit bank:cash 90.00 --credit deposit:li 90.00"),
)
@click.argument("number", type=int)
@DEBITS
@CREDITS
@ON
@click.option("--description", default="", help="Why.")
@REASON
@writes
def correct(
    bank: Bank,
    key: str,
    actor: Actor | None,
    number: int,
    debit: Legs,
    credit: Legs,
    on: str | None,
    description: str,
    reason: str,
) -> Sheet:
    """Post the difference between a transaction, with its corrections so far, and the postings given."""
    if not debit and not credit:
        raise click.UsageError("Nothing to correct it to: give --debit and --credit, or reverse it.")
    receipt = bank.doors(actor, reason).correct(
        number,
        legs(bank, debit, credit),
        key=key,
        effective_on=value_date(bank, on, key),
        description=description,
    )
    return sheets.receipts([receipt])


@click.command(
    epilog=example(
        "bankcore transaction 12", "bankcore transaction fund-2024-05", "bankcore transaction 12 --key"
    )
)
@click.argument("name", metavar="NUMBER|KEY")
@click.option("--key", "is_key", is_flag=True, help="It is a key, though it looks like a number.")
@reads
def transaction(bank: Bank, name: str, is_key: bool) -> Sheet:
    """Show a transaction with its postings and records, by its number or its key."""
    reader = bank.ledger.reader
    if not is_key and name.isascii() and name.isdigit():
        number = int(name[:_DIGITS])
    elif (found := reader.numbers([name]).get(name)) is None:
        raise UnknownKey(name)
    else:
        number = found
    return sheets.entry(bank.ledger.entry(number), reader.reversal(number), reader.corrections(number))


@click.command(
    epilog=example(
        "bankcore journal --from 2024-05-01 --to 2024-05-31 --actor officer:o7",
        "bankcore journal --account bank:demand:li --amount 100.00",
        "bankcore journal --kind 'wallet.*' --after 50 --limit 50",
        "bankcore journal --jsonl --limit 0 > journal.jsonl",
    )
)
@click.option("--from", "since", metavar="DATE", help="The first value date.")
@click.option("--to", "until", metavar="DATE", help="The last value date.")
@click.option("--actor", default="", metavar="ROLE:ID", help="Who gave the command.")
@click.option("--kind", default="", metavar="KIND", help="The kind of transaction; '*' for any letters.")
@click.option("--agreement", default="", metavar="ID", help="The contract that it belongs to.")
@click.option(
    "--account",
    default="",
    metavar="PATH",
    shell_complete=account_paths,
    help="With a posting there, or below it.",
)
@click.option("--amount", default="", metavar="AMOUNT", help="With a posting of this amount.")
@click.option("--known-at", metavar="INSTANT", help="As recorded at an instant; now if not given.")
@click.option("--after", default=0, type=click.IntRange(min=0), help="Begin after this transaction.")
@click.option(
    "--limit", default=50, show_default=True, type=click.IntRange(min=0), help="How many; 0 for all."
)
@click.option("--jsonl", is_flag=True, help="Output a line of JSON for each, as export does.")
@reads
def journal(
    bank: Bank,
    since: str | None,
    until: str | None,
    known_at: str | None,
    after: int,
    limit: int,
    jsonl: bool,
    **wanted: str,
) -> Sheet | None:
    """List the transactions of the journal, in its order, a page at a time.

    Where there is none, and no transaction of the whole book or account has the kind, actor or agreement, a
    notice on standard error says so, with the nearest that are there.
    """
    if jsonl and given_output():
        raise click.UsageError("--jsonl cannot be combined with --json, --csv or --table.")
    sought = Wanted(since=day(since), until=day(until), **wanted)
    moment = instant(known_at, bank.ledger.book.zone)
    with bank.ledger.reader as reader:
        found = seek(reader, sought, after=after, now=utc_now(), known_at=moment)
        first = next(found, None)
        if first is None:
            _tell_unknown(never_met(reader, sought), wanted)
        found = chain(() if first is None else (first,), found)
        if not jsonl:
            return sheets.journal(islice(found, limit + 1 if limit else None), limit)
        for entry in islice(found, limit or None):
            print_data(f"{line_of(entry)}\n")
    return None


def _tell_unknown(never: Mapping[str, tuple[str, ...]], wanted: Mapping[str, str]) -> None:
    """Say on standard error what nobody ever wrote; raises BadActor for what cannot be an actor."""
    if "actor" in never:
        Actor.parse(wanted["actor"])
    for name, known in never.items():
        place = "account" if wanted["account"] else "book"
        notice_unknown(f"no transaction of the {place} has the {name}", wanted[name], known)


# --- transactions from a file ---------------------------------------------------------------------


def _refuse_options_of_one() -> None:
    """Refuse the options of a single transaction with a file, whose objects have fields for them."""
    ctx = click.get_current_context()
    for option in ctx.command.params:
        name = option.name or ""
        if name in _OF_ONE and ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            raise click.UsageError(f"--json-file cannot be combined with {option.opts[0]}.")


def _post_file(
    bank: Bank, file: BinaryIO, key: str, given: Mapping[str, str], actor: Actor | None, atomic: bool
) -> None:
    """Post all of a file and show the verdicts; raises the first refusal."""
    transactions = []
    met: dict[str, str] = {}
    for place, (where, form) in enumerate(read_forms(name_of(file), text_in(file)), start=1):
        own = form.get("key") if isinstance(form, dict) else None
        if isinstance(own, str) and (first := met.setdefault(own, where)) != where:
            raise BadFile(name_of(file), f"{where}: its key {own!r} is that of {first} already")
        try:
            transactions.append(transaction_of(bank.ledger, form, {**given, "key": f"{key}/{place}"}))
        except InputError as error:
            raise BadFile(name_of(file), f"{where}: {error}") from None
    verdicts = bank.doors(actor).post_many(transactions, atomic=atomic)
    show(sheets.verdicts(verdicts))
    for verdict in verdicts:
        if isinstance(verdict, BankcoreError):
            raise verdict
