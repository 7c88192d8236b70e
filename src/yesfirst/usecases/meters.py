"""How it goes, in numbers: runs, log, hearing, limits and processes, read for whoever watches.

Whether a process works is seen by its sessions with the database: each sequencer and dispatcher asks something
at least twice a second, and one that hangs falls silent. Nothing has to be written for that.

Known gaps: nobody notes when a message became ready, so how long one has waited can't be told; a pool of
connections between us and PostgreSQL that doesn't pass on session names hides the processes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from redis.asyncio import Redis

from yesfirst.ledger.text import id_text
from yesfirst.rules.delivery import Bin
from yesfirst.store import accounts, departures, hearing, meters, runs
from yesfirst.store.engine import Connection, snapshot
from yesfirst.store.hearing import Hearing
from yesfirst.store.meters import LogMeter, ReviewMeter, Sessions
from yesfirst.store.runs import StoredRun
from yesfirst.usecases.ground import Ground
from yesfirst.usecases.watch import in_bins

SEEN_FOR = timedelta(minutes=15)
"""How long a run that has ended is still shown, so that its end is seen."""


@dataclass(frozen=True, slots=True)
class RunMeter:
    """Where the people of a run stand: `bins` add up to `audience`. `oldest` is in seconds, by state."""

    run: str
    campaign: str
    audience: int
    bins: dict[Bin, int]
    receipts: dict[str, int]
    oldest: dict[str, float]


@dataclass(frozen=True, slots=True)
class Reading:
    """`limits` are shares of what may be promised ahead, 0 to 1; empty while Redis is out of reach.

    `hearing` is None while nobody has begun to listen.
    """

    runs: list[RunMeter]
    log: LogMeter
    hearing: Hearing | None
    limits: dict[str, float]
    sessions: list[Sessions]
    reviews: list[ReviewMeter]


async def read(ground: Ground, redis: Redis) -> Reading:
    """All meters now: those of the database from one snapshot."""
    async with snapshot(ground.engine) as connection:
        found = await runs.seen(connection, SEEN_FOR)
        measured = [await _run(connection, run) for run in found]
        log, sessions = await meters.log(connection), await meters.sessions(connection)
        heard = await hearing.read(connection)
        reviews = await meters.open_reviews(connection)
    return Reading(measured, log, heard, await _used(redis, found), sessions, reviews)


async def _run(connection: Connection, run: StoredRun) -> RunMeter:
    tallies = await accounts.tallies(connection, run.id)
    excluded = await accounts.excluded(connection, run.id)
    counted = in_bins(tallies)
    counted[Bin.EXCLUDED] = sum(excluded.values())
    receipts: dict[str, int] = {}
    for tally in tallies:
        if tally.receipt:
            receipts[tally.receipt] = receipts.get(tally.receipt, 0) + tally.people
    return RunMeter(
        run=id_text(run.id),
        campaign=run.campaign,
        audience=run.counts["audience"],
        bins={bin: counted[bin] for bin in Bin},
        receipts=receipts,
        oldest=await meters.oldest(connection, run.id),
    )


async def _used(redis: Redis, found: Sequence[StoredRun]) -> dict[str, float]:
    """By `sender:ID` and `run:ID`."""
    keys = {f"sender:{run.sender}": departures.sender_key(run.sender) for run in found}
    keys |= {f"run:{id_text(run.id)}": departures.run_key(run.id) for run in found}
    shares = await departures.used(redis, list(keys.values()))
    return {limit: shares[key] for limit, key in keys.items() if key in shares}
