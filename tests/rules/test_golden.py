"""The golden cases whose facts are judged already; the others wait for the rest of the law."""

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from yesfirst.rules.eligibility import eligibility

from yesfirst import rulebooks
from yesfirst.rules.consent import ConsentEvent, ConsentType, fold, standing_of
from yesfirst.rules.decision import Allow, Decision, Defer, Deny, Facts, MessageClass, decide
from yesfirst.rules.jurisdiction import Jurisdiction

GOLDEN = Path(__file__).parents[1] / "data" / "golden.yaml"
COVERED = {
    "OK",
    "OK_TRANSACTIONAL",
    "SUPPRESSED",
    "CONSENT_MISSING",
    "CONSENT_WITHDRAWN",
    "CONSENT_EXPIRED",
    "CONSENT_KIND_INSUFFICIENT",
    "CONFIRMATION_WINDOW_PASSED",
    "QUIET_HOURS",
    "CLOSED_DAY",
}
JUDGED = {"number", "packs", "now", "consent", "message", "tz", "suppressed"}
PURPOSE = "marketing.offers"


def covered_cases() -> list[Any]:
    known = set(rulebooks.load_all())
    return [
        pytest.param(case["given"], case["expect"], id=case["id"])
        for case in yaml.safe_load(GOLDEN.read_text("utf-8"))["cases"]
        if case["expect"]["reason"] in COVERED
        and case["given"].keys() <= JUDGED
        and set(case["given"]["packs"]) <= known
    ]


def instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def events_of(consent: dict[str, Any] | None) -> list[ConsentEvent]:
    if consent is None:
        return []
    given = instant(consent.get("reconfirmed_at") or consent.get("granted_at") or consent["relationship_at"])
    assert given is not None
    grant = ConsentEvent(
        ConsentType.GRANT,
        0,
        (PURPOSE,),
        "sms",
        given,
        b"grant",
        given=given,
        exp=instant(consent.get("valid_until")),
        kind=consent["kind"],
    )
    withdrawn_at = instant(consent.get("withdrawn_at"))
    if withdrawn_at is None:
        return [grant]
    return [grant, ConsentEvent(ConsentType.WITHDRAW, 1, (PURPOSE,), "sms", withdrawn_at, b"stop")]


def facts_of(given: dict[str, Any]) -> Facts:
    books = [rulebooks.load(name) for name in given["packs"]]
    zones = given.get("tz") or [zone for book in books for zone in book.scope.zones]
    standing = standing_of(fold(events_of(given["consent"])), PURPOSE, "sms")
    return Facts(
        number_valid=True,
        jurisdiction=Jurisdiction(tuple(given["packs"]), tuple(zones)),
        message_class=MessageClass(given["message"]["class"]),
        suppressed_at=instant(given.get("suppressed", {}).get("at")),
        eligibility=eligibility(standing, books),
    )


def described(decision: Decision, message_class: MessageClass) -> dict[str, Any]:
    if isinstance(decision, Allow):
        ok = {MessageClass.MARKETING: "OK", MessageClass.TRANSACTIONAL: "OK_TRANSACTIONAL"}
        return {"decision": "allow", "reason": ok[message_class]}
    verdict = "defer" if isinstance(decision, Defer) else "deny" if isinstance(decision, Deny) else "review"
    found: dict[str, Any] = {"decision": verdict, "reason": decision.reasons[0].value}
    return found | ({"not_before": decision.not_before} if isinstance(decision, Defer) else {})


@pytest.mark.parametrize(("given", "expect"), covered_cases())
def test_a_golden_case_is_decided_as_expected(given: dict[str, Any], expect: dict[str, Any]) -> None:
    facts = facts_of(given)
    now = datetime.fromisoformat(given["now"])
    expected = dict(expect)
    if "not_before" in expected:
        expected["not_before"] = datetime.fromisoformat(expected["not_before"])
    decision = decide(facts, rulebooks.load_all(), now)
    assert described(decision, facts.message_class) == expected


def test_every_rulebook_named_in_a_golden_case_and_every_reason_is_judged() -> None:
    cases = covered_cases()
    named = {
        name for case in yaml.safe_load(GOLDEN.read_text("utf-8"))["cases"] for name in case["given"]["packs"]
    }
    registries_only = {"HK", "SG"}
    assert {name for case in cases for name in case.values[0]["packs"]} == named - registries_only
    assert {case.values[1]["reason"] for case in cases} == COVERED


def test_a_case_without_consent_is_missing_it() -> None:
    given = next(case.values[0] for case in covered_cases() if case.id == "CN-01")
    now = datetime.fromisoformat(given["now"])
    decision = decide(facts_of({**given, "consent": None}), rulebooks.load_all(), now)
    assert described(decision, MessageClass.MARKETING) == {"decision": "deny", "reason": "CONSENT_MISSING"}
