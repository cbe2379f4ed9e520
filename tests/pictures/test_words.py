"""Every word of pages and reports has its 中文, in one place."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from tests.pictures.books import NAMES, simulated

from bankcore.bank import Bank
from bankcore.pictures import book_page, html, words
from bankcore.pictures.words import Words, glossary, grouped
from bankcore.products import PRODUCTS
from bankcore.stores.memory import MemoryStore

PAGE = Path(__file__).parents[2] / "docs" / "glossary.md"


def rows():
    """Terms and 中文 of each row of the section of pages."""
    for line in PAGE.read_text(encoding="utf-8").split("\n## Pages and reports")[1].splitlines():
        if line.startswith("| ") and not line.startswith(("| term |", "| --- |")):
            term, zh = (it.strip() for it in line.split("|")[1:3])
            yield term.split(", "), re.split("[、，]", re.sub(r"\s*[（(][^)）]*[)）]", "", zh))


def test_rows_have_as_many_words_as_terms():
    assert [terms for terms, zh in rows() if len(terms) != len(zh)] == []


def test_a_term_is_translated_once():
    counts = Counter(term for terms, _ in rows() for term in terms)
    assert [term for term, count in counts.items() if count > 1] == []


def test_reports_columns_and_products_have_their_words():
    bank, zh = Bank.create(MemoryStore(), opened_on=date(2024, 5, 1)), Words("zh")
    tables = [bank.report(product.name, name) for product in PRODUCTS for name in product.reports]
    used = {product.name for product in PRODUCTS} | {it.title for it in tables}
    used |= {column for it in tables for column in it.columns}
    assert sorted(it for it in used if zh(it) == Words("en")(it)) == []


def test_commands_of_products_have_their_words():
    zh = Words("zh")
    assert [it for product in PRODUCTS for it in product.commands if zh.command(it) == it] == []
    assert Words("en").command("open-programme") == "open-programme"


def test_accounts_have_their_words():
    parts = {
        part
        for pattern in words._patterns()
        for part in pattern
        if "{" not in part or not part.startswith("{")
    }
    assert sorted(it for it in parts if it not in glossary() and f"{it} account" not in glossary()) == []


@pytest.mark.parametrize("name", NAMES)
def test_a_page_leaves_no_word_in_english(name, monkeypatch):
    missing = set()
    found = Words.plain

    def plain(self, term):
        if (said := found(self, term)) == term and term.isascii():
            missing.add(term)
        return said

    monkeypatch.setattr(Words, "plain", plain)
    html(book_page(simulated(name)[1], "zh"))
    assert missing - {"0-1"} == set()


def test_ids_are_never_translated():
    zh = Words("zh")
    assert zh.path("wallet:reserve:client:cash:principal") == "财富计划:reserve:客户:cash:本金"
    assert zh.path("branch:net:party:*:referral-payable") == "网点:net:客户:*:应付推荐费"
    assert zh.path("bank:demand:points") == "银行:活期:points"
    assert grouped("branch:net:party:li:referral-payable") == "branch:net:party:*:referral-payable"


def test_sentences_are_in_both_languages_with_the_same_names():
    for name, said in words._sentences().items():
        names = [sorted(set(re.findall(r"\$(\w+)", said[language]))) for language in words.LANGUAGES]
        assert names[0] == names[1], name
