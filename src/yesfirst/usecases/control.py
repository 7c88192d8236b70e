"""Approve, start, pause, resume and cancel a run."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import msgspec

from yesfirst import tracing
from yesfirst.errors import Refused
from yesfirst.intake.campaign import Campaign, content_hash
from yesfirst.ledger import leaf
from yesfirst.ledger.text import hash_text, id_text
from yesfirst.rules.delivery import State
from yesfirst.store import audiences, clock, evidence, runs, sweeps
from yesfirst.store.engine import Connection
from yesfirst.store.keyring import new_id
from yesfirst.store.runs import RunState, StoredRun
from yesfirst.usecases.actors import Actor, record_key, seal_actor, unseal_actor
from yesfirst.usecases.drafts import require_acknowledged
from yesfirst.usecases.ground import Ground
from yesfirst.usecases.plan import audience_digest, cost_of


@dataclass(frozen=True, slots=True)
class _Order:
    """What a run can be told: the states in which it can be told so, and the state that follows."""

    done: str
    when: tuple[RunState, ...]
    then: RunState


_APPROVE = _Order("approved", (RunState.PLANNED,), RunState.APPROVED)
_START = _Order("started", (RunState.APPROVED,), RunState.RUNNING)
_PAUSE = _Order("paused", (RunState.RUNNING,), RunState.PAUSED)
_RESUME = _Order("resumed", (RunState.PAUSED,), RunState.RUNNING)
_CANCEL = _Order(
    "cancelled", (RunState.PLANNED, RunState.APPROVED, RunState.RUNNING, RunState.PAUSED), RunState.CANCELLED
)


@dataclass(frozen=True, slots=True)
class Approval:
    """What was approved: exactly this content for exactly these people, up to this cost."""

    run: str
    content: str
    audience: str
    cost_cap: str


async def approve(ground: Ground, run_id: bytes, approved_by: Actor) -> Approval:
    """Another person than the planner approves a planned run; sealed as a `run.approved` leaf.

    Raises Refused: RUN_UNKNOWN, RUN_STATE, SAME_PERSON, COST_ABOVE_CAP, RUN_CHANGED.
    """
    async with tracing.span("approve", joins=run_id, run=run_id), ground.engine.begin() as connection:
        run = await _fit_for(connection, run_id, _APPROVE)
        campaign = await _unchanged(connection, run)
        key = await record_key(connection, ground.keyring, run.id)
        # A test texts nobody but the one who asks for it; its campaign is named after the one it tests.
        is_test = run.campaign != campaign.id
        if approved_by.same_as(unseal_actor(key, run.planned_by_sealed)) and not is_test:
            raise Refused(
                "SAME_PERSON",
                "Who planned a run can't approve it.",
                "Ask a colleague: `yesfirst campaign approve RUN --as NAME`.",
            )
        cap = _within_cap(campaign, run)
        await runs.approve(connection, run.id, seal_actor(key, approved_by))
        await _log_approval(connection, run, cap, approved_by, await clock.now(connection), key)
    return Approval(id_text(run.id), hash_text(run.content), hash_text(run.audience), cap)


async def _log_approval(
    connection: Connection, run: StoredRun, cap: str, approved_by: Actor, at: datetime, key: bytes
) -> None:
    public = {
        "run": id_text(run.id),
        "brand": run.brand,
        "purpose": run.purpose,
        "content": hash_text(run.content),
        "audience": hash_text(run.audience),
        "cost_cap": cap,
    }
    approved = leaf.make("run.approved", new_id(), None, at, public, {"actor": approved_by.name}, key)
    await evidence.append(connection, [approved])


async def start(ground: Ground, run_id: bytes) -> None:
    """`approved → running`, if what was approved is still what would be sent.

    Raises Refused: RUN_UNKNOWN, RUN_STATE, RUN_CHANGED, DRAFTS_NOT_ACKNOWLEDGED.
    """
    async with tracing.span("start", joins=run_id, run=run_id), ground.engine.begin() as connection:
        run = await _fit_for(connection, run_id, _START)
        await _unchanged(connection, run)
        await _law_is_known(ground, connection)
        await runs.move(connection, run.id, _START.then)


async def pause(ground: Ground, run_id: bytes) -> None:
    """Nothing more is claimed or allowed; what is being called is finished."""
    async with tracing.span("pause", joins=run_id, run=run_id), ground.engine.begin() as connection:
        run = await _fit_for(connection, run_id, _PAUSE)
        await runs.move(connection, run.id, _PAUSE.then)


async def resume(ground: Ground, run_id: bytes) -> None:
    async with tracing.span("resume", joins=run_id, run=run_id), ground.engine.begin() as connection:
        run = await _fit_for(connection, run_id, _RESUME)
        await _law_is_known(ground, connection)
        await runs.move(connection, run.id, _RESUME.then)


async def cancel(ground: Ground, run_id: bytes) -> int:
    """Ends the run; how many messages will not be sent. What is in hand now is still accounted for."""
    async with tracing.span("cancel", joins=run_id, run=run_id), ground.engine.begin() as connection:
        run = await _fit_for(connection, run_id, _CANCEL)
        await runs.move(connection, run.id, _CANCEL.then)
        return await sweeps.end(connection, run.id, State.CANCELLED)


async def _fit_for(connection: Connection, run_id: bytes, order: _Order) -> StoredRun:
    """The locked run, in a state in which it can be told so."""
    run = await runs.get(connection, run_id, lock=True)
    if run is None:
        raise Refused(
            "RUN_UNKNOWN", f"There is no run {id_text(run_id)}.", "`yesfirst campaign runs` lists them."
        )
    if run.state not in order.when:
        raise Refused(
            "RUN_STATE",
            f"Run {id_text(run.id)} is {run.state.value} and can't be {order.done}.",
            f"It would have to be {' or '.join(state.value for state in order.when)}.",
        )
    return run


async def _law_is_known(ground: Ground, connection: Connection) -> None:
    """People are texted under drafts only when somebody has taken that on themselves."""
    if ground.texts_people:
        await require_acknowledged(connection, ground.law)


async def _unchanged(connection: Connection, run: StoredRun) -> Campaign:
    """The frozen campaign; refuses a run whose content or audience is not what its digests say."""
    campaign = msgspec.json.decode(run.declared, type=Campaign)
    people = await audiences.frozen(connection, run.id)
    if content_hash(campaign) != run.content or audience_digest(people) != run.audience:
        raise Refused(
            "RUN_CHANGED",
            f"The content or the audience of run {id_text(run.id)} is not what was planned.",
            "Plan the campaign again. Someone has changed the database by hand: find out who.",
        )
    return campaign


def _within_cap(campaign: Campaign, run: StoredRun) -> str:
    cost: Decimal = cost_of(campaign, run.counts["parts"])
    if cost > campaign.cost.cap:
        raise Refused(
            "COST_ABOVE_CAP",
            f"The run would cost {cost} {campaign.cost.currency}, more than its cap of {campaign.cost.cap}.",
            "Raise `cost: cap:` in the campaign file or narrow the audience, and plan again.",
        )
    return f"{campaign.cost.cap} {campaign.cost.currency}"
