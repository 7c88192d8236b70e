"""The keys that live outside PostgreSQL, and what they protect inside it.

`kek` wraps the key K_s of each subject (and of each record without a subject), `lookup` finds a subject by its
number, `refusals` finds a do-not-contact entry by its number. Whoever holds `lookup` or `refusals` and the
database can test a number against it; erasure removes the look-up hash, and keeps a do-not-contact entry, which
the documents say.
"""

import hmac
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE = 12
_NAMES = ("kek", "lookup", "refusals")


@dataclass(frozen=True, slots=True)
class Keyring:
    kek: bytes = field(repr=False)
    lookup: bytes = field(repr=False)
    refusals: bytes = field(repr=False)

    def wrap(self, key: bytes, owner: bytes) -> bytes:
        """K under the key-encryption key, bound to the subject or record that owns it."""
        nonce = secrets.token_bytes(_NONCE)
        return nonce + AESGCM(self.kek).encrypt(nonce, key, owner)

    def unwrap(self, wrapped: bytes, owner: bytes) -> bytes:
        return AESGCM(self.kek).decrypt(wrapped[:_NONCE], wrapped[_NONCE:], owner)

    def lookup_of(self, brand: str, e164: str) -> bytes:
        return hmac.digest(self.lookup, f"{brand}\0{e164}".encode(), "sha256")

    def refusal_of(self, *said_no: str) -> bytes:
        """The entry of what said no to what: texts without NUL, in an order that is the caller's."""
        return hmac.digest(self.refusals, "\0".join(said_no).encode(), "sha256")

    def attempts_of(self, *counted: str) -> bytes:
        """By what attempts are counted; it can't be told from a do-not-contact entry, nor tried without the key."""
        return hmac.digest(self.refusals, "\0".join(("attempt", *counted)).encode(), "sha256")[:16]


def new_key() -> bytes:
    return secrets.token_bytes(32)


def new_id() -> bytes:
    return secrets.token_bytes(16)


def seal(key: bytes, column: str, value: str) -> bytes:
    """`value` encrypted for one column under a key derived from K; AES-256-GCM, random nonce first."""
    nonce = secrets.token_bytes(_NONCE)
    return nonce + _cipher(key).encrypt(nonce, value.encode(), column.encode())


def unseal(key: bytes, column: str, sealed: bytes) -> str:
    return _cipher(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], column.encode()).decode()


def _cipher(key: bytes) -> AESGCM:
    return AESGCM(hmac.digest(key, b"encrypt/v1", "sha256"))


def read_keyring(directory: Path) -> Keyring:
    """The keys under `directory`; raises FileNotFoundError naming the first that is missing."""
    return Keyring(*((directory / name).read_bytes() for name in _NAMES))


def ensure_keyring(directory: Path) -> Keyring:
    """The keys under `directory`, made at first use; for the embedded home, never for production."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name in _NAMES:
        create_once(directory / name, new_key())
    return read_keyring(directory)


def create_once(path: Path, content: bytes) -> None:
    """Writes a secret file unless it exists; of several processes at once one wins and all read the same."""
    if path.exists():
        return
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
