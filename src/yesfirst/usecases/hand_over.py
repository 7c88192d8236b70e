"""Hand a claimed, sealed batch to the carrier: allow, call, record.

The right to call is taken in a transaction of its own, for at most 0.1 s of calls, and the carrier is called
outside any transaction. `claimed → calling` happens once per message, so two workers never call for one. A
crash after the right was taken leaves `calling` rows, which become `unknown`: nobody can tell whether the first
byte was written, and no machine sends again.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from time import monotonic

from yesfirst import tracing
from yesfirst.carriers.handover import Accepted, Answer, NotHandedOver, Rejected
from yesfirst.carriers.twilio import Twilio
from yesfirst.ledger import leaf
from yesfirst.ledger.leaf import Leaf
from yesfirst.ledger.text import id_text
from yesfirst.rules.delivery import State
from yesfirst.store import clock, evidence, messages, subjects
from yesfirst.store.engine import Connection
from yesfirst.store.keyring import new_id
from yesfirst.store.messages import Outcome
from yesfirst.usecases.brand_law import law_of
from yesfirst.usecases.claim import Ready
from yesfirst.usecases.ground import Ground
from yesfirst.usecases.opted_out import heeding, says_opted_out

GROUP_SECONDS = 0.1
"""How many seconds of calls one permission covers: the most that a withdrawal may find in flight."""


async def allow(ground: Ground, group: Sequence[Ready]) -> dict[bytes, float]:
    """Takes the right to call for those messages of a batch that may still go: message id → monotonic deadline.

    The others return to `ready` with a `send.aborted` leaf and will be judged again.
    """
    asked = monotonic()
    async with tracing.span("allow"), ground.engine.begin() as connection:
        await subjects.lock(connection, [one.subject for one in group])
        standing = await law_of(ground, connection, group[0].brand, await clock.now(connection))
        allowed = await messages.allow(connection, [one.id for one in group], standing.law.digest)
        deadlines = {one.id: asked + one.seconds for one in allowed}
        refused = [one.id for one in group if one.id not in deadlines]
        await abort(connection, refused, "NO_LONGER_ALLOWED", [State.CLAIMED])
    return deadlines


async def call(carrier: Twilio, one: Ready, sender: str, departure: float, deadline: float) -> Answer:
    """Calls the carrier at its departure time, or not at all if the deadline has passed by then."""
    await asyncio.sleep(departure - monotonic())
    left = deadline - monotonic()
    if left <= 0:
        return NotHandedOver("LATE")
    async with tracing.span("call", begins=one.id, message=one.id) as step:
        answer = await carrier.send(
            message=id_text(one.id), to=one.to, body=one.body, sender=sender, seconds=left
        )
        step.note(outcome=word_for(answer))
    return answer


def word_for(answer: Answer) -> str:
    """What became of a message, as logs and traces say it."""
    return f"aborted: {answer.reason}" if isinstance(answer, NotHandedOver) else type(answer).__name__.lower()


async def record(ground: Ground, answers: Sequence[tuple[Ready, Answer]]) -> None:
    """Writes what the carrier answered, each with its leaf; what was not handed over is ready again.

    Who is on the carrier's own list of opt-outs has withdrawn with it.
    """
    refusals = [_outcome(one.id, answer) for one, answer in answers if is_opt_out(answer)]
    outcomes = [
        _outcome(one.id, answer)
        for one, answer in answers
        if not isinstance(answer, NotHandedOver) and not is_opt_out(answer)
    ]
    kept = [(one.id, answer.reason) for one, answer in answers if isinstance(answer, NotHandedOver)]
    async with tracing.span("record"), ground.engine.begin() as connection:
        await messages.lock(connection, [one.id for one, _ in answers])
        await record_outcomes(connection, outcomes, [State.CALLING])
        for reason in sorted({reason for _, reason in kept}):
            await abort(connection, [id for id, why in kept if why == reason], reason, [State.CALLING])
    # A crash right here leaves the others `calling`, as any answer that was not written down: they become `unknown`.
    for refusal in refusals:
        async with heeding(ground, refusal.id) as connection:
            await messages.lock(connection, [refusal.id])
            await record_outcomes(connection, [refusal], [State.CALLING])


def is_opt_out(answer: Answer) -> bool:
    return isinstance(answer, Rejected) and says_opted_out(answer.code)


async def record_outcomes(
    connection: Connection, outcomes: Sequence[Outcome], from_states: Sequence[State]
) -> int:
    """Moves locked messages that still are in one of `from_states`, one `send.outcome` leaf each; how many."""
    if not outcomes:
        return 0
    written = await messages.record(connection, outcomes, from_states)
    at = await clock.now(connection)
    leaves = [
        leaf.make("send.outcome", new_id(), written[one.id], at, _public(one), {}, b"")
        for one in outcomes
        if one.id in written
    ]
    await evidence.append(connection, leaves, [one.id for one in outcomes if one.id in written])
    return len(written)


async def abort(
    connection: Connection, ids: Sequence[bytes], reason: str, from_states: Sequence[State]
) -> int:
    """Back to `ready` under a new message id, with a `send.aborted` leaf for the old one; how many."""
    moved = await messages.abort(connection, [(id, new_id()) for id in ids], from_states)
    if moved:
        at = await clock.now(connection)
        leaves = [_aborted(message, subject, at, reason) for message, subject in moved]
        await evidence.append(connection, leaves, [message for message, _ in moved])
    return len(moved)


def _aborted(message: bytes, subject: bytes, at: datetime, reason: str) -> Leaf:
    return leaf.make(
        "send.aborted", new_id(), subject, at, {"of": id_text(message), "reason": reason}, {}, b""
    )


def _public(outcome: Outcome) -> dict[str, str | None]:
    code = None if outcome.code is None else str(outcome.code)
    return {"of": id_text(outcome.id), "result": outcome.state, "code": code}


def _outcome(message: bytes, answer: Answer) -> Outcome:
    match answer:
        case Accepted(carrier_id):
            return Outcome(message, State.ACCEPTED, carrier_id, None)
        case Rejected(code):
            return Outcome(message, State.REJECTED, None, code)
        case _:
            return Outcome(message, State.UNKNOWN, None, getattr(answer, "code", None))
