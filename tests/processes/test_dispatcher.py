"""Dispatchers that are killed, told to end, and badly served by the carrier: nobody is lost, nobody texted twice."""

from pathlib import Path

from station import PER_SECOND, kill, station

from yesfirst.ledger.verifier import Verifier
from yesfirst.rules.delivery import State
from yesfirst.usecases.export import bundles_of

PEOPLE = 300


async def test_another_dispatcher_takes_over_from_one_that_was_killed_in_mid_run(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    """Calls were in flight, some messages were claimed and not sealed, and people text STOP all the while."""
    async with station(database_url, redis_url, tmp_path, "--latency-ms", "200") as place:
        first = await place.dispatcher()
        run, numbers = await place.run(PEOPLE)
        stoppers = numbers[::10]
        await place.text_stop(stoppers, len(stoppers) * PER_SECOND / PEOPLE)
        await place.until_texted(PEOPLE // 4)
        kill(first)
        stranded = await place.account(run)
        await place.dispatcher()
        account = await place.until_over(run, 60)
        states = await place.shop.states(run)
        testimony, named = place.testimony(), await place.named_in_flight(run)
        judge = Verifier([place.shop.signer.verifier.encode()])
        proofs = [judge.verify(data) async for _, data in bundles_of(place.shop.ground, run.id)]

    assert stranded.in_hand > 0
    assert account.closes
    assert (account.waiting, account.in_hand, account.unknown) == (0, 0, 0)
    assert states.keys() <= {State.ACCEPTED, State.NOT_AT_CARRIER, State.DENIED}
    assert account.accepted == testimony.accepted
    assert account.denied.keys() == {"SUPPRESSED"}
    assert (testimony.duplicates, testimony.repeated) == (0, 0)
    assert testimony.stops_acknowledged == len(stoppers)
    assert set(testimony.sent_after_stop) <= named
    assert len(proofs) >= PEOPLE - sum(account.denied.values())
    assert {proof.status for proof in proofs} == {"VALID-WITH-WARNINGS"}
    assert not any("OUTCOME-MISSING" in proof.warnings for proof in proofs)


async def test_a_dispatcher_that_is_told_to_end_finishes_its_calls_and_the_next_goes_on(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    async with station(database_url, redis_url, tmp_path, "--latency-ms", "200") as place:
        first = await place.dispatcher()
        run, _ = await place.run(PEOPLE)
        await place.until_texted(PEOPLE // 4)
        await first.stop()
        left = await place.shop.states(run)
        await place.dispatcher()
        account = await place.until_over(run, 60)
        testimony = place.testimony()

    assert State.CALLING not in left
    assert State.UNKNOWN not in left
    assert left[State.ACCEPTED] < PEOPLE
    assert (account.accepted, testimony.accepted) == (PEOPLE, PEOPLE)
    assert (testimony.duplicates, testimony.repeated) == (0, 0)


async def test_whatever_the_carrier_does_everybody_is_accounted_for_and_nobody_is_texted_twice(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    """429 is tried again; 500 and lost connections are settled by receipts, or by the carrier's list."""
    faults = {"throttled": 0.1, "server-error": 0.05, "lost": 0.05, "dropped": 0.1, "duplicate": 0.2}
    options = [part for name, share in faults.items() for part in (f"--{name}-share", str(share))]
    async with station(database_url, redis_url, tmp_path, *options) as place:
        await place.dispatcher()
        run, _ = await place.run(PEOPLE)
        account = await place.until_over(run, 60)
        states = await place.shop.states(run)
        attempts = await place.shop.count("SELECT count(*) FROM leaf WHERE t = 'send.aborted'")
        outcomes = await place.shop.count(
            "SELECT count(*) - count(DISTINCT message) FROM leaf WHERE t = 'send.outcome'"
        )
        testimony = place.testimony()

    assert account.closes
    assert states.keys() == {State.ACCEPTED, State.NOT_AT_CARRIER}
    assert states[State.ACCEPTED] == testimony.accepted
    assert states[State.ACCEPTED] + states[State.NOT_AT_CARRIER] == PEOPLE
    assert attempts >= testimony.refused["20429"] > 0
    assert testimony.refused["20500"] > 0
    assert testimony.unanswered > 0
    assert outcomes == 0
    assert (testimony.duplicates, testimony.repeated) == (0, 0)
