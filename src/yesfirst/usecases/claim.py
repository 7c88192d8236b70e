"""Claim a batch: lock the people, judge each as of now, and write down what was decided, in one transaction.

After the commit every judged message is `claimed` with a decision leaf and a deadline, or denied, deferred or
in review with its reasons. A crash at any moment leaves either nothing or exactly that; claimed messages whose
worker died return to `ready` when their deadline has passed (`recover.py`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from yesfirst import tracing
from yesfirst.ledger import leaf
from yesfirst.ledger.leaf import Leaf
from yesfirst.ledger.text import hash_text, id_text, time_text
from yesfirst.rules import frequency
from yesfirst.rules.decision import reopening
from yesfirst.rules.delivery import State
from yesfirst.rules.quiet_hours import HORIZON, Closed, NeverOpen, Open
from yesfirst.rules.reason import Reason, Verdict, in_order, verdict_of
from yesfirst.rules.ruling import Ruling
from yesfirst.store import claims, evidence, rulings, subjects
from yesfirst.store.claims import Circumstances, Claimed, Judged
from yesfirst.store.engine import Connection
from yesfirst.store.keyring import unseal
from yesfirst.store.runs import StoredRun
from yesfirst.usecases.brand_law import BrandLaw, law_of
from yesfirst.usecases.ground import Ground
from yesfirst.usecases.law import Law
from yesfirst.usecases.texts import Texts

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
    brand: str
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


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one message got: every reason against it, and when to ask again where it is only put off."""

    of: Judged
    reasons: tuple[Reason, ...]
    verdict: Verdict
    not_before: datetime | None


async def claim(
    ground: Ground,
    run: StoredRun,
    sender: str,
    lane: int,
    most: int,
    texts: Callable[[StoredRun, BrandLaw, datetime], Texts] = Texts.of,
) -> Batch | None:
    """Judges the next messages of a lane, at most `most`; None when none is ready.

    `sender` is the address that the texts will come from; `texts` tells what their wordings are.
    """
    async with tracing.span("claim"), ground.engine.begin() as connection:
        cursor, now = await claims.cursor(connection, run.id, lane)
        standing = await law_of(ground, connection, run.brand, now)
        found = await claims.candidates(connection, run.id, lane, most, standing.law.digest)
        if not found:
            return None
        bodies = await rulings.bodies(connection, sorted({one.ruling for one in found}))
        said = texts(run, standing, now)
        met = [
            _circumstances(said, one, language, bodies[one], now)
            for one, language in sorted({(one.ruling, one.language) for one in found})
        ]
        await subjects.lock(connection, [one.subject for one in found])
        positions = [one.position for one in found]
        judged = await claims.judge(connection, run.id, lane, positions, met, standing.law.digest)
        verdicts = [_capped(standing.law, bodies[one.ruling], one) for one in judged]
        ready = await _decide(ground, connection, run, sender, lane, verdicts) if verdicts else []
        await claims.advance(connection, run.id, lane, cursor, found[-1].position)
    return Batch(f"{lane}:{found[0].position}", ready, len(judged))


def _circumstances(texts: Texts, id: int, language: str, ruling: Ruling, now: datetime) -> Circumstances:
    """What the text of this language and the hours say of people under a ruling."""
    reasons = texts.against(ruling, language)
    if ruling.window_class is None:
        return Circumstances(id, language, reasons, now + HORIZON)
    match texts.law.hours(ruling.window_class, now):
        case Open(until):
            return Circumstances(id, language, reasons, until)
        case Closed(not_before) as closed:
            return Circumstances(id, language, (*reasons, *closed.reasons), not_before)
        case NeverOpen():
            unresolved = (*reasons, Reason.JURISDICTION_UNRESOLVED)
            return Circumstances(id, language, unresolved, now + HORIZON)


def _capped(law: Law, ruling: Ruling, one: Judged) -> Judgement:
    """What was judged, with the caps: they put a text off until they and the hours allow it."""
    reached = frequency.capped(ruling.caps, one.texted, one.now)
    reasons = in_order([*one.reasons, *(finding.reason for finding, _ in reached)])
    verdict = verdict_of(reasons)
    if verdict is not Verdict.DEFER:
        return Judgement(one, reasons, verdict, None)
    if not reached:
        return Judgement(one, reasons, verdict, one.hours_until)
    free = max(free for _, free in reached)
    return Judgement(one, reasons, verdict, reopening(ruling.window_class, law.books, free))


async def _decide(
    ground: Ground,
    connection: Connection,
    run: StoredRun,
    sender: str,
    lane: int,
    judgements: Sequence[Judgement],
) -> list[Ready]:
    leaves: dict[bytes, Leaf] = {}
    opened: dict[bytes, tuple[str, str]] = {}
    for judgement in judgements:
        one = judgement.of
        if judgement.verdict is Verdict.ALLOW:
            key = ground.keyring.unwrap(one.wrapped_key, one.subject)
            to, body = unseal(key, "phone", one.phone_sealed), unseal(key, "body", one.body_sealed)
            opened[one.id] = (to, body)
            leaves[one.id] = _decision(run, one, key, {"phone": to, "body": body, "sender": sender})
        elif judgement.verdict is not Verdict.DEFER:
            leaves[one.id] = _denial(run, judgement)
    ids = dict(zip(leaves, await evidence.append(connection, list(leaves.values())), strict=True))
    results = [_claimed(run, judgement, ids.get(judgement.of.id)) for judgement in judgements]
    await claims.claim(connection, run.id, lane, results)
    judged = [judgement.of for judgement in judgements]
    heads = [(one.subject, one.mseq + 1, leaves[one.id].hash) for one in judged if one.id in leaves]
    if heads:
        await claims.extend_chains(connection, heads)
    return [
        Ready(one.id, one.subject, run.brand, ids[one.id], *opened[one.id])
        for one in judged
        if one.id in opened
    ]


def _deadline(run: StoredRun, one: Judged) -> datetime:
    """Until when the message may be handed over: strictly before consent or window end, whichever is first."""
    ends = [end - _TICK for end in (one.holds_until, one.hours_until, run.closes) if end is not None]
    return min([one.now + HAND_OVER_WITHIN, *ends])


def _claimed(run: StoredRun, judgement: Judgement, leaf_id: int | None) -> Claimed:
    return Claimed(
        position=judgement.of.position,
        state=_STATES[judgement.verdict],
        leaf=leaf_id,
        by=_deadline(run, judgement.of) if judgement.verdict is Verdict.ALLOW else None,
        reason=judgement.reasons[0] if judgement.reasons else None,
        not_before=judgement.not_before,
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
        "ref": {"template": hash_text(run.content), "rulebook": one.digest},
    }
    return leaf.make("send.decision", one.id, one.subject, one.now, public, private, key)


def _denial(run: StoredRun, judgement: Judgement) -> Leaf:
    one = judgement.of
    public = {
        "mseq": one.mseq,
        "mprev": hash_text(one.mhash) if one.mhash else None,
        "state": hash_text(one.shash) if one.shash else None,
        "sseq": one.sseq - 1 if one.shash else None,
        "brand": run.brand,
        "purpose": run.purpose,
        "channel": "sms",
        "run": id_text(run.id),
        "verdict": judgement.verdict.value,
        "reasons": list(judgement.reasons),
        "ref": {"rulebook": one.digest},
    }
    return leaf.make("send.denied", one.id, one.subject, one.now, public, {}, b"")
