"""Where everybody of a run stands, once or followed to its end."""

import asyncio
import sys
from dataclasses import asdict

from rich.console import Console
from rich.live import Live
from rich.table import Table

from yesfirst.cli.command import Answer
from yesfirst.cli.house import House
from yesfirst.cli.show import counted, facts
from yesfirst.errors import Refused
from yesfirst.ledger.text import id_text
from yesfirst.store.runs import RunState
from yesfirst.usecases.find_run import find_run
from yesfirst.usecases.watch import Account, account

_ENDED = {RunState.FINISHED, RunState.CANCELLED}
_LOOK_SECONDS = 0.5


async def run_status(house: House, beginning: str, *, watch: bool) -> Answer:
    """The accounting of the run whose id begins so; `watch` shows it live on standard error until it ends."""
    run_id = await find_run(house.ground, beginning)
    now = await (_followed(house, run_id) if watch else _account(house, run_id))
    return Answer({**asdict(now), "closes": now.closes}, about_account(now))


async def _followed(house: House, run_id: bytes) -> Account:
    console = Console(file=sys.stderr, markup=False, emoji=False, highlight=False)
    now = await _account(house, run_id)
    with Live(about_account(now), console=console, transient=True, auto_refresh=False) as live:
        while now.state not in _ENDED:
            await asyncio.sleep(_LOOK_SECONDS)
            now = await _account(house, run_id)
            live.update(about_account(now), refresh=True)
    return now


async def _account(house: House, run_id: bytes) -> Account:
    found = await account(house.ground, run_id)
    if found is None:
        raise Refused(
            "RUN_UNKNOWN", f"There is no run {id_text(run_id)}.", "`yesfirst campaign runs` lists them."
        )
    return found


def about_account(now: Account) -> Table:
    """The accounting as a table."""
    pairs = [
        ("run", f"{now.run} of {now.campaign}: {now.state}"),
        ("audience", f"{now.audience:,}" + ("" if now.closes else "  (the accounting does not close)")),
        ("left out", counted(now.excluded)),
        ("denied", counted(now.denied)),
        ("deferred", counted(now.deferred)),
        ("waiting, in hand", f"{now.waiting:,}, {now.in_hand:,}"),
        ("accepted", f"{now.accepted:,}, of them delivered {now.delivered:,}"),
        ("failed, unknown", f"{now.failed:,}, {now.unknown:,}"),
        ("for review", f"{now.review:,}"),
        ("window closed", f"{now.window_closed:,}"),
        ("cancelled", f"{now.cancelled:,}"),
    ]
    return facts(pairs)
