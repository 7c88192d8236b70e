"""Dispatchers that are killed, told to end, and badly served by the carrier: nobody is lost, nobody texted twice."""

from pathlib import Path

from station import PER_SECOND, kill, station, until

from yesfirst.rules.delivery import State

PEOPLE = 300


async def test_another_dispatcher_takes_over_from_one_that_was_killed_in_mid_run(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    """Calls were in flight, some messages were claimed and not sealed, and people text STOP all the while."""
    async with station(database_url, redis_url, tmp_path, "--latency-ms", "200") as place:
        first = await place.dispatcher()
        run, numbers = await place.run(PEOPLE)
        stoppers = numbers[::10]

        async def is_in_full_swing() -> bool:
            return await place.texts() > PEOPLE / 4

        await place.text_stop(stoppers, len(stoppers) * PER_SECOND / PEOPLE)
        await until(is_in_full_swing, 15)
        kill(first)
        stranded = await place.account(run)
        await place.dispatcher()
        account = await place.until_over(run, 60)
        states = await place.shop.states(run)
        testimony, named = place.testimony(), await place.named_in_flight(run)

    assert stranded.in_hand > 0
    assert account.closes
    assert (account.waiting, account.in_hand, account.unknown) == (0, 0, 0)
    assert states.keys() <= {State.ACCEPTED, State.NOT_AT_CARRIER, State.DENIED}
    assert account.accepted == testimony.accepted
    assert account.denied.keys() == {"SUPPRESSED"}
    assert (testimony.duplicates, testimony.repeated) == (0, 0)
    assert testimony.stops_acknowledged == len(stoppers)
    assert set(testimony.sent_after_stop) <= named
