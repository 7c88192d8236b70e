"""Attacks on evidence: each must be INVALID, and the answer must name the right place."""

import base64
from collections.abc import Callable
from typing import Any

import pytest
from evidence_log import (
    KEYS,
    LOG,
    MESSAGE,
    NOTICE,
    ORIGIN,
    PHONE,
    PRIVACY,
    SUBJECT,
    EvidenceLog,
    digest,
    good_log,
    moment,
    opened_json,
    when,
)

from yesfirst.ledger import canonical, leaf, note, tree
from yesfirst.ledger.text import b64url, id_text, parse_b64url
from yesfirst.ledger.verifier import Verifier

VERIFIER = Verifier(KEYS)
GRANT, DECISION, OUTCOME = 3, 6, 8


def places(data: bytes, phone: str | None = None) -> tuple[str, str | None]:
    """Return the status and the place that the verifier names."""
    report = VERIFIER.verify(data, phone)
    return report.status, report.where


def _altered_leaf(b: dict[str, Any]) -> None:
    body = parse_b64url(b["records"][1]["leaf"])
    b["records"][1]["leaf"] = b64url(body.replace(b"marketing.offers", b"marketing.events"))


def _wrong_index(b: dict[str, Any]) -> None:
    b["records"][1]["index"] = DECISION + 1


def _padded_proof(b: dict[str, Any]) -> None:
    b["records"][1]["proof"].append(b["records"][1]["proof"][0])


def _shortened_proof(b: dict[str, Any]) -> None:
    b["records"][1]["proof"].pop()


def _dropped_consent(b: dict[str, Any]) -> None:
    b["records"].pop(0)
    b["openers"] = [each for each in b["openers"] if each["index"] != GRANT]


def _dropped_decision(b: dict[str, Any]) -> None:
    b["records"].pop(1)
    b["openers"] = [each for each in b["openers"] if each["index"] != DECISION]


def _doubled_record(b: dict[str, Any]) -> None:
    b["records"].append(b["records"][1])


def _index_outside(b: dict[str, Any]) -> None:
    b["records"][1]["index"] = 10_000


def _index_as_boolean(b: dict[str, Any]) -> None:
    b["records"][1]["index"] = True


def _swapped_notice(b: dict[str, Any]) -> None:
    b["blobs"] = {digest(NOTICE): base64.b64encode(b"Something much milder.").decode()}


def _missing_notice(b: dict[str, Any]) -> None:
    b["blobs"] = {}


def _added_text(b: dict[str, Any]) -> None:
    b["blobs"][digest(PRIVACY)] = base64.b64encode(PRIVACY).decode()


def _foreign_key(b: dict[str, Any]) -> None:
    stranger = note.Signer(ORIGIN, note.KeyType.ED25519, b"x" * 32)
    b["checkpoint"] = good_log().seal(signer=stranger)


def _other_log(b: dict[str, Any]) -> None:
    text, _ = note.split(b["checkpoint"])
    b["checkpoint"] = note.sign(text.replace(ORIGIN, "log.example/other"), LOG)


def _log_signature_stripped(b: dict[str, Any]) -> None:
    head, _, lines = b["checkpoint"].rpartition("\n\n")
    b["checkpoint"] = head + "\n\n" + "".join(lines.splitlines(keepends=True)[1:])


def _checkpoint_altered(b: dict[str, Any]) -> None:
    b["checkpoint"] = b["checkpoint"].replace("\n13\n", "\n14\n")


def _cosignature_forged(b: dict[str, Any]) -> None:
    forger = note.Signer("witness.example/w1", note.KeyType.COSIGNATURE, b"y" * 32)
    head, _, lines = b["checkpoint"].rpartition("\n\n")
    log_line, witness_line = lines.splitlines(keepends=True)
    data = base64.b64decode(witness_line.split(" ")[2])
    forged = base64.b64decode(forger.signature_line(head + "\n", moment(100)).split(" ")[2])
    line = f"— witness.example/w1 {base64.b64encode(data[:4] + forged[4:]).decode()}\n"
    b["checkpoint"] = head + "\n\n" + log_line + line


def _another_phone(b: dict[str, Any]) -> None:
    for each in b["openers"]:
        if each["field"] == "phone":
            each["value"] = "+8613900000002"


def _phone_hidden(b: dict[str, Any]) -> None:
    b["openers"] = [each for each in b["openers"] if each["field"] != "phone"]


def _consenting_phone_hidden(b: dict[str, Any]) -> None:
    b["openers"] = [e for e in b["openers"] if (e["index"], e["field"]) != (GRANT, "phone")]


def _body_swapped(b: dict[str, Any]) -> None:
    next(each for each in b["openers"] if each["field"] == "body")["value"] = "A harmless text"


def _opener_of_nothing(b: dict[str, Any]) -> None:
    b["openers"].append({**b["openers"][0], "field": "url"})


def _other_message(b: dict[str, Any]) -> None:
    b["message"] = id_text(b"n" * 16)


def _unknown_field(b: dict[str, Any]) -> None:
    b["note"] = "trust me"


TAMPERED: list[tuple[Callable[[dict[str, Any]], None], str]] = [
    (_altered_leaf, "record 6"),
    (_wrong_index, "record 7"),
    (_padded_proof, "record 6"),
    (_shortened_proof, "record 6"),
    (_dropped_consent, "record 6"),
    (_dropped_decision, "records"),
    (_doubled_record, "record 6"),
    (_index_outside, "records"),
    (_index_as_boolean, "records"),
    (_swapped_notice, f"blob {digest(NOTICE)}"),
    (_missing_notice, "blobs"),
    (_added_text, f"blob {digest(PRIVACY)}"),
    (_foreign_key, "checkpoint"),
    (_other_log, "checkpoint"),
    (_log_signature_stripped, "checkpoint"),
    (_checkpoint_altered, "checkpoint"),
    (_cosignature_forged, "checkpoint"),
    (_another_phone, "opener 3.phone"),
    (_phone_hidden, "opener 6.phone"),
    (_consenting_phone_hidden, "opener 3.phone"),
    (_body_swapped, "opener 6.body"),
    (_opener_of_nothing, "opener 3.url"),
    (_other_message, "record 6"),
    (_unknown_field, "bundle"),
]


@pytest.mark.parametrize(("tamper", "where"), TAMPERED, ids=lambda each: getattr(each, "__name__", ""))
def test_a_tampered_bundle_is_invalid_at_the_place(
    tamper: Callable[[dict[str, Any]], None], where: str
) -> None:
    tampered = opened_json(good_log().bundle())
    tamper(tampered)
    assert places(canonical.encode(tampered)) == ("INVALID", where)


def test_a_number_other_than_the_one_asked_about_is_invalid() -> None:
    assert places(good_log().bundle(), PHONE)[0] == "VALID"
    assert places(good_log().bundle(), "+8613900000002") == ("INVALID", "phone")


def test_a_bundle_without_a_trusted_log_key_is_invalid() -> None:
    assert Verifier(KEYS[1:]).verify(good_log().bundle()).where == "checkpoint"


def _expired(log: EvidenceLog) -> None:
    log.consent("consent.grant", 1, exp=when(9))
    log.decide(10)


def _expires_before_the_deadline(log: EvidenceLog) -> None:
    log.consent("consent.grant", 1, exp=when(11))
    log.decide(10, by=when(11))


def _deadline_set_back_before_expiry(log: EvidenceLog) -> None:
    log.consent("consent.grant", 1, exp=when(9))
    log.decide(10, by=when(8))


def _wrong_purpose(log: EvidenceLog) -> None:
    log.consent("consent.grant", 1, purpose=["marketing.events"])
    log.decide(10)


def _withdrawn(log: EvidenceLog) -> None:
    log.consent("consent.grant", 1)
    log.consent("consent.withdraw", 2, purpose=["*"])
    log.decide(10)


def _hidden_withdrawal(log: EvidenceLog) -> None:
    grant = log.consent("consent.grant", 1)
    log.consent("consent.withdraw", 2)
    log.decide(10, state=log.hash_of(grant), sseq=0)


def _withdrawal_left_out_of_the_chain(log: EvidenceLog) -> None:
    grant = log.consent("consent.grant", 1)
    log.consent("consent.withdraw", 2)
    log.consent("consent.grant", 3, sseq=1, prev=log.hash_of(grant))
    log.decide(10, sseq=1)


def _back_dated_grant(log: EvidenceLog) -> None:
    log.consent("consent.withdraw", 2)
    log.consent("consent.grant", 3, given=when(1))
    log.decide(10)


def _import_given_at_the_stop(log: EvidenceLog) -> None:
    log.consent("consent.withdraw", 2, via="reply")
    log.consent("consent.grant", 3, method="import", given=when(2))
    log.decide(10)


def _grant_given_in_the_future(log: EvidenceLog) -> None:
    log.consent("consent.grant", 1, given=when(2))
    log.decide(10)


def _grant_sealed_after_the_decision(log: EvidenceLog) -> None:
    before = EvidenceLog()
    before.consent("consent.grant", 1)
    log.decide(10, state=before.hash_of(0), sseq=0)
    log.leaves.append(before.leaves[0])
    log.private[1] = before.private[0]


def _decided_before_the_grant(log: EvidenceLog) -> None:
    log.consent("consent.grant", 12)
    log.decide(10)


def _renew_after_withdrawal(log: EvidenceLog) -> None:
    grant = log.consent("consent.grant", 1)
    log.consent("consent.withdraw", 2)
    log.consent("consent.renew", 3, of=log.hash_of(grant))
    log.decide(10)


def _renew_after_expiry(log: EvidenceLog) -> None:
    grant = log.consent("consent.grant", 1, exp=when(3))
    log.consent("consent.renew", 3, of=log.hash_of(grant))
    log.decide(10)


def _renew_of_more_purposes(log: EvidenceLog) -> None:
    grant = log.consent("consent.grant", 1, purpose=["marketing.events"])
    log.consent("consent.renew", 3, of=log.hash_of(grant), purpose=["marketing.events", "marketing.offers"])
    log.decide(10)


def _double_never_confirmed(log: EvidenceLog) -> None:
    log.consent("consent.grant", 1, method="double")
    log.decide(10)


def _confirm_without_grant(log: EvidenceLog) -> None:
    log.consent("consent.confirm", 2, of=digest(b"no grant"), method="double")
    log.decide(10)


def _confirm_to_another_notice(log: EvidenceLog) -> None:
    grant = log.consent("consent.grant", 1, method="double")
    log.consent("consent.confirm", 2, of=log.hash_of(grant), notice=digest(PRIVACY))
    log.decide(10)


def _confirm_after_withdrawal(log: EvidenceLog) -> None:
    grant = log.consent("consent.grant", 1, method="double")
    log.consent("consent.withdraw", 2)
    log.consent("consent.confirm", 3, of=log.hash_of(grant))
    log.decide(10)


def _chain_of_another_brand(log: EvidenceLog) -> None:
    log.consent("consent.grant", 1, brand="harbour-books")
    log.decide(10)


def _chain_changes_brand(log: EvidenceLog) -> None:
    log.consent("consent.grant", 1)
    log.consent("consent.grant", 2, brand="harbour-books", purpose=["marketing.events"])
    log.decide(10)


def _another_number_agreed(log: EvidenceLog) -> None:
    log.consent("consent.grant", 1, phone="+8613900000002")
    log.decide(10)


def _decided_for_another_subject(log: EvidenceLog) -> None:
    log.consent("consent.grant", 1)
    log.decide(10, sid=b"z" * 16)


def _decision_without_consent(log: EvidenceLog) -> None:
    log.other_people(1)
    log.decide(10)


def _duplicate_decision(log: EvidenceLog) -> None:
    log.consent("consent.grant", 1)
    log.decide(10)
    log.decide(11)


def _two_outcomes(log: EvidenceLog) -> None:
    log.consent("consent.grant", 1)
    log.decide(10)
    log.outcome(11, "unknown")
    log.outcome(12)


def _outcome_of_an_aborted_message(log: EvidenceLog) -> None:
    log.consent("consent.grant", 1)
    log.decide(10)
    log.write("send.aborted", 11, {"of": id_text(MESSAGE), "reason": "LEASE_LOST"})
    log.outcome(12)


def _outcome_before_the_decision(log: EvidenceLog) -> None:
    log.consent("consent.grant", 1)
    log.outcome(9)
    log.decide(10)


def _resolved_though_known(log: EvidenceLog) -> None:
    log.consent("consent.grant", 1)
    log.decide(10)
    log.outcome(11, "rejected")
    log.write("send.resolved", 12, {"of": id_text(MESSAGE), "result": "accepted", "how": "person"})


def _decision_chain_contradicts_itself(log: EvidenceLog) -> None:
    log.consent("consent.grant", 1)
    log.decide(10, mseq=1)


def _record_id_used_twice(log: EvidenceLog) -> None:
    log.consent("consent.grant", 1)
    log.decide(10, rid=(0).to_bytes(16, "big"))


def _outcome_with_the_id_of_the_decision(log: EvidenceLog) -> None:
    log.consent("consent.grant", 1)
    log.decide(10)
    public: dict[str, Any] = {"of": id_text(MESSAGE), "result": "accepted", "code": None}
    log.write("send.outcome", 11, public, rid=MESSAGE)


def _commitment_after_erasure(log: EvidenceLog) -> None:
    log.consent("consent.grant", 1)
    log.decide(10)
    log.write("subject.erased", 11, {"basis": "request", "scope": "all"})
    log.outcome(12)


FORGED: list[tuple[Callable[[EvidenceLog], None], str]] = [
    (_expired, "record 1"),
    (_expires_before_the_deadline, "record 1"),
    (_deadline_set_back_before_expiry, "record 1"),
    (_wrong_purpose, "record 1"),
    (_withdrawn, "record 2"),
    (_hidden_withdrawal, "record 2"),
    (_withdrawal_left_out_of_the_chain, "record 2"),
    (_back_dated_grant, "record 2"),
    (_import_given_at_the_stop, "record 2"),
    (_grant_given_in_the_future, "record 0"),
    (_grant_sealed_after_the_decision, "record 1"),
    (_decided_before_the_grant, "record 1"),
    (_renew_after_withdrawal, "record 2"),
    (_renew_after_expiry, "record 1"),
    (_renew_of_more_purposes, "record 1"),
    (_double_never_confirmed, "record 1"),
    (_confirm_without_grant, "record 0"),
    (_confirm_to_another_notice, "record 1"),
    (_confirm_after_withdrawal, "record 2"),
    (_chain_of_another_brand, "record 1"),
    (_chain_changes_brand, "record 1"),
    (_another_number_agreed, "opener 1.phone"),
    (_decided_for_another_subject, "record 1"),
    (_decision_without_consent, "record 1"),
    (_duplicate_decision, "record 2"),
    (_two_outcomes, "record 3"),
    (_outcome_of_an_aborted_message, "record 2"),
    (_outcome_before_the_decision, "record 1"),
    (_resolved_though_known, "record 3"),
    (_decision_chain_contradicts_itself, "record 1"),
    (_record_id_used_twice, "record 1"),
    (_outcome_with_the_id_of_the_decision, "records"),
    (_commitment_after_erasure, "record 3"),
]


@pytest.mark.parametrize(("story", "where"), FORGED, ids=lambda each: getattr(each, "__name__", ""))
def test_a_sealed_but_unsound_story_is_invalid_at_the_place(
    story: Callable[[EvidenceLog], None], where: str
) -> None:
    log = EvidenceLog()
    story(log)
    assert places(log.bundle()) == ("INVALID", where)


def _raw(log: EvidenceLog, change: Callable[[dict[str, Any]], bytes]) -> bytes:
    """Seal a grant whose bytes `leaf.make` would never write, and bundle it."""
    log.consent("consent.grant", 1)
    body = change(opened_json(log.leaves[0].body))
    log.leaves[0] = leaf.Leaf("consent.grant", bytes(16), SUBJECT, body, tree.leaf_hash(body))
    log.decide(10)
    return log.bundle()


@pytest.mark.parametrize(
    "change",
    [
        lambda f: canonical.encode({**f, "purpose": ["*"]}),
        lambda f: canonical.encode({**f, "purpose": []}),
        lambda f: canonical.encode({**f, "t": "consent.forever"}),
        lambda f: canonical.encode({**f, "extra": 1}),
        lambda f: canonical.encode({**f, "v": 2}),
        lambda f: canonical.encode({**f, "v": True}),
        lambda f: canonical.encode({**f, "sseq": 2**53 - 1}),
        lambda f: canonical.encode({**f, "given": "2026-02-30T00:00:00.000Z"}),
        lambda f: canonical.encode({**f, "given": "2026-03-01T00:00:00Z"}),
        lambda f: canonical.encode({**f, "c": {}}),
        lambda f: canonical.encode({**f, "c": {**f["c"], "name": f["c"]["phone"]}}),
        lambda f: canonical.encode(f) + b" ",
        lambda f: canonical.encode(f)[:-1] + b',"v":1}',
        lambda f: canonical.encode(f).replace(b'"v":1', b'"v":1.0'),
        lambda f: canonical.encode(f).replace(b'"sms"', b'"\\u0073ms"'),
        lambda f: b"[" * 100_000,
    ],
)
def test_a_malformed_leaf_is_invalid_even_when_sealed(change: Callable[[dict[str, Any]], bytes]) -> None:
    assert places(_raw(EvidenceLog(), change)) == ("INVALID", "record 0")


def test_any_flipped_bit_of_a_record_is_found() -> None:
    good = opened_json(good_log().bundle())
    body = parse_b64url(good["records"][0]["leaf"])
    for at in range(0, len(body), 7):
        flipped = bytearray(body)
        flipped[at] ^= 1
        good["records"][0]["leaf"] = b64url(bytes(flipped))
        assert places(canonical.encode(good)) == ("INVALID", "record 3")


def test_answers_hold_no_number_and_no_text() -> None:
    report = VERIFIER.verify(good_log().bundle(), "+8613900000002")
    assert "139" not in str(report)
    assert "春茶" not in str(VERIFIER.verify(good_log().bundle()))
