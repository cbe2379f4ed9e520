"""What must hold in every book after every step; each yields the contradictions it finds.

D1, D4, D6, D8, D9 and D10 speak of sequences of operations or of pure rules; tests hold them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping

from bankcore.ledger.books import Books
from bankcore.product.records import every
from bankcore.products.deposit_modes.deposits import live
from bankcore.products.deposit_modes.registry import AGREEMENT, CLAIM, MODE, Mode, mode_of
from bankcore.products.deposit_modes.terms import Fill, Interest
from bankcore.products.enterprise.programmes import PROGRAMMES
from bankcore.rates import round_half_up

__all__ = ["INVARIANTS"]


def set_aside_is_cumulative(books: Books) -> Iterator[str]:
    """D2: what was set aside is its exact sum rounded once; that sum stops at the target."""
    for mode in _modes(books):
        total, exact = mode.data["set_aside"], mode.fraction("exact")
        if total != round_half_up(exact) or (mode.terms.fill is not Fill.RECEIPTS and total):
            yield f"mode {':'.join(mode.id)} has set aside {total}, exactly {exact}"


def modes_hold_what_they_say(books: Books) -> Iterator[str]:
    """D7: a mode's account holds its balance, explained by lots or deposits; nothing once it ended."""
    for mode in _modes(books):
        held = books.balance(mode.path)
        explained = held
        if mode.terms.interest is Interest.NOTICE:
            explained = sum(amount for _, amount in mode.data["lots"])
        if mode.terms.interest is Interest.TERM:
            explained = sum(deposit.principal for deposit in live(books, mode))
        if not held == mode.balance == explained or (held and not mode.is_open):
            yield f"mode {':'.join(mode.id)} holds {held}, its record {mode.balance}, parts {explained}"


def open_claims_are_known(books: Books) -> Iterator[str]:
    """A mode names exactly the claims against it that are not settled."""
    wanted: Counter[tuple[str, str, str, str]] = Counter()
    for claim in every(books, CLAIM):
        programme, id = claim.id.split(":")
        if not claim.data["paid_on"]:
            wanted[programme, claim.data["carrier"], claim.data["mode"], id] += 1
    known = Counter((*mode.id, claim) for mode in _modes(books) for claim in mode.data["claims"])
    for odd in sorted((wanted - known) + (known - wanted)):
        yield f"claim {odd} is open {wanted[odd]} times, its mode knows {known[odd]}"


def agreements_belong_to_open_modes(books: Books) -> Iterator[str]:
    """D4: an agreed deposit covers a demand account as long as its mode is open, and its days go on."""
    for agreement in every(books, AGREEMENT):
        data = agreement.data
        record = books.record(MODE, f"{data['programme']}:{agreement.id}:{data['mode']}")
        is_open = record is not None and record.data["ended_on"] is None
        if is_open is (data["closed_on"] is not None):
            yield f"agreement of {agreement.id} closed on {data['closed_on']}, its mode is open: {is_open}"


INVARIANTS: Mapping[str, Callable[[Books], Iterator[str]]] = {
    "D2": set_aside_is_cumulative,
    "D4": agreements_belong_to_open_modes,
    "D7": modes_hold_what_they_say,
    "D-claims": open_claims_are_known,
}


def _modes(books: Books) -> Iterator[Mode]:
    for programme in PROGRAMMES.ids(books):
        for record in every(books, MODE, programme):
            yield mode_of(books, record)
