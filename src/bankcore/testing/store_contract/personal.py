"""Personal data: found by its fingerprint until it is erased, and then nowhere."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from bankcore.errors import StoreUnavailable
from bankcore.ledger.ledger import Ledger
from bankcore.ledger.personal import seeded
from bankcore.ledger.ports import Store
from bankcore.ledger.transactions import ERASURE, PersonalRow, Record, Transaction
from bankcore.testing.store_contract.contract import DAY, Author, Contract, Stop, fact, read

__all__ = ["PersonalContract"]


def person(id: str, version: int = 1, **personal: Any) -> Record:
    """A record with personal data."""
    return Record("person", id, {"personal": personal}, version)


def erasing(id: str) -> Record:
    """The erasure of a person."""
    return Record(ERASURE, f"person:{id}", {"kind": "person", "id": id})


def known(store: Store, id: str) -> tuple[Any, list[tuple[int, PersonalRow]]]:
    """What a store still knows of a person, and all that is personal in its first book."""
    reader = store.reading(1)
    return read(reader, "person", id).data["personal"], [*reader.personal(1, 99)]


class PersonalContract(Contract):
    """Personal data: found by its fingerprint until it is erased, and then nowhere."""

    def test_texts_of_records_do_not_say_what_is_personal(self, author: Author) -> None:
        hidden = Record("lead", "l", {"name": {"personal": "Li Lei"}})
        ledger = Ledger(
            author.store, author.book, lambda: datetime(2024, 5, 1, tzinfo=UTC), salts=seeded("c")
        )
        ledger.post(Transaction(key="k", kind="note", effective_on=DAY, records=(hidden,)))
        reader = author.store.reading(1)
        ((id, version, text),) = reader.record_texts("lead")
        assert (id, version, "Li Lei" in text, '"personal":' in text) == ("l", 1, False, True)
        assert list(reader.record_rows([("lead", "l", 1)])) == [("lead", "l", 1, 1, 1, text)]
        assert list(reader.records("lead")) == [hidden]

    def test_a_record_is_found_by_its_fingerprint_until_it_is_erased(self, author: Author) -> None:
        first = fact("1", person("x", fingerprint="f"), person("y", fingerprint="f"))
        author.write(first._replace(details={"personal": "z"}), fact("2", person("x", 2, fingerprint="g")))
        reader = author.store.reading(1)
        assert reader.fingerprinted("f") == [("person", "x"), ("person", "y")]
        assert reader.fingerprinted("g") == [("person", "x")]
        assert reader.fingerprinted("h") == []
        author.write(fact("3", erasing("x")))
        assert author.store.scrub()
        reader = author.store.reading(1)
        assert reader.fingerprinted("f") == [("person", "y")]
        assert reader.fingerprinted("g") == []
        personal, rows = known(author.store, "x")
        assert len(personal) == 64
        assert [(number, row[0]) for number, row in rows] == [(1, 2)]  # of y
        assert [r.data["personal"] == personal for r in reader.versions("person", "x")] == [False, True]
        first_entry = reader.entry(1)
        assert first_entry is not None
        assert "z" not in str(first_entry.transaction.details)
        assert first_entry.transaction.records[1] == person("y", fingerprint="f")

    def test_with_a_record_goes_the_request_that_wrote_it(self, author: Author) -> None:
        request = fact("k", Record("n", "n", {}))._replace(details={"personal": "z"})
        author.write(request, fact("k#2", person("x", name="z")), fact("other", person("y", name="z")))
        author.write(fact("e", erasing("x")))
        assert [(number, row[0]) for number, row in known(author.store, "y")[1]] == [(3, 1)]

    def test_an_erasure_that_is_undone_has_erased_nothing(self, author: Author) -> None:
        author.write(fact("1", person("x", fingerprint="f")))
        before = known(author.store, "x")
        with pytest.raises(Stop), author.store.writing(1) as writer:  # noqa: PT012
            author.append(writer, fact("2", erasing("x")))
            assert len(read(writer, "person", "x").data["personal"]) == 64
            raise Stop
        assert known(author.store, "x") == before
        assert author.store.reading(1).fingerprinted("f") == [("person", "x")]

    def test_scrubbing_what_nobody_erased_is_no_harm(self, author: Author) -> None:
        assert author.store.scrub()
        author.store.close()
        with pytest.raises(StoreUnavailable):
            author.store.scrub()
