"""Evidence bundles: everything a stranger needs to check one message, as one JSON file of a few kilobytes.

A bundle holds a checkpoint note, the records (leaf bytes with inclusion proofs), the openers of their
private fields and the texts that were shown. It never holds a subject's key: an opener explains one field of
one record and nothing else.

Invariant: `build` writes canonical JSON; blobs are named by their own hash.
"""

import hashlib
from binascii import a2b_base64, b2a_base64
from collections.abc import Iterable
from dataclasses import dataclass

import msgspec

from yesfirst.ledger import canonical
from yesfirst.ledger.text import b64url, hash_text, id_text, parse_b64url

FORMAT = "yesfirst-evidence-bundle/v1"


class BadBundle(ValueError):
    """Bytes that are no evidence bundle."""


@dataclass(frozen=True, slots=True)
class Record:
    """A leaf's exact bytes, its index, and its inclusion proof under the bundle's checkpoint."""

    index: int
    body: bytes
    proof: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Opener:
    """What opens private `field` of the record at `index`: its value and the 32-byte opener."""

    index: int
    field: str
    value: str
    opener: bytes

    def __repr__(self) -> str:
        return f"Opener(index={self.index}, field={self.field!r})"


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle as read, not verified: message id as text, blobs by their hash as text."""

    message: str
    checkpoint: str
    records: tuple[Record, ...]
    openers: tuple[Opener, ...]
    blobs: dict[str, bytes]


class _Record(msgspec.Struct, forbid_unknown_fields=True):
    index: int
    leaf: str
    proof: list[str]


class _Opener(msgspec.Struct, forbid_unknown_fields=True):
    index: int
    field: str
    value: str
    r: str


class _Bundle(msgspec.Struct, forbid_unknown_fields=True):
    format: str
    message: str
    checkpoint: str
    records: list[_Record]
    openers: list[_Opener]
    blobs: dict[str, str]


def build(
    message: bytes,
    checkpoint: str,
    records: Iterable[Record],
    openers: Iterable[Opener],
    blobs: Iterable[bytes],
) -> bytes:
    """Write the bundle of one message (its id has 16 bytes).

    `records`: the consent chain up to the decision's `sseq`, the decision, its aborted, outcome and resolved
    leaves, and `subject.erased` if there is one. `openers`: at least `phone` of the decision and of the
    consent leaf it stands on, unless erased. `blobs`: the notice and privacy texts.
    """
    return canonical.encode(
        {
            "format": FORMAT,
            "message": id_text(message),
            "checkpoint": checkpoint,
            "records": [
                {"index": r.index, "leaf": b64url(r.body), "proof": [_b64(p) for p in r.proof]}
                for r in sorted(records, key=lambda r: r.index)
            ],
            "openers": [
                {"index": o.index, "field": o.field, "value": o.value, "r": hash_text(o.opener)}
                for o in sorted(openers, key=lambda o: (o.index, o.field))
            ],
            "blobs": {hash_text(hashlib.sha256(blob).digest()): _b64(blob) for blob in blobs},
        }
    )


def parse(data: bytes) -> Bundle:
    """Read a bundle without verifying it (that is `verifier.py`'s task); BadBundle if it is none."""
    try:
        raw = msgspec.json.decode(data, type=_Bundle)
        if raw.format != FORMAT:
            raise BadBundle(f"not a {FORMAT}")
        return Bundle(
            raw.message,
            raw.checkpoint,
            tuple(
                Record(r.index, parse_b64url(r.leaf), tuple(a2b_base64(p) for p in r.proof))
                for r in raw.records
            ),
            tuple(Opener(o.index, o.field, o.value, parse_b64url(o.r)) for o in raw.openers),
            {name: a2b_base64(blob) for name, blob in raw.blobs.items()},
        )
    except (msgspec.DecodeError, ValueError) as error:
        if isinstance(error, BadBundle):
            raise
        raise BadBundle("not an evidence bundle, or a damaged one") from None


def _b64(data: bytes) -> str:
    return b2a_base64(data, newline=False).decode("ascii")
