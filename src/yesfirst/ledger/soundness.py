"""Whether a decision to send was sound: judged from the sealed leaves alone, after the fact.

A decision is sound if the fold up to its `sseq` is open for its purpose and channel, `state` is the hash of
that last leaf, all leaves of the chain have a smaller index, it was made no earlier than that leaf, and the
hand-over had to end before the consent did (at <= by < exp).

Known gap: one chain can't show that no later consent leaf existed when the decision was made. The witness,
which reads every leaf, and `mseq` can.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from yesfirst.ledger.contents import Decision
from yesfirst.ledger.fold import BrokenChain, Standing, fold
from yesfirst.ledger.leaf import ParsedLeaf


class Flaw(StrEnum):
    """Why a decision is not sound."""

    CHAIN_BROKEN = "CHAIN_BROKEN"
    STATE_DIFFERS = "STATE_DIFFERS"
    CONSENT_SEALED_LATER = "CONSENT_SEALED_LATER"
    DECIDED_BEFORE_STATE = "DECIDED_BEFORE_STATE"
    NOT_OPEN = "NOT_OPEN"
    DEADLINE_BEFORE_DECISION = "DEADLINE_BEFORE_DECISION"
    DEADLINE_AFTER_EXPIRY = "DEADLINE_AFTER_EXPIRY"


@dataclass(frozen=True, slots=True)
class Indexed:
    """A leaf and its index in the log."""

    index: int
    leaf: ParsedLeaf


@dataclass(frozen=True, slots=True)
class Sound:
    """The decision stands on this agreement."""

    consent: Standing


@dataclass(frozen=True, slots=True)
class Unsound:
    """The decision does not stand; `detail` says where, without personal data."""

    flaw: Flaw
    detail: str


def judge(index: int, decision: Decision, chain: Sequence[Indexed]) -> Sound | Unsound:
    """Judge a decision at `index` against its subject's consent chain, leaves 0 to `sseq` in order."""
    try:
        state = fold(each.leaf for each in chain)
    except BrokenChain as error:
        return Unsound(Flaw.CHAIN_BROKEN, str(error))
    if (state.length, state.head) != (decision.sseq + 1, decision.state):
        return Unsound(Flaw.STATE_DIFFERS, f"`state` is not the hash of consent leaf {decision.sseq}")
    if (state.sid, state.brand) != (decision.sid, decision.brand):
        return Unsound(Flaw.STATE_DIFFERS, "the chain belongs to another subject or brand")
    late = [each.index for each in chain if each.index >= index]
    if late:
        return Unsound(Flaw.CONSENT_SEALED_LATER, f"the consent leaf at index {late[0]} came later")
    if state.head_at is None or decision.at < state.head_at:
        return Unsound(Flaw.DECIDED_BEFORE_STATE, "decided before the consent leaf it names")
    consent = state.open.get((decision.purpose, decision.channel))
    if consent is None:
        return Unsound(Flaw.NOT_OPEN, f"no open consent for {decision.purpose} by {decision.channel}")
    if decision.by < decision.at:
        return Unsound(Flaw.DEADLINE_BEFORE_DECISION, "the deadline had passed when it was decided")
    if consent.exp is not None and decision.by >= consent.exp:
        return Unsound(Flaw.DEADLINE_AFTER_EXPIRY, "the deadline is not before the consent's expiry")
    return Sound(consent)
