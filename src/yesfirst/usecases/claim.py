"""Claim a batch: lock the people, judge each as of now, and write down what was decided, in one transaction.

After the commit every judged message is `claimed` with a decision leaf and a deadline, or denied, deferred or
in review with its reasons. A crash at any moment leaves either nothing or exactly that; claimed messages whose
worker died return to `ready` when their deadline has passed (`recover.py`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from yesfirst import tracing
from yesfirst.ledger import leaf
from yesfirst.ledger.leaf import Leaf
from yesfirst.ledger.text import hash_text, id_text, time_text
from yesfirst.rules.delivery import State
from yesfirst.rules.quiet_hours import HORIZON, Answer, Closed, NeverOpen, Open
from yesfirst.rules.reason import Reason, Verdict, verdict_of
from yesfirst.store import claims, evidence, subjects
from yesfirst.store.claims import Candidate, Claimed, Judged, Window
from yesfirst.store.engine import Connection
from yesfirst.store.keyring import unseal
from yesfirst.store.runs import StoredRun
from yesfirst.usecases.ground import Ground

HAND_OVER_WITHIN = timedelta(seconds=10)
"""How long after its claim a message may be handed over; also how long a dead worker holds it."""
_TICK = timedelta(milliseconds=1)
_STATES = {
    Verdict.ALLOW: State.CLAIMED,
    Verdict.DENY: State.DENIED,
    Verdict.REVIEW: State.REVIEW,
    Verdict.DEFER: State.DEFERRED,
}


@dataclass(frozen=True, slots=True)
class Ready:
    """A claimed message, to be handed over once `leaf` is sealed."""

    id: bytes
    subject: bytes
    leaf: int
    to: str
    body: str


@dataclass(frozen=True, slots=True)
class Batch:
    """What one claim took; `judged` counts everybody it decided about, also those who will get nothing.

    `name` tells it from other batches of the run: its lane and first position.
    """

    name: str
    ready: list[Ready]
    judged: int


async def claim(ground: Ground, run: StoredRun, sender: str, lane: int, most: int) -> Batch | None:
    """Judges the next messages of a lane, at most `most`; None when none is ready.

    `sender` is the address that the texts will come from.
    """
    async with tracing.span("claim"), ground.engine.begin() as connection:
        active = ground.law.active
        cursor, now = await claims.cursor(connection, run.id, lane)
        found = await claims.candidates(connection, run.id, lane, most, active)
        if not found:
            return None
        windows = _windows(ground, found, now)
        await subjects.lock(connection, [one.subject for one in found])
        positions = [one.position for one in found]
        judged = await claims.judge(connection, run.id, lane, positions, windows, active)
        ready = await _decide(ground, connection, run, sender, lane, judged) if judged else []
        await claims.advance(connection, run.id, lane, cursor, found[-1].position)
    return Batch(f"{lane}:{found[0].position}", ready, len(judged))


def _windows(ground: Ground, found: Sequence[Candidate], now: datetime) -> list[Window]:
    classes = sorted({one.window_class for one in found if one.window_class})
    return [_window(one, ground.law.hours(one, now), now) for one in classes]


def _window(window_class: str, hours: Answer, now: datetime) -> Window:
    match hours:
        case Open(until):
            return Window(window_class, (), until)
        case Closed(not_before, reasons):
            return Window(window_class, reasons, not_before)
        case NeverOpen():
            return Window(window_class, (Reason.JURISDICTION_UNRESOLVED,), now + HORIZON)


async def _decide(
    ground: Ground, connection: Connection, run: StoredRun, sender: str, lane: int, judged: Sequence[Judged]
) -> list[Ready]:
    leaves: dict[bytes, Leaf] = {}
    opened: dict[bytes, tuple[str, str]] = {}
    verdicts = {one.id: verdict_of(one.reasons) for one in judged}
    for one in judged:
        if verdicts[one.id] is Verdict.ALLOW:
            key = ground.keyring.unwrap(one.wrapped_key, one.subject)
            to, body = unseal(key, "phone", one.phone_sealed), unseal(key, "body", one.body_sealed)
            opened[one.id] = (to, body)
            leaves[one.id] = _decision(run, one, key, {"phone": to, "body": body, "sender": sender})
        elif verdicts[one.id] is not Verdict.DEFER:
            leaves[one.id] = _denial(run, one, verdicts[one.id])
    ids = dict(zip(leaves, await evidence.append(connection, list(leaves.values())), strict=True))
    results = [_claimed(run, one, verdicts[one.id], ids.get(one.id)) for one in judged]
    await claims.claim(connection, run.id, lane, results)
    heads = [(one.subject, one.mseq + 1, leaves[one.id].hash) for one in judged if one.id in leaves]
    if heads:
        await claims.extend_chains(connection, heads)
    return [Ready(one.id, one.subject, ids[one.id], *opened[one.id]) for one in judged if one.id in opened]


def _deadline(run: StoredRun, one: Judged) -> datetime:
    """Until when the message may be handed over: strictly before consent or window end, whichever is first."""
    ends = [end - _TICK for end in (one.valid_until, one.hours_until, run.closes) if end is not None]
    return min([one.now + HAND_OVER_WITHIN, *ends])


def _claimed(run: StoredRun, one: Judged, verdict: Verdict, leaf_id: int | None) -> Claimed:
    return Claimed(
        position=one.position,
        state=_STATES[verdict],
        leaf=leaf_id,
        by=_deadline(run, one) if verdict is Verdict.ALLOW else None,
        reason=one.reasons[0] if one.reasons else None,
        not_before=one.hours_until if verdict is Verdict.DEFER else None,
    )


def _decision(run: StoredRun, one: Judged, key: bytes, private: dict[str, str]) -> Leaf:
    if one.shash is None:
        raise AssertionError("a message was allowed without a consent on record")
    public = {
        "mseq": one.mseq,
        "mprev": hash_text(one.mhash) if one.mhash else None,
        "state": hash_text(one.shash),
        "sseq": one.sseq - 1,
        "brand": run.brand,
        "purpose": run.purpose,
        "channel": "sms",
        "run": id_text(run.id),
        "by": time_text(_deadline(run, one)),
        "verdict": "allow",
        "ref": {"template": hash_text(run.content), "rulebook": one.law},
    }
    return leaf.make("send.decision", one.id, one.subject, one.now, public, private, key)


def _denial(run: StoredRun, one: Judged, verdict: Verdict) -> Leaf:
    public = {
        "mseq": one.mseq,
        "mprev": hash_text(one.mhash) if one.mhash else None,
        "state": hash_text(one.shash) if one.shash else None,
        "sseq": one.sseq - 1 if one.shash else None,
        "brand": run.brand,
        "purpose": run.purpose,
        "channel": "sms",
        "run": id_text(run.id),
        "verdict": verdict.value,
        "reasons": list(one.reasons),
        "ref": {"rulebook": one.law},
    }
    return leaf.make("send.denied", one.id, one.subject, one.now, public, {}, b"")
