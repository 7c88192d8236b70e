"""Three folds of the same consent chain, held together on random histories.

The ledger folds leaves, the verifier folds them again without imports, and the rules fold events.
"""

from dataclasses import replace
from typing import Any

import pytest
from evidence_log import EvidenceLog, digest, judged, when
from hypothesis import given, settings
from hypothesis import strategies as st

from yesfirst.ledger import fold, leaf, verifier
from yesfirst.ledger.contents import Agreement, Confirm, Renew, Withdraw
from yesfirst.ledger.fold import BrokenChain, ChainState
from yesfirst.ledger.soundness import Sound, Unsound
from yesfirst.ledger.text import parse_hash, parse_time
from yesfirst.rules import consent

BOTH = ["marketing.offers", "marketing.events"]

steps = st.tuples(
    st.sampled_from(["grant", "grant", "double", "withdraw", "confirm", "renew"]),
    st.sampled_from([["marketing.offers"], ["marketing.events"], BOTH, ["*"]]),
    st.integers(0, 8),  # at, in minutes
    st.integers(0, 8),  # given, in minutes before `at`
    st.none() | st.integers(0, 12),  # exp
    st.integers(0, 5),  # which earlier leaf `of` names, mostly the last
)


@given(st.lists(steps, max_size=8), st.sampled_from(BOTH), st.integers(0, 10), st.integers(0, 3))
@settings(max_examples=300, deadline=None)
def test_ledger_verifier_and_rules_fold_and_judge_alike(
    history: list[Any], purpose: str, at: int, minutes: int
) -> None:
    log = EvidenceLog()
    for kind, purposes, leaf_at, before, exp, back in history:
        changes: dict[str, Any] = {"purpose": purposes}
        if kind != "withdraw":
            changes["purpose"] = BOTH if purposes == ["*"] else purposes
            changes |= {"given": when(leaf_at - before), "exp": None if exp is None else when(exp)}
        if kind in ("confirm", "renew"):
            named = log.chain[-1 - back % len(log.chain)] if log.chain else None
            changes["of"] = digest(b"none") if named is None else log.hash_of(named)
        if kind == "double":
            changes["method"] = "double"
        log.consent("consent." + {"double": "grant"}.get(kind, kind), leaf_at, **changes)
    index = log.decide(at, purpose=purpose, by=when(at + minutes))
    theirs = [verifier.read_leaf(i, log.leaves[i].body) for i in range(len(log.leaves))]
    verdict = judged(log, index)
    try:
        consent = verifier.judge(theirs[index], theirs[:-1])
    except verifier.Refused:
        assert isinstance(verdict, Unsound)
    else:
        assert isinstance(verdict, Sound)
        assert verdict.consent.leaf == consent.hash
    assert_same_folds(log)


def assert_same_folds(log: EvidenceLog) -> None:
    """All folds must break at the same leaf, and agree on everything before it."""
    state, alone, standings = ChainState(), verifier.Fold(), dict[consent.Pair, consent.Standing]()
    for index in log.chain:
        body = log.leaves[index].body
        parsed = leaf.parse(body)
        try:
            state = fold.extend(state, parsed)
        except BrokenChain:
            with pytest.raises(verifier.Refused):
                alone.add(verifier.read_leaf(index, body))
            with pytest.raises(consent.BrokenChain):
                consent.apply(standings, event_of(parsed))
            return
        alone.add(verifier.read_leaf(index, body))
        standings = consent.apply(standings, event_of(parsed))
        for mine, theirs, part in (
            (state.open, alone.open, "open"),
            (state.pending, alone.pending, "pending"),
        ):
            hashes = {pair: parse_hash(each.leaf) for pair, each in mine.items()}
            assert hashes == {pair: parse_hash(each.hash) for pair, each in theirs.items()}
            there = {pair: getattr(standing, part) for pair, standing in standings.items()}
            assert hashes == {pair: each.leaf_hash for pair, each in there.items() if each is not None}


def event_of(parsed: leaf.ParsedLeaf) -> consent.ConsentEvent:
    """Return a consent leaf as the event that the rules fold."""
    link = parsed.content
    assert isinstance(link, Agreement | Withdraw)
    event = consent.ConsentEvent(
        consent.ConsentType(link.t.removeprefix("consent.")),
        link.sseq,
        link.purpose,
        link.channel,
        parse_time(link.at),
        parse_hash(parsed.hash),
    )
    if isinstance(link, Withdraw):
        return event
    return replace(
        event,
        given=parse_time(link.given),
        exp=None if link.exp is None else parse_time(link.exp),
        method=link.method,
        kind=link.kind,
        notice=parse_hash(link.notice),
        of=parse_hash(link.of) if isinstance(link, Confirm | Renew) else None,
        night=link.night,
    )
