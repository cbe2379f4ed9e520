"""The register under random commands, on memory and on a SQLite file at once.

The model knows who has which document, who represents whom, and who was erased.
"""

from __future__ import annotations

from datetime import date

from attrs import define, field
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule
from tests.products.pair import Pair

from bankcore.product.parties import Party
from bankcore.products.parties import (
    AmendParty,
    DismissRepresentative,
    EraseParty,
    IdentifyParty,
    NameRepresentative,
    OpenProgramme,
    PartyTerms,
    RegisterParty,
    RestoreParty,
    SuspendParty,
)
from bankcore.products.parties.register import Identity

IDS = ("a", "b", "c", "f", "g")
FIRMS = ("f", "g")


@define
class Model:
    """One party."""

    document: tuple[str, str] | None = None
    phone: str = ""
    suspended: bool = False
    erased: bool = False
    acts_for: set[str] = field(factory=set)


class Parties(Pair):
    """A few persons and firms with few documents; every command ends alike on both stores."""

    @initialize()
    def start(self) -> None:
        self.open_on(date(2024, 1, 31))
        self.known: dict[str, Model] = {}
        self.give(OpenProgramme("register", PartyTerms(retention_years=0)))

    @rule(id=st.sampled_from(IDS), phone=st.sampled_from(["", "138", "139"]))
    def register(self, id: str, phone: str) -> None:
        done = self.give(RegisterParty(id, "firm" if id in FIRMS else "person", phone=phone))
        assert isinstance(done, tuple) is (id not in self.known)
        if isinstance(done, tuple):
            self.known[id] = Model(phone=phone)

    @rule(
        id=st.sampled_from(IDS), number=st.sampled_from("12"), kind=st.sampled_from(["passport", "id-card"])
    )
    def identify(self, id: str, number: str, kind: str) -> None:
        document = ("business-licence" if id in FIRMS else kind, number)
        done = isinstance(self.give(IdentifyParty(id, *document)), tuple)
        party = self.known.get(id)
        free = all(it is party or it.document != document for it in self.known.values())
        assert done is (party is not None and not party.erased and free)
        if done and party:
            party.document = document

    @rule(id=st.sampled_from(IDS), phone=st.sampled_from(["138", "139"]))
    def amend(self, id: str, phone: str) -> None:
        done = isinstance(self.give(AmendParty(id, phone=phone)), tuple)
        assert done is (id in self.known and not self.known[id].erased)
        if done:
            self.known[id].phone = phone

    @rule(id=st.sampled_from(IDS), back=st.booleans())
    def suspend_or_restore(self, id: str, back: bool) -> None:
        done = isinstance(self.give(RestoreParty(id, "x") if back else SuspendParty(id, "x")), tuple)
        party = self.known.get(id)
        assert done is (party is not None and not party.erased and party.suspended is back)
        if done and party:
            party.suspended = not back

    @rule(firm=st.sampled_from(IDS), person=st.sampled_from(IDS), away=st.booleans())
    def represent(self, firm: str, person: str, away: bool) -> None:
        command = DismissRepresentative(firm, person) if away else NameRepresentative(firm, person)
        done = isinstance(self.give(command), tuple)
        who, whom = self.known.get(person), self.known.get(firm)
        if away:
            assert done is (who is not None and firm in who.acts_for)
        else:
            fit = bool(who and whom and who.document and firm in FIRMS and person not in FIRMS)
            fit = fit and not any(it.erased or it.suspended for it in (who, whom) if it)
            assert done is (fit and who is not None and firm not in who.acts_for)
        if done and who:
            who.acts_for ^= {firm}

    @rule(id=st.sampled_from(IDS))
    def erase(self, id: str) -> None:
        outcome = self.give(EraseParty(id))
        party = self.known.get(id)
        bound = party is not None and (party.acts_for or any(id in it.acts_for for it in self.known.values()))
        assert isinstance(outcome, tuple) is (party is not None and not party.erased and not bound)
        if isinstance(outcome, tuple) and party:
            assert not outcome[0].erasure_pending
            self.known[id] = Model(erased=True)
            self.done = {key: it for key, it in self.done.items() if not self.speaks_of(it[1], id)}

    def speaks_of(self, receipts: object, id: str) -> bool:
        """Whether a command can no more be compared with a retry of it, or was the erasure of it."""
        numbers = [receipt.number for receipt in receipts if receipt]  # type: ignore[attr-defined]
        entries = [self.banks[0].ledger.entry(number).transaction for number in numbers]
        return any(r.kind == Identity.KIND and r.id == id for t in entries for r in t.records)

    @invariant()
    def everybody_is_as_the_model_has_him(self) -> None:
        for bank in self.banks:
            books = bank.ledger.books
            assert [it.id for it in Party.every(books)] == sorted(self.known)
            for id, model in self.known.items():
                party, personal = Party.existing(books, id), Identity.known(books, id).personal or {}
                assert personal.get("phone", "") == model.phone
                assert personal.get("number", "") == (model.document[1] if model.document else "")
                assert bool(party.suspended) is model.suspended
                acting = sorted(it for it, other in self.known.items() if id in other.acts_for)
                assert sorted(party.representatives) == acting


TestParties = Parties.TestCase
TestParties.settings = settings(max_examples=settings.default.max_examples // 2)
