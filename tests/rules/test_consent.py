from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yesfirst.rules.consent import (
    BrokenChain,
    ConsentEvent,
    ConsentType,
    NoEffect,
    Pair,
    Standing,
    TakesEffect,
    apply,
    effect,
    fold,
    standing_of,
)

START = datetime(2026, 6, 1, 9, tzinfo=UTC)
OFFERS, EVENTS = "marketing.offers", "marketing.events"


def day(number: int) -> datetime:
    return START + timedelta(days=number)


def event(
    kind: str,
    at: int,
    *,
    sseq: int = 0,
    given: int | None = None,
    purposes: Sequence[str] = (OFFERS,),
    **more: Any,
) -> ConsentEvent:
    """An event on a day; an agreement was given on the same day unless told."""
    if kind != "withdraw":
        more = {"given": day(at if given is None else given), "kind": "express", "notice": b"n", **more}
    type_ = ConsentType(kind)
    channel = more.pop("channel", "sms")
    leaf_hash = more.pop("leaf_hash", f"{kind} {sseq}".encode())
    return ConsentEvent(type_, sseq, tuple(purposes), channel, day(at), leaf_hash, **more)


def chain(*events: ConsentEvent) -> list[ConsentEvent]:
    """The same events with their places in the chain."""
    return [replace(each, sseq=sseq) for sseq, each in enumerate(events)]


def offers(*events: ConsentEvent) -> Standing:
    return standing_of(fold(chain(*events)), OFFERS, "sms")


def test_a_grant_opens_what_it_lists_and_nothing_else() -> None:
    standings = fold([event("grant", 1)])
    assert standing_of(standings, OFFERS, "sms").open == event("grant", 1)
    assert standing_of(standings, EVENTS, "sms") == Standing()
    assert standing_of(standings, OFFERS, "email") == Standing()


def test_a_withdrawal_closes_what_it_covers_open_and_pending() -> None:
    double = event("grant", 2, method="double", leaf_hash=b"d")
    after = offers(event("grant", 1), double, event("withdraw", 3))
    assert (after.open, after.pending) == (None, None)
    assert after.withdrawal is not None
    assert after.withdrawal.at == day(3)


def test_a_withdrawal_of_one_purpose_leaves_the_others_open() -> None:
    standings = fold(
        chain(event("grant", 1, purposes=[OFFERS, EVENTS]), event("withdraw", 2, purposes=[EVENTS]))
    )
    assert standing_of(standings, OFFERS, "sms").open is not None
    assert standing_of(standings, EVENTS, "sms").open is None


def test_a_withdrawal_of_everything_covers_purposes_not_yet_heard_of() -> None:
    standings = fold([event("withdraw", 5, purposes=["*"])])
    assert effect(standings, event("grant", 6, sseq=1, given=5)) is NoEffect.WITHDRAWN_SINCE
    assert standing_of(apply(standings, event("grant", 6, sseq=1, given=5)), OFFERS, "sms").open is None
    assert standing_of(apply(standings, event("grant", 6, sseq=1)), OFFERS, "sms").open is not None


@pytest.mark.parametrize(
    ("given", "opens"),
    [(2, False), (3, False), (4, True)],  # withdrawn on day 3
    ids=["before", "at the same instant", "after"],
)
def test_only_a_grant_given_after_the_withdrawal_opens_again(given: int, opens: bool) -> None:
    standing = offers(event("grant", 1), event("withdraw", 3), event("grant", 9, given=given))
    assert (standing.open is not None) is opens


def test_the_latest_withdrawal_counts_whatever_the_order_in_which_they_are_recorded() -> None:
    standing = offers(event("withdraw", 5), event("withdraw", 3), event("grant", 9, given=4))
    assert standing.open is None


@pytest.mark.parametrize(("given", "replaces"), [(1, False), (2, True), (3, True)])
def test_a_grant_replaces_an_open_one_unless_it_was_given_earlier(given: int, replaces: bool) -> None:
    later = event("grant", 9, given=given, leaf_hash=b"later")
    standing = offers(event("grant", 2, leaf_hash=b"first"), later)
    assert standing.open is not None
    assert standing.open.leaf_hash == (b"later" if replaces else b"first")


def test_a_double_grant_is_pending_until_it_is_confirmed() -> None:
    double = event("grant", 1, method="double", leaf_hash=b"d")
    waiting = offers(double)
    assert waiting.open is None
    assert waiting.pending is not None
    confirmed = offers(double, event("confirm", 2, of=b"d"))
    assert confirmed.open is not None
    assert confirmed.pending is None


@pytest.mark.parametrize(
    "wrong",
    [
        [event("confirm", 2, of=b"d")],
        [event("grant", 1, leaf_hash=b"d"), event("confirm", 2, of=b"d")],
        [event("grant", 1, method="double", leaf_hash=b"d"), event("confirm", 2, of=b"x")],
        [event("grant", 1, method="double", leaf_hash=b"d"), event("confirm", 2, of=b"d", notice=b"other")],
        [event("grant", 1, method="double", leaf_hash=b"d"), event("confirm", 2, of=b"d", purposes=[EVENTS])],
        [
            event("grant", 1, method="double", leaf_hash=b"d"),
            event("withdraw", 2),
            event("confirm", 3, of=b"d"),
        ],
        [event("grant", 1, leaf_hash=b"g"), event("withdraw", 2), event("renew", 3, of=b"g")],
        [event("grant", 1, leaf_hash=b"g", exp=day(3)), event("renew", 3, of=b"g")],
        [event("grant", 1, leaf_hash=b"g"), event("renew", 2, of=b"x")],
        [event("grant", 1, purposes=["*"])],
        [event("grant", 1, given=2)],
        [ConsentEvent(ConsentType.GRANT, 0, (OFFERS,), "sms", day(1), b"g")],
    ],
    ids=[
        "confirm without grant",
        "confirm of what was not pending",
        "confirm of another",
        "confirm to another notice",
        "confirm for another purpose",
        "confirm after withdrawal",
        "renew after withdrawal",
        "renew at the end",
        "renew of another",
        "agreement to everything",
        "given after it was recorded",
        "never given",
    ],
)
def test_an_event_that_cannot_stand_breaks_the_chain(wrong: list[ConsentEvent]) -> None:
    with pytest.raises(BrokenChain):
        fold(chain(*wrong))


def test_a_gap_breaks_the_chain() -> None:
    with pytest.raises(BrokenChain, match="event 2 stands where event 1 belongs"):
        fold([event("grant", 1), event("withdraw", 2, sseq=2)])


def test_a_renewal_before_the_end_opens_anew() -> None:
    renewed = offers(event("grant", 1, leaf_hash=b"g", exp=day(3)), event("renew", 2, of=b"g", exp=day(9)))
    assert renewed.open is not None
    assert renewed.open.exp == day(9)


@pytest.mark.parametrize(
    ("new", "answer"),
    [
        (event("grant", 9, given=1), NoEffect.UNCHANGED),  # the same file imported again
        (event("grant", 9, given=0), NoEffect.UNCHANGED),
        (event("grant", 9, given=1, exp=day(30)), TakesEffect((OFFERS,))),
        (event("grant", 9, given=2), TakesEffect((OFFERS,))),
        (event("grant", 9, given=4, purposes=[OFFERS, EVENTS]), TakesEffect((OFFERS, EVENTS))),
        (event("grant", 9, given=2, purposes=[OFFERS, EVENTS]), TakesEffect((OFFERS,))),
        (event("grant", 9, given=3, purposes=[EVENTS]), NoEffect.WITHDRAWN_SINCE),
        (event("confirm", 9, given=9, of=b"d"), NoEffect.UNCHANGED),  # a link clicked twice
        (event("confirm", 9, given=2, of=b"d", purposes=[EVENTS]), NoEffect.WITHDRAWN_SINCE),
        (event("withdraw", 9), TakesEffect((OFFERS,))),
    ],
)
def test_a_writer_learns_what_an_event_would_change(
    new: ConsentEvent, answer: TakesEffect | NoEffect
) -> None:
    standings = fold(chain(event("grant", 1), event("withdraw", 3, purposes=[EVENTS])))
    assert effect(standings, new) == answer


steps = st.tuples(
    st.sampled_from(["grant", "grant", "double", "confirm", "renew", "withdraw"]),
    st.sampled_from([(OFFERS,), (EVENTS,), (OFFERS, EVENTS), ("*",)]),
    st.integers(0, 3),  # days from when it was given until it was recorded
    st.none() | st.integers(1, 9),  # the end, in days from the record
    st.sampled_from([b"n", b"m"]),
)


@st.composite
def written_chains(draw: st.DrawFn) -> list[ConsentEvent]:
    """Chains as a writer leaves them, who never writes an event without effect; `of` names what is there."""
    events: list[ConsentEvent] = []
    standings: dict[Pair, Standing] = {}
    for at, (step, purposes, before, end, notice) in enumerate(draw(st.lists(steps, max_size=10)), start=4):
        kind = "grant" if step == "double" else step
        listed = (OFFERS,) if purposes == ("*",) and kind != "withdraw" else purposes
        standing = standing_of(standings, listed[0], "sms")
        named = standing.pending if kind == "confirm" else standing.open
        more: dict[str, Any] = {}
        if kind != "withdraw":
            more = {
                "given": at - before,
                "exp": None if end is None else day(at + end),
                "notice": notice,
                "of": named.leaf_hash if named and kind in ("confirm", "renew") else None,
                "method": "double" if step == "double" else "web",
            }
        new = event(kind, at, sseq=len(events), purposes=listed, leaf_hash=bytes([at]), **more)
        answer = effect(standings, new)
        if isinstance(answer, TakesEffect):
            new = event(kind, at, sseq=len(events), purposes=answer.purposes, leaf_hash=bytes([at]), **more)
            standings = apply(standings, new)
            events.append(new)
    return events


@given(written_chains())
def test_folding_step_by_step_equals_folding_the_whole(events: list[ConsentEvent]) -> None:
    standings: dict[Pair, Standing] = {}
    for length, new in enumerate(events, start=1):
        after = apply(standings, new)
        assert after != standings
        assert after == fold(events[:length])
        standings = after


@given(written_chains())
def test_nothing_revives_what_was_withdrawn(events: list[ConsentEvent]) -> None:
    for (purpose, channel), standing in fold(events).items():
        withdrawn = [
            each.at
            for each in events
            if each.type is ConsentType.WITHDRAW
            and {purpose, "*"} & set(each.purposes)
            and each.channel == channel
        ]
        for agreement in (standing.open, standing.pending):
            if agreement is not None and withdrawn:
                assert agreement.given is not None
                assert agreement.given > max(withdrawn)
