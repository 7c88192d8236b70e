"""The consent fold and the soundness of decisions, rule by rule."""

from collections.abc import Callable
from typing import Any

import pytest
from evidence_log import EvidenceLog, digest, judged, when

from yesfirst.ledger import fold, leaf
from yesfirst.ledger.contents import Decision
from yesfirst.ledger.fold import BrokenChain, ChainState
from yesfirst.ledger.soundness import Flaw, Indexed, Unsound, judge

OFFERS, EVENTS = ("marketing.offers", "sms"), ("marketing.events", "sms")
BOTH = ["marketing.offers", "marketing.events"]


def folded(log: EvidenceLog) -> ChainState:
    """Fold all consent leaves of a log."""
    return fold.fold(leaf.parse(log.leaves[i].body) for i in log.chain)


def test_a_grant_opens_what_it_lists() -> None:
    log = EvidenceLog()
    grant = log.consent("consent.grant", 1, purpose=BOTH)
    state = folded(log)
    assert {pair: each.leaf for pair, each in state.open.items()} == {
        OFFERS: log.hash_of(grant),
        EVENTS: log.hash_of(grant),
    }
    assert (state.length, state.head, state.head_at) == (1, log.hash_of(grant), when(1))


def test_a_withdrawal_closes_what_it_covers_open_and_pending() -> None:
    for purpose, left in ((["marketing.offers"], {EVENTS}), (["*"], set())):
        log = EvidenceLog()
        log.consent("consent.grant", 1, purpose=BOTH)
        log.consent("consent.grant", 2, purpose=BOTH, method="double")
        log.consent("consent.withdraw", 3, purpose=purpose)
        assert set(folded(log).open) == set(folded(log).pending) == left


def test_a_withdrawal_closes_nothing_of_another_channel() -> None:
    log = EvidenceLog()
    log.consent("consent.grant", 1)
    log.consent("consent.withdraw", 2, channel="rcs", purpose=["*"])
    assert set(folded(log).open) == {OFFERS}


@pytest.mark.parametrize(("given_at", "opens"), [(4.99, False), (5, False), (5.01, True)])
def test_a_grant_must_be_given_later_than_every_withdrawal_was_recorded(given_at: float, opens: bool) -> None:
    log = EvidenceLog()
    log.consent("consent.withdraw", 5, purpose=["*"])
    log.consent("consent.withdraw", 3)  # a clock that went back does not lower the bar
    log.consent("consent.grant", 9, given=when(given_at), method="import")
    assert (OFFERS in folded(log).open) is opens


@pytest.mark.parametrize(("given_at", "replaces"), [(0.99, False), (1, True), (2, True)])
def test_a_grant_replaces_an_open_one_unless_it_was_given_earlier(given_at: float, replaces: bool) -> None:
    log = EvidenceLog()
    first = log.consent("consent.grant", 1)
    second = log.consent("consent.grant", 9, given=when(given_at), exp=when(20))
    assert folded(log).open[OFFERS].leaf == log.hash_of(second if replaces else first)


def test_a_double_grant_opens_only_when_confirmed() -> None:
    log = EvidenceLog()
    grant = log.consent("consent.grant", 1, method="double")
    assert (set(folded(log).open), set(folded(log).pending)) == (set(), {OFFERS})
    confirm = log.consent("consent.confirm", 2, of=log.hash_of(grant), method="double")
    assert folded(log).open[OFFERS].leaf == log.hash_of(confirm)
    assert not folded(log).pending


def test_a_pending_grant_leaves_an_open_one_alone() -> None:
    log = EvidenceLog()
    first = log.consent("consent.grant", 1)
    log.consent("consent.grant", 2, method="double")
    assert folded(log).open[OFFERS].leaf == log.hash_of(first)


def test_a_renewal_opens_anew_until_its_own_expiry() -> None:
    log = EvidenceLog()
    grant = log.consent("consent.grant", 1, exp=when(5))
    log.consent("consent.renew", 4.9, of=log.hash_of(grant), exp=when(50))
    assert folded(log).open[OFFERS].exp == when(50)


def _skips(log: EvidenceLog) -> None:
    log.consent("consent.grant", 1, sseq=1)


def _other_prev(log: EvidenceLog) -> None:
    log.consent("consent.grant", 1)
    log.consent("consent.grant", 2, prev=digest(b"other"))


def _first_has_prev(log: EvidenceLog) -> None:
    log.consent("consent.grant", 1, prev=digest(b"other"))


def _other_subject(log: EvidenceLog) -> None:
    log.consent("consent.grant", 1)
    log.consent("consent.grant", 2, sid=b"t" * 16)


def _other_brand(log: EvidenceLog) -> None:
    log.consent("consent.grant", 1)
    log.consent("consent.withdraw", 2, brand="harbour-books")


def _given_later(log: EvidenceLog) -> None:
    log.consent("consent.grant", 1, given=when(1.01))


def _confirms_nothing(log: EvidenceLog) -> None:
    grant = log.consent("consent.grant", 1)
    log.consent("consent.confirm", 2, of=log.hash_of(grant))


def _confirms_more(log: EvidenceLog) -> None:
    grant = log.consent("consent.grant", 1, method="double")
    log.consent("consent.confirm", 2, of=log.hash_of(grant), purpose=BOTH)


def _confirms_twice(log: EvidenceLog) -> None:
    grant = log.consent("consent.grant", 1, method="double")
    log.consent("consent.confirm", 2, of=log.hash_of(grant))
    log.consent("consent.confirm", 3, of=log.hash_of(grant))


def _renews_at_expiry(log: EvidenceLog) -> None:
    grant = log.consent("consent.grant", 1, exp=when(5))
    log.consent("consent.renew", 5, of=log.hash_of(grant))


def _renews_the_replaced(log: EvidenceLog) -> None:
    grant = log.consent("consent.grant", 1)
    log.consent("consent.grant", 2)
    log.consent("consent.renew", 3, of=log.hash_of(grant))


def _another_type(log: EvidenceLog) -> None:
    log.consent("consent.grant", 1)
    log.chain.append(log.decide(2))


@pytest.mark.parametrize(
    ("story", "rule"),
    [
        (_skips, "leaf 1: out of sequence, 0 comes next"),
        (_other_prev, "leaf 1: `prev` is not the hash"),
        (_first_has_prev, "leaf 0: `prev` is not the hash"),
        (_other_subject, "leaf 1: belongs to another subject"),
        (_other_brand, "leaf 1: belongs to another subject or brand"),
        (_given_later, "leaf 0: given after it was recorded"),
        (_confirms_nothing, "leaf 1: confirms a grant that is not pending"),
        (_confirms_more, "leaf 1: confirms a grant that is not pending"),
        (_confirms_twice, "leaf 2: confirms a grant that is not pending"),
        (_renews_at_expiry, "leaf 1: renews what had expired"),
        (_renews_the_replaced, "leaf 2: renews what is not open"),
        (_another_type, "send.decision is no consent leaf"),
    ],
)
def test_a_leaf_that_can_not_stand_breaks_the_chain(story: Callable[[EvidenceLog], None], rule: str) -> None:
    log = EvidenceLog()
    story(log)
    with pytest.raises(BrokenChain, match=rule):
        folded(log)


def test_a_writer_can_ask_whether_a_leaf_would_take_effect() -> None:
    log = EvidenceLog()
    log.consent("consent.withdraw", 5)
    before = folded(log)
    late = log.consent("consent.grant", 9, given=when(1))
    assert not fold.takes_effect(before, leaf.parse(log.leaves[late].body))
    log.chain.pop()
    fresh = log.consent("consent.grant", 9, given=when(8))
    assert fold.takes_effect(before, leaf.parse(log.leaves[fresh].body))


@pytest.mark.parametrize(
    ("changes", "answer"),
    [
        ({}, None),
        ({"by": when(10)}, None),
        ({"by": when(9.99)}, Flaw.DEADLINE_BEFORE_DECISION),
        ({"by": when(19.99)}, None),
        ({"by": when(20)}, Flaw.DEADLINE_AFTER_EXPIRY),
        ({"purpose": "marketing.events"}, Flaw.NOT_OPEN),
        ({"channel": "rcs"}, Flaw.NOT_OPEN),
        ({"state": digest(b"other")}, Flaw.STATE_DIFFERS),
        ({"sseq": 1}, Flaw.STATE_DIFFERS),
        ({"brand": "harbour-books"}, Flaw.STATE_DIFFERS),
        ({"sid": b"t" * 16}, Flaw.STATE_DIFFERS),
    ],
)
def test_a_decision_is_sound_or_has_a_named_flaw(changes: dict[str, Any], answer: Flaw | None) -> None:
    log = EvidenceLog()
    log.consent("consent.grant", 1, exp=when(20))
    index = log.decide(10, **changes)
    verdict = judged(log, index)
    assert verdict.flaw == answer if isinstance(verdict, Unsound) else answer is None


def test_a_decision_before_its_consent_is_unsound_in_time_and_in_the_log() -> None:
    log = EvidenceLog()
    log.consent("consent.grant", 1)
    index = log.decide(0.5)
    verdict = judged(log, index)
    assert isinstance(verdict, Unsound)
    assert verdict.flaw is Flaw.DECIDED_BEFORE_STATE
    decision = leaf.parse(log.leaves[index].body).content
    assert isinstance(decision, Decision)
    verdict = judge(0, decision, [Indexed(0, leaf.parse(log.leaves[0].body))])
    assert isinstance(verdict, Unsound)
    assert verdict.flaw is Flaw.CONSENT_SEALED_LATER
