"""Books in a store: they are created once, numbered, and apart from each other."""

from __future__ import annotations

import threading

import pytest
from attrs import evolve

from bankcore.errors import BadTransaction, BookExists, NotABook, StoreUnavailable
from bankcore.ledger.additions import Additions
from bankcore.ledger.transactions import Book, Record
from bankcore.testing.store_contract.contract import (
    DAY,
    A,
    Author,
    Contract,
    Stop,
    fact,
    paths,
    read,
    transfer,
)
from bankcore.units import Unit

__all__ = ["BooksContract"]


class BooksContract(Contract):
    """Books in a store: they are created once, numbered, and apart from each other."""

    def test_an_empty_book_stands_at_its_genesis(self, author: Author, book: Book) -> None:
        head = author.store.reading(1).head()
        assert (head.number, head.digest, head.recorded_at, head.accounts) == (0, book.genesis(), None, 0)
        assert author.store.books() == (book,)
        reader = author.store.reading(1)
        assert [*reader.entries(), *reader.accounts(), *reader.faults()] == []
        assert dict(reader.counts()) == dict.fromkeys(
            ("accounts", "pages", "postings", "records", "transactions"), 0
        )

    def test_a_book_is_created_once(self, author: Author, book: Book) -> None:
        with pytest.raises(BookExists, match="mall"):
            author.store.create(evolve(book, name="other"))

    def test_an_unknown_book_is_refused(self, author: Author) -> None:
        with pytest.raises(NotABook, match="no book 2"):
            author.store.reading(2)
        with pytest.raises(NotABook), author.store.writing(2):
            pass

    def test_a_closed_store_is_unavailable(self, author: Author, book: Book) -> None:
        author.store.close()
        author.store.close()
        with pytest.raises(StoreUnavailable, match="closed"):
            author.store.reading(1).head()
        with pytest.raises(StoreUnavailable, match="closed"), author.store.writing(1):
            pass
        with pytest.raises(StoreUnavailable, match="closed"):
            author.store.books()
        with pytest.raises(StoreUnavailable, match="closed"):
            author.store.create(evolve(book, id=2, name="other"))

    def test_two_books_in_one_store_are_apart(self, author: Author) -> None:
        other = Book(7, "other", Unit.parse("POINT/0"), DAY)
        author.store.create(other)
        second = Author(author.store, other)
        author.open("a", "a:b")
        second.open("a", "z")
        author.write(transfer("k", "a", "a:b", 5), fact("f", Record("binding", "x", {"book": 1})))
        second.write(fact("k", Record("binding", "x", {"book": 7})), transfer("f", "z", "a", 9, reverses=1))
        one, two = author.store.reading(1), author.store.reading(7)
        assert [book.id for book in author.store.books()] == [1, 7]
        assert one.numbers(["k", "f"]) == {"k": 2, "f": 3}
        assert two.numbers(["k", "f"]) == {"k": 2, "f": 3}
        assert [one.states([A])[A].debits, two.states([A])[A].debits] == [5, 0]
        assert paths(two.accounts()) == ["a", "z"]
        assert [entry.transaction.key for entry in two.entries()] == ["open a", "k", "f"]
        assert (read(one, "binding", "x").data, read(two, "binding", "x").data) == ({"book": 1}, {"book": 7})
        assert (one.reversal(1), two.reversal(1)) == (None, 3)
        assert [line.key for line in one.lines(A)] == ["k"]
        assert one.totals(A, DAY) == (5, 0)
        assert two.counts() == {"accounts": 2, "pages": 0, "postings": 2, "records": 3, "transactions": 3}
        assert list(one.faults()) == list(two.faults()) == []

    def test_the_store_numbers_new_books(self, author: Author, book: Book) -> None:
        second = author.store.add("second", book.base_unit, DAY)
        author.store.create(Book(40, "fortieth", book.base_unit, DAY))
        next_ = author.store.add("next", book.base_unit, DAY)
        assert (second.id, next_.id) == (2, 41)
        assert author.store.books() == (book, second, Book(40, "fortieth", book.base_unit, DAY), next_)
        assert author.store.reading(41).head().digest == next_.genesis()
        with pytest.raises(BookExists, match="second"):
            author.store.add("second", book.base_unit, DAY)
        with pytest.raises(BadTransaction, match="name"):
            author.store.add("", book.base_unit, DAY)
        assert len(author.store.books()) == 4

    def test_books_that_are_made_at_once_get_ids_of_their_own(self, author: Author, book: Book) -> None:
        made, start = list[int](), threading.Barrier(8)

        def make_books(nth: int) -> None:
            start.wait()
            made.extend(author.store.add(f"{nth}-{n}", book.base_unit, DAY).id for n in range(5))

        threads = [threading.Thread(target=make_books, args=[nth]) for nth in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(made) == list(range(2, 42))

    def test_a_consumer_of_the_feed_never_goes_back(self, author: Author) -> None:
        other = Book(2, "other", author.book.base_unit, author.book.opened_on)
        author.store.create(other)
        author.write(fact("1"), fact("2"), fact("3"))
        before = author.store.reading(1).head()
        assert author.store.consumers(1) == {}
        for name, number in (("mailer", 1), ("app", 3), ("mailer", 2), ("mailer", 1)):
            author.store.advance(1, name, number)
        assert list(author.store.consumers(1).items()) == [("app", 3), ("mailer", 2)]
        assert author.store.consumers(2) == {}
        assert author.store.reading(1).head() == before
        author.write(fact("4"))
        assert author.store.consumers(1)["mailer"] == 2
        for ask in (author.store.consumers, lambda book: author.store.advance(book, "mailer", 1)):
            with pytest.raises(NotABook):
                ask(7)

    def test_a_book_keeps_its_secret(self, author: Author, book: Book) -> None:
        other = Book(2, "other", book.base_unit, book.opened_on)
        author.store.create(other)
        assert author.store.reading(1).secret() == ""
        with pytest.raises(Stop), author.store.writing(1) as writer:  # noqa: PT012
            writer.append(Additions(secret="ab" * 16))
            raise Stop
        with author.store.writing(1) as writer:
            assert writer.secret() == ""
            writer.append(Additions(secret="cd" * 16))
        assert [author.store.reading(id).secret() for id in (1, 2)] == ["cd" * 16, ""]
        assert [*author.store.reading(1).personal(-99, 99)] == []
