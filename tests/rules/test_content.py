"""Facts of a text and what stands behind it, held against the shipped rulebooks."""

from dataclasses import replace

import msgspec
import pytest

from yesfirst.rulebooks import load
from yesfirst.rules import text
from yesfirst.rules.content import Offer, SenderKind, findings, identity_findings, rule_id
from yesfirst.rules.finding import Finding
from yesfirst.rules.reason import Reason, verdict_of
from yesfirst.rules.rule import Confidence, Tier
from yesfirst.rules.rulebook import rules_of
from yesfirst.rules.sections import Registration
from yesfirst.rules.wording import Place, Voice, WayOut, Wording, read_wording

WHOLE = Wording(sender_name=True, contact=True, opt_out_instruction=True, label="(광고)")
EVERYTHING = frozenset(rule.id for id in ("CN", "GB", "KR", "US") for rule in load(id).registration)
OFFER = Offer(registered=EVERYTHING)


def found(wording: Wording, offer: Offer, *books: str) -> list[tuple[Reason, str | None]]:
    return [(each.reason, each.rule) for each in findings(wording, offer, [load(book) for book in books])]


@pytest.mark.parametrize("book", ["CN", "GB", "KR", "US"])
def test_a_text_that_has_everything_is_found_nothing_against(book: str) -> None:
    assert found(WHOLE, OFFER, book) == []


@pytest.mark.parametrize(
    ("book", "lacks"),
    [
        ("CA", ["sender_name", "contact", "opt_out_instruction"]),
        ("GB", ["sender_name"]),
        ("KR", ["sender_name"]),
    ],
)
def test_a_text_that_is_no_marketing_says_who_sends_it_and_in_canada_all_that_any_text_says(
    book: str, lacks: list[str]
) -> None:
    bare = Wording(sender_name=False, contact=False, opt_out_instruction=False)
    against = identity_findings(bare, OFFER, [load(book)])
    assert [one.rule for one in against if one.reason is not Reason.SENDER_NOT_REGISTERED] == [
        f"{book}.content.require.{what}" for what in lacks
    ]


@pytest.mark.parametrize(
    ("book", "wording", "reason", "what"),
    [
        ("CN", replace(WHOLE, signed=False), Reason.CONTENT_MISSING_SENDER, "sender_name"),
        ("CN", replace(WHOLE, contact=False), Reason.CONTENT_MISSING_CONTACT, "contact"),
        (
            "CN",
            replace(WHOLE, opt_out_instruction=False),
            Reason.CONTENT_MISSING_OPT_OUT,
            "opt_out_instruction",
        ),
        (
            "CN",
            replace(WHOLE, ways_out=frozenset({WayOut.LINK})),
            Reason.CONTENT_MISSING_OPT_OUT,
            "opt_out_instruction",
        ),
        ("US", replace(WHOLE, sender_name=False), Reason.CONTENT_MISSING_SENDER, "sender_name"),
        (
            "US",
            replace(WHOLE, opt_out_instruction=False),
            Reason.CONTENT_MISSING_OPT_OUT,
            "opt_out_instruction",
        ),
        ("KR", replace(WHOLE, label=None), Reason.CONTENT_MISSING_LABEL, "label"),
        ("KR", replace(WHOLE, label="[광고]"), Reason.CONTENT_MISSING_LABEL, "label"),
        ("KR", replace(WHOLE, label="(광 고)"), Reason.CONTENT_MISSING_LABEL, "label"),
        ("KR", replace(WHOLE, label_place=Place.WITHIN), Reason.CONTENT_MISSING_LABEL, "label"),
        (
            "KR",
            replace(WHOLE, ways_out=frozenset({WayOut.REPLY})),
            Reason.CONTENT_MISSING_OPT_OUT,
            "opt_out_instruction",
        ),
        (
            "KR",
            replace(WHOLE, way_out_place=Place.WITHIN),
            Reason.CONTENT_MISSING_OPT_OUT,
            "opt_out_instruction",
        ),
    ],
)
def test_what_a_text_lacks_is_found_with_the_rule_that_asks_for_it(
    book: str, wording: Wording, reason: Reason, what: str
) -> None:
    assert found(wording, OFFER, book) == [(reason, f"{book}.content.require.{what}")]


@pytest.mark.parametrize(
    ("book", "wording"),
    [
        ("US", replace(WHOLE, signed=False, contact=False, label=None)),
        ("US", replace(WHOLE, ways_out=frozenset({WayOut.LINK}), way_out_place=Place.WITHIN)),
        ("CN", replace(WHOLE, way_out_place=Place.WITHIN, label="[광고]")),
        ("KR", replace(WHOLE, signed=False)),
    ],
)
def test_a_rulebook_does_not_ask_for_what_another_one_wants(book: str, wording: Wording) -> None:
    assert found(wording, OFFER, book) == []


@pytest.mark.parametrize(
    ("book", "absent", "reason"),
    [
        ("CN", "cn_signature_realname", Reason.SENDER_NOT_REGISTERED),
        ("CN", "cn_template_review", Reason.TEMPLATE_NOT_REGISTERED),
        ("CN", "cn_consent_proof_to_carrier", Reason.CAMPAIGN_GATE_FAILED),
        ("US", "us_10dlc_brand_campaign", Reason.SENDER_NOT_REGISTERED),
        ("KR", "kr_sender_number_preregistration", Reason.SENDER_NOT_REGISTERED),
        ("KR", "kr_bulk_sender_certification", Reason.SENDER_NOT_REGISTERED),
    ],
)
def test_what_is_not_registered_is_found_by_what_had_to_be(book: str, absent: str, reason: Reason) -> None:
    offer = Offer(registered=EVERYTHING - {absent})
    assert found(WHOLE, offer, book) == [(reason, f"{book}.registration.{absent}")]


@pytest.mark.parametrize(
    ("kind", "reasons"), [(SenderKind.ALPHA, [Reason.SENDER_NOT_REGISTERED]), (SenderKind.NUMBER, [])]
)
def test_a_register_of_names_concerns_senders_that_show_one(kind: SenderKind, reasons: list[Reason]) -> None:
    names = Registration(
        id="names", applies_to="sender_alpha", required=True, cite=(), conf=Confidence.MEMORY, tier=Tier.LAW
    )
    book = msgspec.structs.replace(load("GB"), registration=(names,))
    assert [each.reason for each in findings(WHOLE, Offer(sender_kind=kind), [book])] == reasons


@pytest.mark.parametrize(
    ("wording", "offer", "prohibited"),
    [
        (WHOLE, OFFER, False),
        (replace(WHOLE, variables=("name",)), OFFER, True),
        (replace(WHOLE, private_contact=True), OFFER, True),
        (WHOLE, replace(OFFER, topics=frozenset({"lottery"})), True),
        (WHOLE, replace(OFFER, topics=frozenset({"tobacco"})), False),
    ],
)
def test_what_china_prohibits_is_found_in_the_text_and_in_what_is_declared(
    wording: Wording, offer: Offer, prohibited: bool
) -> None:
    rules = [(Reason.PROHIBITED_CONTENT, "CN.prohibited_content.0")] if prohibited else []
    assert found(wording, offer, "CN") == rules


@pytest.mark.parametrize(
    ("processed_in", "transfers", "open_gate"),
    [
        (None, frozenset(), True),
        ("CN", frozenset(), True),
        ("US", frozenset(), False),
        ("US", frozenset({("CN", "standard_contract")}), True),
        ("US", frozenset({("CN", "somebody_said_so")}), False),
        ("US", frozenset({("EU", "standard_contract")}), False),
    ],
)
def test_numbers_leave_china_only_under_a_mechanism_on_record(
    processed_in: str | None, transfers: frozenset[tuple[str, str]], open_gate: bool
) -> None:
    offer = replace(OFFER, processed_in=processed_in, transfers=transfers)
    gate = [] if open_gate else [(Reason.CAMPAIGN_GATE_FAILED, "CN.cross_border")]
    assert found(WHOLE, offer, "CN") == gate


@pytest.mark.parametrize(
    ("targeted", "option", "way_out", "open_gate"),
    [
        (False, False, False, True),
        (True, False, False, False),
        (True, True, False, True),
        (True, False, True, True),
    ],
)
def test_targeting_needs_an_option_without_or_an_easy_refusal(
    targeted: bool, option: bool, way_out: bool, open_gate: bool
) -> None:
    wording = replace(WHOLE, opt_out_instruction=way_out)
    offer = replace(OFFER, targeted=targeted, non_personalised_option=option)
    gate = (Reason.CAMPAIGN_GATE_FAILED, "CN.consent.other.personalised")
    assert (gate not in found(wording, offer, "CN")) is open_gate


def test_each_rulebook_is_asked_by_itself() -> None:
    wording = replace(WHOLE, label=None, sender_name=False, signed=False)
    assert found(wording, OFFER, "CN", "KR") == [
        (Reason.CONTENT_MISSING_SENDER, "CN.content.require.sender_name"),
        (Reason.CONTENT_MISSING_LABEL, "KR.content.require.label"),
        (Reason.CONTENT_MISSING_SENDER, "KR.content.require.sender_name"),
    ]


def test_an_overlay_without_such_sections_asks_for_nothing() -> None:
    overlay = msgspec.structs.replace(
        load("GB"), content=None, consent=None, registration=(), prohibited_content=()
    )
    nothing = Wording(sender_name=False, contact=False, opt_out_instruction=False)
    assert findings(nothing, Offer(targeted=True, processed_in="US"), [overlay]) == ()


@pytest.mark.parametrize("book", ["CN", "GB", "KR", "US"])
def test_a_rule_is_named_as_the_rulebook_names_it(book: str) -> None:
    for place, rule in rules_of(load(book)):
        assert rule_id(load(book), rule) == f"{book}.{place}"


def test_a_text_is_judged_from_its_own_words_to_the_verdict() -> None:
    voice = Voice(("남산짐",), "02-000-0000")
    template = text.parse("(광고)남산짐 {name|회원}님, 문의 02-000-0000 무료수신거부 080-000-0000")
    assert findings(read_wording(template, voice), OFFER, [load("KR")]) == ()
    wrong = text.parse("[광고]남산짐 {name|회원}님, 문의 02-000-0000 무료수신거부 080-000-0000")
    [finding] = findings(read_wording(wrong, voice), OFFER, [load("KR")])
    assert finding == Finding(Reason.CONTENT_MISSING_LABEL, "KR.content.require.label")
    assert verdict_of([finding.reason]) == "deny"
