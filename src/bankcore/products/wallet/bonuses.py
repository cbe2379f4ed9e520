"""Bonus (赠送金): granted by recharges, vested by spending, forfeited by withdrawing.

The exact sums are state, and never reset.  A recharge earns by its tier and grants what is due of all that
was earned; spending and withdrawing take the unvested bonus in proportion to the principal that leaves, and
post what is due of all that vested, or was forfeited.  However an amount is sliced, the totals are the same.

>>> tally = Tally(id="mall:c001").earning(Fraction(50_00))
>>> tally, tally.granted, tally.open
(Tally(id='mall:c001', version=0, earned=Fraction(5000, 1), granted=5000, vested=Fraction(0, 1), \
forfeited=Fraction(0, 1), undone=0, spent_by='', lapsed=0), 5000, 5000)
>>> spent = tally.vesting(tally.share(300_00, 1_000_00))
>>> spent.posted_vested, spent.forfeiting(spent.share(333_33, 700_00)).posted_forfeited
(1500, 1667)
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import ClassVar, Final

from attrs import evolve, frozen

from bankcore.ledger.books import Books
from bankcore.product.facts import Facts
from bankcore.product.product import Noun
from bankcore.products.wallet.clients import OWN, POCKET, holdings
from bankcore.products.wallet.programmes import PROGRAMMES, WalletVoucher, amounts
from bankcore.rates import round_half_up
from bankcore.tables import Table

__all__: list[str] = []

noun = Noun(__name__)
_FINEST: Final = (
    10**30
)  # shares of shares are exact down to this part of a minor unit, so that they stay short


@frozen(kw_only=True)
class Tally(Facts):
    """A client's bonus: exactly `earned`, `vested` and `forfeited`, and what of it was `granted`.

    `undone` is principal of recharges that were undone; `spent_by` the last purchase that vested bonus paid;
    `lapsed` is vested bonus that the client left behind.
    """

    KIND: ClassVar = "wallet.tally"  # programme:client, and with the number of the stay those of past stays
    earned: Fraction = Fraction(0)
    granted: int = 0
    vested: Fraction = Fraction(0)
    forfeited: Fraction = Fraction(0)
    undone: int = 0
    spent_by: str = ""
    lapsed: int = 0

    @classmethod
    def of_client(cls, books: Books, programme: str, client: str) -> Tally:
        """The counts of a client; at first what the bonus pocket holds, such as an opening balance."""
        if (known := cls.find(books, programme, client)) is not None:
            return known
        held = books.balance(POCKET(programme, client, "bonus"))
        return cls(id=f"{programme}:{client}", earned=Fraction(held), granted=held)

    @property
    def unvested(self) -> Fraction:
        """The exact bonus that is neither vested nor forfeited."""
        return self.granted - self.vested - self.forfeited

    @property
    def posted_vested(self) -> int:
        """What is posted as vested: the rest is rounded half up, so that nothing is left at the end."""
        return self.granted - round_half_up(self.granted - self.vested)

    @property
    def posted_forfeited(self) -> int:
        """What is posted as forfeited."""
        return round_half_up(self.forfeited)

    @property
    def open(self) -> int:
        """What the bonus pocket holds."""
        return self.granted - self.posted_vested - self.posted_forfeited

    def share(self, part: int, whole: int) -> Fraction:
        """The exact unvested bonus that goes with a part of the principal; the last part takes the rest."""
        if part == whole:
            return self.unvested if whole else Fraction(0)
        share = self.unvested * part / whole
        if share.denominator > _FINEST:
            share = Fraction(round_half_up(share * _FINEST), _FINEST)
        return share

    def earning(self, exact: Fraction) -> Tally:
        """With the bonus of one more recharge, or of one less."""
        earned = self.earned + exact
        return evolve(self, earned=earned, granted=round_half_up(earned))

    def vesting(self, exact: Fraction) -> Tally:
        """With more, or less, that is vested."""
        return evolve(self, vested=self.vested + exact)

    def forfeiting(self, exact: Fraction) -> Tally:
        """With more that is forfeited."""
        return evolve(self, forfeited=self.forfeited + exact)


def keep_change(voucher: WalletVoucher, before: Tally, after: Tally) -> None:
    """Keep a tally where it changed."""
    if after != before:
        voucher.keep(after)


# --- invariants and reports -------------------------------------------------------------------------


@noun.invariant("A2")
def bonus_needs_principal(books: Books) -> Iterator[str]:
    """Without principal there is no unvested bonus."""
    for programme in PROGRAMMES.ids(books):
        for client, held in holdings(books, programme):
            if held["bonus"] and not held["principal"]:
                yield f"client {client} of {programme} has no principal, but a bonus of {held['bonus']}"


@noun.invariant("A4")
def bonus_is_accounted_for(books: Books) -> Iterator[str]:
    """Bonus granted is what is open, vested or forfeited, each the rounded exact sum."""
    for programme in PROGRAMMES.ids(books):
        for client, held in holdings(books, programme):
            tally = Tally.of_client(books, programme, client)
            if tally.open != held["bonus"] or tally.granted != round_half_up(tally.earned):
                yield f"client {client} of {programme}: bonus open {held['bonus']}, counted {tally.data}"
            if min(tally.unvested, tally.vested, tally.forfeited) < 0:
                yield f"client {client} of {programme}: less than nothing in {tally.data}"


@noun.report("bonus", OWN)
def list_bonus(books: Books) -> Table:
    """Bonus granted = vested + forfeited + open, by client."""
    rows = []
    for programme, terms in PROGRAMMES.offered(books):
        for client, held in holdings(books, programme):
            tally = Tally.of_client(books, programme, client)
            counts = (tally.granted, tally.posted_vested, tally.posted_forfeited, held["bonus"])
            rows.append((programme, client, *amounts(terms, *counts)))
    return Table("Bonus", ("programme", "client", "granted", "vested", "forfeited", "open"), tuple(rows))
