"""May somebody be asked whether they agree: the limits, each as a row."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from yesfirst.rules.asking import ANSWER_WITHIN, MOST, SELDOM, NotAsked, is_awaited, may_ask
from yesfirst.rules.consent import ConsentEvent, ConsentType, Standing

NOW = datetime(2026, 11, 25, 4, tzinfo=UTC)
SHOWN, OTHER = b"\x01" * 32, b"\x02" * 32
DAY = timedelta(days=1)
EVENT = ConsentEvent(
    type=ConsentType.GRANT,
    sseq=0,
    purposes=("marketing.offers",),
    channel="sms",
    at=NOW - DAY,
    leaf_hash=b"\x03" * 32,
    given=NOW - DAY,
    notice=SHOWN,
)
NOTHING = Standing()
AGREED = Standing(open=EVENT)


def answer(
    *standings: Standing, refused: bool = False, held: bool = False, asked: tuple[timedelta, ...] = ()
) -> NotAsked | None:
    return may_ask(
        standings or (NOTHING,),
        refused=refused,
        held=held,
        asked=[NOW - ago for ago in asked],
        notice=SHOWN,
        now=NOW,
    )


@pytest.mark.parametrize(
    ("standings", "expected"),
    [
        ((NOTHING,), None),
        ((AGREED,), NotAsked.AGREED),
        # One of the purposes is new.
        ((AGREED, NOTHING), None),
        # Another wording says something else.
        ((Standing(open=replace(EVENT, notice=OTHER)),), None),
        ((Standing(open=replace(EVENT, exp=NOW)),), None),
        ((Standing(open=replace(EVENT, exp=NOW + DAY)),), NotAsked.AGREED),
        ((Standing(pending=EVENT),), NotAsked.WAITING),
        ((Standing(pending=replace(EVENT, at=NOW - ANSWER_WITHIN)),), None),
    ],
)
def test_what_stands_decides_whether_there_is_something_to_ask(
    standings: tuple[Standing, ...], expected: NotAsked | None
) -> None:
    assert answer(*standings) is expected


def test_nobody_is_asked_who_said_no_or_may_have_said_so() -> None:
    assert answer(refused=True) is NotAsked.REFUSED
    assert answer(held=True) is NotAsked.HELD
    assert answer(AGREED, refused=True, held=True) is NotAsked.REFUSED


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ((DAY,), None),
        ((DAY, 2 * DAY), NotAsked.OFTEN),
        ((DAY, SELDOM), None),
        ((DAY, SELDOM - timedelta(milliseconds=1)), NotAsked.OFTEN),
        ((SELDOM, SELDOM, SELDOM), None),
    ],
)
def test_two_questions_in_half_a_year_are_enough(
    asked: tuple[timedelta, ...], expected: NotAsked | None
) -> None:
    assert MOST == 2
    assert answer(asked=asked) is expected


def test_a_question_stands_for_thirty_days() -> None:
    assert ANSWER_WITHIN == 30 * DAY
    assert is_awaited(replace(EVENT, at=NOW - 30 * DAY + timedelta(milliseconds=1)), NOW)
    assert not is_awaited(replace(EVENT, at=NOW - 30 * DAY), NOW)
    assert not is_awaited(None, NOW)
