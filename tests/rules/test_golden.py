"""Files of cases, decided by the reference alone; `usecases/test_golden_cases.py` sends them all the way."""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from yesfirst.intake import yamlfile
from yesfirst.intake.case_facts import CaseFacts
from yesfirst.intake.cases import Answer, Case, answer_of, read_cases
from yesfirst.rulebooks import load_all
from yesfirst.rules.consent import ConsentEvent, ConsentType, TakesEffect, effect, fold, standing_of
from yesfirst.rules.decision import Consent, Facts, decide
from yesfirst.rules.exemption import CORPORATE_EXEMPT, exempt
from yesfirst.rules.jurisdiction import origin_of
from yesfirst.rules.position import Whereabouts, position
from yesfirst.rules.reason import Reason

DATA = Path(__file__).parents[1] / "data"
OFFERS, EVENTS = "marketing.offers", "marketing.events"


@cache
def cases() -> list[Case]:
    files = (DATA / name for name in ("golden.yaml", "cases.yaml"))
    return [case for file in files for case in read_cases(yamlfile.load(file.read_text("utf-8"), file.name))]


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.id)
def test_a_case_is_decided_as_expected(case: Case) -> None:
    assert case.fault == ""
    assert case.facts is not None
    assert case.expect is not None
    got = decided(case.facts)
    assert got.meets(case.expect), got


def test_the_cases_meet_every_reason_and_every_jurisdiction() -> None:
    """Else their agreement would say nothing about those."""
    met = {case.expect.reason for case in cases() if case.expect}
    # A case of a file can't state a reply.
    assert {reason.value for reason in Reason} - met == {Reason.REPLY_UNCLEAR}
    books = {id for case in cases() if case.facts for id in case.facts.books}
    assert {id for id, book in load_all().items() if not id.startswith("US-")} - books == set()
    assert len({id for id in books if id.startswith("US-")}) >= 8


def decided(case: CaseFacts) -> Answer:
    where = Whereabouts(
        origin=origin_of(case.number) if case.number else None,
        residence=case.residence,
        billing=case.billing,
        zones=case.zones,
    )
    standing = standing_of(fold(events(case, where)), OFFERS, "sms")
    event = standing.open
    facts = Facts(
        number_valid=case.number is not None,
        position=position(where, case.recipient, standing),
        message_class=case.message_class,
        suppressed_at=case.suppressed_at,
        consent=Consent(event.at, event.given, event.exp) if event and event.given else None,
        born=case.born,
        checks=case.checks,
        texted=case.texted,
        wording=case.wording,
        offer=case.offer,
        charity=case.charity,
        confirmed=case.confirmed,
    )
    books = {id: book.in_force(case.now) for id, book in case.books.items()}
    return answer_of(decide(facts, books, case.now), case.message_class)


def events(case: CaseFacts, where: Whereabouts) -> list[ConsentEvent]:
    """The consent chain of a case; what would have no effect is not written."""
    chain: list[ConsentEvent] = []
    for event in sorted(happened(case, where), key=lambda one: one.at):
        following = replace(event, sseq=len(chain), leaf_hash=bytes([len(chain)]))
        if isinstance(effect(fold(chain), following), TakesEffect):
            chain.append(following)
    return chain


def happened(case: CaseFacts, where: Whereabouts) -> Iterator[ConsentEvent]:
    purpose = EVENTS if case.other_purpose else OFFERS
    agreed = ConsentEvent(ConsentType.GRANT, 0, (purpose,), "sms", case.now, b"", given=case.now)
    for grant in case.grants:
        yield replace(
            agreed,
            at=grant.given,
            given=grant.given,
            exp=grant.expires,
            method="double" if grant.waits else "import",
            kind=grant.kind,
            night=grant.night,
            record=grant.record,
        )
    if case.unasked and exempt(where, case.recipient, case.books):
        yield replace(agreed, method="import", kind=CORPORATE_EXEMPT)
    if case.withdrawn_at is not None:
        yield ConsentEvent(ConsentType.WITHDRAW, 0, ("*",), "sms", case.withdrawn_at, b"")
