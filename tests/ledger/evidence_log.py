"""A small log for tests: it writes leaves, seals them all under one checkpoint and bundles one message.

Numbers, names and texts are synthetic; keys come from fixed seeds so that failures can be repeated.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from yesfirst.ledger import bundle, commitment, leaf, note, tree
from yesfirst.ledger.canonical import Json
from yesfirst.ledger.checkpoint import Checkpoint, sign_checkpoint
from yesfirst.ledger.contents import Decision
from yesfirst.ledger.soundness import Indexed, Sound, Unsound, judge
from yesfirst.ledger.text import hash_text, id_text, time_text

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PHONE = "+8613900000001"
NOTICE = "每月最多四条优惠短信。回复 TD 退订。".encode()
PRIVACY = b"How we treat your number."
ORIGIN = "log.example/yesfirst"
LOG = note.Signer(ORIGIN, note.KeyType.ED25519, b"l" * 32)
WITNESS = note.Signer("witness.example/w1", note.KeyType.COSIGNATURE, b"w" * 32)
KEYS = [LOG.verifier.encode(), WITNESS.verifier.encode()]
MESSAGE = b"m" * 16
SUBJECT = b"s" * 16
K_S = b"k" * 32


def digest(data: bytes) -> str:
    """Return a SHA-256 hash as leaves write it."""
    return hash_text(hashlib.sha256(data).digest())


def moment(minutes: float) -> datetime:
    """Return an instant, counted in minutes from the start of the story."""
    return START + timedelta(minutes=minutes)


def when(minutes: float) -> str:
    """Return an instant as leaves write it."""
    return time_text(moment(minutes))


@dataclass
class EvidenceLog:
    """Leaves in the order of their indices, with the subject's consent chain kept up."""

    leaves: list[leaf.Leaf] = field(default_factory=list)
    private: dict[int, Mapping[str, str]] = field(default_factory=dict)
    chain: list[int] = field(default_factory=list)

    def write(
        self,
        t: str,
        at: float,
        public: Mapping[str, Json],
        private: Mapping[str, str] | None = None,
        rid: bytes | None = None,
        sid: bytes | None = SUBJECT,
    ) -> int:
        """Append a leaf and return its index."""
        index = len(self.leaves)
        rid = rid or index.to_bytes(16, "big")
        self.leaves.append(leaf.make(t, rid, sid, moment(at), public, private or {}, K_S))
        self.private[index] = private or {}
        return index

    def consent(self, t: str, at: float, **changes: Any) -> int:
        """Append the next link of the subject's consent chain; `changes` override single fields."""
        link: dict[str, Any] = {
            "sseq": len(self.chain),
            "prev": hash_text(self.leaves[self.chain[-1]].hash) if self.chain else None,
            "brand": "lantern-tea",
            "channel": "sms",
            "purpose": ["marketing.offers"],
        }
        if t == "consent.withdraw":
            link["via"] = "reply"
        else:
            link |= {
                "kind": "separate",
                "method": "web",
                "given": when(at),
                "exp": when(60 * 24 * 365),
                "jur": "CN",
                "lang": "zh",
                "notice": digest(NOTICE),
                "privacy": None,
                "freq": "4/month",
                "night": False,
            }
        sid, phone = changes.pop("sid", SUBJECT), changes.pop("phone", PHONE)
        private = {} if t == "consent.withdraw" else {"phone": phone}
        self.chain.append(self.write(t, at, link | changes, private, sid=sid))
        return self.chain[-1]

    def hash_of(self, index: int) -> str:
        """Return a leaf's hash as text."""
        return hash_text(self.leaves[index].hash)

    def decide(self, at: float, **changes: Any) -> int:
        """Append the decision about the message, on the last consent leaf."""
        phone, rid = changes.pop("phone", PHONE), changes.pop("rid", MESSAGE)
        fields: dict[str, Any] = {
            "mseq": 0,
            "mprev": None,
            "state": self.hash_of(self.chain[-1]) if self.chain else digest(b"nothing"),
            "sseq": len(self.chain) - 1 if self.chain else 0,
            "brand": "lantern-tea",
            "purpose": "marketing.offers",
            "channel": "sms",
            "run": id_text(b"r" * 16),
            "by": when(at + 1),
            "verdict": "allow",
            "ref": {"template": digest(b"template"), "rulebook": digest(b"rulebook")},
        }
        private = {"phone": phone, "body": "【灯茶】春茶上市", "sender": "MG-synthetic"}
        sid = changes.pop("sid", SUBJECT)
        return self.write("send.decision", at, fields | changes, private, rid, sid)

    def outcome(self, at: float, result: str = "accepted", **changes: Any) -> int:
        """Append what the carrier answered."""
        sid = changes.pop("sid", SUBJECT)
        fields: dict[str, Any] = {"of": id_text(MESSAGE), "result": result, "code": None}
        return self.write("send.outcome", at, fields | changes, {"carrier_id": "SM-synthetic"}, sid=sid)

    def other_people(self, count: int) -> None:
        """Append leaves about other subjects."""
        for i in range(count):
            sid = b"o" * 12 + i.to_bytes(4, "big")
            public: dict[str, Json] = {"basis": "request", "scope": "all"}
            self.write("subject.erased", 0, public, sid=sid)

    def seal(self, *, witnessed: bool = True, signer: note.Signer = LOG) -> str:
        """Return the signed checkpoint over all leaves."""
        root = tree.root([each.hash for each in self.leaves])
        signed = sign_checkpoint(Checkpoint(signer.name, len(self.leaves), root), signer)
        return note.cosign(signed, WITNESS, moment(100)) if witnessed else signed

    def record(self, index: int) -> bundle.Record:
        """Return a leaf with its inclusion proof."""
        node = tree.nodes_of([each.hash for each in self.leaves])
        path = tree.inclusion_proof(node, index, len(self.leaves))
        return bundle.Record(index, self.leaves[index].body, tuple(path))

    def openers(self, indices: Iterable[int]) -> list[bundle.Opener]:
        """Return the openers of all private fields of these leaves."""
        return [
            bundle.Opener(i, name, value, commitment.opener(K_S, self.leaves[i].rid, name))
            for i in indices
            for name, value in self.private[i].items()
        ]

    def bundle(
        self,
        checkpoint: str | None = None,
        *,
        without: Iterable[int] = (),
        blobs: Iterable[bytes] = (NOTICE,),
        opened: bool = True,
    ) -> bytes:
        """Bundle all leaves of the subject, and those about the message."""
        about = [i for i, each in enumerate(self.leaves) if each.sid != SUBJECT and each.rid == MESSAGE]
        mine = [i for i, each in enumerate(self.leaves) if each.sid == SUBJECT] + about
        shown = [i for i in mine if i not in set(without)]
        openers = self.openers(shown) if opened else []
        records = [self.record(i) for i in shown]
        return bundle.build(MESSAGE, checkpoint or self.seal(), records, openers, blobs)


def good_log() -> EvidenceLog:
    """Tell the plain story: granted (index 3), decided (6), accepted (8), among other people's leaves."""
    log = EvidenceLog()
    log.other_people(3)
    log.consent("consent.grant", 1)
    log.other_people(2)
    log.decide(10)
    log.other_people(1)
    log.outcome(10.5)
    log.other_people(4)
    return log


def opened_json(data: bytes) -> dict[str, Any]:
    """Return a bundle as plain JSON, to be tampered with."""
    value: dict[str, Any] = json.loads(data)
    return value


def judged(log: EvidenceLog, index: int) -> Sound | Unsound:
    """Judge the decision at `index` against the log's consent chain."""
    decision = leaf.parse(log.leaves[index].body).content
    assert isinstance(decision, Decision)
    return judge(index, decision, [Indexed(i, leaf.parse(log.leaves[i].body)) for i in log.chain])
