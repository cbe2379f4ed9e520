"""Signed checkpoints from the file of `bankcore checkpoint check`: read, and written again."""

from __future__ import annotations

from bankcore.ledger.evidence.checkpoints import Checkpoint, Note, Signature

_HEAD = Checkpoint("bankcore/1/ab", 366, bytes(range(32)))
SEEDS = (
    str(Note(_HEAD.text(), (Signature(_HEAD.origin, b"1234", bytes(64)),))),
    str(Note(_HEAD.text() + "more\n", (Signature("a", b"1234", b"x"), Signature("b", b"5678", b"y")))),
)


def read(text: str) -> Note:
    note = Note.parse(text)
    Checkpoint.parse(note.text)
    return note


def written(note: Note) -> str:
    return str(note)
