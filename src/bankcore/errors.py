"""Everything bankcore refuses, as one tree of exceptions.

A class stands for one cause.  Its `code` is the class name in snake_case and never changes; its
fields say what was asked and what stood in the way; its `sentence` is filled from those fields.
The branch of the tree decides the exit status of the command line.

>>> error = BadAmount("1.005", "CNY/2 has 2 decimals")
>>> error.code, error.exit_status, str(error)
('bad_amount', 2, "'1.005' is not an amount: CNY/2 has 2 decimals")
>>> list(error.as_dict())
['code', 'message', 'text', 'reason']
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import chain, repeat
from typing import Any, ClassVar

import attrs
from attrs import define

_WORD = re.compile(r"(?<!^)(?=[A-Z])")


class BankcoreError(Exception):
    """Root of all errors that bankcore raises on purpose."""

    code: ClassVar[str] = "bankcore_error"
    exit_status: ClassVar[int] = 1
    transient: ClassVar[bool] = False  # would the same call succeed later, with nobody's help?
    sentence: ClassVar[str] = "bankcore refused"
    quantities: ClassVar[tuple[str, ...]] = ()  # fields of minor units, said in the sentence as amounts

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.code = _WORD.sub("_", cls.__name__).lower()
        cls.__repr__ = BankcoreError.__repr__  # type: ignore[method-assign]  # or attrs compiles each its own

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={it!r}' for name, it in self.fields().items())})"

    def __str__(self) -> str:
        said = self.fields()
        try:
            if unit := said.get("unit"):
                said |= {name: _amount(said[name], unit) for name in self.quantities}
            return self.sentence.format(**said)
        except ValueError:  # Python writes no int of more than 4300 digits
            return f"{self.code}: a number in it is too long to be written"

    def fields(self) -> dict[str, Any]:
        """The typed fields by name."""
        cls = type(self)
        if not attrs.has(cls):
            return {}
        return {field.name: getattr(self, field.name) for field in attrs.fields(cls)}

    def as_dict(self) -> dict[str, Any]:
        """Code, sentence and fields; numbers stay numbers, all else becomes text."""
        plain = {
            name: value if value is None or isinstance(value, (int, str)) else str(value)
            for name, value in self.fields().items()
        }
        return {"code": self.code, "message": str(self), **plain}


def _amount(quantity: int, unit: str) -> str:
    """Minor units as people read them.

    >>> _amount(-123456, "CNY/2"), _amount(1200, "POINT/0")
    ('-1,234.56 CNY', '1,200 POINT')
    """
    code, _, scale = unit.partition("/")
    whole, part = divmod(abs(quantity), 10 ** int(scale))
    decimals = f".{part:0{scale}}" if part or int(scale) else ""
    return f"{'-' * (quantity < 0)}{whole:,}{decimals} {code}"


@define
class InternalError(BankcoreError):
    """A fault of bankcore itself, shown by the command line in place of a traceback."""

    sentence = "bankcore failed with {kind}: {reason}"
    kind: str
    reason: str


# --- input: the question itself is malformed ------------------------------------------------


class InputError(BankcoreError):
    """What was handed in cannot be read; no book was asked."""

    exit_status = 2


@define
class BadAmount(InputError):
    sentence = "{text!r} is not an amount: {reason}"
    text: object
    reason: str


@define
class BadUnit(InputError):
    sentence = "{text!r} is not a unit: {reason}"
    text: object
    reason: str


@define
class BadAccountPath(InputError):
    sentence = "{text!r} is not an account path: {reason}"
    text: object
    reason: str


@define
class BadRate(InputError):
    sentence = "{text!r} is not a rate: {reason}"
    text: object
    reason: str


@define
class BadDate(InputError):
    sentence = "{text!r} is not a date: {reason}"
    text: object
    reason: str


@define
class BadPeriod(InputError):
    sentence = "{text!r} is not a period: {reason}"
    text: object
    reason: str


@define
class BadActor(InputError):
    sentence = "{text!r} is not an actor: {reason}"
    text: object
    reason: str


@define
class BadKey(InputError):
    sentence = "{text!r} is not an idempotency key: {reason}"
    text: object
    reason: str


@define
class BadSeal(InputError):
    sentence = "{text!r} is not a seal: {reason}"
    text: object
    reason: str


@define
class BadProof(InputError):
    sentence = "the proof's {field} is not usable: {reason}"
    field: str
    reason: str


@define
class BadTransaction(InputError):
    sentence = "the transaction's {field} is not usable: {reason}"
    field: str
    reason: str


@define
class BadTerms(InputError):
    """A product's terms break one of its rules (CONFIG_INVALID)."""

    sentence = "term {field} is not allowed: {reason}"
    field: str
    reason: str


@define
class BadCommand(InputError):
    sentence = "command field {field} is not usable: {reason}"
    field: str
    reason: str


@define
class BadUsage(InputError):
    """The command line itself cannot be read: an option is unknown or missing."""

    sentence = "{reason}"
    reason: str


@define
class NotPositive(InputError):
    """An amount that moves must be above zero (NOT_POSITIVE)."""

    sentence = "{field} must be above 0, not {amount}"
    field: str
    amount: object


@define
class BadScenario(InputError):
    sentence = "{place}: {reason}"
    place: str
    reason: str


@define
class BadMapping(InputError):
    sentence = "{place}: {reason}"
    place: str
    reason: str


@define
class BadRow(InputError):
    sentence = "line {line}, column {column}: {reason}"
    line: int
    column: str
    reason: str


@define
class BadFile(InputError):
    sentence = "{path} cannot be used: {reason}"
    path: str
    reason: str


@define
class UnitMismatch(InputError):
    sentence = "{found} was given where {expected} is needed ({place})"
    expected: str
    found: str
    place: str


@define
class AmountOverflow(InputError):
    sentence = "{quantity} does not fit in 64 bits"
    quantity: int


@define
class CalendarExhausted(InputError):
    """The business calendar has no data for the date; guessing would be wrong."""

    sentence = "calendar {calendar} knows {first} to {last}, not {day}"
    calendar: str
    day: date
    first: date
    last: date


@define
class ProductTwice(InputError):
    """Two products of one name: a command or a report of that name would lead to either."""

    sentence = "there are two products {name!r}"
    name: str


@define
class UnknownName(InputError):
    """A name that had to be one of a list is not."""

    sentence = "there is no {kind} {name!r}; known: {known}"
    kind: str
    name: str
    known: str


# --- rejection: a clear question, answered no --------------------------------------------------


class Rejection(BankcoreError):
    """A rule says no; nothing was written and the key is still free."""

    exit_status = 3


class LedgerRejection(Rejection):
    """A rule of double entry or of an account says no."""


class ProductRejection(Rejection):
    """A rule of a product says no; the product's own classes derive from this one."""


@define
class ActorNotPermitted(Rejection):
    sentence = "{actor} may not give the command {command}"
    actor: str
    command: str


@define
class StepRefused(Rejection):
    """A step of a scenario that had to succeed was refused."""

    sentence = "{place}, on {day}: {command} was refused with {refusal}: {reason}"
    place: str
    day: date
    command: str
    refusal: str
    reason: str


@define
class StepNotRefused(Rejection):
    """A step of a scenario that had to be refused was not, or with another code."""

    sentence = "{place}, on {day}: {command} had to be refused with {expected}, found: {found}"
    place: str
    day: date
    command: str
    expected: str
    found: str


@define
class ExpectationFailed(Rejection):
    """What a scenario expects of the book is not so."""

    sentence = "{place}, on {day}: {expected} was expected, found: {found}"
    place: str
    day: date
    expected: str
    found: str


@define
class PassedOver(Rejection):
    """A row that an earlier replay of the file refused; posting it now would change its place."""

    sentence = "row {key!r} was passed over before: later rows of account {account} are in the book"
    key: str
    account: str


@define
class DayClosing(Rejection):
    """The day is being closed; commands wait until the end-of-day work is done."""

    transient = True
    sentence = "the day {day} is being closed"
    day: date


@define
class Unbalanced(LedgerRejection):
    sentence = "postings in {unit} ({layer}) sum to {total}, not 0"
    quantities = ("total",)
    unit: str
    layer: str
    total: int


@define
class UnknownAccount(LedgerRejection):
    sentence = "there is no account {account}"
    account: str


@define
class AccountExists(LedgerRejection):
    sentence = "account {account} exists already"
    account: str


@define
class AccountNotYetOpen(LedgerRejection):
    sentence = "account {account} opens on {opened_on}, after {effective_on}"
    account: str
    opened_on: date
    effective_on: date


@define
class BookNotYetOpen(LedgerRejection):
    sentence = "the book opens on {opened_on}, after {on}"
    opened_on: date
    on: date


@define
class InstantInFuture(LedgerRejection):
    transient = True
    sentence = "{instant} lies in the future; it is {now}"
    instant: datetime
    now: datetime


@define
class NothingKnown(LedgerRejection):
    sentence = "nothing was recorded in the book by {known_at}"
    known_at: datetime


@define
class AccountClosed(LedgerRejection):
    sentence = "account {account} is closed"
    account: str


@define
class AccountFrozen(LedgerRejection):
    sentence = "account {account} is {status}"
    account: str
    status: str


@define
class AccountNotEmpty(LedgerRejection):
    sentence = "account {account} still holds {balance} and cannot be closed"
    quantities = ("balance",)
    account: str
    balance: int
    unit: str = ""


@define
class AccountInUse(LedgerRejection):
    sentence = "account {account} has postings; an opening balance comes before all others"
    account: str


@define
class AccountChangeRefused(LedgerRejection):
    sentence = "account {account} cannot change: {reason}"
    account: str
    reason: str


@define
class PeriodClosed(LedgerRejection):
    sentence = "{effective_on} is closed; the book is closed through {closed_through}"
    effective_on: date
    closed_through: date


@define
class BalanceFloorBreached(LedgerRejection):
    """The account lacks the funds (INSUFFICIENT_FUNDS); a retry can succeed after an inflow."""

    sentence = "account {account} has {available} available, {needed} needed (floor {limit})"
    quantities = ("available", "held", "limit", "needed")
    account: str
    available: int
    held: int
    limit: int
    needed: int
    unit: str = ""
    on: date | None = None  # the first later value date that a back-dated posting would break

    def __str__(self) -> str:
        return super().__str__() + (f" on {self.on}" if self.on else "")


@define
class BalanceCeilingBreached(LedgerRejection):
    sentence = "account {account} has room for {available}, {needed} needed (ceiling {limit})"
    quantities = ("available", "held", "limit", "needed")
    account: str
    available: int
    held: int
    limit: int
    needed: int
    unit: str = ""
    on: date | None = None

    def __str__(self) -> str:
        return super().__str__() + (f" on {self.on}" if self.on else "")


@define
class VelocityLimitBreached(LedgerRejection):
    """Too much would flow in one period; a retry can succeed in the next."""

    sentence = "limit {limit}: {used} of {most} per {per} have flowed since {since}, {needed} are needed"
    quantities = ("used", "most", "needed")
    limit: str
    account: str
    used: int
    most: int
    per: str
    since: date
    needed: int
    unit: str = ""


@define
class BalanceOverflow(LedgerRejection):
    sentence = "the gross total of account {account} would leave 64 bits"
    account: str


@define
class GroupRefused(LedgerRejection):
    """Another transaction of the group was refused, so none of them is written."""

    sentence = "group {group!r}: transaction {key!r} was refused ({reason})"
    group: str
    key: str
    reason: str


@define
class UnknownTransaction(LedgerRejection):
    sentence = "there is no transaction {number}"
    number: int


@define
class AlreadyReversed(LedgerRejection):
    sentence = "transaction {number} is already reversed"
    number: int


@define
class ReversalOfReversal(LedgerRejection):
    sentence = "transaction {number} is itself a reversal"
    number: int


@define
class RecordsStand(LedgerRejection):
    """The product that made the transaction has a command of its own to undo it."""

    sentence = "transaction {number} made records, which a reversal cannot take back"
    number: int


@define
class ReversalDiffers(LedgerRejection):
    sentence = "the postings are not the exact inverse of transaction {number}"
    number: int


@define
class ReversalOfHold(LedgerRejection):
    sentence = "transaction {number} only holds; release it instead of reversing it"
    number: int


@define
class NotAHold(LedgerRejection):
    sentence = "transaction {number} holds nothing"
    number: int


@define
class HoldResolved(LedgerRejection):
    sentence = "hold {number} was captured or released by transaction {resolved_by}"
    number: int
    resolved_by: int


@define
class HoldExpired(LedgerRejection):
    sentence = "hold {number} expired at {expires_at}"
    number: int
    expires_at: str


@define
class CaptureExceedsHold(LedgerRejection):
    sentence = "the hold has {held} on the {side} side of {account}, {needed} would be captured"
    quantities = ("held", "needed")
    account: str
    side: str
    held: int
    needed: int
    unit: str = ""


@define
class NotYetSealed(LedgerRejection):
    """The next close of a day will seal it."""

    sentence = "transaction {number} is not sealed yet; the last seal ends at {last}"
    number: int
    last: int


@define
class DayNotSealed(LedgerRejection):
    sentence = "no seal was made for {day}"
    day: date


@define
class AccountNotSealed(LedgerRejection):
    sentence = "the seal of {day} knows no account {account}"
    account: str
    day: date


@define
class ProofRefused(Rejection):
    """The proof is readable, and does not prove what it says."""

    sentence = "the proof does not hold, {part}: {reason}"
    part: str
    reason: str


# --- conflict: the same key, or a moved head --------------------------------------------------


class Conflict(BankcoreError):
    """The request meets an earlier one."""

    exit_status = 4


@define
class KeyConflict(Conflict):
    """The key was used for other content (KEY_REUSED)."""

    sentence = "key {key!r} was used before with another {field}: {stored!r}, now {given!r}"
    key: str
    field: str
    stored: str
    given: str


@define
class GroupConflict(Conflict):
    sentence = "group {group!r} stands for the transactions {before!r}, not {now!r}"
    group: str
    before: str
    now: str


@define
class StaleRead(Conflict):
    transient = True
    sentence = "the book moved from {expected} to {found} meanwhile"
    expected: int
    found: int


# --- store: the bytes --------------------------------------------------------------------------


class StoreError(BankcoreError):
    """The file or the database cannot do what was asked; nothing is half-written."""

    exit_status = 5


@define
class StoreUnavailable(StoreError):
    transient = True
    sentence = "the store {place} is unavailable: {reason}"
    place: str
    reason: str


@define
class CommitUnknown(StoreError):
    """The commit may have taken effect or not; the same requests under the same keys tell which."""

    transient = True
    sentence = "whether the store {place} has committed is unknown: {reason}"
    place: str
    reason: str


@define
class LedgerClosed(StoreError):
    sentence = "the ledger of book {book} is closed"
    book: str


@define
class WriterBusy(StoreError):
    """As many requests as allowed are waiting to be written (back-pressure)."""

    transient = True
    sentence = "{waiting} requests are waiting to be written"
    waiting: int


@define
class UsedAfterFork(StoreError):
    """The store was opened by the process of which this one is a child."""

    sentence = "the store {place} was opened before this process was forked: {reason}"
    place: str
    reason: str


@define
class ClockBehindBook(StoreError):
    """The clock stands further before the last recorded instant than clocks differ."""

    sentence = "the clock says {now}, more than {limit} before {recorded_at}, when the book was last written"
    now: datetime
    recorded_at: datetime
    limit: timedelta


@define
class ClockAheadOfBook(StoreError):
    """The clock stands so long after the last recorded instant that somebody must confirm it.

    Recorded times never decrease: what is once recorded with a wrong clock keeps the book there.
    """

    sentence = (
        "the clock says {now}, more than {limit} after {recorded_at}, when the book was last written: "
        "confirm the clock if it is right"
    )
    now: datetime
    recorded_at: datetime
    limit: timedelta


@define
class StoreReadOnly(StoreError):
    sentence = "the store {place} cannot be written: {reason}"
    place: str
    reason: str


@define
class StoreFull(StoreError):
    sentence = "the store {place} is full: {reason}"
    place: str
    reason: str


@define
class NotABook(StoreError):
    sentence = "{place} is no bankcore book: {reason}"
    place: str
    reason: str


@define
class BookExists(StoreError):
    sentence = "{place} already holds the book {book!r}"
    place: str
    book: str


@define
class SchemaMismatch(StoreError):
    sentence = "{place} has schema {found}, this bankcore reads {expected}"
    place: str
    found: int
    expected: int

    def __str__(self) -> str:
        older = ": it was made before journal format 1" if self.found < self.expected else ""
        return super().__str__() + older


# --- corruption: the book contradicts itself ---------------------------------------------------


class Corruption(BankcoreError):
    """A stored figure contradicts the journal."""

    exit_status = 6


@define
class StoreDamaged(Corruption):
    """Bytes, rows or guards are not as bankcore wrote them."""

    sentence = "the store {place} is damaged: {reason}"
    place: str
    reason: str


@define
class BalanceDrift(Corruption):
    sentence = "account {account}, {field}: stored {stored}, the journal says {derived}"
    account: str
    field: str
    stored: str
    derived: str


@define
class BrokenChain(Corruption):
    sentence = "transaction {number}: {reason}"
    number: int
    reason: str


@define
class UnbalancedJournal(Corruption):
    sentence = "transaction {number}: postings in {unit} ({layer}) sum to {total}"
    number: int
    unit: str
    layer: str
    total: int


@define
class SequenceGap(Corruption):
    sentence = "account {account}: sequence {found} where {expected} is due"
    account: str
    expected: int
    found: int


@define
class LimitBroken(Corruption):
    sentence = "account {account} stands at {balance} after transaction {number}, beyond {limit}"
    account: str
    number: int
    balance: int
    limit: int
    on: date | None = None  # the first later value date on which it does, where the journal's order does not

    def __str__(self) -> str:
        return super().__str__() + (f" on {self.on}" if self.on else "")


@define
class VelocityLimitBroken(Corruption):
    sentence = (
        "limit {limit}, {account}: {used} of {most} per {per} from {since} flowed by transaction {number}"
    )
    quantities = ("used", "most")
    limit: str
    number: int
    account: str  # or the root below which accounts count together
    used: int
    most: int
    per: str
    since: date
    unit: str = ""


@define
class SealBroken(Corruption):
    sentence = "seal {number}: {reason}"
    number: int
    reason: str


@define
class SealMissing(Corruption):
    """Somebody has kept a seal that the journal does not have: it was cut, or written anew."""

    sentence = "the journal has no seal {seal}"
    seal: str


@define
class InvariantBroken(Corruption):
    """A product's invariant does not hold."""

    sentence = "{product} {invariant}: {reason}"
    product: str
    invariant: str
    reason: str


@define
class VerificationFailed(Corruption):
    """`verify` found contradictions that follow from no other; `follows` tells how many do from each."""

    sentence = "{count} contradictions found; first: {first}"
    count: int
    first: str
    findings: tuple[Corruption, ...]
    follows: tuple[int, ...] = ()

    def __str__(self) -> str:
        following = sum(self.follows)
        return super().__str__() + (f"; {following} more follow from what was found" if following else "")

    def causes(self) -> Iterator[tuple[Corruption, int]]:
        """Each finding with the number of contradictions that follow from it."""
        follows = chain(self.follows, repeat(0))
        return zip(self.findings, follows, strict=False)

    def as_dict(self) -> dict[str, Any]:
        """Code, sentence and count, and every finding as its own plain data."""
        plain = {"code": self.code, "message": str(self), "count": self.count, "first": self.first}
        found = [{**finding.as_dict(), "follows": follows} for finding, follows in self.causes()]
        return {**plain, "follows": sum(self.follows), "findings": found}
