"""Refusals of seals and proofs."""

from __future__ import annotations

from datetime import date

from bankcore.errors.roots import InputError, LedgerRejection, Rejection

__all__ = [
    "AccountNotSealed",
    "BadCheckpoint",
    "BadProof",
    "BadSeal",
    "BadSigningKey",
    "DayNotSealed",
    "NotYetSealed",
    "ProofRefused",
]


class BadSeal(InputError):
    sentence = "{text!r} is not a seal: {reason}"
    text: object
    reason: str


class BadProof(InputError):
    sentence = "the proof's {field} is not usable: {reason}"
    field: str
    reason: str


class BadCheckpoint(InputError):
    sentence = "the checkpoint is not usable: {reason}"
    reason: str


class BadSigningKey(InputError):
    sentence = "the key is not usable: {reason}"
    reason: str


class NotYetSealed(LedgerRejection):
    """The transaction will be sealed when the next day is closed."""

    sentence = "transaction {number} is not sealed yet; the last seal ends at {last}"
    remedy = "Wait until the day is closed."
    number: int
    last: int


class DayNotSealed(LedgerRejection):
    sentence = "no seal was made for {day}"
    remedy = "Take a day that was closed: `bankcore seal` lists them."
    day: date


class AccountNotSealed(LedgerRejection):
    sentence = "the seal of {day} does not include account {account}"
    remedy = "Take a day on which the account was open."
    account: str
    day: date


class ProofRefused(Rejection):
    """The proof is readable but does not prove what it claims."""

    sentence = "the proof does not hold, {part}: {reason}"
    remedy = "Do not trust the claim; ask for a new proof and compare the checkpoints."
    part: str
    reason: str
