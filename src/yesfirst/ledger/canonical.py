"""Canonical JSON: the one way to write a value as bytes, so that its hash means something.

RFC 8785 restricted to ASCII keys, strings, integers strictly between -2^53 and 2^53, booleans, null,
lists and objects. With these limits the JCS key order (UTF-16 code units) is plain byte order and number
formatting is trivial. A reader accepts exactly the bytes that `encode` would have written, nothing else:
that alone refuses white space, duplicate keys, other escapes, `-0` and `1.0`.

Invariant: `encode(decode(b)) == b` for every `b` that `decode` accepts.
"""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import msgspec

Json: TypeAlias = "str | int | bool | Sequence[Json] | Mapping[str, Json] | None"

INTEGER_LIMIT = 2**53
_PLAIN = (str, bool, type(None))
_encoder = msgspec.json.Encoder(order="sorted")
_decoder = msgspec.json.Decoder()


class NotCanonical(ValueError):
    """A value or bytes outside the restricted RFC 8785; the message gives the place, never the content."""


def encode(value: object) -> bytes:
    """Return the canonical bytes of a JSON value; NotCanonical if it has none."""
    try:
        _refuse_foreign(value, "$")
        return _encoder.encode(value)
    except RecursionError:
        raise NotCanonical("the value is nested too deeply") from None
    except UnicodeEncodeError:
        # RFC 8785 section 3.2.2.2: lone surrogates have no UTF-8 form.
        raise NotCanonical("a string contains a lone surrogate") from None


def decode(data: bytes) -> Json:
    """Return the JSON value of canonical bytes; NotCanonical if the bytes are not exactly canonical."""
    try:
        value: Json = _decoder.decode(data)
    except (ValueError, RecursionError):  # msgspec.DecodeError and UnicodeDecodeError are ValueErrors
        raise NotCanonical("not JSON in UTF-8") from None
    if encode(value) != data:
        raise NotCanonical("not in canonical form (order, white space, escapes or duplicate keys)")
    return value


def _refuse_foreign(value: object, place: str) -> None:
    """Walk the value and refuse what the restricted form can't hold."""
    if isinstance(value, _PLAIN):
        return
    if isinstance(value, int):
        # RFC 8785 section 3.2.2.3: numbers are IEEE 754 doubles; beyond 2^53 readers disagree.
        if not -INTEGER_LIMIT < value < INTEGER_LIMIT:
            raise NotCanonical(f"{place}: integer of 2^53 or more")
    elif isinstance(value, Mapping):
        for key, item in value.items():
            if not isinstance(key, str) or not key.isascii():
                raise NotCanonical(f"{place}: a key is not an ASCII string")
            if not isinstance(item, _PLAIN):
                _refuse_foreign(item, place)
    elif isinstance(value, list | tuple):
        for item in value:
            if not isinstance(item, _PLAIN):
                _refuse_foreign(item, place)
    else:
        raise NotCanonical(f"{place}: a {type(value).__name__} has no place in canonical JSON")
