"""Approving, starting, pausing, cancelling: who may, when, and that what was approved is what is sent."""

from collections.abc import Awaitable, Callable
from decimal import Decimal

import msgspec
import pytest

from usecases.course import answered, calling, claimed, leaves
from usecases.shop import APPROVER, PLANNER, Shop, number
from yesfirst.carriers.handover import Accepted
from yesfirst.errors import Refused
from yesfirst.ledger.text import parse_id
from yesfirst.rules.delivery import State
from yesfirst.store.runs import RunState
from yesfirst.usecases import control, hand_over
from yesfirst.usecases.actors import Actor
from yesfirst.usecases.plan import plan
from yesfirst.usecases.watch import account


async def planned(shop: Shop, people: int = 2) -> bytes:
    await shop.agree([number(n) for n in range(people)])
    return parse_id((await shop.planned()).run)


async def code(refused: Awaitable[object]) -> str:
    with pytest.raises(Refused) as caught:
        await refused
    return caught.value.code


async def test_an_approval_is_bound_to_content_audience_and_cap_and_sealed_without_a_name(shop: Shop) -> None:
    run_id = await planned(shop)
    approval = await control.approve(shop.ground, run_id, APPROVER)
    body = await shop.value("SELECT body FROM leaf WHERE t = 'run.approved'")
    assert isinstance(body, bytes)
    for bound in (approval.run, approval.content, approval.audience, approval.cost_cap):
        assert bound.encode() in body
    assert APPROVER.name.encode() not in body


@pytest.mark.parametrize(
    "name", [PLANNER.name, PLANNER.name.upper(), f"  {PLANNER.name.replace(' ', '  ')} "]
)
async def test_the_planner_cannot_approve_however_the_name_is_written(shop: Shop, name: str) -> None:
    run_id = await planned(shop)
    assert await code(control.approve(shop.ground, run_id, Actor(name))) == "SAME_PERSON"
    assert await leaves(shop, "run.approved") == 0


async def test_a_test_to_ones_own_number_is_approved_by_oneself(shop: Shop) -> None:
    people = await shop.agree([number(0), number(1)])
    test = await plan(shop.ground, shop.brand, shop.campaign, PLANNER, only=people[number(1)])
    assert (test.audience, test.campaign) == (1, f"{shop.campaign.id}.test")
    await control.approve(shop.ground, parse_id(test.run), PLANNER)


async def test_a_run_above_its_cap_is_not_approved(shop: Shop) -> None:
    cost = shop.campaign.cost
    shop.campaign = msgspec.structs.replace(
        shop.campaign, cost=msgspec.structs.replace(cost, cap=cost.price_per_part / Decimal(2))
    )
    run_id = await planned(shop)
    assert await code(control.approve(shop.ground, run_id, APPROVER)) == "COST_ABOVE_CAP"


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE run SET declared = jsonb_set(declared, '{sender}', '\"another\"') RETURNING 1",
        "UPDATE run SET content = sha256('another') RETURNING 1",
        "UPDATE run SET audience = sha256('another') RETURNING 1",
        "DELETE FROM message WHERE position = 0 RETURNING 1",
        "UPDATE message SET subject = sha256('somebody') WHERE position = 0 RETURNING 1",
        "INSERT INTO excluded (run, subject, reason) SELECT id, 'somebody', 'X' FROM run RETURNING 1",
    ],
)
@pytest.mark.parametrize("approved", [False, True])
async def test_a_run_that_was_changed_by_hand_is_neither_approved_nor_started(
    shop: Shop, change: str, approved: bool
) -> None:
    run_id = await planned(shop)
    if approved:
        await control.approve(shop.ground, run_id, APPROVER)
    await shop.value(change)
    refused = (
        control.start(shop.ground, run_id) if approved else control.approve(shop.ground, run_id, APPROVER)
    )
    assert await code(refused) == "RUN_CHANGED"


Step = Callable[[Shop, bytes], Awaitable[object]]
STEPS: dict[str, Step] = {
    "approve": lambda shop, run: control.approve(shop.ground, run, APPROVER),
    "start": lambda shop, run: control.start(shop.ground, run),
    "pause": lambda shop, run: control.pause(shop.ground, run),
    "resume": lambda shop, run: control.resume(shop.ground, run),
    "cancel": lambda shop, run: control.cancel(shop.ground, run),
}
ALLOWED = {
    RunState.PLANNED: {"approve", "cancel"},
    RunState.APPROVED: {"start", "cancel"},
    RunState.RUNNING: {"pause", "cancel"},
    RunState.PAUSED: {"resume", "cancel"},
    RunState.FINISHED: set[str](),
    RunState.CANCELLED: set[str](),
}


@pytest.mark.parametrize("state", RunState)
async def test_a_step_is_taken_from_its_states_and_refused_from_all_others(
    shop: Shop, state: RunState
) -> None:
    run_id = await planned(shop, 1)
    for name, step in STEPS.items():
        await shop.value(f"UPDATE run SET state = '{state}' RETURNING 1")
        if name in ALLOWED[state]:
            await step(shop, run_id)
            assert (await shop.run(run_id)).state is not state
        else:
            assert await code(step(shop, run_id)) == "RUN_STATE"


async def test_a_run_that_nobody_planned_is_refused(shop: Shop) -> None:
    for step in STEPS.values():
        assert await code(step(shop, b"?" * 16)) == "RUN_UNKNOWN"


async def test_cancelling_ends_what_waits_and_lets_what_is_being_called_end_by_itself(shop: Shop) -> None:
    run, [one, _] = await calling(shop, 2)
    await shop.value(f"UPDATE message SET state = 'ready' WHERE id <> '\\x{one.id.hex()}' RETURNING 1")
    assert await control.cancel(shop.ground, run.id) == 1
    assert await shop.states(run) == {State.CANCELLED: 1, State.CALLING: 1}
    await hand_over.record(shop.ground, [(one, Accepted("SM1"))])
    assert await shop.states(run) == {State.CANCELLED: 1, State.ACCEPTED: 1}


async def test_nothing_that_was_claimed_is_called_after_a_cancel(shop: Shop) -> None:
    run, ready = await claimed(shop, 2)
    await control.cancel(shop.ground, run.id)
    assert await hand_over.allow(shop.ground, ready) == {}
    found = await account(shop.ground, run.id)
    assert found is not None
    assert found.closes


async def test_a_run_that_goes_on_keeps_the_time_of_its_start(shop: Shop) -> None:
    run, _ = await answered(shop, [Accepted("SM1")])
    await control.pause(shop.ground, run.id)
    await control.resume(shop.ground, run.id)
    assert (await shop.run(run.id)).started_at == run.started_at is not None
