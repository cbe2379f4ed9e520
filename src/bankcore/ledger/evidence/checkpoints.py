"""Checkpoints: the head of a book's log of seals, as a text that can be signed (C2SP tlog-checkpoint).

A checkpoint is the log's origin, the number of its seals, and the root over them.  A note is such a text
with Ed25519 signatures below it (C2SP signed-note), which `bankcore.signing` makes and checks.

>>> print(Checkpoint("bankcore/1/aa", 2, bytes(32)).text(), end="")
bankcore/1/aa
2
AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from hashlib import sha256
from typing import Final

from attrs import frozen

from bankcore.errors import BadCheckpoint
from bankcore.ledger.transactions import Book

__all__ = ["Checkpoint", "Note", "Signature", "key_id", "origin_of", "verifier_key"]

_SIZE: Final = re.compile(r"0|[1-9][0-9]{0,17}", re.ASCII)
_SIGNATURE: Final = re.compile(r"— ([^\s+]+) ([A-Za-z0-9+/=]+)\n")
_SIGNATURES: Final = re.compile(f"(?:{_SIGNATURE.pattern})+")
_KIND: Final = b"\x01"  # Ed25519, among the kinds of signatures of C2SP


def origin_of(book: Book) -> str:
    """The name of a book's log: no two books have the same genesis."""
    return f"bankcore/{book.id}/{book.genesis().hex()}"


def key_id(name: str, public: bytes) -> bytes:
    """The four bytes by which a signature names its key."""
    return sha256(name.encode() + b"\n" + _KIND + public).digest()[:4]


def verifier_key(name: str, public: bytes) -> str:
    """A public key in the form that other programs for signed notes accept."""
    return f"{name}+{key_id(name, public).hex()}+{b64encode(_KIND + public).decode()}"


@frozen
class Checkpoint:
    """The head of a log: its origin, the number of its seals, the root over them."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """The text that is signed."""
        return f"{self.origin}\n{self.size}\n{b64encode(self.root).decode()}\n"

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """Read the text of a checkpoint, extension lines allowed; raises BadCheckpoint."""
        lines = text.split("\n")
        if len(lines) < 4 or lines[-1] or not lines[0]:
            raise BadCheckpoint("lines with origin, size and root are needed")
        origin, size, root = lines[:3]
        if not _SIZE.fullmatch(size):
            raise BadCheckpoint(f"{size!r} is not a size")
        digest = _bytes_of(root)
        if len(digest) != 32:
            raise BadCheckpoint(f"{root!r} is not a root")
        return cls(origin, int(size), digest)


@frozen
class Signature:
    """A signature below a note: who signed, the id of the key, the signature itself."""

    name: str
    key_id: bytes
    value: bytes


@frozen
class Note:
    """A text and the signatures below it."""

    text: str
    signatures: tuple[Signature, ...]

    def __str__(self) -> str:
        lines = (f"— {s.name} {b64encode(s.key_id + s.value).decode()}\n" for s in self.signatures)
        return "\n".join((self.text, "".join(lines)))

    @classmethod
    def parse(cls, note: str) -> Note:
        """Read a signed note; raises BadCheckpoint."""
        text, gap, below = note.rpartition("\n\n")
        if not gap or not _SIGNATURES.fullmatch(below):
            raise BadCheckpoint("a text, an empty line and lines of signatures are needed")
        found = ((name, _bytes_of(data)) for name, data in _SIGNATURE.findall(below))
        return cls(text + "\n", tuple([Signature(name, data[:4], data[4:]) for name, data in found]))


def _bytes_of(text: str) -> bytes:
    """Decode base64, which must be in its one canonical form."""
    try:
        data = b64decode(text, validate=True)
    except ValueError:
        data = b""
    if not data or b64encode(data).decode() != text:
        raise BadCheckpoint(f"{text!r} is not base64")
    return data
