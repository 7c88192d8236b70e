"""What puts things right again: dead workers' messages, unknown outcomes, times that came, runs that are over.

Every step takes the normal path of its state, is safe at any moment and from several processes at once, and
leaves behind what the next call needs.
"""

import logging
from datetime import timedelta

from yesfirst import tracing
from yesfirst.carriers.twilio import ANSWER_SECONDS, Twilio
from yesfirst.ledger import leaf
from yesfirst.ledger.text import id_text
from yesfirst.rules.delivery import State
from yesfirst.store import clock, evidence, messages, runs, sweeps
from yesfirst.store.keyring import new_id, unseal
from yesfirst.store.messages import Outcome
from yesfirst.store.runs import RunState, StoredRun
from yesfirst.store.sweeps import Unresolved
from yesfirst.usecases.ground import Ground
from yesfirst.usecases.hand_over import abort, record_outcomes
from yesfirst.usecases.trail import tell

_log = logging.getLogger("yesfirst.dispatch")
ANSWER_WITHIN = timedelta(seconds=ANSWER_SECONDS + 2)
"""After the deadline of a hand-over, how long its worker may take to get the answer and to record it."""
LISTED_WITHIN = ANSWER_WITHIN + timedelta(seconds=8)
"""After the deadline, when the carrier's own list is taken to be complete: it may lag behind its answers."""
_CLOCKS_DIFFER = timedelta(seconds=30)
"""How far the carrier's clock may be from ours; to miss a message on the list is worse than to find it twice."""
_UNFINISHED = (State.READY, State.DEFERRED, State.REVIEW, State.CLAIMED, State.CALLING, State.UNKNOWN)
_IN_MOTION = (State.CLAIMED, State.CALLING, State.UNKNOWN)


async def sweep(ground: Ground, run: StoredRun) -> list[int]:
    """One round for a run, except for what needs the carrier; the lanes that have something to send."""
    await _release_claims(ground, run)
    await _give_up_calls(ground, run)
    async with ground.engine.begin() as connection:
        await sweeps.wake(connection, run.id)
        is_open = run.opens <= await clock.now(connection) < run.closes
        lanes = await sweeps.lanes_due(connection, run.id)
    is_over = await _end_if_over(ground, run.id)
    return lanes if run.state is RunState.RUNNING and is_open and not is_over else []


async def _release_claims(ground: Ground, run: StoredRun) -> None:
    """Nobody was called for a message that is still `claimed` after its deadline: it is ready again."""
    async with ground.engine.begin() as connection:
        overdue = await sweeps.overdue(connection, run.id, State.CLAIMED, timedelta(seconds=1))
        await messages.lock(connection, [one.id for one in overdue])
        await abort(connection, [one.id for one in overdue], "LEASE_LOST", [State.CLAIMED])
    if overdue:
        tell(_log, "aborted: LEASE_LOST", [one.id for one in overdue], run=id_text(run.id))


async def _give_up_calls(ground: Ground, run: StoredRun) -> None:
    """A worker that has recorded nothing by now is dead; whether it wrote the first byte nobody can tell."""
    async with ground.engine.begin() as connection:
        overdue = await sweeps.overdue(connection, run.id, State.CALLING, ANSWER_WITHIN)
        await messages.lock(connection, [one.id for one in overdue])
        lost = [Outcome(one.id, State.UNKNOWN, None, None) for one in overdue]
        await record_outcomes(connection, lost, [State.CALLING])
    if overdue:
        tell(_log, "unknown: worker lost", [one.id for one in overdue], run=id_text(run.id))


async def _end_if_over(ground: Ground, run_id: bytes) -> bool:
    """A run that was cancelled or whose window has closed keeps only what is in motion; with nothing left it ends."""
    async with ground.engine.begin() as connection:
        run = await runs.get(connection, run_id, lock=True)
        if run is None:
            return True
        if run.state is RunState.CANCELLED:
            await sweeps.end(connection, run_id, State.CANCELLED)
        elif run.closes <= await clock.now(connection) and not await sweeps.has_any(
            connection, run_id, _IN_MOTION
        ):
            await sweeps.end(connection, run_id, State.WINDOW_CLOSED)
        if await sweeps.has_any(connection, run_id, _UNFINISHED):
            return False
        await runs.finish(connection, run_id)
    return True


async def reconcile(ground: Ground, carrier: Twilio, run: StoredRun) -> int:
    """Resolves unknown outcomes by receipts that came, else by the carrier's own list; how many.

    The list is searched by number, text and time: a person gets at most one call in a run, so what is found
    there is that call. Raises ConnectionError when the carrier can't be reached.
    """
    async with ground.engine.connect() as connection:
        waiting = await sweeps.unresolved(connection, run.id, LISTED_WITHIN)
    for one in waiting:
        if one.receipt is not None:
            await resolve(ground, one.id, None, accepted=True, how="receipt")
            continue
        carrier_id = await _find(ground, carrier, one)
        await resolve(ground, one.id, carrier_id, accepted=carrier_id is not None, how="list")
    return len(waiting)


async def _find(ground: Ground, carrier: Twilio, one: Unresolved) -> str | None:
    key = ground.keyring.unwrap(one.wrapped_key, one.subject)
    to, body = unseal(key, "phone", one.phone_sealed), unseal(key, "body", one.body_sealed)
    since, until = one.called_at - _CLOCKS_DIFFER, one.by + ANSWER_WITHIN + _CLOCKS_DIFFER
    listed = await carrier.listed(to=to, since=since, until=until)
    return next((found.carrier_id for found in listed if found.body == body), None)


async def resolve(
    ground: Ground, message: bytes, carrier_id: str | None, *, accepted: bool, how: str
) -> bool:
    """`unknown` becomes accepted or not_at_carrier, with a `send.resolved` leaf; False if it was resolved before."""
    state = State.ACCEPTED if accepted else State.NOT_AT_CARRIER
    async with (
        tracing.span("resolve", joins=message, message=message) as step,
        ground.engine.begin() as connection,
    ):
        await messages.lock(connection, [message])
        outcome = Outcome(message, state, carrier_id, None)
        written = await messages.record(connection, [outcome], [State.UNKNOWN])
        if message not in written:
            step.forget()
            return False
        step.note(outcome=f"{state} by {how}")
        at = await clock.now(connection)
        public = {"of": id_text(message), "result": "accepted" if accepted else "failed", "how": how}
        resolved = leaf.make("send.resolved", new_id(), written[message], at, public, {}, b"")
        await evidence.append(connection, [resolved], [message])
    tell(_log, f"resolved as {state} by {how}", [message])
    return True
