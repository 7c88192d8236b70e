"""What rulebooks say about a position; `decide` applies it to a moment."""

import pytest
from msgspec.structs import replace

from rules.positions import DENVER, LONDON, MIAMI, SEOUL, SHANGHAI, TORONTO, basis, somebody
from yesfirst.rulebooks import load_all
from yesfirst.rules.finding import Finding
from yesfirst.rules.position import Basis, Position, Recipient, Stand
from yesfirst.rules.reason import Reason
from yesfirst.rules.ruling import Cap, End, Ruling, Scrub, rule

BOOKS = load_all()


def ruled(position: Position) -> Ruling:
    return rule(position, BOOKS)


def reasons(position: Position) -> list[Reason]:
    return [finding.reason for finding in ruled(position).findings]


@pytest.mark.parametrize(
    ("stand", "reason"),
    [
        (Stand.NONE, Reason.CONSENT_MISSING),
        (Stand.PENDING, Reason.CONSENT_PENDING),
        (Stand.WITHDRAWN, Reason.CONSENT_WITHDRAWN),
    ],
)
def test_without_an_open_consent_the_ruling_says_why(stand: Stand, reason: Reason) -> None:
    assert reasons(somebody(SHANGHAI, None, stand=stand)) == [reason]


@pytest.mark.parametrize(
    ("number", "residence", "kind", "counts"),
    [
        (SHANGHAI, None, "express_separate", True),
        (SHANGHAI, None, "requested", True),
        (SHANGHAI, None, "express", False),
        (SHANGHAI, None, "existing_relationship", False),
        (DENVER, None, "express_written", True),
        (DENVER, None, "express_separate", False),
        (LONDON, None, "express", True),
        (LONDON, None, "express_written", True),
        (LONDON, None, "express_separate", True),
        (SEOUL, None, "soft_opt_in", False),
        (LONDON, "US-CO", "express_written", True),
        (LONDON, "US-CO", "express", False),
        (MIAMI, "CA", "express", False),
    ],
)
def test_every_rulebook_must_accept_the_kind_of_consent(
    number: str, residence: str | None, kind: str, counts: bool
) -> None:
    found = reasons(somebody(number, basis(kind), residence=residence))
    assert (Reason.CONSENT_KIND_INSUFFICIENT not in found) == counts


@pytest.mark.parametrize(
    ("number", "rests_on", "recipient", "finding"),
    [
        (
            DENVER,
            basis("express_written", missing=("not_condition_of_purchase_disclosure",)),
            Recipient.INDIVIDUAL,
            Finding(Reason.CONSENT_RECORD_INCOMPLETE, "US.consent.accepted.express_written"),
        ),
        (
            LONDON,
            basis("express", practices=("pre_ticked",)),
            Recipient.INDIVIDUAL,
            Finding(Reason.CONSENT_INVALID_COLLECTION, "GB.consent.forbidden"),
        ),
        (
            TORONTO,
            basis("existing_relationship", event="membership_rumoured"),
            Recipient.INDIVIDUAL,
            Finding(Reason.CONSENT_KIND_INSUFFICIENT, "CA.consent.accepted"),
        ),
        (
            TORONTO,
            basis("inferred", event="published"),
            Recipient.INDIVIDUAL,
            Finding(Reason.CONSENT_KIND_INSUFFICIENT, "CA.consent.accepted"),
        ),
    ],
)
def test_a_record_is_held_against_the_rule_that_would_accept_it(
    number: str, rests_on: Basis, recipient: Recipient, finding: Finding
) -> None:
    assert ruled(somebody(number, rests_on, recipient=recipient)).findings == (finding,)


def test_a_published_number_counts_for_the_role_it_was_published_for() -> None:
    buyer = somebody(TORONTO, basis("inferred", event="published"), recipient=Recipient.BUSINESS_ROLE)
    assert ruled(buyer).findings == ()


def test_the_rule_for_the_event_sets_the_end() -> None:
    bought = somebody(TORONTO, basis("existing_relationship", event="purchase"))
    asked = somebody(TORONTO, basis("existing_relationship", event="inquiry"))
    place = "CA.consent.accepted"
    assert ruled(bought).ends == (
        End(Reason.CONSENT_EXPIRED, "P2Y", "America/Toronto", f"{place}.purchase", True),
    )
    assert ruled(asked).ends == (
        End(Reason.CONSENT_EXPIRED, "P6M", "America/Toronto", f"{place}.inquiry", True),
    )


def test_ends_are_counted_in_every_zone_that_somebody_may_be_in() -> None:
    somewhere = somebody(
        TORONTO,
        basis("existing_relationship", event="inquiry"),
        zones=("America/Toronto", "America/Vancouver"),
    )
    assert [end.zone for end in ruled(somewhere).ends] == ["America/Toronto", "America/Vancouver"]


def test_korea_has_a_consent_confirmed_again_every_two_years() -> None:
    found = ruled(somebody(SEOUL, basis("express")))
    assert found.ends == (End(Reason.RECONFIRM_OVERDUE, "P2Y", "Asia/Seoul", "KR.consent.reconfirm"),)


def test_the_oldest_age_below_which_a_guardian_is_needed_counts_unless_one_agreed() -> None:
    assert ruled(somebody(SHANGHAI, basis("express_separate"))).of_age == 14
    guarded = basis("express_separate", besides=("guardian_proof",))
    assert ruled(somebody(SHANGHAI, guarded)).of_age is None
    both = somebody(SHANGHAI, basis("express_separate"), residence="FR")
    assert (ruled(both).of_age, ruled(both).of_age_rule) == (16, "EU.consent.minors")


def test_a_registry_is_asked_unless_the_kind_of_consent_outweighs_it() -> None:
    listed = somebody("+6580000001", basis("none_dnc_clear"))
    assert ruled(listed).registries == (Scrub("sg_dnc_no_text", "P21D", "SG.registries.sg_dnc_no_text"),)
    assert ruled(somebody("+6580000001", basis("express"))).registries == ()


def test_a_promised_frequency_binds_beside_those_of_the_rulebooks() -> None:
    found = ruled(somebody(MIAMI, basis("express_written", promised=("4/P1M",))))
    assert found.caps == (Cap(3, "P1D", "US-FL.frequency.P1D"), Cap(4, "P1M", None))


def test_only_waivers_that_a_rulebook_knows_and_the_consent_has_are_carried_on() -> None:
    assert ruled(somebody(SEOUL, basis("express", night=True))).window_class == "KR|Asia/Seoul|night_consent"
    assert ruled(somebody(SEOUL, basis("express"))).window_class == "KR|Asia/Seoul"
    assert ruled(somebody(SHANGHAI, basis("express_separate", night=True))).window_class == "CN|Asia/Shanghai"


def test_declared_zones_take_the_place_of_possible_ones() -> None:
    somewhere = somebody(DENVER, basis("express_written"), zones=("America/Phoenix",))
    assert ruled(somewhere).window_class == "US|America/Phoenix"


def test_where_nobody_can_tell_the_ruling_says_that_and_what_is_missing() -> None:
    nowhere = ruled(somebody("+905320000001", None))
    assert (nowhere.rulebooks, nowhere.window_class) == ((), None)
    assert [one.reason for one in nowhere.findings] == [
        Reason.JURISDICTION_UNRESOLVED,
        Reason.CONSENT_MISSING,
    ]


def test_a_rulebook_that_accepts_nothing_refuses_every_kind() -> None:
    china = BOOKS["CN"]
    assert china.consent is not None
    closed = replace(china, consent=replace(china.consent, accepted=()))
    found = rule(somebody(SHANGHAI, basis("express_separate")), {**BOOKS, "CN": closed})
    assert [one.reason for one in found.findings] == [Reason.CONSENT_KIND_INSUFFICIENT]
