"""Refusals of transactions: their form, keys and groups, reversals and holds, value dates and instants."""

from __future__ import annotations

from datetime import date, datetime

from bankcore.errors.roots import Conflict, InputError, LedgerRejection, Rejection

__all__ = [
    "AlreadyReversed",
    "BadKey",
    "BadTransaction",
    "BookNotYetOpen",
    "CaptureExceedsHold",
    "GroupConflict",
    "GroupRefused",
    "HoldExpired",
    "HoldResolved",
    "InstantInFuture",
    "KeyConflict",
    "NotAHold",
    "NothingKnown",
    "PartyErased",
    "PeriodClosed",
    "RecordsStand",
    "ReversalDiffers",
    "ReversalOfHold",
    "ReversalOfReversal",
    "StaleRead",
    "Unbalanced",
    "UnknownKey",
    "UnknownTransaction",
]


class BadTransaction(InputError):
    sentence = "the transaction's {field} is not usable: {reason}"
    field: str
    reason: str


class BadKey(InputError):
    sentence = "{text!r} is not an idempotency key: {reason}"
    text: object
    reason: str


class Unbalanced(LedgerRejection):
    sentence = "postings in {unit} ({layer}) sum to {total}, not 0"
    remedy = "Make debits and credits equal in each unit."
    quantities = ("total",)
    unit: str
    layer: str
    total: int


class BookNotYetOpen(LedgerRejection):
    sentence = "the book opens on {opened_on}, after {on}"
    remedy = "Take a value date on or after the opening day of the book."
    opened_on: date
    on: date


class InstantInFuture(LedgerRejection):
    transient = True
    sentence = "{instant} is in the future; it is {now}"
    remedy = "Take an instant that has passed."
    instant: datetime
    now: datetime


class NothingKnown(LedgerRejection):
    sentence = "nothing was recorded in the book by {known_at}"
    remedy = "Take a later instant."
    known_at: datetime


class PartyErased(Rejection):
    """The request needs personal data that were erased: of a party, or of the earlier request it repeats."""

    sentence = "the personal data of {party} were erased"
    remedy = "The data are gone; a new request needs a new key."
    party: str


class PeriodClosed(LedgerRejection):
    sentence = "{effective_on} is closed; the book is closed through {closed_through}"
    remedy = "Take a value date after the last closed day; for an earlier one use the product's `value_on`."
    effective_on: date
    closed_through: date


class UnknownTransaction(LedgerRejection):
    sentence = "there is no transaction {number}"
    remedy = "Look the number up: `bankcore journal`."
    number: int


class UnknownKey(LedgerRejection):
    sentence = "there is no transaction with the key {key!r}"
    remedy = "Look the key up: `bankcore journal`."
    key: str


class AlreadyReversed(LedgerRejection):
    sentence = "transaction {number} is already reversed"
    remedy = "Nothing is left to do; post anew what should stand."
    number: int


class ReversalOfReversal(LedgerRejection):
    sentence = "transaction {number} is itself a reversal"
    remedy = "Post the original transaction anew."
    number: int


class RecordsStand(LedgerRejection):
    """To undo or correct the transaction, use a command of the product that made it."""

    sentence = "transaction {number} made records, which neither reversal nor correction can take back"
    remedy = "Use the product's command that undoes it."
    number: int


class ReversalDiffers(LedgerRejection):
    sentence = "the postings are not the exact inverse of transaction {number}"
    remedy = "Let `bankcore reverse` make the postings."
    number: int


class ReversalOfHold(LedgerRejection):
    sentence = "transaction {number} only holds; release it instead of reversing it"
    remedy = "Release the hold: `bankcore hold release`."
    number: int


class NotAHold(LedgerRejection):
    sentence = "transaction {number} holds nothing"
    number: int


class HoldResolved(LedgerRejection):
    sentence = "hold {number} was captured or released by transaction {resolved_by}"
    remedy = "Nothing is left to do."
    number: int
    resolved_by: int


class HoldExpired(LedgerRejection):
    sentence = "hold {number} expired at {expires_at}"
    remedy = "Place a new hold."
    number: int
    expires_at: str


class CaptureExceedsHold(LedgerRejection):
    sentence = "the hold has {held} on the {side} side of {account}, {needed} would be captured"
    remedy = "Capture no more than is held, and post the rest by itself."
    quantities = ("held", "needed")
    account: str
    side: str
    held: int
    needed: int
    unit: str = ""


class GroupRefused(LedgerRejection):
    """Another transaction of the group was refused, so none of them is written."""

    sentence = "group {group!r}: transaction {key!r} was refused ({reason})"
    remedy = "Correct the transaction that was refused, and give the whole group again."
    group: str
    key: str
    reason: str


class KeyConflict(Conflict):
    """The key was used for other content (KEY_REUSED)."""

    sentence = "key {key!r} was used before with another {field}: {stored!r}, now {given!r}"
    remedy = "The key belongs to the earlier request: repeat that one unchanged, or choose a new key."
    key: str
    field: str
    stored: str
    given: str


class GroupConflict(Conflict):
    sentence = "group {group!r} was used before for the transactions {before!r}, not {now!r}"
    remedy = "Repeat the group as it was, or choose a new name."
    group: str
    before: str
    now: str


class StaleRead(Conflict):
    transient = True
    sentence = "the book has meanwhile moved from {expected} to {found}"
    remedy = "Read again, and decide again."
    expected: int
    found: int
