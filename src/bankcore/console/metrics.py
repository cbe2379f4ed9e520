"""The command that writes a book's figures for a monitoring system."""

from __future__ import annotations

from pathlib import Path

import click

from bankcore.bank import utc_now
from bankcore.console.options import book_option, example, name_option, open_bank
from bankcore.console.output import print_data
from bankcore.prometheus import book_metrics, exposition, write_metrics

__all__ = ["metrics"]


@click.command(
    epilog=example("bankcore metrics", "bankcore metrics --output /var/lib/node_exporter/textfile/bank.prom")
)
@click.option(
    "--output", type=click.Path(path_type=Path), metavar="FILE", help="Replace this file, *.prom, as a whole."
)
@book_option()
@name_option
def metrics(output: Path | None, book: str, book_name: str | None) -> None:
    """Write what the doctor finds of a book as metrics, in the text format of Prometheus.

    For the textfile collector of node_exporter. The book is only read. Exit status is 0 whatever was found:
    alert on the metrics. Where the book cannot be read nothing is written, and the old file stays.
    """
    registry = book_metrics(open_bank(book, book_name, read_only=True), utc_now())
    if output is None:
        print_data(exposition(registry))
    else:
        write_metrics(registry, output)
