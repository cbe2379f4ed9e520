"""Commands on links to certificate orders: create one, read one, confirm an order by one."""

from __future__ import annotations

import click

from bankcore.amounts import Amount
from bankcore.bank import Bank, utc_now
from bankcore.console.options import example, reads, writes
from bankcore.console.output import answers
from bankcore.links import OrderLink, confirmation, link_to
from bankcore.links import read as read_link
from bankcore.links import write as write_link
from bankcore.product.actor import Actor
from bankcore.render import sheets
from bankcore.render.forms import Sheet

__all__ = ["link"]

_secret = click.option(
    "--secret", required=True, envvar="BANKCORE_LINK_SECRET", show_envvar=True, metavar="TEXT",
    help="The secret that signs links, at least 16 characters; better given as a variable.",
)  # fmt: skip


@click.group(epilog=example("bankcore link write --programme cd --order k", "bankcore link read TOKEN"))
def link() -> None:
    """Create and read links to certificate orders, and confirm an order by its link."""


@link.command("write", epilog=example("bankcore link write --programme cd --order k"))
@click.option("--programme", required=True, help="The programme of certificates.")
@click.option("--order", required=True, help="The order, opened by issue-link.")
@_secret
@reads
def write_(bank: Bank, programme: str, order: str, secret: str) -> Sheet:
    """Create the signed link to an open order: who is invited, to what, and until when."""
    made = link_to(bank.ledger.books, programme, order)
    return Sheet({"link": write_link(made, secret), **_facts(made)})


@link.command("read", epilog=example("bankcore link read TOKEN"))
@click.argument("token")
@_secret
@answers
def read_(token: str, secret: str) -> Sheet:
    """Read a link, if its signature is valid and it has not expired."""
    return Sheet(_facts(read_link(token, secret, utc_now())))


@link.command("confirm", epilog=example("bankcore link confirm TOKEN --participant c001 --amount 3,333.34"))
@click.argument("token")
@click.option("--participant", required=True, help="The customer who takes part.")
@click.option("--amount", required=True, metavar="AMOUNT", help="The amount of the share.")
@_secret
@writes
def confirm(
    bank: Bank, key: str, actor: Actor | None, token: str, participant: str, amount: str, secret: str
) -> Sheet:
    """Confirm the order of a link, in the configuration that the link was created for."""
    told = read_link(token, secret, utc_now())
    command = confirmation(told, participant, Amount.parse(amount, bank.ledger.book.base_unit))
    return sheets.receipts(bank.handle(command, key, actor))


def _facts(told: OrderLink) -> dict[str, object]:
    return {
        "programme": told.programme,
        "order": told.order,
        "invited": ", ".join(told.invited),
        "expires at": told.expires_at.isoformat(),
        "configuration": told.config,
    }
