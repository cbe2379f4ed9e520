"""Output of results and refusals in the requested form."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import click

from bankcore.errors import BadFile, BadUsage, BankcoreError, InternalError, UnknownAccount, UnknownKey
from bankcore.errors.nearest import nearest
from bankcore.render.forms import Form, Sheet, refusal, write
from bankcore.tables import visible

if TYPE_CHECKING:
    from bankcore.bank import Bank

__all__ = [
    "ACTOR",
    "BANK",
    "HELD",
    "answers",
    "answers_with_tables",
    "form",
    "given_output",
    "keep_actor",
    "notice_unknown",
    "passing_days",
    "print_data",
    "refuse",
    "refuse_usage",
    "show",
    "to_terminal",
]

_FORM: Final = "bankcore.form"
_TABLE: Final = "bankcore.table"
_RAW: Final = "bankcore.raw"
ACTOR: Final = "bankcore.actor"  # in a context: who is said to give the command
BANK: Final = "bankcore.bank"  # in a context: the bank that the command opened
_MOST_COMPARED: Final = 10_000  # accounts, keys
_OPEN: Final = {"programme": "terms", "place": "place"}  # nouns that name nobody, and their kinds of record
HELD: Final = "bankcore.held"  # in a context: the list in which sheets are kept instead of printed


def answers(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options --json, --csv and --raw."""
    command = _raw_option(command)
    for form in (Form.CSV, Form.JSON):
        command = _form_option(form)(command)
    return command


def _choose_raw(ctx: click.Context, _: click.Parameter, given: bool) -> None:
    if given and ctx.meta.get(_FORM) is not Form.CSV:
        raise click.UsageError("--raw is for --csv: other forms have no formulas.", ctx)
    ctx.meta[_RAW] = given


_raw_option: Final = click.option(
    "--raw",
    is_flag=True,
    expose_value=False,
    callback=_choose_raw,
    help="In CSV, leave texts that a spreadsheet takes for formulas as they are.",
)


def answers_with_tables(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command that may output several tables the option --table as well."""

    def choose(ctx: click.Context, _: click.Parameter, given: str | None) -> None:
        ctx.meta[_TABLE] = given

    help = "Output only this table, named as in JSON, or 'facts'; without it CSV has the first table."
    option = click.option("--table", metavar="NAME", expose_value=False, callback=choose, help=help)
    return option(answers(command))


def _form_option(form: Form) -> Callable[[Any], Any]:
    def choose(ctx: click.Context, _: click.Parameter, given: bool) -> None:
        if given and ctx.meta.setdefault(_FORM, form) is not form:
            raise click.UsageError("Give either --json or --csv.", ctx)

    help = f"Output in {form.name}."
    return click.option(
        f"--{form.value}", is_flag=True, is_eager=True, expose_value=False, callback=choose, help=help
    )


def show(sheet: Sheet) -> None:
    """Print a result, or the requested table of it."""
    meta = click.get_current_context().meta
    if (held := meta.get(HELD)) is not None:
        held.append(sheet)
        return
    table = meta.get(_TABLE)
    asked = form()
    text = write(sheet if table is None else sheet.part(table), asked, raw=meta.get(_RAW, False))
    if asked is Form.TEXT:
        _echo(text)
    else:
        print_data(text)


def refuse(error: Exception) -> None:
    """Print an error to standard error and end with its exit status; no traceback is ever shown."""
    known = _known(error)
    said = refusal(known, form(), _nearest(known))
    if form() is Form.JSON:
        print_data(said, err=True)
    else:
        _echo(said, err=True)
    click.get_current_context().exit(known.exit_status)


def refuse_usage(error: click.UsageError) -> None:
    """Refuse a command line that cannot be parsed, in JSON; without --json the usage is shown."""
    click.get_current_context().meta[_FORM] = Form.JSON
    refuse(BadUsage(error.format_message()))


def _known(error: Exception) -> BankcoreError:
    if isinstance(error, BankcoreError):
        return error
    if isinstance(error, OSError) and error.filename:
        return BadFile(str(error.filename), error.strerror or str(error))
    return InternalError(type(error).__name__, str(error))


def keep_actor(ctx: click.Context, _: click.Parameter, actor: str | None) -> str | None:
    """Keep the actor of the command line: what he may not read is not shown to him in a refusal either."""
    ctx.meta[ACTOR] = actor
    return actor


def notice_unknown(what: str, name: str, known: Iterable[str]) -> None:
    """Say on standard error that nothing has a name that was asked for, with the names most like it."""
    near = nearest(name, known)
    meant = f"; nearest: {', '.join(near)}" if near else ""
    click.echo(visible(f"notice: {what} {name!r}{meant}"), err=True)


def _nearest(error: BankcoreError) -> list[str]:
    """For an account, key or programme that the opened book does not have those that are most like it.

    None is shown to a customer, merchant or operator, as they are names of others.  Ids of parties, contracts
    and orders are never shown.
    """
    root = click.get_current_context().find_root()
    bank, actor = root.meta.get(BANK), root.meta.get(ACTOR)
    if bank is None or not (actor is None or actor.startswith("officer:")):
        return []
    name, known = _names_like(error, bank)
    try:
        return nearest(name, known)
    except BankcoreError:  # of the store; the first error is the one to show
        return []


def _names_like(error: BankcoreError, bank: Bank) -> tuple[str, Iterable[str]]:
    """The name that an error refuses, and those of its kind that the book has."""
    from bankcore.product.refusals import NotFound  # here, as most commands refuse nothing
    from bankcore.serving import served

    reader = bank.ledger.reader
    if isinstance(error, UnknownAccount):
        return error.account, (it.account.path for it in reader.accounts(limit=_MOST_COMPARED))
    if isinstance(error, UnknownKey):
        begin = max(reader.head().number - _MOST_COMPARED, 0)
        return error.key, (it.transaction.key for it in reader.entries(begin))
    if isinstance(error, NotFound) and error.kind in _OPEN:
        kinds = (f"{name}.{_OPEN[error.kind]}" for name in served(bank.ledger.books))
        return error.id, (it.id for kind in kinds for it in reader.records(kind))
    return "", ()


def form() -> Form:
    """The form that the output was asked in."""
    asked: Form = click.get_current_context().meta.get(_FORM, Form.TEXT)
    return asked


def print_data(text: str, err: bool = False) -> None:
    """Print JSON or CSV, in UTF-8 wherever it runs, with nothing taken out."""
    click.echo(text.encode("utf-8", "backslashreplace"), nl=False, err=err)


def given_output(*, besides: Form | None = None) -> bool:
    """Whether the command line asked for a form, one `besides` that does not count, or for a table."""
    meta = click.get_current_context().meta
    return meta.get(_FORM, besides) is not besides or meta.get(_TABLE) is not None


def _echo(text: str, err: bool = False) -> None:
    stream = sys.stderr if err else sys.stdout
    encoding = getattr(stream, "encoding", None) or "utf-8"  # no stream where the shell closed it
    click.echo(text.encode(encoding, "backslashreplace").decode(encoding), nl=False, err=err)


def passing_days(days: Iterable[date]) -> Iterator[date]:
    """The days, with a progress bar."""
    with click.progressbar(days, label="days", **to_terminal()) as bar:
        yield from bar


def to_terminal() -> dict[str, Any]:
    """The stream for progress: standard error, if it is a terminal."""
    return {"file": sys.stderr, "hidden": not sys.stderr.isatty()}
