#!/usr/bin/env python3
"""Verify evidence bundles without trusting who made them: one file, standard library only.

    python3 -I -S verifier.py BUNDLE --key VKEY [--key WITNESS_VKEY] [--phone -] [--json]

BUNDLE is a bundle or the zip of a run. VKEY is the log's public key (C2SP vkey), which you must have from a
source you trust, not from the bundle. `--phone -` reads the number that the message is claimed to have gone
to from standard input. Answers, with exit code 0, or 1 for INVALID, or 2 for wrong usage:

    VALID                 the sealed leaves prove an open consent when this message was decided
    VALID-WITH-WARNINGS   the same, and something you should know, each by name
    VALID-PSEUDONYMOUS    the same for a subject whose number has been erased and can't be shown any more
    INVALID               what is wrong, and where

It repeats the package's rules on purpose and imports none of them. Runs on Python 3.9 and later. In order:
text, Ed25519, checkpoints, the tree, the shapes of leaves, the consent fold, the bundle, the command.

Known gaps: a bundle can't show that a withdrawal was kept from the decision; only a witness, who reads all
leaves, can. Without a trusted witness's cosignature it can't show that others see the same log either. A zip
is read into memory whole.
"""

from __future__ import annotations

import argparse
import base64
import datetime
import hashlib
import hmac
import io
import json
import re
import sys
from dataclasses import dataclass, field
from typing import Any

VALID, WARNED, PSEUDONYMOUS, INVALID = "VALID", "VALID-WITH-WARNINGS", "VALID-PSEUDONYMOUS", "INVALID"
FORMAT = "yesfirst-evidence-bundle/v1"
LIMIT = 2**53

WARNINGS = {
    "NOT-WITNESSED": "no trusted witness has cosigned the checkpoint",
    "NOT-SENT": "the decision was aborted: nothing was handed to the carrier under it",
    "OUTCOME-MISSING": "the log does not say yet what became of the message",
    "OUTCOME-UNKNOWN": "nobody could tell whether the carrier took the message",
    "OUTCOME-AFTER-EXPIRY": "the outcome was recorded after the consent had expired",
    "BODY-NOT-SHOWN": "the text of the message is not in the bundle",
    "PHONE-NOT-CHECKED": "the subject is erased: the number you gave can't be compared",
    "SUBJECT-ERASED": "the subject has been erased, yet this bundle still shows the number",
}


class Refused(Exception):
    """What is wrong with a bundle, and where."""

    def __init__(self, where: str, what: str) -> None:
        super().__init__(where + ": " + what)
        self.where, self.what = where, what


@dataclass
class Report:
    """The answer about one bundle; `facts` hold no number, name or text."""

    status: str
    message: str | None = None
    warnings: list[str] = field(default_factory=list)
    where: str | None = None
    what: str | None = None
    facts: dict[str, Any] = field(default_factory=dict)


def unb64(text: object, where: str, size: int | None = None, url: bool = False) -> bytes:
    """Decode base64 (with padding), or base64url (without) of `size` bytes, refusing second spellings."""
    if not isinstance(text, str):
        raise Refused(where, "not base64")
    try:
        raw = text.encode("ascii")
        data = base64.urlsafe_b64decode(raw + b"=" * (-len(raw) % 4)) if url else base64.b64decode(raw)
        again = base64.urlsafe_b64encode(data).rstrip(b"=") if url else base64.b64encode(data)
    except ValueError:
        raise Refused(where, "not base64") from None
    if again != raw or size not in (None, len(data)):
        raise Refused(where, "not base64 in its only spelling, or of another length")
    return data


def b64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def _no_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("duplicate key")
    return result


def _no_float(text: str) -> object:
    raise ValueError("not an integer")


def read_json(data: bytes, where: str) -> object:
    """Parse JSON in UTF-8 without duplicate keys, fractions, exponents or NaN."""
    try:
        return json.loads(
            data.decode("utf-8"),
            object_pairs_hook=_no_duplicates,
            parse_float=_no_float,
            parse_constant=_no_float,
        )
    except (ValueError, RecursionError):
        raise Refused(where, "not JSON, or JSON with duplicate keys or fractions") from None


def canonical(value: object) -> bytes:
    """RFC 8785 restricted to what leaves may hold."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode("utf-8")


P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
Point = tuple[int, int, int, int]  # (X, Y, Z, T) with x = X/Z, y = Y/Z, xy = T/Z


def _add(a: Point, b: Point) -> Point:
    s, t = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    u, v = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    e, f, g, h = t - s, v - u, v + u, t + s
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def _point(data: bytes) -> Point | None:
    """Decode a point; None if it is not the canonical encoding of one (RFC 8032 section 5.1.3)."""
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    if y >= P:
        return None
    x2 = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(x2, (P + 3) // 8, P)
    if (x * x - x2) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if (x * x - x2) % P or (x == 0 and sign):
        return None
    x = P - x if x & 1 != sign else x
    return (x, y, 1, x * y % P)


BASE = _point((4 * pow(5, -1, P) % P).to_bytes(32, "little"))


def ed25519_verifies(public: bytes, message: bytes, signature: bytes) -> bool:
    """RFC 8032 section 5.1.7, without cofactor: [S]B - [k]A must encode to the very bytes of R."""
    a = _point(public) if len(public) == 32 else None
    if a is None or BASE is None or len(signature) != 64:
        return False
    s = int.from_bytes(signature[32:], "little")
    if s >= ORDER:
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % ORDER
    minus_a = (P - a[0], a[1], 1, P - a[3])
    both, sum_ = _add(BASE, minus_a), (0, 1, 1, 0)
    for bit in range(255, -1, -1):
        sum_ = _add(sum_, sum_)
        chosen = (s >> bit & 1, k >> bit & 1)
        if chosen != (0, 0):
            sum_ = _add(sum_, both if chosen == (1, 1) else BASE if chosen[0] else minus_a)
    inverse = pow(sum_[2], -1, P)
    x, y = sum_[0] * inverse % P, sum_[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little") == signature[:32]


@dataclass(frozen=True)
class Key:
    """A trusted vkey: type 1 for the log, 4 for a witness."""

    name: str
    id: bytes
    type: int
    public: bytes


@dataclass(frozen=True)
class Checkpoint:
    """A verified checkpoint; `witnessed` is the time of the latest trusted cosignature, or None."""

    origin: str
    size: int
    root: bytes
    witnessed: int | None


def parse_key(vkey: str) -> Key:
    """Read a C2SP vkey; Refused if it is malformed."""
    name, _, rest = vkey.strip().partition("+")
    key_id, _, data = rest.partition("+")
    raw = unb64(data, "key", 33)
    wanted = hashlib.sha256(name.encode() + b"\n" + raw).digest()[:4]
    if not name or raw[0] not in (1, 4) or key_id != wanted.hex():
        raise Refused("key", "not a C2SP verifier key of type 1 or 4")
    return Key(name, wanted, raw[0], raw[1:])


def open_checkpoint(note: str, keys: list[Key]) -> Checkpoint:
    """Verify a checkpoint note: the log's own signature must be there and true, others true if trusted."""
    where = "checkpoint"
    body, found, tail = note.rpartition("\n\n")
    lines = tail.split("\n")
    if not found or lines.pop() != "" or len(lines) > 100 or any(c < " " and c != "\n" for c in note):
        raise Refused(where, "not a signed note")
    text, signed, times = body + "\n", False, []
    origin, size, root = _checkpoint_body(text)
    for line in lines:
        parts = line.split(" ")
        raw = unb64(parts[-1], where)
        if len(parts) != 3 or parts[0] != "\u2014" or len(raw) < 5:
            raise Refused(where, "a malformed signature line")
        for key in keys:
            if (key.name, key.id) == (parts[1], raw[:4]):
                message, signature = text.encode("utf-8"), raw[4:]
                if key.type == 4:
                    times.append(int.from_bytes(signature[:8], "big"))
                    message = b"cosignature/v1\ntime %d\n" % times[-1] + message
                    signature = signature[8:]
                if not ed25519_verifies(key.public, message, signature):
                    raise Refused(where, "the signature of " + key.name + " is false")
                signed = signed or (key.type == 1 and key.name == origin)
    if not signed:
        raise Refused(where, "no trusted key of the log has signed it")
    return Checkpoint(origin, size, root, max(times) if times else None)


def _checkpoint_body(text: str) -> tuple[str, int, bytes]:
    lines = text.split("\n")
    if len(lines) != 4 or not lines[0] or not re.fullmatch("0|[1-9][0-9]{0,15}", lines[1]):
        raise Refused("checkpoint", "not the three lines origin, size and root")
    return lines[0], int(lines[1]), unb64(lines[2], "checkpoint", 32)


def included(leaf: bytes, index: int, size: int, proof: list[bytes], root: bytes) -> bool:
    if not 0 <= index < size:
        return False
    fn, sn, r = index, size - 1, leaf
    for p in proof:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            r = hashlib.sha256(b"\x01" + p + r).digest()
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = hashlib.sha256(b"\x01" + r + p).digest()
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and r == root


ID = r"[A-Za-z0-9_-]{21}[AQgw]"
HASH = r"[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]"
TIME = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]\.[0-9]{3}Z"
NAME = r"[a-z0-9][a-z0-9._-]{0,63}"
CODE = r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}"
WORDS = r"[ -~]{1,255}"
NULL = "?"  # before a pattern: null is allowed too

_link = {"sseq": "int", "prev": NULL + HASH, "brand": NAME, "channel": NAME}
_agreement = {
    **_link,
    "purpose": "list",
    "kind": NAME,
    "method": "web|keyword|double|import|paper|call|api",
    "given": TIME,
    "exp": NULL + TIME,
    "jur": CODE,
    "lang": CODE,
    "notice": HASH,
    "privacy": NULL + HASH,
    "freq": NULL + WORDS,
    "night": "bool",
}
_verdict = {"mseq": "int", "mprev": NULL + HASH, "brand": NAME, "purpose": NAME, "channel": NAME, "run": ID}
SHAPES: dict[str, dict[str, str]] = {
    "consent.grant": _agreement,
    "consent.confirm": {**_agreement, "of": HASH},
    "consent.renew": {**_agreement, "of": HASH},
    "consent.withdraw": {**_link, "purpose": "list*", "via": "reply|web|call|api|import|operator|carrier"},
    "send.decision": {
        **_verdict,
        "state": HASH,
        "sseq": "int",
        "by": TIME,
        "verdict": "allow",
        "ref": "ref",
    },
    "send.aborted": {"of": ID, "reason": CODE},
    "send.outcome": {"of": ID, "result": "accepted|rejected|unknown", "code": NULL + CODE},
    "send.resolved": {"of": ID, "result": "accepted|failed", "how": "receipt|list|person"},
    "subject.erased": {"basis": CODE, "scope": CODE},
}
_head = {"v": "one", "t": NAME, "rid": ID, "sid": ID, "at": TIME, "c": "commitments"}
_source = {"proof", "ip", "ua", "url", "text", "sender", "carrier_id", "actor"}
# Type -> private fields that must be committed to, and those that may.
PRIVATE: dict[str, tuple[set[str], set[str]]] = {
    "consent.grant": ({"phone"}, {"phone"} | _source),
    "consent.confirm": ({"phone"}, {"phone"} | _source),
    "consent.renew": ({"phone"}, {"phone"} | _source),
    "consent.withdraw": (set(), {"phone", "reason_text"} | _source),
    "send.decision": ({"phone", "body", "sender"}, {"phone", "body", "sender"}),
    "send.aborted": (set(), set()),
    "send.outcome": (set(), {"carrier_id"}),
    "send.resolved": (set(), {"carrier_id", "actor", "reason_text"}),
    "subject.erased": (set(), {"actor", "reason_text"}),
}


@dataclass(frozen=True)
class Leaf:
    """A sealed leaf: its index, its hash as text, its fields."""

    index: int
    hash: str
    f: dict[str, object]

    def text(self, name: str) -> str:
        return str(self.f[name])


def _fits(shape: str, value: object) -> bool:
    if shape == "int":
        return type(value) is int and 0 <= value < LIMIT
    if shape == "one":
        return type(value) is int and value == 1
    if shape == "bool":
        return isinstance(value, bool)
    if shape in ("list", "list*"):
        if shape == "list*" and value == ["*"]:
            return True
        return (
            isinstance(value, list)
            and 1 <= len(value) <= 64
            and all(_fits(NAME, each) for each in value)
            and len(set(value)) == len(value)
        )
    if shape == "commitments":
        return isinstance(value, dict) and all(_fits(HASH, each) for each in value.values())
    if shape == "ref":
        return (
            isinstance(value, dict)
            and value.keys() == {"template", "rulebook"}
            and all(_fits(HASH, each) for each in value.values())
        )
    if shape.startswith(NULL):
        return value is None or _fits(shape[1:], value)
    return isinstance(value, str) and re.fullmatch(shape, value) is not None and _is_day(shape, value)


def _is_day(shape: str, value: str) -> bool:
    if shape != TIME:
        return True
    try:
        return bool(datetime.date(int(value[:4]), int(value[5:7]), int(value[8:10])))
    except ValueError:
        return False


def read_leaf(index: int, body: bytes) -> Leaf:
    """Read the exact bytes of a leaf; Refused for anything that `SHAPES` does not describe."""
    where = f"record {index}"
    f = read_json(body, where)
    try:
        if not isinstance(f, dict) or canonical(f) != body:
            raise Refused(where, "not in canonical form")
    except (UnicodeEncodeError, RecursionError):
        raise Refused(where, "not in canonical form") from None
    t = f.get("t")
    if not isinstance(t, str) or t not in SHAPES:
        raise Refused(where, "a leaf of a type that has no place in a bundle")
    shapes = {**_head, **SHAPES[t]}
    if f.keys() != shapes.keys():
        raise Refused(where, t + " lacks a field or has one too many")
    for name, shape in shapes.items():
        if not _fits(shape, f[name]):
            raise Refused(where, t + ": `" + name + "` has another shape")
    needed, allowed = PRIVATE[t]
    if not needed <= f["c"].keys() <= allowed:
        raise Refused(where, t + ": `c` lacks a field or has one too many")
    return Leaf(index, b64url(hashlib.sha256(b"\x00" + body).digest()), f)


@dataclass
class Fold:
    """What is open and pending for (purpose, channel), and the latest withdrawals; purpose may be `*`."""

    open: dict[tuple[str, str], Leaf] = field(default_factory=dict)
    pending: dict[tuple[str, str], Leaf] = field(default_factory=dict)
    withdrawn: dict[tuple[str, str], str] = field(default_factory=dict)
    last: Leaf | None = None
    length: int = 0

    def add(self, leaf: Leaf) -> None:
        """Fold one more leaf; Refused if it can't stand here."""
        where, f, before = f"record {leaf.index}", leaf.f, self.last
        if f["sseq"] != self.length:
            due = f"consent leaf {f['sseq']} where {self.length} was due: the chain has a gap"
            raise Refused(where, due)
        if f["prev"] != (before.hash if before else None):
            raise Refused(where, "`prev` is not the hash of the consent leaf before")
        if before and (f["sid"], f["brand"]) != (before.f["sid"], before.f["brand"]):
            raise Refused(where, "the chain changes its subject or brand")
        self.last, self.length = leaf, self.length + 1
        if f["t"] == "consent.withdraw":
            self._withdraw(leaf)
        else:
            self._agree(leaf, where)

    def _withdraw(self, leaf: Leaf) -> None:
        purposes, channel, at = leaf.f["purpose"], leaf.text("channel"), leaf.text("at")
        assert isinstance(purposes, list)
        for purpose in purposes:
            self.withdrawn[purpose, channel] = max(self.withdrawn.get((purpose, channel), ""), at)
        for standing in (self.open, self.pending):
            for pair in list(standing):
                if pair[1] == channel and (pair[0] in purposes or purposes == ["*"]):
                    del standing[pair]

    def _agree(self, leaf: Leaf, where: str) -> None:
        f, purposes, channel = leaf.f, leaf.f["purpose"], leaf.text("channel")
        assert isinstance(purposes, list)
        if leaf.text("given") > leaf.text("at"):
            raise Refused(where, "`given` is after the leaf was recorded")
        target = self.open
        for pair in [(purpose, channel) for purpose in purposes]:
            if f["t"] == "consent.confirm":
                grant = self.pending.pop(pair, None)
                if grant is None or grant.hash != f["of"]:
                    raise Refused(where, "confirms a grant that is not pending")
                if grant.f["notice"] != f["notice"]:
                    raise Refused(where, "confirms another notice than was granted")
            elif f["t"] == "consent.renew":
                renewed = self.open.get(pair)
                if renewed is None or renewed.hash != f["of"]:
                    raise Refused(where, "renews what is not open")
                if renewed.f["exp"] is not None and leaf.text("at") >= renewed.text("exp"):
                    raise Refused(where, "renews what had expired")
            elif f["method"] == "double":
                target = self.pending
            withdrawn = max(self.withdrawn.get(pair, ""), self.withdrawn.get(("*", channel), ""))
            given, replaced = leaf.text("given"), target.get(pair)
            if given > withdrawn and (replaced is None or given >= replaced.text("given")):
                target[pair] = leaf


def judge(decision: Leaf, chain: list[Leaf]) -> Leaf:
    """Return the agreement that a decision stands on; Refused if it is not sound."""
    where, f, fold = f"record {decision.index}", decision.f, Fold()
    for leaf in chain:
        fold.add(leaf)
    if fold.last is None or fold.length != int(str(f["sseq"])) + 1 or fold.last.hash != f["state"]:
        raise Refused(where, f"`state` is not the hash of consent leaf {f['sseq']}")
    if (fold.last.f["sid"], fold.last.f["brand"]) != (f["sid"], f["brand"]):
        raise Refused(where, "decided for another subject or brand than the chain's")
    for leaf in chain:
        if leaf.index >= decision.index:
            raise Refused(f"record {leaf.index}", "this consent leaf was sealed after the decision")
    if decision.text("at") < fold.last.text("at"):
        raise Refused(where, "decided before the consent leaf it names")
    consent = fold.open.get((decision.text("purpose"), decision.text("channel")))
    if consent is None:
        raise Refused(where, "no consent was open for this purpose and channel")
    if decision.text("by") < decision.text("at"):
        raise Refused(where, "the deadline had passed when it was decided")
    if consent.f["exp"] is not None and decision.text("by") >= consent.text("exp"):
        raise Refused(where, "the deadline is not before the consent's expiry")
    return consent


class Verifier:
    """Verifies bundles against trusted keys; a checkpoint shared by many bundles is verified once."""

    def __init__(self, keys: list[str]) -> None:
        """`keys` are C2SP vkeys: the log's and, if there are any, those of trusted witnesses."""
        self._keys = [parse_key(key) for key in keys]
        self._seen: dict[str, Checkpoint] = {}

    def verify(self, bundle: bytes, phone: str | None = None) -> Report:
        """Answer about one bundle, never raising for what it holds."""
        report = Report(INVALID)
        try:
            self._verify(bundle, phone, report)
        except Refused as refused:
            report.status, report.where, report.what = INVALID, refused.where, refused.what
        return report

    def _verify(self, data: bytes, phone: str | None, report: Report) -> None:
        bundle = read_json(data, "bundle")
        wanted = {"format", "message", "checkpoint", "records", "openers", "blobs"}
        if not isinstance(bundle, dict) or bundle.keys() != wanted or bundle["format"] != FORMAT:
            raise Refused("bundle", "not a " + FORMAT)
        if not _fits(ID, bundle["message"]):
            raise Refused("message", "not a message id")
        report.message = bundle["message"]
        checkpoint = self._checkpoint(bundle["checkpoint"])
        leaves = _records(bundle["records"], checkpoint)
        story = _Story(bundle["message"], leaves)
        consent = judge(story.decision, story.chain)
        opened = _openers(bundle["openers"], leaves)
        _blobs(bundle["blobs"], story.chain, consent)
        report.warnings = story.warnings(consent) + _shown(story, consent, opened, phone)
        if checkpoint.witnessed is None:
            report.warnings.insert(0, "NOT-WITNESSED")
        hidden = (story.decision.index, "phone") not in opened
        report.status = PSEUDONYMOUS if hidden else WARNED if report.warnings else VALID
        report.facts = story.facts(consent, checkpoint)

    def _checkpoint(self, note: object) -> Checkpoint:
        if not isinstance(note, str) or len(note) > 100_000:
            raise Refused("checkpoint", "not a signed note")
        if note not in self._seen:
            if len(self._seen) >= 100:
                self._seen.clear()
            try:
                self._seen[note] = open_checkpoint(note, self._keys)
            except UnicodeEncodeError:
                raise Refused("checkpoint", "not UTF-8") from None
        return self._seen[note]


def verify(bundle: bytes, keys: list[str], phone: str | None = None) -> Report:
    """Answer about one bundle; for many under one checkpoint keep a `Verifier`."""
    return Verifier(keys).verify(bundle, phone)


def _items(value: object, keys: set[str], where: str) -> list[dict[str, object]]:
    if not isinstance(value, list) or any(not isinstance(e, dict) or e.keys() != keys for e in value):
        raise Refused(where, "not a list of " + ", ".join(sorted(keys)))
    return value


def _records(value: object, checkpoint: Checkpoint) -> list[Leaf]:
    """Return the leaves in the order of their indices, each proved to be in the checkpoint's tree."""
    leaves: dict[int, Leaf] = {}
    for item in _items(value, {"index", "leaf", "proof"}, "records"):
        index, path = item["index"], item["proof"]
        if type(index) is not int or not 0 <= index < checkpoint.size:
            raise Refused("records", "an index outside the tree of the checkpoint")
        where = f"record {index}"
        if index in leaves:
            raise Refused(where, "the index appears twice")
        if not isinstance(path, list) or len(path) > 64:
            raise Refused(where, "the proof is no list of hashes")
        body = unb64(item["leaf"], where, url=True)
        proof = [unb64(each, where, 32) for each in path]
        if not included(
            hashlib.sha256(b"\x00" + body).digest(), index, checkpoint.size, proof, checkpoint.root
        ):
            raise Refused(where, "the proof does not lead from this leaf at this index to the root")
        leaves[index] = read_leaf(index, body)
    return [leaves[index] for index in sorted(leaves)]


class _Story:
    """The leaves of a bundle by the part they play; Refused for one too many or too few."""

    def __init__(self, message: str, leaves: list[Leaf]) -> None:
        ends: dict[str, Leaf] = {}
        decision: Leaf | None = None
        self.chain: list[Leaf] = []
        for leaf in leaves:
            where, t = f"record {leaf.index}", leaf.text("t")
            if t.startswith("consent."):
                self.chain.append(leaf)
            elif t == "send.decision":
                if leaf.f["rid"] != message:
                    raise Refused(where, "a decision about another message")
                if decision is not None:
                    raise Refused(where, "a second decision about one message")
                decision = leaf
            elif t != "subject.erased" and leaf.f["of"] != message:
                raise Refused(where, t + " of another message")
            elif t in ends:
                raise Refused(where, "a second " + t)
            else:
                ends[t] = leaf
        if decision is None:
            raise Refused("records", "the decision about this message is missing")
        self.chain.sort(key=lambda leaf: int(str(leaf.f["sseq"])))
        self.decision, self.ends = decision, ends
        self._check(leaves)

    def _check(self, leaves: list[Leaf]) -> None:
        """What followed the decision must have been able to follow it."""
        if (self.decision.f["mseq"] == 0) != (self.decision.f["mprev"] is None):
            raise Refused(f"record {self.decision.index}", "`mseq` and `mprev` contradict each other")
        if len({leaf.text("rid") for leaf in leaves}) != len(leaves):
            raise Refused("records", "two leaves share a record id")
        erased, outcome = self.ends.get("subject.erased"), self.ends.get("send.outcome")
        for t, leaf in self.ends.items():
            where = f"record {leaf.index}"
            if leaf.f["sid"] != self.decision.f["sid"]:
                raise Refused(where, t + " about another subject")
            if leaf.index < self.decision.index:
                raise Refused(where, t + " before the decision")
            if erased and leaf.index > erased.index and leaf.f["c"]:
                raise Refused(where, "a commitment after the subject was erased")
        aborted, resolved = self.ends.get("send.aborted"), self.ends.get("send.resolved")
        if aborted and (outcome or resolved):
            raise Refused(f"record {aborted.index}", "aborted, yet there is an outcome")
        if resolved and (not outcome or outcome.f["result"] != "unknown" or resolved.index < outcome.index):
            raise Refused(f"record {resolved.index}", "resolves an outcome that was not unknown before")

    def outcome(self) -> str:
        """What became of the message, in the log's words."""
        for t in ("send.resolved", "send.outcome"):
            if t in self.ends:
                return self.ends[t].text("result")
        return "aborted" if "send.aborted" in self.ends else "missing"

    def warnings(self, consent: Leaf) -> list[str]:
        named = {"aborted": "NOT-SENT", "missing": "OUTCOME-MISSING", "unknown": "OUTCOME-UNKNOWN"}
        warnings = [named[self.outcome()]] if self.outcome() in named else []
        outcome, exp = self.ends.get("send.outcome"), consent.f["exp"]
        if outcome and exp is not None and outcome.text("at") >= str(exp):
            warnings.append("OUTCOME-AFTER-EXPIRY")
        return warnings

    def facts(self, consent: Leaf, checkpoint: Checkpoint) -> dict[str, Any]:
        f, c = self.decision.f, consent.f
        shown = {name: f[name] for name in ("brand", "purpose", "channel", "run", "by")}
        return {
            **shown,
            "decided": f["at"],
            "index": self.decision.index,
            "outcome": self.outcome(),
            "consent": {
                "index": consent.index,
                **{name: c[name] for name in ("kind", "method", "given", "exp", "notice")},
            },
            "checkpoint": {
                "origin": checkpoint.origin,
                "size": checkpoint.size,
                "root": base64.b64encode(checkpoint.root).decode("ascii"),
                "witnessed": checkpoint.witnessed,
            },
        }


def _openers(value: object, leaves: list[Leaf]) -> dict[tuple[int, str], str]:
    """Return the opened values by (index, field), each explained by its commitment."""
    by_index = {leaf.index: leaf for leaf in leaves}
    opened: dict[tuple[int, str], str] = {}
    for item in _items(value, {"index", "field", "value", "r"}, "openers"):
        index, name, text = item["index"], item["field"], item["value"]
        leaf = by_index.get(index) if type(index) is int else None
        if leaf is None or not isinstance(name, str) or not isinstance(text, str):
            raise Refused("openers", "an opener of no record")
        where = f"opener {leaf.index}.{name if re.fullmatch(NAME, name) else '?'}"
        committed = leaf.f["c"]
        assert isinstance(committed, dict)
        if name not in committed or (leaf.index, name) in opened:
            raise Refused(where, "opens nothing, or opens it twice")
        try:
            message = name.encode("ascii") + b"\x00" + text.encode("utf-8")
        except UnicodeEncodeError:
            raise Refused(where, "not UTF-8") from None
        made = hmac.new(unb64(item["r"], where, 32, url=True), message, hashlib.sha256).digest()
        if b64url(made) != committed[name]:
            raise Refused(where, "the value is not the one committed to")
        opened[leaf.index, name] = text
    return opened


def _blobs(value: object, chain: list[Leaf], consent: Leaf) -> None:
    """The texts must be those whose hashes were sealed, and those shown for this consent must be there."""
    if not isinstance(value, dict):
        raise Refused("blobs", "not an object")
    for name, text in value.items():
        where = "blob " + (name if _fits(HASH, name) else "?")
        if b64url(hashlib.sha256(unb64(text, where)).digest()) != name:
            raise Refused(where, "the text is not the one that its name says")
        if all(name not in (leaf.f.get("notice"), leaf.f.get("privacy")) for leaf in chain):
            raise Refused(where, "no consent leaf refers to this text")
    for kind in ("notice", "privacy"):
        if consent.f[kind] is not None and consent.f[kind] not in value:
            raise Refused("blobs", "the " + kind + " text of the consent is missing")


def _shown(story: _Story, consent: Leaf, opened: dict[tuple[int, str], str], phone: str | None) -> list[str]:
    """Hold the opened numbers against each other and against the one asked about; return warnings."""
    at = story.decision.index
    sent_to, agreed = opened.get((at, "phone")), opened.get((consent.index, "phone"))
    warnings = [] if (at, "body") in opened else ["BODY-NOT-SHOWN"]
    if sent_to is None and agreed is None and "subject.erased" in story.ends:
        return ["PHONE-NOT-CHECKED"] if phone is not None else []
    for index, number in ((at, sent_to), (consent.index, agreed)):
        if number is None:
            raise Refused(f"opener {index}.phone", "the number is not shown")
    if any(number != sent_to for (_, name), number in opened.items() if name == "phone"):
        raise Refused(f"opener {at}.phone", "another number than the one that consented")
    if phone is not None and phone.strip() != sent_to:
        raise Refused("phone", "the message went to another number")
    return warnings + (["SUBJECT-ERASED"] if "subject.erased" in story.ends else [])


def _bundles(data: bytes) -> list[tuple[str, bytes]]:
    """Return the bundles in a file: itself, or those of a run's zip, which its manifest must list."""
    if not data.startswith(b"PK"):
        return [("bundle", data)]
    import zipfile  # only for an export: it costs as much time as the rest together

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            manifest = read_json(archive.read("manifest.json"), "manifest.json")
            listed = manifest.get("bundles") if isinstance(manifest, dict) else None
            found = {n: archive.read(n) for n in archive.namelist() if n.startswith("bundles/")}
    except (zipfile.BadZipFile, KeyError):
        raise Refused("zip", "not an evidence export") from None
    if listed != {name: b64url(hashlib.sha256(each).digest()) for name, each in found.items()}:
        raise Refused("manifest.json", "lists other bundles than the zip holds")
    return sorted(found.items())


def answer(path: str, keys: list[str], phone: str | None) -> tuple[str, list[tuple[str, Report]]]:
    """Return the worst status of a file, and each bundle's report under its name."""
    with open(path, "rb") as file:
        data = file.read()
    verifier = Verifier(keys)
    try:
        reports = [(name, verifier.verify(each, phone)) for name, each in _bundles(data)]
    except Refused as refused:
        return INVALID, [(path, Report(INVALID, where=refused.where, what=refused.what))]
    for name, report in reports:
        if name != "bundle" and report.status != INVALID and name != f"bundles/{report.message}.json":
            report.status, report.where, report.what = INVALID, name, "holds another message"
    order = [VALID, WARNED, PSEUDONYMOUS, INVALID]
    return max((report.status for _, report in reports), key=order.index, default=INVALID), reports


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="verifier.py", description="Verify an evidence bundle or export.")
    parser.add_argument("bundle", help="a bundle (.json) or the export of a run (.zip)")
    parser.add_argument(
        "--key", action="append", required=True, help="a trusted C2SP vkey (repeat for witnesses)"
    )
    parser.add_argument("--phone", choices=["-"], help="read the number to compare from standard input")
    parser.add_argument("--json", action="store_true", help="answer as one JSON object")
    asked = parser.parse_args(arguments)
    phone = sys.stdin.readline().strip() if asked.phone else None
    try:
        status, reports = answer(asked.bundle, asked.key, phone)
    except OSError as error:
        parser.error("can't read the bundle: " + str(error.strerror))
    except Refused as refused:
        parser.error(str(refused))
    if asked.json:
        told = {"status": status, "bundles": [{"file": n, **r.__dict__} for n, r in reports]}
        sys.stdout.write(json.dumps(told) + "\n")
    else:
        sys.stdout.write("".join(_lines(reports)) + status + "\n")
    return 1 if status == INVALID else 0


def _lines(reports: list[tuple[str, Report]]) -> list[str]:
    lines = []
    for name, report in reports:
        if report.status == INVALID:
            lines.append(f"{name}: INVALID at {report.where}: {report.what}\n")
        elif len(reports) == 1:
            lines.append(json.dumps(report.facts, indent=1) + "\n")
        lines += [f"{name}: {each}: {WARNINGS[each]}\n" for each in report.warnings]
    return lines


if __name__ == "__main__":
    sys.exit(main())
