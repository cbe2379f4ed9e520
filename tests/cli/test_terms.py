"""Terms as a file to be edited: what is printed reads back as the defaults."""

from __future__ import annotations

import tomllib

import pytest

from bankcore.products import PRODUCTS
from bankcore.render.terms import terms_of, terms_toml

ALL = [(it.name, title) for it in PRODUCTS for title in terms_of(it)]


@pytest.mark.parametrize(("name", "title"), ALL)
def test_the_file_reads_back_as_the_defaults(name, title):
    terms = terms_of(PRODUCTS.named(name))[title]
    text = terms_toml(terms, "a heading")
    assert type(terms).from_data(tomllib.loads(text)) == terms
    uncommented = text.replace("\n# ", "\n")  # every term is there, also one that is not set
    assert all(f"\n{term} =" in uncommented for term in terms.as_data())


def test_the_printed_terms_open_a_programme(run, tmp_path):
    file = tmp_path / "terms.toml"
    file.write_text(run("terms", "time-deposit").out.replace('"1.35%"', '"2%"'), encoding="utf-8")
    run("init", "--opened-on", "2024-05-01")
    run("time-deposit", "open-programme", "--programme", "td", "--terms", str(file))
    assert "2%" in run("report", "time-deposit", "offers").out


def test_the_list_and_the_refusal(run):
    assert "time-deposit" in run("terms").out
    assert "allowed" in run("terms", "wallet", "--csv").out.splitlines()[0]
    refused = run("terms", "time-deposit", "opn-programme")
    assert refused.status == 2
    assert "open-programme" in refused.err
