"""Statements that are cut, lack a part, or say one thing twice: read as they are, and named as incomplete."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from tests.interchange.test_bank_statements import CAMT, MT940, OFX

from bankcore.errors import BadFile
from bankcore.interchange.statements import FORMATS
from bankcore.reconciling.account import reconcile
from bankcore.reconciling.result import State
from bankcore.reconciling.statements import BankStatement
from bankcore.reconciling.wholeness import faults
from bankcore.units import Unit

pytest.importorskip("mt940")

HEAD = ":20:A\n:25:NL00\n:28C:1/1\n:60F:C240501EUR100,00\n"
SALE = ":61:2405020502D24,50NTRFINV-1\n:86:shop\n"
END = ":62F:C240502EUR75,50\n-\n"


def mt940(text: str) -> tuple[BankStatement, ...]:
    return FORMATS["mt940"]("f", text.encode())


def ofx(text: str) -> BankStatement:
    return FORMATS["ofx"]("f", text.encode())[0]


def test_mt940_that_is_cut_anywhere_is_refused_incomplete_or_does_not_add_up() -> None:
    whole = HEAD + SALE + END
    assert faults(mt940(whole)) == ()
    for length in range(len(":20:"), whole.index("75,50") + len("75,5")):
        try:
            found = mt940(whole[:length])
        except BadFile:
            continue
        assert faults(found) or any(it.adds_up is False for it in found), whole[:length]


def test_a_statement_without_its_closing_balance_is_never_reconciled() -> None:
    (cut,) = mt940(HEAD)
    found = reconcile([cut], [], Unit("EUR/2"), since=None)
    assert (found.state, found.difference) == (State.INCOMPLETE, None)
    assert found.faults == ("statement 1/1 in line 1: it has no closing balance",)


def test_a_later_statement_that_is_cut_has_no_closing_balance_of_an_earlier_one() -> None:
    later = HEAD.replace("0501EUR100,00", "0503EUR75,50") + SALE.replace("0502", "0504")
    found = reconcile(mt940(HEAD + SALE + END + later), [], Unit("EUR/2"))
    assert (found.state, found.closing, found.explained) == (State.INCOMPLETE, None, ())


def test_pages_of_mt940() -> None:
    first = HEAD + SALE + ":62M:C240502EUR75,50\n-\n"
    second = ":20:A\n:25:NL00\n:28C:1/2\n:60M:C240502EUR75,50\n:62F:C240502EUR75,50\n-\n"
    assert faults(mt940(first + second)) == ()
    assert faults(mt940(second) + mt940(first)) == ()  # from files in any order
    assert faults(mt940(first)) == ("statement 1/1 in line 1: the pages after it are missing",)
    assert faults(mt940(second)) == ("statement 1/2 in line 1: the pages before it are missing",)
    other = second.replace("75,50", "75,51")
    assert len(faults(mt940(first + other))) == 2
    assert len(faults(mt940(first + second.replace("NL00", "NL01")))) == 2


def test_a_statement_that_is_missing_between_two_is_named() -> None:
    later = (
        (HEAD + END).replace("240502EUR75,50", "240509EUR80,00").replace("240501EUR100,00", "240508EUR80,00")
    )
    (gap,) = faults(mt940(HEAD + SALE + END + later))
    assert gap == "statement 1/1 in line 9: it opens with 80.00 EUR, the one before closes with 75.50 EUR"


def test_mt940_of_two_accounts_where_the_second_has_no_tag_20() -> None:
    first, second = mt940(
        HEAD + SALE + END + (HEAD + SALE + END).replace(":20:A\n", "").replace("NL00", "NL01")
    )
    assert (first.account, second.account, first.adds_up, second.adds_up) == ("NL00", "NL01", True, True)
    (one,) = mt940(HEAD + SALE.replace("shop", "shop\n :20: too") + END)  # a line of text, not a tag
    assert (one.adds_up, one.entries[0].text) == (True, "shop :20: too")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (HEAD + SALE.replace("24,50", "24.50") + END, 5),
        (HEAD + SALE.replace("24,50", "1.024,50") + END, 5),
        (HEAD + SALE.replace("24,50", "1234567890123456,") + END, 5),
        (HEAD + SALE + END.replace("75,50", "75.50"), 7),
    ],
)
def test_no_part_of_an_amount_is_read_as_the_whole(text: str, line: int) -> None:
    with pytest.raises(BadFile, match=f"line {line}"):
        mt940(text)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_encodings_of_mt940(encoding: str) -> None:
    (found,) = FORMATS["mt940"]("f", (HEAD + SALE.replace("shop", "Käse") + END).encode(encoding))
    assert found.entries[0].text == "Käse"


# --- camt.053 ----------------------------------------------------------------------------------------


def camt(*changes: tuple[str, str]) -> BankStatement:
    text = CAMT
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    (found,) = FORMATS["camt053"]("f", text.encode())
    return found


def test_camt_that_lacks_a_balance_or_pages() -> None:
    assert faults([camt()]) == ()
    (closing,) = faults([camt(("CLBD", "CLAV"))])
    assert closing == "statement s1 in line 4: it has no closing balance (CLBD)"
    page = "<Id>s1</Id><StmtPgntn><PgNb>{}</PgNb><LastPgInd>{}</LastPgInd></StmtPgntn>"
    (after,) = faults([camt(("<Id>s1</Id>", page.format(1, "false")))])
    (before,) = faults([camt(("<Id>s1</Id>", page.format(2, "true")))])
    assert ("after" in after, "before" in before) == (True, True)
    (interim,) = faults([camt(("CLBD", "ITBD"))])
    assert "after" in interim


def test_an_entry_in_another_currency_does_not_add_up_and_is_left_out() -> None:
    statement = camt(('"EUR">1<', '"USD">1<'), ("PDNG", "BOOK"))
    assert (statement.adds_up, statement.gap) == (False, None)
    found = reconcile([statement], [], Unit("EUR/2"))
    assert (found.state, len(found.open)) == (State.NOT_ADDING_UP, 1)
    assert found.faults == ("statement s1 in line 4: the entry in line 16 is in USD and is left out",)


def test_a_summary_that_the_entries_do_not_make_is_noted() -> None:
    summary = (
        '<TxsSummry><TtlNtries><NbOfNtries>{}</NbOfNtries></TtlNtries></TxsSummry><Ntry><Amt Ccy="EUR">29'
    )
    old = '<Ntry><Amt Ccy="EUR">29'
    assert camt((old, summary.format(2))).notes == ()
    assert camt((old, summary.format(3))).notes == ("its summary (TtlNtries) counts 3 entries, it has 2",)


@pytest.mark.parametrize("encoding", ["GB18030", "GBK", "Shift_JIS", "UTF-16", "ISO-8859-1"])
def test_encodings_of_camt(encoding: str) -> None:
    said = "Käse" if encoding == "ISO-8859-1" else "水"
    text = CAMT.replace("UTF-8", encoding).replace("rent", said)
    (found,) = FORMATS["camt053"]("f", text.encode(encoding))
    assert found.entries[0].text == said
    if encoding == "GBK":
        with pytest.raises(BadFile, match="its encoding cannot be read"):
            FORMATS["camt053"]("f", text.encode(encoding).replace("水".encode("gbk"), b"\xff\xff"))


# --- OFX ---------------------------------------------------------------------------------------------


def test_ofx_entries_without_date_or_amount_are_named_and_the_others_read() -> None:
    dateless = ofx(OFX.replace("<DTPOSTED>20240502</DTPOSTED>", ""))
    assert [it.day and it.day.day for it in dateless.entries] == [1, None]
    assert dateless.faults == ("the entry in line 10 has no date (DTPOSTED)",)
    empty = ofx(OFX.replace("-1.234,50", ""))
    assert [str(it.amount) for it in empty.entries] == ["1,025.50 CAD"]
    assert empty.faults == ("the entry in line 8 has no amount (TRNAMT) and is left out",)
    found = reconcile([empty], [], Unit("CAD/2"))
    assert found.state is State.INCOMPLETE


@pytest.mark.parametrize(
    ("other", "figure", "read"),
    [
        ("7.50", "1,234", "1,234.00"),
        ("7,50", "1.234", "1,234.00"),
        ("7,50", "1,234", "1.234"),
        ("7", "1,234", "1.234"),  # OFX has no marks of groups
        ("7.50", "-1,234,567", "-1,234,567.00"),
        ("7", "1,23,456.70", "123,456.70"),
        ("7.50", "1234,567", "1,234.567"),
    ],
)
def test_a_mark_before_three_digits_is_what_the_other_figures_show(
    other: str, figure: str, read: str
) -> None:
    text = OFX.replace("-1.234,50", figure).replace("+ 1,025.5", other)
    assert str(ofx(text).entries[0].amount) == f"{read} CAD"


@pytest.mark.parametrize(("declared", "encoding"), [("936", "gbk"), ("949", "cp949"), ("1252", "utf-8")])
def test_encodings_of_ofx(declared: str, encoding: str) -> None:
    text = OFX.replace("CHARSET:1252", f"CHARSET:{declared}").replace("Joe", "水")
    assert FORMATS["ofx"]("f", text.encode(encoding))[0].entries[0].text == "水 & Co"
    raw = text.replace("水", "J").encode().replace(b"J", b"\xff\xff")  # not in the encoding that it names
    assert FORMATS["ofx"]("f", raw)[0].entries[0].text == "ÿÿ & Co"


def test_what_is_whole_in_files_of_banks(shared_data: Path) -> None:
    """None is invented; and each file that is cut in its second half is told."""
    folder = shared_data / "data" / "statements" / "mt940"
    for path in sorted(folder.iterdir()):
        data = path.read_bytes()
        assert faults(FORMATS["mt940"]("f", data)) == (), path
        last = max(data.rindex(b":62F:"), 0)
        for at in Random(5).sample(range(data.rindex(b":61:"), last), 5):
            try:
                found = FORMATS["mt940"]("f", data[:at])
            except BadFile:
                continue
            assert faults(found), (path, at)
    assert MT940.count(":62M:") == 1
