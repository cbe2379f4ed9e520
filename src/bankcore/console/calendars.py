"""The command that lists business calendars."""

from __future__ import annotations

import click

from bankcore.calendars import calendar_names, load_calendar
from bankcore.console.options import example
from bankcore.console.output import answers
from bankcore.render.forms import Sheet
from bankcore.tables import Table

__all__ = ["calendars"]


@click.command(epilog=example("bankcore calendars", "BANKCORE_CALENDARS=mall.toml bankcore calendars"))
@answers
def calendars() -> Sheet:
    """List the business calendars that terms may name, with the days that each covers.

    Days after `announced` are what the law of public holidays says of them; a later edition of the calendar
    may still change them.
    """
    known = map(load_calendar, calendar_names())
    rows = tuple((it.name, it.first, it.known_to, it.last) for it in known)
    return Sheet(tables=(Table("Calendars", ("calendar", "first", "announced", "last"), rows),))
