"""How bytes and instants are written in leaves and bundles: base64url without padding, UTC milliseconds.

Each has one spelling only: readers refuse padding, other alphabets, stray low bits and other precisions.
"""

import base64
import binascii
import re
from datetime import UTC, datetime

ID_BYTES, HASH_BYTES = 16, 32

# The last character of 16 (32) bytes carries only two (four) significant bits; the rest must be zero.
ID_PATTERN = r"^[A-Za-z0-9_-]{21}[AQgw]\Z"
HASH_PATTERN = r"^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]\Z"
TIME_PATTERN = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]\.[0-9]{3}Z\Z"
_time = re.compile(TIME_PATTERN)


class BadText(ValueError):
    """Text that is not the one spelling of an id, a hash or a time."""


def b64url(data: bytes) -> str:
    """Return base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def parse_b64url(text: str) -> bytes:
    """Return the bytes of base64url without padding, refusing any second spelling of them."""
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (ValueError, binascii.Error):
        raise BadText("not base64url without padding") from None
    if b64url(data) != text:
        raise BadText("not base64url without padding")
    return data


def id_text(data: bytes) -> str:
    """Write a 16-byte id."""
    if len(data) != ID_BYTES:
        raise BadText(f"an id has {ID_BYTES} bytes, not {len(data)}")
    return b64url(data)


def parse_id(text: str) -> bytes:
    """Read a 16-byte id."""
    return _sized(text, ID_BYTES, "an id")


def hash_text(data: bytes) -> str:
    """Write a SHA-256 hash."""
    if len(data) != HASH_BYTES:
        raise BadText(f"a hash has {HASH_BYTES} bytes, not {len(data)}")
    return b64url(data)


def parse_hash(text: str) -> bytes:
    """Read a SHA-256 hash."""
    return _sized(text, HASH_BYTES, "a hash")


def time_text(at: datetime) -> str:
    """Write an instant as UTC with milliseconds and `Z`; finer digits are cut off, never rounded up."""
    if at.tzinfo is None:
        raise BadText("a time without a time zone is no instant")
    return at.astimezone(UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


def parse_time(text: str) -> datetime:
    """Read an instant written by `time_text`."""
    if not _time.match(text):
        raise BadText("not a UTC time with milliseconds and Z")
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise BadText("no such day") from None


def _sized(text: str, size: int, what: str) -> bytes:
    data = parse_b64url(text)
    if len(data) != size:
        raise BadText(f"{what} has {size} bytes, not {len(data)}")
    return data
