"""The demo's course: import, plan, approve, start, people who text STOP meanwhile, and the end of it."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from time import monotonic

import aiohttp
import msgspec

from yesfirst.cli.demo.judge import Result, judge
from yesfirst.cli.demo.people import write_people
from yesfirst.cli.demo.stage import BRAND, Stage
from yesfirst.errors import Refused
from yesfirst.intake.campaign import Cost
from yesfirst.intake.result import RowResult, write_results
from yesfirst.ledger.text import parse_id
from yesfirst.processes.supervise import first_end
from yesfirst.rules.quiet_hours import Open
from yesfirst.store import accounts, evidence
from yesfirst.store.keyring import unseal
from yesfirst.usecases import control
from yesfirst.usecases.actors import Actor
from yesfirst.usecases.declared import find_brand
from yesfirst.usecases.files import open_people_file, read_campaign_file, read_notice_file
from yesfirst.usecases.import_people import Report, Terms, import_people
from yesfirst.usecases.plan import Plan, plan
from yesfirst.usecases.watch import Account, account

STOP_SHARE = 0.03
_STOPS_DURING = 0.6
"""The part of the sending time over which STOPs arrive."""
_WORDS = ["STOP", "退订", "Stop.", "unsubscribe", "ＴＤ"]
_OFFERS = "marketing.offers"
_NOBODY_MOVES_FOR = 60.0


@dataclass(frozen=True, slots=True)
class Told:
    """What the audience of the demo is shown; each is called when it is known."""

    imported: Callable[[Path, Report], None]
    planned: Callable[[Plan], None]
    standing: Callable[[Account], None]


async def play(stage: Stage, people: int, told: Told, started: float) -> Result:
    """Plays the whole demo and judges it; raises Refused when a process of it dies or nothing moves any more."""
    course = asyncio.create_task(_course(stage, people, told, started))
    failing = asyncio.create_task(first_end(stage.children))
    try:
        await asyncio.wait([course, failing], return_when=asyncio.FIRST_COMPLETED)
        if failing.done() and not course.done():
            raise failing.result()
        return await course
    finally:
        course.cancel()
        failing.cancel()


async def _course(stage: Stage, people: int, told: Told, started: float) -> Result:
    await _import(stage, people, told)
    planned, run_id = await _plan(stage, people)
    told.planned(planned)
    stoppers, seconds = await _choose_stoppers(stage, run_id, planned)
    await control.start(stage.ground, run_id)
    await _text_stop(stage, stoppers, seconds)
    await _until(lambda: _is_sent(stage, run_id, told))
    await _until(lambda: _is_quiet(stage, len(stoppers)))
    await _until(lambda: _is_sealed(stage))
    return await judge(stage, run_id, monotonic() - started)


async def _import(stage: Stage, people: int, told: Told) -> None:
    files = write_people(stage.files, people, datetime.now(UTC))
    brand = await find_brand(stage.ground, "lantern-tea")
    for path, wording in ((files.home, "offers.zh.md"), (files.abroad, "offers-abroad.en.md")):
        notice = read_notice_file(BRAND / "notices" / wording, brand)
        with path.open("rb") as file:
            source = open_people_file(file, brand, chosen={}, expiry=None)
            report = await import_people(
                stage.ground,
                source,
                Terms(brand, _OFFERS, notice),
                dry_run=False,
                watch=lambda *_: None,
                write=_to(path.with_suffix(".result.csv")),
            )
        told.imported(path, report)


def _to(path: Path) -> Callable[[Iterator[RowResult]], None]:
    return lambda results: write_results(path, results)


async def _plan(stage: Stage, people: int) -> tuple[Plan, bytes]:
    brand, campaign = await read_campaign_file(stage.ground, BRAND / "winter-tea-offer.yaml")
    cap = max(campaign.cost.cap, Decimal(people))
    campaign = msgspec.structs.replace(
        campaign, cost=Cost(campaign.cost.price_per_part, campaign.cost.currency, cap)
    )
    planned = await plan(stage.ground, brand, campaign, Actor("Wang Fang (demo)"))
    run_id = parse_id(planned.run)
    await control.approve(stage.ground, run_id, Actor("Li Na (demo)"))
    return planned, run_id


async def _choose_stoppers(stage: Stage, run_id: bytes, planned: Plan) -> tuple[list[str], float]:
    """Who will text STOP, from among those whose turn may come now, and how long sending will take."""
    now = datetime.now(UTC)
    law, keyring = stage.ground.law, stage.ground.keyring
    async with stage.ground.engine.connect() as connection:
        waiting = await accounts.waiting(connection, run_id)
    classes = {one.window_class for one in waiting if one.window_class}
    opened = {one for one in classes if isinstance(law.hours(one, now), Open)}
    in_turn = [one for one in waiting if one.window_class in opened]
    chosen = random.Random(11).sample(in_turn, min(len(in_turn), round(planned.audience * STOP_SHARE)))
    numbers = [
        unseal(keyring.unwrap(one.wrapped_key, one.subject), "phone", one.phone_sealed) for one in chosen
    ]
    return numbers, max(2.0, planned.seconds_needed * len(in_turn) / max(1, planned.messages))


async def _text_stop(stage: Stage, numbers: list[str], seconds: float) -> None:
    brand = await find_brand(stage.ground, "lantern-tea")
    order = {
        "numbers": numbers,
        "messaging_service_sid": brand.senders[0].address,
        "per_second": max(1.0, len(numbers) / (seconds * _STOPS_DURING)),
        "words": _WORDS,
    }
    if numbers:
        async with aiohttp.ClientSession() as session:
            async with session.post(f"{stage.simulator}/simulator/stops", json=order) as response:
                response.raise_for_status()


async def _until(holds: Callable[[], Awaitable[tuple[bool, object]]]) -> None:
    """Asks until it holds; raises Refused when what it looks at has not changed for long."""
    last, changed = None, monotonic()
    while True:
        done, seen = await holds()
        if done:
            return
        if seen != last:
            last, changed = seen, monotonic()
        elif monotonic() - changed > _NOBODY_MOVES_FOR:
            raise Refused(
                "DEMO_STUCK",
                "Nothing has moved for a minute.",
                "Read the messages above; `--debug` shows more.",
            )
        await asyncio.sleep(0.25)


async def _is_sent(stage: Stage, run_id: bytes, told: Told) -> tuple[bool, object]:
    now = await account(stage.ground, run_id)
    if now is None:
        raise LookupError("the demo's run is gone")
    told.standing(now)
    return not (now.waiting or now.in_hand or now.unknown), now


async def _is_quiet(stage: Stage, stops: int) -> tuple[bool, object]:
    """Every STOP was answered, and the carrier has reported on every message."""
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{stage.simulator}/simulator/state") as response,
    ):
        state = await response.json()
    return state["stops"]["acknowledged"] >= stops and state["callbacks"]["pending"] == 0, state


async def _is_sealed(stage: Stage) -> tuple[bool, object]:
    async with stage.ground.engine.connect() as connection:
        waiting = await evidence.pending_count(connection)
    return waiting == 0, waiting
