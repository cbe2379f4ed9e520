"""Signed checkpoints: Ed25519 over the head of a book's log of seals, in a C2SP signed note.

A key signs under the origin of the log, so a signature for one book is not valid for another.  The library
cryptography does the arithmetic; install it with `pip install 'bankcore[proofs]'`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from attrs import frozen

from bankcore.errors import BadCheckpoint, BadSigningKey, LibraryMissing, ProofRefused
from bankcore.ledger.evidence.checkpoints import Checkpoint, Note, Signature, key_id
from bankcore.ledger.transactions import is_storable

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

__all__ = ["SigningKey", "VerifyingKey"]

_LENGTH: Final = 32


@frozen
class VerifyingKey:
    """The public half of a key, 32 bytes; raises BadSigningKey for anything else.

    >>> len(VerifyingKey(bytes(32)).public)
    32
    """

    public: bytes

    def __attrs_post_init__(self) -> None:
        if type(self.public) is not bytes or len(self.public) != _LENGTH:
            raise BadSigningKey(f"the public half of an Ed25519 key has {_LENGTH} bytes")

    @classmethod
    def from_pem(cls, pem: bytes) -> VerifyingKey:
        """Read an Ed25519 key, public or private, from PEM; raises BadSigningKey, LibraryMissing."""
        library = _library()
        if b"PRIVATE" in pem:
            return SigningKey.from_pem(pem).verifying
        try:
            key = library.serialization.load_pem_public_key(pem)
        except (ValueError, library.unsupported) as error:
            raise BadSigningKey(f"a PEM file with an Ed25519 key is needed ({error})") from None
        if not isinstance(key, library.ed25519.Ed25519PublicKey):
            raise BadSigningKey("an Ed25519 key is needed")
        return cls(key.public_bytes_raw())

    def pem(self) -> bytes:
        """The key as PEM."""
        library = _library()
        key = library.ed25519.Ed25519PublicKey.from_public_bytes(self.public)
        encoding, form = library.serialization.Encoding.PEM, library.serialization.PublicFormat
        found: bytes = key.public_bytes(encoding, form.SubjectPublicKeyInfo)
        return found

    def open(self, note: str) -> Checkpoint:
        """The checkpoint of a note that this key has signed under the checkpoint's origin.

        Raises BadCheckpoint, ProofRefused where no signature is from this key or one is not valid, and
        LibraryMissing.
        """
        if not is_storable(note):
            raise BadCheckpoint("a note must be valid text")
        library, parsed = _library(), Note.parse(note)
        checkpoint = Checkpoint.parse(parsed.text)
        name = checkpoint.origin
        own = [s for s in parsed.signatures if (s.name, s.key_id) == (name, key_id(name, self.public))]
        if not own:
            raise ProofRefused("signature", "the key has not signed the checkpoint under its origin")
        key = library.ed25519.Ed25519PublicKey.from_public_bytes(self.public)
        try:
            for signature in own:
                key.verify(signature.value, parsed.text.encode())
        except library.invalid:
            raise ProofRefused("signature", "it is not valid for this checkpoint") from None
        return checkpoint


@frozen
class SigningKey:
    """A key that signs checkpoints; anybody who has it can sign for the book.

    >>> key = SigningKey.generate()
    >>> VerifyingKey.from_pem(key.pem()) == key.verifying
    True
    """

    _key: Ed25519PrivateKey

    @classmethod
    def generate(cls) -> SigningKey:
        """A new key; raises LibraryMissing."""
        return cls(_library().ed25519.Ed25519PrivateKey.generate())

    @classmethod
    def from_pem(cls, pem: bytes) -> SigningKey:
        """Read an unencrypted Ed25519 key from PEM; raises BadSigningKey, LibraryMissing."""
        library = _library()
        try:
            key = library.serialization.load_pem_private_key(pem, None)
        except (TypeError, ValueError, library.unsupported) as error:
            raise BadSigningKey(f"a PEM file with an unencrypted Ed25519 key is needed ({error})") from None
        if not isinstance(key, library.ed25519.Ed25519PrivateKey):
            raise BadSigningKey("an Ed25519 key is needed")
        return cls(key)

    def pem(self) -> bytes:
        """The key as PEM, unencrypted: keep it where only the bank can read it."""
        s = _library().serialization
        return self._key.private_bytes(s.Encoding.PEM, s.PrivateFormat.PKCS8, s.NoEncryption())

    @property
    def verifying(self) -> VerifyingKey:
        """The public half."""
        return VerifyingKey(self._key.public_key().public_bytes_raw())

    def sign(self, checkpoint: Checkpoint) -> str:
        """The checkpoint as a signed note."""
        name, text = checkpoint.origin, checkpoint.text()
        signature = Signature(name, key_id(name, self.verifying.public), self._key.sign(text.encode()))
        return str(Note(text, (signature,)))


@frozen
class _Library:
    ed25519: Any
    serialization: Any
    invalid: Any
    unsupported: Any


def _library() -> _Library:
    """The signing library, an optional dependency."""
    try:
        from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric import ed25519
    except ImportError:
        raise LibraryMissing("cryptography", "proofs") from None
    return _Library(ed25519, serialization, InvalidSignature, UnsupportedAlgorithm)
