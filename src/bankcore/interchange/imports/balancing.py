"""Filling in what hledger's and Ledger's transactions leave out, and testing that they balance.

A posting without an amount takes what the others leave, in every commodity; an amount with a cost counts by
its cost.  A balance that stands alone sets the amount of its posting.  Balances are compared in the order
of dates, or of the file as Ledger does it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Any, Final

from attrs import define, field

from bankcore.interchange.imports.amounts import Assertion, Quantity, RawLeg
from bankcore.interchange.imports.raw import RawPosting, RawTransaction, tags_of
from bankcore.interchange.imports.told import Leg, Told, ToldTransaction, decimals, number_text

__all__ = ["balance"]

_LONGEST: Final = 100  # characters of a list of amounts
_Sums = dict[str, Fraction]
_Pair = tuple[Leg, Fraction]  # a leg, and its number before it was rounded


def balance(raw: Iterable[RawTransaction], told: Told, *, ledger: bool) -> None:
    """Add the transactions to what is told, complete; raises BadJournal for one that does not balance.

    With `ledger` the price of a lot counts as its cost, and balances are compared in the order of the file.
    """
    transactions = list(raw)
    _see(transactions, told)
    order = transactions if ledger else sorted(transactions, key=lambda it: it.on)
    desk = _Desk(told, ledger)
    done = {id(it): desk.complete(it) for it in order}
    told.transactions += [it for it in (done[id(raw)] for raw in transactions) if it is not None]


def _see(transactions: list[RawTransaction], told: Told) -> None:
    """Note the decimals with which every commodity is written; those of costs where there is no amount."""
    costs: dict[str, int] = {}
    for posting in (it for t in transactions for it in t.postings):
        leg = posting.leg
        if leg.amount is not None:
            told.see(leg.amount.commodity, leg.amount.decimals)
        elif leg.assertion is not None:
            told.see(leg.assertion.amount.commodity, leg.assertion.amount.decimals)
        for cost in (leg.cost, leg.lot):
            if cost is not None:
                name = cost.each.commodity
                costs[name] = max(costs.get(name, 0), cost.each.decimals)
    for commodity, places in costs.items():
        told.precision.setdefault(commodity, places)


@define
class _Desk:
    """The balances so far, of every account and commodity: as they will be in the book, and not rounded."""

    _told: Told
    _ledger: bool
    _held: dict[str, _Sums] = field(factory=dict)
    _exact: dict[str, _Sums] = field(factory=dict)

    def complete(self, t: RawTransaction) -> ToldTransaction | None:
        """The transaction with every amount; None where nothing moves."""
        self._assign(t)
        if t.bucket and len(t.postings) == 1 and t.postings[0].leg.amount is not None:
            t.postings.append(RawPosting(t.place, t.bucket, "", RawLeg()))
        legs: dict[int, list[_Pair]] = {}
        for virtual in ("", "["):
            legs |= self._group([it for it in t.postings if it.virtual == virtual], t)
        for posting in t.postings:
            if posting.virtual == "(":
                if (amount := posting.leg.amount) is None:
                    raise posting.place.refuse("a virtual posting has no amount")
                legs[id(posting)] = [(_leg(posting, amount), amount.number)]
        kept: list[Leg] = []
        for posting in t.postings:
            for leg, exact in legs[id(posting)]:
                for held, number in ((self._held, leg.number), (self._exact, exact)):
                    own = held.setdefault(posting.account, {})
                    own[leg.commodity] = own.get(leg.commodity, Fraction()) + number
                if leg.number:
                    kept.append(leg)
            if posting.leg.assertion is not None:
                self._compare(posting, posting.leg.assertion)
        if kept:
            return ToldTransaction(t.place, t.on, t.description, tuple(kept), t.told())
        if not any(it.leg.assertion for it in t.postings):
            self._told.gap(t.place, "empty transaction", "it moves nothing and is left out")
        return None

    # --- balances that set an amount ----------------------------------------------------------------

    def _assign(self, t: RawTransaction) -> None:
        """Give every posting with a balance alone the amount that leads to it."""
        moved: dict[str, _Sums] = {}
        for posting in t.postings:
            leg = posting.leg
            own = moved.setdefault(posting.account, {})
            if leg.amount is None and leg.assertion is not None:
                posting.leg = leg = self._assigned(posting, leg.assertion, own)
            if leg.amount is not None:
                own[leg.amount.commodity] = own.get(leg.amount.commodity, Fraction()) + leg.amount.number

    def _assigned(self, posting: RawPosting, claim: Assertion, own: _Sums) -> RawLeg:
        wanted = claim.amount
        held = _sums(self._held, posting.account, claim.inclusive)
        name = wanted.commodity
        if not name and not wanted.number:  # "= 0" is of the only commodity there is
            names = [it for it in {**held, **own} if held.get(it, 0) + own.get(it, 0)]
            if len(names) == 1:
                name = names[0]
        before = held.get(name, Fraction()) + own.get(name, Fraction())
        amount = Quantity(wanted.number - before, name, wanted.decimals)
        return RawLeg(amount, cost=posting.leg.cost, lot=posting.leg.lot, assertion=claim)

    def _compare(self, posting: RawPosting, claim: Assertion) -> None:
        wrong = self._wrong(_sums(self._held, posting.account, claim.inclusive), claim)
        if wrong and self._wrong(_sums(self._exact, posting.account, claim.inclusive), claim):
            shown = f"{_shown(wrong)}, not {_shown({claim.amount.commodity: claim.amount.number})}"
            self._told.gap(posting.place, "balance", f"{posting.account} holds {shown} as the file claims")

    def _wrong(self, held: _Sums, claim: Assertion) -> _Sums:
        """The balances that contradict what is claimed."""
        name, number = claim.amount.commodity, claim.amount.number
        if not name and not number:
            return {it: value for it, value in held.items() if value and (claim.sole or self._ledger)}
        wrong = {name: held.get(name, Fraction())} if held.get(name, 0) != number else {}
        if claim.sole:
            wrong |= {it: value for it, value in held.items() if value and it != name}
        return wrong

    # --- what the others leave ------------------------------------------------------------------------

    def _group(self, postings: list[RawPosting], t: RawTransaction) -> dict[int, list[_Pair]]:
        """The legs of the postings that balance together, by the identity of each posting."""
        elided = [it for it in postings if it.leg.amount is None]
        if len(elided) > 1:
            raise elided[1].place.refuse("a second posting has no amount")
        rests = [
            self._rest(postings, by_lot) for by_lot in ((True, False) if self._ledger else (False, True))
        ]
        legs: dict[int, list[_Pair]] = {}
        for posting in postings:
            if (amount := posting.leg.amount) is not None:
                legs[id(posting)] = [(_leg(posting, amount), amount.number)]
        if elided:
            legs[id(elided[0])] = list(self._inferred(elided[0], rests[0]))
        elif postings and not any(self._balances(rest, postings) for rest in rests):
            raise t.place.refuse(f"the transaction does not balance: {_shown(rests[0])} is left")
        return legs

    def _inferred(self, posting: RawPosting, rest: _Sums) -> Iterator[_Pair]:
        for commodity, exact in rest.items():
            number, places = exact, decimals(exact)
            most = self._told.precision.get(commodity, 0)
            if places is None or places > most:
                number = round(exact, most)
                reason = f"the others leave {_shown({commodity: -number})}, rounded to {most} decimals"
                self._told.gap(posting.place, "rounding", reason)
            yield _leg(posting, Quantity(-number, commodity, most)), -exact

    @staticmethod
    def _rest(postings: list[RawPosting], by_lot: bool) -> _Sums:
        """What is left of each commodity, amounts with a cost counted by it."""
        rest: _Sums = {}
        for posting in postings:
            leg = posting.leg
            if leg.amount is None:
                continue
            cost = (leg.lot or leg.cost) if by_lot else leg.cost
            counted = leg.amount if cost is None else cost.of(leg.amount)
            rest[counted.commodity] = rest.get(counted.commodity, Fraction()) + counted.number
        return {commodity: number for commodity, number in rest.items() if number}

    def _balances(self, rest: _Sums, postings: list[RawPosting]) -> bool:
        """Whether nothing is left within the decimals declared, or else written here, of each commodity.

        Two commodities that are left against each other are one bought with the other.
        """
        places: dict[str, int] = {}
        for amount in (it.leg.amount for it in postings):
            if amount is not None:
                places[amount.commodity] = max(places.get(amount.commodity, 0), amount.decimals)
        places |= self._told.styles
        left = {it: value for it, value in rest.items() if round(value, places.get(it, 0))}
        signs = {value > 0 for value in left.values()}
        return not left or (len(left) == len(signs) == 2)


def _sums(held: dict[str, _Sums], account: str, inclusive: bool) -> _Sums:
    """The balance of an account, or with all below it."""
    if not inclusive:
        return held.get(account, {})
    sums: _Sums = defaultdict(Fraction)
    for name, own in held.items():
        if name == account or name.startswith(account + ":"):
            for commodity, number in own.items():
                sums[commodity] += number
    return sums


def _leg(posting: RawPosting, amount: Quantity) -> Leg:
    about: dict[str, Any] = {"status": posting.status, "comment": "\n".join(posting.comments)}
    about["tags"] = tags_of(posting.comments)
    about["virtual"] = "balanced" if posting.virtual == "[" else ""
    for word, cost in (("lot", posting.leg.lot), ("cost", posting.leg.cost)):
        if cost is not None:
            sign = "in all" if cost.total else "each"
            about[word] = f"{_shown({cost.each.commodity: cost.each.number})} {sign}"
    said = {name: value for name, value in about.items() if value}
    priced = posting.leg.lot is not None or posting.leg.cost is not None
    return Leg(posting.account, amount.number, amount.commodity, priced, posting.virtual == "(", said)


def _shown(sums: _Sums) -> str:
    """Amounts in a sentence.

    >>> _shown({"$": Fraction(5, 2), "": Fraction(1, 3)})
    '2.5 $, 1/3'
    """
    said = (
        ", ".join(f"{number_text(number)} {commodity}".strip() for commodity, number in sums.items()) or "0"
    )
    return said if len(said) <= _LONGEST else f"{said[:_LONGEST]}..."
