"""Leaves: bytes that are exactly specified, and shapes that refuse everything else."""

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, get_args

import pytest
from evidence_log import K_S, PHONE, EvidenceLog, digest, good_log, moment, when

from yesfirst.ledger import canonical, commitment, leaf, text
from yesfirst.ledger.contents import PRIVATE, LeafContent, Withdraw
from yesfirst.ledger.leaf import BadLeaf

RID, SID = bytes(range(16)), bytes(range(16, 32))
WITHDRAWAL: dict[str, Any] = {
    "sseq": 0,
    "prev": None,
    "brand": "lantern-tea",
    "channel": "sms",
    "purpose": ["*"],
    "via": "reply",
}


def withdrawal(**changes: Any) -> leaf.Leaf:
    """Write a withdrawal, with single fields changed."""
    return leaf.make("consent.withdraw", RID, SID, moment(0), WITHDRAWAL | changes, {"phone": PHONE}, K_S)


def test_the_bytes_of_a_leaf_are_those_that_the_format_specifies() -> None:
    opener = hmac.digest(K_S, b"open/v1\x00" + RID + b"\x00phone", "sha256")
    c = text.b64url(hmac.digest(opener, b"phone\x00" + PHONE.encode(), "sha256"))
    expected = (
        '{"at":"2026-03-02T09:00:00.000Z","brand":"lantern-tea","c":{"phone":"%s"},"channel":"sms",'
        '"prev":null,"purpose":["*"],"rid":"AAECAwQFBgcICQoLDA0ODw","sid":"EBESExQVFhcYGRobHB0eHw",'
        '"sseq":0,"t":"consent.withdraw","v":1,"via":"reply"}'
    )
    made = withdrawal()
    assert made.body == (expected % c).encode()
    assert made.hash == hashlib.sha256(b"\x00" + made.body).digest()
    assert (made.t, made.rid, made.sid) == ("consent.withdraw", RID, SID)


def test_what_is_made_parses_to_its_fields_and_hash() -> None:
    parsed = leaf.parse(withdrawal().body)
    assert isinstance(parsed.content, Withdraw)
    assert (parsed.content.t, parsed.content.purpose, parsed.content.via) == (
        "consent.withdraw",
        ("*",),
        "reply",
    )
    assert parsed.hash == text.hash_text(withdrawal().hash)


def test_every_type_has_its_private_fields_declared() -> None:
    assert set(PRIVATE) == set(get_args(LeafContent))
    for needed, allowed in PRIVATE.values():
        assert needed <= allowed


@pytest.mark.parametrize(
    "changes",
    [
        {"sseq": -1},
        {"sseq": 2**53},
        {"sseq": True},
        {"sseq": "0"},
        {"sseq": None},
        {"prev": "AAAA"},
        {"prev": digest(b"")[:-1] + "B"},
        {"prev": digest(b"") + "\n"},
        {"purpose": []},
        {"purpose": ["*", "marketing.offers"]},
        {"purpose": ["marketing.offers", "marketing.offers"]},
        {"purpose": "marketing.offers"},
        {"purpose": ["Marketing"]},
        {"brand": ""},
        {"brand": PHONE},
        {"via": "rumour"},
        {"extra": 1},
    ],
)
def test_a_public_field_of_another_shape_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011  BadLeaf, or NotCanonical for the integer
        withdrawal(**changes)
    assert "139" not in str(caught.value)


def test_head_fields_can_not_be_overridden() -> None:
    with pytest.raises(BadLeaf, match="name of the head"):
        withdrawal(at=when(1))


def test_a_missing_field_is_refused() -> None:
    public = {name: value for name, value in WITHDRAWAL.items() if name != "via"}
    with pytest.raises(BadLeaf, match="via"):
        leaf.make("consent.withdraw", RID, SID, moment(0), public, {}, K_S)


def test_a_grant_needs_the_phone_and_never_covers_everything() -> None:
    log = EvidenceLog()
    with pytest.raises(BadLeaf, match=r"\$.purpose"):
        log.consent("consent.grant", 0, purpose=["*"])
    grant = json.loads(good_log().leaves[3].body)
    grant["c"] = {}
    with pytest.raises(BadLeaf, match="lacks phone"):
        leaf.parse(canonical.encode(grant))


@pytest.mark.parametrize("private", [{"body": "x"}, {"name": "x"}, {"reason": "x"}])
def test_a_type_commits_only_to_its_own_private_fields(private: dict[str, str]) -> None:
    with pytest.raises(BadLeaf, match="c"):
        leaf.make("consent.withdraw", RID, SID, moment(0), WITHDRAWAL, private, K_S)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"v":1', b'"v":2'),
        (b'"v":1', b'"v":true'),
        (b'"t":"consent.withdraw"', b'"t":"consent.forgotten"'),
        (b'"sseq":0', b'"sseq":0.0'),
        (b'"sseq":0', b'"sseq":0,"sseq":0'),
        (b'"sseq":0', b'"sseq": 0'),
        (b"09:00:00.000Z", b"09:00:00Z"),
        (b"09:00:00.000Z", b"24:00:00.000Z"),
        (b"2026-03-02", b"2026-02-29"),
        (b'"AAECAwQFBgcICQoLDA0ODw"', b'"AAECAwQFBgcICQoLDA0ODx"'),
        (b'"EBESExQVFhcYGRobHB0eHw"', b"null"),
    ],
)
def test_altered_bytes_do_not_parse(old: bytes, new: bytes) -> None:
    body = withdrawal().body
    assert old in body
    with pytest.raises(BadLeaf):
        leaf.parse(body.replace(old, new))


def test_a_leaf_fits_an_entry_bundle() -> None:
    reasons = ["R" * 64] * 64
    with pytest.raises(BadLeaf):
        withdrawal(purpose=["p" * 64] * 2000)
    assert len(canonical.encode(reasons)) < leaf.MAX_BYTES


def test_leaves_without_subject_use_their_own_key_and_have_no_sid() -> None:
    public: dict[str, Any] = {
        "rulebook": "CN",
        "version": "2026-11-22",
        "before": None,
        "after": digest(b"rules"),
    }
    made = leaf.make("rulebook.changed", RID, None, moment(0), public, {"actor": "li"}, b"z" * 32)
    assert made.sid is None
    with pytest.raises(BadLeaf, match="sid"):
        leaf.make("rulebook.changed", RID, SID, moment(0), public, {}, K_S)


@pytest.mark.parametrize(
    ("t", "public"),
    [
        ("run.planned", {"counts": {"waiting": 10, "NO_CONSENT": 2}}),
        ("run.approved", {"cost_cap": "120.00 CNY"}),
    ],
)
def test_a_run_names_its_actor_in_private(t: str, public: dict[str, Any]) -> None:
    run = {
        "run": text.id_text(RID),
        "brand": "b",
        "purpose": "p",
        "content": digest(b"1"),
        "audience": digest(b"2"),
    }
    assert leaf.make(t, RID, None, moment(0), run | public, {"actor": "li"}, K_S).sid is None
    with pytest.raises(BadLeaf, match="lacks actor"):
        leaf.make(t, RID, None, moment(0), run | public, {}, K_S)


def test_commitments_open_with_their_own_opener_only() -> None:
    opener = commitment.opener(K_S, RID, "phone")
    made = commitment.commit(opener, "phone", PHONE)
    assert commitment.opens(opener, "phone", PHONE, made)
    assert not commitment.opens(opener, "phone", PHONE + "0", made)
    for other in (("body", RID, K_S), ("phone", SID, K_S), ("phone", RID, b"j" * 32)):
        assert commitment.opener(other[2], other[1], other[0]) != opener


def test_a_private_value_that_is_no_text_is_refused_without_being_shown() -> None:
    with pytest.raises(commitment.BadPrivateValue, match="phone: the value contains a lone surrogate"):
        commitment.commit(bytes(32), "phone", "+861390000\ud800")
    with pytest.raises(commitment.BadPrivateValue, match="32 bytes"):
        commitment.opener(b"short", RID, "phone")


def test_times_are_utc_milliseconds_cut_off() -> None:
    shanghai = timezone(timedelta(hours=8))
    assert text.time_text(datetime(2026, 3, 2, 17, 0, 0, 999_999, shanghai)) == "2026-03-02T09:00:00.999Z"
    assert text.parse_time("2026-03-02T09:00:00.999Z") == datetime(2026, 3, 2, 9, 0, 0, 999_000, UTC)
    with pytest.raises(text.BadText, match="time zone"):
        text.time_text(datetime(2026, 3, 2))  # noqa: DTZ001  the naive time is the point


@pytest.mark.parametrize(
    "bad", ["", "AAAA", "AAECAwQFBgcICQoLDA0ODx", "AAECAwQFBgcICQoLDA0ODw==", "é" * 22, "+" * 22]
)
def test_ids_have_one_spelling(bad: str) -> None:
    assert text.parse_id("AAECAwQFBgcICQoLDA0ODw") == RID
    with pytest.raises(text.BadText):
        text.parse_id(bad)


def test_ids_and_hashes_have_their_sizes() -> None:
    assert text.parse_hash(digest(b"x")) == hashlib.sha256(b"x").digest()
    for write, data in ((text.id_text, bytes(15)), (text.hash_text, bytes(31))):
        with pytest.raises(text.BadText):
            write(data)
