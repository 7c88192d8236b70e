"""How else the authors of cases write what they mean."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from yesfirst.intake.case_facts import CaseFacts, facts_of
from yesfirst.intake.case_given import read_given
from yesfirst.intake.case_spelling import InvalidCase
from yesfirst.rules.decision import Check, MessageClass
from yesfirst.rules.wording import Place

GIVEN: dict[str, Any] = {
    "number": "+447400000001",
    "packs": "GB",
    "now": "2026-11-24T12:00:00+00:00",
    "consent": {"kind": "express"},
}
MIDNIGHT = datetime(2026, 11, 20, tzinfo=UTC)


def facts(**changes: object) -> CaseFacts:
    return facts_of(read_given({**GIVEN, **changes}))


def consent(**changes: object) -> CaseFacts:
    return facts(consent={"kind": "express", "granted_at": "2026-01-10", **changes})


def message(**changes: object) -> CaseFacts:
    return facts(message=changes)


@pytest.mark.parametrize("written", [None, "none", False, {}, {"kind": "none"}])
def test_no_consent_has_several_words(written: object) -> None:
    assert facts(consent=written).unasked


@pytest.mark.parametrize(
    ("written", "given"),
    [
        ("2026-01-10T12:00:00+00:00", datetime(2026, 1, 10, 12, tzinfo=UTC)),
        ("2026-01-10", datetime(2026, 1, 10, 5, tzinfo=UTC)),
        ("2026-01-10 09:30", datetime(2026, 1, 10, 14, 30, tzinfo=UTC)),
        ("2026-07-10T00:00:00", datetime(2026, 7, 10, 4, tzinfo=UTC)),  # summer time there
    ],
)
def test_an_instant_without_a_zone_is_on_the_persons_clock(written: str, given: datetime) -> None:
    canada = {"number": "+14165550123", "packs": ["CA"], "tz": "America/Toronto"}
    [grant] = facts(consent={"kind": "express", "granted_at": written}, **canada).grants
    assert grant.given == given


def test_without_zones_it_is_on_the_clock_of_the_case_and_a_birthday_stays_a_day() -> None:
    assert facts(history=["2026-11-20", {"sent_at": "2026-11-20"}]).texted == (MIDNIGHT, MIDNIGHT)
    assert facts(recipient={"date_of_birth": "2013-11-25"}).born == date(2013, 11, 25)
    with pytest.raises(InvalidCase, match="now"):
        facts(now="2026-11-24")


@pytest.mark.parametrize(("written", "meant"), [("yes", True), ("No", False), ("False", False), ("on", True)])
def test_yes_and_no_are_meant_as_they_are_said(written: str, meant: bool) -> None:
    said = message(sender_name=written, contact=written, opt_out_instruction=written).wording
    assert (said.sender_name, said.contact, said.opt_out_instruction) == (meant, meant, meant)


def test_a_label_may_be_said_to_be_there() -> None:
    assert message(label=True).wording.label == "(광고)"
    assert message(label=False).wording.label is None
    assert message(label="(광고)", label_position="middle").wording.label_place is Place.WITHIN


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Marketing", MessageClass.MARKETING),
        ("opt-out confirmation", MessageClass.OPT_OUT_CONFIRMATION),
        ("service", MessageClass.TRANSACTIONAL),
    ],
)
def test_classes_have_other_names(written: str, meant: MessageClass) -> None:
    assert facts(message={"class": written}).message_class is meant
    assert facts().message_class is MessageClass.MARKETING


@pytest.mark.parametrize(
    ("changes", "waits"),
    [
        ({}, False),
        ({"pending": True}, True),
        ({"status": "pending"}, True),
        ({"status": "confirmed"}, False),
        ({"confirmed_at": None}, True),
        ({"method": "double", "confirmed_at": "2026-01-11"}, False),
        ({"pending": True, "confirmed_at": "2026-12-01"}, True),
    ],
)
def test_a_consent_waits_for_its_second_step(changes: dict[str, object], waits: bool) -> None:
    [grant] = consent(**changes).grants
    assert grant.waits is waits


def test_what_was_promised_may_stand_with_consent_text_or_case() -> None:
    promise = {"max": 4, "per": "month"}
    for case in (
        consent(promised_frequency=promise),
        message(stated_frequency=promise),
        facts(frequency=promise),
    ):
        [grant] = case.grants
        assert grant.record.promised == ("4/P1M",)


def test_a_topic_that_no_rule_knows_hurts_nobody_but_what_is_prohibited_is_known() -> None:
    assert message(topic="tea").offer.topics == frozenset()
    assert message(category="gambling").offer.topics == {"gambling"}
    with pytest.raises(InvalidCase, match="tea"):
        message(prohibited="tea")


def test_a_refusal_may_be_told_in_short_or_be_taken_back() -> None:
    assert facts(suppressed=True).suppressed_at == datetime(2026, 11, 24, 12, tzinfo=UTC)
    refused = {"at": "2026-11-01", "via": "STOP"}
    assert facts(suppressed=refused).suppressed_at is not None
    assert facts(suppressed={**refused, "lifted_at": "2026-11-10"}).suppressed_at is None
    assert facts(suppressed={**refused, "confirmations": ["2026-11-01"]}).confirmed


def test_a_registry_may_be_listed_and_be_asked_for_the_consent() -> None:
    hongkong = {"number": "+85290000000", "packs": ["HK"]}
    listed = [{"id": "hk_dnc_sms", "listed": "yes", "scrubbed_at": "2026-11-20"}]
    assert facts(**hongkong, registry=listed).checks == {"hk_dnc_sms": Check(True, MIDNIGHT)}
    clear = {"kind": "none_dnc_clear", "dnc_checked_at": "2026-11-20"}
    assert facts(**hongkong, consent=clear).checks == {"hk_dnc_sms": Check(False, MIDNIGHT)}
    assert facts(**hongkong, consent=clear, registry=listed).checks["hk_dnc_sms"].listed


def test_gates_may_be_told_by_their_state() -> None:
    china = {"number": "+8613000000001", "packs": ["CN"]}
    assert facts(**china, gates={"export_gate": "missing"}).offer.transfers == frozenset()
    assert facts(**china, gates={"export_gate": True}).offer.transfers != frozenset()


def test_the_sender_may_be_told_in_a_word() -> None:
    assert facts(sender_type="charity").charity
    assert not facts(sender={"type": "company"}).charity
    with pytest.raises(InvalidCase, match=r"sender\.type"):
        facts(sender="someone")


def test_a_number_of_no_area_is_nowhere_when_nobody_can_tell_the_zone() -> None:
    assert facts(number="+18005550123", packs=["US"], tz=[]).number == "+15005550123"
    assert facts(number="+18005550123", packs=["US"]).number is None
    assert facts(number="+1800", packs=["US"], tz=[]).number is None
