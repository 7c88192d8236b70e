"""What is told to a person: key sentences for people in all kinds of places."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from rules.positions import DENVER, SEOUL, SHANGHAI, TORONTO, basis, somebody
from yesfirst.rulebooks import load_all
from yesfirst.rules.decision import Check, Consent, Facts, MessageClass
from yesfirst.rules.explanation import explain
from yesfirst.rules.position import Position, Stand
from yesfirst.rules.reason_words import Caveat, Language
from yesfirst.rules.telling import Shown, Told, tell

NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)  # a Monday, by the clock of Shanghai
EVENING = datetime(2026, 3, 2, 13, 30, tzinfo=UTC)  # 21:30 there
GIVEN = datetime(2026, 1, 5, 1, tzinfo=UTC)
AGREED = Consent(GIVEN + timedelta(minutes=5), GIVEN)
ENDING = Consent(GIVEN, GIVEN, NOON + timedelta(days=3))
OLD = Consent(GIVEN - timedelta(days=900), GIVEN - timedelta(days=900))
SEPARATE = basis("express_separate")


def told(
    person: Position,
    at: datetime,
    language: Language = Language.ENGLISH,
    *,
    consent: Consent | None = None,
    suppressed_at: datetime | None = None,
    checks: dict[str, Check] | None = None,
) -> Told:
    facts = Facts(
        number_valid=True,
        position=person,
        message_class=MessageClass.MARKETING,
        suppressed_at=suppressed_at,
        consent=consent,
        checks=checks or {},
    )
    return tell(
        explain(facts, load_all(), at),
        purpose="marketing.offers",
        zone=ZoneInfo("Asia/Shanghai"),
        language=language,
        shown=Shown("zh", "abcdefghijkl"),
        caveats=(Caveat.REGISTRIES,),
    )


YES = told(somebody(SHANGHAI, SEPARATE), NOON, consent=AGREED)


@pytest.mark.parametrize(
    ("found", "sentences"),
    [
        (
            YES,
            [
                "At 2026-03-02 12:00 this person may be texted for marketing.offers.",
                "They agreed on 2026-01-05 09:00 (express_separate), which is on record since 2026-01-05 09:05.",
                "They were shown the wording abcdefghijkl (zh).",
                "They seem to belong to China, whose rules apply; the clock there: Asia/Shanghai.",
                "The answer would change: from 2026-03-02 21:00 on it is outside the hours",
                "All times are by the clock of Asia/Shanghai.",
            ],
        ),
        (
            told(somebody(SHANGHAI, SEPARATE), EVENING, consent=ENDING),
            [
                "At 2026-03-02 21:30 this person may not be texted yet for marketing.offers, because it is outside",
                "They may be from 2026-03-03 08:00 on.",
                "at 2026-03-03 08:00 they may be texted; from 2026-03-05 12:00 on their consent has expired.",
            ],
        ),
        (
            told(somebody(SHANGHAI, None, stand=Stand.WITHDRAWN), NOON, suppressed_at=GIVEN),
            [
                "may not be texted for marketing.offers, because they said stop; they withdrew their consent.",
                "They said stop on 2026-01-05 09:00.",
            ],
        ),
        (
            told(somebody("+99912345", None), NOON),
            [
                "Nobody can tell where they belong.",
                "Nothing that is known will change this answer by itself.",
            ],
        ),
        (
            told(somebody(SEOUL, basis("express_separate")), NOON, consent=OLD),
            ["a person has to look before this one is texted", "their consent is due to be confirmed again"],
        ),
        (
            told(somebody(DENVER, basis("express_written")), EVENING + timedelta(hours=5), consent=AGREED),
            ["At 2026-03-02 11:30 this person may be texted", "the United States", "America/Denver"],
        ),
        (
            told(somebody(SHANGHAI, SEPARATE), EVENING, Language.CHINESE, consent=ENDING),
            [
                "2026-03-02 21:30时，暂时不能就 marketing.offers 向此人发送短信，因为现在不在允许发送的时段。",
                "自 2026-03-03 08:00 起可以发送。",
                "当时所示文本为 abcdefghijkl（zh）。",
                "此人看来属于中国大陆，适用当地规则；当地时区：Asia/Shanghai。",
                "自 2026-03-05 12:00 起，同意已到期",
                "以上时间均为 Asia/Shanghai 时间。",
            ],
        ),
        (
            told(somebody(SHANGHAI, None), NOON, Language.CHINESE),
            ["不得就 marketing.offers 向此人发送短信，因为此人没有同意过。"],
        ),
        (
            told(somebody(SEOUL, basis("express_separate")), NOON, Language.CHINESE, consent=AGREED),
            ["此人看来属于韩国", "同意应当再次确认而尚未确认"],
        ),
        (
            told(somebody(TORONTO, basis("implied_ebr", event="purchase")), NOON, consent=AGREED),
            ["Canada", "America/Toronto"],
        ),
    ],
)
def test_a_person_reads_what_is_the_case_and_until_when(found: Told, sentences: list[str]) -> None:
    for sentence in sentences:
        assert sentence in found.paragraph


def test_each_rule_is_told_with_its_input_source_and_confidence() -> None:
    [hours] = [line for line in YES.lines if line.startswith("when: ")]
    assert hours.startswith("when: nothing against it — open 08:00-21:00 — CN.quiet_hours · Huawei Cloud")
    assert hours.endswith("the carrier's rule, second hand")
    assert any(
        line.startswith("whether they agreed: nothing against it — consent is open") for line in YES.lines
    )
    assert any("too young below 14, date of birth known no" in line for line in YES.lines)


def test_it_ends_by_saying_that_it_is_no_advice() -> None:
    assert YES.advice == "This is not legal advice."
    assert YES.caveats == ("do-not-contact lists are taken as they answered last",)
