"""Which book a command goes to, and what the directory's register tells the other books."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from tests.products.holders import cny
from tests.shards.country import FIRST, Country, files

from bankcore.errors import PartyErased, StoreError, StoreUnavailable
from bankcore.product.parties import Party
from bankcore.products.current import CloseAccount, OpenAccount, OpenProgramme, Transfer
from bankcore.products.parties import (
    PARTIES,
    AmendParty,
    AssignHome,
    ChangeTerms,
    EraseParty,
    IdentifyParty,
    LeaveHome,
    NameRepresentative,
    PartyTerms,
    RegisterParty,
    RestoreParty,
    SuspendParty,
)
from bankcore.products.parties import OpenProgramme as OpenRegister
from bankcore.products.parties.homes import Home, copied
from bankcore.products.parties.register import Identity


@pytest.fixture
def country() -> Country:
    return Country()


def copy(country: Country, book: str, party: str) -> Party:
    return Party.existing(country.banks[book].ledger.books, party)


# --- routing ------------------------------------------------------------------------------------------


def test_a_command_goes_to_the_home_of_the_party_whose_it_is(country: Country) -> None:
    country.pay_in("wang", "5.00")
    assert (country.balance("south", "bank:cash"), country.balance("north", "bank:cash")) == (5_00, 0)


def test_a_command_that_names_nobody_needs_a_book(country: Country) -> None:
    country.refused("book_needed", OpenProgramme("other"))
    country.refused("unknown_name", OpenProgramme("other"), book="east")
    country.do(OpenProgramme("other"), book="west")


def test_a_party_without_home_has_no_book(country: Country) -> None:
    country.do(RegisterParty("ding"))
    country.refused("not_found", OpenAccount("std", "ding"))
    country.refused("unknown_name", AssignHome("ding", "east"))
    country.do(AssignHome("ding", "west"))
    country.refused("already_taken", AssignHome("ding", "north"))
    country.do(OpenAccount("std", "ding"))
    assert country.balance("west", "bank:demand:ding") == 0


def test_a_home_that_is_known_is_found_while_the_directory_is_down(country: Country) -> None:
    country.pay_in("li", "5.00")
    country.stores["directory"].down = True
    country.do(Transfer("li", "wang", cny("5.00")))
    assert country.demand("wang") == 5_00
    assert country.shards.recover().waiting == ("directory: the store shard is unavailable: it is down",)


# --- the register -------------------------------------------------------------------------------------


def test_nothing_personal_leaves_the_directory(country: Country) -> None:
    country.do(RegisterParty("ding", full_name="Ding Yi", phone="138"))
    country.do(AssignHome("ding", "west"))
    country.do(IdentifyParty("ding", "passport", "E1234"))
    assert copy(country, "west", "ding").is_identified
    books = country.banks["west"].ledger.books
    assert Identity.find(books, "ding") is None
    with country.banks["west"].ledger.reader as reader:
        assert reader.secret() == ""
        assert not any("Ding Yi" in line or "E1234" in line for _, _, _, line in reader.journal())
    with country.banks["directory"].ledger.reader as reader:
        assert reader.secret() != ""


def test_one_document_is_one_party_of_all_books(country: Country) -> None:
    country.do(IdentifyParty("li", "passport", "E1"))
    country.refused("party_exists", IdentifyParty("wang", "passport", "e 1"))


def test_a_book_that_was_down_learns_it_later(country: Country) -> None:
    country.stores["south"].down = True
    country.do(SuspendParty("wang", "asked by the court"))
    country.stores["south"].down = False
    assert copy(country, "south", "wang").suspended == ""
    assert country.shards.recover().waiting == ()
    assert copy(country, "south", "wang").suspended == "asked by the court"


def test_an_older_version_that_comes_late_changes_nothing(country: Country) -> None:
    country.stores["south"].down = True
    country.do(SuspendParty("wang", "asked by the court"))
    country.stores["south"].down = False
    old = Party.existing(country.banks["directory"].ledger.books, "wang")
    country.do(RestoreParty("wang", "the court is content"))
    ledger = country.banks["south"].ledger
    head = ledger.reader.head()
    country.shards.directory._copy(old, "south")
    latest = Party.existing(country.banks["directory"].ledger.books, "wang")
    assert ledger.execute("again", {}, copied(latest)) == ()
    assert ledger.reader.head() == head
    assert copy(country, "south", "wang").suspended == ""


def test_a_representative_acts_for_a_firm_of_another_book_until_he_is_suspended(country: Country) -> None:
    country.do(RegisterParty("acme", "firm"))
    country.do(IdentifyParty("wang", "passport", "E1"))
    country.do(NameRepresentative("acme", "wang"))  # before the firm has a home
    country.do(AssignHome("acme", "north"))
    country.do(OpenAccount("std", "acme"))
    country.pay_in("acme", "9.00")
    country.do(Transfer("acme", "mei", cny("3.00")), "customer:wang")
    country.refused("actor_not_permitted", Transfer("acme", "mei", cny("1.00")), "customer:li")
    country.do(SuspendParty("wang", "asked by the court"))
    country.refused("party_suspended", Transfer("acme", "mei", cny("1.00")), "customer:wang")
    assert country.demand("mei") == 3_00
    home = Home.existing(country.banks["directory"].ledger.books, "wang")
    assert home.books == ("south", "north")
    assert list(PARTIES.reports["homes"](country.banks["directory"].ledger.books).rows) == [
        ("acme", "north", "", None),
        ("han", "north", "", None),
        ("li", "north", "", None),
        ("mei", "west", "", None),
        ("wang", "south", "north", None),
    ]
    country.check()


def test_who_represents_a_firm_of_his_own_book_is_shown_there_already(country: Country) -> None:
    country.do(RegisterParty("acme", "firm"))
    country.do(AssignHome("acme", "north"))
    country.do(IdentifyParty("li", "passport", "E1"))
    country.do(NameRepresentative("acme", "li"))
    assert Home.existing(country.banks["directory"].ledger.books, "li").books == ("north",)


def test_the_representative_needs_no_home(country: Country) -> None:
    country.do(RegisterParty("acme", "firm"))
    country.do(RegisterParty("zhou"))
    country.do(AssignHome("acme", "north"))
    country.do(IdentifyParty("zhou", "passport", "E1"))
    country.do(NameRepresentative("acme", "zhou"))
    home = Home.existing(country.banks["directory"].ledger.books, "zhou")
    assert (home.books, home.is_lived_in) == (("north",), False)
    country.do(AssignHome("zhou", "north"))
    assert set(Home.existing(country.banks["directory"].ledger.books, "zhou").books) == {"north"}


# --- erasure ------------------------------------------------------------------------------------------


@pytest.fixture
def leaving(country: Country) -> Country:
    """Mei, whose data may be erased as soon as nothing binds her."""
    country.do(OpenRegister("register", PartyTerms(retention_years=0)))
    country.do(AmendParty("mei", full_name="Mei Mei"))
    return country


def test_a_party_is_erased_at_home_and_then_in_the_directory(leaving: Country) -> None:
    leaving.refused("contracts_open", EraseParty("mei"))
    leaving.do(CloseAccount("mei"))
    leaving.do(EraseParty("mei"))
    for book in ("west", "directory"):
        assert copy(leaving, book, "mei").erased_on == FIRST
    assert Home.existing(leaving.banks["directory"].ledger.books, "mei").left_on == FIRST
    with pytest.raises(PartyErased):
        leaving.do(AmendParty("mei", phone="1"))
    leaving.refused("not_found", LeaveHome("mei"))
    leaving.shards.recover()
    assert copy(leaving, "west", "mei").erased_on == FIRST
    leaving.check()


def test_an_erasure_that_was_cut_off_goes_on_under_its_key(leaving: Country) -> None:
    leaving.do(CloseAccount("mei"))
    leaving.stores["directory"].commits_until_fault = 0
    with pytest.raises(StoreUnavailable):
        leaving.do(EraseParty("mei"), key="erase")
    assert copy(leaving, "directory", "mei").erased_on is None
    leaving.do(SuspendParty("mei", "asked by the court"))
    assert copy(leaving, "west", "mei").erased_on == FIRST
    leaving.do(EraseParty("mei"), key="erase")
    assert copy(leaving, "directory", "mei").erased_on == FIRST


def test_the_directory_alone_erases_nobody_who_has_a_home(leaving: Country) -> None:
    leaving.do(CloseAccount("mei"))
    with pytest.raises(Exception, match="home west"):
        leaving.banks["directory"].handle(EraseParty("mei"), "e")


def test_who_has_no_home_is_erased_in_the_directory(leaving: Country) -> None:
    leaving.do(RegisterParty("ding"))
    leaving.do(EraseParty("ding"))
    assert copy(leaving, "directory", "ding").erased_on == FIRST


def test_terms_of_the_register_hold_in_all_books(leaving: Country) -> None:
    leaving.do(ChangeTerms("register", {"retention_years": 7}, date(2024, 1, 1)))
    leaving.do(CloseAccount("mei"))
    leaving.refused("retention_runs", EraseParty("mei"))
    leaving.stores["west"].down = True
    with pytest.raises(StoreError):
        leaving.do(ChangeTerms("register", {"retention_years": 0}, date(2024, 1, 1)), key="t")
    leaving.stores["west"].down = False
    leaving.do(ChangeTerms("register", {"retention_years": 0}, date(2024, 1, 1)), key="t")
    leaving.do(EraseParty("mei"))


def test_stores_of_one_file_each(tmp_path: Path) -> None:
    country = Country(files(tmp_path))
    country.do(SuspendParty("wang", "asked by the court"))
    assert copy(country, "south", "wang").suspended
    country.check()
