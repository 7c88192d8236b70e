"""Runs: approved by another key than planned them, started, paused, watched to their last person.

Who may approve a run may first text it to one number: a test goes out with nobody else's approval, so a key that
only plans or only runs could send with it what nobody has approved.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from http import HTTPStatus
from typing import Annotated

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter
from msgspec import Struct

from yesfirst.ledger.text import id_text
from yesfirst.store import runs
from yesfirst.store.runs import RunState
from yesfirst.usecases import control, person, trial, watch
from yesfirst.usecases.api_keys import Caller, Capability
from yesfirst.usecases.control import Approval
from yesfirst.usecases.ground import Ground
from yesfirst.usecases.plan import Plan
from yesfirst.usecases.watch import Account
from yesfirst.web.api.access import id_in_path, run_for, unknown
from yesfirst.web.api.bodies import OwnNumberBody
from yesfirst.web.api.repeats import Repeats

_MOST = 100
Limit = Annotated[int, QueryParameter(ge=1, le=_MOST, description="How many runs a page has at most.")]
After = Annotated[str | None, QueryParameter(description="The `next` of the page before.")]


class RunSummary(Struct, frozen=True):
    run: str
    campaign: str
    brand: str
    state: RunState
    audience: int
    messages: int
    planned_at: datetime


class RunPage(Struct, frozen=True):
    """Runs, the newest first; `next` is the cursor of the following page, null on the last."""

    runs: list[RunSummary]
    next: str | None


class Moved(Struct, frozen=True):
    run: str
    state: RunState


class Cancelled(Struct, frozen=True):
    """`unsent` people will not be texted by this run."""

    run: str
    state: RunState
    unsent: int


class RunPages(Controller):
    path = "/runs"

    @get(can=Capability.READ)
    async def list_runs(
        self,
        caller: NamedDependency[Caller],
        ground: NamedDependency[Ground],
        after: After = None,
        limit: Limit = 50,
    ) -> RunPage:
        """The runs of the brands that this key may use, the newest first."""
        last = id_in_path(after, "CURSOR_UNKNOWN") if after else None
        async with ground.engine.connect() as connection:
            found = await runs.page(connection, caller.brand, last, limit + 1)
        shown = found[:limit]
        following = id_text(shown[-1].id) if len(found) > limit else None
        return RunPage([_summary(one) for one in shown], following)

    @get("/{run:str}", can=Capability.READ)
    async def get_run(
        self, run: FromPath[str], caller: NamedDependency[Caller], ground: NamedDependency[Ground]
    ) -> Account:
        """Where everybody of a run stands now."""
        found = await watch.account(ground, await run_for(caller, ground, run))
        if found is None:
            raise unknown("RUN_UNKNOWN")
        return found

    @post("/{run:str}/approve", status_code=HTTPStatus.OK, can=Capability.APPROVE)
    async def approve(
        self,
        run: FromPath[str],
        caller: NamedDependency[Caller],
        ground: NamedDependency[Ground],
        repeats: NamedDependency[Repeats],
    ) -> Approval:
        """Approve a planned run as it is frozen; a key of another name has planned it."""
        return await repeats.answer(Approval, lambda: _approve(ground, caller, run))

    @post("/{run:str}/test", status_code=HTTPStatus.CREATED, can=Capability.APPROVE)
    async def test(
        self,
        run: FromPath[str],
        data: OwnNumberBody,
        caller: NamedDependency[Caller],
        ground: NamedDependency[Ground],
        repeats: NamedDependency[Repeats],
    ) -> Plan:
        """Text what a run has frozen to one's own number, by a run of its own; a valid consent is needed."""
        return await repeats.answer(Plan, lambda: _test(ground, caller, run, data.number))

    @post("/{run:str}/start", status_code=HTTPStatus.OK, can=Capability.RUN)
    async def start(
        self,
        run: FromPath[str],
        caller: NamedDependency[Caller],
        ground: NamedDependency[Ground],
        repeats: NamedDependency[Repeats],
    ) -> Moved:
        """Start an approved run; a dispatcher sends it."""
        return await repeats.answer(
            Moved, lambda: _move(ground, caller, run, control.start, RunState.RUNNING)
        )

    @post("/{run:str}/pause", status_code=HTTPStatus.OK, can=Capability.RUN)
    async def pause(
        self,
        run: FromPath[str],
        caller: NamedDependency[Caller],
        ground: NamedDependency[Ground],
        repeats: NamedDependency[Repeats],
    ) -> Moved:
        """Pause a run; what is being handed over is finished."""
        return await repeats.answer(Moved, lambda: _move(ground, caller, run, control.pause, RunState.PAUSED))

    @post("/{run:str}/resume", status_code=HTTPStatus.OK, can=Capability.RUN)
    async def resume(
        self,
        run: FromPath[str],
        caller: NamedDependency[Caller],
        ground: NamedDependency[Ground],
        repeats: NamedDependency[Repeats],
    ) -> Moved:
        """Go on with a paused run."""
        return await repeats.answer(
            Moved, lambda: _move(ground, caller, run, control.resume, RunState.RUNNING)
        )

    @post("/{run:str}/cancel", status_code=HTTPStatus.OK, can=Capability.RUN)
    async def cancel(
        self,
        run: FromPath[str],
        caller: NamedDependency[Caller],
        ground: NamedDependency[Ground],
        repeats: NamedDependency[Repeats],
    ) -> Cancelled:
        """End a run; who was not texted yet will not be."""
        return await repeats.answer(Cancelled, lambda: _cancel(ground, caller, run))


async def _approve(ground: Ground, caller: Caller, run: str) -> Approval:
    return await control.approve(ground, await run_for(caller, ground, run), caller.actor)


async def _move(
    ground: Ground,
    caller: Caller,
    run: str,
    order: Callable[[Ground, bytes], Awaitable[None]],
    then: RunState,
) -> Moved:
    await order(ground, await run_for(caller, ground, run))
    return Moved(run, then)


async def _cancel(ground: Ground, caller: Caller, run: str) -> Cancelled:
    unsent = await control.cancel(ground, await run_for(caller, ground, run))
    return Cancelled(run, RunState.CANCELLED, unsent)


async def _test(ground: Ground, caller: Caller, run: str, number: str) -> Plan:
    brand, campaign = await trial.campaign_of(ground, await run_for(caller, ground, run))
    return await trial.try_out(ground, brand, campaign, person.read_number(number, brand), caller.actor)


def _summary(one: runs.StoredRun) -> RunSummary:
    return RunSummary(
        run=id_text(one.id),
        campaign=one.campaign,
        brand=one.brand,
        state=one.state,
        audience=one.counts["audience"],
        messages=one.counts["messages"],
        planned_at=one.planned_at,
    )
