"""The register of parties: what each command does, what it refuses, and that no refusal tells on anybody."""

from __future__ import annotations

from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.saying import said

from bankcore.errors import ActorNotPermitted, BadCommand, InvariantBroken, PartyErased
from bankcore.ledger.evidence.audit import verify
from bankcore.ledger.evidence.proofs import prove_transaction
from bankcore.ledger.transactions import Record, Transaction
from bankcore.product.actor import Actor
from bankcore.product.parties import Contract, Party, identified_party, may_see, represents
from bankcore.products.parties import (
    PARTIES,
    AmendParty,
    ChangeTerms,
    DismissRepresentative,
    EraseParty,
    IdentifyParty,
    NameRepresentative,
    OpenProgramme,
    PartyExists,
    PartyTerms,
    RegisterParty,
    RestoreParty,
    RetentionRuns,
    SuspendParty,
)
from bankcore.products.parties.register import Identity
from bankcore.stores.memory import MemoryStore
from bankcore.stores.sqlite import SqliteStore
from bankcore.testing import Driver

FIRST = date(2024, 1, 31)
NUMBER = "440301199001011234"


class Register(Driver):
    """A bank with a register, driven by commands."""

    def __init__(self, store: Any = None) -> None:
        super().__init__(store=store, opened_on=FIRST, products=[PARTIES])

    def refused(self, code: str, command: Any, actor: Any = None) -> dict[str, Any]:
        """As of every driver; and nothing personal is said."""
        fields = super().refused(code, command, actor)
        assert not any(word in str(fields) for word in ("Li Lei", "13812345678", NUMBER, "Han"))
        return fields

    def party(self, id: str) -> Party:
        return Party.existing(self.bank.ledger.books, id)

    def personal(self, id: str) -> Any:
        return Identity.known(self.bank.ledger.books, id).personal

    def bind(self, party: str, ended: bool = False) -> None:
        """A contract of some other product."""

        def rule(books: Any) -> Any:
            make = Contract.ended if ended else Contract.opened
            records = (make(books, party, "loan", "sme", "l1"),)
            return (Transaction(kind="x", effective_on=books.today, records=records),)

        self.bank.ledger.execute(f"bind{self.key()}", {}, rule)


@pytest.fixture
def register() -> Register:
    it = Register()
    it.do(RegisterParty("li", full_name="Li Lei", phone="13812345678"))
    it.do(RegisterParty("han", full_name="Han Mei"))
    it.do(RegisterParty("acme", "firm", full_name="Acme"))
    return it


def test_a_party_is_registered_by_an_officer_or_by_itself(register: Register) -> None:
    assert register.party("li").registered_on == FIRST
    assert register.personal("li") == {"name": "Li Lei", "phone": "13812345678"}
    register.do(RegisterParty("wang"), "customer:wang")
    assert register.personal("wang") == {}
    register.refused("actor_not_permitted", RegisterParty("zhao"), "customer:li")
    register.refused("actor_not_permitted", RegisterParty("zhao"), "merchant:zhao")
    register.refused("already_taken", RegisterParty("li"))
    with pytest.raises(BadCommand):
        RegisterParty("x", "club")


def test_a_document_is_named_by_an_officer_and_is_one_party(register: Register) -> None:
    register.do(IdentifyParty("li", "id-card", NUMBER))
    party = register.party("li")
    assert (party.document, party.identified_on, party.is_identified) == ("id-card", FIRST, True)
    assert register.personal("li")["number"] == NUMBER
    register.refused("party_exists", IdentifyParty("han", "id-card", f"{NUMBER[:6]} {NUMBER[6:]}"))
    with pytest.raises(PartyExists) as refusal:
        register.do(IdentifyParty("han", "id-card", NUMBER))
    assert refusal.value.fields() == {}
    register.do(IdentifyParty("han", "passport", NUMBER))  # another kind of document is another document
    register.refused("actor_not_permitted", IdentifyParty("li", "id-card", "1"), "customer:li")
    register.refused("bad_command", IdentifyParty("acme", "passport", "1"))
    register.refused("bad_command", IdentifyParty("li", "business-licence", "1"))
    register.refused("not_found", IdentifyParty("nobody", "passport", "1"))
    with pytest.raises(BadCommand):
        IdentifyParty("li", "passport", " ")


def test_another_document_takes_the_place_of_the_first_which_identifies_nobody_else(
    register: Register,
) -> None:
    register.do(IdentifyParty("li", "id-card", "1"))
    register.do(IdentifyParty("li", "id-card", "1"))
    register.do(IdentifyParty("li", "passport", "2"))
    for document, number in (("id-card", "1"), ("passport", "2")):
        register.refused("party_exists", IdentifyParty("han", document, number))
    register.do(IdentifyParty("li", "id-card", "1"))
    assert not list(register.bank.broken_invariants())
    register.do(OpenProgramme("register", PartyTerms(retention_years=0)))
    register.do(EraseParty("li"))
    register.do(IdentifyParty("han", "id-card", "1"))
    assert not list(register.bank.broken_invariants())


def test_two_parties_that_had_one_document_one_after_the_other_are_told(register: Register) -> None:
    register.do(IdentifyParty("li", "id-card", "1"))
    fingerprint = register.personal("li")["fingerprint"]
    register.do(IdentifyParty("li", "passport", "2"))
    twin = Record("parties.identity", "y", {"personal": {"fingerprint": fingerprint}})
    register.bank.ledger.post(Transaction(kind="x", effective_on=FIRST, records=(twin,), key="broken"))
    assert [it.invariant for it in register.bank.broken_invariants()] == ["N1"]  # type: ignore[attr-defined]


def test_two_of_one_document_in_one_commit_are_one_too_many(register: Register) -> None:
    both = [IdentifyParty("li", "id-card", NUMBER), IdentifyParty("han", "id-card", NUMBER)]
    with pytest.raises(PartyExists):
        register.bank.handle_all(both, "b")
    assert not register.party("li").is_identified


def test_data_are_amended_and_what_is_left_out_stays(register: Register) -> None:
    register.do(AmendParty("li", phone="139"), "customer:li")
    assert register.personal("li") == {"name": "Li Lei", "phone": "139"}
    assert register.do(AmendParty("li")) == ()
    register.refused("actor_not_permitted", AmendParty("li", phone="1"), "customer:han")
    register.do(SuspendParty("li", "fraud"))
    register.refused("party_suspended", AmendParty("li", phone="1"), "customer:li")
    register.do(AmendParty("li", phone="2"))
    assert register.personal("li")["phone"] == "2"


def test_a_representative_who_is_suspended_acts_for_no_firm(register: Register) -> None:
    register.do(IdentifyParty("li", "id-card", NUMBER))
    register.do(NameRepresentative("acme", "li"))
    register.do(AmendParty("acme", phone="1"), "customer:li")
    register.do(SuspendParty("li", "by order"))
    register.refused("party_suspended", AmendParty("acme", phone="2"), "customer:li")
    register.do(AmendParty("acme", phone="2"), "customer:acme")


def test_a_party_is_suspended_and_restored(register: Register) -> None:
    register.do(SuspendParty("li", "documents expired"))
    assert register.party("li").suspended == "documents expired"
    register.refused("party_suspended", SuspendParty("li", "again"))
    register.do(RestoreParty("li", "new documents"))
    register.refused("not_suspended", RestoreParty("li", "again"))
    register.refused("actor_not_permitted", SuspendParty("li", "x"), "customer:li")
    assert [it.id for it in register.bank.ledger.books.records("notice")] == [
        "li:restored:li",
        "li:suspended:li",
    ]


def test_persons_represent_firms(register: Register) -> None:
    register.refused("not_identified", NameRepresentative("acme", "li"))
    for id, number in (("li", "1"), ("han", "2")):
        register.do(IdentifyParty(id, "passport", number))
    register.do(NameRepresentative("acme", "li"))
    books = register.bank.ledger.books
    assert represents(books, "li", "acme")
    assert represents(books, "li", "li")
    assert not represents(books, "han", "acme")
    assert not represents(books, "acme", "li")
    register.refused("already_taken", NameRepresentative("acme", "li"))
    register.refused("not_a_firm", NameRepresentative("li", "han"))
    register.do(RegisterParty("beta", "firm"))
    register.do(IdentifyParty("beta", "business-licence", "1"))
    register.refused("not_a_person", NameRepresentative("acme", "beta"))
    register.refused("not_found", DismissRepresentative("acme", "han"))
    register.do(DismissRepresentative("acme", "li"))
    assert not represents(register.bank.ledger.books, "li", "acme")
    register.do(NameRepresentative("acme", "li"))
    assert not list(register.bank.broken_invariants())


# --- erasure ----------------------------------------------------------------------------------------


def test_nobody_is_erased_while_something_binds_him(register: Register) -> None:
    register.do(IdentifyParty("li", "id-card", NUMBER))
    register.do(NameRepresentative("acme", "li"))
    register.refused("contracts_open", EraseParty("li"))
    register.refused("contracts_open", EraseParty("acme"))
    register.do(DismissRepresentative("acme", "li"))
    register.bind("li")
    register.refused("contracts_open", EraseParty("li"))
    register.bind("li", ended=True)
    register.refused("retention_runs", EraseParty("li"))
    register.refused("actor_not_permitted", EraseParty("li"), "customer:li")


def test_data_are_kept_for_years_after_the_last_contract(register: Register) -> None:
    register.do(OpenProgramme("register", PartyTerms(retention_years=1)))
    register.bind("li")
    register.bank.close_day(FIRST + timedelta(days=28))
    register.bind("li", ended=True)
    with pytest.raises(RetentionRuns) as refusal:
        register.do(EraseParty("li"))
    assert refusal.value.until == date(2025, 2, 28)  # a year after 29 February 2024
    register.do(ChangeTerms("register", {"retention_years": 0}))
    register.do(EraseParty("li"))
    assert register.party("li").erased_on == date(2024, 2, 29)
    register.refused("already_taken", OpenProgramme("other"))


@pytest.mark.parametrize("kind", ["memory", "sqlite"])
def test_an_erased_party_is_known_to_nobody(kind: str, tmp_path: Path) -> None:
    (tmp_path / "book").mkdir()
    store = MemoryStore() if kind == "memory" else SqliteStore(tmp_path / "book" / "b.db", create=True)
    with closing(store):
        register = Register(store)
        asked = RegisterParty("li", full_name="Li Lei Secret", phone="13812345678")
        register.do(asked, key="first")
        register.do(IdentifyParty("li", "id-card", NUMBER), key="second")
        register.do(AmendParty("li", address="1 Hidden Road"))
        fingerprint = register.personal("li")["fingerprint"]
        register.do(OpenProgramme("register", PartyTerms(retention_years=0)))
        register.bank.close_day(FIRST)
        proof = prove_transaction(register.bank.ledger.reader, register.bank.ledger.book, 1)
        (receipt,) = register.do(EraseParty("li"))
        assert not receipt.erasure_pending
        assert proof.check()
        assert register.personal("li") is None
        assert not list(register.bank.broken_invariants())
        verify(register.bank.ledger.reader, register.bank.ledger.book).require()
        for key, command in (("first", asked), ("second", IdentifyParty("li", "id-card", NUMBER))):
            with pytest.raises(PartyErased):
                register.do(command, key=key)
        for command in (
            AmendParty("li", full_name="x"),
            IdentifyParty("li", "id-card", "1"),
            EraseParty("li"),
        ):
            register.refused("party_erased", command)
        register.refused("party_erased", SuspendParty("li", "x"))
        register.refused("party_erased", RestoreParty("li", "x"))
        register.refused("already_taken", RegisterParty("li"))
        register.do(RegisterParty("new"))
        register.do(IdentifyParty("new", "id-card", NUMBER))  # who comes back is a new party
        with pytest.raises(PartyErased):
            identified_party(register.bank.ledger.books, "li")
        words = ("Secret", "13812345678", "Hidden", fingerprint)
        register.do(EraseParty("new"))
        text = said(register.bank.ledger.reader)
        if isinstance(store, SqliteStore):
            store.backup(tmp_path / "copy.db")
            files = [tmp_path / "copy.db", *(tmp_path / "book").iterdir()]
            text += "".join(file.read_bytes().decode("latin-1") for file in files)
        assert not [word for word in (*words, NUMBER) if word in text]


def test_a_pending_erasure_is_finished_by_the_next_close(tmp_path: Path) -> None:
    with closing(SqliteStore(tmp_path / "b.db", create=True)) as store:
        register = Register(store)
        register.do(OpenProgramme("register", PartyTerms(retention_years=0)))
        register.do(RegisterParty("li", full_name="Li Lei Secret"))
        with store.snapshot():
            assert register.do(EraseParty("li"))[0].erasure_pending
            assert register.bank.close_day(FIRST).erasure_pending
        assert not register.bank.close_day(FIRST + timedelta(days=1)).erasure_pending
        assert not any(b"Secret" in file.read_bytes() for file in tmp_path.iterdir())


def test_one_without_data_is_erased_too(register: Register) -> None:
    register.do(OpenProgramme("register", PartyTerms(retention_years=0)))
    register.do(RegisterParty("wang"))
    register.do(EraseParty("wang"))
    assert register.party("wang").erased_on == FIRST


# --- reports and invariants ---------------------------------------------------------------------------


def test_reports_show_to_each_his_own(register: Register) -> None:
    register.do(IdentifyParty("li", "id-card", NUMBER))
    register.do(NameRepresentative("acme", "li"))
    register.bind("han")
    bank = register.bank
    rows = bank.report("parties", "parties").rows
    assert [row[:4] for row in rows] == [
        ("acme", "firm", "A***", ""),
        ("han", "person", "H** M**", ""),
        ("li", "person", "L* L**", "id-card"),
    ]
    assert bank.report("parties", "parties", Actor.parse("officer:1")).rows == rows
    li = Actor.parse("customer:li")
    assert [row[0] for row in bank.report("parties", "parties", li).rows] == ["acme", "li"]
    assert bank.report("parties", "representatives", li).rows == (("acme", "li"),)
    assert bank.report("parties", "contracts", li).rows == (("li", "parties", "acme", FIRST, None),)
    assert len(bank.report("parties", "contracts").rows) == 2
    assert not may_see(bank.ledger.books_of("customer:han"), "li")


LAST = "2024-01-31"
BROKEN = [
    ("N1", "parties.identity", "x", {"personal": {"fingerprint": "f"}}, 1),
    ("N2", "parties.contract", "li:parties:acme", {"opened_on": LAST, "closed_on": LAST}, 2),
    ("N3", "parties.party", "han", {"kind": "person", "registered_on": LAST, "erased_on": LAST}, 2),
]


@pytest.mark.parametrize(("name", "kind", "id", "data", "version"), BROKEN)
def test_a_broken_invariant_is_told(
    register: Register, name: str, kind: str, id: str, data: Any, version: int
) -> None:
    register.do(IdentifyParty("li", "id-card", NUMBER))
    register.do(NameRepresentative("acme", "li"))
    twin = Record("parties.identity", "y", {"personal": {"fingerprint": "f"}})
    record = Record(kind, id, data, version)
    records = (record, twin) if name == "N1" else (record,)
    register.bank.ledger.post(Transaction(kind="x", effective_on=FIRST, records=records, key="broken"))
    found = list(register.bank.broken_invariants())
    assert [it.invariant for it in found if isinstance(it, InvariantBroken)] == [name]


def test_only_the_party_itself_is_asked_for(register: Register) -> None:
    with pytest.raises(ActorNotPermitted):
        register.do(RegisterParty("zhao"), "operator:zhao")
