"""The command of the feed: output of notices or transactions as lines of JSON."""

from __future__ import annotations

import json
import time
from typing import Any, Final

import click

from bankcore.bank import Bank
from bankcore.console.options import book_option, example, name_option, open_bank
from bankcore.console.output import notice_unknown, print_data
from bankcore.feed import Feed, Notice, deliver, notices_of
from bankcore.ledger.transactions import Entry
from bankcore.tables import json_text

__all__ = ["outbox"]

_PAUSE: Final = 1  # seconds between two reads of the book
_MOST_COMPARED: Final = 10_000  # transactions


@click.command(
    epilog=example(
        "bankcore outbox",
        "bankcore outbox --consumer mailer --topic payment-received --follow",
        "bankcore outbox --entries --after 1200",
    )
)
@click.option(
    "--consumer", default="", metavar="NAME", help="Continue from this consumer's position, and keep it."
)
@click.option(
    "--after",
    default=0,
    type=click.IntRange(min=0),
    help="Begin after this transaction, or the position if that is later.",
)
@click.option("--topic", "topics", multiple=True, metavar="TOPIC", help="Only notices under this topic.")
@click.option("--entries", is_flag=True, help="All transactions of the journal instead of notices.")
@click.option("--follow", is_flag=True, help="Wait for more, until interrupted.")
@book_option()
@name_option
def outbox(
    book: str,
    book_name: str | None,
    consumer: str,
    after: int,
    topics: tuple[str, ...],
    entries: bool,
    follow: bool,
) -> None:
    """Write the notices to parties, in order, one JSON object a line.

    With --consumer the book keeps the position; lines written but not yet recorded when the program was
    killed are written again, with the same id.
    """
    if topics and entries:
        raise click.UsageError("--topic is for notices, not for --entries.")
    bank = open_bank(book, book_name, read_only=not (consumer or follow))
    feed = Feed(bank.ledger, consumer, after=after)
    if topics:
        _tell_unknown(bank, topics)
    while True:
        if entries:
            feed.run(_write_entry)
        else:
            deliver(feed, _write_notice, topics)
        if not follow:
            return
        time.sleep(_PAUSE)


def _tell_unknown(bank: Bank, topics: tuple[str, ...]) -> None:
    """Say on standard error which topics no notice of the latest transactions has."""
    left, known = {*topics}, dict[str, None]()
    with bank.ledger.reader as reader:
        for entry in reader.entries(max(reader.head().number - _MOST_COMPARED, 0)):
            known |= dict.fromkeys(notice.topic for notice in notices_of(entry))
            left -= known.keys()
            if not left:
                return
    for topic in sorted(left):
        notice_unknown("no notice of late has the topic", topic, known)


def _write_entry(entry: Entry) -> None:
    """The hashed line of a transaction, with its number and its digest."""
    _write({"number": entry.number, "digest": entry.digest.hex(), "line": json.loads(entry.line)})


def _write_notice(notice: Notice) -> None:
    _write(notice.as_data())


def _write(data: Any) -> None:
    print_data(f"{json_text(data)}\n")  # which flushes: kept is only what was written
