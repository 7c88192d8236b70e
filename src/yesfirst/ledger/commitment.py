"""Commitments: private values appear in leaves only as HMACs that their opener can explain.

`opener = HMAC-SHA256(K, "open/v1" 00 rid 00 field)` and `c[field] = HMAC-SHA256(opener, field 00 value)`.
Whoever holds the opener of one field of one record can test a value against its commitment and learns
nothing about any other. Destroy K, and no commitment made with it can be opened or tried again.

Invariants: K is 32 random bytes and never leaves the key store; a bundle carries openers only.
"""

import hmac

_OPEN = b"open/v1\x00"


class BadPrivateValue(ValueError):
    """A private value that can't be committed to; the message names the field, never the value."""


def opener(key: bytes, rid: bytes, field: str) -> bytes:
    """Return the 32 bytes that open `field` of record `rid` (16 bytes) under the key K (32 bytes)."""
    if len(key) != 32 or len(rid) != 16:
        raise BadPrivateValue(f"{field}: the key must have 32 bytes and the record id 16")
    return hmac.digest(key, _OPEN + rid + b"\x00" + field.encode("ascii"), "sha256")


def commit(opener: bytes, field: str, value: str) -> bytes:
    """Return the 32-byte commitment to `value`."""
    try:
        return hmac.digest(opener, field.encode("ascii") + b"\x00" + value.encode(), "sha256")
    except UnicodeEncodeError:
        raise BadPrivateValue(f"{field}: the value contains a lone surrogate") from None


def opens(opener: bytes, field: str, value: str, commitment: bytes) -> bool:
    """Whether this opener and this value explain the commitment."""
    return hmac.compare_digest(commit(opener, field, value), commitment)
