"""What a case may state, how it may be spelled, and what is told of a mistake."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from yesfirst.intake import yamlfile
from yesfirst.intake.case_facts import CaseFacts
from yesfirst.intake.case_given import (
    Asked,
    Consented,
    Earlier,
    Given,
    Person,
    Promise,
    Refused,
    Said,
    Transfer,
)
from yesfirst.intake.cases import Answer, Case, read_cases
from yesfirst.intake.yamlfile import InvalidFile
from yesfirst.rules.position import Recipient
from yesfirst.rules.reason import Verdict

NOW = "2026-11-24T12:00:00+00:00"
GIVEN: dict[str, Any] = {
    "number": "+447400000001",
    "packs": ["GB"],
    "now": NOW,
    "consent": {"kind": "express", "granted_at": "2026-01-10T12:00:00Z"},
    "message": {"class": "marketing"},
}
EXPECT = {"decision": "allow", "reason": "OK"}


def read(expect: object = EXPECT, **changes: object) -> Case:
    file = {
        "schema": "sms-policy-golden/v0",
        "cases": [{"id": "X-1", "given": {**GIVEN, **changes}, "expect": expect}],
    }
    [case] = read_cases(yamlfile.load(msgspec.json.encode(file).decode(), "cases.yaml"))
    return case


def facts(**changes: object) -> CaseFacts:
    case = read(**changes)
    assert case.facts is not None, case.fault
    return case.facts


def consent(**changes: object) -> CaseFacts:
    return facts(consent={**GIVEN["consent"], **changes})


def message(**changes: object) -> CaseFacts:
    return facts(message={**GIVEN["message"], **changes})


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"registery": {}}, 'given.registery: unknown key - did you mean "registry"?'),
        ({"consent": {"kind": "express", "nigth": True}}, "given.consent.nigth: unknown key"),
        ({"message": {"class": "marketing", "sender": True}}, "given.message.sender: unknown key"),
        ({"message": {"class": "newsletter"}}, "given.message.class: Invalid enum value 'newsletter'"),
        ({"now": "2026-11-24T12:00:00"}, "given.now"),
        ({"history": ["yesterday"]}, "given.history[0]"),
        ({"tz": ["Europe/Londn"]}, 'given.tz: "Europe/Londn" is unknown - did you mean "Europe/London"?'),
        ({"missing_registrations": ["gb_sender"]}, 'given.missing_registrations: "gb_sender" is unknown'),
        ({"missing_gates": ["pia"]}, 'given.missing_gates: "pia" is unknown'),
        ({"recipient": {"type": "robot"}}, 'given.recipient.type: "robot" is unknown'),
        ({"consent": {"kind": "express", "collection": "preticked"}}, 'did you mean "pre_ticked"?'),
        ({"consent": {"kind": "express", "valid_for": "3 months"}}, "given.consent.valid_for"),
        ({"consent": {"kind": "express", "practices": [], "collection": []}}, "says the same as another"),
        ({"packs": ["GB", "US-FL", "CN"]}, "given.packs: the number leads to none of US-FL, CN"),
        ({"consent": []}, "given.consent"),
        ({"now": "0001-01-01T00:00:00+14:00"}, "given: now lies outside"),
        ({"history": ["9999-12-31T00:00:00Z"]}, "given: history lies outside"),
        ({"consent": {"kind": "By Phone"}}, "given.consent.kind"),
    ],
)
def test_a_fault_names_the_line_and_the_key(changes: dict[str, object], fault: str) -> None:
    case = read(**changes)
    assert case.facts is None
    assert case.fault.startswith("line 1: ")
    assert fault in case.fault
    assert case.expected == EXPECT


@pytest.mark.parametrize(
    "expect", [None, {"decision": "maybe", "reason": "OK"}, {"decision": "allow"}, {**EXPECT, "cite": "s 1"}]
)
def test_an_expectation_that_says_nothing_is_a_fault_of_its_case(expect: object) -> None:
    assert "expect" in read(expect).fault


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("[1]", 1),
        ("cases: []", 1),
        ("schema: sms-policy-golden/v0\ncases: []", 2),
        ("schema: v9\ncases:\n- id: X", 1),
        ("schema: sms-policy-golden/v0\ncases:\n- id: X\n  id: Y", 4),
    ],
)
def test_a_file_of_another_form_is_refused_with_its_place(text: str, line: int) -> None:
    with pytest.raises(InvalidFile) as refused:
        read_cases(yamlfile.load(text, "cases.yaml"))
    assert refused.value.problems[0].line == line


def test_a_consent_that_waits_is_missing_for_who_knows_no_other_word() -> None:
    waits = Answer(decision=Verdict.DENY, reason="CONSENT_PENDING", reasons=("CONSENT_PENDING",))
    missing = Answer(decision=Verdict.DENY, reason="CONSENT_MISSING", reasons=("CONSENT_MISSING",))
    assert waits.meets(missing)
    assert waits.meets(waits)
    assert not missing.meets(waits)


@pytest.mark.parametrize("plain", ["X", {"id": "X", "given": GIVEN, "expect": EXPECT, "gives": 1}])
def test_a_case_that_is_no_case_hurts_no_other(plain: object) -> None:
    good = {"given": GIVEN, "expect": EXPECT}
    file = {"schema": "sms-policy-golden/v0", "cases": [plain, good]}
    first, second = read_cases(yamlfile.load(msgspec.json.encode(file).decode(), "cases.yaml"))
    assert first.fault != ""
    assert (second.id, second.fault) == ("#2", "")


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("+447400000001", "+447400000001"),
        ("+447700900123", "+447400123456"),  # kept for fiction: the country's example stands for it
        ("+6580000000", "+6580000000"),  # assigned to nobody, and known to be Singapore's
        ("+8610", None),
        ("+861012345678", None),  # a fixed line
        (447400000001, "+447400000001"),  # without quotes, YAML reads a number
        ("12345", None),
        ("nobody", None),
    ],
)
def test_a_number_is_one_that_a_text_could_reach(written: str | int, read_as: str | None) -> None:
    assert facts(number=written, packs=[]).number == read_as


@pytest.mark.parametrize(
    ("number", "packs", "residence"),
    [
        ("+447400000001", ["GB"], None),
        ("+13055550123", ["US", "US-FL"], None),
        ("+13035550123", ["US", "US-FL"], "US-FL"),
        ("+8613000000001", ["CN", "US", "US-FL"], "US-FL"),
        ("+33639980123", ["EU", "DE"], "DE"),
        ("+905320000001", ["TR"], "TR"),
        ("+447400000001", [], None),
    ],
)
def test_a_pack_that_the_number_does_not_lead_to_is_where_the_person_lives(
    number: str, packs: list[str], residence: str | None
) -> None:
    assert facts(number=number, packs=packs).residence == residence


@pytest.mark.parametrize(
    ("suppressed", "others", "confirmed"),
    [
        ({}, {}, False),
        ({"confirmation_sent": True}, {}, True),
        ({"confirmed_at": "2026-11-24T11:30:00Z"}, {}, True),
        ({"confirmed_at": "2026-11-24T12:30:00Z"}, {}, False),
        ({}, {"confirmations_sent": 1}, True),
        ({}, {"history": [{"at": "2026-11-24T11:01:00Z", "class": "opt_out_confirmation"}]}, True),
        ({}, {"history": ["2026-11-24T10:59:00Z"]}, False),
    ],
)
def test_a_text_after_a_refusal_was_its_confirmation(
    suppressed: dict[str, object], others: dict[str, object], confirmed: bool
) -> None:
    refused = {"at": "2026-11-24T11:00:00Z", "via": 80, **suppressed}
    assert facts(suppressed=refused, **others).confirmed is confirmed


def test_nothing_says_nothing_but_in_a_text_and_a_record() -> None:
    assert facts(tz=None, history=None, recipient={"age": None}).zones == ()
    assert not message(contact=None).wording.contact
    [grant] = facts(consent={"kind": "express", "granted_at": None}).grants
    assert "granted_at" not in grant.record.fields


def test_what_lies_ahead_has_not_happened() -> None:
    ahead = "2026-11-25T00:00:00Z"
    case = facts(
        consent={"kind": "express", "granted_at": ahead, "withdrawn_at": ahead},
        suppressed={"at": ahead, "via": "STOP"},
        history=[ahead],
        registry={"uk_tps": {"listed": True, "checked_at": ahead}},
    )
    assert (case.grants, case.withdrawn_at, case.suppressed_at) == ((), None, None)
    assert (case.texted, case.checks) == ((), {})


def test_a_record_has_all_that_is_needed_but_what_is_missing() -> None:
    [grant] = consent().grants
    assert {"proof_ref", "opt_out_offered_at_collection"} <= set(grant.record.fields)
    assert "guardian_proof" not in grant.record.fields
    [grant] = consent(missing="wording_shown", proof_ref=None, locale="en", guardian_proof=True).grants
    assert {"wording_shown", "proof_ref"}.isdisjoint(grant.record.fields)
    assert {"locale", "guardian_proof"} <= set(grant.record.fields)


@pytest.mark.parametrize(
    ("written", "given"),
    [
        ({"granted_at": "2026-01-10T12:00:00Z"}, datetime(2026, 1, 10, 12, tzinfo=UTC)),
        ({"relationship_at": "2025-05-01T00:00:00Z"}, datetime(2025, 5, 1, tzinfo=UTC)),
        ({}, datetime(2026, 11, 23, 12, tzinfo=UTC)),
    ],
)
def test_a_relationship_counts_from_its_event_and_else_from_yesterday(
    written: dict[str, str], given: datetime
) -> None:
    [grant] = facts(consent={"kind": "soft_opt_in", **written}).grants
    assert grant.given == given


def test_a_consent_that_was_confirmed_again_was_given_twice() -> None:
    first, second = consent(reconfirmed_at="2026-06-01T12:00:00Z").grants
    assert (first.given.month, second.given.month) == (1, 6)
    assert first.record == second.record


@pytest.mark.parametrize("name", ["valid_until", "expires_at", "expires", "exp"])
def test_an_end_has_several_names(name: str) -> None:
    [grant] = consent(**{name: "2026-12-01T00:00:00Z"}).grants
    assert grant.expires == datetime(2026, 12, 1, tzinfo=UTC)


def test_somebody_of_an_age_had_a_birthday_of_late() -> None:
    assert facts(recipient={"age": 13}).born == date(2013, 11, 9)
    assert facts(recipient={"born": "2013-11-25"}).born == date(2013, 11, 25)
    assert facts(recipient={"type": "sole_trader"}).recipient is Recipient.INDIVIDUAL


def test_the_facts_of_a_text_stand_as_they_are_stated() -> None:
    wording = message(sender_name=False, opt_out_instruction="退订回T", label="[광고]").wording
    assert (wording.sender_name, wording.signed, wording.label) == (False, False, "[광고]")
    assert wording.opt_out_instruction
    assert not message(opt_out_instruction="no way").wording.opt_out_instruction
    assert message(variables=["name"], private_contact=True).wording.items == {
        "variables_in_marketing_template",
        "private_qq_wechat",
    }


def test_all_is_on_record_but_what_is_missing() -> None:
    china = {"number": "+8613000000001", "packs": ["CN"]}
    assert "cn_template_review" in facts(**china).offer.registered
    assert facts(**china).offer.transfers != frozenset()
    short = facts(
        **china,
        missing_registrations="cn_template_review",
        transfers=[],
        message={"class": "mixed", "topic": "finance"},
    ).offer
    assert "cn_template_review" not in short.registered
    assert (len(short.transfers), sorted(short.topics)) == (0, ["finance"])
    exempt = facts(**china, transfers=[{"from": "CN", "mechanism": "exemption"}]).offer
    assert exempt.transfers == {("CN", "exemption")}


@pytest.mark.parametrize(
    ("goods", "meant"),
    [("similar", "similar"), ("any", "similar"), ("other", "other"), ("unrelated", "other")],
)
def test_goods_may_be_stated_of_consent_or_message(goods: str, meant: str) -> None:
    assert consent(goods_scope=goods).offer.goods == meant
    assert message(goods=goods).offer.goods == meant


def test_the_page_about_cases_names_every_key() -> None:
    page = (Path(__file__).parents[2] / "docs" / "cases.md").read_text("utf-8")
    shapes = (Given, Consented, Said, Person, Refused, Earlier, Asked, Transfer, Promise, Answer)
    keys = {key for shape in shapes for key in shape.__struct_encode_fields__} - {"record"}
    assert {key for key in keys if f"`{key}`" not in page} == set()
