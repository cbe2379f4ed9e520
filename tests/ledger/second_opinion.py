"""A second implementation of what proofs rest on, written from the RFCs alone; it imports nothing of ours.

Trees are those of RFC 6962, section 2.1, read as it defines them: from the root downwards, by recursion.
Signatures are those of RFC 8032, section 5.1.7, in the plainest arithmetic.
"""

from __future__ import annotations

import base64
import hashlib
from typing import Any


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def split(size: int) -> int:
    """The largest power of two below the size."""
    k = 1
    while 2 * k < size:
        k *= 2
    return k


def tree_hash(leaves: list[bytes]) -> bytes:
    """MTH(D[n])."""
    if not leaves:
        return sha256(b"")
    if len(leaves) == 1:
        return sha256(b"\x00" + leaves[0])
    k = split(len(leaves))
    return sha256(b"\x01" + tree_hash(leaves[:k]) + tree_hash(leaves[k:]))


def path_of(index: int, leaves: list[bytes]) -> list[bytes]:
    """PATH(m, D[n])."""
    if len(leaves) == 1:
        return []
    k = split(len(leaves))
    if index < k:
        return [*path_of(index, leaves[:k]), tree_hash(leaves[k:])]
    return [*path_of(index - k, leaves[k:]), tree_hash(leaves[:k])]


def subproof(size: int, leaves: list[bytes], whole: bool) -> list[bytes]:
    """SUBPROOF(m, D[n], b); PROOF(m, D[n]) begins with a true b."""
    if size == len(leaves):
        return [] if whole else [tree_hash(leaves)]
    k = split(len(leaves))
    if size <= k:
        return [*subproof(size, leaves[:k], whole), tree_hash(leaves[k:])]
    return [*subproof(size - k, leaves[k:], False), tree_hash(leaves[:k])]


def root_by_inclusion(leaf: bytes, index: int, size: int, path: list[bytes]) -> bytes:
    """The root to which the path leads from a leaf; ValueError where the path has another length."""
    if not 0 <= index < size:
        raise ValueError("the leaf is outside of the tree")
    if size == 1:
        if path:
            raise ValueError("the path is too long")
        return sha256(b"\x00" + leaf)
    if not path:
        raise ValueError("the path is too short")
    k = split(size)
    if index < k:
        return sha256(b"\x01" + root_by_inclusion(leaf, index, k, path[:-1]) + path[-1])
    return sha256(b"\x01" + path[-1] + root_by_inclusion(leaf, index - k, size - k, path[:-1]))


def roots_by_consistency(
    old_size: int, size: int, path: list[bytes], old: bytes | None
) -> tuple[bytes, bytes]:
    """The old and the new root to which the path leads; `old` is the old root while it may be left out."""
    if not 0 < old_size <= size:
        raise ValueError("the sizes are in the wrong order")
    if old_size == size:
        if len(path) != (0 if old is not None else 1):
            raise ValueError("the path has another length")
        node = old if old is not None else path[0]
        return node, node
    if not path:
        raise ValueError("the path is too short")
    k, sibling = split(size), path[-1]
    if old_size <= k:
        before, after = roots_by_consistency(old_size, k, path[:-1], old)
        return before, sha256(b"\x01" + after + sibling)
    before, after = roots_by_consistency(old_size - k, size - k, path[:-1], None)
    return sha256(b"\x01" + sibling + before), sha256(b"\x01" + sibling + after)


def netstrings(*values: Any) -> bytes:
    """Each value as text, behind its length and a colon, before a comma."""
    return "".join(f"{len(str(value))}:{value}," for value in values).encode()


# --- signatures -------------------------------------------------------------------------------------

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
Point = tuple[int, int]


def add(a: Point, b: Point) -> Point:
    """The law of addition of the twisted Edwards curve, with affine coordinates."""
    (x1, y1), (x2, y2) = a, b
    t = D * x1 * x2 * y1 * y2 % P
    x = (x1 * y2 + x2 * y1) * pow(1 + t, P - 2, P) % P
    y = (y1 * y2 + x1 * x2) * pow(1 - t, P - 2, P) % P
    return x, y


def times(n: int, point: Point) -> Point:
    found: Point = (0, 1)
    while n:
        if n & 1:
            found = add(found, point)
        point, n = add(point, point), n >> 1
    return found


def point_of(data: bytes) -> Point:
    """Decode a point (section 5.1.3)."""
    number = int.from_bytes(data, "little")
    y, sign = number % 2**255, number >> 255
    if y >= P:
        raise ValueError("it is no point")
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if (x * x - square) % P or (x == 0 and sign):
        raise ValueError("it is no point")
    return (P - x if x & 1 != sign else x), y


def signed(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether an Ed25519 signature is one of the message."""
    base = point_of((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))
    r, s = signature[:32], int.from_bytes(signature[32:], "little")
    if len(signature) != 64 or s >= L:
        return False
    h = int.from_bytes(hashlib.sha512(r + public + message).digest(), "little") % L
    return times(s, base) == add(point_of(r), times(h, point_of(public)))


def opened_note(note: str, public: bytes) -> tuple[str, int, bytes]:
    """Origin, size and root of a C2SP checkpoint that the key has signed under its origin."""
    body, _, signatures = note.rpartition("\n\n")
    text = body + "\n"
    origin, size, root = body.split("\n")[:3]
    identity = sha256(origin.encode() + b"\n\x01" + public)[:4]
    for line in signatures.splitlines():
        dash, name, encoded = line.split(" ")
        data = base64.b64decode(encoded, validate=True)
        if (dash, name, data[:4]) == ("\u2014", origin, identity) and signed(public, text.encode(), data[4:]):
            return origin, int(size), base64.b64decode(root, validate=True)
    raise ValueError("nobody has signed it")
