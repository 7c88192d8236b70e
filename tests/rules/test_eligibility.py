from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from yesfirst import rulebooks
from yesfirst.rules.consent import ConsentEvent, ConsentType, Standing
from yesfirst.rules.eligibility import Eligibility, eligibility
from yesfirst.rules.reason import Reason
from yesfirst.rules.rulebook import Rulebook

GIVEN = datetime(2026, 4, 20, 3, tzinfo=UTC)
RECORDED = GIVEN + timedelta(days=2)


def law(*ids: str) -> list[Rulebook]:
    return [rulebooks.load(name) for name in ids]


def granted(kind: str, **more: Any) -> ConsentEvent:
    return ConsentEvent(
        ConsentType.GRANT, 0, ("marketing.offers",), "sms", RECORDED, b"grant", given=GIVEN, kind=kind, **more
    )


def judged(books: Sequence[Rulebook], kind: str, **more: Any) -> Eligibility:
    return eligibility(Standing(open=granted(kind, **more)), books)


def test_an_open_consent_holds_from_its_record_to_its_stated_end() -> None:
    end = GIVEN + timedelta(days=365)
    expected = Eligibility(RECORDED, end, None, b"grant")
    assert judged(law("CN"), "express_separate", exp=end) == expected


def test_a_consent_without_a_stated_end_holds_until_it_is_withdrawn() -> None:
    assert judged(law("CN"), "express_separate").valid_until is None


@pytest.mark.parametrize(
    ("standing", "reason", "proof"),
    [
        (Standing(), Reason.CONSENT_MISSING, None),
        (Standing(pending=granted("express", method="double")), Reason.CONSENT_PENDING, b"grant"),
        (
            Standing(withdrawal=ConsentEvent(ConsentType.WITHDRAW, 1, ("*",), "sms", RECORDED, b"stop")),
            Reason.CONSENT_WITHDRAWN,
            b"stop",
        ),
    ],
)
def test_what_is_not_open_has_a_reason_and_its_proof(
    standing: Standing, reason: Reason, proof: bytes | None
) -> None:
    assert eligibility(standing, law("CN")) == Eligibility(None, None, reason, proof)


@pytest.mark.parametrize(
    ("books", "kind", "counts"),
    [
        (["CN"], "express_separate", True),
        (["CN"], "requested", True),
        (["CN"], "express", False),
        (["CN"], "existing_relationship", False),
        (["US"], "express_written", True),
        (["US"], "express_separate", False),
        (["GB"], "express", True),
        (["GB"], "express_written", True),
        (["GB"], "express_separate", True),
        (["GB"], "soft_opt_in", True),
        (["KR"], "soft_opt_in", False),
        (["KR"], "existing_relationship", True),
        (["GB", "US"], "express_written", True),
        (["GB", "US"], "express", False),
    ],
)
def test_every_rulebook_must_accept_the_kind_of_consent(books: list[str], kind: str, counts: bool) -> None:
    found = judged(law(*books), kind)
    assert found.reason is (None if counts else Reason.CONSENT_KIND_INSUFFICIENT)


@pytest.mark.parametrize(
    ("stated", "end"),
    [
        (None, "2026-10-20T12:00+09:00"),
        ("2026-10-20T11:59+09:00", "2026-10-20T11:59+09:00"),
        ("2027-04-20T12:00+09:00", "2026-10-20T12:00+09:00"),
    ],
)
def test_a_relationship_counts_for_six_months_in_korea_whatever_else_was_stated(
    stated: str | None, end: str
) -> None:
    exp = None if stated is None else datetime.fromisoformat(stated)
    found = judged(law("KR"), "existing_relationship", exp=exp)
    assert found.valid_until == datetime.fromisoformat(end)


def test_only_waivers_that_a_rulebook_knows_are_carried_on() -> None:
    assert judged(law("KR"), "express", night=True).waivers == ("night_consent",)
    assert judged(law("KR"), "express", night=False).waivers == ()
    assert judged(law("CN"), "express_separate", night=True).waivers == ()
    korea = rulebooks.load("KR")
    assert korea.quiet_hours is not None
    by_kind = replace(korea, quiet_hours=replace(korea.quiet_hours, waived_by=("express",)))
    assert judged([by_kind], "express").waivers == ("express",)
