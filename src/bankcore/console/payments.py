"""Commands on codes of payment requests: create one, read one, pay by one."""

from __future__ import annotations

import click

from bankcore.amounts import Amount
from bankcore.bank import Bank, utc_now
from bankcore.console.options import example, reads, secret_option, writes
from bankcore.console.output import answers
from bankcore.payments import PaymentCode, code_of
from bankcore.payments import payment as payment_by
from bankcore.payments import read as read_code
from bankcore.payments import write as write_code
from bankcore.product.actor import Actor
from bankcore.render import sheets
from bankcore.render.forms import Sheet

__all__ = ["payment"]

_WRITE = "bankcore payment write --programme mall --merchant bakery --request o17"
_secret = secret_option("codes")


@click.group(epilog=example(_WRITE, "bankcore payment read TOKEN"))
def payment() -> None:
    """Create and read codes of payment requests, and pay by a code."""


@payment.command("write", epilog=example(_WRITE))
@click.option("--programme", required=True, help="The wealth programme.")
@click.option("--merchant", required=True, help="The merchant who is paid.")
@click.option("--request", default="", help="The request; the merchant's static code if not given.")
@_secret
@reads
def write_(bank: Bank, programme: str, merchant: str, request: str, secret: str) -> Sheet:
    """Create the signed code of a request, or of a merchant's static code."""
    made = code_of(bank.ledger.books, programme, merchant, request)
    return Sheet({"code": write_code(made, secret), **_facts(made)})


@payment.command("read", epilog=example("bankcore payment read TOKEN"))
@click.argument("token")
@_secret
@answers
def read_(token: str, secret: str) -> Sheet:
    """Read a code, if its signature is valid and it has not expired."""
    return Sheet(_facts(read_code(token, secret, utc_now())))


@payment.command("pay", epilog=example("bankcore payment pay TOKEN --client c001 --purchase p1"))
@click.argument("token")
@click.option("--client", required=True, help="The client who pays.")
@click.option("--purchase", required=True, help="Id of the purchase.")
@click.option("--amount", metavar="AMOUNT", help="The amount; a static code needs it.")
@_secret
@writes
def pay(
    bank: Bank, key: str, actor: Actor | None, token: str, client: str, purchase: str, amount: str | None,
    secret: str,
) -> Sheet:  # fmt: skip
    """Pay what a code asks for."""
    now, given = utc_now(), None
    if amount is not None:
        given = Amount.parse(amount, bank.ledger.book.base_unit)
    code = read_code(token, secret, now)
    command = payment_by(bank.ledger.books, code, client, purchase, now, given)
    return sheets.receipts(bank.handle(command, key, actor))


def _facts(code: PaymentCode) -> dict[str, object]:
    expires_at = code.expires_at.isoformat() if code.expires_at else None
    return {"reference": code.reference, "amount": code.amount or None, "expires at": expires_at}
