"""Commands on links to certificate orders: issue, write and read them, confirm an order by one."""

from __future__ import annotations

import click

from bankcore.amounts import Amount
from bankcore.bank import Bank, utc_now
from bankcore.console.options import day, example, reads, secret_option, writes
from bankcore.console.output import answers
from bankcore.links import OrderLink, confirmation, link_to, nonce_for
from bankcore.links import read as read_link
from bankcore.links import write as write_link
from bankcore.product.actor import Actor
from bankcore.products.certificate import IssueLink
from bankcore.render import sheets
from bankcore.render.forms import Sheet

__all__ = ["link"]

_secret = secret_option("links")
_programme = click.option("--programme", required=True, help="The programme of certificates.")


@click.group(
    epilog=example(
        "bankcore link issue --programme cd --order k --initiator c001 --places 10",
        "bankcore link read TOKEN",
    )
)
def link() -> None:
    """Create and read links to certificate orders, and confirm an order by its link."""


@link.command(
    "issue",
    epilog=example("bankcore link issue --programme cd --order k --initiator c001 --invited c002,c003"),
)
@_programme
@click.option("--order", required=True, help="The order.")
@click.option("--initiator", required=True, help="The party that initiated it.")
@click.option("--invited", default="", help="The parties invited, with commas between them.")
@click.option("--places", default=0, type=click.IntRange(min=0), help="Places for others who hold the link.")
@click.option("--expires-on", metavar="DATE", help="Last day of the link; the deadline if not given.")
@_secret
@writes
def issue(
    bank: Bank,
    key: str,
    actor: Actor | None,
    programme: str,
    order: str,
    initiator: str,
    invited: str,
    places: int,
    expires_on: str | None,
    secret: str,
) -> Sheet:
    """Open an order to holders of a new link, and create it; again with the same key, the same link."""
    nonce, until = nonce_for(secret, key), day(expires_on)
    bank.handle(IssueLink(programme, order, initiator, nonce, invited, places, until), key, actor)
    return _written(bank, programme, order, nonce, secret)


@link.command("write", epilog=example("bankcore link write --programme cd --order k --nonce n1"))
@_programme
@click.option("--order", required=True, help="The order, opened by issue-link.")
@click.option("--nonce", required=True, help="The id of the link.")
@_secret
@reads
def write_(bank: Bank, programme: str, order: str, nonce: str, secret: str) -> Sheet:
    """Create the signed token of a link, to the order's present configuration."""
    return _written(bank, programme, order, nonce, secret)


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
@click.option("--terminal", default="", help="The terminal that the participant has registered.")
@click.option("--terminal-kind", default="", help="What terminal that is, such as mobile.")
@_secret
@writes
def confirm(
    bank: Bank,
    key: str,
    actor: Actor | None,
    token: str,
    participant: str,
    amount: str,
    terminal: str,
    terminal_kind: str,
    secret: str,
) -> Sheet:
    """Confirm the order of a link, in the configuration that the link was created for."""
    told = read_link(token, secret, utc_now())
    money, kind = Amount.parse(amount, bank.ledger.book.base_unit), terminal_kind
    command = confirmation(told, participant, money, terminal=terminal, terminal_kind=kind)
    return sheets.receipts(bank.handle(command, key, actor))


def _written(bank: Bank, programme: str, order: str, nonce: str, secret: str) -> Sheet:
    made = link_to(bank.ledger.books, programme, order, nonce, zone=bank.ledger.book.zone)
    return Sheet({"link": write_link(made, secret), **_facts(made)})


def _facts(told: OrderLink) -> dict[str, object]:
    return {
        "programme": told.programme,
        "order": told.order,
        "nonce": told.nonce,
        "expires at": told.expires_at.isoformat(),
        "configuration": told.config,
    }
