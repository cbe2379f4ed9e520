"""Banks' statements: what is read, exactly, and what is refused with its place."""

from __future__ import annotations

import csv
import random
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bankcore.errors import BadAmount, BadFile, BankcoreError, LibraryMissing
from bankcore.interchange.statements import FORMATS, detect, read
from bankcore.reconciling.statements import BankStatement, exact_amount, in_unit
from bankcore.units import Unit

pytest.importorskip("mt940")

CAMT = """<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt>
<GrpHdr><MsgId>m1</MsgId><CreDtTm>2024-05-02T18:00:00Z</CreDtTm></GrpHdr>
<Stmt><Id>s1</Id><Acct><Id><IBAN>NL26VAYB8060476890</IBAN></Id><Ccy>EUR</Ccy></Acct>
<Bal><Tp><CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">10</Amt><CdtDbtInd>DBIT</CdtDbtInd>
<Dt><Dt>2024-05-01</Dt></Dt></Bal>
<Bal><Tp><CdOrPrtry><Cd>CLBD</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">19.50</Amt><CdtDbtInd>CRDT</CdtDbtInd>
<Dt><DtTm>2024-05-02T23:59:59+02:00</DtTm></Dt></Bal>
<Ntry><Amt Ccy="EUR">29.5</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>
<BookgDt><Dt>2024-05-02</Dt></BookgDt><ValDt><Dt>2024-05-03</Dt></ValDt>
<AcctSvcrRef>bank-7</AcctSvcrRef><BkTxCd/><NtryDtls>
<TxDtls><Refs><EndToEndId>e1</EndToEndId></Refs><Amt Ccy="EUR">20</Amt>
<RltdPties><Dbtr><Pty><Nm>Li Lei</Nm></Pty></Dbtr></RltdPties><RmtInf><Ustrd>rent</Ustrd></RmtInf></TxDtls>
<TxDtls><Refs><EndToEndId>NOTPROVIDED</EndToEndId></Refs>
<AmtDtls><TxAmt><Amt Ccy="EUR">9.5</Amt></TxAmt></AmtDtls></TxDtls></NtryDtls></Ntry>
<Ntry><Amt Ccy="EUR">1</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts><Cd>PDNG</Cd></Sts><BkTxCd/></Ntry>
</Stmt></BkToCstmrStmt></Document>"""

MT940 = """:20:STARTUMS
:25:45050050/76198810
:28C:27/1
:60F:C240501EUR100,
:61:2405010502DR20,5NTRFKREF+//BK1
:86:shop
:61:240502RC5,00NMSCREF4711
:61:231231RD1,00NMSCNONREF
:62F:C240502EUR75,50
-
:20:STARTUMS
:25:45050050/76198810
:28C:27/2
:60M:C240502EUR75,50
:62M:C24050275,50
"""

OFX = """OFXHEADER:100
ENCODING:USASCII
CHARSET:1252

<OFX><BANKMSGSRSV1><STMTTRNRS><STATUS><CODE>0<SEVERITY>INFO</STATUS>
<STMTRS><CURDEF>CAD<BANKACCTFROM><BANKID>16<ACCTID>12 34</BANKACCTFROM>
<BANKTRANLIST><DTSTART>20240501<DTEND>20240531
<STMTTRN><TRNTYPE>POS<DTPOSTED>20240501233000.000[-5:EST]<TRNAMT>-1.234,50<FITID>f1<NAME>
<MEMO>Joe &amp; Co
<STMTTRN><TRNTYPE>CREDIT</TRNTYPE><DTPOSTED>20240502</DTPOSTED><TRNAMT>+ 1,025.5</TRNAMT><FITID></FITID>
<CHECKNUM>0<NAME><![CDATA[A < B]]></NAME></STMTTRN>
</BANKTRANLIST><LEDGERBAL><BALAMT> <DTASOF></LEDGERBAL></STMTRS></STMTTRNRS>
<STMTTRNRS><STMTRS><CURDEF></CURDEF><BANKACCTFROM><ACCTID>9</BANKACCTFROM><BANKTRANLIST>
<STMTTRN><DTPOSTED>2024-05-03<TRNAMT>,75<CURRENCY><CURRATE>1<CURSYM>AUD</CURRENCY></STMTTRN>
</BANKTRANLIST><LEDGERBAL><BALAMT>7<DTASOF>20240531</LEDGERBAL></STMTRS></STMTTRNRS></BANKMSGSRSV1>
<INVSTMTMSGSRSV1><INVSTMTTRNRS><INVSTMTRS><CURDEF>USD<INVACCTFROM><BROKERID>b<ACCTID>i</INVACCTFROM><INVTRANLIST>
<BUYMF><INVBUY><INVTRAN><FITID>x<DTTRADE>20240501</INVTRAN><TOTAL>-5</INVBUY></BUYMF>
<INVBANKTRAN><STMTTRN><DTPOSTED>20240501<TRNAMT>5</STMTTRN></INVBANKTRAN></INVTRANLIST></INVSTMTRS></INVSTMTTRNRS>
</INVSTMTMSGSRSV1></OFX>"""


def given(folder: Path, data: bytes | str) -> Path:
    path = folder / "statement"
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def reason(folder: Path, data: bytes | str, form: str | None = None) -> str:
    with pytest.raises(BadFile) as refused:
        read(given(folder, data), form)
    return refused.value.reason


# --- files of banks and of other libraries -----------------------------------------------------------


def expected(shared_data: Path) -> list[dict[str, str]]:
    with (shared_data / "data" / "statements" / "expected.csv").open(newline="", encoding="utf-8") as file:
        return [*csv.DictReader(file)]


def found_in(path: Path) -> tuple[str, list[BankStatement]]:
    try:
        return "valid", [*read(path)]
    except BadFile:
        return "invalid", []


def said(statement: BankStatement) -> str:
    return {True: "yes", False: "no", None: "n/a"}[statement.adds_up]


def test_files_of_banks_are_read_as_expected(shared_data: Path) -> None:
    rows = expected(shared_data)
    assert len(rows) >= 11
    for row in rows:
        state, statements = found_in(shared_data / "data" / "statements" / row["file"])
        total = sum(it.total.quantity * 10 ** (5 - it.unit.scale) for it in statements)
        verdicts = [said(it) for it in statements]
        wanted = row["opening_plus_entries_equals_closing"].split(";") if statements else []
        assert state == ("invalid" if row["status"] == "invalid" else "valid"), row
        assert (len(statements), sum(len(it.entries) for it in statements)) == (
            int(row["statements"]), int(row["entries"])
        ), row  # fmt: skip
        assert total == exact_amount(row["signed_sum"], "XXX").quantity * 1000, row
        assert verdicts == (wanted if len(wanted) == len(verdicts) else wanted * len(verdicts)), row
        assert all(it.format == row["format"] for it in statements)


def test_whatever_is_broken_in_a_file_is_refused_with_a_code(shared_data: Path) -> None:
    """Bytes are taken out, put in, repeated; each file is read or refused, and nothing else happens."""
    chance = random.Random(7)
    folder = shared_data / "data" / "statements"
    files = [(form, path) for form, pattern in (("camt053", "camt/*"), ("mt940", "mt940/*"), ("ofx", "ofx/*"))
             for path in sorted(folder.glob(pattern))]  # fmt: skip
    for form, path in files:
        whole = path.read_bytes()
        for _ in range(30):
            data = bytearray(whole)
            at = chance.randrange(len(data))
            data[at : at + chance.randrange(40)] = chance.choice(
                (b"", b"\0", b"<", b">", b"&a;", b"9" * 60, b"\xff", data[:50], b"\n:61:")
            )
            try:
                statements = FORMATS[form]("f", bytes(data))
            except BankcoreError:
                continue
            else:
                assert all(type(entry.amount.quantity) is int for it in statements for entry in it.entries)


# --- camt.053 ----------------------------------------------------------------------------------------


def test_camt(tmp_path: Path) -> None:
    (statement,) = read(given(tmp_path, CAMT))
    batch, announced = statement.entries
    assert (statement.account, str(statement.total), statement.adds_up) == (
        "NL26VAYB8060476890",
        "29.50 EUR",
        True,
    )
    assert batch.references == ("bank-7", "e1")
    assert (batch.counterparty, batch.text) == ("Li Lei", "rent")
    assert [str(part.amount) for part in batch.parts] == ["20.00 EUR", "9.50 EUR"]
    assert (batch.booked_on, batch.value_on, batch.line) == (date(2024, 5, 2), date(2024, 5, 3), 9)
    assert (str(announced.amount), announced.booked, announced.day) == ("-1.00 EUR", False, None)


def test_a_statement_that_does_not_add_up_is_read(tmp_path: Path) -> None:
    (statement,) = read(given(tmp_path, CAMT.replace(">19.50<", ">19.51<")))
    assert statement.adds_up is False
    assert str(statement.gap) == "0.01 EUR"
    (statement,) = read(given(tmp_path, CAMT.replace('"EUR">19.50<', '"SEK">19.50<')))
    assert (statement.adds_up, statement.gap) == (False, None)


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("camt.053.001.08", "camt.052.001.08", "line 2: it is no camt.053"),
        ("<MsgId>m1</MsgId>", "", "line 3: MsgId is missing"),
        ("<MsgId>m1<", f"<MsgId>{'m' * 36}<", "1 to 35"),
        ("2024-05-02T18:00:00Z", "yesterday", "CreDtTm is no date"),
        ("<Dt>2024-05-01</Dt>", "<Dt>2024-02-30</Dt>", "line 6"),
        ("<BkTxCd/></Ntry>", "</Ntry>", "line 16: BkTxCd is missing"),
        (">29.5<", ">29.123456<", "5 of them decimals"),
        (">29.5<", ">1e3<", "line 9: an amount"),
        (">29.5<", f">{'9' * 5000}<", "18 digits"),
        ('"EUR">29.5', '"eur">29.5', "an amount with its currency"),
        ("CRDT</CdtDbtInd><Sts>", "C</CdtDbtInd><Sts>", "CRDT or DBIT"),
        ("<Cd>PDNG</Cd>", "<Cd>X</Cd>", "no status"),
        ("<Sts><Cd>PDNG", "<Extra/><Sts><Cd>PDNG", "Extra is unknown in Ntry"),
        ("<Id>s1</Id><Acct>", "<Acct>", "Id is missing in Stmt"),
        ("</Stmt>", "<Ccy>EUR</Ccy></Stmt>", "Ccy is unknown in Stmt"),
        ("<Ccy>EUR</Ccy></Acct>", "</Acct><LglSeqNb>1</LglSeqNb>", "too late"),
        ("</Document>", "", "it is not XML"),
        ('encoding="UTF-8"', 'encoding="ebcdic-x"', "unknown encoding"),
        ('"?>\n', '"?><!DOCTYPE a [<!ENTITY b "c">]>\n', "line 1: a document type"),
        ("rent", "&b;", "undefined entity"),
        ("<BkTxCd/><NtryDtls>", f"<BkTxCd>{'<a>' * 70}", "nested deeper"),
    ],
)  # fmt: skip
def test_camt_that_is_refused(tmp_path: Path, old: str, new: str, fault: str) -> None:
    assert old in CAMT
    assert fault in reason(tmp_path, CAMT.replace(old, new), "camt053")


def test_a_bomb_of_entities_is_never_expanded(tmp_path: Path) -> None:
    layers = "".join(f'<!ENTITY e{n + 1} "{f"&e{n};" * 10}">' for n in range(20))
    bomb = f'<!DOCTYPE D [<!ENTITY e0 "x">{layers}]>'
    outside = '<!DOCTYPE D SYSTEM "file:///etc/hostname">'
    for head in (bomb, outside):
        assert "a document type is not read" in reason(tmp_path, CAMT.replace("?>\n", f"?>{head}", 1))
        assert "a document type is not read" in reason(tmp_path, head + OFX)


def test_the_own_check_agrees_with_the_schema(shared_data: Path) -> None:
    """Every element of the checked parts is taken away, doubled or moved to the end of its parent."""
    etree = pytest.importorskip("lxml.etree")
    folder = shared_data / "data" / "statements"
    checked = {"BkToCstmrStmt", "GrpHdr", "Stmt", "Acct", "Bal", "Ntry", "NtryDtls"}
    verdicts = 0
    for version, name in (("02", "camt053.v2.minimal.xml"), ("08", "camt053.v8.xml")):
        schema = etree.XMLSchema(etree.parse(folder / "xsd" / f"camt.053.001.{version}.xsd"))
        whole = (folder / "camt" / name).read_bytes()
        count = sum(1 for _ in etree.fromstring(whole).iter())
        for place in range(1, count):
            for change in ("away", "twice", "last"):
                root = etree.fromstring(whole)
                element = [*root.iter()][place]
                parent = element.getparent()
                if etree.QName(parent).localname not in checked:
                    continue
                if change == "away":
                    parent.remove(element)
                else:
                    moved = etree.fromstring(etree.tostring(element))
                    parent.append(moved) if change == "last" else element.addnext(moved)
                    if change == "last":
                        parent.remove(element)
                try:
                    own = bool(FORMATS["camt053"]("f", etree.tostring(root)))
                except BadFile:
                    own = False
                assert own == schema.validate(root), (version, etree.QName(element).localname, change)
                verdicts += 1
    assert verdicts > 200


# --- MT940 -------------------------------------------------------------------------------------------


def test_mt940(tmp_path: Path) -> None:
    first, second = read(given(tmp_path, MT940.replace("\n", "\r\n")))
    assert [str(it.amount) for it in first.entries] == ["-20.50 EUR", "-5.00 EUR", "1.00 EUR"]
    assert [it.references for it in first.entries] == [("BK1",), ("REF4711",), ()]
    assert (first.entries[0].booked_on, first.entries[0].value_on) == (date(2024, 5, 2), date(2024, 5, 1))
    assert [it.line for it in first.entries] == [5, 7, 8]
    assert (first.identification, first.adds_up) == ("27/1", True)
    assert (second.line, second.adds_up) == (11, True)  # its last balance does not name the currency


def test_mt940_without_a_head_or_balances_is_part_of_a_statement(tmp_path: Path) -> None:
    (statement,) = read(given(tmp_path, ":61:2405010502DR1,62NTRF000054985570//025498557\n"))
    assert (str(statement.total), statement.opening, statement.adds_up) == ("-1.62 XXX", None, None)


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("C240501EUR100,", "C240231EUR100,", "line 1: the statement cannot be read"),
        ("C240502EUR75,50\n-", "C2405", "line 9: :62F: cannot be read"),
        ("240502RC5,00", "240502RC5,0,0", "line 1"),
        ("DR20,5N", "X20,5N", "line 5: :61: cannot be read"),
        (":86:shop", ":86:sh\0op", "line 6: it has a NUL"),
    ],
)
def test_mt940_that_is_refused(tmp_path: Path, old: str, new: str, fault: str) -> None:
    assert old in MT940
    assert fault in reason(tmp_path, MT940.replace(old, new))


def test_mt940_wants_its_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "mt940", None)
    with pytest.raises(LibraryMissing, match=r"bankcore\[statements\]"):
        read(given(tmp_path, MT940))


# --- OFX ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_ofx(tmp_path: Path, encoding: str) -> None:
    bank, other, cash = read(given(tmp_path, OFX.encode(encoding)))
    spent, earned = bank.entries
    assert [str(it.amount) for it in bank.entries] == ["-1,234.50 CAD", "1,025.50 CAD"]
    assert (spent.references, spent.counterparty, spent.text, spent.line) == (("f1",), "", "Joe & Co", 8)
    assert (spent.day, earned.counterparty, earned.references) == (date(2024, 5, 1), "A < B", ())
    assert (bank.account, bank.closing, bank.identification) == ("16/12 34", None, "20240501-20240531")
    assert (str(other.total), other.closing and str(other.closing.amount)) == ("0.75 AUD", "7.00 AUD")
    assert (str(cash.total), cash.notes) == ("5.00 USD", ("1 trades of securities are left out",))


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("<DTPOSTED>20240502</DTPOSTED>", "", "line 10: DTPOSTED of STMTTRN is no date"),
        ("20240502<", "20240231<", "line 10: DTPOSTED of STMTTRN is no date: '20240231'"),
        ("-1.234,50", "$120", "line 8: TRNAMT"),
        ("-1.234,50", "", "line 8: TRNAMT is missing"),
        ("-1.234,50", "9" * 5000, "line 8: TRNAMT"),
        ("</OFX>", "", "line 19: it ends before </OFX>"),
        ("<STATUS>", "<BAL>" * 70, "nested deeper"),
    ],
)
def test_ofx_that_is_refused(tmp_path: Path, old: str, new: str, fault: str) -> None:
    assert old in OFX
    assert fault in reason(tmp_path, OFX.replace(old, new))


def test_an_error_of_the_bank_in_place_of_a_statement_is_told(tmp_path: Path) -> None:
    answer = "<OFX><STATUS><CODE>2000<SEVERITY>ERROR<MESSAGE>General</STATUS></OFX>"
    assert "General" in reason(tmp_path, answer)
    assert read(given(tmp_path, answer.replace("ERROR", "INFO"))) == ()


def test_an_encoding_that_is_named_and_wrong(tmp_path: Path) -> None:
    raw = OFX.encode().replace(b"Joe", b"J\xf6e")
    (bank, *_) = read(given(tmp_path, raw))
    assert bank.entries[0].text == "Jöe & Co"
    assert "line 9" in reason(tmp_path, raw.replace(b"USASCII", b"UTF-8  "))


# --- any format --------------------------------------------------------------------------------------


def test_what_is_no_statement(tmp_path: Path) -> None:
    assert [detect(it) for it in (CAMT.encode(), OFX.encode("utf-16"), MT940.encode(), b"a,b")] == [
        "camt053", "ofx", "mt940", None
    ]  # fmt: skip
    assert "needs the map" in reason(tmp_path, "date,amount\n")
    assert "needs the map" in reason(tmp_path, "")
    with pytest.raises(BadFile):
        read(tmp_path / "missing")


@pytest.mark.parametrize("text", ["", "1,2,3", "1e5", "NaN", "٣", "0.1234567891", "--1", "1" * 41])
def test_a_figure_that_is_no_amount(text: str) -> None:
    with pytest.raises(BankcoreError):
        exact_amount(text, "EUR")


def test_amounts_change_their_scale_exactly_or_not_at_all() -> None:
    assert in_unit(exact_amount("1000", "JPY"), Unit("JPY/0")).quantity == 1000
    wrong: list[tuple[str, Any]] = [("0.5", "JPY/0"), ("1", "EUR/2")]
    for text, unit in wrong:
        with pytest.raises(BadAmount):
            in_unit(exact_amount(text, "JPY"), Unit(unit))
