"""Leaves: what happened, as the exact bytes that are hashed into the tree.

`contents.py` lists the types and their fields. `make` is the only way to write a leaf and `parse` the only
way to read one; both end in the same strict decoder, so what one writes the other accepts. The bytes are
stored and hashed as they are and never re-serialised.

Invariants: public fields hold no personal data, private values appear as commitments in `c` only; a leaf
fits an entry bundle (65,535 bytes).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import msgspec

from yesfirst.ledger import canonical, commitment, tree
from yesfirst.ledger.canonical import Json
from yesfirst.ledger.contents import PRIVATE, Content, LeafContent
from yesfirst.ledger.text import hash_text, id_text, time_text

VERSION = 1
MAX_BYTES = 65_535  # C2SP tlog-tiles: entries are prefixed with a uint16 length.

_decoder: msgspec.json.Decoder[Content] = msgspec.json.Decoder(LeafContent)
_quoted = re.compile(r"'.*'", re.DOTALL)  # what the decoder quotes of a value or a pattern


class BadLeaf(ValueError):
    """A leaf that breaks its shape; the message names the field and the rule, never a value."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """A leaf as written: `rid` and `sid` have 16 bytes, `hash` is the RFC 6962 leaf hash of `body`."""

    t: str
    rid: bytes
    sid: bytes | None
    body: bytes
    hash: bytes


@dataclass(frozen=True, slots=True)
class ParsedLeaf:
    """A leaf as read: its content with ids, hashes and times as text, and its own hash as text."""

    content: Content
    hash: str


def make(
    t: str,
    rid: bytes,
    sid: bytes | None,
    at: datetime,
    public: Mapping[str, Json],
    private: Mapping[str, str],
    key: bytes,
) -> Leaf:
    """Write a leaf.

    `public` holds the fields of the type as they will be written (ids, hashes and times as text);
    `private` the values to commit to under `key`: the subject's K_s, or for a leaf without subject a
    random key of this record. Raises BadLeaf when the result would not parse.
    """
    c: dict[str, str] = {}
    for field, value in private.items():
        c[field] = hash_text(commitment.commit(commitment.opener(key, rid, field), field, value))
    head: dict[str, Json] = {
        "v": VERSION,
        "t": t,
        "rid": id_text(rid),
        "sid": None if sid is None else id_text(sid),
        "at": time_text(at),
        "c": c,
    }
    if not head.keys().isdisjoint(public):
        raise BadLeaf(f"{t}: a public field has a name of the head ({', '.join(head)})")
    body = canonical.encode(head | dict(public))
    _decode(body)
    return Leaf(t, rid, sid, body, tree.leaf_hash(body))


def parse(body: bytes) -> ParsedLeaf:
    """Read a leaf strictly; BadLeaf for unknown types and fields, wrong shapes and non-canonical bytes."""
    try:
        canonical.decode(body)
    except canonical.NotCanonical as error:
        raise BadLeaf(str(error)) from None
    return ParsedLeaf(_decode(body), hash_text(tree.leaf_hash(body)))


def _decode(body: bytes) -> Content:
    """Check canonical bytes against the shape of their type."""
    if len(body) > MAX_BYTES:
        raise BadLeaf(f"a leaf has at most {MAX_BYTES} bytes")
    try:
        content = _decoder.decode(body)
    except msgspec.ValidationError as error:
        raise BadLeaf(_quoted.sub("…", str(error))) from None
    needed, allowed = PRIVATE[type(content)]
    if not needed <= content.c.keys():
        raise BadLeaf(f"{content.t}: `c` lacks {', '.join(sorted(needed - content.c.keys()))}")
    if not content.c.keys() <= allowed:
        raise BadLeaf(f"{content.t}: `c` holds a field that this type may not commit to")
    return content
