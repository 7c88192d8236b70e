"""Recovery: what a dead worker leaves behind, what an unknown outcome ends as, when a run is over."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from usecases.course import age, answered, calling, claimed, leaves
from usecases.shop import Shop, number
from yesfirst.carriers.handover import Accepted, Unknown
from yesfirst.carriers.twilio import Account, Twilio
from yesfirst.ledger.text import id_text
from yesfirst.processes.supervise import Part, running
from yesfirst.rules.delivery import State
from yesfirst.simulator.config import ACCOUNT_SID, AUTH_TOKEN
from yesfirst.store import runs
from yesfirst.store.runs import RunState
from yesfirst.usecases import control, receipts
from yesfirst.usecases.claim import HAND_OVER_WITHIN, claim
from yesfirst.usecases.hand_over import record
from yesfirst.usecases.recover import ANSWER_WITHIN, LISTED_WITHIN, reconcile, resolve, sweep

LEASE_LOST = HAND_OVER_WITHIN + timedelta(seconds=1)


@asynccontextmanager
async def simulated(journal: Path, *options: str) -> AsyncIterator[Twilio]:
    """The carrier as a client sees it, with the simulator behind it."""
    part = Part("simulator", ["simulator", "--journal", str(journal), *options])
    async with running([part]) as children:
        address = children["simulator"].address or ""
        async with Twilio(Account(ACCOUNT_SID, AUTH_TOKEN, address, address)) as carrier:
            yield carrier


def unreachable() -> Twilio:
    return Twilio(Account(ACCOUNT_SID, AUTH_TOKEN, "http://127.0.0.1:9", "http://127.0.0.1:9"))


async def test_a_lost_lease_is_aborted_and_the_person_ready_again(shop: Shop) -> None:
    run, _ = await claimed(shop)
    assert await sweep(shop.ground, run) == []
    await age(shop, LEASE_LOST)
    assert len(await sweep(shop.ground, run)) == 1
    assert await shop.states(run) == {State.READY: 1}
    assert b'"reason":"LEASE_LOST"' in await body(shop, "send.aborted")
    [batch] = await shop.claim_all(run)
    assert len(batch.ready) == 1


async def body(shop: Shop, kind: str) -> bytes:
    found = await shop.value(f"SELECT body FROM leaf WHERE t = '{kind}' ORDER BY id DESC LIMIT 1")
    assert isinstance(found, bytes)
    return found


async def test_a_call_that_nobody_recorded_becomes_unknown_and_never_ready(shop: Shop) -> None:
    run, [one] = await calling(shop)
    await age(shop, HAND_OVER_WITHIN + ANSWER_WITHIN - timedelta(seconds=3))
    await sweep(shop.ground, run)
    assert await shop.states(run) == {State.CALLING: 1}
    await age(shop, timedelta(seconds=3))
    assert await sweep(shop.ground, run) == []
    assert await shop.states(run) == {State.UNKNOWN: 1}
    await record(shop.ground, [(one, Accepted("SM1"))])
    assert await leaves(shop, "send.outcome") == 1


async def test_two_sweeps_at_once_give_up_a_call_once(shop: Shop) -> None:
    run, _ = await calling(shop, 20)
    await age(shop, HAND_OVER_WITHIN + ANSWER_WITHIN)
    await asyncio.gather(sweep(shop.ground, run), sweep(shop.ground, run))
    assert await leaves(shop, "send.outcome") == 20


async def test_an_unknown_that_the_carrier_lists_was_accepted_and_one_that_it_does_not_list_was_not(
    shop: Shop, tmp_path: Path
) -> None:
    run, [listed, unlisted] = await calling(shop, 2)
    async with simulated(tmp_path / "journal.jsonl") as carrier:
        sent = await carrier.send(
            message=id_text(listed.id), to=listed.to, body=listed.body, sender=shop.sender, seconds=5
        )
        other = await carrier.send(
            message=id_text(unlisted.id), to=unlisted.to, body="Another text", sender=shop.sender, seconds=5
        )
        await record(shop.ground, [(listed, Unknown(None)), (unlisted, Unknown(None))])
        assert await reconcile(shop.ground, carrier, run) == 0
        await age(shop, HAND_OVER_WITHIN + LISTED_WITHIN)
        assert await reconcile(shop.ground, carrier, run) == 2
        assert await reconcile(shop.ground, carrier, run) == 0
    assert isinstance(sent, Accepted)
    assert isinstance(other, Accepted)
    assert await shop.states(run) == {State.ACCEPTED: 1, State.NOT_AT_CARRIER: 1}
    assert await shop.value("SELECT carrier_id FROM message WHERE state = 'accepted'") == sent.carrier_id
    assert await leaves(shop, "send.resolved") == 2


async def test_a_receipt_that_came_before_the_call_was_given_up_resolves_without_the_list(shop: Shop) -> None:
    run, [one] = await calling(shop)
    receipt = receipts.parse(one.id, "SM1", "sent", None)
    assert receipt is not None
    await receipts.record(shop.ground, [receipt])
    await record(shop.ground, [(one, Unknown(None))])
    async with unreachable() as carrier:
        assert await reconcile(shop.ground, carrier, run) == 1
    assert await shop.states(run) == {State.ACCEPTED: 1}
    assert await shop.value("SELECT carrier_id FROM message") == "SM1"
    assert b'"how":"receipt"' in await body(shop, "send.resolved")


async def test_nothing_is_resolved_while_the_carrier_is_out_of_reach(shop: Shop) -> None:
    run, _ = await answered(shop, [Unknown(None)])
    await age(shop, HAND_OVER_WITHIN + LISTED_WITHIN)
    async with unreachable() as carrier:
        with pytest.raises(ConnectionError):
            await reconcile(shop.ground, carrier, run)
    assert await shop.states(run) == {State.UNKNOWN: 1}


async def test_an_unknown_is_resolved_once(shop: Shop) -> None:
    _, [one] = await answered(shop, [Unknown(None)])
    assert await resolve(shop.ground, one.id, None, accepted=False, how="list")
    assert not await resolve(shop.ground, one.id, "SM1", accepted=True, how="receipt")
    assert await leaves(shop, "send.resolved") == 1


async def test_who_was_deferred_is_ready_when_the_time_has_come(shop: Shop) -> None:
    await shop.agree([number(0), number(1)])
    run = await shop.running()
    await shop.value(
        "UPDATE message SET state = 'deferred', reason = 'QUIET_HOURS', not_before = now() + interval '1 h'"
        " RETURNING 1"
    )
    assert await sweep(shop.ground, run) == []
    await shop.value("UPDATE message SET not_before = now() WHERE position = 1 RETURNING 1")
    assert await sweep(shop.ground, run) == [1]
    assert await shop.states(run) == {State.READY: 1, State.DEFERRED: 1}
    [batch] = await shop.claim_all(run)
    assert len(batch.ready) == 1


async def test_the_window_closes_for_everybody_but_those_in_motion(shop: Shop) -> None:
    await shop.agree([number(0), number(1)])
    run = await shop.running()
    assert await claim(shop.ground, run, shop.sender, 0, 10) is not None
    await shop.value("UPDATE run SET closes = now() RETURNING 1")
    run = await shop.run(run.id)
    assert await sweep(shop.ground, run) == []
    assert await shop.states(run) == {State.CLAIMED: 1, State.READY: 1}
    await age(shop, LEASE_LOST)
    assert await sweep(shop.ground, run) == []
    assert await shop.states(run) == {State.WINDOW_CLOSED: 2}
    assert (await shop.run(run.id)).state is RunState.FINISHED


async def test_nobody_is_texted_before_the_window_opens(shop: Shop) -> None:
    await shop.agree([number(0)])
    run = await shop.running()
    await shop.value("UPDATE run SET opens = now() + interval '1 h' RETURNING 1")
    run = await shop.run(run.id)
    assert await sweep(shop.ground, run) == []
    await shop.claim_all(run)
    assert await shop.states(run) == {State.READY: 1}
    await shop.value("UPDATE run SET opens = now() RETURNING 1")
    assert len(await sweep(shop.ground, await shop.run(run.id))) == 1
    await shop.claim_all(run)
    assert await shop.states(run) == {State.CLAIMED: 1}


async def test_a_run_with_nothing_left_is_finished(shop: Shop) -> None:
    run, _ = await answered(shop, [Accepted("SM1")])
    assert await sweep(shop.ground, run) == []
    ended = await shop.run(run.id)
    assert ended.state is RunState.FINISHED
    assert ended.finished_at is not None


async def test_a_cancelled_run_is_swept_until_nothing_of_it_is_in_hand(shop: Shop) -> None:
    run, _ = await claimed(shop, 2)
    await control.cancel(shop.ground, run.id)
    assert [each.id for each in await open_runs(shop)] == [run.id]
    await age(shop, LEASE_LOST)
    await sweep(shop.ground, run)
    assert await shop.states(run) == {State.CANCELLED: 2}
    assert (await shop.run(run.id)).state is RunState.CANCELLED
    assert await open_runs(shop) == []


async def open_runs(shop: Shop) -> list[runs.StoredRun]:
    async with shop.ground.engine.connect() as connection:
        return await runs.open_runs(connection)
