"""The language of scenarios: the tables of a file, their keys, and what each key is for.

A scenario is read by these tables, and docs/scenarios.md is written from them.

>>> BETWEEN.keys["step"].kinds_text
'text or a whole number'
>>> ORDER.keys["chance"].default
'1'
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from attrs import field, frozen

__all__ = [
    "CALENDAR", "COMMAND", "DRAWS", "EXPECTATION", "NEEDED", "ON", "POPULATION", "PROGRAMME", "RULE", "STEPS",
    "TABLES", "TOP", "WORDS", "Key", "Language",
]  # fmt: skip

NEEDED: Final = object()  # in place of a default: the key must be there
WORDS: Final[Mapping[type[Any], str]] = {
    str: "text",
    int: "a whole number",
    bool: "true or false",
    date: "a date",
    list: "a list",
    dict: "a table",
}


@frozen
class Key:
    """A key of a table: the types of its value (any, if none is named), its default, what it is for.

    `absent` says what is meant without the key where `default` does not, or that a needed one is missing.
    """

    name: str
    kinds: tuple[type[Any], ...]
    meaning: str
    default: Any = NEEDED
    absent: str = ""

    @property
    def kinds_text(self) -> str:
        """The types as people write them."""
        return " or ".join(WORDS[kind] for kind in self.kinds) or "any value"


def _keyed(keys: tuple[Key, ...]) -> Mapping[str, Key]:
    return {key.name: key for key in keys}


@frozen
class Language:
    """A table of the language: how it is written, what it is, and its keys; `further`: keys of any name."""

    written: str
    about: str
    keys: Mapping[str, Key] = field(converter=_keyed)
    further: str = ""

    def __add__(self, more: Language) -> Language:
        """A table with the keys of both, called as the second is."""
        return Language(more.written, more.about, (*self.keys.values(), *more.keys.values()), more.further)


TOP: Final = Language(
    "(top of the file)",
    "What stands before the first table.",
    (
        Key("start", (date,), "the first day; programmes are opened on it"),
        Key("end", (date,), "the last day, at most 3,660 days in all; every day is closed"),
        Key("title", (str,), "the heading of the report", None, "the file's name"),
        Key("unit", (str,), "unit of all amounts without another: its name, and its decimals", "CNY/2"),
        Key("seed", (int,), "chooses the random numbers; equal seeds give equal books", 1),
        Key("calendar", (dict,), "business calendars", {}, "none"),
        Key("programme", (dict,), "the programmes of products", {}, "none"),
        Key("population", (dict,), "the people", {}, "none"),
        Key("groups", (dict,), "names of groups of accounts in the report", {}, "none"),
        Key("watch", (list,), "accounts whose level over time the report shows", [], "none"),
        Key("reports", (list,), "reports of products shown at the end, as wallet.reserve", [], "none"),
        Key("step", (list,), "what happens, in the order of the file on each day", [], "none"),
    ),
)

CALENDAR: Final = Language(
    "[calendar.NAME]",
    "A business calendar that terms can name. A Saturday or Sunday is a workday only where it says so.",
    (
        Key("first", (date,), "the first day that it knows", None, "the first of all days"),
        Key("last", (date,), "the last day that it knows", None, "the last of all days"),
        Key("announced", (date,), "the last day that will not change any more", None, "last"),
        Key("holidays", (list,), 'days in quotes: "2024-05-01", or first/last', [], "none"),
        Key("workdays", (list,), "weekend days that are worked, in the same way", [], "none"),
    ),
)

PROGRAMME: Final = Language(
    "[programme.NAME]",
    "A programme of a product, opened on the first day. A command that names no programme means the only one"
    " besides that of the current accounts.",
    (Key("product", (str,), "the product, as `bankcore terms` lists them", None, "wallet"),),
    "the fields of the product's `open-programme`; `terms` of products that have them, a table"
    " [programme.NAME.terms] with the lines that `bankcore terms PRODUCT` prints",
)

POPULATION: Final = Language(
    "[population.NAME]",
    "People of one kind. `{NAME}` is the id of one of them in a step with `each`.",
    (
        Key("size", (int,), "how many, 1 to 100,000; left out beside ids", None, "needed without ids"),
        Key("prefix", (str,), "what their ids begin with: c001, c002", None, "the first letter of NAME"),
        Key("ids", (list,), "their ids, in place of size", [], "numbered from 1"),
        Key("parties", (str,), "person or firm: they are registered and have current accounts", "", "none"),
        Key("cash", (), "with parties: the amount that each pays in on the first day", None, "nothing"),
    ),
    "an attribute, drawn once for each of them: `{NAME.attribute}` in a step",
)

GROUPS: Final = Language(
    "[groups]",
    "Names of groups of accounts in the report, in its order.",
    (),
    "a pattern of account paths, in which `*` is any one segment",
)

ON: Final = Language(
    "[[step]]",
    "When a step happens: `on` some days, or `every` time that a rule says.",
    (
        Key("name", (str,), "its name in messages and in --set", "", "its number"),
        Key("on", (date, list), "a day without quotes, or a list of days", None, "every is needed"),
        Key("every", (str, dict), "day, week, month, year, or a rule (below)", None, "on is needed"),
        Key("since", (date,), "with every: the first day, from which the rule counts", None, "start"),
        Key("until", (date,), "with every: the last day", None, "end"),
    ),
)

RULE: Final = Language(
    "every = { ... }",
    'A rule of RFC 5545, as a table or as text: "FREQ=WEEKLY;BYDAY=MO,TH".',
    (
        Key("freq", (str,), "daily, weekly, monthly or yearly"),
        Key("interval", (int, str), "every how many of them, as 2 for each second week", None, "1"),
        Key("count", (int, str), "at most so many times", None, "to the end"),
        Key("bymonth", (int, str, list), "months, 1 to 12", None, "all"),
        Key("bymonthday", (int, str, list), "days of the month; -1 is the last", None, "all"),
        Key("byday", (str, list), "days of the week: mo tu we th fr sa su; 2mo is the second", None, "all"),
        Key("bysetpos", (int, str, list), "which of the days found, -1 for the last", None, "all"),
    ),
)

_GIVEN: Final = Language(
    "",
    "",
    (
        Key("each", (str, list), "once for each member of populations, or item of their lists", [], "once"),
        Key("chance", (str,), "how likely it happens: 30%, 3/10, or a name in braces", "1"),
        Key("actor", (str,), "who gives the command, as officer:chen", None, "the command's natural actor"),
        Key("reject", (str,), "the code of the refusal that must come", "", "none"),
        Key("required", (bool,), "the run ends where it is refused", None, "true without each and reject"),
    ),
)  # fmt: skip

COMMAND: Final = Language(
    "do = ..., with = { ... }",
    "A command of a product with its fields, or of the ledger: open, post.",
    (
        Key(
            "do",
            (str,),
            "the command; where two products have one of that name as loan.repay",
            absent="a step needs do, together, expect or show",
        ),
        Key("with", (dict,), "its fields; each a value, or drawn", {}, "none"),
    ),
)

ORDER: Final = ON + _GIVEN + Language("[[step]] with do", "A command is given.", (*COMMAND.keys.values(),))

TOGETHER: Final = (
    ON
    + _GIVEN
    + Language(
        "[[step]] with together",
        "Several commands are given in one commit: all of them, or none.",
        (Key("together", (list,), "tables with do and with"),),
    )
)

_AFTER: Final = Key("after_close", (bool,), "after the close of the day, not at its place", False)

EXPECT: Final = ON + Language(
    "[[step]] with expect",
    "What must then be so, or the run ends.",
    (Key("expect", (dict,), "one subject and its bounds (below)"), _AFTER),
)

EXPECTATION: Final = Language(
    "expect = { ... }",
    "One subject, and at least one bound.",
    (
        Key("balance", (str,), "subject: an account's balance, the sum where `*` is in its path", None),
        Key("accounts", (str,), "subject: how many accounts match a path with `*`", None),
        Key("done", (str,), "subject: how many commands of this name were done", None),
        Key("refused", (str,), "subject: how many commands were refused with this code", None),
        Key("notices", (str,), "subject: how many notices, as party:topic, each of which may be `*`", None),
        Key("unit", (str,), "with balance: the unit of the bounds", None, "the scenario's"),
        Key("equals", (str, int), "bound: an amount in quotes for balance, else a number", None),
        Key("at_least", (str, int), "bound: not less", None),
        Key("at_most", (str, int), "bound: not more", None),
    ),
)  # fmt: skip

SHOW: Final = ON + Language(
    "[[step]] with show",
    "A report of a product as it then is.",
    (
        Key("show", (str,), "the report, as wallet.reserve"),
        Key("actor", (str,), "who looks, as customer:li: only his own rows", None, "the bank: all rows"),
        _AFTER,
    ),
)

BETWEEN: Final = Language(
    "{ from = ..., to = ... }",
    "A number or an amount, all equally likely.",
    (
        Key("from", (str, int), 'the lowest: a whole number, or an amount as "10.00"'),
        Key("to", (str, int), "the highest, of the same type"),
        Key("step", (str, int), "the distance of the values", None, "1, or the least amount of the unit"),
    ),
)
ONE_OF: Final = Language(
    "{ one_of = ... }",
    "One of several values.",
    (
        Key("one_of", (str, list), "the values, or the name of a population or of a list"),
        Key("weights", (list,), "with written values: how likely each is, whole numbers", None, "equal"),
    ),
)
SOME: Final = Language(
    "{ some = ..., count = ... }",
    "A list of different values.",
    (
        Key("some", (str, list), "the values, or the name of a population or of a list"),
        Key("count", (int,), "how many, at least 1; all where there are fewer"),
    ),
)
SHARE_OF: Final = Language(
    "{ balance_of = ... }",
    "A share of an account's balance at the moment, rounded down; where it is zero no command is given.",
    (
        Key("balance_of", (str,), "the account"),
        Key("share", (str,), "the share: 25%, 1/3", "1"),
    ),
)
RECORDED: Final = Language(
    "{ record = ..., id = ..., field = ... }",
    "What a record of the book says at the moment, such as the reference of a code shown.",
    (
        Key("record", (str,), "the kind of the record"),
        Key("id", (str,), "its id"),
        Key("field", (str,), "the field of it"),
    ),
)

DRAWS: Final[Mapping[str, Language]] = {
    "from": BETWEEN,
    "one_of": ONE_OF,
    "some": SOME,
    "balance_of": SHARE_OF,
    "record": RECORDED,
}
STEPS: Final[Mapping[str, Language]] = {
    "do": ORDER,
    "together": TOGETHER,
    "expect": EXPECT,
    "show": SHOW,
}
TABLES: Final[Mapping[str, Language]] = {  # in the order of docs/scenarios.md
    "top": TOP,
    "calendar": CALENDAR,
    "programme": PROGRAMME,
    "population": POPULATION,
    "groups": GROUPS,
    **{f"step-{word}": table for word, table in STEPS.items()},
    "rule": RULE,
    "command": COMMAND,
    "expectation": EXPECTATION,
    **{f"draw-{word}": table for word, table in DRAWS.items()},
}
