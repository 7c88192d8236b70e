"""The web server is killed and people text STOP to nobody: what the carrier lists is heeded before they are texted."""

from pathlib import Path

import msgspec
from station import Station, kill, station, until

from yesfirst.store.hearing import WAIT_SECONDS
from yesfirst.usecases import hearing

PEOPLE = 240
SLOWLY = 15
"""Texts per second: the run takes longer than anybody may go unheard."""


class Line(msgspec.Struct, frozen=True, rename={"from_": "from"}):
    """A line of the carrier's journal: a text of ours at `at`, or one of a person at `sent_at`."""

    kind: str
    to: str = ""
    from_: str | None = None
    at: float = 0.0
    sent_at: float = 0.0
    sid: str | None = None


def texted_after_stop(place: Station) -> list[float]:
    """For each text that reached somebody after their STOP: how many seconds after."""
    lines = [msgspec.json.decode(line, type=Line) for line in place.journal.read_bytes().splitlines()]
    stops = {line.from_: line.sent_at for line in lines if line.kind == "inbound"}
    texts = [line for line in lines if line.kind == "create" and line.sid and line.to in stops]
    return [text.at - stops[text.to] for text in texts if text.at > stops[text.to]]


async def missed(place: Station) -> int:
    found = await hearing.standing(place.shop.ground)
    return found.missed if found else 0


async def suppressed(place: Station) -> int:
    return await place.shop.count("SELECT count(*) FROM subject WHERE suppressed_at IS NOT NULL")


async def test_dispatchers_go_on_by_the_carriers_list_when_the_web_is_killed_in_mid_run(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    async with station(database_url, redis_url, tmp_path) as place:
        place.shop.campaign = msgspec.structs.replace(place.shop.campaign, per_second=SLOWLY)
        await place.dispatcher()
        await place.dispatcher()
        run, numbers = await place.run(PEOPLE)
        await place.until_texted(PEOPLE // 10)
        kill(place.web)
        stoppers = numbers[::2]
        await place.text_stop(stoppers, 100)
        account = await place.until_over(run, 90)

        async def all_missed() -> bool:
            return await missed(place) == len(stoppers)

        await until(all_missed, 30)
        testimony, late = place.testimony(), texted_after_stop(place)
        assert await suppressed(place) == len(stoppers)

    assert account.closes
    assert testimony.stops_acknowledged == 0
    assert testimony.repeated == 0
    assert account.denied["SUPPRESSED"] > len(stoppers) // 4
    assert account.accepted == PEOPLE - account.denied["SUPPRESSED"]
    assert all(seconds < WAIT_SECONDS for seconds in late)


async def test_after_the_web_was_down_nobody_is_texted_before_the_list_of_that_time_was_read(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    """Web and dispatcher lose power; the dispatcher comes back first, a minute later."""
    async with station(database_url, redis_url, tmp_path) as place:
        place.shop.campaign = msgspec.structs.replace(place.shop.campaign, per_second=SLOWLY)
        first = await place.dispatcher()
        run, numbers = await place.run(PEOPLE)
        await place.until_texted(PEOPLE // 10)
        kill(place.web)
        kill(first)
        stoppers = numbers[::2]
        await place.text_stop(stoppers, 1_000)

        async def all_texted() -> bool:
            return place.testimony().stops_sent == len(stoppers)

        await until(all_texted, 30)
        await place.shop.value(
            "UPDATE hearing SET heard_until = heard_until - interval '1 minute' RETURNING heard_until"
        )
        await place.dispatcher()
        account = await place.until_over(run, 90)
        late = texted_after_stop(place)
        assert (await missed(place), await suppressed(place)) == (len(stoppers), len(stoppers))

    assert account.closes
    assert late == []
    assert account.accepted >= PEOPLE - len(stoppers)
