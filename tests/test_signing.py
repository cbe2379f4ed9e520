"""Checkpoints are signed as C2SP notes, which a second implementation opens."""

from __future__ import annotations

import sys
from base64 import b64encode

import pytest
from attrs import evolve
from tests.ledger.second_opinion import opened_note, signed
from tests.signatures import needs_cryptography

from bankcore.errors import BadCheckpoint, BadSigningKey, BankcoreError, LibraryMissing, ProofRefused
from bankcore.ledger.evidence.checkpoints import Checkpoint, Note, Signature, key_id, verifier_key
from bankcore.signing import SigningKey, VerifyingKey

HEAD = Checkpoint("bankcore/1/" + "ab" * 32, 366, bytes(range(32)))
# The second test vector of RFC 8032, section 7.1, as PKCS #8 (RFC 8410) in PEM.
SECRET = bytes.fromhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")
PUBLIC = bytes.fromhex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")
SIGNATURE = bytes.fromhex(
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
    "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
)
PEM = (
    b"-----BEGIN PRIVATE KEY-----\n"
    + b64encode(bytes.fromhex("302e020100300506032b657004220420") + SECRET)
    + b"\n-----END PRIVATE KEY-----\n"
)


def test_the_second_implementation_knows_the_published_signature() -> None:
    assert signed(PUBLIC, b"\x72", SIGNATURE)
    assert not signed(PUBLIC, b"\x73", SIGNATURE)
    assert not signed(PUBLIC, b"\x72", SIGNATURE[:-1] + b"\x80")


def test_the_id_of_a_key_is_that_of_the_published_example() -> None:
    """The key of the Go checksum database, as its clients have it."""
    name, id, key = ["sum.golang.org", "033de0ae", "Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"]
    from base64 import b64decode

    public = b64decode(key)[1:]
    assert key_id(name, public).hex() == id
    assert verifier_key(name, public) == f"{name}+{id}+{key}"


def test_a_checkpoint_is_read_back() -> None:
    assert Checkpoint.parse(HEAD.text()) == HEAD
    assert Checkpoint.parse(HEAD.text() + "an extension\n") == HEAD
    note = Note(HEAD.text(), (Signature("a", b"1234", b"x" * 64), Signature("b", b"5678", b"y")))
    assert Note.parse(str(note)) == note


@pytest.mark.parametrize("public", [b"", PUBLIC[:-1], PUBLIC + b"0", bytearray(PUBLIC), PUBLIC.hex(), None])
def test_a_public_key_of_another_length_is_none(public: object) -> None:
    with pytest.raises(BadSigningKey, match="32 bytes"):
        VerifyingKey(public)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "a\n1\n",
        "a\n1\nAA==\n",
        f"a\n01\n{HEAD.text().split()[2]}\n",
        f"a\n-1\n{HEAD.text().split()[2]}\n",
        f"a\n{'9' * 30}\n{HEAD.text().split()[2]}\n",
        f"\n1\n{HEAD.text().split()[2]}\n",
        HEAD.text().removesuffix("\n"),
        HEAD.text().replace("=", ""),
        HEAD.text().replace("8=", "9="),
        "a\n1\n\n",
    ],
)
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(BadCheckpoint):
        Checkpoint.parse(text)


@pytest.mark.parametrize(
    "note",
    [
        "",
        "text\n",
        "text\n\n",
        "text\n\nname c2ln\n",
        "text\n\n— name c2ln",
        "text\n\n— na+me c2ln\n",
        "text\n\n— two names c2ln\n",
        "text\n\n— name c2ln\nmore\n",
        "text\n\n— name *\n",
        "text\n\n— name c2l\n",
    ],
)
def test_what_is_no_note_is_refused(note: str) -> None:
    with pytest.raises(BadCheckpoint):
        Note.parse(note)


def test_without_the_library_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cryptography.exceptions", None)
    for act in (
        SigningKey.generate,
        lambda: SigningKey.from_pem(PEM),
        lambda: VerifyingKey.from_pem(PEM),
        lambda: VerifyingKey(PUBLIC).open(""),
    ):
        with pytest.raises(LibraryMissing, match=r"pip install 'bankcore\[proofs\]'"):
            act()


@needs_cryptography
class TestSigned:
    def test_the_published_key_gives_the_published_public_half(self) -> None:
        key = SigningKey.from_pem(PEM)
        assert key.verifying == VerifyingKey.from_pem(PEM) == VerifyingKey(PUBLIC)
        assert VerifyingKey.from_pem(key.verifying.pem()) == key.verifying
        assert SigningKey.from_pem(key.pem()).sign(HEAD) == key.sign(HEAD)

    def test_a_note_is_opened_by_both_implementations(self) -> None:
        key = SigningKey.generate()
        note = key.sign(HEAD)
        assert note.startswith(HEAD.text() + "\n— " + HEAD.origin + " ")
        assert key.verifying.open(note) == HEAD
        assert opened_note(note, key.verifying.public) == (HEAD.origin, HEAD.size, HEAD.root)

    def test_every_character_changed_makes_it_fail(self) -> None:
        key = SigningKey.from_pem(PEM)
        note = key.sign(HEAD)
        for place, character in enumerate(note):
            for other in {chr(ord(character) ^ 1), "\n", " ", "+", ""} - {character}:
                with pytest.raises(BankcoreError) as refused:
                    key.verifying.open(note[:place] + other + note[place + 1 :])
                assert refused.value.code in ("bad_checkpoint", "proof_refused")

    def test_a_signature_of_somebody_else_or_for_another_book_is_none(self) -> None:
        key = SigningKey.from_pem(PEM)
        with pytest.raises(ProofRefused, match="has not signed"):
            SigningKey.generate().verifying.open(key.sign(HEAD))
        theirs = Note.parse(key.sign(evolve(HEAD, origin="bankcore/2/cd")))
        with pytest.raises(ProofRefused, match="has not signed"):
            key.verifying.open(str(evolve(theirs, text=HEAD.text())))

    def test_signatures_of_others_beside_it_do_not_matter(self) -> None:
        key, witness = SigningKey.from_pem(PEM), SigningKey.generate()
        notes = [Note.parse(each.sign(HEAD)) for each in (witness, key)]
        both = evolve(notes[0], signatures=notes[0].signatures + notes[1].signatures)
        assert key.verifying.open(str(both)) == HEAD

    @pytest.mark.parametrize("kind", ["x25519", "ed448"])
    def test_keys_of_other_kinds_are_refused(self, kind: str) -> None:
        from importlib import import_module

        from cryptography.hazmat.primitives import serialization as s

        module = import_module(f"cryptography.hazmat.primitives.asymmetric.{kind}")
        key = getattr(module, f"{kind.title()}PrivateKey").generate()
        secret = key.private_bytes(s.Encoding.PEM, s.PrivateFormat.PKCS8, s.NoEncryption())
        public = key.public_key().public_bytes(s.Encoding.PEM, s.PublicFormat.SubjectPublicKeyInfo)
        for pem in (secret, public):
            with pytest.raises(BadSigningKey, match="Ed25519"):
                VerifyingKey.from_pem(pem)
        with pytest.raises(BadSigningKey):
            SigningKey.from_pem(secret)

    @pytest.mark.parametrize("pem", [b"", b"x", PEM[:-30], PEM.replace(b"MC4", b"AAA")])
    def test_what_is_no_key_is_refused(self, pem: bytes) -> None:
        for read in (SigningKey.from_pem, VerifyingKey.from_pem):
            with pytest.raises(BadSigningKey):
                read(pem)

    def test_a_key_behind_a_password_is_refused(self) -> None:
        from cryptography.hazmat.primitives import serialization as s
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        closed = s.BestAvailableEncryption(b"secret")
        pem = Ed25519PrivateKey.generate().private_bytes(s.Encoding.PEM, s.PrivateFormat.PKCS8, closed)
        with pytest.raises(BadSigningKey, match="unencrypted"):
            SigningKey.from_pem(pem)
