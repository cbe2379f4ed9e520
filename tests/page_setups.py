"""What is there before each block of commands of a page: files, and commands that the page does not show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

__all__ = ["BEFORE", "FILES", "SMALLER"]


def _town(*parties: str, firms: Sequence[str] = (), opened_on: str = "") -> str:
    """Commands that open a book, whose parties have documents and money on current accounts."""
    lines = [
        f"bankcore init --zone UTC {opened_on and '--opened-on ' + opened_on}",
        "bankcore current open-programme --programme town",
    ]
    for party in (*parties, *firms):
        firm = party in firms
        document = "business-licence" if firm else "passport"
        lines += [
            f"bankcore parties register-party --party {party} --kind {'firm' if firm else 'person'}",
            f"bankcore parties identify-party --party {party} --document {document} --number 'no. {party}'",
            f"bankcore current open-account --programme town --party {party}",
            f"bankcore current cash-in --party {party} --amount 10,000.00",
        ]
    return "\n".join(lines)


_NETWORK = """\
start = 2024-05-01
end = 2024-05-01
[programme.net]
product = "branch"
[programme.accounts]
product = "current"
[population.firm]
parties = "firm"
ids = ["b", "g"]
cash = "20,000.00"
[[step]]
on = 2024-05-01
do = "register-branch"
with = { branch = "west", owner = "icbc" }
[[step]]
on = 2024-05-01
do = "publish-template"
with.branch = "west"
with.template = "t1"
with.criteria = { price = "4.35%", most = "80,000.00", least_months = 3, most_months = 12 }
"""
_PUSHED = """\
[[step]]
on = 2024-05-01
do = "acquire-lead"
with = { lead = "b", source = "map", identity = "firm-b", consent = true }
[[step]]
on = 2024-05-01
do = "screen-lead"
with = { lead = "b" }
[[step]]
on = 2024-05-01
do = "describe-firm"
with = { firm = "b", profile = { price = "8%", most = "80,000.00", least_months = 3, most_months = 12 } }
[[step]]
on = 2024-05-01
do = "push-firm"
with = { firm = "b", template = "t1", push = "x7" }
[[step]]
on = 2024-05-01
do = "accept-push"
with = { firm = "b", push = "x7", months = 6 }
"""
_STOPPED = """\
start = 2024-05-01
end = 2024-08-10
[programme.cd]
product = "certificate"
terms = { products = { CD3 = [3, "2%"] } }
[programme.accounts]
product = "current"
[population.customer]
parties = "person"
ids = ["li", "wang"]
cash = "6,000.00"
[[step]]
on = 2024-05-01
do = "initiate-order"
with.order = "k"
with.initiator = "li"
with.product = "CD3"
with.channel = "mobile"
with.config = { target = "2,000.00" }
[[step]]
on = 2024-05-01
do = "issue-link"
with = { order = "k", initiator = "li", nonce = "k-1", invited = "li,wang" }
[[step]]
on = 2024-05-01
each = "customer"
do = "confirm"
with.order = "k"
with.participant = "{customer}"
with.amount = "1,000.00"
with.config = { record = "certificate.order", id = "cd:k", field = "digest" }
[[step]]
on = 2024-05-02
do = "freeze-share"
with = { order = "k", participant = "li", reason = "court order 2025-1" }
"""

_YEAR = """\
start = 2024-05-01
end = 2024-05-31
[programme.accounts]
product = "current"
[population.saver]
parties = "person"
ids = ["li", "wang", "an"]
cash = "100.00"
"""
_BOOKS = "\n".join(
    [
        *(f"bankcore init --book {it}.db --name {it} --zone UTC" for it in ("directory", "north", "south")),
        "bankcore parties place-book --book directory.db --home south --place south.db",
        *(
            f"""\
bankcore parties register-party --book directory.db --party {party}
bankcore parties assign-home --book directory.db --party {party} --home {home}
bankcore parties register-party --book {home}.db --party {party}
bankcore current open-programme --book {home}.db --programme std
bankcore current join-books --book {home}.db --programme std --home {home}
bankcore current open-account --book {home}.db --programme std --party {party}"""
            for party, home in (("li", "north"), ("wang", "south"))
        ),
        "bankcore current cash-in --book north.db --party li --amount 100.00",
    ]
)
_MALL = (
    "export BANKCORE_BOOK=mall.db\n"
    + _town("c001", firms=["mall"], opened_on="2025-12-01")
    + """
bankcore current cash-in --party mall --amount 90,000.00
bankcore wallet open-programme --programme mall
bankcore wallet fund-reserve --programme mall --amount 50,000.00
bankcore wallet register-client --programme mall --client c001
bankcore wallet recharge --programme mall --client c001 --amount 500.00 --recharge r0
"""
)

BEFORE: Mapping[str, Sequence[str]] = {
    "architecture.md": (_MALL,),
    "certificates.md": (_town("a", "b", "c"),),
    "current-accounts.md": (
        """
bankcore init --opened-on 2024-05-01 --zone UTC
bankcore parties register-party --party li
bankcore parties register-party --party wang
bankcore current open-programme --programme town
bankcore current open-account --programme town --party wang
""",
        """
export BANKCORE_BOOK=stopped.db
bankcore simulate stopped.toml --book stopped.db --strict
bankcore account open test:clock --type asset --confirm-clock
""",
    ),
    "deposit-modes.md": (
        _town(firms=["e"])
        + """
bankcore enterprise open-programme --programme p
bankcore enterprise register-enterprise --programme p --enterprise e --actor officer:li \\
  --registered-name E --place Ningbo --legal-representative Z --registered-capital 1,000,000.00 \\
  --business-scope trade --qualifications 'ISO 9001' --contact 13812345678
bankcore enterprise approve-enterprise --programme p --enterprise e --proposal 1 --actor officer:han
""",
    ),
    "loans.md": (
        """
bankcore simulate pushed.toml --book bank.db --strict
bankcore account open test:clock --type asset --confirm-clock
""",
    ),
    "parties.md": ("bankcore init --opened-on 2024-05-01 --zone UTC",),
    "durability.md": (_town("li"),),
    "exports.md": (
        _town("li", "wang", opened_on="2024-05-01")
        + "\nbankcore current cash-in --party li --amount 1.00 --key fund-2024-05\n"
        + "\n".join(
            f"bankcore current transfer --party li --receiver wang --amount {n}.00" for n in (1, 2, 3)
        ),
    ),
    "feed.md": (_town("li") + "\nbankcore parties suspend-party --party li --reason fraud",),
    "moving.md": ("bankcore init --book mall.db --name mall",),
    "postgres.md": (
        "",
        "bankcore init --book mall.db --name mall",
        "bankcore init --book postgresql://owner@old.example/mall --name mall",
    ),
    "scale.md": (_BOOKS,),
    "seals.md": (
        "bankcore simulate year.toml --book bank.db --strict\n"
        "export SEAL=$(bankcore seal list --json | jq -r .seals[-1].seal)",
        "",
        """
bankcore close-day --on 2024-12-31 --confirm-clock
bankcore checkpoint sign --key bank.pem --output december.note
""",
    ),
    "what-if.md": (_MALL,),
    "points.md": (_town("c01", firms=["g1"]),),
    "branches.md": ("bankcore init",),
}

FILES: Mapping[str, Mapping[str, str]] = {
    "certificates.md": {"k.toml": 'target = "10,000.00"\n'},
    "current-accounts.md": {"personal.toml": 'rate = "0.36%"\n', "stopped.toml": _STOPPED},
    "deposit-modes.md": {"choices.toml": 'share = "12.5%"\n'},
    "loans.md": {"pushed.toml": (_NETWORK + _PUSHED).replace("programme.net", "programme.north")},
    "seals.md": {"year.toml": _YEAR},
    "what-if.md": {"today.csv": "client,amount,recharge\nc001,100.00,r1\n"},
    "points.md": {"g1.toml": 'rate = "100%"\n'},
}

_FEW = "--set end=2024-05-06 --set population.customer.size=8"
SMALLER: Mapping[str, str] = {  # what would take minutes is done with less of it
    "--runs 200": f"--runs 1 {_FEW}",
    "--to 80000.00 --step 500.00": "--to 28000.00 --step 4000.00",
    "--runs 100": f"--runs 1 {_FEW}",
}
