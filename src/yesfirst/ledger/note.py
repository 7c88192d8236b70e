"""Signed notes (C2SP signed-note) with Ed25519 signatures, and witness cosignatures (C2SP tlog-cosignature).

A note is a text that ends in a newline, a blank line, and one line per signature. A signature belongs to a
key when both name and key id match; those of unknown keys are ignored, one of a known key that fails spoils
the whole note.

Invariants: nothing of a note is believed before a trusted key has been verified; a `Signer` never shows its
seed in a repr or an error.
"""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import IntEnum

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

MAX_BYTES, MAX_SIGNATURES = 100_000, 100


class BadNote(ValueError):
    """A note or a key that is malformed, or a note that no trusted key has signed."""


class KeyType(IntEnum):
    """The signature type byte of signed-note: a log's own signature, or a witness's with its time."""

    ED25519 = 1
    COSIGNATURE = 4


@dataclass(frozen=True, slots=True)
class Verifier:
    """A trusted public key under its name; `encode` gives the C2SP vkey."""

    name: str
    type: KeyType
    public: bytes

    def __post_init__(self) -> None:
        if not self.name or "+" in self.name or any(c.isspace() or c < " " for c in self.name):
            raise BadNote("a key name is not empty and has neither spaces nor `+`")
        if len(self.public) != 32:
            raise BadNote(f"an Ed25519 public key has 32 bytes, not {len(self.public)}")

    @property
    def key_id(self) -> bytes:
        """SHA-256(name || 0x0A || type || public key)[:4]."""
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([self.type]) + self.public).digest()[:4]

    def encode(self) -> str:
        """Return the vkey `name+id+base64(type || public key)`."""
        return f"{self.name}+{self.key_id.hex()}+{_b64(bytes([self.type]) + self.public)}"

    def verifies(self, text: str, signature: bytes) -> bool:
        """Whether `signature` (without its key id) is this key's over the note text."""
        if self.type is KeyType.ED25519:
            message = text.encode()
        elif len(signature) == 72:
            message = _cosigned(text, int.from_bytes(signature[:8], "big"))
            signature = signature[8:]
        else:
            return False
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True, slots=True)
class Signer:
    """A private key under its name; `encode` gives the text to keep in a secret file."""

    name: str
    type: KeyType
    seed: bytes = field(repr=False)

    @property
    def verifier(self) -> Verifier:
        """The public half."""
        return Verifier(self.name, self.type, self._key().public_key().public_bytes_raw())

    def encode(self) -> str:
        """Return `PRIVATE+KEY+name+id+base64(type || seed)`."""
        key_id = self.verifier.key_id.hex()
        return f"PRIVATE+KEY+{self.name}+{key_id}+{_b64(bytes([self.type]) + self.seed)}"

    def signature_line(self, text: str, at: datetime | None = None) -> str:
        """Return the signature line over a note text; a cosignature needs its time (whole seconds count)."""
        if self.type is KeyType.ED25519:
            signature = self._key().sign(text.encode())
        elif at is None or at.tzinfo is None:
            raise BadNote("a cosignature states its time")
        else:
            seconds = int(at.timestamp())
            signature = seconds.to_bytes(8, "big") + self._key().sign(_cosigned(text, seconds))
        return f"— {self.name} {_b64(self.verifier.key_id + signature)}\n"

    def _key(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.seed)


@dataclass(frozen=True, slots=True)
class Signed:
    """One verified signature; `at` is the time that a cosignature states."""

    by: Verifier
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Note:
    """A note whose `signatures` have all been verified, at least one."""

    text: str
    signatures: tuple[Signed, ...]


def generate(name: str, type: KeyType = KeyType.ED25519) -> Signer:
    """Make a new key."""
    return Signer(name, type, Ed25519PrivateKey.generate().private_bytes_raw())


def parse_signer(text: str) -> Signer:
    """Read a private key; the error never quotes it."""
    prefix, _, rest = text.strip().partition("PRIVATE+KEY+")
    if prefix or not rest:
        raise BadNote("a signer's key begins with PRIVATE+KEY+")
    name, key_id, type, seed = _key_parts(rest)
    signer = Signer(name, type, seed)
    if signer.verifier.key_id.hex() != key_id:
        raise BadNote("the key id doesn't belong to this private key")
    return signer


def parse_vkey(text: str) -> Verifier:
    """Read a C2SP vkey of type 1 or 4."""
    name, key_id, type, public = _key_parts(text.strip())
    verifier = Verifier(name, type, public)
    if verifier.key_id.hex() != key_id:
        raise BadNote("the key id doesn't belong to this public key")
    return verifier


def sign(text: str, *signers: Signer) -> str:
    """Return the note over `text` with one type 1 signature of each signer."""
    if not text.endswith("\n") or any(c < " " and c != "\n" for c in text):
        raise BadNote("a note's text ends in a newline and has no other control characters")
    return text + "\n" + "".join(signer.signature_line(text) for signer in signers)


def cosign(note: str, witness: Signer, at: datetime) -> str:
    """Return the note with the witness's cosignature added; the caller has verified the note."""
    text, _ = split(note)
    return note + witness.signature_line(text, at)


def open_note(note: str, trusted: Sequence[Verifier]) -> Note:
    """Verify a note against trusted keys.

    Raises BadNote if it is malformed, if a signature of a trusted key fails, or if there is none.
    """
    text, lines = split(note)
    keys = {(key.name, key.key_id): key for key in trusted}
    verified: dict[tuple[str, bytes], Signed] = {}
    for name, data in lines:
        who = (name, data[:4])
        if who not in keys or who in verified:
            continue
        if not keys[who].verifies(text, data[4:]):
            raise BadNote(f"the signature of {name} is false")
        at = None
        if keys[who].type is KeyType.COSIGNATURE:
            at = _instant(int.from_bytes(data[4:12], "big"))
        verified[who] = Signed(keys[who], at)
    if not verified:
        raise BadNote("no trusted key has signed this note")
    return Note(text, tuple(verified.values()))


def split(note: str) -> tuple[str, list[tuple[str, bytes]]]:
    """Return a note's text and its signatures as (name, key id || signature), not verified."""
    if len(note) > MAX_BYTES or any(c < " " and c != "\n" for c in note):
        raise BadNote("a note has no control characters and at most 100,000 characters")
    body, found, tail = note.rpartition("\n\n")
    if not found or not tail.endswith("\n"):
        raise BadNote("a note has a text, a blank line and signature lines")
    lines = [_signature(line) for line in tail[:-1].split("\n")]
    if len(lines) > MAX_SIGNATURES:
        raise BadNote(f"a note has at most {MAX_SIGNATURES} signatures")
    return body + "\n", lines


def _signature(line: str) -> tuple[str, bytes]:
    parts = line.split(" ")
    raw = _unb64(parts[-1])
    if len(parts) != 3 or parts[0] != "—" or not parts[1] or raw is None or len(raw) < 5:
        raise BadNote("a malformed signature line")
    return parts[1], raw


def _key_parts(text: str) -> tuple[str, str, KeyType, bytes]:
    """Split NAME+ID+BASE64 into its name, hexadecimal key id, type and key."""
    name, _, rest = text.partition("+")
    key_id, _, data = rest.partition("+")
    raw = _unb64(data)
    if raw is None or len(raw) != 33 or raw[0] not in (1, 4):
        raise BadNote("a key is NAME+ID+BASE64 with type 1 (Ed25519) or 4 (cosignature)")
    return name, key_id, KeyType(raw[0]), raw[1:]


def _cosigned(text: str, seconds: int) -> bytes:
    """C2SP tlog-cosignature: two header lines, then the whole checkpoint body."""
    return f"cosignature/v1\ntime {seconds}\n{text}".encode()


def _instant(seconds: int) -> datetime:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        raise BadNote("a cosignature states an impossible time") from None


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _unb64(text: str) -> bytes | None:
    """Return the bytes of standard base64, or None for anything but its one spelling."""
    try:
        data = base64.b64decode(text)
    except ValueError:
        return None
    return data if _b64(data) == text else None
